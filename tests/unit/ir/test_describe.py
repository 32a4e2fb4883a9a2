"""What a model contains, counted by hand on a small one."""

from __future__ import annotations

from tzsim.ir.describe import describe
from tzsim.ir.expr import Call, Number, Ref, Unary
from tzsim.ir.model import Equation, Model, Variable


def leak() -> Model:
    """A stock that drains, with a name that a page must not take for markup."""
    rows = (
        Variable("Tank", (Equation((), Call("INTEG", (Unary("-", Ref("drain")), Number(10)))),), "Litre"),
        Variable("drain", (Equation((), Ref("<b>rate")),), "Litre/Day", comment="out & away"),
        Variable("<b>rate", (Equation((), Number(2)),), "Litre/Day"),
        Variable("TIME STEP", (Equation((), Number(1)),)),
    )
    return Model("leak", {v.id: v for v in rows})


def test_kinds_and_loops_are_counted() -> None:
    found = describe(leak())
    assert {v.name: v.kind for v in found.variables} == {
        "Tank": "stock",
        "drain": "constant",
        "<b>rate": "constant",
    }
    assert found.loops.count == 0
    assert found.elements == 3
    assert found.time == {"TIME STEP": "1"}


def test_a_description_is_short_in_text_and_escaped_in_html() -> None:
    found = describe(leak())
    assert repr(found) == (
        "Description(leak: 1 stocks, 0 auxiliaries, 2 constants, 0 lookups, 0 data series; 3 scalar equations, euler)"
    )
    page = found._repr_html_()
    assert "<b>rate" not in page
    assert "&lt;b&gt;rate" in page
    assert "out &amp; away" in page
    assert page.count("<tr>") == 1 + len(found.variables)


def test_a_model_is_short_in_text() -> None:
    assert repr(leak()) == "Model(leak: 4 variables, euler)"
