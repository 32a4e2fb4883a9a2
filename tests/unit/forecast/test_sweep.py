"""One lever at a time, on a project whose answers are known in closed form."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import clinic
import numpy as np
import pytest
from test_achieve import LEVERS

import tzsim
from tzsim.forecast.lever_tables import write_levers_csv
from tzsim.forecast.result import Forecast
from tzsim.forecast.sweep import Sweep


@pytest.fixture(scope="module")
def forecast(tmp_path_factory: pytest.TempPathFactory) -> Forecast:
    folder = tmp_path_factory.mktemp("sweep")
    path = clinic.write_project(folder)
    text = clinic.MODEL.replace("INTEG(Savings*interest rate, 100)", "INTEG(Savings*interest rate, 100+gift)")
    text = text.replace("= transmission rate[Town]*EXP", "= (1-isolation)*transmission rate[Town]*EXP")
    text = text.replace(
        "interest rate= 0.03",
        "gift= 0\n\t~\tYi\n\t~\t\t|\nisolation= 0\n\t~\tDmnl\n\t~\t\t|\ninterest rate= 0.03",
    )
    (folder / "models" / "clinic.mdl").write_text(text, "utf-8")
    (folder / "scenarios" / "levers.yaml").write_text(LEVERS, "utf-8")
    path.write_text(path.read_text("utf-8") + "lever_table: levers.yaml\n", "utf-8")
    return tzsim.forecast(replace(tzsim.read_scenario(path), draws=600), threads=1)


@pytest.fixture(scope="module")
def found(forecast: Forecast) -> Sweep:
    made = tzsim.sweep(forecast, members=300, threads=1)
    assert made is not None
    return made


def test_savings_grow_with_the_gift_as_the_closed_form_says(forecast: Forecast, found: Sweep) -> None:
    gift = next(e for e in found.effects["S1"] if e.lever.id == "gift")
    drawn = tzsim.draw(forecast.scenario.priors, forecast.scenario.shocks, members=600, seed=forecast.seed)
    growth = (1 + drawn.block(0, 300).values[drawn.names.index("interest rate")] / 16) ** 96
    assert (gift.before, gift.after, gift.cost) == (0, 20, 20)
    assert gift.measure is not None
    assert gift.measure.value == pytest.approx(float((20 * growth).mean()), rel=1e-9)
    before, after = 100 * growth >= 118, 120 * growth >= 118
    assert gift.chance.value == pytest.approx(float(after.mean() - before.mean()), abs=1e-12)


def test_a_lever_that_does_not_touch_a_goal_changes_nothing_at_all(found: Sweep) -> None:
    isolation = next(e for e in found.effects["S1"] if e.lever.id == "isolation")
    assert isolation.measure is not None
    assert (isolation.measure.value, isolation.measure.low, isolation.measure.high) == (0, 0, 0)
    assert (isolation.chance.low, isolation.chance.high) == (0, 0)


def test_helpful_are_those_that_help_for_sure(forecast: Forecast, found: Sweep) -> None:
    assert [e.lever.id for e in found.helpful(forecast.result("S1").goal)] == ["gift"]
    assert [e.lever.id for e in found.helpful(forecast.result("I1").goal)] == ["isolation"]


def test_members_are_those_of_the_forecast(forecast: Forecast, found: Sweep) -> None:
    """Moving a lever to where it stands changes nothing: the base of the sweep is the forecast's own members."""
    row = forecast.judged.index("S1")
    gift = next(e for e in found.effects["S1"] if e.lever.id == "gift")
    assert gift.measure is not None
    values = forecast.measures[row, :300]
    assert gift.measure.value == pytest.approx(float(values.mean()) * 0.2, rel=1e-9)


def test_levers_that_the_scenario_holds_are_moved_from_there(forecast: Forecast) -> None:
    held = replace(forecast.scenario, levers={"gift": 20.0}, fixed={**forecast.scenario.fixed, "gift": 20.0})
    made = tzsim.sweep(tzsim.forecast(held, threads=1), members=50, threads=1)
    assert made is not None
    gift = next(e for e in made.effects["S1"] if e.lever.id == "gift")
    assert (gift.before, gift.after) == (20, 0)
    assert gift.measure is not None
    assert gift.measure.value < -20


def test_without_levers_there_is_no_sweep(forecast: Forecast) -> None:
    assert tzsim.sweep(replace(forecast, scenario=replace(forecast.scenario, lever_table=()))) is None


def test_the_file(found: Sweep, tmp_path: Path) -> None:
    write_levers_csv(found, tmp_path / "levers.csv")
    rows = [r.split(",") for r in (tmp_path / "levers.csv").read_text("utf-8-sig").splitlines()]
    assert len(rows) == 1 + sum(len(v) for v in found.effects.values())
    gift = next(r for r in rows if r[:2] == ["S1", "gift"])
    effect = next(e for e in found.effects["S1"] if e.lever.id == "gift")
    assert effect.measure is not None
    assert np.float64(gift[10]) == pytest.approx(effect.measure.value, rel=1e-5)
    assert gift[-1] == "300"
