"""Readers of the prior, shock and lever tables: rows bound to constants of the model, numbers in the model's units."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tzsim.clock import Clock
from tzsim.errors import Problem, both
from tzsim.scenario.amounts import (
    amount_at,
    constants_at,
    factor_at,
    per_element,
    unit_at,
    variable_unit_at,
)
from tzsim.scenario.binding import Names
from tzsim.scenario.distributions import Distribution, DistributionError, distribution
from tzsim.scenario.explain import at_name, shaped_rows
from tzsim.scenario.located import Document, NodePath
from tzsim.scenario.records import Lever, Prior, Priors, Shock
from tzsim.scenario.schema import LeverFile, LeverRow, PriorFile, PriorRow, ShockFile, ShockRow, TwoLanguages
from tzsim.scenario.text import Text2
from tzsim.units import parse_unit


def words(text: TwoLanguages | None) -> Text2:
    return Text2() if text is None else Text2(text.zh, text.en)


def read_priors(document: Document, names: Names, problems: list[Problem]) -> Priors:
    """The prior table. A constant with two rows is a Problem."""
    rows: list[Prior] = []
    first: dict[str, int] = {}
    for i, row in shaped_rows(PriorFile, document, problems):
        for prior in _distributed(document, (i,), row, names, problems):
            if prior.variable in first:
                line = document.where((first[prior.variable], "variable"))[0]
                text = both(f"“{prior.variable}”有两行", f"'{prior.variable}' has a second row")
                hint = both(f"第一行在第{line}行；只留一行", f"the first is in line {line}; keep one")
                problems.append(document.problem((i, "variable"), text, hint))
            else:
                first[prior.variable] = i
                rows.append(prior)
    return Priors(tuple(rows))


def read_shocks(document: Document, names: Names, clock: Clock, problems: list[Problem]) -> tuple[Shock, ...]:
    """The shock table, with knots up to the end of the clock."""
    shocks: list[Shock] = []
    for i, row in shaped_rows(ShockFile, document, problems):
        at: NodePath = (i,)
        _once(document, (i, "id"), row.id, [s.id for s in shocks], problems)
        elements = _distributed(document, at, row, names, problems)
        period = amount_at(document, (i, "period"), row.period, names.time_unit, problems)
        if period is None or not elements:
            continue
        if not 0 < period < math.inf or (clock.calendar and period > 100):
            length = clock.count(period, "zh"), clock.count(period, "en")
            text = both(f"period：{length[0]}", f"period: {length[1]}")
            hint = both("大于 0", "above 0")
            if clock.calendar:
                hint = both("大于 0，至多 100 年", "above 0, at most 100 years")
            problems.append(document.problem((i, "period"), text, hint))
            continue
        if period < clock.step * (1 - 1e-9):
            length = clock.count(period, "zh"), clock.count(period, "en")
            text = both(
                f"period：{length[0]}，短于模型的 TIME STEP {clock.step:g}",
                f"period: {length[1]}, shorter than TIME STEP {clock.step:g} of the model",
            )
            hint = both(f"至少 {clock.step:g}", f"at least {clock.step:g}")
            problems.append(document.problem((i, "period"), text, hint))
            continue
        spans = (clock.end - row.start) / period
        if not spans * len(elements) <= 100_000:
            count = f"{spans * len(elements):,.0f}"
            text = both(f"period：每次模拟要抽 {count} 个数", f"period: {count} draws a member")
            hint = both("至多 100,000；把周期取长些", "at most 100,000; take a longer period")
            problems.append(document.problem((i, "period"), text, hint))
            continue
        count = math.ceil(spans - 1e-9)
        if count <= 0:
            text = both(
                f"start：{row.start:g} 不早于模拟终点 {clock.end:g}",
                f"start: {row.start:g} is not before the horizon {clock.end:g}",
            )
            problems.append(
                document.problem((i, "start"), text, both("起点提前", "begin the series earlier"))
            )
            continue
        shocks.append(
            Shock(
                row.id, row.variable, tuple(elements), period, row.start, count, row.common, words(row.name), row.source,
                row.quality, row.reason, address=document.address((i, "id")),
            )
        )  # fmt: skip
    return tuple(shocks)


def _distributed(
    document: Document, at: NodePath, row: PriorRow | ShockRow, names: Names, problems: list[Problem]
) -> list[Prior]:
    """One Prior for each element of the row's variable, numbers in the model's unit."""
    path = (*at, "variable")
    elements = constants_at(document, path, row.variable, names, problems)
    written = unit_at(document, (*at, "unit"), row.unit, problems, names)
    if not elements or written is None:
        return []
    wanted = variable_unit_at(document, path, elements[0], names, problems)
    if wanted is None:
        return []
    factor = factor_at(document, (*at, "unit"), written, wanted, row.variable, problems)
    if factor is None:
        return []
    before = len(problems)
    columns: dict[str, dict[str, float]] = {}
    for name, value in (("value", row.value), ("low", row.low), ("high", row.high)):
        if value is not None:
            columns[name] = per_element(document, (*at, name), value, elements, written, problems)
    if len(problems) > before:
        return []
    bounds = [None if b is None else b * factor for b in (row.truncate or [None, None])]
    made: list[Prior] = []
    for name in elements:
        numbers = {c: values[name] * factor for c, values in columns.items() if name in values}
        shape = _checked(document, at, row, name, numbers, bounds, problems)
        if shape is not None:
            made.append(
                Prior(
                    name,
                    shape,
                    wanted.text or "1",
                    row.source,
                    row.quality,
                    row.reason,
                    document.address(path),
                )
            )
    return made


def _checked(
    document: Document,
    at: NodePath,
    row: PriorRow | ShockRow,
    name: str,
    numbers: dict[str, float],
    bounds: Sequence[float | None],
    problems: list[Problem],
) -> Distribution | None:
    try:
        return distribution(
            row.distribution,
            numbers.get("value"),
            numbers.get("low"),
            numbers.get("high"),
            (bounds[0], bounds[1]),
        )
    except DistributionError as error:
        where = (*at, error.field) if (*at, error.field) in document.values else at
        problem = document.problem(where, at_name((name,), error), error.hint)
        if problem not in problems:
            problems.append(problem)
        return None


def read_levers(document: Document, names: Names, problems: list[Problem]) -> tuple[Lever, ...]:
    """The lever table; a lever whose neutral value is not the model's own is a Problem."""
    levers: list[Lever] = []
    for i, row in shaped_rows(LeverFile, document, problems):
        _once(document, (i, "id"), row.id, [x.id for x in levers], problems)
        lever = _lever(document, i, row, names, problems)
        if lever is not None:
            levers.append(lever)
            if lever.cost_unit != levers[0].cost_unit:
                text = f"cost_unit: {lever.cost_unit} here, and {levers[0].cost_unit} for '{levers[0].id}'"
                problems.append(document.problem((i, "id"), text, "costs are added up: give all in one unit"))
    return tuple(levers)


def _lever(document: Document, i: int, row: LeverRow, names: Names, problems: list[Problem]) -> Lever | None:
    path: NodePath = (i, "variable")
    elements = constants_at(document, path, row.variable, names, problems)
    written = unit_at(document, (i, "unit"), row.unit, problems, names)
    if not elements or written is None:
        return None
    wanted = variable_unit_at(document, path, elements[0], names, problems)
    if wanted is None:
        return None
    factor = factor_at(document, (i, "unit"), written, wanted, row.variable, problems)
    numbers = [
        amount_at(document, (i, field), value, written, problems)
        for field, value in (("neutral", row.neutral), ("low", row.low), ("high", row.high))
    ]
    cost = (
        None
        if row.cost is None
        else amount_at(document, (i, "cost"), row.cost, parse_unit(row.cost_unit, own=True), problems)
    )
    delay = (
        None if row.delay is None else amount_at(document, (i, "delay"), row.delay, names.time_unit, problems)
    )
    if delay is not None and delay < 0:
        text = both(f"delay：{delay:g} 为负", f"delay: {delay:g} is negative")
        problems.append(document.problem((i, "delay"), text, both("0 或以上", "0 or more")))
        return None
    if factor is None or None in numbers:
        return None
    neutral, low, high = (float(n or 0.0) * factor for n in numbers)
    if low >= high:
        text = both(f"low：{row.low} 不小于 high {row.high}", f"low: {row.low} is not below high {row.high}")
        problems.append(document.problem((i, "low"), text))
        return None
    if not low <= neutral <= high:
        text = both(
            f"neutral：{row.neutral} 不在 {row.low} 到 {row.high} 之间",
            f"neutral: {row.neutral} lies outside {row.low} to {row.high}",
        )
        problems.append(document.problem((i, "neutral"), text))
        return None
    for name in elements:
        own = names.value(name)
        if not math.isclose(own, neutral, rel_tol=1e-9, abs_tol=1e-12):
            text = both(
                f"neutral：{neutral:g} 与模型不同：{name} = {own:g}",
                f"neutral: {neutral:g} is not what the model has: {name} = {own:g}",
            )
            hint = both("手段的中性值就是模型自己的取值", "a lever is neutral at the model's own value")
            problems.append(document.problem((i, "neutral"), text, hint))
            return None
    return Lever(
        row.id, row.variable, elements, words(row.name), neutral, low, high, wanted.text or "1", cost,
        words(row.cost_basis),
        delay, words(row.mechanism), row.source, row.quality, document.address((i, "id")),
        row.cost_unit,
    )  # fmt: skip


def _once(
    document: Document, path: NodePath, id: str, earlier: Sequence[str], problems: list[Problem]
) -> None:
    if id in earlier:
        text = both(f"“{id}”重复", f"'{id}' is used a second time")
        hint = both("编号不能重复", "ids are unique")
        problems.append(document.problem(path, at_name(path, text), hint))
