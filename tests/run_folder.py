"""The parts of a run's folder that the ledger needs, without charts and tables."""

from __future__ import annotations

from pathlib import Path

import tzsim
from tzsim.forecast.ledger import write_inputs
from tzsim.forecast.netcdf import write_netcdf
from tzsim.forecast.provenance import write_run_json


def store(scenario: tzsim.Scenario, folder: Path) -> tzsim.Forecast:
    """Run a scenario and store it."""
    made = tzsim.forecast(scenario)
    folder.mkdir()
    write_inputs(made, folder)
    write_netcdf(made, folder / "forecast.nc")
    write_run_json(made, folder / "run.json", [])
    return made
