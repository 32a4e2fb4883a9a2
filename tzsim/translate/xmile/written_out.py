"""Stella functions that are written out as ordinary expressions and helper variables.

Definitions: isee systems help, version 3, pages 'Data builtins', 'Financial builtins', 'Graphical builtins', 'Array
builtins' and 'Statistical builtins'.
"""

from __future__ import annotations

from collections.abc import Sequence

from tzsim.ir.expr import Binary, Call, Expr, Lookup, Number, Position, Ref, Subscript, Unary
from tzsim.translate.syntax import SyntaxProblem
from tzsim.translate.xmile.functions import DT, ONE, START, TIME, ZERO

MAX_ORDER = 6


def add(a: Expr, b: Expr) -> Expr:
    return Binary("+", a, b)


def sub(a: Expr, b: Expr) -> Expr:
    return Binary("-", a, b)


def mul(a: Expr, b: Expr) -> Expr:
    return Binary("*", a, b)


def div(a: Expr, b: Expr) -> Expr:
    return Binary("/", a, b)


def choose(condition: Expr, yes: Expr, no: Expr) -> Expr:
    return Call("IF THEN ELSE", (condition, yes, no))


def derivative(x: Expr, order: Expr) -> Expr:
    """DERIVN(input, order): backward differences, 0 during the first `order` steps."""
    if not isinstance(order, Number) or order.value != int(order.value) or not 0 <= order.value <= MAX_ORDER:
        raise SyntaxProblem(
            0, f"DERIVN with an order other than a whole number up to {MAX_ORDER}", unsupported=True
        )
    made = x
    for k in range(1, int(order.value) + 1):
        early = Binary("<", TIME, add(START, mul(Number(k - 0.5), DT)))
        made = choose(early, ZERO, div(sub(made, Call("PREVIOUS", (made, made))), DT))
    return made


def end_value(arguments: Sequence[Expr]) -> Expr:
    """ENDVAL(input[, initial]): every run here is the first of its session, so the initial value holds."""
    return arguments[1] if len(arguments) > 1 else Call("INITIAL", (arguments[0],))


def history(x: Expr, time: Expr) -> Expr:
    """HISTORY(variable, TIME - lag), which is the value a fixed lag ago and 0 before there is one."""
    if isinstance(time, Binary) and time.op == "-" and time.left == TIME:
        return Call("DELAY FIXED", (x, time.right, ZERO))
    raise SyntaxProblem(0, "HISTORY of a time other than TIME - lag", unsupported=True)


def payment(name: str, rate: Expr, periods: Expr, third: Expr, fourth: Expr) -> Expr:
    """FV, PMT and PV solve pv (1+r)^n + (pmt/r) ((1+r)^n - 1) + fv = 0, or pv + pmt n + fv = 0 where r is 0."""
    growth = Binary("^", add(ONE, rate), periods)
    annuity = div(sub(growth, ONE), rate)
    zero = Binary("=", rate, ZERO)

    def minus(e: Expr) -> Expr:
        return Unary("-", e)

    if name == "FV":  # (rate, nper, pmt, pv)
        return choose(
            zero,
            minus(add(fourth, mul(third, periods))),
            minus(add(mul(fourth, growth), mul(third, annuity))),
        )
    if name == "PMT":  # (rate, nper, pv, fv)
        return choose(
            zero,
            minus(div(add(third, fourth), periods)),
            minus(div(add(mul(third, growth), fourth), annuity)),
        )
    return choose(  # PV (rate, nper, pmt, fv)
        zero, minus(add(mul(third, periods), fourth)), minus(div(add(mul(third, annuity), fourth), growth))
    )


def area_below(names: tuple[Ref, Ref, Ref, Ref], ends: tuple[Ref, Ref], x: Expr) -> Expr:
    """The area under a graphical function from its first point to x.

    names: the function, and step tables of each segment's first x, first y and area before it; ends: first and last x.
    """
    curve, xs, ys, areas = names
    inside = Call("MIN", (Call("MAX", (x, ends[0])), ends[1]))
    width = sub(inside, Lookup(xs, inside))
    mean = div(add(Lookup(ys, inside), Lookup(curve, inside)), Number(2.0))
    return add(Lookup(areas, inside), mul(width, mean))


def area_between(below_to: Expr, below_from: Expr, to: Expr, start: Expr) -> Expr:
    """LOOKUPAREA(var, to, from): the order of the two ends does not matter."""
    return choose(Binary(">=", to, start), sub(below_to, below_from), sub(below_from, below_to))


def interpolated(
    name: str,
    subscripts: Sequence[Subscript | int],
    fractions: Sequence[Expr],
    done: tuple[Subscript, ...] = (),
) -> Expr:
    """INTERPOLATE: multilinear between elements; an int among the subscripts is a running dimension of that size."""
    if not subscripts:
        return Ref(name, done)
    first, rest = subscripts[0], subscripts[1:]
    if not isinstance(first, int):
        return interpolated(name, rest, fractions, (*done, first))
    if first < 2:
        raise SyntaxProblem(0, "INTERPOLATE needs two elements at least in each dimension")
    fraction = Call("MIN", (Call("MAX", (fractions[0], ZERO)), ONE))
    place = mul(fraction, Number(float(first - 1)))
    low = Call("MIN", (Call("FLOOR", (place,)), Number(float(first - 2))))
    weight = sub(place, low)
    left = interpolated(name, rest, fractions[1:], (*done, Position(add(low, ONE))))
    right = interpolated(name, rest, fractions[1:], (*done, Position(add(low, Number(2.0)))))
    return add(mul(sub(ONE, weight), left), mul(weight, right))


# rational approximation of the normal distribution's upper tail: J. F. Hart and others, Computer Approximations
# (1968), no. 5666, with the continued fraction beyond it, as given by G. West, Better approximations to cumulative
# normal functions, Wilmott (2005); relative error below 1e-14
_UP = (
    0.0352624965998911,
    0.700383064443688,
    6.37396220353165,
    33.912866078383,
    112.079291497871,
    221.213596169931,
    220.206867912376,
)
_DOWN = (
    0.0883883476483184,
    1.75566716318264,
    16.064177579207,
    86.7807322029461,
    296.564248779674,
    637.333633378831,
    793.826512519948,
    440.413735824752,
)


def _horner(coefficients: Sequence[float], x: Expr) -> Expr:
    made: Expr = Number(coefficients[0])
    for c in coefficients[1:]:
        made = add(mul(made, x), Number(c))
    return made


def normal_cdf(z: Expr, size: Expr) -> Expr:
    """The standard normal distribution function at z; `size` is a cheap expression for |z|."""
    density = Call("EXP", (div(mul(Unary("-", size), size), Number(2.0)),))
    near = div(mul(density, _horner(_UP, size)), _horner(_DOWN, size))
    fraction = add(size, Number(0.65))
    for k in (4.0, 3.0, 2.0, 1.0):
        fraction = add(size, div(Number(k), fraction))
    far = div(div(density, fraction), Number(2.506628274631))
    tail = choose(
        Binary("<", size, Number(7.07106781186547)), near, choose(Binary(">", size, Number(37.0)), ZERO, far)
    )
    return choose(Binary(">", z, ZERO), sub(ONE, tail), tail)
