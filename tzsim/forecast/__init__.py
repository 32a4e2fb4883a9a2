"""From a scenario to the probability of each goal.

The package shares its name with its verb: `tzsim.forecast(scenario)` is `tzsim.forecast.forecast(scenario)`, whichever
of its modules has been imported before.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tzsim.forecast.result import Forecast
    from tzsim.forecast.run import forecast

__all__ = ["Forecast", "forecast"]


def __getattr__(name: str) -> Any:
    if name == "forecast":
        from tzsim.forecast.run import forecast

        return forecast
    if name == "Forecast":
        from tzsim.forecast.result import Forecast

        return Forecast
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class _Verb(ModuleType):
    """A module that is called as its verb (a submodule of a package always shadows a function of the same name)."""

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        from tzsim.forecast.run import forecast

        return forecast(*arguments, **options)


sys.modules[__name__].__class__ = _Verb
