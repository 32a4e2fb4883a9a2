"""A calibration file fitted: its likelihood, sampled under its priors and again under priors of half the width, and summed up."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np

from tzsim.calibration.diagnostics import convergence
from tzsim.calibration.evidence import GoalMeasures, goal_measures, goal_run
from tzsim.calibration.likelihood import Likelihood, build_likelihood
from tzsim.calibration.moves import FloatArray
from tzsim.calibration.possible import refuse_impossible
from tzsim.calibration.posterior import Posterior, posterior_of
from tzsim.calibration.smc import OnProgress, Progress, Settings, SmcResult, sample
from tzsim.calibration.spec import Spec, read_spec
from tzsim.calibration.subspace import informed_directions
from tzsim.ensemble.designs import seed_problems
from tzsim.errors import InputError
from tzsim.kernel.compile import Backend
from tzsim.record import canonical_json, sha256


def fit_spec(
    spec: Spec | str | Path,
    *,
    seed: int | None = None,
    settings: Settings | None = None,
    progress: OnProgress | None = None,
    state: Path | None = None,
    goals: bool = True,
    backend: Backend = "llvm",
) -> Posterior:
    """Fit the model of a spec to its figures; see `tzsim.calibrate`, of which this is one half."""
    spec = spec if isinstance(spec, Spec) else read_spec(spec)
    if spec.context:
        raise InputError.one(
            f"{spec.place}: rows of role context are used by {', '.join(sorted(spec.context))}",
            hint="estimated and recalled figures are no evidence: such a spec serves tzsim hindcast only",
        )
    likelihood = likelihood_of(spec, backend)
    chosen, seed = settings or spec.settings, spec.seed if seed is None else seed
    if problems := seed_problems(seed):
        raise InputError(problems)
    refuse_impossible(likelihood, seed)
    result = sample_likelihood(
        likelihood,
        seed=seed,
        settings=chosen,
        progress=progress,
        state=state,
        fingerprint=sha256(canonical_json(spec.hashes).encode()),
    )
    half = (
        _under_half_width(spec, likelihood, chosen, seed, progress, state)
        if goals and spec.scenario.goals
        else None
    )
    return summarise(
        spec, likelihood, result, seed=seed, settings=chosen, half=half, goals=goals, backend=backend
    )


HALF = 0.5
HALF_MOVES = 20


def half_state(state: Path) -> Path:
    """Where `fit_spec` keeps the state of the fit under priors of half the width, beside `state`."""
    return state.with_name(f"{state.name}.half")


def _under_half_width(
    spec: Spec,
    likelihood: Likelihood,
    settings: Settings,
    seed: int,
    progress: OnProgress | None,
    state: Path | None,
) -> SmcResult:
    """A fit under priors of half the width, for the evidence grades alone: as many draws, fewer moves at the end."""
    smaller = dataclasses.replace(settings, final_moves=min(HALF_MOVES, settings.final_moves))

    def told(p: Progress) -> None:
        if progress is not None:
            progress(dataclasses.replace(p, phase="half width"))

    return sample_likelihood(
        likelihood, seed=seed + 1, settings=smaller, progress=told, state=None if state is None else half_state(state),
        fingerprint=sha256(canonical_json([spec.hashes, HALF]).encode()), width=HALF,
    )  # fmt: skip


def sample_likelihood(
    likelihood: Likelihood,
    *,
    seed: int,
    settings: Settings,
    progress: OnProgress | None = None,
    state: Path | None = None,
    fingerprint: str = "",
    width: float = 1.0,
) -> SmcResult:
    """Posterior draws of every coordinate. Those that no figure can depend on are drawn from their prior.

    width: of the priors of constants, scopes and ratios, as a share of their own; shocks keep theirs.
    Other arguments as of `smc.sample`.
    """
    active = np.flatnonzero(likelihood.active)
    widths = np.array([width if c.kind in ("constant", "scope", "ratio") else 1.0 for c in likelihood.listed])

    def whole(z: FloatArray) -> FloatArray:
        every = np.zeros((len(z), len(likelihood)))
        every[:, active] = z * widths[active]
        return every

    def predict(z: FloatArray) -> FloatArray:
        return likelihood.predict(whole(z))[likelihood.fitted]

    sds = np.array([d.sd for d in likelihood.data])[likelihood.fitted]

    def directions(points: FloatArray) -> FloatArray:
        return informed_directions(predict, sds, points)

    names = [likelihood.names[i] for i in active]
    found = sample(
        lambda z: likelihood.log_likelihood(whole(z)), len(active), seed=seed, settings=settings, names=names,
        progress=progress, state=state, fingerprint=fingerprint, directions=directions,
    )  # fmt: skip
    chains, draws, _ = found.z.shape
    rngs = [np.random.default_rng([seed, chain, 3]) for chain in range(chains)]
    z = np.stack([rng.standard_normal((draws, len(likelihood))) for rng in rngs])
    z[..., active] = found.z
    z *= widths
    everything = np.concatenate([z, found.log_likelihood[..., None]], axis=2)
    checks = convergence(everything, [*likelihood.names, "log likelihood"])
    return dataclasses.replace(found, z=z, convergence=checks)


def likelihood_of(spec: Spec, backend: Backend = "llvm") -> Likelihood:
    """The compiled likelihood of a spec. Raises InputError."""
    scenario = spec.scenario
    return build_likelihood(
        scenario.model,
        scenario.priors,
        spec.data,
        shocks=scenario.shocks,
        until=spec.until,
        fixed=scenario.fixed,
        scales=spec.scales,
        backend=backend,
    )


def summarise(
    spec: Spec,
    likelihood: Likelihood,
    result: SmcResult,
    *,
    seed: int,
    settings: Settings,
    half: SmcResult | None = None,
    goals: bool = True,
    backend: Backend = "llvm",
) -> Posterior:
    """The posterior of finished runs, with everything that is said about it. half: runs under priors of half the width."""

    run = goal_run(spec.scenario, likelihood, backend) if goals else None

    def measures(of: SmcResult | None, width: float) -> GoalMeasures | None:
        return None if of is None or run is None else goal_measures(run, of.z, seed=seed, width=width)

    return posterior_of(
        likelihood, result, id=spec.id, seed=seed, settings=settings, hashes=spec.hashes, place=spec.place,
        measured=measures(result, 1.0), half=measures(half, HALF), walk=True,
    )  # fmt: skip
