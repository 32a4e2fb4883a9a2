"""Each documented figure against what the posterior would have published in its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from tzsim.calibration.baselines import Z975, known_figures
from tzsim.calibration.influence import LeaveOneOut, log_sum
from tzsim.calibration.moves import FloatArray
from tzsim.calibration.observations import Datum


@dataclass(frozen=True)
class FigureCheck:
    """One figure, in its unit. low, high: 95 % posterior predictive band, observation error included.

    pit: P(a new figure <= this one); for a fitted figure with the figure itself left out where that is reliable.
    pareto_k, reliable, log_density: of leaving it out (nan, True and the plain predictive density for hold-outs).
    walk: width of the 95 % band that a random walk with drift, with the scatter of the whole series, puts around this figure from
    the one before; nan for the first figure, for series of fewer than four and where that was not asked. A wider band than that
    says nothing: `covered`.
    """

    id: str
    role: str
    quality: str
    unit: str
    value: float
    sd: float
    mean: float
    low: float
    high: float
    inside: bool
    pit: float
    pareto_k: float
    reliable: bool
    log_density: float
    walk: float = float("nan")
    published: str = ""
    """When it became known; a figure of a year before `as_of` may have been published after it."""

    @property
    def covered(self) -> bool:
        """Inside its band, and the band no wider than that of a random walk with drift."""
        return self.inside and not self.high - self.low > self.walk


LEAST_FOR_WALK = 4
"""Documented figures of a series before its bands are compared with a random walk."""


def figure_checks(
    data: Sequence[Datum], predicted: FloatArray, influence: LeaveOneOut, seed: int, *, walk: bool
) -> tuple[FigureCheck, ...]:
    """One row a figure, from predictions (datum, draw). influence: of the fitted figures, in the order of `data`.

    walk: whether bands are compared with those of a random walk with drift.
    """
    rng = np.random.default_rng([seed, 2])
    rows: list[FigureCheck] = []
    walks = _walks(data) if walk else {}
    fitted = 0
    for datum, modelled in zip(data, predicted, strict=True):
        published = datum.replicate(modelled, rng)
        low, high = (float(v) for v in np.nanquantile(published, [0.025, 0.975]))
        below = datum.probability_below(modelled)
        weights = np.full(len(modelled), 1.0 / len(modelled))
        k, reliable = float("nan"), True
        density = log_sum(datum.log_density(modelled)) - float(np.log(len(modelled)))
        if datum.role == "fit":
            k, reliable = float(influence.pareto_k[fitted]), bool(influence.reliable[fitted])
            density = float(influence.log_density[fitted])
            weights = influence.weights[fitted] if reliable else weights
            fitted += 1
        inside = _inside(datum, low, high)
        rows.append(
            FigureCheck(
                datum.id, datum.role, datum.quality, datum.unit, datum.value, datum.sd, float(np.nanmean(modelled)),
                low, high, inside, float(weights @ below), k, reliable, density,
                walks.get(datum.id, float("nan")), datum.published,
            )
        )  # fmt: skip
    return tuple(rows)


def _walks(data: Sequence[Datum]) -> dict[str, float]:
    """Figure -> width of the band of a random walk with drift, where its series has enough figures."""
    found: dict[str, float] = {}
    for series in dict.fromkeys(d.series for d in data if d.role == "fit" and not d.bound):
        own = sorted((d for d in data if d.series == series and d.role == "fit"), key=lambda d: d.time)
        if len(own) < LEAST_FOR_WALK:
            continue
        whole = known_figures(own)
        drift, spread, span = whole.drift_and_spread()
        for before, datum in pairwise(own):
            ahead = datum.time - before.time
            error = spread * (ahead + ahead**2 / span) ** 0.5
            ends = drift * ahead + np.array([-1.0, 1.0]) * Z975 * error
            low, high = before.value * np.exp(ends) if whole.relative else before.value + ends
            found[datum.id] = float(high - low)
    return found


def _inside(datum: Datum, low: float, high: float) -> bool:
    """Whether the band agrees with the figure; a bound is met when the band reaches it."""
    if datum.bound == "at least":
        return high >= datum.value
    if datum.bound == "at most":
        return low <= datum.value
    return low <= datum.value <= high
