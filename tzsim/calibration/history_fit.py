"""A model against the documented past, before any fit: does the prior band hold the figures, is it narrower than a naive
forecast's, and of what kind is the error of its median.

The band is that of the model's own value (2.5 to 97.5 % over members drawn from the priors and shocks); the error of
the published figure is not added, which makes it the harder test. The naive band is the 95 % prediction interval, one
figure ahead, of a random walk with drift fitted to the figures themselves (Hyndman and Athanasopoulos, Forecasting,
section 5.5; Student's t for the estimated spread; steps of unequal length have variances in proportion). Theil's parts
split the mean squared error into bias, unequal variation and unequal covariation (Theil 1966; Sterman 1984).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import t as student

from tzsim.calibration.history_spec import Figure, HistorySpec, LeftOut
from tzsim.calibration.likelihood import Readings
from tzsim.calibration.ranges import Wider
from tzsim.ensemble.blocks import in_blocks
from tzsim.ensemble.draws import draw
from tzsim.ensemble.simulate import run_block
from tzsim.errors import SimulationError
from tzsim.files import write_whole
from tzsim.kernel.compile import SeriesSpec, compile_model
from tzsim.measures import evaluate, needs
from tzsim.scenario.text import Text2
from tzsim.units import parse_unit

FloatArray = NDArray[np.float64]

BAND = (0.025, 0.5, 0.975)
LEAST_FOR_THEIL = 3
LEAST_FOR_WIDTH = 4
MEMBERS = 4_000
"""The ends of a 95 % band of this many members have a sampling error of a twentieth of its width."""


@dataclass(frozen=True, slots=True)
class Theil:
    """Shares of the mean squared error; they sum to 1. root: of the mean squared error, over the mean figure."""

    bias: float
    variance: float
    covariance: float
    root: float


@dataclass(frozen=True, slots=True)
class FigureFit:
    """One documented figure and the band of the model, in the figure's unit."""

    figure: Figure
    low: float
    median: float
    high: float

    @property
    def inside(self) -> bool:
        """Whether the band agrees with the figure; a bound is met when the band reaches it."""
        above = self.high >= self.figure.value or self.figure.bound == "at most"
        return above and (self.low <= self.figure.value or self.figure.bound == "at least")

    @property
    def width(self) -> float:
        return self.high - self.low


@dataclass(frozen=True, slots=True)
class SeriesFit:
    """The figures of one series. naive_width: nan below four figures. theil: None below three."""

    id: str
    unit: str
    figures: tuple[FigureFit, ...]
    width: float
    naive_width: float
    theil: Theil | None

    @property
    def name(self) -> Text2:
        return self.figures[0].figure.name

    @property
    def wider_than_naive(self) -> bool:
        return self.width > self.naive_width


@dataclass(frozen=True)
class HistoryFit:
    """A model's priors against documented figures."""

    series: tuple[SeriesFit, ...]
    left_out: tuple[LeftOut, ...]
    wider: tuple[Wider, ...]
    members: int
    failed: int

    @property
    def figures(self) -> tuple[FigureFit, ...]:
        return tuple(f for s in self.series for f in s.figures)

    @property
    def inside(self) -> int:
        return sum(f.inside for f in self.figures)

    @property
    def coverage(self) -> float:
        """Share of figures inside their band."""
        return self.inside / len(self.figures)

    @property
    def outside(self) -> tuple[FigureFit, ...]:
        """Figures outside their band."""
        return tuple(f for f in self.figures if not f.inside)

    @property
    def long_series(self) -> tuple[SeriesFit, ...]:
        """Series long enough to be held against a naive band."""
        return tuple(s for s in self.series if not np.isnan(s.naive_width))

    @property
    def too_wide(self) -> tuple[SeriesFit, ...]:
        """Those whose band is wider than the naive one: it says less than the figures alone."""
        return tuple(s for s in self.series if s.wider_than_naive)

    @property
    def misses(self) -> tuple[str, ...]:
        """Figures outside their band, and series whose band is wider than the naive one."""
        outside = [f"{f.figure.series} {f.figure.year}" for f in self.outside]
        return (*outside, *(f"width of {s.id}" for s in self.too_wide))


def fit_history(
    spec: HistorySpec,
    *,
    members: int = MEMBERS,
    seed: int | None = None,
    threads: int | None = None,
    backend: Literal["llvm", "numpy"] = "llvm",
) -> HistoryFit:
    """Run the scenario's priors and shocks and compare. seed: in place of the scenario's.

    Members that fail are left out and counted. Raises SimulationError where none survives.
    """
    scenario = spec.scenario
    drawn = draw(
        scenario.priors,
        scenario.shocks,
        members=members,
        seed=scenario.seed if seed is None else seed,
        fixed=scenario.fixed,
    )
    wanted = needs(*(f.measure for f in spec.figures))
    kernel = compile_model(
        scenario.model,
        outputs=wanted.levels,
        accumulate=wanted.integrals,
        inputs=drawn.names,
        series=[SeriesSpec(s.name, s.start, s.period, s.count) for s in drawn.series],
        times=wanted.times,
        backend=backend,
    )

    def work(first: int, count: int) -> tuple[FloatArray, int]:
        run = run_block(kernel, drawn, first, count)
        readings = Readings(kernel, run.values)
        good = run.status == 0
        return np.array([evaluate(f.measure, readings)[good] for f in spec.figures]), int((~good).sum())

    blocks = list(in_blocks(work, members, threads=threads))
    values = np.concatenate([b for b, _ in blocks], axis=1)
    if not values.shape[1]:
        raise SimulationError("every member failed")
    bands = np.nanquantile(values, BAND, axis=1).T
    fits = [FigureFit(f, *map(float, band)) for f, band in zip(spec.figures, bands, strict=True)]
    ids = dict.fromkeys(f.series for f in spec.figures)
    series = tuple(_series(id, [f for f in fits if f.figure.series == id]) for id in ids)
    return HistoryFit(series, spec.left_out, spec.wider, members, sum(n for _, n in blocks))


def _series(id: str, figures: Sequence[FigureFit]) -> SeriesFit:
    years = [f.figure.year for f in figures]
    values = [f.figure.value for f in figures]
    unit = figures[0].figure.unit
    naive = float("nan")
    if len(figures) >= LEAST_FOR_WIDTH:
        naive = float(
            np.median(random_walk_widths(years, values, logs=not parse_unit(unit, own=True).dimensionless))
        )
    theil = theil_parts([f.median for f in figures], values) if len(figures) >= LEAST_FOR_THEIL else None
    return SeriesFit(id, unit, tuple(figures), float(np.median([f.width for f in figures])), naive, theil)


def theil_parts(simulated: ArrayLike, actual: ArrayLike) -> Theil:
    """Theil's inequality parts of a simulated against an actual series, both (time,).

    bias (mean S - mean A)^2, variance (sd S - sd A)^2, covariance 2 (1 - r) sd S sd A, over the mean squared error;
    standard deviations divide by n. Where the error is zero all parts are nan.
    """
    s, a = np.asarray(simulated, float), np.asarray(actual, float)
    error = float(np.mean((s - a) ** 2))
    spread_s, spread_a = float(s.std()), float(a.std())
    together = float(np.mean((s - s.mean()) * (a - a.mean())))
    with np.errstate(invalid="ignore", divide="ignore"):
        parts = np.array([
            (s.mean() - a.mean()) ** 2, (spread_s - spread_a) ** 2, 2 * (spread_s * spread_a - together)
        ]) / np.float64(error)  # fmt: skip
    return Theil(*map(float, parts), root=float(np.sqrt(error) / abs(a.mean())))


def random_walk_widths(
    years: Sequence[float], values: Sequence[float], *, logs: bool, level: float = 0.95
) -> FloatArray:
    """Width of the prediction interval of each figure but the first, from the one before it, (figure - 1,).

    The drift and the variance a year are estimated on all figures: with steps d over times h, drift = sum d / sum h,
    variance = sum (d - drift h)^2 / h / (n - 1); a step over h has the predictive variance
    variance (h + h^2 / sum h) with n - 1 degrees of freedom. logs: a walk of the logarithm, for levels.
    """
    x = np.asarray(values, float)
    x = np.log(x) if logs else x
    step, gap = np.diff(x), np.diff(np.asarray(years, float))
    count, span = len(step), float(gap.sum())
    drift = float(step.sum()) / span
    variance = float(np.sum((step - drift * gap) ** 2 / gap)) / (count - 1)
    half = student.ppf(0.5 + level / 2, count - 1) * np.sqrt(variance * (gap + gap**2 / span))
    low, high = x[:-1] + drift * gap - half, x[:-1] + drift * gap + half
    return np.exp(high) - np.exp(low) if logs else high - low


COLUMNS: tuple[tuple[str, Callable[[FigureFit], str | float]], ...] = (
    ("series", lambda f: f.figure.series),
    ("year", lambda f: str(f.figure.year)),
    ("unit", lambda f: f.figure.unit),
    ("documented", lambda f: f.figure.value),
    ("bound", lambda f: f.figure.bound),
    ("low", lambda f: f.low),
    ("median", lambda f: f.median),
    ("high", lambda f: f.high),
    ("inside", lambda f: "yes" if f.inside else "no"),
    ("quality", lambda f: f.figure.quality),
    ("source", lambda f: "; ".join(o.source for o in f.figure.rows)),
)


def history_csv(fit: HistoryFit) -> str:
    """A row for every figure compared and every row left out; UTF-8 text with the line ends of RFC 4180."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([*(name for name, _ in COLUMNS), "left_out"])
    for f in fit.figures:
        cells = [value(f) for _, value in COLUMNS]
        writer.writerow([*(c if isinstance(c, str) else f"{c:.6g}" for c in cells), ""])
    for left in fit.left_out:
        o = left.row
        writer.writerow(
            [f"{o.variable} ({o.entity})", o.year, o.unit, f"{o.value:.6g}", "", "", "", "", "", o.quality, o.source, left.reason.en]
        )  # fmt: skip
    return text.getvalue()


def write_history_csv(fit: HistoryFit, path: Path) -> None:
    """Write `history_csv`, with a byte order mark so that spreadsheets read it; whole or not at all."""
    write_whole(path, history_csv(fit).encode("utf-8-sig"))
