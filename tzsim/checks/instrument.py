"""Model -> Model: the model with what the battery needs to read and to move, and nothing of its own changed.

Added names begin with `§`. With every switch at its default each variable has the value that it has without them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from tzsim.checks.quantities import MARK
from tzsim.checks.spec import Battery, Change, Loop, Quantity
from tzsim.errors import Address, InputError
from tzsim.ir.expr import Binary, Call, Expr, Lookup, Name, Number, Ref, Table
from tzsim.ir.model import Equation, Model, Variable
from tzsim.names import VarId, key, split_element
from tzsim.passes.request import children, rebuilt
from tzsim.scenario.binding import is_number

NEVER = 1e30
"""A time that no run reaches."""


@dataclass(frozen=True, slots=True)
class Instrumented:
    """The model to compile. moved: key of a variable -> name under which its own value now stands."""

    model: Model
    moved: Mapping[VarId, str]

    def constant(self, element: str) -> str:
        """Name of a constant element as an input of the kernel."""
        name, subscripts = split_element(element)
        moved = self.moved.get(key(name))
        return element if moved is None else _element(moved, subscripts)


def _element(name: str, subscripts: Sequence[str]) -> str:
    return f"{name}[{','.join(subscripts)}]" if subscripts else name


def switch(kind: str, element: str) -> str:
    """Name of an input added for an element: kind is times, plus or since."""
    name, subscripts = split_element(element)
    return _element(f"{MARK}{kind} {name}", subscripts)


def cut_switches(loop: Loop) -> tuple[str, str, str]:
    """Inputs of a loop's cut: on (0 or 1), since, and the factor on the value held."""
    return f"{MARK}cut {loop.cut}", f"{MARK}cut since {loop.cut}", f"{MARK}cut times {loop.cut}"


def plain(model: Model, battery: Battery, change: Change) -> bool:
    """Whether a change is one of a constant from the start, which needs no switch; shocks are driven over time and need one."""
    if any(key(p.variable) == key(change.element) for s in battery.shocks for p in s.elements):
        return False
    variable = model.variables[key(split_element(change.element)[0])]
    return change.since is None and all(is_number(e.expression) for e in variable.equations)


def instrumented(model: Model, battery: Battery) -> Instrumented:
    """The model with switches for every change and cut, and a variable for every quantity."""
    variables = dict(model.variables)
    moved: dict[VarId, str] = {}
    for change in (c for s in battery.situations for c in s.changes):
        name = key(split_element(change.element)[0])
        if (
            plain(model, battery, change)
            or name in moved
            or f"{key(MARK + 'times ' + model.variables[name].name)}" in variables
        ):
            continue
        variable = model.variables[name]
        if all(isinstance(e.expression, Table) for e in variable.equations):
            variables = _with_table_switch(variables, variable)
        else:
            moved[name] = f"{MARK}own {variable.name}"
            variables |= _with_switch(variable, moved[name])
    for cut in dict.fromkeys(key(loop.cut) for loop in battery.loops):
        loop = next(x for x in battery.loops if key(x.cut) == cut)
        variables = _with_cut(variables, variables[cut], loop)
    variables |= {key(q.id): _reading(q) for q in battery.quantities}
    return Instrumented(replace(model, variables=variables), moved)


def _reading(q: Quantity) -> Variable:
    return Variable(
        q.id, (Equation(q.subscripts, q.expression, (), q.address, q.text),), q.unit, address=q.address
    )


def _own(name: str, equation: Equation) -> Ref:
    return Ref(name, tuple(Name(s) for s in equation.subscripts))


def _numbers(name: str, equations: Iterable[Equation], value: float) -> Variable:
    return Variable(name, tuple(replace(e, expression=Number(value)) for e in equations), "Dmnl")


def _switches(variable: Variable) -> dict[VarId, Variable]:
    found = [
        _numbers(f"{MARK}{kind} {variable.name}", variable.equations, value)
        for kind, value in (("times", 1.0), ("plus", 0.0), ("since", NEVER))
    ]
    return {v.id: v for v in found}


def _with_switch(variable: Variable, own: str) -> dict[VarId, Variable]:
    """x = IF Time >= since THEN times * own + plus ELSE own, where own is x as it was."""

    def moved(e: Equation) -> Equation:
        times, plus, since = (_own(f"{MARK}{k} {variable.name}", e) for k in ("times", "plus", "since"))
        change = Binary("+", Binary("*", times, _own(own, e)), plus)
        late = Binary(">=", Ref("Time"), since)
        return replace(e, expression=Call("IF THEN ELSE", (late, change, _own(own, e))))

    made = replace(variable, equations=tuple(moved(e) for e in variable.equations))
    return {key(own): replace(variable, name=own), made.id: made, **_switches(variable)}


def _with_table_switch(variables: dict[VarId, Variable], table: Variable) -> dict[VarId, Variable]:
    """Every value read from the table is multiplied."""

    def changed(e: Expr) -> Expr:
        new = rebuilt(e, tuple(changed(c) for c in children(e))) if not isinstance(e, Ref) else e
        if isinstance(e, Lookup) and isinstance(e.table, Ref) and key(e.table.name) == table.id:
            s = e.table.subscripts
            late = Binary(">=", Ref("Time"), Ref(f"{MARK}since {table.name}", s))
            factor = Call("IF THEN ELSE", (late, Ref(f"{MARK}times {table.name}", s), Number(1.0)))
            return Binary("*", new, factor)
        if isinstance(e, Call) and any(isinstance(a, Ref) and key(a.name) == table.id for a in e.arguments):
            raise InputError.one(
                f"'{table.name}' is read by {e.function}: only plain lookups can be multiplied"
            )
        return new

    made = {n: _rewritten(v, changed) for n, v in variables.items()}
    return made | _switches(table)


def _with_cut(variables: dict[VarId, Variable], variable: Variable, loop: Loop) -> dict[VarId, Variable]:
    """All others read `seen`: the variable itself, or once it is cut the value that it had then."""
    on, since, times = cut_switches(loop)
    seen, held = f"{MARK}seen {variable.name}", f"{MARK}held {variable.name}"

    def other(e: Expr) -> Expr:
        if isinstance(e, Ref) and key(e.name) == variable.id:
            return replace(e, name=seen)
        return rebuilt(e, tuple(other(c) for c in children(e))) if not isinstance(e, Ref) else e

    made = {n: v if n == variable.id else _rewritten(v, other) for n, v in variables.items()}
    now = tuple(_own(variable.name, e) for e in variable.equations)
    early, late = Binary("<", Ref("Time"), Ref(since)), Binary(">=", Ref("Time"), Ref(since))
    keeps = tuple(
        replace(e, expression=Call("SAMPLE IF TRUE", (early, n, n)))
        for e, n in zip(variable.equations, now, strict=True)
    )
    cut = Binary("and", Binary(">", Ref(on), Number(0.0)), late)
    sees = tuple(
        replace(e, expression=Call("IF THEN ELSE", (cut, Binary("*", Ref(times), _own(held, e)), n)))
        for e, n in zip(variable.equations, now, strict=True)
    )
    for name, equations in ((held, keeps), (seen, sees)):
        made[key(name)] = Variable(name, equations, variable.unit, address=variable.address)
    for name, value in ((on, 0.0), (since, loop.since), (times, 1.0)):
        made[key(name)] = Variable(name, (Equation((), Number(value), (), Address("")),), "Dmnl")
    return made


def _rewritten(variable: Variable, change: object) -> Variable:
    assert callable(change)
    new = tuple(
        e if e.expression == (made := change(e.expression)) else replace(e, expression=made)
        for e in variable.equations
    )
    return replace(variable, equations=new)


__all__ = ["Instrumented", "cut_switches", "instrumented", "plain", "switch"]
