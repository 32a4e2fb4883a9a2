"""run.json: what the run was made from, what it says in short, and the files it wrote."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from tzsim.forecast.result import Forecast


def write_run_json(forecast: Forecast, path: Path, files: Iterable[str]) -> None:
    """Write the record. `files`: names, relative to the folder, of everything else the run wrote."""
    scenario = forecast.scenario
    record: dict[str, object] = {
        "tzsim": forecast.version,
        "run_id": forecast.run_id,
        "scenario": scenario.id,
        "name": {"zh": scenario.name.zh, "en": scenario.name.en},
        "as_of": scenario.as_of_written,
        "horizon": scenario.horizon,
        "members": forecast.members,
        "failed": forecast.failed,
        "failures": list(forecast.failures),
        "seed": forecast.seed,
        "design": forecast.design,
        "evidence": forecast.evidence,
        "calibration": None if forecast.calibration is None else asdict(forecast.calibration),
        "levers": dict(sorted(scenario.levers.items())),
        "set": dict(sorted(scenario.settings.items())),
        "joint": {
            name: {"goals": list(joint.goals), **asdict(joint.probability)}
            for name, joint in forecast.joint.items()
        },
        "joint_dated": None
        if (dated := forecast.conflicts.dated) is None
        else {"goals": list(dated.goals), **asdict(dated.probability)},
        "notes": list(forecast.notes),
        "hashes": dict(sorted(forecast.hashes.items())),
        "files": sorted(files),
    }
    text = json.dumps(record, ensure_ascii=False, indent=2, allow_nan=False)
    path.write_bytes((text + "\n").encode("utf-8"))
