"""The interpreter: one member, in plain Python, of the Model as it was read. It defines what tzsim computes.

Everything faster (passes, NumPy, LLVM) is tested against it. What a function means is in the `builtins_*` files, what
a reference means in `layout` and `evaluator`, when a run steps and saves in `time_grid`, randomness in
`random_counter`. This file initialises and integrates.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from tzsim.arguments import check, choice, names, whole_number
from tzsim.errors import InputError, Problem, Unsupported
from tzsim.ir.expr import Call, Number, Table
from tzsim.ir.model import Method, Model, as_model
from tzsim.kernel.calls import compile_call
from tzsim.kernel.controls import changes_by_itself, control_grid, reads_time
from tzsim.kernel.evaluator import Evaluator, State, Value
from tzsim.kernel.layout import Layout, Slot
from tzsim.kernel.methods import METHODS
from tzsim.kernel.path_forms import check_within, read_paths
from tzsim.kernel.paths import drive
from tzsim.kernel.random_counter import seed_key
from tzsim.names import key
from tzsim.passes.resolve import clock_problems

_DEEPEST = 50_000
"""Python frames allowed: an equation of thousands of terms nests as deeply."""


@dataclass(frozen=True, slots=True)
class Series:
    """An input that changes in time: values[i] is held on [start + i * period, start + (i + 1) * period).

    Before the start the first value, after the end the last. Read at the start of each step, so it does not change
    inside a step whatever the method. `start` and `period` are in the model's time unit.
    """

    start: float
    period: float
    values: tuple[float, ...]

    def at(self, time: float) -> float:
        place = math.floor((time - self.start) / self.period + 1e-6)
        return self.values[min(max(place, 0), len(self.values) - 1)]


@dataclass(frozen=True, slots=True)
class InterpretedRun:
    """One run: `values[name][i]` is the value of an element at `times[i]`, in the unit of its variable.

    failed_time, failed_variable: first time at which a level (checked at every step) or a wanted value (checked at
    every save) was not finite, and whose; None for a run without fault. The run goes on with inf and nan.
    """

    times: tuple[float, ...]
    values: dict[str, list[float]]
    failed_time: float | None = None
    failed_variable: str | None = None


def interpret(
    model: Model,
    *,
    outputs: Sequence[str] | None = None,
    constants: Mapping[str, float] | None = None,
    series: Mapping[str, object] | None = None,
    method: Method | None = None,
    step: float | None = None,
    saveper: float | None = None,
    seed: int = 0,
    member: int = 0,
) -> InterpretedRun:
    """Simulate one member of a model.

    outputs: elements (`x[a]`) or variables (all elements); None for every element that has a value.
    constants: element or variable -> value in place of its equation. series: element or variable -> its path over time, as
        for `simulate`; of paths that differ between members, that of `member`.
    method, step, saveper: in place of the model's own. seed, member: whole numbers that choose the random draws.

    Raises InputError for names that do not exist, settings that cannot be run and values that need each other, with
    every problem found; Unsupported for constructs that are refused.
    """
    check(
        None if method is None else choice("method", method, tuple(METHODS)),
        None if outputs is None else names("outputs", outputs),
        whole_number("seed", seed, 0),
        whole_number("member", member, 0),
    )
    model = as_model(model)
    check(*clock_problems(model))
    held = {n: s for n, s in series.items() if isinstance(s, Series)} if isinstance(series, Mapping) else {}
    paths = read_paths({n: s for n, s in series.items() if n not in held} if held and series else series)
    paths = tuple(p.of(member) for p in paths)
    with _deep_expressions():
        driven = drive(model, paths, (*(constants or {}), *held)).model
        run = _Run(driven, constants or {}, held, method, step, saveper, seed, member)
        check_within(paths, run.grid.initial, run.grid.final, model.time_unit)
        return run.simulate(outputs)


@contextmanager
def _deep_expressions() -> Generator[None]:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, _DEEPEST))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


class _Run:
    """A model bound to one member's constants, and its integration."""

    def __init__(
        self, model: Model, constants: Mapping[str, float], series: Mapping[str, Series], method: Method | None,
        step: float | None, saveper: float | None, seed: int, member: int,
    ) -> None:  # fmt: skip
        self.layout = Layout(model)
        self.method: Method = method or model.method
        given = dict(constants)
        if step is not None:
            given["TIME STEP"] = step
        if saveper is not None and key("SAVEPER") in self.layout.cells:
            given["SAVEPER"] = saveper
        self.state = State(1.0, 0.0, seed_key(seed), member)
        self.numbers = _literals(self.layout)
        fixed = self._fixed(given, series)
        self.grid = control_grid(self.layout, self.state, fixed, compile_call, saveper)
        self.state.step, self.state.initial_time = self.grid.step, self.grid.initial
        self.evaluator = Evaluator(self.layout, self.state, fixed, compile_call)

    def _fixed(self, constants: Mapping[str, float], series: Mapping[str, Series]) -> dict[int, Value]:
        """Values of the caller in place of equations."""
        fixed: dict[int, Value] = {}
        problems: list[Problem] = []
        for name, value in [*constants.items(), *series.items()]:
            try:
                slots = self.layout.find(name)
                _check_replaceable(slots)
                if isinstance(value, Series):
                    _check_series(name, value)
            except InputError as error:
                problems += error.problems
                continue
            for slot in slots:
                if isinstance(value, Series):
                    fixed[slot.number] = _read_series(value, self.state)
                    self.numbers.pop(slot.number, None)
                else:
                    self.numbers[slot.number] = float(value)
                    fixed[slot.number] = _constant(float(value))
        if problems:
            raise InputError(problems)
        return fixed

    # ------------------------------------------------------------ the run

    def simulate(self, outputs: Sequence[str] | None) -> InterpretedRun:
        wanted = self._wanted(outputs)
        evaluator, state, grid = self.evaluator, self.state, self.grid
        numbers = [s.number for s in wanted]
        needed = evaluator.bind_all(numbers)
        if grid.varying and (evaluator.discrete or evaluator.continuous):
            raise Unsupported.one(
                "delays, smooths and the like are not simulated with a TIME STEP that varies"
            )
        stocks = [n for n in sorted(needed) if evaluator.programs[n].net_flow is not None]
        self._initialise(needed, stocks)
        self._keep_constants(needed)
        owners = [self.layout.slots[n].name for n in stocks]
        owners += [i.owner for i in evaluator.continuous for _ in range(i.begin, i.end)]
        order = self._order(needed, initial=False)
        values: dict[str, list[float]] = {s.name: [] for s in wanted}
        columns = [(s.number, values[s.name]) for s in wanted]
        failure: tuple[float, str] | None = None
        saves = set(grid.saves)
        for k in range(grid.saves[-1] + 1):
            state.k, state.stage, state.step_time, state.step = k, 0, grid.time(k), grid.length(k)
            self._evaluate(state.step_time, state.levels, order)
            if failure is None:
                failure = _first_fault(state.step_time, owners, state.levels)
            if k in saves:
                for n, column in columns:
                    v = evaluator.values[n]
                    column.append(evaluator.evaluate(n) if v is None else v)
                if failure is None:
                    failure = _first_fault(state.step_time, values, [c[-1] for c in values.values()])
            if k < grid.saves[-1]:
                self._advance(stocks, order)
        return InterpretedRun(grid.save_times, values, *(failure or (None, None)))

    def _wanted(self, outputs: Sequence[str] | None) -> list[Slot]:
        if outputs is None:
            return [s for s in self.layout.slots if not isinstance(s.equation.expression, Table)]
        problems: list[Problem] = []
        found: dict[int, Slot] = {}
        for name in outputs:
            try:
                found |= {s.number: s for s in self.layout.find(name)}
            except InputError as error:
                problems += error.problems
        if problems:
            raise InputError(problems)
        return list(found.values())

    def _initialise(self, needed: set[int], stocks: list[int]) -> None:
        """Initial values of stocks and functions with memory, from each other in any order without a loop."""
        evaluator, state = self.evaluator, self.state
        state.initialising, state.k, state.stage = True, 0, 0
        state.time = state.step_time = self.grid.initial
        self._reset()
        for n in self._order(needed, initial=True):
            if evaluator.values[n] is None:
                evaluator.evaluate(n)
        for start in evaluator.starters:
            start()
        levels = [evaluator.evaluate(n) if (v := evaluator.values[n]) is None else v for n in stocks]
        evaluator.stock_levels = {n: i for i, n in enumerate(stocks)}
        for item in evaluator.continuous:
            assert item.initial is not None
            item.begin = len(levels)
            levels += item.initial
            item.end = len(levels)
        state.levels, state.initialising = levels, False

    def _keep_constants(self, needed: set[int]) -> None:
        """Values that cannot change after the start are computed once: pure functions of literals."""
        programs, slots = self.evaluator.programs, self.layout.slots
        for n in self._order(needed, initial=False):
            e = slots[n].equation.expression
            if n in self.numbers or programs[n].net_flow is not None or n in self.evaluator.fixed:
                continue
            if programs[n].needs <= self.numbers.keys() and not changes_by_itself(e) and not reads_time(e):
                self.numbers[n] = self.evaluator.evaluate(n)

    def _order(self, needed: Iterable[int], *, initial: bool) -> list[int]:
        """What is needed before what needs it, so that evaluation does not nest deeply; loops are left to evaluation."""
        programs = self.evaluator.programs
        order: list[int] = []
        seen: set[int] = set()
        for root in sorted(needed):
            todo: list[tuple[int, bool]] = [(root, False)]
            while todo:
                n, done = todo.pop()
                if done:
                    order.append(n)
                elif n not in seen:
                    seen.add(n)
                    todo.append((n, True))
                    program = programs[n]
                    before = program.needs
                    if program.net_flow is not None:
                        before = program.initial_needs if initial else frozenset[int]()
                    todo += [(m, False) for m in sorted(before, reverse=True) if m not in seen]
        return order

    def _reset(self) -> None:
        values = self.evaluator.values
        values[:] = [None] * len(values)
        for n, constant in self.numbers.items():
            values[n] = constant
        self.state.shared.clear()

    def _evaluate(self, time: float, levels: list[float], order: list[int]) -> None:
        """Values of everything needed at a time with given levels."""
        self.state.time, self.state.levels = time, levels
        self._reset()
        values, evaluate = self.evaluator.values, self.evaluator.evaluate
        for n in order:
            if values[n] is None:
                evaluate(n)

    def _rates(self, stocks: list[int]) -> list[float]:
        """Derivatives of all levels at the present evaluation."""
        programs = self.evaluator.programs
        rates = [(programs[n].net_flow or _nothing)() for n in stocks]
        for item in self.evaluator.continuous:
            rates += item.function.rates(self.state.levels[item.begin : item.end])
        return rates

    def _advance(self, stocks: list[int], order: list[int]) -> None:
        """One step: discrete functions see its start, levels are integrated, then the discrete functions advance."""
        state, start = self.state, self.state.levels
        dt = self.grid.length(state.k)
        first = self._rates(stocks)
        for item in self.evaluator.discrete:
            if not item.known:
                item.value, item.known = item.function.value(), True
        ends = [item.function.advance() for item in self.evaluator.discrete]

        def rates(stage: int, share: float, slope: list[float]) -> list[float]:
            state.stage = stage
            levels = [y + share * dt * f for y, f in zip(start, slope, strict=True)]
            self._evaluate(state.step_time + share * dt, levels, order)
            return self._rates(stocks)

        state.levels = METHODS[self.method](start, first, dt, rates)
        for end in ends:
            end()
        for item in self.evaluator.discrete:
            item.known = False


# ---------------------------------------------------------------- small parts


def _nothing() -> float:
    return 0.0


def _constant(value: float) -> Value:
    return lambda: value


def _read_series(series: Series, state: State) -> Value:
    return lambda: series.at(state.step_time)


def _literals(layout: Layout) -> dict[int, float]:
    """Elements whose equation is a number: known before every evaluation."""
    return {
        s.number: s.equation.expression.value
        for s in layout.slots
        if isinstance(s.equation.expression, Number)
    }


def _check_replaceable(slots: Sequence[Slot]) -> None:
    for slot in slots:
        e = slot.equation.expression
        if isinstance(e, Table) or (isinstance(e, Call) and e.function in ("INTEG", "DATA")):
            what = (
                "lookup table"
                if isinstance(e, Table)
                else "stock"
                if e.function == "INTEG"
                else "data series"
            )
            raise InputError.one(f"{slot.name!r} is a {what}, not a constant", slot.equation.address)


def _check_series(name: str, series: Series) -> None:
    if not series.values or not series.period > 0.0:
        raise InputError.one(f"the series for {name!r} needs values and a period above 0")


def _first_fault(time: float, names: Iterable[str], values: Iterable[float]) -> tuple[float, str] | None:
    for name, value in zip(names, values, strict=True):
        if not math.isfinite(value):
            return time, name
    return None
