"""One goal's probability in every case: as drawn, at both ends of each doubt, under other readings."""

from __future__ import annotations

from matplotlib.figure import Figure

from tzsim.forecast.robustness import Robustness
from tzsim.report.charts.answer_words import answer_source, word
from tzsim.report.charts.frame import SUBTITLE_SIZE, TITLE_SIZE, Text, framed
from tzsim.report.style import FORECAST, GOAL, LIMIT_COLOURS, PAST, QUIET, page, styled
from tzsim.report.typeset import wrap
from tzsim.report.wording import Lang

_COLOURS = {"as drawn": FORECAST, "doubt": LIMIT_COLOURS[2], "reading": PAST}


def robustness_chart(robustness: Robustness, goal: str, lang: Lang = "zh") -> Figure:
    """Draw the cases of one goal. Raises KeyError for a goal that the answer does not hold."""
    cases = robustness.of(goal)
    if not cases:
        raise KeyError(goal)
    name = robustness.scenario.goal(goal).name.of(lang)
    sheet = page("a4")
    above = [
        Text(word("robust title", lang, goal=f"{goal} {name}"), TITLE_SIZE, bold=True),
        Text(word("robust subtitle", lang), SUBTITLE_SIZE - 0.4, QUIET),
    ]
    labels = [wrap(c.name.of(lang), 178, 6.8)[:3] for c in cases]
    with styled():
        height = 1.55 + sum(0.17 + 0.11 * len(x) for x in labels)
        frame = framed(
            sheet.width, height, above, answer_source(robustness.scenario, robustness.members, lang)
        )
        ax = frame.axes(2.55, 0.4, 0.1, 0.05)
        for place, case in enumerate(cases):
            p, colour = case.probability, _COLOURS[case.kind]
            ax.plot([100 * p.low, 100 * p.high], [place, place], color=colour, lw=1.8, solid_capstyle="round")
            ax.plot([100 * p.value], [place], "o", color=colour, ms=4)
        ax.axvline(100 * cases[0].probability.value, color=GOAL, lw=0.8)
        ax.set_yticks(range(len(cases)), ["\n".join(x) for x in labels])
        ax.set_ylim(len(cases) - 0.4, -0.6)
        ax.set_xlim(-2, 102)
        ax.tick_params(labelsize=6.8, length=0)
        ax.set_xlabel(word("probability axis", lang), size=7)
    return frame.figure
