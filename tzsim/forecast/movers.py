"""What moves each goal: the share of its measure's variance that knowing one input would remove.

First-order indices from the ensemble's own members, no further runs: members are sorted by an input into bins of equal count and
the variance between the bins' means is compared with the whole (Kelley's epsilon squared, which takes the bins' own bias off).
Inputs are drawn again, bit for bit as the forecast drew them. The floor is what the largest of all inert inputs exceeds once in
twenty (the F test between bins, at 0.05 over the number of inputs).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tzsim.ensemble.draws import Draws
from tzsim.forecast.bins import BINS, bin_means, bin_sizes, floors
from tzsim.forecast.result import Forecast
from tzsim.forecast.sample import members_behind
from tzsim.scenario import Goal, Scenario

FloatArray = NDArray[np.float64]

MEMBERS = 2_560


@dataclass(frozen=True, slots=True)
class Mover:
    """One input of one goal.

    element: of the model, as in the prior table. time: when a shock's value starts, None for a constant.
    share: of the variance of the goal's measure, 0..1. rises: whether the measure rises with the input, over its range as a whole.
    """

    element: str
    time: float | None
    share: float
    rises: bool


def movers(forecast: Forecast, *, most: int = 10) -> Mapping[str, tuple[Mover, ...]]:
    """Goal id -> its inputs above the floor, largest share first, at most `most`; () where none is.

    From the first 2,560 members. Shocks that start after a goal is due are left out.
    """
    if not len(forecast.scenario.priors) and not forecast.scenario.shocks:
        return dict.fromkeys(forecast.judged, ())
    names, times, inputs = _inputs(members_behind(forecast), min(MEMBERS, forecast.measures.shape[1]))
    alive = np.ones(inputs.shape[1], dtype=np.bool_)
    alive[[m for m in forecast.failed_members if m < len(alive)]] = False
    moving = np.flatnonzero(np.ptp(inputs[:, alive], axis=1) > 0)
    count = int(alive.sum())
    if count < 10 * BINS or not len(moving):
        return dict.fromkeys(forecast.judged, ())
    inputs = inputs[moving][:, alive]
    measures = _finite(forecast.measures[:, : len(alive)][:, alive])
    shares, rises = _shares(inputs, measures)
    lowest = floors(inputs)
    due = [_due(forecast.scenario, id) for id in forecast.judged]

    def of(row: int) -> tuple[Mover, ...]:
        order = sorted(np.flatnonzero(shares[row] > lowest), key=lambda i: (-shares[row, i], moving[i]))
        found = [
            Mover(names[moving[i]], times[moving[i]], float(shares[row, i]), bool(rises[row, i]))
            for i in order
            if (t := times[moving[i]]) is None or t < due[row]
        ]
        return tuple(found[:most])

    return {id: of(row) for row, id in enumerate(forecast.judged)}


def _inputs(drawn: Draws, count: int) -> tuple[list[str], list[float | None], FloatArray]:
    block = drawn.block(0, count)
    names = list(drawn.names)
    times: list[float | None] = [None] * len(names)
    for series in drawn.series:
        names += [series.name] * series.count
        times += [series.start + k * series.period for k in range(series.count)]
    return names, times, np.concatenate([block.values, block.knots])


def _due(scenario: Scenario, id: str) -> float:
    goal: Goal = scenario.goal(id)
    years = [year for year, _ in goal.yearly_measures]
    return scenario.clock.ends(max(years, default=scenario.horizon))


def _finite(values: FloatArray) -> FloatArray:
    """Values (goal, member) about their mean; what is not finite becomes the mean."""
    good = np.isfinite(values)
    count = np.maximum(good.sum(axis=1, keepdims=True), 1)
    mean = np.where(good, values, 0.0).sum(axis=1, keepdims=True) / count
    return np.where(good, values - mean, 0.0)


def _shares(inputs: FloatArray, values: FloatArray) -> tuple[FloatArray, NDArray[np.bool_]]:
    """(goal, input) epsilon squared, and whether the means of the upper half of the bins lie above those of the lower."""
    n, half = inputs.shape[1], BINS // 2
    total = (values**2).sum(axis=1)[:, None]
    safe = np.where(total > 0, total, 1.0)
    shares = np.zeros((len(values), len(inputs)))
    rises = np.zeros((len(values), len(inputs)), dtype=np.bool_)
    for first, means in bin_means(inputs, values):
        here = slice(first, first + means.shape[1])
        within = np.maximum(total - (bin_sizes(n) * means**2).sum(axis=2), 0.0) / (n - BINS)
        shares[:, here] = np.where(total > 0, np.maximum(0.0, 1 - within / (safe / (n - 1))), 0.0)
        rises[:, here] = means[:, :, half:].sum(axis=2) > means[:, :, :half].sum(axis=2)
    return shares, rises
