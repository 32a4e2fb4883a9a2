"""The small classics of models/ against closed forms, invariants and an independent computation."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import brentq

from tzsim.ir.model import Method, Model
from tzsim.kernel.interpreter import InterpretedRun, interpret
from tzsim.translate import read_model

MODELS = Path(__file__).parents[3] / "models"
ORDERS: list[tuple[Method, int]] = [("euler", 1), ("heun", 2), ("rk4", 4)]


@pytest.fixture(scope="module")
def classics(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Model]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZSIM_CACHE", str(tmp_path_factory.mktemp("cache")))
        return {m: read_model(MODELS / f"{m}.mdl") for m in ("teacup", "sir", "lotka_volterra", "inventory")}


def array(run: InterpretedRun, name: str) -> np.ndarray:
    return np.array(run.values[name])


def test_every_equation_has_a_unit_and_a_comment_with_its_chinese_term(classics: dict[str, Model]) -> None:
    for model in classics.values():
        for variable in model.variables.values():
            assert variable.unit, variable.name
            assert any("\u4e00" <= c <= "\u9fff" for c in variable.comment), variable.name


@pytest.mark.parametrize(("method", "order"), ORDERS)
def test_teacup_converges_to_the_exponential_with_the_order_of_the_method(
    classics: dict[str, Model], method: Method, order: int
) -> None:
    exact = 70 + 110 * math.exp(-3)
    steps = [1.0, 0.5, 0.25, 0.125]
    errors = [
        abs(interpret(classics["teacup"], method=method, step=h).values["Teacup Temperature"][-1] - exact)
        for h in steps
    ]
    slope = np.polyfit(np.log(steps), np.log(errors), 1)[0]
    assert slope == pytest.approx(order, abs=0.12)


def test_teacup_by_euler_is_the_geometric_series(classics: dict[str, Model]) -> None:
    run = interpret(classics["teacup"])
    steps = np.arange(241)
    assert array(run, "Teacup Temperature") == pytest.approx(70 + 110 * (1 - 0.0125) ** steps, rel=1e-13)
    assert run.times == tuple(0.125 * steps)


def test_sir_conserves_people_and_reaches_the_final_size(classics: dict[str, Model]) -> None:
    run = interpret(classics["sir"], method="rk4")
    total = array(run, "Susceptible") + array(run, "Infectious") + array(run, "Recovered")
    assert total == pytest.approx(np.full(201, 10_000), rel=1e-13)
    # Kermack and McKendrick (1927): ln(S0 / S) = R0 * (1 - S / N) when all are susceptible or infectious at the start
    left = brentq(lambda s: math.log(0.9999 / s) - 2.5 * (1 - s), 1e-6, 0.9)
    assert run.values["Susceptible"][-1] / 10_000 == pytest.approx(left, rel=1e-6)
    assert run.values["reproduction number"][0] == 2.5
    peak = int(np.argmax(array(run, "Infectious")))  # infections fall where S = N / R0
    assert run.values["Susceptible"][peak - 1] > 4_000 > run.values["Susceptible"][peak + 1]


def test_sir_without_infection_is_pure_recovery(classics: dict[str, Model]) -> None:
    run = interpret(classics["sir"], constants={"infectivity": 0.0}, method="rk4")
    assert array(run, "Infectious") == pytest.approx(np.exp(-np.array(run.times) / 4), rel=1e-6)


@pytest.mark.parametrize(("method", "order"), ORDERS)
def test_lotka_volterra_keeps_its_orbit_to_the_order_of_the_method(
    classics: dict[str, Model], method: Method, order: int
) -> None:
    drifts: list[float] = []
    steps = [0.0625, 0.03125, 0.015625]
    for h in steps:
        orbit = array(interpret(classics["lotka_volterra"], method=method, step=h, saveper=1.0), "orbit")
        drifts.append(float(np.max(np.abs(orbit - orbit[0]))))
    assert np.polyfit(np.log(steps), np.log(drifts), 1)[0] >= order - 0.2
    assert drifts[-1] < {1: 0.1, 2: 1e-4, 4: 1e-9}[order]


def test_lotka_volterra_averages_are_the_equilibrium(classics: dict[str, Model]) -> None:
    run = interpret(classics["lotka_volterra"], method="rk4", step=0.0078125, saveper=0.0078125)
    prey, predators = array(run, "Prey"), array(run, "Predators")
    # over whole periods the means are death rate / (conversion * predation rate) and birth rate / predation rate
    rising = [i for i in range(1, len(prey)) if predators[i - 1] < 30 <= predators[i]]
    first, last = rising[0], rising[-1]
    assert len(rising) >= 3
    assert prey[first:last].mean() == pytest.approx(50.0, rel=2e-3)
    assert predators[first:last].mean() == pytest.approx(30.0, rel=2e-3)


def test_inventory_rests_until_the_step_and_settles_at_the_new_goal(classics: dict[str, Model]) -> None:
    run = interpret(classics["inventory"])
    before = [i for i, t in enumerate(run.times) if t <= 5]
    for name, value in {"Inventory": 400, "Supply Line": 600, "orders": 100, "arrivals": 100}.items():
        assert array(run, name)[before] == pytest.approx(np.full(len(before), value), rel=1e-13)
    for name, value in {"Inventory": 480, "Supply Line": 720, "orders": 120, "arrivals": 120}.items():
        assert run.values[name][-1] == pytest.approx(value, rel=1e-6)


def test_inventory_equals_a_plain_loop(classics: dict[str, Model]) -> None:
    """The same equations written out with the three levels of the delay."""
    run = interpret(classics["inventory"], saveper=0.125)
    dt, stock, line, expected, levels = 0.125, 400.0, 600.0, 100.0, [200.0, 200.0, 200.0]
    for k in range(len(run.times)):
        sales = 100.0 * (1.2 if k * dt >= 5 else 1.0)
        outflows = [level / 2 for level in levels]
        goal, line_goal = expected * 4, expected * 6
        orders = max(0.0, expected + (goal - stock) / 4 + (line_goal - line) / 12)
        shipped = min(sales, stock / 0.5)
        seen = [run.values[n][k] for n in ("Inventory", "Supply Line", "orders", "arrivals", "shipments")]
        assert seen == pytest.approx([stock, line, orders, outflows[2], shipped], rel=1e-10)
        assert sum(levels) == pytest.approx(line, rel=1e-10)  # what is on order is what is in the delay
        stock += dt * (outflows[2] - shipped)
        line += dt * (orders - outflows[2])
        inflows = [orders, outflows[0], outflows[1]]
        levels = [y + dt * (a - b) for y, a, b in zip(levels, inflows, outflows, strict=True)]
        expected += dt * (sales - expected) / 8
