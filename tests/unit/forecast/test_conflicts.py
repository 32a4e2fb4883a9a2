"""Pairs of goals: planted dependence is found with its reason, independence is not, for many pairs at once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import clinic
import numpy as np
import pytest

import tzsim
from tzsim.forecast.conflicts import _pairs, conflicts
from tzsim.measures import Times


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tzsim.Forecast:
    """Savings that fight with a goal for little interest, and infections that have nothing to do with either."""
    scenario = tzsim.read_scenario(clinic.write_project(tmp_path_factory.mktemp("conflicts")))
    savings = scenario.goal("S1")
    assert savings.measure is not None
    low = replace(savings, id="L1", comparison="<=", value=119.0, undated=True)
    twice = replace(savings, id="D1", measure=Times(savings.measure, 2.0), value=236.0)
    goals = (savings, low, replace(twice, id="T1"), scenario.goal("I1"))
    return tzsim.forecast(replace(scenario, goals=goals, draws=3000))


def test_conflicts_and_companions_with_their_reasons(made: tzsim.Forecast) -> None:
    found = made.conflicts
    pairs = {(p.first, p.second): p for p in found.pairs}
    assert set(pairs) == {("S1", "L1"), ("L1", "T1"), ("S1", "T1")}
    assert found.looked_at == 6
    fight = pairs[("S1", "L1")]
    s, low = made.met[0], made.met[1]
    assert fight.kind == "conflict"
    assert fight.both == pytest.approx((s & low).mean())
    assert fight.dependence == pytest.approx((s & low).mean() - s.mean() * low.mean())
    assert fight.low < fight.dependence < fight.high < 0
    assert "shared inputs that move them apart: interest rate" in [r.en for r in fight.reasons]
    friends = pairs[("S1", "T1")]
    assert friends.kind == "together"
    assert friends.both == pytest.approx(s.mean())
    said = [r.en for r in friends.reasons]
    assert "both are about: Savings" in said
    assert "shared inputs that move them together: interest rate" in said
    assert found.pairs[0].kind == "conflict"
    assert len(found.fights) == 2
    assert "冲突" in found._repr_html_()
    assert found.to_frame()["both"].iloc[0] == found.pairs[0].both


def test_joint_without_undated_goals(made: tzsim.Forecast) -> None:
    dated = made.conflicts.dated
    assert dated is not None
    assert dated.goals == ("S1", "T1", "I1")
    assert dated.probability.value == pytest.approx((made.met[0] & made.met[2] & made.met[3]).mean())
    assert made.joint["all"].probability.value <= dated.probability.value
    plain = replace(made, goals=tuple(replace(r, goal=replace(r.goal, undated=False)) for r in made.goals))
    assert conflicts(plain).dated is None


def test_unrelated_goals_are_not_reported() -> None:
    """One ensemble in twenty, at most, reports any of its hundred and ninety pairs of unrelated goals."""
    rng = np.random.default_rng(1)
    share = rng.uniform(0.1, 0.9, 20)
    wrong = 0
    for _ in range(60):
        met = (rng.random((20, 400)) < share[:, None]).astype(float)
        found, tests = _pairs([str(i) for i in range(20)], met, None)
        wrong += bool(found)
        assert tests == 190
    assert wrong <= 8


def test_a_small_posterior_widens_the_interval() -> None:
    rng = np.random.default_rng(2)
    a = rng.random(4000) < 0.5
    b = np.where(rng.random(4000) < 0.1, a, rng.random(4000) < 0.5)
    met = np.stack([a, b]).astype(float)
    ((_, _, d, reach),), _ = _pairs(["a", "b"], met, None)
    assert reach < d
    assert _pairs(["a", "b"], met, 100.0)[0] == []


def test_the_folder_and_the_terminal_show_them(
    made: tzsim.Forecast, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from tzsim.cli.goal_table import print_result

    print_result(made, "en", tmp_path, [])
    out = capsys.readouterr().out
    assert "of 6 pairs 2 conflict and 1 go together; the clearest conflict: L1 and T1" in " ".join(
        out.split()
    )
    assert "goals of the plan that state a date, all together (3)" in " ".join(out.split())
