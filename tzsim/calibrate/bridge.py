"""The posterior without one figure, from draws of the posterior with it: the figure is taken out a share at a time.

Targets go from `normal(z) * L(z)` to `normal(z) * L(z) / l(z)`, l being the density of the figure, through
`L(z) / l(z)**s` (bridging distributions; Del Moral, Doucet & Jasra 2006, JRSS B 68, and, for leaving data out,
Bornn, Doucet & Gottardo 2010, Statistics and Computing 20). At each share s particles are resampled and moved as in `smc`. Taking a
figure out widens the posterior, so the tails of the weights decide how far a step may go: their Pareto k stays below `TAIL`, where
their variance is finite, and their effective sample size above a share of the particles. Where importance weights fail in
one step, a few such steps suffice; R-hat and ESS over the independent runs say whether they did.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri
from scipy.stats import rankdata

from tzsim.calibrate.diagnostics import Convergence
from tzsim.calibrate.influence import pareto_smoothed
from tzsim.calibrate.moves import FloatArray, fit_reference
from tzsim.calibrate.particles import (
    Particles,
    checked,
    resampled,
)
from tzsim.calibrate.smc import OnProgress, Settings, mix, settle

BRIDGE = Settings(
    particles=500,
    stage_correlation=0.25,
    stage_moves=8,
    round_moves=10,
    final_correlation=0.7,
    final_moves=30,
)
"""Fewer moves than from the prior: particles begin as posterior draws, and each step changes their distribution a little."""
TAIL = 0.4
LARGEST_STEP, LEAST_STEP = 0.5, 1e-4
"""Of what is left of the figure."""

WIDER = 1.3
"""The normal distribution that proposals go around is wider than the particles by this much: they are on their way to a wider place."""
DRIFT = 0.1
"""Standard scores by which the log densities may still move in the last moves."""


@dataclass(frozen=True)
class Bridged:
    """Draws without the figure. Axes of z: (chain, draw, parameter).

    log_density: (chain,) log density of the figure under the posterior without it, one estimate a run.
    """

    z: FloatArray
    log_density: FloatArray
    convergence: Convergence
    """Of every parameter and the joint log likelihood of the other figures."""
    drift: float
    """How far the last moves carried the log density of the figure or of the others, in (rank-normal) standard scores."""
    stages: int
    evaluations: int

    @property
    def reliable(self) -> bool:
        """R-hat <= 1.01 and ESS >= 400 over four runs or more, for draws that the last moves no longer carry anywhere."""
        return self.convergence.converged and self.drift <= DRIFT


def take_out(
    start: FloatArray,
    parts: Callable[[FloatArray], tuple[FloatArray, FloatArray]],
    *,
    seed: Sequence[int],
    names: Sequence[str],
    settings: Settings = BRIDGE,
    span: FloatArray | None = None,
    progress: OnProgress | None = None,
) -> Bridged:
    """Draws of the posterior without a figure, from `start` (chain, draw, parameter), draws of the posterior with it.

    parts: (draw, parameter) -> log likelihood of the other figures (draw,) and of the one to be taken out (draw,); -inf where the
    model fails. Chains must be independent of each other. settings: `runs` and `particles` are those of `start`. span: (parameter,
    direction), orthonormal, spanning what the figures inform about the draws. Other arguments as of `smc.sample`. Raises SimulationError as it does; never for poor convergence.
    """
    told = progress or (lambda _: None)

    def target(share: float) -> Callable[[FloatArray], FloatArray]:
        def value(z: FloatArray) -> FloatArray:
            rest, own = parts(z)
            with np.errstate(invalid="ignore"):
                return np.where(np.isneginf(rest), rest, rest + (1.0 - share) * own)

        return checked(value)

    randoms = [np.random.default_rng([*seed, index]).bit_generator.state for index in range(len(start))]
    runs: list[Particles | None] = []
    now = [Particles(z, np.zeros(len(z)), json.dumps(r)) for z, r in zip(start, randoms, strict=True)]
    share = 0.0
    while share < 1.0:
        densities = [parts(run.z) for run in now]
        before, share = (
            share,
            next_share(np.concatenate([own for _, own in densities]), share, settings.keep_ess),
        )
        for index, (run, (rest, own)) in enumerate(zip(now, densities, strict=True)):
            spent = run.evaluations + len(rest)
            run = dataclasses.replace(run, log_likelihood=rest + (1.0 - share) * own, evaluations=spent)
            run, weights, old = resampled(run, (before - share) * own)
            run = dataclasses.replace(run, temperature=share)
            now[index], note = settle(
                run,
                target(share),
                settings,
                fit_reference(old, weights, span, WIDER),
                span,
                power=1.0,
                widen=WIDER,
            )
            told(
                dataclasses.replace(
                    note, phase="leaving out", run=index, evaluations=sum(r.evaluations for r in now)
                )
            )
    runs += now

    def spent_so_far() -> int:
        return sum(r.evaluations for r in runs if r is not None)

    arrived = [parts(run.z) for run in now]
    found = mix(
        runs,
        target(1.0),
        settings,
        names,
        told,
        lambda: None,
        spent_so_far,
        None if span is None else (lambda _: span),
    )
    moved = [parts(z) for z in found.z]
    drift = max(
        drift_of(np.concatenate([p[i] for p in arrived]), np.concatenate([p[i] for p in moved]))
        for i in (0, 1)
    )
    spent = found.evaluations + 2 * found.log_likelihood.size
    return Bridged(found.z, -found.log_evidence, found.convergence, drift, found.stages[0], spent)


def drift_of(before: FloatArray, after: FloatArray) -> float:
    """Difference of the means of two samples (draw,), each, in standard scores of their ranks together."""
    ranks = rankdata(np.concatenate([before, after]))
    scores = ndtri((ranks - 0.375) / (len(ranks) + 0.25))
    return float(abs(scores[len(before) :].mean() - scores[: len(before)].mean()))


def next_share(own: FloatArray, share: float, keep: float) -> float:
    """The share above `share` (at most 1) up to which the figure, of log density `own` (draw,), can be taken out in one step.

    Short of 1, at most `LARGEST_STEP` of what is left: the precision that the figure gives falls by as much at most.
    """

    def safe(higher: float) -> bool:
        gain = (share - higher) * own
        weights = np.exp(gain - gain.max())
        size = float(weights.sum() ** 2 / np.sum(weights**2)) / len(weights)
        return size >= keep and pareto_smoothed(gain)[1] <= TAIL

    if safe(1.0):
        return 1.0
    left = 1.0 - share
    low, high = share + LEAST_STEP * left, share + LARGEST_STEP * left
    for _ in range(20):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if safe(middle) else (low, middle)
    return low
