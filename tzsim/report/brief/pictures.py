"""The charts of a brief as files' contents: each is drawn once and kept in the forms that the formats need."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from tzsim.report.brief.document import Picture
from tzsim.report.inline import inline_svg
from tzsim.report.style import figure_bytes

DPI = 130
"""Charts are printed smaller than they are drawn, which makes it 180 dots to the inch on paper."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """svg: with real text, for HTML and PDF. png: for DOCX. width, height: inches."""

    svg: Markup
    png: bytes
    width: float
    height: float

    def save(self, stem: Path) -> None:
        """Lay the chart aside as `stem`.svg and `stem`.png."""
        stem.with_suffix(".svg").write_text(self.svg, encoding="utf-8")
        stem.with_suffix(".png").write_bytes(self.png)


def load(stem: Path) -> Drawn:
    """The chart that `Drawn.save` laid aside."""
    png = stem.with_suffix(".png").read_bytes()
    width, height = (int.from_bytes(png[k : k + 4], "big") / DPI for k in (16, 20))
    return Drawn(Markup(stem.with_suffix(".svg").read_text(encoding="utf-8")), png, width, height)


def draw(picture: Picture) -> Drawn:
    """Draw one chart."""
    figure = picture.draw()
    width, height = (float(v) for v in figure.get_size_inches())
    return Drawn(inline_svg(figure, picture.alt), figure_bytes(figure, "png", DPI), width, height)
