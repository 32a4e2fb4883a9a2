"""IEEE 754 arithmetic without exceptions: what the processor gives, and so what the compiled kernels give.

Vensim stops a run at a division by zero or a power without a real value; tzsim goes on with inf or nan, which marks
the member as failed where it reaches a stock or an output, and leaves the other members alone.
"""

from __future__ import annotations

import math


def divide(a: float, b: float) -> float:
    """a / b; x/0 is inf with the sign of both, 0/0 is nan."""
    if b != 0.0:
        return a / b
    if a == 0.0 or a != a or b != b:
        return math.nan
    return math.copysign(math.inf, a) * math.copysign(1.0, b)


def power(a: float, b: float) -> float:
    """a ^ b of IEEE 754: 0^0 is 1, a negative base needs a whole exponent (else nan), overflow is inf."""
    try:
        return math.pow(a, b)
    except OverflowError:
        return -math.inf if a < 0.0 and b % 2.0 == 1.0 else math.inf
    except ValueError:
        if a == 0.0:  # 0 to a negative power
            return math.copysign(math.inf, a) if abs(b) % 2.0 == 1.0 else math.inf
        return math.nan


def exponential(x: float) -> float:
    """e^x, inf above 709.78."""
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf


def logarithm(x: float) -> float:
    """Natural logarithm; -inf at 0, nan below."""
    if x > 0.0:
        return math.log(x)
    return -math.inf if x == 0.0 else math.nan


def square_root(x: float) -> float:
    """Square root; nan below 0."""
    return math.sqrt(x) if x >= 0.0 else math.nan


def truncate(x: float) -> float:
    """Towards zero; inf and nan stay."""
    return float(math.trunc(x)) if math.isfinite(x) else x


def floor(x: float) -> float:
    """Largest whole number not above x; inf and nan stay."""
    return float(math.floor(x)) if math.isfinite(x) else x
