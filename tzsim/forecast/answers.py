"""Answers from the gathered ensemble: goal rows, fans, what binds, joint probabilities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tzsim.clock import Clock
from tzsim.ensemble.designs import Replicate
from tzsim.ensemble.grade import Removed, grade, variance_removed
from tzsim.ensemble.posterior import measure_hash
from tzsim.ensemble.probability import probability
from tzsim.forecast.gather import Gathered
from tzsim.forecast.readings import JudgedGoal, Questions
from tzsim.forecast.result import (
    NONE_BINDS,
    QUANTILE_LEVELS,
    Binding,
    GoalResult,
    Joint,
    Probability,
    SeriesFan,
)
from tzsim.names import key
from tzsim.scenario import Goal, Observation, Scenario
from tzsim.scenario.records import ViewSeries
from tzsim.units import conversion, parse_unit


def goal_results(
    scenario: Scenario,
    asked: Questions,
    gathered: Gathered,
    parts: Sequence[Replicate],
    binding: Binding,
    prior: Gathered | None = None,
    effective: float | None = None,
    half: Mapping[tuple[str, str], Mapping[str, Any]] | None = None,
) -> tuple[GoalResult, ...]:
    """A row for every goal of the file, judged or not, in file order.

    prior: the same members from the priors, where `gathered` are of a posterior of `effective` sample size. half: what the
    record of that posterior says of (goal, hash of its measure), for the grade under priors of half the width.
    """
    rows = {judged.goal.id: row for row, judged in enumerate(asked.goals)}
    quantiles = gathered.goal_quantiles((0.1, 0.5, 0.9))
    living = int(gathered.alive.sum())

    def result(goal: Goal) -> GoalResult:
        if goal.id not in rows:
            return GoalResult(goal, goal.status, reason=goal.reason.en or goal.reason.zh)
        row = rows[goal.id]
        judged = asked.goals[row]
        share = probability(gathered.met[row], gathered.alive, parts, effective)
        before = share if prior is None else probability(prior.met[row], prior.alive, parts)
        removed = Removed(float("nan"), float("nan"))
        if prior is not None:
            removed = variance_removed(prior.values[row], gathered.values[row], effective)
        narrow = (half or {}).get((goal.id, measure_hash(goal)), {})
        p10, median, p90 = (_finite(q) for q in quantiles[:, row])
        yearly = zip(judged.measures, gathered.met_in_year[row].tolist(), strict=True)
        return GoalResult(
            goal,
            "judged",
            median,
            p10,
            p90,
            share.value,
            share.low,
            share.high,
            before.value,
            evidence=grade(removed.value, delivery=goal.delivery),
            removed=_finite(removed.value),
            removed_error=_finite(removed.error),
            evidence_half_width=str(narrow.get("grade_half_width", "")),
            removed_half_width=narrow.get("removed_half_width"),
            removed_half_width_error=narrow.get("removed_half_width_error"),
            binds=binds_most(judged, binding, scenario.clock),
            yearly=tuple((year, count / living) for (year, _), count in yearly) if goal.each_year else (),
        )

    return tuple(result(goal) for goal in scenario.goals)


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def binds_most(judged: JudgedGoal, binding: Binding, clock: Clock) -> str:
    """The limit (or 'none') with the largest share over the goal's clusters and years; '' where there is none."""
    wanted = {key(name) for name in judged.goal.limits_of}
    rows = [i for i, name in enumerate(binding.elements) if key(name) in wanted]
    asked = {clock.stretch_of(y) for y, _ in judged.measures}
    columns = [i for i, year in enumerate(binding.years) if year in asked]
    if not rows or not columns:
        return ""
    share = binding.share[np.ix_(rows, columns)].mean(axis=(0, 1))
    return (*binding.limits, NONE_BINDS)[int(share.argmax())]


def bindings(asked: Questions, gathered: Gathered) -> Binding:
    """Shares and mean costs over the living members."""
    living = max(1, int(gathered.alive.sum()))
    limits = asked.limits
    return Binding(
        limits.limits, limits.elements, limits.years, gathered.binding / living, gathered.cost / living
    )


def fans(
    scenario: Scenario, asked: Questions, gathered: Gathered, results: Sequence[GoalResult]
) -> tuple[SeriesFan, ...]:
    """Every series of the view, in its order, with its history up to `as_of`."""
    table = gathered.fan_quantiles(QUANTILE_LEVELS)
    by_goal = {r.goal.id: r for r in results}
    count = len(asked.years)

    def fan(row: int, series: ViewSeries) -> SeriesFan:
        found = by_goal.get(series.goal)
        return SeriesFan(
            series.id,
            series.name,
            series.unit,
            asked.years,
            table[:, row * count : (row + 1) * count],
            history(scenario, series),
            found.goal if found else None,
            found,
        )

    return tuple(fan(row, series) for row, series in enumerate(scenario.view.series))


def history(scenario: Scenario, series: ViewSeries) -> tuple[Observation, ...]:
    """Rows of the history file that belong to a series, known by `as_of`, in the unit of the series, by year."""
    wanted = {(k.variable, k.entity) for k in series.history}
    rows = [o for o in scenario.history if (o.variable, o.entity) in wanted and o.year <= scenario.last_known]
    return tuple(sorted((_in_unit(o, series.unit) for o in rows), key=lambda o: (o.year, o.variable)))


def _in_unit(row: Observation, unit: str) -> Observation:
    factor = conversion(parse_unit(row.unit, own=True), parse_unit(unit, own=True))
    low, high = (None if bound is None else bound * factor for bound in (row.low, row.high))
    return replace(row, value=row.value * factor, low=low, high=high, unit=unit)


def joints(
    scenario: Scenario,
    asked: Questions,
    gathered: Gathered,
    parts: Sequence[Replicate],
    effective: float | None = None,
) -> dict[str, Joint]:
    """Probability that all first readings of judged goals are met together: 'all', then each area in file order."""
    first = [(row, g.goal) for row, g in enumerate(asked.goals) if not g.goal.reading_of]
    groups: dict[str, list[tuple[int, Goal]]] = {"all": first} if first else {}
    for row, goal in first:
        groups.setdefault(goal.area, []).append((row, goal))

    def joint(members: Sequence[tuple[int, Goal]]) -> Joint:
        together: NDArray[np.bool_] = np.ones(gathered.members, dtype=np.bool_)
        for row, _ in members:
            together &= gathered.met[row]
        share = probability(together, gathered.alive, parts, effective)
        return Joint(tuple(goal.id for _, goal in members), Probability(*share[:3]))

    return {name: joint(members) for name, members in groups.items()}
