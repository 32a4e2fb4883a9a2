"""One lever at a time: what each lever of the table does to every goal when it goes to an end of its range.

The same few members run with and without each move (common random numbers), so that differences are paired and small ones show.
This is a first look, at the cost of a few thousand runs; `achieve` combines levers at least cost and confirms on fresh members.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tzsim.forecast.paired import Difference, paired_means, paired_shares
from tzsim.forecast.result import Forecast
from tzsim.forecast.sample import members_behind, sampler
from tzsim.scenario import Goal, Lever

FloatArray = NDArray[np.float64]

MEMBERS = 128


@dataclass(frozen=True, slots=True)
class Effect:
    """One lever, moved alone from `before` to `after` (in the lever's unit), on one goal; intervals are 95 % of sampling error.

    chance: change of the goal's probability. measure: change of the mean of its measure in the goal's unit, None where it has none.
    """

    lever: Lever
    before: float
    after: float
    chance: Difference
    measure: Difference | None

    @property
    def cost(self) -> float | None:
        """亿元, on the lever's cost basis; None where the table states none."""
        return None if self.lever.cost is None else self.lever.cost * abs(self.after - self.before)


@dataclass(frozen=True, slots=True)
class Sweep:
    """Goal id -> every move of one lever, in the order of the lever table; `members` ran each of them."""

    members: int
    effects: Mapping[str, tuple[Effect, ...]]

    def helpful(self, goal: Goal) -> tuple[Effect, ...]:
        """Moves that bring the goal nearer for sure: by its measure, or by its probability; the best first."""
        found = [e for e in self.effects.get(goal.id, ()) if gain(goal, e)[0] > 0]
        return tuple(sorted(found, key=lambda e: tuple(-x for x in gain(goal, e))))


def gain(goal: Goal, effect: Effect) -> tuple[float, float]:
    """(1 where the move helps for sure else 0, gain in probability, then in the measure towards the goal): for ranking."""
    towards = 0.0
    sure = effect.chance.low > 0
    if effect.measure is not None and goal.comparison in (">=", "≈ at least", "<="):
        sign = -1.0 if goal.comparison == "<=" else 1.0
        towards = sign * effect.measure.value
        sure = sure or (
            min(sign * effect.measure.low, sign * effect.measure.high) > 0 and effect.chance.value >= 0
        )
    return (1.0 if sure else 0.0), effect.chance.value + 1e-9 * towards


def sweep(forecast: Forecast, *, members: int = MEMBERS, threads: int | None = None) -> Sweep | None:
    """Move each lever of the scenario's table to the ends of its range, alone; None where there is no lever or no judged goal."""
    scenario = forecast.scenario
    goals = tuple(scenario.goal(id) for id in forecast.judged)
    levers = scenario.lever_table
    if not levers or not goals:
        return None
    members = min(members, forecast.members)
    now = {v.id: scenario.levers.get(v.id, v.neutral) for v in levers}
    movable = {e: now[v.id] for v in levers for e in v.elements}
    measures = [m for g in goals for _, m in g.yearly_measures]
    engine = sampler(
        scenario,
        measures,
        members=members,
        movable=movable,
        threads=threads,
        of=members_behind(forecast, movable),
    )
    base = engine.run({}, 0, members)
    found: dict[str, list[Effect]] = {g.id: [] for g in goals}
    for lever in levers:
        for end in dict.fromkeys((lever.low, lever.high)):
            if end != now[lever.id]:
                moved = engine.run(dict.fromkeys(lever.elements, end), 0, members)
                for goal, effect in _effects(goals, lever, now[lever.id], end, base, moved):
                    found[goal.id].append(effect)
    return Sweep(members, {id: tuple(rows) for id, rows in found.items()})


def _effects(
    goals: tuple[Goal, ...], lever: Lever, before: float, after: float, base: FloatArray, moved: FloatArray
) -> list[tuple[Goal, Effect]]:
    alive = np.isfinite(base).any(axis=0) & np.isfinite(moved).any(axis=0)
    rows: list[tuple[Goal, Effect]] = []
    at = 0
    for goal in goals:
        count = len(goal.yearly_measures)
        old, new = base[at : at + count, alive], moved[at : at + count, alive]
        at += count
        met = [np.logical_and.reduce(goal.met(x), axis=0) for x in (old, new)]
        last = np.isfinite(old[-1]) & np.isfinite(new[-1])
        same = bool(np.array_equal(old, new, equal_nan=True))
        measure = paired_means(old[-1, last], new[-1, last]) if last.any() else None
        rows.append((goal, Effect(lever, before, after, paired_shares(met[0], met[1], same), measure)))
    return rows
