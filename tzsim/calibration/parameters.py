"""What the data say of each coordinate: prior and posterior, the share of variance removed, and the figure that informs it most."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tzsim.calibration.likelihood import Likelihood
from tzsim.calibration.smc import SmcResult

INFORMED = 0.1
"""A parameter whose prior variance the data cut by less than this share counts as not informed."""


@dataclass(frozen=True)
class ParameterSummary:
    """One coordinate. Numbers in the model's unit for constants, factors for scopes and ratios, standard scores for shocks.

    removed: share of the prior variance of its standard score that the data removed (negative: the posterior is wider).
    informed_by: the figure that alone says most about it, '' where the data removed less than a tenth.
    """

    name: str
    prior_mean: float
    prior_sd: float
    mean: float
    sd: float
    low: float
    high: float
    """5 % and 95 % points."""
    removed: float
    informed_by: str
    r_hat: float
    ess_bulk: float
    ess_tail: float


def parameters_of(
    likelihood: Likelihood, result: SmcResult, figures: tuple[str, ...], seed: int
) -> tuple[ParameterSummary, ...]:
    """A summary of every coordinate. figures: ids of the fitted ones."""
    pooled = result.z.reshape(-1, len(likelihood))
    removed = 1.0 - pooled.var(axis=0)
    informing = _informing(likelihood, seed)
    physical = likelihood.values(pooled)
    grid = np.linspace(-5.0, 5.0, 2001)
    density = np.exp(-0.5 * grid**2)
    prior_grid = likelihood.values(np.repeat(grid[:, None], len(likelihood), axis=1))
    checks = result.convergence
    found: list[ParameterSummary] = []
    for i, coordinate in enumerate(likelihood.listed):
        values, prior = pooled[:, i], grid
        if coordinate.name in physical:
            values, prior = physical[coordinate.name], prior_grid[coordinate.name]
        prior_mean = float(np.average(prior, weights=density))
        low, high = np.quantile(values, [0.05, 0.95])
        informed = bool(removed[i] >= INFORMED)
        found.append(
            ParameterSummary(
                coordinate.name,
                prior_mean,
                float(np.average((prior - prior_mean) ** 2, weights=density) ** 0.5),
                float(values.mean()),
                float(values.std()),
                float(low),
                float(high),
                float(removed[i]),
                figures[int(informing[i])] if informed else "",
                float(checks.r_hat[i]),
                float(checks.ess_bulk[i]),
                float(checks.ess_tail[i]),
            )
        )
    return tuple(found)


def _informing(likelihood: Likelihood, seed: int) -> np.ndarray:
    """(coordinate,): the fitted figure that says most about it alone, by linear regression over prior draws."""
    z = np.random.default_rng([seed, 5]).standard_normal((2000, len(likelihood)))
    predicted = likelihood.predict(z)[likelihood.fitted]
    sds = np.array([d.sd for d in likelihood.data])[likelihood.fitted]
    kept = np.isfinite(predicted).all(axis=0)
    centred = predicted[:, kept] - predicted[:, kept].mean(axis=1, keepdims=True)
    slope = centred @ z[kept] / max(int(kept.sum()), 1)
    return np.argmax(slope**2 / (centred.var(axis=1) + sds**2)[:, None], axis=0)
