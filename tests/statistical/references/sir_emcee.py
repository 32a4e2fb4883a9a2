"""Makes sir_emcee.json: the posterior of an epidemic by another sampler and another simulator.

    python tests/statistical/references/sir_emcee.py      # about a quarter of an hour

emcee 3 (differential evolution and snooker moves; Foreman-Mackey et al. 2013, ter Braak & Vrugt 2008), a vectorised Euler loop in NumPy
written for this file, and densities in natural units (no standard normal scores). Nothing of tzsim is imported.
"""

from __future__ import annotations

import json
from pathlib import Path

import emcee
import numpy as np
from scipy import stats

NAMES = ("contact rate", "duration of infection", "initial infectious")
PRIORS = {  # lognormal: log sd, median
    "contact rate": (0.3, 5.0),
    "duration of infection": (0.3, 4.0),
    "initial infectious": (0.7, 1.0),
}
POPULATION, INFECTIVITY, STEP = 10_000.0, 0.125, 0.0625
TIMES = (20, 25, 30, 35, 40, 45, 50, 60)
SD = 40.0
TRUTH = np.array([4.2, 4.6, 2.0])
WALKERS, BURN_IN, KEPT, SEED = 64, 2_000, 20_000, 20


def infectious(theta: np.ndarray) -> np.ndarray:
    """(walker, parameter) -> (walker, time): people infectious at TIMES."""
    contact, duration, first = theta.T
    susceptible, ill = POPULATION - first, first.copy()
    seen = []
    for step in range(round(TIMES[-1] / STEP) + 1):
        if step * STEP in TIMES:
            seen.append(ill)
        infection = contact * INFECTIVITY * ill * susceptible / POPULATION
        recovery = ill / duration
        susceptible, ill = susceptible - STEP * infection, ill + STEP * (infection - recovery)
    return np.stack(seen, axis=1)


def log_density(theta: np.ndarray, data: np.ndarray) -> np.ndarray:
    """Natural-scale log posterior up to a constant, (walker,)."""
    found = np.full(len(theta), -np.inf)
    good = np.all(theta > 0, axis=1)
    prior = sum(
        stats.lognorm(sd, scale=median).logpdf(theta[good, i])
        for i, (sd, median) in enumerate(PRIORS.values())
    )
    found[good] = prior - 0.5 * np.sum(((data - infectious(theta[good])) / SD) ** 2, axis=1)
    return found


def main() -> None:
    rng = np.random.default_rng(SEED)
    data = np.round(infectious(TRUTH[None])[0] + SD * rng.standard_normal(len(TIMES)), 1)
    sampler = emcee.EnsembleSampler(
        WALKERS, 3, log_density, args=(data,), vectorize=True,
        moves=[(emcee.moves.DEMove(), 0.8), (emcee.moves.DESnookerMove(), 0.2)],
    )  # fmt: skip
    np.random.seed(SEED)
    start = TRUTH * np.exp(0.02 * rng.standard_normal((WALKERS, 3)))
    state = sampler.run_mcmc(start, BURN_IN)
    sampler.reset()
    sampler.run_mcmc(state, KEPT)
    draws = sampler.get_chain(flat=True)
    length = sampler.get_autocorr_time()
    record = {
        "sampler": f"emcee {emcee.__version__}, DE and snooker moves", "walkers": WALKERS, "burn_in": BURN_IN, "kept": KEPT,
        "seed": SEED, "autocorrelation_time": [round(float(v), 1) for v in length],
        "effective_draws": [round(float(WALKERS * KEPT / v)) for v in length],
        "times": list(TIMES), "data": data.tolist(), "sd": SD, "priors": {k: list(v) for k, v in PRIORS.items()},
        "mean": dict(zip(NAMES, draws.mean(axis=0).tolist(), strict=True)),
        "posterior_sd": dict(zip(NAMES, draws.std(axis=0).tolist(), strict=True)),
        "correlation": np.corrcoef(draws.T).tolist(),
    }  # fmt: skip
    Path(__file__).with_suffix(".json").write_text(json.dumps(record, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
