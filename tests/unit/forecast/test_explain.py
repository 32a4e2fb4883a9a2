"""explain on a foreign project: the input that is known to decide is named, and gap parts are what the model lost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import clinic
import numpy as np
import pytest

import tzsim
from tzsim.cli import main
from tzsim.errors import InputError
from tzsim.forecast.gap import Gap, split_gap
from tzsim.measures import Mean, Quantity
from tzsim.scenario import Scenario, Text2


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    return tzsim.read_scenario(clinic.write_project(tmp_path_factory.mktemp("explain")))


def test_savings_are_decided_by_the_interest_rate(scenario: Scenario) -> None:
    found = tzsim.explain(scenario, "S1")
    assert [d.name for d in found.drivers.above] == ["interest rate"]
    best = found.drivers.rows[0]
    assert best.distance == pytest.approx(1.0)
    assert best.variance > 0.95
    assert found.rule is not None
    (limit,) = found.rule.box.restrictions
    # 100 (1 + r/16)^96 = 118
    edge = 16 * (1.18 ** (1 / 96) - 1)
    ends = [e for e in (limit.low, limit.high) if np.isfinite(e)]
    assert min(abs(e - edge) for e in ends) < 0.002
    assert found.rule.fresh.coverage > 0.8
    assert found.rule.fresh.density > 0.8
    assert "interest rate" in found._repr_html_()


def test_infections_are_moved_by_contacts_not_by_interest(scenario: Scenario) -> None:
    found = tzsim.explain(scenario, "I1")
    assert found.drivers.rows[0].name == "transmission rate[harbour]"
    assert not found.drivers.rows[0].low_when_missed
    assert "interest rate" not in {d.name for d in found.drivers.above}
    assert isinstance(found.gap, Text2)
    binds = found.tables()["binds"].to_frame()
    assert binds.groupby(["element", "year"])["share"].sum().to_numpy() == pytest.approx(1)


def test_gap_parts_are_the_lost_output_and_sum_to_the_gap(scenario: Scenario) -> None:
    goal = replace(
        scenario.goal("C1"),
        comparison=">=",
        value=40.0,
        measure=Mean(Quantity("care[harbour]", ("care[harbour]",)), 2020),
    )
    found = split_gap(scenario, goal, members=300)
    assert isinstance(found, Gap)
    assert sum(v for _, v in found.parts) + found.rest == pytest.approx(found.gap, abs=1e-9)
    # the measure is the output itself, so each part is the mean output lost to that limit
    drawn = tzsim.draw(scenario.priors, scenario.shocks, members=300, seed=scenario.seed)
    paths = tzsim.simulate(
        scenario.model,
        drawn,
        keep=["care", "lost to beds", "lost to nurses"],
        times=[2020 + k / 16 for k in range(16)],
    )

    def mean(name: str) -> float:
        return float(paths[name].sel(Town="harbour").mean())

    parts = dict(found.parts)
    assert found.mean == pytest.approx(mean("care"), rel=1e-6)
    assert parts["beds"] == pytest.approx(mean("lost to beds"), rel=1e-6)
    assert parts["nurses"] == pytest.approx(mean("lost to nurses"), rel=1e-6)


def test_unknown_goal_and_command_line(
    scenario: Scenario, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(InputError, match="no goal 'S9'"):
        tzsim.explain(scenario, "S9")
    with pytest.raises(InputError, match="'N1' \\(Vaccine\\) is not judged: not modelled yet"):
        tzsim.explain(scenario, "N1")
    with pytest.raises(SystemExit) as end:
        main(
            [
                "explain",
                str(scenario.path),
                "C1",
                "--draws",
                "100",
                "--out",
                str(tmp_path / "o"),
                "--lang",
                "en",
            ]
        )
    assert end.value.code == 0
    assert "What moves it" in capsys.readouterr().out
    names = {p.name for p in (tmp_path / "o").iterdir()}
    tables = (
        "binds",
        "starts",
        "drivers",
        "knowing",
        "rule",
        "loops",
        "loop_years",
        "robustness",
        "conflicts",
        "gap",
    )
    assert names == {*(f"{t}.csv" for t in tables), "charts", "run.json"}
