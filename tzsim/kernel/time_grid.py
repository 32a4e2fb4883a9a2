"""When a run steps and when it saves.

Time k is `initial + k * step`, computed by one multiplication and one addition so that no error builds up (power of
two steps are exact). A run has the steps k = 0 ... n with n the largest whole number for which time n is not after
FINAL TIME by more than a millionth of a step: a step that does not divide the horizon ends before it.
A save falls on the first step at or after `initial + j * saveper` (within a millionth of a step); a SAVEPER below
TIME STEP saves every step (Vensim Help, 'Time Bounds': results are saved at steps).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from tzsim.errors import InputError

MOST_STEPS = 10_000_000
_SLACK = 1e-6


@dataclass(frozen=True, slots=True)
class TimeGrid:
    """Steps and saves of a run; all in the model's time unit. `saves` are step numbers, ascending, first 0."""

    initial: float
    final: float
    step: float
    steps: int
    saves: tuple[int, ...]

    def time(self, k: int) -> float:
        """Time at the start of step k."""
        return self.initial + k * self.step

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
