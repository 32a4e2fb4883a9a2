"""Printer and parser, and the JSON form, give back what they were given."""

from __future__ import annotations

import math
from pathlib import Path

import hypothesis.strategies as st
from hypothesis import given, settings

from tzsim.ir.codec import decode_model, encode_model
from tzsim.ir.expr import (
    NA,
    Array,
    Binary,
    Call,
    Every,
    Expr,
    Lookup,
    Name,
    Number,
    Position,
    Ref,
    Table,
    Unary,
)
from tzsim.ir.model import Equation, Model, SubscriptRange, Variable
from tzsim.ir.printer import print_expression, print_model, same_content
from tzsim.names import key
from tzsim.translate.text import TextFile
from tzsim.translate.vensim.reader import read_vensim

NAMES = ("alpha", "Beta two", "\u6c34\u5e93", "odd-name", "x1", 'with \\"quote\\" \\ in it', "time's up")
LOOKUPS = ("table one", "table-two")
CONTROL = ("INITIAL TIME", "FINAL TIME", "TIME STEP", "SAVEPER")
finite = st.floats(allow_nan=False, allow_infinity=False)
numbers = (finite | st.just(NA)).map(Number)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    xs = sorted(draw(st.lists(finite, min_size=1, max_size=5)))
    ys = draw(st.lists(finite, min_size=len(xs), max_size=len(xs)))
    mode = draw(st.sampled_from(("interpolate", "extrapolate", "step", "forward", "backward")))
    return Table(tuple(xs), tuple(ys), mode)


def grow(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    binary = st.sampled_from(("+", "-", "*", "/", "^", "=", "<>", "<", "<=", ">", ">=", "and", "or"))
    subscript = st.sampled_from(("A", "A1", "A2")).map(Name) | st.just(Every("A")) | inner.map(Position)
    return (
        # a minus before a number is read as one number, so the sign of a number never stands alone
        st.builds(Unary, st.sampled_from(("-", "not")), inner.filter(lambda e: not isinstance(e, Number)))
        | st.builds(Binary, binary, inner, inner)
        | st.builds(lambda a, b, c: Call("IF THEN ELSE", (a, b, c)), inner, inner, inner)
        | st.builds(lambda a, b: Call("FLOORMOD", (a, b)), inner, inner)
        | st.builds(lambda a: Call("SUM", (a,)), inner)
        | st.builds(lambda a: Call("PI", ()), inner)
        | st.builds(Lookup, st.sampled_from(LOOKUPS).map(Ref) | tables(), inner)
        | st.builds(lambda s: Ref("array", (s,)), subscript)
    )


expressions = st.recursive(
    numbers | st.sampled_from(NAMES).map(Ref) | st.just(Ref("Time")), grow, max_leaves=12
)


def model_with(rows: list[Expr], table: Table, method: str) -> Model:
    variables = {
        key(n): Variable(n, (Equation((), e),), "unit", "a\ncomment", (None, 4.0), g)
        for n, e, g in zip(NAMES, rows, ("", "", "one", "one", "two", "two", "two"), strict=True)
    }
    for name in CONTROL:
        variables[key(name)] = Variable(name, (Equation((), Number(1.0)),), "Year")
    for name in LOOKUPS:
        variables[key(name)] = Variable(name, (Equation((), table),))
    variables["array"] = Variable(
        "array",
        (Equation(("A",), rows[0], (("A1",),)), Equation(("A1",), Call("DATA", (table,)))),
    )
    variables["constants"] = Variable(
        "constants", (Equation(("A", "B"), Array((1.0, -2.5, NA, 0.0), (2, 2))),)
    )
    ranges = {
        "a": SubscriptRange("A", ("A1", "A2"), {"B": (("B1",), ("B1", "B2"))}),
        "b": SubscriptRange("B", ("B1", "B2")),
    }
    return Model("m", variables, ranges, method, "Year")  # type: ignore[arg-type]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(expressions, min_size=len(NAMES), max_size=len(NAMES)),
    tables(),
    st.sampled_from(("euler", "heun", "rk4")),
)
def test_what_is_printed_is_read_back(rows: list[Expr], table: Table, method: str) -> None:
    model = model_with(rows, table, method)
    text = print_model(model)
    again = read_vensim(TextFile("m.mdl", text, ""), Path())
    for identifier, variable in model.variables.items():
        found = again.variables[identifier]
        assert [e.expression for e in found.equations] == [e.expression for e in variable.equations], text
    assert same_content(model, again)
    assert print_model(again) == text


@settings(max_examples=150, deadline=None)
@given(st.lists(expressions, min_size=len(NAMES), max_size=len(NAMES)), tables())
def test_the_json_form_is_lossless(rows: list[Expr], table: Table) -> None:
    model = model_with(rows, table, "rk4")
    again = decode_model(encode_model(model))
    assert again == model
    zeros = [e.expression for v in again.variables.values() for e in v.equations]
    before = [e.expression for v in model.variables.values() for e in v.equations]
    assert [math.copysign(1, e.value) for e in zeros if isinstance(e, Number)] == [
        math.copysign(1, e.value) for e in before if isinstance(e, Number)
    ]


def test_parentheses_only_where_they_are_needed() -> None:
    a, b, c = Ref("a"), Ref("b"), Ref("c")
    assert print_expression(Binary("-", a, Binary("-", b, c))) == "a - (b - c)"
    assert print_expression(Binary("-", Binary("-", a, b), c)) == "a - b - c"
    assert print_expression(Binary("^", Unary("-", a), Binary("^", b, c))) == "(-a)^b^c"
    assert print_expression(Unary("-", Binary("^", a, b))) == "-a^b"
    assert print_expression(Binary("*", Binary("+", a, b), Number(-2.0))) == "(a + b)*-2"
