"""goals.csv: a row for every goal of the file, in its order; UTF-8 with a byte order mark so that Excel reads it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tzsim.forecast.result import Forecast, GoalResult

COLUMNS: tuple[tuple[str, Callable[[GoalResult], str | float | None]], ...] = (
    ("id", lambda r: r.goal.id),
    ("area", lambda r: r.goal.area),
    ("name_zh", lambda r: r.goal.name.zh),
    ("name_en", lambda r: r.goal.name.en),
    ("unit", lambda r: r.goal.unit),
    ("comparison", lambda r: r.goal.comparison),
    ("target", lambda r: r.goal.value),
    ("date", lambda r: _date(r)),
    ("median", lambda r: r.median),
    ("p10", lambda r: r.p10),
    ("p90", lambda r: r.p90),
    ("probability", lambda r: r.probability),
    ("probability_low", lambda r: r.probability_low),
    ("probability_high", lambda r: r.probability_high),
    ("probability_prior", lambda r: r.probability_prior),
    ("evidence", lambda r: r.evidence),
    ("binds", lambda r: r.binds),
    ("status", lambda r: r.status),
    ("yearly", lambda r: ";".join(f"{year}:{_number(p)}" for year, p in r.yearly)),
    ("tolerance", lambda r: r.goal.tolerance),
    ("undated", lambda r: "yes" if r.goal.undated else ""),
    ("reading_of", lambda r: r.goal.reading_of),
    ("reading_zh", lambda r: r.goal.reading.zh),
    ("reading_en", lambda r: r.goal.reading.en),
    ("reason_zh", lambda r: r.goal.reason.zh),
    ("reason_en", lambda r: r.goal.reason.en),
    ("documented_value", lambda r: r.goal.documented.value if r.goal.documented else None),
    ("documented_year", lambda r: str(r.goal.documented.year) if r.goal.documented else ""),
    ("documented_source", lambda r: r.goal.documented.source if r.goal.documented else ""),
    ("documented_quality", lambda r: r.goal.documented.quality if r.goal.documented else ""),
    ("documented_scope_zh", lambda r: r.goal.documented.scope.zh if r.goal.documented else ""),
    ("documented_scope_en", lambda r: r.goal.documented.scope.en if r.goal.documented else ""),
    ("note_zh", lambda r: r.goal.note.zh),
    ("note_en", lambda r: r.goal.note.en),
    ("item", lambda r: r.goal.item),
    ("quote", lambda r: r.goal.quote),
    ("variance_removed", lambda r: r.removed),
    ("variance_removed_error", lambda r: r.removed_error),
    ("evidence_half_width", lambda r: r.evidence_half_width),
    ("variance_removed_half_width", lambda r: r.removed_half_width),
    ("variance_removed_half_width_error", lambda r: r.removed_half_width_error),
)
"""The first eighteen are fixed; others may be added after them."""


def write_goals_csv(forecast: Forecast, path: Path) -> None:
    """Write the goal table; empty cells where a row is not judged, six significant digits elsewhere."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(name for name, _ in COLUMNS)
    for row in forecast.goals:
        writer.writerow(_cell(value(row)) for _, value in COLUMNS)
    path.write_bytes(b"\xef\xbb\xbf" + text.getvalue().encode("utf-8"))


def _date(result: GoalResult) -> str:
    """The year by whose end the goal is due, or the years in each of which it must hold."""
    if result.goal.each_year:
        return ";".join(str(year) for year in result.goal.each_year)
    return "" if result.goal.date is None else str(result.goal.date)


def _cell(value: str | float | None) -> str:
    if value is None:
        return ""
    return _number(value) if isinstance(value, float | int) else value


def _number(value: float) -> str:
    return np.format_float_positional(value, precision=6, fractional=False, trim="-")
