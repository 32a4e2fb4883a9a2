"""`tzsim run` from end to end on a foreign project: every output, byte for byte again, and clean failures."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import clinic
import pytest
import xarray as xr
from openpyxl import load_workbook

import tzsim
from tzsim.cli import main
from tzsim.forecast.netcdf import to_dataset

COLUMNS = [
    "id",
    "area",
    "name_zh",
    "name_en",
    "unit",
    "comparison",
    "target",
    "date",
    "median",
    "p10",
    "p90",
    "probability",
    "probability_low",
    "probability_high",
    "probability_prior",
    "evidence",
    "binds",
    "status",
]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    clinic.write_project(folder)
    return folder


def tzsim_run(project: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tzsim", "run", "scenarios/clinic.yaml", *arguments],
        cwd=project, env=os.environ | environment, capture_output=True, text=True, encoding="utf-8", timeout=300, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def done(project: Path) -> subprocess.CompletedProcess[str]:
    return tzsim_run(project)


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_terminal_shows_the_table_and_nothing_on_stderr(done: subprocess.CompletedProcess[str]) -> None:
    assert (done.returncode, done.stderr) == (0, "")
    for word in ("诊所", "S1", "储蓄", "≥118亿元", "仅先验", "尚未建模", "床位", "out/clinic"):
        assert word in done.stdout
    last = done.stdout.strip().splitlines()[-1]
    assert [part.split()[0] for part in last.split(" · ")] == [
        "import", "parse", "compile", "simulate", "judge", "levers", "write", "total",
    ]  # fmt: skip
    assert "\x1b" not in done.stdout, "no colours into a pipe"


def test_every_file_is_there(project: Path, done: subprocess.CompletedProcess[str]) -> None:
    names = set(contents(project / "out" / "clinic"))
    assert {"goals.csv", "goals.xlsx", "forecast.nc", "run.json", "movers.csv", "conflicts.csv"} <= names
    assert {"brief.html", "brief.docx", "brief.pdf", "page.html"} <= names
    for chart in ("01-savings", "02-infections", "03-growth", "goals", "binding"):
        assert {f"charts/{chart}.{kind}" for kind in ("png", "svg", "pdf")} <= names
    record = json.loads((project / "out" / "clinic" / "run.json").read_text("utf-8"))
    assert set(record["files"]) | {"run.json"} == names
    assert sorted(p.name for p in (project / "out").iterdir()) == ["clinic"]


def test_goal_table_as_excel_reads_it(project: Path, done: subprocess.CompletedProcess[str]) -> None:
    raw = (project / "out" / "clinic" / "goals.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(raw.decode("utf-8-sig").splitlines()))
    assert list(rows[0])[: len(COLUMNS)] == COLUMNS
    assert [r["id"] for r in rows] == ["S1", "S1b", "I1", "C1", "D1", "N1"]
    by_id = {r["id"]: r for r in rows}
    assert by_id["N1"]["status"] == "not modelled yet"
    assert by_id["N1"]["probability"] == ""
    assert by_id["D1"]["status"] == "documented as met"
    assert by_id["C1"]["binds"] == "beds"
    assert by_id["I1"]["date"] == "2020;2021;2022"
    forecast = tzsim.forecast(tzsim.read_scenario(project / "scenarios" / "clinic.yaml"))
    for id in ("S1", "S1b", "I1", "C1"):
        result = forecast.result(id)
        for name in ("median", "p10", "p90", "probability", "probability_low", "probability_high"):
            assert float(by_id[id][name]) == pytest.approx(getattr(result, name), rel=1e-5)


def test_data_file_is_what_the_library_gives(project: Path, done: subprocess.CompletedProcess[str]) -> None:
    forecast = tzsim.forecast(tzsim.read_scenario(project / "scenarios" / "clinic.yaml"))
    with xr.open_dataset(project / "out" / "clinic" / "forecast.nc") as stored:
        xr.testing.assert_identical(stored.load(), to_dataset(forecast))
        assert stored["goal_name_zh"].sel(goal="S1").item() == "储蓄"
        assert stored.attrs["run_id"] == forecast.run_id
        assert stored.attrs["seed"] == 11
    book = load_workbook(project / "out" / "clinic" / "goals.xlsx")
    cells = {str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "储蓄" in cells


def test_a_rerun_gives_the_same_bytes(project: Path, done: subprocess.CompletedProcess[str]) -> None:
    again = tzsim_run(
        project, "--out", "again", "--threads", "1", "--quiet", PYTHONHASHSEED="7", TZ="Asia/Shanghai"
    )
    assert (again.returncode, again.stdout.strip()) == (0, "again")
    first, second = contents(project / "out" / "clinic"), contents(project / "again")
    assert set(first) == set(second)
    assert [name for name in first if first[name] != second[name]] == []


def test_json_and_english(project: Path) -> None:
    run = tzsim_run(project, "--json", "--lang", "en", "--draws", "30", "--seed", "0", "--out", "english")
    found = json.loads(run.stdout)
    assert (found["members"], found["seed"]) == (30, 0)
    assert [g["id"] for g in found["goals"]] == ["S1", "S1b", "I1", "C1", "D1", "N1"]
    brief = (project / "english" / "brief.html").read_text("utf-8")
    assert "Savings" in brief


@pytest.mark.parametrize("old", [False, True])
def test_ctrl_c_leaves_nothing_half_written(tmp_path: Path, old: bool) -> None:
    clinic.write_project(tmp_path)
    if old:
        assert tzsim_run(tmp_path, "--draws", "20", "--quiet").returncode == 0
    before = contents(tmp_path / "out") if old else {}
    process = subprocess.Popen(
        [sys.executable, "-m", "tzsim", "run", "scenarios/clinic.yaml", "--draws", "3000000"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    time.sleep(6)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in errors
    left = contents(tmp_path / "out") if (tmp_path / "out").exists() else {}
    # Finished blocks of a large run are kept beside the folder, so that the next run goes on (docs/scale.md).
    assert {name: raw for name, raw in left.items() if not name.startswith("clinic.state/")} == before


def failing(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as stopped:
        main(list(arguments))
    assert stopped.value.code == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Traceback" not in captured.err
    return captured.err


def test_bad_input_is_one_clear_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZSIM_LANG", "en")
    scenario = clinic.write_project(tmp_path)
    scenario.write_text(scenario.read_text("utf-8").replace("draws: 400", "drws: 400\nseeds: 3"), "utf-8")
    out = tmp_path / "out"
    message = failing(capsys, "run", str(scenario), "--out", str(out))
    assert "drws" in message
    assert "did you mean 'draws'" in message
    assert "seeds" in message
    assert not out.exists()
    assert "nowhere.yaml" in failing(capsys, "run", str(tmp_path / "nowhere.yaml"), "--out", str(out))
    assert "draws" in failing(capsys, "run", str(scenario), "--draws", "0")
    assert "No such option" in failing(capsys, "run", str(scenario), "--drws", "3")


def test_somebody_elses_folder_is_refused_before_anything_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario = clinic.write_project(tmp_path)
    message = failing(capsys, "run", str(scenario), "--out", str(tmp_path / "scenarios"))
    assert "goals.yaml" in message
    assert "--out" in message


def test_every_member_failing_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scenario = clinic.write_project(tmp_path)
    scenario.write_text(scenario.read_text("utf-8") + "set: {interest rate: 1e300 1/Year}\n", "utf-8")
    with pytest.raises(SystemExit) as stopped:
        main(["run", str(scenario), "--draws", "3", "--out", str(tmp_path / "o")])
    assert stopped.value.code == 1
    assert "每次模拟都失败了：\nSavings：3 次，最早在 2020.12" in capsys.readouterr().err
    assert not (tmp_path / "o").exists()
