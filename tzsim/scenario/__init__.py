"""Every file a person writes: scenarios, goals, levers, priors, shocks, views and observations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tzsim.scenario.distributions import Distribution, distribution
from tzsim.scenario.records import (
    Documented,
    Goal,
    HistoryKey,
    Lever,
    Observation,
    Prior,
    Priors,
    Scenario,
    Shock,
    View,
    ViewLimit,
    ViewSeries,
)
from tzsim.scenario.text import Text2

if TYPE_CHECKING:
    from tzsim.scenario.json_schema import write_schema
    from tzsim.scenario.read import read_scenario

__all__ = [
    "Distribution",
    "Documented",
    "Goal",
    "HistoryKey",
    "Lever",
    "Observation",
    "Prior",
    "Priors",
    "Scenario",
    "Shock",
    "Text2",
    "View",
    "ViewLimit",
    "ViewSeries",
    "distribution",
    "read_scenario",
    "write_schema",
]


def __getattr__(name: str) -> Any:
    if name == "read_scenario":
        from tzsim.scenario.read import read_scenario

        return read_scenario
    if name == "write_schema":
        from tzsim.scenario.json_schema import write_schema

        return write_schema
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
