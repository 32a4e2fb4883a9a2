"""robustness: each probability at both ends of every structural doubt, and under the other readings of its goal.

The doubts are those of the view. A doubt is moved to the 10 % and to the 90 % point of its prior in all its elements at once, on the same
members; what else a posterior knows of the members stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from tzsim.ensemble.probability import jeffreys
from tzsim.forecast.answer_table import AnswerTable, Heading
from tzsim.forecast.asked import goals_asked, judged_goals
from tzsim.forecast.paired import Difference, paired_shares
from tzsim.forecast.result import Probability
from tzsim.forecast.sample import Sampler, sampler
from tzsim.measures import Measure
from tzsim.names import key
from tzsim.record import VERSION, canonical_json, sha256
from tzsim.scenario import Goal, Scenario, Text2

if TYPE_CHECKING:
    import pandas as pd

BoolArray = NDArray[np.bool_]

MEMBERS = 2_000
ENDS = (0.1, 0.9)
"""Points of the prior at which a doubt is held."""


@dataclass(frozen=True, slots=True)
class Case:
    """One goal in one case. change: against the probability as drawn, on the same members; None for another reading."""

    goal: str
    kind: Literal["as drawn", "doubt", "reading"]
    name: Text2
    probability: Probability
    change: Difference | None


@dataclass(frozen=True, repr=False)
class Robustness:
    """Goal by goal: as drawn, at both ends of each doubt, and under other readings."""

    scenario: Scenario
    cases: tuple[Case, ...]
    members: int
    notes: tuple[Text2, ...] = ()

    @property
    def run_id(self) -> str:
        """Hash of what the answer was made from."""
        made = {
            "robustness": [c.goal for c in self.cases],
            "files": dict(self.scenario.files),
            "members": self.members,
        }
        return sha256(canonical_json(made | {"seed": self.scenario.seed, "version": VERSION}).encode())[:16]

    def of(self, goal: str) -> tuple[Case, ...]:
        """The cases of one goal."""
        return tuple(c for c in self.cases if c.goal == goal)

    def range(self, goal: str) -> tuple[float, float]:
        """Least and largest probability over all cases of a goal."""
        values = [c.probability.value for c in self.of(goal)]
        return min(values), max(values)

    def table(self) -> AnswerTable:
        """A row for each goal and case."""
        rows = tuple(
            (
                *(c.goal, _KINDS[c.kind], c.name, c.probability.value, c.probability.low, c.probability.high),
                *((c.change.value, c.change.low, c.change.high) if c.change else (None, None, None)),
            )
            for c in self.cases
        )
        title = Text2(
            "稳健性：结构疑问和其他理解之下的概率",
            "Robustness: probabilities under structural doubts and other readings",
        )
        lines: list[Text2] = []
        for goal in dict.fromkeys(c.goal for c in self.cases):
            low, high = self.range(goal)
            lines.append(Text2(f"{goal}：{low:.1%} 至 {high:.1%}", f"{goal}: from {low:.1%} to {high:.1%}"))
        return AnswerTable.of(title, _COLUMNS, rows, (*lines[:8], *self.notes))

    def to_frame(self) -> pd.DataFrame:
        """The table for computing."""
        return self.table().to_frame()

    def plot(self, lang: Literal["zh", "en"] = "zh", goal: str | None = None) -> Any:
        """The probabilities of one goal (default: the first) in every case."""
        import tzsim

        return tzsim.robustness_chart(self, goal or self.cases[0].goal, lang)

    def __repr__(self) -> str:
        goals = dict.fromkeys(c.goal for c in self.cases)
        return f"Robustness({self.scenario.id}: {len(goals)} goals, {len(self.cases)} cases, {self.members} members)"

    def _repr_html_(self) -> str:
        return self.table().html()


def robustness(
    scenario: Scenario,
    goals: str | Sequence[str] | None = None,
    *,
    members: int = MEMBERS,
    threads: int | None = None,
) -> Robustness:
    """Probabilities of goals (ids or names; default: all that are judged) under the view's doubts and other readings.

    Raises InputError for a goal that is not judged.
    """
    judged = {g.id: g for g in judged_goals(scenario)}
    asked = goals_asked(scenario, judged if goals is None else goals)
    others = {g.id: [o for o in judged.values() if o is not g and _row(o) == _row(g)] for g in asked}
    needed = list(
        dict.fromkeys([*(g.id for g in asked), *(o.id for several in others.values() for o in several)])
    )
    measures: list[Measure] = [m for id in needed for _, m in judged[id].yearly_measures]
    priors = {key(p.variable): p for p in scenario.priors}
    notes: list[Text2] = []
    cases: list[tuple[Text2, dict[str, float]]] = []
    for doubt in scenario.view.doubts:
        rows = [
            priors[key(e)]
            for e in doubt.elements
            if key(e) in priors and key(e) not in map(key, scenario.fixed)
        ]
        if not rows or all(p.distribution.kind == "constant" for p in rows):
            said = (f"“{doubt.name.zh}”已固定，未作比较", f"'{doubt.name.en}' is fixed and not compared")
            notes.append(Text2(*said))
            continue
        for share in ENDS:
            settings = {p.variable: float(p.quantile(share)) for p in rows}
            ends = sorted({f"{v:.3g}" for v in settings.values()}, key=float)
            shown = ends[0] if len(ends) == 1 else f"{ends[0]}–{ends[-1]}"
            name = Text2(
                f"{doubt.name.zh}：{share:.0%} 点（{shown}）", f"{doubt.name.en}: {share:.0%} point ({shown})"
            )
            cases.append((name, settings))
    engine = sampler(scenario, measures, members=members, threads=threads)
    drawn = _met(engine, {}, [judged[id] for id in needed], members)
    moved = [(name, _met(engine, settings, asked, members)) for name, settings in cases]
    found: list[Case] = []
    for goal in asked:
        before, alive = drawn[goal.id]
        found.append(Case(goal.id, "as drawn", Text2("按分布抽样", "as drawn"), _share(before[alive]), None))
        for name, results in moved:
            after, living = results[goal.id]
            both = alive & living
            found.append(
                Case(goal.id, "doubt", name, _share(after[living]), paired_shares(before[both], after[both]))
            )
        for other in others[goal.id]:
            met, living = drawn[other.id]
            name = Text2(f"{other.id} {other.reading.zh}", f"{other.id} {other.reading.en}")
            found.append(Case(goal.id, "reading", name, _share(met[living]), None))
    return Robustness(scenario, tuple(found), members, tuple(notes))


def _row(goal: Goal) -> str:
    return goal.reading_of or goal.id


def _share(met: BoolArray) -> Probability:
    return Probability(*jeffreys(int(met.sum()), len(met))[:3])


def _met(
    engine: Sampler, settings: dict[str, float], goals: Sequence[Goal], members: int
) -> dict[str, tuple[BoolArray, BoolArray]]:
    """Goal id -> (met, alive) of each member. A member without a finite value lives and misses the goal."""
    values = engine.run(settings, 0, members)
    alive = np.isfinite(values).any(axis=0)
    rows = {m: values[i] for i, m in enumerate(engine.measures)}
    found: dict[str, tuple[BoolArray, BoolArray]] = {}
    for g in goals:
        together = np.stack([g.met(rows[m]) for _, m in g.yearly_measures]).all(axis=0)
        found[g.id] = (np.asarray(together & alive), np.asarray(alive))
    return found


_KINDS: dict[str, Text2] = {
    "as drawn": Text2("基准", "as drawn"),
    "doubt": Text2("结构疑问", "doubt"),
    "reading": Text2("其他理解", "reading"),
}
_COLUMNS: tuple[Heading, ...] = (
    ("goal", "目标", "goal"),
    ("kind", "类别", "kind"),
    ("case", "情形", "case"),
    ("probability", "概率", "P", "percent"),
    ("probability_low", "95%下限", "95 % from", "percent"),
    ("probability_high", "95%上限", "to", "percent"),
    ("change", "与基准之差（百分点）", "change (points)", "points"),
    ("change_low", "95%下限", "95 % from", "points"),
    ("change_high", "95%上限", "to", "points"),
)
