"""Macros that a file defines, `<macro name=...>`, written out where they are called (XMILE 1.0, section 4.7).

A call becomes the macro's expression with its parameters replaced. Variables of a macro become variables of the call,
named `variable·macro·n·local`, with the subscripts of the equation that calls. An argument that is more than a name or
a number becomes a variable too, so that nothing is written twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tzsim.errors import Address, Problem
from tzsim.ir.expr import Binary, Call, Expr, Lookup, Number, Ref, Unary
from tzsim.ir.model import Equation, Variable
from tzsim.names import VarId, key
from tzsim.translate.syntax import SyntaxProblem, map_refs
from tzsim.translate.xmile.declared import Declared
from tzsim.translate.xmile.document import Node
from tzsim.translate.xmile.expressions import parse_equation
from tzsim.translate.xmile.functions import spelled
from tzsim.translate.xmile.graphs import read_graph
from tzsim.translate.xmile.lexer import display

if TYPE_CHECKING:
    from tzsim.translate.xmile.resolve import Scope

DISCRETE = ("conveyor", "queue", "oven")
MAX_DEPTH = 16
MAX_MADE = 10_000
"""Variables that macros of a model may make."""


@dataclass(frozen=True, slots=True)
class Macro:
    """Parameters with their defaults ('' where there is none), the expression, and the variables inside."""

    name: str
    parameters: tuple[tuple[str, str], ...]
    equation: str
    variables: tuple[Node, ...]

    @property
    def discrete(self) -> bool:
        """Whether it holds conveyors, queues or ovens, which are not written out inside a macro."""
        return any(v.first(t) is not None for v in self.variables for t in DISCRETE)


def read_macros(root: Node, file: str, problems: list[Problem]) -> dict[str, Macro]:
    """The macros of a file by the spelling of their calls."""
    found: dict[str, Macro] = {}
    for node in root.all("macro"):
        name = display(node.get("name"))
        parameters = tuple((display(p.text), p.get("default")) for p in node.all("parm"))
        inside = tuple(
            v for group in node.all("variables") for v in group.children if v.tag in ("stock", "flow", "aux")
        )
        equation = node.value("eqn")
        if not name or not equation:
            problems.append(
                Problem(Address(file, node.line, node.column), f"macro '{name}' needs a name and an <eqn>")
            )
            continue
        found[spelled(name)] = Macro(name, parameters, equation, inside)
    return found


def expand(scope: Scope, macro: Macro, arguments: tuple[Expr, ...], *, inside: bool) -> Expr:
    """The expression of a call; what it needs beside it goes to the names of the file."""
    names = scope.names
    least = sum(not default for _, default in macro.parameters)
    if not least <= len(arguments) <= len(macro.parameters):
        raise SyntaxProblem(
            0, f"macro {macro.name} takes {len(macro.parameters)} arguments, found {len(arguments)}"
        )
    if names.depth >= MAX_DEPTH:
        raise SyntaxProblem(0, f"macros call each other more than {MAX_DEPTH} deep")
    names.sites += 1
    site = f"{scope.variable.name}·{macro.name}·{names.sites}"
    given: dict[VarId, Expr] = {}
    for i, (parameter, default) in enumerate(macro.parameters):
        raw = arguments[i] if i < len(arguments) else parse_equation(default)
        if not inside and not isinstance(raw, Ref | Number):
            raw = _put(scope, f"{site}·{parameter}", scope.resolve(raw))
        given[key(parameter)] = raw
    for node in macro.variables:
        local = display(node.get("name"))
        given[key(local)] = _declare(scope, f"{site}·{local}")

    def bound(text: str) -> Expr:
        return map_refs(parse_equation(text), lambda r: given.get(key(r.name), r) if not r.subscripts else r)

    names.depth += 1
    try:
        for node in macro.variables:
            _put(scope, f"{site}·{display(node.get('name'))}", _local(scope, macro, node, given, bound))
        return scope.expression(bound(macro.equation), inside=inside)
    finally:
        names.depth -= 1


def _declare(scope: Scope, name: str) -> Ref:
    dimensions = scope.variable.dimensions
    scope.names.variables[key(name)] = Declared(name, dimensions)
    return Ref("." + name)


def _put(scope: Scope, name: str, expression: Expr) -> Ref:
    """A variable with the subscripts of the equation that calls."""
    names = scope.names
    if len(names.extra) >= MAX_MADE:
        raise SyntaxProblem(0, f"macros make more than {MAX_MADE:,} variables")
    subscripts = tuple(d if e is None else e for d, e in scope.left)
    names.extra[key(name)] = Variable(name, (Equation(subscripts, expression),))
    return _declare(scope, name)


def _local(
    scope: Scope, macro: Macro, node: Node, given: dict[VarId, Expr], bound: Callable[[str], Expr]
) -> Expr:
    """The right-hand side of a variable inside a macro."""
    name = display(node.get("name"))
    if node.first("dimensions") is not None or any(node.first(t) is not None for t in DISCRETE):
        raise SyntaxProblem(
            0, f"macro {macro.name}: '{name}' is an array or a discrete stock", unsupported=True
        )
    text, graph = node.value("eqn"), node.first("gf")
    if not text:
        raise SyntaxProblem(0, f"macro {macro.name}: '{name}' has no <eqn>")
    expression = scope.resolve(bound(text))
    if graph is not None:
        expression = Lookup(read_graph(graph), expression)
    if node.tag == "flow" and node.first("non_negative") is not None:
        return Call("MAX", (expression, Number(0.0)))
    if node.tag != "stock":
        return expression
    net: Expr = Number(0.0)
    for tag, op in (("inflow", "+"), ("outflow", "-")):
        for flow in node.all(tag):
            part = given.get(key(display(flow.text)))
            if part is None:
                raise SyntaxProblem(0, f"macro {macro.name}: the flow '{display(flow.text)}' is not defined")
            one = scope.resolve(part)
            first = net == Number(0.0)
            net = (
                (one if op == "+" else Unary("-", one))
                if first
                else Binary("+" if op == "+" else "-", net, one)
            )
    if node.first("non_negative") is not None:
        own = scope.resolve(given[key(name)])
        net = Call("MAX", (net, Unary("-", Binary("/", own, Ref("TIME STEP")))))
    return Call("INTEG", (net, expression))
