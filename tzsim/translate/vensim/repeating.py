"""Subscript ranges that list an element twice, so that two elements of another range map to it, place by place.

The Energy Policy Simulator maps its power plants to fuels in this way. What such a range means where its elements are
counted (sums, vectors, lists of values) is not documented, and is refused.
"""

from __future__ import annotations

from collections.abc import Set
from typing import TypeAlias

from tzsim.ir.describe import walk
from tzsim.ir.expr import Call, Every, Expr, Name, Ref
from tzsim.ir.functions import FUNCTIONS
from tzsim.names import VarId, key
from tzsim.translate.syntax import SyntaxProblem

Groups: TypeAlias = dict[str, tuple[tuple[str, ...], ...]]
"""Target range -> for each element of a range, in order, what it maps to."""


def once(own: tuple[str, ...], mappings: Groups) -> tuple[tuple[str, ...], Groups]:
    """Each element once, where it first stands, mapped to all that its places map to."""
    first = {key(e): e for e in reversed(own)}
    order = tuple(dict.fromkeys(key(e) for e in own))
    merged: Groups = {}
    for target, rows in mappings.items():
        groups: dict[VarId, dict[str, None]] = {}
        for e, row in zip(own, rows, strict=True):
            groups.setdefault(key(e), {}).update(dict.fromkeys(row))
        merged[target] = tuple(tuple(groups[k]) for k in order)
    return tuple(first[k] for k in order), merged


def refuse_values(repeating: Set[VarId], subscripts: tuple[str, ...], at: int) -> None:
    """Refuses a list of values over such a range."""
    for name in subscripts:
        if key(name) in repeating:
            raise _refusal(name, at)


def refuse_counting(repeating: Set[VarId], expression: Expr, at: int) -> None:
    """Refuses an equation that runs over such a range or takes it as a vector."""
    if not repeating:
        return
    for node in walk(expression):
        names = [s.range for s in node.subscripts if isinstance(s, Every)] if isinstance(node, Ref) else []
        if isinstance(node, Call) and _counts(node.function):
            for inside in walk(node):
                if isinstance(inside, Ref):
                    names += [inside.name, *(s.name for s in inside.subscripts if isinstance(s, Name))]
        for name in names:
            if key(name) in repeating:
                raise _refusal(name, at)


def _counts(function: str) -> bool:
    known = FUNCTIONS.get(function)
    return function == "ELMCOUNT" or (known is not None and known.nature == "vector")


def _refusal(name: str, at: int) -> SyntaxProblem:
    message = f"the range '{name}' lists an element twice; it may be mapped, not counted or summed over"
    return SyntaxProblem(at, message, "list each element once in a range of another name", unsupported=True)
