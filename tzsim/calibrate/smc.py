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
from typing import Any, Literal, TypeAlias

import numpy as np

from tzsim.calibrate.checkpoint import load_state, save_state
from tzsim.calibrate.diagnostics import Convergence, convergence
from tzsim.calibrate.moves import (
    FloatArray,
    LogLikelihood,
    Reference,
    adapt,
    fit_reference,
    informed_move,
    uninformed_move,
)
from tzsim.errors import SimulationError

SLOPES = 3
"""Particles, besides the mean, at which informed directions are found."""


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
    """'half width': either, of the smaller fit that grades evidence under priors of half the width."""
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
Directions: TypeAlias = Callable[[FloatArray], FloatArray]
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


@dataclass(frozen=True)
class _Run:
    """One run between two stages. Never changed in place."""

    z: FloatArray
    log_likelihood: FloatArray
    random: str
    temperature: float = 0.0
    log_evidence: float = 0.0
    informed_step: float = 0.5
    other_step: float = 0.8
    stages: int = 0
    evaluations: int = 0
    final_moves: int = 0
    origin: FloatArray | None = None
    """Particles that entered the final moves."""


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
    target = _checked(log_likelihood)
    mark = _fingerprint(fingerprint, parameters, seed, settings)
    runs: list[_Run | None] = _restore(state, mark) or [None for _ in range(settings.runs)]
    told = progress or (lambda _: None)

    def store() -> None:
        if state is not None:
            _store(state, mark, runs)

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
    runs: list[_Run | None],
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
    references = [_final_reference(r, directions) for r in ready]
    while True:
        checks = _checks(ready, names)
        correlation = max(_correlation(r, ref) for r, ref in zip(ready, references, strict=True))
        done = ready[0].final_moves
        met = correlation <= settings.final_correlation and not checks.failing
        if met or done >= settings.final_moves:
            return SmcResult(
                np.stack([r.z for r in ready]),
                np.stack([r.log_likelihood for r in ready]),
                np.array([r.log_evidence for r in ready]),
                checks,
                spent(),
                tuple(r.stages for r in ready),
                done,
                correlation,
            )
        count = min(settings.round_moves, settings.final_moves - done)
        accepted = 0.0
        for index, (run, reference) in enumerate(zip(ready, references, strict=True)):
            origin = run.z if run.origin is None else run.origin
            for _ in range(count):
                overlaps = _overlaps(origin, run.z, reference)
                run, share = _moved(
                    run, 1.0, reference, _needed(overlaps, settings.final_correlation), target
                )
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
                max(_correlation(r, ref) for r, ref in zip(ready, references, strict=True)),
                max(ref.informed for ref in references),
                spent(),
                checks.worst_r_hat,
                checks.least_ess,
            )
        )


def _start(target: LogLikelihood, parameters: int, rng: np.random.Generator, settings: Settings) -> _Run:
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
    return _Run(
        np.concatenate(kept)[:n],
        np.concatenate(values)[:n],
        _freeze(rng),
        log_evidence=float(np.log(found / tried)),
        evaluations=tried,
    )


def _temper(
    run: _Run, target: LogLikelihood, settings: Settings, directions: Directions | None
) -> tuple[_Run, Progress]:
    """The next temperature: weigh, resample, move until the particles have forgotten their place."""
    rng = _thaw(run.random)
    temperature = next_temperature(run.log_likelihood, run.temperature, settings.keep_ess)
    log_weights = (temperature - run.temperature) * run.log_likelihood
    top = float(log_weights.max())
    weights = np.exp(log_weights - top)
    chosen = systematic(weights, rng)
    span = _span(run.z[chosen], directions)
    reference = fit_reference(run.z, weights, span)
    run = dataclasses.replace(
        run,
        z=run.z[chosen],
        log_likelihood=run.log_likelihood[chosen],
        random=_freeze(rng),
        temperature=temperature,
        log_evidence=run.log_evidence + top + float(np.log(weights.mean())),
        stages=run.stages + 1,
    )
    origin, moves, accepted, overlaps = run.z, 0, 0.0, (1.0, 1.0)
    seen: list[FloatArray] = []
    while moves < settings.stage_moves and max(overlaps) > settings.stage_correlation:
        run, accepted = _moved(
            run, temperature, reference, _needed(overlaps, settings.stage_correlation), target
        )
        moves += 1
        overlaps = _overlaps(origin, run.z, reference)
        if moves % settings.refit_moves == 0:
            seen.append(run.z)
            reference = fit_reference(np.concatenate(seen), None, span)
    note = Progress("tempering", 0, temperature, moves, accepted, max(overlaps), reference.informed, 0)
    return run, note


def _needed(overlaps: tuple[float, float], enough: float) -> tuple[bool, bool]:
    """Whether the informed and the other directions are to be moved: those that have not yet moved enough, at least one."""
    informed, others = overlaps
    return (informed > 0.8 * enough or informed >= others, others > 0.8 * enough or others >= informed)


def _moved(
    run: _Run, temperature: float, reference: Reference, blocks: tuple[bool, bool], target: LogLikelihood
) -> tuple[_Run, float]:
    """One move of the blocks wanted (informed, other directions); returns the run and the mean share accepted."""
    rng = _thaw(run.random)
    z, ll, steps = run.z, run.log_likelihood, [run.informed_step, run.other_step]
    shares: list[float] = []
    evaluations = run.evaluations
    present = (blocks[0] and reference.informed > 0, blocks[1] and reference.informed < z.shape[1])
    for block, move in enumerate((informed_move, uninformed_move)):
        if present[block]:
            z, ll, share = move(z, ll, temperature, reference, steps[block], target, rng)
            steps[block] = adapt(steps[block], share)
            shares.append(share)
            evaluations += len(z)
    moved = dataclasses.replace(
        run,
        z=z,
        log_likelihood=ll,
        random=_freeze(rng),
        informed_step=steps[0],
        other_step=steps[1],
        evaluations=evaluations,
    )
    return moved, float(np.mean(shares)) if shares else 0.0


def next_temperature(log_likelihood: FloatArray, temperature: float, keep: float) -> float:
    """The temperature above `temperature` (at most 1) whose conditional ESS is `keep` of the particles; bisection."""

    def share(higher: float) -> float:
        weights = np.exp((higher - temperature) * (log_likelihood - log_likelihood.max()))
        return float(weights.sum() ** 2 / np.sum(weights**2)) / len(weights)

    if share(1.0) >= keep:
        return 1.0
    low, high = temperature, 1.0
    for _ in range(200):
        middle = 0.5 * (low + high)
        if middle in (low, high):
            break
        low, high = (middle, high) if share(middle) > keep else (low, middle)
    return high


def systematic(weights: FloatArray, rng: np.random.Generator) -> np.ndarray[Any, np.dtype[np.intp]]:
    """Indices of as many particles as there are weights, by systematic resampling, ancestors in order."""
    count = len(weights)
    points = (rng.random() + np.arange(count)) / count
    edges = np.cumsum(weights / weights.sum())
    return np.minimum(np.searchsorted(edges, points, side="right"), count - 1)


def _overlaps(origin: FloatArray, now: FloatArray, reference: Reference) -> tuple[float, float]:
    """Correlation with the origin: the largest of the informed coordinates, and of all other coordinates together.

    The largest of many correlations of n independent particles is about 2/sqrt(n) by chance; that much is taken off.
    """
    v = reference.directions
    informed = others = 0.0
    if reference.informed:
        before, after = origin @ v, now @ v
        before, after = before - before.mean(axis=0), after - after.mean(axis=0)
        scale = np.sqrt(np.sum(before**2, axis=0) * np.sum(after**2, axis=0))
        largest = float(np.max(np.sum(before * after, axis=0) / np.maximum(scale, 1e-300)))
        informed = largest - 2.0 / len(origin) ** 0.5
    if reference.informed < origin.shape[1]:
        before, after = origin - (origin @ v) @ v.T, now - (now @ v) @ v.T
        others = float(np.sum(before * after) / np.sqrt(np.sum(before**2) * np.sum(after**2)))
    return informed, others


def _correlation(run: _Run, reference: Reference) -> float:
    return 1.0 if run.origin is None else max(_overlaps(run.origin, run.z, reference))


def _span(z: FloatArray, directions: Directions | None) -> FloatArray | None:
    """Directions found at the particles' mean and at SLOPES of them."""
    if directions is None:
        return None
    some = z[np.linspace(0, len(z) - 1, SLOPES).round().astype(int)]
    return directions(np.vstack([z.mean(axis=0), some]))


def _final_reference(run: _Run, directions: Directions | None) -> Reference:
    """Fitted once to the particles that enter the final moves, so that a resumed run uses the same."""
    z = run.z if run.origin is None else run.origin
    return fit_reference(z, None, _span(z, directions))


def _checks(runs: Sequence[_Run], names: Sequence[str] | None) -> Convergence:
    draws = np.stack([np.column_stack([r.z, r.log_likelihood]) for r in runs])
    labels = [str(i) for i in range(runs[0].z.shape[1])] if names is None else list(names)
    return convergence(draws, [*labels, "log likelihood"])


def _checked(log_likelihood: LogLikelihood) -> LogLikelihood:
    def target(z: FloatArray) -> FloatArray:
        values = np.asarray(log_likelihood(z), dtype=float)
        if values.shape != (len(z),):
            raise SimulationError(f"the log likelihood of {z.shape} returned shape {values.shape}")
        if np.isnan(values).any() or np.isposinf(values).any():
            row = int(np.flatnonzero(np.isnan(values) | np.isposinf(values))[0])
            raise SimulationError(f"the log likelihood is {values[row]} at z = {z[row].tolist()}")
        return values

    return target


def _freeze(rng: np.random.Generator) -> str:
    return json.dumps(rng.bit_generator.state)


def _thaw(text: str) -> np.random.Generator:
    rng = np.random.default_rng(0)
    rng.bit_generator.state = json.loads(text)
    return rng


def _fingerprint(problem: str, parameters: int, seed: int, settings: Settings) -> str:
    text = json.dumps([problem, parameters, seed, dataclasses.asdict(settings), np.__version__])
    return hashlib.sha256(text.encode()).hexdigest()


def _store(path: Path, mark: str, runs: Sequence[_Run | None]) -> None:
    arrays: dict[str, FloatArray] = {}
    info: list[dict[str, Any] | None] = []
    for index, run in enumerate(runs):
        if run is None:
            info.append(None)
            continue
        scalars: dict[str, Any] = {}
        for field in dataclasses.fields(run):
            value = getattr(run, field.name)
            if isinstance(value, np.ndarray):
                arrays[f"{index} {field.name}"] = value
            elif value is not None:
                scalars[field.name] = value
        info.append(scalars)
    save_state(path, mark, arrays, {"runs": info})


def _restore(path: Path | None, mark: str) -> list[_Run | None] | None:
    found = load_state(path, mark) if path is not None else None
    if found is None:
        return None
    arrays, info = found
    runs: list[_Run | None] = []
    for index, scalars in enumerate(info["runs"]):
        own = {name.split(" ", 1)[1]: a for name, a in arrays.items() if name.startswith(f"{index} ")}
        runs.append(None if scalars is None else _Run(**own, **scalars))
    return runs
