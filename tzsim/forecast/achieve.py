"""achieve: the least-cost change of the levers that brings goals to a wanted probability, confirmed on fresh members.

Every setting of the levers is tried on the same members (common random numbers). Each member has a margin: how far the worst of
the goals is from being met, in standard deviations of its measure. The goals are met together in a share p of n members exactly when
the ceil(p n)-th largest margin is not negative, and that margin moves continuously with the levers where the share jumps. The cheapest
point found is then run with another seed: its probability and the side effects are those of members that the search never saw.

The curve of cost against probability comes from all settings tried: for each level the cheapest that reaches it, improved by a short search
of its own. Every setting is remembered in a state file, so that an interrupted search goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from tzsim.ensemble.posterior import read_posterior
from tzsim.ensemble.probability import jeffreys
from tzsim.errors import Address, InputError, Problem, both
from tzsim.forecast.achieve_tables import achievement_tables, why_not
from tzsim.forecast.answer_table import AnswerTable
from tzsim.forecast.asked import goals_asked
from tzsim.forecast.compare import Comparison, compare
from tzsim.forecast.least_cost import Found, improve, least_cost, without_idle
from tzsim.forecast.paired import Difference, paired_shares
from tzsim.forecast.result import Forecast, Probability
from tzsim.forecast.sample import sampler
from tzsim.forecast.tried import Tried, read_tried
from tzsim.record import VERSION, canonical_json, sha256
from tzsim.scenario import Goal, Lever, Scenario, Text2
from tzsim.scenario.records import YUAN

if TYPE_CHECKING:
    import pandas as pd

FloatArray = NDArray[np.float64]

SEARCH_MEMBERS = 500
SEARCH_RUNS = 300
LEVELS = 8
"""Probabilities of the curve, from no move to the best found."""


@dataclass(frozen=True, slots=True)
class Move:
    """One lever: from the scenario's value to the one found, and what that costs (in its `cost_unit`, on its cost basis)."""

    lever: Lever
    before: float
    after: float
    cost: float
    in_force: float | None
    """Time (years) at which the lever has its full effect: the end of `as_of` and its delay; None where none is stated."""


@dataclass(frozen=True, slots=True)
class Unpriced:
    """A lever that costs nothing or whose cost is not on record, and what another value of it would do to the answer.

    kept: its value in the answer. instead: the scenario's own value where a lever of no cost was moved; for one whose cost is not
    known, which the search leaves alone, the end of its range that does most for the goals.
    """

    lever: Lever
    kept: float
    instead: float
    probability: float
    """Joint probability with `instead`, on the members of the search."""
    change: Difference
    """Of the probability against the answer, paired on those members."""

    @property
    def known(self) -> bool:
        """Whether its cost is on record (as nothing)."""
        return self.lever.cost is not None


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """The cheapest setting found that reaches a probability on the members of the search. moves: lever id -> value."""

    probability: float
    cost: float
    moves: tuple[tuple[str, float], ...]


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
    scenario: Scenario
    curve: tuple[CurvePoint, ...] = ()
    """By rising probability, from no move to the best there is."""
    unpriced: tuple[Unpriced, ...] = ()
    """Levers moved at no cost, and levers whose cost is not known, with their part in the answer."""
    because: tuple[Text2, ...] = ()
    """Where the wanted probability is not reachable: what stands in the way under the best setting."""

    @property
    def undecided(self) -> bool:
        """Whether the search falls short by no more than sampling error: the fresh members' interval holds the wanted probability, or lies above."""
        return not self.reachable and self.confirmed.high >= self.wanted

    @property
    def cost_unit(self) -> str:
        """The money of all costs, as the file of levers names it."""
        return next((m.lever.cost_unit for m in self.moves), YUAN)

    @property
    def run_id(self) -> str:
        """Hash of the runs confirmed, the goals and the wanted probability."""
        made = {"achieve": [g.id for g in self.goals], "runs": self.effects.run_id, "wanted": self.wanted}
        return sha256(canonical_json(made | {"version": VERSION}).encode())[:16]

    def tables(self) -> dict[str, AnswerTable]:
        """levers, unpriced, curve and effects, by name."""
        return achievement_tables(self) | {"effects": self.effects.table()}

    def to_frame(self, part: str = "levers") -> pd.DataFrame:
        """One of the tables for computing. Raises KeyError for another."""
        return self.tables()[part].to_frame()

    def plot(self, lang: Literal["zh", "en"] = "zh") -> Any:
        """Cost against probability; the side effects are `effects.plot()`."""
        import tzsim

        return tzsim.cost_chart(self, lang)

    def __repr__(self) -> str:
        what = f"cost {self.cost:.4g}" if self.reachable else "not reachable"
        return f"Achievement({', '.join(g.id for g in self.goals)} at {self.wanted:g}: {what}, confirmed {self.confirmed.value:.3f})"

    def _repr_html_(self) -> str:
        return "".join(table.html() for table in self.tables().values())


def achieve(
    scenario: Scenario,
    goals: str | Sequence[str],
    *,
    probability: float = 0.8,
    members: int = SEARCH_MEMBERS,
    runs: int = SEARCH_RUNS,
    threads: int | None = None,
    state: str | Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Achievement:
    """Least-cost change of the scenario's levers with which `goals` (ids or names) are met together with this probability.

    Levers whose cost the table does not state are left alone, and what they could do is told beside the answer; each of the others stays
    in its range. members, runs: of the
    search; dropping idle levers takes about a quarter as many again, the curve at most half. The confirmation uses the scenario's draws with the next seed.
    state: file in which the search remembers what it tried; removed when it ends. progress: told the settings tried and the most
    that search, second search and curve may try.
    Raises InputError for goals that are not judged, a probability outside (0, 1), or no lever with a cost.
    """
    asked, levers = question_asked(scenario, goals, probability)
    before = np.array([_now(scenario, v) for v in levers])
    low, high = np.array([v.low for v in levers]), np.array([v.high for v in levers])
    price = np.array([v.cost or 0.0 for v in levers])

    share = np.divide(before - low, high - low, out=np.zeros_like(low), where=high > low)
    start = (np.clip(np.round(share, 10), 0.0, 1.0) + 0.0).astype(np.float64)

    def at(x: FloatArray) -> FloatArray:
        """Values of the levers, exactly the present ones where they are not moved."""
        return np.where(x == start, before, low + x * (high - low))

    def settings(x: FloatArray) -> dict[str, float]:
        values = at(x).tolist()
        return {e: float(value) for v, value in zip(levers, values, strict=True) for e in v.elements}

    def cost(x: FloatArray) -> float:
        return float(price @ np.abs(at(x) - before))

    measures = [m for g in asked for _, m in g.yearly_measures]
    unknown = [v for v in scenario.lever_table if v.cost is None]
    movable = settings(start) | {e: _now(scenario, v) for v in unknown for e in v.elements}
    engine = sampler(scenario, measures, members=members, movable=movable, threads=threads)
    scales = _scales(engine.run(settings(start), 0, members))
    question = _question(scenario, asked, levers, members, probability, runs)
    tried = Tried(
        lambda x: margins(asked, engine.run(settings(x), 0, members), scales),
        question,
        None if state is None else Path(state),
        None if progress is None else lambda done: progress(done, most_settings(runs)),
    )

    def at_level(level: float) -> Callable[[FloatArray], float]:
        place = ceil(level * members - 1e-9)
        return lambda x: float(-np.partition(-tried.margins(x), place - 1)[place - 1])

    found = least_cost(cost, at_level(probability), len(levers), runs=runs, start=start)
    more = max(1, runs // 4)
    if found.reachable:
        found = without_idle(cost, at_level(probability), found.x, runs=more, start=start)
    else:
        found = _best(tried, cost, at_level, more, start)
    points = _curve(tried, cost, at_level, found, probability, max(1, runs // 2), start)
    after = at(found.x)
    searched = float((tried.margins(found.x) >= 0).mean())
    moved = replace(
        scenario,
        id=f"{scenario.id} moved",
        name=_moved_name(scenario),
        fixed=dict(scenario.fixed) | settings(found.x),
    )
    tried.save()

    def met(x: FloatArray, others: Mapping[str, float]) -> NDArray[np.bool_]:
        return margins(asked, engine.run({**settings(x), **others}, 0, members), scales) >= 0

    unpriced = (
        *_put_back(levers, found.x, start, at, lambda x: met(x, {})),
        *_not_known(scenario, unknown, lambda others: met(found.x, others)),
    )
    effects = compare([scenario, moved], seed=scenario.seed + 1, threads=threads)
    known = scenario.known_until
    moves = tuple(
        Move(v, float(b), float(a), float(c * abs(a - b)), None if v.delay is None else known + v.delay)
        for v, b, a, c in zip(levers, before, after, price, strict=True)
    )
    curve = tuple(
        CurvePoint(p, c, tuple((v.id, float(a)) for v, a in zip(levers, at(x), strict=True)))
        for p, c, x in points
    )
    because: tuple[Text2, ...] = ()
    if not found.reachable:
        because = why_not(replace(moved, seed=scenario.seed + 1), effects.forecasts[1], asked, moves, threads)
    tried.done()
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
        len(tried),
        scenario,
        curve,
        unpriced,
        because,
    )


def _put_back(
    levers: Sequence[Lever],
    x: FloatArray,
    start: FloatArray,
    at: Callable[[FloatArray], FloatArray],
    met: Callable[[FloatArray], NDArray[np.bool_]],
) -> list[Unpriced]:
    """Each lever that was moved at no cost, put back alone."""
    free = [i for i, v in enumerate(levers) if v.cost == 0 and x[i] != start[i]]
    answer = met(x) if free else None
    found: list[Unpriced] = []
    for i in free:
        back = x.copy()
        back[i] = start[i]
        without = met(back)
        assert answer is not None
        values = float(at(x)[i]), float(at(back)[i])
        found.append(Unpriced(levers[i], *values, float(without.mean()), paired_shares(answer, without)))
    return found


def _not_known(
    scenario: Scenario, levers: Sequence[Lever], met: Callable[[Mapping[str, float]], NDArray[np.bool_]]
) -> list[Unpriced]:
    """Each lever whose cost is not known, moved alone to the end of its range that does most for the goals."""
    answer = met({}) if levers else None
    found: list[Unpriced] = []
    for v in levers:
        now = _now(scenario, v)
        ends = [
            (met(dict.fromkeys(v.elements, end)), end) for end in dict.fromkeys((v.low, v.high)) if end != now
        ]
        if not ends or answer is None:
            continue
        best, end = max(ends, key=lambda e: int(e[0].sum()))
        found.append(Unpriced(v, now, end, float(best.mean()), paired_shares(answer, best)))
    return found


def kept_settings(
    state: Path,
    scenario: Scenario,
    goals: Sequence[str],
    *,
    probability: float,
    members: int = SEARCH_MEMBERS,
    runs: int = SEARCH_RUNS,
) -> int | None:
    """Settings that `achieve` would take from this state file; None where there is none, or it belongs to another question."""
    asked, levers = question_asked(scenario, goals, probability)
    found = read_tried(state, _question(scenario, asked, levers, members, probability, runs))
    return None if found is None else len(found[0])


def most_settings(runs: int) -> int:
    """Settings tried at most, about: the search, a quarter again to drop idle levers, half again for the curve."""
    return runs + max(1, runs // 4) + max(1, runs // 2)


def _best(
    tried: Tried,
    cost: Callable[[FloatArray], float],
    at_level: Callable[[float], Callable[[FloatArray], float]],
    runs: int,
    start: FloatArray,
) -> Found:
    """The setting with the largest share of members that meet the goals, after a search for one member more, without idle levers."""

    def ranked() -> list[tuple[int, float, int]]:
        return sorted((-int((m >= 0).sum()), cost(x), k) for k, (x, m) in enumerate(tried.settings()))

    most, _, place = ranked()[0]
    members = len(tried.settings()[place][1])
    if -most < members:
        least_cost(cost, at_level((1 - most) / members), len(start), runs=runs, start=start)
    x = _without_chance(tried, tried.settings()[ranked()[0][2]][0], cost, start)
    return Found(x, cost(x), float((tried.margins(x) >= 0).mean()), False, len(tried))


def _without_chance(
    tried: Tried, x: FloatArray, cost: Callable[[FloatArray], float], start: FloatArray
) -> FloatArray:
    """x with every lever put back whose part cannot be told from chance on the members of the search (backward elimination).

    What is lost is counted against x itself, so that many small parts do not go unseen one after the other.
    """
    best = tried.margins(x) >= 0

    def lost(y: FloatArray) -> Difference:
        return paired_shares(tried.margins(y) >= 0, best)

    def back(y: FloatArray, i: int) -> FloatArray:
        z = y.copy()
        z[i] = start[i]
        return z

    moved = [int(i) for i in np.flatnonzero(x != start)]
    for i in sorted(moved, key=lambda i: (lost(back(x, i)).value, cost(back(x, i)))):
        if lost(y := back(x, i)).low <= 0:
            x = y
    return x


def _curve(
    tried: Tried,
    cost: Callable[[FloatArray], float],
    at_level: Callable[[float], Callable[[FloatArray], float]],
    found: Found,
    wanted: float,
    runs: int,
    start: FloatArray,
) -> list[tuple[float, float, FloatArray]]:
    """(probability, cost, setting): the cheapest for each of some levels from no move to the best, rising in both."""

    def share(m: FloatArray) -> float:
        return float((m >= 0).mean())

    shares = [share(m) for _, m in tried.settings()]
    first, top = shares[0], max(shares) if found.reachable else share(tried.margins(found.x))
    inner = [float(v) for v in np.linspace(first, top, LEVELS)[1:]]
    levels: list[float] = sorted({*inner, *([wanted] if first < wanted < top else [])})
    for level in levels:
        reached = [(cost(x), k) for k, (x, m) in enumerate(tried.settings()) if share(m) >= level - 1e-12]
        x = tried.settings()[min(reached)[1]][0]
        improve(cost, at_level(level), x, runs=max(1, runs // len(levels)), start=start)
    by_cost = sorted(
        (cost(x), int((x != start).sum()), -share(m), k) for k, (x, m) in enumerate(tried.settings())
    )
    points: list[tuple[float, float, FloatArray]] = []
    for level in [first, *levels]:
        paid, _, less, k = next(row for row in by_cost if -row[2] >= level - 1e-12)
        if not points or -less > points[-1][0]:
            points.append((-less, paid, tried.settings()[k][0]))
    return points


def _question(
    scenario: Scenario, goals: Sequence[Goal], levers: Sequence[Lever], members: int, wanted: float, runs: int
) -> str:
    """Hash of all that decides the path of the search."""
    made: dict[str, object] = {
        "files": dict(scenario.files),
        "fixed": dict(scenario.fixed),
        "posterior": None if scenario.posterior is None else read_posterior(scenario).info["draws_sha256"],
        "goals": [
            [g.id, g.comparison, g.value, g.tolerance, repr(g.measure), list(g.each_year)] for g in goals
        ],
        "levers": [[v.id, list(v.elements), v.low, v.high] for v in levers],
        "members": [members, wanted, runs],
        "seed": scenario.seed,
        "version": VERSION,
    }
    return sha256(canonical_json(made).encode())


def question_asked(
    scenario: Scenario, goals: str | Sequence[str], probability: float
) -> tuple[tuple[Goal, ...], tuple[Lever, ...]]:
    """The goals, and the levers that may move. Raises InputError with everything that is wrong with the question."""
    problems: list[Problem] = []
    asked: tuple[Goal, ...] = ()
    try:
        asked = goals_asked(scenario, goals)
    except InputError as error:
        problems += error.problems
    if not goals:
        problems.append(Problem(None, both("没有写明目标", "no goal is named")))
    if not 0 < probability < 1:
        meant = f"{probability / 100:g}"
        hint = both(f"是否应为 {meant}？", f"did you mean {meant}?") if 1 < probability < 100 else ""
        said = both(
            f"概率 {probability:g} 不在 0 和 1 之间",
            f"the probability {probability:g} does not lie between 0 and 1",
        )
        problems.append(Problem(None, said, hint))
    levers = tuple(v for v in scenario.lever_table if v.cost is not None)
    if not levers:
        problems.append(Problem(Address(str(scenario.path)), *_no_cost(scenario)))
    if problems:
        raise InputError(problems)
    return asked, levers


def _no_cost(scenario: Scenario) -> tuple[str, str]:
    """What is wrong where no lever can be searched over, and the remedy."""
    if not scenario.lever_table:
        said = both("本情景没有政策手段", "the scenario has no levers")
        return said, both("在 lever_table 中写明手段文件", "name a file of levers under 'lever_table'")
    said = both("没有一种手段写明成本，无从比较", "no lever states a cost, so there is no least")
    return said, both(
        "在手段文件中写 cost（不花钱的写 0）",
        "give them a 'cost' in the file of levers (0 where there is none)",
    )


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
        for year, _ in goal.yearly_measures:
            known = goal.known(year)
            x, scale = values[row] if known is None else np.full(values.shape[1], known), scales[row]
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


def _joint(run: Forecast, goals: Sequence[Goal]) -> Probability:
    rows = [run.judged.index(g.id) for g in goals]
    together = np.logical_and.reduce(run.met[rows], axis=0)
    return Probability(*jeffreys(int(together.sum()), run.members - run.failed)[:3])
