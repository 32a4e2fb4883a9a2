"""Reader of history files: documented figures with quality and role, one a row (CSV or Excel, see `history_cells`).

Columns: variable, entity, year, value, low, high, unit, quality, role, source, note, and if wanted published (a date). Only official, reported and secondary rows
may be fit or hold-out; estimated and recalled rows are context: they may inform a prior or a picture, never a likelihood.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import cast, get_args

from tzsim.errors import Address, InputError, Problem, nearest
from tzsim.scenario.history_cells import COLUMNS, EXCEL, OPTIONAL, Cell, heading, read_cells
from tzsim.scenario.located import Source
from tzsim.scenario.records import Observation, Quality, Role
from tzsim.units import UnitError, parse_unit

MAY_BE_EMPTY = ("low", "high", "note", *OPTIONAL)
DOCUMENTED = ("official", "reported", "secondary")
MOST_PROBLEMS = 50
CHOICES = {
    "官方": "official", "报道": "reported", "二手": "secondary", "估计": "estimated", "回忆": "recalled", "假设": "assumption",
    "拟合": "fit", "检验": "hold-out", "参考": "context",
}  # fmt: skip
"""Chinese words for quality and role, read as the English ones."""
NO_FIGURE = ("—", "——", "–", "-", "--", "…", "……", "..", "...", "/")
"""What tables print where there is no figure."""
_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?$")


@dataclass(frozen=True, slots=True)
class Absent:
    """A row that prints a dash where its figure should be: it is left out, and `tzsim data check` says so."""

    variable: str
    entity: str
    year: int
    printed: str
    address: Address


def read_history(
    path: Path, shown: str, absent: list[Absent] | None = None
) -> tuple[tuple[Observation, ...], Source]:
    """The observations of a file, in its order, and its text. Raises InputError with every problem (the first 50).

    absent: receives the rows without a figure.
    """
    rows, source, problems = read_cells(path, shown)
    if not rows:
        raise InputError.one(
            "the file is empty", Address(shown, 1), f"its first line reads {','.join(COLUMNS)}"
        )
    header, start = [heading(c) for c, _ in rows[0]], len(problems)
    for (name, at), column in zip(rows[0], header, strict=True):
        if column not in (*COLUMNS, *OPTIONAL):
            problems.append(
                source.problem(at, f"unknown column '{name}'", nearest(column, (*COLUMNS, *OPTIONAL)))
            )
        elif header.count(column) > 1:
            problems.append(source.problem(at, f"column '{column}' stands here twice"))
    missing = [c for c in COLUMNS if c not in header]
    if missing:
        problems.append(
            source.problem(
                rows[0][0][1], f"missing columns: {', '.join(missing)}", f"wanted: {','.join(COLUMNS)}"
            )
        )
    if len(problems) > start:
        raise InputError(problems)
    observations: list[Observation] = []
    for row in rows[1:]:
        if len(row) != len(header):
            text = f"{len(row)} fields where the header has {len(header)}"
            problems.append(source.problem(row[0][1], text, "put text with commas in quotation marks"))
            continue
        made = _observation(source, dict(zip(header, row, strict=True)), problems, absent)
        if made is None:
            continue
        observations.append(made)
    for o, known in twice(observations):
        text = f"{o.variable} of {o.entity} in {o.year} stands here a second time"
        place = (o.address.line, o.address.column)
        problems.append(source.problem(place, text, f"the first is in line {known.address.line}"))
    if problems:
        more = len(problems) - MOST_PROBLEMS
        kept = problems[:MOST_PROBLEMS]
        raise InputError([*kept, Problem(Address(shown), f"and {more} more problems")] if more > 0 else kept)
    return tuple(observations), source


def _is_date(text: str) -> bool:
    """Whether text is a day, a month or a year that exists."""
    if not re.fullmatch(r"\d{4}(-\d\d(-\d\d)?)?", text):
        return False
    try:
        date.fromisoformat(text + "-01-01"[len(text) - 4 :])
    except ValueError:
        return False
    return True


def history_files(folder: Path) -> tuple[Path, ...]:
    """The history files of a folder, by name. Hidden files and Excel's own locks (~$) are left out."""
    kinds = {".csv", *EXCEL}
    return tuple(p for p in sorted(folder.iterdir()) if p.suffix.lower() in kinds and p.name[0] not in ".~")


def twice(observations: Iterable[Observation]) -> list[tuple[Observation, Observation]]:
    """(figure, its first) for every figure (variable, entity, year) that stands a second time, in one file or in several."""
    first: dict[tuple[str, str, int], Observation] = {}
    pairs = [(o, first.setdefault((o.variable, o.entity, o.year), o)) for o in observations]
    return [(o, known) for o, known in pairs if known is not o]


def said_twice(pairs: Iterable[tuple[Observation, Observation]]) -> list[Problem]:
    """What to say of figures that stand in two files."""
    return [
        Problem(
            o.address,
            f"{o.variable} of {o.entity} in {o.year} stands here a second time",
            f"the first is in {known.address}; take one of them out",
        )
        for o, known in pairs
    ]


def printed_number(text: str) -> float:
    """A number as tables print it: full-width digits and signs, thousands in groups. Raises ValueError."""
    plain = unicodedata.normalize("NFKC", text).strip().replace("\u2212", "-")
    return float((plain.replace(",", "") if _GROUPED.match(plain) else plain).replace("_", "x"))


def _observation(
    source: Source, row: dict[str, Cell], problems: list[Problem], absent: list[Absent] | None
) -> Observation | None:
    before = len(problems)

    def wrong(column: str, message: str, hint: str = "") -> None:
        problems.append(source.problem(row[column][1], f"{column}: {message}", hint))

    def number(column: str) -> float | None:
        text = row[column][0].strip()
        if column in MAY_BE_EMPTY and (not text or text in NO_FIGURE):
            return None
        try:
            value = printed_number(text.removesuffix("年") if column == "year" else text)
        except ValueError:
            hint = "four digits, like 2024" if column == "year" else "the unit stands in its own column"
            wrong(column, f"expected a number, got '{text}'", hint)
            return None
        if not math.isfinite(value):
            wrong(column, f"'{text}' is not a finite number")
            return None
        return value

    chinese = {en: zh for zh, en in CHOICES.items()}

    def choice(column: str, allowed: tuple[str, ...]) -> str:
        text = CHOICES.get(row[column][0].strip(), row[column][0].strip())
        if text not in allowed:
            wrong(
                column,
                f"'{text}' is not one of the choices",
                nearest(text, allowed) or f"one of: {', '.join(f'{chinese[c]} {c}' for c in allowed)}",
            )
        return text

    for column in COLUMNS:
        if column not in MAY_BE_EMPTY and not row[column][0].strip():
            wrong(column, "is empty")
    if len(problems) > before:
        return None
    printed = row["value"][0].strip()
    low, high, year = number("low"), number("high"), number("year")
    value = float("nan") if printed in NO_FIGURE else number("value")
    if year is not None and (year != int(year) or not 1900 <= year <= 2200):
        wrong("year", f"'{row['year'][0]}' is not a year")
    quality, role = choice("quality", get_args(Quality)), choice("role", get_args(Role))
    if role in ("fit", "hold-out") and quality in ("estimated", "recalled", "assumption"):
        wrong("role", f"a row of quality '{quality}' cannot be '{role}'", "role: context")
    try:
        parse_unit(row["unit"][0])
    except UnitError as error:
        wrong("unit", str(error), error.hint)
    published = row["published"][0].strip() if "published" in row else ""
    if published and not _is_date(published):
        wrong("published", f"'{published}' is not a date", "write YYYY-MM-DD, YYYY-MM or YYYY")
    if value is not None:
        if low is not None and low > value:
            wrong("low", f"{low:g} is above the value {value:g}")
        if high is not None and high < value:
            wrong("high", f"{high:g} is below the value {value:g}")
    if len(problems) > before or value is None or year is None:
        return None
    text = {c: row[c][0].strip() for c in COLUMNS}
    if printed in NO_FIGURE:
        if absent is not None:
            at = Address(source.shown, *row["value"][1])
            absent.append(Absent(text["variable"], text["entity"], int(year), printed, at))
        return None
    return Observation(
        text["variable"], text["entity"], int(year), value, low, high, text["unit"], cast(Quality, quality),
        cast(Role, role), text["source"], text["note"], Address(source.shown, *row["variable"][1]),
        published,
    )  # fmt: skip
