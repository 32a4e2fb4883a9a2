"""The distance to a goal, split over the limits that hold output back.

For a goal that asks for at least so much of something that clusters (elements) produce, each limit's part is what the measure
of its year would gain if the output that this limit alone cost that year were produced and the measure rose in
proportion, element by element: measure x lost / output, averaged over members. Recorded costs are 'this limit alone', and earlier
years act on through growth; what the parts do not explain is 'the rest' (negative where the limits cost more than the gap).
Limits and rest sum to the gap.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from tzsim.forecast.readings import questions
from tzsim.forecast.run import initial_time
from tzsim.forecast.sample import sampler
from tzsim.measures import AtEnd, Mean, Measure, Sum, Times, Total
from tzsim.names import key, split_element
from tzsim.scenario import Goal, Scenario


@dataclass(frozen=True, slots=True)
class Gap:
    """All in the goal's unit. gap: value asked minus the mean of the measure."""

    year: int
    mean: float
    gap: float
    parts: tuple[tuple[str, float], ...]
    """(limit, part)."""
    rest: float


def split_gap(scenario: Scenario, goal: Goal, *, members: int, threads: int | None = None) -> Gap | str:
    """The gap of a goal, or in words why it cannot be split."""
    asked = questions(scenario, initial_time(scenario))
    limits = asked.limits
    if goal.comparison not in (">=", "≈ at least"):
        return "the goal does not ask for at least something"
    if not limits.limits or not goal.limits_of:
        return "no limits are recorded for this goal"
    year, measure = goal.yearly_measures[-1]
    if year not in asked.years:
        return f"no limits are recorded for {year}"
    wanted = {key(name) for name in goal.limits_of}
    rows = [i for i, name in enumerate(limits.elements) if key(name) in wanted]
    own = [restricted(measure, limits.elements[i]) for i in rows]
    if any(m is None for m in own):
        return "the measure is no plain amount that the clusters add up to"
    column = asked.years.index(year)
    asks: list[Measure] = [measure, *(m for m in own if m is not None)]
    asks += [limits.output[i][column] for i in rows]
    asks += [of[i][column] for of in limits.lost for i in rows]
    found = sampler(scenario, asks, members=members, threads=threads).run({}, 0, members)
    alive = np.isfinite(found).all(axis=0)
    if not alive.any():
        return "every member failed"
    count = len(rows)
    values, parts, output = (
        found[0, alive],
        found[1 : 1 + count, alive],
        found[1 + count : 1 + 2 * count, alive],
    )
    lost = found[1 + 2 * count :, alive].reshape(len(limits.limits), count, -1)
    share = np.divide(lost, output, out=np.zeros_like(lost), where=output > 0)
    explained = (parts * share).sum(axis=1).mean(axis=1)
    mean = float(values.mean())
    gap = goal.value - mean
    named = tuple(zip(limits.limits, (float(v) for v in explained), strict=True))
    return Gap(year, mean, gap, named, gap - sum(v for _, v in named))


def restricted(measure: Measure, element: str) -> Measure | None:
    """The part of an amount that one subscript element makes up; None for anything but amounts and their sums."""
    match measure:
        case Times():
            inner = restricted(measure.of, element)
            return None if inner is None else replace(measure, of=inner)
        case Sum(parts):
            found = [p for p in (restricted(p, element) for p in parts) if p is not None]
            return Sum(tuple(found)) if found else None
        case Total() | Mean() | AtEnd():
            names = tuple(
                n for n in measure.of.elements if key(element) in {key(s) for s in split_element(n)[1]}
            )
            return replace(measure, of=replace(measure.of, elements=names)) if names else None
        case _:
            return None
