"""What probability costs: the cheapest setting of the levers found for each probability, and the one confirmed on fresh members."""

from __future__ import annotations

from matplotlib.figure import Figure

from tzsim.forecast.achieve import Achievement
from tzsim.report.charts.answer_words import answer_source, word
from tzsim.report.charts.frame import SUBTITLE_SIZE, TITLE_SIZE, Text, framed
from tzsim.report.numerals import scale, unit_name
from tzsim.report.style import FORECAST, GOAL, INK, QUIET, page, styled
from tzsim.report.wording import Lang, joined


def cost_chart(achievement: Achievement, lang: Lang = "zh") -> Figure:
    """Draw the curve, the probability wanted and the point confirmed with its interval."""
    sheet = page("a4")
    names = [f"{g.id} {g.name.of(lang)}" for g in achievement.goals]
    above = [
        Text(word("cost title", lang, goals=joined(names, lang)), TITLE_SIZE, bold=True),
        Text(word("cost subtitle", lang), SUBTITLE_SIZE, QUIET),
    ]
    by = scale(achievement.cost_unit, lang)
    with styled():
        source = answer_source(achievement.scenario, achievement.effects.forecasts[0].members, lang)
        frame = framed(sheet.width, 3.6, above, source)
        ax = frame.axes(0.55, 0.42, 0.1, 0.08)
        costs = [c.cost * by for c in achievement.curve]
        shares = [100 * c.probability for c in achievement.curve]
        ax.plot(costs, shares, color=FORECAST, lw=1.6, marker="o", ms=4, label=word("cost searched", lang))
        p = achievement.confirmed
        at = achievement.cost * by
        ax.errorbar(
            [at], [100 * p.value], yerr=[[100 * (p.value - p.low)], [100 * (p.high - p.value)]], fmt="D", ms=5,
            color=INK, capsize=3, lw=1.2, label=word("cost confirmed", lang),
        )  # fmt: skip
        ax.axhline(
            100 * achievement.wanted, color=GOAL, lw=0.9, ls=(0, (4, 2)), label=word("cost wanted", lang)
        )
        ax.set_ylim(-2, 102)
        far = max([*costs, at]) or 1.0
        ax.set_xlim(-0.03 * far, 1.05 * far)
        ax.tick_params(labelsize=7, length=2)
        ax.set_xlabel(word("cost axis", lang, unit=unit_name(achievement.cost_unit, lang)), size=7)
        ax.set_ylabel(word("probability axis", lang), size=7)
        ax.legend(fontsize=6.8, loc="best", frameon=False)
    return frame.figure
