"""The value of information: which uncertain input, if its value were known, would most sharpen the answer.

Learning an input moves the probability of a goal from p to P(met | input). How far, on average, is the standard deviation of
that conditional probability: the square root of the variance of the outcome that the input explains. It comes from the ensemble itself by
bins of equal count, with the bias of the bins taken off (given-data estimators of expected variance reduction: Strong, Oakley and
Brennan 2014; Oakley 2009). `floor` is what the largest of all inert inputs passes once in twenty, by the F distribution of the bins; where members share
draws of a posterior each input has a test of its own (`drivers.variance_test`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tzsim.forecast.bins import share_floor
from tzsim.forecast.drivers import BIN, variance_share, variance_test
from tzsim.names import key, split_element
from tzsim.scenario import Scenario, Text2

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Known:
    """One input. moves: standard deviation (0..0.5) of the probability once it is known. outcome, measure: shares of variance removed.

    what: the statistic in the words of the model. collectable: False for a shock after `as_of`, which nobody can know yet.
    """

    name: str
    what: Text2
    unit: str
    quality: str
    collectable: bool
    moves: float
    outcome: float
    measure: float
    above_floor: bool


@dataclass(frozen=True, slots=True)
class Knowing:
    """Inputs by falling `moves`. floor: of the share of the outcome's variance; nan where every member ends alike."""

    rows: tuple[Known, ...]
    floor: float

    @property
    def above(self) -> tuple[Known, ...]:
        return tuple(r for r in self.rows if r.above_floor)


def knowing(
    scenario: Scenario,
    names: tuple[str, ...],
    inputs: FloatArray,
    met: BoolArray,
    values: FloatArray,
    until: float,
) -> Knowing:
    """Rank inputs (input, member) by what knowing them does to the probability. until: end of what can be known (years)."""
    moving = np.flatnonzero(np.ptp(inputs, axis=1) > 0) if inputs.size else np.array([], dtype=np.int64)
    p = float(met.mean()) if len(met) else 0.0
    split = 0 < p < 1
    floor = share_floor(len(met), len(moving), min(50, len(met) // BIN)) if split else float("nan")
    finite = np.isfinite(values)
    rows: list[Known] = []
    for i in moving:
        outcome, above = variance_test(inputs[i], met.astype(np.float64), len(moving))
        measure = variance_share(inputs[i][finite], values[finite])
        what, unit, quality, time = _said(scenario, names[i])
        rows.append(
            Known(
                names[i], what, unit, quality, time is None or time < until - 1e-9, (outcome * p * (1 - p)) ** 0.5,
                outcome, measure, above,
            )
        )  # fmt: skip
    rows.sort(key=lambda r: (-r.outcome, -r.measure, r.name))
    return Knowing(tuple(rows), floor)


def _said(scenario: Scenario, name: str) -> tuple[Text2, str, str, float | None]:
    """What an input is, its unit, the quality of its source, and when it is drawn (None for a constant)."""
    element, _, at = name.partition(" @ ")
    bare = split_element(element)[0]
    variable = scenario.model.variables.get(key(bare))
    comment = " ".join((variable.comment if variable else "").split())
    unit = variable.unit if variable else ""
    time = float(at) if at else None
    for shock in scenario.shocks:
        if key(shock.variable.split("[")[0]) == key(bare):
            return Text2(f"{shock.name.zh}（{at}）", f"{shock.name.en} ({at})"), unit, shock.quality, time
    quality = next((p.quality for p in scenario.priors if key(p.variable) == key(element)), "")
    return Text2(comment or bare, comment or bare), unit, quality, time
