"""explain, achieve, score and the ledger on a project whose members come from a recorded posterior."""

from __future__ import annotations

import textwrap
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from capital_project import FILES
from run_folder import store

import tzsim
from tzsim.cli import main
from tzsim.forecast.actuals import Actual
from tzsim.forecast.sample import sampler

LEVERS = """\
- id: grant
  variable: "idle"
  name: {zh: 补助, en: Grant}
  neutral: 3
  low: 0
  high: 6
  unit: Yi
  cost: 1
  cost_basis: once
  mechanism: {zh: 无, en: none}
  source: none
  quality: assumption
- id: push
  variable: "push"
  name: {zh: 追加投资, en: Push}
  neutral: 0
  low: 0
  high: 10
  unit: Yi/Year
  cost: 2
  cost_basis: a year
  delay: 0 Year
  mechanism: {zh: 增加投资, en: adds to investment}
  source: none
  quality: assumption
"""


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> tzsim.Scenario:
    root = tmp_path_factory.mktemp("capital")
    for name, text in FILES.items():
        target = root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(textwrap.dedent(text), "utf-8")
    model = root / "models" / "capital.mdl"
    body = model.read_text("utf-8").replace(
        "investment= base investment + investment shock",
        "push= 0\n    ~ Yi/Year\n    ~ |\ninvestment= base investment + investment shock + STEP(push, 2024)",
    )
    model.write_text(body, "utf-8")
    (root / "scenarios" / "levers.yaml").write_text(LEVERS, "utf-8")
    base = root / "scenarios" / "base.yaml"
    more = "posterior: ../calibration/posteriors/capital\nlever_table: levers.yaml\n"
    base.write_text(base.read_text("utf-8") + more, "utf-8")
    with pytest.raises(SystemExit) as end:
        main(["calibrate", str(root / "calibration" / "capital.yaml"), "--quiet"])
    assert end.value.code == 0
    return tzsim.read_scenario(base)


def test_explain_speaks_of_the_posterior_members(scenario: tzsim.Scenario) -> None:
    scenario = replace(scenario, goals=(replace(scenario.goal("T001"), value=130.0),))
    found = tzsim.explain(scenario, "T001", threads=1)
    made = tzsim.forecast(scenario)
    assert found.forecast.evidence == "posterior"
    assert 0.1 < (found.forecast.goals[0].probability or 0) < 0.9
    assert found.forecast.result("T001").probability == made.result("T001").probability
    known = {r.name: r for r in found.knowing.rows}
    assert not known["idle"].above_floor
    assert known["investment shock @ 2025"].above_floor
    assert not known["investment shock @ 2025"].collectable
    (loop,) = (e for e in found.loops.effects if "Capital" in e.name.en)
    assert loop.polarity == "B"
    assert loop.measure is not None
    # with scrapping held at that of 2024, capital of 2027 is higher or lower as it grew or fell
    assert abs(loop.measure.value) > 0
    assert len(found.robustness.cases) == 1


def test_achieve_moves_the_lever_that_works(scenario: tzsim.Scenario) -> None:
    found = tzsim.achieve(scenario, ["T001"], probability=0.9, members=300, runs=80, threads=1)
    after = {m.lever.id: m.after for m in found.moves}
    assert found.reachable
    assert after["grant"] == pytest.approx(3.0)
    # Capital is linear in everything: the push that lifts the 10 % point of the posterior members to 140
    measure = scenario.goal("T001").yearly_measures[0][1]
    engine = sampler(scenario, [measure], members=300, movable={"push": 0.0}, threads=1)
    low, high = (np.sort(engine.run({"push": v}, 0, 300)[0])[30] for v in (0.0, 10.0))
    assert after["push"] == pytest.approx(10 * (140 - low) / (high - low), rel=5e-3)
    assert found.confirmed.low <= 0.9 <= found.confirmed.high + 0.03


def test_a_stored_run_keeps_its_posterior(scenario: tzsim.Scenario, tmp_path: Path) -> None:
    made = store(scenario, tmp_path / "run")
    for path in (scenario.posterior, scenario.root / "calibration" / "capital.yaml"):
        assert path is not None
        path.rename(path.with_name(f"{path.name}.away"))
    try:
        run = tzsim.open_run(tmp_path / "run")
        again = run.forecast()
        assert np.array_equal(again.measures, made.measures)
        assert again.evidence == "posterior"
        rows = [Actual("capital", "county", 2025, 128.0, "亿元")]
        found = tzsim.score(run, rows)
        assert (len(found.figures), found.notes) == (1, ())
        assert {k.variable for f in run.figures for k in f.rows} == {
            "capital",
            "output",
            "part one",
            "part two",
        }
        assert tzsim.explain(run.scenario, "T001", threads=1).forecast.evidence == "posterior"
    finally:
        for path in (scenario.posterior, scenario.root / "calibration" / "capital.yaml"):
            assert path is not None
            path.with_name(f"{path.name}.away").rename(path)
