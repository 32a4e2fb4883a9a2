"""levers.csv and movers.csv: what each lever does to each goal, and which inputs decide it; UTF-8 with a byte order mark."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from tzsim.forecast.movers import Mover
from tzsim.forecast.sweep import Sweep

LEVERS = (
    "goal",
    "lever",
    "name_zh",
    "name_en",
    "unit",
    "before",
    "after",
    "probability_change",
    "probability_change_low",
    "probability_change_high",
    "mean_change",
    "mean_change_low",
    "mean_change_high",
    "cost",
    "members",
)
MOVERS = ("goal", "input", "time", "share_of_variance", "measure_rises_with_it")


def write_levers_csv(sweep: Sweep, path: Path) -> None:
    """A row for each goal and each move of one lever; changes of the measure in the goal's unit, costs in 亿元."""
    rows = (
        (
            id,
            e.lever.id,
            e.lever.name.zh,
            e.lever.name.en,
            e.lever.unit,
            e.before,
            e.after,
            e.chance.value,
            e.chance.low,
            e.chance.high,
            *((None,) * 3 if e.measure is None else (e.measure.value, e.measure.low, e.measure.high)),
            e.cost,
            str(sweep.members),
        )
        for id, effects in sweep.effects.items()
        for e in effects
    )
    _write(path, LEVERS, rows)


def write_movers_csv(movers: Mapping[str, Sequence[Mover]], path: Path) -> None:
    """A row for each goal and each of its inputs above the noise, strongest first; time: start of a shock's value."""
    rows = (
        (id, m.element, m.time, m.share, "yes" if m.rises else "no")
        for id, found in movers.items()
        for m in found
    )
    _write(path, MOVERS, rows)


def _write(path: Path, heads: Sequence[str], rows: Iterable[Sequence[str | float | None]]) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(heads)
    writer.writerows([_cell(v) for v in row] for row in rows)
    path.write_bytes(b"\xef\xbb\xbf" + text.getvalue().encode("utf-8"))


def _cell(value: str | float | None) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return np.format_float_positional(value, precision=6, fractional=False, trim="-")
