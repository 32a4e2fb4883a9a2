"""Goals are asked about by id or by name, alike in every question, from the library and from the command line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import clinic
import pytest
from test_achieve import LEVERS

import tzsim
from tzsim.cli import main
from tzsim.cli.questions import questions_asked
from tzsim.errors import InputError, in_chinese
from tzsim.forecast.asked import goals_asked, goals_listed
from tzsim.scenario import Scenario


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    path = clinic.write_project(tmp_path_factory.mktemp("asked"))
    goals = path.parent / "goals.yaml"
    goals.write_text(goals.read_text("utf-8").replace("en: Care}", "en: 'Care, in the harbour'}"), "utf-8")
    levers = LEVERS.replace('"gift"', '"beds[harbour]"').replace('unit: "Yi"', 'unit: "person"')
    levers = levers.replace('"isolation"', '"care per case"').replace("neutral: 0\n  low: 0\n  high: 20", "neutral: 12\n  low: 12\n  high: 20")  # fmt: skip
    (path.parent / "levers.yaml").write_text(levers.replace("neutral: 0\n", "neutral: 0.5\n"), "utf-8")
    path.write_text(path.read_text("utf-8") + "lever_table: levers.yaml\n", "utf-8")
    return tzsim.read_scenario(path)


@pytest.mark.parametrize("written", ["C1", "c1", "护理", "Care, in the harbour", "care, IN the  harbour"])
def test_a_goal_is_found_by_id_or_name(scenario: Scenario, written: str) -> None:
    assert [g.id for g in goals_asked(scenario, [written])] == ["C1"]
    assert questions_asked(scenario, [written], [f"{written},I1"], 0.5).achieve == (("C1", "I1"),)
    assert questions_asked(scenario, [written], [], 0.5).explain == ("C1",)
    assert goals_asked(scenario, written) == goals_asked(scenario, [written])


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("C1,I1", ("C1", "I1")),
        ("C1， I1、S1", ("C1", "I1", "S1")),
        ("Care, in the harbour,每年感染", ("Care, in the harbour", "每年感染")),
        ("I1,nothing,C1", ("I1", "nothing", "C1")),
        (" , ", ()),
    ],
)
def test_a_list_of_goals_may_hold_names_with_commas(
    scenario: Scenario, written: str, meant: tuple[str, ...]
) -> None:
    assert goals_listed(scenario, written) == meant


def test_everything_wrong_is_said_at_once_in_both_languages(scenario: Scenario) -> None:
    with pytest.raises(InputError) as caught:
        questions_asked(scenario, ["护理院", "N1", "储蓄"], ["I1,Z9"], 1.5)
    said = [(in_chinese(p.message), p.message, in_chinese(p.hint), p.hint) for p in caught.value.problems]
    assert said[0][:2] == ("没有目标“护理院”", "there is no goal '护理院'")
    assert "护理 / Care" in said[0][2]
    assert said[1][:2] == (
        "目标“N1”（疫苗）不作评判：模型尚未包含",
        "goal 'N1' (Vaccine) is not judged: not modelled yet",
    )
    assert said[1][2:] == ("模型没有疫苗", "the model has no vaccine")
    assert "several are called so, write the id: S1" in said[2][3]
    assert said[3][1] == "there is no goal 'Z9'"
    assert said[4][:2] == ("概率 1.5 不在 0 和 1 之间", "the probability 1.5 does not lie between 0 and 1")
    for text, english, _, _ in said:
        assert text != english


@pytest.mark.parametrize("call", ["explain", "achieve", "robustness"])
def test_every_question_refuses_alike(scenario: Scenario, call: str) -> None:
    questions = {
        "explain": lambda goal: tzsim.explain(scenario, goal),
        "achieve": lambda goal: tzsim.achieve(scenario, [goal]),
        "robustness": lambda goal: tzsim.robustness(scenario, [goal]),
    }
    with pytest.raises(InputError, match=r"there is no goal 'Care in harbor'\n.*did you mean 'C1'"):
        questions[call]("Care in harbor")
    with pytest.raises(InputError, match="the scenario judges no goals"):
        tzsim.robustness(replace(scenario, goals=()))


def test_commands_and_options_take_names(
    scenario: Scenario, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*words: str) -> int:
        with pytest.raises(SystemExit) as end:
            main([*words, "--out", str(tmp_path / "o"), "--draws", "60"])
        return int(str(end.value.code))

    path = str(scenario.path)
    few = ("--members", "40", "--runs", "10", "--lang", "en")
    assert run("explain", path, "care, in the harbour") == 0
    assert (tmp_path / "o" / "gap.csv").is_file()
    assert run("achieve", path, "护理", "每年感染", "--probability", "0.5", *few) == 0
    assert "C1, I1 " in capsys.readouterr().out
    tables = ("--write", "tables")
    assert run("run", path, "--explain", "每年感染", "--lang", "en", *tables) == 0
    assert (tmp_path / "o" / "explain-I1" / "binds.csv").is_file()
    assert "I1 explained" in capsys.readouterr().out
    for words in (("explain", path, "护理院"), ("run", path, "--explain", "护理院", *tables)):
        assert run(*words) == 2
        assert "没有目标“护理院”" in capsys.readouterr().err
