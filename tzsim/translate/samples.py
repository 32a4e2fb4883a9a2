"""SAMPLE IF TRUE whose condition or input names its own variable: there it means the value held before the step.

Vensim's SAMPLE IF TRUE is a level, so that a running maximum is written `x = SAMPLE IF TRUE(y > x, y, 0)` (Vensim
Reference Manual, 'SAMPLE IF TRUE').
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tzsim.ir.expr import Call, Expr, Name, Ref
from tzsim.ir.model import Equation, Variable
from tzsim.names import VarId, key
from tzsim.translate.syntax import children, map_refs


def held_samples(variables: Mapping[VarId, Variable]) -> dict[VarId, Variable]:
    """The variables, with `x·held` beside every x that samples itself."""
    made: dict[VarId, Variable] = {}
    for name, variable in variables.items():
        held: list[Equation] = []
        equations = tuple(_apart(variable, e, held) for e in variable.equations)
        made[name] = replace(variable, equations=equations) if held else variable
        if held:
            label = _held(variable)
            made[key(label)] = Variable(
                label, tuple(held), variable.unit, group=variable.group, address=variable.address
            )
    return made


def _held(variable: Variable) -> str:
    return f"{variable.name}·held"


def _apart(variable: Variable, equation: Equation, held: list[Equation]) -> Equation:
    e = equation.expression
    own = tuple(Name(s) for s in equation.subscripts)
    me = Ref(variable.name, own)
    if (
        not isinstance(e, Call)
        or e.function != "SAMPLE IF TRUE"
        or not any(_names(a, me) for a in e.arguments[:2])
    ):
        return equation
    condition, source, initial = e.arguments

    def before(ref: Ref) -> Expr:
        return Ref(_held(variable), own) if _same(ref, me) else ref

    held.append(replace(equation, expression=Call("PREVIOUS", (me, initial))))
    sampled = Call("SAMPLE IF TRUE", (map_refs(condition, before), map_refs(source, before), initial))
    return replace(equation, expression=sampled)


def _same(ref: Ref, me: Ref) -> bool:
    if key(ref.name) != key(me.name) or len(ref.subscripts) != len(me.subscripts):
        return False
    pairs = zip(ref.subscripts, me.subscripts, strict=True)
    return all(isinstance(a, Name) and isinstance(b, Name) and key(a.name) == key(b.name) for a, b in pairs)


def _names(e: Expr, me: Ref) -> bool:
    return (isinstance(e, Ref) and _same(e, me)) or any(_names(c, me) for c in children(e))
