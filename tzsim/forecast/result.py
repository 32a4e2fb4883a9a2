"""Forecast: the value that `forecast` makes and that charts, brief, tables and files are drawn from.

Every number of a report comes from here; nothing in it depends on a clock, a path or the number of threads.
Units are those of the goal (goals), of the series (fans) and shares in 0..1 (binding, probabilities).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import xarray as xr

    from tzsim.ensemble.skill import Skill
    from tzsim.forecast.conflicts import Conflicts
    from tzsim.scenario import Goal, Observation, Scenario, Text2

Status: TypeAlias = Literal["judged", "documented as met", "descriptive", "not modelled yet"]
FloatArray: TypeAlias = NDArray[np.float64]

QUANTILE_LEVELS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
"""Levels of every fan, ascending; index 3 is the median, 1 and 5 bound the 80 % interval."""

PRIOR_ONLY = "prior only"
POSTERIOR = "posterior"
"""Evidence of a whole forecast: none of its goals, or each by its own number."""
DELIVERY_ONLY = "delivery plan only"
NONE_BINDS = "none"


@dataclass(frozen=True, slots=True)
class Probability:
    """Share of members, with the 95 % interval of its sampling error (not of the model's error)."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class GoalResult:
    """One row of the goal table. Numbers are None where the goal is not judged."""

    goal: Goal
    status: Status
    median: float | None = None
    p10: float | None = None
    p90: float | None = None
    probability: float | None = None
    probability_low: float | None = None
    probability_high: float | None = None
    probability_prior: float | None = None
    evidence: str = ""
    """'calibrated', 'partly', 'prior only' (see `ensemble.grade`), 'delivery plan only'; '' where nothing is judged."""
    removed: float | None = None
    """Share of the prior variance of the measure that the data removed: the number behind `evidence`; None without a posterior."""
    removed_error: float | None = None
    """Standard error of `removed`."""
    evidence_half_width: str = ""
    """The grade under priors of half the width, as the posterior's record has it; '' where it has none of this measure."""
    removed_half_width: float | None = None
    removed_half_width_error: float | None = None
    binds: str = ""
    """Id of the limit that costs most output in most members, 'none' below the threshold; '' where not applicable."""
    yearly: tuple[tuple[float, float], ...] = ()
    """For goals that hold each year: (year, probability of that year alone)."""
    reason: str = ""
    """Why the row is not judged, in the words of the goal file; '' for judged rows."""


@dataclass(frozen=True, slots=True)
class SeriesFan:
    """One series of the view over the years: the past as simulated and as documented, and the future."""

    id: str
    name: Text2
    unit: str
    years: tuple[float, ...]
    quantiles: FloatArray
    """(level, year), levels as in `quantile_levels`; nan where the series has no value in that year."""
    history: tuple[Observation, ...] = ()
    goal: Goal | None = None
    result: GoalResult | None = None
    quantile_levels: tuple[float, ...] = QUANTILE_LEVELS


@dataclass(frozen=True, slots=True)
class Binding:
    """What holds output back: for each element (cluster) and year, over the members that did not fail."""

    limits: tuple[str, ...]
    """Ids of the limits as in the view, without 'none'."""
    elements: tuple[str, ...]
    years: tuple[float, ...]
    share: FloatArray
    """(element, year, limit + none): share of members where this limit costs most; sums to 1 over the last axis."""
    cost: FloatArray
    """(element, year, limit): mean over members of lost output / (output + lost output), 0..1."""

    @property
    def whole(self) -> bool:
        """Whether output has no elements: one quantity, with no cluster to speak of."""
        return self.elements == ("",)

    @property
    def empty(self) -> bool:
        """True when the view names no limits."""
        return not self.limits or not self.elements


@dataclass(frozen=True, slots=True)
class Joint:
    """Probability that all first readings of these judged goals are met in the same future."""

    goals: tuple[str, ...]
    probability: Probability


@dataclass(frozen=True, slots=True)
class HeldOut:
    """A documented figure that was kept out of the fit, with the 95 % band of the posterior predictive, in `unit`."""

    id: str
    unit: str
    value: float
    low: float
    high: float

    @property
    def inside(self) -> bool:
        return self.low <= self.value <= self.high


@dataclass(frozen=True, slots=True)
class Calibration:
    """The recorded posterior that members come from, and the checks it passed."""

    id: str
    converged: bool
    runs: int
    draws: int
    """Draws recorded, all runs together."""
    r_hat: float | None
    """The worst of all parameters."""
    effective: float
    """Least effective sample size over parameters and goal measures, at most the draws recorded."""
    fitted: int
    inside: int
    """Fitted figures, and how many lie in their 95 % posterior predictive band."""
    held_out: tuple[HeldOut, ...]


@dataclass(frozen=True, repr=False)
class Forecast:
    """The judged ensemble of one scenario."""

    scenario: Scenario
    goals: tuple[GoalResult, ...]
    """Every row of the goal file, in its order."""
    fans: tuple[SeriesFan, ...]
    binding: Binding
    joint: Mapping[str, Joint]
    """'all', and each goal area by its id; only where at least one first reading is judged."""
    measures: FloatArray
    """(judged goal, member): the goal's measure in the goal's unit; nan in failed members.

    Annual goals: the last year asked. In ensembles above 20,000 members only the first 20,000 are kept."""
    judged: tuple[str, ...]
    """Goal ids of the rows of `measures`."""
    met: NDArray[np.bool_]
    """(judged goal, member): met or not; False in failed members."""
    members: int
    """Members drawn, failed ones included."""
    failed: int
    failures: tuple[str, ...]
    """What failed, one line a cause: count, variable and time; empty when nothing did."""
    seed: int
    design: str
    run_id: str
    """Hash of everything that decides the numbers: model, data, goals, scenario, seed, draws, version."""
    hashes: Mapping[str, str]
    """Relative path -> sha256 of each file read; 'model' and 'version' among them."""
    version: str
    evidence: str = PRIOR_ONLY
    """'posterior' where members come from a recorded posterior."""
    calibration: Calibration | None = None
    """The posterior that members come from."""
    hardest: Mapping[str, FloatArray] = field(default_factory=dict[str, FloatArray], compare=False)
    """Goals with one bound that hold in each of several years -> (member,): the measure in the year in which the member does
    worst, in the goal's unit; the goal is met in every year where this meets it. Members as in `measures`."""
    skill: Skill | None = None
    """What the hindcast recorded beside the posterior showed; None where members come from the priors alone."""
    failed_members: tuple[int, ...] = ()
    """Numbers of the members that failed, ascending."""
    notes: tuple[str, ...] = ()
    """What a reader must know, e.g. constants without a prior that stay at the model's value."""
    timings: Mapping[str, float] = field(default_factory=dict[str, float], compare=False)
    """Seconds of each stage, for the terminal only; never written to a file."""

    @cached_property
    def conflicts(self) -> Conflicts:
        """Pairs of goals that fight or go together, with their reason in the model."""
        from tzsim.forecast.conflicts import conflicts

        return conflicts(self)

    def plot(self, series: str | None = None, lang: Literal["zh", "en"] = "zh") -> Any:
        """The fan chart of one series of the view, or without `series` the probabilities of all goals."""
        import tzsim

        return tzsim.goal_board(self, lang) if series is None else tzsim.fan(self, series, lang)

    def to_xarray(self) -> xr.Dataset:
        """The numbers with units, labels and provenance, as in `forecast.nc`."""
        from tzsim.forecast.netcdf import to_dataset

        return to_dataset(self)

    def __repr__(self) -> str:
        failed = f", {self.failed} failed" if self.failed else ""
        return f"Forecast({self.scenario.id}: {len(self.judged)} of {len(self.goals)} goals judged, {self.members} members{failed})"

    def _repr_html_(self) -> str:
        import tzsim

        return tzsim.forecast_html(self)

    def result(self, goal_id: str) -> GoalResult:
        """The row of one goal. Raises KeyError with the id."""
        for row in self.goals:
            if row.goal.id == goal_id:
                return row
        raise KeyError(goal_id)

    def fan(self, series_id: str) -> SeriesFan:
        """One series of the view. Raises KeyError with the id."""
        for fan in self.fans:
            if fan.id == series_id:
                return fan
        raise KeyError(series_id)
