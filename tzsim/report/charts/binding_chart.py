"""Which limit holds output back, by element (cluster) and year: a map whose cells say the limit and how often."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from tzsim.clock import plain_time
from tzsim.forecast.result import NONE_BINDS, Forecast
from tzsim.report.charts.frame import (
    POINTS,
    SUBTITLE_SIZE,
    TITLE_SIZE,
    Frame,
    Text,
    axes_inches,
    framed,
    source_texts,
)
from tzsim.report.goal_rows import element_name, limit_name
from tzsim.report.numerals import percent
from tzsim.report.style import INK, LIMIT_COLOURS, NONE_COLOUR, QUIET, Size, page, styled
from tzsim.report.typeset import balanced, text_width, wrap
from tzsim.report.wording import Lang, say

SMALLEST = 5.0
"""Points; where the names of the limits would have to be smaller, cells carry the share alone and colour says which."""

EVERY = (1, 2, 5, 10, 20, 50, 100)
"""Stretches of a clock that is no calendar from one tick to the next."""
PALEST, DARKEST = 0.2, 0.65
"""Strength of a limit's colour where no draw and where every draw agrees; pale enough for dark text to read well."""


def binding_map(forecast: Forecast, lang: Lang = "zh", size: Size = "a4", *, titled: bool = True) -> Figure:
    """Draw the map; `titled` False leaves the title to the page. Where the view names no limits the figure says so. Raises KeyError for an unknown size."""
    binding, clock = forecast.binding, forecast.scenario.clock
    sheet = page(size)
    factor = sheet.type_scale
    rows = max(1, len(binding.elements))
    height = sheet.height if size == "slide" else (1.75 if titled else 1.5) * factor + 0.46 * rows
    above = (
        [
            Text(
                say(
                    "binding title" if clock.calendar and not binding.whole else "binding title, times", lang
                ),
                TITLE_SIZE * factor,
                bold=True,
            )
        ]
        if titled
        else []
    )
    if not binding.empty:
        words = say("binding subtitle", lang, none=limit_name(forecast, NONE_BINDS, lang))
        above.append(Text(words, (SUBTITLE_SIZE - 0.8) * factor))
    with styled():
        frame = framed(sheet.width, height, above, source_texts(forecast, lang, factor))
        if binding.empty:
            _say_empty(frame, lang, factor)
            return frame.figure
        names = [element_name(forecast, e, lang) for e in binding.elements]
        label_width = min(1.35 * factor, max(text_width(n, 7.5 * factor) for n in names) / POINTS + 0.08)
        ax = frame.axes(label_width, 0.48 * factor, 0.02, 0.06)
        _cells(ax, forecast, lang, factor)
        _ticks(ax, forecast, names, label_width, lang, factor)
        _key(frame, forecast, lang, factor)
    return frame.figure


def _cells(ax: Axes, forecast: Forecast, lang: Lang, factor: float) -> None:
    binding = forecast.binding
    rows, columns = len(binding.elements), len(binding.years)
    ax.set_xlim(-0.5, columns - 0.5)
    ax.set_ylim(rows - 0.5, -0.5)
    width, height = axes_inches(ax)
    room = width * POINTS / columns - 5.0
    labels = [limit_name(forecast, limit, lang) for limit in binding.limits] + [say("none cell", lang)]
    size = min(7.4 * factor, height * POINTS / rows / 3.6)
    while size > SMALLEST and not all(_fits(label, room, size) for label in labels):
        size -= 0.2
    named = all(_fits(label, room, size) for label in labels)
    if not named:
        size = min(7.4 * factor, room / 2.4)
    told = size >= 3.5
    for i in range(rows):
        for j in range(columns):
            shares = np.asarray(binding.share[i, j], dtype=np.float64)
            if not np.isfinite(shares).all():
                continue
            k = int(np.argmax(shares))
            share = float(shares[k])
            colour = _shade(k, len(binding.limits), share)
            ax.add_patch(Rectangle((j - 0.48, i - 0.47), 0.96, 0.94, fc=colour, ec="none"))
            if not told:
                continue
            lines = balanced(labels[k], room, size) if named else []
            ax.text(
                j,
                i,
                "\n".join([*lines, percent(share)]),
                size=size,
                color=INK,
                ha="center",
                va="center",
                linespacing=1.15,
            )


def _fits(label: str, room: float, size: float) -> bool:
    lines = wrap(label, room, size)
    return len(lines) <= 2 and all(text_width(line, size) <= room for line in lines)


def _shade(limit: int, limits: int, share: float) -> tuple[float, float, float]:
    """The limit's colour, paler where fewer draws agree."""
    base = np.array(to_rgb(NONE_COLOUR if limit == limits else LIMIT_COLOURS[limit % len(LIMIT_COLOURS)]))
    depth = 1.0 if limit == limits else PALEST + (DARKEST - PALEST) * share
    red, green, blue = base * depth + (1 - depth)
    return float(red), float(green), float(blue)


def _ticks(
    ax: Axes, forecast: Forecast, names: list[str], label_width: float, lang: Lang, factor: float
) -> None:
    years = forecast.binding.years
    clock = forecast.scenario.clock
    every = next(n for n in EVERY if len(years) <= 15 * n)
    at = [i for i, y in enumerate(years) if clock.calendar or round(y / clock.spacing) % every == 0]
    ax.set_xticks(at, [plain_time(years[i]) for i in at])
    room = (label_width - 0.06) * POINTS
    lines = ["\n".join(balanced(name, room, 7.5 * factor)[:3]) for name in names]
    ax.set_yticks(range(len(names)), lines)
    ax.tick_params(length=0, labelsize=7.2 * factor)
    ax.tick_params(axis="y", labelsize=7.5 * factor, pad=3)
    ax.set_xlabel(forecast.scenario.clock.axis(lang), size=7.2 * factor, labelpad=1)
    for side in ax.spines.values():
        side.set_visible(False)
    edge = (clock.tick(forecast.scenario.as_of) - years[0]) / clock.spacing + (0.0 if clock.calendar else 0.5)
    if -0.5 < edge < len(years) - 0.5:
        ax.axvline(edge, color=INK, lw=1.1, ls=(0, (1.5, 1.5)))


def _key(frame: Frame, forecast: Forecast, lang: Lang, factor: float) -> None:
    limits = forecast.binding.limits
    handles = [Patch(fc=_shade(k, len(limits), 1.0)) for k in range(len(limits))]
    handles.append(Patch(fc=NONE_COLOUR, ec=QUIET, lw=0.4))
    names = [limit_name(forecast, limit, lang) for limit in (*limits, NONE_BINDS)]
    width, height = frame.figure.get_size_inches()
    frame.figure.legend(
        handles,
        names,
        loc="lower left",
        bbox_to_anchor=(frame.left / width, frame.bottom / height),
        ncols=len(names),
        fontsize=6.8 * factor,
        borderaxespad=0,
        handlelength=1.2,
        columnspacing=1.1,
        handletextpad=0.4,
    )


def _say_empty(frame: Frame, lang: Lang, factor: float) -> None:
    width, height = frame.figure.get_size_inches()
    frame.figure.text(
        frame.left / width, (frame.bottom + frame.top) / 2 / height, say("binding empty", lang), size=9 * factor, va="center"
    )  # fmt: skip
