"""A member that fails: its values stay, and only what depends on what failed leaves it out, whatever is kept."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import tzsim
from tzsim.ensemble.marks import FailedMembers
from tzsim.ir.model import Model

GROWTH = """{UTF-8}
s= INTEG (g, 1)~~|
g= 0.5~~|
r= LN(s)~~|
a= 1/(s-3)~~|
INITIAL TIME= 0~~|
FINAL TIME= 8~~|
TIME STEP= 1~~|
SAVEPER= 1~~|
"""
NORMAL = {"g": stats.norm(0, 1)}


@pytest.fixture
def model(tmp_path: Path) -> Model:
    (tmp_path / "growth.mdl").write_text(GROWTH, "utf-8")
    return tzsim.read_model(tmp_path / "growth.mdl")


def test_a_probability_does_not_depend_on_what_else_is_kept(model: Model) -> None:
    alone = tzsim.simulate(model, NORMAL, members=2000, keep=["s"])
    beside = tzsim.simulate(model, NORMAL, members=2000, keep=["s", "r"])
    g = beside.inputs["g"].to_numpy()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        expected = alone.probability(alone["s"].sel(time=4) > 1)
        assert expected.value == (1 + 4 * g > 1).mean()
        for event in (
            beside["s"].sel(time=4) > 1,
            ~(beside["s"].sel(time=4) <= 1),
            (beside["s"] > 1).sel(time=4) & (beside["s"].max("time") > 0),
        ):
            assert beside.probability(event) == expected
    # ln(s(4)) has a value where s(4) > 0, that is g > -1/4, and is above 0 where g > 0.
    known = 1 + 4 * g > 0
    with pytest.warns(FailedMembers, match=rf"leaves out {(~known).sum()} of 2000 .* x r, first at"):
        share = beside.probability(beside["r"].sel(time=4) > 0)
    assert share.failed == (~known).sum()
    assert share.value == (g > 0).sum() / known.sum()
    # Over all times the members in which it ever failed are out: those that reach s <= 0 by time 8.
    ever = 1 + 8 * g <= 0
    with pytest.warns(FailedMembers):
        share = beside.probability(beside["r"].max("time") > 1)
    assert share.failed == ever.sum()
    with pytest.warns(FailedMembers):
        share = beside.probability((beside["s"].sel(time=4) > 1) & (beside["r"].sel(time=1) > 0))
    assert share.failed == (1 + g <= 0).sum()


def test_an_event_that_does_not_say_its_variables_is_counted_as_it_is(model: Model) -> None:
    run = tzsim.simulate(model, NORMAL, members=200, keep=["r"])
    with pytest.warns(FailedMembers, match="does not say which variables"):
        share = run.probability(run.data["r"].sel(time=4) > 0)
    assert (share.value, share.failed) == ((run.inputs["g"].to_numpy() > 0).mean(), 0)


def test_values_stay_as_computed_and_status_says_what_failed_when(model: Model) -> None:
    run = tzsim.simulate(model)
    by_hand = tzsim.interpret(model)
    for name in ("s", "r", "a"):
        np.testing.assert_allclose(run[name].values[0], by_hand.values[name])
    assert np.isinf(run["a"].values[0]).tolist() == [False] * 4 + [True] + [False] * 4
    assert (run.status.tolist(), run.failed_time.tolist(), run.failed_variable.tolist()) == (
        [1],
        [4.0],
        ["a"],
    )
    assert run.failures == ("1 x a, first at 4",)


def test_statistics_are_over_the_finite_values_of_each_point(model: Model) -> None:
    kept = tzsim.simulate(model, NORMAL, members=1000, keep=["s", "r"])
    found = tzsim.summarise(model, NORMAL, members=1000, keep=["s", "r"], above={"r": 1.0, "s": 2.0})
    r = kept["r"].values
    finite = np.isfinite(r)
    assert found.failed == kept.failed == (~finite.all(axis=1)).sum()
    assert found.counted["r"].values.tolist() == finite.sum(axis=0).tolist()
    assert (found.counted["s"] == 1000).all()
    np.testing.assert_allclose(found.mean["r"], np.nanmean(np.where(finite, r, np.nan), axis=0), rtol=1e-12)
    np.testing.assert_allclose(found.mean["s"], kept["s"].values.mean(axis=0), rtol=1e-12)
    with pytest.warns(FailedMembers):
        share = kept.probability(kept["r"].sel(time=5) >= 1.0)
    at = {"time": 5}
    assert (found.above["r"].sel(at), found.above_low["r"].sel(at), found.above_high["r"].sel(at)) == share[
        :3
    ]
    share = kept.probability(kept["s"].sel(at) >= 2.0)
    assert (found.above["s"].sel(at), found.above_low["s"].sel(at), found.above_high["s"].sel(at)) == share[
        :3
    ]
    with pytest.warns(FailedMembers):
        middle = kept.quantiles("r", [0.5]).sel(at).item()
    assert middle == pytest.approx(np.median(r[finite[:, 5], 5]))


def test_a_run_that_goes_on_knows_its_failed_members(model: Model, tmp_path: Path) -> None:
    first = tzsim.simulate(model, NORMAL, members=3000, keep=["r"], state=tmp_path / "state")
    again = tzsim.simulate(model, NORMAL, members=3000, keep=["r"], state=tmp_path / "state")
    assert first.failed
    assert again.failed_variable.tolist() == first.failed_variable.tolist()
    np.testing.assert_array_equal(again.failed_time, first.failed_time)
    np.testing.assert_array_equal(again["r"], first["r"])


def test_repeated_draws_do_not_narrow_the_interval(model: Model) -> None:
    g = np.random.default_rng(0).normal(size=400)
    once = tzsim.simulate(model, {"g": g}, keep=["s"])
    often = tzsim.simulate(model, {"g": np.tile(g, 50)}, keep=["s"])
    assert (once.effective, often.effective) == (None, 400.0)
    one, many = (run.probability(run["s"].sel(time=4) > 1) for run in (once, often))
    assert many == pytest.approx(one)
    # Beside a distribution the members differ, and all of them count.
    mixed = tzsim.draw({"g": np.tile(g, 5), "x": stats.norm()}, members=2000)
    assert mixed.worth(random=False) is None
    assert tzsim.draw({"g": 2.0}, members=100).worth(random=False) == 1.0
    assert tzsim.draw({"g": 2.0}, members=100).worth(random=True) is None
