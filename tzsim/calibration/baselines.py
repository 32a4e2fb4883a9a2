"""Simple extrapolations that a forecast has to beat: their predictive distributions as equally likely values.

Random walk with drift and last value as in Hyndman & Athanasopoulos (2021), 'Forecasting: principles and practice', 5.2
and 5.5, for figures of unequal distance; on logarithms for levels, on the figures themselves for rates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from tzsim.calibration.moves import FloatArray
from tzsim.calibration.observations import Datum
from tzsim.units import parse_unit

LEAST_FIGURES = 3
"""Two changes at least, or their scatter is not known."""

SIZE = 1000

Z975 = 1.959963984540054
"""The 97.5 % point of the standard normal distribution."""


@dataclass(frozen=True, slots=True)
class Known:
    """The figures of a series up to an origin, oldest first. relative: levels, compared by ratios.

    error: standard error of a figure relative to the last one (levels) or in its unit; the scatter is never less.
    """

    times: FloatArray
    values: FloatArray
    relative: bool
    error: float

    @property
    def enough(self) -> bool:
        return len(self.times) >= LEAST_FIGURES and not (self.relative and bool((self.values <= 0).any()))

    def drift_and_spread(self) -> tuple[float, float, float]:
        """Mean change per unit of time (a year, for yearly figures), its standard deviation about it, and the time they were seen over."""
        gaps, changes = _changes(self)
        drift = float(changes.sum() / gaps.sum())
        spread = float(np.sum((changes - drift * gaps) ** 2 / gaps) / (len(gaps) - 1)) ** 0.5
        return drift, max(spread, self.error), float(gaps.sum())


def known_figures(figures: Sequence[Datum]) -> Known:
    """Figures of one series, oldest first; a level where its unit is one."""
    last = figures[-1]
    relative = not parse_unit(last.unit or "1", own=True).dimensionless
    error = last.sd / abs(last.value) if relative and last.value else last.sd
    times, values = np.array([float(d.time) for d in figures]), np.array([d.value for d in figures])
    return Known(times, values, relative, float(error))


def random_walk_with_drift(known: Known, time: float) -> FloatArray:
    """(value,): the last figure plus the mean past change; the error of that mean is part of the spread."""
    drift, spread, span = known.drift_and_spread()
    ahead = time - known.times[-1]
    return _values(known, drift * ahead, spread * (ahead + ahead**2 / span) ** 0.5)


def last_value(known: Known, time: float) -> FloatArray:
    """(value,): the last figure, spread by the size of past changes."""
    gaps, changes = _changes(known)
    spread = float(np.mean(changes**2 / gaps)) ** 0.5
    return _values(known, 0.0, max(spread, known.error) * (time - known.times[-1]) ** 0.5)


def fixed_growth(known: Known, time: float, growth: float) -> FloatArray:
    """(value,): the last figure growing by `growth` a year (a share), spread by past deviations from it. Levels only."""
    gaps, changes = _changes(known)
    rate = float(np.log1p(growth))
    spread = float(np.mean((changes - rate * gaps) ** 2 / gaps)) ** 0.5
    ahead = time - known.times[-1]
    return _values(known, rate * ahead, max(spread, known.error) * ahead**0.5)


def fixed_value(known: Known, value: float) -> FloatArray:
    """(value,): the same rate in every year, spread by past deviations from it."""
    spread = float(np.mean((known.values - value) ** 2)) ** 0.5
    return value + max(spread, known.error) * _scores()


def _changes(known: Known) -> tuple[FloatArray, FloatArray]:
    values = np.log(known.values) if known.relative else known.values
    return np.diff(known.times), np.diff(values)


def _values(known: Known, change: float, spread: float) -> FloatArray:
    moved = change + spread * _scores()
    last = float(known.values[-1])
    return last * np.exp(moved) if known.relative else last + moved


def _scores() -> FloatArray:
    return np.asarray(ndtri((np.arange(SIZE) + 0.5) / SIZE))
