"""describe: what a model contains, from its text alone, before anything runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import Literal, TypeAlias

from tzsim.ir.expr import Array, Binary, Call, Expr, Lookup, Number, Position, Ref, Table, Unary
from tzsim.ir.functions import FUNCTIONS
from tzsim.ir.loops import Loops, feedback_loops
from tzsim.ir.model import Method, Model, Variable, as_model
from tzsim.names import VarId, key

Kind: TypeAlias = Literal["stock", "auxiliary", "constant", "lookup", "data"]
KINDS: tuple[Kind, ...] = ("stock", "auxiliary", "constant", "lookup", "data")

PLURALS: dict[Kind, str] = {
    "stock": "stocks",
    "auxiliary": "auxiliaries",
    "constant": "constants",
    "lookup": "lookups",
    "data": "data series",
}

CONTROLS = ("INITIAL TIME", "FINAL TIME", "TIME STEP", "SAVEPER")
TIME = key("Time")


@dataclass(frozen=True, slots=True)
class Described:
    """One variable: kind, range names or elements it runs over, number of elements."""

    name: str
    kind: Kind
    unit: str
    subscripts: tuple[str, ...]
    elements: int
    group: str
    comment: str


@dataclass(frozen=True, slots=True, repr=False)
class Description:
    """What `describe` finds."""

    name: str
    files: tuple[str, ...]
    variables: tuple[Described, ...]
    subscripts: tuple[tuple[str, tuple[str, ...]], ...]
    time: Mapping[str, str]
    """Control variable -> its value or equation as text."""
    time_unit: str
    method: Method
    loops: Loops
    functions: Mapping[str, int]
    """Canonical function -> number of calls."""

    def of_kind(self, kind: Kind) -> tuple[Described, ...]:
        """Variables of one kind, in file order."""
        return tuple(v for v in self.variables if v.kind == kind)

    @property
    def elements(self) -> int:
        """Scalar equations after subscripts are written out."""
        return sum(v.elements for v in self.variables)

    @property
    def counts(self) -> str:
        """How many variables of each kind, in words."""
        return ", ".join(f"{len(self.of_kind(kind))} {PLURALS[kind]}" for kind in KINDS)

    def __repr__(self) -> str:
        return f"Description({self.name}: {self.counts}; {self.elements} scalar equations, {self.method})"

    def _repr_html_(self) -> str:
        heads = "".join(f"<th>{h}</th>" for h in ("kind", "name", "runs over", "unit", "group", "comment"))
        rows = "".join(
            "<tr>"
            + "".join(
                f'<td style="text-align:left">{escape(text)}</td>'
                for text in (v.kind, v.name, ", ".join(v.subscripts), v.unit, v.group, v.comment)
            )
            + "</tr>"
            for kind in KINDS
            for v in self.of_kind(kind)
        )
        return (
            f"<details><summary>{escape(repr(self))}</summary><table><tr>{heads}</tr>{rows}</table></details>"
        )


def describe(model: Model) -> Description:
    """Describe a model. Pure: reads no file and evaluates nothing. Raises InputError for what is no model."""
    model = as_model(model)
    kinds = kinds_of(model)
    sizes = {name: len(r.elements) for name, r in model.subscripts.items()}
    controls = {key(name) for name in CONTROLS}
    shown = tuple(
        _described(v, kinds[name], sizes) for name, v in model.variables.items() if name not in controls
    )
    functions: dict[str, int] = {}
    for variable in model.variables.values():
        for equation in variable.equations:
            for node in walk(equation.expression):
                if isinstance(node, Call):
                    functions[node.function] = functions.get(node.function, 0) + 1
    time = {name: _text(model.variables[key(name)]) for name in CONTROLS if key(name) in model.variables}
    return Description(
        model.name,
        tuple(s.path for s in model.sources),
        shown,
        tuple((r.name, r.elements) for r in model.subscripts.values()),
        time,
        model.time_unit,
        model.method,
        feedback_loops(causes(model)),
        dict(sorted(functions.items())),
    )


def walk(expression: Expr) -> Iterator[Expr]:
    """Every node of an expression, itself first."""
    stack: list[Expr] = [expression]
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node, Binary):
            stack += (node.right, node.left)
        elif isinstance(node, Unary):
            stack.append(node.argument)
        elif isinstance(node, Call):
            stack += reversed(node.arguments)
        elif isinstance(node, Lookup):
            stack += (node.argument, node.table)
        elif isinstance(node, Ref):
            stack += [s.index for s in node.subscripts if isinstance(s, Position)]


def kinds_of(model: Model) -> dict[VarId, Kind]:
    """The kind of each variable. A constant follows from numbers and other constants alone."""
    kinds: dict[VarId, Kind] = {}
    users: dict[VarId, list[VarId]] = {}
    """Name -> the variables that are constants unless it changes."""
    moving: list[VarId] = []
    for name, variable in model.variables.items():
        kinds[name] = _kind_alone(variable)
        if kinds[name] != "constant":
            moving += [] if kinds[name] == "lookup" else [name]
            continue
        for equation in variable.equations:
            for node in walk(equation.expression):
                if isinstance(node, Ref) and key(node.name) not in model.subscripts:
                    users.setdefault(key(node.name), []).append(name)
    moving.append(TIME)
    while moving:
        for user in users.pop(moving.pop(), ()):
            if kinds[user] == "constant":
                kinds[user] = "auxiliary"
                moving.append(user)
    return kinds


def _kind_alone(variable: Variable) -> Kind:
    first = variable.equations[0].expression
    if isinstance(first, Table):
        return "lookup"
    if isinstance(first, Call) and first.function == "DATA":
        return "data"
    if isinstance(first, Call) and first.function == "INTEG":
        return "stock"
    moving = ("time", "state", "random")
    for equation in variable.equations:
        for node in walk(equation.expression):
            if (
                isinstance(node, Call)
                and node.function in FUNCTIONS
                and FUNCTIONS[node.function].nature in moving
            ):
                return "auxiliary"
    return "constant"


def _described(variable: Variable, kind: Kind, sizes: Mapping[VarId, int]) -> Described:
    count = 0
    for equation in variable.equations:
        size = 1
        for s in equation.subscripts:
            size *= sizes.get(key(s), 1)
        for exception in equation.exceptions:
            left_out = 1
            for s in exception:
                left_out *= sizes.get(key(s), 1)
            size -= min(size, left_out)
        count += size
    subscripts = variable.equations[0].subscripts
    unit, comment = variable.unit, variable.comment
    return Described(variable.name, kind, unit, subscripts, count, variable.group, comment)


def _text(variable: Variable) -> str:
    expression = variable.equations[0].expression
    if isinstance(expression, Number):
        return f"{expression.value:g}"
    if isinstance(expression, Ref):
        return expression.name
    if isinstance(expression, Array):
        return ", ".join(f"{v:g}" for v in expression.values)
    return variable.equations[0].text.strip() or "an expression"


def causes(model: Model) -> dict[VarId, tuple[VarId, ...]]:
    """variable -> variables it is computed from while the model runs (initial values of stocks do not count)."""
    found: dict[VarId, tuple[VarId, ...]] = {}
    for name, variable in model.variables.items():
        names: dict[VarId, None] = {}
        for equation in variable.equations:
            e = equation.expression
            running = e.arguments[0] if isinstance(e, Call) and e.function == "INTEG" else e
            for node in walk(running):
                if isinstance(node, Ref) and key(node.name) in model.variables:
                    names[key(node.name)] = None
        found[name] = tuple(names)
    return found
