"""What callers may give for an input: a number, one number a member (in any of the usual containers), or a distribution.

numbers        int, float, NumPy scalars
one a member   list, tuple, ndarray or whatever makes itself one (pandas Series, xarray DataArray); posterior draws of xarray
               (chain, draw) count chain after chain; a DataFrame or Dataset gives several inputs, row by row
distributions  anything with `ppf` (frozen distributions of scipy.stats) or a function `quantile(u)` of arrays
"""

from __future__ import annotations

import numbers
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tzsim.errors import InputError, Problem
from tzsim.names import key
from tzsim.scenario.distributions import Distribution

if TYPE_CHECKING:
    from tzsim.scenario import Priors

FloatArray = NDArray[np.float64]


@runtime_checkable
class Quantiles(Protocol):
    """Anything with an inverse distribution function, such as `Distribution` or a row of the prior table."""

    def quantile(self, u: ArrayLike, /) -> FloatArray: ...


class Members(dict[str, FloatArray]):
    """Element -> (member,) joint draws, and how many independent ones they are worth."""

    def __init__(self, draws: Mapping[str, FloatArray], effective: float) -> None:
        super().__init__(draws)
        self.effective = effective


@dataclass(frozen=True, slots=True)
class Given:
    """Numbers given for each member, drawn by nobody."""

    values: FloatArray

    def quantile(self, u: ArrayLike, /) -> FloatArray:
        raise TypeError("given numbers have no distribution")


@dataclass(frozen=True, slots=True)
class _Ppf:
    source: Any

    def quantile(self, u: ArrayLike, /) -> FloatArray:
        return np.asarray(self.source.ppf(u), dtype=np.float64)


def items_of(draws: Priors | Mapping[str, object] | object | None) -> list[tuple[str, object]]:
    """(name, what is given for it) of a prior table, a mapping, or the columns of a DataFrame. Raises InputError."""
    if draws is None:
        return []
    found: list[tuple[Any, object]]
    if isinstance(draws, Mapping):  # an xarray Dataset too
        found = [(name, draws[name]) for name in draws]
    elif _is(draws, "pandas", "DataFrame"):
        found = [*draws.items()]  # type: ignore[attr-defined]
    elif (
        isinstance(draws, Iterable)
        and not isinstance(draws, str)
        and all(hasattr(r, "variable") for r in draws)
    ):
        found = [(row.variable, row.distribution) for row in draws]  # type: ignore[attr-defined]
    else:
        raise InputError.one(
            f"draws are a mapping or a DataFrame of inputs, not {_shown(draws)}",
            hint="give {name: number, distribution or one number a member}, or what `tzsim.draw` makes",
        )
    problems = [
        Problem(None, f"the name of an input is a text, not {name!r}")
        for name, _ in found
        if not isinstance(name, str)
    ]
    seen: dict[str, str] = {}
    for name, _ in found if not problems else ():
        if key(name) in seen:
            problems.append(
                Problem(None, f"{seen[key(name)]!r} and {name!r} are the same input", "give it once")
            )
        seen[key(name)] = name
    if problems:
        raise InputError(problems)
    return found


def length_of(value: object) -> int | None:
    """How many members a value gives numbers for; None for a number or a distribution."""
    if hasattr(value, "ppf") or isinstance(value, str | bytes):
        return None
    if isinstance(value, list | tuple) or hasattr(value, "__array__"):
        return int(np.size(value)) if np.ndim(value) else None  # type: ignore[arg-type]
    return None


def as_quantiles(value: object, members: int) -> Quantiles:
    """What a caller gave for an input, as a distribution over members. Raises TypeError or ValueError."""
    if isinstance(value, bool | np.bool_ | str | bytes) or value is None:
        raise TypeError(f"takes a number, one number a member or a distribution, not {value!r}")
    if isinstance(value, numbers.Real) or (isinstance(value, np.ndarray) and value.ndim == 0):
        return _constant(float(value))  # type: ignore[arg-type]
    if hasattr(value, "ppf"):
        return _Ppf(value)
    if isinstance(value, list | tuple) or hasattr(value, "__array__"):
        return _given(value, members)
    if isinstance(value, Quantiles):
        return value
    raise TypeError(f"takes a number, one number a member or a distribution with `ppf`, not {_shown(value)}")


def _constant(number: float) -> Distribution:
    if not np.isfinite(number):
        raise ValueError(f"not a finite number: {number}")
    return Distribution("constant", number, number, number)


def _given(value: Any, members: int) -> Quantiles:
    dims = tuple(str(d) for d in value.dims) if _is(value, "xarray") else ()
    if set(dims) == {"chain", "draw"}:
        value = value.transpose("chain", "draw").values.reshape(-1)
    elif dims and "time" in dims:
        raise ValueError("changes in time: give it to `simulate` in `series`, not in the draws")
    elif _is(value, "xarray"):
        value = value.values
    try:
        found = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise TypeError(f"takes {members} numbers, one a member, not {_shown(value)}") from error
    if not found.ndim:
        return _constant(float(found))
    if found.shape != (members,):
        raise ValueError(f"takes {members} numbers, one a member; got shape {found.shape}")
    wrong = np.flatnonzero(~np.isfinite(found))
    if len(wrong):
        raise ValueError(
            f"is {found[wrong[0]]} in member {wrong[0]}; it must be a finite number in every member"
        )
    return Given(found)


def _is(value: object, package: str, name: str | None = None) -> bool:
    """Whether a value is of a package that need not be imported."""
    kind = type(value)
    return kind.__module__.split(".")[0] == package and (name is None or kind.__name__ == name)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 and "\n" not in text else f"a {type(value).__name__}"
