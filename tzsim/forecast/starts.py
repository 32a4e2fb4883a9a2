"""What holds back the start of projects: limits of what is begun, apart from limits of output."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from tzsim.forecast.judge import BINDS_FROM
from tzsim.forecast.readings import total
from tzsim.forecast.sample import sampler
from tzsim.ir.describe import causes
from tzsim.ir.loops import path_through
from tzsim.measures import Measure, Quantity, quantities
from tzsim.names import VarId, key, split_element
from tzsim.scenario import Goal, Scenario, Text2

FEW_LINKS = 5
"""Links of the causal graph within which a goal follows from starts: projects begun, under construction, their equipment and land."""


@dataclass(frozen=True, slots=True)
class HeldBack:
    """Share of the starts wanted in a year that a limit alone holds back: mean and 80 % interval over members.

    element: '' where the limit is recorded for all together. binds: share of members in which it is at least 1 %.
    """

    limit: str
    name: Text2
    element: str
    year: float
    mean: float
    low: float
    high: float
    binds: float


def starts_held_back(
    scenario: Scenario, goal: Goal, *, members: int, threads: int | None = None
) -> tuple[HeldBack, ...]:
    """The limits of starts of the view that the goal has to do with, by element and year; of the goal's elements where the limit has such.

    A goal has to do with a limit where output limits its elements and the limit is recorded for one of them or for all together, or where
    what it counts follows from the starts within a few links of the model.
    """
    years = scenario.clock.stretches
    focus = {key(e) for e in goal.limits_of}
    graph = causes(scenario.model)
    counted = frozenset(
        _variable(e) for _, m in goal.yearly_measures for q in quantities(m) for e in q.elements
    )
    asked: list[tuple[str, Text2, str, float]] = []
    measures: list[Measure] = []
    for start in scenario.view.starts:
        own = [n for n in start.held_back if focus & {key(s) for s in split_element(n)[1]}]
        whole = not any(split_element(n)[1] for n in start.held_back)
        if not own and not (focus and whole) and not _near(graph, map(_variable, start.wanted), counted):
            continue
        for name in own or start.held_back:
            subscripts = split_element(name)[1]
            wanted = start.wanted
            if len(start.held_back) > 1:
                wanted = (start.wanted[start.held_back.index(name)],)
            for year in years:
                asked.append((start.id, start.name, ",".join(subscripts), year))
                measures += [total(Quantity(n[0], n), year, scenario.clock) for n in ((name,), wanted)]
    if not measures:
        return ()
    found = sampler(scenario, measures, members=members, threads=threads).run({}, 0, members)
    held, wanted_values = found[::2], found[1::2]
    rows: list[HeldBack] = []
    for (id, name, element, year), lost, all_wanted in zip(asked, held, wanted_values, strict=True):
        good = np.isfinite(lost) & np.isfinite(all_wanted)
        if not good.any():
            continue
        share = np.divide(lost, all_wanted, out=np.zeros_like(lost), where=all_wanted > 0)[good].clip(0.0)
        low, high = (float(q) for q in np.quantile(share, (0.1, 0.9)))
        rows.append(
            HeldBack(
                id, name, element, year, float(share.mean()), low, high, float((share >= BINDS_FROM).mean())
            )
        )
    return tuple(rows)


def _variable(element: str) -> VarId:
    return key(split_element(element)[0])


def _near(
    graph: Mapping[VarId, tuple[VarId, ...]], wanted: Iterable[VarId], counted: frozenset[VarId]
) -> bool:
    """Whether what a goal counts is what is wanted, or follows from it within a few links."""
    causes_of = frozenset(wanted)
    if causes_of & counted:
        return True
    path = path_through(graph, (causes_of, counted))
    return path is not None and len(path) <= FEW_LINKS + 1
