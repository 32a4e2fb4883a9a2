"""The epidemic of models/sir.mdl, fitted, against the stored posterior of another sampler and simulator (references/sir_emcee.py)."""

from __future__ import annotations

import dataclasses
import json
import sys
import types
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import stats

import tzsim
from tzsim.calibration.posterior import Posterior
from tzsim.calibration.series_fit import fit_series
from tzsim.errors import InputError

HERE = Path(__file__).parent
REFERENCE = json.loads((HERE / "references" / "sir_emcee.json").read_text("utf-8"))
MODEL = tzsim.read_model(HERE.parents[1] / "models" / "sir.mdl")
PRIORS = {name: stats.lognorm(sd, scale=median) for name, (sd, median) in REFERENCE["priors"].items()}
SEEN = pd.DataFrame({"Infectious": pd.Series(REFERENCE["data"], index=REFERENCE["times"])})


@pytest.fixture(scope="module")
def posterior() -> Posterior:
    return fit_series(MODEL, PRIORS, SEEN, sd=REFERENCE["sd"], seed=5)


def test_mean_and_sd_are_those_of_the_reference(posterior: Posterior) -> None:
    assert min(REFERENCE["effective_draws"]) > 10_000
    assert posterior.converged
    for name, mean in REFERENCE["mean"].items():
        sd = REFERENCE["posterior_sd"][name]
        assert posterior.values[name].mean() == pytest.approx(mean, abs=0.1 * sd)
        assert posterior.values[name].std() == pytest.approx(sd, rel=0.1)


def test_correlations_are_those_of_the_reference(posterior: Posterior) -> None:
    """Bound: six standard errors of a correlation near zero from the least effective sample size."""
    found = np.corrcoef([posterior.values[name].reshape(-1) for name in REFERENCE["mean"]])
    assert np.abs(found - np.array(REFERENCE["correlation"])).max() < 6 / posterior.convergence.least_ess**0.5


def test_a_wrong_error_is_seen(posterior: Posterior) -> None:
    """Negative control: half the observation error halves the spread, far outside the bound."""
    wrong = fit_series(MODEL, PRIORS, SEEN, sd=0.5 * REFERENCE["sd"], seed=5)
    ratio = wrong.values["contact rate"].std() / REFERENCE["posterior_sd"]["contact rate"]
    assert ratio < 0.7


def test_draws_go_on_into_an_ensemble(posterior: Posterior) -> None:
    members = posterior.members(500)
    assert all(v.shape == (500,) for v in members.values())
    paths = tzsim.simulate(MODEL, members, members=500, keep=["Infectious"])
    at_30 = paths["Infectious"].sel(time=30).values
    row = [d.id for d in posterior.data].index("Infectious @ 30")
    assert np.quantile(at_30, [0.1, 0.9]) == pytest.approx(
        np.quantile(posterior.predicted[row], [0.1, 0.9]), rel=0.01
    )


def test_newer_arviz_gets_the_tree_and_a_missing_one_is_named(
    posterior: Posterior, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "arviz", types.ModuleType("arviz"))
    assert isinstance(posterior.to_arviz(), xr.DataTree)
    monkeypatch.setitem(sys.modules, "arviz", None)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="ArviZ is not installed"):
        posterior.to_arviz()


def test_the_prior_group_holds_draws_of_the_priors(posterior: Posterior) -> None:
    for name, prior in PRIORS.items():
        drawn = posterior.to_datatree()["prior"][name].values
        assert drawn.shape == (4, 1000)
        assert stats.kstest(drawn.ravel(), prior.cdf).pvalue > 0.001
    assert abs(np.corrcoef([v.ravel() for v in posterior.prior.values()])[0, 1]) < 0.06


def test_a_posterior_shows_itself(posterior: Posterior) -> None:
    assert repr(posterior).startswith(
        "Posterior('sir', 3 parameters, 8 figures, 4 runs of 1000 draws, converged: R-hat 1.00"
    )
    assert len(repr(posterior)) < 140
    table = posterior.to_dataframe()
    assert list(table.index) == list(PRIORS)
    row = table.loc["contact rate"]
    assert row["mean"] == pytest.approx(posterior.values["contact rate"].mean())
    assert row["low"] == pytest.approx(np.quantile(posterior.values["contact rate"], 0.05))
    page = posterior._repr_html_()
    for text in ("contact rate", "informed by", "Infectious @", "R-hat", f"{row['prior_mean']:.4g}", "95 %"):
        assert text in page
    hostile = dataclasses.replace(posterior, id="<b>")
    assert "<b>" not in hostile._repr_html_()


def test_tree_has_the_groups_that_arviz_reads(posterior: Posterior) -> None:
    tree = posterior.to_datatree()
    assert set(tree.children) == {
        "posterior",
        "prior",
        "posterior_predictive",
        "log_likelihood",
        "observed_data",
        "sample_stats",
    }
    assert tree["posterior"].sizes == {"chain": 4, "draw": 1000}
    arviz = pytest.importorskip("arviz")
    data = posterior.to_arviz()
    assert isinstance(data, arviz.InferenceData)
    summary = arviz.summary(data, var_names=["contact rate"], round_to="none")
    (row,) = [p for p in posterior.parameters if p.name == "contact rate"]
    assert float(summary["mean"].iloc[0]) == pytest.approx(row.mean, rel=1e-9)
    assert float(summary["ess_bulk"].iloc[0]) == pytest.approx(row.ess_bulk, rel=1e-3)
    held = arviz.loo(data, var_name="value")
    assert float(held.elpd_loo) == pytest.approx(posterior.influence.log_density.sum(), rel=0.02)


@pytest.mark.parametrize(
    ("observed", "options", "says"),
    [
        ({"Infectius": {20: 5.0}}, {"sd": 1}, "did you mean 'Infectious'"),
        ({"Infectious": {20: 5.0}}, {}, "not given as a positive number"),
        ({"Infectious": {20: 5.0}}, {"sd": 1, "relative_sd": 0.1}, "given twice"),
        ({"Infectious": {20: 5.0}}, {"sd": -1}, "not given as a positive number"),
        ({"Infectious": {20: "many"}}, {"sd": 1}, "expected a series of numbers"),
        ({"Infectious": 5.0}, {"sd": 1}, "expected a series of numbers"),
        ({"Infectious": {20: float("nan")}}, {"sd": 1}, "no value"),
        ({"Infectious": {20: 0.0}}, {"relative_sd": 0.1}, "a relative error of the value 0 is 0"),
        ({"Infectious": {20.01: 5.0}}, {"sd": 1}, "20.01"),
        ({"Infectious": {900: 5.0}}, {"sd": 1}, "900"),
    ],
)
def test_mistakes_are_named(observed: dict[str, object], options: dict[str, float], says: str) -> None:
    with pytest.raises(InputError, match=says):
        fit_series(MODEL, PRIORS, observed, **options)  # type: ignore[arg-type]


def test_all_mistakes_come_at_once() -> None:
    with pytest.raises(InputError) as error:
        fit_series(
            MODEL,
            PRIORS,
            {"nothing": {1: 1.0}, "Infectious": {20: "x"}, "Recovered": {30: 1.0}},
            sd={"Infectious": 1.0},
        )
    assert len(error.value.problems) == 3


def test_repeating_draws_does_not_sharpen_a_probability(posterior: Posterior) -> None:
    paths = tzsim.simulate(MODEL, posterior.members(20_000), keep=["Infectious"])
    share = paths.probability(paths["Infectious"].sel(time=30) > 2245)
    assert paths.effective is not None
    assert paths.effective <= min(4000.0, posterior.convergence.least_ess)
    # Half the width of the interval of that many independent members.
    honest = 1.96 * (share.value * (1 - share.value) / paths.effective) ** 0.5
    assert 0.25 < share.value < 0.75
    assert (share.high - share.low) / 2 == pytest.approx(honest, rel=0.02)
    tree = tzsim.simulate(MODEL, posterior.to_datatree()["posterior"].to_dataset(), keep=["Infectious"])
    assert tree.members == 4000
