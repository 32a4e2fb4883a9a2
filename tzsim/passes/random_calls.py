"""Give each random call of an equation its number, before any rewriting can move or copy it.

The number becomes the last argument, `Text('#0')`, `Text('#1')`, ... in the order in which the function names are
written (a call before the calls in its arguments). `kernel.random_counter.site_text` makes the call's identity of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from tzsim.ir.expr import Binary, Call, Every, Expr, Lookup, Name, Position, Ref, Subscript, Text, Unary
from tzsim.ir.functions import FUNCTIONS


def is_random(call: Call) -> bool:
    function = FUNCTIONS.get(call.function)
    return function is not None and function.nature == "random"


def number_random_calls(expression: Expr) -> Expr:
    """The same expression with `Text('#n')` appended to the arguments of its random calls."""
    return _number(expression, count())


def _number(e: Expr, numbers: Iterator[int]) -> Expr:
    if isinstance(e, Call):
        own = (Text(f"#{next(numbers)}"),) if is_random(e) else ()
        return Call(e.function, tuple(_number(a, numbers) for a in e.arguments) + own)
    if isinstance(e, Unary):
        return Unary(e.op, _number(e.argument, numbers))
    if isinstance(e, Binary):
        left = _number(e.left, numbers)
        return Binary(e.op, left, _number(e.right, numbers))
    if isinstance(e, Lookup):
        return Lookup(e.table, _number(e.argument, numbers))
    if isinstance(e, Ref):
        return Ref(e.name, tuple(_subscript(s, numbers) for s in e.subscripts))
    return e


def _subscript(s: Subscript, numbers: Iterator[int]) -> Subscript:
    if isinstance(s, (Name, Every)):
        return s
    return Position(_number(s.index, numbers))
