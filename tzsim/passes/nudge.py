"""Nudge links: for a link from x to z = f(x, y, ...) a variable that is f with x a little higher, everything else as it is.

A pass before all others, on the model as written: all elements of an array are nudged together. A stock stands for its net flow.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from tzsim.ir.expr import Binary, Call, Expr, Name, Number, Ref, Table
from tzsim.ir.functions import FUNCTIONS
from tzsim.ir.model import Equation, Model, Variable
from tzsim.names import VarId, key
from tzsim.passes.request import children, rebuilt

SHARE = 0.01
LEAST = 1e-9
"""A cause is nudged by a hundredth of its size, and by this where it is nought."""


@dataclass(frozen=True, slots=True)
class Nudged:
    """Names to read for one link: the effect as it is (net flow of a stock) and with the cause higher."""

    usual: str
    higher: str


def add_nudges(
    model: Model, links: Iterable[tuple[VarId, VarId]]
) -> tuple[Model, dict[tuple[VarId, VarId], Nudged]]:
    """The model with what the links (cause, effect) are told from. Links of variables that draw random numbers, and of lookups and
    data series, are left out.
    """
    variables = dict(model.variables)
    made: dict[tuple[VarId, VarId], Nudged] = {}
    for cause, effect in links:
        target, source = model.variables[effect], model.variables[cause]
        if _random(target) or _is_series(source):
            continue
        up = f"{source.name}·higher"
        if key(up) not in variables:
            variables[key(up)] = _higher(source, up)
        usual = target.name
        if _is_stock(target):
            usual = f"{target.name}·net flow"
            variables.setdefault(key(usual), _as(target, usual, None, ""))
        higher = f"{target.name}·with {up}"
        variables[key(higher)] = _as(target, higher, cause, up)
        made[(cause, effect)] = Nudged(usual, higher)
    return replace(model, variables=variables), made


def _random(variable: Variable) -> bool:
    stack = [e.expression for e in variable.equations]
    while stack:
        e = stack.pop()
        if isinstance(e, Call) and e.function in FUNCTIONS and FUNCTIONS[e.function].nature == "random":
            return True
        stack += children(e)
    return False


def _is_series(variable: Variable) -> bool:
    e = variable.equations[0].expression
    return isinstance(e, Table) or (isinstance(e, Call) and e.function == "DATA")


def _is_stock(variable: Variable) -> bool:
    e = variable.equations[0].expression
    return isinstance(e, Call) and e.function == "INTEG"


def _higher(source: Variable, name: str) -> Variable:
    def right(me: Expr) -> Expr:
        step = Binary("*", Call("ABS", (me,)), Number(SHARE))
        return Binary("+", Binary("+", me, step), Number(LEAST))

    equations = tuple(
        replace(e, expression=right(Ref(source.name, tuple(Name(s) for s in e.subscripts))), text=name)
        for e in source.equations
    )
    return replace(source, name=name, equations=equations)


def _as(target: Variable, name: str, cause: VarId | None, up: str) -> Variable:
    equations: list[Equation] = []
    for equation in target.equations:
        e = equation.expression
        running = e.arguments[0] if isinstance(e, Call) and e.function == "INTEG" else e
        if cause is not None:
            running = _renamed(running, cause, up)
        equations.append(replace(equation, expression=running, text=name))
    return replace(target, name=name, equations=tuple(equations))


def _renamed(e: Expr, old: VarId, new: str) -> Expr:
    if isinstance(e, Ref):
        return Ref(new, e.subscripts) if key(e.name) == old else e
    inside = children(e)
    return rebuilt(e, tuple(_renamed(c, old, new) for c in inside)) if inside else e
