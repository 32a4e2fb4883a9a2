"""Random models for hypothesis: stocks, auxiliaries, lookups, delays, memories and arrays of every kind that is supported.

Rates are kept small and bounded (tanh), so that trajectories neither blow up nor amplify the last bit.
"""

from __future__ import annotations

from hypothesis import strategies as st

from tzsim.ir.expr import Binary, Call, Every, Expr, Lookup, Name, Number, Ref, Table, Unary
from tzsim.ir.model import Equation, Method, Model, SubscriptRange, Variable
from tzsim.names import key

ELEMENTS = ("a1", "a2", "a3")
STEP, FINAL = 0.25, 5.0

numbers = st.floats(-3.0, 3.0).map(lambda x: Number(round(x, 3)))
positive = st.floats(0.2, 4.0).map(lambda x: Number(round(x, 3)))


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """Two to twelve points, now and then evenly spaced; any mode."""
    count = draw(st.integers(2, 12))
    gaps = draw(st.lists(st.integers(1, 5), min_size=count, max_size=count))
    even = draw(st.booleans())
    xs: list[float] = []
    x = -2.0
    for gap in gaps:
        xs.append(x)
        x += 0.5 if even else 0.25 * gap
    ys = draw(st.lists(st.integers(-8, 8), min_size=count, max_size=count))
    mode = draw(st.sampled_from(["interpolate", "interpolate", "extrapolate", "step", "forward"]))
    return Table(tuple(xs), tuple(0.25 * y for y in ys), mode)  # type: ignore[arg-type]


def bounded(e: Expr) -> Expr:
    """Between -1 and 1."""
    return Call("TANH", (e,))


def above_zero(e: Expr) -> Expr:
    """Between 0.5 and 2.5."""
    return Binary("+", Number(1.5), Call("SIN", (e,)))


def _pure(draw: st.DrawFn, part: st.SearchStrategy[Expr]) -> Expr:
    kind = draw(st.integers(0, 18))
    a, b = draw(part), draw(part)
    if kind < 3:
        return Binary(("+", "-", "*")[kind], a, b)  # type: ignore[arg-type]
    if kind == 3:
        return Binary("/", a, above_zero(b))
    if kind == 4:
        return Binary("^", above_zero(a), bounded(b))
    if kind == 5:
        return Call("IF THEN ELSE", (_truth(draw, a, b), draw(part), b))
    if kind == 6:
        return Call(draw(st.sampled_from(["MIN", "MAX"])), (a, b, draw(part)))
    if kind == 7:
        return Call("EXP", (bounded(a),))
    if kind == 8:
        return Call("LN", (above_zero(a),))
    if kind == 9:
        return Call("SQRT", (Call("ABS", (a,)),))
    if kind == 10:
        return Call(draw(st.sampled_from(["SIN", "COS", "ARCTAN", "TANH"])), (a,))
    if kind == 11:
        return Lookup(draw(tables()), a)
    if kind == 12:
        return Unary("-", a)
    if kind == 13:
        return Call("XIDZ", (a, above_zero(b), Number(0.5)))
    if kind == 15:
        counts = (
            Number(0.0),
            Number(50.0),
            Binary("*", Number(4.0), above_zero(a)),
            Number(0.0),
            Number(0.1),
        )
        return Call("RANDOM POISSON", (*counts, Number(1.0)))
    if kind == 16:
        chance = Binary("/", above_zero(a), Number(3.0))
        tries = (chance, Number(9.0), Number(0.0), Number(0.1), Number(1.0))
        return Call("RANDOM BINOMIAL", (Number(0.0), Number(50.0), *tries))
    if kind == 17:
        return Call("NORMAL QUANTILE", (Binary("/", above_zero(a), Number(3.0)),))
    if kind == 14:
        return Call("RANDOM NORMAL", (Number(-2.0), Number(2.0), Number(0.0), Number(0.3), Number(1.0)))
    return draw(_inputs_of_time())


def _truth(draw: st.DrawFn, a: Expr, b: Expr) -> Expr:
    comparison = Binary(
        draw(st.sampled_from(["<", "<=", ">", ">="])), Ref("Time"), Number(draw(st.integers(0, 20)) / 4)
    )
    other = Binary("<", a, Binary("+", b, Number(0.123456)))
    how = draw(st.sampled_from(["and", "or", "plain", "not"]))
    if how == "plain":
        return comparison
    return Unary("not", comparison) if how == "not" else Binary(how, comparison, other)  # type: ignore[arg-type]


def _inputs_of_time() -> st.SearchStrategy[Expr]:
    at = st.integers(0, 20).map(lambda k: Number(k / 4))
    return st.one_of(
        st.tuples(numbers, at).map(lambda a: Call("STEP", a)),
        st.tuples(at, positive).map(lambda a: Call("PULSE", a)),
        st.tuples(numbers, at, at).map(lambda a: Call("RAMP", a)),
        at.map(lambda a: Call("PULSE TRAIN", (a, Number(0.5), Number(1.5), Number(4.0)))),
    )


def _state(draw: st.DrawFn, part: st.SearchStrategy[Expr]) -> Expr:
    kind = draw(st.integers(0, 13))
    a, time = draw(part), draw(positive)
    first = draw(numbers)
    simple = {0: ("SMOOTH", (a, time)), 1: ("SMOOTH3", (a, time)), 2: ("DELAY1", (a, time)), 3: ("DELAY3", (a, time)),
              4: ("SMOOTHI", (a, time, first)), 5: ("DELAY3I", (a, time, first)), 6: ("DELAY FIXED", (a, time, first)),
              7: ("SMOOTH N", (a, time, first, Number(4.0))), 8: ("DELAY N", (a, time, first, Number(4.0))),
              12: ("DELAY MATERIAL", (a, above_zero(draw(part)), first, Number(0.5))),
              13: ("DELAY INFORMATION", (a, above_zero(draw(part)), first)), 9: ("INITIAL", (a,)), 10: ("PREVIOUS", (a, first))}  # fmt: skip
    if kind in simple:
        return Call(*simple[kind])
    return Call("SAMPLE IF TRUE", (_truth(draw, a, first), a, first))


@st.composite
def models(draw: st.DrawFn) -> Model:
    """A model of stocks s0..., constants k0..., an array x[A] and auxiliaries v0..., each on those before it."""
    method: Method = draw(st.sampled_from(["euler", "euler", "heun", "rk4"]))
    variables: list[Variable] = []

    def define(name: str, e: Expr, subscripts: tuple[str, ...] = ()) -> None:
        variables.append(Variable(name, (Equation(subscripts, e),)))

    for name, value in (("INITIAL TIME", 0.0), ("FINAL TIME", FINAL), ("TIME STEP", STEP), ("SAVEPER", 0.5)):
        define(name, Number(value))
    leaves: list[Expr] = [Ref("Time"), Number(0.7)]
    for i in range(draw(st.integers(1, 3))):
        define(f"k{i}", draw(positive))
        leaves.append(Ref(f"k{i}"))
    stocks = draw(st.integers(1, 3))
    leaves += [Ref(f"s{i}") for i in range(stocks)]
    leaves.append(Call("SUM", (Ref("x", (Every("A"),)),)))
    leaves.append(Ref("x", (Name("a2"),)))
    for i in range(draw(st.integers(1, 6))):
        part = st.sampled_from(list(leaves))
        e = _state(draw, part) if draw(st.integers(0, 2)) == 0 else _pure(draw, part)
        define(f"v{i}", e)
        leaves.append(Ref(f"v{i}"))
    part = st.sampled_from(list(leaves))
    for i in range(stocks):
        define(f"s{i}", Call("INTEG", (bounded(_pure(draw, part)), draw(numbers))))
    flow = bounded(Binary("-", draw(part), Ref("x", (Name("A"),))))
    define("x", Call("INTEG", (flow, draw(numbers))), ("A",))
    ranges = {key("A"): SubscriptRange("A", ELEMENTS)}
    return Model("random", {v.id: v for v in variables}, ranges, method, "Year")
