"""Trajectories as pandas and as the EMA Workbench has them."""

from __future__ import annotations

from pathlib import Path

import clinic
import numpy as np
import pandas as pd
from scipy import stats

import tzsim


def test_elements_members_and_times_keep_their_places(tmp_path: Path) -> None:
    clinic.write_project(tmp_path)
    model = tzsim.read_model(tmp_path / "models" / "clinic.mdl")
    priors = {"recovery rate": stats.uniform(3, 2), "beds[hill]": stats.uniform(5, 10)}
    paths = tzsim.simulate(model, priors, members=20, seed=2, keep=["Infected", "Savings"])

    frame = paths.to_dataframe()
    assert list(frame.columns) == ["Infected[harbour]", "Infected[hill]", "Savings"]
    wanted = paths["Infected"].sel(member=7, time=2023, Town="hill").item()
    assert frame.loc[(7, 2023.0), "Infected[hill]"] == wanted

    experiments, outcomes = paths.to_ema()
    assert list(experiments.columns) == ["recovery rate", "beds[hill]"]
    pd.testing.assert_frame_equal(experiments, paths.inputs, check_names=False)
    assert set(outcomes) == {"Infected[harbour]", "Infected[hill]", "Savings", "TIME"}
    assert outcomes["Infected[hill]"].shape == (20, len(paths.data["time"]))
    assert np.array_equal(outcomes["TIME"][3], paths.data["time"].values)
    again = tzsim.simulate(model, dict(experiments.iloc[7]), keep=["Infected"])
    assert again["Infected"].sel(time=2023, Town="hill").item() == wanted


def test_failed_members_are_left_out_of_both_parts(tmp_path: Path) -> None:
    model = tmp_path / "root.mdl"
    model.write_text(
        "{UTF-8}\nx=SQRT(a)~~|\na=1~~|\nINITIAL TIME=0~~|\nFINAL TIME=2~~|\nTIME STEP=1~~|\nSAVEPER=1~~|\n",
        "utf-8",
    )
    paths = tzsim.simulate(tzsim.read_model(model), {"a": np.array([4.0, -1.0, 9.0])}, keep=["x"])
    experiments, outcomes = paths.to_ema()
    assert experiments["a"].tolist() == [4.0, 9.0]
    assert outcomes["x"][:, 0].tolist() == [2.0, 3.0]
