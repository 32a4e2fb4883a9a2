"""Cells of a history file, each with its place: CSV in UTF-8 or GB18030 as offices export it, or the first sheet of an Excel file.

Titles above the headings are passed over, and a cell merged over several rows stands in each of them.
"""

from __future__ import annotations

import hashlib
import unicodedata
from pathlib import Path
from typing import TypeAlias

from tzsim.errors import Problem, both
from tzsim.scenario.located import Position, Source, decoded, read_raw
from tzsim.translate.sheets import first_sheet

Cell: TypeAlias = tuple[str, Position]
"""Text and where it stands: line and column of a text file, row and column of a sheet."""

COLUMNS = ("variable", "entity", "year", "value", "low", "high", "unit", "quality", "role", "source", "note")
OPTIONAL = ("published", "confirmed")
HEADINGS = {"time": "year", "时间": "year"} | dict(
    zip(("指标", "地区", "年份", "数值", "单位", "质量", "用途", "来源"),
        ("variable", "entity", "year", "value", "unit", "quality", "role", "source"), strict=True)
) | {"下限": "low", "上限": "high", "备注": "note", "发布日期": "published", "确认": "confirmed"}  # fmt: skip
"""Other headings read as those above: Chinese ones, and that of a model whose clock is no calendar."""
TIMES = ("time", "时间")
"""Headings of times of a model's own clock, in place of years."""
TITLES = 12
"""Rows at the top among which the headings are looked for."""
LARGEST_HISTORY = 20_000_000
TEXT, EXCEL = (".csv", ".txt"), (".xlsx", ".xlsm")


def read_cells(path: Path, shown: str) -> tuple[list[list[Cell]], Source, list[Problem]]:
    """Rows of cells, blank rows and comments (#) left out; the file; and what is wrong with its form.

    Raises InputError where the file cannot be read, is neither UTF-8 nor GB18030, or is no sheet.
    """
    raw = read_raw(path, shown, LARGEST_HISTORY)
    sha256 = hashlib.sha256(raw).hexdigest()
    if path.suffix.lower() in EXCEL or raw[:4] == b"PK\x03\x04":  # an Excel file under another name
        return _sheet(raw, shown), Source(path, shown, "", sha256), []
    source = Source(path, shown, decoded(raw, shown), sha256)
    rows, problems = _cells(source)
    return rows[_heading(rows) :], source, problems


def heading(text: str) -> str:
    """A heading as the column it names, in English; as it is where it names none."""
    plain = unicodedata.normalize("NFKC", text).strip()
    return HEADINGS.get(plain, plain)


def _heading(rows: list[list[Cell]]) -> int:
    """The row of headings: the first that names three columns or more; the first row where none does."""
    for i, row in enumerate(rows[:TITLES]):
        if len({heading(text) for text, _ in row} & {*COLUMNS, *OPTIONAL}) >= 3:
            return i
    return 0


def _sheet(raw: bytes, shown: str) -> list[list[Cell]]:
    sheet = first_sheet(raw, shown)
    filled = [list(row) for row in sheet.rows]
    for area in sheet.merged:
        if area.column == area.last_column:
            for row in filled[area.row + 1 : area.last_row + 1]:
                row[area.column] = filled[area.row][area.column]
    rows: list[list[Cell]] = []
    for i, values in enumerate(filled, start=1):
        cells = [(_text(v), (i, j)) for j, v in enumerate(values, start=1)]
        if any(text for text, _ in cells) and not cells[0][0].startswith("#"):
            rows.append(cells)
    rows = rows[_heading(rows) :]
    if rows:
        width = max((j for j, (text, _) in enumerate(rows[0], start=1) if text), default=0)
        rows = [
            row[:width]
            + [("", (row[0][1][0], j)) for j in range(len(row) + 1, width + 1)]
            + _beyond(row[width:])
            for row in rows
        ]
    return rows


def _beyond(cells: list[Cell]) -> list[Cell]:
    """Cells to the right of the last heading, up to the last that holds something."""
    last = max((j for j, (text, _) in enumerate(cells, start=1) if text), default=0)
    return cells[:last]


def _text(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.15g}" if isinstance(value, float | int) else str(value).strip()


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
                        problems.append(
                            source.problem(
                                place,
                                both("这里的引号没有闭合", "a quotation mark opened here is never closed"),
                            )
                        )
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
                        source.problem(
                            (line, at - start + 1),
                            both("闭合的引号后面还有文字", "text after a closing quotation mark"),
                        )
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
