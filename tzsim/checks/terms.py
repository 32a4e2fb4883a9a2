"""A sum as its terms: products multiplied out, factors in order, so that equal flows have equal text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tzsim.ir.describe import walk
from tzsim.ir.expr import Binary, Expr, Name, Number, Ref, Unary
from tzsim.ir.model import Model
from tzsim.ir.printer import print_expression
from tzsim.names import key
from tzsim.passes.request import children, rebuilt

MOST_TERMS = 64
DEPTH = 2
"""Definitions of auxiliaries put in place of their names, one inside the other."""


def terms(expression: Expr) -> Counter[str]:
    """Term -> how often it stands in the sum, with its sign: `a*(b - c)` is a*b once, a*c minus once."""
    found: Counter[str] = Counter()
    for sign, factors in _products(expression):
        found["*".join(sorted(factors)) or "1"] += sign
    return Counter({text: n for text, n in found.items() if n})


def _products(e: Expr) -> list[tuple[int, tuple[str, ...]]]:
    if isinstance(e, Unary) and e.op == "-":
        return [(-sign, factors) for sign, factors in _products(e.argument)]
    if isinstance(e, Number) and e.value in (0.0, 1.0):
        return [(1, ())] if e.value else []
    if isinstance(e, Binary) and e.op in "+-":
        other = 1 if e.op == "+" else -1
        return _products(e.left) + [(other * sign, factors) for sign, factors in _products(e.right)]
    if isinstance(e, Binary) and e.op == "*":
        left, right = _products(e.left), _products(e.right)
        if len(left) * len(right) <= MOST_TERMS:
            return [(s * t, a + b) for s, a in left for t, b in right]
    if isinstance(e, Binary) and e.op == "/":
        under = f"/{_text(e.right)}"
        return [(sign, (*factors, under)) for sign, factors in _products(e.left)]
    return [(1, (_text(e),))]


def _text(e: Expr) -> str:
    return key(print_expression(e))


def defined(model: Model, expression: Expr, depth: int = DEPTH) -> Expr:
    """The expression with its plain auxiliaries (sums, products and quotients of names) written out."""
    if isinstance(expression, Ref):
        variable = model.variables.get(key(expression.name))
        if variable is None or len(variable.equations) != 1 or not depth:
            return expression
        equation = variable.equations[0]
        written = [s.name for s in expression.subscripts if isinstance(s, Name)]
        if not _plain(equation.expression) or not _same(written, equation.subscripts):
            return expression
        return defined(model, equation.expression, depth - 1)
    return rebuilt(expression, tuple(defined(model, c, depth) for c in children(expression)))


def _plain(e: Expr) -> bool:
    named = any(isinstance(n, Ref) for n in walk(e))
    return named and all(isinstance(n, Binary | Unary | Ref | Number) for n in walk(e))


def _same(one: Sequence[str], other: Sequence[str]) -> bool:
    return [key(s) for s in one] == [key(s) for s in other]
