"""One run's particles between two steps: their moves, their memory of where they stood, and their state on disk."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from tzsim.calibration.checkpoint import load_state, save_state
from tzsim.calibration.moves import (
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

Directions: TypeAlias = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True)
class Particles:
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


def needed(overlaps: tuple[float, float], enough: float) -> tuple[bool, bool]:
    """Whether the informed and the other directions are to be moved: those that have not yet moved enough, at least one."""
    informed, others = overlaps
    return (informed > 0.8 * enough or informed >= others, others > 0.8 * enough or others >= informed)


def moved(
    run: Particles, temperature: float, reference: Reference, blocks: tuple[bool, bool], target: LogLikelihood
) -> tuple[Particles, float]:
    """One move of the blocks wanted (informed, other directions); returns the run and the mean share accepted."""
    rng = thaw(run.random)
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
        random=freeze(rng),
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


def resampled(run: Particles, gain: FloatArray) -> tuple[Particles, FloatArray, FloatArray]:
    """Particles drawn anew in proportion to exp(gain) (draw,), the mean of which enters the evidence.

    Returns the run, the weights (draw,) and the particles that they belong to (draw, parameter).
    """
    rng = thaw(run.random)
    top = float(gain.max())
    weights = np.exp(gain - top)
    chosen = systematic(weights, rng)
    after = dataclasses.replace(
        run,
        z=run.z[chosen],
        log_likelihood=run.log_likelihood[chosen],
        random=freeze(rng),
        log_evidence=run.log_evidence + top + float(np.log(weights.mean())),
        stages=run.stages + 1,
    )
    return after, weights, run.z


def overlap(origin: FloatArray, now: FloatArray, reference: Reference) -> tuple[float, float]:
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


def correlation(run: Particles, reference: Reference) -> float:
    return 1.0 if run.origin is None else max(overlap(run.origin, run.z, reference))


def span_of(z: FloatArray, directions: Directions | None) -> FloatArray | None:
    """Directions found at the particles' mean and at SLOPES of them."""
    if directions is None:
        return None
    some = z[np.linspace(0, len(z) - 1, SLOPES).round().astype(int)]
    return directions(np.vstack([z.mean(axis=0), some]))


def final_reference(run: Particles, directions: Directions | None) -> Reference:
    """Fitted once to the particles that enter the final moves, so that a resumed run uses the same."""
    z = run.z if run.origin is None else run.origin
    return fit_reference(z, None, span_of(z, directions))


def checked(log_likelihood: LogLikelihood) -> LogLikelihood:
    def target(z: FloatArray) -> FloatArray:
        values = np.asarray(log_likelihood(z), dtype=float)
        if values.shape != (len(z),):
            raise SimulationError(f"the log likelihood of {z.shape} returned shape {values.shape}")
        if np.isnan(values).any() or np.isposinf(values).any():
            row = int(np.flatnonzero(np.isnan(values) | np.isposinf(values))[0])
            raise SimulationError(f"the log likelihood is {values[row]} at z = {z[row].tolist()}")
        return values

    return target


def freeze(rng: np.random.Generator) -> str:
    return json.dumps(rng.bit_generator.state)


def thaw(text: str) -> np.random.Generator:
    rng = np.random.default_rng(0)
    rng.bit_generator.state = json.loads(text)
    return rng


def store_runs(path: Path, mark: str, runs: Sequence[Particles | None]) -> None:
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


def restore_runs(path: Path | None, mark: str) -> list[Particles | None] | None:
    found = load_state(path, mark) if path is not None else None
    if found is None:
        return None
    arrays, info = found
    runs: list[Particles | None] = []
    for index, scalars in enumerate(info["runs"]):
        own = {name.split(" ", 1)[1]: a for name, a in arrays.items() if name.startswith(f"{index} ")}
        runs.append(None if scalars is None else Particles(**own, **scalars))
    return runs
