"""SINTEG, Vensim's stock within bounds, written out as INTEG of a held rate (Vensim documentation, page 'SINTEG')."""

from __future__ import annotations

from tzsim.ir.expr import NA, Binary, Call, Expr, Number, Ref
from tzsim.translate.syntax import SyntaxProblem, children

DT = Ref("TIME STEP")


def write_out(expr: Expr, own: Ref) -> Expr:
    """The right-hand side of `own` without SINTEG. SyntaxProblem where it cannot be written out.

    SINTEG(rate, initial, min, max, quant, spec, thresh): the rate is held where the next value would leave
    [min, max]. A quantum and a special value are refused.
    """
    if not isinstance(expr, Call) or expr.function != "SINTEG":
        if _holds(expr):
            raise SyntaxProblem(0, "SINTEG may only be a whole right-hand side")
        return expr
    rate, initial, low, high, *others = expr.arguments
    if (
        not isinstance(low, Number)
        or not isinstance(high, Number)
        or not all(isinstance(a, Number) for a in others)
    ):
        raise SyntaxProblem(0, "the last five arguments of SINTEG must be numbers or :NA:")
    if any(isinstance(a, Number) and a.value != NA for a in others):
        raise SyntaxProblem(0, "SINTEG with a quantum or a special value", unsupported=True)
    if high.value != NA:
        rate = Call("MIN", (rate, Binary("/", Binary("-", high, own), DT)))
        initial = Call("MIN", (initial, high))
    if low.value != NA:
        rate = Call("MAX", (rate, Binary("/", Binary("-", low, own), DT)))
        initial = Call("MAX", (initial, low))
    return Call("INTEG", (rate, initial))


def _holds(expr: Expr) -> bool:
    return any((isinstance(c, Call) and c.function == "SINTEG") or _holds(c) for c in children(expr))
