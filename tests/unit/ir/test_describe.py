"""What a model contains, counted by hand on a small one."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from tzsim.ir import loops
from tzsim.ir.describe import describe, kinds_of
from tzsim.ir.expr import Call, Expr, Number, Ref, Unary
from tzsim.ir.loops import feedback_loops
from tzsim.ir.model import Equation, Model, Variable
from tzsim.names import VarId, key


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


def lines_run(work: Callable[[], object]) -> int:
    """Lines of Python that a piece of work runs: the same on every machine."""
    count = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def chain(length: int, end: Expr) -> Model:
    """x0 needs x1, x1 needs x2 and so on, each before what it needs."""
    rows = [Variable(f"x{i}", (Equation((), Unary("-", Ref(f"x{i + 1}"))),)) for i in range(length)]
    rows.append(Variable(f"x{length}", (Equation((), end),)))
    return Model("chain", {v.id: v for v in rows})


def ring(size: int, both: bool = False) -> dict[VarId, tuple[VarId, ...]]:
    """Each variable caused by the next, with `both` by the one before as well."""
    names = [key(f"x{i}") for i in range(size)]
    return {n: (names[(i + 1) % size], *((names[i - 1],) if both else ())) for i, n in enumerate(names)}


@pytest.mark.parametrize(("end", "kind"), [(Ref("Time"), "auxiliary"), (Number(1.0), "constant")])
def test_kinds_follow_through_chains_in_proportion_to_their_length(end: Expr, kind: str) -> None:
    assert set(kinds_of(chain(400, end)).values()) == {kind}
    short, long = (lines_run(lambda n=n: kinds_of(chain(n, end))) for n in (200, 800))
    assert long < 5 * short


def test_a_long_ring_is_one_loop_and_costs_by_its_length() -> None:
    found = feedback_loops(ring(400))
    assert (found.count, found.complete, found.in_loops, found.largest) == (1, True, 400, 400)
    short, long = (lines_run(lambda n=n: feedback_loops(ring(n))) for n in (200, 800))
    assert long < 5 * short


def test_counting_stops_after_so_many_links(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = feedback_loops(ring(12, both=True))
    assert (whole.count, whole.complete) == (12 + 2, True)  # twelve pairs, once around each way
    monkeypatch.setattr(loops, "MOST_VISITS", 1_000)
    graph = ring(300, both=True)
    cut = feedback_loops(graph)
    assert not cut.complete
    assert 0 < cut.count < 302
    assert cut.largest == 300
    assert lines_run(lambda: feedback_loops(graph)) < 60_000
