"""AnswerTable: the rows of an answer, once, for the terminal, the notebook and the CSV file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from tzsim.clock import Clock
from tzsim.scenario import Text2

if TYPE_CHECKING:
    import pandas as pd

LEAST_SHOWN = 5e-5
"""Smaller numbers are shown as about 0; the file has them in full."""
LEAST_POINTS = 5e-4
"""Likewise for differences of shares, which are shown with one decimal of a percentage point."""

Cell: TypeAlias = str | float | Text2 | None
Row: TypeAlias = tuple[Cell, ...]
Form: TypeAlias = Literal["number", "percent", "points"]
"""How people read the numbers of a column: as they are, a share as a percentage, a difference of shares in percentage points."""

Heading: TypeAlias = tuple[str, str, str] | tuple[str, str, str, Form]
"""(in the file, in Chinese, in English[, form]); without the names a column is for the file only."""


@dataclass(frozen=True, slots=True)
class Column:
    """id: the heading in the CSV file. name: the heading that people read; without one the column is for the file only."""

    id: str
    name: Text2
    form: Form = "number"

    @property
    def read(self) -> bool:
        """Whether people read it, on the terminal and in a notebook."""
        return bool(self.name.zh)


@dataclass(frozen=True, slots=True)
class AnswerTable:
    """A titled table; `lines` are the sentences that stand above it. rest: rows for the file only, behind the others."""

    title: Text2
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    lines: tuple[Text2, ...] = ()
    rest: tuple[Row, ...] = ()

    @classmethod
    def of(
        cls,
        title: Text2,
        headings: Iterable[Heading],
        rows: Iterable[Row],
        lines: Iterable[Text2] = (),
        rest: Iterable[Row] = (),
    ) -> AnswerTable:
        """A table from headings in words."""
        columns = tuple(Column(h[0], Text2(h[1], h[2]), h[3] if len(h) == 4 else "number") for h in headings)
        return cls(title, columns, tuple(rows), tuple(lines), tuple(rest))

    def on(self, clock: Clock) -> AnswerTable:
        """The table with its columns of years and delays headed as the clock counts."""
        if clock.calendar:
            return self
        axis = Text2(clock.axis("zh"), clock.axis("en"))
        delay = Text2(f"时滞（{clock.each('zh')}）", f"delay ({clock.each('en')}s)")
        own = {"year": ("time", axis), "years": ("times", axis), "delay": ("delay", delay)}
        columns = tuple(Column(*own[c.id], c.form) if c.id in own and c.read else c for c in self.columns)
        return AnswerTable(self.title, columns, self.rows, self.lines, self.rest)

    @property
    def for_reading(self) -> AnswerTable:
        """The table without the columns and rows that are for the file only."""
        kept = [i for i, c in enumerate(self.columns) if c.read]
        rows = tuple(tuple(row[i] for i in kept) for row in self.rows)
        return AnswerTable(self.title, tuple(self.columns[i] for i in kept), rows, self.lines)

    def shown(self, lang: str) -> tuple[tuple[str, ...], ...]:
        """Every cell as text: numbers with four significant digits, about 0 below 0.00005, nothing for None; shares as per cent."""
        forms: list[Form] = [c.form for c in self.columns]
        return tuple(
            tuple(_shown(cell, lang, form) for cell, form in zip(row, forms, strict=True))
            for row in self.rows
        )

    def to_frame(self) -> pd.DataFrame:
        """The table with the CSV file's headings; texts in English."""
        import pandas as pd

        rows = [[c.of("en") if isinstance(c, Text2) else c for c in row] for row in (*self.rows, *self.rest)]
        return pd.DataFrame(rows, columns=[c.id for c in self.columns])

    def html(self, lang: str = "zh") -> str:
        """An HTML fragment without script or outside reference; every text is escaped."""
        read = self.for_reading
        head = "".join(f"<th>{escape(c.name.of(lang))}</th>" for c in read.columns)
        body = "".join(
            "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in read.shown(lang)
        )
        lines = "".join(f"<p>{escape(line.of(lang))}</p>" for line in self.lines)
        title = escape(self.title.of(lang))
        return f"<h4>{title}</h4>{lines}<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    def _repr_html_(self) -> str:
        return self.html()

    def write_csv(self, path: Path) -> None:
        """UTF-8 with a byte order mark, so that Excel reads it; numbers in full, texts in both languages."""
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\r\n")
        rows = (*self.rows, *self.rest)
        both = [any(isinstance(row[i], Text2) for row in rows) for i in range(len(self.columns))]
        heads = [(c.id, two) for c, two in zip(self.columns, both, strict=True)]
        writer.writerow(n for id, two in heads for n in ((f"{id}_zh", f"{id}_en") if two else (id,)))
        for row in rows:
            pairs = zip(row, both, strict=True)
            writer.writerow(v for cell, two in pairs for v in _written(cell, two))
        path.write_bytes(b"\xef\xbb\xbf" + text.getvalue().encode("utf-8"))


def _shown(cell: Cell, lang: str, form: Form) -> str:
    if isinstance(cell, Text2):
        return cell.of(lang)
    if isinstance(cell, str):
        return cell
    if cell is None or isnan(cell):
        return ""
    if form == "percent":
        return f"{cell:.1%}"
    if form == "points" and (cell == 0 or abs(cell) >= LEAST_POINTS):
        return f"{100 * cell:+.1f}" if cell else "0"
    if 0 < abs(cell) < LEAST_SHOWN or form == "points":
        return "≈0"
    return f"{cell:.4g}" if abs(cell) < 1e5 else f"{cell:,.0f}"


def _written(cell: Cell, both: bool) -> tuple[str, ...]:
    if isinstance(cell, Text2):
        return (cell.zh, cell.en)
    text = "" if cell is None else cell if isinstance(cell, str) else repr(float(cell))
    return (text, text) if both else (text,)
