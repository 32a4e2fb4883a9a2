"""Which goals a person asks about, written by id or by Chinese or English name. One place for every question about goals."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from tzsim.errors import Address, InputError, Problem, both
from tzsim.scenario import Goal, Scenario, Text2
from tzsim.scenario.called import called

MOST_NAMED = 12
"""Judged goals named in a hint."""

_STATUS: dict[str, Text2] = {
    "descriptive": Text2("只有定性表述", "descriptive"),
    "not modelled yet": Text2("模型尚未包含", "not modelled yet"),
    "documented as met": Text2("已有记载达成", "documented as met"),
}


def judged_goals(scenario: Scenario) -> tuple[Goal, ...]:
    """The goals that can be asked about."""
    return tuple(g for g in scenario.goals if g.status == "judged" and g.measure is not None)


def goal_asked(scenario: Scenario, written: str) -> Goal:
    """The judged goal that is called so. Raises InputError where there is none, or more than one."""
    return goals_asked(scenario, [written])[0]


def goals_asked(scenario: Scenario, written: str | Iterable[str]) -> tuple[Goal, ...]:
    """The judged goals that are called so, each once. Raises InputError with everything that cannot be asked, and what it may have meant."""
    at = Address(str(scenario.path))
    judged = judged_goals(scenario)
    if not judged:
        raise InputError.one(
            both("本情景没有评判任何目标", "the scenario judges no goals"),
            at,
            both("在 goals 中写明目标文件", "name a file of goals under 'goals'"),
        )
    names = {g.id: g.name for g in scenario.goals}
    found: list[Goal] = []
    problems: list[Problem] = []
    for text in [written] if isinstance(written, str) else written:
        id, hint = called(text, names)
        if id is None:
            problem = both(f"没有目标“{text}”", f"there is no goal '{text}'")
            problems.append(Problem(at, problem, hint or _all(scenario, judged)))
            continue
        goal = scenario.goal(id)
        if goal in judged:
            found.append(goal)
            continue
        why = _STATUS.get(goal.status, Text2(goal.status, goal.status))
        problem = both(
            f"目标“{id}”（{goal.name.zh}）不作评判：{why.zh}",
            f"goal '{id}' ({goal.name.en}) is not judged: {why.en}",
        )
        said = both(goal.reason.zh, goal.reason.en) if goal.reason.en or goal.reason.zh else ""
        problems.append(Problem(at, problem, said or _all(scenario, judged)))
    if problems:
        raise InputError(problems)
    return tuple(dict.fromkeys(found))


def goals_listed(scenario: Scenario, text: str) -> tuple[str, ...]:
    """Goals written in one line with commas (， 、 too) between them, where a name may hold commas itself: the longest that is a goal's counts."""
    names = {g.id: g.name for g in scenario.goals}
    found: list[str] = []
    while text:
        ends = [m.start() for m in re.finditer("[,，、]", text)] + [len(text)]
        end = next((e for e in reversed(ends) if called(text[:e].strip(), names)[0] is not None), ends[0])
        found.append(text[:end].strip())
        text = text[end + 1 :]
    return tuple(f for f in found if f)


def _all(scenario: Scenario, judged: Sequence[Goal]) -> str:
    """Where all goals are listed: the command, or for a run's folder the first of them."""
    if not scenario.stored:
        command = f"tzsim list {scenario.path} --only goals"
        return both(f"全部目标见 {command}", f"all of them: {command}")
    shown = [f"{g.id} {g.name.of(lang)}" for lang in ("zh", "en") for g in judged[:MOST_NAMED]]
    zh, en = "、".join(shown[: len(shown) // 2]), ", ".join(shown[len(shown) // 2 :])
    more = len(judged) - MOST_NAMED
    if more > 0:
        zh, en = f"{zh} 等 {len(judged)} 项", f"{en} and {more} more"
    return both(f"评判的目标：{zh}", f"judged are {en}")
