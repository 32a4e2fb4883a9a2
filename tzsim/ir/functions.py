"""The canonical functions: every dialect's calls are translated to these names.

`FUNCTIONS` gives for each the number of arguments and its nature:

pure      value of its arguments alone
time      value of its arguments and of Time / TIME STEP
state     has memory of its own; passes expand it into stocks and auxiliaries
random    drawn by counter (seed, member, call site, step)
reduce    runs over `Every` subscripts inside its arguments
vector    takes or gives a whole dimension of an array
data      reads a data or lookup variable as a whole

Definitions follow the Vensim Reference Manual (https://www.vensim.com/documentation/) and XMILE 1.0 (OASIS, 2015).
Times are in the model's time unit. Pulses and steps compare with Time + TIME STEP/2, as Vensim does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Nature = Literal["pure", "time", "state", "random", "reduce", "vector", "data"]


@dataclass(frozen=True, slots=True)
class Function:
    name: str
    nature: Nature
    least: int
    most: int
    meaning: str


def _table(*rows: tuple[str, Nature, int, int, str]) -> dict[str, Function]:
    return {r[0]: Function(*r) for r in rows}


MANY = 1 << 16

FUNCTIONS: dict[str, Function] = _table(
    # --- pure
    ("ABS", "pure", 1, 1, "|x|"),
    ("EXP", "pure", 1, 1, "e^x"),
    ("LN", "pure", 1, 1, "natural logarithm"),
    ("LOG", "pure", 2, 2, "LOG(x, base)"),
    ("SQRT", "pure", 1, 1, "square root"),
    ("SIN", "pure", 1, 1, "radians"),
    ("COS", "pure", 1, 1, "radians"),
    ("TAN", "pure", 1, 1, "radians"),
    ("ARCSIN", "pure", 1, 1, ""),
    ("ARCCOS", "pure", 1, 1, ""),
    ("ARCTAN", "pure", 1, 1, ""),
    ("SINH", "pure", 1, 1, ""),
    ("COSH", "pure", 1, 1, ""),
    ("TANH", "pure", 1, 1, ""),
    ("INTEGER", "pure", 1, 1, "towards zero (Vensim INTEGER)"),
    ("FLOOR", "pure", 1, 1, "largest integer not above x (XMILE INT)"),
    ("CEILING", "pure", 1, 1, "smallest integer not below x"),
    ("ROUND", "pure", 1, 1, "nearest integer, halves away from zero"),
    ("MODULO", "pure", 2, 2, "x - y*trunc(x/y), sign of x (Vensim)"),
    ("FLOORMOD", "pure", 2, 2, "x - y*floor(x/y), sign of y (XMILE MOD)"),
    ("QUANTUM", "pure", 2, 2, "y*trunc(x/y); x when y <= 0"),
    ("MIN", "pure", 1, MANY, "smallest argument"),
    ("MAX", "pure", 1, MANY, "largest argument"),
    ("XIDZ", "pure", 3, 3, "a/b, or c when |b| < 1e-6"),
    ("ZIDZ", "pure", 2, 2, "a/b, or 0 when |b| < 1e-6"),
    ("IF THEN ELSE", "pure", 3, 3, "only the branch taken matters"),
    ("GAMMA LN", "pure", 1, 1, "ln of the gamma function"),
    ("NORMAL QUANTILE", "pure", 1, 1, "inverse of the standard normal distribution function"),
    ("ELMCOUNT", "pure", 1, 1, "number of elements of a range"),
    ("SIGN", "pure", 1, 1, "-1, 0 or 1"),
    ("PI", "pure", 0, 0, ""),
    ("+", "pure", 1, MANY, "a + b + ... from the left: what SUM becomes, however long, without nesting"),
    ("*", "pure", 1, MANY, "a * b * ... from the left: what PROD becomes"),
    # --- time
    ("STEP", "time", 2, 2, "STEP(height, start)"),
    ("RAMP", "time", 2, 3, "RAMP(slope, start[, end])"),
    ("PULSE", "time", 2, 2, "PULSE(start, width): 1 inside; width 0 is one step"),
    ("PULSE TRAIN", "time", 4, 4, "PULSE TRAIN(start, width, interval, end): pulses at least one step wide"),
    ("PULSE MAGNITUDE", "time", 2, 3, "XMILE PULSE(magnitude, first[, interval]): magnitude/dt for one step"),
    # --- state
    ("INTEG", "state", 2, 2, "INTEG(net flow, initial); only as a whole right-hand side"),
    ("SMOOTH", "state", 2, 2, "SMOOTH(input, time)"),
    ("SMOOTHI", "state", 3, 3, "SMOOTHI(input, time, initial)"),
    ("SMOOTH3", "state", 2, 2, ""),
    ("SMOOTH3I", "state", 3, 3, ""),
    ("SMOOTH N", "state", 4, 4, "SMOOTH N(input, time, initial, order)"),
    ("DELAY1", "state", 2, 2, "DELAY1(input, time)"),
    ("DELAY1I", "state", 3, 3, ""),
    ("DELAY3", "state", 2, 2, ""),
    ("DELAY3I", "state", 3, 3, ""),
    ("DELAY N", "state", 4, 4, "DELAY N(input, time, initial, order)"),
    ("DELAY FIXED", "state", 3, 3, "DELAY FIXED(input, time, initial)"),
    ("DELAY INFORMATION", "state", 3, 3, "DELAY INFORMATION(input, time, initial)"),
    ("DELAY MATERIAL", "state", 4, 4, "DELAY MATERIAL(input, time, initial, missing)"),
    ("TREND", "state", 3, 3, "TREND(input, averaging time, initial trend)"),
    ("FORECAST", "state", 3, 4, "FORECAST(input, averaging time, horizon[, initial trend])"),
    ("SAMPLE IF TRUE", "state", 3, 3, "SAMPLE IF TRUE(condition, input, initial)"),
    ("INITIAL", "state", 1, 1, "value at the start"),
    ("ACTIVE INITIAL", "state", 2, 2, "first argument, but the second while stocks are initialised"),
    ("PREVIOUS", "state", 2, 2, "PREVIOUS(input, initial): value one step ago (XMILE)"),
    ("NPV", "state", 4, 4, "NPV(stream, discount rate, initial, factor)"),
    ("DEPRECIATE STRAIGHTLINE", "state", 4, 4, "(stream, life, fiscal step, initial)"),
    # --- random
    ("RANDOM UNIFORM", "random", 3, 3, "(low, high, seed)"),
    ("RANDOM NORMAL", "random", 5, 5, "(low, high, mean, sd, seed), truncated"),
    ("RANDOM 0 1", "random", 0, 0, ""),
    ("RANDOM EXPONENTIAL", "random", 5, 5, "(low, high, shift, stretch, seed)"),
    ("RANDOM POISSON", "random", 6, 6, "(low, high, mean, shift, stretch, seed)"),
    ("RANDOM TRIANGULAR", "random", 6, 6, "(low, high, start, peak, stop, seed)"),
    ("RANDOM BINOMIAL", "random", 7, 7, "(low, high, p, n, shift, stretch, seed)"),
    ("RANDOM NEGATIVE BINOMIAL", "random", 7, 7, "(low, high, p, successes, shift, stretch, seed): failures"),
    ("RANDOM LOGNORMAL", "random", 3, 3, "XMILE LOGNORMAL(mean, sd, seed)"),
    ("RANDOM PINK NOISE", "random", 4, 4, "(mean, sd, correlation time, seed)"),
    # --- reduce
    ("SUM", "reduce", 1, 1, ""),
    ("PROD", "reduce", 1, 1, ""),
    ("VMIN", "reduce", 1, 1, ""),
    ("VMAX", "reduce", 1, 1, ""),
    ("MEAN", "reduce", 1, 1, "XMILE MEAN of an array"),
    ("STDDEV", "reduce", 1, 1, "XMILE STDDEV of an array (n - 1)"),
    ("SIZE", "reduce", 1, 1, "XMILE SIZE of an array"),
    ("VECTOR SELECT", "reduce", 5, 5, "(selection, expression, missing, numerical action, error action)"),
    # --- vector
    ("VECTOR ELM MAP", "vector", 2, 2, "(array element, offset)"),
    ("VECTOR SORT ORDER", "vector", 2, 2, "(vector, direction): 0-based places in order"),
    ("VECTOR RANK", "vector", 2, 2, "(vector, direction): 1-based rank of each element"),
    ("VECTOR REORDER", "vector", 2, 2, "(vector, order)"),
    (
        "VECTOR LOOKUP",
        "vector",
        5,
        5,
        "(vector, x, x at the first, x at the last, mode): a table of equal steps",
    ),
    ("ALLOCATE AVAILABLE", "vector", 3, 3, "(request, priority profile, available)"),
    ("ALLOCATE BY PRIORITY", "vector", 5, 5, "(request, priority, size, width, supply)"),
    ("FIND MARKET PRICE", "vector", 4, 4, "(demand, demand profile, supply, supply profile)"),
    ("DEMAND AT PRICE", "vector", 3, 3, "(quantity, priority profile, price)"),
    ("SUPPLY AT PRICE", "vector", 3, 3, "(quantity, priority profile, price)"),
    ("INVERT MATRIX", "vector", 2, 2, "(matrix, size)"),
    # --- data
    ("DATA", "data", 1, 1, "DATA(table): a series read at Time"),
    (
        "GET DATA BETWEEN TIMES",
        "data",
        3,
        3,
        "(data, time, mode): mode -1 backward, 0 interpolate, 1 forward",
    ),
    ("GET DATA FIRST TIME", "data", 1, 1, ""),
    ("GET DATA LAST TIME", "data", 1, 1, ""),
    ("GET TIME VALUE", "time", 3, 3, "(relative to, offset, what)"),
    ("LOOKUP FORWARD", "data", 2, 2, "(table, x)"),
    ("LOOKUP BACKWARD", "data", 2, 2, "(table, x)"),
    ("LOOKUP EXTRAPOLATE", "data", 2, 2, "(table, x)"),
    ("LOOKUP INVERT", "data", 2, 2, "(table, y)"),
)
