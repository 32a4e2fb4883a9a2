"""A goal with another target than the plan's: what a scenario's `targets` asks of it."""

from __future__ import annotations

from dataclasses import replace

from tzsim.clock import plain_time
from tzsim.errors import Problem, both
from tzsim.scenario.amounts import amount_at
from tzsim.scenario.extends import Setting
from tzsim.scenario.records import Goal
from tzsim.scenario.schema import TargetRow
from tzsim.units import parse_unit


def with_target(goal: Goal, setting: Setting, scenario: str, problems: list[Problem]) -> Goal:
    """The goal with the target written at `setting`; its source then is the scenario, beside the plan's own words."""
    row: TargetRow = setting.value
    document, unit = setting.document, parse_unit(goal.unit, own=True)
    inner = (*setting.path, "value")
    at = inner if inner in document.values else setting.path
    value = amount_at(document, at, row.value, unit, problems)
    comparison = row.comparison or goal.comparison
    tolerance = goal.tolerance if comparison.startswith("≈") else 0.0
    if row.tolerance is not None:
        tolerance = amount_at(document, (*setting.path, "tolerance"), row.tolerance, unit, problems) or 0.0
    if value is None:
        return goal
    if comparison.startswith("≈") != (tolerance > 0):
        text = (
            both(f"“{comparison}”要写 tolerance（容许偏差）", f"'{comparison}' needs a tolerance")
            if comparison.startswith("≈")
            else both(f"“{comparison}”不用 tolerance", f"a tolerance has no part in '{comparison}'")
        )
        problems.append(setting.problem(text))
        return goal
    changed = replace(goal, value=value, comparison=comparison, tolerance=tolerance)
    settled = goal.documented if goal.status == "documented as met" else None
    if settled is not None and not bool(changed.met(settled.value)):
        known = f"{settled.value:g} {goal.unit}"
        text = both(
            f"“{goal.id}”已有记载（{plain_time(settled.year)}）：{known}，达不到所写的目标值",
            f"'{goal.id}' is documented for {plain_time(settled.year)}: {known}, which does not meet this target",
        )
        problems.append(
            setting.problem(text, both("换一个目标，或改写目标值", "take another goal or target"))
        )
        return goal
    written = row.value if isinstance(row.value, str) else f"{value:g}{goal.unit}"
    source = f"情景“{scenario}”设定的目标值：{written}（set by the scenario；规划原文：{goal.quote}）"
    return replace(changed, quote=source)
