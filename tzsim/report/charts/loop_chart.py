"""Feedback loops: what each does to a goal when it is cut, and how much of the behaviour it carries over time."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from tzsim.ensemble.loop_scores import LoopScores
from tzsim.forecast.explain import Explanation
from tzsim.forecast.loops import LoopEffect
from tzsim.report.charts.answer_words import word
from tzsim.report.charts.frame import SUBTITLE_SIZE, TITLE_SIZE, Text, framed, source_texts
from tzsim.report.numerals import scale, unit_name
from tzsim.report.style import GOAL, LIMIT_COLOURS, QUIET, page, styled
from tzsim.report.typeset import wrap
from tzsim.report.wording import Lang

MOST = 8
"""Loops drawn: of a goal those whose cut changes it most, of a model those of the largest mean score."""


def loops_chart(explanation: Explanation, lang: Lang = "zh") -> Figure:
    """Cuts on the left, scores over the years on the right; where no loop leads to the goal the figure says so."""
    answer, goal = explanation.loops, explanation.goal
    sheet = page("a4")
    above = [Text(word("loops title", lang, goal=f"{goal.id} {goal.name.of(lang)}"), TITLE_SIZE, bold=True)]
    by_effect = sorted(answer.effects, key=_size, reverse=True)[:MOST]
    effects = [e for e in answer.effects if e in by_effect]
    if not effects:
        said = answer.notes[0].of(lang) if answer.notes else ""
        with styled():
            return framed(
                sheet.width, 1.4, [*above, Text(said, 9)], source_texts(explanation.forecast, lang, 1.0)
            ).figure
    above.append(Text(word("loops subtitle", lang), SUBTITLE_SIZE - 0.6, QUIET))
    by = scale(goal.unit, lang)
    colours = {e.id: LIMIT_COLOURS[k % len(LIMIT_COLOURS)] for k, e in enumerate(effects)}
    with styled():
        height = 2.1 + 0.27 * len(effects)
        frame = framed(sheet.width, height, above, source_texts(explanation.forecast, lang, 1.0))
        room = frame.right - frame.left
        ax = frame.axes(1.75, 0.4, room - 1.75 - 2.1, 0.08)
        for place, e in enumerate(effects):
            d = e.measure
            if d is not None:
                ax.plot(
                    [d.low * by, d.high * by],
                    [place, place],
                    color=colours[e.id],
                    lw=1.8,
                    solid_capstyle="round",
                )
                ax.plot([d.value * by], [place], "o", color=colours[e.id], ms=4)
        ax.axvline(0, color=GOAL, lw=0.8)
        names = ["\n".join(wrap(f"{e.id} {e.name.of(lang)}", 118, 7)[:2]) for e in effects]
        ax.set_yticks(range(len(effects)), names)
        ax.set_ylim(len(effects) - 0.4, -0.6)
        ax.tick_params(labelsize=7, length=0)
        ax.xaxis.set_major_locator(MaxNLocator(4))
        ax.set_xlabel(word("loops effect", lang, unit=unit_name(goal.unit, lang)), size=7)
        years = frame.axes(room - 1.65, 0.4, 0.08, 0.08)
        _years(years, explanation, colours, lang)
    return frame.figure


def _size(effect: LoopEffect) -> float:
    return 0.0 if effect.measure is None else abs(effect.measure.value)


def _years(ax: Axes, explanation: Explanation, colours: dict[str, str], lang: Lang) -> None:
    for id, colour in colours.items():
        rows = [y for y in explanation.loops.years if y.loop == id]
        at = [y.year for y in rows]
        ax.plot(at, [y.met for y in rows], color=colour, lw=1.4, marker="o", ms=2.6)
        ax.plot(at, [y.missed for y in rows], color=colour, lw=1.0, ls=(0, (3, 2)), marker="o", ms=2.2)
    ax.axhline(0, color=QUIET, lw=0.6)
    known = sorted({y.year for y in explanation.loops.years})
    clock = explanation.forecast.scenario.clock
    if clock.calendar:
        ax.set_xticks(known, [str(y) for y in known])
    ax.set_xlabel(clock.axis(lang), size=7)
    if len(known) == 1:
        ax.set_xlim(known[0] - 1, known[0] + 1)
    ax.set_ylim(-1.05, 1.05)
    ax.tick_params(labelsize=7, length=0)
    ax.set_ylabel(word("loops score", lang), size=7, labelpad=1)


def loop_chart(scores: LoopScores, lang: Lang = "zh") -> Figure:
    """Mean relative score of each loop over time."""
    sheet = page("a4")
    above = [
        Text(word("scores title", lang), TITLE_SIZE, bold=True),
        Text(word("scores subtitle", lang), SUBTITLE_SIZE, QUIET),
    ]
    mean = scores.mean
    size = np.nan_to_num(np.abs(mean)).mean(axis=1)
    chosen = np.sort(np.argsort(-size, kind="stable")[:MOST])
    labels = [wrap(scores.loops[i].name, 440, 6.6) for i in chosen]
    lines = sum(len(x) for x in labels)
    with styled():
        frame = framed(sheet.width, 3.1 + 0.14 * lines, above, [])
        ax = frame.axes(0.5, 0.46 + 0.14 * lines, 0.05, 0.05)
        for k, (i, label) in enumerate(zip(chosen, labels, strict=True)):
            ax.plot(scores.times, mean[i], color=LIMIT_COLOURS[k], lw=1.4, label="\n".join(label))
        ax.axhline(0, color=QUIET, lw=0.6)
        ax.set_ylim(-1.05, 1.05)
        ax.tick_params(labelsize=7, length=0)
        ax.set_ylabel(word("loops score", lang), size=7)
        unit = unit_name(scores.time_unit, lang)
        ax.set_xlabel(word("time in", lang, unit=unit) if unit else word("time", lang), size=7)
        width, height = frame.figure.get_size_inches()
        frame.figure.legend(
            loc="lower left",
            bbox_to_anchor=(frame.left / width, frame.bottom / height),
            fontsize=6.6,
            borderaxespad=0,
        )
    return frame.figure
