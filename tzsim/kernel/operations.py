"""What each canonical function is in the graph: written from the same formulas as the interpreter's, in their order."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import reduce

from tzsim.ir.expr import NA, Expr, Number, Table
from tzsim.ir.pure import SMALLEST_DENOMINATOR
from tzsim.kernel.operations_random import RANDOM_CALLS
from tzsim.kernel.operations_vector import VECTOR_CALLS
from tzsim.kernel.writer import Write, Writer


def _one(op: str) -> Write:
    return lambda at, a: at.graph.one(op, at.number(a[0]))


def _chain(op: str) -> Write:
    return lambda at, a: reduce(lambda x, y: at.graph.two(op, x, y), [at.number(e) for e in a])


def _log(at: Writer, a: Sequence[Expr]) -> int:
    graph = at.graph
    return graph.two("div", graph.one("ln", at.number(a[0])), graph.one("ln", at.number(a[1])))


def _remainder(whole: str) -> Write:
    def write(at: Writer, a: Sequence[Expr]) -> int:
        graph, x, y = at.graph, at.number(a[0]), at.number(a[1])
        return graph.two("sub", x, graph.two("mul", y, graph.one(whole, graph.two("div", x, y))))

    return write


def _quantum(at: Writer, a: Sequence[Expr]) -> int:
    graph, x, y = at.graph, at.number(a[0]), at.number(a[1])
    rounded = graph.two("mul", y, graph.one("trunc", graph.two("div", x, y)))
    return graph.select(graph.compare("gt", y, graph.const(0.0)), rounded, x)


def _xidz(at: Writer, a: Sequence[Expr]) -> int:
    graph, x, y = at.graph, at.number(a[0]), at.number(a[1])
    other = at.number(a[2]) if len(a) > 2 else graph.const(0.0)
    small = graph.compare("lt", graph.one("abs", y), graph.const(SMALLEST_DENOMINATOR))
    return graph.select(small, other, graph.two("div", x, y))


def _if(at: Writer, a: Sequence[Expr]) -> int:
    return at.graph.select(at.truth(a[0]), at.number(a[1]), at.number(a[2]))


def _sign(at: Writer, a: Sequence[Expr]) -> int:
    graph, x = at.graph, at.number(a[0])
    zero = graph.const(0.0)
    below = graph.select(graph.compare("lt", x, zero), graph.const(-1.0), x)
    return graph.select(graph.compare("gt", x, zero), graph.const(1.0), below)


def _initial(at: Writer, a: Sequence[Expr]) -> int:
    return at.at_start(a[0])


def _active_initial(at: Writer, a: Sequence[Expr]) -> int:
    return at.number(a[1] if at.starting else a[0])


def _data(at: Writer, a: Sequence[Expr]) -> int:
    return at.graph.lookup(_table(at, a[0]), at.time())


def _table(at: Writer, e: Expr) -> Table:
    if not isinstance(e, Table):
        raise at.refuse("a data function of something that is not a table")
    return e


def _read(mode: str) -> Write:
    def write(at: Writer, a: Sequence[Expr]) -> int:
        return at.graph.lookup(replace(_table(at, a[0]), mode=mode), at.number(a[1]))  # type: ignore[arg-type]

    return write


def _between_times(at: Writer, a: Sequence[Expr]) -> int:
    """GET DATA BETWEEN TIMES(data, time, mode), as `builtins_tables.between_times`: strictly before is half a unit later."""
    graph, table, x, mode = at.graph, _table(at, a[0]), at.number(a[1]), at.number(a[2])
    if not table.xs:
        return graph.const(NA)
    interpolated = graph.lookup(replace(table, mode="interpolate"), x)
    if graph.constant(mode) == 0.0:
        return interpolated
    if not all(float(t).is_integer() for t in table.xs):
        raise at.refuse("GET DATA BETWEEN TIMES that holds data of times that are not whole numbers")
    whole = graph.one("floor", x)
    before = replace(table, xs=tuple(t + 0.5 for t in table.xs), mode="backward")
    low = graph.select(
        graph.compare("le", mode, graph.const(-0.5)), graph.lookup(before, whole), interpolated
    )
    forward = graph.lookup(replace(table, mode="forward"), whole)
    return graph.select(graph.compare("ge", mode, graph.const(0.5)), forward, low)


def _end_time(last: bool) -> Write:
    def write(at: Writer, a: Sequence[Expr]) -> int:
        xs = _table(at, a[0]).xs
        return at.graph.const(NA if not xs else xs[-1] if last else xs[0])

    return write


def _invert(at: Writer, a: Sequence[Expr]) -> int:
    """LOOKUP INVERT(table, y): the smallest x with that value, else the end whose value is nearer."""
    graph, table, y = at.graph, _table(at, a[0]), at.number(a[1])
    xs, ys = table.xs, table.ys
    if not xs:
        return graph.const(NA)

    def away(value: float) -> int:
        return graph.one("abs", graph.two("sub", graph.const(value), y))

    nearer = graph.compare("le", away(ys[0]), away(ys[-1]))
    found = graph.select(nearer, graph.const(xs[0]), graph.const(xs[-1]))
    for i in reversed(range(len(xs))):
        if i + 1 < len(xs) and ys[i] != ys[i + 1]:
            slope = graph.const((xs[i + 1] - xs[i]) / (ys[i + 1] - ys[i]))
            x = graph.two(
                "add", graph.const(xs[i]), graph.two("mul", slope, graph.two("sub", y, graph.const(ys[i])))
            )
            low, high = graph.const(min(ys[i], ys[i + 1])), graph.const(max(ys[i], ys[i + 1]))
            found = graph.select(
                graph.both(graph.compare("lt", low, y), graph.compare("lt", y, high)), x, found
            )
        found = graph.select(graph.compare("eq", graph.const(ys[i]), y), graph.const(xs[i]), found)
    return graph.select(graph.compare("ne", y, y), y, found)


def _time_value(at: Writer, a: Sequence[Expr]) -> int:
    """GET TIME VALUE(relative to, offset, measure): measure 0, relative to Time (0) or INITIAL TIME (1)."""
    origin, offset, measure = a
    if not isinstance(measure, Number) or measure.value != 0.0:
        raise at.refuse("GET TIME VALUE with a calendar measure (no calendar in the file)")
    if not isinstance(origin, Number) or origin.value not in (0.0, 1.0):
        raise at.refuse("GET TIME VALUE relative to the computer's clock")
    base = at.time() if origin.value == 0.0 else at.graph.const(at.start_time)
    return at.graph.two("add", base, at.number(offset))


# ---------------------------------------------------------------- functions of Time


_SLACK = 1e-6


def _later(at: Writer) -> int:
    """Start of the step + TIME STEP/2, what pulses and steps compare with."""
    return at.graph.two("add", at.moment(), at.graph.two("mul", at.graph.const(0.5), at.step()))


def _step(at: Writer, a: Sequence[Expr]) -> int:
    graph, height, start = at.graph, at.number(a[0]), at.number(a[1])
    return graph.select(graph.compare("gt", _later(at), start), height, graph.const(0.0))


def _ramp(at: Writer, a: Sequence[Expr]) -> int:
    graph, slope, start, time = at.graph, at.number(a[0]), at.number(a[1]), at.time()
    rise = graph.two("mul", slope, graph.two("sub", time, start))
    if len(a) > 2:
        end = at.number(a[2])
        rising = graph.either(graph.compare("lt", time, end), graph.compare("gt", start, end))
        rise = graph.select(rising, rise, graph.two("mul", slope, graph.two("sub", end, start)))
    return graph.select(graph.compare("gt", time, start), rise, graph.const(0.0))


def _pulse(at: Writer, a: Sequence[Expr]) -> int:
    graph, start, width, later = at.graph, at.number(a[0]), at.number(a[1]), _later(at)
    width = graph.select(graph.truth(width), width, at.step())
    inside = graph.both(
        graph.compare("gt", later, start), graph.compare("lt", later, graph.two("add", start, width))
    )
    return graph.number(inside)


def _pulse_train(at: Writer, a: Sequence[Expr]) -> int:
    graph, later = at.graph, _later(at)
    start, width, interval, end = (at.number(e) for e in a)
    width = graph.two("max", width, at.step())
    last = graph.two("add", end, graph.two("mul", graph.const(_SLACK), at.step()))
    none = graph.either(graph.compare("le", later, start), graph.compare("gt", at.moment(), last))
    first = graph.compare("lt", later, graph.two("add", start, width))
    always = graph.either(graph.compare("gt", interval, graph.const(0.0)), first)
    periods = graph.one("floor", graph.two("div", graph.two("sub", later, start), interval))
    begun = graph.two("add", start, graph.two("mul", interval, periods))
    inside = graph.both(
        graph.compare("lt", later, graph.two("add", begun, width)), graph.compare("le", begun, last)
    )
    dense = graph.compare("le", interval, width)
    on = graph.select(dense, graph.number(always), graph.number(inside))
    return graph.select(none, graph.const(0.0), on)


def _pulse_magnitude(at: Writer, a: Sequence[Expr]) -> int:
    graph, later = at.graph, _later(at)
    magnitude, first = at.number(a[0]), at.number(a[1])
    interval = at.number(a[2]) if len(a) > 2 else graph.const(0.0)
    since = graph.two("sub", later, first)
    periods = graph.one("floor", graph.two("div", since, interval))
    folded = graph.two("sub", since, graph.two("mul", interval, periods))
    since = graph.select(graph.compare("gt", interval, graph.const(0.0)), folded, since)
    on = graph.both(graph.compare("gt", later, first), graph.compare("le", since, at.step()))
    return graph.select(on, graph.two("div", magnitude, at.step()), graph.const(0.0))


CALLS: dict[str, Write] = {
    **RANDOM_CALLS,
    **VECTOR_CALLS,
    "ABS": _one("abs"),
    "EXP": _one("exp"),
    "LN": _one("ln"),
    "LOG": _log,
    "SQRT": _one("sqrt"),
    "SIN": _one("sin"),
    "COS": _one("cos"),
    "TAN": _one("tan"),
    "ARCSIN": _one("arcsin"),
    "ARCCOS": _one("arccos"),
    "ARCTAN": _one("arctan"),
    "SINH": _one("sinh"),
    "COSH": _one("cosh"),
    "TANH": _one("tanh"),
    "INTEGER": _one("trunc"),
    "FLOOR": _one("floor"),
    "CEILING": _one("ceil"),
    "ROUND": _one("round"),
    "GAMMA LN": _one("gammaln"),
    "MODULO": _remainder("trunc"),
    "FLOORMOD": _remainder("floor"),
    "QUANTUM": _quantum,
    "MIN": _chain("min"),
    "MAX": _chain("max"),
    "XIDZ": _xidz,
    "ZIDZ": _xidz,
    "IF THEN ELSE": _if,
    "SIGN": _sign,
    "PI": lambda at, a: at.graph.const(math.pi),
    "+": _chain("add"),
    "*": _chain("mul"),
    "INITIAL": _initial,
    "ACTIVE INITIAL": _active_initial,
    "DATA": _data,
    "LOOKUP FORWARD": _read("forward"),
    "LOOKUP BACKWARD": _read("backward"),
    "LOOKUP EXTRAPOLATE": _read("extrapolate"),
    "LOOKUP INVERT": _invert,
    "GET DATA BETWEEN TIMES": _between_times,
    "GET DATA FIRST TIME": _end_time(last=False),
    "GET DATA LAST TIME": _end_time(last=True),
    "GET TIME VALUE": _time_value,
    "STEP": _step,
    "RAMP": _ramp,
    "PULSE": _pulse,
    "PULSE TRAIN": _pulse_train,
    "PULSE MAGNITUDE": _pulse_magnitude,
}
"""Canonical function -> node. A function that is not here is refused by name."""
