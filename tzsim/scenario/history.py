"""Reader of history files: comma-separated documented figures with quality and role.

Columns: variable, entity, year, value, low, high, unit, quality, role, source, note. Only official, reported and secondary rows
may be fit or hold-out; estimated and recalled rows are context: they may inform a prior or a picture, never a likelihood.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import cast, get_args

from tzsim.errors import Address, InputError, Problem, nearest
from tzsim.scenario.located import Position, Source, read_text
from tzsim.scenario.records import Observation, Quality, Role
from tzsim.units import UnitError, parse_unit

COLUMNS = ("variable", "entity", "year", "value", "low", "high", "unit", "quality", "role", "source", "note")
MAY_BE_EMPTY = ("low", "high", "note")
DOCUMENTED = ("official", "reported", "secondary")
LARGEST_HISTORY = 20_000_000
MOST_PROBLEMS = 50


def read_history(path: Path, shown: str) -> tuple[tuple[Observation, ...], Source]:
    """The observations of a file, in its order, and its text. Raises InputError with every problem (the first 50)."""
    source = read_text(path, shown, LARGEST_HISTORY)
    rows, problems = _cells(source)
    if not rows:
        raise InputError.one(
            "the file is empty", Address(shown, 1), f"its first line reads {','.join(COLUMNS)}"
        )
    header, start = [c.strip() for c, _ in rows[0]], len(problems)
    for (name, at), column in zip(rows[0], header, strict=True):
        if column not in COLUMNS:
            problems.append(source.problem(at, f"unknown column '{name}'", nearest(column, COLUMNS)))
        elif header.count(column) > 1:
            problems.append(source.problem(at, f"column '{column}' stands here twice"))
    missing = [c for c in COLUMNS if c not in header]
    if missing:
        problems.append(
            source.problem((1, 1), f"missing columns: {', '.join(missing)}", f"wanted: {','.join(COLUMNS)}")
        )
    if len(problems) > start:
        raise InputError(problems)
    observations: list[Observation] = []
    first: dict[tuple[object, ...], int] = {}
    for row in rows[1:]:
        if len(row) != len(header):
            text = f"{len(row)} fields where the header has {len(header)}"
            problems.append(source.problem(row[0][1], text, "put text with commas in quotation marks"))
            continue
        made = _observation(source, dict(zip(header, row, strict=True)), problems)
        if made is None:
            continue
        identity = (made.variable, made.entity, made.year)
        if identity in first:
            text = f"{made.variable} of {made.entity} in {made.year} stands here a second time"
            problems.append(source.problem(row[0][1], text, f"the first is in line {first[identity]}"))
        first.setdefault(identity, row[0][1][0])
        observations.append(made)
    if problems:
        more = len(problems) - MOST_PROBLEMS
        kept = problems[:MOST_PROBLEMS]
        raise InputError([*kept, Problem(Address(shown), f"and {more} more problems")] if more > 0 else kept)
    return tuple(observations), source


Cell = tuple[str, Position]


def _observation(source: Source, row: dict[str, Cell], problems: list[Problem]) -> Observation | None:
    before = len(problems)

    def wrong(column: str, message: str, hint: str = "") -> None:
        problems.append(source.problem(row[column][1], f"{column}: {message}", hint))

    def number(column: str) -> float | None:
        text = row[column][0].strip()
        if not text and column in MAY_BE_EMPTY:
            return None
        try:
            value = float(text.replace("_", "x"))
        except ValueError:
            wrong(column, f"expected a number, got '{text}'", "the unit stands in its own column")
            return None
        if not math.isfinite(value):
            wrong(column, f"'{text}' is not a finite number")
            return None
        return value

    def choice(column: str, allowed: tuple[str, ...]) -> str:
        text = row[column][0].strip()
        if text not in allowed:
            wrong(
                column,
                f"'{text}' is not one of the choices",
                nearest(text, allowed) or f"one of: {', '.join(allowed)}",
            )
        return text

    for column in COLUMNS:
        if column not in MAY_BE_EMPTY and not row[column][0].strip():
            wrong(column, "is empty")
    if len(problems) > before:
        return None
    value, low, high = number("value"), number("low"), number("high")
    year = number("year")
    if year is not None and (year != int(year) or not 1900 <= year <= 2200):
        wrong("year", f"'{row['year'][0]}' is not a year")
    quality, role = choice("quality", get_args(Quality)), choice("role", get_args(Role))
    if role in ("fit", "hold-out") and quality in ("estimated", "recalled", "assumption"):
        wrong("role", f"a row of quality '{quality}' cannot be '{role}'", "role: context")
    try:
        parse_unit(row["unit"][0])
    except UnitError as error:
        wrong("unit", str(error), error.hint)
    if value is not None:
        if low is not None and low > value:
            wrong("low", f"{low:g} is above the value {value:g}")
        if high is not None and high < value:
            wrong("high", f"{high:g} is below the value {value:g}")
    if len(problems) > before or value is None or year is None:
        return None
    text = {c: row[c][0].strip() for c in COLUMNS}
    return Observation(
        text["variable"], text["entity"], int(year), value, low, high, text["unit"], cast(Quality, quality),
        cast(Role, role), text["source"], text["note"], Address(source.shown, *row["variable"][1]),
    )  # fmt: skip


def _cells(source: Source) -> tuple[list[list[Cell]], list[Problem]]:
    """Rows of (text, place) in the form of RFC 4180; blank lines and lines that begin with # are left out."""
    rows: list[list[Cell]] = []
    problems: list[Problem] = []
    text, at, line, start = source.text, 0, 1, 0
    length = len(text)
    while at < length:
        if text[at] in "\r\n":
            line, start, at = line + (text[at] == "\n"), at + 1, at + 1
            continue
        if text[at] == "#":
            at = _line_end(text, at)
            continue
        row: list[Cell] = []
        while True:
            place = (line, at - start + 1)
            if at < length and text[at] == '"':
                parts: list[str] = []
                while True:
                    close = text.find('"', at + 1)
                    if close < 0:
                        problems.append(source.problem(place, "a quotation mark opened here is never closed"))
                        return rows, problems
                    parts.append(text[at + 1 : close])
                    newlines = text.count("\n", at, close)
                    if newlines:
                        line, start = line + newlines, text.rfind("\n", at, close) + 1
                    at = close + 1
                    if at < length and text[at] == '"':
                        parts.append('"')
                        continue
                    break
                row.append(("".join(parts), place))
                if at < length and text[at] not in ",\r\n":
                    problems.append(
                        source.problem((line, at - start + 1), "text after a closing quotation mark")
                    )
                    at = min(x for x in (_find(text, ",", at), _line_end(text, at)))
            else:
                end = min(_find(text, ",", at), _line_end(text, at))
                row.append((text[at:end], place))
                at = end
            if at < length and text[at] == ",":
                at += 1
                continue
            break
        rows.append(row)
    return rows, problems


def _find(text: str, what: str, at: int) -> int:
    found = text.find(what, at)
    return found if found >= 0 else len(text)


def _line_end(text: str, at: int) -> int:
    return min(_find(text, "\n", at), _find(text, "\r", at))
