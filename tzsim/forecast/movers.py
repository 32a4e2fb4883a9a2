"""What moves each goal: the share of its measure's variance that knowing one input would remove.

First-order indices from the ensemble's own members, no further runs: members are sorted by an input into bins of equal count and
the variance between the bins' means is compared with the whole (Kelley's epsilon squared, which takes the bins' own bias off).
Inputs are drawn again, bit for bit as the forecast drew them. The floor is what the largest of all inert inputs exceeds once in
twenty (the F test between bins, at 0.05 over the number of inputs).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tzsim.ensemble.designs import Design
from tzsim.ensemble.draws import Draws, draw
from tzsim.ensemble.posterior import read_posterior, source_of
from tzsim.forecast.result import POSTERIOR, Forecast
from tzsim.scenario import Goal, Scenario

FloatArray = NDArray[np.float64]

MEMBERS = 2_560
BINS = 20
CHUNK = 40
"""Inputs whose bins are worked out at once."""
FALSE_ALARMS = 0.05


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


def drawn_of(forecast: Forecast, movable: Mapping[str, float] | None = None) -> Draws:
    """The members that the forecast ran. movable: further constants, at the value that the forecast had."""
    scenario = forecast.scenario
    design: Design = forecast.design  # pyright: ignore[reportAssignmentType]
    drawn = draw(
        scenario.priors,
        scenario.shocks,
        members=forecast.members,
        seed=forecast.seed,
        design=design,
        fixed=dict(scenario.fixed) | dict(movable or {}),
    )
    if forecast.evidence != POSTERIOR:
        return drawn
    return replace(drawn, posterior=source_of(read_posterior(scenario, allow_undiagnosed=True)))


def movers(forecast: Forecast, *, most: int = 10) -> Mapping[str, tuple[Mover, ...]]:
    """Goal id -> its inputs above the floor, largest share first, at most `most`; () where none is.

    From the first 2,560 members. Shocks that start after a goal is due are left out.
    """
    if not len(forecast.scenario.priors) and not forecast.scenario.shocks:
        return dict.fromkeys(forecast.judged, ())
    names, times, inputs = _inputs(drawn_of(forecast), min(MEMBERS, forecast.measures.shape[1]))
    alive = np.ones(inputs.shape[1], dtype=np.bool_)
    alive[[m for m in forecast.failed_members if m < len(alive)]] = False
    moving = np.flatnonzero(np.ptp(inputs[:, alive], axis=1) > 0)
    count = int(alive.sum())
    if count < 10 * BINS or not len(moving):
        return dict.fromkeys(forecast.judged, ())
    inputs = inputs[moving][:, alive]
    measures = _finite(forecast.measures[:, : len(alive)][:, alive])
    shares, rises = _shares(inputs, measures)
    lowest = floor(count, len(moving))
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
    return max(years, default=scenario.horizon) + 1.0


def _finite(values: FloatArray) -> FloatArray:
    """Values (goal, member) about their mean; what is not finite becomes the mean."""
    good = np.isfinite(values)
    count = np.maximum(good.sum(axis=1, keepdims=True), 1)
    mean = np.where(good, values, 0.0).sum(axis=1, keepdims=True) / count
    return np.where(good, values - mean, 0.0)


def _shares(inputs: FloatArray, values: FloatArray) -> tuple[FloatArray, NDArray[np.bool_]]:
    """(goal, input) epsilon squared, and whether the means of the upper half of the bins lie above those of the lower."""
    n = inputs.shape[1]
    edges = np.linspace(0, n, BINS + 1).astype(np.int64)
    sizes = np.diff(edges)
    bins = np.repeat(np.arange(BINS), sizes)
    total = (values**2).sum(axis=1)
    safe = np.where(total > 0, total, 1.0)
    shares = np.zeros((len(values), len(inputs)))
    rises = np.zeros((len(values), len(inputs)), dtype=np.bool_)
    for first in range(0, len(inputs), CHUNK):
        rows = inputs[first : first + CHUNK]
        member = np.zeros((n, len(rows), BINS), dtype=np.float64)
        for k, order in enumerate(np.argsort(rows, axis=1, kind="stable")):
            member[order, k, bins] = 1.0
        means = (values @ member.reshape(n, -1)).reshape(len(values), len(rows), BINS) / sizes
        between = (sizes * means**2).sum(axis=2)
        within = np.maximum(total[:, None] - between, 0.0) / (n - BINS)
        shares[:, first : first + CHUNK] = np.where(
            total[:, None] > 0, np.maximum(0.0, 1 - within / (safe[:, None] / (n - 1))), 0.0
        )
        half = BINS // 2
        rises[:, first : first + CHUNK] = means[:, :, half:].sum(axis=2) > means[:, :, :half].sum(axis=2)
    return shares, rises


def floor(members: int, inputs: int) -> float:
    """Share that the largest of `inputs` inert inputs exceeds with probability 0.05."""
    from scipy.special import fdtri

    within = members - BINS
    critical = float(fdtri(BINS - 1, within, 1 - FALSE_ALARMS / inputs))
    return 1 - (members - 1) / within / (1 + critical * (BINS - 1) / within)
