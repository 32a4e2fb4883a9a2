"""AnswerTable: the rows of an answer, once, for the terminal, the notebook and the CSV file."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from tzsim.scenario import Text2

if TYPE_CHECKING:
    import pandas as pd

Cell: TypeAlias = str | float | Text2 | None


@dataclass(frozen=True, slots=True)
class Column:
    """id: the heading in the CSV file. name: the heading that people read."""

    id: str
    name: Text2


@dataclass(frozen=True, slots=True)
class AnswerTable:
    """A titled table; `lines` are the sentences that stand above it."""

    title: Text2
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    lines: tuple[Text2, ...] = ()

    def shown(self, lang: str) -> tuple[tuple[str, ...], ...]:
        """Every cell as text: numbers with four significant digits, nothing for None."""
        return tuple(tuple(_shown(cell, lang) for cell in row) for row in self.rows)

    def to_frame(self) -> pd.DataFrame:
        """The table with the CSV file's headings; texts in English."""
        import pandas as pd

        rows = [[c.of("en") if isinstance(c, Text2) else c for c in row] for row in self.rows]
        return pd.DataFrame(rows, columns=[c.id for c in self.columns])

    def html(self, lang: str = "zh") -> str:
        """An HTML fragment without script or outside reference; every text is escaped."""
        head = "".join(f"<th>{escape(c.name.of(lang))}</th>" for c in self.columns)
        body = "".join(
            "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in self.shown(lang)
        )
        lines = "".join(f"<p>{escape(line.of(lang))}</p>" for line in self.lines)
        title = escape(self.title.of(lang))
        return f"<h4>{title}</h4>{lines}<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    def write_csv(self, path: Path) -> None:
        """UTF-8 with a byte order mark, so that Excel reads it; numbers in full, texts in both languages."""
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\r\n")
        both = [any(isinstance(row[i], Text2) for row in self.rows) for i in range(len(self.columns))]
        heads = [(c.id, two) for c, two in zip(self.columns, both, strict=True)]
        writer.writerow(n for id, two in heads for n in ((f"{id}_zh", f"{id}_en") if two else (id,)))
        for row in self.rows:
            pairs = zip(row, both, strict=True)
            writer.writerow(v for cell, two in pairs for v in _written(cell, two))
        path.write_bytes(b"\xef\xbb\xbf" + text.getvalue().encode("utf-8"))


def _shown(cell: Cell, lang: str) -> str:
    if cell is None:
        return ""
    if isinstance(cell, Text2):
        return cell.of(lang)
    if isinstance(cell, str):
        return cell
    return f"{cell:.4g}" if abs(cell) < 1e5 else f"{cell:,.0f}"


def _written(cell: Cell, both: bool) -> tuple[str, ...]:
    if isinstance(cell, Text2):
        return (cell.zh, cell.en)
    text = "" if cell is None else cell if isinstance(cell, str) else repr(float(cell))
    return (text, text) if both else (text,)
