"""Reader of calibration specs: which documented figures the model of a scenario is fitted to, and with what error.

    scenario: ../scenarios/baseline.yaml
    name: {zh: 滕州耦合模型, en: Coupled Tengzhou model}
    seed: 20240806
    sampler: {runs: 4, particles: 1000}
    observations:
      - id: gdp
        history: [{variable: gdp_nominal, entity: tengzhou}]     # several: observed as their sum
        measure: {total: "GDP"}                                  # without a year
        relative_sd: 2%                                          # or sd: in the unit of the history row
        reason: initial accounting on one basis, 2019 to 2023

Model, priors, shocks, history and `as_of` are those of the scenario. All problems come at once, each at its place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, cast

from pydantic import Field

from tzsim.calibration.observations import Datum, Scale, scope, standard_error
from tzsim.calibration.sector import InputRow, measured_scenario, sector_of
from tzsim.calibration.smc import Settings
from tzsim.calibration.then_known import Driver
from tzsim.ensemble.posterior import content_hashes, plain, spec_hash
from tzsim.errors import InputError, Problem, nearest
from tzsim.measures import Measure, at_year, backward, needs
from tzsim.record import canonical_json, sha256
from tzsim.scenario import Observation, Scenario, Text2, read_scenario
from tzsim.scenario.amounts import amount_at, unit_at
from tzsim.scenario.binding import Names
from tzsim.scenario.distributions import DistributionError, distribution
from tzsim.scenario.explain import shaped
from tzsim.scenario.extends import Project
from tzsim.scenario.goals import bound_measure, off_step
from tzsim.scenario.located import Document, read_yaml
from tzsim.scenario.schema import Amount, HistoryRow, MeasureTree, Number, Shape, Time, Words
from tzsim.scenario.tables import words
from tzsim.units import ONE, UnitError, conversion, parse_unit


class SamplerRow(Shape):
    """Settings of the sampler; see `smc.Settings`."""

    runs: Annotated[int, Field(ge=1, le=64)] | None = None
    particles: Annotated[int, Field(ge=8, le=1_000_000)] | None = None
    keep_ess: Annotated[float, Field(gt=0, lt=1)] | None = None
    stage_correlation: Annotated[float, Field(gt=0, lt=1)] | None = None
    final_correlation: Annotated[float, Field(gt=0, lt=1)] | None = None
    stage_moves: Annotated[int, Field(ge=1)] | None = None
    final_moves: Annotated[int, Field(ge=1)] | None = None


class RatioRow(Shape):
    """Prior of the share that the model's quantity is of the figures: 5 % point, median, 95 % point (triangular: bounds)."""

    value: Amount
    low: Amount
    high: Amount
    distribution: Literal["lognormal", "normal", "triangular"] = "lognormal"


class ObservationRow(Shape):
    """A series of documented figures and the measure of the model that says the same thing."""

    id: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$")
    history: list[HistoryRow] = Field(min_length=1)
    """Rows of the history file; several are observed as their sum."""
    years: list[Time] | None = Field(default=None, min_length=1)
    """Default: every year with fit or hold-out rows."""
    measure: MeasureTree
    sd: Amount | None = None
    """Standard error of each figure, in the unit of the history row."""
    relative_sd: Amount | None = None
    """Standard error as a share of the figure."""
    noise: Literal["normal", "student t"] = "normal"
    degrees: Annotated[Number, Field(gt=0)] = 5.0
    bound: Literal["", "at least", "at most"] = ""
    scope: Amount | None = None
    """Log sd of an unknown factor, common to the years, between the figures' scope and the model's."""
    ratio: RatioRow | None = None
    """The figures are of a larger whole, of which the model's quantity is this uncertain share in each year."""
    context: bool = False
    """Take rows of role context too: for a hindcast only; with estimated or recalled rows it is shown and counts for nothing."""
    reason: str = Field(min_length=1)


class DriverRow(Shape):
    """A table of the outside world that a hindcast cuts off at its origin; see `then_known`."""

    table: str
    beyond: Literal["trend", "last"]


class ScoredRow(Shape):
    """A series of the spec that a hindcast scores. plan_growth: a year, for levels; plan_value: for rates, in their unit."""

    id: str
    name: Words
    plan_growth: Amount | None = None
    plan_value: Number | None = None


class HindcastRow(Shape):
    """Rolling origins over the years of the series."""

    model: Words
    """What tables call the model of this spec."""
    series: list[ScoredRow] = Field(min_length=1)
    drivers: list[DriverRow] = Field(default_factory=list[DriverRow])
    sampler: SamplerRow = SamplerRow()
    apart: bool = False
    """The series share nothing, so that each origin is fitted to those alone that are forecast from it."""
    also: list[str] = Field(default_factory=list[str])
    """Specs of reduced models whose hindcasts belong to this one."""
    caveat: Words | None = None
    """What the scores cannot show."""


class SpecFile(Shape):
    """One calibration. sector: a model file that replaces the scenario's model; inputs: measured, in place of its stand-ins."""

    scenario: str
    sector: str | None = None
    inputs: list[InputRow] = Field(default_factory=list[InputRow])
    name: Words
    seed: Annotated[int, Field(ge=0, lt=2**63)]
    sampler: SamplerRow = SamplerRow()
    observations: list[ObservationRow] = Field(min_length=1)
    hindcast: HindcastRow | None = None


@dataclass(frozen=True, slots=True)
class Scored:
    """A series that a hindcast scores. plan_growth: share a year; plan_value: in the unit of the series."""

    id: str
    name: Text2
    plan_growth: float | None
    plan_value: float | None


@dataclass(frozen=True, slots=True)
class HindcastSpec:
    """Which series of a spec are scored over past origins, and how the model is fitted there."""

    model: Text2
    series: tuple[Scored, ...]
    drivers: tuple[Driver, ...]
    settings: Settings
    apart: bool
    also: tuple[Path, ...]
    caveat: Text2


@dataclass(frozen=True)
class Spec:
    """A calibration, read and checked. until: end of what is known (years). scales: scopes and ratios of its series."""

    id: str
    path: Path
    name: Text2
    scenario: Scenario
    data: tuple[Datum, ...]
    scales: tuple[Scale, ...]
    settings: Settings
    seed: int
    until: float
    reasons: Mapping[str, str]
    """Series id -> why it is used, with this error."""
    context: frozenset[str] = frozenset()
    """Series that use rows of role context: only a hindcast may."""
    hindcast: HindcastSpec | None = None

    @property
    def hashes(self) -> dict[str, str]:
        """Part -> SHA-256 of what it says (not of its layout): model, priors, shocks, figures, fixed constants, spec."""
        scenario = self.scenario
        parts: dict[str, object] = {
            "data": [_marked(d) for d in self.data],
            "scales": [plain(s) for s in self.scales],
            "fixed": dict(sorted(scenario.fixed.items())),
            "held": [[s.id, s.off, [list(f) for f in s.fixed]] for s in scenario.shocks if s.off or s.fixed],
        }
        own = {name: sha256(canonical_json(part).encode()) for name, part in parts.items()}
        return own | content_hashes(scenario) | spec_hash(scenario.root, self.place)

    @property
    def place(self) -> str:
        """The spec's file relative to its project, with /."""
        return Project(self.scenario.root).relative(self.path)


def _marked(datum: Datum) -> dict[str, object]:
    """A figure as it enters the hash: its time under the name that recorded posteriors know."""
    row = cast("dict[str, object]", plain(datum))
    return {"year" if name == "time" else name: value for name, value in row.items()}


def read_spec(path: str | Path) -> Spec:
    """The calibration written in `path`. Raises InputError with every problem found."""
    file = Path(path)
    project = Project.around(file)
    document = read_yaml(file, project.shown(file))
    shape = shaped(SpecFile, document)
    target = project.inside(document, ("scenario",), shape.scenario)
    if not target.is_file():
        beside = [p.name for p in target.parent.glob("*.y*ml")] if target.parent.is_dir() else []
        hint = nearest(target.name, beside) or (f"there: {', '.join(sorted(beside))}" if beside else "")
        raise InputError([document.problem(("scenario",), f"there is no scenario '{shape.scenario}'", hint)])
    scenario = read_scenario(target, root=project.root)
    if shape.sector is not None:
        scenario = sector_of(document, project, shape.sector, scenario)
    names = Names(scenario.model)
    until = scenario.known_until
    start = names.control("INITIAL TIME") or 0.0
    problems: list[Problem] = []
    if shape.inputs:
        scenario = measured_scenario(document, shape.inputs, scenario, problems)
    data: list[Datum] = []
    scales: list[Scale] = []
    for i, row in enumerate(shape.observations):
        if row.id in [r.id for r in shape.observations[:i]]:
            problems.append(
                document.problem(("observations", i, "id"), f"'{row.id}' stands here a second time")
            )
        scale = _scale(document, i, row, problems)
        scales += [scale] if scale is not None else []
        data += _series(document, i, row, scenario.history, names, (start, until), problems)
    hindcast = _hindcast(document, project, shape, problems)
    if problems:
        raise InputError(problems)
    return Spec(
        file.stem, file, words(shape.name), scenario, tuple(data), tuple(scales), _settings(shape.sampler), shape.seed, until,
        {r.id: r.reason for r in shape.observations}, frozenset(r.id for r in shape.observations if r.context), hindcast,
    )  # fmt: skip


def _settings(row: SamplerRow) -> Settings:
    return Settings(**{k: v for k, v in row.model_dump().items() if v is not None})


def _hindcast(
    document: Document, project: Project, shape: SpecFile, problems: list[Problem]
) -> HindcastSpec | None:
    row = shape.hindcast
    if row is None:
        return None
    ids = [r.id for r in shape.observations]
    series: list[Scored] = []
    for n, wanted in enumerate(row.series):
        at = ("hindcast", "series", n)
        if wanted.id not in ids:
            text = f"no series '{wanted.id}' in this spec"
            problems.append(document.problem((*at, "id"), text, nearest(wanted.id, ids)))
        growth = wanted.plan_growth
        rate = None if growth is None else amount_at(document, (*at, "plan_growth"), growth, ONE, problems)
        series.append(Scored(wanted.id, words(wanted.name), rate, wanted.plan_value))
    also: list[Path] = []
    for n, text in enumerate(row.also):
        path = project.inside(document, ("hindcast", "also", n), text)
        if not path.is_file():
            problems.append(document.problem(("hindcast", "also", n), f"there is no spec '{text}'"))
        also.append(path)
    drivers = tuple(Driver(d.table, d.beyond) for d in row.drivers)
    return HindcastSpec(
        words(row.model),
        tuple(series),
        drivers,
        _settings(row.sampler),
        row.apart,
        tuple(also),
        words(row.caveat),
    )


def _scale(document: Document, i: int, row: ObservationRow, problems: list[Problem]) -> Scale | None:
    """The scope or ratio of one row of the spec; None where it has none (or a wrong one, with a Problem)."""
    at = ("observations", i)
    if row.scope is not None and row.ratio is not None:
        problems.append(document.problem((*at, "ratio"), "both scope and ratio", "a ratio has its own width"))
    if row.scope is not None:
        width = amount_at(document, (*at, "scope"), row.scope, ONE, problems)
        if width is not None and width <= 0:
            text = f"scope: {row.scope} is not above 0"
            problems.append(document.problem((*at, "scope"), text, "leave it out for none"))
        return scope(row.id, width) if width is not None and width > 0 else None
    if row.ratio is None:
        return None
    written = {"value": row.ratio.value, "low": row.ratio.low, "high": row.ratio.high}
    numbers = {k: amount_at(document, (*at, "ratio", k), v, ONE, problems) for k, v in written.items()}
    given = [v for v in numbers.values() if v is not None]
    if len(given) < 3:
        return None
    try:
        prior = distribution(row.ratio.distribution, given[0], given[1], given[2])
    except DistributionError as error:
        problems.append(document.problem((*at, "ratio", error.field), f"ratio: {error}", error.hint))
        return None
    if given[1] <= 0:
        problems.append(
            document.problem((*at, "ratio", "low"), f"ratio: low: {row.ratio.low} is not above 0")
        )
    return Scale("ratio", row.id, prior)


def _series(
    document: Document,
    i: int,
    row: ObservationRow,
    history: Sequence[Observation],
    names: Names,
    known: tuple[float, float],
    problems: list[Problem],
) -> list[Datum]:
    """The figures of one row of the spec."""
    at = ("observations", i)
    columns: list[dict[float, Observation]] = []
    for j, wanted in enumerate(row.history):
        found = {o.year: o for o in history if (o.variable, o.entity) == (wanted.variable, wanted.entity)}
        if not found:
            entities = sorted({o.entity for o in history if o.variable == wanted.variable})
            hint = (
                f"entities with it: {', '.join(entities)}"
                if entities
                else nearest(wanted.variable, {o.variable for o in history})
            )
            text = f"no history row of '{wanted.variable}' for '{wanted.entity}' up to {known[1]:g}"
            problems.append(document.problem((*at, "history", j), text, hint))
        columns.append(found)
    if not all(columns):
        return []
    unit = next(iter(columns[0].values())).unit
    measure = bound_measure(document, (*at, "measure"), row.measure, names, unit, problems)
    if unit_at(document, (*at, "measure"), unit, problems, names) is None or measure is None:
        return []
    made: list[Datum] = []
    common = set(columns[0]).intersection(*columns[1:])
    for n, year in enumerate(sorted(common) if row.years is None else row.years):
        place = (*at, "years", n) if row.years is not None else (*at, "id")
        parts = [c[year] for c in columns if year in c]
        usable = len(parts) == len(columns) and (row.context or all(o.role != "context" for o in parts))
        dated = at_year(measure, year)
        times = needs(dated).times
        inside = backward(dated) is None and known[0] - 1e-9 <= times[0] and times[-1] <= known[1] + 1e-9
        if row.years is None and not (usable and inside):
            continue
        if between := off_step(times, names.clock()):
            address = parts[0].address if parts else None
            problems.append(Problem(address, f"{row.id}: {between[0]}", between[1]))
        elif not inside:
            text = f"{row.id}: the measure of {year} reads {times[0]:g} to {times[-1]:g}"
            problems.append(document.problem(place, text, f"the run goes from {known[0]:g} to {known[1]:g}"))
        elif not usable:
            problems.append(document.problem(place, *_why_not(row.id, year, columns)))
        else:
            datum = _datum(document, i, row, year, parts, dated, unit, problems)
            made += [datum] if datum is not None else []
    if not made and row.years is None and not any(p.address and p.address.line for p in problems):
        text = f"{row.id}: no fit or hold-out row within {known[0]:g} to {known[1]:g}"
        problems.append(document.problem((*at, "id"), text, "see the role column of the history file"))
    return made


def _why_not(id: str, year: float, columns: Sequence[dict[float, Observation]]) -> tuple[str, str]:
    missing = [next(iter(c.values())).variable for c in columns if year not in c]
    if missing:
        known = sorted(set(columns[0]).intersection(*columns[1:]))
        return f"{id}: no row of {', '.join(missing)} in {year}", f"years: {', '.join(map(str, known))}"
    context = [c[year] for c in columns if c[year].role == "context"]
    rows = ", ".join(f"{o.variable} ({o.quality})" for o in context)
    return f"{id}: the row of {year} is context: {rows}", "only documented rows are fitted"


def _datum(
    document: Document,
    i: int,
    row: ObservationRow,
    year: float,
    parts: Sequence[Observation],
    measure: Measure,
    unit: str,
    problems: list[Problem],
) -> Datum | None:
    at = ("observations", i)
    wanted = parse_unit(unit, own=True)
    value = variance = 0.0
    stated = True
    for o in parts:
        try:
            factor = conversion(parse_unit(o.unit, own=True), wanted)
        except UnitError as error:
            problems.append(document.problem((*at, "history"), f"{o.variable}: {error}", error.hint))
            return None
        value += o.value * factor
        error_of_part = standard_error(o.value, o.low, o.high, o.quality)
        rate = wanted.dimensionless and not (o.low is not None and o.high is not None and o.high > o.low)
        if error_of_part is None or rate:
            stated = False
        else:
            variance += (error_of_part * factor) ** 2
    sd = _written_sd(document, i, row, value, unit, problems)
    if sd is None and not stated:
        if not any(p.address == document.problem((*at, "id"), "").address for p in problems):
            text = f"{row.id}: the error of {value:g} {unit} in {year} is not known"
            hint = "write sd: for a rate or share, a percentage of the percentage is no error"
            problems.append(document.problem((*at, "id"), text, hint))
        return None
    return Datum(
        f"{row.id} {year}", row.id, year, value, sd if sd is not None else variance**0.5, unit, measure, row.noise,
        row.degrees, row.bound, "hold-out" if any(o.role == "hold-out" for o in parts) else "fit",
        row.id if row.scope is not None or row.ratio is not None else "", parts[0].quality, "; ".join(o.source for o in parts),
        max(o.published for o in parts),
    )  # fmt: skip


def _written_sd(
    document: Document, i: int, row: ObservationRow, value: float, unit: str, problems: list[Problem]
) -> float | None:
    """The standard error that the spec gives, in `unit`; None where it gives none (or a wrong one, with a Problem)."""
    at = ("observations", i)
    if row.sd is not None and row.relative_sd is not None:
        problems.append(document.problem((*at, "relative_sd"), "both sd and relative_sd", "keep one"))
    field, written, of = (
        ("sd", row.sd, parse_unit(unit, own=True))
        if row.sd is not None
        else ("relative_sd", row.relative_sd, ONE)
    )
    if written is None:
        return None
    sd = amount_at(document, (*at, field), written, of, problems)
    if sd is not None and sd <= 0:
        problems.append(document.problem((*at, field), f"{field}: {sd:g} is not above 0"))
        return 1.0
    return sd if sd is None or field == "sd" else sd * abs(value)
