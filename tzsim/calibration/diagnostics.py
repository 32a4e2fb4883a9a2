"""Convergence: rank-normalised split R-hat, bulk and tail ESS, Monte Carlo error, and the verdict against the bar.

Vehtari, Gelman, Simpson, Carpenter & Bürkner (2021), 'Rank-normalization, folding, and localization: an improved
R-hat', Bayesian Analysis 16(2); autocorrelation by FFT with Geyer's initial monotone sequence. Chains here are
independent runs of the sampler; draws of one run stand in the order of their ancestors, so that copies of one
particle are neighbours and count as correlated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import rankdata

from tzsim.calibration.moves import FloatArray

R_HAT_BAR = 1.01
ESS_BAR = 400.0


@dataclass(frozen=True, slots=True)
class Convergence:
    """Diagnostics of each quantity, and whether all of them meet the bar.

    r_hat, ess_bulk, ess_tail, mcse_mean: (quantity,), in the order of `names`; nan for a constant quantity.
    """

    names: tuple[str, ...]
    r_hat: FloatArray
    ess_bulk: FloatArray
    ess_tail: FloatArray
    mcse_mean: FloatArray
    chains: int
    draws: int

    @property
    def worst_r_hat(self) -> float:
        return _extreme(self.r_hat, largest=True)

    @property
    def least_ess(self) -> float:
        return min(_extreme(self.ess_bulk, largest=False), _extreme(self.ess_tail, largest=False))

    @property
    def failing(self) -> tuple[str, ...]:
        """Names that miss the bar: R-hat above 1.01, or bulk or tail ESS below 400. nan misses it."""
        good = (self.r_hat <= R_HAT_BAR) & (self.ess_bulk >= ESS_BAR) & (self.ess_tail >= ESS_BAR)
        return tuple(n for n, ok in zip(self.names, good, strict=True) if not ok)

    @property
    def converged(self) -> bool:
        """At least four independent chains, and no quantity below the bar."""
        return self.chains >= 4 and not self.failing


def convergence(draws: FloatArray, names: Sequence[str] | None = None) -> Convergence:
    """Diagnostics of `draws` (chain, draw, quantity). Raises ValueError on another shape or too few draws."""
    if draws.ndim != 3:
        raise ValueError(f"draws must be (chain, draw, quantity), not {draws.shape}")
    chains, count, quantities = draws.shape
    if count < 8:
        raise ValueError(f"{count} draws a chain are too few for diagnostics (at least 8)")
    names = tuple(names) if names is not None else tuple(str(i) for i in range(quantities))
    if len(names) != quantities:
        raise ValueError(f"{len(names)} names for {quantities} quantities")
    columns = [draws[:, :, i] for i in range(quantities)]
    return Convergence(
        names,
        np.array([r_hat(c) for c in columns]),
        np.array([ess_bulk(c) for c in columns]),
        np.array([ess_tail(c) for c in columns]),
        np.array([mcse_mean(c) for c in columns]),
        chains,
        count,
    )


def r_hat(draws: FloatArray) -> float:
    """Rank-normalised split R-hat of (chain, draw): the larger of the bulk and the folded (scale) one."""
    if _unusable(draws):
        return float("nan")
    split = _split(draws)
    folded = np.abs(split - np.median(split))
    return max(_plain_r_hat(_rank_normal(split)), _plain_r_hat(_rank_normal(folded)))


def ess_bulk(draws: FloatArray) -> float:
    """Effective sample size for the centre of the distribution, of (chain, draw)."""
    return float("nan") if _unusable(draws) else _ess(_rank_normal(_split(draws)))


def ess_tail(draws: FloatArray) -> float:
    """The smaller effective sample size of the 5 % and 95 % quantiles, of (chain, draw)."""
    if _unusable(draws):
        return float("nan")
    low, high = np.quantile(draws, [0.05, 0.95])
    return min(_ess(_split((draws <= q).astype(float))) for q in (float(low), float(high)))


def ess_mean(draws: FloatArray) -> float:
    """Effective sample size for the mean (no rank normalisation), of (chain, draw)."""
    return float("nan") if _unusable(draws) else _ess(_split(draws))


def mcse_mean(draws: FloatArray) -> float:
    """Monte Carlo standard error of the mean of (chain, draw), in the unit of the quantity."""
    return float("nan") if _unusable(draws) else float(np.std(draws, ddof=1) / np.sqrt(ess_mean(draws)))


def _unusable(draws: NDArray[np.float64]) -> bool:
    return not np.all(np.isfinite(draws)) or float(np.ptp(draws)) == 0.0


def _split(draws: FloatArray) -> FloatArray:
    """Each chain cut in two halves (the middle draw of an odd number is left out)."""
    half = draws.shape[1] // 2
    return np.concatenate([draws[:, :half], draws[:, -half:]])


def _rank_normal(draws: FloatArray) -> FloatArray:
    ranks = rankdata(draws, method="average").reshape(draws.shape)
    return ndtri((ranks - 0.375) / (draws.size + 0.25))


def _plain_r_hat(draws: FloatArray) -> float:
    count = draws.shape[1]
    between = count * float(np.var(np.mean(draws, axis=1), ddof=1))
    within = float(np.mean(np.var(draws, axis=1, ddof=1)))
    if within == 0.0:
        return float("nan") if between == 0.0 else float("inf")
    return float(np.sqrt((between / within + count - 1) / count))


def _ess(draws: FloatArray) -> float:
    chains, count = draws.shape
    if float(np.ptp(draws)) == 0.0:
        return float(draws.size)
    covariance = _autocovariance(draws)
    within = float(np.mean(covariance[:, 0])) * count / (count - 1)
    spread = within * (count - 1) / count
    if chains > 1:
        spread += float(np.var(np.mean(draws, axis=1), ddof=1))
    rho = 1.0 - (within - np.mean(covariance, axis=0)) / spread
    rho[0] = 1.0
    # Geyer's pairs: positive while the sum of an even and the following odd lag is, then made monotone.
    pairs = rho[: count - count % 2].reshape(-1, 2)[: max((count - 3) // 2 + 1, 1)]
    sums = pairs.sum(axis=1)
    negative = np.flatnonzero(sums < 0)
    last = int(negative[0]) if negative.size else len(sums) - 1
    monotone = np.minimum.accumulate(sums[:last])
    tail = max(float(pairs[last, 0]), 0.0)
    time = -1.0 + 2.0 * float(monotone.sum()) + tail
    time = max(time, 1.0 / np.log10(draws.size))
    return draws.size / time


def _autocovariance(draws: FloatArray) -> FloatArray:
    count = draws.shape[1]
    size = 1 << (2 * count - 1).bit_length()
    centred = draws - np.mean(draws, axis=1, keepdims=True)
    spectrum = np.fft.rfft(centred, size, axis=1)
    return np.fft.irfft(np.abs(spectrum) ** 2, size, axis=1)[:, :count] / count


def _extreme(values: FloatArray, *, largest: bool) -> float:
    if not values.size or np.isnan(values).any():
        return float("nan")
    return float(values.max() if largest else values.min())
