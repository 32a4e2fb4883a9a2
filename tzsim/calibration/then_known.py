"""A model as it could have been written at an origin: paths of the outside world end there and go on as a random walk.

A model's tables of national activity and prices were filled in afterwards. A hindcast that read them beyond its origin
would know the future, so there each table is held at its last known point and multiplied by
exp(drift*(x - end) + sd*(e1*r1 + e2*r2 + ...)), where r_k rises from 0 to 1 in the k-th year beyond the end and the
e_k are standard normal constants, one for each element and year. drift and sd are those of the table's own known past.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from tzsim.errors import Address, InputError, Problem, nearest
from tzsim.ir.expr import Array, Binary, Call, Expr, Lookup, Number, Position, Ref, Table, Text, Unary
from tzsim.ir.model import Equation, Model, Variable
from tzsim.names import VarId, element, key
from tzsim.scenario.distributions import Z95, Distribution
from tzsim.scenario.records import Prior, Priors

NO_ADDRESS = Address("")


@dataclass(frozen=True, slots=True)
class Driver:
    """A table variable of the outside world. beyond: 'trend' goes on at its past growth, 'last' stays where it is."""

    table: str
    beyond: Literal["trend", "last"]


def then_known(model: Model, drivers: Iterable[Driver], known: float, years: int) -> tuple[Model, Priors]:
    """The model with nothing of `drivers` after time `known`, and the priors of what took its place.

    years: how many years (units of time) beyond it may be asked. Raises InputError for a driver that is no table of numbers
    above zero.
    """
    problems: list[Problem] = []
    changed: dict[VarId, Variable] = dict(model.variables)
    priors: list[Prior] = []
    steps: dict[VarId, tuple[str, ...]] = {}
    for driver in drivers:
        variable = model.variables.get(key(driver.table))
        if variable is None or not all(_positive(e.expression) for e in variable.equations):
            hint = nearest(driver.table, [v.name for v in model.variables.values()])
            problems.append(Problem(None, f"'{driver.table}' is no table of numbers above zero", hint))
            continue
        made = _cut(variable, driver, known, years)
        changed |= {v.id: v for v in made.variables}
        priors += made.priors
        steps[variable.id] = made.names
    if problems:
        raise InputError(problems)
    rewritten = {id: _rewritten(v, steps) for id, v in changed.items()}
    return replace(model, variables=rewritten), Priors(tuple(priors))


@dataclass(frozen=True, slots=True)
class _Cut:
    variables: tuple[Variable, ...]
    priors: tuple[Prior, ...]
    names: tuple[str, ...]
    """Of the end, the drift, the spread, and the steps of each year."""


def _cut(variable: Variable, driver: Driver, until: float, years: int) -> _Cut:
    ends: list[Equation] = []
    drifts: list[Equation] = []
    spreads: list[Equation] = []
    tables: list[Equation] = []
    steps: list[list[Equation]] = [[] for _ in range(years)]
    priors: list[Prior] = []
    names = tuple(f"{variable.name} {part}" for part in ("end", "drift", "spread"))
    steps_names = tuple(f"{variable.name} step {k + 1}" for k in range(years))
    for equation in variable.equations:
        table = equation.expression
        assert isinstance(table, Table)
        known = [(x, y) for x, y in zip(table.xs, table.ys, strict=True) if x <= until or x == table.xs[0]]
        xs, ys = tuple(x for x, _ in known), tuple(y for _, y in known)
        drift, spread = past(xs, ys, driver.beyond)
        tables.append(replace(equation, expression=_at_least_two(xs, ys)))
        for equations, value in zip((ends, drifts, spreads), (xs[-1], drift, spread), strict=True):
            equations.append(Equation(equation.subscripts, Number(value)))
        for k in range(years):
            steps[k].append(Equation(equation.subscripts, Number(0.0)))
            name = element(steps_names[k], equation.subscripts)
            reason = "the outside world after the origin of a hindcast"
            priors.append(
                Prior(
                    name, Distribution("normal", 0.0, -Z95, Z95), "Dmnl", "its own past", "assumption", reason
                )
            )
    new = [
        Variable(name, tuple(equations), unit)
        for name, equations, unit in zip(
            names, (ends, drifts, spreads), ("Year", "1/Year", "Dmnl"), strict=True
        )
    ]
    new += [Variable(n, tuple(e), "Dmnl") for n, e in zip(steps_names, steps, strict=True)]
    return _Cut((replace(variable, equations=tuple(tables)), *new), tuple(priors), (*names, *steps_names))


def past(
    xs: tuple[float, ...], ys: tuple[float, ...], beyond: Literal["trend", "last"]
) -> tuple[float, float]:
    """(drift, sd) a year of the log of a path, as a random walk seen at its known points; (0, 0) with fewer than three."""
    if len(xs) < 3:
        return 0.0, 0.0
    gaps, changes = np.diff(xs), np.diff(np.log(ys))
    drift = float(changes.sum() / gaps.sum()) if beyond == "trend" else 0.0
    degrees = len(gaps) - (1 if beyond == "trend" else 0)
    return drift, float(np.sum((changes - drift * gaps) ** 2 / gaps) / degrees) ** 0.5


def _positive(e: Expr) -> bool:
    return isinstance(e, Table) and min(e.ys) > 0


def _at_least_two(xs: tuple[float, ...], ys: tuple[float, ...]) -> Table:
    return Table((xs[0] - 1.0, *xs), (ys[0], *ys))


def _rewritten(variable: Variable, steps: Mapping[VarId, tuple[str, ...]]) -> Variable:
    equations = tuple(replace(e, expression=_moved(e.expression, steps)) for e in variable.equations)
    return variable if equations == variable.equations else replace(variable, equations=equations)


def _moved(e: Expr, steps: Mapping[VarId, tuple[str, ...]]) -> Expr:
    """The expression with every reading of a driver multiplied by what it may have become after the origin."""
    match e:
        case Lookup(Ref(name, subscripts) as table, argument) if key(name) in steps:
            x = _moved(argument, steps)
            end, drift, spread, *each = (Ref(n, subscripts) for n in steps[key(name)])
            beyond = Binary("-", x, end)
            total: Expr = Number(0.0)
            for k, step in enumerate(each):
                rise = Call(
                    "MIN", (Number(1.0), Call("MAX", (Number(0.0), Binary("-", beyond, Number(float(k))))))
                )
                total = Binary("+", total, Binary("*", step, rise))
            trend = Binary("*", drift, Call("MAX", (Number(0.0), beyond)))
            factor = Call("EXP", (Binary("+", trend, Binary("*", spread, total)),))
            return Binary("*", Lookup(table, x), factor)
        case Lookup(table, argument):
            return Lookup(table, _moved(argument, steps))
        case Call(function, arguments):
            return Call(function, tuple(_moved(a, steps) for a in arguments))
        case Unary(op, argument):
            return Unary(op, _moved(argument, steps))
        case Binary(op, left, right):
            return Binary(op, _moved(left, steps), _moved(right, steps))
        case Ref(name, subscripts):
            moved = tuple(
                Position(_moved(s.index, steps)) if isinstance(s, Position) else s for s in subscripts
            )
            return Ref(name, moved)
        case Number() | Table() | Array() | Text():
            return e
