"""Leave-one-out weights against ArviZ's numbers and against posteriors that are refitted exactly."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import genpareto, norm

from tzsim.calibration.influence import fit_pareto, leave_one_out, pareto_smoothed

# arviz 0.23.4 psislw of standard normal log ratios (seed, scale, n): k, largest log weight, sum of squared weights
ARVIZ = [
    ((0, 0.5, 1000), (0.18472610917753884, -5.469886119489289, 0.0012671397372206019)),
    ((1, 1.5, 1000), (0.5107848034313024, -2.837316354757111, 0.009053294395871029)),
    ((2, 3.0, 4000), (0.9276832095742062, -1.928483297449237, 0.03994721834152572)),
    ((3, 0.1, 500), (0.0024791925947616946, -5.893238987426965, 0.0020205024365680955)),
]


@pytest.mark.parametrize(("case", "expected"), ARVIZ)
def test_smoothed_weights_equal_arviz(case: tuple, expected: tuple) -> None:
    seed, scale, count = case
    log_weights, k = pareto_smoothed(np.random.default_rng(seed).standard_normal(count) * scale)
    assert (k, log_weights.max(), np.sum(np.exp(2 * log_weights))) == pytest.approx(expected, rel=1e-9)
    assert np.exp(log_weights).sum() == pytest.approx(1.0)


@pytest.mark.parametrize("k", [0.2, 0.8])
def test_the_pareto_shape_is_recovered(k: float) -> None:
    excess = np.sort(genpareto.rvs(k, scale=2.0, size=20_000, random_state=3))
    shape, scale = fit_pareto(excess)
    assert shape == pytest.approx(k, abs=0.03)
    assert scale == pytest.approx(2.0, rel=0.04)


def test_leaving_a_figure_out_equals_the_exact_posterior_without_it() -> None:
    """mu ~ N(0, 1), figures y ~ N(mu, 1): conjugate, so every posterior is known."""
    figures = np.array([0.3, -0.2, 1.4, 0.9, 0.5])
    n = len(figures)
    draws = figures.sum() / (n + 1) + np.random.default_rng(0).standard_normal(40_000) / np.sqrt(n + 1)
    loo = leave_one_out(norm.logpdf(figures[:, None], draws[None]))
    assert loo.reliable.all()
    without = (figures.sum() - figures) / n
    moved = (without - draws.mean()) / draws.std()
    assert loo.shift(draws[:, None])[:, 0] == pytest.approx(moved, abs=0.02)
    assert loo.without((draws > 0.5)[:, None].astype(float))[:, 0] == pytest.approx(
        norm.sf(0.5, without, np.sqrt(1 / n)), abs=0.01
    )
    assert loo.log_density == pytest.approx(norm.logpdf(figures, without, np.sqrt(1 + 1 / n)), abs=0.01)


def test_a_figure_that_rules_the_posterior_is_called_unreliable() -> None:
    draws = np.random.default_rng(1).standard_normal(2000) * 0.01
    loo = leave_one_out(norm.logpdf(0.0, draws[None], 0.01) * 1.2)
    assert not loo.reliable.any()


def test_ratios_must_be_finite() -> None:
    with pytest.raises(ValueError, match="finite"):
        pareto_smoothed(np.array([0.0, np.inf]))
