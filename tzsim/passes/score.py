"""Link scores: variables that say what each link of a loop alone would have done in the last step.

A pass on scalars, after `expand`. For a target z = f(x, y, ...) of a link from x it adds `z·before`, f of what its causes were one
step ago, and `z·x alone`, the same with the present x. A stock stands for its net flow: Schoenberg, Hayward and Eberlein (2023,
'Improving Loops that Matter') show that this is the score of the link from flow to stock. Time itself is the present one in both,
so that what the clock does is nobody's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from tzsim.ir.expr import Call, Expr, Number, Ref
from tzsim.ir.model import Equation, Model, Variable
from tzsim.names import VarId, key
from tzsim.passes.expand import MEMORIES
from tzsim.passes.request import children, rebuilt

Link = tuple[VarId, VarId]
"""(cause, effect)."""


@dataclass(frozen=True, slots=True)
class ScoredNames:
    """What to read for one link: names of the cause, of the effect (net flow of a stock) now and before, and of the cause alone."""

    cause: str
    now: str
    before: str
    alone: str


def running(variable: Variable) -> Expr | None:
    """What a scalar variable follows in every step: the net flow of a stock; None for a memory (a delay of fixed time)."""
    e = variable.equations[0].expression
    if isinstance(e, Call) and e.function == "INTEG":
        return e.arguments[0]
    if isinstance(e, Call) and e.function == "ACTIVE INITIAL":
        return e.arguments[0]
    return None if isinstance(e, Call) and e.function in MEMORIES else e


def scalar_causes(model: Model) -> dict[VarId, tuple[VarId, ...]]:
    """Scalar -> scalars it follows from; links through a memory are left out."""
    found: dict[VarId, tuple[VarId, ...]] = {}
    for name, variable in model.variables.items():
        e = running(variable)
        names = () if e is None else (n for n in _names(e) if n in model.variables)
        found[name] = tuple(dict.fromkeys(names))
    return found


def _names(e: Expr) -> Iterable[VarId]:
    stack = [e]
    while stack:
        e = stack.pop()
        if isinstance(e, Ref):
            yield key(e.name)
        elif isinstance(e, Call) and e.function == "INITIAL":
            continue
        elif isinstance(e, Call) and e.function == "ACTIVE INITIAL":
            stack.append(e.arguments[0])
        else:
            stack += children(e)


def add_scores(model: Model, links: Iterable[Link]) -> tuple[Model, dict[Link, ScoredNames]]:
    """The scalar model with what the links' scores are made of, and the names to read."""
    variables = dict(model.variables)
    fixed = {n for n, v in variables.items() if isinstance(v.equations[0].expression, Number)}
    made: dict[Link, ScoredNames] = {}
    for cause, effect in links:
        target = model.variables[effect]
        e = running(target)
        assert e is not None, effect
        past: dict[VarId, str] = {}
        for name in _names(e):
            if name in model.variables and name not in fixed:
                shown = model.variables[name].name
                past[name] = f"{shown}·before"
                me = Ref(shown)
                _add(variables, past[name], Call("PREVIOUS", (me, me)))
        now = target.name
        if (
            isinstance(target.equations[0].expression, Call)
            and target.equations[0].expression.function == "INTEG"
        ):
            now = f"{target.name}·net flow"
            _add(variables, now, e)
        names = ScoredNames(model.variables[cause].name, now, f"{now}·then", f"{now}·{cause} alone")
        _add(variables, names.before, _put(e, past))
        _add(variables, names.alone, _put(e, {n: p for n, p in past.items() if n != cause}))
        made[(cause, effect)] = names
    return replace(model, variables=variables), made


def _add(variables: dict[VarId, Variable], name: str, e: Expr) -> None:
    variables.setdefault(key(name), Variable(name, (Equation((), e, text=name),)))


def _put(e: Expr, names: Mapping[VarId, str]) -> Expr:
    """`e` with variables under other names."""
    if isinstance(e, Ref):
        return Ref(names[key(e.name)]) if key(e.name) in names else e
    if isinstance(e, Call) and e.function == "INITIAL":
        return e
    if isinstance(e, Call) and e.function == "ACTIVE INITIAL":
        return _put(e.arguments[0], names)
    old = children(e)
    return rebuilt(e, tuple(_put(c, names) for c in old)) if old else e
