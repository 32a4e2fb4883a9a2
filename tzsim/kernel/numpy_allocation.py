"""Allocation by priority in NumPy, over members: the curves and halvings of `builtins_vector`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tzsim.kernel.builtins_vector import EXPONENTIAL, FIXED, NORMAL, RECTANGULAR, TRIANGULAR

HALVINGS = 128
Vector = NDArray[np.float64]


def share(x: Any, kind: Any, middle: Any, width: Any) -> Any:
    """Share of a request met at priority x; nan for a type that is not known."""
    if np.ndim(kind):
        found = np.full(np.broadcast_shapes(*(np.shape(v) for v in (x, kind, middle, width))), np.nan)
        for known in range(5):
            found = np.where(kind == known, share(x, float(known), middle, width), found)
        return found
    if float(kind) == FIXED:
        return np.ones_like(np.asarray(x))
    z = (x - middle) / width
    if float(kind) == RECTANGULAR:
        found = np.minimum(np.maximum(0.5 - z, 0.0), 1.0)
    elif float(kind) == TRIANGULAR:
        below = np.maximum(0.5 - np.abs(z), 0.0)
        tail = 2.0 * below * below
        found = np.where(z > 0.0, tail, 1.0 - tail)
    elif float(kind) == NORMAL:
        from scipy.special import erfc  # a slow import, needed by few models

        found = 0.5 * erfc(z * 0.7071067811865476)
    else:
        assert float(kind) == EXPONENTIAL
        tail = 0.5 * np.exp(-np.abs(z))
        found = np.where(z > 0.0, tail, 1.0 - tail)
    return np.where(width > 0.0, found, np.where(x < middle, 1.0, 0.0))


def _agents(args: tuple[Any, ...]) -> list[tuple[Any, Any, Any, Any]]:
    return [(args[i], args[i + 1], args[i + 2], args[i + 3]) for i in range(0, len(args), 4)]


def _halved(supply: Any, low: Any, high: Any, *args: Any) -> tuple[Any, Any]:
    agents = _agents(args)
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        total: Any = 0.0
        for quantity, kind, centre, width in agents:
            total = total + quantity * share(middle, kind, centre, width)
        over = total > supply
        before = low, high
        low, high = np.where(over, middle, low), np.where(over, high, middle)
        if np.array_equal(before[0], low) and np.array_equal(before[1], high):
            break  # further halvings change nothing
    return low, high


def halve_low(*args: Any) -> Any:
    """The last priority at which more is wanted than there is."""
    return _halved(*args)[0]


def halve_high(*args: Any) -> Any:
    """The first priority at which there is enough."""
    return _halved(*args)[1]


def price(buyers: int, low: Any, high: Any, *args: Any) -> Any:
    """The highest price at which demand still covers supply."""
    agents = _agents(args)
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        demand: Any = 0.0
        supply: Any = 0.0
        for i, (quantity, kind, centre, width) in enumerate(agents):
            part = share(middle, kind, centre, width)
            if i < buyers:
                demand = demand + quantity * part
            else:
                supply = supply + quantity * np.where(kind == FIXED, part, 1.0 - part)
        over = demand >= supply
        before = low, high
        low, high = np.where(over, middle, low), np.where(over, high, middle)
        if np.array_equal(before[0], low) and np.array_equal(before[1], high):
            break
    return 0.5 * (low + high)
