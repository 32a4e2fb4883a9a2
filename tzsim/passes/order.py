"""Order: variables follow what they depend on within a step, and a cycle is reported as its path.

The value of a stock, of INITIAL and of DELAY FIXED does not depend on anything in the same step. Initial values
have an order of their own, in which stocks depend on their initial expression; its cycles are reported as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from tzsim.errors import InputError, Problem
from tzsim.ir.expr import Call, Expr, Ref
from tzsim.ir.model import Model, Variable
from tzsim.names import VarId, key
from tzsim.passes.request import Request, children

DELAYS = ("DELAY FIXED", "DELAY MATERIAL", "DELAY INFORMATION")


def order(model: Model, request: Request) -> Model:
    """The model with variables in the order in which a step computes them. Raises InputError on a cycle."""
    problems: list[Problem] = []
    ordered = sort(model.variables, step_dependencies, "a step", problems)
    sort(model.variables, initial_dependencies, "the initial values", problems)
    if problems:
        raise InputError(problems)
    return replace(model, variables={n: model.variables[n] for n in ordered})


def step_dependencies(e: Expr) -> list[VarId]:
    """What must be known in the same step."""
    found: list[VarId] = []
    stack = [e]
    while stack:
        e = stack.pop()
        if isinstance(e, Ref):
            found.append(key(e.name))
        elif isinstance(e, Call) and e.function in ("INTEG", "INITIAL", "PREVIOUS", *DELAYS):
            stack += e.arguments[3:]  # what DELAY MATERIAL gives where nothing arrives
        elif isinstance(e, Call) and e.function == "ACTIVE INITIAL":
            stack.append(e.arguments[0])
        elif isinstance(e, Call) and e.function == "SAMPLE IF TRUE":
            stack += e.arguments[:2]
        else:
            stack += children(e)
    return found


def initial_dependencies(e: Expr) -> list[VarId]:
    """What must be known before the value at the start is."""
    found: list[VarId] = []
    stack = [e]
    while stack:
        e = stack.pop()
        if isinstance(e, Ref):
            found.append(key(e.name))
        elif isinstance(e, Call) and e.function in ("INTEG", "ACTIVE INITIAL", "PREVIOUS"):
            stack.append(e.arguments[1])
        elif isinstance(e, Call) and e.function in DELAYS:
            stack.append(e.arguments[2])
        else:
            stack += children(e)
    return found


def sort(
    variables: Mapping[VarId, Variable],
    needs: Callable[[Expr], list[VarId]],
    what: str,
    problems: list[Problem],
) -> list[VarId]:
    """Keys with dependencies first. A cycle is appended to `problems` as its path."""
    done: dict[VarId, None] = {}
    for start in variables:
        if start in done:
            continue
        path: dict[VarId, list[VarId]] = {start: _pending(variables, start, needs)}
        stack = [start]
        while stack:
            waiting = path[stack[-1]]
            if not waiting:
                name = stack.pop()
                del path[name]
                done[name] = None
                continue
            name = waiting.pop()
            if name in done:
                continue
            if name in path:
                cycle = [*stack[stack.index(name) :], name]
                shown = " -> ".join(variables[n].name for n in cycle)
                problems.append(Problem(variables[name].address, f"a cycle in {what}: {shown}"))
                continue
            path[name] = _pending(variables, name, needs)
            stack.append(name)
    return list(done)


def _pending(
    variables: Mapping[VarId, Variable], name: VarId, needs: Callable[[Expr], list[VarId]]
) -> list[VarId]:
    found = needs(variables[name].equations[0].expression)
    return [n for n in dict.fromkeys(reversed(found)) if n in variables]
