"""What fills and empties each stock: the terms of its net flow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from tzsim.ir.describe import Kind, walk
from tzsim.ir.expr import Binary, Call, Expr, Number, Ref, Unary
from tzsim.ir.model import Model, Variable
from tzsim.ir.printer import print_expression
from tzsim.names import VarId, key

DELAYS = frozenset(
    {
        "SMOOTH", "SMOOTHI", "SMOOTH3", "SMOOTH3I", "SMOOTH N", "DELAY1", "DELAY1I", "DELAY3", "DELAY3I", "DELAY N",
        "DELAY FIXED", "DELAY INFORMATION", "DELAY MATERIAL",
    }
)  # fmt: skip
"""Functions whose value follows their first argument later."""


@dataclass(frozen=True, slots=True)
class Flow:
    """A term of a net flow.

    name: the variable that it is; None where it is written as an expression. sign: 1 fills, -1 empties. both: may run
    either way (a difference as a factor). causes, text: variables it is computed from, and the expression, where it has no name.
    """

    name: VarId | None
    sign: int
    both: bool
    causes: tuple[VarId, ...]
    text: str = ""


def follows(model: Model, stock: VarId) -> frozenset[VarId]:
    """Causes of a stock that only follows them: (goal - stock) / time, an information delay. Empty for any other."""
    for equation in model.variables[stock].equations:
        e = equation.expression
        if isinstance(e, Call) and e.function == "INTEG":
            goal = _gap(e.arguments[0], stock)
            if goal is not None:
                return frozenset(_names(model, goal) - {stock})
    return frozenset()


def _gap(net: Expr, stock: VarId) -> Expr | None:
    """The goal of (goal - stock) / time, also as a branch of IF THEN ELSE."""
    if isinstance(net, Call) and net.function == "IF THEN ELSE":
        return next((g for a in net.arguments[1:] if (g := _gap(a, stock)) is not None), None)
    if isinstance(net, Binary) and net.op in "*/":
        return _gap(net.left, stock)
    if isinstance(net, Binary) and net.op == "-":
        right = net.right
        if isinstance(right, Ref) and key(right.name) == stock:
            return net.left
    return None


def flows(model: Model, stock: VarId, kinds: Mapping[VarId, Kind]) -> tuple[Flow, ...]:
    """The terms that fill and empty a stock, unnamed ones of one sign together; none for a stock that follows others."""
    if follows(model, stock):
        return ()
    found: dict[tuple[VarId | None, int], Flow] = {}
    for equation in model.variables[stock].equations:
        e = equation.expression
        if isinstance(e, Call) and e.function == "INTEG":
            for term, sign in terms(e.arguments[0], 1):
                flow = _flow(model, term, sign, kinds)
                if flow is not None:
                    same = found.get((flow.name, flow.sign))
                    if same is not None:
                        causes = tuple(dict.fromkeys(same.causes + flow.causes))
                        text = f"{same.text} + {flow.text}"
                        flow = replace(flow, both=flow.both or same.both, causes=causes, text=text)
                    found[(flow.name, flow.sign)] = flow
    return tuple(found.values())


def _flow(model: Model, term: Expr, sign: int, kinds: Mapping[VarId, Kind]) -> Flow | None:
    if isinstance(term, Number):
        return None
    if isinstance(term, Ref) and kinds.get(key(term.name)) in ("auxiliary", "constant", "data"):
        return Flow(key(term.name), sign, False, ())
    # 1 - part is taken for what is left of a whole
    both = any(
        isinstance(n, Binary) and n.op == "-" and not isinstance(n.left, Number) for n in _factors(term)
    )
    return Flow(None, sign, both, tuple(sorted(_names(model, term))), print_expression(_plain(term)))


def terms(e: Expr, sign: int) -> Iterator[tuple[Expr, int]]:
    if isinstance(e, Binary) and e.op in "+-":
        yield from terms(e.left, sign)
        yield from terms(e.right, sign if e.op == "+" else -sign)
    elif isinstance(e, Unary) and e.op == "-":
        yield from terms(e.argument, -sign)
    elif isinstance(e, Binary) and e.op in "*/" and isinstance(e.left, Unary) and e.left.op == "-":
        yield Binary(e.op, e.left.argument, e.right), -sign
    else:
        yield e, sign


def _factors(e: Expr) -> Iterator[Expr]:
    if isinstance(e, Binary) and e.op in "*/":
        yield from _factors(e.left)
        yield from _factors(e.right)
    else:
        yield e


def _plain(e: Expr) -> Expr:
    """The expression without subscripts."""
    if isinstance(e, Ref):
        return Ref(e.name)
    if isinstance(e, Binary):
        return Binary(e.op, _plain(e.left), _plain(e.right))
    if isinstance(e, Unary):
        return Unary(e.op, _plain(e.argument))
    return Call(e.function, tuple(_plain(a) for a in e.arguments)) if isinstance(e, Call) else e


def _names(model: Model, e: Expr) -> set[VarId]:
    return {key(n.name) for n in walk(e) if isinstance(n, Ref) and key(n.name) in model.variables}


def delayed_by(variable: Variable) -> frozenset[VarId]:
    """Causes that a variable sees later: the inputs of its delay and smoothing functions."""
    return frozenset(
        key(n.name)
        for e in variable.equations
        for call in walk(e.expression)
        if isinstance(call, Call) and call.function in DELAYS
        for n in walk(call.arguments[0])
        if isinstance(n, Ref)
    )
