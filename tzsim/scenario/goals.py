"""Reader of the goal file: rows of the plan, measures bound to the model and expressed in each goal's unit."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tzsim.clock import Clock, is_year, plain_time
from tzsim.errors import Both, Problem, both, in_chinese, nearest
from tzsim.measures import (
    Measure,
    Times,
    at_year,
    backward,
    calendar_parts,
    dated,
    needs,
    quantities,
    resolve,
    unit_of_measure,
)
from tzsim.names import key
from tzsim.scenario.amounts import amount_at, unit_at
from tzsim.scenario.binding import BindingError, Names
from tzsim.scenario.explain import at_name, shaped_rows
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
    clock: Clock,
    known: float,
    unsaid: set[str],
    problems: list[Problem],
) -> tuple[Goal, ...]:
    """The goals of a file, in its order.

    names: the model, or None when it could not be read (then only what needs no model is checked). clock: of the model, up to the last time
    simulated. known: last year (or time) whose figures are known; a goal documented later counts as not yet documented. unsaid: gets the ids of goals that do not say whose limits hold them back.
    """
    rows = shaped_rows(GoalFile, document, problems)
    goals: list[Goal] = []
    ids = [str(r.get("id", "")) if isinstance(r, dict) else "" for r in document.data]
    unsaid |= {r.id for _, r in rows if r.limits_of is None}
    for i, row in rows:
        if row.id in ids[:i]:
            line = document.where((ids.index(row.id), "id"))[0]
            text = both(f"编号“{row.id}”重复", f"id '{row.id}' is used a second time")
            hint = both(f"第一次在第{line}行", f"first in line {line}")
            problems.append(document.problem((i, "id"), text, hint))
        goals.append(_goal(document, i, row, ids, names, clock, known, problems))
    return tuple(goals)


def _goal(
    document: Document,
    i: int,
    row: GoalRow,
    ids: Sequence[str],
    names: Names | None,
    clock: Clock,
    known: float,
    problems: list[Problem],
) -> Goal:
    reading_of = ""
    lettered = _READING.match(row.id)
    if lettered is not None:
        reading_of = lettered["row"]
        if reading_of not in ids:
            text = both(
                f"“{row.id}”是“{reading_of}”的另一种读法，但本文件没有“{reading_of}”",
                f"'{row.id}' reads a row '{reading_of}' that is not in this file",
            )
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
        amount = amount_at(document, (i, "documented", "value"), figure.value, unit, problems) or 0.0
        documented = Documented(amount, figure.year, figure.source, figure.quality, words(figure.scope))
    status: GoalStatus = row.status
    if status == "documented as met" and documented is not None and documented.year > known:
        status, documented = ("judged" if row.measure is not None else "not modelled yet"), None
    elif status == "judged" and documented is not None and documented.year > known:
        documented = None
    _check_row(document, i, row, clock if names is not None else None, problems)
    measure = None
    if row.measure is not None and names is not None:
        measure = bound_measure(document, (i, "measure"), row.measure, names, row.unit, problems)
    elif row.measure is not None:
        parsed_measure(document, (i, "measure"), row.measure, problems)
    due = row.date
    if due is None and not row.each_year and measure is not None and not clock.calendar and dated(measure):
        due = needs(measure).times[-1]
    goal = Goal(
        id=row.id, area=row.area, name=words(row.name), quote=row.quote, item=row.item, reading=words(row.reading),
        measure=measure, comparison=row.comparison, value=value, tolerance=tolerance, unit=row.unit, date=due,
        each_year=tuple(row.each_year or ()), undated=row.undated, status=status, reason=words(row.reason),
        documented=documented, limits_of=tuple(row.limits_of or ()), delivery=row.delivery, note=words(row.note),
        reading_of=reading_of, address=document.address((i, "id")),
    )  # fmt: skip
    if measure is not None and names is not None:
        _check_times(document, i, goal, clock, problems)
        _check_elements(document, i, row, names, problems)
    return goal


def _check_row(
    document: Document, i: int, row: GoalRow, clock: Clock | None, problems: list[Problem]
) -> None:
    """What the parts of a row ask of each other, and of the clock of the model where that is known."""

    def wrong(field: str, message: Both, hint: str = "") -> None:
        path: NodePath = (i, field) if (i, field) in document.values else (i, "id")
        problems.append(document.problem(path, at_name((row.id,), message), hint))

    about = row.comparison.startswith("≈")
    if about and row.tolerance is None:
        wrong(
            "comparison",
            both(f"“{row.comparison}”要写 tolerance（容许偏差）", f"'{row.comparison}' needs a tolerance"),
            both("例如 tolerance: 0.5，单位同目标", "e.g. tolerance: 0.5, in the goal's unit"),
        )
    if not about and row.tolerance is not None:
        wrong(
            "tolerance",
            both(f"“{row.comparison}”不用 tolerance", f"a tolerance has no part in '{row.comparison}'"),
            both("删去，或改用“≈ at least”", "leave it out, or use '≈ at least'"),
        )
    if isinstance(row.tolerance, float) and row.tolerance < 0:
        wrong("tolerance", both("tolerance 不能为负", "a tolerance is not negative"))
    if row.status == "judged" and row.measure is None:
        wrong(
            "status",
            both("要评判的目标须写 measure（计量方式）", "a judged goal needs a measure"),
            both("或写 status: not modelled yet", "or status: not modelled yet"),
        )
    if row.status == "not modelled yet" and row.measure is not None:
        wrong(
            "status",
            both("写了 measure 的目标就是要评判的", "a goal with a measure is judged"),
            both("删去 status，或删去 measure", "leave out 'status', or the measure"),
        )
    if row.status == "documented as met" and row.documented is None:
        wrong(
            "status",
            both("documented as met 要写 documented", "'documented as met' needs 'documented'"),
            "documented: {value: …, year: …, source: …, quality: …}",
        )
    if (
        row.status == "judged"
        and row.documented is not None
        and row.documented.year not in (row.each_year or ())
    ):
        wrong(
            "documented",
            both(
                f"{row.documented.year}年的数字不属于所评判的任何一年",
                f"a figure of {row.documented.year} settles none of the years judged",
            ),
            both(
                "与 judged 并用时，它须是 each_year 中的一年；整个目标已有定论的写 documented as met",
                "beside 'judged' it stands for one of the years in 'each_year'; a goal it settles whole is 'documented as met'",
            ),
        )
    if row.status == "descriptive" and row.reason is None:
        wrong("status", both("descriptive 的条目要写 reason", "a descriptive row needs a reason"))
    if row.status == "descriptive" and row.measure is not None:
        wrong("measure", both("descriptive 的条目不写 measure", "a descriptive row has no measure"))
    calendar = clock is not None and clock.calendar
    written = [("date", row.date), *(("each_year", y) for y in row.each_year or ())]
    for field, label in written if clock is not None and clock.calendar else ():
        if label is not None and not is_year(label):
            text = both(f"{field}：{label:g} 不是年份", f"{field}: {label:g} is not a year")
            wrong(field, text, both("如 2026", "e.g. 2026"))
    if (
        row.date is None
        and row.each_year is None
        and row.status != "descriptive"
        and (calendar or row.measure is None)
    ):
        wrong(
            "id",
            both("缺少“date”", "'date' is missing"),
            both(
                "没有期限的目标写规划期末，并加 undated: true",
                "undated goals: the end of the plan, with undated: true",
            ),
        )
    if row.each_year is not None and sorted(set(row.each_year)) != row.each_year:
        years = sorted(set(row.each_year))
        wrong(
            "each_year",
            both("年份没有从小到大排列", "the years do not ascend"),
            both(f"写 {years}", f"write {years}"),
        )


def parsed_measure(
    document: Document, path: NodePath, node: object, problems: list[Problem]
) -> Measure | None:
    """The measure at `path`, not yet bound to a model."""
    try:
        return parse_measure(node)
    except MeasureError as error:
        at = (*path, *error.path)
        is_key = bool(error.path) and isinstance(error.path[-1], str) and error.path[-1] not in KINDS
        problems.append(document.problem(at, at_name(("measure",), error), error.hint, key=is_key))
        return None


def bound_measure(
    document: Document, path: NodePath, node: object, names: Names, unit: str, problems: list[Problem]
) -> Measure | None:
    """The measure bound to the model's elements and giving its value in `unit`."""
    measure = parsed_measure(document, path, node, problems)
    if measure is None:
        return None
    clock, parts = names.clock(), calendar_parts(measure)
    if parts and not clock.calendar:
        text = both(
            f"measure：“{parts[0].of.text}”按日历年份读取，而模型的时钟不是日历（{clock.axis('zh')}）",
            f"measure: '{parts[0].of.text}' is read by calendar years, and the model counts {clock.axis('en')}",
        )
        hint = both(
            "写 {at: …, time: …}，或 {total: …, since: …, until: …}",
            "write {at: ..., time: ...} or {total: ..., since: ..., until: ...}",
        )
        problems.append(document.problem(path, text, hint))
        return None
    step = names.control("TIME STEP") or 0.0
    try:
        bound = resolve(measure, names.elements, step)
        own = unit_of_measure(bound, names.unit, names.time_unit)
    except BindingError as error:
        at = _reference_place(document, path, str(error))
        problems.append(document.problem(at, at_name(("measure",), error), error.hint))
        return None
    except UnitError as error:
        problems.append(document.problem(path, at_name(("measure",), error), error.hint))
        return None
    try:
        wanted = parse_unit(unit, own=True)
    except UnitError:
        return None  # said where the unit stands
    try:
        factor = conversion(own, wanted)
    except UnitError:
        if any(names.states_no_unit(q.text) for q in quantities(bound)):
            return bound  # nothing says that the unit written is not the one meant
        text = both(
            f"measure：得出的是{in_chinese(own.kind)}，而所写单位“{unit}”是{in_chinese(wanted.kind)}",
            f"measure: it gives {own.kind}, but the unit written, '{unit}', is {wanted.kind}",
        )
        problems.append(document.problem(path, text, _measure_hint(document, path, clock)))
        return None
    return bound if factor == 1.0 else Times(bound, factor)


def _measure_hint(document: Document, path: NodePath, clock: Clock) -> str:
    node = document.data
    for step in path:
        node = node[step]
    if not clock.calendar and isinstance(node, dict) and ("at" in node or "total" in node):
        return both(
            "total 把流量按时间累计，会乘以时间；水平值用 at 或 mean 来读",
            "'total' integrates a flow over time and multiplies by it; a level is read with 'at' or 'mean'",
        )
    if isinstance(node, dict) and "at_end" in node:
        return both(
            "total 把流量按年累计，at_end 读年末水平：是否应为另一个？",
            "'total' integrates a flow over the year, 'at_end' reads a level: is the other one meant?",
        )
    if isinstance(node, dict) and "total" in node:
        return both(
            "total 会乘以时间；水平值用 at_end 或 mean 来读",
            "'total' multiplies by time; a level is read with 'at_end' or 'mean'",
        )
    return both("请检查单位和计量方式中的变量", "check the unit and the variables of the measure")


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


def _check_times(document: Document, i: int, goal: Goal, clock: Clock, problems: list[Problem]) -> None:
    """Dated where it must be, undated where each year is judged, and within the run."""
    assert goal.measure is not None
    path: NodePath = (i, "measure")
    if goal.each_year and dated(goal.measure) and at_year(goal.measure, 1950) == at_year(goal.measure, 1951):
        text = both("有 each_year 时，measure 不写年份", "with 'each_year' the measure carries no year")
        problems.append(document.problem(path, at_name((goal.id,), text), both("删去年份", "leave it out")))
        return
    if not goal.each_year and not dated(goal.measure):
        if not clock.calendar:
            text = both("measure 没有写时间", "the measure does not say its time")
            hint = both("写 time（或 until）", "write time (or until) in it")
            problems.append(document.problem(path, at_name((goal.id,), text), hint))
            return
        hint = both(f"在其中写 year: {goal.date or 2026}", f"write year: {goal.date or 2026} in it")
        text = both("measure 没有写年份", "the measure does not say its year")
        problems.append(document.problem(path, at_name((goal.id,), text), hint))
        return
    for at, dated_measure in goal.yearly_measures:
        if span := backward(dated_measure):
            text = both(
                f"{plain_time(at)} 的计量从 {plain_time(span[0])} 到 {plain_time(span[1])}，终点不晚于起点",
                f"of {plain_time(at)} the measure runs from {plain_time(span[0])} to {plain_time(span[1])}, which does not lie after it",
            )
            problems.append(document.problem(path, at_name((goal.id,), text)))
            return
    times = needs(*(m for _, m in goal.yearly_measures)).times
    if between := off_step(times, clock):
        problems.append(document.problem(path, at_name((goal.id,), between[0]), between[1]))
    elif times and (times[0] < clock.start - 1e-9 or times[-1] > clock.end + 1e-9):
        outside = times[0] if times[0] < clock.start else times[-1]
        text = both(
            f"measure 要读时间 {outside:g}，而模拟是从 {clock.start:g} 到 {clock.end:g}",
            f"the measure reads time {outside:g}, the run goes from {clock.start:g} to {clock.end:g}",
        )
        when = both("年份", "year") if clock.calendar else both("时间", "time")
        hint = both(f"推后 horizon，或改写{when.zh}", f"a later horizon, or another {when}")
        problems.append(document.problem(path, at_name((goal.id,), text), hint))
    elif not clock.calendar and goal.date is not None and not clock.start <= goal.date <= clock.end:
        text = both(
            f"date：{goal.date:g} 不在模拟的时间之内（{clock.start:g} 到 {clock.end:g}）",
            f"date: {goal.date:g} lies outside the run, {clock.start:g} to {clock.end:g}",
        )
        hint = both("measure 已写明时间，可不写 date", "leave it out: the measure says when")
        problems.append(document.problem((i, "date"), at_name((goal.id,), text), hint))


def off_step(times: Sequence[float], clock: Clock) -> tuple[Both, str] | None:
    """What is wrong with the first of the times that is no step of the model, and the steps beside it: between two steps a model has no value."""
    for time in times:
        if beside := clock.steps_beside(time):
            text = both(
                f"时间 {plain_time(time)} 不是模型的一步（TIME STEP = {clock.step:g}，从 {plain_time(clock.start)} 起）",
                f"time {plain_time(time)} is no step of the model (TIME STEP {clock.step:g} from {plain_time(clock.start)})",
            )
            steps = [plain_time(t) for t in beside]
            return text, both(f"写 {' 或 '.join(steps)}", f"write {' or '.join(steps)}")
    return None


def _check_elements(document: Document, i: int, row: GoalRow, names: Names, problems: list[Problem]) -> None:
    known = {key(e): e for r in names.model.subscripts.values() for e in r.elements}
    for j, element in enumerate(row.limits_of or ()):
        if key(element) not in known:
            hint = nearest(element, known.values())
            at: NodePath = (i, "limits_of", j)
            text = both(f"没有元素“{element}”", f"no element '{element}'")
            problems.append(document.problem(at, at_name(("limits_of",), text), hint))
