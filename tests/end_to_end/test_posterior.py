"""`tzsim calibrate`, then `tzsim run` with the posterior it recorded, on a project that can be solved by hand."""

from __future__ import annotations

import csv
import json
import shutil
import textwrap
from pathlib import Path

import numpy as np
import pytest
from capital_project import FILES

from tzsim.calibration.coordinates import coordinates
from tzsim.cli import main
from tzsim.ensemble.draws import draw
from tzsim.ensemble.posterior import read_posterior, source_of
from tzsim.ensemble.probability import jeffreys
from tzsim.scenario import read_scenario

DAMP = "extends: base\nname: {zh: 关, en: Other}\nset: {base investment: 5}\n"


def tzsim(*arguments: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(list(arguments))
    return int(left.value.code or 0)


@pytest.fixture(scope="module")
def calibrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("capital")
    for name, text in FILES.items():
        target = root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(textwrap.dedent(text), "utf-8")
    base = root / "scenarios" / "base.yaml"
    base.write_text(base.read_text("utf-8") + "posterior: ../calibration/posteriors/capital\n", "utf-8")
    (root / "scenarios" / "other.yaml").write_text(DAMP, "utf-8")
    assert tzsim("calibrate", str(root / "calibration" / "capital.yaml"), "--quiet") == 0
    assert [p.name for p in (root / "calibration" / "posteriors").iterdir()] == ["capital"]
    return root


@pytest.fixture
def project(calibrated: Path, tmp_path: Path) -> Path:
    shutil.copytree(calibrated, tmp_path / "project")
    return tmp_path / "project"


def goals(folder: Path) -> list[dict[str, str]]:
    return list(csv.DictReader((folder / "goals.csv").read_text("utf-8-sig").splitlines()))


def run(project: Path, out: str, *more: str, scenario: str = "base") -> Path:
    file = project / "scenarios" / f"{scenario}.yaml"
    assert tzsim("run", str(file), "--out", str(project / out), "--quiet", *more) == 0
    return project / out


def test_a_forecast_from_the_posterior_is_that_of_the_linear_model(project: Path) -> None:
    """Capital at the end of 2026 under the exact posterior: see tests/unit/calibration for the algebra."""
    (row,) = goals(run(project, "a"))
    info = json.loads((project / "calibration/posteriors/capital/info.json").read_text("utf-8"))
    (known,) = info["goals"]
    assert row["evidence"] == known["grade"] == "calibrated"
    p, low, high = (float(row[f"probability{x}"]) for x in ("", "_low", "_high"))
    assert p == pytest.approx(known["probability_posterior"], abs=0.05)
    assert float(row["probability_prior"]) == pytest.approx(known["probability_prior"], abs=0.05)
    kept = info["kept"][0] * info["kept"][1]
    effective = min(1000, kept, info["checks"]["ess"], info["checks"]["goals_ess"])
    assert (low, high) == pytest.approx(jeffreys(p * effective, effective)[1:3], abs=1e-5)
    brief = (project / "a" / "brief.html").read_text("utf-8")
    assert "已校准" in brief
    assert "留出" in brief
    assert "尚未用历史数据校准" not in brief


def test_without_the_posterior_it_is_the_prior_forecast(project: Path) -> None:
    (row,) = goals(run(project, "a"))
    (prior,) = goals(run(project, "b", "--prior-only"))
    assert prior["evidence"] == "prior only"
    assert (
        prior["probability"] == prior["probability_prior"] == row["probability_prior"] != row["probability"]
    )
    base = project / "scenarios" / "base.yaml"
    base.write_text(base.read_text("utf-8").replace("../calibration/posteriors/capital", "none"), "utf-8")
    (none,) = goals(run(project, "c"))
    assert none["probability"] == prior["probability"]


def test_a_rerun_gives_the_same_bytes_and_any_threads(project: Path) -> None:
    one, two = run(project, "a", "--threads", "1"), run(project, "b", "--threads", "2")
    for name in ("goals.csv", "forecast.nc", "run.json"):
        assert (one / name).read_bytes() == (two / name).read_bytes()


def test_members_are_whole_posterior_draws_and_later_shocks_are_their_own(project: Path) -> None:
    scenario = read_scenario(project / "scenarios" / "base.yaml")
    stored = read_posterior(scenario)
    plan = draw(scenario.priors, scenario.shocks, members=300, seed=5, fixed=scenario.fixed)
    members = draw(scenario.priors, scenario.shocks, members=300, seed=5, fixed=scenario.fixed)
    object.__setattr__(members, "posterior", source_of(stored))
    space = coordinates(scenario.priors, scenario.shocks, until=2024.0)
    assert stored.names == tuple(n for n in space.names if n != "idle")
    z = np.zeros((stored.z.shape[0] * stored.z.shape[1], len(space)))
    z[:, [space.names.index(n) for n in stored.names]] = stored.z.reshape(-1, len(stored.names))
    inputs, knots = space.values(z)
    block, prior = members.block(), plan.block()
    known = np.vstack([inputs[:2], knots[:6]])
    taken = np.vstack([block.values[:2], block.knots[:6]])
    np.testing.assert_array_equal(
        block.values[2], prior.values[2]
    )  # no figure depends on it: fresh prior draws
    for member in taken.T:
        assert np.isclose(known.T, member, rtol=1e-6, atol=1e-6).all(axis=1).any()
    np.testing.assert_array_equal(block.knots[6:], prior.knots[6:])
    part = members.block(37, 20)
    np.testing.assert_array_equal(part.values, block.values[:, 37:57])
    np.testing.assert_array_equal(part.knots, block.knots[:, 37:57])


def test_a_scenario_that_sets_a_constant_keeps_the_rest_of_the_posterior(project: Path) -> None:
    (base,), (other,) = goals(run(project, "a")), goals(run(project, "b", scenario="other"))
    assert float(other["median"]) < float(base["median"]) - 5
    assert json.loads((project / "b" / "run.json").read_text("utf-8"))["evidence"] == "posterior"


STALE = [
    ("models/capital.mdl", "scrap rate= 0.05", "scrap rate= 0.06", "the model changed"),
    ("models/capital.mdl", "Capital*productivity", "Capital*productivity*1", "the model changed"),
    ("models/capital.mdl", "scrap rate\n    ~ Yi/Year", "scrap rate\n    ~ Yi22/Year", "the model changed"),
    ("scenarios/priors.yaml", "low: 90", "low: 80", "the table of priors changed"),
    ("scenarios/shocks.yaml", "low: -2.5", "low: -3", "the table of shocks changed"),
    ("scenarios/history.csv", "county,2018,104", "county,2018,104.5", "a figure of the history file changed"),
    ("calibration/capital.yaml", "sd: 0.5", "sd: 0.6", "the calibration spec changed"),
    ("scenarios/base.yaml", "as_of: 2023-12-31", "as_of: 2024-12-31", "as_of (2024-12-31) changed"),
]


SAME = [
    ("models/capital.mdl", "~ Capital stock |", "~ The stock of capital, at prices of 2018 |"),
    ("models/capital.mdl", "scrapping= Capital*scrap rate", "scrapping=\n    Capital * scrap rate"),
    ("models/capital.mdl", "~ Yi/Year", "~ Yi / Year"),
    ("scenarios/priors.yaml", "reason: test", "reason: another"),
    ("scenarios/history.csv", "fit,test,", "fit,test,a note"),
]


@pytest.mark.parametrize(("name", "old", "new"), SAME)
def test_what_changes_no_number_leaves_the_record_in_use(
    project: Path, name: str, old: str, new: str
) -> None:
    file = project / name
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")
    read_posterior(read_scenario(project / "scenarios" / "base.yaml"))


@pytest.mark.parametrize(("name", "old", "new", "message"), STALE)
def test_a_stale_record_is_refused_with_what_changed_and_the_remedy(
    project: Path, capsys: pytest.CaptureFixture[str], name: str, old: str, new: str, message: str
) -> None:
    file = project / name
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")
    scenario = str(project / "scenarios" / "base.yaml")
    assert tzsim("run", scenario, "--out", str(project / "a")) == 2
    assert (
        "在后验做成之后改过\n    重新校准：tzsim calibrate calibration/capital.yaml"
        in capsys.readouterr().err
    )
    assert tzsim("run", scenario, "--out", str(project / "a"), "--lang", "en") == 2
    complaint = capsys.readouterr().err
    assert message in complaint
    for remedy in ("tzsim calibrate calibration/capital.yaml", "posterior: none", "--prior-only"):
        assert remedy in complaint
    assert not (project / "a").exists()
    run(project, "b", "--prior-only")


def test_a_posterior_below_the_bar_is_refused_unless_allowed(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = project / "calibration" / "capital.yaml"
    assert tzsim("calibrate", str(spec), "--particles", "40") == 1
    assert "below the bar" in capsys.readouterr().out
    scenario = str(project / "scenarios" / "base.yaml")
    assert tzsim("run", scenario, "--out", str(project / "a")) == 2
    assert "后验没有收敛到要求：R-hat" in capsys.readouterr().err
    assert tzsim("run", scenario, "--out", str(project / "a"), "--lang", "en") == 2
    complaint = capsys.readouterr().err
    assert "below the bar of convergence" in complaint
    assert "--allow-undiagnosed" in complaint
    assert tzsim("run", scenario, "--out", str(project / "a"), "--allow-undiagnosed", "--lang", "en") == 0
    assert "below the bar" in capsys.readouterr().out


def test_no_record_is_an_error_with_the_remedy(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(project / "calibration" / "posteriors")
    words = ("run", str(project / "scenarios" / "base.yaml"), "--out", str(project / "a"))
    assert tzsim(*words) == 2
    assert "没有后验\n    用 tzsim calibrate 做一个" in capsys.readouterr().err
    assert tzsim(*words, "--lang", "en") == 2
    assert "there is no posterior" in capsys.readouterr().err


def test_calibrate_does_not_replace_a_strangers_folder(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = project / "mine"
    mine.mkdir()
    (mine / "notes.txt").write_text("x")
    assert tzsim("calibrate", str(project / "calibration" / "capital.yaml"), "--out", str(mine)) == 2
    assert "文件夹里的内容不是后验\n    用 --out 换一个" in capsys.readouterr().err
    assert (mine / "notes.txt").exists()
