"""The check of the machinery by simulation, in short; the long form is recorded in calibration/sbc/cluster.json."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from capital_project import FILES
from scipy import stats

import tzsim
from tzsim.calibration.self_check import CONTROLS
from tzsim.cli import main
from tzsim.errors import InputError


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    from textwrap import dedent

    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(dedent(text).replace("particles: 1500", "particles: 252, final_moves: 25"), "utf-8")
    return tmp_path / "calibration" / "capital.yaml"


@pytest.mark.slow
def test_short_form_passes_and_finds_its_controls(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["sbc", str(spec), "--replicates", "40", "--seed", "3"])
    printed = capsys.readouterr()
    assert stopped.value.code == 0, printed.out + printed.err
    record = json.loads(spec.with_suffix(".json").read_text("utf-8"))
    assert record["passed"]
    assert record["machinery"]["replicates"] == 40
    assert set(record["controls"]) == set(CONTROLS)
    assert all(control["rejected"] for control in record["controls"].values())
    assert sorted(p.name for p in spec.parent.iterdir()) == ["capital.json", "capital.yaml"]


def test_bounds_cannot_be_simulated(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = spec.read_text("utf-8")
    spec.write_text(text.replace("reason: test}", "bound: at least, reason: test}", 1), "utf-8")
    with pytest.raises(SystemExit) as stopped:
        main(["sbc", str(spec), "--replicates", "20"])
    assert stopped.value.code == 2
    assert "bounds cannot be simulated" in capsys.readouterr().err
    assert not spec.with_suffix(".json").exists()


LINE = """
stock = INTEG(inflow, start) ~ Widget ~|
start = 10 ~ Widget ~|
inflow = 2 ~ Widget/Year ~|
INITIAL TIME = 2020 ~ Year ~|
FINAL TIME = 2022 ~ Year ~|
TIME STEP = 0.25 ~ Year ~|
SAVEPER = 0.25 ~ Year ~|
"""


@pytest.mark.slow
def test_a_model_in_memory_is_checked_with_its_priors_and_the_design_of_what_is_observed(
    tmp_path: Path,
) -> None:
    path = tmp_path / "line.mdl"
    path.write_text(LINE, "utf-8")
    model = tzsim.read_model(path)
    priors = {"start": stats.norm(10, 3), "inflow": stats.norm(2, 1)}
    settings = tzsim.Settings(particles=128, final_moves=15)
    told: list[tuple[str, int, int]] = []

    def check(values: list[float]) -> tzsim.SelfCheck:
        seen = pd.DataFrame({"stock": dict(zip([2020.25, 2020.5, 2021.75], values, strict=True))})
        return tzsim.self_check(
            model,
            priors,
            seen,
            sd=1,
            replicates=40,
            seed=3,
            settings=settings,
            progress=lambda *a: told.append(a),
        )

    found = check([10, 11, 12])
    assert found.passed
    assert found.id == "line"
    assert found.result.names == ("start", "inflow", "log likelihood")
    assert {len(c.ranks) for c in (found.result, *found.controls.values())} == {40}
    assert told[-1] == ("errors too small", 40, 40)
    assert (
        found.result.ranks == check([0, 0, 0]).result.ranks
    ).all()  # of what is observed only times and errors count
    with pytest.raises(InputError, match="replicates: at least 20, not 3"):
        tzsim.self_check(model, priors, {"stock": {2021: 1.0}}, sd=1, replicates=3)
    with pytest.raises(InputError, match="did you mean 'stock'"):
        tzsim.self_check(model, priors, {"stok": {2021: 1.0}}, sd=1)
    with pytest.raises(InputError, match="priors: a calibration file says it itself"):
        tzsim.self_check("calibration/nothing.yaml", priors)  # type: ignore[call-overload]
