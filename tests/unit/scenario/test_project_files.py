"""The committed files: the schema is the one generated, every file fits it, the goals cover the plan, the history its rules."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import jsonschema
import pytest

from tzsim.scenario import Scenario, read_scenario
from tzsim.scenario.history import DOCUMENTED
from tzsim.scenario.json_schema import schema, schema_text
from tzsim.scenario.located import read_yaml

ROOT = Path(__file__).parents[3]
SCENARIOS = ("baseline", "dry_spell", "gerun_delayed", "research_and_renewal")


@pytest.fixture(scope="module")
def baseline() -> Scenario:
    return read_scenario(ROOT / "scenarios" / "baseline.yaml")


def test_the_schema_is_current() -> None:
    assert (ROOT / "scenarios" / "schema.json").read_text("utf-8") == schema_text()


@pytest.mark.parametrize(
    ("file", "part"),
    [
        *((f"scenarios/{s}.yaml", "ScenarioFile") for s in SCENARIOS),
        ("scenarios/goals/tengzhou-2026.yaml", "GoalFile"),
        ("scenarios/levers/tengzhou.yaml", "LeverFile"),
        ("scenarios/shocks/tengzhou.yaml", "ShockFile"),
        ("scenarios/views/tengzhou.yaml", "ViewFile"),
        ("calibration/priors/tengzhou.yaml", "PriorFile"),
    ],
)
def test_every_file_fits_the_schema(file: str, part: str) -> None:
    whole = schema()
    validator = jsonschema.Draft202012Validator({"$ref": f"#/$defs/{part}", "$defs": whole["$defs"]})
    data = json.loads(json.dumps(read_yaml(ROOT / file, file).data))
    problems = [f"{list(e.absolute_path)}: {e.message}" for e in validator.iter_errors(data)]
    assert not problems, "\n".join(problems[:5])


def test_the_schema_refuses_what_the_reader_refuses() -> None:
    whole = schema()
    validator = jsonschema.Draft202012Validator({"$ref": "#/$defs/GoalFile", "$defs": whole["$defs"]})
    (row, *_) = read_yaml(ROOT / "scenarios/goals/tengzhou-2026.yaml", "goals").data
    assert validator.is_valid([row])
    for change in (
        {"comparison": ">"},
        {"extra": 1},
        {"measure": {"totl": "GDP"}},
        {"date": "2026"},
        {"name": {"zh": "x"}},
    ):
        assert not validator.is_valid([{**row, **change}]), change
    without = {k: v for k, v in row.items() if k != "quote"}
    assert not validator.is_valid([without])


def test_all_73_rows_of_the_plan_stand_in_order(baseline: Scenario) -> None:
    first = [g.id for g in baseline.goals if not g.reading_of]
    assert first == [f"T{n:03d}" for n in range(1, 74)]


def test_second_readings_follow_their_row_and_differ_from_it(baseline: Scenario) -> None:
    ids = [g.id for g in baseline.goals]
    for goal in baseline.goals:
        if not goal.reading_of:
            continue
        row = baseline.goal(goal.reading_of)
        assert ids.index(goal.id) > ids.index(row.id)
        assert goal.quote == row.quote
        assert goal.area == row.area
        assert (goal.measure, goal.comparison, goal.value) != (row.measure, row.comparison, row.value)


def test_goals_are_complete(baseline: Scenario) -> None:
    for goal in baseline.goals:
        assert goal.name.zh, goal.id
        assert goal.name.en, goal.id
        assert goal.reading.zh, goal.id
        assert goal.reading.en, goal.id
        assert re.search("[一-鿿]", goal.name.zh)
        assert not re.search("[一-鿿]", goal.name.en + goal.reading.en)
        assert goal.area in baseline.view.areas, goal.id
        if goal.status in ("descriptive", "not modelled yet"):
            assert goal.reason.zh, goal.id
            assert goal.reason.en, goal.id
            assert goal.measure is None
        if goal.status == "judged":
            assert goal.measure is not None, goal.id
        if goal.status == "documented as met":
            assert goal.documented is not None
            assert goal.documented.year <= baseline.as_of.year
            assert goal.documented.quality in DOCUMENTED
            assert goal.met([goal.documented.value]).all(), goal.id
            assert goal.documented.scope.zh, goal.id
        if goal.comparison.startswith("≈"):
            assert goal.tolerance > 0


def test_few_rows_are_descriptive_or_rest_on_delivery_alone(baseline: Scenario) -> None:
    assert sum(g.status == "descriptive" for g in baseline.goals) <= 10
    resting = [g for g in baseline.goals if g.delivery]
    assert sum(not g.reading_of for g in resting) <= 20
    assert [g.id for g in resting if not g.reason.zh or not g.reason.en] == []


def test_every_row_of_the_plan_is_judged_settled_or_descriptive(baseline: Scenario) -> None:
    assert {g.id for g in baseline.goals if not g.reading_of} == {f"T{n:03}" for n in range(1, 74)}
    assert [g.id for g in baseline.goals if g.status == "not modelled yet"] == []


def test_each_about_of_the_plan_has_a_strict_reading(baseline: Scenario) -> None:
    for goal in baseline.goals:
        if "左右" in goal.quote and not goal.reading_of:
            readings = [g for g in baseline.goals if g.reading_of == goal.id]
            assert any(g.comparison == ">=" and g.value == goal.value for g in readings), goal.id


def test_targets_that_every_reader_knows(baseline: Scenario) -> None:
    wanted = {
        "T001": (1000, "亿元"), "T003": (850, "亿元"), "T026": (700, "亿元"), "T027": (375, "亿元"), "T028": (150, "亿元"),
        "T029": (30, "亿元"), "T030": (50, "亿元"), "T031": (1305, "亿元"), "T063": (165, "万千瓦"),
        "T063b": (1650, "万千瓦"), "T063c": (1650, "万千瓦时"), "T072": (3.25, "亿立方米"),
    }  # fmt: skip
    for id, (value, unit) in wanted.items():
        goal = baseline.goal(id)
        assert (goal.value, goal.unit) == (value, unit)
    assert baseline.goal("T072").comparison == "<="
    assert baseline.goal("T072").each_year == (2024, 2025, 2026)
    assert sum(baseline.goal(f"T0{n}").value for n in range(26, 31)) == baseline.goal("T031").value


SEEN_THROUGH_A_RATIO = {
    ("zaozhuang", "water_use_total"),
    ("zaozhuang", "renewable_capacity"),
    ("shandong", "water_use_total"),
    *(("shandong", f"water_share_{user}") for user in ("agriculture", "domestic", "ecology", "industry")),
}
"""Rows of the prefecture and the province that the calibration spec fits through the county's share of them."""


def test_roles_follow_the_rules_of_the_data(baseline: Scenario) -> None:
    history = baseline.history
    assert max(o.year for o in history) <= 2024
    for row in history:
        if row.role != "context":
            assert row.quality in DOCUMENTED
            own = ("tengzhou", "chemicals", "machine_tools", "all_five")
            assert row.entity in own or (row.entity, row.variable) in SEEN_THROUGH_A_RATIO
            assert row.year >= 2019
            assert row.source
    held_out = {(o.variable, o.year) for o in history if o.role == "hold-out"}
    assert held_out == {
        ("industrial_va_above_scale_growth", 2024),
        ("industrial_output_above_scale_ytd_aug", 2024),
    }
    gdp = {o.year: o.value for o in history if o.variable == "gdp_nominal" and o.role == "fit"}
    assert gdp == {2019: 748.35, 2020: 753.05, 2021: 858.0, 2022: 901.0, 2023: 946.08}
    chemicals = {o.variable: o.role for o in history if o.entity == "chemicals" and o.year == 2022}
    assert chemicals == {
        "cluster_revenue": "context",
        "cluster_revenue_highend_chemicals": "fit",
        "cluster_revenue_new_materials": "fit",
    }
    split = [o for o in history if o.variable == "cluster_revenue" and o.year == 2024]
    assert len(split) == 5
    assert {o.role for o in split} == {"context"}
    assert sum(o.value for o in split) == 902


def test_every_prior_is_one_constant_and_no_lever_or_shock_has_one(baseline: Scenario) -> None:
    names = [p.variable for p in baseline.priors]
    assert max(Counter(names).values()) == 1
    driven = {p.variable for s in baseline.shocks for p in s.elements} | {
        e for x in baseline.lever_table for e in x.elements
    }
    sampled = {p.variable for p in baseline.priors if p.distribution.kind != "constant"}
    assert not driven & sampled


def test_the_other_scenarios_change_what_they_say(baseline: Scenario) -> None:
    dry = read_scenario(ROOT / "scenarios" / "dry_spell.yaml")
    rain = next(s for s in dry.shocks if s.id == "rainfall")
    assert [(rain.knots[k], v) for _, k, v in rain.fixed] == [(2025.0, -1.65), (2026.0, -1.65)]
    assert dry.fixed == {}
    assert read_scenario(ROOT / "scenarios" / "gerun_delayed.yaml").fixed == {
        "plant delay[Lianhong Gerun]": 1.0
    }
    push = read_scenario(ROOT / "scenarios" / "research_and_renewal.yaml")
    assert push.fixed == {"research subsidy": 2.0, "equipment renewal support": 4.0}
    for other in (dry, push):
        assert (other.seed, other.draws, other.goals) == (baseline.seed, baseline.draws, baseline.goals)
        assert other.question.zh
        assert other.question.en
