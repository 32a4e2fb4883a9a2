"""Kept blocks: a killed run goes on to the same bits, damage is run again, another run's blocks are refused."""

from __future__ import annotations

import dataclasses
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import clinic
import numpy as np
import pytest

import tzsim
from tzsim.cli import main, run_command
from tzsim.ensemble import simulate as simulate_module
from tzsim.ensemble import state as state_module
from tzsim.ensemble.blocks import BLOCK
from tzsim.ensemble.draws import draw
from tzsim.ensemble.state import DamagedBlock, open_state, remove_state
from tzsim.errors import InputError
from tzsim.forecast import run as run_module
from tzsim.scenario import Scenario, distribution, read_scenario

MEMBERS = 2 * BLOCK + 100


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clinic.write_project(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="module")
def scenario(project: Path) -> Scenario:
    return dataclasses.replace(read_scenario(project), draws=MEMBERS)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()
    }


def blocks(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.block"))


def numbers(made: tzsim.Forecast) -> tuple[object, ...]:
    """All that a forecast says in numbers, as bytes and exact text."""
    return (
        made.measures.tobytes(),
        {id: values.tobytes() for id, values in made.hardest.items()},
        made.met.tobytes(),
        repr(made.goals),
        repr(made.fans),
        repr(made.binding),
        made.failures,
    )


def counting(monkeypatch: pytest.MonkeyPatch, module: Any) -> list[int]:
    """First members of the blocks that are run from here on."""
    firsts: list[int] = []
    real: Callable[..., Any] = module.run_block

    def run_block(kernel: Any, drawn: Any, first: int, count: int) -> Any:
        firsts.append(first)
        return real(kernel, drawn, first, count)

    monkeypatch.setattr(module, "run_block", run_block)
    return firsts


@pytest.mark.slow
def test_a_run_killed_in_the_middle_goes_on_to_the_same_bytes(project: Path, tmp_path: Path) -> None:
    members = 300 * BLOCK
    command = [sys.executable, "-m", "tzsim", "run", str(project), "--draws", str(members), "--threads", "2"]
    whole, stopped = tmp_path / "whole" / "run", tmp_path / "stopped" / "run"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
    subprocess.run([*command, "--out", str(whole), "--no-resume"], check=True, **quiet)
    assert not whole.with_name("run.state").exists()

    state = stopped.with_name("run.state")
    killed = subprocess.Popen([*command, "--out", str(stopped)], **quiet)
    while len(blocks(state)) < 20:
        assert killed.poll() is None, killed.stderr and killed.stderr.read()
        time.sleep(0.002)
    os.kill(killed.pid, signal.SIGKILL)
    killed.communicate()
    assert killed.returncode == -signal.SIGKILL
    assert 20 <= len(blocks(state)) < 300
    assert not stopped.exists()

    resumed = subprocess.run([*command, "--out", str(stopped)], check=True, **quiet)
    assert str(state) in resumed.stderr
    assert contents(stopped) == contents(whole)
    assert not state.exists()


def test_finished_blocks_are_not_run_again(
    scenario: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = numbers(tzsim.forecast(scenario))
    folder = tmp_path / "kept"
    assert numbers(tzsim.forecast(scenario, state=folder)) == expected
    assert len(blocks(folder)) == 3
    blocks(folder)[1].unlink()
    (folder / "members-000000000.blockabc.part").write_bytes(b"half a file that a killed run was writing")
    firsts = counting(monkeypatch, run_module)
    assert numbers(tzsim.forecast(scenario, state=folder, threads=1)) == expected
    assert firsts == [BLOCK]
    remove_state(folder)
    assert not folder.exists()


@pytest.mark.parametrize("damage", ["a bit", "the end", "nothing left", "another block"])
def test_a_damaged_block_is_found_and_run_again(
    damage: str, scenario: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = numbers(tzsim.forecast(scenario, state=tmp_path / "kept"))
    first, second, _ = blocks(tmp_path / "kept")
    data = bytearray(first.read_bytes())
    match damage:
        case "a bit":
            data[len(data) // 2] ^= 1
        case "the end":
            del data[-100:]
        case "nothing left":
            data.clear()
        case _:
            data[:] = second.read_bytes()
    first.write_bytes(data)
    firsts = counting(monkeypatch, run_module)
    with pytest.warns(DamagedBlock, match=first.name):
        assert numbers(tzsim.forecast(scenario, state=tmp_path / "kept", threads=1)) == expected
    assert firsts == [0]
    assert numbers(tzsim.forecast(scenario, state=tmp_path / "kept", threads=1)) == expected
    assert firsts == [0]


def test_a_forecasts_state_is_refused_by_what_changed(scenario: Scenario, tmp_path: Path) -> None:
    tzsim.forecast(scenario, state=tmp_path)
    before = contents(tmp_path)
    goal = scenario.goals[0]
    for other, word in (
        (dataclasses.replace(scenario, seed=12), r"changed since: seed \(11 then, 12 now\)$"),
        (
            dataclasses.replace(scenario, draws=MEMBERS + 1),
            rf"members \({MEMBERS} then, {MEMBERS + 1} now\)$",
        ),
        (
            dataclasses.replace(scenario, fixed={"interest rate": 0.03}),
            "priors, shocks, settings or posterior$",
        ),
        (
            dataclasses.replace(
                scenario, goals=(dataclasses.replace(goal, value=119.0), *scenario.goals[1:])
            ),
            "goals, views or horizon$",
        ),
    ):
        with pytest.raises(InputError) as caught:
            tzsim.forecast(other, state=tmp_path)
        (problem,) = caught.value.problems
        assert problem.address is not None
        assert problem.address.file == str(tmp_path)
        assert "delete the folder" in problem.hint
        assert re.search(word, problem.message), problem.message
    assert contents(tmp_path) == before


def test_simulate_and_summarise_take_their_members_from_kept_blocks(
    scenario: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = draw({"interest rate": distribution("normal", 0.03, 0.02, 0.04)}, members=MEMBERS, seed=3)
    keep, failing = (
        ["Savings", "infection"],
        {"transmission rate": np.where(np.arange(MEMBERS) == 7, 1e308, 8.0)},
    )

    def everything(**options: Any) -> tuple[object, ...]:
        paths = tzsim.simulate(scenario.model, failing, keep=keep, **_in(options, "paths"))
        table = tzsim.summarise(
            scenario.model, drawn, keep=keep, above={"Savings": 118.0}, **_in(options, "table")
        )
        arrays = [paths.data[n] for n in paths.names] + [
            s[n] for s in (table.mean, table.variance, table.quantiles, table.above) for n in s
        ]
        return (*(a.values.tobytes() for a in arrays), paths.status.tobytes(), paths.failures, table.failed)

    expected = everything()
    assert expected[-2] == tzsim.simulate(scenario.model, failing, keep=keep).failures != ()
    assert everything(state=tmp_path) == expected
    firsts = counting(monkeypatch, simulate_module)
    assert everything(state=tmp_path, threads=1) == expected
    assert firsts == []
    with pytest.raises(InputError, match=r"(?m)changed since: variables, times, method or step$"):
        tzsim.simulate(scenario.model, failing, keep=["Savings"], state=tmp_path / "paths")
    with pytest.raises(InputError, match=r"(?m)changed since: priors, shocks, settings or posterior$"):
        tzsim.simulate(
            scenario.model, {"transmission rate": np.full(MEMBERS, 8.0)}, keep=keep, state=tmp_path / "paths"
        )


def _in(options: dict[str, Any], name: str) -> dict[str, Any]:
    return {k: v / name if k == "state" else v for k, v in options.items()}


def test_another_model_and_other_software_are_refused(
    scenario: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = clinic.MODEL.replace("care per case= 0.5", "care per case= 0.25")
    assert source != clinic.MODEL
    file = tmp_path / "clinic.mdl"
    file.write_text(source)
    tzsim.simulate(scenario.model, keep=["care"], state=tmp_path / "kept")
    with pytest.raises(InputError, match=r"(?m)changed since: the model$"):
        tzsim.simulate(tzsim.read_model(file), keep=["care"], state=tmp_path / "kept")
    real = state_module.software()
    monkeypatch.setattr(state_module, "software", lambda: {**real, "numpy": "1.0"})
    with pytest.raises(InputError, match=r"(?m)changed since: version of numpy \(.* then, 1.0 now\)$"):
        tzsim.simulate(scenario.model, keep=["care"], state=tmp_path / "kept")


def test_a_folder_that_is_no_state_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_text("three years of work")
    for call in (lambda: open_state(tmp_path, {"seed": 1}), lambda: remove_state(tmp_path)):
        with pytest.raises(InputError, match=r"not a folder of kept blocks: thesis\.docx"):
            call()
    assert contents(tmp_path) == {"thesis.docx": b"three years of work"}
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "state.json").write_text("[]")
    with pytest.raises(InputError, match="cannot be read"):
        open_state(broken, {"seed": 1})
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="no folder"):
        open_state(tmp_path / "file", {"seed": 1})
    remove_state(tmp_path / "nothing here")


def test_the_command_keeps_blocks_of_large_runs_and_where_it_is_asked_to(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[object] = []

    def stopped(_: Scenario, **options: Any) -> tzsim.Forecast:
        asked.append(options["state"])
        raise KeyboardInterrupt

    monkeypatch.setattr(run_module, "forecast", stopped)
    for extra in (
        ["--draws", "10000"],
        ["--draws", str(run_command.KEPT_FROM)],
        ["--resume"],
        ["--draws", "60000", "--no-resume"],
    ):
        with pytest.raises(SystemExit) as caught:
            main(["run", str(project), "--out", str(tmp_path / "r"), *extra])
        assert caught.value.code == 130
    kept = tmp_path / "r.state"
    assert asked == [None, kept, kept, None]
    assert str(kept) in capsys.readouterr().err


def test_the_command_refuses_the_blocks_of_another_seed(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario = read_scenario(project)
    tzsim.forecast(scenario, state=tmp_path / "r.state")
    with pytest.raises(SystemExit) as caught:
        main(["run", str(project), "--out", str(tmp_path / "r"), "--resume", "--seed", "12", "--quiet"])
    assert caught.value.code == 2
    assert "seed (11 then, 12 now)" in capsys.readouterr().err
    assert not (tmp_path / "r").exists()
