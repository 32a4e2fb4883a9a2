"""Tempered sequential Monte Carlo from the prior to the posterior, in several independent runs.

Particles start as draws of the standard normal prior and pass through `normal(z) * likelihood(z)**t` with t from 0 to
1 (Del Moral, Doucet & Jasra 2006, JRSS B 68). Each temperature is chosen so that the conditional effective sample
size stays at a set share (Zhou, Johansen & Aston 2016, J. Comput. Graph. Stat. 25), particles are resampled
systematically, and moved (see `moves`) until they have forgotten where they stood. At t = 1 all runs are moved on
together until the draws are decorrelated and the bar of `diagnostics` is met.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np

from tzsim.calibration.diagnostics import Convergence, convergence
from tzsim.calibration.moves import FloatArray, LogLikelihood, fit_reference
from tzsim.calibration.particles import (
    Directions,
    Particles,
    checked,
    correlation,
    final_reference,
    freeze,
    moved,
    needed,
    next_temperature,
    overlap,
    resampled,
    restore_runs,
    span_of,
    store_runs,
)
from tzsim.errors import SimulationError


@dataclass(frozen=True, slots=True)
class Settings:
    """How the sampler runs. Costs are counted in likelihoods: runs * particles * (stages * moves + final moves)."""

    runs: int = 4
    particles: int = 1000
    keep_ess: float = 0.5
    """Conditional effective sample size of a temperature step, as a share of the particles."""
    stage_correlation: float = 0.4
    """At a temperature, moves go on until coordinates correlate with their start no more than this."""
    final_correlation: float = 0.1
    stage_moves: int = 40
    """The most moves at a temperature; a move is one step in the informed and one in the other directions."""
    final_moves: int = 300
    refit_moves: int = 4
    """The informed directions are fitted again after so many moves at a temperature, to all particles seen there."""
    round_moves: int = 5
    """Moves of each run between two looks at R-hat and ESS once all runs stand at the posterior."""

    def __post_init__(self) -> None:
        if self.runs < 1 or self.particles < 8:
            raise ValueError("at least one run of at least eight particles")
        if not 0 < self.keep_ess < 1:
            raise ValueError("keep_ess is a share between 0 and 1")
        if min(self.stage_moves, self.final_moves, self.round_moves, self.refit_moves) < 1:
            raise ValueError("at least one move")


@dataclass(frozen=True, slots=True)
class Progress:
    """What the callback is told after each temperature of each run, then after each round at the posterior."""

    phase: Literal["tempering", "mixing", "half width"]
    """'half width': either, of the fit that grades evidence under priors of half the width."""
    run: int
    temperature: float
    moves: int
    accepted: float
    correlation: float
    """Largest correlation of the moved coordinates with where they stood before the moves."""
    informed: int
    """Directions that the data inform (see `moves.fit_reference`)."""
    evaluations: int
    """Likelihoods evaluated so far, in all runs."""
    r_hat: float = float("nan")
    ess: float = float("nan")


OnProgress: TypeAlias = Callable[[Progress], None]
Quantities: TypeAlias = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True)
class SmcResult:
    """Posterior draws on the standard normal scale. Axes (chain, draw, parameter); one chain is one run."""

    z: FloatArray
    log_likelihood: FloatArray
    log_evidence: FloatArray
    """(chain,): log of the marginal likelihood, one estimate a run."""
    convergence: Convergence
    evaluations: int
    stages: tuple[int, ...]
    final_moves: int
    correlation: float
    """Largest correlation of the draws with the particles that entered the final moves, over runs."""


def sample(
    log_likelihood: LogLikelihood,
    parameters: int,
    *,
    seed: int,
    settings: Settings | None = None,
    names: Sequence[str] | None = None,
    progress: OnProgress | None = None,
    state: Path | None = None,
    fingerprint: str = "",
    directions: Directions | None = None,
) -> SmcResult:
    """Draw from the posterior whose prior is standard normal in `parameters` coordinates.

    log_likelihood: (draw, parameter) -> (draw,), batched; -inf where the model cannot be run.
    seed: decides every draw; seed 0 is a seed. The same seed and settings give the same bits.
    Other arguments. names: of the coordinates, for the diagnostics. state: file that holds the state after each
    stage; a rerun goes on from it and ends with the same bits as an uninterrupted run. fingerprint: hash of whatever
    the likelihood was made from; a state with another one is refused. directions:
    at a few particles (point, parameter), finds (parameter, direction), orthonormal, spanning what the data can inform
    there (see `subspace`); it speeds up the moves of a problem with hundreds of parameters and never changes what is
    sampled.

    Raises SimulationError when the likelihood is nan or +inf somewhere, or 0 all over the prior; InputError for a
    state file that belongs to another problem. Never raises for poor convergence: read `.convergence`.
    """
    settings = settings or Settings()
    target = checked(log_likelihood)
    mark = _fingerprint(fingerprint, parameters, seed, settings)
    runs: list[Particles | None] = restore_runs(state, mark) or [None for _ in range(settings.runs)]
    told = progress or (lambda _: None)

    def store() -> None:
        if state is not None:
            store_runs(state, mark, runs)

    def spent() -> int:
        return sum(r.evaluations for r in runs if r is not None)

    for index in range(settings.runs):
        run = runs[index]
        if run is None:
            run = _start(target, parameters, np.random.default_rng([seed, index]), settings)
        while run.temperature < 1.0:
            run, note = _temper(run, target, settings, directions)
            runs[index] = run
            store()
            told(dataclasses.replace(note, run=index, evaluations=spent()))
        runs[index] = run
    return _mix(runs, target, settings, names, told, store, spent, directions)


def _mix(
    runs: list[Particles | None],
    target: LogLikelihood,
    settings: Settings,
    names: Sequence[str] | None,
    told: OnProgress,
    store: Callable[[], None],
    spent: Callable[[], int],
    directions: Directions | None,
) -> SmcResult:
    """Move all runs at the posterior until decorrelated and converged, or until the moves are used up."""
    ready = [r for r in runs if r is not None]
    references = [final_reference(r, directions) for r in ready]
    while True:
        checks = _checks(ready, names)
        kept = max(correlation(r, ref) for r, ref in zip(ready, references, strict=True))
        done = ready[0].final_moves
        met = kept <= settings.final_correlation and not checks.failing
        if met or done >= settings.final_moves:
            return SmcResult(
                np.stack([r.z for r in ready]),
                np.stack([r.log_likelihood for r in ready]),
                np.array([r.log_evidence for r in ready]),
                checks,
                spent(),
                tuple(r.stages for r in ready),
                done,
                kept,
            )
        count = min(settings.round_moves, settings.final_moves - done)
        accepted = 0.0
        for index, (run, reference) in enumerate(zip(ready, references, strict=True)):
            origin = run.z if run.origin is None else run.origin
            for _ in range(count):
                overlaps = overlap(origin, run.z, reference)
                run, share = moved(run, 1.0, reference, needed(overlaps, settings.final_correlation), target)
                accepted += share / (count * len(ready))
            ready[index] = dataclasses.replace(run, origin=origin, final_moves=run.final_moves + count)
        runs[:] = ready
        store()
        checks = _checks(ready, names)
        told(
            Progress(
                "mixing",
                len(ready),
                1.0,
                ready[0].final_moves,
                accepted,
                max(correlation(r, ref) for r, ref in zip(ready, references, strict=True)),
                max(ref.informed for ref in references),
                spent(),
                checks.worst_r_hat,
                checks.least_ess,
            )
        )


def _start(target: LogLikelihood, parameters: int, rng: np.random.Generator, settings: Settings) -> Particles:
    """Prior draws with a finite likelihood; the share that has one enters the evidence."""
    kept: list[FloatArray] = []
    values: list[FloatArray] = []
    tried = found = 0
    while found < settings.particles:
        z = rng.standard_normal((settings.particles, parameters))
        ll = target(z)
        good = np.isfinite(ll)
        kept.append(z[good])
        values.append(ll[good])
        tried, found = tried + len(z), found + int(good.sum())
        if tried >= 50 * settings.particles and found < settings.particles:
            raise SimulationError(
                f"only {found} of {tried} prior draws have a likelihood above 0: the model fails over most of the "
                "prior, or a bound in the data excludes it"
            )
    n = settings.particles
    return Particles(
        np.concatenate(kept)[:n],
        np.concatenate(values)[:n],
        freeze(rng),
        log_evidence=float(np.log(found / tried)),
        evaluations=tried,
    )


def _temper(
    run: Particles, target: LogLikelihood, settings: Settings, directions: Directions | None
) -> tuple[Particles, Progress]:
    """The next temperature: weigh, resample, move until the particles have forgotten their place."""
    temperature = next_temperature(run.log_likelihood, run.temperature, settings.keep_ess)
    gain = (temperature - run.temperature) * run.log_likelihood
    run, weights, before = resampled(run, gain)
    run = dataclasses.replace(run, temperature=temperature)
    span = span_of(run.z, directions)
    reference = fit_reference(before, weights, span)
    origin, moves, accepted, overlaps = run.z, 0, 0.0, (1.0, 1.0)
    seen: list[FloatArray] = []
    while moves < settings.stage_moves and max(overlaps) > settings.stage_correlation:
        blocks = needed(overlaps, settings.stage_correlation)
        run, accepted = moved(run, temperature, reference, blocks, target)
        moves += 1
        overlaps = overlap(origin, run.z, reference)
        if moves % settings.refit_moves == 0:
            seen.append(run.z)
            reference = fit_reference(np.concatenate(seen), None, span)
    note = Progress("tempering", 0, temperature, moves, accepted, max(overlaps), reference.informed, 0)
    return run, note


def _checks(runs: Sequence[Particles], names: Sequence[str] | None) -> Convergence:
    draws = np.stack([np.column_stack([r.z, r.log_likelihood]) for r in runs])
    labels = [str(i) for i in range(runs[0].z.shape[1])] if names is None else list(names)
    return convergence(draws, [*labels, "log likelihood"])


def _fingerprint(problem: str, parameters: int, seed: int, settings: Settings) -> str:
    text = json.dumps([problem, parameters, seed, dataclasses.asdict(settings), np.__version__])
    return hashlib.sha256(text.encode()).hexdigest()
