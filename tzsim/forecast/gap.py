"""The distance to a goal, split over the limits that hold output back.

Each limit's part is what the measure would gain in the year of the goal if the output that this limit alone cost that year were
produced, element by element: every flow of the element in that year rises by lost / output, and the measure (amount,
growth, share, mean) is taken again. Recorded costs are 'this limit alone', and earlier years act on through growth; what the
parts do not explain is 'the rest' (negative where the limits cost more than the gap). Limits and rest sum to the gap. Of a goal that
must hold each year, the year with the largest gap is split.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tzsim.ensemble.blocks import in_blocks
from tzsim.ensemble.simulate import run_block
from tzsim.forecast.readings import Kept, LimitMeasures, questions, total
from tzsim.forecast.run import initial_time
from tzsim.forecast.sample import sampler
from tzsim.measures import Measure, Quantity, Readings, evaluate, quantities
from tzsim.names import key, split_element
from tzsim.scenario import Goal, Scenario, Text2
from tzsim.scenario.held_back import WHOLE, carriers, follows

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Gap:
    """All in the goal's unit. gap: value asked minus the mean of the measure."""

    year: float
    mean: float
    gap: float
    parts: tuple[tuple[str, float], ...]
    """(limit, part)."""
    rest: float


def split_gap(scenario: Scenario, goal: Goal, *, members: int, threads: int | None = None) -> Gap | Text2:
    """The gap of a goal, or in words why it cannot be split."""
    asked = questions(scenario, initial_time(scenario))
    limits = asked.limits
    if goal.comparison == "<=":
        return Text2(
            "不适用：目标是上限，制约因素只会压低产出",
            "not applicable: the goal asks for at most, and limits only lower output",
        )
    if goal.comparison == "≈ within":
        return Text2("不适用：目标是一个区间", "not applicable: the goal asks for a value within a band")
    if not limits.limits or not goal.limits_of:
        return Text2("不适用：该目标没有记录制约因素", "not applicable: no limits are recorded for this goal")
    wanted = {key(name) for name in goal.limits_of}
    rows = [i for i, name in enumerate(limits.elements) if key(name) in wanted]
    clock = scenario.clock
    stretches = [(clock.stretch_of(y), y, m) for y, m in goal.yearly_measures]
    years = [(label, y, m) for label, y, m in stretches if label is not None and label in limits.years]
    if not years or not rows:
        zh, en = (clock.said(goal.yearly_measures[-1][0], lang) for lang in ("zh", "en"))
        return Text2(f"不适用：{zh}没有记录制约因素", f"not applicable: no limits are recorded for {en}")
    carried = _carried(scenario, goal, wanted)
    if not carried:
        return Text2(
            "不适用：指标中没有按所记录制约因素的集群分列的量",
            "not applicable: no part of the measure is counted by an element that limits are recorded for",
        )
    engine_measures: list[Measure] = []
    for label, _, measure in years:
        column = limits.years.index(label)
        engine_measures.append(measure)
        engine_measures += [total(Quantity(n, (n,)), label, clock) for n in carried]
        engine_measures += [limits.output[i][column] for i in rows]
        engine_measures += [of[i][column] for of in limits.lost for i in rows]
    engine = sampler(scenario, engine_measures, members=members, threads=threads)

    def work(first: int, count: int) -> FloatArray:
        run = run_block(engine.kernel, engine.drawn, first, count)
        kept = Kept(engine.kernel.outputs, engine.needs.times, run.values)
        found = [
            _lifted(kept, limits, rows, carried, limits.years.index(label), clock.bounds(label), m)
            for label, _, m in years
        ]
        return np.where(run.status == 0, np.stack(found), np.nan)

    values = np.concatenate(list(in_blocks(work, members, threads=threads)), axis=2)
    alive = np.isfinite(values).all(axis=(0, 1))
    if not alive.any():
        return Text2("不适用：没有可用的模拟", "not applicable: no member has finite values")
    means = values[:, :, alive].mean(axis=2)
    worst = int(np.argmax(goal.value - means[:, 0]))
    mean = float(means[worst, 0])
    parts = tuple((id, float(v) - mean) for id, v in zip(limits.limits, means[worst, 1:], strict=True))
    gap = goal.value - mean
    return Gap(years[worst][1], mean, gap, parts, gap - sum(v for _, v in parts))


def _carried(scenario: Scenario, goal: Goal, wanted: set[str]) -> dict[str, str]:
    """What the measure reads that rises with output -> the element of output that it rises with."""
    if wanted == {WHOLE}:
        return dict.fromkeys(carriers(goal, follows(scenario.model, scenario.view.output[0])), WHOLE)
    read = (n for _, m in goal.yearly_measures for q in quantities(m) for n in q.elements)
    return {n: min(own) for n in read if (own := wanted.intersection(key(s) for s in split_element(n)[1]))}


def _lifted(
    kept: Kept,
    limits: LimitMeasures,
    rows: Sequence[int],
    carried: Mapping[str, str],
    column: int,
    stretch: tuple[float, float],
    measure: Measure,
) -> FloatArray:
    """(plain, then each limit lifted; member) of a measure."""
    found = [evaluate(measure, kept)]
    for of in limits.lost:
        of_element: dict[str, FloatArray] = {}
        for i in rows:
            output, lost = evaluate(limits.output[i][column], kept), evaluate(of[i][column], kept)
            share = np.divide(lost, output, out=np.zeros_like(lost), where=output > 0)
            of_element[key(limits.elements[i])] = share
        more = {n: of_element[e] for n, e in carried.items()}
        found.append(evaluate(measure, _More(kept, more, stretch)))
    return np.stack(np.broadcast_arrays(*found))


class _More:
    """Readings in which some quantities are larger by a share between two times (levels at the second)."""

    def __init__(self, kept: Readings, more: Mapping[str, FloatArray], stretch: tuple[float, float]) -> None:
        self._kept, self._more = kept, more
        self._since, self._until = stretch

    def level(self, name: str, time: float, /) -> FloatArray:
        share, value = self._more.get(name), self._kept.level(name, time)
        return value if share is None or not self._since < time <= self._until else value * (1 + share)

    def integral(self, name: str, time: float, /) -> FloatArray:
        share, value = self._more.get(name), self._kept.integral(name, time)
        if share is None or time <= self._since:
            return value
        inside = value if time <= self._until else self._kept.integral(name, self._until)
        return value + share * (inside - self._kept.integral(name, self._since))
