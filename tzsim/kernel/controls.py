"""The time grid of a model, from its control variables: constants, or functions of Time and constants."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tzsim.errors import InputError, Problem
from tzsim.ir.expr import Binary, Call, Expr, Lookup, Position, Ref, Unary
from tzsim.ir.functions import FUNCTIONS
from tzsim.kernel.evaluator import Compiler, Evaluator, State, Value
from tzsim.kernel.layout import Layout
from tzsim.kernel.time_grid import TimeGrid, time_grid, varying_grid
from tzsim.names import key

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
