"""Fold: constants that nobody varies are put in place, and arithmetic on them is done once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from tzsim.ir.expr import Binary, Call, Expr, Number, Ref, Unary
from tzsim.ir.model import Model, Variable
from tzsim.ir.pure import BINARY, PURE
from tzsim.names import VarId, key
from tzsim.passes.request import Request, children, rebuilt

_FOLDED: dict[str, Callable[..., float]] = {
    **PURE,
    "IF THEN ELSE": lambda condition, yes, no: yes if condition != 0.0 else no,
}


def fold(model: Model, request: Request) -> Model:
    """The model with every expression of fixed constants replaced by its value."""
    values = constants(model, frozenset(key(n) for n in request.driven))
    variables: dict[VarId, Variable] = {}
    for name, variable in model.variables.items():
        equation = variable.equations[0]
        expression = folded(equation.expression, values)
        if expression is not equation.expression:
            variable = replace(variable, equations=(replace(equation, expression=expression),))
        variables[name] = variable
    return replace(model, variables=variables)


def constants(model: Model, driven: frozenset[VarId]) -> dict[VarId, float]:
    """Values of the scalar variables that follow from numbers alone, without the driven ones."""
    values: dict[VarId, float] = {}
    decided: set[VarId] = set(driven)
    for start in model.variables:
        stack = [start]
        entered: set[VarId] = set()
        while stack:
            name = stack[-1]
            variable = model.variables.get(name)
            if name in decided or variable is None:
                stack.pop()
                continue
            expression = variable.equations[0].expression
            pending = [] if name in entered else [n for n in references(expression) if n not in decided]
            entered.add(name)
            pending = [n for n in pending if n in model.variables and n not in entered]
            if pending:
                stack += pending
                continue
            stack.pop()
            decided.add(name)
            value = evaluated(expression, values)
            if value is not None:
                values[name] = value
    return values


def references(expression: Expr) -> list[VarId]:
    """Keys of the variables an expression names; empty at once for one that cannot be constant."""
    found: list[VarId] = []
    stack = [expression]
    while stack:
        e = stack.pop()
        if isinstance(e, Ref):
            found.append(key(e.name))
        elif isinstance(e, Call) and e.function not in _FOLDED:
            return []
        stack += children(e)
    return found


def evaluated(e: Expr, values: Mapping[VarId, float]) -> float | None:
    """The value of an expression of numbers and known constants, or None."""
    if isinstance(e, Number):
        return e.value
    if isinstance(e, Ref):
        return values.get(key(e.name))
    if isinstance(e, Binary):
        left = evaluated(e.left, values)
        right = None if left is None else evaluated(e.right, values)
        return None if left is None or right is None else BINARY[e.op](left, right)
    if isinstance(e, Unary):
        value = evaluated(e.argument, values)
        if value is None:
            return None
        return -value if e.op == "-" else float(value == 0.0)
    if isinstance(e, Call) and e.function in _FOLDED:
        arguments: list[float] = []
        for a in e.arguments:
            value = evaluated(a, values)
            if value is None:
                return None
            arguments.append(value)
        return _FOLDED[e.function](*arguments)
    return None


def folded(e: Expr, values: Mapping[VarId, float]) -> Expr:
    """An expression with constants in place; the same object when nothing changes."""
    if isinstance(e, Number):
        return e
    if isinstance(e, Ref):
        value = values.get(key(e.name))
        return e if value is None else Number(value)
    old = children(e)
    if not old:
        value = evaluated(e, values)
        return e if value is None else Number(value)
    new = tuple(folded(c, values) for c in old)
    if any(a is not b for a, b in zip(old, new, strict=True)):
        e = rebuilt(e, new)
    if all(isinstance(c, Number) for c in new):
        value = evaluated(e, values)
        if value is not None:
            return Number(value)
    return e
