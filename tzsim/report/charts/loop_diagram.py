"""A feedback loop as a causal loop diagram: variables on a ring, arrows with their signs, the loop's own sign in the middle."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, PathPatch, Rectangle
from matplotlib.path import Path as Outline

from tzsim.ensemble.draws import Draws
from tzsim.ensemble.link_signs import Sign, link_signs
from tzsim.errors import InputError, Problem, nearest
from tzsim.ir.describe import causes, kinds_of
from tzsim.ir.flows import delayed_by, follows
from tzsim.ir.loops import path_through
from tzsim.ir.model import Model
from tzsim.names import VarId, key
from tzsim.report.charts.diagram_parts import ARROW, STOCK_FILL, Label, Pen, shown_name
from tzsim.report.charts.frame import EDGE, SUBTITLE_SIZE, TITLE_SIZE, Text, framed, height_of
from tzsim.report.style import FORECAST, GOAL, INK, QUIET, styled
from tzsim.report.wording import Lang

WIDTH = 6.5
FLAT = 0.62
"""Height of the ring over its width."""
APART = 0.92
"""Inches along the ring for one word."""
SIDEWAYS = 0.5
"""What a distance along a line of words counts, against one from line to line."""
OFF = 0.06
KINDS: Mapping[str, Mapping[Lang, str]] = {
    "R": {"zh": "增强回路", "en": "reinforcing"},
    "B": {"zh": "调节回路", "en": "balancing"},
    "?": {"zh": "方向不定", "en": "sign not settled"},
}
KEY: Mapping[Lang, str] = {
    "en": (
        "+ the effect moves the same way as its cause, − the opposite way, ? either (finite differences{over}). "
        "Boxes: stocks. Two strokes: delayed."
    ),
    "zh": "+ 同向变化，− 反向变化，? 方向不定（有限差分{over}）；方框：存量；双短线：滞后。",
}


@dataclass(frozen=True, slots=True)
class CausalLoop:
    """path: variables from cause to effect, each reading the one before it, the first reading the last. signs: of each link,
    the last one back to the first. delayed: whether the effect sees the cause later.
    """

    path: tuple[VarId, ...]
    signs: tuple[Sign, ...]
    delayed: tuple[bool, ...]

    @property
    def polarity(self) -> str:
        """R reinforcing, B balancing, ? where a link has no single sign."""
        if any(s not in ("+", "-") for s in self.signs):
            return "?"
        return "B" if sum(s == "-" for s in self.signs) % 2 else "R"


def causal_loop(
    model: Model,
    through: Sequence[str],
    draws: Draws | None = None,
    signs: Mapping[tuple[VarId, VarId], Sign] | None = None,
) -> CausalLoop:
    """The shortest loop that meets these variables in turn, with signs of finite differences (or those given).

    Raises InputError for a variable that is not there, and where no equations join them to a loop.
    """
    known = [v.name for v in model.variables.values()]
    absent = [n for n in through if key(n) not in model.variables]
    if absent:
        raise InputError(
            [Problem(None, f"the model has no variable {n!r}", nearest(n, known)) for n in absent]
        )
    if not through:
        raise InputError.one("a loop runs through at least one variable")
    path = _closed(causes(model), [key(n) for n in through])
    if path is None:
        raise InputError.one(f"no equations join {', '.join(through)} to a loop in this order")
    links = list(zip(path, (*path[1:], path[0]), strict=True))
    found = link_signs(model, links, draws) if signs is None else signs
    kinds = kinds_of(model)

    def late(cause: VarId, effect: VarId) -> bool:
        seen = follows(model, effect) if kinds[effect] == "stock" else delayed_by(model.variables[effect])
        return cause in seen

    return CausalLoop(path, tuple(found.get(x, "?") for x in links), tuple(late(*x) for x in links))


def _closed(graph: Mapping[VarId, tuple[VarId, ...]], through: Sequence[VarId]) -> tuple[VarId, ...] | None:
    stages = [frozenset({n}) for n in (*through, through[0])]
    path = path_through(graph, stages)
    return None if path is None or len(set(path[:-1])) < len(path) - 1 else path[:-1]


def loop_diagram(
    model: Model,
    loop: CausalLoop | Sequence[str],
    *,
    lang: Lang = "zh",
    title: str = "",
    draws: Draws | None = None,
    names: Mapping[str, str] | None = None,
) -> Figure:
    """Draw a loop.

    loop: variables in its order, those between may be left out (the shortest path joins them), or what `causal_loop` found.
    names: variable -> name to show, as for `stock_flow_diagram`. draws: whose runs the signs are taken from (default: the model's own).
    Raises InputError as `causal_loop` does.
    """
    found = loop if isinstance(loop, CausalLoop) else causal_loop(model, loop, draws)
    given = {key(n): text for n, text in (names or {}).items()}
    kinds = kinds_of(model)
    labels = [
        Label.of(
            given.get(n) or shown_name(model.variables[n], lang), "stock" if kinds[n] == "stock" else "word"
        )
        for n in found.path
    ]
    over = {"zh": f"，{draws.members} 组抽样", "en": f" over {draws.members} draws"}[lang] if draws else ""
    heading = title or {"zh": "反馈回路", "en": "Feedback loop"}[lang]
    with styled():
        return _draw(labels, found, heading, KEY[lang].format(over=over), lang)


def _draw(labels: Sequence[Label], loop: CausalLoop, title: str, legend: str, lang: Lang) -> Figure:
    count = len(labels)
    a = min(max(APART * count / (math.pi * (1 + FLAT)), 0.95), (WIDTH - 1.4) / 2)
    b = max(a * FLAT, 0.6 if count < 4 else 0.75, 0.12 * count)
    above, below = [Text(title, TITLE_SIZE, bold=True)], [Text(legend, SUBTITLE_SIZE - 2.0, QUIET)]
    inner = 2 * a + 1.3
    width = max(inner + 2 * EDGE, 4.4)
    height = 2 * b + 0.75 + height_of(above, width) + height_of(below, width) + 2 * EDGE
    frame = framed(width, height, above, below)
    pen = Pen.on(frame, -a, -b, a, b)
    at = _ring(count, a, b)
    for k in range(count):
        _arc(pen, labels, at, k, loop, a, b)
    for label, (x, y, _) in zip(labels, at, strict=True):
        if label.bold:
            w, h = label.box
            pen.ax.add_patch(Rectangle((x - w / 2, y - h / 2), w, h, fc=STOCK_FILL, ec=INK, lw=1.0, zorder=4))
        pen.label(label, x, y)
    _middle(pen, loop, lang)
    return frame.figure


def _ring(count: int, a: float, b: float) -> list[tuple[float, float, float]]:
    """Places along an ellipse, farther apart where words stand side by side, clockwise from the top: x, y and angle."""
    fine = 4096
    angles = [math.pi / 2 - 2 * math.pi * i / fine for i in range(fine + 1)]
    points = [(a * math.cos(t), b * math.sin(t)) for t in angles]
    run = [0.0]
    for p, q in pairwise(points):
        run.append(run[-1] + math.hypot((q[0] - p[0]) * SIDEWAYS, q[1] - p[1]))
    found: list[tuple[float, float, float]] = []
    i = 0
    for k in range(count):
        while run[i] < run[-1] * k / count:
            i += 1
        found.append((*points[i], angles[i]))
    return found


def _arc(
    pen: Pen,
    labels: Sequence[Label],
    at: Sequence[tuple[float, float, float]],
    k: int,
    loop: CausalLoop,
    a: float,
    b: float,
) -> None:
    """The arrow from place k to the next, along the ring, from the edge of one word to that of the other."""
    following = (k + 1) % len(at)
    start, end = at[k][2], at[following][2]
    if end >= start - 1e-9:
        end -= 2 * math.pi
    steps = 240
    path = [
        (a * math.cos(t), b * math.sin(t))
        for t in (start + (end - start) * i / steps for i in range(steps + 1))
    ]

    def inside(point: tuple[float, float], node: int) -> bool:
        w, h = labels[node].box
        x, y, _ = at[node]
        return abs(point[0] - x) < w / 2 + OFF and abs(point[1] - y) < h / 2 + OFF

    first = next((i for i, p in enumerate(path) if not inside(p, k)), 0)
    last = next((i for i in range(steps, -1, -1) if not inside(path[i], following)), steps)
    drawn = path[first : max(last, first + 2) + 1]
    outline = Outline(drawn, [Outline.MOVETO, *[Outline.LINETO] * (len(drawn) - 1)])
    pen.ax.add_patch(PathPatch(outline, fc="none", ec=ARROW, lw=1.3, zorder=2))
    pen.ax.add_patch(
        FancyArrowPatch(
            drawn[-3], drawn[-1], arrowstyle="-|>,head_length=4.2,head_width=2.0",
            shrinkA=0, shrinkB=0, color=ARROW, lw=0.6, zorder=2.5, mutation_scale=1.0,
        )
    )  # fmt: skip
    along = [0.0]
    for p, q in zip(drawn[::-1], drawn[::-1][1:], strict=False):
        along.append(along[-1] + math.dist(p, q))

    def back(inches: float) -> tuple[tuple[float, float], tuple[float, float]]:
        """The place that far before the head, and the direction of the line there."""
        i = next((i for i, x in enumerate(along) if x >= inches), len(along) - 1)
        line = drawn[::-1]
        p, q = line[i], line[max(i - 1, 0)] if i else line[1]
        far = math.dist(p, q) or 1.0
        return p, ((q[0] - p[0]) / far, (q[1] - p[1]) / far)

    if loop.signs[k]:
        (x, y), (ux, uy) = back(min(0.12, along[-1]))
        outward = 1.0 if -uy * x + ux * y > 0 else -1.0
        pen.sign(loop.signs[k], x - outward * uy * 0.1, y + outward * ux * 0.1)
    if loop.delayed[k]:
        for away in (along[-1] * 0.62 - 0.02, along[-1] * 0.62 + 0.02):
            (x, y), (ux, uy) = back(away)
            pen.ax.plot(
                [x - uy * 0.06, x + uy * 0.06], [y + ux * 0.06, y - ux * 0.06], color=INK, lw=1.0, zorder=3
            )


def _middle(pen: Pen, loop: CausalLoop, lang: Lang) -> None:
    colour = {"R": FORECAST, "B": GOAL}.get(loop.polarity, INK)
    r = 0.23
    arc = [
        (r * math.cos(t), 0.06 + r * math.sin(t))
        for t in (math.radians(120 - 290 * i / 60) for i in range(61))
    ]
    pen.ax.add_patch(
        PathPatch(Outline(arc, [Outline.MOVETO, *[Outline.LINETO] * 60]), fc="none", ec=colour, lw=1.3)
    )
    pen.ax.add_patch(
        FancyArrowPatch(
            arc[-3], arc[-1], arrowstyle="-|>,head_length=4.5,head_width=2.3",
            shrinkA=0, shrinkB=0, color=colour, lw=0.8, mutation_scale=1.0,
        )
    )  # fmt: skip
    pen.ax.text(
        0, 0.06, loop.polarity, size=11, weight="bold", color=colour, ha="center", va="center_baseline"
    )
    pen.ax.text(
        0, -0.3, KINDS[loop.polarity][lang], size=6.8, color=colour, ha="center", va="center_baseline"
    )
