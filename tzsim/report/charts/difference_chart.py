"""A row for each quantity with a dot and its interval; the zero line parts rise from fall."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from tzsim.forecast.conflicts import Conflicts
from tzsim.forecast.explain import Explanation
from tzsim.forecast.knowing import Knowing
from tzsim.forecast.labels import stream_label
from tzsim.forecast.result import Forecast
from tzsim.report.charts.answer_words import word
from tzsim.report.charts.frame import SUBTITLE_SIZE, TITLE_SIZE, Text, framed, source_texts
from tzsim.report.style import FORECAST, GOAL, QUIET, page, styled
from tzsim.report.typeset import wrap
from tzsim.report.wording import Lang
from tzsim.scenario import Goal

LABEL, LABEL_SIZE = 190.0, 6.6
"""Width in points of a label's lines, and their size."""


@dataclass(frozen=True, slots=True)
class Dot:
    """One row: label, value and interval in the unit of the axis."""

    label: str
    value: float
    low: float
    high: float
    colour: str = FORECAST


def dots(
    forecast: Forecast,
    rows: Sequence[Dot],
    title: str,
    subtitle: str,
    axis: str,
    lang: Lang,
    line: float = 0.0,
) -> Figure:
    """Draw rows from top to bottom with a vertical line at `line`."""
    sheet = page("a4")
    above = [Text(title, TITLE_SIZE, bold=True), Text(subtitle, SUBTITLE_SIZE, QUIET)]
    with styled():
        labels = [wrap(row.label, LABEL, LABEL_SIZE)[:2] for row in rows]
        height = 1.7 + sum(0.1 + 0.1 * len(lines) for lines in labels) + (0.0 if rows else 0.2)
        frame = framed(sheet.width, height, above, source_texts(forecast, lang, 1.0))
        ax = frame.axes(2.75, 0.42, 0.1, 0.05)
        for place, row in enumerate(rows):
            ax.plot([row.low, row.high], [place, place], color=row.colour, lw=1.6, solid_capstyle="round")
            ax.plot([row.value], [place], "o", color=row.colour, ms=3.6)
        ax.axvline(line, color=GOAL, lw=0.8)
        ax.set_yticks(range(len(rows)), ["\n".join(lines) for lines in labels])
        ax.set_ylim(len(rows) - 0.4, -0.6)
        ax.tick_params(labelsize=LABEL_SIZE, length=0)
        ax.set_xlabel(axis, size=7)
    return frame.figure


def drivers_chart(explanation: Explanation, lang: Lang = "zh", most: int = 15) -> Figure:
    """The inputs with the largest distance between met and missed members, and the noise floor as a line.

    Where every member ends alike, the shares of variance.
    """
    goal, floor, zh = explanation.goal, explanation.drivers.floor, lang == "zh"
    split = floor == floor
    rows = [
        Dot(
            stream_label(explanation.forecast.scenario, d.name).of(lang),
            value,
            0.0,
            value,
            FORECAST if d.above_floor or not split else QUIET,
        )
        for d in explanation.drivers.rows[:most]
        for value in (d.distance if split else d.variance,)
    ]
    title = f"影响因素：{goal.id} {goal.name.zh}" if zh else f"What moves {goal.id} {goal.name.en}"
    line = (
        "竖线为噪声线；灰色为未超过自身噪声线（后验样本中的参数更高）"
        if zh and explanation.forecast.scenario.posterior
        else "竖线为噪声线，灰色为未超过"
        if zh
        else "The line is the noise floor; grey ones are not above their own (inputs of a posterior have a higher one)"
        if explanation.forecast.scenario.posterior
        else "The line is the noise floor; grey ones are not above it"
    )
    axis = (
        ("达成与未达成之间的KS距离" if zh else "KS distance of met and missed")
        if split
        else ("方差份额" if zh else "share of variance")
    )
    return dots(
        explanation.forecast, rows, title, line if split else axis, axis, lang, floor if split else 0.0
    )


def information_chart(
    forecast: Forecast, goal: Goal, knowing: Knowing, lang: Lang = "zh", most: int = 15
) -> Figure:
    """How far the probability would move on average once each input is known; filled where it lies above the noise and can be collected."""
    found = [r for r in knowing.rows if r.moves > 0][:most]
    rows = [
        Dot(
            stream_label(forecast.scenario, r.name).of(lang),
            100 * r.moves,
            0.0,
            100 * r.moves,
            FORECAST if r.above_floor and r.collectable else QUIET,
        )
        for r in found
    ]
    title = word("information title", lang, goal=f"{goal.id} {goal.name.of(lang)}")
    subtitle = word("information subtitle" if rows else "information none", lang)
    return dots(forecast, rows, title, subtitle, word("information axis", lang), lang)


def conflicts_chart(conflicts: Conflicts, lang: Lang = "zh", most: int = 20) -> Figure:
    """The pairs of goals farthest from unrelated: percentage points that both are met together more or less often, with intervals."""
    scenario = conflicts.forecast.scenario
    pairs = sorted(conflicts.pairs, key=lambda p: -abs(p.dependence))[:most]

    def name(id: str) -> str:
        return f"{id} {scenario.goal(id).name.of(lang)}"

    rows = [
        Dot(
            f"{name(p.first)} × {name(p.second)}",
            100 * p.dependence,
            100 * p.low,
            100 * p.high,
            GOAL if p.kind == "conflict" else FORECAST,
        )
        for p in sorted(pairs, key=lambda p: -p.dependence)
    ]
    subtitle = word("conflicts subtitle" if rows else "conflicts none", lang)
    return dots(
        conflicts.forecast, rows, word("conflicts title", lang), subtitle, word("conflicts axis", lang), lang
    )
