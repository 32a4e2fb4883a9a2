"""What the files that a person writes say, after reading: frozen records, numbers in the units stated beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tzsim.clock import Clock, When
from tzsim.errors import Address
from tzsim.ir.model import Model
from tzsim.measures import Measure, at_year
from tzsim.scenario.binding import Names
from tzsim.scenario.distributions import Distribution
from tzsim.scenario.text import Text2

Quality: TypeAlias = Literal["official", "reported", "secondary", "estimated", "recalled", "assumption"]
Comparison: TypeAlias = Literal[">=", "<=", "≈ at least", "≈ within"]
GoalStatus: TypeAlias = Literal["judged", "documented as met", "descriptive", "not modelled yet"]
Role: TypeAlias = Literal["fit", "hold-out", "context"]


@dataclass(frozen=True, slots=True)
class Documented:
    """A figure that settles a goal: value in the goal's unit, the year it holds for, where it was read."""

    value: float
    year: float
    source: str
    quality: Quality
    scope: Text2 = Text2()


@dataclass(frozen=True, slots=True)
class Goal:
    """One row of the plan's goals, or a second reading of one.

    measure: evaluates to the goal's own unit (the reader has put the conversion inside); without a year when
    `each_year` is set, dated otherwise; None when the model does not produce it.
    tolerance: in the goal's unit, used by the two '≈' comparisons. date: end of that year (a time, where the clock is no calendar). reading_of: id of the row this one
    rereads ('' for a first reading). limits_of: elements whose limits hold it back ('' for a
    view without elements). delivery: nothing but a delivery programme stands behind it.
    """

    id: str
    area: str
    name: Text2
    quote: str
    item: str
    reading: Text2
    measure: Measure | None
    comparison: Comparison
    value: float
    tolerance: float
    unit: str
    date: float | None
    each_year: tuple[float, ...]
    undated: bool
    status: GoalStatus
    reason: Text2
    documented: Documented | None
    limits_of: tuple[str, ...]
    delivery: bool
    note: Text2
    reading_of: str = ""
    address: Address = Address("")

    @property
    def yearly_measures(self) -> tuple[tuple[float, Measure], ...]:
        """(year, dated measure) for each year in which an annual goal must hold; one entry for other goals."""
        if self.measure is None:
            return ()
        if self.each_year:
            return tuple((y, at_year(self.measure, y)) for y in self.each_year)
        return ((self.date or 0, self.measure),)

    def known(self, year: float) -> float | None:
        """The documented figure of one of the years in which an annual goal must hold, in the goal's unit, if there is one."""
        found = self.documented
        return found.value if found is not None and found.year == year and year in self.each_year else None

    def met(self, values: ArrayLike) -> NDArray[np.bool_]:
        """Whether values in the goal's unit (any shape) meet it. nan never does."""
        x = np.asarray(values, dtype=np.float64)
        if self.comparison == ">=":
            return x >= self.value
        if self.comparison == "<=":
            return x <= self.value
        if self.comparison == "≈ at least":
            return x >= self.value - self.tolerance
        return np.abs(x - self.value) <= self.tolerance


@dataclass(frozen=True, slots=True)
class Prior:
    """One uncertain constant (one element of it), in the unit of the model's variable."""

    variable: str
    distribution: Distribution
    unit: str
    source: str
    quality: Quality
    reason: str
    address: Address = Address("")

    def quantile(self, u: ArrayLike) -> NDArray[np.float64]:
        """Inverse distribution function; see `Distribution.quantile`."""
        return self.distribution.quantile(u)

    @property
    def value(self) -> float:
        return self.distribution.value


@dataclass(frozen=True, slots=True)
class Priors:
    """The prior table flattened to elements, in file order."""

    rows: tuple[Prior, ...] = ()

    def __iter__(self) -> Iterator[Prior]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True, slots=True)
class Shock:
    """A constant driven by new draws over time, held from knot to knot: start, start + period, ...

    elements: one Prior per element. common: share of variance common to the elements (Gaussian copula), 0..1.
    count: number of knots up to the scenario's horizon. off: the scenario holds every element at the model's own value.
    fixed: (element, knot index, value) set by the scenario.
    """

    id: str
    variable: str
    elements: tuple[Prior, ...]
    period: float
    start: float
    count: int
    common: float
    name: Text2
    source: str
    quality: Quality
    reason: str
    off: bool = False
    fixed: tuple[tuple[str, int, float], ...] = ()
    address: Address = Address("")

    @property
    def knots(self) -> tuple[float, ...]:
        """Times at which the value changes."""
        return tuple(self.start + k * self.period for k in range(self.count))


YUAN = "亿元"
"""Money of the costs of levers whose file names no other."""


@dataclass(frozen=True, slots=True)
class Lever:
    """A policy constant of the model: neutral unless a scenario moves it. Numbers in the unit of the model's variable.

    cost: in `cost_unit`, as `cost_basis` says. delay: years from the decision to its full effect, in words of the model.
    """

    id: str
    variable: str
    elements: tuple[str, ...]
    name: Text2
    neutral: float
    low: float
    high: float
    unit: str
    cost: float | None
    cost_basis: Text2
    delay: float | None
    mechanism: Text2
    source: str
    quality: Quality
    address: Address = Address("")
    cost_unit: str = YUAN


@dataclass(frozen=True, slots=True)
class Observation:
    """One documented figure, in `unit` as printed in the history file. low, high: 90 % interval where one is stated.

    published: the day (YYYY-MM-DD), month or year in which it became known, '' where that is not recorded. `as_of` compares the
    year described, not this: a figure of 2024 counts as known at the end of 2024 although it was published in 2025.
    confirmed: a person has looked at a figure that lies orders of magnitude from its series, and stands by it.
    """

    variable: str
    entity: str
    year: float
    value: float
    low: float | None
    high: float | None
    unit: str
    quality: Quality
    role: Role
    source: str
    note: str
    address: Address = Address("")
    published: str = ""
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class HistoryKey:
    variable: str
    entity: str


@dataclass(frozen=True, slots=True)
class ViewSeries:
    """One chart: measure without year (evaluates to `unit`), history rows drawn with it, the goal drawn on it."""

    id: str
    measure: Measure
    name: Text2
    unit: str
    history: tuple[HistoryKey, ...]
    goal: str
    address: Address = Address("")


@dataclass(frozen=True, slots=True)
class ViewLimit:
    """One limit of output: `cost` names the model variable that records the output lost to it, one element each."""

    id: str
    name: Text2
    cost: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ViewStart:
    """One limit of what is begun: `held_back` records what is wanted and not begun because of it, `wanted` what is wanted.

    Elements of the two go together one by one; a single element of `wanted` serves all.
    """

    id: str
    name: Text2
    held_back: tuple[str, ...]
    wanted: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ViewLoop:
    """A feedback loop by its name, the variables it runs through, and what cuts it.

    through: variables in the order of the loop; those between them may be left out. set: constant elements and the values that
    take the loop out of the whole run. hold: (source, target) variables: from `as_of` on the target sees the source as
    it was then.
    """

    id: str
    name: Text2
    through: tuple[str, ...]
    set: tuple[tuple[str, float], ...] = ()
    hold: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ViewDoubt:
    """A doubt about the structure of the model that a prior draws: the elements of its constant move together."""

    id: str
    name: Text2
    elements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class View:
    """What a forecast shows. elements: labels of subscript elements; areas: of the plan's items; inputs: of constants; about: what the
    model describes."""

    elements: Mapping[str, Text2]
    series: tuple[ViewSeries, ...]
    limits: tuple[ViewLimit, ...]
    output: tuple[str, ...]
    range: str
    areas: Mapping[str, Text2]
    starts: tuple[ViewStart, ...] = ()
    loops: tuple[ViewLoop, ...] = ()
    doubts: tuple[ViewDoubt, ...] = ()
    inputs: Mapping[str, Text2] = field(default_factory=dict[str, Text2])
    about: Text2 = Text2()


@dataclass(frozen=True, slots=True)
class Scenario:
    """Everything a forecast needs, read and checked.

    levers: lever id -> value. settings: constants set by hand, element -> value. Both in the model's units; `fixed` joins them
    as element -> value and overrides any prior. horizon: last time simulated (of a calendar: 1 January of that year). as_of: the day, or time
    of the model's clock, up to which things are known. files: path relative
    to the project root -> sha256 of the text read, model files included.
    """

    id: str
    path: Path
    root: Path
    name: Text2
    question: Text2
    model_path: Path
    model: Model
    draws: int
    seed: int
    as_of: When
    horizon: float
    goals: tuple[Goal, ...]
    priors: Priors
    shocks: tuple[Shock, ...]
    lever_table: tuple[Lever, ...]
    levers: Mapping[str, float]
    settings: Mapping[str, float]
    view: View
    history: tuple[Observation, ...]
    fixed: Mapping[str, float] = field(default_factory=dict[str, float])
    files: Mapping[str, str] = field(default_factory=dict[str, str])
    posterior: Path | None = None
    """Folder of the recorded posterior that members come from; None: the priors alone. Not read here."""
    stored: bool = False
    """Opened from a run folder: that its parts belong together was checked when the run was made."""

    @property
    def clock(self) -> Clock:
        """How the model counts its times, up to the horizon."""
        return Names(self.model).clock(self.horizon)

    @property
    def known_until(self) -> float:
        """The model's time at the end of `as_of`: 31 December 2024 is 2025.0."""
        return self.clock.known_until(self.as_of)

    @property
    def last_known(self) -> float:
        """The last year (or time of the model's clock) whose figures count as known."""
        return self.as_of.year if isinstance(self.as_of, date) else self.as_of

    @property
    def as_of_written(self) -> str | float:
        """`as_of` as a scenario file has it."""
        return self.as_of.isoformat() if isinstance(self.as_of, date) else self.as_of

    def as_of_said(self, lang: Literal["zh", "en"]) -> str:
        """`as_of` in words."""
        return self.clock.as_of_said(self.as_of, lang)

    def goal(self, id: str) -> Goal:
        """The goal with this id. Raises KeyError."""
        for g in self.goals:
            if g.id == id:
                return g
        raise KeyError(id)
