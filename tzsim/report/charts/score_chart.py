"""A stored forecast with what happened: every figure on one scale, or the fan of one series with later figures as dots."""

from __future__ import annotations

from dataclasses import replace

from matplotlib.figure import Figure

from tzsim.forecast.score import Score, ScoredFigure
from tzsim.report.charts.answer_words import answer_source, word
from tzsim.report.charts.fan_chart import fan
from tzsim.report.charts.frame import SUBTITLE_SIZE, TITLE_SIZE, Text, framed
from tzsim.report.numerals import quantity, scale
from tzsim.report.style import FORECAST, GOAL, INK, QUIET, Size, page, styled
from tzsim.report.typeset import wrap
from tzsim.report.wording import Lang
from tzsim.scenario import Observation
from tzsim.units import conversion, parse_unit

MOST = 40
"""Figures drawn."""


def score_chart(score: Score, lang: Lang = "zh") -> Figure:
    """Draw every scored figure against its forecast's 50 and 90 per cent bands; says so where nothing is scored."""
    sheet = page("a4")
    above = [Text(word("score title", lang), TITLE_SIZE, bold=True)]
    figures = score.figures[:MOST]
    source = answer_source(score.run.scenario, score.run.scenario.draws, lang)
    if not figures:
        said = score.tables()["figures"].lines[-1].of(lang)
        with styled():
            return framed(sheet.width, 1.2, [*above, Text(said, 9)], source).figure
    above.append(Text(word("score subtitle", lang), SUBTITLE_SIZE - 0.4, QUIET))
    labels = [wrap(f"{_name(score, f, lang)} {f.year}", 172, 6.6)[:2] for f in figures]
    with styled():
        frame = framed(sheet.width, 1.6 + sum(0.14 + 0.1 * len(x) for x in labels), above, source)
        ax = frame.axes(2.5, 0.4, 0.95, 0.05)
        for place, f in enumerate(figures):
            middle, half = f.quantiles[3], (f.quantiles[5] - f.quantiles[1]) / 2 or 1.0
            q = [(v - middle) / half for v in f.quantiles]
            actual = (f.actual - middle) / half
            ax.plot([q[1], q[5]], [place, place], color=FORECAST, alpha=0.25, lw=7, solid_capstyle="butt")
            ax.plot([q[2], q[4]], [place, place], color=FORECAST, alpha=0.6, lw=7, solid_capstyle="butt")
            shown = max(-4.0, min(4.0, actual))
            marker = "o" if shown == actual else ("<" if actual < 0 else ">")
            ax.plot([shown], [place], marker, color=GOAL, ms=4.2)
            words = quantity(float(f"{f.actual:.4g}"), f.unit, lang)
            ax.text(4.35, place, words, size=6.6, va="center", color=INK, clip_on=False)
        ax.axvline(0, color=QUIET, lw=0.6)
        ax.set_xlim(-4.2, 4.2)
        ax.set_yticks(range(len(figures)), ["\n".join(x) for x in labels])
        ax.set_ylim(len(figures) - 0.4, -0.6)
        ax.tick_params(labelsize=6.6, length=0)
        ax.set_xlabel(word("score axis", lang), size=7)
    return frame.figure


def _name(score: Score, figure: ScoredFigure, lang: Lang) -> str:
    """The name of the series that draws a figure, else the rows' own names."""
    for series in score.run.scenario.view.series:
        if series.id == figure.series:
            return series.name.of(lang)
    return figure.figure


def actuals_fan(score: Score, series: str, lang: Lang = "zh", size: Size = "a4") -> Figure:
    """The fan chart of one series with what happened as stars. Raises KeyError for an unknown series."""
    shown = score.forecast.fan(series)
    own = [
        (f, conversion(parse_unit(f.unit, own=True), parse_unit(shown.unit, own=True)))
        for f in score.figures
        if f.series == series
    ]
    later = tuple(
        Observation(
            f.figure, "", f.year, f.actual * by, None, None, shown.unit, "official", "context", "", ""
        )
        for f, by in own
    )
    wider = replace(shown, history=(*shown.history, *later))  # so that the axis holds them
    fans = tuple(wider if x.id == series else x for x in score.forecast.fans)
    figure = fan(replace(score.forecast, fans=fans), series, lang, size)
    if not later:
        return figure
    ax = figure.axes[0]
    points = [(o.year, o.value * scale(shown.unit, lang)) for o in later]
    with styled():
        ax.plot(
            *zip(*points, strict=True), "*", ms=11, color=INK, mec="white", mew=0.8, zorder=30, clip_on=False
        )
        for year, value in points:
            ax.annotate(
                word("happened", lang, value=f"{value:.4g}"), (year, value), (-7, 7), textcoords="offset points",
                ha="right", size=7.5, weight="bold", color=INK, zorder=31,
                bbox={"boxstyle": "round,pad=0.15", "fc": "white", "ec": "none", "alpha": 0.75},
            )  # fmt: skip
    return figure
