"""The goal board: every row of the plan with its probability, grouped by area; rows that are not judged are listed by status."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tzsim.forecast.result import DELIVERY_ONLY, PRIOR_ONLY, Forecast
from tzsim.report.charts.frame import (
    EDGE,
    POINTS,
    SUBTITLE_SIZE,
    TITLE_SIZE,
    Text,
    framed,
    height_of,
    source_texts,
)
from tzsim.report.goal_rows import GoalRow, by_area, goal_rows
from tzsim.report.numerals import LIKELY, SAMPLING_LEVEL, UNLIKELY, percent
from tzsim.report.style import FAINT, INK, QUIET, VERDICT, Size, page, styled
from tzsim.report.typeset import shorten, text_width, wrap
from tzsim.report.wording import Lang, say

ROW = 0.158
"""Height of a row in inches before scaling."""
GAP = 0.22
STATUS_ORDER = ("documented as met", "not modelled yet", "descriptive")


NAME_LINES = 4
MORE = 0.62
"""Most lines of a name, and the height that each line after the first adds, in rows."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a column: a goal with its name broken to fit, or the heading of an area. `height` counts rows."""

    heading: str = ""
    row: GoalRow | None = None
    name: tuple[str, ...] = ()
    height: float = 1.0


@dataclass(frozen=True, slots=True)
class Columns:
    """Where the parts of a row stand, in points from the column's left edge."""

    width: float
    name: float
    strip: float
    strip_end: float
    probability: float
    verdict: float


def goal_board(
    forecast: Forecast,
    lang: Lang = "zh",
    size: Size = "a4",
    *,
    titled: bool = True,
    only: Collection[str] | None = None,
) -> Figure:
    """Draw the board; it is as high as its rows need ('slide' spreads them over columns). Raises KeyError for an unknown size.

    titled: False leaves the title, and the list of rows that are not judged, to the page. only: ids of the judged goals to draw.
    """
    sheet = page(size)
    slide = size == "slide"
    factor = 1.0 if slide else sheet.type_scale
    rows = goal_rows(forecast, lang)
    lines = _lines(forecast, tuple(row for row in rows if row.judged and (only is None or row.id in only)))
    above = _above(lang, rows, factor)[0 if titled else 1 :]
    others = _others(rows, lang, factor) if titled and not slide else []
    below = [*others, *_marks(rows, lang, factor), *source_texts(forecast, lang, factor)]
    count = _column_count(size, len(lines), sheet.height)
    width = (sheet.width - 2 * EDGE - GAP * (count - 1)) / count
    head = 0.2 * factor
    outside = height_of(above, sheet.width) + height_of(below, sheet.width) + 2 * EDGE + head
    row_height = ROW * factor * (1.4 if slide else 1.0)
    while True:
        type_size = 0.6 * row_height * POINTS
        columns = _break([_fitted(line, width * POINTS, type_size, lang) for line in lines], count, lang)
        longest = max(1.0, *(_height(column) for column in columns))
        if not slide or longest * row_height <= sheet.height - outside:
            break
        row_height *= 0.97
    height = sheet.height if slide else longest * row_height + outside
    with styled():
        frame = framed(sheet.width, height, above, below)
        for k, column in enumerate(columns):
            left = k * (width + GAP)
            right = frame.right - frame.left - left - width
            bottom = frame.top - frame.bottom - head - _height(column) * row_height
            ax = frame.axes(left, max(0.0, bottom), right, head)
            _draw(ax, column, width * POINTS, type_size, lang)
    return frame.figure


def _above(lang: Lang, rows: tuple[GoalRow, ...], factor: float) -> list[Text]:
    judged = sum(row.judged for row in rows)
    words = say("board subtitle", lang, level=percent(SAMPLING_LEVEL), all=str(len(rows)), judged=str(judged))
    return [
        Text(say("board title", lang), TITLE_SIZE * factor, bold=True),
        Text(words, (SUBTITLE_SIZE - 0.8) * factor, QUIET),
    ]


def _lines(forecast: Forecast, rows: tuple[GoalRow, ...]) -> list[Line]:
    lines: list[Line] = []
    for area, group in by_area(forecast, rows):
        lines.append(Line(heading=area))
        lines.extend(Line(row=row) for row in group)
    return lines


def _column_count(size: Size, lines: int, height: float) -> int:
    if size == "a4 column":
        return 1
    if size == "slide":
        fitting = int((height - 1.9) / (ROW * 0.9))
        return min(3, max(1, -(-lines // fitting)))
    return 1 if lines <= 24 else 2


def _height(column: list[Line]) -> float:
    return sum(line.height for line in column)


def _fitted(line: Line, width: float, size: float, lang: Lang) -> Line:
    """The line with its name broken to at most `NAME_LINES` lines."""
    if line.row is None:
        return line
    room = _columns(width, size, lang).name - _indent(size)
    parts = wrap(line.row.name + _mark(line.row), room, size)
    if len(parts) > NAME_LINES:
        kept = parts[: NAME_LINES - 1]
        rest = line.row.name + _mark(line.row)
        for part in kept:
            rest = rest[len(part) :].lstrip()
        parts = [*kept, shorten(rest, room, size)]
    return Line(row=line.row, name=tuple(parts), height=1.0 + MORE * (len(parts) - 1))


def _indent(size: float) -> float:
    """Room for an id such as 'T063b'."""
    return text_width("T000b", size) + 3


def _mark(row: GoalRow) -> str:
    return "†" if row.result.evidence == DELIVERY_ONLY else ""


def _break(lines: list[Line], count: int, lang: Lang) -> list[list[Line]]:
    """Lines in columns of like height, broken between areas, or inside a long one with its heading repeated."""
    columns: list[list[Line]] = []
    rest = list(lines)
    for left in range(count, 1, -1):
        share = _height(rest) / left
        take = _cut(rest, share)
        columns.append(rest[:take])
        inside = take < len(rest) and not rest[take].heading
        heading = next((line.heading for line in reversed(rest[:take]) if line.heading), "")
        again = [Line(heading=say("continued", lang, name=heading))] if inside and heading else []
        rest = [*again, *rest[take:]]
    return [*columns, rest]


def _cut(lines: list[Line], share: float) -> int:
    """Where to cut: the start of an area nearest to `share`, or after two rows of one where none is near."""
    tops = [_height(lines[:k]) for k in range(len(lines) + 1)]
    starts = [k for k in range(1, len(lines)) if lines[k].heading]
    best = min(starts, key=lambda k: abs(tops[k] - share), default=len(lines))
    if best < len(lines) and abs(tops[best] - share) <= 0.15 * share:
        return best
    inner = [k for k in range(3, len(lines) - 1) if not any(line.heading for line in lines[k - 2 : k + 2])]
    return min([*inner, *starts], key=lambda k: abs(tops[k] - share), default=len(lines))


def _others(rows: tuple[GoalRow, ...], lang: Lang, factor: float) -> list[Text]:
    texts: list[Text] = []
    for status in STATUS_ORDER:
        names = [f"{row.id} {row.name}" for row in rows if row.result.status == status]
        if names:
            listed = ("；" if lang == "zh" else "; ").join(names)
            words = say("board others", lang, status=say(status, lang), count=str(len(names)), names=listed)
            texts.append(Text(words, 6.2 * factor))
    return texts


def _marks(rows: tuple[GoalRow, ...], lang: Lang, factor: float) -> list[Text]:
    return [Text(say("board marks", lang), 6.2 * factor, QUIET)] if any(row.judged for row in rows) else []


def _columns(width: float, size: float, lang: Lang) -> Columns:
    words = [say(key, lang) for key in ("almost certain", "about even", "almost impossible", "very unlikely")]
    verdict = max(text_width(word, size) for word in words)
    chance = text_width(">99%", size, bold=True)
    strip = 0.15 * width
    verdict_at = width - verdict
    probability = verdict_at - chance - 5
    end = probability - 8
    return Columns(width, end - strip - 8, end - strip, end, probability, verdict_at)


def _draw(ax: Axes, column: list[Line], width: float, size: float, lang: Lang) -> None:
    at = _columns(width, size, lang)
    ax.set_xlim(0, width)
    ax.set_ylim(max(1.0, _height(column)), 0)
    ax.set_axis_off()
    _head(ax, at, size, lang)
    top = 0.0
    for line in column:
        if line.row is None:
            ax.text(
                0, top + 0.58, shorten(line.heading, width, size, True), size=size, weight="bold", va="center"
            )
            ax.plot([0, width], [top + 0.96, top + 0.96], color=QUIET, lw=0.5)
        else:
            _row(ax, top, line, at, size)
        top += line.height
    _scale(ax, column, at)
    _marked(ax, column, at, size)


def _head(ax: Axes, at: Columns, size: float, lang: Lang) -> None:
    style: dict[str, Any] = {"size": size * 0.9, "color": QUIET, "va": "center"}
    ax.text(0, -0.5, say("board goal", lang), **style)
    middle = (at.strip + at.strip_end) / 2
    ax.text(middle, -0.5, say("board axis", lang), ha="center", **style)
    ax.text(at.verdict, -0.5, say("board verdict", lang), **style)


def _scale(ax: Axes, column: list[Line], at: Columns) -> None:
    """Thin lines beside every row at the ends, and where likely and unlikely part."""
    ends = list(accumulate(line.height for line in column))
    rows = [(end - line.height, end) for line, end in zip(column, ends, strict=True) if line.row is not None]
    span = at.strip_end - at.strip
    for share, colour in ((0.0, QUIET), (UNLIKELY, FAINT), (LIKELY, FAINT), (1.0, QUIET)):
        x = at.strip + span * share
        ax.vlines([x] * len(rows), [a for a, _ in rows], [b for _, b in rows], color=colour, lw=0.5, zorder=0)


def _row(ax: Axes, top: float, line: Line, at: Columns, size: float) -> None:
    row = line.row
    if row is None or row.result.probability is None:
        return
    y = top + line.height / 2
    indent = _indent(size)
    for k, words in enumerate(line.name):
        at_y = y + (k - (len(line.name) - 1) / 2) * 0.72
        if k == 0:
            ax.text(0, at_y, row.id, size=size, color=QUIET, va="center")
        ax.text(indent, at_y, words, size=size, va="center", color=INK)
    ax.text(at.verdict - 5, y, row.probability, size=size, weight="bold", ha="right", va="center")
    ax.text(at.verdict, y, row.verdict, size=size, va="center", color=INK)


def _marked(ax: Axes, column: list[Line], at: Columns, size: float) -> None:
    """Dot and interval of every probability, in one collection each: a board has nearly a hundred."""
    y: list[float] = []
    shares: list[tuple[float, float, float]] = []
    edges: list[str] = []
    fills: list[str] = []
    for line, top in zip(column, accumulate((line.height for line in column), initial=0.0), strict=False):
        row = line.row
        if row is None or row.result.probability is None:
            continue
        p, low, high = row.result.probability, row.result.probability_low, row.result.probability_high
        y.append(top + line.height / 2)
        shares.append((p, p if low is None else low, p if high is None else high))
        edges.append(VERDICT[int(row.tone[1])])
        fills.append("white" if row.result.evidence in (PRIOR_ONLY, DELIVERY_ONLY) else edges[-1])
    x, left, right = at.strip + (at.strip_end - at.strip) * np.array(shares).reshape(-1, 3).T
    ax.hlines(y, left, right, colors=edges, lw=1.4)
    ax.scatter(
        x,
        y,
        s=(size * 0.58) ** 2,
        edgecolors=edges,
        facecolors=fills,
        linewidths=1.3,
        zorder=5,
        clip_on=False,
    )
