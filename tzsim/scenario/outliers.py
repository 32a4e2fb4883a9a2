"""Figures that lie orders of magnitude from the rest of their series: a slip of the unit or the decimal point until a person says otherwise.

A level is one where it lies more than a factor of `FAR` from its neighbours, with room for growth over the years between; a share or rate
where it does so and is `POINTS` percentage points away too. Neighbours are the figures of the same variable and entity that are
known already, nearest in time first; without any, the other figures of the file. Figures of another clock than the calendar are not held
against each other: what they may do in a day or a month nobody can say for all of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from tzsim.clock import is_year
from tzsim.scenario.records import Observation
from tzsim.units import conversion, parse_unit

FAR = 5.0
"""Factor from the neighbours beyond which a level is not believed unseen."""
GROWTH = 0.1
"""Growth a year that is allowed for on the logarithm."""
POINTS = 20.0
NEIGHBOURS = 3


@dataclass(frozen=True, slots=True)
class Outlier:
    """A figure, the one it is held against, and how many times larger or smaller it is (in the same unit)."""

    figure: Observation
    against: Observation
    factor: float


def outliers(rows: Sequence[Observation], known: Iterable[Observation] = ()) -> tuple[Outlier, ...]:
    """The figures of `rows` that are orders of magnitude off and not confirmed, in their order."""
    before: dict[tuple[str, str], list[Observation]] = {}
    for o in known:
        before.setdefault((o.variable, o.entity), []).append(o)
    own: dict[tuple[str, str], list[Observation]] = {}
    for o in rows:
        own.setdefault((o.variable, o.entity), []).append(o)
    found: list[Outlier] = []
    for o in rows:
        if not is_year(o.year):
            continue
        key = (o.variable, o.entity)
        others = [k for k in before.get(key, []) if not _same(k, o)] or [k for k in own[key] if k is not o]
        made = None if o.confirmed else _held_against(o, others, alone=key not in before)
        if made is not None:
            found.append(made)
    return tuple(found)


def value_in_unit_of(o: Observation, other: Observation) -> float | None:
    """The value of `o` in the unit of `other`; None where the two are of different kinds."""
    mine, theirs = parse_unit(o.unit, own=True), parse_unit(other.unit, own=True)
    return o.value * conversion(mine, theirs) if mine.same_dimension(theirs) else None


def _same(a: Observation, b: Observation) -> bool:
    return a.address == b.address and bool(a.address.file)


def _held_against(o: Observation, others: Sequence[Observation], *, alone: bool) -> Outlier | None:
    near = sorted(others, key=lambda k: (abs(k.year - o.year), -k.year))[:NEIGHBOURS]
    pairs = [(k, value) for k in near if (value := value_in_unit_of(o, k)) is not None]
    steps = [(math.log(value / k.value), k) for k, value in pairs if value > 0 and k.value > 0]
    if not steps or (alone and len(steps) == 1 and steps[0][1].year > o.year):
        return None  # of two figures that stand alone the later is the one to look at
    usual = median(s for s, _ in steps)
    middle = min(steps, key=lambda p: abs(p[0] - usual))[1]
    room = math.log(FAR) + GROWTH * abs(o.year - middle.year)
    far = [(s, k) for s, k in steps if abs(s) > room and s * usual > 0]
    if abs(usual) <= room or not far:
        return None
    step, against = far[0]
    if parse_unit(o.unit, own=True).dimensionless and not _points_apart(o, against):
        return None
    return Outlier(o, against, math.exp(abs(step)))


def _points_apart(o: Observation, other: Observation) -> bool:
    percent = parse_unit("%")
    a, b = (x.value * conversion(parse_unit(x.unit), percent) for x in (o, other))
    return abs(a - b) >= POINTS
