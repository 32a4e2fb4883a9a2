"""Which feedback loops carry a goal: each loop cut in turn on the same members, and its score over time in met and missed members.

Named loops come from the view, each with what cuts it. Where none is named, a shortest independent loop set of what the goal follows
from is taken and each loop is cut at the link that fewest of the others share, held from `as_of` on. All cuts are switches of one
compiled model. Scores are those of `ensemble.loop_scores`, from `as_of` to the date of the goal, averaged over the steps of a year.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tzsim.clock import Clock, whole
from tzsim.ensemble.draws import Draws
from tzsim.ensemble.loop_scores import Loop, ancestors, find_loops, loop_scores, scalar_model
from tzsim.errors import InputError, both
from tzsim.forecast.paired import Difference, paired_means, paired_shares
from tzsim.forecast.sample import members_of, sampler
from tzsim.ir.describe import causes
from tzsim.ir.loops import path_through
from tzsim.ir.model import Model
from tzsim.measures import quantities
from tzsim.names import VarId, key, split_element
from tzsim.passes.hold import Held, hold_links
from tzsim.passes.score import scalar_causes
from tzsim.scenario import Goal, Scenario, Text2
from tzsim.scenario.binding import Names

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

MOST_FOUND = 12
"""Loops that are looked for where the view names none."""
SCORED = 256
"""Members scored."""

EXPLODES = 100.0
"""A mean that moves farther than so many times the intact range says that the cut model is no model any more."""


@dataclass(frozen=True, slots=True)
class LoopEffect:
    """A loop cut on the same members. Differences are with the loop cut minus intact: of the mean measure (goal's unit), of the probability.

    cut: in words how. measure: None where the measure is no finite number, or explodes: its mean moves by more than `EXPLODES` times
    the range (or size) that it has with the loop intact. polarity: R, B, or R/B where it changes; '' not known.
    """

    id: str
    name: Text2
    cut: Text2
    polarity: str
    measure: Difference | None
    probability: Difference
    explodes: bool = False


@dataclass(frozen=True, slots=True)
class LoopYear:
    """Mean relative score of a loop in a year, in members that meet and that miss the goal; nan where there are none."""

    loop: str
    year: float
    met: float
    missed: float


@dataclass(frozen=True, slots=True)
class LoopAnswer:
    """effects: loops in the view's order. years: scores, loop by loop. notes: what is not scored, and why."""

    effects: tuple[LoopEffect, ...]
    years: tuple[LoopYear, ...]
    members: int
    notes: tuple[Text2, ...] = ()


@dataclass(frozen=True, slots=True)
class _Cut:
    id: str
    name: Text2
    said: Text2
    sets: Mapping[str, float]
    holds: tuple[tuple[str, str], ...]
    loop: Loop


def loops_of(scenario: Scenario, goal: Goal, *, members: int, threads: int | None = None) -> LoopAnswer:
    """Cut and score the loops of a goal. Raises SimulationError where nothing runs."""
    drawn = members_of(scenario, min(members, SCORED))
    scalars, _ = scalar_model(scenario.model, drawn)
    notes: list[Text2] = []
    if scenario.view.loops:
        cuts, said = _named(scenario, goal, scalars)
        notes += said
    else:
        cuts, whole = _found(scenario, goal, scalars)
        if not whole:
            notes.append(
                Text2(f"只列出最短的 {MOST_FOUND} 条回路", f"only the {MOST_FOUND} shortest loops are listed")
            )
    if not cuts:
        return LoopAnswer(
            (), (), 0, (Text2("该目标不在任何反馈回路之后", "no feedback loop leads to this goal"),)
        )
    effects, met = _effects(scenario, goal, cuts, members, threads)
    scores = _scores(scenario, goal, cuts, drawn, threads)
    years, polarity = (
        ((), {}) if scores is None else _years(scores, cuts, met[: drawn.members], scenario.clock)
    )
    effects = tuple(replace(e, polarity=polarity.get(e.id, "")) for e in effects)
    return LoopAnswer(effects, years, members, tuple(notes))


# --- which loops --------------------------------------------------------------------------------------------------


def _named(scenario: Scenario, goal: Goal, scalars: Model) -> tuple[tuple[_Cut, ...], list[Text2]]:
    """The view's loops with their paths, and why some have none: no loop to score, or none that leads to the goal."""
    graph = scalar_causes(scalars)
    inside = ancestors(graph, _wanted(goal))
    by_variable: dict[VarId, list[VarId]] = {}
    for name in graph:
        by_variable.setdefault(_written(scalars.variables[name].name), []).append(name)
    focus = {key(e) for e in goal.limits_of}
    found: list[_Cut] = []
    notes: list[Text2] = []
    for loop in scenario.view.loops:
        stages = [frozenset(by_variable.get(key(n), [])) for n in loop.through]
        every = _paths(graph, scalars, stages, focus)
        paths = tuple(p for p in every if key(p[0]) in inside)
        if not every:
            zh, en = "所列变量未连成可评分的回路", "its variables do not join to a loop that can be scored"
            notes.append(Text2(f"{loop.id}：{zh}", f"{loop.id}: {en}"))
        elif not paths:
            notes.append(Text2(f"{loop.id}：不通向该目标", f"{loop.id}: does not lead to this goal"))
        said = "; ".join([*(f"{n} = {v:g}" for n, v in _by_variable(loop.set)), *_held(scenario, loop.hold)])
        found.append(
            _Cut(loop.id, loop.name, Text2(said, said), dict(loop.set), loop.hold, Loop(loop.id, paths))
        )
    return tuple(found), notes


def _held(scenario: Scenario, hold: Sequence[tuple[str, str]]) -> list[str]:
    """In words which variables see which source as it was; long lists are cut short."""
    if not hold:
        return []
    targets = [t for _, t in hold]
    shown = ", ".join(targets[:3]) + (f", +{len(targets) - 3}" if len(targets) > 3 else "")
    return [f"{shown} ← {hold[0][0]} @ {scenario.known_until:g}"]


def _wanted(goal: Goal) -> list[str]:
    return [e for _, m in goal.yearly_measures for q in quantities(m) for e in q.elements]


def _by_variable(sets: Sequence[tuple[str, float]]) -> list[tuple[str, float]]:
    """One entry for elements of a variable that are set alike."""
    return list(dict.fromkeys((split_element(n)[0], v) for n, v in sets))


def _written(name: str) -> VarId:
    """The variable of the model as written that an element belongs to; '' for what the passes made."""
    return "" if "·" in name else key(split_element(name)[0])


def _subscripts(name: str) -> tuple[str, ...]:
    return () if "·" in name else split_element(name)[1]


def _paths(
    graph: Mapping[VarId, tuple[VarId, ...]],
    scalars: Model,
    stages: Sequence[frozenset[VarId]],
    focus: set[VarId],
) -> list[tuple[str, ...]]:
    """One closed path for each element of the first variable (those of the goal's elements where it has such)."""
    starts = sorted(stages[0])
    own = [n for n in starts if focus & {key(s) for s in _subscripts(scalars.variables[n].name)}]
    paths: list[tuple[str, ...]] = []
    for start in own or starts:
        here = frozenset((start,))
        path = path_through(graph, [here, *stages[1:], here])
        if path is not None and len(path) > 1 and len(set(path[:-1])) == len(path) - 1:
            paths.append(tuple(scalars.variables[n].name for n in path[:-1]))
    return paths


def _found(scenario: Scenario, goal: Goal, scalars: Model) -> tuple[tuple[_Cut, ...], bool]:
    loops, whole = find_loops(scalars, _wanted(goal), MOST_FOUND)
    graph = causes(scenario.model)
    shared = Counter(link for loop in loops for link in _links(loop, graph, scenario.model))
    cuts: list[_Cut] = []
    for number, loop in enumerate(loops, start=1):
        links = sorted(_links(loop, graph, scenario.model), key=lambda link: (shared[link], link))
        if not links:
            continue
        source, target = links[0]
        said = f"{target} ← {source} @ {scenario.known_until:g}"
        name = Text2(loop.name, loop.name)
        cuts.append(
            _Cut(
                f"L{number}",
                name,
                Text2(said, said),
                {},
                ((source, target),),
                replace(loop, name=f"L{number}"),
            )
        )
    return tuple(cuts), whole


def _links(loop: Loop, graph: Mapping[VarId, tuple[VarId, ...]], model: Model) -> set[tuple[str, str]]:
    """Links of a loop between variables of the model as written, which can be held; a stock's link to itself cannot."""
    found: set[tuple[str, str]] = set()
    for path in loop.paths:
        for a, b in zip(path, (*path[1:], path[0]), strict=True):
            source, target = _written(a), _written(b)
            if source in graph.get(target, ()):
                found.add((model.variables[source].name, model.variables[target].name))
    return found


# --- cutting ------------------------------------------------------------------------------------------------------


def _effects(
    scenario: Scenario, goal: Goal, cuts: Sequence[_Cut], members: int, threads: int | None
) -> tuple[tuple[LoopEffect, ...], BoolArray]:
    at = scenario.known_until
    switches = {c.id: f"cut of loop {c.id}" for c in cuts if c.holds}
    links = [Held(s, t, switches[c.id], at) for c in cuts for s, t in c.holds]
    try:
        model = hold_links(scenario.model, links)
    except KeyError as error:
        text = str(error.args[0])
        raise InputError.one(both(f"回路无法切断：{text}", text)) from None
    names = Names(scenario.model)
    drawn = {key(i.name) for i in members_of(scenario, 1).inputs}
    movable = {n: names.value(n) for c in cuts for n in c.sets if key(n) not in drawn}
    movable |= dict.fromkeys(switches.values(), 0.0)
    # with its switches off the model is the scenario's own, whose posterior `members_of` has checked above
    measures = [m for _, m in goal.yearly_measures]
    engine = sampler(
        replace(scenario, model=model, stored=True),
        measures,
        members=members,
        movable=movable,
        threads=threads,
    )
    before = engine.run({}, 0, members)
    met = _met(goal, before)
    found: list[LoopEffect] = []
    for c in cuts:
        settings = dict(c.sets) | ({switches[c.id]: 1.0} if c.holds else {})
        after = engine.run(settings, 0, members)
        alive = np.isfinite(before).all(axis=0) & np.isfinite(after).all(axis=0)
        same = bool(np.array_equal(before[:, alive], after[:, alive]))
        change = paired_means(before[-1, alive], after[-1, alive]) if alive.any() else None
        share = paired_shares(met[alive], _met(goal, after)[alive], same)
        explodes = _explodes(before[-1], after[-1])
        found.append(LoopEffect(c.id, c.name, c.said, "", None if explodes else change, share, explodes))
    return tuple(found), met


def _explodes(before: FloatArray, after: FloatArray) -> bool:
    """Whether a measure leaves all bounds in most members, against what it is in them with the loop intact, both (member,)."""
    intact = before[np.isfinite(before)]
    if not intact.size:
        return False
    bound = EXPLODES * max(float(np.ptp(intact)), float(np.abs(intact).max()))
    with np.errstate(invalid="ignore", over="ignore"):
        far = ~(np.abs(after - before) <= bound)[np.isfinite(before)]
        mean = (
            float(np.abs(np.mean((after - before)[np.isfinite(after - before)])))
            if np.isfinite(after).any()
            else np.inf
        )
    return bool(far.mean() > 0.5 or mean > bound)


def _met(goal: Goal, values: FloatArray) -> BoolArray:
    return np.logical_and.reduce([goal.met(row) for row in values])


# --- scoring ------------------------------------------------------------------------------------------------------


def _scores(
    scenario: Scenario, goal: Goal, cuts: Sequence[_Cut], drawn: Draws, threads: int | None
) -> tuple[FloatArray, FloatArray, tuple[str, ...]] | None:
    """(times, relative scores (loop, time, member), polarity of each) of the loops that have paths."""
    loops = [c.loop for c in cuts if c.loop.paths]
    if not loops:
        return None
    end = scenario.clock.ends(max(year for year, _ in goal.yearly_measures))
    start = scenario.known_until
    if start >= end:
        start = max(scenario.clock.start, end - scenario.clock.spacing)
    found = loop_scores(scenario.model, drawn, loops=loops, between=(start, end), threads=threads)
    return found.times, found.relative, tuple(found.polarity(i) for i in range(len(loops)))


def _years(
    scores: tuple[FloatArray, FloatArray, tuple[str, ...]], cuts: Sequence[_Cut], met: BoolArray, clock: Clock
) -> tuple[tuple[LoopYear, ...], dict[str, str]]:
    times, relative, polarity = scores
    ids = [c.id for c in cuts if c.loop.paths]
    year = np.array([np.nan if (y := clock.label_at(float(t))) is None else y for t in times])
    rows: list[LoopYear] = []
    for i, id in enumerate(ids):
        for y in np.unique(year[np.isfinite(year)]):
            steps = relative[i, year == y]
            rows.append(LoopYear(id, whole(float(y)), _mean(steps[:, met]), _mean(steps[:, ~met])))
    return tuple(rows), dict(zip(ids, polarity, strict=True))


def _mean(values: FloatArray) -> float:
    good = np.isfinite(values)
    return float(values[good].mean()) if good.any() else float("nan")
