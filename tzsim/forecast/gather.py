"""Gather the judged blocks of an ensemble, in member order, whatever order they were computed in.

Up to `EXACT_MEMBERS` every goal measure and fan value is kept and quantiles are exact; above that they stream into a
sketch (relative accuracy 0.05 %, see `ensemble.statistics`) and memory no longer grows with the members, except for
one bit of 'met' a goal and member.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tzsim.ensemble.statistics import QuantileSketch
from tzsim.forecast.judge import Judged
from tzsim.forecast.readings import Questions

FloatArray = NDArray[np.float64]

EXACT_MEMBERS = 20_000


class Gathered:
    """The ensemble so far. `add` takes blocks in member order."""

    def __init__(self, questions: Questions, members: int) -> None:
        goals, rows = len(questions.goals), len(questions.series) * len(questions.years)
        limits = questions.limits
        shape = (len(limits.elements), len(limits.years), len(limits.limits))
        self.members = members
        self.done = 0
        self.exact = members <= EXACT_MEMBERS
        kept = min(members, EXACT_MEMBERS)
        self.alive: NDArray[np.bool_] = np.zeros(members, dtype=np.bool_)
        self.values: FloatArray = np.full((goals, kept), np.nan)
        self.hardest: FloatArray = np.full((len(questions.annual), kept), np.nan)
        self.met: NDArray[np.bool_] = np.zeros((goals, members), dtype=np.bool_)
        self.met_in_year = [np.zeros(len(g.measures), dtype=np.int64) for g in questions.goals]
        self.undefined: NDArray[np.int64] = np.zeros(goals, dtype=np.int64)
        """Living members whose measure is no finite number, for each goal."""
        self.binding: NDArray[np.int64] = np.zeros((*shape[:2], shape[2] + 1), dtype=np.int64)
        self.cost: FloatArray = np.zeros(shape)
        self._fans: FloatArray = np.full((rows, kept if self.exact else 0), np.nan)
        self._goal_sketch = [QuantileSketch(1) for _ in range(0 if self.exact else goals)]
        self._fan_sketch = [QuantileSketch(1) for _ in range(0 if self.exact else rows)]

    def add(self, block: Judged) -> None:
        """Take the next block."""
        first, last = self.done, self.done + len(block.alive)
        self.alive[first:last] = block.alive
        self.met[:, first:last] = block.met
        inside = max(0, min(last, self.values.shape[1]) - first)
        self.values[:, first : first + inside] = block.values[:, :inside]
        self.hardest[:, first : first + inside] = block.hardest[:, :inside]
        for total, counts in zip(self.met_in_year, block.met_in_year, strict=True):
            total += counts
        living = block.values[:, block.alive]
        self.undefined += (~np.isfinite(living)).sum(axis=1)
        self.binding += block.binding
        self.cost += block.cost
        if self.exact:
            self._fans[:, first:last] = block.fans
        else:
            _sketch(self._goal_sketch, block.values)
            _sketch(self._fan_sketch, block.fans)
        self.done = last

    def goal_quantiles(self, levels: Sequence[float]) -> FloatArray:
        """(level, goal) over the members whose measure is a finite number; nan where there is none."""
        return quantiles(self.values, levels) if self.exact else _sketched(self._goal_sketch, levels)

    def fan_quantiles(self, levels: Sequence[float]) -> FloatArray:
        """(level, series x year), likewise."""
        return quantiles(self._fans, levels) if self.exact else _sketched(self._fan_sketch, levels)


def quantiles(values: FloatArray, levels: Sequence[float]) -> FloatArray:
    """(level, row) exact quantiles of the finite values of each row (row, member), linear between members."""
    result = np.full((len(levels), len(values)), np.nan)
    finite = np.isfinite(values)
    whole = finite.all(axis=1) if values.shape[1] else np.zeros(len(values), dtype=np.bool_)
    if whole.any():
        result[:, whole] = np.quantile(values[whole], levels, axis=1)
    for row in np.flatnonzero(~whole & finite.any(axis=1)):
        result[:, row] = np.quantile(values[row, finite[row]], levels)
    return result


def _sketch(sketches: Sequence[QuantileSketch], values: FloatArray) -> None:
    for sketch, row in zip(sketches, values, strict=True):
        sketch.add(row[np.isfinite(row)][None, :])


def _sketched(sketches: Sequence[QuantileSketch], levels: Sequence[float]) -> FloatArray:
    if not sketches:
        return np.full((len(levels), 0), np.nan)
    return np.concatenate([s.quantiles(levels) for s in sketches], axis=1)
