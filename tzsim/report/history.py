"""History points as the report shows them: which count as documented, and their value in the unit of a series."""

from __future__ import annotations

from functools import cache

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


@cache
def _factor(source: str, target: str) -> float | None:
    if source == target:
        return 1.0
    try:
        return conversion(parse_unit(source), parse_unit(target))
    except UnitError:
        return None
