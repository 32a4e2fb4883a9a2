"""The time grid of a model, from its control variables: constants, or functions of Time and constants."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from tzsim.errors import InputError, Problem, Unsupported
from tzsim.ir.expr import Binary, Call, Expr, Lookup, Number, Position, Ref, Unary
from tzsim.ir.functions import FUNCTIONS
from tzsim.ir.model import Method, Model
from tzsim.kernel.calls import compile_call
from tzsim.kernel.evaluator import Compiler, Evaluator, State, Value
from tzsim.kernel.layout import Layout
from tzsim.kernel.time_grid import TimeGrid, time_grid, varying_grid
from tzsim.names import VarId, key
from tzsim.passes.request import CONTROLS

_CONTROLS = ("INITIAL TIME", "FINAL TIME", "TIME STEP", "SAVEPER")


def control_grid(
    layout: Layout, state: State, fixed: Mapping[int, Value], compile_call: Compiler, saveper: float | None
) -> TimeGrid:
    """The grid of a run with some elements `fixed` by the caller. A missing SAVEPER is `saveper`, or TIME STEP.

    Raises InputError for controls that are missing, that depend on the state of the model, or cannot be run.
    """
    evaluator = Evaluator(layout, state, fixed, compile_call)
    found: dict[str, Callable[[float], float]] = {}
    problems: list[Problem] = []
    varying = False
    for name in _CONTROLS:
        slots = list(layout.cells.get(key(name), {}).values())
        if len(slots) != 1:
            if name != "SAVEPER":
                problems.append(Problem(None, f"the model has no variable {name!r}"))
            continue
        wanted = evaluator.bind_all([slots[0].number])
        used = [layout.slots[n] for n in sorted(wanted) if n not in fixed]
        moving = [s for s in used if changes_by_itself(s.equation.expression)]
        if moving:
            message = f"{name} may depend on Time and constants, but {moving[0].name!r} changes by itself"
            problems.append(Problem(slots[0].equation.address, message))
            continue
        varying = varying or any(reads_time(s.equation.expression) for s in used)
        found[name] = _control(evaluator, slots[0].number)
    if problems:
        raise InputError(problems)
    if "SAVEPER" not in found:
        found["SAVEPER"] = found["TIME STEP"] if saveper is None else (lambda _: saveper)
    initial = found["INITIAL TIME"](0.0)
    if varying:
        return varying_grid(initial, found["FINAL TIME"], found["TIME STEP"], found["SAVEPER"])
    return time_grid(initial, *(found[n](initial) for n in _CONTROLS[1:]))


def grid_of(model: Model, driven: Iterable[str]) -> TimeGrid:
    """The grid of a model that went through the passes; `driven`: constants that differ between members.

    Raises Unsupported for controls that follow from those, and InputError as `control_grid`.
    """
    expressions = [model.variables[name].equations[0].expression for name in CONTROLS]
    if all(isinstance(e, Number) for e in expressions):
        return time_grid(*(e.value for e in expressions if isinstance(e, Number)))
    moved = {key(name) for name in driven}
    for name in CONTROLS:
        found = _needed(model, name) & moved
        if found:
            variable = model.variables[name]
            message = f"{variable.name} follows from {min(found)!r}, which differs between members; all step together"
            raise Unsupported([Problem(variable.address, message, variable.equations[0].text)])
    return control_grid(Layout(model), State(1.0, 0.0, 0, 0), {}, compile_call, None)


def _needed(model: Model, name: VarId) -> set[VarId]:
    """A variable and all that it refers to."""
    found: set[VarId] = set()
    stack: list[VarId] = [name]
    while stack:
        at = stack.pop()
        if at in found or at not in model.variables:
            continue
        found.add(at)
        parts: list[Expr] = [model.variables[at].equations[0].expression]
        while parts:
            e = parts.pop()
            if isinstance(e, Ref):
                stack.append(key(e.name))
            parts += _parts(e)
    return found


def check_steps_may_vary(model: Model, method: Method) -> None:
    """Raises Unsupported where the interpreter does not simulate the model with a TIME STEP that varies, or not by Euler."""
    problems = [
        Problem(v.address, f"{e.function} is not simulated with a TIME STEP that varies", equation.text)
        for v in model.variables.values()
        for equation in v.equations
        for e in _calls(equation.expression)
        if e.function in FUNCTIONS and FUNCTIONS[e.function].nature == "state" and e.function not in _STEPLESS
    ]
    if method != "euler":
        text = f"the method {method} is not compiled for a TIME STEP that varies; the interpreter takes it"
        problems.append(Problem(model.variables[key("TIME STEP")].address, text))
    if problems:
        raise Unsupported(problems)


_STEPLESS = frozenset({"INTEG", "INITIAL", "ACTIVE INITIAL"})


def _calls(e: Expr) -> Iterator[Call]:
    if isinstance(e, Call):
        yield e
    for part in _parts(e):
        yield from _calls(part)


def _control(evaluator: Evaluator, number: int) -> Callable[[float], float]:
    def at(time: float) -> float:
        evaluator.state.time = time
        evaluator.values[:] = [None] * len(evaluator.values)
        return evaluator.evaluate(number)

    return at


def changes_by_itself(e: Expr) -> bool:
    """Whether an expression holds memory, draws, reads data or a test input, apart from the variables that it names."""
    if isinstance(e, Call):
        nature = FUNCTIONS[e.function].nature if e.function in FUNCTIONS else "state"
        if nature in ("state", "time", "random", "data"):
            return True
    return any(changes_by_itself(part) for part in _parts(e))


def reads_time(e: Expr) -> bool:
    """Whether an expression names Time."""
    return (isinstance(e, Ref) and key(e.name) == "time") or any(reads_time(part) for part in _parts(e))


def _parts(e: Expr) -> list[Expr]:
    """The expressions inside an expression."""
    if isinstance(e, Ref):
        return [s.index for s in e.subscripts if isinstance(s, Position)]
    if isinstance(e, Unary):
        return [e.argument]
    if isinstance(e, Binary):
        return [e.left, e.right]
    if isinstance(e, Lookup):
        return [e.argument]
    return list(e.arguments) if isinstance(e, Call) else []
