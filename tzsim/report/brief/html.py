"""A brief as one self-contained HTML page: opens by double click, reads on a phone, prints on A4. jinja2 escapes every text."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from tzsim.report.brief.document import Brief
from tzsim.report.brief.pictures import Drawn, draw
from tzsim.report.inline import COUNTED, font_faces
from tzsim.report.numerals import LIKELIHOOD, ordinal
from tzsim.report.style import VERDICT

FONT_MARK = "/*fonts*/"


def brief_html(brief: Brief, drawn: Mapping[str, Drawn] | None = None) -> str:
    """The page as text. drawn: charts by name, where they are drawn already. The same brief gives the same text."""
    pictures = drawn or {p.name: draw(p) for p in brief.pictures()}
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    zh = brief.lang == "zh"
    captions = {id(c.block): c.text for c in brief.captions()}
    page = environment.from_string(_template("brief.html.j2")).render(
        brief=brief,
        lang="zh-CN" if zh else "en",
        css=Markup(_template("brief.css") + _tones()),
        font_mark=Markup(FONT_MARK),
        kind=lambda block: type(block).__name__.lower(),  # pyright: ignore[reportUnknownArgumentType]
        caption=lambda block: captions.get(id(block), ""),  # pyright: ignore[reportUnknownArgumentType]
        svg={name: made.svg for name, made in pictures.items()},
        numbered=[
            (ordinal(k, brief.lang) + ("、" if zh else ". "), s) for k, s in enumerate(brief.sections, 1)
        ],
    )
    return page.replace(FONT_MARK, str(font_faces(page + COUNTED)), 1)


def _template(name: str) -> str:
    return (files("tzsim.report") / "templates" / name).read_text(encoding="utf-8")


def _tones() -> str:
    """Colours of the verdicts, from the one list that the charts use."""
    return "".join(
        f".p{word.rank}{{--tone:{VERDICT[word.rank]}}}\n" for word in sorted(LIKELIHOOD, key=lambda w: w.rank)
    )
