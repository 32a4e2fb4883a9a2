"""What happened: a file of figures with the columns of a history file, read for scoring.

Only what scoring needs must be right (variable, entity, year, value, unit); role, quality, source and note may be missing. A unit that
is not known does not stop the file: its rows cannot be scored and are listed as such.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from tzsim.errors import Address, InputError, Problem, nearest
from tzsim.scenario.history import printed_number
from tzsim.scenario.history_cells import COLUMNS, heading, read_cells

NEEDED = ("variable", "entity", "year", "value", "unit")
MOST_PROBLEMS = 50


@dataclass(frozen=True, slots=True)
class Actual:
    """One figure as printed."""

    variable: str
    entity: str
    year: int
    value: float
    unit: str
    address: Address = Address("")


def read_actuals(path: str | Path) -> tuple[Actual, ...]:
    """The figures of a CSV (UTF-8 or GB18030) or Excel file. Raises InputError with every problem."""
    file = Path(path)
    shown = str(path)
    rows, source, problems = read_cells(file, shown)
    if not rows:
        raise InputError.one(
            "the file is empty", Address(shown, 1), f"its first line reads {','.join(COLUMNS)}"
        )
    header = [heading(c) for c, _ in rows[0]]
    for name in NEEDED:
        if name not in header:
            text = f"column '{name}' is missing"
            problems.append(
                source.problem((1, 1), text, nearest(name, header) or f"wanted: {','.join(NEEDED)}")
            )
        elif header.count(name) > 1:
            problems.append(source.problem((1, 1), f"column '{name}' stands here twice"))
    if problems:
        raise InputError(problems)
    found: dict[tuple[str, str, int], Actual] = {}
    for row in rows[1:]:
        if len(row) != len(header):
            text = f"{len(row)} fields where the header has {len(header)}"
            problems.append(source.problem(row[0][1], text, "put text with commas in quotation marks"))
            continue
        cells = dict(zip(header, row, strict=True))
        numbers: dict[str, float] = {}
        before = len(problems)
        for name in ("year", "value"):
            text, at = cells[name]
            number = _number(text.strip().removesuffix("年") if name == "year" else text)
            if number is None:
                problems.append(
                    source.problem(
                        at, f"{name}: expected a number, got '{text}'", "the unit stands in its own column"
                    )
                )
            else:
                numbers[name] = number
        if "year" in numbers and (numbers["year"] % 1 or not 1900 <= numbers["year"] <= 2200):
            problems.append(source.problem(cells["year"][1], f"year: '{cells['year'][0]}' is not a year"))
        if not cells["variable"][0].strip():
            problems.append(source.problem(cells["variable"][1], "variable: is empty"))
        if len(problems) > before:
            continue
        made = Actual(
            cells["variable"][0].strip(), cells["entity"][0].strip(), int(numbers["year"]), numbers["value"],
            cells["unit"][0].strip(), Address(shown, *cells["variable"][1]),
        )  # fmt: skip
        known = found.setdefault((made.variable, made.entity, made.year), made)
        if known is not made:
            text = f"{made.variable} of {made.entity} in {made.year} stands here a second time"
            problems.append(
                source.problem(cells["variable"][1], text, f"the first is in line {known.address.line}")
            )
    if problems:
        more = len(problems) - MOST_PROBLEMS
        kept = problems[:MOST_PROBLEMS]
        raise InputError([*kept, Problem(Address(shown), f"and {more} more problems")] if more > 0 else kept)
    return tuple(found.values())


def _number(text: str) -> float | None:
    try:
        value = printed_number(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
