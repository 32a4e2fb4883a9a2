"""Effective samples a second: tempered SMC against emcee's default move and Metropolis one point at a time.

    python benchmarks/sampler_efficiency.py

The model is a stock growing to a limit, with yearly shocks (12 uncertain numbers, 10 figures), in NumPy. The stretch
move is written here as Goodman & Weare (2010, CAMCoS 5) and emcee 3's default state it: a = 2, the two halves of the walkers
moved in turn. Metropolis proposes from a normal distribution with the covariance learnt in its burn-in
(Haario et al. 2001). ESS is the least bulk ESS over all parameters, each after its burn-in; the burn-in's processor time counts.
"""

from __future__ import annotations

from collections.abc import Callable
from time import process_time

import numpy as np

from tzsim.calibration.diagnostics import convergence
from tzsim.calibration.smc import Settings, sample

YEARS = 10
SIZE = 2 + YEARS
STEPS = 8


def logistic(z: np.ndarray) -> np.ndarray:
    """(draw, parameter) -> (draw, year)."""
    level = 20.0 * np.exp(0.3 * z[:, 0])
    rate = 0.4 * np.exp(0.4 * z[:, 1])
    path = []
    for year in range(YEARS):
        for _ in range(STEPS):
            level = level + (rate + 0.15 * z[:, 2 + year]) * level * (1 - level / 120.0) / STEPS
        path.append(level)
    return np.stack(path, axis=1)


TRUTH = np.random.default_rng(3).standard_normal((1, SIZE))
DATA = np.log(logistic(TRUTH)[0]) + 0.03 * np.random.default_rng(4).standard_normal(YEARS)


class Counted:
    """The log likelihood, counting points and calls."""

    def __init__(self) -> None:
        self.points = self.calls = 0

    def __call__(self, z: np.ndarray) -> np.ndarray:
        self.points, self.calls = self.points + len(z), self.calls + 1
        with np.errstate(all="ignore"):
            found = -0.5 * np.sum(((DATA - np.log(logistic(z))) / 0.03) ** 2, axis=1)
        return np.where(np.isnan(found), -np.inf, found)

    def density(self, z: np.ndarray) -> np.ndarray:
        """Log likelihood and standard normal prior."""
        return self(z) - 0.5 * np.sum(z**2, axis=1)


def stretch(target: Counted, steps: int, walkers: int = 48) -> np.ndarray:
    """(walker, draw, parameter) after dropping the first half."""
    rng = np.random.default_rng(1)
    x = 0.5 * rng.standard_normal((walkers, SIZE))
    log_p = target.density(x)
    half = walkers // 2
    kept = []
    for step in range(steps):
        order = rng.permutation(walkers)
        for mine, others in ((order[:half], order[half:]), (order[half:], order[:half])):
            scale = (1.0 + rng.random(half)) ** 2 / 2.0
            partner = x[others[rng.integers(len(others), size=half)]]
            proposal = partner + scale[:, None] * (x[mine] - partner)
            new = target.density(proposal)
            taken = np.log(rng.random(half)) < (SIZE - 1) * np.log(scale) + new - log_p[mine]
            x[mine[taken]], log_p[mine[taken]] = proposal[taken], new[taken]
        if step >= steps // 2:
            kept.append(x.copy())
    return np.array(kept).transpose(1, 0, 2)


def metropolis(target: Counted, steps: int, chains: int = 4) -> np.ndarray:
    """(chain, draw, parameter) after dropping the first half; one point a call."""
    kept = []
    for chain in range(chains):
        rng = np.random.default_rng([2, chain])
        x = 0.5 * rng.standard_normal((1, SIZE))
        log_p = float(target.density(x)[0])
        root, scale, seen = 0.3 * np.eye(SIZE), 1.0, [x[0]]
        draws = []
        for step in range(steps):
            proposal = x + scale * (root @ rng.standard_normal(SIZE))
            new = float(target.density(proposal)[0])
            taken = np.log(rng.random()) < new - log_p
            if taken:
                x, log_p = proposal, new
            if step < steps // 2:
                seen.append(x[0])
                scale *= np.exp((float(taken) - 0.25) / (1 + step / 50))
                if step % 500 == 499:
                    root = np.linalg.cholesky(
                        np.cov(np.array(seen[len(seen) // 2 :]).T) + 1e-6 * np.eye(SIZE)
                    )
                    scale = 2.38 / np.sqrt(SIZE)
            else:
                draws.append(x[0])
        kept.append(draws)
    return np.array(kept)


def smc(target: Counted) -> np.ndarray:
    """(run, draw, parameter)."""
    return sample(target, SIZE, seed=1, settings=Settings(particles=1000)).z


def main() -> None:
    runs: dict[str, Callable[[Counted], np.ndarray]] = {
        "tempered SMC, 4 x 1000": smc,
        "stretch move, 48 walkers": lambda t: stretch(t, 5000),
        "Metropolis, one at a time": lambda t: metropolis(t, 8_000),
    }
    print(
        f"{'sampler':28}{'likelihoods':>12}{'calls':>9}{'CPU s':>8}{'R-hat':>8}{'ESS':>8}{'ESS/s':>9}{'ESS/1000':>10}"
    )
    for name, run in runs.items():
        target, start = Counted(), process_time()
        draws = run(target)
        seconds = process_time() - start
        found = convergence(draws)
        ess = float(found.ess_bulk.min())
        print(
            f"{name:28}{target.points:12,}{target.calls:9,}{seconds:8.1f}{found.worst_r_hat:8.3f}{ess:8.0f}"
            f"{ess / seconds:9.1f}{1000 * ess / target.points:10.2f}"
        )
    print("R-hat of the stretch move is over walkers, which are not independent of each other.")


if __name__ == "__main__":
    main()
