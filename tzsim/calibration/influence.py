"""Which figure informed what: leave one figure out by importance weights, with a check that the weights can be trusted.

Pareto-smoothed importance sampling (Vehtari, Simpson, Gelman, Yao & Gabry 2024, JMLR 25(72)); the generalised Pareto
distribution is fitted as Zhang & Stephens (2009, Technometrics 51). A Pareto k above min(0.7, 1 - 1/log10(draws))
says that leaving the figure out moves the posterior too far to be answered from these draws: refit without it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tzsim.calibration.moves import FloatArray


@dataclass(frozen=True)
class LeaveOneOut:
    """One row for each fitted figure.

    pareto_k: (figure,). weights: (figure, draw), normalised, of the posterior without the figure. log_density:
    (figure,) of each figure under the posterior without it; their sum is the expected log predictive density.
    """

    pareto_k: FloatArray
    weights: FloatArray
    log_density: FloatArray
    threshold: float

    @property
    def reliable(self) -> np.ndarray:
        """(figure,): whether its Pareto k allows the importance weights."""
        return self.pareto_k <= self.threshold

    def shift(self, quantity: FloatArray) -> FloatArray:
        """(figure, column): how far the mean of `quantity` (draw, column) moves, in posterior sd, when the figure goes."""
        spread = quantity.std(axis=0)
        moved = self.weights @ quantity - quantity.mean(axis=0)
        return np.divide(moved, spread, out=np.zeros_like(moved), where=spread > 0)

    def without(self, quantity: FloatArray) -> FloatArray:
        """(figure, column): mean of `quantity` (draw, column) without each figure, e.g. a goal's probability."""
        return self.weights @ quantity


def leave_one_out(pointwise: FloatArray) -> LeaveOneOut:
    """From the log density (figure, draw) of each fitted figure under posterior draws."""
    rows = [pareto_smoothed(-row) for row in pointwise]
    log_weights = np.array([w for w, _ in rows])
    density = np.array([log_sum(row) for row in log_weights + pointwise])
    draws = pointwise.shape[1]
    threshold = min(0.7, 1.0 - 1.0 / np.log10(draws))
    return LeaveOneOut(np.array([k for _, k in rows]), np.exp(log_weights), density, threshold)


def pareto_smoothed(log_ratios: FloatArray) -> tuple[FloatArray, float]:
    """Normalised log weights (draw,) with a smoothed upper tail, and the tail's Pareto k (inf when it cannot be fitted).

    Raises ValueError for ratios that are not finite.
    """
    if not np.isfinite(log_ratios).all():
        raise ValueError("log importance ratios must be finite")
    count = len(log_ratios)
    weights = log_ratios - log_ratios.max()
    tail = int(min(np.ceil(count / 5), np.ceil(3 * np.sqrt(count))))
    order = np.argsort(weights)
    largest = order[-tail:]
    cut = max(float(weights[order[-tail - 1]]), float(np.log(np.finfo(float).tiny)))
    k = float("inf")
    if tail > 4 and weights[largest[-1]] - weights[largest[0]] > 1e-12:
        excess = np.exp(weights[largest]) - np.exp(cut)
        k, sigma = fit_pareto(excess)
        if np.isfinite(k):
            probability = (np.arange(1, tail + 1) - 0.5) / tail
            quantiles = (
                -sigma * np.log1p(-probability)
                if abs(k) < 1e-12
                else sigma * np.expm1(-k * np.log1p(-probability)) / k
            )
            weights[largest] = np.log(quantiles + np.exp(cut))
    elif tail > 4:
        k = float("-inf")  # all large weights are equal: nothing to smooth
    weights = np.minimum(weights, 0.0)
    return weights - log_sum(weights), k


def fit_pareto(excess: FloatArray) -> tuple[float, float]:
    """Shape k and scale sigma of a generalised Pareto distribution fitted to ascending positive excesses (n,).

    The estimator of Zhang & Stephens (2009); k is drawn towards 0.5 as by ten observations (Vehtari et al. 2024).
    """
    n = len(excess)
    points = 30 + int(n**0.5)
    b = 1.0 - np.sqrt(points / (np.arange(1, points + 1) - 0.5))
    b = b / (3.0 * excess[int(n / 4 + 0.5) - 1]) + 1.0 / excess[-1]
    k = np.log1p(-b[:, None] * excess).mean(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        profile = n * (np.log(-b / k) - k - 1.0)
    with np.errstate(over="ignore"):
        weights = 1.0 / np.exp(profile - profile[:, None]).sum(axis=1)
    kept = weights >= 10 * np.finfo(float).eps
    weights, b = weights[kept] / weights[kept].sum(), b[kept]
    chosen = float(np.sum(b * weights))
    shape = float(np.log1p(-chosen * excess).mean())
    sigma = -shape / chosen
    return (n * shape + 10 * 0.5) / (n + 10), sigma


def log_sum(log_values: FloatArray) -> float:
    """log(sum(exp(.))) without overflow."""
    top = float(log_values.max())
    return top + float(np.log(np.exp(log_values - top).sum()))
