"""`tzsim show`, `--version`, `--help`, and how long it takes to say hello."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import clinic
import pytest

import tzsim
from tzsim.cli import main

HEAVY = (
    "numpy",
    "scipy",
    "pandas",
    "xarray",
    "matplotlib",
    "llvmlite",
    "pint",
    "pydantic",
    "ruamel",
    "rich",
    "h5py",
)


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as stopped:
        main(list(arguments))
    assert stopped.value.code == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("code", ["import tzsim", "import tzsim.cli"])
def test_nothing_heavy_is_imported_before_it_is_needed(code: str) -> None:
    listing = f"{code}; import sys; print([m for m in {HEAVY!r} if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", listing], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_public_names_are_pinned_and_all_there() -> None:
    assert sorted(tzsim.__all__) == [
        "Achievement", "CheckReport", "Comparison", "DataCheck", "Description", "Draws", "Explanation",
        "Forecast", "Hindcast", "InputError", "Kernel", "LoopScores", "Model", "Posterior", "Robustness",
        "RunComparison", "Scenario", "Score", "SelfCheck", "Settings", "SimulationError", "StoredRun", "Summary", "Trajectories",
        "TzsimError", "UnitError", "Unsupported", "ValueOfInformation", "__version__", "achieve", "actuals_fan", "binding_map", "brief",
        "calibrate", "causal_loop", "check", "check_data", "compare", "compare_runs", "comparison_brief",
        "comparison_chart", "compile_model", "conflicts_chart", "cost_chart", "describe", "draw", "drivers_chart",
        "evidence_chart", "explain", "fan", "forecast", "forecast_html", "gap_chart", "goal_board",
        "hindcast", "information_chart", "init_project", "interpret", "loop_chart", "loop_diagram", "loop_scores",
        "loops_chart", "movers", "open_run", "parameters_chart", "plot", "read_model", "read_scenario",
        "robustness", "robustness_chart", "run_changes_chart", "score", "score_chart", "sector_map", "self_check",
        "simulate", "stock_flow_diagram", "summarise", "sweep", "value_of_information", "write_brief", "write_forecast",
        "write_page",
    ]  # fmt: skip
    for name in tzsim.__all__:
        assert getattr(tzsim, name) is not None
    assert callable(tzsim.forecast)
    assert callable(tzsim.calibrate)
    with pytest.raises(AttributeError, match="no attribute 'forcast'"):
        _ = tzsim.forcast  # type: ignore[attr-defined]


def test_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))
    assert project["project"]["version"] == tzsim.__version__
    assert tzsim.__version__ in said(capsys, "--version")


def test_help_names_the_words(capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, "--help")
    assert "run" in text
    assert "show" in text
    text = said(capsys, "run", "--help")
    for option in ("--out", "--draws", "--seed", "--lang", "--threads", "--quiet", "--json", "--design"):
        assert option in text


def test_show_tells_what_a_model_contains(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clinic.write_project(tmp_path)
    model = str(tmp_path / "models" / "clinic.mdl")
    text = said(capsys, "show", model)
    for words in (
        "3 stocks", "subscript Town: harbour, hill", "INITIAL TIME 2020", "integrated by euler", "every construct",
    ):  # fmt: skip
        assert words in text
    found = json.loads(said(capsys, "show", model, "--json"))
    kinds = {v["name"]: v["kind"] for v in found["variables"]}
    assert kinds["Savings"] == "stock"
    assert kinds["infection"] == "auxiliary"
    assert kinds["beds"] == "constant"
    # S <- infection <- S; S -> infection -> I -> infection; I -> infection -> I; I -> recovery -> I; Savings on itself
    assert found["loops"] == {"count": 4, "complete": True, "in_loops": 5, "largest": 4}


def test_show_names_what_is_not_supported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = tmp_path / "odd.mdl"
    model.write_text("{UTF-8}\nx = FROBNICATE(3) ~ ~ |\ny = x ~ ~ |\nz = GLORP(x) ~~|\n", "utf-8")
    with pytest.raises(SystemExit) as stopped:
        main(["show", str(model)])
    assert stopped.value.code == 2
    errors = capsys.readouterr().err
    assert "FROBNICATE" in errors
    assert "GLORP" in errors
    assert "odd.mdl:2" in errors


def test_show_for_tools_lists_what_is_refused_and_units_that_do_not_fit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tmp_path / "odd.mdl"
    model.write_text(
        "{UTF-8}\nm = GET TIME VALUE(0, 0, 3) ~Month~|\na = 1 ~Month~|\nb = 1 ~Tonne~|\nc = a + b ~Month~|\n"
        "INITIAL TIME=0~Month~|\nFINAL TIME=4~Month~|\nTIME STEP=1~Month~|\nSAVEPER=1~Month~|\n",
        "utf-8",
    )
    with pytest.raises(SystemExit) as stopped:
        main(["show", str(model), "--json"])
    assert stopped.value.code == 2
    found = json.loads(capsys.readouterr().out)
    assert [(r["line"], "calendar" in r["message"]) for r in found["refused"]] == [(2, True)]
    assert {u["line"] for u in found["unit_findings"]} == {5}


def test_merged_model_runs_like_the_sectors(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "sectors").mkdir()
    settings = "INITIAL TIME=0~Year~|FINAL TIME=4~Year~|TIME STEP=0.5~Year~|SAVEPER=1~Year~|"
    inputs = "********\n .Inputs\n********~\n\t\t~\t\t|\n"
    rabbits = f"{{UTF-8}}\nrabbits=INTEG(rabbits*(0.5-0.1*foxes),10)~1~|\n{inputs}foxes=2~1~|\n{settings}\n"
    foxes = f"{{UTF-8}}\nfoxes=INTEG(foxes*(0.02*rabbits-0.3),3)~1~|\n{inputs}rabbits=10~1~|\n{settings}\n"
    (tmp_path / "sectors" / "rabbits.mdl").write_text(rabbits, "utf-8")
    (tmp_path / "sectors" / "foxes.mdl").write_text(foxes, "utf-8")
    merged = tmp_path / "merged.mdl"
    said(capsys, "show", str(tmp_path / "sectors"), "--merge", str(merged))
    runs = [tzsim.interpret(tzsim.read_model(p)).values for p in (tmp_path / "sectors", merged)]
    assert runs[0]["rabbits"] == runs[1]["rabbits"]
    assert runs[0]["foxes"] == runs[1]["foxes"]
    assert len(set(runs[0]["foxes"])) == 5
    pysd = pytest.importorskip("pysd")
    theirs = pysd.read_vensim(str(merged)).run()
    for name in ("rabbits", "foxes"):
        assert list(theirs[name]) == pytest.approx(runs[1][name], rel=1e-12)
    with pytest.raises(SystemExit) as stopped:
        main(["show", str(tmp_path / "sectors"), "--merge", str(merged)])
    assert stopped.value.code == 2
    assert "the file exists" in capsys.readouterr().err
