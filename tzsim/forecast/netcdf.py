"""forecast.nc: the forecast as one xarray dataset, and back from the file as numbers and labels.

Dimensions: goal, judged, member, series, level, year, cluster, limit, binding. Chinese names are coordinates; provenance
stands in the attributes.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tzsim.forecast.result import NONE_BINDS, Forecast

if TYPE_CHECKING:
    import xarray as xr


def to_dataset(forecast: Forecast) -> xr.Dataset:
    """Everything numeric of a forecast, with units, labels in both languages and provenance."""
    import xarray as xr

    goals, fans, binding = forecast.goals, forecast.fans, forecast.binding
    nan = float("nan")
    share = {"units": "1"}

    def column(values: list[float | None]) -> np.ndarray:
        return np.array([nan if v is None else v for v in values], dtype=np.float64)

    levels = fans[0].quantile_levels if fans else ()
    years = fans[0].years if fans else binding.years
    kept = "member" if forecast.measures.shape[1] == forecast.members else "kept_member"
    return xr.Dataset(
        data_vars={
            "goal_target": ("goal", column([r.goal.value for r in goals])),
            "goal_median": ("goal", column([r.median for r in goals])),
            "goal_p10": ("goal", column([r.p10 for r in goals])),
            "goal_p90": ("goal", column([r.p90 for r in goals])),
            "probability": ("goal", column([r.probability for r in goals]), share),
            "probability_low": ("goal", column([r.probability_low for r in goals]), share),
            "probability_high": ("goal", column([r.probability_high for r in goals]), share),
            "probability_prior": ("goal", column([r.probability_prior for r in goals]), share),
            "measure": (("judged", kept), forecast.measures),
            "met": (("judged", "member"), forecast.met.astype(np.int8)),
            "failed": (
                "member",
                _failed(forecast),
                {"long_name": "1 where the member failed and is left out"},
            ),
            "quantile": (
                ("series", "level", "year"),
                np.stack([f.quantiles for f in fans]) if fans else np.zeros((0, len(levels), len(years))),
            ),
            "binding_share": (("cluster", "year", "binding"), binding.share, share),
            "binding_cost": (("cluster", "year", "limit"), binding.cost, share),
        },
        coords={
            "goal": [r.goal.id for r in goals],
            "goal_name_zh": ("goal", _text([r.goal.name.zh for r in goals])),
            "goal_name_en": ("goal", _text([r.goal.name.en for r in goals])),
            "goal_unit": ("goal", _text([r.goal.unit for r in goals])),
            "goal_status": ("goal", _text([r.status for r in goals])),
            "goal_evidence": ("goal", _text([r.evidence for r in goals])),
            "judged": _text(list(forecast.judged)),
            "series": _text([f.id for f in fans]),
            "series_name_zh": ("series", _text([f.name.zh for f in fans])),
            "series_name_en": ("series", _text([f.name.en for f in fans])),
            "series_unit": ("series", _text([f.unit for f in fans])),
            "level": list(levels),
            "year": np.array(years, dtype=np.int64),
            "cluster": _text(list(binding.elements)),
            "cluster_name_zh": ("cluster", _text([_label(forecast, e, "zh") for e in binding.elements])),
            "limit": _text(list(binding.limits)),
            "binding": _text([*binding.limits, NONE_BINDS]),
        },
        attrs=_provenance(forecast),
    )


def write_netcdf(forecast: Forecast, path: Path) -> None:
    """Write the dataset as netCDF-4; the same forecast gives the same bytes."""
    data = to_dataset(forecast)
    packed = {"zlib": True, "complevel": 1, "shuffle": True}
    large = [name for name in ("measure", "met", "failed") if data[name].size]
    data.to_netcdf(path, engine="h5netcdf", encoding=dict.fromkeys(large, packed))


def _failed(forecast: Forecast) -> np.ndarray:
    failed = np.zeros(forecast.members, dtype=np.int8)
    failed[list(forecast.failed_members)] = 1
    return failed


def _text(values: list[str]) -> np.ndarray:
    return np.array(values, dtype=object)


def _label(forecast: Forecast, element: str, lang: str) -> str:
    text = forecast.scenario.view.elements.get(element)
    return text.of(lang) if text else element


def _provenance(forecast: Forecast) -> dict[str, str | int]:
    scenario = forecast.scenario
    return {
        "title": scenario.name.en or scenario.name.zh or scenario.id,
        "title_zh": scenario.name.zh,
        "scenario": scenario.id,
        "as_of": scenario.as_of.isoformat(),
        "evidence": forecast.evidence,
        "run_id": forecast.run_id,
        "seed": forecast.seed,
        "design": forecast.design,
        "members": forecast.members,
        "failed_members": forecast.failed,
        "tzsim_version": forecast.version,
        "hashes": json.dumps(dict(sorted(forecast.hashes.items())), ensure_ascii=False),
    }
