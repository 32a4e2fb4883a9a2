"""When a run steps and when it saves.

Time k is `initial + k * step`, computed by one multiplication and one addition so that no error builds up (power of
two steps are exact). A run has the steps k = 0 ... n with n the largest whole number for which time n is not after
FINAL TIME by more than a millionth of a step: a step that does not divide the horizon ends before it.
A save falls on the first step at or after `initial + j * saveper` (within a millionth of a step); a SAVEPER below
TIME STEP saves every step (Vensim Help, 'Time Bounds': results are saved at steps).

Where the control variables change with Time (test-models control_vars, from Vensim), time k + 1 is time k plus the
TIME STEP at time k, the run ends before it would pass the FINAL TIME of the moment, and the save after the one at t is
due at t plus the SAVEPER at t.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from tzsim.errors import InputError

MOST_STEPS = 10_000_000
MOST_VARYING_STEPS = 1_000_000
_SLACK = 1e-6


@dataclass(frozen=True, slots=True)
class TimeGrid:
    """Steps and saves of a run; all in the model's time unit. `saves` are step numbers, ascending, first 0."""

    initial: float
    final: float
    step: float
    steps: int
    saves: tuple[int, ...]
    varying: tuple[float, ...] = ()
    """Time of every step, only where TIME STEP changes in time; `step` is then the first one."""

    def time(self, k: int) -> float:
        """Time at the start of step k."""
        return self.varying[k] if self.varying else self.initial + k * self.step

    def length(self, k: int) -> float:
        """TIME STEP of step k."""
        return self.varying[k + 1] - self.varying[k] if k + 1 < len(self.varying) else self.step

    def nearest(self, time: float) -> int:
        """The step nearest to a time."""
        if self.varying:
            return min(range(self.steps + 1), key=lambda k: abs(self.varying[k] - time))
        return min(max(round((time - self.initial) / self.step), 0), self.steps)

    @property
    def save_times(self) -> tuple[float, ...]:
        return tuple(self.time(k) for k in self.saves)


def time_grid(initial: float, final: float, step: float, saveper: float) -> TimeGrid:
    """The grid of a run. Raises InputError for settings that cannot be run, e.g. more than 10 million steps."""
    for name, value in (
        ("INITIAL TIME", initial),
        ("FINAL TIME", final),
        ("TIME STEP", step),
        ("SAVEPER", saveper),
    ):
        if not math.isfinite(value):
            raise InputError.one(f"{name} is {value}", hint="give it a finite number")
    if step <= 0.0:
        raise InputError.one(f"TIME STEP is {step:g}", hint="it must be above 0")
    if final < initial:
        raise InputError.one(f"FINAL TIME {final:g} is before INITIAL TIME {initial:g}")
    count = (final - initial) / step
    if count > MOST_STEPS:
        raise InputError.one(
            f"{count:.3g} steps from INITIAL TIME {initial:g} to FINAL TIME {final:g} with TIME STEP {step:g}",
            hint=f"at most {MOST_STEPS:,} steps are run: choose a larger TIME STEP or a nearer FINAL TIME",
        )
    steps = math.floor(count + _SLACK)
    return TimeGrid(initial, final, step, steps, _saves(steps, step, saveper))


def _saves(steps: int, step: float, saveper: float) -> tuple[int, ...]:
    """Numbers of the steps that are saved."""
    stride = saveper / step if saveper > 0.0 else 1.0
    if stride <= 1.0 + _SLACK:
        return tuple(range(steps + 1))
    saves: list[int] = []
    for j in range(math.floor(steps / stride + 1.0) + 1):
        k = math.ceil(j * stride - _SLACK * max(1.0, j))
        if k > steps:
            break
        saves.append(k)
    return tuple(saves)


def varying_grid(
    initial: float,
    final: Callable[[float], float],
    step: Callable[[float], float],
    saveper: Callable[[float], float],
) -> TimeGrid:
    """The grid of a run whose control variables are functions of Time. Raises InputError as `time_grid`."""
    first = time_grid(initial, max(final(initial), initial), step(initial), saveper(initial))
    times, saves, due, t = [initial], [0], initial + saveper(initial), initial
    while True:
        dt = step(t)
        if not (math.isfinite(dt) and dt > 0.0):
            raise InputError.one(f"TIME STEP is {dt:g} at time {t:g}", hint="it must be above 0")
        if not t + dt <= final(t) + _SLACK * dt:
            break
        if len(times) > MOST_VARYING_STEPS:
            raise InputError.one(f"more than {MOST_VARYING_STEPS:,} steps of varying length")
        t += dt
        times.append(t)
        if t >= due - _SLACK * dt:
            saves.append(len(times) - 1)
            due = t + saveper(t)
    return TimeGrid(initial, t, first.step, len(times) - 1, tuple(saves), tuple(times))
