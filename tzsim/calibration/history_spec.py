"""Reader of history specs: which measure of the model says the same as a documented figure, and which figures are left out.

    scenario: ../../scenarios/baseline.yaml
    entities: [tengzhou, chemicals]
    years: {from: 2018, to: 2024}
    series:
      - id: gdp
        name: {zh: 地区生产总值, en: GDP}                    # optional
        history: [{variable: gdp_nominal, entity: tengzhou}]     # several: compared as their sum
        measure: {total: "GDP"}                                  # without a year
    ranges: ranges.csv                                   # optional: see `ranges`
    left_out:
      - {variable: births, entity: tengzhou, reason: one significant figure}

Every documented row (official, reported, secondary) of the entities and years must stand under `series` or `left_out`;
hold-outs, and rows whose measure reads a time before the run, are left out by themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

from tzsim.calibration.observations import Bound
from tzsim.calibration.ranges import Wider, wider_priors
from tzsim.errors import InputError, Problem, nearest
from tzsim.measures import Measure, at_year, needs
from tzsim.scenario import Observation, Scenario, read_scenario
from tzsim.scenario.binding import Names
from tzsim.scenario.explain import shaped
from tzsim.scenario.extends import Project
from tzsim.scenario.goals import bound_measure
from tzsim.scenario.history import DOCUMENTED
from tzsim.scenario.located import Document, NodePath, read_yaml
from tzsim.scenario.schema import HistoryRow, MeasureTree, Shape, Time, Words
from tzsim.scenario.tables import words
from tzsim.scenario.text import Text2
from tzsim.units import UnitError, conversion, parse_unit


class YearsRow(Shape):
    first: Time = Field(alias="from")
    last: Time = Field(alias="to")


class MappedRow(Shape):
    """A series of figures and the measure that says the same thing."""

    id: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$")
    name: Words | None = None
    """Default: the id."""
    history: list[HistoryRow] = Field(min_length=1)
    measure: MeasureTree
    bound: Bound = ""
    """The figures are printed as bounds: 'at least' holds where the band reaches above them, 'at most' below."""


class LeftOutRow(Shape):
    variable: str
    entity: str
    years: Annotated[list[Time], Field(min_length=1)] | None = None
    """Default: every year."""
    reason: Words


class HistoryFile(Shape):
    """What of the history a model is compared with."""

    scenario: str
    entities: list[str] = Field(min_length=1)
    years: YearsRow
    series: list[MappedRow] = Field(min_length=1)
    ranges: str = ""
    """File of researched ranges that the priors are held against."""
    left_out: list[LeftOutRow] = Field(default_factory=list[LeftOutRow])


@dataclass(frozen=True, slots=True)
class Figure:
    """One documented figure (the sum of `rows`) and the dated measure; value in `unit`."""

    series: str
    year: float
    value: float
    unit: str
    measure: Measure
    rows: tuple[Observation, ...]
    bound: Bound = ""
    name: Text2 = Text2()
    """Of the series, in words."""

    @property
    def quality(self) -> str:
        """Of the weakest of its rows."""
        return max((o.quality for o in self.rows), key=DOCUMENTED.index)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """One documented row that is not compared, and why."""

    row: Observation
    reason: Text2


@dataclass(frozen=True)
class HistorySpec:
    """A history spec, read and checked."""

    path: Path
    scenario: Scenario
    figures: tuple[Figure, ...]
    left_out: tuple[LeftOut, ...]
    wider: tuple[Wider, ...] = ()
    """Priors beyond their researched range."""


def read_history_spec(path: str | Path) -> HistorySpec:
    """The spec written in `path`. Raises InputError with every problem found, rows that stand nowhere among them."""
    file = Path(path)
    project = Project.around(file)
    document = read_yaml(file, project.shown(file))
    shape = shaped(HistoryFile, document)
    target = project.inside(document, ("scenario",), shape.scenario)
    if not target.is_file():
        text = f"there is no scenario '{shape.scenario}'"
        raise InputError([document.problem(("scenario",), text, "a path beside this file")])
    scenario = read_scenario(target, root=project.root)
    problems: list[Problem] = []
    wanted = {
        (o.variable, o.entity, o.year): o
        for o in scenario.history
        if o.entity in shape.entities
        and shape.years.first <= o.year <= shape.years.last
        and o.quality in DOCUMENTED
    }
    for i, entity in enumerate(shape.entities):
        known = {o.entity for o in scenario.history}
        if entity not in known:
            text = f"the history has no rows of '{entity}'"
            problems.append(document.problem(("entities", i), text, nearest(entity, known)))
    out = _left_out(document, shape, wanted, problems)
    figures = _figures(document, shape, scenario, wanted, out, problems)
    placed = {(o.variable, o.entity, o.year) for f in figures for o in f.rows} | set(out)
    if not problems:
        problems += [
            Problem(o.address, f"{o.variable} of {o.entity} in {o.year} is neither compared nor left out",
                    f"put it under series or left_out in {document.source.shown}")
            for at, o in wanted.items()
            if at not in placed
        ]  # fmt: skip
    if problems:
        raise InputError(problems)
    wider: tuple[Wider, ...] = ()
    if shape.ranges:
        ranges = project.inside(document, ("ranges",), shape.ranges)
        wider = wider_priors(ranges, project.shown(ranges), scenario.priors)
    return HistorySpec(file, scenario, figures, tuple(out[k] for k in wanted if k in out), wider)


Place = tuple[str, str, float]


def _left_out(
    document: Document, shape: HistoryFile, wanted: dict[Place, Observation], problems: list[Problem]
) -> dict[Place, LeftOut]:
    held = Text2("留作检验拟合之用", "held out for testing a fit")
    out = {k: LeftOut(o, held) for k, o in wanted.items() if o.role == "hold-out"}
    for i, row in enumerate(shape.left_out):
        found = {k: o for k, o in wanted.items() if (o.variable, o.entity) == (row.variable, row.entity)}
        years = [k[2] for k in found] if row.years is None else row.years
        if not found:
            text = f"no documented row of '{row.variable}' for '{row.entity}' in these years"
            hint = nearest(row.variable, {k[0] for k in wanted})
            problems.append(document.problem(("left_out", i), text, hint))
        for year in years:
            at = (row.variable, row.entity, year)
            if found and at not in found:
                text = f"{row.variable} of {row.entity}: no documented row of {year}"
                problems.append(document.problem(("left_out", i, "years"), text))
            elif at in found:
                out[at] = LeftOut(found[at], words(row.reason))
    return out


def _figures(
    document: Document,
    shape: HistoryFile,
    scenario: Scenario,
    wanted: dict[Place, Observation],
    out: dict[Place, LeftOut],
    problems: list[Problem],
) -> tuple[Figure, ...]:
    names = Names(scenario.model)
    start = names.control("INITIAL TIME") or 0.0
    figures: list[Figure] = []
    seen: dict[Place, str] = {}
    for i, row in enumerate(shape.series):
        at: NodePath = ("series", i)
        if row.id in [s.id for s in shape.series[:i]]:
            problems.append(document.problem((*at, "id"), f"'{row.id}' stands here a second time"))
        columns: list[dict[float, Observation]] = []
        for j, part in enumerate(row.history):
            found = {
                k[2]: o for k, o in wanted.items() if k[:2] == (part.variable, part.entity) and k not in out
            }
            if not found:
                text = f"no documented row of '{part.variable}' for '{part.entity}' to compare"
                hint = nearest(part.variable, {k[0] for k in wanted})
                problems.append(document.problem((*at, "history", j), text, hint))
            columns.append(found)
        if not all(columns):
            continue
        unit = next(iter(columns[0].values())).unit
        measure = bound_measure(document, (*at, "measure"), row.measure, names, unit, problems)
        if measure is None:
            continue
        for year in sorted(set(columns[0]).intersection(*columns[1:])):
            rows = tuple(c[year] for c in columns)
            dated = at_year(measure, year)
            if needs(dated).times[0] < start - 1e-9:
                early = Text2(f"其口径要用到{start:g}年以前的数值", f"its measure reads before {start:g}")
                for o in rows:
                    out[o.variable, o.entity, o.year] = LeftOut(o, early)
                continue
            for o in rows:
                place = (o.variable, o.entity, o.year)
                if place in seen:
                    text = f"{o.variable} of {o.entity} in {o.year} is compared already, in '{seen[place]}'"
                    problems.append(document.problem((*at, "history"), text))
                seen[place] = row.id
            value = _sum(document, (*at, "history"), rows, unit, problems)
            name = words(row.name) or Text2(row.id, row.id)
            figures.append(Figure(row.id, year, value, unit, dated, rows, row.bound, name))
    return tuple(figures)


def _sum(
    document: Document, at: NodePath, rows: Sequence[Observation], unit: str, problems: list[Problem]
) -> float:
    total = 0.0
    for o in rows:
        try:
            total += o.value * conversion(parse_unit(o.unit, own=True), parse_unit(unit, own=True))
        except UnitError as error:
            problems.append(document.problem(at, f"{o.variable}: {error}", error.hint))
    return total
