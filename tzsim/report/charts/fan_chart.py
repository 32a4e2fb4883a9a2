"""The fan chart of one series: history, the forecast's bands, the goal and how likely it is.

After the Bank of England's inflation fan (Britton, Fisher and Whitley 1998), with bands centred on the median.
A year's figure stands at the year's own tick, so the as-of line lies half a year past the last known year; on a clock that is no
calendar all stands at its time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter
from numpy.typing import NDArray

from tzsim.clock import Clock, When
from tzsim.forecast.result import Forecast, SeriesFan
from tzsim.report.charts.frame import (
    POINTS,
    SOURCE_SIZE,
    SUBTITLE_SIZE,
    TITLE_SIZE,
    Frame,
    Text,
    axes_inches,
    framed,
    source_texts,
)
from tzsim.report.goal_rows import date_text, goal_row, goal_year, target_text
from tzsim.report.history import is_documented, shown_history, telling_column, value_in
from tzsim.report.moments import moment
from tzsim.report.numerals import digits_for, number, percent, plain, scale, unit_name
from tzsim.report.style import FAINT, FORECAST, GOAL, INK, PAST, QUIET, Size, page, styled
from tzsim.report.typeset import text_width
from tzsim.report.wording import Lang, say

BANDS = ((0.05, 0.95, 0.18), (0.1, 0.9, 0.30), (0.25, 0.75, 0.50))
"""Lower level, upper level and darkness of each band, widest first."""

REACH = 1.2
"""A goal farther from the data than this many times their range is named at the edge instead of stretching the axis."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """The fan in the numbers that are drawn: years (or times), quantiles (level, year) and goal, in the unit of the language."""

    fan: SeriesFan
    lang: Lang
    x: NDArray[np.float64]
    quantiles: NDArray[np.float64]
    goal: float | None
    digits: int
    clock: Clock
    as_of: float

    def row(self, level: float) -> NDArray[np.float64]:
        return self.quantiles[self.fan.quantile_levels.index(level)]

    def text(self, value: float) -> str:
        return number(value, self.digits)


def fan(
    forecast: Forecast, series_id: str, lang: Lang = "zh", size: Size = "a4", *, titled: bool = True
) -> Figure:  # fmt: skip
    """Draw one series of the view; `titled` False leaves title and source to the page. Raises KeyError for an unknown series or size."""
    drawn = _drawn(forecast, forecast.fan(series_id), lang)
    sheet = page(size)
    factor = sheet.type_scale
    heading = [Text(say("fan title", lang, name=drawn.fan.name.of(lang)), TITLE_SIZE * factor, bold=True)]
    lines = [Text(words, SUBTITLE_SIZE * factor) for words in _subtitle(forecast, drawn)]
    above = [*heading, *lines] if titled else lines
    height = sheet.height if titled else sheet.height - 0.45 * factor
    extra = () if shown_history(drawn.fan) else (say("no history", lang) + say("full stop", lang).strip(),)
    below = source_texts(forecast, lang, factor, *extra)
    if not titled:
        below = [Text(words, SOURCE_SIZE * factor, QUIET) for words in extra]
    with styled():
        frame = framed(sheet.width, height, above, below)
        handles, words = _legend(drawn)
        legend_rows, legend_columns = _rows_of_legend(
            words, (frame.right - frame.left) * POINTS, 6.8 * factor
        )
        _draw_legend(frame, handles, words, legend_columns, 6.8 * factor)
        labels = _edge_labels(drawn)
        margin = max((text_width(t, 7.5 * factor, True) for _, t, _ in labels), default=0.0) / POINTS + 0.16
        ax = frame.axes(0.46 * factor, (0.4 + 0.128 * legend_rows) * factor, margin, 0.27 * factor)
        _draw(ax, drawn, forecast.scenario.as_of, factor)
        _mark_edge(ax, labels, factor)
    return frame.figure


def _drawn(forecast: Forecast, fan: SeriesFan, lang: Lang) -> Drawn:
    factor = scale(fan.unit, lang)
    quantiles = np.asarray(fan.quantiles, dtype=np.float64) * factor
    goal = None if fan.goal is None else fan.goal.value * factor
    at = telling_column(fan, forecast.scenario.clock)
    low, high = quantiles[fan.quantile_levels.index(0.1), at], quantiles[fan.quantile_levels.index(0.9), at]
    digits = digits_for(goal, float(low), float(high))
    return Drawn(
        fan,
        lang,
        np.array(fan.years, dtype=np.float64),
        quantiles,
        goal,
        digits,
        forecast.scenario.clock,
        forecast.scenario.clock.tick(forecast.scenario.as_of),
    )


def _subtitle(forecast: Forecast, drawn: Drawn) -> list[str]:
    fan, lang = drawn.fan, drawn.lang
    lines: list[str] = []
    goal, result = fan.goal, fan.result
    year = None if goal is None else goal_year(goal)
    if goal is not None and result is not None:
        row = goal_row(forecast, result, lang)
        target = target_text(goal, lang)
        when = drawn.clock.said(year, lang) if year is not None else say("dash", lang)
        if len(goal.each_year) > 1:
            when = date_text(goal, drawn.clock, lang)
        if result.probability is None:
            lines.append(say("fan goal, no probability", lang, year=when, target=target, status=row.verdict))
        else:
            key = "fan goal cap" if goal.comparison == "<=" else "fan goal"
            verdict = row.verdict + (say("comma", lang) + row.evidence if row.evidence else "")
            lines.append(
                say(key, lang, year=when, target=target, probability=row.probability, verdict=verdict)
            )
    at = year if year in fan.years else fan.years[-1]
    column = fan.years.index(at)
    low, middle, high = (drawn.row(level)[column] for level in (0.1, 0.5, 0.9))
    if np.isfinite([low, middle, high]).all():
        unit = unit_name(fan.unit, lang)
        texts = [drawn.text(float(v)) for v in (low, middle, high)]
        gap = "" if lang == "zh" or not unit or unit.startswith("%") else " "
        lines.append(
            say(
                "fan median" if at > drawn.as_of else "fan median, past",
                lang,
                **moment(drawn.clock, at, lang),
                median=texts[1] + gap + unit,
                low=texts[0],
                high=texts[2] + gap + unit,
                level=percent(0.8),
            )
        )
    return lines


def _draw(ax: Axes, drawn: Drawn, as_of: When, factor: float) -> None:
    fan = drawn.fan
    x = drawn.x
    fine, values = _with_break(x, drawn.quantiles, drawn.as_of)
    past, future = fine <= drawn.as_of, fine >= drawn.as_of
    levels = fan.quantile_levels
    for low, high, strength in BANDS:
        a, b = values[levels.index(low)], values[levels.index(high)]
        if low == 0.1:
            ax.fill_between(fine[past], a[past], b[past], color=PAST, alpha=0.25, lw=0)
        ax.fill_between(fine[future], a[future], b[future], color=FORECAST, alpha=strength, lw=0)
    middle = values[levels.index(0.5)]
    ax.plot(fine[past], middle[past], color=PAST, lw=1.0 * factor, ls=(0, (4, 2)))
    ax.plot(fine[future], middle[future], color="#0B3160", lw=1.8 * factor)
    _limits(ax, drawn, _history(ax, drawn, factor))
    ax.axvline(drawn.as_of, color=QUIET, lw=0.8, ls=(0, (1, 2)))
    _goal(ax, drawn, factor)
    _axis_texts(ax, drawn, as_of, factor)


def _history(ax: Axes, drawn: Drawn, factor: float) -> list[float]:
    """Draw the history points with their intervals; give every value drawn."""
    fan = drawn.fan
    values: list[float] = []
    for observation in shown_history(fan):
        value = value_in(observation, fan.unit)
        if value is None:
            continue
        value *= scale(fan.unit, drawn.lang)
        if observation.low is not None and observation.high is not None and observation.value:
            ends = [value * end / observation.value for end in (observation.low, observation.high)]
            ax.plot([observation.year] * 2, ends, color=INK, lw=0.7, zorder=4)
            values.extend(ends)
        face = INK if is_documented(observation.quality) else "white"
        ax.plot(observation.year, value, "o", ms=4.2 * factor, color=INK, mfc=face, mew=0.9, zorder=5)
        values.append(value)
    return values


def _with_break(
    x: NDArray[np.float64], values: NDArray[np.float64], at: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The series with one more column, interpolated at the as-of line, where that lies inside."""
    if not x[0] < at < x[-1] or at in x:
        return x, values
    k = int(np.searchsorted(x, at))
    weight = (at - x[k - 1]) / (x[k] - x[k - 1])
    column = values[:, k - 1] * (1 - weight) + values[:, k] * weight
    return np.insert(x, k, at), np.insert(values, k, column, axis=1)


def _limits(ax: Axes, drawn: Drawn, history: list[float]) -> None:
    seen = np.concatenate(
        [drawn.quantiles[np.isfinite(drawn.quantiles)], np.array(history, dtype=np.float64)]
    )
    if drawn.goal is not None and (len(seen) == 0 or _inside(drawn.goal, seen)):
        seen = np.append(seen, drawn.goal)
    low, high = (float(seen.min()), float(seen.max())) if len(seen) else (0.0, 1.0)
    room = 0.06 * (high - low) or abs(high) * 0.05 or 1.0
    floor = 0.0 if low >= 0 and low - room < 0.25 * high else low - room
    ax.set_ylim(floor, high + room)
    margin = 0.35 if drawn.clock.calendar else 0.01 * float(drawn.x[-1] - drawn.x[0])
    ax.set_xlim(drawn.x[0] - margin, drawn.x[-1] + margin)


def _inside(goal: float, seen: NDArray[np.float64]) -> bool:
    low, high = float(seen.min()), float(seen.max())
    reach = REACH * ((high - low) or abs(high) or 1.0)
    return low - reach <= goal <= high + reach


def _goal(ax: Axes, drawn: Drawn, factor: float) -> None:
    goal = drawn.fan.goal
    if goal is None or drawn.goal is None:
        return
    years = list(goal.each_year) or ([goal.date] if goal.date is not None else [])
    low, high = ax.get_ylim()
    if not low <= drawn.goal <= high:
        edge = high - 0.035 * (high - low) if drawn.goal > high else low + 0.035 * (high - low)
        marker = "^" if drawn.goal > high else "v"
        ax.plot(years, [edge] * len(years), marker, color=GOAL, ms=6.5 * factor, ls="", zorder=6)
        return
    ax.axhline(drawn.goal, color=GOAL, lw=0.9, ls=(0, (5, 3)), zorder=3)
    ax.plot(
        years,
        [drawn.goal] * len(years),
        "D",
        color=GOAL,
        mec="white",
        mew=0.7,
        ms=6 * factor,
        ls="",
        zorder=6,
    )


def _axis_texts(ax: Axes, drawn: Drawn, as_of: When, factor: float) -> None:
    lang = drawn.lang
    if drawn.clock.calendar:
        every = 1 if len(drawn.x) <= 14 else 2
        ax.set_xticks(drawn.x[::every], [str(int(v)) for v in drawn.x[::every]])
    ax.tick_params(labelsize=7.2 * factor)
    ax.set_xlabel(drawn.clock.axis(lang), size=7.2 * factor, labelpad=1.5)
    low, high = ax.get_ylim()
    step = decimals_of_ticks([float(v) for v in ax.get_yticks() if low <= v <= high])
    ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: number(float(v), step)))
    ax.yaxis.grid(True, color=FAINT, lw=0.5)
    above: dict[str, Any] = {
        "va": "bottom", "size": 7.2 * factor, "transform": ax.get_xaxis_transform(), "color": QUIET
    }  # fmt: skip
    unit = unit_name(drawn.fan.unit, lang) or say("count axis", lang)
    ax.text(0, 1.02, unit, transform=ax.transAxes, ha="left", va="bottom", size=7.2 * factor, color=INK)
    if drawn.x[0] < drawn.as_of < drawn.x[-1]:
        dated = say("history side, dated", lang, date=drawn.clock.as_of_said(as_of, lang))
        room = axes_inches(ax)[0] * POINTS
        left, right = ax.get_xlim()
        beside = 0.008 * (right - left)
        room *= (drawn.as_of - beside - left) / (right - left)
        room -= text_width(unit, 7.2 * factor) + 12
        words = (w for w in (dated, say("history side", lang)) if text_width(w, 7.2 * factor) < room)
        ax.text(drawn.as_of - beside, 1.02, next(words, ""), ha="right", **above)
        ax.text(drawn.as_of + beside, 1.02, say("forecast side", lang), ha="left", **above)


def decimals_of_ticks(ticks: list[float]) -> int:
    """Fewest decimals that keep the ticks apart and exact."""
    for digits in range(5):
        if all(abs(round(t, digits) - t) <= 1e-9 * max(1.0, abs(t)) for t in ticks):
            return digits
    return 5


def _edge_labels(drawn: Drawn) -> list[tuple[float, str, str]]:
    """(value, words, colour) of the labels to the right of the axes."""
    lang = drawn.lang
    labels: list[tuple[float, str, str]] = []
    middle = drawn.row(0.5)
    if np.isfinite(middle[-1]):
        value = float(middle[-1])
        labels.append(
            (
                value,
                say(
                    "median label",
                    lang,
                    value=drawn.text(value),
                    **moment(drawn.clock, float(drawn.x[-1]), lang),
                ),
                "#0B3160",
            )
        )
    if drawn.goal is not None and drawn.fan.goal is not None:
        text = plain(drawn.fan.goal.value, drawn.fan.unit, lang)
        year = goal_year(drawn.fan.goal)
        words = (
            f"{say('goal', lang)} {text}"
            if year is None
            else say("goal label", lang, value=text, **moment(drawn.clock, year, lang))
        )
        labels.append((drawn.goal, words, GOAL))
    return labels


def _mark_edge(ax: Axes, labels: list[tuple[float, str, str]], factor: float) -> None:
    """Write the labels beside the axes, moved apart where they would touch."""
    size = 7.5 * factor
    low, high = ax.get_ylim()
    per_line = 1.35 * size / POINTS / axes_inches(ax)[1]
    places = sorted(
        ((min(1.0, max(0.0, (v - low) / (high - low))), v > high, v < low, t, c) for v, t, c in labels)
    )
    for k in range(1, len(places)):
        below, above = places[k - 1][0], places[k][0]
        if above - below < per_line:
            middle = min(1.0 - per_line / 2, max(per_line / 2, (above + below) / 2))
            places[k - 1] = (middle - per_line / 2, *places[k - 1][1:])
            places[k] = (middle + per_line / 2, *places[k][1:])
    for place, over, under, words, colour in places:
        arrow = " ↑" if over else " ↓" if under else ""
        ax.text(
            1.012, place, words + arrow, transform=ax.transAxes, size=size, color=colour, weight="bold", va="center", ha="left"
        )  # fmt: skip


def _legend(drawn: Drawn) -> tuple[list[Line2D | Patch], list[str]]:
    """What the signs of the chart mean."""
    lang = drawn.lang
    handles: list[Line2D | Patch] = [Line2D([], [], color="#0B3160", lw=1.8)]
    words = [say("median", lang)]
    for (low, high, _), strength in zip(reversed(BANDS), (0.71, 0.43, 0.18), strict=True):
        handles.append(Patch(color=FORECAST, alpha=strength, lw=0))
        words.append(say("band", lang, level=percent(high - low)))
    if drawn.x[0] < drawn.as_of:
        handles.append(Patch(color=PAST, alpha=0.25, lw=0))
        words.append(say("hindsight", lang, level=percent(0.8)))
    for solid, key in ((True, "documented"), (False, "estimated")):
        if any(is_documented(o.quality) is solid for o in shown_history(drawn.fan)):
            handles.append(
                Line2D([], [], marker="o", ls="", color=INK, mfc=INK if solid else "white", ms=4.2)
            )
            words.append(say(key, lang))
    if drawn.goal is not None:
        handles.append(Line2D([], [], marker="D", ls=(0, (5, 3)), color=GOAL, lw=0.9, ms=5))
        words.append(say("goal", lang))
    return handles, words


def _rows_of_legend(words: list[str], width: float, size: float) -> list[int]:
    """Rows and columns: as few rows as fit in `width` points."""
    for rows in range(1, len(words) + 1):
        columns = -(-len(words) // rows)
        widths = [
            max(text_width(w, size) for w in words[k * rows : (k + 1) * rows] or [""]) for k in range(columns)
        ]
        if sum(widths) + columns * (1.6 + 0.5) * size + (columns - 1) * 1.1 * size <= 0.97 * width:
            return [rows, columns]
    return [len(words), 1]


def _draw_legend(
    frame: Frame, handles: list[Line2D | Patch], words: list[str], columns: int, size: float
) -> None:
    width, height = frame.figure.get_size_inches()
    frame.figure.legend(
        handles,
        words,
        loc="lower left",
        bbox_to_anchor=(frame.left / width, frame.bottom / height),
        ncols=columns,
        fontsize=size,
        borderaxespad=0,
        borderpad=0.2,
        handlelength=1.6,
        columnspacing=1.1,
        handletextpad=0.5,
        labelspacing=0.25,
    )
