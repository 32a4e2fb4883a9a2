"""Sheets on what moves each goal and what would raise it, each with a native chart of the whole plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from xlsxwriter.chart_bar import ChartBar

from tzsim.forecast.movers import Mover
from tzsim.forecast.result import Forecast
from tzsim.forecast.sweep import Effect, Sweep
from tzsim.report.brief.matter import input_label, input_name
from tzsim.report.goal_rows import GoalRow
from tzsim.report.numerals import decimals, digits_for, scale, unit_name, with_unit
from tzsim.report.workbook import FONT, Book, fit, number_format, write_number
from tzsim.scenario import Goal
from tzsim.scenario.records import YUAN

BAR = "#8DB6DA"
CHART_ROW = 26
LEAST = 1e-3
"""Of the goal's value: a smaller change of the mean is not listed, however sure it is."""
MOST_INPUTS = 15
SHARE = "0.0%"
POINTS = "+0.0;-0.0;0"


@dataclass(frozen=True, slots=True)
class _Bars:
    """A native bar chart over rows of one sheet: the columns of its categories and of its values."""

    sheet: str
    categories: int
    values: int
    rows: int
    title: str
    axis: str
    number: str


def mover_sheets(
    book: Book, forecast: Forecast, rows: Sequence[GoalRow], moved: Mapping[str, tuple[Mover, ...]]
) -> None:
    """A row for each goal and each of its inputs above the noise; then the inputs that weigh most on the plan, as a chart."""
    heads = [
        book.say(f"col {k}")
        for k in ("id", "goal", "input", "input from", "share", "direction", "model name")
    ]
    widths = [7.0, 42.0, 52.0, 9.0, 11.0, 20.0, 46.0]
    sheet = book.sheet("sheet movers", heads, widths)
    share, wrap = book.style(num_format=SHARE), book.style(text_wrap=True)
    r = 0
    weights: dict[str, list[float]] = {}
    judged = [row for row in rows if row.judged]
    for row in judged:
        for m in moved.get(row.id, ()):
            r += 1
            sheet.write_string(r, 0, row.id)
            sheet.write_string(r, 1, row.name, wrap)
            sheet.write_string(r, 2, input_name(forecast, m.element, None, book.lang), wrap)
            write_number(sheet, r, 3, m.time, book.style(num_format="0"))
            write_number(sheet, r, 4, m.share, share)
            sheet.write_string(r, 5, book.say("rises" if m.rises else "falls"), book.style(indent=1))
            sheet.write_string(r, 6, m.element)
            fit(
                sheet, r, (row.name, widths[1]), (input_name(forecast, m.element, None, book.lang), widths[2])
            )
            if not row.second:
                weights.setdefault(input_label(forecast, m.element, book.lang), []).append(m.share)
    if not r:
        return
    sheet.autofilter(0, 0, r, len(heads) - 1)
    sheet.conditional_format(1, 4, r, 4, {"type": "data_bar", "bar_color": BAR, "min_type": "num", "min_value": 0,
        "max_type": "num", "max_value": 1})  # fmt: skip
    first = sum(not row.second for row in judged)
    ranked = sorted(weights.items(), key=lambda item: (-sum(item[1]), item[0]))[:MOST_INPUTS]
    _inputs_chart(book, ranked, first)


def _inputs_chart(book: Book, ranked: Sequence[tuple[str, Sequence[float]]], goals: int) -> None:
    """The inputs of the largest mean share over all goals, whatever element or year they belong to."""
    heads = [book.say(key) for key in ("col input", "col mean share", "col goals moved")]
    sheet = book.sheet("sheet inputs", heads, [46.0, 12.0, 12.0])
    for r, (name, shares) in enumerate(ranked, start=1):
        sheet.write_string(r, 0, name, book.style(text_wrap=True))
        write_number(sheet, r, 1, sum(shares) / goals, book.style(num_format=SHARE))
        sheet.write_number(r, 2, len(shares))
    title, axis = book.say("inputs title", goals=str(goals)), book.say("col mean share")
    _chart(book, _Bars("sheet inputs", 0, 1, len(ranked), title, axis, SHARE), column=4)


def lever_sheets(book: Book, rows: Sequence[GoalRow], sweep: Sweep) -> None:
    """A row for each goal and each lever that changes it beyond sampling error; then the best that each lever does, as a chart."""
    keys = (
        "id", "goal", "lever", "lever unit", "before", "after", "chance points", "chance points low", "chance points high",
        "measure change", "measure change low", "measure change high", "unit", "lever cost", "helps",
    )  # fmt: skip
    money = next((e.lever.cost_unit for found in sweep.effects.values() for e in found), YUAN)
    heads = [_head(book, k, money) for k in keys]
    widths = [7, 42, 42, 22, 9, 9, 12, 11, 11, 11, 11, 11, 16, 11, 8]
    sheet = book.sheet("sheet levers", heads, [float(w) for w in widths])
    points = book.style(num_format=POINTS)
    judged = [row for row in rows if row.judged]
    best: dict[tuple[str, float], tuple[Effect, list[GoalRow], GoalRow]] = {}
    r = 0
    for row in judged:
        goal = row.result.goal
        helpful = sweep.helpful(goal)
        for e in sweep.effects.get(row.id, ()):
            if not _changes(goal, e):
                continue
            r += 1
            factor = scale(e.lever.unit, book.lang)
            helps = e in helpful
            sheet.write_string(r, 0, row.id)
            sheet.write_string(r, 1, row.name, book.style(text_wrap=True))
            sheet.write_string(r, 2, e.lever.name.of(book.lang), book.style(text_wrap=True))
            sheet.write_string(r, 3, book.unit(e.lever.unit))
            for column, value in ((4, e.before * factor), (5, e.after * factor)):
                write_number(sheet, r, column, value, book.style(num_format=number_format(decimals(value))))
            for column, value in enumerate((e.chance.value, e.chance.low, e.chance.high), start=6):
                write_number(sheet, r, column, 100 * value, points)
            if e.measure is not None:
                by = scale(goal.unit, book.lang)
                low, high = e.measure.low * by, e.measure.high * by
                digits = max(decimals(goal.value * by), digits_for(None, low, high))
                shown = book.style(num_format=number_format(digits))
                for column, value in enumerate((e.measure.value * by, low, high), start=9):
                    write_number(sheet, r, column, value, shown)
            sheet.write_string(r, 12, book.unit(goal.unit), book.style(indent=1))
            write_number(sheet, r, 13, _cost(book, e), book.style(num_format="#,##0.##"))
            sheet.write_string(r, 14, book.say("yes" if helps else "no"), book.style(indent=1))
            fit(sheet, r, (row.name, widths[1]), (e.lever.name.of(book.lang), widths[2]))
            if helps and not row.second:
                key = e.lever.id, e.after
                old, goals, top = best.get(key, (e, [], row))
                better = e.chance.value > old.chance.value
                best[key] = (e if better else old, [*goals, row], row if better else top)
    sheet.freeze_panes(1, 3)
    if r:
        sheet.autofilter(0, 0, r, len(heads) - 1)
        sheet.conditional_format(1, 6, r, 6, {"type": "data_bar", "bar_color": BAR})
        _levers_chart(book, sorted(best.values(), key=lambda b: (-b[0].chance.value, b[0].lever.id)))


def _changes(goal: Goal, effect: Effect) -> bool:
    """Whether a move changes the goal's probability beyond sampling error, or so the mean of its measure by a share of the goal."""
    chance, mean = effect.chance, effect.measure
    if chance.low > 0 or chance.high < 0:
        return True
    return mean is not None and (mean.low > 0 or mean.high < 0) and abs(mean.value) >= LEAST * abs(goal.value)


def _cost(book: Book, effect: Effect) -> float | None:
    """In the money of the levers, 亿元 as bn yuan in English."""
    return None if effect.cost is None else effect.cost * scale(effect.lever.cost_unit, book.lang)


def _head(book: Book, key: str, money: str) -> str:
    return (
        book.say("col lever cost", unit=unit_name(money, book.lang))
        if key == "lever cost"
        else book.say(f"col {key}")
    )


def _levers_chart(book: Book, best: Sequence[tuple[Effect, list[GoalRow], GoalRow]]) -> None:
    """Each helpful move with the goal whose probability it raises most."""
    if not best:
        return
    keys = ("lever", "most points", "goal raised", "goals helped", "lever cost")
    sheet = book.sheet(
        "sheet best",
        [_head(book, k, best[0][0].lever.cost_unit) for k in keys],
        [62.0, 14.0, 42.0, 12.0, 12.0],
    )
    wrap = book.style(text_wrap=True)
    for r, (e, goals, top) in enumerate(best, start=1):
        after = e.after * scale(e.lever.unit, book.lang)
        shown = with_unit(f"{after:g}", e.lever.unit, book.lang)
        name = book.say("lever to", lever=e.lever.name.of(book.lang), after=shown)
        sheet.write_string(r, 0, name, wrap)
        write_number(sheet, r, 1, 100 * e.chance.value, book.style(num_format=POINTS))
        sheet.write_string(r, 2, f"{top.id} {top.name}" if e.chance.value > 0 else book.say("dash"), wrap)
        sheet.write_number(r, 3, len(goals))
        write_number(sheet, r, 4, _cost(book, e), book.style(num_format="#,##0.##"))
    axis = book.say("col most points")
    _chart(book, _Bars("sheet best", 0, 1, len(best), book.say("best title"), axis, "0"), column=6)


def _chart(book: Book, bars: _Bars, column: int) -> None:
    """Put a native bar chart beside the rows that it draws."""
    name = book.say(bars.sheet)
    sheet = book.workbook.get_worksheet_by_name(name)
    chart = book.workbook.add_chart({"type": "bar"})
    assert isinstance(chart, ChartBar)
    assert sheet is not None
    chart.add_series(
        {
            "name": bars.axis,
            "categories": [name, 1, bars.categories, bars.rows, bars.categories],
            "values": [name, 1, bars.values, bars.rows, bars.values],
            "fill": {"color": BAR},
            "gap": 45,
            "data_labels": {"value": True, "num_format": bars.number, "font": {"name": FONT, "size": 8}},
        }
    )
    chart.set_title({"name": bars.title, "name_font": {"name": FONT, "size": 13}})
    chart.set_y_axis({"reverse": True, "num_font": {"name": FONT, "size": 8}, "interval_unit": 1})
    chart.set_x_axis(
        {
            "min": 0,
            "num_format": bars.number,
            "name": bars.axis,
            "name_font": {"name": FONT, "size": 9},
            "major_gridlines": {"visible": True, "line": {"color": "#D9DCE0"}},
        }
    )
    chart.set_legend({"none": True})
    chart.set_size({"width": 820, "height": 140 + CHART_ROW * bars.rows})
    sheet.insert_chart(1, column, chart, {"description": bars.title})
