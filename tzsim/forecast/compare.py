"""compare: what changes between scenarios, member by member: same draws, same shocks.

Draws are keyed by seed, name and member, so whatever two scenarios share they draw alike, and a lever or variable
that only one of them has disturbs nothing. Differences are taken within members that live in both runs (see `paired`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from tzsim.errors import Address, InputError, Problem, both
from tzsim.forecast.answer_table import AnswerTable
from tzsim.forecast.compare_tables import comparison_table
from tzsim.forecast.labels import measure_formula
from tzsim.forecast.paired import Difference, paired_means, paired_shares
from tzsim.forecast.result import Forecast
from tzsim.forecast.run import Progress, forecast
from tzsim.measures import quantities
from tzsim.record import VERSION, canonical_json, sha256
from tzsim.scenario import Goal, Scenario, Text2
from tzsim.unit_names import unit_of

if TYPE_CHECKING:
    import pandas as pd

Verdict = Literal["gains", "loses", "unclear", "same"]
FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Change:
    """One goal under one scenario against the base. Measures in the goal's unit."""

    scenario: str
    goal: Goal
    members: int
    """Members that live in both runs; the measure's difference leaves out those where it is no finite number."""
    base_probability: float
    probability: float
    base_mean: float | None
    mean: float | None
    probability_difference: Difference
    measure_difference: Difference | None
    won: int
    """Members that meet the goal under the other scenario only."""
    lost: int
    """Members that meet it under the base only."""
    verdict: Verdict
    """Of the probability: 'gains' or 'loses' where the interval excludes 0, 'same' where no member changed."""
    restated: Goal | None = None
    """The goal as the other scenario states it, where its target differs from the base's: each probability is of its own target."""

    @property
    def target_change(self) -> Text2 | None:
        """'220 → 240 万吨' where the targets differ, with the comparisons where these differ too."""
        return None if self.restated is None else target_change(self.goal, self.restated)

    @property
    def matters(self) -> bool:
        """Whether tables and charts show it: some member meets the goal in one scenario only, or the targets differ."""
        return self.verdict != "same" or self.restated is not None

    @property
    def untouched(self) -> bool:
        """Whether the measure too is the same in every member."""
        m = self.measure_difference
        return self.verdict == "same" and (m is None or (m.value, m.low, m.high) == (0.0, 0.0, 0.0))


@dataclass(frozen=True, repr=False)
class Comparison:
    """The first scenario is the base that the others are compared with."""

    forecasts: tuple[Forecast, ...]
    changes: tuple[Change, ...]
    """Scenario by scenario, goals in the order of the base's file."""
    notes: tuple[Text2, ...]
    """Targets that differ, goals that are not compared and why, and members that failed."""

    @property
    def run_id(self) -> str:
        """Hash of the run ids compared, in order."""
        ids = [f.run_id for f in self.forecasts]
        return sha256(canonical_json({"compare": ids, "version": VERSION}).encode())[:16]

    def gains(self, scenario: str) -> tuple[str, ...]:
        """Goals whose probability rises for sure."""
        return tuple(c.goal.id for c in self.changes if c.scenario == scenario and c.verdict == "gains")

    def loses(self, scenario: str) -> tuple[str, ...]:
        """Goals whose probability falls for sure."""
        return tuple(c.goal.id for c in self.changes if c.scenario == scenario and c.verdict == "loses")

    def table(self) -> AnswerTable:
        """A row for each goal and scenario whose probability changes, the surest and largest first; the others for the file only."""
        return comparison_table(self)

    def to_frame(self) -> pd.DataFrame:
        """The table for computing."""
        return self.table().to_frame()

    def plot(self, lang: Literal["zh", "en"] = "zh") -> Any:
        """Change of each goal's probability with its paired interval."""
        import tzsim

        return tzsim.comparison_chart(self, lang)

    def __repr__(self) -> str:
        ids = ", ".join(f.scenario.id for f in self.forecasts)
        return f"Comparison({ids}: {len(self.changes)} changes, {self.forecasts[0].members} members)"

    def _repr_html_(self) -> str:
        return self.table().html()


def compare(
    scenarios: Sequence[Scenario],
    *,
    draws: int | None = None,
    seed: int | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Run every scenario with the same members and take differences from the first.

    draws, seed: default to those of the first scenario. Above 20,000 members the differences use the first 20,000.
    Raises InputError for fewer than two scenarios, two different ones of one id, or no goal judged in common.
    """
    if len(scenarios) < 2:
        said = both("比较至少要两个情景", "a comparison needs at least two scenarios")
        raise InputError.one(said, hint=both("基准写在最前", "name the base first"))
    first = scenarios[0]
    _check_ids(scenarios)
    members = draws or first.draws
    root = first.seed if seed is None else seed
    runs: dict[str, Forecast] = {}
    done: list[Forecast] = []
    for scenario in scenarios:
        same = replace(scenario, draws=members, seed=root)
        if scenario.id not in runs:
            runs[scenario.id] = forecast(same, threads=threads, progress=progress)
        done.append(runs[scenario.id])
    base = done[0]
    changes = tuple(c for other in done[1:] for c in differences(base, other))
    if not changes:
        said = both("这些情景没有可以配对的目标", "the scenarios have no judged goal in common")
        raise InputError.one(said, Address(str(first.path)), _why_none(done))
    return Comparison(tuple(done), changes, _notes(done, changes))


def _check_ids(scenarios: Sequence[Scenario]) -> None:
    seen: dict[str, Scenario] = {}
    problems: list[Problem] = []
    for scenario in scenarios:
        known = seen.setdefault(scenario.id, scenario)
        if known.path != scenario.path:
            problems.append(
                Problem(
                    Address(str(scenario.path)),
                    both(f"有两个情景都叫“{scenario.id}”", f"two scenarios are called '{scenario.id}'"),
                    both("给其中一个文件改名", "rename one"),
                )
            )
    if problems:
        raise InputError(problems)


def _why_none(done: Sequence[Forecast]) -> str:
    """The goals that both judge, and why none of them is a pair."""
    reasons = _notes(done, ())
    return both("；".join(r.zh for r in reasons), "; ".join(r.en for r in reasons))


def differences(base: Forecast, other: Forecast) -> tuple[Change, ...]:
    """Every goal whose measure both forecasts judge, each by its own target; members of the same number are paired."""
    return tuple(
        _change(base, other, row, other.judged.index(id))
        for row, id in enumerate(base.judged)
        if id in other.judged and measured_otherwise(base.result(id).goal, other.result(id).goal) is None
    )


def measured_otherwise(goal: Goal, other: Goal) -> Text2 | None:
    """Why two statements of a goal measure different things, so that no member of one can be set against the other's; None where they do not."""
    if goal.unit != other.unit:
        return Text2(f"单位 {goal.unit} → {other.unit}", f"unit {goal.unit} → {other.unit}")
    when = [g.each_year or (g.date,) for g in (goal, other)]
    if goal.measure == other.measure and goal.each_year == other.each_year:
        if goal.each_year and goal.documented != other.documented:
            return Text2("已公布的数据不同", "another documented figure")
        return None
    if when[0] != when[1]:
        old, new = (", ".join("—" if t is None else f"{t:g}" for t in w) for w in when)
        return Text2(f"期限 {old} → {new}", f"due {old} → {new}")
    old, new = (_counted(g) for g in (goal, other))
    if old != new:
        return Text2(f"变量 {old} → {new}", f"variable {old} → {new}")
    old, new = (measure_formula(g.measure) for g in (goal, other))
    return Text2(f"计量方式 {old} → {new}", f"form {old} → {new}")


def _counted(goal: Goal) -> str:
    """The references to the model that a goal's measure makes."""
    found = () if goal.measure is None else quantities(goal.measure)
    return ", ".join(dict.fromkeys(q.text for q in found))


def target_change(goal: Goal, restated: Goal) -> Text2:
    """'850 → 900 亿元', '85 → 90 bn yuan': both targets, with comparison and tolerance where these differ."""
    full = (goal.comparison, goal.tolerance) != (restated.comparison, restated.tolerance)
    unit = unit_of(goal.unit)
    zh, en = (
        f"{_target(goal, full, by)} → {_target(restated, full, by)} {name}".strip()
        for by, name in ((1.0, unit.zh), (unit.english_scale, unit.en))
    )
    return Text2(zh, en)


def _target(goal: Goal, full: bool, by: float) -> str:
    value = f"{goal.value * by:.10g}"
    if not full:
        return value
    if goal.comparison == "≈ at least":
        return f"≈{value} (≥{(goal.value - goal.tolerance) * by:.10g})"
    return (
        f"≈{value}±{goal.tolerance * by:.10g}"
        if goal.tolerance
        else f"{'≥' if goal.comparison == '>=' else '≤'}{value}"
    )


def _change(base: Forecast, other: Forecast, i: int, j: int) -> Change:
    count = min(base.measures.shape[1], other.measures.shape[1])
    alive = np.ones(count, dtype=np.bool_)
    for run in (base, other):
        alive[[m for m in run.failed_members if m < count]] = False
    met = base.met[i, :count][alive], other.met[j, :count][alive]
    values = base.measures[i, :count][alive], other.measures[j, :count][alive]
    finite = np.isfinite(values[0]) & np.isfinite(values[1])
    before, after = values[0][finite], values[1][finite]
    identical = bool(np.array_equal(values[0], values[1], equal_nan=True) and np.array_equal(met[0], met[1]))
    won, lost = int((met[1] & ~met[0]).sum()), int((met[0] & ~met[1]).sum())
    share = paired_shares(met[0], met[1], identical)
    known = len(before) > 0
    verdict: Verdict = (
        "same"
        if not won and not lost
        else "gains"
        if share.low > 0
        else "loses"
        if share.high < 0
        else "unclear"
    )
    goal, restated = base.result(base.judged[i]).goal, other.result(other.judged[j]).goal
    return Change(
        other.scenario.id,
        goal,
        int(alive.sum()),
        _mean(met[0]),
        _mean(met[1]),
        float(before.mean()) if known else None,
        float(after.mean()) if known else None,
        share,
        paired_means(before, after) if known else None,
        won,
        lost,
        verdict,
        restated if _asked(goal) != _asked(restated) else None,
    )


def _asked(goal: Goal) -> tuple[object, ...]:
    return (goal.comparison, goal.value, goal.tolerance)


def _mean(met: NDArray[np.bool_]) -> float:
    return float(met.mean()) if len(met) else float("nan")


def _notes(done: Sequence[Forecast], changes: Sequence[Change]) -> tuple[Text2, ...]:
    base = done[0]
    lines: list[Text2] = []
    for run in done:
        zh, en = run.scenario.name.zh, run.scenario.name.en
        if run.failed:
            lines.append(
                Text2(
                    f"{zh}：{run.failed} 次模拟失败，已从比较中剔除",
                    f"{en}: {run.failed} members failed and are left out of its differences",
                )
            )
    for run in done[1:]:
        zh, en = run.scenario.name.zh, run.scenario.name.en
        targets = [
            (c.goal.id, t) for c in changes if c.scenario == run.scenario.id and (t := c.target_change)
        ]
        if targets:
            lines.append(
                Text2(
                    f"* {zh}：目标值不同，各按自己的目标值计算概率：{'；'.join(f'{id} {t.zh}' for id, t in targets)}",
                    f"* {en}: the target differs, each probability is of its own: {'; '.join(f'{id} {t.en}' for id, t in targets)}",
                )
            )
        apart = sorted(set(base.judged) ^ set(run.judged))
        if apart:
            lines.append(
                Text2(
                    f"{zh}：只在一个情景中评判：{'、'.join(apart)}",
                    f"{en}: judged in one scenario only: {', '.join(apart)}",
                )
            )
        both_judge = [(base.result(id).goal, run.result(id).goal) for id in base.judged if id in run.judged]
        reasons = [(g.id, why) for g, o in both_judge if (why := measured_otherwise(g, o)) is not None]
        if reasons:
            lines.append(
                Text2(
                    f"{zh}：指标本身不同，不作比较：{'；'.join(f'{id}（{why.zh}）' for id, why in reasons)}",
                    f"{en}: not compared, the measure itself differs: {'; '.join(f'{id} ({why.en})' for id, why in reasons)}",
                )
            )
    return tuple(dict.fromkeys(lines))
