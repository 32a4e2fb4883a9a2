"""What the caller wants of a compiled model: the argument that every pass shares."""

from __future__ import annotations

from dataclasses import dataclass

from tzsim.ir.expr import Array, Binary, Call, Expr, Lookup, Position, Ref, Unary
from tzsim.names import VarId, key

INITIAL_TIME, FINAL_TIME, TIME_STEP, SAVEPER = "initial_time", "final_time", "time_step", "saveper"
CONTROLS: tuple[VarId, ...] = (INITIAL_TIME, FINAL_TIME, TIME_STEP, SAVEPER)
TIME: VarId = "time"


@dataclass(frozen=True, slots=True)
class Request:
    """Element names (`x[A1]`, or a bare array name for all its elements) and the time settings to use.

    outputs: what is read from the run. inputs: constants given per member. series: constants given per member
    and period. accumulate: quantities whose integral since the start is wanted. step: overrides TIME STEP.
    """

    outputs: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    series: tuple[str, ...] = ()
    accumulate: tuple[str, ...] = ()
    step: float | None = None

    @property
    def driven(self) -> tuple[str, ...]:
        """Constants whose value the caller gives."""
        return (*self.inputs, *self.series)


def integral_name(element_name: str) -> str:
    """Name of the hidden stock that accumulates an element: `∫revenue[chemicals]`."""
    return "∫" + element_name


def children(expression: Expr) -> tuple[Expr, ...]:
    """The expressions directly inside an expression, computed subscripts included."""
    if isinstance(expression, Binary):
        return (expression.left, expression.right)
    if isinstance(expression, Call):
        return expression.arguments
    if isinstance(expression, Unary):
        return (expression.argument,)
    if isinstance(expression, Lookup):
        return (expression.table, expression.argument)
    if isinstance(expression, Ref):
        return tuple(s.index for s in expression.subscripts if isinstance(s, Position))
    return ()


def rebuilt(expression: Expr, new: tuple[Expr, ...]) -> Expr:
    """The same expression around other children (as `children` gives them, for scalar references)."""
    if isinstance(expression, Binary):
        return Binary(expression.op, new[0], new[1])
    if isinstance(expression, Call):
        return Call(expression.function, new)
    if isinstance(expression, Unary):
        return Unary(expression.op, new[0])
    if isinstance(expression, Lookup):
        table = new[0]
        assert not isinstance(table, Array)
        return Lookup(table, new[1])  # type: ignore[arg-type]
    return expression


def same(name: str, other: str) -> bool:
    """Whether two displayed names mean the same thing."""
    return key(name) == key(other)
