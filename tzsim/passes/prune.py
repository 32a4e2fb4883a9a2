"""Prune: only what the requested outputs need stays, and the time settings."""

from __future__ import annotations

from dataclasses import replace

from tzsim.ir.expr import Expr, Ref
from tzsim.ir.model import Model
from tzsim.names import VarId, key
from tzsim.passes.request import CONTROLS, Request, children, integral_name


def prune(model: Model, request: Request) -> Model:
    """The model without variables that neither an output nor an accumulated quantity depends on."""
    needed: set[VarId] = set()
    stack = [key(n) for n in (*request.outputs, *CONTROLS, *(integral_name(a) for a in request.accumulate))]
    stack += [key(n) for n in request.driven]
    while stack:
        name = stack.pop()
        if name in needed or name not in model.variables:
            continue
        needed.add(name)
        stack += names_in(model.variables[name].equations[0].expression)
    return replace(model, variables={n: v for n, v in model.variables.items() if n in needed})


def names_in(expression: Expr) -> list[VarId]:
    """Keys of all references in an expression."""
    found: list[VarId] = []
    stack = [expression]
    while stack:
        e = stack.pop()
        if isinstance(e, Ref):
            found.append(key(e.name))
        else:
            stack += children(e)
    return found
