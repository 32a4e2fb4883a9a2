"""Which stock two goals both draw on: a stock upstream of what both count, and how much of their dependence its level explains.

Links are those of the model written out by elements, so that a pool shared by two programmes is told from pools of the same name. The nearest
stocks that are causes of both, within a few links of each, are candidates; their levels up to the goals' years are read on the same members,
and the share of the dependence that each explains alone follows from the law of total covariance, by bins (as for inputs).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tzsim.errors import InputError
from tzsim.forecast.bins import BINS, explained, floors
from tzsim.forecast.result import Forecast
from tzsim.forecast.sample import members_behind, sampler
from tzsim.ir.describe import causes
from tzsim.ir.expr import Call
from tzsim.ir.model import Model
from tzsim.measures import Between, Quantity, quantities
from tzsim.names import VarId, key, split_element
from tzsim.passes import Request
from tzsim.passes.resolve import resolve
from tzsim.passes.unroll import unroll
from tzsim.scenario import Goal

FloatArray = NDArray[np.float64]

MEMBERS = 2_000
FEW_LINKS = 8
"""Links between a stock and what a goal counts: from a pool by its adequacy to a start, and on to what is delivered."""
MOST_STOCKS = 6
"""Candidates of a pair, nearest first."""
MOST_SHARED = 2
LEAST_SHARE = 0.1
"""Least share of the dependence that a stock named as a reason explains."""


def shared_stocks(
    forecast: Forecast, pairs: Sequence[tuple[str, str]], threads: int | None = None
) -> list[tuple[tuple[str, float], ...]]:
    """For each pair of judged goals the stocks (element name, share of the dependence that it explains), the strongest first."""
    scenario = forecast.scenario
    if not pairs or not _stocks(scenario.model):
        return [() for _ in pairs]
    model = _by_element(scenario.model)
    graph, stocks = causes(model), _stocks(model)
    goals = {id: scenario.goal(id) for pair in pairs for id in pair}
    near = {id: _upstream(graph, _counted(g)) for id, g in goals.items()}
    candidates: list[list[VarId]] = []
    for a, b in pairs:
        both = _nearest(near[a], stocks, model) & _nearest(near[b], stocks, model)
        both -= _counted(goals[a]) | _counted(goals[b])
        candidates.append(sorted(both, key=lambda s: (near[a][s] + near[b][s], s))[:MOST_STOCKS])
    wanted = sorted({s for found in candidates for s in found})
    count = min(MEMBERS, forecast.members)
    alive = np.ones(count, dtype=np.bool_)
    alive[[m for m in forecast.failed_members if m < count]] = False
    if not wanted or alive.sum() < 10 * BINS:
        return [() for _ in pairs]
    clock, known = scenario.clock, scenario.last_known
    last = clock.stretch_of(max(y for g in goals.values() for y, _ in g.yearly_measures)) or clock.end
    ahead = [y for y in clock.stretches if known < y <= last] or [last]
    since, until = clock.bounds(ahead[0])[0], clock.bounds(ahead[-1])[1]
    names = [model.variables[s].name for s in wanted]
    measures = [Between(Quantity(n, (n,)), since, until, mean=True) for n in names]
    try:
        behind = members_behind(forecast)
    except InputError:  # the record of the posterior has gone
        return [() for _ in pairs]
    engine = sampler(replace(scenario, draws=count), measures, members=count, threads=threads, of=behind)
    levels = engine.run({}, 0, count)[:, alive]
    varying = np.isfinite(levels).all(axis=1) & (np.ptp(levels, axis=1) > 0)
    order = list(goals)
    met = forecast.met[[forecast.judged.index(id) for id in order], :count][:, alive].astype(np.float64)
    met -= met.mean(axis=1, keepdims=True)
    sides = [np.array([order.index(pair[side]) for pair in pairs]) for side in (0, 1)]
    rows = np.flatnonzero(varying)
    alone, share = explained(levels[rows], met, *sides)
    floor = floors(levels[rows])
    place = {wanted[row]: column for column, row in enumerate(rows)}
    result: list[tuple[tuple[str, float], ...]] = []
    for k, found in enumerate(candidates):
        good = [
            (model.variables[s].name, min(1.0, float(share[k, c])))
            for s in found
            if (c := place.get(s)) is not None
            and share[k, c] >= LEAST_SHARE
            and all(alone[side[k], c] > floor[c] for side in sides)
        ]
        result.append(tuple(sorted(good, key=lambda x: -x[1])[:MOST_SHARED]))
    return result


def _by_element(model: Model) -> Model:
    """The model written out by elements, with its delays as they are written."""
    request = Request()
    return unroll(resolve(model, request), request)


def _stocks(model: Model) -> frozenset[VarId]:
    return frozenset(
        name
        for name, v in model.variables.items()
        if isinstance(e := v.equations[0].expression, Call) and e.function == "INTEG"
    )


def _counted(goal: Goal) -> frozenset[VarId]:
    return frozenset(key(e) for _, m in goal.yearly_measures for q in quantities(m) for e in q.elements)


def _nearest(links: Mapping[VarId, int], stocks: frozenset[VarId], model: Model) -> frozenset[VarId]:
    """Of the upstream stocks of each array those with the fewest links to a goal; of the others all.

    The work list of one goal is a cause of the other too, as a rival for their pool: what is nearest to one of them alone is no pool.
    """
    fewest: dict[str, int] = {}
    array = {s: split_element(model.variables[s].name)[0] for s in links.keys() & stocks}
    for s, name in array.items():
        fewest[name] = min(links[s], fewest.get(name, links[s]))
    return frozenset(s for s, name in array.items() if links[s] == fewest[name])


def _upstream(graph: Mapping[VarId, tuple[VarId, ...]], ends: frozenset[VarId]) -> dict[VarId, int]:
    """Links from each cause to what is counted, within a few of them."""
    found = dict.fromkeys(ends & graph.keys(), 0)
    queue = deque(sorted(found))
    while queue:
        here = queue.popleft()
        if found[here] == FEW_LINKS:
            continue
        for cause in graph.get(here, ()):
            if cause not in found:
                found[cause] = found[here] + 1
                queue.append(cause)
    return found
