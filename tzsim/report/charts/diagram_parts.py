"""The strokes of diagrams: words, boxes, pipes, valves, clouds and arrows, in inches."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import Circle, PathPatch, Polygon, Rectangle
from matplotlib.path import Path as Outline

from tzsim.ensemble.link_signs import Sign
from tzsim.ir.model import Variable
from tzsim.report.charts.frame import POINTS, Frame
from tzsim.report.style import FORECAST, GOAL, INK, QUIET
from tzsim.report.typeset import balanced, text_width
from tzsim.report.wording import Lang

SIZE = 7.0
LEAD = 1.25
WIDEST, NARROW = 70.0, 48.0
"""Points that a line of a name may take; where a diagram would be too wide for its page."""
STOCK_FILL = "#EAF1F9"
ARROW = "#5B7FA6"
QUIET_ARROW = "#A9B0B8"
HEAD = 0.07
TERM = re.compile(r"[（(]([^()（）]*[一-鿿][^()（）]*)[)）]")


def shown_name(variable: Variable, lang: Lang) -> str:
    """The modeller's name; in Chinese the first Chinese term that stands in parentheses in the comment, where there is one."""
    found = TERM.search(variable.comment) if lang == "zh" else None
    return found[1].strip() if found else variable.name


@dataclass(frozen=True, slots=True)
class Label:
    """A name broken into lines, and how it is set."""

    name: str
    role: str
    lines: tuple[str, ...]
    size: float
    colour: str
    bold: bool
    room: tuple[float, float]
    """Inches kept free around it, at the sides and above and below."""

    @classmethod
    def of(cls, name: str, role: str, widest: float = WIDEST) -> Label:
        bold = role == "stock"
        size = SIZE - 0.6 if role in ("shadow", "constant", "expression") else SIZE
        colour = (
            QUIET if role in ("shadow", "constant", "expression") else FORECAST if role == "flow" else INK
        )
        room = (0.09, 0.07) if bold else (0.035, 0.015)
        lines = tuple(balanced(name, widest, size, bold)) or (name,)
        return cls(name, role, lines, size, colour, bold, room)

    @property
    def size_of_words(self) -> tuple[float, float]:
        """Inches."""
        wide = max(text_width(line, self.size, self.bold) for line in self.lines)
        return wide * 1.02 / POINTS, len(self.lines) * self.size * LEAD / POINTS

    @property
    def box(self) -> tuple[float, float]:
        """Inches with the free room around."""
        w, h = self.size_of_words
        return w + 2 * self.room[0], h + 2 * self.room[1]


@dataclass(slots=True)
class Pen:
    """Draws on axes whose unit is the inch. Places are (along the arrows, across them); with `down` arrows run down the page."""

    ax: Axes
    down: bool = False

    @classmethod
    def on(cls, frame: Frame, x0: float, y0: float, x1: float, y1: float, *, down: bool = False) -> Pen:
        """A pen on the free box of a frame, with the given box of the page in its middle."""
        ax = frame.axes(0, 0, 0, 0)
        x, half = (x0 + x1) / 2, (frame.right - frame.left) / 2
        ax.set_xlim(x - half, x + half)
        y, half = (y0 + y1) / 2, (frame.top - frame.bottom) / 2
        ax.set_ylim(y - half, y + half)
        ax.set_axis_off()
        return cls(ax, down)

    def xy(self, along: float, across: float) -> tuple[float, float]:
        """A place on the page."""
        return (across, -along) if self.down else (along, across)

    def label(self, label: Label, along: float, across: float) -> None:
        x, y = self.xy(along, across)
        step = label.size * LEAD / POINTS
        for i, line in enumerate(label.lines):
            self.ax.text(
                x,
                y + ((len(label.lines) - 1) / 2 - i) * step,
                line,
                size=label.size,
                color=label.colour,
                weight="bold" if label.bold else "normal",
                ha="center",
                va="center_baseline",
                zorder=6,
            )

    def box(self, along: float, across: float, length: float, breadth: float) -> None:
        x, y = self.xy(along, across)
        width, height = (breadth, length) if self.down else (length, breadth)
        self.ax.add_patch(
            Rectangle((x - width / 2, y - height / 2), width, height, fc=STOCK_FILL, ec=INK, lw=1.0, zorder=4)
        )

    def valve(self, along: float, across: float) -> None:
        a, b = 0.075, 0.06
        for s in (-1, 1):
            corners = [(along, across), (along + s * a, across + b), (along + s * a, across - b)]
            self.ax.add_patch(
                Polygon([self.xy(*c) for c in corners], fc="white", ec=FORECAST, lw=0.9, zorder=5)
            )

    def cloud(self, along: float, across: float) -> None:
        x, y = self.xy(along, across)
        puffs = ((-0.06, -0.01, 0.05), (0.0, 0.025, 0.06), (0.062, -0.005, 0.05), (0.0, -0.03, 0.045))
        for fill in (False, True):
            for dx, dy, r in puffs:
                self.ax.add_patch(
                    Circle(
                        (x + dx, y + dy),
                        r - (0.008 if fill else 0),
                        fc="white" if fill else QUIET,
                        ec="none",
                        zorder=4.5 + fill * 0.1,
                    )
                )

    def pipe(self, points: Sequence[tuple[float, float]], on: float, *, arrow: bool, both: bool) -> None:
        """A pipe through places; `on` is 1 where it ends in the direction of the arrows, -1 against it."""
        outline = self._curve([*points[:-1], (points[-1][0] - on * (0.05 if arrow else 0.0), points[-1][1])])
        for lw, colour in ((3.6, FORECAST), (1.9, "white")):
            self.ax.add_patch(
                PathPatch(outline, fc="none", ec=colour, lw=lw, zorder=3 + (lw < 2) * 0.1, capstyle="butt")
            )
        if arrow:
            self._head(points[-1], on, FORECAST, 1.5)
        if both:
            self._head(points[0], -on, FORECAST, 1.5)

    def arrow(
        self,
        points: Sequence[tuple[float, float]],
        on: float,
        sign: Sign,
        *,
        delayed: bool,
        quiet: bool = False,
    ) -> None:
        """A thin arrow through places, with its sign and the two strokes of a delay before its head."""
        colour = QUIET_ARROW if quiet else ARROW
        a, b = points[-1]
        outline = self._curve([*points[:-1], (a - on * HEAD * 0.6, b)])
        self.ax.add_patch(PathPatch(outline, fc="none", ec=colour, lw=0.75, zorder=2))
        self._head(points[-1], on, colour, 1.0)
        if sign:
            self.sign(sign, *self.xy(a - on * 0.125, b))
        if delayed:
            for away in (0.2, 0.235):
                ends = [self.xy(a - on * away, b + s * 0.045) for s in (-1, 1)]
                self.ax.plot(*zip(*ends, strict=True), color=INK, lw=0.9, zorder=2.5)

    def sign(self, sign: Sign, x: float, y: float) -> None:
        """A sign on its line, on a white ground."""
        self.ax.add_patch(Circle((x, y), 0.04, fc="white", ec="none", zorder=2.2))
        colour = {"+": FORECAST, "-": GOAL}.get(sign, INK)
        if sign == "?":
            self.ax.text(x, y, "?", size=5.6, color=colour, weight="bold", ha="center", va="center", zorder=7)
            return
        r = 0.026
        self.ax.plot([x - r, x + r], [y, y], color=colour, lw=1.0, zorder=7)
        if sign == "+":
            self.ax.plot([x, x], [y - r, y + r], color=colour, lw=1.0, zorder=7)

    def _head(self, end: tuple[float, float], on: float, colour: str, scale: float) -> None:
        (a, b), long, half = end, HEAD * scale, HEAD * 0.42 * scale
        corners = [(a, b), (a - on * long, b + half), (a - on * long, b - half)]
        self.ax.add_patch(Polygon([self.xy(*c) for c in corners], fc=colour, ec="none", zorder=3.5))

    def _curve(self, points: Sequence[tuple[float, float]]) -> Outline:
        """A smooth line through places that leaves and reaches each of them in the direction of the arrows."""
        vertices = [self.xy(*points[0])]
        codes: list[Any] = [Outline.MOVETO]
        for (a0, b0), (a1, b1) in pairwise(points):
            if b0 == b1:
                vertices.append(self.xy(a1, b1))
                codes.append(Outline.LINETO)
            else:
                middle = (a0 + a1) / 2
                vertices += [self.xy(middle, b0), self.xy(middle, b1), self.xy(a1, b1)]
                codes += [Outline.CURVE4] * 3
        return Outline(vertices, codes)
