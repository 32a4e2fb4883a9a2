"""What moves a goal: sensitivity from the ensemble itself, no further runs.

distance    Kolmogorov-Smirnov distance between the values of an input in members that meet the goal and in those that miss it
            (regional sensitivity: Hornberger and Spear 1981); ties are handled.
variance    share of the variance of the goal's measure that knowing the input would remove on average (first-order
            index from the ensemble by binning, with the bias of the bins taken off: Kelley's epsilon squared). This is the value of
            knowing it.
floor       what inert inputs reach by chance: the distance of dummy inputs (labels permuted), at the level that lets the largest of
            all inert inputs pass once in twenty.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tzsim.forecast.bins import FALSE_ALARMS

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

DUMMIES = 20
"""Dummy inputs for each input."""
BIN = 40
"""Fewest members of a bin; at most 50 bins."""


@dataclass(frozen=True, slots=True)
class Driver:
    """One input, ranked by distance. low_when_missed: members that miss the goal have the lower values."""

    name: str
    distance: float
    variance: float
    met_median: float
    missed_median: float
    above_floor: bool

    @property
    def low_when_missed(self) -> bool:
        return self.missed_median < self.met_median


@dataclass(frozen=True, slots=True)
class Drivers:
    """Inputs by falling distance, and the noise floor of the distance (nan where nobody meets or nobody misses)."""

    rows: tuple[Driver, ...]
    floor: float

    @property
    def above(self) -> tuple[Driver, ...]:
        return tuple(d for d in self.rows if d.above_floor)


def drivers(
    names: tuple[str, ...], inputs: FloatArray, met: BoolArray, values: FloatArray, *, seed: int = 0
) -> Drivers:
    """Rank inputs (input, member) by what they do to `met` (member,) and to the measure `values` (member,).

    Where all meet or all miss the goal, distances are nan, rows are ranked by variance and none is above the floor.
    Constant inputs are left out. Members whose measure is not finite count for the distance only.
    """
    moving = np.flatnonzero(np.ptp(inputs, axis=1) > 0) if inputs.size else np.array([], dtype=np.int64)
    split = 0 < int(met.sum()) < len(met)
    floor = noise_floor(met, len(moving), seed) if split and len(moving) else float("nan")
    finite = np.isfinite(values)
    found: list[Driver] = []
    for row in moving:
        x = inputs[row]
        distance = ks_distance(x, met) if split else float("nan")
        when_met, when_missed = (float(np.median(x[w])) if split else float("nan") for w in (met, ~met))
        share = variance_share(x[finite], values[finite])
        found.append(Driver(names[row], distance, share, when_met, when_missed, split and distance > floor))
    found.sort(key=lambda d: (-d.distance if split else 0.0, -d.variance, d.name))
    return Drivers(tuple(found), floor)


def ks_distance(x: FloatArray, met: BoolArray) -> float:
    """Largest distance of the two empirical distribution functions of x (member,)."""
    order = np.argsort(x, kind="stable")
    last = np.append(np.diff(x[order]) > 0, True)
    return float(np.abs(_gap(met[order]))[last].max())


def _gap(labels: BoolArray) -> FloatArray:
    """Difference of the distribution functions behind each member in order."""
    hits = np.cumsum(labels)
    misses = np.arange(1, len(labels) + 1) - hits
    return hits / hits[-1] - misses / misses[-1]


def noise_floor(met: BoolArray, inputs: int, seed: int = 0) -> float:
    """Distance that the largest of `inputs` inert continuous inputs exceeds with probability 0.05."""
    rng = np.random.Generator(np.random.Philox(seed))
    count = max(200, DUMMIES * inputs)
    distances = np.array([np.abs(_gap(rng.permutation(met))).max() for _ in range(count)])
    return float(np.quantile(distances, 1 - FALSE_ALARMS / inputs))


def bins_of(members: int) -> int:
    """Bins of `variance_share` for so many members."""
    return min(50, members // BIN)


def variance_share(x: FloatArray, y: FloatArray) -> float:
    """First-order share of var(y) from members (member,), 0..1: epsilon squared over bins of equal count."""
    n = len(y)
    bins = bins_of(n)
    if bins < 2 or np.ptp(y) == 0:
        return 0.0
    order = y[np.argsort(x, kind="stable")]
    edges = np.linspace(0, n, bins + 1).astype(np.int64)
    counts = np.diff(edges)
    means = np.add.reduceat(order, edges[:-1]) / counts
    total = float(((y - y.mean()) ** 2).sum())
    within = total - float((counts * (means - y.mean()) ** 2).sum())
    return max(0.0, 1 - (within / (n - bins)) / (total / (n - 1)))
