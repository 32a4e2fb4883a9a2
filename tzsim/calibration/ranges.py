"""Researched ranges of constants, and the priors that reach beyond them.

A range file is comma-separated: variable (one element), low, high, unit, quality, source. `low` and `high` mean what they
mean in a prior of the same distribution.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from tzsim.errors import InputError, Problem, nearest
from tzsim.names import key
from tzsim.scenario.located import Source, read_text
from tzsim.scenario.records import Prior, Priors
from tzsim.units import UnitError, conversion, parse_unit

COLUMNS = ("variable", "low", "high", "unit", "quality", "source")
LARGEST = 5_000_000
TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Wider:
    """A prior that reaches beyond its researched range; low and high of the range in the prior's unit."""

    prior: Prior
    low: float
    high: float

    @property
    def width(self) -> float:
        """Width of the prior over that of the range."""
        return (self.prior.distribution.high - self.prior.distribution.low) / (self.high - self.low)


def wider_priors(path: Path, shown: str, priors: Priors) -> tuple[Wider, ...]:
    """The priors beyond the ranges of the file, in its order. Raises InputError with every problem of the file."""
    source = read_text(path, shown, LARGEST)
    known = {key(p.variable): p for p in priors}
    problems: list[Problem] = []
    found: list[Wider] = []
    rows = csv.reader(io.StringIO(source.text))
    header = next(rows, [])
    if tuple(header) != COLUMNS:
        raise InputError([source.problem((1, 1), "wrong columns", f"wanted: {','.join(COLUMNS)}")])
    for cells in rows:
        if not cells:
            continue
        at = (rows.line_num, 1)
        if len(cells) != len(COLUMNS):
            problems.append(source.problem(at, f"{len(cells)} fields where the header has {len(COLUMNS)}"))
            continue
        prior = known.get(key(cells[0]))
        if prior is None:
            hint = nearest(cells[0], [p.variable for p in priors])
            problems.append(source.problem(at, f"there is no prior of '{cells[0]}'", hint))
            continue
        ends = _ends(source, at, cells, prior, problems)
        if ends is not None and _beyond(prior, *ends):
            found.append(Wider(prior, *ends))
    if problems:
        raise InputError(problems)
    return tuple(found)


def _ends(
    source: Source, at: tuple[int, int], cells: list[str], prior: Prior, problems: list[Problem]
) -> tuple[float, float] | None:
    try:
        factor = conversion(parse_unit(cells[3], own=True), parse_unit(prior.unit, own=True))
        low, high = float(cells[1]) * factor, float(cells[2]) * factor
    except UnitError as error:
        problems.append(source.problem(at, f"{cells[0]}: {error}", error.hint))
        return None
    except ValueError:
        problems.append(source.problem(at, f"{cells[0]}: low and high are not both numbers"))
        return None
    if not low < high:
        problems.append(source.problem(at, f"{cells[0]}: low {cells[1]} is not below high {cells[2]}"))
        return None
    return low, high


def _beyond(prior: Prior, low: float, high: float) -> bool:
    own, slack = prior.distribution, TOLERANCE * (high - low)
    if own.kind == "constant":
        return False
    return own.low < low - slack or own.high > high + slack
