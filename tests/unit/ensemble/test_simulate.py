"""simulate and summarise on a foreign model, against the interpreter and against each other."""

from __future__ import annotations

from pathlib import Path

import clinic
import numpy as np
import pytest
import xarray as xr

import tzsim
from tzsim.ensemble import simulate as simulate_module
from tzsim.ensemble.draws import draw
from tzsim.ensemble.marks import FailedMembers
from tzsim.errors import InputError
from tzsim.ir.model import Model
from tzsim.scenario import Scenario, Text2, distribution, read_scenario


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    return read_scenario(clinic.write_project(tmp_path_factory.mktemp("project")))


@pytest.fixture(scope="module")
def model(scenario: Scenario) -> Model:
    return scenario.model


def test_one_member_is_the_interpreters_run(model: Model) -> None:
    run = tzsim.simulate(model, backend="numpy")
    definition = tzsim.interpret(model)
    assert run["Savings"].dims == ("member", "time")
    assert run["infection"].dims == ("member", "time", "Town")
    assert run.data["time"].values.tolist() == list(definition.times)
    np.testing.assert_allclose(run["Savings"][0], definition.values["Savings"], rtol=1e-12)
    for town in ("harbour", "hill"):
        expected = definition.values[f"infection[{town}]"]
        np.testing.assert_allclose(run["infection"].sel(Town=town, member=0), expected, rtol=1e-12)


def test_units_labels_and_spelling(model: Model) -> None:
    labels = {"harbour": Text2("港镇", "Harbour"), "Savings": Text2("储蓄", "Savings")}
    run = tzsim.simulate(model, keep=["savings", "CARE  wanted[hill]"], labels=labels, backend="numpy")
    assert run.names == ("Savings", "care wanted")
    assert run["SAVINGS"].attrs["units"] == "Yi"
    assert run["savings"].attrs["label_zh"] == "储蓄"
    assert run["care_wanted"].coords["Town"].values.tolist() == ["hill"]
    both = tzsim.simulate(model, keep=["infection"], labels=labels, backend="numpy")
    assert both["infection"].coords["Town_zh"].values.tolist() == ["港镇", "hill"]
    with pytest.raises(KeyError, match="did you mean 'Savings'"):
        _ = run["Saving"]


def test_mappings_of_arrays_and_whole_arrays(model: Model) -> None:
    rates = np.array([0.0, 0.05, 0.1])
    run = tzsim.simulate(
        model, {"interest rate": rates, "beds": 3.0}, keep=["Savings", "beds"], backend="numpy"
    )
    assert run.members == 3
    np.testing.assert_allclose(run["Savings"].sel(time=2026), 100 * (1 + rates / 16) ** 96, rtol=1e-12)
    assert (run["beds"] == 3.0).all()


def test_probability_and_quantiles_leave_failed_members_out(model: Model) -> None:
    run = tzsim.simulate(
        model, {"interest rate": np.array([0.0, 0.1, 1e300, 0.2])}, keep=["Savings"], backend="numpy"
    )
    assert (run.members, run.failed) == (4, 1)
    assert run.status.tolist() == [0, 0, 1, 0]
    assert "Savings" in run.failures[0]
    last = run["Savings"].sel(time=2026)
    assert last.values[2] == np.inf
    with pytest.warns(FailedMembers, match="leaves out 1 of 4 members in which it is not known"):
        share = run.probability(last >= 150)
    assert (share.value, share.failed) == (pytest.approx(2 / 3), 1)
    with pytest.warns(FailedMembers, match="quantiles of Savings leave out 1 of 4 members"):
        middle = run.quantiles("Savings", [0.5])
    assert middle.sel(time=2026).item() == pytest.approx(last.sel(member=1).item())
    assert middle.sel(time=2020).item() == 100.0
    with pytest.raises(InputError, match="single dim 'member'"):
        run.probability(run["Savings"] >= 150)


def test_threads_blocks_and_backends_agree(scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    draws = draw(scenario.priors, scenario.shocks, members=5000, seed=3)
    keep = ["Infected", "Savings"]
    runs = [
        tzsim.simulate(scenario.model, draws, keep=keep, threads=n, backend=backend)
        for n, backend in ((1, "llvm"), (2, "llvm"), (2, "numpy"))
    ]
    xr.testing.assert_identical(runs[0].data, runs[1].data)
    xr.testing.assert_allclose(runs[0].data, runs[2].data, rtol=1e-12)


def test_summary_is_of_the_members(scenario: Scenario) -> None:
    draws = draw(scenario.priors, scenario.shocks, members=5000, seed=3)
    keep = ["infection", "Savings"]
    run = tzsim.simulate(scenario.model, draws, keep=keep, backend="numpy")
    found = tzsim.summarise(
        scenario.model, draws, keep=keep, quantiles=(0.1, 0.5), above={"Savings": 110.0, "infection[hill]": 5.0}, backend="numpy"
    )  # fmt: skip
    assert (found.members, found.failed) == (5000, 0)
    for name in keep:
        np.testing.assert_allclose(found.mean[name], run[name].mean("member"), rtol=1e-12)
        np.testing.assert_allclose(
            found.variance[name], run[name].var("member", ddof=1), rtol=1e-8, atol=1e-18
        )
        exact = run[name].quantile([0.1, 0.5], dim="member", method="nearest")
        np.testing.assert_allclose(found.quantiles[name], exact, rtol=6e-4)
    np.testing.assert_array_equal(found.above["Savings"], (run["Savings"] >= 110).mean("member"))
    hill = found.above["infection"].sel(Town="hill")
    np.testing.assert_array_equal(hill, (run["infection"].sel(Town="hill") >= 5).mean("member"))
    assert np.isnan(found.above["infection"].sel(Town="harbour")).all()


def test_what_does_not_fit_is_refused_with_a_remedy(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="did you mean 'Savings'"):
        tzsim.simulate(model, keep=["Savngs", "Infectd"], backend="numpy")
    monkeypatch.setattr(simulate_module, "MOST_BYTES", 1000)
    with pytest.raises(InputError, match="summarise"):
        tzsim.simulate(model, backend="numpy")
    with pytest.raises(InputError, match="2 members"):
        tzsim.simulate(model, draw({"beds": 1}, members=2), members=5, backend="numpy")


def test_notebook_table_escapes_names_and_lists_variables(model: Model, tmp_path: Path) -> None:
    run = tzsim.simulate(
        model, {"interest rate": distribution("normal", 0.03, 0.02, 0.04)}, members=8, backend="numpy"
    )
    page = run._repr_html_()
    assert "Savings" in page
    assert "<th>variable</th><th>unit</th>" in page  # a model with names of its own has no labels
    assert "标签" not in page
    run.data["Savings"].attrs |= {"label_zh": "储蓄", "label_en": "Money saved"}
    assert "<th>标签</th>" in run._repr_html_()
    assert "储蓄" in run.html("zh")
    assert "<th>label</th>" in run.html("en")
    assert "Money saved" in run.html("en")
    assert "储蓄" not in run.html("en")
    assert "Town 2" in page
    assert repr(run) == "Trajectories(18 variables, 8 members, 2020 to 2026)"
    run.to_netcdf(tmp_path / "run.nc")
    with xr.open_dataset(tmp_path / "run.nc") as stored:
        np.testing.assert_array_equal(stored["Savings"], run["Savings"])
        assert stored["Savings"].attrs["units"] == "Yi"


def test_a_stop_while_trajectories_are_written_leaves_the_old_file(
    model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tzsim.simulate(model, keep=["Savings"], backend="numpy")
    path = tmp_path / "run.nc"
    path.write_bytes(b"old")

    def half(self: xr.Dataset, draft: Path, engine: str) -> None:
        draft.write_bytes(b"half")
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(xr.Dataset, "to_netcdf", half)
        with pytest.raises(KeyboardInterrupt):
            run.to_netcdf(path)
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("run.nc", b"old")]
    run.to_netcdf(path)
    with xr.open_dataset(path) as stored:
        np.testing.assert_array_equal(stored["Savings"], run["Savings"])


def test_nothing_to_keep_is_refused(model: Model) -> None:
    for call in (tzsim.simulate, tzsim.summarise):
        with pytest.raises(InputError, match="`keep` is empty"):
            call(model, members=3, keep=[])
