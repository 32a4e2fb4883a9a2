"""Blocks on a dask cluster: the bits of one machine, a worker killed on the way or not; every refusal is one clear message."""

from __future__ import annotations

import dataclasses
import os
import signal
import socket
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import clinic
import numpy as np
import pytest

import tzsim
from tzsim.cli import main
from tzsim.ensemble import cluster as cluster_module
from tzsim.ensemble.blocks import BLOCK
from tzsim.ensemble.cluster import connect
from tzsim.errors import InputError, SimulationError
from tzsim.scenario import Scenario, read_scenario

MEMBERS = 24 * BLOCK


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clinic.write_project(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="module")
def scenario(project: Path) -> Scenario:
    return dataclasses.replace(read_scenario(project), draws=MEMBERS)


@pytest.fixture(scope="module")
def local() -> Generator[Any]:
    """A scheduler and two workers, each a process of its own, on the loopback interface."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        silence_logs=50,
    ) as cluster:
        yield cluster


def address_of(local: Any) -> str:
    return str(local.scheduler_address).replace("tcp://", "dask://")


def numbers(made: tzsim.Forecast) -> tuple[object, ...]:
    return (
        made.measures.tobytes(),
        made.met.tobytes(),
        repr(made.goals),
        repr(made.fans),
        repr(made.binding),
    )


@pytest.mark.slow
def test_a_killed_worker_changes_no_bit(scenario: Scenario, local: Any, tmp_path: Path) -> None:
    from distributed import Client

    address = address_of(local)
    with Client(local.scheduler_address, set_as_default=False) as client:
        pids = client.run(os.getpid)
        assert len(pids) == 2
        assert os.getpid() not in pids.values()
        seen: list[int] = []

        def kill_one(done: int, total: int) -> None:
            if not seen:
                os.kill(next(iter(pids.values())), signal.SIGKILL)
            seen.append(done)
            assert total == MEMBERS

        made = tzsim.forecast(scenario, workers=address, progress=kill_one, state=tmp_path / "kept")
        assert seen == list(range(BLOCK, MEMBERS + 1, BLOCK))
        client.wait_for_workers(2, timeout=30)
        assert {*client.run(os.getpid).values()} != {*pids.values()}
    assert numbers(made) == numbers(tzsim.forecast(scenario))
    assert numbers(tzsim.forecast(scenario, state=tmp_path / "kept")) == numbers(made)


@pytest.mark.slow
def test_simulate_and_summarise_on_workers(scenario: Scenario, local: Any) -> None:
    given = {"transmission rate": np.where(np.arange(3 * BLOCK) == 7, 1e308, 8.0)}

    def everything(**options: Any) -> tuple[object, ...]:
        paths = tzsim.simulate(scenario.model, given, keep=["infection"], method="rk4", **options)
        table = tzsim.summarise(scenario.model, given, keep=["Savings"], backend="numpy", **options)
        status, values = paths.status.tobytes(), paths["infection"].values.tobytes()
        return (status, values, paths.failures, table.failed, table.mean["Savings"].values.tobytes())

    expected = everything()
    assert expected[2] != ()
    assert everything(workers=address_of(local)) == expected


@pytest.mark.slow
def test_the_command_writes_the_same_bytes(project: Path, local: Any, tmp_path: Path) -> None:
    for name, extra in (("here", []), ("there", ["--workers", address_of(local)])):
        command = ["run", str(project), "--draws", "3000", "--quiet", "--out", str(tmp_path / name), *extra]
        with pytest.raises(SystemExit) as caught:
            main(command)
        assert caught.value.code == 0
    here, there = (
        {p.relative_to(f).as_posix(): p.read_bytes() for p in f.rglob("*") if p.is_file()}
        for f in (tmp_path / "here", tmp_path / "there")
    )
    assert here == there


@pytest.mark.slow
def test_workers_with_other_software_and_failing_members_are_named(
    scenario: Scenario, local: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SimulationError, match="every member failed"):
        tzsim.summarise(
            scenario.model,
            {"transmission rate": 1e308},
            members=9,
            keep=["infection"],
            workers=address_of(local),
        )
    real = cluster_module.software()
    monkeypatch.setattr(cluster_module, "software", lambda: {**real, "numpy": "1.0"})
    with pytest.raises(
        InputError, match=r"worker tcp://.* would give other bits; different: numpy \(.* there, 1.0 here\)"
    ):
        tzsim.forecast(scenario, workers=address_of(local))


@pytest.mark.slow
def test_a_scheduler_without_workers_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from distributed import LocalCluster

    monkeypatch.setattr(cluster_module, "WAIT", 0.5)
    with (
        LocalCluster(
            n_workers=0, host="127.0.0.1", dashboard_address="127.0.0.1:0", silence_logs=50
        ) as empty,
        pytest.raises(InputError, match=r"has no worker\n +start some with: dask worker 127\.0\.0\.1:"),
    ):
        connect(address_of(empty))


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1:8786",
        "dask://host",
        "dask://host:0x1",
        "dask://host:70000",
        "http://host:80",
        "dask://a b:1",
        "",
    ],
)
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(InputError, match=r"is no address of a dask scheduler\n +write dask://HOST:PORT"):
        connect(address)


def test_the_command_says_that_nobody_answers(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cluster_module, "CONNECT", 0.5)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"dask://127.0.0.1:{closed.getsockname()[1]}"
        with pytest.raises(SystemExit) as caught:
            main(["run", str(project), "--out", str(tmp_path / "r"), "--workers", address, "--resume"])
    assert caught.value.code == 2
    assert capsys.readouterr().err.startswith(
        f"no dask scheduler answers at {address}\n    start one with: dask scheduler"
    )
    assert list(tmp_path.iterdir()) == []


def test_without_dask_the_extra_is_named(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(SystemExit) as caught:
        main(["run", str(project), "--out", str(tmp_path / "r"), "--workers", "dask://127.0.0.1:8786"])
    assert caught.value.code == 2
    assert (
        capsys.readouterr().err
        == 'blocks on a cluster need dask.distributed\n    pip install "tzsim[cluster]"\n'
    )
