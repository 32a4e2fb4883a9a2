"""A figure taken out of a posterior: against the exact posterior without it, and against draws that did not arrive."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from tzsim.calibrate import bridge
from tzsim.calibrate.bridge import BRIDGE, Bridged, drift_of, next_share, take_out
from tzsim.calibrate.influence import leave_one_out

SIZE = 30
SD = np.array([0.2, 0.5, 0.3, 0.05])


def linear() -> tuple[np.ndarray, np.ndarray]:
    """Slopes (figure, parameter) and figures; the last is exact and stands apart from the others."""
    rng = np.random.default_rng(0)
    slopes = rng.standard_normal((4, SIZE)) * np.array([1.0, 1.0, 0.5, 1.0])[:, None]
    figures = slopes @ rng.standard_normal(SIZE)
    figures[3] += 10
    return slopes, figures


SLOPES, FIGURES = linear()


def exact(rows: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Posterior mean and covariance given some of the figures."""
    a, w = SLOPES[rows], SD[rows] ** -2.0
    covariance = np.linalg.inv(np.eye(SIZE) + (a.T * w) @ a)
    return covariance @ (a.T * w) @ FIGURES[rows], covariance


def without(row: int) -> Bridged:
    mean, covariance = exact([0, 1, 2, 3])
    noise = np.random.default_rng(1).standard_normal((4, 1000, SIZE))
    start = mean + noise @ np.linalg.cholesky(covariance).T
    others = [i for i in range(4) if i != row]

    def parts(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        densities = norm.logpdf(FIGURES, z @ SLOPES.T, SD)
        return densities[:, others].sum(axis=1), densities[:, row]

    weights = leave_one_out(parts(start.reshape(-1, SIZE))[1][None])
    assert not weights.reliable.any()  # or importance weights would do
    names = [str(i) for i in range(SIZE)]
    return take_out(start, parts, seed=[3, row], names=names, settings=BRIDGE)


@pytest.mark.parametrize("row", [0, 3])
def test_a_ruling_figure_is_taken_out(row: int) -> None:
    """Figure 0 holds its combination to a twentieth of its spread; figure 3 does so four standard deviations away."""
    found = without(row)
    others = [i for i in range(4) if i != row]
    mean, covariance = exact(others)
    sd = np.sqrt(np.diag(covariance))
    draws = found.z.reshape(-1, SIZE)
    assert found.reliable
    assert np.abs((draws.mean(axis=0) - mean) / sd).max() < 0.07
    assert np.abs(draws.std(axis=0) / sd - 1).max() < 0.06
    centre, spread = SLOPES[row] @ mean, np.sqrt(SLOPES[row] @ covariance @ SLOPES[row])
    assert (draws @ SLOPES[row]).mean() == pytest.approx(centre, abs=0.06 * spread)
    assert (draws @ SLOPES[row]).std() == pytest.approx(spread, rel=0.05)
    density = norm.logpdf(FIGURES[row], centre, np.hypot(spread, SD[row]))
    assert found.log_density.mean() == pytest.approx(density, abs=0.25 if row == 0 else 1.0)


def test_the_seed_decides_every_bit() -> None:
    assert np.array_equal(without(0).z, without(0).z)


def test_draws_that_lag_behind_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps that are too long, around proposals as narrow as the particles: every run lags alike, so that R-hat sees nothing."""
    monkeypatch.setattr(bridge, "WIDER", 1.0)
    monkeypatch.setattr(bridge, "TAIL", 10.0)
    monkeypatch.setattr(bridge, "LARGEST_STEP", 0.9)
    monkeypatch.setattr(bridge, "next_share", lambda own, share, keep: min(1.0, share + 0.34))
    found = without(3)
    mean, covariance = exact([0, 1, 2])
    centre, spread = SLOPES[3] @ mean, np.sqrt(SLOPES[3] @ covariance @ SLOPES[3])
    assert abs((found.z.reshape(-1, SIZE) @ SLOPES[3]).mean() - centre) > 0.5 * spread
    assert not found.reliable


def test_a_step_keeps_the_variance_of_the_weights() -> None:
    """Density of a figure that alone holds a normal quantity: without a share s its precision is 1 - s, and k of the weights s."""
    x = np.random.default_rng(0).standard_normal(4000)
    share = next_share(-0.5 * x**2, 0.0, 0.5)
    assert 0.25 < share < 0.5
    assert next_share(np.full(100, -3.0) + 1e-3 * x[:100], 0.0, 0.5) == 1.0


def test_drift_is_in_standard_scores() -> None:
    x, y = np.random.default_rng(0).standard_normal((2, 4000))
    assert drift_of(x, y) < 0.06
    assert drift_of(np.exp(x), np.exp(y + 0.3)) == pytest.approx(0.3, abs=0.05)
