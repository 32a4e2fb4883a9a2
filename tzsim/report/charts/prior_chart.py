"""What history taught: prior against posterior, for each parameter and for each goal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from tzsim.calibration.posterior import Posterior
from tzsim.ensemble.posterior import read_posterior
from tzsim.forecast.result import Forecast
from tzsim.names import split_element
from tzsim.report.brief.matter import input_name
from tzsim.report.charts.frame import POINTS, SUBTITLE_SIZE, TITLE_SIZE, Text, framed, source_texts
from tzsim.report.goal_rows import goal_rows
from tzsim.report.numerals import FAN_LEVEL, percent, probability
from tzsim.report.style import FAINT, FORECAST, INK, PAST, QUIET, Size, page, styled
from tzsim.report.typeset import shorten, text_width
from tzsim.report.wording import Lang, say

ROW = 0.2
MOST = 20
"""Rows on A4; a slide holds as many as fit."""


@dataclass(frozen=True, slots=True)
class _Line:
    """A row: its name, prior and posterior (low, middle, high) on the axis, and what stands to the right."""

    name: str
    prior: tuple[float, float, float]
    posterior: tuple[float, float, float]
    note: str


def parameters_chart(source: Forecast | Posterior, lang: Lang = "zh", size: Size = "a4") -> Figure:
    """The parameters that history taught most about: 80 % intervals before and after, in standard deviations of the prior.

    source: a posterior in memory, or a forecast whose members come from a recorded one. Priors that are not normal are shown by
    their normal scores. To the right: the share of the prior's variance that the data removed. Raises ValueError for a forecast
    from the priors alone, KeyError for an unknown size.
    """
    z, names = _scores(source, lang)
    low, middle, high = np.quantile(z, ((1 - FAN_LEVEL) / 2, 0.5, (1 + FAN_LEVEL) / 2), axis=0)
    removed = 1 - z.var(axis=0)
    edge = 1.2815515655446004  # 90 % point of the standard normal distribution
    order = np.argsort(-removed, kind="stable")[: _most(size)]
    lines = [
        _Line(
            names[i],
            (-edge, 0.0, edge),
            (float(low[i]), float(middle[i]), float(high[i])),
            percent(max(0.0, float(removed[i]))),
        )
        for i in order
    ]
    forecast = source if isinstance(source, Forecast) else None
    return _draw(lines, "parameters chart", "parameters chart axis", forecast, lang, size, bars=True)


def evidence_chart(forecast: Forecast, lang: Lang = "zh", size: Size = "a4") -> Figure:
    """Each judged goal's probability under the priors alone and with history, the largest changes first.

    Raises KeyError for an unknown size.
    """
    rows = [r for r in goal_rows(forecast, lang) if r.judged and r.result.probability_prior is not None]
    found = [(r, float(r.result.probability_prior or 0.0), float(r.result.probability or 0.0)) for r in rows]
    found.sort(key=lambda item: -abs(item[2] - item[1]))
    lines = [
        _Line(
            f"{row.id} {row.name}",
            (100 * before, 100 * before, 100 * before),
            (
                100 * (row.result.probability_low or 0.0),
                100 * after,
                100 * (row.result.probability_high or 0.0),
            ),
            f"{probability(before)} → {probability(after)}",
        )
        for row, before, after in found[: _most(size)]
    ]
    return _draw(lines, "evidence chart", "evidence chart axis", forecast, lang, size, bars=False)


def _most(size: Size) -> int:
    sheet = page(size)
    return int((sheet.height - 1.9) / (ROW * 1.2)) if size == "slide" else MOST


def _scores(source: Forecast | Posterior, lang: Lang) -> tuple[NDArray[np.float64], list[str]]:
    """(draw, coordinate) normal scores under the prior, and the coordinates' names."""
    if isinstance(source, Posterior):
        return source.z.reshape(-1, source.z.shape[2]), [c.name for c in source.coordinates]
    if source.calibration is None:
        raise ValueError(
            "the members of this forecast come from the priors alone: there is no posterior to show"
        )
    stored = read_posterior(source.scenario, allow_undiagnosed=True)
    coordinates: Sequence[Mapping[str, object]] = stored.info["coordinates"]
    shocks = {s.id: s for s in source.scenario.shocks}

    def name(c: Mapping[str, object]) -> str:
        element = str(c.get("element") or "")
        if c["kind"] == "constant":
            return input_name(source, element, None, lang)
        shock = shocks.get(str(c.get("shock")))
        if shock is None:
            return str(c["name"])
        start = shock.start + int(str(c["knot"])) * shock.period
        return input_name(source, element or split_element(shock.variable)[0], start, lang)

    z = stored.z.reshape(-1, stored.z.shape[2]).astype(np.float64)
    return z, [name(c) for c in coordinates]


def _draw(
    lines: Sequence[_Line],
    title: str,
    axis: str,
    forecast: Forecast | None,
    lang: Lang,
    size: Size,
    *,
    bars: bool,
) -> Figure:
    sheet = page(size)
    factor = sheet.type_scale
    type_size = 7.2 * factor
    above = [
        Text(say(title, lang), TITLE_SIZE * factor, bold=True),
        Text(say(f"{title} note", lang, level=percent(FAN_LEVEL)), (SUBTITLE_SIZE - 0.8) * factor, QUIET),
    ]
    below = [] if forecast is None else source_texts(forecast, lang, factor)
    height = sheet.height if size == "slide" else (1.5 + ROW * max(1, len(lines))) * factor
    labels = [shorten(line.name, 0.42 * sheet.width * POINTS, type_size) for line in lines]
    left = max((text_width(t, type_size) for t in labels), default=40.0) / POINTS + 0.1
    right = max((text_width(line.note, type_size) for line in lines), default=20.0) / POINTS + 0.12
    with styled():
        frame = framed(sheet.width, height, above, below)
        ax = frame.axes(left, 0.56 * factor, right, 0.05)
        for y, line in enumerate(lines):
            if bars:
                ax.plot(
                    [line.prior[0], line.prior[2]],
                    [y, y],
                    color=FAINT,
                    lw=6.5 * factor,
                    solid_capstyle="butt",
                )
            else:
                ax.plot([line.prior[1], line.posterior[1]], [y, y], color=FAINT, lw=2.2 * factor, zorder=1)
                ax.plot(
                    line.prior[1], y, "o", color=PAST, mfc="white", ms=4.4 * factor, mew=1.1, clip_on=False
                )
            ax.plot(
                [line.posterior[0], line.posterior[2]],
                [y, y],
                color=FORECAST,
                lw=2.0 * factor,
                solid_capstyle="butt",
            )
            ax.plot(line.posterior[1], y, "o", color=FORECAST, ms=4.0 * factor, clip_on=False, zorder=5)
            ax.text(
                1.015,
                y,
                line.note,
                transform=ax.get_yaxis_transform(),
                size=type_size,
                va="center",
                color=INK,
            )
        if not bars:
            ax.set_xlim(0, 100)
        ax.set_yticks(range(len(labels)), labels)
        ax.set_ylim(max(1, len(lines)) - 0.4, -0.6)
        ax.tick_params(labelsize=type_size, length=0)
        ax.xaxis.grid(True, color=FAINT, lw=0.5)
        ax.set_xlabel(say(axis, lang), size=type_size, labelpad=2)
        prior = (
            Line2D([], [], color=FAINT, lw=6.5 * factor)
            if bars
            else Line2D([], [], color=PAST, marker="o", mfc="white", ls="")
        )
        after = Line2D([], [], color=FORECAST, lw=2 * factor, marker="o", ms=4 * factor)
        width, tall = frame.figure.get_size_inches()
        frame.figure.legend(
            [prior, after],
            [say("prior mark", lang), say("posterior mark", lang)],
            loc="lower left",
            bbox_to_anchor=(frame.left / width, frame.bottom / tall),
            ncols=2,
            fontsize=6.8 * factor,
            borderaxespad=0,
        )
    return frame.figure
