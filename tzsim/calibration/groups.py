"""A posterior as an xarray DataTree with the group names of ArviZ (https://python.arviz.org, InferenceData schema)."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from tzsim.errors import InputError

if TYPE_CHECKING:
    from tzsim.calibration.posterior import Posterior

AXES = ("chain", "draw")


def datatree(posterior: Posterior) -> xr.DataTree:
    """Groups: posterior and prior (dims chain, draw), posterior_predictive and log_likelihood (chain, draw, figure), observed_data,
    sample_stats. Names of parameters are those of the model. Chains are independent runs of the sampler.
    """
    chains, draws = posterior.z.shape[:2]
    axes = {"chain": np.arange(chains), "draw": np.arange(draws)}
    parameters = xr.Dataset({n: (AXES, v) for n, v in posterior.values.items()}, coords=axes)
    fitted = [i for i, d in enumerate(posterior.data) if d.role == "fit"]
    names = [d.id for d in posterior.data]
    rng = np.random.default_rng([posterior.seed, 6])
    replicated = [d.replicate(p, rng) for d, p in zip(posterior.data, posterior.predicted, strict=True)]
    densities = [posterior.data[i].log_density(posterior.predicted[i]) for i in fitted]
    shape = (chains, draws)
    figures = {**axes, "figure": names}
    return xr.DataTree.from_dict(
        {
            "posterior": parameters,
            "prior": xr.Dataset({n: (AXES, v) for n, v in posterior.prior.items()}, coords=axes),
            "posterior_predictive": xr.Dataset(
                {"value": ((*AXES, "figure"), _last(replicated, shape))}, coords=figures
            ),
            "log_likelihood": xr.Dataset(
                {"value": ((*AXES, "figure"), _last(densities, shape))},
                coords={**axes, "figure": [names[i] for i in fitted]},
            ),
            "observed_data": xr.Dataset(
                {
                    "value": ("figure", [d.value for d in posterior.data]),
                    "sd": ("figure", [d.sd for d in posterior.data]),
                    "role": ("figure", [d.role for d in posterior.data]),
                    "unit": ("figure", [d.unit for d in posterior.data]),
                },
                coords={"figure": names},
            ),
            "sample_stats": xr.Dataset({"lp": (AXES, posterior.log_likelihood)}, coords=axes),
        }
    )


def for_arviz(posterior: Posterior) -> Any:
    """What the installed ArviZ reads. Raises InputError without ArviZ."""
    try:
        arviz = import_module("arviz")
    except ImportError:
        raise InputError.one(
            "ArviZ is not installed", hint="pip install 'tzsim[arviz]'; to_datatree() needs none"
        ) from None
    tree = datatree(posterior)
    if not hasattr(arviz, "InferenceData"):  # ArviZ 1 and later
        return tree
    return arviz.InferenceData(**{name: group.to_dataset() for name, group in tree.children.items()})


def _last(rows: list[np.ndarray], shape: tuple[int, int]) -> np.ndarray:
    """(chain, draw, row)."""
    return np.stack(rows, axis=-1) if rows else np.empty((*shape, 0))
