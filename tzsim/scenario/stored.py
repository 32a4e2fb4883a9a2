"""A scenario as plain JSON values and back: what a run folder keeps, so that the folder alone opens again.

Values, not files: what was changed in memory is kept as it was, and later readers of YAML or models change nothing. Addresses are left out.
Only the records named here are made from a stored file; nothing in it runs.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from tzsim import measures
from tzsim.scenario import records
from tzsim.scenario.distributions import Distribution
from tzsim.scenario.figures import Figure
from tzsim.scenario.records import Scenario
from tzsim.scenario.text import Text2

KIND = "~"
"""Key that says what a mapping stands for."""
RECORDS: Mapping[str, type] = {
    c.__name__: c
    for c in (
        *(records.Documented, records.Goal, records.Prior, records.Priors, records.Shock, records.Lever),
        *(records.Observation, records.HistoryKey, records.ViewSeries, records.ViewLimit, records.ViewStart),
        *(records.ViewLoop, records.ViewDoubt, records.View, Distribution, Text2, Figure),
        *(
            measures.Quantity,
            measures.Total,
            measures.Mean,
            measures.AtEnd,
            measures.At,
            measures.Between,
            measures.Cumulative,
            measures.Growth,
        ),
        *(measures.Ratio, measures.Difference, measures.Sum, measures.Extreme, measures.Peak, measures.Times),
    )
}
NOT_STORED = ("path", "root", "model_path", "model", "posterior", "stored")
"""Fields of a scenario that belong to the place where it was read; the model has a file of its own."""


def plain_scenario(scenario: Scenario) -> dict[str, Any]:
    """JSON values of everything but the model."""
    fields = (f.name for f in dataclasses.fields(scenario) if f.name not in NOT_STORED)
    return {name: to_plain(getattr(scenario, name)) for name in fields}


def scenario_from(plain: Mapping[str, Any], model: Any, folder: Path, posterior: Path | None) -> Scenario:
    """The scenario again; `folder` takes the place of its project. Raises ValueError, KeyError, TypeError on other values."""
    known = {f.name for f in dataclasses.fields(Scenario)} - set(NOT_STORED)
    values = {name: from_plain(v) for name, v in plain.items() if name in known}
    return Scenario(
        **values,
        path=folder / "scenario.json",
        root=folder,
        model_path=folder / "model.json",
        model=model,
        posterior=posterior,
        stored=True,
    )


def to_plain(value: Any) -> Any:
    """A record, mapping, sequence or plain value as JSON values. Raises TypeError on anything else."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {KIND: "float", "is": str(value)}
    if isinstance(value, date):
        return {KIND: "date", "is": value.isoformat()}
    if isinstance(value, tuple | list):
        return [to_plain(v) for v in value]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, Mapping):
        return {KIND: "map", "is": {str(k): to_plain(v) for k, v in value.items()}}  # pyright: ignore[reportUnknownVariableType,reportUnknownArgumentType]
    name = type(value).__name__
    if RECORDS.get(name) is not type(value):
        raise TypeError(f"a {name} cannot be stored")
    fields = (f for f in dataclasses.fields(value) if f.name != "address")
    made = {f.name: getattr(value, f.name) for f in fields}
    return {KIND: name, **{n: to_plain(v) for n, v in made.items() if not _usual(value, n, v)}}


def _usual(record: Any, name: str, value: Any) -> bool:
    """Whether a field has its default, which need not be written."""
    field = next(f for f in dataclasses.fields(record) if f.name == name)
    return field.default is not dataclasses.MISSING and value == field.default


def from_plain(value: Any) -> Any:
    """The value again; lists become tuples, fields that this version does not know are left out."""
    if isinstance(value, list):
        return tuple(from_plain(v) for v in value)  # pyright: ignore[reportUnknownVariableType]
    if not isinstance(value, dict):
        return value
    kind: str = value[KIND]  # pyright: ignore[reportUnknownVariableType]
    if kind == "float":
        return float(value["is"])  # pyright: ignore[reportUnknownArgumentType]
    if kind == "date":
        return date.fromisoformat(value["is"])  # pyright: ignore[reportUnknownArgumentType]
    if kind == "map":
        return {k: from_plain(v) for k, v in value["is"].items()}  # pyright: ignore[reportUnknownVariableType,reportUnknownMemberType]
    record: Any = RECORDS[kind]
    known = {f.name for f in dataclasses.fields(record)}
    return record(**{n: from_plain(v) for n, v in value.items() if n in known})  # pyright: ignore[reportUnknownVariableType]
