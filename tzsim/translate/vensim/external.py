"""GET XLS and GET DIRECT functions: data, lookups, constants and subscripts read from files beside the model.

Arguments as in the Vensim Reference Manual ('GET DIRECT DATA' and its sisters): file or '?tag', sheet or separator, then
for series the row number or column letter (or named area) of the times and the first cell; for constants the first cell,
a final `*` turning the direction; for subscripts first cell, last cell (or its row or column) and a prefix.
"""

from __future__ import annotations

import re

from tzsim.errors import InputError
from tzsim.ir.expr import Array, Expr, Number, Table
from tzsim.translate.sheets import Area, Library, Sheet, column_number
from tzsim.translate.vensim.expressions import DataMode, make_table


def _place(sheet: Sheet, text: str, what: str, file: str) -> Area:
    found = sheet.area(text)
    if found is None:
        raise InputError.one(
            f"'{text}' is not a cell or named area of '{file}' ({what})", None, "write it like B2"
        )
    return found


def read_series(
    library: Library, arguments: tuple[str, ...], count: int, mode: DataMode = "interpolate"
) -> list[Table]:
    """`count` series, one for each element in row-major order. A time without number ends the reading, a value
    without number is left out."""
    if len(arguments) < 4:
        raise InputError.one(f"expected file, sheet, times and first cell, found {len(arguments)} arguments")
    file, tab, times, first = arguments[:4]
    sheet = library.sheet(file, tab)
    start = _place(sheet, first.rstrip("*"), "first value", file)
    row, column = start.row, start.column
    if re.fullmatch(r"[A-Za-z]{1,3}", times.strip()) and sheet.area(times) is None:
        down, line = True, column_number(times.strip())
    elif re.fullmatch(r"\d+", times.strip()):
        down, line = False, int(times) - 1
    else:
        area = _place(sheet, times, "times", file)
        down = area.last_row > area.row
        line = area.column if down else area.row
        if down:
            row = area.row
        else:
            column = area.column
    xs: list[float] = []
    extent = len(sheet.rows) if down else max((len(r) for r in sheet.rows), default=0)
    for i in range((row if down else column), extent):
        x = sheet.number(i, line) if down else sheet.number(line, i)
        if x is None:
            break
        xs.append(x)
    found: list[Table] = []
    for k in range(count):
        points: list[tuple[float, float]] = []
        for i, x in enumerate(xs):
            y = sheet.number(row + i, column + k) if down else sheet.number(row + k, column + i)
            if y is not None:
                points.append((x, y))
        if not points:
            raise InputError.one(f"no numbers in '{file}' from cell {first} (series {k + 1} of {count})")
        found.append(make_table(points, mode))
    return found


def read_constants(library: Library, arguments: tuple[str, ...], shape: tuple[int, ...]) -> Expr:
    """A number, or an Array of `shape` (the sizes of the ranges on the left)."""
    if len(arguments) < 3:
        raise InputError.one(f"expected file, sheet and first cell, found {len(arguments)} arguments")
    file, tab, first = arguments[:3]
    sheet = library.sheet(file, tab)
    turned = first.strip().endswith("*")
    start = _place(sheet, first.strip().rstrip("*"), "first value", file)
    if len(shape) == 0:
        return Number(_constant(sheet, start.row, start.column))
    if len(shape) > 2:
        raise InputError.one(f"constants of {len(shape)} ranges in one block of '{file}': two at most")
    rows = shape[0] if len(shape) == 2 else 1
    columns = shape[len(shape) - 1]
    values: list[float] = []
    for i in range(rows):
        for j in range(columns):
            r, c = (j, i) if turned else (i, j)
            values.append(_constant(sheet, start.row + r, start.column + c))
    return Array(tuple(values), shape)


def _constant(sheet: Sheet, row: int, column: int) -> float:
    """The number in a cell; an empty or textual cell is 0, as Vensim reads it (its output of SDEverywhere's
    model `directconst_invalidcell`)."""
    return sheet.number(row, column) or 0.0


def read_elements(library: Library, arguments: tuple[str, ...]) -> tuple[str, ...]:
    """The elements of a subscript range, downwards or to the right until the last cell or the first empty one."""
    if len(arguments) < 4:
        raise InputError.one(
            f"expected file, sheet, first cell and last cell, found {len(arguments)} arguments"
        )
    file, tab, first, last = arguments[:4]
    prefix = arguments[4] if len(arguments) > 4 else ""
    sheet = library.sheet(file, tab)
    start = _place(sheet, first, "first element", file)
    end_row: int | None = None
    end_column: int | None = None
    if re.fullmatch(r"\d+", last.strip()):
        end_row = int(last) - 1
        down = end_row != start.row
        end_row = end_row if down else None
    elif re.fullmatch(r"[A-Za-z]{1,3}", last.strip()):
        end_column = column_number(last.strip())
        down = end_column == start.column
        end_column = None if down else end_column
    else:
        end = _place(sheet, last, "last element", file)
        end = Area(end.last_row, end.last_column, end.last_row, end.last_column)
        down = end.column == start.column
        end_row, end_column = (end.row, None) if down else (None, end.column)
    found: list[str] = []
    row, column = start.row, start.column
    while (end_row is None or row <= end_row) and (end_column is None or column <= end_column):
        value = sheet.cell(row, column)
        if value is None:
            break
        found.append(prefix + (value.strip() if isinstance(value, str) else f"{value:g}"))
        row, column = (row + 1, column) if down else (row, column + 1)
    if not found:
        raise InputError.one(f"no subscript elements in '{file}' from cell {first}")
    return tuple(found)
