"""Which goals the limits of a view without elements hold back: those that ask for what follows from its output."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from tzsim.ir.describe import causes, walk
from tzsim.ir.expr import Call
from tzsim.ir.functions import FUNCTIONS
from tzsim.ir.model import Model, Variable
from tzsim.measures import quantities
from tzsim.names import VarId, key, split_element
from tzsim.scenario.records import Goal, View

WHOLE = ""
"""The element, in `limits_of` and in what binds, of an output that has none."""


def with_limits(goals: Sequence[Goal], unsaid: Collection[str], view: View, model: Model) -> tuple[Goal, ...]:
    """The goals; where the view's output is scalar, its limits hold back each that asks for more of what follows from it.

    unsaid: ids of goals whose row has no `limits_of` (an empty list there says: none). A goal of at most is left out, since
    limits lower output.
    """
    if len(view.output) != 1 or split_element(view.output[0])[1] or not view.limits:
        return tuple(goals)
    inside = follows(model, view.output[0])

    def held(goal: Goal) -> bool:
        return goal.id in unsaid and goal.comparison != "<=" and bool(carriers(goal, inside))

    return tuple(replace(g, limits_of=(WHOLE,)) if held(g) else g for g in goals)


def carriers(goal: Goal, inside: Collection[VarId]) -> tuple[str, ...]:
    """The elements that a goal's measure reads of the variables `inside`."""
    read = (n for _, m in goal.yearly_measures for q in quantities(m) for n in q.elements)
    return tuple(dict.fromkeys(n for n in read if key(split_element(n)[0]) in inside))


def follows(model: Model, output: str) -> frozenset[VarId]:
    """`output` and the variables computed from it in the same moment: neither a stock nor a delay stands between."""
    graph = causes(model)
    at_once = {n: of for n, of in graph.items() if not _remembers(model.variables[n])}
    found, count = {key(output)}, 0
    while len(found) > count:
        count = len(found)
        found |= {n for n, of in at_once.items() if not found.isdisjoint(of)}
    return frozenset(found)


def _remembers(variable: Variable) -> bool:
    nodes = (n for e in variable.equations for n in walk(e.expression) if isinstance(n, Call))
    return any(f is not None and f.nature == "state" for f in (FUNCTIONS.get(n.function) for n in nodes))
