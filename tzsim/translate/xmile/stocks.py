"""Stocks and flows of XMILE: net flows, one-way flows and stocks that may not become negative.

A non-negative flow is never below zero. A non-negative stock limits its outflows, the first listed served first, to what
the stock and its inflows hold in one step (XMILE 1.0, sections 4.2 and 4.3); a stock that would still fall below zero,
for instance by a negative inflow, stops at zero.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from tzsim.ir.expr import Binary, Call, Every, Expr, Name, Number, Ref, Unary
from tzsim.ir.model import Equation, Variable
from tzsim.names import VarId, key
from tzsim.translate.syntax import SyntaxProblem, children
from tzsim.translate.xmile.declared import Names
from tzsim.translate.xmile.document import Node
from tzsim.translate.xmile.lexer import display
from tzsim.translate.xmile.modules import Placed
from tzsim.translate.xmile.resolve import Scope

DT = Ref("TIME STEP")


@dataclass(slots=True)
class Flows:
    """Which flow leaves which stock, and who is non-negative."""

    placed: list[Placed]
    default: tuple[bool, bool]
    drained: dict[VarId, list[Placed]] = field(default_factory=dict[VarId, list[Placed]])

    def bounded(self, stock: Placed) -> bool:
        return stock.node.first("conveyor") is None and _flag(stock.node, default=self.default[0])

    def one_way(self, flow: Placed) -> bool:
        return _flag(flow.node, default=self.default[1])


def _flag(node: Node, *, default: bool) -> bool:
    own = node.first("non_negative")
    return default if own is None else own.text.strip().lower() != "false"


def _names(node: Node, tag: str) -> list[str]:
    """Flow names of a stock; some writers repeat them in every <element>."""
    found = [n for holder in (node, *node.all("element")) for n in holder.all(tag)]
    return list(dict.fromkeys(name for n in found if (name := display(n.text))))


def net_flow(scope: Scope, stock: Placed, flows: Flows) -> Expr:
    """inflows - outflows of a stock, held above -stock/step where it may not become negative."""
    inward = [_flow(scope, n) for n in _names(stock.node, "inflow")]
    outward = [_flow(scope, n) for n in _names(stock.node, "outflow")]
    for name in _names(stock.node, "outflow"):
        found = scope.find(name)
        assert found is not None
        givers = flows.drained.setdefault(key(found.name), [])
        if stock not in givers:
            givers.append(stock)
    net: Expr = _sum(inward) if inward else Number(0.0)
    for i, flow in enumerate(outward):
        net = Unary("-", flow) if i == 0 and not inward else Binary("-", net, flow)
    if flows.bounded(stock) and (inward or outward):
        own = scope.resolve(Ref("SELF"))
        net = Call("MAX", (net, Binary("/", Binary("-", Number(0.0), own), DT)))
    return net


def _flow(scope: Scope, name: str) -> Expr:
    """A flow of a stock; one with dimensions that the stock lacks counts as the sum over them, as Stella counts it."""
    found = scope.find(name)
    own = {key(d): e for d, e in scope.left}
    dimensions = scope.names.distinct(found.dimensions) if found else ()
    if found is None or all(key(d) in own for d in dimensions):
        return scope.resolve(Ref(name))
    subscripts = tuple(Every(d) if key(d) not in own else Name(own[key(d)] or d) for d in dimensions)
    return Call("SUM", (Ref(found.name, subscripts),))


def _sum(parts: list[Expr]) -> Expr:
    total = parts[0]
    for part in parts[1:]:
        total = Binary("+", total, part)
    return total


def _references(variable: Variable) -> set[VarId]:
    """Names that a variable's present value needs; a stock needs none."""
    found: set[VarId] = set()
    todo: list[Expr] = [e.expression for e in variable.equations]
    while todo:
        expr = todo.pop()
        if isinstance(expr, Call) and expr.function == "INTEG":
            continue
        if isinstance(expr, Ref):
            found.add(key(expr.name))
        todo.extend(children(expr))
    return found


def _needs(variables: dict[VarId, Variable], start: VarId) -> set[VarId]:
    seen: set[VarId] = set()
    todo = [start]
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        if name in variables:
            todo.extend(_references(variables[name]))
    return seen


def limit_flows(variables: dict[VarId, Variable], flows: Flows, names: Names) -> None:
    """Outflows of non-negative stocks get their limit, in place of the equation in `variables`.

    An inflow that itself depends on the outflow is left out of what is available, since it cannot be known before it.
    A flow that drains several stocks is not limited; the stocks stop at zero themselves.
    """
    for stock in flows.placed:
        if stock.node.tag != "stock" or key(stock.name) not in variables or not flows.bounded(stock):
            continue
        declared = names.variables[key(stock.name)]
        earlier: list[VarId] = []
        for text in _names(stock.node, "outflow"):
            scope = Scope(names, stock.path, declared, ())
            found = scope.find(text)
            if found is None or key(found.name) not in variables:
                continue
            flow = key(found.name)
            alone = len(flows.drained.get(flow, [])) == 1
            if alone and found.dimensions == declared.dimensions and variables[flow].equations:
                inward = [
                    key(i.name)
                    for n in _names(stock.node, "inflow")
                    if (i := scope.find(n)) and flow not in _needs(variables, key(i.name))
                ]
                blocked = [e for e in earlier if flow in _needs(variables, e)]
                if not blocked:
                    variables[flow] = _limited(variables[flow], stock, names, inward, earlier)
            earlier.append(flow)


def _limited(
    flow: Variable, stock: Placed, names: Names, inward: Iterable[VarId], earlier: Iterable[VarId]
) -> Variable:
    declared = names.variables[key(stock.name)]
    dimensions = names.distinct(declared.dimensions)
    equations: list[Equation] = []
    for equation in flow.equations:
        left = tuple(
            (d, None if key(s) == key(d) else s) for d, s in zip(dimensions, equation.subscripts, strict=True)
        )
        scope = Scope(names, "", declared, left)

        def there(name: VarId, scope: Scope = scope) -> Expr:
            return scope.resolve(Ref("." + names.variables[name].name))

        try:
            available: Expr = Binary("/", there(key(stock.name)), DT)
            for name in inward:
                available = Binary("+", available, there(name))
            for name in earlier:
                available = Binary("-", available, there(name))
        except SyntaxProblem:
            return flow
        limited = Call("MIN", (equation.expression, Call("MAX", (available, Number(0.0)))))
        equations.append(replace(equation, expression=limited))
    return replace(flow, equations=tuple(equations))
