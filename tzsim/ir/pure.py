"""Operators and functions of their arguments alone, on floats; IEEE results where Vensim would stop the run.

Each is the definition: the interpreter runs it, constants are folded with it, and compiled kernels must reproduce it
operation by operation.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from tzsim.ir.arithmetic import divide, exponential, floor, logarithm, power, square_root, truncate
from tzsim.ir.expr import BinaryOp

SMALLEST_DENOMINATOR = 1e-6
"""Below this a denominator counts as zero in ZIDZ and XIDZ (Vensim Help, 'ZIDZ': 'not an absolute 0, < 1E-6')."""


def _quiet(function: Callable[[float], float]) -> Callable[[float], float]:
    """`function` with nan where the math module raises, inf where it overflows."""

    def safe(x: float) -> float:
        try:
            return function(x)
        except ValueError:
            return math.nan
        except OverflowError:
            return math.inf

    return safe


def hyperbolic_sine(x: float) -> float:
    try:
        return math.sinh(x)
    except OverflowError:
        return math.copysign(math.inf, x)


def quantum(x: float, y: float) -> float:
    """QUANTUM(x, y) = y * trunc(x / y), x where y <= 0 (Vensim Help, 'QUANTUM')."""
    return y * truncate(divide(x, y)) if y > 0.0 else x


def modulo(x: float, y: float) -> float:
    """MODULO(x, y) = x - y * trunc(x / y), two roundings, so that MODULO(1, 0.1) is 0; nan where y = 0."""
    return x - y * truncate(divide(x, y))


def floor_modulo(x: float, y: float) -> float:
    """XMILE MOD: x - y * floor(x / y), the sign of y; nan where y = 0."""
    return x - y * floor(divide(x, y))


def round_half_away(x: float) -> float:
    """XMILE ROUND: nearest whole number, halves away from zero."""
    if not math.isfinite(x) or abs(x) >= 2.0**52:
        return x
    whole = float(math.trunc(x))
    return whole + math.copysign(1.0, x) if abs(x - whole) >= 0.5 else whole


def smaller(a: float, b: float) -> float:
    """MIN of two; nan where either is nan."""
    return a if a < b or a != a else b


def larger(a: float, b: float) -> float:
    """MAX of two; nan where either is nan."""
    return a if a > b or a != a else b


def smallest(*xs: float) -> float:
    """MIN from left to right."""
    best = xs[0]
    for x in xs[1:]:
        best = smaller(best, x)
    return best


def largest(*xs: float) -> float:
    """MAX from left to right."""
    best = xs[0]
    for x in xs[1:]:
        best = larger(best, x)
    return best


def added(*xs: float) -> float:
    """a + b + ... from left to right."""
    total = xs[0]
    for x in xs[1:]:
        total += x
    return total


def multiplied(*xs: float) -> float:
    """a * b * ... from left to right."""
    total = xs[0]
    for x in xs[1:]:
        total *= x
    return total


def xidz(a: float, b: float, x: float) -> float:
    """a / b, or x where |b| < 1e-6."""
    return x if abs(b) < SMALLEST_DENOMINATOR else divide(a, b)


def zidz(a: float, b: float) -> float:
    """a / b, or 0 where |b| < 1e-6."""
    return 0.0 if abs(b) < SMALLEST_DENOMINATOR else divide(a, b)


def log_to_base(x: float, base: float) -> float:
    """LOG(x, base) = ln x / ln base."""
    return divide(logarithm(x), logarithm(base))


def gamma_ln(x: float) -> float:
    """Logarithm of the gamma function; Vensim defines it for x > 0, nan at or below 0."""
    return _quiet(math.lgamma)(x) if x > 0.0 else math.nan


def sign(x: float) -> float:
    return 1.0 if x > 0.0 else -1.0 if x < 0.0 else x


PURE: dict[str, Callable[..., float]] = {
    "ABS": abs,
    "EXP": exponential,
    "LN": logarithm,
    "LOG": log_to_base,
    "SQRT": square_root,
    "SIN": _quiet(math.sin),
    "COS": _quiet(math.cos),
    "TAN": _quiet(math.tan),
    "ARCSIN": _quiet(math.asin),
    "ARCCOS": _quiet(math.acos),
    "ARCTAN": math.atan,
    "SINH": hyperbolic_sine,
    "COSH": _quiet(math.cosh),
    "TANH": math.tanh,
    "INTEGER": truncate,
    "FLOOR": floor,
    "CEILING": lambda x: -floor(-x),
    "ROUND": round_half_away,
    "MODULO": modulo,
    "FLOORMOD": floor_modulo,
    "QUANTUM": quantum,
    "MIN": smallest,
    "MAX": largest,
    "XIDZ": xidz,
    "ZIDZ": zidz,
    "GAMMA LN": gamma_ln,
    "SIGN": sign,
    "PI": lambda: math.pi,
    "+": added,
    "*": multiplied,
}

BINARY: dict[BinaryOp, Callable[[float, float], float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": divide,
    "^": power,
    "=": lambda a, b: 1.0 if a == b else 0.0,
    "<>": lambda a, b: 1.0 if a != b else 0.0,
    "<": lambda a, b: 1.0 if a < b else 0.0,
    "<=": lambda a, b: 1.0 if a <= b else 0.0,
    ">": lambda a, b: 1.0 if a > b else 0.0,
    ">=": lambda a, b: 1.0 if a >= b else 0.0,
    "and": lambda a, b: 1.0 if a != 0.0 and b != 0.0 else 0.0,
    "or": lambda a, b: 1.0 if a != 0.0 or b != 0.0 else 0.0,
}
