"""The gap to a goal as a waterfall: from the mean, limit by limit, to what is asked."""

from __future__ import annotations

from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tzsim.forecast.explain import Explanation
from tzsim.forecast.gap import Gap
from tzsim.report.charts.answer_words import word
from tzsim.report.charts.frame import SUBTITLE_SIZE, TITLE_SIZE, Text, framed, source_texts
from tzsim.report.goal_rows import limit_name
from tzsim.report.numerals import decimals, digits_for, exact, number, scale, unit_name
from tzsim.report.style import FORECAST, GOAL, INK, LIMIT_COLOURS, PAST, QUIET, page, styled
from tzsim.report.wording import Lang


def gap_chart(explanation: Explanation, lang: Lang = "zh") -> Figure:
    """Draw the waterfall; where the gap cannot be split the figure says why."""
    goal, gap = explanation.goal, explanation.gap
    sheet = page("a4")
    title = word("gap title", lang, goal=f"{goal.id} {goal.name.of(lang)}")
    above = [Text(title, TITLE_SIZE, bold=True)]
    if isinstance(gap, Gap):
        words = word(
            "gap subtitle",
            lang,
            year=explanation.forecast.scenario.clock.said(gap.year, lang),
            unit=unit_name(goal.unit, lang),
        )
        above.append(Text(words, SUBTITLE_SIZE, QUIET))
    with styled():
        height = 3.2 if isinstance(gap, Gap) else 1.6
        frame = framed(sheet.width, height, above, source_texts(explanation.forecast, lang, 1.0))
        if not isinstance(gap, Gap):
            width, tall = frame.figure.get_size_inches()
            at = (frame.left / width, (frame.bottom + frame.top) / 2 / tall)
            frame.figure.text(*at, gap.of(lang), size=9, va="center")
            return frame.figure
        _draw(frame.axes(0.5, 0.34, 0.05, 0.1), explanation, gap, lang)
    return frame.figure


def _draw(ax: Axes, explanation: Explanation, gap: Gap, lang: Lang) -> None:
    by = scale(explanation.goal.unit, lang)
    steps = [(limit_name(explanation.forecast, id, lang), value * by) for id, value in gap.parts]
    steps.append((word("gap rest", lang), gap.rest * by))
    names = [word("gap mean", lang), *(n for n, _ in steps), word("gap goal", lang)]
    mean = at = gap.mean * by
    heights = [at]
    ax.plot([-0.31, 0.31], [at, at], color=FORECAST, lw=3, solid_capstyle="butt")
    for place, (_, value) in enumerate(steps, start=1):
        rest = place == len(steps)
        colour = PAST if rest else LIMIT_COLOURS[(place - 1) % len(LIMIT_COLOURS)]
        ax.bar(place, value, bottom=at, color=colour, width=0.62)
        ax.plot([place - 0.69, place + 0.31], [at, at], color=QUIET, lw=0.6)
        at += value
        heights.append(at)
    goal = explanation.goal.value * by
    last = len(names) - 1
    ax.plot([last - 0.31, last + 0.31], [goal, goal], color=GOAL, lw=3, solid_capstyle="butt")
    ax.axhline(goal, color=GOAL, lw=0.7, ls=(0, (3, 2)))
    low, high = min([*heights, goal]), max([*heights, goal])
    span = max(high - low, 1e-9)
    ax.set_xlim(-0.6, last + 0.6)
    ax.set_ylim(low - 0.15 * span, high + 0.14 * span)
    digits = max(decimals(goal), digits_for(None, 0.0, max(abs(v) for _, v in steps) / 10))
    parts = (f"+{number(v, digits)}" if v > 0 else number(v, digits) for _, v in steps)
    labels = [number(mean, digits), *parts, exact(goal)]
    tops = [mean, *(max(a, b) for a, b in pairwise(heights)), goal]
    for place, (label, top) in enumerate(zip(labels, tops, strict=True)):
        ax.text(place, top + 0.02 * span, label, ha="center", va="bottom", size=7, color=INK)
    ax.set_xticks(range(len(names)), names)
    ax.tick_params(labelsize=7, length=0)
    ax.set_ylabel(unit_name(explanation.goal.unit, lang), size=7)
