"""achieve on a foreign project whose answer is known in closed form."""

from __future__ import annotations

import importlib
import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import clinic
import numpy as np
import pytest
from scipy.stats import norm

import tzsim
from tzsim.cli import main
from tzsim.cli.questions import answer_line
from tzsim.errors import InputError, Problem
from tzsim.forecast.achieve import margins
from tzsim.forecast.result import Probability
from tzsim.report.brief import brief_html
from tzsim.scenario import Lever, Scenario, Text2

achieve_module = importlib.import_module("tzsim.forecast.achieve")

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
    text = clinic.MODEL.replace(
        "INTEG(Savings*interest rate, 100)", "INTEG(Savings*interest rate, 100+gift+grant)"
    )
    text = text.replace("= transmission rate[Town]*EXP", "= (1-isolation)*transmission rate[Town]*EXP")
    text = text.replace(
        "interest rate= 0.03",
        "gift= 0\n\t~\tYi\n\t~\t\t|\ngrant= 0\n\t~\tYi\n\t~\t\t|\nisolation= 0\n\t~\tDmnl\n\t~\t\t|\ninterest rate= 0.03",
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
    table = tuple(replace(v, high=3.0 if v.id == "gift" else 0.1) for v in scenario.lever_table)
    small = replace(scenario, lever_table=table)
    found = tzsim.achieve(small, ["S1"], probability=0.99, members=200, runs=60, threads=1)
    assert not found.reachable
    assert found.confirmed.value < 0.99
    said = [line.en for line in found.tables()["levers"].lines]
    assert "not reachable" in said[0]
    assert said[0].endswith("because")
    assert "levers at the end of their range: Gift" in said
    assert any("S1 has a median of" in s for s in said)
    assert any("interest rate" in s for s in said)
    assert found.curve[-1].probability == max(c.probability for c in found.curve) < 0.99
    assert {m.lever.id: m.after for m in found.moves} == {"gift": 3.0, "isolation": 0.0}


def test_levers_that_do_not_act_are_left_alone_where_nothing_helps(scenario: Scenario) -> None:
    """A gift of 0.05 on a spread of about 6 cannot be told from chance; isolation has nothing to do with savings, even for nothing."""
    table = tuple(
        replace(v, high=0.05) if v.id == "gift" else replace(v, cost=0.0) for v in scenario.lever_table
    )
    found = tzsim.achieve(
        replace(scenario, lever_table=table), ["S1"], probability=0.99, members=200, runs=60, threads=1
    )
    assert not found.reachable
    assert (found.cost, [m.after for m in found.moves]) == (0.0, [0.0, 0.0])
    assert {c.verdict for c in found.effects.changes} == {"same"}
    levers = found.tables()["levers"]
    assert (len(levers.rows), len(levers.rest)) == (0, 2)
    assert "hardly act" in levers.lines[-1].en


def test_short_by_less_than_sampling_error_is_not_called_out_of_reach(scenario: Scenario) -> None:
    """A gift of at most 3 reaches a share p of the search's members; one member more is asked for."""
    table = tuple(replace(v, high=3.0 if v.id == "gift" else 0.1) for v in scenario.lever_table)
    small = replace(scenario, lever_table=table)
    best = float(_met(small, 103.0, 200).mean())
    found = tzsim.achieve(small, ["S1"], probability=best + 1 / 200, members=200, runs=60, threads=1)
    assert not found.reachable
    assert found.searched == best
    assert found.undecided == (found.confirmed.high >= best + 1 / 200)
    near = replace(found, confirmed=Probability(best + 0.02, best - 0.02, best + 0.06))
    assert near.undecided
    head = near.tables()["levers"].lines[0]
    assert "lies within sampling error" in head.en
    assert f"{best:.1%} on the members of the search" in head.en
    assert "难以断定" in head.zh
    assert "out of reach" not in answer_line(near, "en")
    run = found.effects.forecasts[0]
    for lang, said in (("zh", "在抽样误差之内难以断定"), ("en", "lies within sampling error")):
        assert said in brief_html(tzsim.brief(run, lang, answers=[near]))
    far = replace(found, confirmed=Probability(0.1, 0.05, 0.15))
    assert not far.undecided
    assert "not reachable" in far.tables()["levers"].lines[0].en


def _with_grant(scenario: Scenario, cost: float | None) -> Scenario:
    """With a second lever that adds up to 5 to the savings at the start."""
    gift = next(v for v in scenario.lever_table if v.id == "gift")
    name = Text2("拨款", "Grant")
    basis = Text2("上级拨付", "paid by the province")
    grant = replace(gift, id="grant", variable="grant", elements=("grant",), name=name, high=5.0, cost=cost, cost_basis=basis)  # fmt: skip
    return replace(scenario, lever_table=(*scenario.lever_table, grant))


def _met(scenario: Scenario, start: float, members: int = 400) -> np.ndarray:
    """Whether savings of `start` reach 118 by the end of 2025, in closed form, on the members of the search."""
    rates = tzsim.draw(scenario.priors, scenario.shocks, members=members, seed=scenario.seed)
    r = rates.block().values[rates.names.index("interest rate")]
    return start * (1 + r / 16) ** 96 >= 118


def test_a_lever_of_unknown_cost_is_left_alone_and_what_it_could_add_is_said(scenario: Scenario) -> None:
    asked = _with_grant(scenario, None)
    found = tzsim.achieve(asked, ["S1"], probability=0.8, members=400, runs=120, threads=1)
    alone = tzsim.achieve(scenario, ["S1"], probability=0.8, members=400, runs=120, threads=1)
    assert (found.cost, found.moves) == (alone.cost, alone.moves)
    assert alone.unpriced == ()
    gift = next(m.after for m in found.moves if m.lever.id == "gift")
    (grant,) = found.unpriced
    assert (grant.known, grant.kept, grant.instead) == (False, 0.0, 5.0)
    assert grant.probability == _met(scenario, 105 + gift).mean()
    assert grant.change.value == pytest.approx(grant.probability - found.searched, abs=1e-12)
    assert grant.change.value == pytest.approx(
        _met(scenario, 105 + gift).mean() - _met(scenario, 100 + gift).mean(), abs=1e-12
    )
    lines = [line.en for line in found.tables()["levers"].lines]
    assert "levers whose cost is not known, left out of the search: Grant" in lines
    assert any(line.startswith("Grant at 5") and "(cost not known)" in line for line in lines)
    assert "成本未知、没有参与搜索的手段：拨款" in found._repr_html_()
    run = tzsim.forecast(asked)
    for lang, said in (
        ("zh", "成本未知、没有参与求解的手段：拨款。"),
        ("en", "Cost not known, left out of the search: Grant."),
    ):
        assert said in brief_html(tzsim.brief(run, lang, answers=[found]))
    row = found.tables()["unpriced"].to_frame().iloc[0]
    assert (row["cost"], row["probability"]) == ("not known", grant.probability)


def test_a_lever_that_costs_nothing_is_used_and_its_part_is_said(scenario: Scenario) -> None:
    found = tzsim.achieve(
        _with_grant(scenario, 0.0), ["S1"], probability=0.97, members=400, runs=120, threads=1
    )
    alone = tzsim.achieve(scenario, ["S1"], probability=0.97, members=400, runs=120, threads=1)
    after = {m.lever.id: m.after for m in found.moves}
    assert after["grant"] == pytest.approx(5.0)
    assert found.cost == pytest.approx(alone.cost - 5.0, rel=0.02)
    (grant,) = found.unpriced
    assert (grant.known, grant.kept, grant.instead) == (True, after["grant"], 0.0)
    assert grant.probability == _met(scenario, 100 + after["gift"]).mean()
    assert grant.change.high < 0
    text = brief_html(tzsim.brief(found.effects.forecasts[0], "zh", answers=[found]))
    assert "记为不花钱的手段：拨款（不动用则概率变化−" in text
    said = "\n".join(line.en for line in found.tables()["levers"].lines)
    assert (
        "Grant is on record as costing nothing (paid by the province); without it the probability changes by -"
        in said
    )


def test_where_no_lever_states_a_cost_there_is_no_least(scenario: Scenario) -> None:
    none = replace(scenario, lever_table=tuple(replace(v, cost=None) for v in scenario.lever_table))
    with pytest.raises(InputError, match="no lever states a cost"):
        tzsim.achieve(none, ["S1"])
    with pytest.raises(InputError, match="the scenario has no levers"):
        tzsim.achieve(replace(scenario, lever_table=()), ["S1"])


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
    with pytest.raises(InputError, match="there is no goal 'S2'"):
        tzsim.achieve(scenario, ["S2"])
    with pytest.raises(InputError, match="between 0 and 1"):
        tzsim.achieve(scenario, ["S1"], probability=1.0)
    with pytest.raises(InputError, match=r"did you mean 0\.8\?"):
        tzsim.achieve(scenario, ["S1"], probability=80)
    with pytest.raises(InputError, match="did you mean 'I1'"):
        tzsim.achieve(scenario, ["感染"])
    out = tmp_path / "o"
    words = [
        "--probability",
        "80%",
        "--draws",
        "100",
        "--members",
        "100",
        "--runs",
        "40",
        "--lang",
        "en",
        "--out",
        str(out),
    ]
    with pytest.raises(SystemExit) as end:
        main(["achieve", str(scenario.path), "S1", *words])
    assert end.value.code == 0
    assert "least cost for S1 at 80%" in capsys.readouterr().out
    assert {p.name for p in out.iterdir()} == {
        "levers.csv",
        "unpriced.csv",
        "curve.csv",
        "effects.csv",
        "charts",
        "run.json",
    }
    assert {p.stem for p in (out / "charts").iterdir()} == {"cost", "effects"}
    assert [p.name for p in tmp_path.iterdir()] == ["o"]


def test_the_curve_is_that_of_the_closed_form(scenario: Scenario) -> None:
    found = tzsim.achieve(scenario, ["S1"], probability=0.8, members=400, runs=120, threads=1)
    rates = tzsim.draw(scenario.priors, scenario.shocks, members=400, seed=scenario.seed)
    r = np.sort(rates.block().values[rates.names.index("interest rate")])[::-1]
    assert len(found.curve) >= 6
    assert [c.cost for c in found.curve] == sorted(c.cost for c in found.curve)
    assert found.curve[0].cost == 0
    for point in found.curve[1:]:
        needed = 118 / (1 + r[round(point.probability * 400) - 1] / 16) ** 96 - 100
        assert point.cost >= needed - 1e-6
        assert point.cost <= 1.02 * needed + 0.05
        assert dict(point.moves)["isolation"] == 0
    wanted = min(c.cost for c in found.curve if c.probability >= 0.8)
    assert wanted == pytest.approx(found.cost, rel=1e-6)


@pytest.mark.parametrize("after", [3, 40, 90])
def test_interrupted_and_started_again_it_is_the_same_answer(
    scenario: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    small = replace(scenario, draws=100)
    state = tmp_path / "tried.npz"
    usual, calls = achieve_module.margins, 0

    def ask(state: Path | None = None) -> tzsim.Achievement:
        return tzsim.achieve(
            small, ["S1", "I1"], probability=0.7, members=100, runs=80, threads=1, state=state
        )

    def counted(*arguments: object) -> np.ndarray:
        nonlocal calls
        calls += 1
        if calls == stop:
            raise KeyboardInterrupt
        return usual(*arguments)

    stop = -1
    monkeypatch.setattr(achieve_module, "margins", counted)
    whole = ask()
    assert calls == whole.runs
    stop, calls = min(after, whole.runs), 0
    with pytest.raises(KeyboardInterrupt):
        ask(state)
    assert state.is_file()
    before, stop, calls = calls - 1, -1, 0
    again = ask(state)
    assert calls == whole.runs - before
    assert not state.exists()
    assert (again.moves, again.cost, again.curve, again.runs) == (
        whole.moves,
        whole.cost,
        whole.curve,
        whole.runs,
    )
    assert again.run_id == whole.run_id


_KILLED = """
import importlib, os, signal, sys
from tzsim.cli import main

achieve = importlib.import_module("tzsim.forecast.achieve")
usual, calls = achieve.margins, 0

def counted(*arguments):
    global calls
    calls += 1
    if calls == int(sys.argv[1]):
        os.kill(os.getpid(), getattr(signal, sys.argv[2]))
    return usual(*arguments)

achieve.margins = counted
main(sys.argv[3:])
"""


@pytest.mark.slow
def test_killed_or_interrupted_the_command_says_how_it_goes_on_and_does(
    scenario: Scenario, tmp_path: Path
) -> None:
    words = ["achieve", str(scenario.path), "S1", "I1", "--draws", "60", "--members", "60", "--runs", "80"]

    def ask(calls: int, signal: str, folder: str, *more: str) -> tuple[int, str]:
        command = [
            sys.executable,
            "-c",
            _KILLED,
            str(calls),
            signal,
            *words,
            "--out",
            str(tmp_path / folder),
            *more,
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        return done.returncode, done.stderr

    usual = ("--probability", "0.7", "--lang", "en")
    assert ask(0, "SIGKILL", "whole", *usual) == (0, "")
    state = tmp_path / ".o.tried.npz"
    assert ask(50, "SIGKILL", "o", *usual) == (-9, "")
    assert state.is_file()
    assert not (tmp_path / "o").exists()
    code, said = ask(15, "SIGINT", "o", *usual)
    assert code == 130
    assert "going on with an unfinished search: 40 settings are tried already" in said  # saved every 20
    kept = int(said.split("settings tried (")[1].split(")")[0])
    assert 40 < kept < 60
    # another question does not use what is kept, and says so
    code, said = ask(9, "SIGKILL", "o", "--probability", "0.6")
    assert "属于另一个问题" in said
    assert ask(0, "SIGKILL", "o", *usual)[1].startswith(
        f"going on with an unfinished search: {kept} settings"
    )
    assert sorted(p.name for p in tmp_path.iterdir()) == ["o", "whole"]
    for name in ("levers.csv", "unpriced.csv", "curve.csv", "effects.csv"):
        assert (tmp_path / "o" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_a_state_of_another_question_or_damaged_is_not_used(scenario: Scenario, tmp_path: Path) -> None:
    state = tmp_path / "tried.npz"
    small = replace(scenario, draws=60)

    def curve(state: Path | None = None) -> object:
        return tzsim.achieve(
            small, ["S1"], probability=0.7, members=60, runs=40, threads=1, state=state
        ).curve

    whole = curve()
    state.write_bytes(b"PK nothing")
    assert curve(state) == whole
    one = np.ones((1, 2))
    np.savez(state, question=np.array("another"), points=one, margins=np.full((1, 60), 9.0))
    assert curve(state) == whole


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


def test_costs_are_in_the_money_of_the_lever_file(scenario: Scenario) -> None:
    from types import SimpleNamespace

    from tzsim.forecast.achieve_tables import cost_unit

    text = LEVERS.replace("  cost: 1\n", "  cost: 1\n  cost_unit: kUSD\n").replace(
        "  cost: 3\n", "  cost: 3\n  cost_unit: kUSD\n"
    )
    levers = read_text(scenario, text)
    assert [(v.cost, v.cost_unit) for v in levers] == [(1.0, "kUSD"), (3.0, "kUSD")]
    assert {v.cost_unit for v in read_text(scenario, LEVERS)} == {"亿元"}
    mixed = LEVERS.replace("  cost: 3\n", "  cost: 3\n  cost_unit: kUSD\n")
    with pytest.raises(InputError, match="cost_unit: kUSD here, and 亿元 for 'gift'"):
        read_text(scenario, mixed)
    found = tzsim.achieve(
        replace(scenario, lever_table=levers), ["S1"], probability=0.5, members=100, runs=20
    )
    head = found.tables()["levers"]
    assert found.cost_unit == "kUSD"
    for lang, other in (("zh", "亿元"), ("en", "100 million yuan")):
        shown = head.html(lang) + found.tables()["curve"].html(lang)
        assert shown.count("kUSD") >= 3
        assert other not in shown
    plain = SimpleNamespace(cost_unit="亿元")
    assert cost_unit(plain).en == "100 million yuan"  # type: ignore[arg-type]


def read_text(scenario: Scenario, text: str) -> tuple[Lever, ...]:
    from tzsim.scenario.binding import Names
    from tzsim.scenario.located import read_yaml
    from tzsim.scenario.tables import read_levers

    path = scenario.path.parent / "money.yaml"
    path.write_text(text, "utf-8")
    problems: list[Problem] = []
    levers = read_levers(read_yaml(path, "money.yaml"), Names(scenario.model), problems)
    if problems:
        raise InputError(problems)
    return levers
