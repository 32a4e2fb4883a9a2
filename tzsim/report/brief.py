"""The brief: one self-contained HTML page about a forecast, for the screen and for A4 paper.

Page 1 stands alone: the answer and the goals that matter most. Every number is computed from the forecast; the template holds
none, and jinja2 escapes everything that comes from a file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from tzsim.forecast.result import Forecast, SeriesFan
from tzsim.report.charts import binding_map, fan, goal_board
from tzsim.report.goal_rows import GoalRow, area_name, by_area, element_name, goal_rows, limit_name
from tzsim.report.history import is_documented, shown_history
from tzsim.report.inline import font_faces, inline_svg
from tzsim.report.numerals import (
    FAN_LEVEL,
    LIKELIHOOD,
    SAMPLING_LEVEL,
    percent,
    probability,
    probability_interval,
    quantity,
)
from tzsim.report.sentences import (
    answer,
    binding_sentences,
    binding_year,
    method,
    series_sentences,
)
from tzsim.report.style import VERDICT
from tzsim.report.tensions import conflicts, tensions
from tzsim.report.wording import Lang, say

PAGE_ONE_ROWS: dict[Lang, int] = {"zh": 20, "en": 20}
"""Rows of the goal table that leave room for the answer on the first A4 page."""


@dataclass(frozen=True, slots=True)
class Section:
    """One series: heading, chart, paragraph."""

    name: str
    chart: Markup
    text: str


def write_html(forecast: Forecast, path: Path, lang: Lang = "zh") -> Path:
    """Write the brief to `path` and return it. The same forecast gives the same bytes."""
    path.write_text(brief_html(forecast, lang), encoding="utf-8")
    return path


def brief_html(forecast: Forecast, lang: Lang = "zh") -> str:
    """The brief as one HTML text, fonts and charts inside."""
    page = _environment().from_string(_template("brief.html.j2")).render(_content(forecast, lang))
    return page.replace(FONT_MARK, str(font_faces(page + COUNTED)), 1)


COUNTED = "〇一二三四五六七八九十、"
"""Numerals that the style sheet writes before headings."""


FONT_MARK = "/*fonts*/"


def _template(name: str) -> str:
    return (files("tzsim.report") / "templates" / name).read_text(encoding="utf-8")


def _environment() -> Environment:
    return Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def _content(forecast: Forecast, lang: Lang) -> dict[str, Any]:
    rows = goal_rows(forecast, lang)
    judged = tuple(row for row in rows if row.judged)
    top = headline(forecast, judged, lang)
    tense, noted = tensions(forecast, lang)
    words: Callable[..., str] = partial(_say, lang)
    year = binding_year(forecast)
    space = "" if lang == "zh" else " "
    return {
        "lang": "zh-CN" if lang == "zh" else "en",
        "w": words,
        "css": Markup(_template("brief.css") + _tones()),
        "font_mark": Markup(FONT_MARK),
        "scenario": forecast.scenario.name.of(lang),
        "question": forecast.scenario.question.of(lang),
        "as_of": forecast.scenario.as_of.isoformat(),
        "answer": space.join(s.strip() for s in answer(forecast, lang)),
        "top": top,
        "more": len(top) < len(judged),
        "groups": by_area(forecast, judged),
        "sections": [_section(forecast, f, lang) for f in forecast.fans],
        "board": inline_svg(goal_board(forecast, lang), say("board title", lang)),
        "binding_chart": None
        if forecast.binding.empty
        else inline_svg(binding_map(forecast, lang), say("binding title", lang)),
        "binding_texts": [
            space.join(s.strip() for s in found)
            for element in forecast.binding.elements
            if (found := binding_sentences(forecast, element, year, lang))
        ],
        "binding_limits": [limit_name(forecast, limit, lang) for limit in forecast.binding.limits],
        "binding_rows": [
            (element_name(forecast, forecast.binding.elements[i], lang), cells)
            for i, cells in _binding_rows(forecast, year)
        ],
        "binding_year": "" if year is None else str(year),
        "tensions": tense,
        "noted": [(row, row.result.goal.note.of(lang)) for row in noted],
        "conflicts": conflicts(forecast, lang),
        "joint": _joint(forecast, lang),
        "unjudged": [row for row in rows if not row.judged],
        "documented": [
            (row, _documented(row, lang)) for row in rows if row.result.goal.documented is not None
        ],
        "method": method(forecast, lang),
        "notes": list(forecast.notes),
        "run": _run(forecast, lang),
        "history": _history(forecast, lang),
        "history_counts": _history_counts(forecast),
        "priors": _priors(forecast, lang),
        "files": sorted(forecast.hashes.items()),
        "hash_bits": HASH_BITS,
        "fan_level": percent(FAN_LEVEL),
        "error_level": percent(SAMPLING_LEVEL),
        "dash": say("dash", lang),
        "columns": str(COLUMNS),
        "history_columns": str(HISTORY_COLUMNS),
    }


HASH_BITS = "256"

COLUMNS = 7
HISTORY_COLUMNS = 4
"""Columns of the goal table and of the table of history rows."""


def _say(lang: Lang, key: str, **values: str) -> str:
    return say(key, lang, **values)


def _tones() -> str:
    """Colours of the verdicts, from the one list that the charts use."""
    ranks = {word.rank for word in LIKELIHOOD}
    return "".join(f".p{rank}{{--tone:{VERDICT[rank]}}}\n" for rank in sorted(ranks))


def headline(forecast: Forecast, judged: tuple[GoalRow, ...], lang: Lang) -> tuple[GoalRow, ...]:
    """The rows of page 1, in the order of the goal file: goals of the charts first, then the rest as far as they fit."""
    room = PAGE_ONE_ROWS[lang]
    if len(judged) <= room:
        return judged
    drawn = {f.goal.id for f in forecast.fans if f.goal is not None}
    ranked = sorted(range(len(judged)), key=lambda k: (judged[k].id not in drawn, judged[k].second, k))
    return tuple(judged[k] for k in sorted(ranked[:room]))


def _section(forecast: Forecast, series: SeriesFan, lang: Lang) -> Section:
    figure = fan(forecast, series.id, lang, titled=False)
    text = ("" if lang == "zh" else " ").join(s.strip() for s in series_sentences(forecast, series, lang))
    name = series.name.of(lang)
    return Section(name, inline_svg(figure, say("fan title", lang, name=name)), text)


def _binding_rows(forecast: Forecast, year: int | None) -> list[tuple[int, list[tuple[str, str]]]]:
    """(index of the element, [(share of draws, mean loss)]) for one year; limits in the view's order."""
    binding = forecast.binding
    if binding.empty or year not in binding.years:
        return []
    j = binding.years.index(year)
    return [
        (i, [(percent(float(s)), percent(float(c), 1)) for s, c in zip(binding.share[i, j, :-1], binding.cost[i, j], strict=True)])
        for i in range(len(binding.elements))
    ]  # fmt: skip


def _joint(forecast: Forecast, lang: Lang) -> list[tuple[str, str, str, str]]:
    """(area, number of goals, probability, interval) where an area has at least two judged goals."""
    rows: list[tuple[str, str, str, str]] = []
    for area, joint in forecast.joint.items():
        if area == "all" or len(joint.goals) < 2:
            continue
        p = joint.probability
        interval = probability_interval(p.low, p.high, lang)
        rows.append((area_name(forecast, area, lang), str(len(joint.goals)), probability(p.value), interval))
    return rows


def _documented(row: GoalRow, lang: Lang) -> tuple[str, str, str]:
    """(value with year, quality, source) of the figure that settles a goal."""
    found = row.result.goal.documented
    if found is None:
        return "", "", ""
    value = say(
        "year of", lang, year=str(found.year), value=quantity(found.value, row.result.goal.unit, lang)
    )
    scope = found.scope.of(lang)
    source = found.source + (say("paren", lang, text=scope) if scope else "")
    return value, quality_name(found.quality, lang), source


def quality_name(quality: str, lang: Lang) -> str:
    """The word for a quality of data."""
    return say("estimated quality" if quality == "estimated" else quality, lang)


def _run(forecast: Forecast, lang: Lang) -> list[tuple[str, str]]:
    return [
        (say("scenario", lang), forecast.scenario.name.of(lang)),
        (say("as of label", lang), forecast.scenario.as_of.isoformat()),
        (say("run id", lang), forecast.run_id),
        (say("seed", lang), str(forecast.seed)),
        (say("draws", lang), str(forecast.members)),
        (say("design", lang), say(forecast.design, lang)),
        (say("version", lang), forecast.version),
    ]


def _history(forecast: Forecast, lang: Lang) -> list[tuple[str, list[tuple[str, str, str, str]]]]:
    """(series, [(year, value with unit, quality, source)])."""
    groups: list[tuple[str, list[tuple[str, str, str, str]]]] = []
    for series in forecast.fans:
        rows = [
            (str(o.year), quantity(o.value, o.unit, lang), quality_name(o.quality, lang), o.source)
            for o in shown_history(series)
        ]
        if rows:
            groups.append((series.name.of(lang), rows))
    return groups


def _history_counts(forecast: Forecast) -> dict[str, str]:
    rows = [o for series in forecast.fans for o in shown_history(series)]
    known = sum(is_documented(o.quality) for o in rows)
    return {"rows": str(len(rows)), "documented": str(known), "estimated": str(len(rows) - known)}


def _priors(forecast: Forecast, lang: Lang) -> list[tuple[str, str]]:
    """(quality, number of prior rows)."""
    counts = Counter(prior.quality for prior in forecast.scenario.priors)
    return [(quality_name(quality, lang), str(count)) for quality, count in sorted(counts.items())]
