"""Which members an event cannot be judged in: marks that travel with a variable through xarray's arithmetic.

A comparison with nan is False, so an event alone does not say where it is not known. Where members failed, each variable
that `Trajectories` hands out carries two coordinates, which xarray keeps through selections, comparisons and arithmetic:

    not finite: NAME         (the dims of the variable)  for events at chosen times and elements
    ever not finite: NAME    (member,)                   for events over all times, such as a maximum
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tzsim.errors import TzsimWarning

if TYPE_CHECKING:
    import xarray as xr

_HERE = "not finite: "
_EVER = "ever not finite: "


class FailedMembers(TzsimWarning):
    """An answer leaves members out, or counts members, in which a value is no finite number."""


def marked(array: xr.DataArray) -> xr.DataArray:
    """The variable (member, time, ...) with its marks."""
    here = ~np.isfinite(array.values)
    ever = here.reshape(len(here), -1).any(axis=1)
    return array.assign_coords(
        {f"{_HERE}{array.name}": (array.dims, here), f"{_EVER}{array.name}": ("member", ever)}
    )


def unmarked(array: xr.DataArray) -> xr.DataArray:
    """The variable without its marks."""
    return array.drop_vars([c for c in array.coords if str(c).startswith((_HERE, _EVER))])


def unknown(event: xr.DataArray) -> NDArray[np.bool_] | None:
    """(member,) where the variables of an event, dims (member,), are not finite; None where it carries no mark."""
    ever = {str(c).removeprefix(_EVER) for c in event.coords if str(c).startswith(_EVER)}
    if not ever:
        return None
    found: NDArray[np.bool_] = np.zeros(event.shape, dtype=np.bool_)
    for name in ever:
        here = event.coords.get(f"{_HERE}{name}")
        precise = here is not None and here.dims == event.dims
        found |= np.asarray((here if precise else event.coords[f"{_EVER}{name}"]).values, dtype=np.bool_)  # type: ignore[union-attr]
    return found
