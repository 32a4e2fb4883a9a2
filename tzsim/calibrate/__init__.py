"""From documented figures to a posterior.

The package shares its name with its verb: `tzsim.calibrate(...)` fits a calibration file (`posterior.calibrate`) or, given a model,
priors and series, whatever a researcher has in memory (`series_fit.fit`).
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any


class _Verb(ModuleType):
    """A module that is called as its verb (a submodule of a package always shadows a function of the same name)."""

    def __call__(self, what: Any, *arguments: Any, **options: Any) -> Any:
        """`calibrate(spec)` or `calibrate(model, priors, observed, sd=...)`; both give a Posterior."""
        from tzsim.calibrate.posterior import calibrate
        from tzsim.calibrate.series_fit import fit_series
        from tzsim.ir.model import Model

        if isinstance(what, Model):
            return fit_series(what, *arguments, **options)
        return calibrate(what, *arguments, **options)


sys.modules[__name__].__class__ = _Verb
