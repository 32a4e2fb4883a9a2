"""What each pass makes of small models."""

from __future__ import annotations

import pytest

from tzsim.errors import InputError
from tzsim.ir.expr import Binary, Call, Every, Expr, Name, Number, Ref
from tzsim.ir.model import Equation, Model, SubscriptRange, Variable
from tzsim.names import key
from tzsim.passes import PASSES, Request, run_passes
from tzsim.passes.fold import fold
from tzsim.passes.order import order
from tzsim.passes.prune import prune
from tzsim.passes.unroll import unroll

A = SubscriptRange("A", ("a1", "a2"))
B = SubscriptRange("B", ("b1", "b2"), {"A": (("a2",), ("a1",))})


def model(*variables: Variable) -> Model:
    controls = {"INITIAL TIME": 0.0, "FINAL TIME": 1.0, "TIME STEP": 0.5, "SAVEPER": 0.5}
    every = [*(Variable(n, (Equation((), Number(x)),)) for n, x in controls.items()), *variables]
    return Model("m", {v.id: v for v in every}, {key("A"): A, key("B"): B})


def variable(name: str, *equations: tuple[tuple[str, ...], Expr]) -> Variable:
    return Variable(name, tuple(Equation(s, e) for s, e in equations))


def right(m: Model, name: str) -> Expr:
    return m.variables[key(name)].equations[0].expression


def test_the_pipeline_is_one_tuple_in_order() -> None:
    assert [p.__name__ for p in PASSES] == [
        "resolve",
        "unroll",
        "expand",
        "accumulate",
        "fold",
        "prune",
        "order",
    ]


def test_subscripts_become_elements_and_a_special_equation_wins() -> None:
    m = model(
        variable("x", (("A",), Ref("Time")), (("a2",), Number(5.0))),
        variable("total", ((), Call("SUM", (Ref("x", (Every("A"),)),)))),
        variable("turned", (("B",), Ref("x", (Name("A"),)))),
    )
    flat = unroll(m, Request())
    assert right(flat, "x[a1]") == Ref("Time")
    assert right(flat, "x[a2]") == Number(5.0)
    assert right(flat, "total") == Call("+", (Ref("x[a1]"), Ref("x[a2]")))
    assert right(flat, "turned[b1]") == Ref("x[a2]")
    assert right(flat, "turned[b2]") == Ref("x[a1]")


def test_exceptions_have_no_equation() -> None:
    partly = Variable("x", (Equation(("A",), Number(1.0), (("a1",),)),))
    with pytest.raises(InputError, match=r"uses 'x\[a1\]', which has no equation"):
        unroll(model(partly, variable("y", ((), Ref("x", (Name("a1"),))))), Request())


def test_constants_fold_unless_they_are_given() -> None:
    m = model(
        variable("k", ((), Number(3.0))),
        variable("twice", ((), Binary("*", Number(2.0), Ref("k")))),
        variable("y", ((), Binary("+", Ref("twice"), Ref("Time")))),
    )
    assert right(fold(m, Request()), "y") == Binary("+", Number(6.0), Ref("Time"))
    assert right(fold(m, Request(inputs=("k",))), "y") == Binary("+", Ref("twice"), Ref("Time"))


def test_only_what_is_asked_for_stays() -> None:
    m = model(variable("a", ((), Ref("b"))), variable("b", ((), Ref("Time"))), variable("c", ((), Ref("a"))))
    kept = set(prune(m, Request(outputs=("a",))).variables)
    assert kept == {"a", "b", "initial_time", "final_time", "time_step", "saveper"}


def test_what_is_needed_comes_first_and_stocks_break_loops() -> None:
    m = model(
        variable("c", ((), Ref("b"))),
        variable("b", ((), Ref("s"))),
        variable("s", ((), Call("INTEG", (Ref("c"), Number(0.0))))),
    )
    names = list(order(m, Request()).variables)
    assert names.index("s") < names.index("b") < names.index("c")
    circle = model(variable("s", ((), Call("INTEG", (Number(1.0), Ref("b"))))), variable("b", ((), Ref("s"))))
    with pytest.raises(InputError, match=r"initial values: (s -> b -> s|b -> s -> b)"):
        order(circle, Request())


def test_a_delay_becomes_three_stocks() -> None:
    m = model(variable("y", ((), Call("DELAY3", (Ref("Time"), Number(2.0))))))
    passed = run_passes(m, Request(outputs=("y",)))
    stocks = [v.name for v in passed.variables.values() if isinstance(right(passed, v.name), Call)]
    assert stocks == ["y·level 1", "y·level 2", "y·level 3"]


def test_all_problems_are_raised_at_once() -> None:
    m = model(variable("a", ((), Ref("nowhere"))), variable("b", ((), Call("NO SUCH", ()))))
    with pytest.raises(InputError) as caught:
        run_passes(m, Request(outputs=("a",)))
    assert len(caught.value.problems) == 2
