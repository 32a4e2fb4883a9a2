"""`compile_model`: a Model and what is wanted of it -> a Kernel that runs thousands of members at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, Protocol, get_args

import numpy as np
from numpy.typing import NDArray

from tzsim.arguments import check, choice, names, positive
from tzsim.errors import InputError, Problem
from tzsim.ir.model import Method, Model, as_model
from tzsim.kernel import numpy_backend
from tzsim.kernel.build import build_program
from tzsim.kernel.controls import check_steps_may_vary, grid_of
from tzsim.kernel.plan import PathSpec, Plan, SeriesSpec, plan_run
from tzsim.kernel.program import Program
from tzsim.names import key
from tzsim.passes import PASSES, SCALAR, Request, run_passes
from tzsim.passes.arrays import Arrays, elements_of
from tzsim.passes.request import integral_name

Backend = Literal["llvm", "numpy"]
Vector = NDArray[np.float64]


class Engine(Protocol):
    """A backend with a program in it."""

    def run(
        self, inputs: Vector, knots: Vector, out: Vector, seed: int, first_member: int, threads: int
    ) -> NDArray[np.bool_]:
        """Writes out (output, save, member) from inputs (input, member) and knots (knot, member).

        Returns (member,) whether every saved value and the stocks at the last save were finite.
        """
        ...


@dataclass(frozen=True, slots=True)
class KernelRun:
    """What a run gave.

    values: (output, time, member). status: (member,) 0 ok, 1 failed. failed_time: (member,) Time of the first value
    that is not finite, nan for members that did not fail. failed_variable: (member,) its variable, or ''.
    """

    values: Vector
    status: NDArray[np.int8]
    failed_time: Vector
    failed_variable: tuple[str, ...]


class Kernel:
    """A compiled model. Shapes: inputs (input,), outputs (output,), times (save,)."""

    def __init__(
        self,
        program: Program,
        plan: Plan,
        series: Sequence[SeriesSpec | PathSpec],
        units: dict[str, str],
        backend: Backend,
    ) -> None:
        self.program, self.plan, self.backend = program, plan, backend
        self.inputs: tuple[str, ...] = program.inputs
        self.series: tuple[SeriesSpec | PathSpec, ...] = tuple(series)
        self.outputs: tuple[str, ...] = tuple(name for name, _ in program.outputs)
        self.times: Vector = plan.save_times
        self.groups: dict[str, tuple[str, ...]] = {}
        """Key of a name that was given for inputs -> the elements that it stands for."""
        self._units = units
        self.engine: Engine = _ENGINES[backend](program, plan)

    def units(self, name: str) -> str:
        """Unit of an input, series or output, as the model writes it."""
        return self._units[key(name)]

    @cached_property
    def defaults(self) -> Vector:
        """(input,): the model's own values of the inputs."""
        values = np.full((len(self.inputs), 1), np.nan)
        knots = np.zeros((max(self.plan.knots, 1), 1))
        nodes = self.program.closure(self.program.defaults)
        for _ in range(len(self.inputs) + 1):
            with np.errstate(all="ignore"):
                at = numpy_backend.Step(self.program, values, knots, 0, np.zeros(1, dtype=np.uint64))
                at.rows = list(self.plan.rows[0, 0])
                at.compute(nodes)
                new = np.array([[float(at.full(n)[0])] for n in self.program.defaults]).reshape(values.shape)
            if np.array_equal(new, values, equal_nan=True):
                break
            values = new
        return values[:, 0].copy()

    def run(
        self,
        values: Vector | Sequence[Sequence[float]],
        series: Vector | None = None,
        *,
        seed: int = 0,
        first_member: int = 0,
        threads: int | None = None,
        diagnose: bool = True,
    ) -> KernelRun:
        """Simulates all members at once.

        values: (input, member). series: (knot, member), the knots of all series one after the other. seed and
        first_member number the random draws of the model, so that a run may be split at any member. diagnose: whether
        members that fail run a second time, to name the variable and the time.
        Raises InputError for wrong shapes and for inputs that are not finite.
        """
        inputs = np.ascontiguousarray(values, dtype=np.float64)
        knots = np.zeros((0, 0)) if series is None else np.ascontiguousarray(series, dtype=np.float64)
        members = self._members(inputs, knots)
        inputs, knots = inputs.reshape(len(self.inputs), members), knots.reshape(self.plan.knots, members)
        out = np.empty((len(self.outputs), len(self.times), members))
        wanted = threads if threads is not None else os.cpu_count() or 1
        finite = self.engine.run(inputs, knots, out, seed, first_member, max(1, wanted))
        if not diagnose:
            unknown = np.full(members, np.nan)
            return KernelRun(out, (~finite).astype(np.int8), unknown, ("",) * members)
        return self._judged(out, finite, inputs, knots, seed, first_member)

    def _members(self, inputs: Vector, knots: Vector) -> int:
        problems: list[Problem] = []
        if inputs.ndim != 2 or inputs.shape[0] != len(self.inputs):
            message = f"values have shape {inputs.shape}; the kernel has {len(self.inputs)} inputs"
            problems.append(Problem(None, message, "give an array (input, member)"))
        if self.plan.knots and (knots.ndim != 2 or knots.shape[0] != self.plan.knots):
            message = (
                f"series have shape {knots.shape}; the kernel's series have {self.plan.knots} values in all"
            )
            problems.append(Problem(None, message, "give an array (value of each series in turn, member)"))
        if problems:
            raise InputError(problems)
        members = inputs.shape[1]
        if self.plan.knots and knots.shape[1] != members:
            raise InputError.one(f"{members} members in values, {knots.shape[1]} in series")
        if not np.isfinite(inputs).all():
            for name, row in zip(self.inputs, inputs, strict=True):
                where = np.flatnonzero(~np.isfinite(row))
                if len(where):
                    problems.append(Problem(None, f"input {name!r} is {row[where[0]]} in member {where[0]}"))
        if self.plan.knots and not np.isfinite(knots).all():
            row, where = (int(i) for i in np.argwhere(~np.isfinite(knots))[0])
            problems.append(Problem(None, f"series value {row} is {knots[row, where]} in member {where}"))
        if problems:
            raise InputError(problems)
        return members

    def _judged(
        self,
        out: Vector,
        finite: NDArray[np.bool_],
        inputs: Vector,
        knots: Vector,
        seed: int,
        first_member: int,
    ) -> KernelRun:
        members = out.shape[2]
        failed_time = np.full(members, np.nan)
        names = [""] * members
        if finite.all():
            return KernelRun(out, np.zeros(members, dtype=np.int8), failed_time, tuple(names))
        failed = np.flatnonzero(~finite)
        for start in range(0, len(failed), _BLOCK):
            some = failed[start : start + _BLOCK]
            self._diagnose(some, out, inputs, knots, seed, first_member, failed_time, names)
        return KernelRun(out, (~finite).astype(np.int8), failed_time, tuple(names))

    def _diagnose(
        self,
        some: NDArray[np.int64],
        out: Vector,
        inputs: Vector,
        knots: Vector,
        seed: int,
        first_member: int,
        failed_time: Vector,
        names: list[str],
    ) -> None:
        """First variable that is not finite in these members, by running them again in NumPy."""
        named = self.program.named
        wanted = set(self.program.size_nodes())

        def watch(k: int, at: numpy_backend.Step) -> None:
            for name, n in named:
                if n not in wanted or n not in at.values or not pending.any():
                    continue
                bad = pending & ~np.isfinite(at.full(n))
                for i in np.flatnonzero(bad):
                    failed_time[some[i]] = self.plan.times[k, 0]
                    names[some[i]] = name
                pending[bad] = False

        pending = np.ones(len(some), dtype=np.bool_)
        scratch = np.empty((len(self.outputs), len(self.times), len(some)))
        chosen = inputs[:, some] if len(inputs) else np.zeros((0, len(some)))
        members = some.astype(np.uint64) + np.uint64(first_member)
        numpy_backend.simulate(self.program, self.plan, chosen, knots[:, some], scratch, seed, members, watch)
        for i in np.flatnonzero(pending):
            rows = np.argwhere(~np.isfinite(out[:, :, some[i]].T))
            j, o = (int(v) for v in rows[0]) if len(rows) else (len(self.times) - 1, -1)
            failed_time[some[i]] = self.times[j]
            names[some[i]] = self.outputs[o] if o >= 0 else "a stock"


_BLOCK = 4096


class NumpyEngine:
    """The program in NumPy, a block of members at a time."""

    def __init__(self, program: Program, plan: Plan) -> None:
        self.program, self.plan = program, plan

    def run(
        self, inputs: Vector, knots: Vector, out: Vector, seed: int, first_member: int, threads: int
    ) -> NDArray[np.bool_]:
        """As `Engine.run`; one thread."""
        members = out.shape[2]
        finite = np.empty(members, dtype=np.bool_)
        for part in numpy_backend.blocks(members, _BLOCK):
            numbers = np.arange(first_member + part.start, first_member + part.stop, dtype=np.uint64)
            finite[part] = numpy_backend.simulate(
                self.program, self.plan, inputs[:, part], knots[:, part], out[:, :, part], seed, numbers
            )
        return finite


def _llvm(program: Program, plan: Plan) -> Engine:
    from tzsim.kernel.llvm_engine import LlvmEngine  # loads LLVM

    return LlvmEngine(program, plan)


_ENGINES: dict[Backend, Callable[[Program, Plan], Engine]] = {"llvm": _llvm, "numpy": NumpyEngine}


def compile_model(
    model: Model,
    *,
    outputs: Sequence[str],
    inputs: Sequence[str] = (),
    series: Sequence[SeriesSpec | PathSpec] = (),
    accumulate: Sequence[str] = (),
    times: Sequence[float] | None = None,
    backend: Backend = "llvm",
    method: Method | None = None,
    step: float | None = None,
) -> Kernel:
    """The kernel of a model for these outputs.

    Main arguments: `outputs` to save, `inputs` given per member (constants of the model), `accumulate` the quantities
    whose integral since the start is saved as `∫name`, `times` to save at (default every SAVEPER). All names are
    element names, `revenue[chemicals]`; a bare array name means all its elements.
    Other arguments: `series` constants given per member and period, or at every step; `backend`; `method` and `step` instead of the
    model's own. Raises InputError with every problem, Unsupported naming each construct that cannot be simulated.
    """
    if backend not in _ENGINES:
        raise InputError.one(f"unknown backend {backend!r}", hint="use 'llvm' or 'numpy'")
    model = as_model(model)
    check(
        names("outputs", outputs),
        names("inputs", inputs),
        names("accumulate", accumulate),
        None if method is None else choice("method", method, get_args(Method)),
        None if step is None else positive("step", step),
    )
    if not outputs and not accumulate:
        raise InputError.one("nothing to save: no outputs", hint="name at least one variable of the model")
    first = Request(tuple(outputs), tuple(inputs), tuple(s.name for s in series), tuple(accumulate), step)
    from tzsim.passes.resolve import resolve

    arrays = Arrays(resolve(model, first))
    totals = elements_of(arrays, accumulate)
    driven = elements_of(arrays, inputs)
    series = _elements_of_series(arrays, series)
    request = Request(elements_of(arrays, outputs), driven, tuple(s.name for s in series), totals, step)
    _no_repeats(request)
    kernel = _kernel(run_passes(model, request), request, model, series, times, backend, method)
    kernel.groups = {key(name): elements_of(arrays, [name]) for name in inputs}
    return kernel


def compile_scalars(
    model: Model,
    request: Request,
    *,
    series: Sequence[SeriesSpec | PathSpec] = (),
    times: Sequence[float] | None = None,
    backend: Backend = "llvm",
    method: Method | None = None,
) -> Kernel:
    """The kernel of a model that `resolve`, `unroll` and `expand` have been through (see `passes.SCALAR`).

    request: names of scalars, those that the passes made included. Other arguments as for `compile_model`.
    """
    return _kernel(
        run_passes(model, request, PASSES[len(SCALAR) :]), request, model, series, times, backend, method
    )


def _kernel(
    passed: Model,
    request: Request,
    model: Model,
    series: Sequence[SeriesSpec | PathSpec],
    times: Sequence[float] | None,
    backend: Backend,
    method: Method | None,
) -> Kernel:
    wanted = (*request.outputs, *(integral_name(t) for t in request.accumulate))
    method = method or model.method
    grid = grid_of(passed, request.driven)
    if grid.varying:
        check_steps_may_vary(model, method)
    program = build_program(passed, grid, wanted, request.inputs, request.series)
    plan = plan_run(grid, method, series, times)
    units = {n: v.unit for n, v in passed.variables.items()}
    units["time"] = model.time_unit
    return Kernel(program, plan, series, units, backend)


def _elements_of_series(
    arrays: Arrays, series: Sequence[SeriesSpec | PathSpec]
) -> tuple[SeriesSpec | PathSpec, ...]:
    return tuple(replace(s, name=name) for s in series for name in elements_of(arrays, [s.name]))


def _no_repeats(request: Request) -> None:
    seen: set[str] = set()
    problems: list[Problem] = []
    for name in request.driven:
        if key(name) in seen:
            problems.append(Problem(None, f"{name!r} is given twice among inputs and series"))
        seen.add(key(name))
    if problems:
        raise InputError(problems)


__all__ = ["Backend", "Kernel", "KernelRun", "SeriesSpec", "compile_model", "compile_scalars"]
