"""Markov moves on standard normal coordinates that leave `normal(z) * likelihood(z)**temperature` unchanged.

Most directions of a many-parameter model are hardly informed by thin data: there the prior itself is the proposal
(preconditioned Crank-Nicolson, Cotter et al. 2013, Statistical Science 28), whose acceptance does not fall with the
number of dimensions. The few informed directions are found from the particles' covariance, and moved by a
Crank-Nicolson step around the normal distribution fitted to them (likelihood-informed subspace, Cui et al. 2016,
J. Comput. Phys. 304; generalised pCN, Rudolf & Sprungk 2018, Found. Comput. Math. 18).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
LogLikelihood: TypeAlias = Callable[[FloatArray], FloatArray]
"""`(draw, parameter)` standard normal coordinates -> `(draw,)`; -inf where the model fails, never nan."""

TARGET_ACCEPTANCE = 0.3
WIDEN = 1.05
"""The fitted normal is a little wider than the particles, so that its tails cover theirs."""


@dataclass(frozen=True, slots=True)
class Reference:
    """The informed directions and the normal distribution of the particles in them.

    directions: (parameter, informed), orthonormal; mean, sd: (informed,).
    """

    directions: FloatArray
    mean: FloatArray
    sd: FloatArray

    @property
    def informed(self) -> int:
        return self.directions.shape[1]


def fit_reference(
    z: FloatArray, weights: FloatArray | None, candidates: FloatArray | None = None
) -> Reference:
    """Informed directions of particles `z` (draw, parameter), and the normal distribution fitted to them there.

    weights: (draw,), equal where None. candidates: (parameter, candidate) orthonormal directions that span whatever
    is informed; without them, directions are taken whose variance leaves the noise band: sample eigenvalues of an
    uninformed (identity) covariance lie within (1 -+ sqrt(D/n))**2 (Marchenko & Pastur 1967), n the effective number
    of particles; and a mean shift beyond noise.
    """
    count, size = z.shape
    share: FloatArray = np.ones(count) if weights is None else weights
    share = share / share.sum()
    effective = 1.0 / float(np.sum(share**2))
    if candidates is not None and candidates.shape[1] < effective / 4:
        inside = z @ candidates
        centre = share @ inside
        spread = (inside - centre) * np.sqrt(share[:, None])
        values, vectors = np.linalg.eigh(spread.T @ spread)
        return Reference(candidates @ vectors, centre @ vectors, np.sqrt(np.maximum(values, 1e-12)) * WIDEN)
    mean = share @ z
    centred = z - mean
    covariance = (centred * share[:, None]).T @ centred * (effective / max(effective - 1.0, 1.0))
    values, vectors = np.linalg.eigh(covariance)
    ratio = np.sqrt(size / effective)
    low = max(1.0 - ratio, 0.0) ** 2 * 0.9
    high = (1.0 + ratio) ** 2 * 1.1
    usable = values > 1e-12 if size < count else np.zeros(size, bool)
    chosen = usable & ((values < low) | (values > high))
    directions, sd = vectors[:, chosen], np.sqrt(values[chosen])
    rest = mean - directions @ (directions.T @ mean)
    length = float(np.linalg.norm(rest))
    if length**2 > 3.0 * size / effective and directions.shape[1] < size:
        extra = rest / length
        directions = np.column_stack([directions, extra])
        sd = np.append(sd, np.sqrt(max(float(extra @ covariance @ extra), 1e-12)))
    return Reference(directions, directions.T @ mean, sd * WIDEN)


def metropolis(log_ratio: FloatArray, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Which proposals are taken, by the Metropolis rule on the log of the acceptance ratio (draw,)."""
    return np.log(rng.random(log_ratio.shape)) < log_ratio


def informed_move(
    z: FloatArray,
    log_likelihood: FloatArray,
    temperature: float,
    reference: Reference,
    step: float,
    target: LogLikelihood,
    rng: np.random.Generator,
) -> tuple[FloatArray, FloatArray, float]:
    """One Crank-Nicolson step around the fitted normal, in the informed directions only.

    The step size varies between particles (lognormal around `step`, at most 1), so that tight regions are left.
    Returns the new particles (draw, parameter), their log likelihood (draw,) and the share accepted.
    """
    v, mean, sd = reference.directions, reference.mean, reference.sd
    size = _sizes(step, len(z), rng)
    old = z @ v
    new = mean + np.sqrt(1.0 - size**2) * (old - mean) + size * sd * rng.standard_normal(old.shape)

    def prior_over_reference(y: FloatArray) -> FloatArray:
        return 0.5 * np.sum(((y - mean) / sd) ** 2 - y**2, axis=1)

    correction = prior_over_reference(new) - prior_over_reference(old)
    return _decide(z, log_likelihood, z + (new - old) @ v.T, correction, temperature, target, rng)


def uninformed_move(
    z: FloatArray,
    log_likelihood: FloatArray,
    temperature: float,
    reference: Reference,
    step: float,
    target: LogLikelihood,
    rng: np.random.Generator,
) -> tuple[FloatArray, FloatArray, float]:
    """One prior-preserving Crank-Nicolson step in all directions orthogonal to the informed ones."""
    v = reference.directions
    size = _sizes(step, len(z), rng)
    noise = rng.standard_normal(z.shape)
    change = (np.sqrt(1.0 - size**2) - 1.0) * z + size * noise
    change = change - (change @ v) @ v.T
    return _decide(z, log_likelihood, z + change, np.zeros(len(z)), temperature, target, rng)


def adapt(step: float, accepted: float) -> float:
    """A step size nearer to the wanted acceptance; 1 (a fresh independent draw) is the largest."""
    return float(np.clip(step * np.exp(accepted - TARGET_ACCEPTANCE), 1e-3, 1.0))


def _sizes(step: float, count: int, rng: np.random.Generator) -> FloatArray:
    """Step of each particle (draw, 1): around `step`, and a quarter of them five times smaller, for particles in tails
    that the fitted normal distribution does not cover."""
    size = step * np.exp(0.5 * rng.standard_normal((count, 1)))
    return np.minimum(np.where(rng.random((count, 1)) < 0.25, 0.2 * size, size), 1.0)


def _decide(
    z: FloatArray,
    log_likelihood: FloatArray,
    proposal: FloatArray,
    correction: FloatArray,
    temperature: float,
    target: LogLikelihood,
    rng: np.random.Generator,
) -> tuple[FloatArray, FloatArray, float]:
    proposed = target(proposal)
    taken = metropolis(temperature * (proposed - log_likelihood) + correction, rng)
    taken &= np.isfinite(proposed)
    return (
        np.where(taken[:, None], proposal, z),
        np.where(taken, proposed, log_likelihood),
        float(np.mean(taken)),
    )
