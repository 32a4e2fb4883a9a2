"""Vensim's function names to the canonical ones of `ir.functions`.

Most are called the same. REWRITES holds those that differ, UNSUPPORTED those that are refused, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable

from tzsim.ir.expr import NA, Binary, Call, Expr, Number, Unary
from tzsim.ir.functions import FUNCTIONS

Arguments = tuple[Expr, ...]


def _same(function: str) -> Callable[[Arguments], Expr]:
    return lambda a: Call(function, a)


def _weibull(a: Arguments) -> Expr:
    """RANDOM WEIBULL(low, high, shape, shift, stretch, seed): the distribution restricted to [low, high]."""
    low, high, shape, shift, stretch, seed = a
    one = Number(1.0)

    def beyond(x: Expr) -> Expr:
        z = Call("MAX", (Number(0.0), Binary("/", Binary("-", x, shift), stretch)))
        return Call("EXP", (Unary("-", Binary("^", z, shape)),))

    u = Call("RANDOM UNIFORM", (Number(0.0), one, seed))
    p = Binary("+", beyond(low), Binary("*", u, Binary("-", beyond(high), beyond(low))))
    drawn = Binary("^", Unary("-", Call("LN", (p,))), Binary("/", one, shape))
    return Call("MAX", (low, Call("MIN", (high, Binary("+", shift, Binary("*", stretch, drawn))))))


# Vensim name -> (least, most arguments, builder)
REWRITES: dict[str, tuple[int, int, Callable[[Arguments], Expr]]] = {
    "POWER": (2, 2, lambda a: Binary("^", a[0], a[1])),
    "GAME": (1, 1, lambda a: a[0]),
    "REINITIAL": (1, 1, _same("INITIAL")),
    "ACTIVE INITIAL": (2, 2, _same("ACTIVE INITIAL")),
    "INT": (1, 1, _same("INTEGER")),
    "RANDOM UNIFORM": (2, 3, lambda a: Call("RANDOM UNIFORM", _seeded(a, 3))),
    "RANDOM NORMAL": (4, 5, lambda a: Call("RANDOM NORMAL", _seeded(a, 5))),
    "RANDOM EXPONENTIAL": (4, 5, lambda a: Call("RANDOM EXPONENTIAL", _seeded(a, 5))),
    "RANDOM POISSON": (5, 6, lambda a: Call("RANDOM POISSON", _seeded(a, 6))),
    "RANDOM TRIANGULAR": (5, 6, lambda a: Call("RANDOM TRIANGULAR", _seeded(a, 6))),
    "RANDOM BINOMIAL": (6, 7, lambda a: Call("RANDOM BINOMIAL", _seeded(a, 7))),
    "RANDOM NEGATIVE BINOMIAL": (6, 7, lambda a: Call("RANDOM NEGATIVE BINOMIAL", _seeded(a, 7))),
    "RANDOM WEIBULL": (5, 6, lambda a: _weibull(_seeded(a, 6))),
    "RANDOM PINK NOISE": (3, 4, lambda a: Call("RANDOM PINK NOISE", _seeded(a, 4))),
    "SMOOTH3 I": (3, 3, _same("SMOOTH3I")),
    "DELAY3 I": (3, 3, _same("DELAY3I")),
    "GET DATA AT TIME": (2, 2, lambda a: Call("GET DATA BETWEEN TIMES", (*a, Number(0.0)))),
    "SINTEG": (7, 7, _same("SINTEG")),
    "NAN": (0, 0, lambda a: Number(NA)),
}

UNSUPPORTED: dict[str, str] = {
    "A FUNCTION OF": "an equation that is only sketched; write it out",
    "DELAY CONVEYOR": "conveyors are not simulated",
    "DELAY BATCH": "batch delays are not simulated",
    "DELAY PROFILE": "delay profiles are not simulated",
    "DELAY P": "write DELAY3 and its pipeline out",
    "DELAY LEAKAGE": "conveyors are not simulated",
    "QUEUE AGE AVERAGE": "queues are not simulated",
    "QUEUE AGE IN RANGE": "queues are not simulated",
    "QUEUE AGE OLDEST": "queues are not simulated",
    "QUEUE ATTRIB AVERAGE": "queues are not simulated",
    "QUEUE ATTRIB IN RANGE": "queues are not simulated",
    "QUEUE ATTRIB MAX": "queues are not simulated",
    "QUEUE ATTRIB MIN": "queues are not simulated",
    "QUEUE ATTRIB QUANTITY": "queues are not simulated",
    "QUEUE FIFO": "queues are not simulated",
    "QUEUE FIFO ATTRIB": "queues are not simulated",
    "SHIFT IF TRUE": "cohort shifting is not simulated",
    "MESSAGE": "messages are not shown",
    "SIMULTANEOUS": "simultaneous equations are not solved",
    "FIND ZERO": "simultaneous equations are not solved",
    "MARKETP": "use ALLOCATE AVAILABLE or FIND MARKET PRICE",
    "ALLOC P": "use ALLOCATE AVAILABLE or FIND MARKET PRICE",
    "INTERNAL RATE OF RETURN": "not simulated",
    "DEPRECIATE BY SCHEDULE": "not simulated",
    "GET VDF CONSTANTS": "Vensim's binary result files are not read; export them to .csv or .xlsx and use GET DIRECT CONSTANTS",
    "GET VDF DATA": "Vensim's binary result files are not read; export them to .csv or .xlsx and use GET DIRECT DATA",
    "GET VDF LOOKUPS": "Vensim's binary result files are not read; export them to .csv or .xlsx and use GET DIRECT LOOKUPS",
    "GET ODBC CONSTANTS": "databases are not read",
    "GET ODBC DATA": "databases are not read",
    "GET ODBC LOOKUPS": "databases are not read",
    "GET DATA MEAN": "not simulated",
    "GET DATA MAX": "not simulated",
    "GET DATA MIN": "not simulated",
    "GET DATA MEDIAN": "not simulated",
    "GET DATA STDV": "not simulated",
    "GET DATA TOTAL POINTS": "not simulated",
    "TIME BASE": "not simulated",
    "TIME SHIFT": "not simulated",
    "TIME TO TARGET": "not simulated",
    "CUMULATE": "not simulated",
    "CUMULATEF": "not simulated",
    "SUMXMY2": "not simulated",
    "TIME STEP": "a time setting, not a function",
    "RANDOM BETA": "not simulated",
    "RANDOM GAMMA": "not simulated",
    "RANDOM LOOKUP": "not simulated",
    "SSHAPE": "not simulated",
    "SAMPLE UNTIL": "not simulated",
    "COLORBAR": "graphical functions of the sketch",
}

# functions whose first argument names a lookup or data variable, or holds a table
TABLE_FUNCTIONS = frozenset(
    ("WITH LOOKUP", "LOOKUP FORWARD", "LOOKUP BACKWARD", "LOOKUP EXTRAPOLATE", "LOOKUP INVERT", "LOOKUP AREA")
)
EXTERNAL = {
    "GET XLS DATA": "data",
    "GET DIRECT DATA": "data",
    "GET XLS LOOKUPS": "lookups",
    "GET DIRECT LOOKUPS": "lookups",
    "GET XLS CONSTANTS": "constants",
    "GET DIRECT CONSTANTS": "constants",
    "GET XLS SUBSCRIPT": "subscript",
    "GET DIRECT SUBSCRIPT": "subscript",
}


def _seeded(arguments: Arguments, count: int) -> Arguments:
    """The seed is optional in some versions; a missing one is stream 0 (Vensim Reference Manual, 'RANDOM')."""
    return arguments if len(arguments) == count else (*arguments, Number(0.0))


def spelled(name: str) -> str:
    """The name of a function as the tables here spell it: capitals, single blanks for blanks and underscores."""
    return " ".join(name.replace("_", " ").split()).upper()


def is_function(name: str) -> bool:
    return (
        name in FUNCTIONS or name in REWRITES or name in UNSUPPORTED or name in EXTERNAL or name in _SPECIAL
    )


_SPECIAL = frozenset(("WITH LOOKUP", "TABBED ARRAY", "LOOKUP AREA"))


def build(name: str, arguments: Arguments) -> Expr | str:
    """The expression of a call, or what is wrong with it. `name` is upper case with single blanks."""
    if name in REWRITES:
        least, most, make = REWRITES[name]
    elif name in FUNCTIONS:
        known = FUNCTIONS[name]
        least, most, make = known.least, known.most, _same(name)
    else:
        return f"'{name}' is not a function that tzsim knows"
    if not least <= len(arguments) <= most:
        wanted = str(least) if least == most else f"{least} or more" if most > 1000 else f"{least} to {most}"
        return f"{name} takes {wanted} arguments, found {len(arguments)}"
    return make(arguments)
