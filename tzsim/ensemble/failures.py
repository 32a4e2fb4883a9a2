"""Members that fail: which variable went wrong and when, counted over the ensemble."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from tzsim.kernel.compile import KernelRun


def failures_of(run: KernelRun) -> Counter[tuple[str, float]]:
    """(variable, time) of each failed member of a run, counted."""
    dead = np.flatnonzero(run.status)
    return Counter((str(run.failed_variable[i]), float(run.failed_time[i])) for i in dead)


def failure_lines(failures: Mapping[tuple[str, float], int]) -> tuple[str, ...]:
    """One line a variable, most frequent first: how many members, and when the first of them failed."""
    members: Counter[str] = Counter()
    earliest: dict[str, float] = {}
    for (variable, time), count in failures.items():
        members[variable] += count
        earliest[variable] = min(time, earliest.get(variable, time))
    ranked = sorted(members.items(), key=lambda item: (-item[1], item[0]))
    return tuple(f"{count} x {variable}, first at {earliest[variable]:g}" for variable, count in ranked)
