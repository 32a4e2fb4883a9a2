"""Values of operators and pure functions on plain floats: IEEE 754, no exceptions.

Used to fold constants, here and in the program; the same definitions as the interpreter's, to the bit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from tzsim.ir.expr import BinaryOp


def divide(a: float, b: float) -> float:
    """x/0 is inf with the sign of both, 0/0 is nan."""
    if b != 0.0:
        return a / b
    if a == 0.0 or a != a or b != b:
        return math.nan
    return math.copysign(math.inf, a) * math.copysign(1.0, b)


def power(a: float, b: float) -> float:
    """0^0 is 1; a negative base needs a whole exponent, else nan; overflow is inf."""
    try:
        return math.pow(a, b)
    except OverflowError:
        return -math.inf if a < 0.0 and b % 2.0 == 1.0 else math.inf
    except ValueError:
        if a == 0.0:
            return math.copysign(math.inf, a) if abs(b) % 2.0 == 1.0 else math.inf
        return math.nan


def _exp(x: float) -> float:
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf


def _ln(x: float) -> float:
    if x > 0.0:
        return math.log(x)
    return -math.inf if x == 0.0 else math.nan


def _quiet(function: Callable[[float], float]) -> Callable[[float], float]:
    def safe(x: float) -> float:
        try:
            return function(x)
        except ValueError:
            return math.nan
        except OverflowError:
            return math.inf

    return safe


def _sinh(x: float) -> float:
    try:
        return math.sinh(x)
    except OverflowError:
        return math.copysign(math.inf, x)


def _whole(function: Callable[[float], int]) -> Callable[[float], float]:
    return lambda x: float(function(x)) if math.isfinite(x) else x


def least(values: Sequence[float]) -> float:
    """The smallest, comparing from the left."""
    best = values[0]
    for v in values[1:]:
        best = best if best < v or best != best else v
    return best


def most(values: Sequence[float]) -> float:
    """The largest, comparing from the left."""
    best = values[0]
    for v in values[1:]:
        best = best if best > v or best != best else v
    return best


BINARY: dict[BinaryOp, Callable[[float, float], float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": divide,
    "^": power,
    "=": lambda a, b: float(a == b),
    "<>": lambda a, b: float(a != b),
    "<": lambda a, b: float(a < b),
    "<=": lambda a, b: float(a <= b),
    ">": lambda a, b: float(a > b),
    ">=": lambda a, b: float(a >= b),
    "and": lambda a, b: float(a != 0.0 and b != 0.0),
    "or": lambda a, b: float(a != 0.0 or b != 0.0),
}

UNARY: dict[str, Callable[[float], float]] = {
    "abs": abs,
    "exp": _exp,
    "ln": _ln,
    "sqrt": lambda x: math.sqrt(x) if x >= 0.0 else math.nan,
    "sin": _quiet(math.sin),
    "cos": _quiet(math.cos),
    "tan": _quiet(math.tan),
    "arcsin": _quiet(math.asin),
    "arccos": _quiet(math.acos),
    "arctan": math.atan,
    "sinh": _sinh,
    "cosh": _quiet(math.cosh),
    "tanh": math.tanh,
    "trunc": _whole(math.trunc),
    "floor": _whole(math.floor),
    "ceil": _whole(math.ceil),
}


def round_half_away(x: float) -> float:
    """Nearest whole number, halves away from zero."""
    if not math.isfinite(x) or abs(x) >= 2.0**52:
        return x
    whole = float(math.trunc(x))
    return whole + math.copysign(1.0, x) if abs(x - whole) >= 0.5 else whole


def _sign(x: float) -> float:
    return 1.0 if x > 0.0 else -1.0 if x < 0.0 else x


SMALLEST_DENOMINATOR = 1e-6
"""XIDZ and ZIDZ take a denominator closer to zero as zero (Vensim Reference Manual, 'ZIDZ')."""

CALLS: dict[str, Callable[[Sequence[float]], float]] = {
    "ABS": lambda a: abs(a[0]),
    "EXP": lambda a: _exp(a[0]),
    "LN": lambda a: _ln(a[0]),
    "LOG": lambda a: divide(_ln(a[0]), _ln(a[1])),
    "SQRT": lambda a: UNARY["sqrt"](a[0]),
    "SIN": lambda a: UNARY["sin"](a[0]),
    "COS": lambda a: UNARY["cos"](a[0]),
    "TAN": lambda a: UNARY["tan"](a[0]),
    "INTEGER": lambda a: UNARY["trunc"](a[0]),
    "FLOOR": lambda a: UNARY["floor"](a[0]),
    "CEILING": lambda a: UNARY["ceil"](a[0]),
    "ROUND": lambda a: round_half_away(a[0]),
    "MIN": least,
    "MAX": most,
    "XIDZ": lambda a: a[2] if abs(a[1]) < SMALLEST_DENOMINATOR else divide(a[0], a[1]),
    "ZIDZ": lambda a: 0.0 if abs(a[1]) < SMALLEST_DENOMINATOR else divide(a[0], a[1]),
    "IF THEN ELSE": lambda a: a[1] if a[0] != 0.0 else a[2],
    "SIGN": lambda a: _sign(a[0]),
    "PI": lambda a: math.pi,
}
"""Functions that the fold pass computes on constants; the program folds the rest."""
