"""What happened: a file of figures with the columns of a history file, read for scoring.

Only what scoring needs must be there (variable, entity, year, value, unit); what else is, must be right too, as in any file of figures.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tzsim.errors import Address, InputError, both
from tzsim.scenario.figure_names import FigureNames
from tzsim.scenario.history import FIGURES, read_history
from tzsim.scenario.outliers import Outlier, outliers
from tzsim.scenario.records import Observation
from tzsim.units import UnitError, parse_unit


@dataclass(frozen=True, slots=True)
class Actual:
    """One figure as printed. confirmed: a person stands by it, however far it lies from its series."""

    variable: str
    entity: str
    year: float
    value: float
    unit: str
    address: Address = Address("")
    confirmed: bool = False


def read_actuals(path: str | Path, names: FigureNames | None = None) -> tuple[Actual, ...]:
    """The figures of a CSV (UTF-8 or GB18030) or Excel file. Raises InputError with every problem, and where there is no figure.

    names: what variables and entities may be called; default the names beside the file.
    """
    rows, _ = read_history(Path(path), str(path), needed=FIGURES, names=names)
    if not rows:
        said = both("只有表头，没有一行数据", "there are headings and no row of figures")
        raise InputError.one(said, Address(str(path)))
    return tuple(Actual(o.variable, o.entity, o.year, o.value, o.unit, o.address, o.confirmed) for o in rows)


def doubtful(rows: Iterable[Actual], known: Iterable[Observation]) -> tuple[Outlier, ...]:
    """The figures that lie orders of magnitude from their series and are not confirmed."""
    return outliers([_observation(a) for a in rows if _has_unit(a)], known)


def _has_unit(a: Actual) -> bool:
    try:
        parse_unit(a.unit, own=True)
    except UnitError:
        return False
    return True


def _observation(a: Actual) -> Observation:
    return Observation(
        a.variable, a.entity, a.year, a.value, None, None, a.unit, "reported", "context", "", "", a.address,
        confirmed=a.confirmed,
    )  # fmt: skip
