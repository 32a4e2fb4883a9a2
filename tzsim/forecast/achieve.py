"""achieve: the least-cost change of the levers that brings goals to a wanted probability, confirmed on fresh members.

Every setting of the levers is tried on the same members (common random numbers). Each member has a margin: how far the worst of
the goals is from being met, in standard deviations of its measure. The goals are met together in a share p of n members exactly when
the ceil(p n)-th largest margin is not negative, and that margin moves continuously with the levers where the share jumps. The cheapest
point found is then run with another seed: its probability and the side effects are those of members that the search never saw.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tzsim.ensemble.probability import jeffreys
from tzsim.errors import Address, InputError, Problem, nearest
from tzsim.forecast.answer_table import AnswerTable, Column
from tzsim.forecast.compare import Comparison, compare
from tzsim.forecast.least_cost import least_cost
from tzsim.forecast.result import Forecast, Probability
from tzsim.forecast.sample import Sampler, sampler
from tzsim.record import VERSION, canonical_json, sha256
from tzsim.scenario import Goal, Lever, Scenario, Text2

FloatArray = NDArray[np.float64]

SEARCH_MEMBERS = 500
SEARCH_RUNS = 300


@dataclass(frozen=True, slots=True)
class Move:
    """One lever: from the scenario's value to the one found, and what that costs (亿元, on the lever's cost basis)."""

    lever: Lever
    before: float
    after: float
    cost: float


@dataclass(frozen=True, repr=False)
class Achievement:
    """What would make it so, or the best there is."""

    goals: tuple[Goal, ...]
    wanted: float
    reachable: bool
    """Whether the search's own members reach the wanted probability."""
    moves: tuple[Move, ...]
    """Every lever that has a cost, moved or not."""
    cost: float
    """Sum of the moves' costs; levers paid once and levers paid each year are added as their table states them."""
    searched: float
    """Joint probability on the members of the search; biased upwards, since the search chose by it."""
    confirmed: Probability
    """Joint probability on fresh members."""
    before: Probability
    """The same without any move."""
    effects: Comparison
    """The scenario against itself with the moves, on the fresh members: side effects on every goal."""
    runs: int
    """Settings tried."""

    @property
    def run_id(self) -> str:
        """Hash of the runs confirmed, the goals and the wanted probability."""
        made = {"achieve": [g.id for g in self.goals], "runs": self.effects.run_id, "wanted": self.wanted}
        return sha256(canonical_json(made | {"version": VERSION}).encode())[:16]

    def tables(self) -> dict[str, AnswerTable]:
        """levers and effects, by name."""
        p, b, w = self.confirmed, self.before, self.wanted
        ids = ", ".join(g.id for g in self.goals)
        if self.reachable:
            head = Text2(
                f"{ids} 达到 {w:.0%} 的最低成本：{self.cost:.4g} 亿元",
                f"least cost for {ids} at {w:.0%}: {self.cost:.4g} (100 million yuan)",
            )
        else:
            head = Text2(
                f"{ids} 达不到 {w:.0%}：各手段用尽，最高约 {p.value:.1%}",
                f"{ids} at {w:.0%} is not reachable with these levers: the best found is {p.value:.1%}",
            )
        line = Text2(
            f"新抽样检验：{p.value:.1%}（95%区间 {p.low:.1%}—{p.high:.1%}）；不采取措施 {b.value:.1%}",
            f"on fresh members: {p.value:.1%} (95 % interval {p.low:.1%} to {p.high:.1%}); without any move {b.value:.1%}",
        )
        rows = tuple(
            (m.lever.id, m.lever.name, m.lever.unit, m.before, m.after, m.cost, m.lever.cost_basis)
            for m in self.moves
        )
        columns = tuple(Column(id, Text2(zh, en)) for id, zh, en in _COLUMNS)
        title = Text2("怎样才能达成", "What would make it so")
        return {"levers": AnswerTable(title, columns, rows, (head, line)), "effects": self.effects.table()}

    def plot(self, lang: Literal["zh", "en"] = "zh") -> Any:
        """Side effects: the change of every goal's probability."""
        return self.effects.plot(lang)

    def __repr__(self) -> str:
        what = f"cost {self.cost:.4g}" if self.reachable else "not reachable"
        return f"Achievement({', '.join(g.id for g in self.goals)} at {self.wanted:g}: {what}, confirmed {self.confirmed.value:.3f})"

    def _repr_html_(self) -> str:
        return "".join(table.html() for table in self.tables().values())


def achieve(
    scenario: Scenario,
    goals: Sequence[str],
    *,
    probability: float = 0.8,
    members: int = SEARCH_MEMBERS,
    runs: int = SEARCH_RUNS,
    threads: int | None = None,
) -> Achievement:
    """Least-cost change of the scenario's levers with which `goals` are met together with this probability.

    Levers without a cost in the table are left alone; each of the others stays in its range. members, runs: of the
    search. The confirmation uses the scenario's draws with the next seed.
    Raises InputError for goals that are not judged, a probability outside (0, 1), or no lever with a cost.
    """
    asked = _asked(scenario, goals, probability)
    levers = tuple(v for v in scenario.lever_table if v.cost is not None)
    if not levers:
        raise InputError.one(
            "no lever has a cost", Address(str(scenario.path)), "give levers a cost in the lever table"
        )
    before = np.array([_now(scenario, v) for v in levers])
    low, high = np.array([v.low for v in levers]), np.array([v.high for v in levers])
    price = np.array([v.cost or 0.0 for v in levers])

    def settings(x: FloatArray) -> dict[str, float]:
        values = (low + x * (high - low)).tolist()
        return {e: float(value) for v, value in zip(levers, values, strict=True) for e in v.elements}

    def cost(x: FloatArray) -> float:
        return float(price @ np.abs(low + x * (high - low) - before))

    start = (before - low) / (high - low)
    measures = [m for g in asked for _, m in g.yearly_measures]
    engine = sampler(scenario, measures, members=members, movable=settings(start), threads=threads)
    scales = _scales(engine.run({}, 0, members))
    place = ceil(probability * members - 1e-9)

    def quantile(x: FloatArray) -> float:
        found = margins(asked, engine.run(settings(x), 0, members), scales)
        return float(-np.partition(-found, place - 1)[place - 1])

    found = least_cost(cost, quantile, len(levers), runs=runs, start=start)
    after = low + found.x * (high - low)
    searched = float((_margin_at(engine, settings(found.x), asked, scales, members) >= 0).mean())
    moved = replace(
        scenario,
        id=f"{scenario.id} moved",
        name=_moved_name(scenario),
        fixed=dict(scenario.fixed) | settings(found.x),
    )
    effects = compare([scenario, moved], seed=scenario.seed + 1, threads=threads)
    moves = tuple(
        Move(v, float(b), float(a), float(c * abs(a - b)))
        for v, b, a, c in zip(levers, before, after, price, strict=True)
    )
    return Achievement(
        asked,
        probability,
        found.reachable,
        moves,
        found.cost,
        searched,
        _joint(effects.forecasts[1], asked),
        _joint(effects.forecasts[0], asked),
        effects,
        found.runs,
    )


def _asked(scenario: Scenario, goals: Sequence[str], probability: float) -> tuple[Goal, ...]:
    judged = {g.id: g for g in scenario.goals if g.status == "judged" and g.measure is not None}
    problems = [
        Problem(Address(str(scenario.path)), f"the scenario judges no goal '{id}'", nearest(id, judged))
        for id in goals
        if id not in judged
    ]
    if not goals:
        problems.append(Problem(None, "no goal is named"))
    if not 0 < probability < 1:
        problems.append(Problem(None, f"the probability {probability:g} does not lie between 0 and 1"))
    if problems:
        raise InputError(problems)
    return tuple(judged[id] for id in dict.fromkeys(goals))


def _now(scenario: Scenario, lever: Lever) -> float:
    return scenario.levers.get(lever.id, lever.neutral)


def _moved_name(scenario: Scenario) -> Text2:
    return Text2(f"{scenario.name.zh}（采取措施）", f"{scenario.name.en} with the moves")


def _scales(values: FloatArray) -> FloatArray:
    """Standard deviation of each measure (measure, member), 1 where it does not vary."""
    scales = np.ones(len(values))
    for row, found in enumerate(values):
        good = found[np.isfinite(found)]
        if len(good) > 1 and good.std() > 0:
            scales[row] = good.std()
    return scales


def margins(goals: Sequence[Goal], values: FloatArray, scales: FloatArray) -> FloatArray:
    """(member,): how far the worst goal is from being missed; not negative exactly where all are met.

    values: (measure, member), the yearly measures of each goal in turn; a value that is not finite is -inf.
    """
    worst = np.full(values.shape[1], np.inf)
    row = 0
    for goal in goals:
        for _ in goal.yearly_measures:
            x, scale = values[row], scales[row]
            if goal.comparison == ">=":
                margin = x - goal.value
            elif goal.comparison == "<=":
                margin = goal.value - x
            elif goal.comparison == "≈ at least":
                margin = x - (goal.value - goal.tolerance)
            else:
                margin = goal.tolerance - np.abs(x - goal.value)
            worst = np.minimum(worst, np.where(np.isfinite(x), margin / scale, -np.inf))
            row += 1
    return worst


def _margin_at(
    engine: Sampler, settings: dict[str, float], goals: Sequence[Goal], scales: FloatArray, members: int
) -> FloatArray:
    return margins(goals, engine.run(settings, 0, members), scales)


def _joint(run: Forecast, goals: Sequence[Goal]) -> Probability:
    rows = [run.judged.index(g.id) for g in goals]
    together = np.logical_and.reduce(run.met[rows], axis=0)
    return Probability(*jeffreys(int(together.sum()), run.members - run.failed))


_COLUMNS = (
    ("lever", "手段", "lever"),
    ("name", "名称", "name"),
    ("unit", "单位", "unit"),
    ("before", "现值", "before"),
    ("after", "调整后", "after"),
    ("cost", "成本（亿元）", "cost (100 million yuan)"),
    ("cost_basis", "成本口径", "cost basis"),
)
