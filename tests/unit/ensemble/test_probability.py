"""Intervals of probabilities: known values, and coverage measured by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from tzsim.ensemble.designs import replicates, unit_cube
from tzsim.ensemble.probability import jeffreys, probability


@pytest.mark.parametrize(("successes", "trials"), [(1, 10), (7, 20), (250, 500), (9999, 10_000)])
def test_jeffreys_is_the_beta_interval(successes: int, trials: int) -> None:
    share = jeffreys(successes, trials)
    beta = stats.beta(successes + 0.5, trials - successes + 0.5)
    assert share.value == successes / trials
    assert share.low == pytest.approx(beta.ppf(0.025), rel=1e-9)
    assert share.high == pytest.approx(beta.ppf(0.975), rel=1e-9)


def test_never_and_always() -> None:
    never, always = jeffreys(0, 10_000), jeffreys(10_000, 10_000)
    assert (never.value, never.low) == (0.0, 0.0)
    assert 0.0 < never.high < 4e-4
    assert (always.value, always.high) == (1.0, 1.0)
    assert always.low == pytest.approx(1 - never.high)


def test_no_member_gives_nan() -> None:
    assert np.isnan(jeffreys(0, 0)[:3]).all()


def test_failed_members_count_neither_way() -> None:
    met = np.array([True, True, False, True])
    alive = np.array([True, False, True, True])
    assert probability(met, alive, replicates("monte carlo", 4)).value == pytest.approx(2 / 3)


def test_jeffreys_covers_at_its_level() -> None:
    rng = np.random.default_rng(0)
    truth, trials = 0.07, 400
    shares = [jeffreys(int(k), trials) for k in rng.binomial(trials, truth, size=4000)]
    coverage = np.mean([s.low <= truth <= s.high for s in shares])
    assert 0.93 < coverage < 0.975


@pytest.mark.parametrize("design", ["latin hypercube", "sobol"])
def test_replicates_cover_and_are_narrower_than_the_binomial(design: str) -> None:
    # event: u1 + u2 <= 0.4, probability 0.08
    covered, widths = 0, []
    alive = np.ones(2048, dtype=bool)
    for seed in range(400):
        u = unit_cube(design, ("a", "b"), 2048, seed, 0, 2048)  # type: ignore[arg-type]
        share = probability(u.sum(axis=0) <= 0.4, alive, replicates(design, 2048))  # type: ignore[arg-type]
        covered += share.low <= 0.08 <= share.high
        widths.append(share.high - share.low)
    assert covered / 400 >= 0.93
    plain = jeffreys(round(0.08 * 2048), 2048)
    assert np.mean(widths) < (plain.high - plain.low) * (1.0 if design == "sobol" else 1.1)
