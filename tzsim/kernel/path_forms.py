"""What callers may give for a variable over time: the usual containers, read into a `Path`.

pandas Series     indexed by time: one path for all members
pandas DataFrame  a row a time, a column a member (in the order of the columns)
xarray DataArray  dims (time,) or (time, member), in any order
(times, values)   values (time,) or (time, member)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tzsim.errors import InputError, Problem
from tzsim.ir.expr import Table
from tzsim.names import key

FloatArray = NDArray[np.float64]

FORMS = (
    "a pandas Series indexed by time, a DataFrame (a row a time, a column a member), an xarray DataArray with dims"
    " (time,) or (time, member), or (times, values)"
)


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """A variable over time: linear between its times, held before the first and after the last.

    times: (time,), increasing, in the model's time unit. values: (time,) where all members share it, else (time, member).
    """

    name: str
    times: FloatArray
    values: FloatArray

    @property
    def members(self) -> int | None:
        """How many members it gives values for; None where all share it."""
        return self.values.shape[1] if self.values.ndim == 2 else None

    def of(self, member: int) -> Path:
        """The path of one member. Raises InputError where it has none for it."""
        if self.members is None:
            return self
        if member >= self.members:
            raise InputError.one(f"series {self.name!r} has members 0 to {self.members - 1}, not {member}")
        return Path(self.name, self.times, self.values[:, member])

    def table(self) -> Table:
        """A shared path as the table of a data variable."""
        return Table(tuple(self.times.tolist()), tuple(self.values.tolist()))

    def at(self, times: FloatArray, first: int, count: int) -> FloatArray:
        """(len(times), count): members first .. first + count - 1 at these times, by the operations of `builtins_tables`."""
        xs, ys = self.times, self.values[:, first : first + count]
        last = len(xs) - 1
        if last == 0:
            return np.broadcast_to(ys, (len(times), ys.shape[1]))
        i = np.clip(np.searchsorted(xs, times, side="left"), 1, last)
        x0, x1, y0, y1 = xs[i - 1][:, None], xs[i][:, None], ys[i - 1], ys[i]
        x = times[:, None]
        inside = np.where(x == x1, y1, y0 + (y1 - y0) / (x1 - x0) * (x - x0))
        return np.where(x <= xs[0], ys[0], np.where(x > xs[-1], ys[-1], inside))


def read_paths(series: Mapping[Any, object] | object | None) -> tuple[Path, ...]:
    """The paths of `series={name: path}`. Raises InputError with every problem."""
    if series is None:
        return ()
    if not isinstance(series, Mapping):
        raise InputError.one(
            f"`series` is a {type(series).__name__}; it is a mapping of names to paths",
            hint='give {"name": path}; a path is ' + FORMS,
        )
    problems: list[Problem] = []
    found: dict[str, Path] = {}
    given: Mapping[Any, object] = series  # type: ignore[assignment]
    for name in given:
        value = given[name]
        if not isinstance(name, str):
            problems.append(Problem(None, f"the name of a series is a text, not {name!r}"))
            continue
        if key(name) in found:
            message = f"{found[key(name)].name!r} and {name!r} are the same variable"
            problems.append(Problem(None, message, "give its series once"))
            continue
        try:
            found[key(name)] = _path(name, value)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return tuple(found.values())


def content_of(paths: Sequence[Path]) -> bytes:
    """All that paths say, to be hashed."""
    return b"".join(
        repr((p.name, p.values.shape)).encode() + p.times.tobytes() + p.values.tobytes() for p in paths
    )


def check_within(paths: Sequence[Path], initial: float, final: float, unit: str) -> None:
    """Raise InputError for paths whose times are all before or all after the run: another time unit, most likely."""
    problems = [
        Problem(
            None,
            f"series {p.name!r}: its times are {p.times[0]:g} to {p.times[-1]:g}, the run is from {initial:g} to {final:g}",
            f"give times in the model's unit{f' ({unit})' if unit else ''}",
        )
        for p in paths
        if p.times[-1] < initial or p.times[0] > final
    ]
    if problems:
        raise InputError(problems)


def _path(name: str, value: Any) -> Path:
    times, values = _parts(name, value)
    x, y = _times(name, times), _numbers(name, values)
    if y.ndim not in (1, 2) or len(y) != len(x) or 0 in y.shape:
        shown = f"({len(x)},) or ({len(x)}, members)"
        raise _wrong(name, f"{len(x)} times, and values of shape {y.shape}; they are of shape {shown}")
    wrong = np.argwhere(~np.isfinite(y))
    if len(wrong):
        at = tuple(int(i) for i in wrong[0])
        where = f"at time {x[at[0]]:g}" + (f" in member {at[1]}" if len(at) > 1 else "")
        hint = "leave out the times without a value: it is linear between those given"
        raise _wrong(name, f"it is {y[at]} {where}; it is a finite number everywhere", hint)
    return Path(name, x, y)


def _parts(name: str, value: Any) -> tuple[Any, Any]:
    """(times, values) as the caller's container holds them."""
    package, kind = type(value).__module__.split(".")[0], type(value).__name__
    if package == "pandas" and kind in ("Series", "DataFrame"):
        try:
            return value.index, value.to_numpy(dtype=np.float64, na_value=np.nan)
        except (TypeError, ValueError) as error:
            raise _wrong(name, "its values are not all numbers") from error
    if package == "xarray" and kind == "DataArray":
        dims = tuple(str(d) for d in value.dims)
        if set(dims) not in ({"time"}, {"time", "member"}):
            raise _wrong(
                name,
                f"its dims are ({', '.join(dims)}); they are (time,) or (time, member)",
                'give each element of an array by name, "rain[North]"',
            )
        if "time" not in value.coords:
            raise _wrong(name, "its dim `time` has no coordinate, so no times")
        ordered = value.transpose("time", *(d for d in dims if d != "time"))
        return ordered["time"].values, ordered.values
    if isinstance(value, tuple | list) and len(value) == 2 and np.ndim(value[0]) == 1:  # type: ignore[arg-type]
        return value[0], value[1]  # type: ignore[return-value]
    shown = repr(value)
    shown = shown if len(shown) <= 60 and "\n" not in shown else f"a {kind}"
    hint = (
        "one number for the whole run belongs into `draws` (`constants` of interpret)"
        if np.ndim(value) == 0
        else ""
    )
    raise _wrong(name, f"takes {FORMS}, not {shown}", hint)


def _times(name: str, times: Any) -> FloatArray:
    raw = np.asarray(times)
    if raw.dtype.kind not in "iuf":
        try:
            raw = np.array([float(t) for t in raw.tolist() if not isinstance(t, str)])
            raw = raw if len(raw) == len(times) else np.array([""])
        except (TypeError, ValueError):
            raw = np.array([""])
    dated = np.asarray(times).dtype.kind == "M" or type(times).__name__ in ("PeriodIndex", "DatetimeIndex")
    if dated or raw.dtype.kind not in "iuf":
        what = "dates" if dated else f"not numbers ({np.asarray(times).tolist()[:1]!r:.40})"
        raise _wrong(
            name, f"its times are {what}", "give times as numbers in the model's time unit, e.g. 2026.5"
        )
    x = raw.astype(np.float64)
    if x.ndim != 1 or not len(x):
        raise _wrong(name, f"its times have shape {x.shape}; they are a row of at least one number")
    if not np.isfinite(x).all():
        raise _wrong(name, f"time {int(np.flatnonzero(~np.isfinite(x))[0])} is {x[~np.isfinite(x)][0]}")
    back = np.flatnonzero(np.diff(x) <= 0.0)
    if len(back):
        pair = f"{x[back[0] + 1]:.10g} comes after {x[back[0]]:.10g}"
        raise _wrong(name, f"its times do not increase: {pair}", "sort by time, and give each time once")
    return x


def _numbers(name: str, values: Any) -> FloatArray:
    try:
        return np.array(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise _wrong(name, "its values are not all numbers, or of uneven length") from error


def _wrong(name: str, message: str, hint: str = "") -> InputError:
    return InputError.one(f"series {name!r}: {message}", hint=hint)
