"""Effective samples a second of processor time: the sampler of tzsim, emcee's default stretch move, Metropolis one point at a time.

    python benchmarks/sampler_efficiency.py [calibration/sbc/cluster.yaml] [--seconds 20] [--particles 500]

All three draw from the posterior of one calibration file, by the same compiled likelihood, in one run: the small cluster model of
simulation-based calibration (its figures are those of its file) unless another is named. tzsim runs until it meets its own bar;
emcee 3 (ensemble of 4 walkers a coordinate, at least 48, `vectorize=True`, its default move) and Metropolis (4 chains, normal proposals
with the covariance learnt in the first half, Haario et al. 2001) get the given processor time and lose their first half as burn-in, whose time counts.

ESS: least bulk ESS over all coordinates (Vehtari et al. 2021). For emcee also by its own integrated autocorrelation time, and the larger of
the two is taken: walkers are not independent chains. A sampler whose R-hat is above 1.05 has not found the posterior; its ESS bounds what it would have.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from time import process_time

import emcee
import numpy as np

from tzsim.calibration.diagnostics import convergence
from tzsim.calibration.fit_spec import likelihood_of, sample_likelihood
from tzsim.calibration.likelihood import Likelihood
from tzsim.calibration.smc import Settings
from tzsim.calibration.spec import read_spec


class Counted:
    """Log likelihood of the active coordinates, counting points and calls."""

    def __init__(self, likelihood: Likelihood) -> None:
        self.likelihood, self.active = likelihood, np.flatnonzero(likelihood.active)
        self.points = self.calls = 0

    def density(self, z: np.ndarray) -> np.ndarray:
        """Log likelihood and standard normal prior of z (draw, active coordinate)."""
        self.points, self.calls = self.points + len(z), self.calls + 1
        whole = np.zeros((len(z), len(self.likelihood)))
        whole[:, self.active] = z
        return self.likelihood.log_likelihood(whole) - 0.5 * np.sum(z**2, axis=1)


@dataclass(frozen=True)
class Row:
    name: str
    seconds: float
    points: int
    calls: int
    r_hat: float
    ess: float


def measured(name: str, draw: Callable[[], tuple[np.ndarray, int, int, float]]) -> Row:
    """draw: gives draws (chain, draw, coordinate), likelihoods, calls (0 where not counted) and an ESS of its own (nan for none)."""
    start = process_time()
    draws, points, calls, own = draw()
    seconds = process_time() - start
    found = convergence(draws)
    return Row(
        name, seconds, points, calls, found.worst_r_hat, float(np.nanmax([np.nanmin(found.ess_bulk), own]))
    )


def tempered(likelihood: Likelihood, particles: int) -> tuple[np.ndarray, int, int, float]:
    found = sample_likelihood(likelihood, seed=1, settings=Settings(particles=particles))
    return found.z[..., likelihood.active], found.evaluations, 0, float("nan")


def stretch(target: Counted, seconds: float) -> tuple[np.ndarray, int, int, float]:
    size = len(target.active)
    walkers = max(48, 4 * size)
    np.random.seed(1)
    sampler = emcee.EnsembleSampler(walkers, size, target.density, vectorize=True)
    start, state = process_time(), 0.5 * np.random.default_rng(1).standard_normal((walkers, size))
    while process_time() - start < seconds:
        state = sampler.run_mcmc(state, 50)
    chain = sampler.get_chain()[len(sampler.get_chain()) // 2 :]
    with np.errstate(all="ignore"):
        tau = emcee.autocorr.integrated_time(chain, quiet=True)
    return (
        chain.transpose(1, 0, 2),
        target.points,
        target.calls,
        float(chain.shape[0] * walkers / np.nanmax(tau)),
    )


def metropolis(target: Counted, seconds: float, chains: int = 4) -> tuple[np.ndarray, int, int, float]:
    size = len(target.active)
    kept: list[list[np.ndarray]] = []
    for chain in range(chains):
        rng = np.random.default_rng([2, chain])
        x = 0.5 * rng.standard_normal((1, size))
        log_p = float(target.density(x)[0])
        root, scale, seen, draws = 0.3 * np.eye(size), 1.0, [x[0]], []
        begin, step = process_time(), 0
        while (spent := (process_time() - begin) * chains / seconds) < 1.0:
            proposal = x + scale * (root @ rng.standard_normal(size))
            new = float(target.density(proposal)[0])
            taken = np.log(rng.random()) < new - log_p
            if taken:
                x, log_p = proposal, new
            step += 1
            if spent < 0.5:
                seen.append(x[0])
                scale *= np.exp((float(taken) - 0.25) / (1 + step / 50))
                if step % 500 == 0:
                    root = np.linalg.cholesky(
                        np.cov(np.array(seen[len(seen) // 2 :]).T) + 1e-6 * np.eye(size)
                    )
                    scale = 2.38 / np.sqrt(size)
            else:
                draws.append(x[0])
        kept.append(draws)
    least = min(len(d) for d in kept)
    return np.array([d[:least] for d in kept]), target.points, target.calls, float("nan")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("spec", nargs="?", default="calibration/sbc/cluster.yaml")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--particles", type=int, default=500)
    asked = parser.parse_args()
    likelihood = likelihood_of(read_spec(asked.spec))
    size = int(likelihood.active.sum())
    likelihood.log_likelihood(np.zeros((64, len(likelihood))))  # compiled before any clock runs
    rows = [
        measured(f"tzsim, 4 x {asked.particles}", lambda: tempered(likelihood, asked.particles)),
        measured("emcee, stretch move", lambda: stretch(Counted(likelihood), asked.seconds)),
        measured("Metropolis, one at a time", lambda: metropolis(Counted(likelihood), asked.seconds)),
    ]
    print(f"{asked.spec}: {size} coordinates, {int(likelihood.fitted.sum())} figures")
    print(
        f"{'sampler':28}{'likelihoods':>12}{'calls':>9}{'CPU s':>8}{'R-hat':>8}{'ESS':>8}{'ESS/s':>9}{'per 1000':>10}{'tzsim is':>10}"
    )
    first = rows[0].ess / rows[0].seconds
    for row in rows:
        rate = row.ess / row.seconds
        calls = f"{row.calls:,}" if row.calls else ""
        print(
            f"{row.name:28}{row.points:12,}{calls:>9}{row.seconds:8.1f}{row.r_hat:8.3f}{row.ess:8.0f}"
            f"{rate:9.1f}{1000 * row.ess / row.points:10.2f}{first / rate:9.1f}x"
        )
    print(
        "per 1000: effective samples for 1,000 likelihoods. tzsim is: its effective samples a second over this sampler's."
    )


if __name__ == "__main__":
    main()
