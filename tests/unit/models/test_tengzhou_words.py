"""Readers meet words, not the names of variables: every constant that is uncertain, and every unit, has its name in both languages."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

import pytest
from tengzhou_runs import ROOT

import tzsim
from tzsim.cli.list_command import list_names
from tzsim.forecast.labels import unit_label
from tzsim.names import key
from tzsim.scenario import Scenario
from tzsim.scenario.called import called
from tzsim.unit_names import unit_of

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return tzsim.read_scenario(ROOT / "scenarios" / "baseline.yaml")


def test_every_uncertain_constant_has_a_name_in_both_languages(scenario: Scenario) -> None:
    labels = {key(name): text for name, text in scenario.view.inputs.items()}
    labels |= {key(e.variable.split("[")[0]): s.name for s in scenario.shocks for e in s.elements}
    uncertain = {key(p.variable.split("[")[0]) for p in scenario.priors}
    uncertain |= {key(e.variable.split("[")[0]) for s in scenario.shocks for e in s.elements}
    assert len(uncertain) > 500
    nameless = [
        name
        for name in sorted(uncertain)
        if name not in labels
        or not CHINESE.search(labels[name].zh)
        or CHINESE.search(labels[name].en)
        or not labels[name].en
    ]
    assert not nameless, f"no name in both languages under 'inputs' of the view: {', '.join(nameless)}"


def test_no_two_things_that_a_scenario_may_name_share_a_name(scenario: Scenario) -> None:
    constants = {key(name): text for name, text in scenario.view.inputs.items()}
    assert set(constants) <= set(scenario.model.variables)
    for name, text in constants.items():
        for written in (name, text.zh, text.en):
            assert called(written, constants) == (name, ""), written
    things = [*scenario.goals, *scenario.lever_table, *scenario.shocks]
    names = Counter(
        folded(t) for text in (*constants.values(), *(x.name for x in things)) for t in {text.zh, text.en}
    )
    shared = [name for name, count in names.items() if count > 1]
    assert not shared, f"shared by several: {', '.join(shared)}"


def test_the_long_list_of_constants_does_not_push_the_others_off_the_screen(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def listed(*only: str, find: str = "") -> str:
        list_names(ROOT / "scenarios" / "baseline.yaml", only=only, find=find, as_json=False, lang="en")
        return capsys.readouterr().out

    whole = listed()
    assert "--only constants" in whole
    assert "quota delay" not in whole
    assert "energy quota" in whole
    assert "rainfall" in whole
    assert "quota delay" in listed("constants")
    found = listed(find="quota delay")
    assert "Time to be granted an energy quota" in found
    assert "building time" not in found


def test_every_unit_that_readers_meet_has_an_english_name(scenario: Scenario) -> None:
    s = scenario
    units = {g.unit for g in s.goals} | {x.unit for x in s.view.series} | {o.unit for o in s.history}
    units |= {u for v in s.lever_table for u in (v.unit, v.cost_unit)}
    assert len(units) > 20
    unnamed = {u for u in units if CHINESE.search(unit_of(u).en + unit_label(u).en)}
    assert not unnamed, f"no English name in tzsim/unit_names.py: {', '.join(sorted(unnamed))}"
