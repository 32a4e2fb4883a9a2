"""Subscripts with names of their own: Vensim keeps variables, ranges and elements in one list of names.

Sectors may each use a word for something else, one for a variable and another for a range. Each file is right by itself; the
file that holds both needs another name for the range. (Vensim Help, 'Variable types', lists ranges and elements among variables.)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tzsim.ir.expr import Binary, Call, Every, Expr, Lookup, Name, Position, Ref, Subscript, Unary
from tzsim.ir.model import Equation, Model, SubscriptRange, Variable
from tzsim.names import VarId, key


def renamed_subscripts(model: Model) -> dict[str, str]:
    """Range or element that shares its name with a variable -> the name it is written by."""
    ranges = {r.name: "range" for r in model.subscripts.values()}
    elements = {e: "element" for r in model.subscripts.values() for e in r.elements}
    taken = {*model.variables, *map(key, ranges), *map(key, elements)}
    found: dict[str, str] = {}
    for name, kind in {**elements, **ranges}.items():
        if key(name) in model.variables:
            new = f"{name} {kind}"
            while key(new) in taken:
                new = f"{new} {kind}"
            taken.add(key(new))
            found[name] = new
    return found


def subscripts_apart(model: Model) -> Model:
    """The same model, its clashing subscripts under the names of `renamed_subscripts`."""
    new = {key(old): name for old, name in renamed_subscripts(model).items()}
    if not new:
        return model
    return replace(
        model,
        variables={n: _variable(v, new) for n, v in model.variables.items()},
        subscripts={key(r.name): r for r in (_range(r, new) for r in model.subscripts.values())},
    )


def _named(name: str, new: Mapping[VarId, str]) -> str:
    return new.get(key(name), name)


def _range(r: SubscriptRange, new: Mapping[VarId, str]) -> SubscriptRange:
    mappings = {
        _named(target, new): tuple(tuple(_named(e, new) for e in row) for row in rows)
        for target, rows in r.mappings.items()
    }
    elements = tuple(_named(e, new) for e in r.elements)
    return replace(r, name=_named(r.name, new), elements=elements, mappings=mappings)


def _variable(variable: Variable, new: Mapping[VarId, str]) -> Variable:
    return replace(variable, equations=tuple(_equation(e, new) for e in variable.equations))


def _equation(e: Equation, new: Mapping[VarId, str]) -> Equation:
    return replace(
        e,
        subscripts=tuple(_named(s, new) for s in e.subscripts),
        exceptions=tuple(tuple(_named(s, new) for s in left) for left in e.exceptions),
        expression=_expression(e.expression, new),
    )


def _expression(e: Expr, new: Mapping[VarId, str]) -> Expr:
    match e:
        case Ref(name, subscripts):
            return Ref(name, tuple(_subscript(s, new) for s in subscripts))
        case Binary(op, left, right):
            return Binary(op, _expression(left, new), _expression(right, new))
        case Unary(op, argument):
            return Unary(op, _expression(argument, new))
        case Call(function, arguments):
            return Call(function, tuple(_expression(a, new) for a in arguments))
        case Lookup(Ref(name, subscripts), argument):
            table = Ref(name, tuple(_subscript(s, new) for s in subscripts))
            return Lookup(table, _expression(argument, new))
        case Lookup(table, argument):
            return Lookup(table, _expression(argument, new))
        case _:
            return e


def _subscript(s: Subscript, new: Mapping[VarId, str]) -> Subscript:
    match s:
        case Name(name):
            return Name(_named(name, new))
        case Every(name):
            return Every(_named(name, new))
        case Position(index):
            return Position(_expression(index, new))
