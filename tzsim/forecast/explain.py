"""explain: what holds a goal back, what moves it, which futures miss it, and how far each limit accounts for the gap."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tzsim.ensemble.draws import Draws
from tzsim.errors import Address, InputError, SimulationError, nearest
from tzsim.forecast.answer_table import AnswerTable, Column
from tzsim.forecast.discovery import Box, Quality, confirmed, discover, quality
from tzsim.forecast.drivers import Drivers, drivers
from tzsim.forecast.gap import Gap, split_gap
from tzsim.forecast.gather import EXACT_MEMBERS
from tzsim.forecast.result import NONE_BINDS, Forecast
from tzsim.forecast.run import Progress, forecast
from tzsim.forecast.sample import members_of
from tzsim.names import key
from tzsim.record import VERSION, canonical_json, sha256
from tzsim.scenario import Goal, Scenario, Text2

FloatArray = NDArray[np.float64]
Interest = Literal["missed", "met"]

SHOWN = 20
"""Drivers in the printed table; the CSV file has them all."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Which futures miss (or meet) the goal, found on half of the members and judged on the other half.

    of: the rarer outcome, which the rule describes. inputs: names by the row numbers of the box.
    """

    of: Interest
    box: Box
    inputs: tuple[str, ...]
    fresh: Quality


@dataclass(frozen=True, repr=False)
class Explanation:
    """One goal of one forecast explained."""

    forecast: Forecast
    goal: Goal
    drivers: Drivers
    rule: Rule | None
    """None where no rule beats chance on fresh members."""
    gap: Gap | str
    """In words why, where the gap cannot be split."""

    @property
    def run_id(self) -> str:
        """Hash of the forecast's run id and the goal."""
        text = canonical_json({"explain": self.goal.id, "run": self.forecast.run_id, "version": VERSION})
        return sha256(text.encode())[:16]

    def tables(self) -> dict[str, AnswerTable]:
        """binds, drivers, rule and gap, by name."""
        return {
            "binds": self._binds(),
            "drivers": self._drivers(),
            "rule": self._rule(),
            "gap": self._gap(),
        }

    def plot(self, lang: Literal["zh", "en"] = "zh") -> Any:
        """The strongest inputs against the noise floor."""
        import tzsim

        return tzsim.drivers_chart(self, lang)

    def _binds(self) -> AnswerTable:
        binding = self.forecast.binding
        wanted = {key(name) for name in self.goal.limits_of}
        rows = tuple(
            (element, str(year), limit, float(binding.share[e, y, k]), _cost(binding.cost, e, y, k))
            for e, element in enumerate(binding.elements)
            if key(element) in wanted
            for y, year in enumerate(binding.years)
            for k, limit in enumerate((*binding.limits, NONE_BINDS))
        )
        return _table(Text2("制约因素", "What binds"), _BINDS, rows, () if rows else (_NO_LIMITS,))

    def _drivers(self) -> AnswerTable:
        rows = tuple(
            (d.name, d.distance, d.variance, d.met_median, d.missed_median, _YES if d.above_floor else _NO)
            for d in self.drivers.rows
        )
        above, floor = len(self.drivers.above), self.drivers.floor
        if np.isnan(floor):
            line = Text2(
                "所有模拟结果相同（全部达成或全部未达成），按方差份额排序",
                "every member ends alike (all met or all missed); ranked by share of variance",
            )
        else:
            line = Text2(
                f"噪声线 {floor:.3f}，高于噪声线的有 {above} 项",
                f"noise floor {floor:.3f}; {above} inputs lie above it",
            )
        return _table(Text2("影响因素", "What moves it"), _DRIVERS, rows, (line,))

    def _rule(self) -> AnswerTable:
        rule = self.rule
        missed = rule is None or rule.of == "missed"
        title = (
            Text2("哪些情形未达成", "Which futures miss it")
            if missed
            else Text2("哪些情形达成", "Which futures meet it")
        )
        if rule is None:
            said = Text2("没有比随机更好的简短规则", "no short rule beats chance on fresh members")
            return _table(title, _RULE, (), (said,))
        q = rule.fresh
        line = Text2(
            f"在未用于寻找规则的模拟中：覆盖 {q.coverage:.0%}，密度 {q.density:.0%}（总体 {q.base:.0%}）",
            f"on fresh members: coverage {q.coverage:.0%}, density {q.density:.0%} (among all {q.base:.0%})",
        )
        rows = tuple((rule.inputs[r.input], _end(r.low), _end(r.high)) for r in rule.box.restrictions)
        return _table(title, _RULE, rows, (line,))

    def _gap(self) -> AnswerTable:
        title = Text2(f"差距分解（{self.goal.unit}）", f"The gap ({self.goal.unit})")
        gap = self.gap
        if isinstance(gap, str):
            return _table(title, _GAP, (), (Text2(gap, gap),))
        rows = (*gap.parts, (_REST, gap.rest), (_WHOLE, gap.gap))
        return _table(title, _GAP, rows)

    def __repr__(self) -> str:
        return f"Explanation({self.forecast.scenario.id} {self.goal.id}: {len(self.drivers.above)} inputs above the floor)"

    def _repr_html_(self) -> str:
        tables = self.tables()
        tables["drivers"] = replace(tables["drivers"], rows=tables["drivers"].rows[:SHOWN])
        return "".join(table.html() for table in tables.values())


def explain(
    scenario: Scenario, goal: str, *, threads: int | None = None, progress: Progress | None = None
) -> Explanation:
    """Explain a judged goal of a scenario from an ensemble of its members (the first 20,000 at most).

    Raises InputError for a goal that is not there or not judged, SimulationError where nothing runs.
    """
    asked = next((g for g in scenario.goals if g.id == goal), None)
    if asked is None or asked.status != "judged":
        judged = [g.id for g in scenario.goals if g.status == "judged"]
        what = "has no goal" if asked is None else "does not judge"
        hint = nearest(goal, judged) or "judged are " + ", ".join(judged)
        raise InputError.one(f"the scenario {what} '{goal}'", Address(str(scenario.path)), hint)
    scenario = replace(scenario, draws=min(scenario.draws, EXACT_MEMBERS))
    result = forecast(scenario, threads=threads, progress=progress)
    row = result.judged.index(goal)
    alive = np.ones(result.members, dtype=np.bool_)
    alive[list(result.failed_members)] = False
    if alive.sum() < 20:
        raise SimulationError(f"{int(alive.sum())} members are too few to explain anything; use at least 20")
    drawn = members_of(scenario, scenario.draws)
    names, inputs = _inputs(drawn, asked)
    met, values = result.met[row][alive], result.measures[row][alive]
    moved = drivers(names, inputs[:, alive], met, values, seed=scenario.seed)
    rule = _find_rule(moved, names, inputs[:, alive], met)
    gap = split_gap(scenario, asked, members=min(scenario.draws, 2000), threads=threads)
    return Explanation(result, asked, moved, rule, gap)


def _inputs(drawn: Draws, goal: Goal) -> tuple[tuple[str, ...], FloatArray]:
    """Constants and shocks (input, member); shocks that start after the goal is due are left out."""
    block = drawn.block()
    end = max(year for year, _ in goal.yearly_measures) + 1
    times = [(s.name, s.start + k * s.period) for s in drawn.series for k in range(s.count)]
    keep = [i for i, (_, time) in enumerate(times) if time < end]
    names = (*drawn.names, *(f"{times[i][0]} @ {times[i][1]:g}" for i in keep))
    return names, np.concatenate([block.values, block.knots[keep]])


def _find_rule(
    moved: Drivers, names: tuple[str, ...], inputs: FloatArray, met: NDArray[np.bool_]
) -> Rule | None:
    wanted = {d.name for d in moved.above[:SHOWN]}
    rows = [i for i, name in enumerate(names) if name in wanted]
    if not rows:
        return None
    of: Interest = "missed" if met.mean() >= 0.5 else "met"
    interest = ~met if of == "missed" else met
    half = len(met) // 2
    some = inputs[rows]
    box = discover(some[:, :half], interest[:half])
    if box is None:
        return None
    fresh = quality(box, some[:, half:], interest[half:])
    return Rule(of, box, tuple(names[i] for i in rows), fresh) if confirmed(fresh) else None


def _cost(cost: FloatArray, e: int, y: int, k: int) -> float | None:
    return float(cost[e, y, k]) if k < cost.shape[2] else None


def _end(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _table(
    title: Text2,
    columns: tuple[tuple[str, str, str], ...],
    rows: tuple[tuple[str | float | Text2 | None, ...], ...],
    lines: tuple[Text2, ...] = (),
) -> AnswerTable:
    return AnswerTable(title, tuple(Column(id, Text2(zh, en)) for id, zh, en in columns), rows, lines)


_NO_LIMITS = Text2("该目标没有记录制约因素", "no limits are recorded for this goal")
_YES, _NO = Text2("是", "yes"), Text2("否", "no")
_REST = Text2("其余（不由所记录的制约因素解释）", "the rest, not explained by a recorded limit")
_WHOLE = Text2("差距合计", "gap in all")
_BINDS = (
    ("element", "集群", "element"),
    ("year", "年份", "year"),
    ("limit", "制约因素", "limit"),
    ("share", "模拟份额", "share of members"),
    ("cost", "平均产出损失份额", "mean share of output lost"),
)
_DRIVERS = (
    ("input", "输入", "input"),
    ("distance", "KS距离", "KS distance"),
    ("variance", "方差份额", "share of variance"),
    ("met_median", "达成时中位数", "median when met"),
    ("missed_median", "未达成时中位数", "median when missed"),
    ("above_floor", "高于噪声", "above noise"),
)
_RULE = (("input", "输入", "input"), ("from", "不低于", "at least"), ("to", "不高于", "at most"))
_GAP = (("part", "部分", "part"), ("value", "数值", "value"))
