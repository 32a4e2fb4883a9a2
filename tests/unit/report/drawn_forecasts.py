"""Forecasts of a dozen goals in which everything that a document prints is drawn, with what moves the goals and what levers do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from hypothesis import strategies as st

from tzsim.forecast.movers import Mover
from tzsim.forecast.paired import Difference
from tzsim.forecast.result import Binding, Forecast, GoalResult, Joint, Probability, SeriesFan
from tzsim.forecast.sweep import Effect, Sweep
from tzsim.scenario import Lever, Text2

KEPT = (
    "T001",
    "T002",
    "T002b",
    "T003",
    "T005",
    "T026",
    "T027",
    "T028",
    "T034",
    "T072",
    "T063b",
    "T011",
    "T025",
)
EDGES = (0.0, 0.0049, 0.0099, 0.01, 0.0497, 0.395, 0.4, 0.599, 0.6, 0.9451, 0.99, 0.9901, 1.0)
GRADES = ("calibrated", "partly", "prior only", "delivery plan only")
INPUTS = {
    "orders": Text2("订单增速", "growth of orders"),
    "price": Text2("价格", "the price"),
    "rate": Text2("投产率", "the start rate"),
}


@dataclass(frozen=True, repr=False)
class Case:
    forecast: Forecast
    moved: dict[str, tuple[Mover, ...]]
    swept: Sweep


@st.composite
def cases(draw: st.DrawFn, base: Forecast) -> Case:
    """A forecast of a dozen goals in which everything that a document prints is drawn."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    members = draw(st.integers(41, 99))
    chances = st.sampled_from(EDGES) | st.floats(0, 1)
    by_id: dict[str, GoalResult] = {}
    measures: list[Any] = []
    for id in KEPT:
        result = base.result(id)
        if result.probability is None:
            by_id[id] = result
            continue
        low, p, high = sorted(draw(st.tuples(chances, chances, chances)))
        p10, median, p90 = np.sort(
            result.goal.value * (1 + 10 ** rng.uniform(-3, -0.3) * rng.uniform(-1, 1, 3))
        )
        by_id[id] = replace(
            result,
            probability=p,
            probability_low=low,
            probability_high=high,
            probability_prior=draw(chances),
            p10=float(p10),
            median=float(median),
            p90=float(p90),
            evidence=draw(st.sampled_from(GRADES)),
            binds=draw(st.sampled_from(("demand", "water", "none", ""))),
            yearly=tuple((y, draw(chances)) for y in result.goal.each_year),
        )
        measures.append(rng.normal(median, abs(p90 - p10), members))
    judged = tuple(id for id in KEPT if by_id[id].probability is not None)
    fans: list[SeriesFan] = []
    for fan in base.fans:
        if fan.goal is not None and fan.goal.id not in by_id:
            continue
        centre = float(np.nanmedian(fan.quantiles))
        drawn = np.sort(centre * rng.uniform(0.3, 2, fan.quantiles.shape), axis=0)
        drawn[np.isnan(fan.quantiles)] = np.nan
        result = None if fan.result is None or fan.goal is None else by_id[fan.goal.id]
        fans.append(replace(fan, quantiles=drawn, result=result))
    share = rng.dirichlet(np.full(6, 0.5), (len(base.binding.elements), len(base.binding.years)))
    cost = rng.uniform(0, 0.2, share[..., :-1].shape)
    view = replace(base.scenario.view, inputs=INPUTS)
    forecast = replace(
        base,
        scenario=replace(base.scenario, view=view, goals=tuple(r.goal for r in by_id.values())),
        goals=tuple(by_id.values()),
        fans=tuple(fans),
        binding=Binding(base.binding.limits, base.binding.elements, base.binding.years, share, cost),
        joint={
            "all": Joint(judged, Probability(*sorted(draw(st.tuples(chances, chances, chances)))[1:2] * 3)),
            "5": Joint(("T026", "T027"), Probability(*_middle_first(draw(st.tuples(chances, chances, chances))))),
        },
        measures=np.array(measures),
        judged=judged,
        met=rng.uniform(size=(len(judged), members)) < 0.8,
        members=members,
        seed=draw(st.integers(0, 10**9)),
        failed=0,
        failures=(),
        evidence="posterior",
        hardest={"T072": rng.normal(2.5, 0.3, members)},
    )  # fmt: skip
    return Case(
        forecast, _movers(judged, rng), Sweep(draw(st.integers(64, 512)), _effects(by_id, judged, rng))
    )


def _middle_first(values: tuple[float, float, float]) -> tuple[float, float, float]:
    low, value, high = sorted(values)
    return value, low, high


def _movers(judged: tuple[str, ...], rng: np.random.Generator) -> dict[str, tuple[Mover, ...]]:
    found: dict[str, tuple[Mover, ...]] = {}
    elements = ("orders", "price[chemicals]", "rate[machine tools]", "orders[lithium]", "price")
    for id in judged:
        count = int(rng.integers(0, 5))
        shares = np.sort(rng.dirichlet(np.ones(5)))[::-1][:count]
        picked = rng.permutation(elements)[:count]
        times = rng.choice([np.nan, 2023, 2025], count)
        found[id] = tuple(
            Mover(str(e), None if np.isnan(t) else float(t), float(s), bool(rng.integers(2)))
            for e, t, s in zip(picked, times, shares, strict=True)
        )
    return found


def _effects(
    by_id: dict[str, GoalResult], judged: tuple[str, ...], rng: np.random.Generator
) -> dict[str, tuple[Effect, ...]]:
    levers = [
        Lever(id, id, (id,), Text2("争取" + id, "win " + id), 0, 0, 80, unit, cost, Text2(), None, Text2(), "", "assumption")
        for id, unit, cost in (("quota", "WanTce/Year", 0.02), ("fund", "亿元", 1.0), ("plan", "%", None))
    ]  # fmt: skip

    def difference(size: float) -> Difference:
        low, middle, high = np.sort(rng.normal(0, size, 3))
        return Difference(float(middle), float(low), float(high), None)

    return {
        id: tuple(
            Effect(
                v,
                0,
                float(rng.integers(1, 81)),
                difference(0.2),
                difference(10 ** rng.uniform(-4, -1) * by_id[id].goal.value),
            )
            for v in levers
        )
        for id in judged
    }
