"""Random functions in the graph: distributions of one uniform, by the formulas of `random_counter` in their order."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tzsim.ir.expr import Expr, Text
from tzsim.kernel.random_counter import MOST_COUNTS, NORMAL_QUANTILE_COEFFICIENTS
from tzsim.kernel.writer import Write, Writer


def _uniform(at: Writer, a: Sequence[Expr], seed: Expr | None) -> int:
    site = a[-1]
    assert isinstance(site, Text)
    return at.uniform(site.value, seed)


def _clamped(at: Writer, x: int, low: int, high: int) -> int:
    graph = at.graph
    below = graph.select(graph.compare("gt", x, high), high, x)
    return graph.select(graph.compare("lt", x, low), low, below)


def _horner(at: Writer, coefficients: Sequence[float], x: int) -> int:
    graph = at.graph
    value = graph.const(coefficients[0])
    for c in coefficients[1:]:
        value = graph.two("add", graph.two("mul", value, x), graph.const(c))
    return value


def normal_quantile(at: Writer, p: int) -> int:
    """Inverse of the standard normal distribution function: all three regions, then a choice."""
    graph = at.graph
    numerators = NORMAL_QUANTILE_COEFFICIENTS

    def ratio(top: int, x: int) -> int:
        return graph.two("div", _horner(at, numerators[top], x), _horner(at, numerators[top + 1], x))

    half = graph.const(0.5)
    q = graph.two("sub", p, half)
    r = graph.two("sub", graph.const(0.180625), graph.two("mul", q, q))
    top, bottom = _horner(at, numerators[0], r), _horner(at, numerators[1], r)
    middle = graph.two("div", graph.two("mul", q, top), bottom)
    negative = graph.compare("lt", q, graph.const(0.0))
    tail = graph.select(negative, p, graph.two("sub", graph.const(1.0), p))
    root = graph.one("sqrt", graph.one("neg", graph.one("ln", tail)))
    near = ratio(2, graph.two("sub", root, graph.const(1.6)))
    far = ratio(4, graph.two("sub", root, graph.const(5.0)))
    size = graph.select(graph.compare("le", root, graph.const(5.0)), near, far)
    size = graph.select(graph.compare("eq", tail, graph.const(0.0)), root, size)
    outer = graph.select(negative, graph.one("neg", size), size)
    inside = graph.compare("le", graph.one("abs", q), graph.const(0.425))
    return graph.select(inside, middle, outer)


def _probability(at: Writer, x: int) -> int:
    graph = at.graph
    scaled = graph.two("mul", graph.one("neg", x), graph.const(0.7071067811865476))
    return graph.two("mul", graph.const(0.5), graph.one("erfc", scaled))


def _random_uniform(at: Writer, a: Sequence[Expr]) -> int:
    graph, low, high = at.graph, at.number(a[0]), at.number(a[1])
    u = _uniform(at, a, a[2])
    return graph.two("add", low, graph.two("mul", u, graph.two("sub", high, low)))


def _random_unit(at: Writer, a: Sequence[Expr]) -> int:
    return _uniform(at, a, None)


def _random_normal(at: Writer, a: Sequence[Expr]) -> int:
    graph = at.graph
    low, high, mean, sd = (at.number(e) for e in a[:4])
    u = _uniform(at, a, a[4])
    first = graph.two("div", graph.two("sub", low, mean), sd)
    last = graph.two("div", graph.two("sub", high, mean), sd)
    mirrored = graph.compare("gt", graph.two("add", first, last), graph.const(0.0))
    first, last = (
        graph.select(mirrored, graph.one("neg", last), first),
        graph.select(mirrored, graph.one("neg", first), last),
    )
    below, above = _probability(at, first), _probability(at, last)
    part = graph.two("mul", u, graph.two("sub", above, below))
    p = graph.select(mirrored, graph.two("sub", above, part), graph.two("add", below, part))
    z = normal_quantile(at, p)
    z = graph.select(mirrored, graph.one("neg", z), z)
    drawn = graph.select(
        graph.compare("gt", sd, graph.const(0.0)), graph.two("add", mean, graph.two("mul", sd, z)), mean
    )
    return _clamped(at, drawn, low, high)


def _random_exponential(at: Writer, a: Sequence[Expr]) -> int:
    graph, zero = at.graph, at.graph.const(0.0)
    low, high, shift, stretch = (at.number(e) for e in a[:4])
    u = _uniform(at, a, a[4])
    first = graph.two("div", graph.two("sub", low, shift), stretch)
    last = graph.two("div", graph.two("sub", high, shift), stretch)
    near = graph.two("max", graph.two("min", first, last), zero)
    far = graph.two("max", graph.two("max", first, last), zero)
    start, end = graph.one("exp", graph.one("neg", near)), graph.one("exp", graph.one("neg", far))
    p = graph.two("add", start, graph.two("mul", u, graph.two("sub", end, start)))
    drawn = graph.two("sub", shift, graph.two("mul", stretch, graph.one("ln", p)))
    return _clamped(at, graph.select(graph.compare("eq", stretch, zero), shift, drawn), low, high)


def _random_triangular(at: Writer, a: Sequence[Expr]) -> int:
    graph, one = at.graph, at.graph.const(1.0)
    low, high, start, peak, stop = (at.number(e) for e in a[:5])
    u = _uniform(at, a, a[5])
    whole, left, right = (
        graph.two("sub", stop, start),
        graph.two("sub", peak, start),
        graph.two("sub", stop, peak),
    )

    def probability(x: int) -> int:
        rise, fall = graph.two("sub", x, start), graph.two("sub", stop, x)
        before = graph.two("div", graph.two("mul", rise, rise), graph.two("mul", whole, left))
        after = graph.two(
            "sub", one, graph.two("div", graph.two("mul", fall, fall), graph.two("mul", whole, right))
        )
        found = graph.select(graph.compare("le", x, peak), before, after)
        found = graph.select(graph.compare("ge", x, stop), one, found)
        return graph.select(graph.compare("le", x, start), graph.const(0.0), found)

    first, last = probability(low), probability(high)
    p = graph.two("add", first, graph.two("mul", u, graph.two("sub", last, first)))
    scaled = graph.two("mul", p, whole)
    rising = graph.two("add", start, graph.one("sqrt", graph.two("mul", scaled, left)))
    rest = graph.two("mul", graph.two("mul", graph.two("sub", one, p), whole), right)
    falling = graph.two("sub", stop, graph.one("sqrt", rest))
    drawn = graph.select(graph.compare("le", scaled, left), rising, falling)
    drawn = graph.select(graph.compare("gt", stop, start), drawn, peak)
    return _clamped(at, drawn, low, high)


def _random_lognormal(at: Writer, a: Sequence[Expr]) -> int:
    graph, mean, sd = at.graph, at.number(a[0]), at.number(a[1])
    ratio = graph.two("div", sd, mean)
    variance = graph.one("ln", graph.two("add", graph.const(1.0), graph.two("mul", ratio, ratio)))
    z = normal_quantile(at, _uniform(at, a, a[2]))
    spread = graph.two("mul", graph.one("sqrt", variance), z)
    exponent = graph.two("sub", spread, graph.two("mul", graph.const(0.5), variance))
    return graph.two("mul", mean, graph.one("exp", exponent))


def _counted(at: Writer, k: int, a: Sequence[Expr], bad: int) -> int:
    """A count scaled, shifted and clamped; nan where the distribution does not exist."""
    graph, low, high = at.graph, at.number(a[0]), at.number(a[1])
    shift, stretch = at.number(a[-4]), at.number(a[-3])
    drawn = _clamped(at, graph.two("add", shift, graph.two("mul", stretch, k)), low, high)
    return graph.select(bad, graph.const(math.nan), drawn)


def _start_of_search(at: Writer, mean: int, variance: int, large: int) -> int:
    graph, zero = at.graph, at.graph.const(0.0)
    reach = graph.two("mul", graph.const(30.0), graph.one("sqrt", variance))
    start = graph.two("max", zero, graph.one("floor", graph.two("sub", mean, reach)))
    return graph.select(graph.compare("gt", large, graph.const(500.0)), start, zero)


def _outside(at: Writer, x: int, low: float, high: float) -> int:
    """Whether x is not in [low, high]; nan is not."""
    graph = at.graph
    inside = graph.both(graph.compare("ge", x, graph.const(low)), graph.compare("le", x, graph.const(high)))
    return graph.negated(inside)


def _log_factorial(at: Writer, x: int) -> int:
    return at.graph.one("gammaln", at.graph.two("add", x, at.graph.const(1.0)))


def _random_poisson(at: Writer, a: Sequence[Expr]) -> int:
    graph, mean = at.graph, at.number(a[2])
    u, zero = _uniform(at, a, a[5]), graph.const(0.0)
    first = _start_of_search(at, mean, mean, mean)
    exponent = graph.two("sub", graph.two("mul", first, graph.one("ln", mean)), mean)
    term = graph.one("exp", graph.two("sub", exponent, _log_factorial(at, first)))
    last = graph.two("add", first, graph.const(float(MOST_COUNTS)))
    k = graph.node("count", u, first, last, term, mean, zero)
    k = graph.select(graph.compare("eq", mean, zero), zero, k)
    return _counted(at, k, a, _outside(at, mean, 0.0, 1e9))


def _random_binomial(at: Writer, a: Sequence[Expr]) -> int:
    graph, p, trials = at.graph, at.number(a[2]), at.number(a[3])
    u, zero, one = _uniform(at, a, a[6]), graph.const(0.0), graph.const(1.0)
    n, fail = graph.one("trunc", trials), graph.two("sub", one, p)
    odds, mean = graph.two("div", p, fail), graph.two("mul", n, p)
    first = _start_of_search(at, mean, graph.two("mul", mean, fail), n)
    rest = graph.two("sub", n, first)
    ways = graph.two("sub", _log_factorial(at, n), _log_factorial(at, first))
    ways = graph.two("sub", ways, _log_factorial(at, rest))
    ways = graph.two("add", ways, graph.two("mul", first, graph.one("ln", p)))
    term = graph.one("exp", graph.two("add", ways, graph.two("mul", rest, graph.one("ln", fail))))
    k = graph.node("count", u, first, n, term, graph.two("mul", n, odds), graph.one("neg", odds))
    sure = graph.either(graph.compare("eq", p, zero), graph.compare("eq", p, one))
    bad = graph.either(_outside(at, p, 0.0, 1.0), _outside(at, trials, 0.0, float(MOST_COUNTS)))
    return _counted(at, graph.select(sure, mean, k), a, bad)


def _random_negative_binomial(at: Writer, a: Sequence[Expr]) -> int:
    graph, p, wanted = at.graph, at.number(a[2]), at.number(a[3])
    u, zero = _uniform(at, a, a[6]), graph.const(0.0)
    fail = graph.two("sub", graph.const(1.0), p)
    term = graph.one("exp", graph.two("mul", wanted, graph.one("ln", p)))
    last = graph.const(float(MOST_COUNTS))
    k = graph.node("count", u, zero, last, term, graph.two("mul", wanted, fail), fail)
    fits = graph.both(graph.compare("gt", p, zero), graph.compare("gt", wanted, zero))
    return _counted(at, k, a, graph.either(graph.negated(fits), _outside(at, p, 0.0, 1.0)))


def _standard_normal(at: Writer, a: Sequence[Expr]) -> int:
    """STANDARD NORMAL(seed): the draw inside RANDOM PINK NOISE, as `passes.expand` writes it."""
    return normal_quantile(at, _uniform(at, a, a[0]))


RANDOM_CALLS: dict[str, Write] = {
    "RANDOM 0 1": _random_unit,
    "RANDOM UNIFORM": _random_uniform,
    "RANDOM NORMAL": _random_normal,
    "RANDOM EXPONENTIAL": _random_exponential,
    "RANDOM TRIANGULAR": _random_triangular,
    "RANDOM LOGNORMAL": _random_lognormal,
    "RANDOM POISSON": _random_poisson,
    "RANDOM BINOMIAL": _random_binomial,
    "RANDOM NEGATIVE BINOMIAL": _random_negative_binomial,
    "NORMAL QUANTILE": lambda at, a: normal_quantile(at, at.number(a[0])),
    "STANDARD NORMAL": _standard_normal,
}
