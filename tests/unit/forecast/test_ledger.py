"""Run folders open again from themselves alone, and say what changed between two of them."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import clinic
import numpy as np
import pytest
from run_folder import store

import tzsim
from tzsim.cli import main
from tzsim.errors import InputError
from tzsim.forecast.compare_runs import what_changed
from tzsim.forecast.ledger import FORMAT, is_run, write_inputs
from tzsim.measures import Mean, quantities

DRAWS = 120


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tzsim.Forecast]:
    """A run whose project is then edited: the variable that a goal reads has another name."""
    folder = tmp_path_factory.mktemp("ledger")
    path = clinic.write_project(folder / "project")
    made = store(replace(tzsim.read_scenario(path), draws=DRAWS, seed=4), folder / "old")
    model = folder / "project" / "models" / "clinic.mdl"
    model.write_text(model.read_text("utf-8").replace("Savings", "Deposits"), "utf-8")
    with pytest.raises(InputError, match="no variable 'Savings'"):
        tzsim.read_scenario(path)
    return folder / "old", made


def test_an_old_run_opens_and_runs_to_the_same_numbers(
    old: tuple[Path, tzsim.Forecast], tmp_path: Path
) -> None:
    folder, made = old
    alone = tmp_path / "elsewhere"
    shutil.copytree(folder, alone)
    run = tzsim.open_run(alone)
    assert is_run(alone)
    assert (run.run_id, run.version, run.scenario.seed, run.scenario.draws) == (
        made.run_id,
        made.version,
        4,
        DRAWS,
    )
    again = run.forecast()
    assert np.array_equal(again.measures, made.measures, equal_nan=True)
    assert again.run_id == made.run_id
    assert run.scenario.goals[0].measure == made.scenario.goals[0].measure
    assert run.results.probability["S1"][0] == made.result("S1").probability
    assert np.array_equal(run.results.met, made.met)
    assert "储蓄" in run._repr_html_()


def test_an_old_run_is_explained_and_scored(
    old: tuple[Path, tzsim.Forecast], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = old[0]
    actuals = tmp_path / "later.csv"
    actuals.write_text("variable,entity,year,value,unit\nsavings,clinic,2022,1095000,万元\n", "utf-8")
    for words, said in (
        (["explain", str(folder), "S1", "--out", str(tmp_path / "e"), "--lang", "en"], "interest rate"),
        (["score", str(folder), str(actuals), "--out", str(tmp_path / "s"), "--lang", "en"], "1 figures"),
    ):
        with pytest.raises(SystemExit) as end:
            main(words)
        assert end.value.code == 0
        assert said in capsys.readouterr().out
    assert {p.name for p in (tmp_path / "s").iterdir()} >= {
        "figures.csv",
        "outcomes.csv",
        "not_scored.csv",
        "charts",
    }
    assert (tmp_path / "s" / "charts" / "fan-savings.png").is_file()


def test_the_same_forecast_stores_the_same_bytes(old: tuple[Path, tzsim.Forecast], tmp_path: Path) -> None:
    folder, made = old
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_inputs(made, tmp_path / name)
    for file in ("scenario.json", "model.json"):
        texts = {(p / "inputs" / file).read_bytes() for p in (folder, tmp_path / "a", tmp_path / "b")}
        assert len(texts) == 1


def test_what_was_changed_in_memory_is_kept(old: tuple[Path, tzsim.Forecast], tmp_path: Path) -> None:
    scenario = replace(tzsim.open_run(old[0]).scenario, fixed={"interest rate": 0.05})
    store(scenario, tmp_path / "fixed")
    run = tzsim.open_run(tmp_path / "fixed")
    assert run.scenario.fixed == {"interest rate": 0.05}
    assert run.results.probability["S1"][0] == 1.0


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("run.json", None, "no folder of a run"),
        ("run.json", "[]", "no folder of a run"),
        ("inputs/scenario.json", None, "keeps no inputs"),
        ("inputs/scenario.json", '{"format": 1}', "cannot be read"),
        ("inputs/scenario.json", f'{{"format": {FORMAT + 1}}}', "this version reads"),
        ("inputs/model.json", "[1", "cannot be read"),
        ("inputs/model.json", None, "cannot be read"),
        ("forecast.nc", "x", "results of the run cannot be read"),
    ],
)
def test_damaged_folders(
    old: tuple[Path, tzsim.Forecast], tmp_path: Path, file: str, text: str | None, said: str
) -> None:
    shutil.copytree(old[0], tmp_path / "run")
    target = tmp_path / "run" / file
    target.unlink() if text is None else target.write_text(text, "utf-8")
    with pytest.raises(InputError, match=said):
        tzsim.open_run(tmp_path / "run").results  # noqa: B018


def test_a_stored_record_of_another_kind_is_refused(old: tuple[Path, tzsim.Forecast], tmp_path: Path) -> None:
    shutil.copytree(old[0], tmp_path / "run")
    path = tmp_path / "run" / "inputs" / "scenario.json"
    values = json.loads(path.read_text("utf-8"))
    values["scenario"]["view"]["~"] = "Path"
    path.write_text(json.dumps(values), "utf-8")
    with pytest.raises(InputError, match="cannot be read"):
        tzsim.open_run(tmp_path / "run")


def test_two_runs_say_what_changed_and_what_it_did(old: tuple[Path, tzsim.Forecast], tmp_path: Path) -> None:
    run = tzsim.open_run(old[0])
    base = run.scenario
    goal = replace(base.goal("S1"), value=119.0)
    rate = base.priors.rows[0]
    faster = replace(rate, distribution=replace(rate.distribution, value=0.034, low=0.024, high=0.044))
    beds = base.model.variables["care_per_case"]
    dearer = replace(beds, equations=(replace(beds.equations[0], text="care per case= 0.6"),))
    other = replace(
        base,
        seed=9,
        goals=tuple(goal if g.id == "S1" else g for g in base.goals),
        priors=replace(base.priors, rows=(faster, *base.priors.rows[1:])),
        model=replace(base.model, variables={**base.model.variables, "care_per_case": dearer}),
        fixed={"recovery rate": 5.0},
        history=base.history[:-1],
    )
    store(other, tmp_path / "new")
    found = tzsim.compare_runs(run, tmp_path / "new", members=100)
    said = {c.part: c for c in found.changes}
    assert set(said) == {"model", "priors", "data", "scenario", "goals", "members"}
    assert (said["model"].what, said["model"].new) == ("care per case", "care per case = 0.6")
    assert (said["priors"].what, said["priors"].new) == ("interest rate", "normal 0.034 (0.024 to 0.044)")
    assert (said["scenario"].what, said["scenario"].old) == ("constant recovery rate", "")
    assert (said["members"].what, said["members"].old, said["members"].new) == ("seed", "4", "9")
    assert [s.parts for s in found.steps] == [
        ("model",),
        ("priors",),
        ("data",),
        ("scenario",),
        ("goals",),
        ("members",),
    ]
    by_part = {s.parts[0]: s.change("S1") for s in found.steps}
    assert by_part["model"] == by_part["data"] == 0.0
    assert by_part["priors"] is not None
    assert by_part["priors"] > 0.1
    assert by_part["goals"] is not None
    assert by_part["goals"] < 0
    assert said["goals"].old.startswith(">= ")
    assert "{" not in said["goals"].old + said["goals"].new
    whole = [tzsim.forecast(replace(s, draws=100)).result("S1").probability for s in (base, other)]
    assert sum(v for v in by_part.values() if v is not None) == pytest.approx(whole[1] - whole[0])
    assert "变化" in found._repr_html_()
    table = found.tables()["probabilities"].to_frame().set_index("goal")
    assert table.loc["S1", "old"] == old[1].result("S1").probability


def test_a_step_that_cannot_run_alone_goes_with_the_next(
    old: tuple[Path, tzsim.Forecast], tmp_path: Path
) -> None:
    """The newer model has another name for a constant with a prior: the model cannot run with the older priors."""
    run = tzsim.open_run(old[0])
    folder = tmp_path / "project"
    path = clinic.write_project(folder)
    for file in (folder / "models" / "clinic.mdl", folder / "scenarios" / "priors.yaml"):
        file.write_text(file.read_text("utf-8").replace("interest rate", "yield"), "utf-8")
    store(replace(tzsim.read_scenario(path), draws=DRAWS, seed=4), tmp_path / "new")
    found = tzsim.compare_runs(run, tmp_path / "new", members=60)
    assert {c.what for c in found.of("priors")} == {"interest rate", "yield"}
    assert "yield" in {c.what for c in found.of("model")}
    assert found.steps[0].parts == ("model", "priors")


def test_a_damaged_run_is_told_from_one_that_keeps_no_inputs(
    old: tuple[Path, tzsim.Forecast], tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(old[0], copy)
    inputs = copy / "inputs" / "scenario.json"
    inputs.write_text(inputs.read_text("utf-8")[:200], "utf-8")
    with pytest.raises(InputError, match=r"scenario\.json: the file is damaged and cannot be read") as caught:
        tzsim.open_run(copy)
    assert "文件已损坏，无法读取" in caught.value.problems[0].of("zh")
    shutil.rmtree(copy / "inputs")
    with pytest.raises(InputError, match="the run keeps no inputs") as caught:
        tzsim.open_run(copy)
    assert "这次运行没有留存输入" in caught.value.problems[0].of("zh")


def test_what_the_steps_leave_is_a_column_and_measures_are_written_in_words(
    old: tuple[Path, tzsim.Forecast], tmp_path: Path
) -> None:
    """A run of fewer members: no part of the inputs moves a probability, what is left is sampling."""
    run = tzsim.open_run(old[0])
    fewer = replace(run.scenario, draws=40)
    goal = fewer.goal("S1")
    assert goal.measure is not None
    other = replace(goal, measure=Mean(next(iter(quantities(goal.measure))), 2025))
    fewer = replace(fewer, goals=tuple(other if g is goal else g for g in fewer.goals))
    new = replace(run, folder=tmp_path, scenario=fewer)
    changes = {c.what: c for c in what_changed(run, new)}
    assert (changes["measure S1"].old, changes["measure S1"].new) == (
        "at end(Savings, 2025)",
        "mean(Savings, 2025)",
    )
    assert changes["members"].new == "40"
    stored = store(replace(run.scenario, draws=40), tmp_path / "new")
    found = tzsim.compare_runs(run, tmp_path / "new", members=1000)
    assert found.members == run.scenario.draws
    table = found.tables()["probabilities"].to_frame().set_index("goal")
    for id in table.index:
        assert table.loc[id, "step_1"] == 0
        assert table.loc[id, "rest"] == pytest.approx(
            stored.result(id).probability - old[1].result(id).probability, abs=1e-12
        )
    assert any("sampling error" in line.en for line in found.tables()["probabilities"].lines)


def test_a_run_against_itself_differs_in_nothing(
    old: tuple[Path, tzsim.Forecast], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(old[0])
    with pytest.raises(SystemExit) as end:
        main(["compare", folder, folder, "--lang", "en", "--out", str(tmp_path / "c")])
    assert end.value.code == 0
    assert "the inputs are the same" in capsys.readouterr().out
    with pytest.raises(SystemExit) as end:
        main(
            ["compare", folder, str(old[0].parent / "project" / "scenarios" / "clinic.yaml"), "--lang", "en"]
        )
    assert end.value.code == 2
    assert "a file among folders of runs" in capsys.readouterr().err
