"""The project printed in docs/another-county.md is laid out from the page and taken through every command it names."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import tzsim
from tzsim.cli import main

PAGE = Path(__file__).parents[2] / "docs" / "another-county.md"
BLOCK = re.compile(r'```(?:text|yaml) title="(?P<file>[^"]+)"\n(?P<text>.*?)```', re.S)


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("qingshi")
    for block in BLOCK.finditer(PAGE.read_text("utf-8")):
        path = folder / block["file"]
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(block["text"], "gb18030" if "yearbook" in path.name else "utf-8")
    return folder


def said(capsys: pytest.CaptureFixture[str], *arguments: object, code: int = 0) -> str:
    with pytest.raises(SystemExit) as stopped:
        main([str(a) for a in arguments])
    printed = capsys.readouterr()
    assert (stopped.value.code or 0) == code, printed.err
    return printed.out


def test_the_model_has_units_throughout(county: Path) -> None:
    from tzsim.passes.unit_check import check_units

    assert not check_units(tzsim.read_model(county / "models" / "glass.mdl"))


def test_the_yearbook_is_looked_at(
    county: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(county)
    printed = said(capsys, "data", "check", "calibration/data/yearbook-2025.csv", "--lang", "en", code=1)
    shown = re.search(r"--lang en\n\n```text\n(.*?)```", PAGE.read_text("utf-8"), re.S)
    assert shown is not None
    plain = [" ".join(line.split()) for line in printed.splitlines()]
    assert [
        line for line in plain if line and "─" not in line and line != "place figure to look at"
    ] == shown[1].splitlines()


@pytest.mark.slow
def test_every_command_of_the_page_works(county: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scenario = county / "scenarios" / "base.yaml"
    goals = json.loads(said(capsys, "run", scenario, "--json", "--draws", 500, "--out", county / "prior"))[
        "goals"
    ]
    assert [g["id"] for g in goals] == ["G1", "G2"]
    assert all(0 < g["probability"] < 1 for g in goals)
    said(capsys, "explain", scenario, "G1", "--draws", 500, "--out", county / "explained")
    said(
        capsys,
        "achieve",
        scenario,
        "G1",
        "--probability",
        0.6,
        "--members",
        100,
        "--runs",
        30,
        "--out",
        county / "levers",
    )
    said(capsys, "calibrate", county / "calibration" / "qingshi.yaml", "--particles", 500, "--quiet")
    scenario.write_text(
        scenario.read_text("utf-8") + "posterior: ../calibration/posteriors/qingshi\n", "utf-8"
    )
    fitted = json.loads(said(capsys, "run", scenario, "--json", "--draws", 500, "--out", county / "fitted"))
    assert fitted["evidence"] != "prior only"
