"""The page: one HTML file with every goal of one or several forecasts, to browse, question and print without a network.

Its policy forbids every request: script and style are named by their hash, fonts stand inside, nothing else may load. Names that
come from files reach the document as JSON and are set as text, never as markup.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Final

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from tzsim.errors import InputError
from tzsim.files import write_whole
from tzsim.forecast.movers import movers
from tzsim.forecast.result import Forecast
from tzsim.forecast.sweep import Sweep
from tzsim.report.brief.matter import Answer
from tzsim.report.check_page import check_target
from tzsim.report.inline import font_faces
from tzsim.report.page_data import Movers, as_json, page_data
from tzsim.report.page_wording import PAGE_WORDS
from tzsim.report.style import FAINT, FORECAST, GOAL, INK, PAST, QUIET, VERDICT
from tzsim.report.wording import LANGS, Lang

SCRIPTS: Final = (
    "state.js", "numbers.js", "chances.js", "table.js", "card.js", "drawing.js", "curve.js", "fan.js", "page.js"
)  # fmt: skip
"""The script of the page, one idea a file, in the order in which they stand in it."""


def write_page(
    forecast: Forecast | Sequence[Forecast],
    path: str | Path,
    lang: Lang = "zh",
    *,
    moved: Sequence[Movers] | None = None,
    sweeps: Sequence[Sweep | None] = (),
    answers: Iterable[Answer] = (),
) -> Path:
    """Write the page of one forecast, or of several scenarios side by side, to `path` (.html) and return it.

    forecast: with several, the first is the base; where seed, members and design agree, the others show their paired
    difference from it. lang: the language it opens in; the reader may switch. moved: what moves the goals of each
    forecast (`tzsim.movers`), where that is known already. sweeps: the effect of the levers under each (`tzsim.sweep`). answers:
    explanations and achievements, shown with their goal in the scenario that they are about. The same forecasts give the same bytes;
    the file appears whole or not at all. Raises InputError where no page can be written at `path`, without a
    forecast, or for two forecasts of one scenario id.
    """
    place = Path(path)
    check_target(place)
    several = (forecast,) if isinstance(forecast, Forecast) else tuple(forecast)
    text = page_html(several, lang, moved, sweeps, answers)
    write_whole(place, text.encode())
    return place


def page_html(
    forecasts: Sequence[Forecast],
    lang: Lang = "zh",
    moved: Sequence[Movers] | None = None,
    sweeps: Sequence[Sweep | None] = (),
    answers: Iterable[Answer] = (),
) -> str:
    """The page as one text. Raises InputError without a forecast, or for two of one scenario id."""
    ids = [f.scenario.id for f in forecasts]
    if not ids:
        raise InputError.one("a page needs a forecast")
    if len(set(ids)) < len(ids):
        raise InputError.one(f"two scenarios of one page share an id: {', '.join(ids)}", hint="rename one")
    moved = [movers(f) for f in forecasts] if moved is None else moved
    data = as_json(page_data(forecasts, moved, sweeps, answers))
    script, style = "\n".join(_asset(name) for name in SCRIPTS), _colours() + _asset("page.css")
    words = {key: PAGE_WORDS[key][LANGS.index(lang)] for key in ("title", "noscript", "broken")}
    style = f"{font_faces(data + script + ''.join(words.values()))}\n{style}"
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(_asset("page.html.j2")).render(
        lang="zh-CN" if lang == "zh" else "en",
        policy=_policy(script, style),
        words=words,
        data=Markup(data),
        script=Markup(script),
        style=Markup(style),
    )


def _policy(script: str, style: str) -> str:
    """The content security policy: these two texts and fonts inside the file, and no request of any kind."""
    return (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; font-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode('ascii')}'"


def _colours() -> str:
    """Colours of the charts and verdicts, from the one list of the report."""
    named = {"ink": INK, "quiet": QUIET, "faint": FAINT, "goal": GOAL, "forecast": FORECAST, "past": PAST}
    root = "".join(f"--{name}:{colour};" for name, colour in named.items())
    tones = "".join(f".p{rank}{{--tone:{colour}}}\n" for rank, colour in enumerate(VERDICT))
    return f":root{{{root}}}\n{tones}.met{{--tone:{QUIET}}}\n.other{{--tone:{FAINT}}}\n"


def _asset(name: str) -> str:
    text = (files("tzsim.report") / "templates" / "page" / name).read_text(encoding="utf-8")
    return re.sub(r"\r\n?", "\n", text)
