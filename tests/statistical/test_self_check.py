"""The check of the machinery by simulation, in short; the long form is recorded in calibration/sbc/cluster.json."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from capital_project import FILES

from tzsim.calibrate.self_check import CONTROLS
from tzsim.cli import main


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
