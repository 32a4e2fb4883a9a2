"""Hold links: a variable sees another, from a given time on, as it was then. Cuts feedback loops without a new equation.

A pass before all others: it works on the model as written, arrays whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tzsim.ir.expr import Binary, Call, Expr, Lookup, Name, Number, Position, Ref, Unary
from tzsim.ir.model import Equation, Model, Variable
from tzsim.names import VarId, key
from tzsim.passes.request import TIME, TIME_STEP


@dataclass(frozen=True, slots=True)
class Held:
    """The link from `source` to `target` (variables), held from `at` on in members where the constant `switch` is 1."""

    source: str
    target: str
    switch: str
    at: float


def hold_links(model: Model, links: Sequence[Held]) -> Model:
    """The model with these links on switches; with all switches at 0 it is the model as it was.

    Each switch becomes a constant of value 0. Several switches may hold one link. Raises KeyError for a link that no equation has.
    """
    variables = dict(model.variables)
    now: dict[tuple[VarId, VarId], str] = {}
    """(source, target) -> the name under which the target sees the source."""
    for link in links:
        variables.setdefault(key(link.switch), _constant(link.switch))
        source = model.variables[key(link.source)]
        pair = (source.id, key(link.target))
        usual = now.get(pair, source.name)
        held, seen = f"{source.name}·held by {link.switch}", f"{usual}·seen with {link.switch}"
        variables.setdefault(
            key(held),
            _like(source, held, lambda me, at=link.at: Call("SAMPLE IF TRUE", (_until(at), me, me))),
        )
        variables.setdefault(
            key(seen),
            _like(
                source,
                seen,
                lambda me, held=held, link=link, usual=usual: _choice(me, held, link.switch, usual),
            ),
        )
        target = variables[pair[1]]
        equations = tuple(_seeing(e, key(usual), seen) for e in target.equations)
        if equations == target.equations:
            raise KeyError(f"'{source.name}' does not stand in '{target.name}'")
        variables[pair[1]] = replace(target, equations=equations)
        now[pair] = seen
    return replace(model, variables=variables)


def _constant(name: str) -> Variable:
    return Variable(name, (Equation((), Number(0.0), text=f"{name}=0"),))


def _like(source: Variable, name: str, right: object) -> Variable:
    """A variable with the subscripts of `source`; `right` gives its expression from the reference to the source."""
    assert callable(right)
    equations = tuple(
        replace(e, expression=right(Ref(source.name, tuple(Name(s) for s in e.subscripts))), text=name)
        for e in source.equations
    )
    return Variable(name, equations, source.unit, address=source.address)


def _until(time: float) -> Expr:
    """True up to the step at `time` itself."""
    return Binary("<", Ref(TIME), Binary("+", Number(time), Binary("/", Ref(TIME_STEP), Number(2.0))))


def _choice(me: Expr, held: str, switch: str, usual: str) -> Expr:
    assert isinstance(me, Ref)
    on = Binary(">", Ref(switch), Number(0.5))
    return Call("IF THEN ELSE", (on, Ref(held, me.subscripts), Ref(usual, me.subscripts)))


def _seeing(equation: Equation, source: VarId, seen: str) -> Equation:
    """The equation with references to `source` turned to `seen`; the initial value of a stock stays."""
    e = equation.expression
    if isinstance(e, Call) and e.function == "INTEG":
        new: Expr = Call("INTEG", (_turned(e.arguments[0], source, seen), e.arguments[1]))
    else:
        new = _turned(e, source, seen)
    return equation if new == e else replace(equation, expression=new)


def _turned(e: Expr, source: VarId, seen: str) -> Expr:
    match e:
        case Ref():
            subscripts = tuple(
                replace(s, index=_turned(s.index, source, seen)) if isinstance(s, Position) else s
                for s in e.subscripts
            )
            return Ref(seen if key(e.name) == source else e.name, subscripts)
        case Binary():
            return Binary(e.op, _turned(e.left, source, seen), _turned(e.right, source, seen))
        case Unary():
            return Unary(e.op, _turned(e.argument, source, seen))
        case Call():
            return Call(e.function, tuple(_turned(a, source, seen) for a in e.arguments))
        case Lookup():
            return Lookup(e.table, _turned(e.argument, source, seen))
        case _:
            return e
