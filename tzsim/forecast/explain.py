"""explain: what holds a goal back, what moves it, which futures miss it, which loops carry it, how far each limit accounts for the gap."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from tzsim.clock import Clock
from tzsim.ensemble.draws import Draws
from tzsim.errors import SimulationError, both
from tzsim.forecast.answer_table import AnswerTable
from tzsim.forecast.asked import goal_asked
from tzsim.forecast.discovery import Box, Quality, confirmed, discover, quality
from tzsim.forecast.drivers import Drivers, drivers
from tzsim.forecast.explain_tables import explanation_tables
from tzsim.forecast.gap import Gap, split_gap
from tzsim.forecast.gather import EXACT_MEMBERS
from tzsim.forecast.knowing import Knowing, knowing
from tzsim.forecast.loops import LoopAnswer, loops_of
from tzsim.forecast.result import Forecast
from tzsim.forecast.robustness import Robustness, robustness
from tzsim.forecast.run import Progress, forecast
from tzsim.forecast.sample import members_of
from tzsim.forecast.starts import HeldBack, starts_held_back
from tzsim.record import VERSION, canonical_json, sha256
from tzsim.scenario import Goal, Scenario, Text2

if TYPE_CHECKING:
    import pandas as pd

FloatArray = NDArray[np.float64]
Interest = Literal["missed", "met"]

SHOWN = 20
"""Drivers in the printed table; the CSV file has them all."""
SUPPORT = 2_000
"""Members, at most, of the runs that cut loops, move doubts and split the gap."""


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
    gap: Gap | Text2
    """In words why, where the gap cannot be split."""
    starts: tuple[HeldBack, ...]
    """Limits of what is begun, by element and year; empty where the view names none."""
    loops: LoopAnswer
    knowing: Knowing
    robustness: Robustness

    @property
    def run_id(self) -> str:
        """Hash of the forecast's run id and the goal."""
        text = canonical_json({"explain": self.goal.id, "run": self.forecast.run_id, "version": VERSION})
        return sha256(text.encode())[:16]

    def tables(self) -> dict[str, AnswerTable]:
        """binds, starts, drivers, knowing, rule, loops, loop_years, robustness, conflicts and gap, by name."""
        return explanation_tables(self)

    def to_frame(self, part: str = "drivers") -> pd.DataFrame:
        """One of the tables for computing. Raises KeyError with their names for another."""
        return self.tables()[part].to_frame()

    def plot(
        self,
        lang: Literal["zh", "en"] = "zh",
        part: Literal["drivers", "knowing", "gap", "loops", "robustness"] = "drivers",
    ) -> Any:
        """The chart of one part: the strongest inputs against the noise floor, the value of information, the gap, loops or doubts."""
        import tzsim

        match part:
            case "drivers":
                return tzsim.drivers_chart(self, lang)
            case "knowing":
                return tzsim.information_chart(self.forecast, self.goal, self.knowing, lang)
            case "gap":
                return tzsim.gap_chart(self, lang)
            case "loops":
                return tzsim.loops_chart(self, lang)
            case "robustness":
                return tzsim.robustness_chart(self.robustness, self.goal.id, lang)

    def __repr__(self) -> str:
        return f"Explanation({self.forecast.scenario.id} {self.goal.id}: {len(self.drivers.above)} inputs above the floor)"

    def _repr_html_(self) -> str:
        tables = self.tables()
        for name in ("drivers", "knowing"):
            tables[name] = replace(tables[name], rows=tables[name].rows[:SHOWN])
        return "".join(table.html() for table in tables.values())


def explain(
    scenario: Scenario, goal: str, *, threads: int | None = None, progress: Progress | None = None
) -> Explanation:
    """Explain a judged goal of a scenario (its id, or its Chinese or English name) from an ensemble of its members (the first 20,000 at most).

    Raises InputError for a goal that is not there or not judged, SimulationError where nothing runs.
    """
    asked = goal_asked(scenario, goal)
    scenario = replace(scenario, draws=min(scenario.draws, EXACT_MEMBERS))
    found = ensemble_of(scenario, asked, threads=threads, progress=progress)
    names, inputs, met, values = found.names, found.inputs, found.met, found.values
    moved = drivers(names, inputs, met, values, seed=scenario.seed)
    some = min(scenario.draws, SUPPORT)
    return Explanation(
        found.forecast,
        asked,
        moved,
        _find_rule(moved, names, inputs, met),
        split_gap(scenario, asked, members=some, threads=threads),
        starts_held_back(scenario, asked, members=some, threads=threads),
        loops_of(scenario, asked, members=some, threads=threads),
        knowing(scenario, names, inputs, met, values, scenario.known_until),
        robustness(scenario, [asked.id], members=some, threads=threads),
    )


@dataclass(frozen=True, eq=False)
class Ensemble:
    """The living members of a forecast as seen from one goal. inputs: (input, member). met, values: (member,)."""

    forecast: Forecast
    names: tuple[str, ...]
    inputs: FloatArray
    met: NDArray[np.bool_]
    values: FloatArray


def ensemble_of(
    scenario: Scenario, goal: Goal, *, threads: int | None = None, progress: Progress | None = None
) -> Ensemble:
    """Run the scenario's members (the first 20,000 at most). Raises SimulationError where fewer than 20 live."""
    scenario = replace(scenario, draws=min(scenario.draws, EXACT_MEMBERS))
    result = forecast(scenario, threads=threads, progress=progress)
    row = result.judged.index(goal.id)
    alive = np.ones(result.members, dtype=np.bool_)
    alive[list(result.failed_members)] = False
    if alive.sum() < 20:
        count = int(alive.sum())
        raise SimulationError(
            both(
                f"{count} 次模拟太少，无从解释，至少要 20 次",
                f"{count} members are too few to explain anything; use at least 20",
            )
        )
    names, inputs = _inputs(members_of(scenario, scenario.draws), goal, scenario.clock)
    return Ensemble(result, names, inputs[:, alive], result.met[row][alive], result.measures[row][alive])


def _inputs(drawn: Draws, goal: Goal, clock: Clock) -> tuple[tuple[str, ...], FloatArray]:
    """Constants and shocks (input, member); shocks that start after the goal is due are left out."""
    block = drawn.block()
    end = clock.ends(max(year for year, _ in goal.yearly_measures))
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
