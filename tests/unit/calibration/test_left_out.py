"""Goals without one figure, from a recorded posterior: against a linear model whose posteriors are exact, by the command."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm
from test_calibrate import FIT, SDS, STEPS, VALUES, Z95, by_hand

from tzsim.calibration.fit_spec import fit_spec
from tzsim.calibration.left_out import figures_meant, read_left_out
from tzsim.calibration.posterior import write_posterior
from tzsim.calibration.smc import Settings
from tzsim.calibration.spec import read_spec
from tzsim.cli.influence_command import take_figures_out
from tzsim.ensemble.posterior_record import INFLUENCE, read_record
from tzsim.errors import InputError

TARGET = 128


def exact_probability(gone: int) -> float:
    """P(capital at the end of 2026 >= TARGET) without one figure."""

    def path(z: np.ndarray) -> np.ndarray:
        capital = 100 + z[:, 0] * 10 / Z95
        for year in range(9):
            for _ in range(STEPS):
                flow = 8 + z[:, 1] * 3 / Z95 + z[:, 2 + year] * 2.5 / Z95
                capital = capital + (flow - 0.05 * capital) / STEPS
        return capital

    kept = FIT & (np.arange(6) != gone)
    base = path(np.zeros((1, 11)))[0]
    slope = path(np.eye(11)) - base
    figures = by_hand(np.zeros((1, 9)))[:, 0]
    a = (by_hand(np.eye(9)) - figures[:, None])[kept][:, [0, 1, 3, 4, 5, 6, 7, 8]]
    w = 1 / SDS[kept] ** 2
    known = np.linalg.inv(np.eye(8) + (a.T * w) @ a)
    covariance = np.eye(11)
    covariance[:8, :8] = known
    mean = base + slope[:8] @ (known @ (a.T * w) @ (VALUES - figures)[kept])
    return float(norm.sf(TARGET, mean, (slope @ covariance @ slope) ** 0.5))


@pytest.fixture
def recorded(project: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose posterior is recorded; the path of its spec."""
    path = project(goals=("value: 140", f"value: {TARGET}"))
    spec = read_spec(path)
    posterior = fit_spec(spec, backend="numpy", settings=Settings(particles=1000))
    write_posterior(posterior, path.parent / "posteriors" / "capital")
    monkeypatch.chdir(path.parents[1])
    return path


def test_goals_without_a_figure_are_those_of_the_exact_posterior(recorded: Path) -> None:
    folder = recorded.parent / "posteriors" / "capital"
    wanted = ("parts 2023", "capital 2021")
    assert take_figures_out(recorded, wanted, record=None, tables=None, quiet=True)
    stored = read_record(folder)
    rows = {r.figure: r for r in read_left_out(folder, stored)}
    assert set(rows) == set(wanted)
    for figure, gone in (("parts 2023", 5), ("capital 2021", 2)):
        row = rows[figure]
        assert row.reliable
        assert row.probability["T001"] == pytest.approx(exact_probability(gone), abs=4 * row.error["T001"])
        assert 0.005 < row.error["T001"] < 0.03
    with Path("out/influence-capital/influence.csv").open(encoding="utf-8-sig") as file:
        table = {(r["figure"], r["goal"]): r for r in csv.DictReader(file)}
    assert len(table) == 5
    assert table["parts 2023", "T001"]["method"] == "fit without it"
    assert float(table["parts 2023", "T001"]["without"]) == pytest.approx(
        rows["parts 2023"].probability["T001"]
    )
    assert table["capital 2018", "T001"]["method"] == "weights"
    weighted = float(table["capital 2018", "T001"]["without"])
    assert weighted == pytest.approx(exact_probability(0), abs=0.03)

    before = (folder / INFLUENCE).read_bytes()
    (folder / INFLUENCE).unlink()
    take_figures_out(recorded, wanted[:1], record=None, tables=None, quiet=True)
    take_figures_out(recorded, wanted, record=None, tables=None, quiet=True)  # goes on with what is missing
    assert (folder / INFLUENCE).read_bytes() == before


def test_influences_of_other_draws_are_left_aside_and_bad_files_named(recorded: Path) -> None:
    folder = recorded.parent / "posteriors" / "capital"
    stored = read_record(folder)
    (folder / INFLUENCE).write_text('{"format": 1, "draws_sha256": "other", "figures": []}', "utf-8")
    assert read_left_out(folder, stored) == ()
    for text in (
        "{",
        '{"format": 2}',
        '{"format": 1, "draws_sha256": "' + stored.info["draws_sha256"] + '", "figures": [{}]}',
    ):
        (folder / INFLUENCE).write_text(text, "utf-8")
        with pytest.raises(InputError, match=r"influence\.json: it cannot be read"):
            read_left_out(folder, stored)
    with pytest.raises(InputError, match=r"(?s)no fitted figure 'capital 2020'.*did you mean"):
        figures_meant(stored, ["capital 2020"])
    assert figures_meant(stored, ["unreliable"]) == tuple(
        f["id"] for f in stored.info["figures"] if f["role"] == "fit" and not f["reliable"]
    )


def test_a_record_is_read_within_bounds(recorded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = recorded.parent / "posteriors" / "capital"
    info = json.loads((folder / "info.json").read_text("utf-8"))
    assert read_record(folder).info == info
    monkeypatch.setattr("tzsim.ensemble.posterior_record.LARGEST_INFO", 1000)
    with pytest.raises(InputError, match=r"info\.json has .* bytes; at most 1,000 are read"):
        read_record(folder)
    monkeypatch.undo()
    with (folder / "draws.npz").open("wb") as file:  # small on disk, 80 MB unpacked
        np.savez_compressed(file, high=np.zeros(80_000_000, np.int8))
    with pytest.raises(InputError, match="unpacks to 80,000,128 bytes; at most"):
        read_record(folder)
