"""The one table of the terminal: columns by the width there is.

Where it is narrow, intervals go below their value, then the least important columns are left out and named; no number is broken.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

WIDTH_OF_FILES = 220
"""Columns where the output is no terminal and COLUMNS does not say: every row stays on one line."""
LEAST_TEXT = 16
"""Columns that a text which may wrap keeps at least, where it is that long."""
GAP = 2


@dataclass(frozen=True, slots=True)
class Column:
    """Heading, side, whether it may wrap, whether its interval in brackets may go below the value, and its rank: 0 always stands, the
    highest is the first to be left out."""

    name: str
    right: bool = False
    wraps: bool = False
    rank: int = 0
    stacks: bool = False


def console() -> Console:
    """Standard output; coloured on a terminal only. COLUMNS, where it is set, is the width; else a terminal's own, or wide for a file or pipe."""
    piped = not sys.stdout.isatty()
    asked = os.environ.get("COLUMNS", "")
    width = int(asked) if asked.isdigit() and int(asked) >= 20 else WIDTH_OF_FILES if piped else None
    return Console(width=width or shutil.get_terminal_size().columns, highlight=False, soft_wrap=False)


def grid(
    columns: Sequence[Column], rows: Iterable[Sequence[Text]], width: int
) -> tuple[Table, tuple[str, ...]]:
    """The table within `width`, and the names of the columns left out. A row of one cell is a heading over all columns.

    Columns that do not wrap keep the width of their longest cell; those that wrap share what is left.
    """
    listed = [tuple(r) for r in rows]
    kept = list(range(len(columns)))
    least = _least(columns, listed)
    if sum(least) + GAP * (len(columns) - 1) > width and any(c.stacks for c in columns):
        listed = [
            tuple(_stacked(t) if c.stacks else t for c, t in zip(columns, r, strict=True))
            if len(r) == len(columns)
            else r
            for r in listed
        ]
        columns = [replace(c, name=_below(c.name)) if c.stacks else c for c in columns]
        least = _least(columns, listed)

    def needed() -> int:
        return sum(least[i] for i in kept) + GAP * (len(kept) - 1)

    while needed() > width and any(columns[i].rank for i in kept):
        kept.remove(max(kept, key=lambda i: (columns[i].rank, i)))
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold", padding=(0, 1, 0, 0))
    for i in kept:
        column = columns[i]
        table.add_column(
            column.name,
            justify="right" if column.right else "left",
            no_wrap=not column.wraps,
            overflow="fold",
            min_width=least[i] if needed() <= width else None,
        )
    text = next((place for place, i in enumerate(kept) if columns[i].wraps), 0)
    for row in listed:
        if len(row) == len(columns):
            table.add_row(*(row[i] for i in kept))
        else:
            table.add_section()
            table.add_row(*(row[0] if place == text else Text("") for place in range(len(kept))))
    return table, tuple(c.name.replace("\n", "") for i, c in enumerate(columns) if i not in kept)


def _least(columns: Sequence[Column], rows: Sequence[Sequence[Text]]) -> list[int]:
    """Columns of the terminal that each column needs at least."""
    found: list[int] = []
    for i, column in enumerate(columns):
        texts = [column.name, *(r[i].plain for r in rows if len(r) == len(columns))]
        longest = max(cell_len(line) for t in texts for line in t.split("\n"))
        found.append(min(longest, LEAST_TEXT) if column.wraps else longest)
    return found


def _stacked(text: Text) -> Text:
    return Text(text.plain.replace(" [", "\n[", 1), style=text.style)


def _below(heading: str) -> str:
    """A heading with its bracket on a line of its own."""
    return (
        heading.replace("（", "\n（", 1)
        if "（" in heading
        else heading.replace(" [", "\n[", 1).replace(" (", "\n(", 1)
    )


def left_out(names: Sequence[str], lang: str) -> str:
    """A line that names the columns a narrow terminal does not show; empty where all stand."""
    if not names:
        return ""
    return (
        f"窗口较窄，未列出：{'、'.join(names)}（放宽窗口，或见结果文件）"
        if lang == "zh"
        else f"left out on a narrow terminal: {', '.join(names)} (widen it, or see the files)"
    )
