"""The bench: a model compiled once, with the members that every situation and cut is tried on.

Member 0 is the model as it stands; member k is draw k of the priors and shocks. The same draws in every run, so that two runs
differ by what was changed and by nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tzsim.checks.instrument import Instrumented, cut_switches, instrumented, plain, switch
from tzsim.checks.spec import Battery, Loop, Situation
from tzsim.ensemble.draws import Draws, draw
from tzsim.ir.describe import kinds_of
from tzsim.ir.model import Method, Model
from tzsim.kernel.compile import Kernel, SeriesSpec, compile_model
from tzsim.names import key
from tzsim.passes.arrays import Arrays, elements_of
from tzsim.scenario.binding import Names

FloatArray = NDArray[np.float64]
MOST_SAVES = 2_000
"""Times saved in a run; longer runs are read at every n-th step."""


@dataclass(frozen=True, eq=False)
class Run:
    """Values by element name, (time, member)."""

    kernel: Kernel
    values: FloatArray
    """(output, time, member)."""
    failed: tuple[int, ...]
    """Members with a value that was not finite."""
    failed_variable: str
    failed_time: float
    """First such variable and its time in the first of them, where they were sought; else '' and nan."""
    _rows: Mapping[str, list[int]]
    """Variable and element -> outputs."""

    @property
    def times(self) -> FloatArray:
        return self.kernel.times

    def elements(self, name: str) -> list[str]:
        """Elements of a variable that were saved."""
        return [self.kernel.outputs[i] for i in self._rows[key(name)]]

    def at(self, element: str) -> FloatArray:
        """(time, member) of one element."""
        return self.values[self._rows[key(element)][0]]

    def array(self, name: str) -> FloatArray:
        """(element, time, member) of a variable."""
        return self.values[self._rows[key(name)]]


class Bench:
    """Compiled once; `run` gives the members under a situation and a cut."""

    def __init__(self, model: Model, battery: Battery) -> None:
        self.model, self.battery = model, battery
        self.made: Instrumented = instrumented(model, battery)
        self.drawn: Draws = draw(
            battery.priors,
            battery.shocks,
            members=max(1, battery.draws),
            seed=battery.seed,
        )
        kinds = kinds_of(model)
        self.stocks = tuple(v.name for n, v in model.variables.items() if kinds[n] == "stock")
        flows = [q.id for b in battery.balances for q in (*b.inflows, *b.outflows)]
        outputs = [*self.stocks, *(q.id for q in battery.quantities), *(loop.cut for loop in battery.loops)]
        if not outputs:
            outputs = [v.name for n, v in model.variables.items() if kinds[n] == "auxiliary"][:1]
        self.kernel = compile_model(
            self.made.model,
            outputs=list(dict.fromkeys(outputs)),
            accumulate=list(dict.fromkeys(flows)),
            inputs=self._inputs(),
            series=[
                SeriesSpec(self.made.constant(s.name), s.start, s.period, s.count) for s in self.drawn.series
            ],
            times=save_times(model),
        )
        self.members = 1 + battery.draws
        self.rows = _rows(self.kernel.outputs)
        self.first: tuple[Situation | None, tuple[str, float]] | None = None
        """Of the first run that failed: its situation, what was not finite and when."""
        self.base, self.knots = self._base(self.kernel)

    def _inputs(self) -> list[str]:
        """Drawn constants, constants that situations set, and the switches."""
        names = [self.made.constant(n) for n in self.drawn.names]
        for change in (c for s in self.battery.situations for c in s.changes):
            if plain(self.model, self.battery, change):
                names.append(self.made.constant(change.element))
            else:
                names += self._switches(change.element)
        for loop in self.battery.loops:
            names += cut_switches(loop)
        arrays = Arrays(self.made.model)
        return list(dict.fromkeys(elements_of(arrays, list(dict.fromkeys(names)))))

    def _switches(self, element: str) -> list[str]:
        return [switch(kind, element) for kind in ("times", "plus", "since")]

    def _base(self, kernel: Kernel) -> tuple[FloatArray, FloatArray | None]:
        """Inputs (input, member) and knots (knot, member) without any situation."""
        values = np.repeat(kernel.defaults[:, None], self.members, axis=1)
        row = {key(n): i for i, n in enumerate(kernel.inputs)}
        block = self.drawn.block() if self.battery.draws else None
        if block is not None:
            for name, drawn in zip(self.drawn.names, block.values, strict=True):
                values[row[key(self.made.constant(name))], 1:] = drawn
        if not self.drawn.series:
            return values, None
        names = Names(self.model)
        knots = np.empty((sum(s.count for s in self.drawn.series), self.members))
        at = 0
        for s in self.drawn.series:
            knots[at : at + s.count, 0] = names.value(s.name)
            at += s.count
        if block is not None:
            knots[:, 1:] = block.knots
        return values, knots

    def inputs(
        self, situation: Situation | None = None, cut: Loop | None = None, held: float = 1.0
    ) -> FloatArray:
        """(input, member) of a situation, with a loop cut."""
        values = self.base.copy()
        row = {key(n): i for i, n in enumerate(self.kernel.inputs)}
        for change in situation.changes if situation is not None else ():
            if plain(self.model, self.battery, change):
                at = row[key(self.made.constant(change.element))]
                values[at] = values[at] * change.times + change.plus if change.times else change.plus
            else:
                since = change.since if change.since is not None else -np.inf
                numbers = (change.times, change.plus, max(since, -1e30))
                for name, number in zip(self._switches(change.element), numbers, strict=True):
                    values[row[key(name)]] = number
        if cut is not None:
            for name, number in zip(cut_switches(cut), (1.0, cut.since, held), strict=True):
                values[row[key(name)]] = number
        return values

    def run(self, situation: Situation | None = None, cut: Loop | None = None, held: float = 1.0) -> Run:
        """All members under a situation, with a loop cut and the held variable times `held`."""
        inputs = self.inputs(situation, cut, held)
        found = self.kernel.run(inputs, self.knots, seed=self.battery.seed, threads=1, diagnose=False)
        failed = [int(i) for i in np.flatnonzero(found.status)]
        if failed and self.first is None:
            self.first = (situation, self._diagnosed(failed[0], inputs))
        named = failed and self.first is not None and self.first[0] is situation
        first = self.first[1] if named and self.first is not None else ("", np.nan)
        return Run(self.kernel, found.values, tuple(failed), *first, self.rows)

    def _diagnosed(self, member: int, inputs: FloatArray) -> tuple[str, float]:
        """Variable and time of the first value that is not finite; sought once, since it takes a slow run."""
        one = slice(member, member + 1)
        knots = None if self.knots is None else self.knots[:, one]
        found = self.kernel.run(inputs[:, one], knots, seed=self.battery.seed, first_member=member, threads=1)
        return found.failed_variable[0], float(found.failed_time[0])


def _rows(outputs: Sequence[str]) -> Mapping[str, list[int]]:
    rows: dict[str, list[int]] = {}
    for i, name in enumerate(outputs):
        rows.setdefault(key(name), []).append(i)
        if (base := key(name.split("[")[0])) != key(name):
            rows.setdefault(base, []).append(i)
    return rows


class Runs(Mapping[str, Run]):
    """Situation id -> its run, made when asked for and forgotten for the next: all of a large model's do not fit in memory together."""

    def __init__(self, bench: Bench, base: tuple[str, Run]) -> None:
        self.bench, self.base = bench, base
        self._situations = {s.id: s for s in bench.battery.situations}
        self._last: tuple[str, Run] = base

    def __iter__(self) -> Iterator[str]:
        yield self.base[0]
        yield from self._situations

    def __len__(self) -> int:
        return 1 + len(self._situations)

    def __getitem__(self, id: str) -> Run:
        if id == self.base[0] or not self._situations[id].changes:
            return self.base[1]
        if id != self._last[0]:
            self._last = (id, self.bench.run(self._situations[id]))
        return self._last[1]


def first_true(mask: NDArray[np.bool_]) -> tuple[int, int] | None:
    """First (time, member) at which a mask (time, member) is true, the earliest time first; None where it never is."""
    if not mask.any():
        return None
    time, member = divmod(int(np.argmax(mask)), mask.shape[1])
    return time, member


def save_times(model: Model, most: int = MOST_SAVES, step: float | None = None) -> list[float]:
    """Times on the grid of the model from start to end, every step or, in long runs, every n-th."""
    names = Names(model)
    start, end, own = (names.control(n) for n in ("INITIAL TIME", "FINAL TIME", "TIME STEP"))
    if start is None or end is None or not own:
        return []
    dt = step or own
    count = round((end - start) / dt)
    every = -(-count // most)
    return [start + k * dt for k in sorted({*range(0, count + 1, every), count})]


def whole(
    model: Model,
    battery: Battery,
    *,
    method: Method | None = None,
    step: float | None = None,
    saves: int = 26,
    inputs: Sequence[str] = (),
) -> Kernel:
    """A kernel of every variable at some times, for what is asked of all of them."""  # fmt: skip
    from tzsim.ensemble.shapes import wanted_names

    return compile_model(
        model,
        outputs=wanted_names(model, None),
        inputs=list(inputs),
        times=save_times(model, saves) or None,
        method=method,
        step=step,
    )


__all__ = ["Bench", "FloatArray", "Run", "Runs", "first_true", "save_times", "whole"]
