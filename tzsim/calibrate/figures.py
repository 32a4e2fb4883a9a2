"""Each documented figure against what the posterior would have published in its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tzsim.calibrate.influence import LeaveOneOut, log_sum
from tzsim.calibrate.moves import FloatArray
from tzsim.calibrate.observations import Datum


@dataclass(frozen=True)
class FigureCheck:
    """One figure, in its unit. low, high: 95 % posterior predictive band, observation error included.

    pit: P(a new figure <= this one); for a fitted figure with the figure itself left out where that is reliable.
    pareto_k, reliable, log_density: of leaving it out (nan, True and the plain predictive density for hold-outs).
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


def figure_checks(
    data: Sequence[Datum], predicted: FloatArray, influence: LeaveOneOut, seed: int
) -> tuple[FigureCheck, ...]:
    """One row a figure, from predictions (datum, draw). influence: of the fitted figures, in the order of `data`."""
    rng = np.random.default_rng([seed, 2])
    rows: list[FigureCheck] = []
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
            )
        )  # fmt: skip
    return tuple(rows)


def _inside(datum: Datum, low: float, high: float) -> bool:
    """Whether the band agrees with the figure; a bound is met when the band reaches it."""
    if datum.bound == "at least":
        return high >= datum.value
    if datum.bound == "at most":
        return low <= datum.value
    return low <= datum.value <= high
