"""The value of information as an answer of its own: which statistic, once known, would most move the probability of a goal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from tzsim.forecast.answer_table import AnswerTable
from tzsim.forecast.asked import goal_asked
from tzsim.forecast.explain import ensemble_of
from tzsim.forecast.explain_tables import knowing_table
from tzsim.forecast.knowing import Knowing, knowing
from tzsim.forecast.result import Forecast
from tzsim.forecast.run import Progress
from tzsim.record import VERSION, canonical_json, sha256
from tzsim.scenario import Goal, Scenario

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, repr=False)
class ValueOfInformation:
    """What knowing each uncertain input would do to the probability of a goal."""

    forecast: Forecast
    goal: Goal
    knowing: Knowing

    @property
    def run_id(self) -> str:
        """Hash of the forecast's run id and the goal."""
        made = {"information": self.goal.id, "run": self.forecast.run_id, "version": VERSION}
        return sha256(canonical_json(made).encode())[:16]

    def table(self) -> AnswerTable:
        """Inputs by how far the probability would move on average if their value were known."""
        return knowing_table(self.forecast.scenario, self.knowing)

    def to_frame(self) -> pd.DataFrame:
        """The table for computing."""
        return self.table().to_frame()

    def plot(self, lang: Literal["zh", "en"] = "zh") -> Any:
        """The inputs that would move the probability most."""
        import tzsim

        return tzsim.information_chart(self.forecast, self.goal, self.knowing, lang)

    def __repr__(self) -> str:
        return f"ValueOfInformation({self.forecast.scenario.id} {self.goal.id}: {len(self.knowing.above)} inputs above the noise)"

    def _repr_html_(self) -> str:
        return self.table().html()


def value_of_information(
    scenario: Scenario, goal: str, *, threads: int | None = None, progress: Progress | None = None
) -> ValueOfInformation:
    """Which uncertain input, if its value were known, would most sharpen the probability of a goal (its id or name).

    From an ensemble of the scenario's members (the first 20,000 at most), by bins of each input; see `tzsim.forecast.knowing` for the
    method. `tzsim.explain` has the same among its parts. Raises InputError for a goal that is not there or not judged, SimulationError
    where nothing runs or fewer than 20 members live.
    """
    asked = goal_asked(scenario, goal)
    found = ensemble_of(scenario, asked, threads=threads, progress=progress)
    known = knowing(scenario, found.names, found.inputs, found.met, found.values, scenario.known_until)
    return ValueOfInformation(found.forecast, asked, known)
