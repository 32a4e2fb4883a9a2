"""Members that fail: which variable went wrong and when, counted over the ensemble."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tzsim.errors import both, in_chinese

if TYPE_CHECKING:
    from tzsim.kernel.compile import KernelRun


def failures_of(run: KernelRun) -> Counter[tuple[str, float]]:
    """(variable, time) of each failed member of a run, counted."""
    return count_failures(run.status, run.failed_variable, run.failed_time)


def count_failures(
    status: NDArray[np.int8], variable: Sequence[str] | NDArray[np.str_], time: NDArray[np.float64]
) -> Counter[tuple[str, float]]:
    """Likewise, from (member,) status, variable and time."""
    return Counter((str(variable[i]), float(time[i])) for i in np.flatnonzero(status).tolist())


def pack_failures(failures: Mapping[tuple[str, float], int]) -> dict[str, NDArray[Any]]:
    """The counts as arrays, in their order."""
    return {
        "failed_variable": np.array([variable for variable, _ in failures], dtype=np.str_),
        "failed_time": np.array([time for _, time in failures], dtype=np.float64),
        "failed_count": np.array(list(failures.values()), dtype=np.int64),
    }


def unpack_failures(arrays: Mapping[str, NDArray[Any]]) -> Counter[tuple[str, float]]:
    """What `pack_failures` was given."""
    columns = (arrays[f"failed_{name}"].tolist() for name in ("variable", "time", "count"))
    return Counter({(variable, time): count for variable, time, count in zip(*columns, strict=True)})


def failure_lines(failures: Mapping[tuple[str, float], int]) -> tuple[str, ...]:
    """One line a variable (in both languages), most frequent first: how many members, and when the first of them failed."""
    members: Counter[str] = Counter()
    earliest: dict[str, float] = {}
    for (variable, time), count in failures.items():
        members[variable] += count
        earliest[variable] = min(time, earliest.get(variable, time))
    ranked = sorted(members.items(), key=lambda item: (-item[1], item[0]))
    return tuple(
        both(
            f"{variable}：{count} 次，最早在 {earliest[variable]:g}",
            f"{count} x {variable}, first at {earliest[variable]:g}",
        )
        for variable, count in ranked
    )


def every_failed(failures: Mapping[tuple[str, float], int]) -> str:
    """What is said of a run of which no member lives."""
    lines = failure_lines(failures)
    return both(
        "\n".join(["每次模拟都失败了：", *map(in_chinese, lines)]),
        "\n".join(["every member failed:", *lines]),
    )
