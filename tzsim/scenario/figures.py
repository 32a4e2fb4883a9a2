"""Which documented figure is which quantity of the model: the map that lets a forecast be scored by what happened.

From the observations of the calibration that the scenario's posterior was made with, from the history rows of the view's series, and
from the series of the files in `calibration/history/` that hold the model against its past. A figure whose rows are a sum, or of a larger whole, is said so by the calibration; the view's rows stand for themselves.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tzsim.errors import InputError, Problem
from tzsim.measures import Measure, dated
from tzsim.scenario.binding import Names
from tzsim.scenario.goals import bound_measure
from tzsim.scenario.located import read_yaml
from tzsim.scenario.records import HistoryKey, Scenario


@dataclass(frozen=True, slots=True)
class Figure:
    """Rows that are added up, and the measure (without a year) that gives the same in `unit`. series: of the view, where it draws it."""

    rows: tuple[HistoryKey, ...]
    measure: Measure
    unit: str
    series: str = ""


def figures_of(scenario: Scenario) -> tuple[Figure, ...]:
    """Figures of the calibration first, then of the view, then of the comparisons with the past; each set of rows once."""
    drawn = {k: s.id for s in scenario.view.series for k in s.history}
    found: dict[frozenset[tuple[str, str]], Figure] = {}
    for figure in (*_of_spec(scenario), *_of_view(scenario), *_of_past(scenario)):
        series = (
            next((drawn[k] for k in figure.rows if k in drawn), "")
            if len(figure.rows) == 1
            else figure.series
        )
        name = frozenset((k.variable, k.entity) for k in figure.rows)
        found.setdefault(name, Figure(figure.rows, figure.measure, figure.unit, series or figure.series))
    return tuple(found.values())


def _of_view(scenario: Scenario) -> list[Figure]:
    return [Figure((k,), s.measure, s.unit, s.id) for s in scenario.view.series for k in s.history]


def _of_spec(scenario: Scenario) -> list[Figure]:
    """What the calibration observes."""
    path = spec_path(scenario)
    return [] if path is None else _of_rows(scenario, path, "observations")


def _of_past(scenario: Scenario) -> list[Figure]:
    """What `tzsim fit` compares, of every such file of the project whose words the model knows."""
    folder = scenario.root / "calibration" / "history"
    return [f for path in sorted(folder.glob("*.yaml")) for f in _of_rows(scenario, path, "series")]


def _of_rows(scenario: Scenario, path: Path, part: str) -> list[Figure]:
    """Rows with `history` and `measure`; those that cannot be read here are said by the command that the file is for."""
    try:
        document = read_yaml(path, path.name)
    except InputError:
        return []
    names = Names(scenario.model)
    units = {(o.variable, o.entity): o.unit for o in scenario.history}
    figures: list[Figure] = []
    rows: Any = document.data.get(part) if isinstance(document.data, dict) else None
    for i, row in enumerate(rows if isinstance(rows, list) else ()):
        problems: list[Problem] = []
        keys = _keys(row)
        unit = units.get((keys[0].variable, keys[0].entity), "") if keys else ""
        if not unit or "ratio" in row:
            continue
        measure = bound_measure(document, (part, i, "measure"), row.get("measure"), names, unit, problems)
        if measure is not None and not problems and not dated(measure):
            figures.append(Figure(tuple(keys), measure, unit))
    return figures


def _keys(row: Any) -> Sequence[HistoryKey]:
    listed = row.get("history") if isinstance(row, dict) else None
    pairs = [h for h in listed if isinstance(h, dict)] if isinstance(listed, list) else []
    return [HistoryKey(str(h.get("variable")), str(h.get("entity"))) for h in pairs]


def spec_path(scenario: Scenario) -> Path | None:
    """The calibration file that the scenario's posterior was made with, inside the project; None where there is none."""
    if scenario.posterior is None:
        return None
    try:
        info = json.loads((scenario.posterior / "info.json").read_text("utf-8"))
        path = (scenario.root / str(info["spec"])).resolve()
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return path if path.is_relative_to(scenario.root.resolve()) and path.is_file() else None
