"""The language: subscripts, order of evaluation, initial values, integration, time, faults."""

from __future__ import annotations

import math

import numpy as np
import pytest
from vensim_equations import model_of, run, values

from tzsim.errors import Address, InputError, Unsupported
from tzsim.ir.expr import Binary, Call, Every, Name, Number, Position, Ref
from tzsim.ir.model import Equation, Method, Model, SubscriptRange, Variable
from tzsim.kernel.interpreter import Series, interpret

A3 = "A: A1, A2, A3"

# ---------------------------------------------------------------- arithmetic


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("1 / 0", math.inf),
        ("-1 / 0", -math.inf),
        ("0 / 0", math.nan),
        ("0 ^ 0", 1.0),
        ("0 ^ -1", math.inf),
        ("(-2) ^ 3", -8.0),
        ("(-8) ^ (1/3)", math.nan),
        ("(-10) ^ 309", -math.inf),
        ("-2 ^ 2", -4.0),
        ("2 ^ 3 ^ 2", 512.0),
        ("10 ^ 400", math.inf),
        ("EXP(1000)", math.inf),
        ("LN(0)", -math.inf),
        ("LN(-1)", math.nan),
        ("SQRT(-1)", math.nan),
        ("7 - 2 - 1", 4.0),
        ("16 / 4 / 2", 2.0),
        ("1 < 2", 1.0),
        ("IF THEN ELSE(3 > 2 :AND: :NOT: (1 > 2), 5, 1 / 0)", 5.0),
        ("IF THEN ELSE(0.2, 5, 6)", 5.0),
        (":NA:", -(2.0**109)),
    ],
)
def test_arithmetic_is_ieee_and_never_stops(expression: str, expected: float) -> None:
    assert values(f"x = {expression}")[0] == pytest.approx(expected, nan_ok=True)


def test_a_value_that_is_not_finite_is_reported_with_time_and_variable() -> None:
    result = run("x = 1 / (Time - 2)\ny = x * 0 + 1\ns = INTEG(y, 0)", final=4)
    assert (result.failed_time, result.failed_variable) == (2.0, "x")
    only_stock = run("x = 1 / (Time - 2)\ny = x * 0 + 1\ns = INTEG(y, 0)", outputs=["s"])
    assert (only_stock.failed_time, only_stock.failed_variable) == (3.0, "s")
    assert run("x = IF THEN ELSE(Time = 2, 0, 1 / (Time - 2))").failed_time is None


# ---------------------------------------------------------------- subscripts


def test_ranges_elements_subranges_and_exceptions() -> None:
    result = run(
        f"{A3}\nS: A2, A3\nb[A] = 1, 2, 3\nx[A1] = 10\nx[S] = b[S] * 100\ny[A] :EXCEPT: [A2] = b[A]\ny[A2] = -1"
    )
    assert [result.values[f"x[A{i}]"][0] for i in (1, 2, 3)] == [10, 200, 300]
    assert [result.values[f"y[A{i}]"][0] for i in (1, 2, 3)] == [1, -1, 3]
    assert list(run(f"{A3}\nx[A] = 1, 2, 3", outputs=["x[A2]"]).values) == ["x[A2]"]


def test_mappings_in_both_directions_and_to_groups() -> None:
    result = run("B: B1, B2 -> (A: S, A3)\nA: A1, A2, A3\nS: A1, A2\nb[B] = 1, 2\nx[A] = b[B] * 10")
    assert [result.values[f"x[A{i}]"][0] for i in (1, 2, 3)] == [10, 10, 20]
    shifted = run(f"{A3}\nNext: A2, A3\nLast: A1, A2 -> Next\nx[A1] = 1\nx[Next] = x[Last] * 2")
    assert [shifted.values[f"x[A{i}]"][0] for i in (1, 2, 3)] == [1, 2, 4]


def test_element_wise_chains_through_other_variables() -> None:
    result = run(f"{A3}\nx[A1] = 1\nx[A2] = y[A1] + 1\nx[A3] = y[A2] + 1\ny[A] = x[A] * 10")
    assert [result.values[f"x[A{i}]"][0] for i in (1, 2, 3)] == [1, 11, 111]


def test_sums_run_over_every_marked_range_once() -> None:
    text = f"{A3}\nB: B1, B2\nm[A, B] = 1, 2; 3, 4; 5, 6;\nv[B] = 10, 100\n"
    assert values(text + "x = SUM(m[A!, B!])")[0] == 21
    assert values(text + "x = SUM(m[A!, B!] * v[B!])")[0] == 90 + 1200
    assert values(text + "x[A] = SUM(m[A, B!] * v[B!])", "x[A2]")[0] == 430
    assert values(text + "x = SUM(SUM(m[A!, B1]) * v[B!])")[0] == 990
    assert values(text + "x = PROD(m[A!, B1]) + VMIN(m[A!, B2]) + VMAX(m[A!, B!])")[0] == 15 + 2 + 6
    assert values(text + "x = ELMCOUNT(A)")[0] == 3


def test_a_subscript_as_a_number_is_its_place_in_the_family() -> None:
    result = run(f"{A3}\nS: A2, A3\nx[A] = A * 10\ny[S] = S\nz = A3")
    assert [result.values[f"x[A{i}]"][0] for i in (1, 2, 3)] == [10, 20, 30]
    assert result.values["y[A2]"][0] == 2
    assert result.values["z"][0] == 3


def test_repeated_range_on_the_left_keeps_its_order() -> None:
    result = run("A: A1, A2\nm[A1, A] = 1, 2\nm[A2, A] = 3, 4\nx[A, A] = m[A, A]")
    assert [result.values[n][0] for n in ("x[A1,A1]", "x[A1,A2]", "x[A2,A1]", "x[A2,A2]")] == [1, 2, 3, 4]


def hand_built(
    *variables: Variable, method: Method = "euler", ranges: tuple[SubscriptRange, ...] = ()
) -> Model:
    control = {"INITIAL TIME": 0.0, "FINAL TIME": 2.0, "TIME STEP": 1.0}
    everything = [*variables, *(Variable(n, (Equation((), Number(v)),)) for n, v in control.items())]
    return Model("hand", {v.id: v for v in everything}, {r.name.lower(): r for r in ranges}, method)


def test_computed_positions_and_dimensions_that_share_element_names() -> None:
    ranges = (SubscriptRange("R", ("1", "2", "3")), SubscriptRange("Q", ("2", "1")))
    a = Variable("a", tuple(Equation((e,), Number(float(e) * 10)) for e in ("1", "2", "3")))
    b = Variable("b", (Equation(("Q",), Ref("a", (Name("Q"),))),))
    moved = Binary("+", Ref("Time"), Number(2.0))
    x = Variable("x", (Equation((), Ref("a", (Position(moved),))),))
    s = Variable("s", (Equation((), Call("SUM", (Ref("b", (Every("Q"),)),))),))
    result = interpret(hand_built(a, b, x, s, ranges=ranges))
    assert result.values["x"] == [20, 30, 0]  # outside the dimension the value is 0
    assert result.values["b[2]"] == [20, 20, 20]
    assert result.values["s"] == [30, 30, 30]
    assert result.times == (0, 1, 2)


# ---------------------------------------------------------------- initial values


def test_stocks_start_from_each_other_and_from_auxiliaries() -> None:
    result = run(
        "a = INTEG(1, b + c)\nb = INTEG(2, 5)\nc = b * 2\nd = INITIAL(c)\ne = ACTIVE INITIAL(c, 7)\nf = INTEG(0, e)"
    )
    assert result.values["a"] == [15, 16, 17, 18, 19]
    assert result.values["d"] == [10] * 5
    assert result.values["e"] == [10, 14, 18, 22, 26]
    assert result.values["f"] == [7] * 5


@pytest.mark.parametrize(
    "text", ["x = y\ny = z\nz = x + 1", "x = INTEG(0, y)\ny = INTEG(0, x)\nz = 1", "z = 1\nx = SMOOTH(x, 2)"]
)
def test_a_loop_without_memory_is_reported_as_its_path(text: str) -> None:
    with pytest.raises(InputError, match="need each other") as caught:
        run(text)
    assert "x -> " in str(caught.value)
    assert "-> x" in str(caught.value)
    assert "model.mdl:2" in str(caught.value) or "model.mdl:3" in str(caught.value)


def test_a_long_chain_does_not_exhaust_the_stack() -> None:
    chain = "\n".join(f"v{i} = v{i + 1} + 1" for i in range(5000))
    assert values(chain + "\nv5000 = 1", "v0", final=0)[0] == 5001


# ---------------------------------------------------------------- integration and time


@pytest.mark.parametrize(
    ("method", "factor"),
    [("euler", 1 - 0.5), ("heun", 1 - 0.5 + 0.125), ("rk4", 1 - 0.5 + 0.5**2 / 2 - 0.5**3 / 6 + 0.5**4 / 24)],
)
def test_one_step_of_each_method_on_decay(method: Method, factor: float) -> None:
    got = values("x = INTEG(-x, 1)", step=0.5, method=method)
    assert got == pytest.approx([factor**k for k in range(9)], rel=1e-14)


@pytest.mark.parametrize(("method", "order"), [("euler", 1), ("heun", 2), ("rk4", 4)])
def test_smooths_and_delays_are_integrated_by_the_same_method(method: Method, order: int) -> None:
    """A third-order delay of a ramp has a closed form; its error falls with the order of the method."""
    text = "r = Time\nx = DELAY3(r, 3)\ny = SMOOTH3I(r, 3, 0)"
    errors: list[float] = []
    exact = 4 - 3 + math.exp(-4) * (3 + 2 * 4 + 4 * 4 / 2)
    for h in (0.25, 0.125, 0.0625):
        result = run(text, step=h, method=method)
        assert result.values["y"] == pytest.approx(result.values["x"], rel=1e-12, abs=1e-12)
        errors.append(abs(result.values["x"][-1] - exact))
    assert math.log2(errors[1] / errors[2]) == pytest.approx(order, abs=0.25)


def test_method_and_step_of_the_caller_win() -> None:
    model = model_of("x = INTEG(-x, 1)")
    assert interpret(model, step=0.5).times == tuple(0.5 * k for k in range(9))
    assert interpret(model, step=0.5, saveper=2).times == (0, 2, 4)
    assert interpret(model, method="rk4").values["x"][1] == pytest.approx(0.375)


@pytest.mark.parametrize(
    ("final", "step", "saveper", "times"),
    [
        (1, 0.3, 0.3, [0, 0.3, 0.6, 0.9]),  # the step does not divide the horizon
        (1, 0.1, 0.1, [0.1 * k for k in range(11)]),
        (3, 0.5, 1, [0, 1, 2, 3]),
        (3, 0.5, 0.75, [0, 1, 1.5, 2.5, 3]),  # at the first step at or after it is due
        (3, 1, 0.25, [0, 1, 2, 3]),
        (3, 1, 7, [0]),
        (0, 1, 1, [0]),
    ],
)
def test_steps_and_saves(final: float, step: float, saveper: float, times: list[float]) -> None:
    assert run("x = Time", final=final, step=step, saveper=saveper).times == pytest.approx(times, abs=1e-12)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"final": 1e9, "step": 1e-3}, "1e\\+12 steps"),
        ({"final": 4, "step": 0}, "TIME STEP is 0"),
        ({"final": -1, "step": 1}, "before INITIAL TIME"),
    ],
)
def test_settings_that_cannot_be_run(settings: dict[str, float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        run("x = Time", **settings)


def test_controls_may_follow_time_but_not_the_state() -> None:
    text = "INITIAL TIME = 0\nFINAL TIME = 4\nTIME STEP = IF THEN ELSE(Time < 2, 1, 0.5)\nSAVEPER = TIME STEP\nx = INTEG(1, 0)"
    result = interpret(model_of(text, control=False))
    assert result.times == (0, 1, 2, 2.5, 3, 3.5, 4)
    assert result.values["x"] == pytest.approx(list(result.times))
    with pytest.raises(InputError, match="FINAL TIME may depend on Time"):
        interpret(model_of(text.replace("= 4", "= 3 + x"), control=False))


# ---------------------------------------------------------------- inputs of the caller


def test_constants_of_the_caller_replace_elements_or_whole_variables() -> None:
    text = f"{A3}\nk[A] = 1, 2, 3\nc = 5\nx[A] = k[A] * c"
    one = run(text, constants={"k[a2]": 20, "C": 1})
    assert [one.values[f"x[A{i}]"][0] for i in (1, 2, 3)] == [1, 20, 3]
    assert [run(text, constants={"k": 2}).values[f"x[A{i}]"][0] for i in (1, 2, 3)] == [10] * 3
    with pytest.raises(InputError) as caught:
        run(text, constants={"kk": 1, "k[A9]": 1})
    assert len(caught.value.problems) == 2
    with pytest.raises(InputError, match="is a stock"):
        run("s = INTEG(1, 0)", constants={"s": 1})


def test_series_hold_their_values_on_periods() -> None:
    shock = Series(1.0, 2.0, (10.0, 20.0))
    assert values("u = 0\nx = u", series={"u": shock}, final=6) == [10, 10, 10, 20, 20, 20, 20]
    assert values("u = 0\nx = INTEG(u, 0)", series={"u": shock}, method="rk4") == [0, 10, 20, 30, 50]
    tenths = values("u = 0\nx = u", series={"u": Series(0.0, 0.1, tuple(range(11)))}, final=1, step=0.1)
    assert tenths == list(range(11))


def test_only_what_is_asked_for_is_computed() -> None:
    model = model_of("x = 1\ny = x + 1")
    assert list(interpret(model, outputs=["y"]).values) == ["y"]
    with pytest.raises(InputError, match="did you mean"):
        interpret(model, outputs=["yy"])


# ---------------------------------------------------------------- refusals


def test_every_problem_is_reported_at_once_with_its_equation() -> None:
    x = Variable(
        "x", (Equation((), Call("FROBNICATE", ()), address=Address("m", 3), text="x = FROBNICATE()"),)
    )
    y = Variable("y", (Equation((), Ref("missing"), address=Address("m", 5)),))
    z = Variable("z", (Equation((), Binary("+", Number(1.0), Call("INTEG", (Number(1.0), Number(0.0))))),))
    with pytest.raises(Unsupported) as caught:
        interpret(hand_built(x, y, z))
    text = str(caught.value)
    assert len(caught.value.problems) == 3
    assert "'x': function 'FROBNICATE' is not supported in: x = FROBNICATE()" in text
    assert "m:5: 'y': no variable 'missing'" in text
    assert "'z': function 'INTEG'" in text


def test_seeded_draws_are_those_of_the_counter_and_hold_through_a_step() -> None:
    from tzsim.kernel import random_counter as rc

    text = f"{A3}\nx[A] = RANDOM UNIFORM(0, 1, 0) + 10 * RANDOM UNIFORM(0, 1, 0)"
    result = run(text, seed=5, member=7)
    keys = [rc.site_key(rc.site_text("x[a2]", n)) ^ rc.seed_key(5) for n in (0, 1)]
    expected = [rc.uniform(keys[0], 7, k) + 10 * rc.uniform(keys[1], 7, k) for k in range(5)]
    assert result.values["x[A2]"] == pytest.approx(expected, rel=1e-15)
    steps = run("u = RANDOM NORMAL(-9, 9, 0, 1, 3)\nx = INTEG(u, 0)", method="rk4")
    assert np.diff(steps.values["x"]) == pytest.approx(steps.values["u"][:-1], rel=1e-12)
    assert run("u = RANDOM NORMAL(-9, 9, 0, 1, 4)").values["u"] != steps.values["u"]


def test_arrays_too_large_are_refused_at_once() -> None:
    wide = "R: (R1-R2000)\n"
    with pytest.raises(InputError, match="4,000,000 elements"):
        run(wide + "x[R, R] = 1")
    with pytest.raises(InputError, match="4,000,000"):
        run(wide + "S: (S1-S2000)\na[R] = 1\nb[S] = 1\nx = SUM(a[R!] * b[S!])")


def test_deep_nesting_is_evaluated() -> None:
    e = Number(0.0)
    for _ in range(4000):
        e = Binary("+", Call("MAX", (e, Number(0.0), Number(-1.0))), Number(1.0))
    assert interpret(hand_built(Variable("x", (Equation((), e),)))).values["x"] == [4000.0] * 3


def test_a_sample_that_names_itself_is_a_running_maximum() -> None:
    got = values("y = 3 * SIN(Time)\nx = SAMPLE IF TRUE(y > x, y, y)", final=6)
    y = values("x = 3 * SIN(Time)", final=6)
    assert got == [max(y[: i + 1]) for i in range(len(y))]
