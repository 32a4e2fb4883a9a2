"""forecast.nc: the numbers of a forecast with units, labels in both languages and provenance, as netCDF-4.

Dimensions: goal, judged, member, series, level, year, cluster, limit, binding. The file is written straight through
h5netcdf, which loads much faster than xarray; `xarray.open_dataset` reads it as what `to_dataset` gives.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tzsim.forecast.result import NONE_BINDS, Forecast, GoalResult

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True, slots=True)
class Column:
    """One array of the file; text arrays hold Python strings. label: stands beside the numbers as a coordinate."""

    name: str
    dims: tuple[str, ...]
    values: NDArray[Any]
    attributes: dict[str, str] = field(default_factory=dict[str, str])
    label: bool = False


_SHARE = {"units": "1"}


def columns(forecast: Forecast) -> tuple[Column, ...]:
    """Every array of a forecast, in the order of the file."""
    return (*_goals(forecast.goals), *_members(forecast), *_series(forecast), *_binding(forecast))


def to_dataset(forecast: Forecast) -> xr.Dataset:
    """The forecast as an xarray dataset."""
    import xarray as xr

    found = columns(forecast)
    data = {c.name: (c.dims, c.values, c.attributes) for c in found if not c.label}
    coords = {c.name: (c.dims, c.values, c.attributes) for c in found if c.label}
    return xr.Dataset(data, coords=coords, attrs=provenance(forecast))


def write_netcdf(forecast: Forecast, path: Path) -> None:
    """Write the file; the same forecast gives the same bytes."""
    import h5netcdf
    import h5py

    found = columns(forecast)
    sizes: dict[str, int] = {}
    for column in found:
        sizes |= dict(zip(column.dims, column.values.shape, strict=True))
    with h5netcdf.File(path, "w") as file:
        for name, size in sizes.items():
            file.dimensions[name] = size
        for c in found:
            text = c.values.dtype == object
            options: dict[str, Any] = {}
            if c.values.nbytes > 1 << 16 and not text:
                options = {"compression": "gzip", "compression_opts": 1, "shuffle": True}
            kind = h5py.string_dtype("utf-8") if text else c.values.dtype
            variable = file.create_variable(c.name, c.dims, kind, **options)
            if c.values.size:
                variable[...] = c.values
            for name, value in c.attributes.items():
                variable.attrs[name] = value
        labels = [c.name for c in found if c.label and c.dims != (c.name,)]
        file.attrs["coordinates"] = " ".join(labels)
        for name, value in provenance(forecast).items():
            file.attrs[name] = value


def provenance(forecast: Forecast) -> dict[str, str | float]:
    """Attributes that say what the numbers were made from."""
    scenario = forecast.scenario
    return {
        "title": scenario.name.en or scenario.name.zh or scenario.id,
        "title_zh": scenario.name.zh,
        "scenario": scenario.id,
        "as_of": scenario.as_of_written,
        "evidence": forecast.evidence,
        "run_id": forecast.run_id,
        "seed": forecast.seed,
        "design": forecast.design,
        "members": forecast.members,
        "failed_members": forecast.failed,
        "tzsim_version": forecast.version,
        "hashes": json.dumps(dict(sorted(forecast.hashes.items())), ensure_ascii=False),
    }


def _goals(rows: Sequence[GoalResult]) -> tuple[Column, ...]:
    def number(name: str, values: list[float | None], attributes: dict[str, str] | None = None) -> Column:
        filled = np.array([np.nan if v is None else v for v in values], dtype=np.float64)
        return Column(name, ("goal",), filled, attributes or {"long_name": f"{name}, in goal_unit"})

    def text(name: str, values: list[str]) -> Column:
        return Column(name, ("goal",), _text(values), label=True)

    return (
        text("goal", [r.goal.id for r in rows]),
        text("goal_name_zh", [r.goal.name.zh for r in rows]),
        text("goal_name_en", [r.goal.name.en for r in rows]),
        text("goal_unit", [r.goal.unit for r in rows]),
        text("goal_comparison", [r.goal.comparison for r in rows]),
        text("goal_status", [r.status for r in rows]),
        text("goal_evidence", [r.evidence for r in rows]),
        text("goal_binds", [r.binds for r in rows]),
        number("goal_target", [r.goal.value for r in rows]),
        number("goal_median", [r.median for r in rows]),
        number("goal_p10", [r.p10 for r in rows]),
        number("goal_p90", [r.p90 for r in rows]),
        number("probability", [r.probability for r in rows], _SHARE),
        number("probability_low", [r.probability_low for r in rows], _SHARE),
        number("probability_high", [r.probability_high for r in rows], _SHARE),
        number("probability_prior", [r.probability_prior for r in rows], _SHARE),
        number("variance_removed", [r.removed for r in rows], _SHARE),
        number("variance_removed_error", [r.removed_error for r in rows], _SHARE),
    )


def _members(forecast: Forecast) -> tuple[Column, ...]:
    failed = np.zeros(forecast.members, dtype=np.int8)
    failed[list(forecast.failed_members)] = 1
    kept = "member" if forecast.measures.shape[1] == forecast.members else "kept_member"
    unit = {r.goal.id: r.goal.unit for r in forecast.goals}
    return (
        Column("judged", ("judged",), _text(forecast.judged), label=True),
        Column("judged_unit", ("judged",), _text([unit[g] for g in forecast.judged]), label=True),
        Column("measure", ("judged", kept), forecast.measures, {"long_name": "measure, in judged_unit"}),
        Column("met", ("judged", "member"), forecast.met.view(np.int8), {"long_name": "1 where met"}),
        Column("failed", ("member",), failed, {"long_name": "1 where the member failed and is left out"}),
    )


def _series(forecast: Forecast) -> tuple[Column, ...]:
    fans = forecast.fans
    years = fans[0].years if fans else forecast.binding.years
    levels = fans[0].quantile_levels if fans else ()
    shape = (len(fans), len(levels), len(years))
    calendar = forecast.scenario.clock.calendar
    counted = {} if calendar else {"long_name": forecast.scenario.clock.axis("en")}
    table = np.array([f.quantiles for f in fans], dtype=np.float64).reshape(shape)
    return (
        Column("series", ("series",), _text([f.id for f in fans]), label=True),
        Column("series_name_zh", ("series",), _text([f.name.zh for f in fans]), label=True),
        Column("series_name_en", ("series",), _text([f.name.en for f in fans]), label=True),
        Column("series_unit", ("series",), _text([f.unit for f in fans]), label=True),
        Column("level", ("level",), np.array(levels, dtype=np.float64), label=True),
        Column(
            "year",
            ("year",),
            np.array(years, dtype=np.int64 if calendar else np.float64),
            counted,
            label=True,
        ),
        Column("quantile", ("series", "level", "year"), table, {"long_name": "quantile, in series_unit"}),
    )


def _binding(forecast: Forecast) -> tuple[Column, ...]:
    binding, elements = forecast.binding, forecast.scenario.view.elements
    names = [elements.get(e) for e in binding.elements]
    zh = [n.zh if n else e for n, e in zip(names, binding.elements, strict=True)]
    en = [n.en if n else e for n, e in zip(names, binding.elements, strict=True)]
    when = "year" if forecast.scenario.clock.calendar else "stretch_end"
    stretches = (Column(when, (when,), np.array(binding.years, dtype=np.float64), label=True),)
    return (
        *(() if forecast.scenario.clock.calendar else stretches),
        Column("cluster", ("cluster",), _text(binding.elements), label=True),
        Column("cluster_name_zh", ("cluster",), _text(zh), label=True),
        Column("cluster_name_en", ("cluster",), _text(en), label=True),
        Column("limit", ("limit",), _text(binding.limits), label=True),
        Column("binding", ("binding",), _text([*binding.limits, NONE_BINDS]), label=True),
        Column("binding_share", ("cluster", when, "binding"), binding.share, _SHARE),
        Column("binding_cost", ("cluster", when, "limit"), binding.cost, _SHARE),
    )


def _text(values: Sequence[str]) -> NDArray[Any]:
    return np.array(list(values), dtype=object)
