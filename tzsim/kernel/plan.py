"""When a run steps, saves and reads its series: numbers that both backends follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tzsim.errors import InputError, Problem
from tzsim.ir.model import Method
from tzsim.kernel.time_grid import TimeGrid

_SLACK = 1e-6


@dataclass(frozen=True, slots=True)
class SeriesSpec:
    """A constant given per member and period: held on [start + k*period, start + (k+1)*period), k < count.

    Before the first period it has the first value, after the last the last. Times in the model's unit. It is read at
    the start of a step and does not change inside it, whatever the method.
    """

    name: str
    start: float
    period: float
    count: int


@dataclass(frozen=True, slots=True)
class PathSpec:
    """A constant given per member at each of `Plan.moments`: every step, and every stage inside it."""

    name: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps 0 ... steps; `saves` are step numbers. `stages` is 1 for Euler, 2 for Heun, 3 for RK4: the distinct times.

    step: TIME STEP, or 1 where it changes in time: the rates of the program are then changes over a step.
    """

    method: Method
    initial: float
    step: float
    steps: int
    saves: tuple[int, ...]
    times: NDArray[np.float64]
    """(step, stage): Time at each stage of each step."""
    rows: NDArray[np.int64]
    """(step, stage, series): which of all knots, series after series, holds."""
    knots: int
    final: float
    """Time at which the model ends, whatever is saved."""
    asked: tuple[float, ...] = ()
    """(save,): the times of saving as they were asked for; empty where none were."""

    @property
    def moments(self) -> NDArray[np.float64]:
        """Times at which rates are taken, ascending: those of a `PathSpec`."""
        return np.unique(self.times)

    @property
    def save_times(self) -> NDArray[np.float64]:
        """(save,): Time of each save: as asked for, which rounding may set apart from the sum of the steps."""
        return np.array(self.asked) if self.asked else self.times[list(self.saves), 0]


def offsets(method: Method) -> tuple[float, ...]:
    """Times of the stages as shares of a step."""
    return {"euler": (0.0,), "heun": (0.0, 1.0), "rk4": (0.0, 0.5, 1.0)}[method]


def plan_run(
    grid: TimeGrid, method: Method, series: Sequence[SeriesSpec | PathSpec], times: Sequence[float] | None
) -> Plan:
    """The plan of a run on a time grid. Raises InputError for save times that are not steps, or empty series."""
    problems = [
        Problem(None, f"series {s.name!r} needs a period above 0 and at least one value")
        for s in series
        if isinstance(s, SeriesSpec) and (s.count < 1 or not s.period > 0.0)
    ]
    saves = grid.saves
    if times is not None:
        saves_found: list[int] = []
        for t in times:
            k = grid.nearest(t)
            if abs(grid.time(k) - t) > _SLACK * grid.step:
                nearest_step = k
                message = f"time {t:g} is not a step of the model"
                problems.append(
                    Problem(None, message, f"the nearest step is at {grid.time(nearest_step):.10g}")
                )
            saves_found.append(k)
        saves = tuple(saves_found)
        if list(saves) != sorted(set(saves)):
            problems.append(Problem(None, "save times must ascend without repeats"))
    if not saves:
        problems.append(Problem(None, "nothing to save: no times"))
    if problems:
        raise InputError(problems)
    last = saves[-1]
    k = np.arange(last + 1, dtype=np.float64)
    starts = np.array(grid.varying[: last + 1]) if grid.varying else grid.initial + k * grid.step
    stage_times = np.stack([starts + o * grid.step if o else starts for o in offsets(method)], axis=1)
    rows = np.zeros((last + 1, stage_times.shape[1], len(series)), dtype=np.int64)
    first = 0
    for j, s in enumerate(series):
        if isinstance(s, PathSpec):
            moments, place = np.unique(stage_times, return_inverse=True)
            rows[:, :, j] = first + place.reshape(stage_times.shape)
            first += len(moments)
            continue
        place = np.floor((starts - s.start) / s.period + _SLACK * grid.step / s.period)
        rows[:, :, j] = first + np.clip(place, 0, s.count - 1).astype(np.int64)[:, None]
        first += s.count
    dt = 1.0 if grid.varying else grid.step
    return Plan(
        method, grid.initial, dt, last, saves, stage_times, rows, first, grid.final, tuple(times or ())
    )
