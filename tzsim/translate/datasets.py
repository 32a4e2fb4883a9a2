"""Vensim data sets: `.dat` (a name, then its time-value rows) and `.tab` or `.csv` (one column a variable)."""

from __future__ import annotations

import csv
import hashlib
import io
from pathlib import Path

from tzsim.errors import InputError
from tzsim.ir.expr import Table
from tzsim.ir.model import SourceFile
from tzsim.names import VarId, key, split_element
from tzsim.translate.sheets import check_cells
from tzsim.translate.text import decode, read_bytes
from tzsim.translate.vensim.expressions import make_table

DataSet = dict[tuple[VarId, tuple[VarId, ...]], Table]


def read_data_set(path: Path) -> tuple[DataSet, SourceFile]:
    """Every series of a file by variable and element. InputError when it is no data set."""
    raw = read_bytes(path)
    text = decode(raw)
    kind = path.suffix.lower()
    if kind == ".dat":
        series = _stacked(text)
    elif kind in (".tab", ".csv", ".txt", ".tsv"):
        series = _columns(text, "," if kind == ".csv" else "\t")
    else:
        raise InputError.one(f"'{path.name}' is not a data set tzsim reads", None, "use .dat, .tab or .csv")
    found: DataSet = {}
    for name, points in series.items():
        if not points:
            continue
        try:
            base, subscripts = split_element(name)
        except ValueError:
            base, subscripts = name, ()
        found[key(base), tuple(key(s) for s in subscripts)] = make_table(points)
    return found, SourceFile(path.name, hashlib.sha256(raw).hexdigest())


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _stacked(text: str) -> dict[str, list[tuple[float, float]]]:
    found: dict[str, list[tuple[float, float]]] = {}
    current: list[tuple[float, float]] | None = None
    check_cells(text, "\t")
    for line in text.split("\n"):
        parts = line.split("\t")
        x = _number(parts[0])
        if len(parts) >= 2 and x is not None:
            y = _number(parts[1])
            if current is not None and y is not None:
                current.append((x, y))
        elif line.strip():
            current = found.setdefault(line.strip(), [])
    return found


def _columns(text: str, separator: str) -> dict[str, list[tuple[float, float]]]:
    check_cells(text, separator)
    rows = list(csv.reader(io.StringIO(text), delimiter=separator))
    if not rows:
        return {}
    head = [c.strip() for c in rows[0]]
    found: dict[str, list[tuple[float, float]]] = {}
    time_column = 0
    for column, name in enumerate(head):
        if name.lower() == "time":
            time_column = column
            continue
        if not name:
            continue
        points = found.setdefault(name, [])
        for row in rows[1:]:
            if column < len(row) and time_column < len(row):
                x, y = _number(row[time_column]), _number(row[column])
                if x is not None and y is not None:
                    points.append((x, y))
    return found
