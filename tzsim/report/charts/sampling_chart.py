"""What a modeller looks at before trusting a posterior: traces and ranks, what the figures informed, pairs that move together, the fit.

Chains are independent runs. The draws of a run stand in the order of their ancestors, so a trace that wanders says that particles have
not forgotten where they came from. Rank plots: Vehtari et al. 2021, Bayesian Analysis 16(2).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy.stats import gaussian_kde, rankdata

from tzsim.calibration.parameters import ParameterSummary
from tzsim.calibration.posterior import Posterior
from tzsim.forecast.labels import measured
from tzsim.report.charts.frame import SUBTITLE_SIZE, TITLE_SIZE, Frame, Text, framed
from tzsim.report.style import FAINT, FORECAST, GOAL, INK, LIMIT_COLOURS, PAST, QUIET, page, styled
from tzsim.report.typeset import wrap
from tzsim.report.wording import Lang

MOST_ROWS = 8
MOST_BARS = 24
MOST_PAIRS = 9
RANK_BINS = 20
SMALL = 6.8

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "trace title": ("{id}：各次独立抽样的轨迹与秩", "{id}: traces and ranks of the independent runs"),
    "trace subtitle": (
        "左：各次抽样的密度；中：抽样值，按祖先排列；右：秩的直方图，均匀为好。所示为有效样本最少的和数据影响最大的参数",
        "left: density by run; middle: draws in the order of their ancestors; right: ranks, even is good. Shown are the least effective and the most informed",
    ),
    "informed title": ("{id}：数据对参数说了什么", "{id}: what the figures say about the parameters"),
    "informed subtitle": (
        "先验方差被数据消去的份额（%），及单独最有信息的数据；{count}个参数中其余的不足十分之一",
        "share of prior variance that the figures removed (%), and the figure that alone says most; of {count} coordinates all others lost less than a tenth",
    ),
    "pairs title": ("{id}：一起变动的参数", "{id}: parameters that move together"),
    "pairs subtitle": (
        "后验抽样，以先验标准差为单位；r 为相关系数",
        "posterior draws, in standard scores of the prior; r is the correlation",
    ),
    "fit title": ("{id}：数据与后验预测", "{id}: figures against the posterior predictive"),
    "fit subtitle": (
        "横线为95%预测区间，以其半宽为单位；实心为拟合数据，空心为留作检验的数据",
        "bars are 95 % predictive bands in units of their half width; filled: fitted, hollow: held out",
    ),
    "source": (
        "tzsim {version}；{runs}次独立抽样，各{draws}组；最大R-hat {r_hat:.3f}，最小有效样本{ess:.0f}；种子{seed}",
        "tzsim {version}; {runs} independent runs of {draws} draws; worst R-hat {r_hat:.3f}, least ESS {ess:.0f}; seed {seed}",
    ),
}


def _say(key: str, lang: Lang, **values: object) -> str:
    return _WORDS[key][lang == "en"].format(**values)


def _frame(posterior: Posterior, kind: str, lang: Lang, height: float, **values: object) -> Frame:
    above = [
        Text(_say(f"{kind} title", lang, id=posterior.id), TITLE_SIZE, bold=True),
        Text(_say(f"{kind} subtitle", lang, **values), SUBTITLE_SIZE - 0.6, QUIET),
    ]
    checks = posterior.convergence
    source = _say(
        "source", lang, version=posterior.version, runs=checks.chains, draws=checks.draws,
        r_hat=checks.worst_r_hat, ess=checks.least_ess, seed=posterior.seed,
    )  # fmt: skip
    return framed(page("a4").width, height, above, [Text(source, 6.2, QUIET)])


def trace_chart(posterior: Posterior, names: Sequence[str] | None = None, lang: Lang = "zh") -> Figure:
    """Density, trace and rank histogram of each run, a row a coordinate.

    names: coordinates to show, at most eight (default: half with the least effective sample size, half the most informed).
    Raises KeyError for a name that is no coordinate.
    """
    chosen = list(names) if names is not None else _telling(posterior)
    wrong = [n for n in chosen if n not in posterior.values]
    if wrong:
        raise KeyError(f"no such coordinate: {', '.join(wrong)}")
    chosen = chosen[:MOST_ROWS]
    with styled():
        frame = _frame(posterior, "trace", lang, 1.0 + 1.25 * len(chosen))
        room, row = frame.right - frame.left, (frame.top - frame.bottom) / len(chosen)
        for i, name in enumerate(chosen):
            values = posterior.values[name]
            top, bottom = i * row + 0.24, (len(chosen) - i - 1) * row + 0.22
            thirds = [(0.05, 0.36), (0.42, 0.70), (0.76, 1.0)]
            axes = [frame.axes(a * room, bottom, (1 - b) * room, top) for a, b in thirds]
            _densities(axes[0], values)
            _traces(axes[1], values)
            _ranks(axes[2], values)
            axes[0].set_title(wrap(name, 420, SMALL + 0.6)[0], loc="left", size=SMALL + 0.6, pad=2)
            for ax in axes:
                ax.tick_params(labelsize=SMALL - 1, length=2, pad=1)
                ax.locator_params(axis="x", nbins=4)
                ax.locator_params(axis="y", nbins=3)
    return frame.figure


def _telling(posterior: Posterior) -> list[str]:
    rows = [p for p in posterior.parameters if np.isfinite(p.ess_bulk)]
    slow = sorted(rows, key=lambda p: min(p.ess_bulk, p.ess_tail))[: MOST_ROWS // 2]
    learnt = sorted(rows, key=lambda p: -p.removed)[: MOST_ROWS // 2]
    return list(dict.fromkeys(p.name for p in (*learnt, *slow)))


def _densities(ax: Axes, values: NDArray[np.float64]) -> None:
    for chain, colour in zip(values, LIMIT_COLOURS, strict=False):
        if chain.std() == 0:
            continue
        grid = np.linspace(values.min(), values.max(), 120)
        ax.plot(grid, gaussian_kde(chain)(grid), color=colour, lw=0.9)
    ax.set_yticks([])
    ax.margins(x=0.02)


def _traces(ax: Axes, values: NDArray[np.float64]) -> None:
    for chain, colour in zip(values, LIMIT_COLOURS, strict=False):
        step = max(1, len(chain) // 500)
        ax.plot(np.arange(0, len(chain), step), chain[::step], color=colour, lw=0.4, alpha=0.8)
    ax.margins(x=0)


def _ranks(ax: Axes, values: NDArray[np.float64]) -> None:
    ranks = rankdata(values.reshape(-1)).reshape(values.shape)
    edges = np.linspace(0, values.size + 1, RANK_BINS + 1)
    even = values.shape[1] / RANK_BINS
    for chain, colour in zip(ranks, LIMIT_COLOURS, strict=False):
        counts = np.histogram(chain, edges)[0]
        ax.stairs(counts / even, edges, color=colour, lw=0.8)
    ax.axhline(1.0, color=INK, lw=0.5, ls=":")
    ax.set_ylim(0, 2)
    ax.set_xticks([])


def informed_chart(posterior: Posterior, lang: Lang = "zh") -> Figure:
    """Share of prior variance removed of every coordinate that lost a tenth or more, and the figure that says most about it."""
    rows = sorted((p for p in posterior.parameters if p.informed_by), key=lambda p: -p.removed)[:MOST_BARS]
    with styled():
        frame = _frame(
            posterior, "informed", lang, 1.35 + 0.19 * max(len(rows), 1), count=len(posterior.parameters)
        )
        ax = frame.axes(2.3, 0.3, 1.35, 0.05)
        places = range(len(rows))
        ax.barh(places, [100 * p.removed for p in rows], color=FORECAST, height=0.62)
        ax.set_yticks(places, [_short(p) for p in rows])
        ax.set_ylim(len(rows) - 0.4, -0.6)
        ax.set_xlim(0, 100)
        ax.tick_params(labelsize=SMALL, length=0)
        for place, p in zip(places, rows, strict=True):
            ax.text(
                102,
                place,
                wrap(p.informed_by, 92, SMALL)[0],
                size=SMALL,
                va="center",
                color=QUIET,
                clip_on=False,
            )
        ax.grid(axis="x", color=FAINT, lw=0.6)
        ax.set_axisbelow(True)
    return frame.figure


def _short(p: ParameterSummary) -> str:
    return wrap(p.name, 158, SMALL)[0]


def pairs_chart(posterior: Posterior, lang: Lang = "zh") -> Figure:
    """The pairs of informed coordinates that are most correlated in the posterior, in standard scores of the prior."""
    index = [i for i, p in enumerate(posterior.parameters) if p.informed_by]
    z = posterior.z.reshape(-1, posterior.z.shape[2])[:, index]
    with np.errstate(invalid="ignore"):
        r = (
            np.nan_to_num(np.atleast_2d(np.corrcoef(z.T)))
            if len(index) > 1
            else np.zeros((len(index), len(index)))
        )
    pairs = sorted(combinations(range(len(index)), 2), key=lambda ij: -abs(r[ij]))[:MOST_PAIRS]
    columns = 3
    rows = max(1, -(-len(pairs) // columns))
    with styled():
        frame = _frame(posterior, "pairs", lang, 0.9 + 1.95 * rows)
        wide, side = (frame.right - frame.left) / columns, (frame.top - frame.bottom) / rows
        step = max(1, len(z) // 1500)
        for k, (i, j) in enumerate(pairs):
            row, column = divmod(k, columns)
            ax = frame.axes(
                column * wide + 0.45,
                (rows - row - 1) * side + 0.42,
                (columns - column - 1) * wide + 0.08,
                row * side + 0.2,
            )
            ax.plot(z[::step, i], z[::step, j], ".", ms=1.2, color=FORECAST, alpha=0.5, mew=0)
            names = [posterior.parameters[index[n]].name for n in (i, j)]
            ax.set_xlabel(wrap(names[0], 110, SMALL - 0.6)[0], size=SMALL - 0.6, labelpad=1)
            ax.set_ylabel(wrap(names[1], 92, SMALL - 0.6)[0], size=SMALL - 0.6, labelpad=1)
            ax.set_title(f"r = {r[i, j]:.2f}", size=SMALL, loc="right", pad=2)
            ax.tick_params(labelsize=SMALL - 1, length=2, pad=1)
            ax.locator_params(nbins=4)
    return frame.figure


def fit_chart(posterior: Posterior, lang: Lang = "zh") -> Figure:
    """Every figure in its 95 % posterior predictive band, each in units of the band's half width."""
    rows = posterior.figures
    with styled():
        frame = _frame(posterior, "fit", lang, 1.3 + 0.19 * len(rows))
        ax = frame.axes(2.5, 0.25, 0.95, 0.05)
        for place, f in enumerate(rows):
            half = 0.5 * (f.high - f.low) or 1.0
            at = float(np.clip((f.value - 0.5 * (f.high + f.low)) / half, -2.4, 2.4))
            ax.plot([-1, 1], [place, place], color=FORECAST, lw=4, alpha=0.35, solid_capstyle="butt")
            colour = PAST if f.inside else GOAL
            ax.plot(
                [at], [place], "o", ms=4.2, mec=colour, mfc=colour if f.role == "fit" else "white", mew=1.1
            )
            ax.text(
                2.6,
                place,
                measured(f.value, f.unit).of(lang),
                size=SMALL,
                va="center",
                color=QUIET,
                clip_on=False,
            )
        ax.set_yticks(range(len(rows)), [wrap(f.id, 172, SMALL)[0] for f in rows])
        ax.set_ylim(len(rows) - 0.4, -0.6)
        ax.set_xlim(-2.5, 2.5)
        ax.set_xticks([-1, 0, 1])
        ax.tick_params(labelsize=SMALL, length=0)
        ax.axvline(0, color=FAINT, lw=0.8, zorder=0)
    return frame.figure
