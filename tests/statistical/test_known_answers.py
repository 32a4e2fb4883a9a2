"""The sampler against posteriors that are known without it, and broken samplers that must not pass.

The stock's posterior is exact by linear algebra; banana and funnel by quadrature on a fine grid.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tzsim.calibration import moves
from tzsim.calibration.smc import Settings, SmcResult, sample

SETTINGS = Settings(particles=6000)
TOLERANCE = 0.02
YEARS, SD = 10, 2.0
DATA = np.array([101.0, 106.0, 107.0, 113.0, 111.0, 118.0, 124.0, 123.0, 130.0, 134.0])


def stock(z: np.ndarray) -> np.ndarray:
    """Level at the end of each year (draw, year): 5 % outflow, uncertain start and inflow, a shock to each year's flow."""
    level = 100.0 + 8.0 * z[:, 0]
    inflow = 8.0 + 2.0 * z[:, 1]
    path = []
    for year in range(YEARS):
        level = level + inflow - 0.05 * level + 1.5 * z[:, 2 + year]
        path.append(level)
    return np.stack(path, axis=1)


def stock_likelihood(z: np.ndarray) -> np.ndarray:
    return -0.5 * np.sum(((stock(z) - DATA) / SD) ** 2, axis=1)


def stock_posterior() -> tuple[np.ndarray, np.ndarray, float]:
    """Mean, sd (12,) and log evidence (without the normalising constant of the noise), by conditioning a normal."""
    size = 2 + YEARS
    base = stock(np.zeros((1, size)))[0]
    slope = (stock(np.eye(size)) - base).T
    gain = slope.T @ np.linalg.inv(slope @ slope.T + SD**2 * np.eye(YEARS))
    mean = gain @ (DATA - base)
    covariance = np.eye(size) - gain @ slope
    marginal = slope @ slope.T + SD**2 * np.eye(YEARS)
    residual = DATA - base
    evidence = (
        -0.5 * residual @ np.linalg.solve(marginal, residual) - 0.5 * np.linalg.slogdet(marginal / SD**2)[1]
    )
    return mean, np.sqrt(np.diag(covariance)), float(evidence)


def banana(z: np.ndarray) -> np.ndarray:
    return -0.5 * ((z[:, 1] + z[:, 0] ** 2 - 1.0) / 0.15) ** 2


def funnel(z: np.ndarray) -> np.ndarray:
    """One observation of exp(1.5 z0) z1 = 0.3, sd 0.1: a narrow ridge for large z0, wide for small."""
    return -0.5 * ((np.exp(1.5 * z[:, 0]) * z[:, 1] - 0.3) / 0.1) ** 2


def by_quadrature(likelihood: Callable[[np.ndarray], np.ndarray]) -> tuple[np.ndarray, np.ndarray, float]:
    axis = np.linspace(-6.0, 6.0, 1201)
    x, y = np.meshgrid(axis, axis, indexing="ij")
    points = np.column_stack([x.ravel(), y.ravel()])
    density = np.exp(likelihood(points) - 0.5 * np.sum(points**2, axis=1)) / (2 * np.pi)
    evidence = float(np.log(density.sum() * (axis[1] - axis[0]) ** 2))
    density /= density.sum()
    mean = density @ points
    return mean, np.sqrt(density @ (points - mean) ** 2), evidence


CASES = {
    "linear-Gaussian stock": (stock_likelihood, 2 + YEARS, stock_posterior),
    "banana": (banana, 2, lambda: by_quadrature(banana)),
    "funnel": (funnel, 2, lambda: by_quadrature(funnel)),
}


def error(result: SmcResult, mean: np.ndarray, sd: np.ndarray) -> float:
    """Largest error of mean (in posterior sd) and sd (relative), over the parameters."""
    draws = result.z.reshape(-1, len(mean))
    return float(max(np.abs((draws.mean(0) - mean) / sd).max(), np.abs(draws.std(0, ddof=1) / sd - 1).max()))


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_mean_and_sd_within_two_percent(case: str) -> None:
    likelihood, size, exact = CASES[case]
    mean, sd, evidence = exact()
    result = sample(likelihood, size, seed=20240806, settings=SETTINGS)
    assert result.convergence.converged, result.convergence.failing
    assert error(result, mean, sd) <= TOLERANCE
    assert result.log_evidence == pytest.approx(np.full(4, evidence), abs=0.15)


def test_the_physical_stock_at_the_end_is_within_two_percent_of_its_spread() -> None:
    size = 2 + YEARS
    base = stock(np.zeros((1, size)))[0]
    slope = (stock(np.eye(size)) - base).T
    mean, _, _ = stock_posterior()
    covariance = np.linalg.inv(np.eye(size) + slope.T @ slope / SD**2)
    exact_sd = float(np.sqrt(slope[-1] @ covariance @ slope[-1]))
    exact_mean = float(base[-1] + slope[-1] @ mean)
    final = stock(sample(stock_likelihood, size, seed=7, settings=SETTINGS).z.reshape(-1, size))[:, -1]
    assert final.mean() == pytest.approx(exact_mean, abs=TOLERANCE * exact_sd)
    assert final.std() == pytest.approx(exact_sd, rel=TOLERANCE)


BROKEN = {
    "takes everything": lambda ratio, rng: np.ones(ratio.shape, bool),
    "half the log ratio": lambda ratio, rng: np.log(rng.random(ratio.shape)) < 0.5 * ratio,
    "greedy": lambda ratio, rng: ratio > 0,
}


@pytest.mark.parametrize("fault", BROKEN)
@pytest.mark.parametrize("case", CASES)
def test_a_broken_acceptance_fails(case: str, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    likelihood, size, exact = CASES[case]
    mean, sd, _ = exact()
    monkeypatch.setattr(moves, "metropolis", BROKEN[fault])
    result = sample(likelihood, size, seed=20240806, settings=Settings(particles=2000, final_moves=50))
    assert error(result, mean, sd) > 2 * TOLERANCE


@pytest.mark.slow
def test_many_uninformed_dimensions_do_not_stop_it() -> None:
    """120 parameters, 12 observations: the exact posterior again, and the prior where the data say nothing."""
    rng = np.random.default_rng(9)
    slope = rng.standard_normal((12, 120)) * 3.0 / np.sqrt(120)
    data = slope @ rng.standard_normal(120)
    covariance = np.linalg.inv(np.eye(120) + slope.T @ slope / 0.1**2)
    mean, sd = covariance @ slope.T @ data / 0.1**2, np.sqrt(np.diag(covariance))
    result = sample(
        lambda z: -0.5 * np.sum(((z @ slope.T - data) / 0.1) ** 2, axis=1),
        120,
        seed=1,
        settings=Settings(particles=1000),
    )
    assert result.convergence.converged
    draws = result.z.reshape(-1, 120)
    # 4000 draws: the largest of 120 standard errors of 1/sqrt(4000) is about 0.05
    assert np.abs((draws.mean(0) - mean) / sd).max() < 0.07
    assert np.abs(draws.std(0) / sd - 1).max() < 0.06
