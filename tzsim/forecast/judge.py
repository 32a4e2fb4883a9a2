"""Judge one block of members: goal measures, which are met, the fans' values, what binds. Pure: block in, block out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tzsim.forecast.readings import Kept, LimitMeasures, Questions
from tzsim.measures import evaluate
from tzsim.scenario import Goal

FloatArray = NDArray[np.float64]

BINDS_FROM = 0.01
"""Share of possible output below which a limit does not count as binding."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What one block says. Rows of `values` and `met` follow the judged goals, those of `fans` series then year."""

    alive: NDArray[np.bool_]
    """(member,)."""
    values: FloatArray
    """(goal, member); nan in failed members."""
    met: NDArray[np.bool_]
    """(goal, member): in every year asked; False in failed members."""
    hardest: FloatArray
    """(annual goal, member): the measure in the year in which the member does worst; rows follow `Questions.annual`."""
    met_in_year: tuple[NDArray[np.int64], ...]
    """For each goal (year,): living members that meet it in that year alone."""
    fans: FloatArray
    """(series x year, member); nan where the series has no value and in failed members."""
    binding: NDArray[np.int64]
    """(element, year, limit + none): living members in which this limit costs most."""
    cost: FloatArray
    """(element, year, limit): relative cost summed over living members."""

    def pack(self) -> dict[str, NDArray[Any]]:
        """As arrays by name."""
        named = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "met_in_year"}
        return named | {f"met_in_year_{i}": counts for i, counts in enumerate(self.met_in_year)}

    @classmethod
    def unpack(cls, arrays: Mapping[str, NDArray[Any]]) -> Judged:
        """What `pack` was called on."""
        named = {f.name: arrays[f.name] for f in fields(cls) if f.name != "met_in_year"}
        return cls(
            met_in_year=tuple(arrays[f"met_in_year_{i}"] for i in range(len(arrays["values"]))), **named
        )


def judge(questions: Questions, kept: Kept, alive: NDArray[np.bool_]) -> Judged:
    """Evaluate every question on one block; `alive` (member,) is False where the run failed.

    A year of an annual goal for which a figure is documented is judged by that figure in every member.
    """
    members = len(alive)
    values = np.full((len(questions.goals), members), np.nan)
    met = np.zeros((len(questions.goals), members), dtype=np.bool_)
    annual = questions.annual
    hardest = np.full((len(annual), members), np.nan)
    in_year: list[NDArray[np.int64]] = []
    for row, asked in enumerate(questions.goals):
        holds = alive.copy()
        counts: list[int] = []
        worst: FloatArray | None = None
        for year, measure in asked.measures:
            found = evaluate(measure, kept)
            values[row] = found
            known = asked.goal.known(year)
            seen = found if known is None else np.full_like(found, known)
            worst = seen if worst is None else worse(asked.goal, worst, seen)
            good = asked.goal.met(seen) & alive
            counts.append(int(good.sum()))
            holds &= good
        met[row] = holds
        if worst is not None and row in annual:
            hardest[annual.index(row)] = np.where(alive, worst, np.nan)
        in_year.append(np.array(counts, dtype=np.int64))
    values[:, ~alive] = np.nan
    fans = np.full((len(questions.series) * len(questions.years), members), np.nan)
    row = 0
    for series in questions.series:
        for measure in series.measures:
            if measure is not None:
                fans[row] = evaluate(measure, kept)
            row += 1
    fans[:, ~alive] = np.nan
    binding, cost = _binding(questions.limits, kept, alive)
    return Judged(alive, values, met, hardest, tuple(in_year), fans, binding, cost)


def worse(goal: Goal, first: FloatArray, second: FloatArray) -> FloatArray:
    """The value farther from meeting a goal with one bound, member by member; nan where either is."""
    return np.maximum(first, second) if goal.comparison == "<=" else np.minimum(first, second)


def _binding(
    limits: LimitMeasures, kept: Kept, alive: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], FloatArray]:
    """Which limit costs most of the output that would have been possible without any, by element and year."""
    shape = (len(limits.elements), len(limits.years))
    counts = np.zeros((*shape, len(limits.limits) + 1), dtype=np.int64)
    sums = np.zeros((*shape, len(limits.limits)))
    if not limits.limits:
        return counts, sums
    for e in range(shape[0]):
        for y in range(shape[1]):
            output = evaluate(limits.output[e][y], kept)[alive]
            lost = np.stack([evaluate(of[e][y], kept)[alive] for of in limits.lost])
            possible = output + lost.sum(axis=0)
            share = np.divide(lost, possible, out=np.zeros_like(lost), where=possible > 0)
            most = np.where(share.max(axis=0) >= BINDS_FROM, share.argmax(axis=0), len(limits.limits))
            counts[e, y] = np.bincount(most, minlength=len(limits.limits) + 1)
            sums[e, y] = share.sum(axis=1)
    return counts, sums
