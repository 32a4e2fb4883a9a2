"""What moves a goal, where the answer is known in closed form; and that inert inputs stay below the floor."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import capital_project
import numpy as np
import pytest
from scipy.stats import norm

import tzsim
from tzsim.forecast.bins import BINS, share_floor
from tzsim.forecast.drivers import variance_share
from tzsim.forecast.movers import _shares
from tzsim.forecast.result import Forecast

SD = norm.ppf(0.95)


@pytest.fixture(scope="module")
def forecast(tmp_path_factory: pytest.TempPathFactory) -> Forecast:
    folder = tmp_path_factory.mktemp("movers")
    for name, text in capital_project.FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), "utf-8")
    scenario = tzsim.read_scenario(folder / "scenarios" / "base.yaml")
    return tzsim.forecast(replace(scenario, draws=8000), threads=1)


def shares_in_closed_form() -> dict[tuple[str, float | None], float]:
    """Capital at the end of 2026 is linear in every input: Euler steps of an eighth of a year from 2018 on."""
    step, keep = 0.125, 1 - 0.05 * 0.125
    steps = 8 * 9
    weight = {
        ("initial capital", None): keep**steps,
        ("base investment", None): step * sum(keep**k for k in range(steps)),
    }
    for year in range(9):
        after = steps - 8 * (year + 1)
        weight["investment shock", 2018.0 + year] = step * sum(keep ** (after + k) for k in range(8))
    sd = {"initial capital": 10 / SD, "base investment": 3 / SD, "investment shock": 2.5 / SD}
    part = {k: (w * sd[k[0]]) ** 2 for k, w in weight.items()}
    return {k: v / sum(part.values()) for k, v in part.items()}


def test_shares_of_a_linear_model(forecast: Forecast) -> None:
    truth = shares_in_closed_form()
    found = tzsim.movers(forecast)["T001"]
    assert [m.element for m in found[:2]] == ["base investment", "initial capital"]
    for mover in found:
        assert mover.share == pytest.approx(truth[mover.element, mover.time], abs=0.04), mover
        assert mover.rises
    assert all(m.element != "idle" for m in found)
    assert all(m.time is None or m.time < 2027 for m in found)


def test_the_batched_shares_are_those_of_one_input_at_a_time() -> None:
    rng = np.random.default_rng(5)
    inputs = rng.normal(size=(90, 1500))
    values = np.stack([inputs[3] - 2 * inputs[70] ** 2, -inputs[3] + rng.normal(size=1500)])
    values -= values.mean(axis=1, keepdims=True)
    shares, rises = _shares(inputs, values)
    assert shares.shape == (2, 90)
    for row in (3, 70, 41):
        bins = np.array_split(np.argsort(inputs[row], kind="stable"), BINS)
        for goal, y in enumerate(values):
            within = sum(((y[b] - y[b].mean()) ** 2).sum() for b in bins) / (1500 - BINS)
            assert shares[goal, row] == pytest.approx(max(0.0, 1 - within / y.var(ddof=1)), abs=1e-12)
            # first-order indices of the other estimator, whose bins are finer
            if goal == 1:
                assert shares[goal, row] == pytest.approx(variance_share(inputs[row], y), abs=0.03)
    assert rises[0, 3]
    assert not rises[1, 3]


def test_inert_inputs_pass_the_floor_once_in_twenty() -> None:
    rng = np.random.default_rng(6)
    members, inputs, runs = 600, 40, 200
    lowest = share_floor(members, inputs)
    passed = 0
    for _ in range(runs):
        y = rng.normal(size=(1, members))
        shares, _ = _shares(rng.random((inputs, members)), y - y.mean())
        passed += bool((shares > lowest).any())
    assert 1 <= passed <= 22  # 10 expected; binomial, both tails below 1 in 2000
    assert share_floor(10 * BINS, 1) > share_floor(100 * BINS, 1)


def test_nothing_moves_a_goal_of_a_forecast_without_inputs(forecast: Forecast) -> None:
    from tzsim.scenario import Priors

    bare = replace(forecast, scenario=replace(forecast.scenario, priors=Priors(), shocks=()))
    assert tzsim.movers(bare) == {"T001": ()}


def test_the_file(forecast: Forecast, tmp_path: Path) -> None:
    from tzsim.forecast.lever_tables import write_movers_csv

    found = tzsim.movers(forecast)
    write_movers_csv(found, tmp_path / "movers.csv")
    rows = (tmp_path / "movers.csv").read_text("utf-8-sig").splitlines()
    assert rows[0] == "goal,input,time,share_of_variance,measure_rises_with_it"
    assert len(rows) == 1 + len(found["T001"])
    assert rows[1].startswith("T001,base investment,,0.")
