"""Is the machinery right for this calibration? Simulation-based calibration, with controls that must be found at fault.

The likelihood, the sampler and the thinning are those of `calibrate`; only the figures are simulated (see `sbc`).
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias, overload

import numpy as np

from tzsim.calibration.calibrate import refuse_beside_a_file
from tzsim.calibration.fit_spec import likelihood_of, sample_likelihood
from tzsim.calibration.likelihood import Likelihood
from tzsim.calibration.moves import FloatArray, LogLikelihood
from tzsim.calibration.observations import Noise
from tzsim.calibration.sbc import DRAWS, Sampler, SbcResult, calibrate_by_simulation
from tzsim.calibration.series_fit import Errors, Observed, hashes_of_series, likelihood_of_series
from tzsim.calibration.smc import Settings
from tzsim.calibration.spec import Spec, read_spec
from tzsim.ensemble.designs import seed_problems
from tzsim.errors import InputError, Problem
from tzsim.files import write_whole
from tzsim.ir.model import Model
from tzsim.record import VERSION, canonical_json, sha256

LEAST_REPLICATES = 20
"""Fewer say nothing about uniformity."""

OnReplicate: TypeAlias = Callable[[str, int, int], None]

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


@overload
def self_check(
    model: Model,
    priors: Mapping[str, object],
    observed: Observed,
    *,
    sd: Errors | None = None,
    relative_sd: Errors | None = None,
    noise: Noise = "normal",
    degrees: float = 5.0,
    replicates: int = 200,
    seed: int = 0,
    settings: Settings | None = None,
    progress: OnReplicate | None = None,
    state: str | Path | None = None,
) -> SelfCheck: ...


@overload
def self_check(
    model: Spec | str | Path,
    *,
    replicates: int = 200,
    seed: int | None = None,
    settings: Settings | None = None,
    progress: OnReplicate | None = None,
    state: str | Path | None = None,
) -> SelfCheck: ...


def self_check(
    model: Model | Spec | str | Path,
    priors: Mapping[str, object] | None = None,
    observed: Observed | None = None,
    *,
    sd: Errors | None = None,
    relative_sd: Errors | None = None,
    noise: Noise = "normal",
    degrees: float = 5.0,
    replicates: int = 200,
    seed: int | None = None,
    settings: Settings | None = None,
    progress: OnReplicate | None = None,
    state: str | Path | None = None,
) -> SelfCheck:
    """Simulation-based calibration: `replicates` truths drawn from the priors, fitted and ranked; then controls that must fail.

    Takes what `tzsim.calibrate` takes: a calibration file (or a read `Spec`), or a model, priors and the design of what is observed.
    Of `observed` the times and standard errors count; the values are simulated.

    Ranked are all coordinates, the joint log likelihood and, where a file has them, the model's values of held-out figures.
    settings: of each fit, which is one run of the sampler. progress: told (part, replicates done, replicates). state: a folder in which
    each part keeps its state, so that a killed check goes on where it stopped. The same arguments give the same ranks.
    Raises InputError (spec, model, priors, observed; figures that are bounds, which cannot be simulated) and SimulationError.
    """
    if isinstance(model, Model):
        seed = 0 if seed is None else seed
        likelihood = likelihood_of_series(
            model, priors, observed, sd=sd, relative_sd=relative_sd, noise=noise, degrees=degrees, seed=seed, settings=settings
        )  # fmt: skip
        id, hashes, given = model.name or "fit", hashes_of_series(model, likelihood), settings or Settings()
    else:
        refuse_beside_a_file(priors=priors, observed=observed, sd=sd, relative_sd=relative_sd)
        spec = model if isinstance(model, Spec) else read_spec(model)
        likelihood, seed = likelihood_of(spec), spec.seed if seed is None else seed
        id, hashes, given = spec.id, spec.hashes, settings or spec.settings
    problems = seed_problems(seed)
    if replicates < LEAST_REPLICATES:
        problems.append(
            Problem(
                None,
                f"replicates: at least {LEAST_REPLICATES}, not {replicates}",
                "200 or more find small faults",
            )
        )
    if problems:
        raise InputError(problems)
    folder = None if state is None else Path(state)
    chosen = dataclasses.replace(given, runs=1)
    held = ~likelihood.fitted
    quantities = None
    if held.any():
        names = [d.id for d, out in zip(likelihood.data, held, strict=True) if out]
        quantities = (names, lambda z: likelihood.predict(z)[held].T)  # pyright: ignore[reportUnknownLambdaType]
    print_of = sha256(canonical_json([hashes, dataclasses.asdict(chosen)]).encode())
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
            state=None if folder is None else folder / f"{name.replace(' ', '-')}.npz",
            fingerprint=f"{print_of} {name}",
        )
    controls = {name: found[name] for name in CONTROLS}
    return SelfCheck(id, found["machinery"], controls, chosen, hashes)


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
