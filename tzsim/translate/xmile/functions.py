"""XMILE and Stella function names to the canonical ones of `ir.functions`.

Definitions: XMILE 1.0, section 3.5 (functions) and the isee systems help pages of the same names.
"""

from __future__ import annotations

from collections.abc import Callable

from tzsim.ir.expr import NA, Binary, Call, Expr, Number, Ref, Unary
from tzsim.ir.functions import FUNCTIONS

Arguments = tuple[Expr, ...]
DT, START, STOP, TIME = Ref("TIME STEP"), Ref("INITIAL TIME"), Ref("FINAL TIME"), Ref("Time")
ZERO, ONE = Number(0.0), Number(1.0)
HUGE = Number(1e300)
# names that stand without parentheses
CONSTANTS: dict[str, Expr] = {
    "time": TIME,
    "dt": DT,
    "starttime": START,
    "stoptime": STOP,
    "time_step": DT,
    "initial_time": START,
    "final_time": STOP,
    "pi": Call("PI", ()),
    "nan": Number(NA),
    "inf": Number(1.7976931348623157e308),  # XMILE 1.0, section 3.5.1: the largest floating-point number
}


def _call(function: str) -> Callable[[Arguments], Expr]:
    return lambda a: Call(function, a)


def _or(a: Arguments, index: int, default: Expr) -> Expr:
    return a[index] if len(a) > index else default


def _if(condition: Expr, yes: Expr, no: Expr) -> Expr:
    return Call("IF THEN ELSE", (condition, yes, no))


def _uniform(seed: Expr) -> Expr:
    return Call("RANDOM UNIFORM", (ZERO, ONE, seed))


def _safediv(a: Arguments) -> Expr:
    return _if(Binary("=", a[1], ZERO), _or(a, 2, ZERO), Binary("/", a[0], a[1]))


def _optional_initial(plain: str, initial: str) -> Callable[[Arguments], Expr]:
    return lambda a: Call(plain, a) if len(a) == 2 else Call(initial, a)


def _order(function: str) -> Callable[[Arguments], Expr]:
    """DELAYN(input, time, order[, initial]) and SMTHN."""
    return lambda a: Call(function, (a[0], a[1], _or(a, 3, a[0]), a[2]))


def _log_factorial(x: Expr) -> Expr:
    return Call("GAMMA LN", (Binary("+", x, ONE),))


def _round_exp(x: Expr) -> Expr:
    return Call("ROUND", (Call("EXP", (x,)),))


def _wave(function: str) -> Callable[[Arguments], Expr]:
    """amplitude * sin(2 pi TIME / period)."""
    return lambda a: Binary(
        "*",
        a[0],
        Call(function, (Binary("/", Binary("*", Binary("*", Number(2.0), Call("PI", ())), TIME), a[1]),)),
    )


def _normal(a: Arguments) -> Expr:
    """NORMAL(mean, sd[, seed[, min, max]])."""
    low, high = _or(a, 3, Number(-1e300)), _or(a, 4, HUGE)
    return Call("RANDOM NORMAL", (low, high, a[0], a[1], _or(a, 2, ZERO)))


def _rootn(a: Arguments) -> Expr:
    """The n-th root; of a negative number the negative root where n is odd."""
    root = Binary("^", Call("ABS", (a[0],)), Binary("/", ONE, a[1]))
    odd = Binary("=", Call("FLOORMOD", (a[1], Number(2.0))), ONE)
    return _if(
        Binary("and", Binary("<", a[0], ZERO), odd),
        Unary("-", root),
        Binary("^", a[0], Binary("/", ONE, a[1])),
    )


def _inverse_normal(a: Arguments) -> Expr:
    """INVNORM(probability[, mean[, sd]])."""
    z = Call("NORMAL QUANTILE", (a[0],))
    return Binary("+", a[1], Binary("*", _or(a, 2, ONE), z)) if len(a) > 1 else z


def _geometric(a: Arguments) -> Expr:
    """GEOMETRIC(success probability[, seed]): tries until the first success, 1 + floor(ln u / ln(1 - p))."""
    u = Call("LN", (_uniform(_or(a, 1, ZERO)),))
    more = Call("FLOOR", (Binary("/", u, Call("LN", (Binary("-", ONE, a[0]),))),))
    return _if(Binary(">=", a[0], ONE), ONE, Binary("+", ONE, more))


def _logistic(a: Arguments) -> Expr:
    """LOGISTIC(mean, scale[, seed]) by its quantile function mean + scale * ln(u / (1 - u))."""
    u = _uniform(_or(a, 2, ZERO))
    return Binary("+", a[0], Binary("*", a[1], Call("LN", (Binary("/", u, Binary("-", ONE, u)),))))


def _pareto(a: Arguments) -> Expr:
    """PARETO(shape, scale[, seed]): scale * (1 - u) ^ (-1 / shape)."""
    u = Binary("-", ONE, _uniform(_or(a, 2, ZERO)))
    return Binary("*", a[1], Binary("^", u, Binary("/", Number(-1.0), a[0])))


def _weibull(a: Arguments) -> Expr:
    """WEIBULL(shape, scale[, seed]): scale * (-ln(1 - u)) ^ (1 / shape)."""
    u = Binary("-", ONE, _uniform(_or(a, 2, ZERO)))
    return Binary("*", a[1], Binary("^", Unary("-", Call("LN", (u,))), Binary("/", ONE, a[0])))


# name with blanks -> (least, most arguments, builder)
REWRITES: dict[str, tuple[int, int, Callable[[Arguments], Expr]]] = {
    "LOG10": (1, 1, lambda a: Call("LOG", (a[0], Number(10.0)))),
    "INT": (1, 1, _call("FLOOR")),
    "MOD": (2, 2, _call("FLOORMOD")),
    "SAFEDIV": (2, 3, _safediv),
    "PERCENT": (1, 1, lambda a: Binary("*", a[0], Number(100.0))),
    "ROOTN": (2, 2, _rootn),
    "POWER": (2, 2, lambda a: Binary("^", a[0], a[1])),
    "FACTORIAL": (1, 1, lambda a: _round_exp(_log_factorial(a[0]))),
    "PERMUTATIONS": (
        2,
        2,
        lambda a: _round_exp(Binary("-", _log_factorial(a[0]), _log_factorial(Binary("-", a[0], a[1])))),
    ),
    "COMBINATIONS": (
        2,
        2,
        lambda a: _round_exp(
            Binary(
                "-",
                Binary("-", _log_factorial(a[0]), _log_factorial(Binary("-", a[0], a[1]))),
                _log_factorial(a[1]),
            )
        ),
    ),
    "GAMMALN": (1, 1, _call("GAMMA LN")),
    "SINWAVE": (2, 2, _wave("SIN")),
    "COSWAVE": (2, 2, _wave("COS")),
    "STEP": (1, 2, lambda a: Call("STEP", (a[0], _or(a, 1, START)))),
    "RAMP": (1, 3, lambda a: Call("RAMP", (a[0], _or(a, 1, START), *a[2:]))),
    "PULSE": (1, 3, lambda a: Call("PULSE MAGNITUDE", (a[0], _or(a, 1, START), *a[2:]))),
    "INIT": (1, 1, _call("INITIAL")),
    "PREVIOUS": (1, 2, lambda a: Call("PREVIOUS", (a[0], _or(a, 1, ZERO)))),
    "DELAY": (2, 3, lambda a: Call("DELAY FIXED", (a[0], a[1], _or(a, 2, a[0])))),
    "DELAY1": (2, 3, _optional_initial("DELAY1", "DELAY1I")),
    "DELAY3": (2, 3, _optional_initial("DELAY3", "DELAY3I")),
    "DELAYN": (3, 4, _order("DELAY N")),
    "SMTH1": (2, 3, _optional_initial("SMOOTH", "SMOOTHI")),
    "SMTH3": (2, 3, _optional_initial("SMOOTH3", "SMOOTH3I")),
    "SMTHN": (3, 4, _order("SMOOTH N")),
    "SMOOTH": (2, 3, _optional_initial("SMOOTH", "SMOOTHI")),
    "SMOOTH3": (2, 3, _optional_initial("SMOOTH3", "SMOOTH3I")),
    "TREND": (2, 3, lambda a: Call("TREND", (a[0], a[1], _or(a, 2, ZERO)))),
    "FORCST": (3, 4, _call("FORECAST")),
    "FORECAST": (3, 4, _call("FORECAST")),
    "COUNTER": (
        2,
        2,
        lambda a: Binary("+", a[0], Call("FLOORMOD", (Binary("-", TIME, START), Binary("-", a[1], a[0])))),
    ),
    "CGROWTH": (
        1,
        1,
        lambda a: Binary(
            "/",
            Binary("-", Binary("^", Binary("+", ONE, Binary("/", a[0], Number(100.0))), DT), ONE),
            DT,
        ),
    ),
    "NPV": (2, 3, lambda a: Call("NPV", (a[0], a[1], _or(a, 2, ZERO), ONE))),
    "RANDOM": (2, 3, lambda a: Call("RANDOM UNIFORM", (a[0], a[1], _or(a, 2, ZERO)))),
    "UNIFORM": (2, 3, lambda a: Call("RANDOM UNIFORM", (a[0], a[1], _or(a, 2, ZERO)))),
    "NORMAL": (2, 5, _normal),
    "LOGNORMAL": (2, 3, lambda a: Call("RANDOM LOGNORMAL", (a[0], a[1], _or(a, 2, ZERO)))),
    "EXPRND": (
        1,
        2,
        lambda a: Binary("*", Unary("-", a[0]), Call("LN", (Binary("-", ONE, _uniform(_or(a, 1, ZERO))),))),
    ),
    "POISSON": (
        1,
        2,
        lambda a: Call("RANDOM POISSON", (ZERO, HUGE, a[0], ZERO, ONE, _or(a, 1, ZERO))),
    ),
    "BINOMIAL": (
        2,
        3,
        lambda a: Call("RANDOM BINOMIAL", (ZERO, HUGE, a[1], a[0], ZERO, ONE, _or(a, 2, ZERO))),
    ),
    "INVNORM": (1, 3, _inverse_normal),
    "GEOMETRIC": (1, 2, _geometric),
    "NEGBINOMIAL": (
        2,
        3,
        lambda a: Call("RANDOM NEGATIVE BINOMIAL", (ZERO, HUGE, a[1], a[0], ZERO, ONE, _or(a, 2, ZERO))),
    ),
    "TRIANGULAR": (
        3,
        4,
        lambda a: Call("RANDOM TRIANGULAR", (a[0], a[2], a[0], a[1], a[2], _or(a, 3, ZERO))),
    ),
    "LOGISTIC": (2, 3, _logistic),
    "PARETO": (2, 3, _pareto),
    "WEIBULL": (2, 3, _weibull),
    "MONTECARLO": (
        1,
        2,
        lambda a: _if(
            Binary(
                "<", Call("RANDOM UNIFORM", (ZERO, Number(100.0), _or(a, 1, ZERO))), Binary("*", a[0], DT)
            ),
            ONE,
            ZERO,
        ),
    ),
    "IF THEN ELSE": (3, 3, _call("IF THEN ELSE")),
}

UNSUPPORTED: dict[str, str] = {
    "ALLOCATE": "only with priority, width and type of each agent is it simulated",
    "CLOCKTIME": "the wall clock is not part of a model",
    "IRR": "the internal rate of return is not simulated",
    "LOOKUPMEAN": "not simulated",
    "BETA": "not simulated",
    "GAMMA": "not simulated",
    "CYCLETIME": "cycle times are not simulated",
    "CTMEAN": "cycle times are not simulated",
    "CTMAX": "cycle times are not simulated",
    "CTMIN": "cycle times are not simulated",
    "CTSTDDEV": "cycle times are not simulated",
    "CTFLOW": "cycle times are not simulated",
    "THROUGHPUT": "cycle times are not simulated",
    "CAP": "conveyors and ovens are not simulated",
    "QELEM": "queues are not simulated",
    "QLEN": "queues are not simulated",
    "OSTATE": "ovens are not simulated",
    "BREAK": "breakpoints are not simulated",
    "PAUSE": "breakpoints are not simulated",
    "RUNCOUNT": "the number of runs is not part of a model",
}
# reducing functions: XMILE name -> canonical
REDUCE = {
    "SUM": "SUM",
    "PROD": "PROD",
    "MEAN": "MEAN",
    "STDDEV": "STDDEV",
    "MIN": "VMIN",
    "MAX": "VMAX",
    "SIZE": "SIZE",
    "VMIN": "VMIN",
    "VMAX": "VMAX",
}
LOOKUPS = {
    "LOOKUP": "",
    "LOOKUPINV": "LOOKUP INVERT",
    "LOOKUP FORWARD": "LOOKUP FORWARD",
    "LOOKUP BACKWARD": "LOOKUP BACKWARD",
    "LOOKUP EXTRAPOLATE": "LOOKUP EXTRAPOLATE",
    "LOOKUP INVERT": "LOOKUP INVERT",
}


def spelled(name: str) -> str:
    return " ".join(name.replace("_", " ").split()).upper()


def is_function(name: str) -> bool:
    return (
        name in REWRITES
        or name in FUNCTIONS
        or name in UNSUPPORTED
        or name in REDUCE
        or name in LOOKUPS
        or name in ("SELF", "WITH LOOKUP", "RANK", "LOOKUPAREA", "NORMALCDF", "INTERPOLATE")
    )


def build(name: str, arguments: Arguments) -> Expr | str:
    """The expression of a call, or what is wrong with it."""
    if name in REWRITES:
        least, most, make = REWRITES[name]
    elif name in FUNCTIONS:
        known = FUNCTIONS[name]
        least, most, make = known.least, known.most, _call(name)
    else:
        return f"'{name}' is not a function that tzsim knows"
    if not least <= len(arguments) <= most:
        wanted = str(least) if least == most else f"{least} or more" if most > 1000 else f"{least} to {most}"
        return f"{name} takes {wanted} arguments, found {len(arguments)}"
    return make(arguments)
