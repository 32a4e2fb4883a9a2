"""The number behind a grade: right in the mean, with an honest error, and exactly nought where the data reached nothing."""

from __future__ import annotations

import numpy as np
import pytest

from tzsim.ensemble.grade import Removed, grade, variance_removed


def pair(rng: np.random.Generator, reached: float, kept: float, before: int, after: int) -> Removed:
    """A measure of which `reached` of the variance is what figures inform, and `kept` of that stays."""
    free = rng.standard_normal(max(before, after)) * (1 - reached) ** 0.5
    prior = rng.standard_normal(before) * reached**0.5 + free[:before]
    posterior = rng.standard_normal(after) * (reached * kept) ** 0.5 + free[:after]
    return variance_removed(prior, posterior)


@pytest.mark.parametrize(("before", "after"), [(500, 2000), (1000, 1000), (2000, 500)])
@pytest.mark.parametrize(("reached", "kept"), [(0.1, 0.5), (0.8, 1.0), (0.8, 0.3)])
def test_the_share_and_its_error(before: int, after: int, reached: float, kept: float) -> None:
    rng = np.random.default_rng(1)
    found = [pair(rng, reached, kept, before, after) for _ in range(400)]
    values, errors = np.array([r.value for r in found]), np.array([r.error for r in found])
    assert values.mean() == pytest.approx(reached * (1 - kept), abs=4 * values.std() / 20)
    assert errors.mean() == pytest.approx(values.std(), rel=0.15)
    plain = (2 / before + 2 / after) ** 0.5
    if reached == 0.1:
        assert values.std() < 0.55 * plain  # what the pairs share is taken off


def test_a_measure_that_no_figure_reaches_has_nought() -> None:
    x = np.exp(np.random.default_rng(0).standard_normal(3000))
    found = variance_removed(x[:1000], x)
    assert found.value == pytest.approx(0.0, abs=0.002)
    assert found.error < 0.002


def test_members_that_failed_are_left_out() -> None:
    rng = np.random.default_rng(0)
    prior, posterior = rng.standard_normal(1000), 0.5 * rng.standard_normal(4000)
    whole = variance_removed(prior, posterior)
    prior[::50], posterior[::70] = np.nan, np.inf
    assert variance_removed(prior, posterior).value == pytest.approx(whole.value, abs=0.02)


def test_what_never_varied_has_no_number() -> None:
    ones = np.ones(10)
    for prior, posterior in ((ones, ones), (np.full(10, np.nan), ones), (np.empty(0), ones)):
        assert np.isnan(variance_removed(prior, posterior).value)
    assert grade(float("nan")) == "prior only"


def test_fewer_independent_draws_widen_the_error() -> None:
    rng = np.random.default_rng(0)
    prior, posterior = rng.standard_normal(2000), rng.standard_normal(8000)
    assert variance_removed(prior, posterior, 500).error > 1.3 * variance_removed(prior, posterior).error
