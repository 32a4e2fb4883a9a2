"""History points as the report shows them: which count as documented, and their value in the unit of a series."""

from __future__ import annotations

from functools import cache

import numpy as np

from tzsim.clock import Clock
from tzsim.forecast.result import SeriesFan
from tzsim.scenario import Observation
from tzsim.units import UnitError, conversion, parse_unit

DOCUMENTED = frozenset({"official", "reported", "secondary"})


def is_documented(quality: str) -> bool:
    """Whether a figure of this quality was read in a document (estimated and recalled ones were not)."""
    return quality in DOCUMENTED


def value_in(observation: Observation, unit: str) -> float | None:
    """The observation's value in `unit`; None where the two units measure different things."""
    factor = _factor(observation.unit, unit)
    return None if factor is None else observation.value * factor


def telling_column(fan: SeriesFan, clock: Clock) -> int:
    """The column whose size says how many decimals a fan's numbers need: the last one with values, or where the clock is no calendar,
    and a series may die out, the largest."""
    finite = np.flatnonzero(np.isfinite(fan.quantiles).all(axis=0))
    if not len(finite):
        return -1
    high = np.abs(fan.quantiles[fan.quantile_levels.index(0.9)][finite])
    return int(finite[-1] if clock.calendar else finite[high.argmax()])


def shown_history(fan: SeriesFan) -> tuple[Observation, ...]:
    """The history rows of a fan that are drawn and listed: those within its years (or times), in a unit that converts, oldest first."""
    if not fan.years:
        return ()
    rows = [
        o
        for o in fan.history
        if fan.years[0] <= o.year <= fan.years[-1] and value_in(o, fan.unit) is not None
    ]
    return tuple(sorted(rows, key=lambda o: o.year))


@cache
def _factor(source: str, target: str) -> float | None:
    if source == target:
        return 1.0
    try:
        return conversion(parse_unit(source, own=True), parse_unit(target, own=True))
    except UnitError:
        return None
