"""The part of a calibration spec that sets one sector apart: its model file, and measured inputs in place of the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from pydantic import Field

from tzsim.calibration.measured import Figure, MeasuredInput, with_measured_inputs
from tzsim.calibration.observations import standard_error
from tzsim.errors import InputError, Problem, nearest
from tzsim.names import key
from tzsim.scenario import Observation, Scenario
from tzsim.scenario.amounts import amount_at
from tzsim.scenario.binding import BindingError, Names
from tzsim.scenario.extends import Project
from tzsim.scenario.history import DOCUMENTED
from tzsim.scenario.located import Document
from tzsim.scenario.records import Priors
from tzsim.scenario.schema import Amount, HistoryRow, Shape
from tzsim.translate import read_model
from tzsim.units import ONE, UnitError, conversion, parse_unit


class InputRow(Shape):
    """Documented figures that stand in for another sector. at: when in their year they hold (stocks: end, flows: middle)."""

    variable: str
    history: list[HistoryRow] = Field(min_length=1)
    at: Literal["end", "middle"]
    sd: Amount | None = None
    relative_sd: Amount | None = None
    reason: str = Field(min_length=1)


def sector_of(document: Document, project: Project, written: str, scenario: Scenario) -> Scenario:
    """The scenario with one sector in place of its model: only priors and shocks of that sector's constants, and no goals."""
    path = project.inside(document, ("sector",), written)
    if not path.is_file():
        raise InputError([document.problem(("sector",), f"there is no model file '{written}'")])
    model = read_model(path)
    names = Names(model)
    return replace(
        scenario,
        model=model,
        model_path=path,
        goals=(),
        priors=Priors(tuple(p for p in scenario.priors if _stands(names, p.variable))),
        shocks=tuple(s for s in scenario.shocks if all(_stands(names, e.variable) for e in s.elements)),
        fixed={name: v for name, v in scenario.fixed.items() if _stands(names, name)},
    )


def measured_scenario(
    document: Document, rows: Sequence[InputRow], scenario: Scenario, problems: list[Problem]
) -> Scenario:
    """The scenario whose model reads documented figures in place of the inputs named."""
    inputs = [_input(document, n, row, scenario, problems) for n, row in enumerate(rows)]
    model, priors = with_measured_inputs(scenario.model, [i for i in inputs if i is not None])
    return replace(scenario, model=model, priors=Priors((*scenario.priors, *priors)))


def _input(
    document: Document, n: int, row: InputRow, scenario: Scenario, problems: list[Problem]
) -> MeasuredInput | None:
    at = ("inputs", n)
    variable = scenario.model.variables.get(key(row.variable))
    if variable is None or any(e.subscripts for e in variable.equations):
        text = f"'{row.variable}' is no variable without subscripts"
        hint = nearest(row.variable, [v.name for v in scenario.model.variables.values()])
        problems.append(document.problem((*at, "variable"), text, hint))
        return None
    wanted, clock = parse_unit(variable.unit, own=True), scenario.clock
    figures: list[Figure] = []
    for j, source in enumerate(row.history):
        found = [
            o
            for o in scenario.history
            if (o.variable, o.entity) == (source.variable, source.entity) and o.quality in DOCUMENTED
        ]
        if not found:
            text = f"no documented row of '{source.variable}' for '{source.entity}'"
            problems.append(document.problem((*at, "history", j), text))
        for o in found:
            try:
                factor = conversion(parse_unit(o.unit, own=True), wanted)
            except UnitError as error:
                problems.append(document.problem((*at, "history", j), f"{o.variable}: {error}", error.hint))
                break
            sd = _input_sd(document, at, row, o, problems)
            if sd is None:
                break
            since, until = clock.bounds(o.year) if clock.calendar else (o.year, o.year)
            time = until if row.at == "end" else (since + until) / 2
            figures.append(Figure(time, o.value * factor, sd * factor, o.quality, o.source))
    figures.sort(key=lambda f: f.time)
    times = [f.time for f in figures]
    if len(set(times)) < len(times):
        problems.append(
            document.problem((*at, "history"), "two figures of one year", "give one series a year")
        )
        return None
    return MeasuredInput(variable.name, tuple(figures)) if figures else None


def _input_sd(
    document: Document, at: tuple[str, int], row: InputRow, o: Observation, problems: list[Problem]
) -> float | None:
    """Standard error of a measured input in the unit of its row."""
    field = "sd" if row.sd is not None else "relative_sd"
    written = row.sd if row.sd is not None else row.relative_sd
    if written is None:
        return standard_error(o.value, o.low, o.high, o.quality)
    sd = amount_at(
        document, (*at, field), written, parse_unit(o.unit, own=True) if field == "sd" else ONE, problems
    )
    if sd is not None and sd <= 0:
        problems.append(document.problem((*at, field), f"{field}: {sd:g} is not above 0"))
        return None
    return sd if sd is None or field == "sd" else sd * abs(o.value)


def _stands(names: Names, element: str) -> bool:
    try:
        names.elements(element)
    except BindingError:
        return False
    return True
