"""What each operation of the graph is in NumPy, over members. Truths are boolean arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tzsim.ir.expr import NA, Table
from tzsim.kernel import numpy_allocation
from tzsim.kernel.random_counter import seed_key

Vector = NDArray[np.float64]


def _round(x: Vector) -> Vector:
    whole = np.trunc(x)
    away = whole + np.copysign(1.0, x)
    rounded = np.where(np.abs(x - whole) >= 0.5, away, whole)
    return np.where(np.abs(x) < 2.0**52, rounded, x)


def _minimum(a: Vector, b: Vector) -> Vector:
    return np.where((a < b) | (a != a), a, b)


def _maximum(a: Vector, b: Vector) -> Vector:
    return np.where((a > b) | (a != a), a, b)


def _gamma_ln(x: Vector) -> Vector:
    from scipy.special import gammaln  # a slow import, needed by few models

    return np.where(x > 0.0, gammaln(x), np.where(x == x, np.nan, x))


def _erfc(x: Vector) -> Vector:
    from scipy.special import erfc  # a slow import, needed by few models

    return erfc(x)


def _count(u: Vector, first: Vector, last: Vector, term: Vector, a: Vector, b: Vector) -> Vector:
    """As `random_counter.count_quantile`."""
    u, first, last, term, a, b = np.broadcast_arrays(u, first, last, term, a, b)
    total, k, term = term.copy(), first.copy(), term.copy()
    going = np.flatnonzero((total < u) & (k < last))
    while len(going):
        term[going] *= (a[going] + b[going] * k[going]) / (k[going] + 1.0)
        k[going] += 1.0
        total[going] += term[going]
        more = (total < u) & (k < last) & ~((term == 0.0) & (k > first))
        going = going[more[going]]
    return k


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "pow": np.power,
    "min": _minimum,
    "max": _maximum,
    "neg": np.negative,
    "abs": np.abs,
    "exp": np.exp,
    "ln": np.log,
    "sqrt": np.sqrt,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "arcsin": np.arcsin,
    "arccos": np.arccos,
    "arctan": np.arctan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "gammaln": _gamma_ln,
    "erfc": _erfc,
    "trunc": np.trunc,
    "floor": np.floor,
    "ceil": np.ceil,
    "round": _round,
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
    "eq": np.equal,
    "ne": np.not_equal,
    "and": np.logical_and,
    "or": np.logical_or,
    "not": np.logical_not,
    "select": np.where,
    "count": _count,
    "share": numpy_allocation.share,
    "halve low": numpy_allocation.halve_low,
    "halve high": numpy_allocation.halve_high,
}


def read_table(table: Table, x: Vector) -> Vector:
    """A table at x, in its mode; the same segments and operations as `builtins_tables`."""
    x = np.asarray(x, dtype=np.float64)
    xs, ys = np.asarray(table.xs), np.asarray(table.ys)
    if not len(xs):
        return np.full_like(x, NA)
    last = len(xs) - 1
    if table.mode in ("step", "backward"):
        found = ys[np.clip(np.searchsorted(xs, x, side="right") - 1, 0, last)]
    elif table.mode == "forward":
        found = ys[np.clip(np.searchsorted(xs, x, side="left"), 0, last)]
    elif last == 0:
        found = np.full_like(x, ys[0])
    else:
        i = np.clip(np.searchsorted(xs, x, side="left"), 1, last)
        x0, x1, y0, y1 = xs[i - 1], xs[i], ys[i - 1], ys[i]
        found = np.where(x == x1, y1, y0 + (y1 - y0) / (x1 - x0) * (x - x0))
        low, high = x <= xs[0], x > xs[-1]
        if table.mode == "extrapolate":
            low = low & ((xs[1] == xs[0]) | (x == xs[0]))
            high = high & bool(xs[-1] == xs[-2])
        found = np.where(low, ys[0], np.where(high, ys[-1], found))
    return np.where(x == x, found, x)


# ---------------------------------------------------------------- random numbers (see random_counter)

_LOW = np.uint64(0xFFFFFFFF)
_SHIFT = np.uint64(32)
_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)


def uniforms(site: int, seed: int, members: NDArray[np.uint64], step: int, stream: Vector) -> Vector:
    """(member,) uniforms inside (0, 1) of one call site and step; bit for bit `random_counter.uniform`."""
    key = site ^ seed_key(seed)
    number = np.where(np.isfinite(stream), np.trunc(stream), 0.0).astype(np.int64)
    c3 = (number.astype(np.uint64) & np.uint64(0xFFFFFF)) << np.uint64(8)
    c0, c1 = members & _LOW, members >> _SHIFT
    c2 = np.full_like(c0, np.uint64(step & 0xFFFFFFFF))
    k0, k1 = key & 0xFFFFFFFF, key >> 32
    for _ in range(10):
        p0, p1 = _M0 * c0, _M1 * c2
        c0, c1, c2, c3 = (
            (p1 >> _SHIFT) ^ c1 ^ np.uint64(k0),
            p1 & _LOW,
            (p0 >> _SHIFT) ^ c3 ^ np.uint64(k1),
            p0 & _LOW,
        )
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    word = (c0 | (c1 << _SHIFT)) >> np.uint64(12)
    return (word.astype(np.float64) + 0.5) * 2.0**-52
