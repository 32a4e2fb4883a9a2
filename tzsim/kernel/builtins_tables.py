"""Reading lookup tables and data series.

Outside its range a table holds its end values unless its mode extrapolates (Vensim Help, 'Lookups'; XMILE 1.0,
section 3.1.4). Between points it is linear: `y0 + (y1 - y0) / (x1 - x0) * (x - x0)`, in this order of operations.
Where two points share an x (a jump), the first of them answers at that x.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from tzsim.ir.arithmetic import floor
from tzsim.ir.expr import NA, Table


def read(table: Table, x: float) -> float:
    """The table at x in its own mode; nan at nan, `:NA:` for a table without points."""
    if not table.xs:
        return NA
    if x != x:
        return x
    if table.mode in ("step", "backward"):
        return hold_backward(table, x)
    if table.mode == "forward":
        return look_forward(table, x)
    if table.mode == "extrapolate":
        return extrapolate(table, x)
    return interpolate(table, x)


def _between(x0: float, y0: float, x1: float, y1: float, x: float) -> float:
    return y0 + (y1 - y0) / (x1 - x0) * (x - x0)


def interpolate(table: Table, x: float) -> float:
    """Linear inside, end values outside."""
    xs, ys = table.xs, table.ys
    if x <= xs[0]:
        return ys[0]
    if x > xs[-1]:
        return ys[-1]
    i = bisect_left(xs, x)  # xs[i - 1] < x <= xs[i]
    return ys[i] if xs[i] == x else _between(xs[i - 1], ys[i - 1], xs[i], ys[i], x)


def extrapolate(table: Table, x: float) -> float:
    """Linear inside, the first and last slopes continued outside; a single point is constant."""
    xs, ys = table.xs, table.ys
    if len(xs) > 1 and x < xs[0] and xs[1] > xs[0]:
        return _between(xs[0], ys[0], xs[1], ys[1], x)
    if len(xs) > 1 and x > xs[-1] and xs[-1] > xs[-2]:
        return _between(xs[-2], ys[-2], xs[-1], ys[-1], x)
    return interpolate(table, x)


def hold_backward(table: Table, x: float) -> float:
    """The last point at or before x; the first value before the first point."""
    i = bisect_right(table.xs, x)
    return table.ys[max(i - 1, 0)]


def look_forward(table: Table, x: float) -> float:
    """The first point at or after x; the last value after the last point."""
    i = bisect_left(table.xs, x)
    return table.ys[min(i, len(table.ys) - 1)]


def invert(table: Table, y: float) -> float:
    """LOOKUP INVERT: the smallest x at which the table, linear between its points, has the value y.

    Where y is outside the values, the x of the end whose value is nearer (Vensim Help, 'LOOKUP INVERT': values should
    be monotone).
    """
    xs, ys = table.xs, table.ys
    if not xs:
        return NA
    if y != y:
        return y
    for i in range(len(xs)):
        if ys[i] == y:
            return xs[i]
        if i + 1 < len(xs) and (ys[i] < y < ys[i + 1] or ys[i] > y > ys[i + 1]):
            return _between(ys[i], xs[i], ys[i + 1], xs[i + 1], y)
    return xs[0] if abs(ys[0] - y) <= abs(ys[-1] - y) else xs[-1]


def between_times(table: Table, time: float, mode: float) -> float:
    """GET DATA BETWEEN TIMES: mode above 0.5 looks forward, below -0.5 backward, else interpolates.

    As Vensim prints it (SDEverywhere getdata): the two holding modes round the time down to a whole number first, and
    backward gives the last point before that time, not at it. Outside the data the nearest value.
    """
    if not table.xs:
        return NA
    if mode >= 0.5:
        return look_forward(table, floor(time))
    if mode <= -0.5:
        return table.ys[max(bisect_left(table.xs, floor(time)) - 1, 0)]
    return interpolate(table, time)


def lookup_extrapolate(table: Table, x: float) -> float:
    return NA if not table.xs else extrapolate(table, x)


def lookup_forward(table: Table, x: float) -> float:
    return NA if not table.xs else look_forward(table, x)


def lookup_backward(table: Table, x: float) -> float:
    return NA if not table.xs else hold_backward(table, x)
