"""Model -> Model: variables over time that the caller gives, in place of their equations.

A path that all members share becomes the table of a data variable. One that differs between members becomes a constant, which the
compiled run is given at every step and stage (`plan.PathSpec`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tzsim.errors import InputError, Problem
from tzsim.ir.describe import walk
from tzsim.ir.expr import Call, Expr, Lookup, Number, Ref, Table
from tzsim.ir.functions import FUNCTIONS
from tzsim.ir.model import Equation, Model, Variable
from tzsim.kernel.layout import Layout, Slot
from tzsim.kernel.path_forms import Path
from tzsim.names import VarId, key
from tzsim.passes.request import CONTROLS


@dataclass(frozen=True, slots=True)
class Driven:
    """A model with its paths in place. members: element name -> its path, of those that differ between members."""

    model: Model
    members: Mapping[str, Path] = field(default_factory=dict[str, Path])


def drive(model: Model, paths: Sequence[Path], others: Iterable[str] = ()) -> Driven:
    """The model with these variables over time. others: names that are given in another way.

    The path of an element, or of a range of them, goes before that of its array. Raises InputError for names that do not exist, stocks,
    lookup tables and time settings, and for what is given twice, with every problem.
    """
    if not paths:
        return Driven(model)
    layout = Layout(model)
    problems: list[Problem] = []
    found: list[tuple[Path, list[Slot]]] = []
    for path in paths:
        try:
            slots = layout.find(path.name)
        except InputError as error:
            problems += [replace(p, message=f"series: {p.message}") for p in error.problems]
            continue
        problems += _refused(path, slots)
        found.append((path, slots))
    chosen: dict[int, tuple[Path, int]] = {}
    for path, slots in sorted(found, key=lambda f: -len(f[1])):
        for slot in slots:
            before = chosen.get(slot.number)
            if before is not None and before[1] == len(slots):
                message = f"{slot.name!r} is given by the series {before[0].name!r} and {path.name!r}"
                problems.append(Problem(None, message, "give it once"))
                break
            chosen[slot.number] = path, len(slots)
    problems += _given_twice(layout, chosen, others)
    apart = {layout.slots[n].variable.id for n, (p, _) in chosen.items() if p.members is not None}
    problems += _read_as_tables(model, apart) if apart else []
    if problems:
        raise InputError(problems)
    by_variable: dict[str, dict[int, Path]] = {}
    for number, (path, _) in chosen.items():
        by_variable.setdefault(layout.slots[number].variable.id, {})[number] = path
    variables = dict(model.variables)
    for name, own in by_variable.items():
        variables[name] = _driven(variables[name], list(layout.cells[name].values()), own, layout)
    members = {layout.slots[n].name: p for n, (p, _) in chosen.items() if p.members is not None}
    return Driven(replace(model, variables=variables), members)


def _refused(path: Path, slots: Sequence[Slot]) -> list[Problem]:
    for slot in slots:
        e = slot.equation.expression
        what, hint = "", ""
        if slot.variable.id in CONTROLS:
            what = "a time setting"
        elif isinstance(e, Table):
            what, hint = "a lookup table", "give the variable that reads it"
        elif isinstance(e, Call) and e.function == "INTEG":
            what, hint = "a stock: its flows decide it", "give a flow, or its initial value in `draws`"
        if what:
            message = f"series {path.name!r}: {slot.name!r} is {what}, and cannot be given over time"
            return [Problem(slot.equation.address, message, hint)]
    return []


def _given_twice(layout: Layout, chosen: Mapping[int, object], others: Iterable[str]) -> list[Problem]:
    problems: list[Problem] = []
    for name in others:
        try:
            slots = layout.find(name)
        except InputError:
            continue  # the run names it
        both = [s for s in slots if s.number in chosen]
        if both:
            message = f"{both[0].name!r} is given in `series` and as one number for the run ({name!r})"
            problems.append(Problem(None, message, "give it once"))
    return problems


def _read_as_tables(model: Model, apart: Collection[VarId]) -> list[Problem]:
    """GET DATA AT TIME and the like read the whole table of a data variable, which cannot differ between members."""
    problems: list[Problem] = []
    for variable in model.variables.values():
        for equation in variable.equations:
            for e in walk(equation.expression):
                data = (
                    isinstance(e, Call) and e.function in FUNCTIONS and FUNCTIONS[e.function].nature == "data"
                )
                table = e.arguments[0] if isinstance(e, Call) and data and e.arguments else None
                table = e.table if isinstance(e, Lookup) else table
                if isinstance(table, Ref) and key(table.name) in apart:
                    name = model.variables[key(table.name)].name
                    message = (
                        f"series {name!r}: {variable.name!r} reads it as a table, which all members share"
                    )
                    hint = "give one path for all members, or run `interpret` for each"
                    problems.append(Problem(equation.address, message, hint))
    return problems


def _driven(variable: Variable, cells: Sequence[Slot], own: Mapping[int, Path], layout: Layout) -> Variable:
    """The variable with these elements given: whole equations in place, single elements by equations behind them."""
    kept: list[Equation] = []
    more: list[Equation] = []
    for equation in variable.equations:
        here = [s for s in cells if s.equation is equation]
        paths = [own.get(s.number) for s in here]
        if here and all(p is paths[0] for p in paths):
            first = paths[0]
            kept.append(equation if first is None else replace(equation, expression=_read(first), text=""))
            continue
        ours = [(s, p) for s, p in zip(here, paths, strict=True) if p is not None]
        kept.append(
            replace(equation, expression=Number(0.0), text="") if len(ours) == len(here) else equation
        )
        more += [
            Equation(tuple(layout.shown.get(e, e) for e in s.cell), _read(p), (), equation.address)
            for s, p in ours
        ]
    return replace(variable, equations=(*kept, *more))


def _read(path: Path) -> Expr:
    return Call("DATA", (path.table(),)) if path.members is None else Number(0.0)
