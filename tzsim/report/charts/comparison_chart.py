"""What a scenario changes: the paired difference of each goal's probability, with its interval, goal by goal."""

from __future__ import annotations

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from tzsim.forecast.compare import Comparison
from tzsim.report.charts.frame import POINTS, SUBTITLE_SIZE, TITLE_SIZE, Text, framed, source_texts
from tzsim.report.goal_rows import target_step
from tzsim.report.numerals import SAMPLING_LEVEL, percent
from tzsim.report.style import FAINT, INK, LIMIT_COLOURS, QUIET, Size, page, styled
from tzsim.report.typeset import shorten, text_width
from tzsim.report.wording import Lang, say

ROW = 0.19
MOST_TARGETS = 4
"""Changed targets that the note names."""
MARKS = ("o", "s", "D", "^", "v", "P", "X")


def comparison_chart(
    comparison: Comparison, lang: Lang = "zh", size: Size = "a4", *, titled: bool = True
) -> Figure:
    """Change of each goal's probability against the first scenario, in percentage points, one colour and mark a scenario.

    Goals that no scenario changes are left out (where none changes, the figure says so); a star marks those with another target,
    which the note names. A slide shows as many as fit, the largest
    changes first. Raises KeyError for an unknown size.
    """
    sheet = page(size)
    factor = sheet.type_scale
    base, others = (
        comparison.forecasts[0],
        {f.scenario.id: f.scenario.name.of(lang) for f in comparison.forecasts[1:]},
    )
    moved = {c.goal.id for c in comparison.changes if c.matters}
    restated = {c.goal.id for c in comparison.changes if c.restated}
    goals = {c.goal.id: c.goal for c in comparison.changes if c.goal.id in moved}
    name = base.scenario.name.of(lang)
    level = percent(SAMPLING_LEVEL)
    above = [Text(say("comparison chart", lang, base=name), TITLE_SIZE * factor, bold=True)] if titled else []
    above.append(Text(say("comparison chart note", lang, level=level), (SUBTITLE_SIZE - 0.8) * factor, QUIET))
    above += [Text(line, (SUBTITLE_SIZE - 0.8) * factor, QUIET) for line in _targets(comparison, lang)]
    below = source_texts(base, lang, factor)
    type_size = 7.0 * factor
    slide = size == "slide"
    row = ROW * (1.15 if slide else 1.0) * (1.0 + 0.35 * (len(others) - 1))
    if slide:
        most = int((sheet.height - 2.1) / row)
        largest = {
            id: max(abs(c.probability_difference.value) for c in comparison.changes if c.goal.id == id)
            for id in goals
        }
        kept = sorted(goals, key=lambda id: -largest[id])[:most]
        goals = {id: g for id, g in goals.items() if id in kept}
    height = sheet.height if slide else 1.55 * factor + row * max(1, len(goals))
    labels = [
        shorten(
            f"{g.id}{'*' if g.id in restated else ''} {g.name.of(lang)}",
            0.42 * sheet.width * POINTS,
            type_size,
        )
        for g in goals.values()
    ]
    left = max((text_width(t, type_size) for t in labels), default=60.0) / POINTS + 0.1
    colours = {id: LIMIT_COLOURS[k % len(LIMIT_COLOURS)] for k, id in enumerate(others)}
    with styled():
        frame = framed(sheet.width, height if goals else 1.8 * factor, above, below)
        if not goals:
            width, tall = frame.figure.get_size_inches()
            at = frame.left / width, (frame.bottom + frame.top) / 2 / tall
            frame.figure.text(*at, say("comparison chart same", lang), size=9 * factor, va="center")
            return frame.figure
        ax = frame.axes(left, 0.62 * factor, 0.12, 0.05)
        place = {id: k for k, id in enumerate(goals)}
        for c in comparison.changes:
            if c.goal.id not in place:
                continue
            k = list(others).index(c.scenario)
            y = place[c.goal.id] + (k - (len(others) - 1) / 2) * 0.62 / max(1, len(others))
            d = c.probability_difference
            colour = colours[c.scenario]
            sure = c.verdict in ("gains", "loses")
            ax.plot([100 * d.low, 100 * d.high], [y, y], color=colour, lw=1.5, solid_capstyle="butt")
            ax.plot(
                100 * d.value, y, MARKS[k % len(MARKS)], color=colour, mfc=colour if sure else "white", ms=4 * factor, mew=1.1
            )  # fmt: skip
        ax.axvline(0, color=INK, lw=0.8)
        ax.set_yticks(range(len(labels)), labels)
        ax.set_ylim(max(1, len(labels)) - 0.4, -0.6)
        ax.margins(x=0.06)
        ax.xaxis.grid(True, color=FAINT, lw=0.5)
        ax.tick_params(labelsize=type_size, length=0)
        ax.set_xlabel(say("comparison axis", lang), size=type_size, labelpad=2)
        handles = [
            Line2D([], [], color=colours[id], marker=MARKS[k % len(MARKS)], ms=4 * factor, lw=1.5)
            for k, id in enumerate(others)
        ]
        width, tall = frame.figure.get_size_inches()
        frame.figure.legend(
            handles,
            list(others.values()),
            loc="lower left",
            bbox_to_anchor=(frame.left / width, frame.bottom / tall),
            ncols=min(3, len(others)),
            fontsize=6.8 * factor,
            borderaxespad=0,
        )
    return frame.figure


def _targets(comparison: Comparison, lang: Lang) -> list[str]:
    """A line a scenario: the targets in which it differs from the base."""
    lines: list[str] = []
    for run in dict.fromkeys(f.scenario.id for f in comparison.forecasts[1:]):
        found = [c for c in comparison.changes if c.scenario == run and c.restated]
        name = next(f.scenario.name.of(lang) for f in comparison.forecasts if f.scenario.id == run)
        items = [f"{c.goal.id} {target_step(c, lang)}" for c in found[:MOST_TARGETS]]
        if items:
            more = (
                say("comparison more targets", lang, more=str(len(found) - len(items)))
                if len(found) > len(items)
                else ""
            )
            lines.append(
                say("comparison targets", lang, name=name, items=say("semicolon", lang).join(items) + more)
            )
    return lines
