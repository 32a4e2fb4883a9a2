"""Functions over arrays, element by element: what SUM, VMIN, VECTOR SELECT and the vector functions stand for.

A function whose result is an array becomes, for each element, a call with the 0-based place of the result first and
then the scalars that it is computed from; `Number` arguments give the sizes. The kernels know these forms only:

    PICK(index, otherwise, e1, ..., en)                     e[index], 1-based, `otherwise` outside
    VECTOR SORT ORDER(place, direction, e1, ..., en)        0-based index of the element that sorts to `place`
    VECTOR RANK(place, direction, e1, ..., en)              1-based rank of element `place`
"""

from __future__ import annotations

from collections.abc import Callable

from tzsim.ir.expr import Binary, Call, Expr, Number, Ref
from tzsim.names import key
from tzsim.passes.rewriting import Rewriting, Running, chained


def _terms(at: Rewriting, e: Call, running: Running) -> list[Expr]:
    argument = e.arguments[0]
    return [at.expression(argument, inside) for inside in at.over([argument], running)]


def _sum(at: Rewriting, e: Call, running: Running) -> Expr:
    terms = _terms(at, e, running)
    return chained("+", terms) if terms else Number(0.0)


def _product(at: Rewriting, e: Call, running: Running) -> Expr:
    terms = _terms(at, e, running)
    return chained("*", terms) if terms else Number(1.0)


def _least(at: Rewriting, e: Call, running: Running) -> Expr:
    return Call("MIN", tuple(_terms(at, e, running)))


def _most(at: Rewriting, e: Call, running: Running) -> Expr:
    return Call("MAX", tuple(_terms(at, e, running)))


def _mean(at: Rewriting, e: Call, running: Running) -> Expr:
    terms = _terms(at, e, running)
    return Binary("/", chained("+", terms), Number(float(len(terms))))


def _deviation(at: Rewriting, e: Call, running: Running) -> Expr:
    terms = _terms(at, e, running)
    if len(terms) < 2:
        return Number(0.0)
    mean = Binary("/", chained("+", terms), Number(float(len(terms))))
    gaps = [Binary("-", t, mean) for t in terms]
    total = chained("+", [Binary("*", g, g) for g in gaps])
    return Call("SQRT", (Binary("/", total, Number(float(len(terms) - 1))),))


def _size(at: Rewriting, e: Call, running: Running) -> Expr:
    return Number(float(len(at.over(e.arguments, running))))


def _count(at: Rewriting, e: Call, running: Running) -> Expr:
    argument = e.arguments[0]
    if isinstance(argument, Ref) and key(argument.name) in at.arrays.subscripts.ranges:
        return Number(float(len(at.arrays.subscripts.ranges[key(argument.name)])))
    raise at.wrong("ELMCOUNT takes the name of a subscript range")


VECTORS: dict[str, Callable[[Rewriting, Call, Running], Expr]] = {
    "SUM": _sum,
    "PROD": _product,
    "VMIN": _least,
    "VMAX": _most,
    "MEAN": _mean,
    "STDDEV": _deviation,
    "SIZE": _size,
    "ELMCOUNT": _count,
}
