"""Names in place of ids: one rule for levers, shocks, goals and constants, and targets of a scenario's own."""

from __future__ import annotations

from pathlib import Path

import clinic
import pytest

from tzsim.errors import InputError
from tzsim.scenario import Scenario, Text2, read_scenario
from tzsim.scenario.called import called

KNOWN = {
    "T027": Text2("机床和高端装备产业集群营收", "Machine tools, revenue"),
    "T028": Text2("锂电产业集群营收", "Lithium, revenue"),
    "energy quota": Text2("争取能耗指标", "Energy quota won"),
    "twin one": Text2("双生", "One"),
    "twin two": Text2("双生", "Two"),
}


@pytest.mark.parametrize(
    ("written", "id"),
    [
        ("T027", "T027"),
        ("t027", "T027"),
        ("锂电产业集群营收", "T028"),
        ("LITHIUM, Revenue", "T028"),
        ("energy_quota", "energy quota"),
        ("争取能耗指标 ", "energy quota"),
    ],
)
def test_an_id_or_either_name(written: str, id: str) -> None:
    assert called(written, KNOWN) == (id, "")


def test_what_is_not_called_so() -> None:
    id, hint = called("机床", KNOWN)
    assert id is None
    assert "T027" in hint
    assert "机床和高端装备产业集群营收" in hint.zh
    id, hint = called("双生", KNOWN)
    assert id is None
    assert "several are called so" in hint
    assert called("xyzzy", KNOWN) == (None, "")


def child(folder: Path, text: str) -> Scenario:
    file = folder / "scenarios" / "child.yaml"
    if not file.parent.exists():
        clinic.write_project(folder)
    file.write_text("extends: clinic\n" + text, "utf-8")
    return read_scenario(file)


def test_targets_of_a_scenario(tmp_path: Path) -> None:
    base = read_scenario(clinic.write_project(tmp_path))
    goal = base.goal("S1")
    found = child(tmp_path, "targets:\n  s1: {value: 999亿元, comparison: '<='}\n")
    changed = found.goal("S1")
    assert (changed.value, changed.comparison, changed.measure) == (999.0, "<=", goal.measure)
    assert "child" in changed.quote
    assert goal.quote in changed.quote
    assert [g for g in found.goals if g.id != "S1"] == [g for g in base.goals if g.id != "S1"]
    assert child(tmp_path, "targets: {S1: 99900000万元}\n").goal("S1").value == pytest.approx(
        99900000 / 10000
    )


def test_all_problems_of_a_scenario_at_once(tmp_path: Path) -> None:
    text = "goals_change: 1\ndraws: many\nset: {beds: 3 MW}\ntargets: {S99: 1}\nshocks: {rain: off, contacts: on}\n"
    with pytest.raises(InputError) as error:
        child(tmp_path, text)
    said = [str(p.message) for p in error.value.problems]
    assert len(said) == 6
    for fragment in (
        "goals_change",
        "'many'",
        "'MW' is power",
        "no goal 'S99'",
        "no shock 'rain'",
        "shocks.contacts",
    ):
        assert any(fragment in s for s in said), fragment


@pytest.mark.parametrize(
    "text", ["extends: clinic\nlevers：\n  a: 1\n", "extends: clinic\nname：x\nseed: 1\n"]
)
def test_a_full_width_colon_is_named_where_it_stands(tmp_path: Path, text: str) -> None:
    file = clinic.write_project(tmp_path).with_name("child.yaml")
    file.write_text(text, "utf-8")
    with pytest.raises(InputError, match="full width") as error:
        read_scenario(file)
    (problem,) = error.value.problems
    assert problem.address is not None
    assert problem.address.line == 2
    assert text.splitlines()[1][problem.address.column - 1] == "："


def test_another_kind_of_file_is_named(tmp_path: Path) -> None:
    clinic.write_project(tmp_path)
    with pytest.raises(InputError, match="this is a file of goals, not a scenario"):
        read_scenario(tmp_path / "scenarios" / "goals.yaml")
