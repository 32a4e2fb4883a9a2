"""Is the machinery right for this calibration? Simulation-based calibration of a spec, with controls that must be found at fault.

The likelihood, the sampler and the thinning are those of `calibrate`; only the figures are simulated (see `sbc`).
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tzsim.calibrate.likelihood import Likelihood
from tzsim.calibrate.moves import FloatArray, LogLikelihood
from tzsim.calibrate.posterior import likelihood_of, sample_likelihood
from tzsim.calibrate.sbc import DRAWS, Sampler, SbcResult, calibrate_by_simulation
from tzsim.calibrate.smc import Settings
from tzsim.calibrate.spec import Spec, read_spec
from tzsim.files import write_whole
from tzsim.record import VERSION, canonical_json, sha256

TIGHT = 0.6
"""The control 'errors too small' fits figures as if their standard error were this share of what it is."""

CONTROLS = ("prior draws", "errors too small")
"""Faults that must be found: draws that ignore the figures, and a likelihood that trusts them too much."""


@dataclass(frozen=True)
class SelfCheck:
    """What the ranks say of the machinery and of each control."""

    id: str
    result: SbcResult
    controls: Mapping[str, SbcResult]
    settings: Settings
    hashes: Mapping[str, str]
    version: str = VERSION

    @property
    def passed(self) -> bool:
        """Nothing is rejected in the machinery, and every control is."""
        return not self.result.rejected and all(c.rejected for c in self.controls.values())

    def as_json(self) -> dict[str, object]:
        """Plain values for the record, ranks included, so that anybody can test them again."""
        return {
            "id": self.id,
            "version": self.version,
            "passed": self.passed,
            "settings": dataclasses.asdict(self.settings),
            "hashes": dict(sorted(self.hashes.items())),
            "machinery": self.result.as_json() | {"ranks": self.result.ranks.T.tolist()},
            "controls": {name: c.as_json() for name, c in self.controls.items()},
        }


def self_check(
    spec: Spec | str | Path,
    *,
    replicates: int = 200,
    seed: int | None = None,
    progress: Callable[[str, int, int], None] | None = None,
    state: Path | None = None,
) -> SelfCheck:
    """Simulation-based calibration of a spec: `replicates` truths drawn from its prior, fitted and ranked; then the controls.

    Ranked are all coordinates, the joint log likelihood and, where the spec has them, the model's values of held-out figures.
    progress: told (part, replicates done, replicates). state: a folder in which each part keeps its state, so that a killed check
    goes on where it stopped. The same spec and seed give the same ranks.
    Raises InputError (spec, model; a spec with bounds, which cannot be simulated) and SimulationError.
    """
    spec = spec if isinstance(spec, Spec) else read_spec(spec)
    likelihood = likelihood_of(spec)
    chosen = dataclasses.replace(spec.settings, runs=1)
    seed = spec.seed if seed is None else seed
    held = ~likelihood.fitted
    quantities = None
    if held.any():
        names = [d.id for d, out in zip(likelihood.data, held, strict=True) if out]
        quantities = (names, lambda z: likelihood.predict(z)[held].T)  # pyright: ignore[reportUnknownLambdaType]
    print_of = sha256(canonical_json([spec.hashes, dataclasses.asdict(chosen)]).encode())
    parts: dict[str, Sampler] = {
        "machinery": _sampler(chosen),
        "prior draws": _prior_draws,
        "errors too small": _sampler(chosen, TIGHT),
    }
    found: dict[str, SbcResult] = {}
    for name, sampler in parts.items():
        found[name] = calibrate_by_simulation(
            lambda truth, rng: _Simulated(likelihood.simulated(truth, rng)),
            likelihood.names,
            replicates=replicates,
            seed=seed,
            sampler=sampler,
            quantities=quantities,
            progress=None if progress is None else lambda done, of, name=name: progress(name, done, of),
            state=None if state is None else state / f"{name.replace(' ', '-')}.npz",
            fingerprint=f"{print_of} {name}",
        )
    controls = {name: found[name] for name in CONTROLS}
    return SelfCheck(spec.id, found["machinery"], controls, chosen, spec.hashes)


def write_self_check(check: SelfCheck, path: Path) -> None:
    """Write the record as JSON, to a temporary file first."""
    text = json.dumps(check.as_json(), ensure_ascii=False, indent=1, allow_nan=False) + "\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, text.encode())


@dataclass(frozen=True)
class _Simulated:
    """A log likelihood that remembers where it comes from, so that the production sampler can use its structure."""

    likelihood: Likelihood

    def __call__(self, z: FloatArray) -> FloatArray:
        return self.likelihood.log_likelihood(z)


def _sampler(settings: Settings, tight: float = 1.0) -> Sampler:
    """The sampler of `calibrate`, one run, thinned evenly; `tight` scales the standard errors that it believes."""

    def draw(target: LogLikelihood, parameters: int, seed: int) -> FloatArray:
        assert isinstance(target, _Simulated)
        data = tuple(dataclasses.replace(d, sd=d.sd * tight) for d in target.likelihood.data)
        believed = dataclasses.replace(target.likelihood, data=data)
        pooled = sample_likelihood(believed, seed=seed, settings=settings).z.reshape(-1, parameters)
        return pooled[np.linspace(0, len(pooled) - 1, DRAWS).round().astype(int)]

    return draw


def _prior_draws(target: LogLikelihood, parameters: int, seed: int) -> FloatArray:
    return np.random.default_rng(seed).standard_normal((DRAWS, parameters))
