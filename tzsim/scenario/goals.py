"""Reader of the goal file: rows of the plan, measures bound to the model and expressed in each goal's unit."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tzsim.errors import Problem, nearest
from tzsim.measures import Measure, Times, at_year, dated, needs, resolve, unit_of_measure
from tzsim.names import key
from tzsim.scenario.amounts import amount_at, unit_at
from tzsim.scenario.binding import BindingError, Names
from tzsim.scenario.explain import dotted, shaped
from tzsim.scenario.located import Document, NodePath
from tzsim.scenario.measure_forms import KINDS, MeasureError, parse_measure
from tzsim.scenario.records import Documented, Goal, GoalStatus
from tzsim.scenario.schema import GoalFile, GoalRow
from tzsim.scenario.tables import words
from tzsim.units import UnitError, conversion, parse_unit

_READING = re.compile(r"^(?P<row>.*\d)(?P<letter>[a-z])$")


def read_goals(
    document: Document,
    names: Names | None,
    years: tuple[float, float],
    as_of: int,
    unsaid: set[str],
    problems: list[Problem],
) -> tuple[Goal, ...]:
    """The goals of a file, in its order.

    names: the model, or None when it could not be read (then only what needs no model is checked). years: first and last time
    simulated. as_of: last year whose figures are known; a goal documented later counts as not yet documented. unsaid: gets the ids of goals that do not say whose limits hold them back.
    """
    rows = shaped(GoalFile, document).root
    goals: list[Goal] = []
    ids = [r.id for r in rows]
    unsaid |= {r.id for r in rows if r.limits_of is None}
    for i, row in enumerate(rows):
        if row.id in ids[:i]:
            line = document.where((ids.index(row.id), "id"))[0]
            problems.append(
                document.problem((i, "id"), f"id '{row.id}' is used a second time", f"first in line {line}")
            )
        goals.append(_goal(document, i, row, ids, names, years, as_of, problems))
    return tuple(goals)


def _goal(
    document: Document,
    i: int,
    row: GoalRow,
    ids: Sequence[str],
    names: Names | None,
    years: tuple[float, float],
    as_of: int,
    problems: list[Problem],
) -> Goal:
    reading_of = ""
    lettered = _READING.match(row.id)
    if lettered is not None:
        reading_of = lettered["row"]
        if reading_of not in ids:
            text = f"'{row.id}' reads a row '{reading_of}' that is not in this file"
            problems.append(
                document.problem((i, "id"), text, nearest(row.id, [x for x in ids if x != row.id]))
            )
    unit = unit_at(document, (i, "unit"), row.unit, problems, names) or parse_unit("1")
    value = amount_at(document, (i, "value"), row.value, unit, problems) or 0.0
    tolerance = 0.0
    if row.tolerance is not None:
        tolerance = amount_at(document, (i, "tolerance"), row.tolerance, unit, problems) or 0.0
    documented = None
    if row.documented is not None:
        figure = row.documented
        known = amount_at(document, (i, "documented", "value"), figure.value, unit, problems) or 0.0
        documented = Documented(known, figure.year, figure.source, figure.quality, words(figure.scope))
    status: GoalStatus = row.status
    if status == "documented as met" and documented is not None and documented.year > as_of:
        status, documented = ("judged" if row.measure is not None else "not modelled yet"), None
    elif status == "judged" and documented is not None and documented.year > as_of:
        documented = None
    _check_row(document, i, row, problems)
    measure = None
    if row.measure is not None and names is not None:
        measure = bound_measure(document, (i, "measure"), row.measure, names, row.unit, problems)
    elif row.measure is not None:
        parsed_measure(document, (i, "measure"), row.measure, problems)
    goal = Goal(
        id=row.id, area=row.area, name=words(row.name), quote=row.quote, item=row.item, reading=words(row.reading),
        measure=measure, comparison=row.comparison, value=value, tolerance=tolerance, unit=row.unit, date=row.date,
        each_year=tuple(row.each_year or ()), undated=row.undated, status=status, reason=words(row.reason),
        documented=documented, limits_of=tuple(row.limits_of or ()), delivery=row.delivery, note=words(row.note),
        reading_of=reading_of, address=document.address((i, "id")),
    )  # fmt: skip
    if measure is not None and names is not None:
        _check_times(document, i, goal, years, problems)
        _check_elements(document, i, row, names, problems)
    return goal


def _check_row(document: Document, i: int, row: GoalRow, problems: list[Problem]) -> None:
    """What the parts of a row ask of each other."""

    def wrong(field: str, message: str, hint: str = "") -> None:
        path: NodePath = (i, field) if (i, field) in document.values else (i, "id")
        problems.append(document.problem(path, f"{row.id}: {message}", hint))

    about = row.comparison.startswith("≈")
    if about and row.tolerance is None:
        wrong(
            "comparison", f"'{row.comparison}' needs a tolerance", "e.g. tolerance: 0.5, in the goal's unit"
        )
    if not about and row.tolerance is not None:
        wrong(
            "tolerance", f"a tolerance has no part in '{row.comparison}'", "leave it out, or use '≈ at least'"
        )
    if isinstance(row.tolerance, float) and row.tolerance < 0:
        wrong("tolerance", "a tolerance is not negative")
    if row.status == "judged" and row.measure is None:
        wrong("status", "a judged goal needs a measure", "or status: not modelled yet")
    if row.status == "not modelled yet" and row.measure is not None:
        wrong("status", "a goal with a measure is judged", "leave out 'status', or the measure")
    if row.status == "documented as met" and row.documented is None:
        wrong(
            "status",
            "'documented as met' needs 'documented'",
            "documented: {value: …, year: …, source: …, quality: …}",
        )
    if (
        row.status == "judged"
        and row.documented is not None
        and row.documented.year not in (row.each_year or ())
    ):
        wrong(
            "documented",
            f"a figure of {row.documented.year} settles none of the years judged",
            "beside 'judged' it stands for one of the years in 'each_year'; a goal it settles whole is 'documented as met'",
        )
    if row.status == "descriptive" and row.reason is None:
        wrong("status", "a descriptive row needs a reason")
    if row.status == "descriptive" and row.measure is not None:
        wrong("measure", "a descriptive row has no measure")
    if row.date is None and row.each_year is None and row.status != "descriptive":
        wrong("id", "'date' is missing", "undated goals: the end of the plan, with undated: true")
    if row.each_year is not None and sorted(set(row.each_year)) != row.each_year:
        wrong("each_year", "the years do not ascend", f"write {sorted(set(row.each_year))}")


def parsed_measure(
    document: Document, path: NodePath, node: object, problems: list[Problem]
) -> Measure | None:
    """The measure at `path`, not yet bound to a model."""
    try:
        return parse_measure(node)
    except MeasureError as error:
        at = (*path, *error.path)
        is_key = bool(error.path) and isinstance(error.path[-1], str) and error.path[-1] not in KINDS
        problems.append(document.problem(at, f"measure: {error}", error.hint, key=is_key))
        return None


def bound_measure(
    document: Document, path: NodePath, node: object, names: Names, unit: str, problems: list[Problem]
) -> Measure | None:
    """The measure bound to the model's elements and giving its value in `unit`."""
    measure = parsed_measure(document, path, node, problems)
    if measure is None:
        return None
    step = names.control("TIME STEP") or 0.0
    try:
        bound = resolve(measure, names.elements, step)
        own = unit_of_measure(bound, names.unit, names.time_unit)
    except BindingError as error:
        at = _reference_place(document, path, str(error))
        problems.append(document.problem(at, f"measure: {error}", error.hint))
        return None
    except UnitError as error:
        problems.append(document.problem(path, f"measure: {error}", error.hint))
        return None
    try:
        wanted = parse_unit(unit, own=True)
    except UnitError:
        return None  # said where the unit stands
    try:
        factor = conversion(own, wanted)
    except UnitError:
        text = f"measure: it gives {own.kind}, but the unit written, '{unit}', is {wanted.kind}"
        problems.append(document.problem(path, text, _measure_hint(document, path)))
        return None
    return bound if factor == 1.0 else Times(bound, factor)


def _measure_hint(document: Document, path: NodePath) -> str:
    node = document.data
    for step in path:
        node = node[step]
    if isinstance(node, dict) and "at_end" in node:
        return "'total' integrates a flow over the year, 'at_end' reads a level: is the other one meant?"
    if isinstance(node, dict) and "total" in node:
        return "'total' multiplies by time; a level is read with 'at_end' or 'mean'"
    return "check the unit and the variables of the measure"


def _reference_place(document: Document, path: NodePath, message: str) -> NodePath:
    """The node of the measure whose text is named in the message, else the measure."""
    for at in document.values:
        if at[: len(path)] == path and len(at) > len(path):
            node = document.data
            for step in at:
                node = node[step]
            if isinstance(node, str) and (
                f"'{node}'" in message
                or f"'{node.split('[')[0].strip()}'" in message
                or key(node.split("[")[0]) in key(message)
            ):
                return at
    return path


def _check_times(
    document: Document, i: int, goal: Goal, years: tuple[float, float], problems: list[Problem]
) -> None:
    """Dated where it must be, undated where each year is judged, and within the run."""
    assert goal.measure is not None
    path: NodePath = (i, "measure")
    if goal.each_year and dated(goal.measure) and at_year(goal.measure, 1950) == at_year(goal.measure, 1951):
        problems.append(
            document.problem(path, f"{goal.id}: with 'each_year' the measure carries no year", "leave it out")
        )
        return
    if not goal.each_year and not dated(goal.measure):
        hint = f"write year: {goal.date or 2026} in it"
        problems.append(document.problem(path, f"{goal.id}: the measure does not say its year", hint))
        return
    times = needs(*(m for _, m in goal.yearly_measures)).times
    if times and (times[0] < years[0] - 1e-9 or times[-1] > years[1] + 1e-9):
        outside = times[0] if times[0] < years[0] else times[-1]
        text = (
            f"{goal.id}: the measure reads time {outside:g}, the run goes from {years[0]:g} to {years[1]:g}"
        )
        problems.append(document.problem(path, text, "a later horizon, or another year"))


def _check_elements(document: Document, i: int, row: GoalRow, names: Names, problems: list[Problem]) -> None:
    known = {key(e): e for r in names.model.subscripts.values() for e in r.elements}
    for j, element in enumerate(row.limits_of or ()):
        if key(element) not in known:
            hint = nearest(element, known.values())
            at: NodePath = (i, "limits_of", j)
            problems.append(document.problem(at, f"{dotted((i, 'limits_of'))}: no element '{element}'", hint))
