"""Simulation-based calibration: draw a truth from the prior, simulate data, fit them, rank the truth among the draws.

If prior, simulator, likelihood and sampler agree, the ranks of every quantity are uniform (Talts et al. 2018,
arXiv:1804.06788). Parameters alone miss faults such as data that are ignored; the joint log likelihood as a test
quantity finds them (Modrák et al. 2023, Bayesian Analysis, doi:10.1214/23-BA1404).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2, cramervonmises

from tzsim.calibration.checkpoint import load_state, save_state
from tzsim.calibration.moves import FloatArray, LogLikelihood
from tzsim.calibration.smc import Quantities, Settings, sample

Experiment: TypeAlias = Callable[[FloatArray, np.random.Generator], LogLikelihood]
"""From a truth (parameter,) on the standard normal scale: simulate data, return the likelihood of these data."""

Sampler: TypeAlias = Callable[[LogLikelihood, int, int], FloatArray]
"""(log likelihood, parameters, seed) -> posterior draws (draw, parameter), nearly independent."""

BINS = 16
"""Bins of the ranks at most; fewer where less than LEAST_EXPECTED replicates would fall into each."""
LEAST_EXPECTED = 5
DRAWS = 63
"""Posterior draws ranked against: DRAWS + 1 ranks, a power of two."""

LEVEL = 0.01


@dataclass(frozen=True)
class SbcResult:
    """Ranks of the truth and the test of their uniformity.

    ranks: (replicate, quantity), 0..draws. p_value: (quantity,) of uniformity; adjusted: after Holm's correction for
    the number of quantities.
    """

    names: tuple[str, ...]
    ranks: NDArray[np.int64]
    draws: int
    seed: int
    p_value: FloatArray
    adjusted: FloatArray

    @property
    def rejected(self) -> tuple[str, ...]:
        """Quantities whose ranks are not uniform at 1 % after multiplicity."""
        return tuple(n for n, p in zip(self.names, self.adjusted, strict=True) if p < LEVEL)

    def as_json(self) -> dict[str, object]:
        """Plain values for a record: counts, seed, p-values and what was rejected."""
        return {
            "replicates": len(self.ranks),
            "draws": self.draws,
            "seed": self.seed,
            "level": LEVEL,
            "p_values": dict(zip(self.names, self.p_value.tolist(), strict=True)),
            "adjusted": dict(zip(self.names, self.adjusted.tolist(), strict=True)),
            "rejected": list(self.rejected),
        }


def smc_sampler(particles: int = 504, settings: Settings | None = None) -> Sampler:
    """The sampler under test: one run of `smc.sample`, thinned evenly to `DRAWS` draws."""
    chosen = settings or Settings(runs=1, particles=particles, final_moves=60)

    def draw(likelihood: LogLikelihood, parameters: int, seed: int) -> FloatArray:
        result = sample(likelihood, parameters, seed=seed, settings=chosen)
        pooled = result.z.reshape(-1, parameters)
        return pooled[np.linspace(0, len(pooled) - 1, DRAWS).round().astype(int)]

    return draw


def calibrate_by_simulation(
    experiment: Experiment,
    names: Sequence[str],
    *,
    replicates: int = 200,
    seed: int,
    sampler: Sampler | None = None,
    quantities: tuple[Sequence[str], Quantities] | None = None,
    progress: Callable[[int, int], None] | None = None,
    state: Path | None = None,
    fingerprint: str = "",
) -> SbcResult:
    """Rank `replicates` truths drawn from the standard normal prior among the sampler's draws.

    names: of the coordinates. quantities: further test quantities, their names and a function (draw, parameter) ->
    (draw, quantity). The joint log likelihood is always one. state, fingerprint: resume after a kill, as in
    `smc.sample`. Replicate r depends on (seed, r) only. Raises what the sampler raises.
    """
    draw = sampler or smc_sampler()
    labels = (*names, "log likelihood", *(quantities[0] if quantities else ()))
    text = json.dumps([fingerprint, list(labels), seed, DRAWS])
    mark = hashlib.sha256(text.encode()).hexdigest()
    found = load_state(state, mark) if state is not None else None
    ranks: list[list[int]] = [] if found is None else [[int(v) for v in row] for row in found[0]["ranks"]]
    for replicate in range(len(ranks), replicates):
        rng = np.random.default_rng([seed, replicate])
        truth = rng.standard_normal(len(names))
        likelihood = experiment(truth, rng)
        draws = draw(likelihood, len(names), int(rng.integers(2**31)))
        if draws.shape != (DRAWS, len(names)):
            raise ValueError(f"the sampler returned {draws.shape}, not {(DRAWS, len(names))}")
        everything = _values(np.vstack([truth, draws]), likelihood, quantities)
        ranks.append(_ranks(everything[0], everything[1:], rng))
        if state is not None:
            save_state(state, mark, {"ranks": np.array(ranks, dtype=np.int64)}, {})
        if progress is not None:
            progress(replicate + 1, replicates)
    table = np.array(ranks[:replicates], dtype=np.int64)
    p = np.array([uniformity(column, DRAWS) for column in table.T])
    return SbcResult(labels, table, DRAWS, seed, p, holm(p))


def uniformity(ranks: NDArray[np.int64], draws: int) -> float:
    """p-value of 'ranks (replicate,) are uniform on 0..draws': the smaller, doubled, of two tests.

    Chi-square over up to 16 bins (any departure) and Cramér-von Mises on the mid-ranks (a shift or a slope).
    """
    bins = BINS
    while bins > 2 and len(ranks) < LEAST_EXPECTED * bins:
        bins //= 2
    counts = np.bincount(np.minimum(ranks * bins // (draws + 1), bins - 1), minlength=bins)
    expected = len(ranks) / bins
    by_bins = float(chi2.sf(np.sum((counts - expected) ** 2) / expected, bins - 1))
    by_shift = float(cramervonmises((ranks + 0.5) / (draws + 1), "uniform").pvalue)
    return min(1.0, 2.0 * min(by_bins, by_shift))


def holm(p: FloatArray) -> FloatArray:
    """p-values (quantity,) adjusted for their number (Holm 1979, Scand. J. Statist. 6)."""
    order = np.argsort(p)
    raised = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(raised, 1.0)
    return adjusted


def _values(
    z: FloatArray, likelihood: LogLikelihood, quantities: tuple[Sequence[str], Quantities] | None
) -> FloatArray:
    columns = [z, likelihood(z)[:, None]]
    if quantities is not None:
        columns.append(quantities[1](z))
    return np.column_stack(columns)


def _ranks(truth: FloatArray, draws: FloatArray, rng: np.random.Generator) -> list[int]:
    """How many draws lie below the truth, for each quantity; ties are broken at random."""
    below = np.sum(draws < truth, axis=0)
    ties = np.sum(draws == truth, axis=0)
    return [int(b + rng.integers(t + 1)) for b, t in zip(below, ties, strict=True)]
