"""Every function of the language, each against a value found in another way."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from scipy.special import gammaln
from vensim_equations import run, values

from tzsim.errors import Unsupported
from tzsim.ir.expr import NA, Table
from tzsim.ir.functions import FUNCTIONS
from tzsim.ir.pure import PURE
from tzsim.kernel import builtins_tables as tables
from tzsim.kernel import builtins_vector as vectors
from tzsim.kernel.builtins_time import pulse_magnitude
from tzsim.kernel.calls import handled

# ---------------------------------------------------------------- pure


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("INTEGER", (-2.7,), -2),
        ("FLOOR", (-2.1,), -3),
        ("CEILING", (2.1,), 3),
        ("ROUND", (-2.5,), -3),
        ("ROUND", (0.49999999999999994,), 0),
        ("MODULO", (-7, 3), -1),
        ("MODULO", (1, 0.1), 0),
        ("FLOORMOD", (-7, 3), 2),
        ("MODULO", (7, 0), math.nan),
        ("QUANTUM", (-7.5, 2), -6),
        ("QUANTUM", (7.5, 0), 7.5),
        ("QUANTUM", (7.5, -1), 7.5),
        ("XIDZ", (1, 1e-7, 5), 5),
        ("XIDZ", (1, 1e-5, 5), 1e5),
        ("ZIDZ", (1, 0), 0),
        ("LOG", (1000, 10), 3),
        ("GAMMA LN", (0.5,), gammaln(0.5)),
        ("GAMMA LN", (-1,), math.nan),
        ("MIN", (3, 1, 2), 1),
        ("MAX", (3, math.nan, 2), math.nan),
        ("SIGN", (-3,), -1),
        ("SIN", (math.inf,), math.nan),
        ("ARCSIN", (2,), math.nan),
        ("SINH", (-1000,), -math.inf),
        ("PI", (), math.pi),
    ],
)
def test_pure_functions(name: str, arguments: tuple[float, ...], expected: float) -> None:
    assert PURE[name](*arguments) == pytest.approx(expected, nan_ok=True, rel=1e-14, abs=1e-15)


def test_every_function_of_the_table_is_defined_or_refused_by_name() -> None:
    assert {n for n in FUNCTIONS if not handled(n)} == {"INTEG"}


# ---------------------------------------------------------------- time


def times_where(text: str, *, final: float = 20, step: float = 1) -> list[float]:
    result = run(f"x = {text}", final=final, step=step)
    return [t for t, v in zip(result.times, result.values["x"], strict=True) if v != 0]


def test_pulses() -> None:
    assert times_where("PULSE(3, 2)") == [3, 4]
    assert times_where("PULSE(3, 0)") == [3]
    assert times_where("PULSE(3, 0)", step=0.5) == [3]
    assert times_where("PULSE(20, 1)") == [20]  # at the end of the run
    assert times_where("PULSE TRAIN(2, 1, 5, 12)") == [
        2,
        7,
        12,
    ]  # a pulse that starts at the end of the train
    assert times_where("PULSE TRAIN(2, 2, 5, 12)") == [2, 3, 7, 8, 12]
    assert times_where("PULSE TRAIN(2, 0.1, 5, 12)") == [2, 7, 12]  # at least one step wide
    assert times_where("PULSE TRAIN(2, 6, 5, 12)") == list(range(2, 13))
    assert times_where("PULSE TRAIN(0, 0.1, 0.3, 0.9)", final=1, step=0.1) == pytest.approx(
        [0, 0.3, 0.6, 0.9]
    )


def test_step_and_ramp() -> None:
    assert values("x = STEP(5, 2)") == [0, 0, 5, 5, 5]
    assert values("x = STEP(5, 2.4)") == [0, 0, 5, 5, 5]  # within half a step
    assert values("x = RAMP(2, 1, 3)") == [0, 0, 2, 4, 4]
    assert values("x = RAMP(2, 3, 1)") == [0, 0, 0, 0, 2]  # an end before the start never comes


def test_a_step_does_not_move_inside_a_step_of_rk4() -> None:
    assert values("x = INTEG(STEP(6, 2), 0)", method="rk4") == [0, 0, 0, 6, 12]
    assert values("x = INTEG(PULSE(1, 1), 0)", method="heun") == [0, 0, 1, 1, 1]
    assert values("x = INTEG(RAMP(2, 0, 9), 0)", method="heun") == pytest.approx([0, 1, 4, 9, 16])


def test_xmile_pulse_gives_its_magnitude_once() -> None:
    got = [pulse_magnitude(0.25 * k, 0.25, 3.0, 1.0, 2.0) * 0.25 for k in range(21)]
    assert [0.25 * k for k, v in enumerate(got) if v] == [1, 3, 5]
    assert sum(got) == 9
    assert [pulse_magnitude(t, 1.0, 3.0, 1.0, 0.0) for t in (0.0, 1.0, 2.0, 3.0)] == [0, 3, 0, 0]


def test_get_time_value_without_calendar() -> None:
    assert values("x = GET TIME VALUE(0, 0.5, 0)") == [0.5, 1.5, 2.5, 3.5, 4.5]
    assert values("x = GET TIME VALUE(1, 3, 0)") == [3] * 5
    with pytest.raises(Unsupported, match="calendar"):
        values("x = GET TIME VALUE(0, 0, 3)")


# ---------------------------------------------------------------- memory


def test_smooth_with_a_whole_number_as_initial_value() -> None:
    assert values("x = SMOOTHI(3.5, 2, 1)", step=0.5)[1] == 1.625


def chain(
    inputs: list[float], start: list[float], stage: float, dt: float, material: bool
) -> list[list[float]]:
    """Levels of a chain of first-order stages by Euler, written out."""
    rows, levels = [list(start)], list(start)
    for u in inputs[:-1]:
        before = [u, *(y / stage if material else y for y in levels)]
        levels = [
            y + dt * (before[i] - y / stage if material else (before[i] - y) / stage)
            for i, y in enumerate(levels)
        ]
        rows.append(levels)
    return rows


@pytest.mark.parametrize(("call", "order", "initial"), [
    ("SMOOTH(u, 3)", 1, 2.0), ("SMOOTHI(u, 3, 1)", 1, 1.0), ("SMOOTH3(u, 3)", 3, 2.0), ("SMOOTH3I(u, 3, 1)", 3, 1.0),
    ("SMOOTH N(u, 3, 1, 4)", 4, 1.0), ("SMOOTH N(u, 3, 1, 9)", 6, 1.0),
])  # fmt: skip
def test_smooths(call: str, order: int, initial: float) -> None:
    result = run(f"u = 2 + STEP(5, 1)\nx = {call}", final=6, step=0.5)
    expected = chain(result.values["u"], [initial] * order, 3 / order, 0.5, material=False)
    assert result.values["x"] == pytest.approx([row[-1] for row in expected], rel=1e-13)


@pytest.mark.parametrize(("call", "order", "initial"), [
    ("DELAY1(u, 3)", 1, 2.0), ("DELAY1I(u, 3, 1)", 1, 1.0), ("DELAY3(u, 3)", 3, 2.0), ("DELAY3I(u, 3, 1)", 3, 1.0),
    ("DELAY N(u, 3, 1, 4)", 4, 1.0), ("DELAY N(u, 3, 1, 9)", 6, 1.0), ("DELAY N(u, 0.1, 1, 3)", 1, 1.0),
])  # fmt: skip
def test_delays(call: str, order: int, initial: float) -> None:
    time = 0.1 if "0.1" in call else 3.0
    result = run(f"u = 2 + STEP(5, 1)\nx = {call}", final=6, step=0.5)
    stage = time / order
    expected = chain(result.values["u"], [initial * stage] * order, stage, 0.5, material=True)
    assert result.values["x"] == pytest.approx([row[-1] / stage for row in expected], rel=1e-12)


def test_delay_fixed() -> None:
    u = "u = 10 + Time\n"
    assert values(u + "x = DELAY FIXED(u, 2, 5)") == [5, 5, 10, 11, 12]
    assert values(u + "x = DELAY FIXED(u, 1.2, 5)") == [5, 5, 10, 11, 12]  # rounded up
    assert values(u + "x = DELAY FIXED(u, 0, 5)") == [5, 10, 11, 12, 13]  # at least one step
    assert values(u + "x = DELAY FIXED(u, 3 - Time, 5)") == [5, 5, 5, 10, 11]  # the first delay time counts
    assert values(u + "x = DELAY FIXED(u, 99, 5)") == [5] * 5
    assert values(u + "x = DELAY FIXED(u, 2, 5)", method="rk4") == [5, 5, 10, 11, 12]
    assert len(values(u + "x = DELAY FIXED(u, 0.3, 5)", step=0.1, final=1)) == 11
    assert values(u + "x = DELAY FIXED(u, 0.3, 5)", step=0.1, final=1)[2:4] == [5, 10]


def test_delay_material_conserves_and_delay_information_keeps_the_newest() -> None:
    shorter = "u = 1\nd = 4 - STEP(2, 3)\n"
    material = values(shorter + "x = DELAY MATERIAL(u, d, 1, 0)", final=8)
    assert material == [1, 1, 1, 1, 1, 2, 2, 1, 1]  # what entered at 1 and 3, and at 2 and 4, leaves together
    longer = "u = Time\nd = 1 + STEP(2, 3)\n"
    assert values(longer + "x = DELAY MATERIAL(u, d, 9, -1)", final=7) == [9, 0, 1, 2, -1, -1, 3, 4]
    assert values(longer + "x = DELAY INFORMATION(u, d, 9)", final=7) == [9, 0, 1, 2, 2, 2, 3, 4]
    assert values("u = Time\nd = 4 - STEP(3, 3)\nx = DELAY INFORMATION(u, d, 9)", final=7) == [
        9,
        9,
        9,
        9,
        3,
        4,
        5,
        6,
    ]


def test_trend_and_forecast_of_exponential_growth() -> None:
    """The average of an exponential grows with it: u / average = 1 + rate * time, so the trend is the rate."""
    text = "u = EXP(0.1 * Time)\nt = TREND(u, 2, 0.1)\nx = FORECAST(u, 2, 5, 0.1)"
    result = run(text, final=10, step=0.001, method="rk4", saveper=1.0)
    assert result.values["t"] == pytest.approx([0.1] * 11, rel=1e-9)
    assert result.values["x"] == pytest.approx([1.5 * math.exp(0.1 * t) for t in result.times], rel=1e-9)
    assert values("x = TREND(5, 2, 0)") == [0] * 5


def test_sample_previous_initial() -> None:
    assert values("x = SAMPLE IF TRUE(MODULO(Time, 2) = 1, Time * 10, -1)") == [-1, 10, 10, 30, 30]
    assert values("x = SAMPLE IF TRUE(Time = 0, 7, -1)") == [7] * 5
    assert values("x = INITIAL(Time + 3)") == [3] * 5


def test_net_present_value_of_a_constant_stream() -> None:
    """With one payment a period and rate r, the discount factor after k periods is (1 + r)^-k."""
    got = values("x = NPV(100, 0.05, 0, 1)")
    assert got == pytest.approx([sum(100 / 1.05**j for j in range(k + 1)) for k in range(5)], rel=1e-14)


def test_straight_line_depreciation() -> None:
    text = "u = IF THEN ELSE(Time = 1, 12, 0)\nx = DEPRECIATE STRAIGHTLINE(u, 3, 1, 0)"
    assert values(text) == [0, 4, 4, 4, 0]
    assert values("x = DEPRECIATE STRAIGHTLINE(6, 3, 1, 6)") == [6] * 5
    assert values("x = DEPRECIATE STRAIGHTLINE(0, 3, 1, 6)") == [4, 2, 0, 0, 0]
    with pytest.raises(Unsupported, match="fiscal period"):
        values("x = DEPRECIATE STRAIGHTLINE(6, 12, 4, 6)")


# ---------------------------------------------------------------- random


def test_pink_noise_has_its_mean_spread_and_correlation() -> None:
    got = np.array(values("x = RANDOM PINK NOISE(5, 2, 4, 0)", final=20000, seed=1))[200:]
    assert got.mean() == pytest.approx(5, abs=0.15)
    assert got.std() == pytest.approx(2, rel=0.05)
    z = got - got.mean()
    assert (z[1:] * z[:-1]).mean() / z.var() == pytest.approx(1 - 1 / 4, abs=0.03)


@pytest.mark.parametrize(
    ("call", "law"),
    [
        ("RANDOM UNIFORM(2, 4, 0)", stats.uniform(2, 2)),
        ("RANDOM NORMAL(-1, 3, 0, 2, 0)", stats.truncnorm(-0.5, 1.5, 0, 2)),
        ("RANDOM EXPONENTIAL(0, 4, 1, 2, 0)", None),
        ("RANDOM 0 1()", stats.uniform()),
    ],
)
def test_draws_follow_their_law(call: str, law: stats.rv_continuous | None) -> None:
    got = values(f"x = {call}", final=1500, seed=3)
    if law is None:
        assert min(got) >= 1
        assert max(got) <= 4
        return
    assert stats.kstest(got, law.cdf).pvalue > 1e-3


# ---------------------------------------------------------------- vectors


def test_vector_select_actions() -> None:
    s, v = [2.0, 0.0, 3.0], [5.0, 100.0, 7.0]
    expected = {0: 31, 1: 210, 2: 10, 3: 21, 4: 15.5, 5: 5**2 * 7**3, 6: 12, 7: 35, 8: 5, 9: 7, 10: 6}
    for action, value in expected.items():
        assert vectors.vector_select(s, v, -1, action, 0) == value
    assert vectors.vector_select([0, 0], [1, 2], -1, 0, 0) == -1
    assert math.isnan(vectors.vector_select([0, 0], [1, 2], -1, 0, 1))
    assert math.isnan(vectors.vector_select([1, 1], [1, 2], -1, 0, 2))


def test_vector_functions_in_equations() -> None:
    text = "A: A1, A2, A3\nB: B1, B2\nv[A] = 30, 10, 20\nm[A, B] = 1, 2; 3, 4; 5, 6;\nk[A] = 0, 1, 1\n"
    result = run(
        text
        + "o[A] = VECTOR SORT ORDER(v[A], 1)\nd[A] = VECTOR SORT ORDER(v[A], -1)\nr[A] = VECTOR RANK(v[A], 1)\n"
        "s[A] = VECTOR REORDER(v[A], o[A])\ne[A] = VECTOR ELM MAP(v[A1], A - 1)\nf[A] = VECTOR ELM MAP(m[A, B1], k[A])\n"
        "n[A] = VECTOR ELM MAP(v[A2], A)\nt = VECTOR SELECT(k[A!], v[A!], 0, 0, 0)"
    )
    three = {n: [result.values[f"{n}[A{i}]"][0] for i in (1, 2, 3)] for n in "odrsefn"}
    assert three["o"] == [1, 2, 0]
    assert three["d"] == [0, 2, 1]
    assert three["r"] == [3, 1, 2]
    assert three["s"] == [10, 20, 30]
    assert three["e"] == [30, 10, 20]
    assert three["f"] == [1, 4, 6]
    assert three["n"] == [20, NA, NA]  # outside the variable
    assert result.values["t"][0] == 30


def test_vector_lookup() -> None:
    y, at = [0.0, 10.0, 40.0], (-5.0, 0.0, 2.5, 5.0, 7.5, 10.0, 15.0)
    modes = {
        0: [0, 0, 5, 10, 25, 40, 40],
        2: [0, 0, 0, 10, 10, 40, 40],
        3: [-10, 0, 5, 10, 25, 40, 70],
        4: [0, 0, 10, 10, 40, 40, 40],
        6: [0, 2, 2, 6, 6, 6, 0],
    }
    for mode, expected in modes.items():
        assert [vectors.vector_lookup(y, x, 0.0, 10.0, float(mode)) for x in at] == pytest.approx(expected)
    text = "A: A1, A2, A3\ny[A] = 0, 10, 40\nx = VECTOR LOOKUP(y[A1], Time * 2.5, 0, 10, {0})"
    assert values(text.format(0)) == [0, 5, 10, 25, 40]
    with pytest.raises(Unsupported, match="modes 1, 5"):
        values(text.format(5))


def test_inverse_of_a_matrix() -> None:
    rng = np.random.default_rng(1)
    for n in (1, 2, 5):
        m = rng.normal(size=(n, n))
        assert np.array(vectors.invert_matrix(m.tolist())) == pytest.approx(np.linalg.inv(m), rel=1e-10)
    assert np.isnan(vectors.invert_matrix([[1.0, 2.0], [2.0, 4.0]])).all()
    text = "R: R1, R2\nC: C1, C2\nm[R, C] = 0, 2; 4, 0;\nx[R, C] = INVERT MATRIX(m[R, C], 2)"
    result = run(text)
    assert [result.values[f"x[{i}]"][0] for i in ("R1,C1", "R1,C2", "R2,C1", "R2,C2")] == [0, 0.25, 0.5, 0]


PROFILES: list[vectors.Profile] = [(t, 5.0, 2.0, 0.0) for t in (1.0, 2.0, 3.0, 4.0)]


@pytest.mark.parametrize("profile", PROFILES)
def test_each_curve_is_the_tail_of_its_distribution(profile: vectors.Profile) -> None:
    law = {
        1.0: stats.uniform(4, 2), 2.0: stats.triang(0.5, 4, 2), 3.0: stats.norm(5, 2), 4.0: stats.laplace(5, 2),
    }[profile[0]]  # fmt: skip
    for x in (3.0, 4.2, 5.0, 5.7, 6.5, 9.0):
        assert vectors.demand_share(x, profile) == pytest.approx(law.sf(x), abs=1e-12)
        assert vectors.supply_share(x, profile) == pytest.approx(law.cdf(x), abs=1e-12)


@pytest.mark.parametrize("kind", [1.0, 2.0, 3.0, 4.0])
@pytest.mark.parametrize("available", [0.0, 1.0, 400.0, 1200.0, 1549.0, 1550.0, 5000.0])
def test_allocation_is_feasible_fair_and_of_one_price(kind: float, available: float) -> None:
    wanted = [500.0, 300.0, 750.0]
    profiles: list[vectors.Profile] = [(kind, 5.0, 2.0, 0.0), (kind, 7.0, 4.0, 0.0), (kind, 3.0, 4.0, 0.0)]
    got = vectors.allocate_available(wanted, profiles, available)
    assert sum(got) == pytest.approx(min(available, 1550), rel=1e-12)
    assert all(0 <= g <= w * (1 + 1e-12) for g, w in zip(got, wanted, strict=True))
    if 0 < available < 1550:  # the same priority explains all shares
        low, high = -400.0, 400.0
        for _ in range(200):
            x = (low + high) / 2
            total = sum(w * vectors.demand_share(x, p) for w, p in zip(wanted, profiles, strict=True))
            low, high = (x, high) if total > available else (low, x)
        shares = [w * vectors.demand_share(low, p) for w, p in zip(wanted, profiles, strict=True)]
        assert got == pytest.approx(shares, rel=1e-6, abs=1e-6)


def test_allocation_by_priority_worked_by_hand() -> None:
    # width 1: the first has 0.5 of its share when the second (half a width lower) starts
    assert vectors.allocate_by_priority([10, 10], [2.0, 1.5], 1.0, 5.0) == pytest.approx([5, 0])
    assert vectors.allocate_by_priority([10, 10], [2.0, 1.5], 1.0, 9.0) == pytest.approx([7, 2])
    assert vectors.allocate_by_priority([10, 10], [5.0, 1.0], 1.0, 12.0) == pytest.approx([10, 2])
    assert vectors.allocate_by_priority([10, 30], [1.0, 1.0], 0.0, 20.0) == pytest.approx([5, 15])
    assert vectors.allocate_by_priority([10, 0], [1.0, 9.0], 1.0, 4.0) == pytest.approx([4, 0])


def test_fixed_quantities_and_unknown_profiles() -> None:
    profiles: list[vectors.Profile] = [(0.0, 0.0, 0.0, 0.0), (3.0, 5.0, 2.0, 0.0)]
    assert vectors.allocate_available([10, 30], profiles, 25.0) == pytest.approx([10, 15])
    assert vectors.allocate_available([10, 30], profiles, 4.0) == [4, 0]
    text = "A: A1, A2\nP: ptype, ppriority, pwidth, pextra\nq[A] = 10, 20\np[A1, P] = {0}, 1, 1, 0\np[A2, P] = {0}, 2, 1, 0\n"
    with pytest.raises(Unsupported, match="priority profile 5"):
        run(text.format(5) + "x[A] = ALLOCATE AVAILABLE(q[A], p[A, ptype], 12)")
    result = run(text.format(1) + "x[A] = ALLOCATE AVAILABLE(q[A], p[A, ptype], 12)")
    assert [result.values["x[A1]"][0], result.values["x[A2]"][0]] == pytest.approx([0, 12])


def test_market_price_clears_the_market() -> None:
    buyers: list[vectors.Profile] = [(3.0, 1.0, 1.0, 0.0), (3.0, 2.0, 1.0, 0.0)]
    sellers: list[vectors.Profile] = [(3.0, m, 1.0, 0.0) for m in (1.0, 2.0, 3.0)]
    demand, supply = [250.0, 150.0], [200.0, 300.0, 450.0]
    price = vectors.market_price(demand, buyers, supply, sellers)
    bought = sum(vectors.demand_at_price(q, p, price) for q, p in zip(demand, buyers, strict=True))
    sold = sum(vectors.supply_at_price(q, p, price) for q, p in zip(supply, sellers, strict=True))
    assert bought == pytest.approx(sold, rel=1e-12)
    assert bought > 1


# ---------------------------------------------------------------- tables and data

CURVE = Table((0.0, 1.0, 1.0, 3.0), (0.0, 10.0, 20.0, 40.0))


@pytest.mark.parametrize(
    ("mode", "xs", "expected"),
    [
        ("interpolate", (-1, 0, 0.5, 1, 2, 3, 9), (0, 0, 5, 10, 30, 40, 40)),
        ("extrapolate", (-1, 0.5, 3, 4), (-10, 5, 40, 50)),
        ("step", (-1, 0.5, 1, 2.9, 3, 4), (0, 0, 20, 20, 40, 40)),
        ("backward", (0.5, 1, 2.9), (0, 20, 20)),
        ("forward", (-1, 0.5, 1, 1.5, 4), (0, 10, 10, 40, 40)),
    ],
)
def test_modes_of_a_table(mode: str, xs: tuple[float, ...], expected: tuple[float, ...]) -> None:
    table = Table(CURVE.xs, CURVE.ys, mode)  # type: ignore[arg-type]
    assert tuple(tables.read(table, float(x)) for x in xs) == pytest.approx(expected)
    assert math.isnan(tables.read(table, math.nan))


def test_lookup_functions() -> None:
    falling = Table((0.0, 1.0, 3.0), (9.0, 5.0, 1.0))
    assert [tables.invert(falling, y) for y in (9, 7, 5, 3, 0, 99)] == [0, 0.5, 1, 2, 3, 0]
    assert [tables.lookup_forward(falling, x) for x in (-1, 0, 0.5, 1, 4)] == [9, 9, 5, 5, 1]
    assert [tables.lookup_backward(falling, x) for x in (-1, 0, 0.5, 1, 4)] == [9, 9, 9, 5, 1]
    assert tables.lookup_extrapolate(falling, 4) == -1
    assert tables.read(Table((), ()), 1.0) == NA
    text = "g(0, 0), (1, 10), (3, 30)\nx = g(Time / 2)\ny = LOOKUP INVERT(g, 15)\nz = LOOKUP FORWARD(g, 0.2)"
    result = run(text.replace("g(0", "g((0").replace("30)\n", "30))\n", 1))
    assert result.values["x"] == [0, 5, 10, 15, 20]
    assert result.values["y"][0] == pytest.approx(1.5)
    assert result.values["z"][0] == 10


def test_data_between_times() -> None:
    series = Table((0.0, 1.0, 2.0, 9.0), (0.0, 10.0, 20.0, 70.0))
    assert [tables.between_times(series, t, 0) for t in (-1, 0.5, 5.5, 99)] == [0, 5, 45, 70]
    assert [tables.between_times(series, t, 1) for t in (0.5, 1.5, 3)] == [
        0,
        10,
        70,
    ]  # floored first, as Vensim
    assert [tables.between_times(series, t, -1) for t in (0, 1, 2, 2.5, 9)] == [0, 0, 10, 10, 20]
