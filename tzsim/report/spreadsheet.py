"""goals.xlsx: the goal table with colours, native charts, the series, what binds, moves and raises the goals, and how to read it.

Numbers are numbers, so that they can be computed with; only their display is rounded. They are in the unit written beside them,
which in Chinese is the goal file's and in English the one that English counts in (70 bn yuan for 700 亿元), as in every other
report. The file's date is the scenario's as-of date, and the same forecast gives the same bytes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

from xlsxwriter.chart_bar import ChartBar
from xlsxwriter.worksheet import Worksheet

from tzsim.clock import Clock, plain_time
from tzsim.forecast.movers import Mover, movers
from tzsim.forecast.result import PRIOR_ONLY, Forecast
from tzsim.forecast.sweep import Sweep
from tzsim.report.brief.document import UNDATED
from tzsim.report.goal_rows import GoalRow, element_name, goal_digits, goal_rows, limit_name
from tzsim.report.history import is_documented, shown_history, telling_column, value_in
from tzsim.report.moments import heading
from tzsim.report.numerals import FAN_LEVEL, LIKELIHOOD, SAMPLING_LEVEL, decimals, digits_for, percent, scale
from tzsim.report.sentences import likelihood_table
from tzsim.report.spreadsheet_moves import lever_sheets, mover_sheets
from tzsim.report.style import VERDICT
from tzsim.report.wording import Lang, say
from tzsim.report.workbook import CHANCE, FONT, Book, fit, number_format, write_number

READ = 110.0
"""Width of the sheet on how to read the others."""
PRINTED = 17
"""Columns of the goal sheet that are printed."""
CHART_ROWS = 26
"""Points of row height in the chart, per goal."""


def write_xlsx(
    forecast: Forecast,
    path: Path,
    lang: Lang = "zh",
    *,
    sweep: Sweep | None = None,
    moved: Mapping[str, tuple[Mover, ...]] | None = None,
) -> Path:
    """Write the workbook to `path` and return it.

    sweep: the effect of each lever (`tzsim.sweep`), which adds two sheets. moved: what moves each goal (`tzsim.movers`), where
    that is known already.
    """
    book = Book(path, lang)
    day = forecast.scenario.as_of
    created = (
        datetime(day.year, day.month, day.day) if isinstance(day, date) else datetime.fromisoformat(UNDATED)
    )
    book.workbook.set_properties(
        {
            "title": say("brief title", lang),
            "subject": forecast.scenario.name.of(lang),
            "comments": f"{say('run id', lang)} {forecast.run_id}",
            "created": created,
            "author": f"tzsim {forecast.version}",
        }
    )
    rows = goal_rows(forecast, lang)
    _goals(book, rows, forecast)
    _chart(book, [row for row in rows if row.judged])
    _years(book, rows, forecast.scenario.clock)
    _series(book, forecast)
    if not forecast.binding.empty:
        _binding(book, forecast)
    mover_sheets(book, forecast, rows, movers(forecast) if moved is None else moved)
    if sweep is not None:
        lever_sheets(book, rows, sweep)
    _reading(book, forecast)
    _source(book, forecast)
    book.workbook.close()
    return path


def _goals(book: Book, rows: tuple[GoalRow, ...], forecast: Forecast) -> None:
    lang = book.lang
    low, high = _outer_levels()
    heads = [
        *(say(key, lang) for key in ("col id", "col area", "col goal", "col comparison", "col target", "col unit", "col date")),
        say("col median only", lang),
        *(say("col quantile", lang, level=percent(level)) for level in (low, high)),
        *(say(f"col probability {part}", lang) for part in ("only", "low", "high", "prior")),
        *(say(key, lang) for key in ("col verdict", "col evidence", "col binds", "col status", "col reason", "col note")),
    ]  # fmt: skip
    widths = [7, 20, 42, 11, 10, 16, 18, 10, 10, 10, 11, 11, 11, 11, 16, 24, 14, 20, 36, 60]
    sheet = book.sheet("sheet goals", heads, [float(w) for w in widths])
    sheet.freeze_panes(1, 3)
    wrap = book.style(text_wrap=True)
    chance = book.style(num_format=CHANCE, bold=True)
    plain_chance = book.style(num_format=CHANCE)
    for r, row in enumerate(rows, start=1):
        result, goal = row.result, row.result.goal
        factor = scale(goal.unit, lang)
        shown, target = (
            book.style(num_format=number_format(digits))
            for digits in (goal_digits(result, lang), decimals(goal.value * factor))
        )
        compared = "" if goal.status == "descriptive" else say(f"is {goal.comparison}", lang)
        for column, text in ((0, row.id), (1, row.area), (3, compared), (6, row.date)):
            sheet.write_string(r, column, text)
        sheet.write_string(r, 5, book.unit(goal.unit), book.style(indent=1))
        sheet.write_string(r, 2, row.name, wrap)
        described = goal.status == "descriptive"  # the plan sets no target there
        write_number(sheet, r, 4, None if described else goal.value * factor, target)
        for column, value in ((7, result.median), (8, result.p10), (9, result.p90)):
            write_number(sheet, r, column, None if value is None else value * factor, shown)
        write_number(sheet, r, 10, result.probability, chance)
        for column, value in (
            (11, result.probability_low),
            (12, result.probability_high),
            (13, result.probability_prior),
        ):
            write_number(sheet, r, column, value, plain_chance)
        sheet.write_string(r, 14, row.verdict, book.style(indent=1))
        for column, text in ((15, row.evidence), (16, row.binds), (17, row.status)):
            sheet.write_string(r, column, text)
        sheet.write_string(r, 18, "" if row.judged else row.reason, wrap)
        sheet.write_string(r, 19, goal.note.of(lang), wrap)
        reason = "" if row.judged else row.reason
        fit(sheet, r, (row.name, widths[2]), (reason, widths[18]), (goal.note.of(lang), widths[19]))
    if rows:
        sheet.autofilter(0, 0, len(rows), len(heads) - 1)
        _colours(book, sheet, 1, len(rows))
    sheet.print_area(0, 0, len(rows), PRINTED - 1)  # reasons and notes would make the print too small to read
    sheet.set_footer(f"&L{say('run id', lang)} {forecast.run_id[:12]}&R&P")


def _colours(book: Book, sheet: Worksheet, first: int, last: int) -> None:
    """Colour probability and verdict by the bands of likelihood, by rule, so that they follow an edited number."""
    above = math.inf
    for word in LIKELIHOOD:
        colour = VERDICT[word.rank]
        paint = book.workbook.add_format({"bg_color": _paler(colour), "font_color": "#1B1E22"})
        upper = "" if above == math.inf else f",ROUND($K{first + 1},2)<{above!r}"
        rule = f"=AND(ISNUMBER($K{first + 1}),ROUND($K{first + 1},2)>={word.low!r}{upper})"
        for column in (10, 14):
            sheet.conditional_format(
                first, column, last, column, {"type": "formula", "criteria": rule, "format": paint}
            )
        above = word.low


def _paler(colour: str) -> str:
    """The colour mixed half and half with white, so that text stays readable on it."""
    parts = [int(colour[k : k + 2], 16) for k in (1, 3, 5)]
    return "#" + "".join(f"{(p + 255) // 2:02X}" for p in parts)


def _chart(book: Book, rows: list[GoalRow]) -> None:
    """A native bar chart of the probabilities, in the order of the goal file."""
    lang = book.lang
    heads = [say("col goal", lang), say("col probability only", lang)]
    sheet = book.sheet("sheet chart", heads, [48.0, 10.0])
    sheet.fit_to_pages(1, 1)
    chance = book.style(num_format=CHANCE)
    for r, row in enumerate(rows, start=1):
        sheet.write_string(r, 0, f"{row.id} {row.name}")
        write_number(sheet, r, 1, row.result.probability, chance)
    if not rows:
        return
    name = say("sheet chart", lang)
    chart = book.workbook.add_chart({"type": "bar"})
    assert isinstance(chart, ChartBar)
    points = [{"fill": {"color": VERDICT[int(row.tone[1])]}} for row in rows]
    chart.add_series(
        {
            "name": say("board axis", lang),
            "categories": [name, 1, 0, len(rows), 0],
            "values": [name, 1, 1, len(rows), 1],
            "points": points,
            "gap": 45,
            "data_labels": {"value": True, "num_format": CHANCE, "font": {"name": FONT, "size": 8}},
        }
    )
    chart.set_title({"name": say("board title", lang), "name_font": {"name": FONT, "size": 13}})
    chart.set_y_axis({"reverse": True, "num_font": {"name": FONT, "size": 8}, "interval_unit": 1})
    chart.set_x_axis(
        {
            "min": 0,
            "max": 1,
            "num_format": "0%",
            "name": say("board axis", lang),
            "name_font": {"name": FONT, "size": 9},
            "major_gridlines": {"visible": True, "line": {"color": "#D9DCE0"}},
        }
    )
    chart.set_legend({"none": True})
    chart.set_size({"width": 900, "height": 140 + CHART_ROWS * len(rows)})
    sheet.insert_chart(1, 3, chart, {"description": say("board title", lang)})


def _years(book: Book, rows: tuple[GoalRow, ...], clock: Clock) -> None:
    lang = book.lang
    annual = [row for row in rows if row.result.yearly]
    if not annual:
        return
    years = sorted({year for row in annual for year, _ in row.result.yearly})
    heads = [say("col id", lang), say("col goal", lang), *(plain_time(year) for year in years)]
    sheet = book.sheet(
        "sheet years" if clock.calendar else "sheet years, times", heads, [7.0, 42.0, *([9.0] * len(years))]
    )
    chance = book.style(num_format=CHANCE)
    for r, row in enumerate(annual, start=1):
        sheet.write_string(r, 0, row.id)
        sheet.write_string(r, 1, row.name)
        for year, p in row.result.yearly:
            write_number(sheet, r, 2 + years.index(year), p, chance)


def _series(book: Book, forecast: Forecast) -> None:
    lang = book.lang
    levels = forecast.fans[0].quantile_levels if forecast.fans else ()
    heads = [say("col series", lang), say("col unit", lang), heading(forecast.scenario.clock, lang)]
    heads += [say("col quantile", lang, level=percent(level)) for level in levels]
    heads += [say("documented", lang), say("estimated", lang), say("col source", lang)]
    sheet = book.sheet("sheet series", heads, [44.0, 16.0, 8.0, *([10.0] * len(levels)), 14.0, 14.0, 50.0])
    r = 1
    for fan in forecast.fans:
        known = {o.year: (o, value_in(o, fan.unit)) for o in shown_history(fan)}
        factor = scale(fan.unit, lang)
        at = telling_column(fan, forecast.scenario.clock)
        low, high = (fan.quantiles[k, at] * factor for k in (1, -2))
        shown = book.style(num_format=number_format(digits_for(None, float(low), float(high))))
        place = {year: j for j, year in enumerate(fan.years)}
        for year in sorted({*place, *known}):
            sheet.write_string(r, 0, fan.name.of(lang))
            sheet.write_string(r, 1, book.unit(fan.unit))
            sheet.write_number(r, 2, year)
            for k in range(len(levels)) if year in place else ():
                write_number(sheet, r, 3 + k, float(fan.quantiles[k, place[year]]) * factor, shown)
            if year in known:
                o, filed = known[year]
                value = (filed or 0.0) * factor
                column = 3 + len(levels) + (0 if is_documented(o.quality) else 1)
                write_number(sheet, r, column, value, book.style(num_format=number_format(decimals(value))))
                sheet.write_string(r, 5 + len(levels), o.source)
            r += 1


def _binding(book: Book, forecast: Forecast) -> None:
    lang, binding = book.lang, forecast.binding
    names = [limit_name(forecast, limit, lang) for limit in (*binding.limits, "none")]
    shares = [f"{say('share', lang)}{say('colon', lang)}{name}" for name in names]
    costs = [f"{say('col cost', lang)}{say('colon', lang)}{name}" for name in names[:-1]]
    heads = [
        say("col whole" if binding.whole else "col cluster", lang),
        heading(forecast.scenario.clock, lang),
        *shares,
        *costs,
    ]
    sheet = book.sheet("sheet binding", heads, [38.0, 8.0, *([13.0] * (len(heads) - 2))])
    share_style, cost_style = book.style(num_format="0%"), book.style(num_format="0.0%")
    r = 1
    for i, element in enumerate(binding.elements):
        for j, year in enumerate(binding.years):
            sheet.write_string(r, 0, element_name(forecast, element, lang))
            sheet.write_number(r, 1, year)
            for k in range(len(names)):
                write_number(sheet, r, 2 + k, float(binding.share[i, j, k]), share_style)
            for k in range(len(names) - 1):
                write_number(sheet, r, 2 + len(names) + k, float(binding.cost[i, j, k]), cost_style)
            r += 1
    sheet.conditional_format(1, 2, r - 1, 1 + len(names), {"type": "data_bar", "bar_color": "#8DB6DA", "min_type": "num",
        "min_value": 0, "max_type": "num", "max_value": 1})  # fmt: skip


def _outer_levels() -> tuple[float, float]:
    return (1 - FAN_LEVEL) / 2, (1 + FAN_LEVEL) / 2


def _reading(book: Book, forecast: Forecast) -> None:
    lang = book.lang
    low, high = _outer_levels()
    sheet = book.sheet("sheet read", [say("sheet read", lang)], [READ])
    texts = [
        say("read probability", lang, level=percent(SAMPLING_LEVEL)),
        say("read interval", lang, low=percent(low), high=percent(high), level=percent(FAN_LEVEL)),
        say("read units", lang),
        say("read verdict", lang),
        say("method words", lang, table=likelihood_table(lang)),
        say("read evidence" if forecast.evidence == PRIOR_ONLY else "method grades", lang),
        *([say("prior note", lang)] if forecast.evidence == PRIOR_ONLY else []),
        say("read binds", lang),
        say("read movers", lang),
        say("read levers", lang),
        say("read letter", lang),
        say("read empty", lang),
    ]
    for r, text in enumerate(texts, start=1):
        sheet.write_string(r, 0, text, book.style(text_wrap=True))
        fit(sheet, r, (text, READ))


def _source(book: Book, forecast: Forecast) -> None:
    lang = book.lang
    sheet = book.sheet("sheet source", [say("sheet source", lang), ""], [46.0, 76.0])
    facts = [
        (say("scenario", lang), forecast.scenario.name.of(lang)),
        (say("as of label", lang), forecast.scenario.as_of_said(lang)),
        (say("run id", lang), forecast.run_id),
        (say("seed", lang), str(forecast.seed)),
        (say("draws", lang), str(forecast.members)),
        (say("design", lang), say(forecast.design, lang)),
        (say("version", lang), forecast.version),
        *sorted(forecast.hashes.items()),
    ]
    for r, (name, value) in enumerate(facts, start=1):
        sheet.write_string(r, 0, name)
        sheet.write_string(r, 1, value)
