"""Pairs of goals: planted dependence is found with its reason, independence is not, for many pairs at once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import clinic
import numpy as np
import pytest

import tzsim
from tzsim.forecast.bins import explained, share_floor
from tzsim.forecast.conflicts import _feeds, _pairs, _scalar_causes, conflicts
from tzsim.forecast.shared_stocks import shared_stocks
from tzsim.measures import AtEnd, Quantity, Times


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
    assert [r.en for r in fight.reasons] == [
        "both are about the same quantity",
        "shared inputs that move them apart (and the share that each explains): interest rate (100%)",
    ]
    friends = pairs[("S1", "T1")]
    assert friends.kind == "together"
    assert friends.both == pytest.approx(s.mean())
    assert friends.reasons[0].zh == "说的是同一数量"
    assert "interest rate" in friends.reasons[1].zh
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


def test_shares_of_a_covariance_in_closed_form() -> None:
    """a: x0 + x1 + x2 > 0; b: x0 + x1 + x3 > 0; c: x2 < 0 (Sheppard's formula for the quadrants of normal variables)."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=(5, 40_000))
    met = np.stack([x[0] + x[1] + x[2] > 0, x[0] + x[1] + x[3] > 0, x[2] < 0]).astype(float)
    met -= met.mean(axis=1, keepdims=True)
    alone, both = explained(x, met, np.array([0, 0]), np.array([1, 2]))
    part = np.arcsin(1 / 3) / np.arcsin(2 / 3)  # two copies that share x0 only, over two that share x0 and x1
    assert both[0] == pytest.approx([part, part, 0, 0, 0], abs=0.02)
    assert both[1] == pytest.approx([0, 0, 1, 0, 0], abs=0.02)
    assert alone[0, :3] == pytest.approx([4 * np.arcsin(1 / 3) / (2 * np.pi)] * 3, abs=0.01)
    assert (np.abs(alone[0, 3:]) < share_floor(40_000, 5)).all()


def test_what_feeds_what_follows_the_links_between_whole_variables(made: tzsim.Forecast) -> None:
    """Recoveries of a town follow from its infections; savings from neither, and elements of arrays say nothing of each other."""
    scenario = made.scenario
    model = scenario.model
    graph = _scalar_causes(model)
    assert "interest_rate" in graph["savings"]
    assert "infection" not in graph
    goals = {
        id: replace(
            made.goals[0], goal=replace(made.goals[0].goal, id=id, measure=AtEnd(Quantity(n, (n,)), 2025))
        )
        for id, n in (("S", "Savings"), ("R", "interest rate"), ("I", "Infected[hill]"))
    }
    assert _feeds(graph, goals["R"], goals["S"])
    assert not _feeds(graph, goals["S"], goals["R"])
    assert not _feeds(graph, goals["I"], goals["S"])


POOLS = """{UTF-8}
Arm: east, west ~~|
Task: a, b, c ~~|
income[Arm]= 10, 10 ~ item/Year ~|
skill[Task]= 1, 1, 1 ~ Dmnl ~|
arm of[Task,Arm]= 1,0; 1,0; 0,1; ~ Dmnl ~|
Pool[Arm]= INTEG(income[Arm]-Pool[Arm]/turnover, 10) ~ item ~|
turnover= 1 ~ Year ~|
listing[Task]= 5, 5, 5 ~ item/Year ~|
work[Task]= skill[Task]*SUM(arm of[Task,Arm!]*Pool[Arm!])/turnover ~ item/Year ~|
Backlog[Task]= INTEG(listing[Task]-doing[Task], 20) ~ item ~|
crowding= 0.01 ~ 1/item ~|
doing[Task]= work[Task]*(1+crowding*(Backlog[Task]-20)) ~ item/Year ~|
INITIAL TIME= 2020 ~ Year ~|
FINAL TIME= 2026 ~ Year ~|
TIME STEP= 0.125 ~ Year ~|
SAVEPER= 1 ~ Year ~|
"""


@pytest.fixture(scope="module")
def pools(tmp_path_factory: pytest.TempPathFactory) -> tzsim.Forecast:
    """Tasks a and b live from one pool, c from another; each has a skill and a backlog of its own."""
    folder = tmp_path_factory.mktemp("pools")
    (folder / "pools.mdl").write_text(POOLS, "utf-8")
    goals = [
        f"""- id: {name.upper()}1
  area: work
  name: {{zh: 任务{name}, en: task {name}}}
  quote: q
  item: "1"
  reading: {{zh: 读, en: as written}}
  measure: {{total: "doing[{name}]", year: 2025}}
  comparison: ">="
  value: 9.5
  unit: "item"
  date: 2025
"""
        for name in "abc"
    ]
    (folder / "goals.yaml").write_text("".join(goals), "utf-8")
    prior = """- variable: "{0}"
  distribution: normal
  value: {1}
  low: {2}
  high: {3}
  unit: {4}
  source: none
  quality: assumption
  reason: test
"""
    rows = [prior.format(f"income[{arm}]", 10, 6, 14, "item/Year") for arm in ("east", "west")]
    rows += [prior.format(f"skill[{task}]", 1, 0.8, 1.2, "Dmnl") for task in "abc"]
    (folder / "priors.yaml").write_text("".join(rows), "utf-8")
    (folder / "pools.yaml").write_text(
        "name: {zh: 池, en: Pools}\nquestion: {zh: 问, en: What}\nmodel: pools.mdl\ndraws: 4000\nseed: 3\nas_of: 2021-12-31\n"
        "goals: goals.yaml\npriors: priors.yaml\n",
        "utf-8",
    )
    (folder / "pools.names.zh.yaml").write_text("Pool: 可用资金\n", "utf-8")
    return tzsim.forecast(tzsim.read_scenario(folder / "pools.yaml"))


def test_a_stock_that_both_draw_on_is_named_and_no_work_list_of_one(pools: tzsim.Forecast) -> None:
    (pair,) = pools.conflicts.pairs
    assert (pair.first, pair.second, pair.kind) == ("A1", "B1", "together")
    reason = pair.reasons[0]
    # given the pool's level the two tasks depend on nothing in common: it explains all of their dependence
    share = float(reason.en.rsplit("explains ", 1)[1].rstrip("%)")) / 100
    assert share > 0.9
    assert reason.en.startswith("both draw on a stock of the model: Pool (east)")
    assert reason.zh.startswith("都取用模型中的存量：可用资金（east）")
    assert "Backlog" not in reason.en
    assert "west" not in reason.en
    assert len(shared_stocks(pools, [("A1", "B1"), ("A1", "C1")])[1]) == 0
    named = pools.conflicts.table("A1")
    assert len(named.rows) == 1
    assert "其中 0 对冲突，1 对协同" in named.lines[0].zh
    assert pools.conflicts.table("C1").rows == ()
