"""achieve on a foreign project whose answer is known in closed form."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import clinic
import numpy as np
import pytest
from scipy.stats import norm

import tzsim
from tzsim.cli import main
from tzsim.errors import InputError
from tzsim.forecast.achieve import margins
from tzsim.scenario import Scenario

LEVERS = """- id: gift
  variable: "gift"
  name: {zh: 赠款, en: Gift}
  neutral: 0
  low: 0
  high: 20
  unit: "Yi"
  cost: 1
  cost_basis: once
  mechanism: {zh: 增加储蓄, en: adds to savings}
  source: none
  quality: assumption
- id: isolation
  variable: "isolation"
  name: {zh: 隔离, en: Isolation}
  neutral: 0
  low: 0
  high: 0.5
  unit: "Dmnl"
  cost: 3
  cost_basis: once
  mechanism: {zh: 减少接触, en: fewer contacts}
  source: none
  quality: assumption
"""


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    folder = tmp_path_factory.mktemp("achieve")
    path = clinic.write_project(folder)
    model = folder / "models" / "clinic.mdl"
    text = clinic.MODEL.replace("INTEG(Savings*interest rate, 100)", "INTEG(Savings*interest rate, 100+gift)")
    text = text.replace("= transmission rate[Town]*EXP", "= (1-isolation)*transmission rate[Town]*EXP")
    text = text.replace(
        "interest rate= 0.03",
        "gift= 0\n\t~\tYi\n\t~\t\t|\nisolation= 0\n\t~\tDmnl\n\t~\t\t|\ninterest rate= 0.03",
    )
    model.write_text(text, "utf-8")
    (folder / "scenarios" / "levers.yaml").write_text(LEVERS, "utf-8")
    path.write_text(path.read_text("utf-8") + "lever_table: levers.yaml\n", "utf-8")
    return tzsim.read_scenario(path)


def test_least_gift_is_that_of_the_closed_form(scenario: Scenario) -> None:
    found = tzsim.achieve(scenario, ["S1"], probability=0.8, members=400, runs=120, threads=1)
    assert found.reachable
    after = {m.lever.id: m.after for m in found.moves}
    assert after["isolation"] == 0
    # on the members of the search: (100 + gift)(1 + r/16)^96 >= 118 at the rate that 80 % of them exceed
    rates = tzsim.draw(scenario.priors, scenario.shocks, members=400, seed=scenario.seed)
    r = np.sort(rates.block().values[rates.names.index("interest rate")])[400 - math.ceil(0.8 * 400)]
    assert found.cost == pytest.approx(118 / (1 + r / 16) ** 96 - 100, rel=0.002)
    assert found.searched >= 0.8
    truth = 1 - norm.cdf(
        (16 * ((118 / (100 + after["gift"])) ** (1 / 96) - 1) - 0.03) / (0.01 / norm.ppf(0.95))
    )
    assert found.confirmed.low - 0.02 <= truth <= found.confirmed.high + 0.02
    effects = {c.goal.id: c.verdict for c in found.effects.changes}
    assert (effects["S1"], effects["I1"]) == ("gains", "same")
    assert "赠款" in found._repr_html_()


def test_two_goals_together_take_both_levers(scenario: Scenario) -> None:
    found = tzsim.achieve(scenario, ["S1", "I1"], probability=0.7, members=200, runs=150, threads=1)
    assert found.reachable
    assert all(m.after > 0 for m in found.moves)
    assert found.searched >= 0.7


def test_not_reachable_is_said_with_the_best(scenario: Scenario) -> None:
    small = replace(
        scenario, lever_table=tuple(replace(v, high=v.neutral + 0.1) for v in scenario.lever_table)
    )
    found = tzsim.achieve(small, ["S1"], probability=0.99, members=200, runs=60, threads=1)
    assert not found.reachable
    assert found.confirmed.value < 0.99
    assert "not reachable" in found.tables()["levers"].lines[0].en


def test_margins_agree_with_met(scenario: Scenario) -> None:
    rng = np.random.default_rng(3)
    for id in ("S1", "I1", "C1"):
        goal = scenario.goal(id)
        x = goal.value + rng.normal(size=(len(goal.yearly_measures), 50)) * 3
        together = np.logical_and.reduce([goal.met(row) for row in x])
        assert ((margins([goal], x, np.full(len(x), 2.0)) >= 0) == together).all()


def test_refusals_and_command_line(
    scenario: Scenario, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(InputError, match="judges no goal 'S2'"):
        tzsim.achieve(scenario, ["S2"])
    with pytest.raises(InputError, match="between 0 and 1"):
        tzsim.achieve(scenario, ["S1"], probability=1.0)
    out = tmp_path / "o"
    words = ["--draws", "100", "--members", "100", "--runs", "40", "--lang", "en", "--out", str(out)]
    with pytest.raises(SystemExit) as end:
        main(["achieve", str(scenario.path), "S1", *words])
    assert end.value.code == 0
    assert "least cost for S1 at 80%" in capsys.readouterr().out
    assert {p.name for p in out.iterdir()} == {"levers.csv", "effects.csv", "charts", "run.json"}


@pytest.mark.slow
def test_confirmed_interval_holds_the_truth_in_fifty_repeats(scenario: Scenario) -> None:
    """The interval of the fresh members holds the probability of the closed form in at least 90 % of the repeats."""
    inside = 0
    for seed in range(50):
        again = replace(scenario, seed=1000 + 7 * seed)
        found = tzsim.achieve(again, ["S1"], probability=0.8, members=80, runs=60, threads=1)
        gift = next(m.after for m in found.moves if m.lever.id == "gift")
        rate = 16 * ((118 / (100 + gift)) ** (1 / 96) - 1)
        truth = norm.sf((rate - 0.03) / (0.01 / norm.ppf(0.95)))
        inside += found.confirmed.low <= truth <= found.confirmed.high
    assert inside >= 45
