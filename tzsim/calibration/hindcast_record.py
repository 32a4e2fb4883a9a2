"""A hindcast as JSON beside the posterior: the scores that `ensemble.skill` reads, and every case behind them."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tzsim.calibration.hindcast import Case, Hindcast
from tzsim.ensemble.posterior_record import round_number
from tzsim.ensemble.skill import FILE, FORMAT
from tzsim.files import write_whole
from tzsim.record import VERSION
from tzsim.scenario.text import Text2


def write_hindcast(hindcast: Hindcast, folder: Path) -> Path:
    """Write `hindcast.json` into `folder`, whole or not at all; its path. Floats have six digits."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(as_json(hindcast), ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False) + "\n"
    write_whole(folder / FILE, text.encode())
    return folder / FILE


def as_json(hindcast: Hindcast) -> dict[str, Any]:
    """Plain JSON values, with the hashes of the spec whose posterior the hindcast belongs to."""
    skill = hindcast.skill
    return {
        "format": FORMAT,
        "version": VERSION,
        "seed": hindcast.seed,
        "command": skill.command,
        "caveat": _plain(skill.caveat),
        "hashes": dict(hindcast.spec.hashes),
        "made_from": hindcast.made_from,
        "series": [_plain(s) for s in skill.series],
        "cases": [_case(c) for c in hindcast.cases],
        "fits": [_plain(f) for f in hindcast.fits],
    }


def _case(case: Case) -> dict[str, Any]:
    scores = {method: _plain(score) for method, score in case.scores.items()}
    return {**_plain(dataclasses.replace(case, scores={})), "scores": scores}


def _plain(value: Any) -> Any:
    if isinstance(value, Text2):
        return {"zh": value.zh, "en": value.en}
    if dataclasses.is_dataclass(value):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}  # pyright: ignore[reportUnknownVariableType,reportUnknownArgumentType]
    if isinstance(value, tuple | list):
        return [_plain(v) for v in value]  # pyright: ignore[reportUnknownVariableType]
    return round_number(value) if isinstance(value, float) else value
