"""What moves a goal: sensitivity from the ensemble itself, no further runs.

distance    Kolmogorov-Smirnov distance between the values of an input in members that meet the goal and in those that miss it
            (regional sensitivity: Hornberger and Spear 1981); ties are handled.
variance    share of the variance of the goal's measure that knowing the input would remove on average (first-order
            index from the ensemble by binning, with the bias of the bins taken off: Kelley's epsilon squared). This is the value of
            knowing it.
floor       what inert inputs reach by chance: the distance of dummy inputs (labels permuted), at the level that lets the largest of
            all inert inputs pass once in twenty. Where members share draws of a posterior it is raised by the root of the design
            effect of the input.
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
        above = split and distance > floor * design_effect(x, met) ** 0.5
        found.append(Driver(names[row], distance, share, when_met, when_missed, above))
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


def variance_share(x: FloatArray, y: FloatArray) -> float:
    """First-order share of var(y) from members (member,), 0..1: epsilon squared over bins of equal count."""
    return variance_test(x, y)[0]


def variance_test(x: FloatArray, y: FloatArray, inputs: int = 1) -> tuple[float, bool]:
    """Share of var(y) that x explains, and whether it is above what the largest of so many inert inputs reaches once in twenty.

    Members drawn from the same draw of a posterior have the same x and are no independent evidence: bins hold whole groups of equal x,
    and what varies between bins is held against what varies between the groups inside them (nested analysis of variance).
    """
    from scipy.special import fdtri

    n = len(y)
    bins = min(50, n // BIN)
    if bins < 2 or np.ptp(y) == 0:
        return 0.0, False
    order = np.argsort(x, kind="stable")
    y = y[order] - y.mean()
    starts = group_starts(x[order])
    if len(starts) < 2 * BIN:  # a discrete input: its values are drawn anew for each member
        starts = np.arange(n)
    bins = min(bins, len(starts) // 2)
    sizes = np.diff(starts, append=n)
    sums = np.add.reduceat(y, starts)
    edges = np.searchsorted(np.cumsum(sizes), np.linspace(0, n, bins + 1)[:-1] + 0.5)
    counts, totals = np.add.reduceat(sizes, edges), np.add.reduceat(sums, edges)
    between = float((totals**2 / counts).sum())
    whole, grouped, total = len(starts), float((sums**2 / sizes).sum()), float((y**2).sum())
    inside = (grouped - between) / (whole - bins)
    if (
        whole < n
    ):  # groups of unequal size weigh more between bins than inside them: expected mean squares of both
        error, squares = (total - grouped) / (n - whole), float((sizes**2).sum()) / n
        by_bin = float((np.add.reduceat(sizes**2, edges) / counts).sum())
        heavier = (by_bin - squares) / (bins - 1) * (whole - bins) / (n - by_bin)
        inside = error + heavier * max(0.0, inside - error)
    share = (between - (bins - 1) * inside) / total
    critical = float(fdtri(bins - 1, whole - bins, 1 - FALSE_ALARMS / max(1, inputs)))
    return max(0.0, share), between > (bins - 1) * critical * inside


def group_starts(x: FloatArray) -> NDArray[np.int64]:
    """Where each group of equal values begins in sorted x."""
    return np.flatnonzero(np.append(True, np.diff(x) > 0))


def design_effect(x: FloatArray, met: BoolArray) -> float:
    """How many times the variance of a share among these members exceeds that of independent ones (Kish 1965): 1 + (m - 1) rho.

    m: mean size of a group of equal x, weighted by members; rho: correlation of `met` inside groups. 1 where no two are equal.
    """
    order = np.argsort(x, kind="stable")
    starts = group_starts(x[order])
    n, groups = len(x), len(starts)
    if groups in (1, n) or groups < 2 * BIN:
        return 1.0
    y = met[order] - met.mean()
    sizes = np.diff(starts, append=n)
    between = float((np.add.reduceat(y, starts) ** 2 / sizes).sum())
    inside = (float((y**2).sum()) - between) / (n - groups)
    mean = (n - float((sizes**2).sum()) / n) / (groups - 1)
    part = between / (groups - 1)
    rho = (part - inside) / (part + (mean - 1) * inside) if part > 0 else 0.0
    return 1 + (float((sizes**2).sum()) / n - 1) * min(1.0, max(0.0, rho))
