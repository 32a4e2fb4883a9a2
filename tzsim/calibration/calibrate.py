"""`calibrate`: from a calibration file, or from a model with priors and series in memory, to a Posterior."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import overload

from tzsim.calibration.fit_spec import fit_spec
from tzsim.calibration.observations import Noise
from tzsim.calibration.posterior import Posterior
from tzsim.calibration.series_fit import Errors, Observed, fit_series
from tzsim.calibration.smc import OnProgress, Settings
from tzsim.calibration.spec import Spec
from tzsim.errors import InputError, Problem
from tzsim.ir.model import Model
from tzsim.kernel.compile import Backend


@overload
def calibrate(
    model: Model,
    priors: Mapping[str, object],
    observed: Observed,
    *,
    sd: Errors | None = None,
    relative_sd: Errors | None = None,
    noise: Noise = "normal",
    degrees: float = 5.0,
    seed: int = 0,
    settings: Settings | None = None,
    progress: OnProgress | None = None,
    state: str | Path | None = None,
    backend: Backend = "llvm",
) -> Posterior: ...


@overload
def calibrate(
    model: Spec | str | Path,
    *,
    seed: int | None = None,
    settings: Settings | None = None,
    progress: OnProgress | None = None,
    state: str | Path | None = None,
    goals: bool = True,
    backend: Backend = "llvm",
) -> Posterior: ...


def calibrate(
    model: Model | Spec | str | Path,
    priors: Mapping[str, object] | None = None,
    observed: Observed | None = None,
    *,
    sd: Errors | None = None,
    relative_sd: Errors | None = None,
    noise: Noise = "normal",
    degrees: float = 5.0,
    seed: int | None = None,
    settings: Settings | None = None,
    progress: OnProgress | None = None,
    state: str | Path | None = None,
    goals: bool = True,
    backend: Backend = "llvm",
) -> Posterior:
    """Fit uncertain constants of a model to what was observed.

    Either `calibrate(model, priors, observed, sd=...)` for any model in memory, or `calibrate("calibration/NAME.yaml")` for a
    calibration file (or a read `Spec`), which says all of that itself.

    Main arguments. model: from `read_model`. priors: constant (or element) -> frozen distribution of scipy.stats, anything with
    `ppf(u)`, or a number that holds the constant. observed: variable (or element) -> series whose index is the model's own time
    (quarters of a year are 2020.25, days of an epidemic 20); a pandas DataFrame is one; gaps (nan) are left out. sd, relative_sd: one
    of the two, the standard error of an observation in the model's unit or as a share of its size: a number, an array with one for each
    point, a series over the same times, or a mapping of variables to these.
    Other arguments. noise, degrees: 'normal', or 'student t' for series with outliers. seed: a whole number from 0 (default 0, or the
    file's). settings, progress: of the sampler, see `Settings` and `Progress`. state: file from which a killed fit goes on. goals: whether a
    file's goals are followed to the horizon.

    The same arguments give the same bits. Raises InputError, before anything is sampled, for all that is wrong: unknown names, times
    outside the run or off its steps, missing errors, observed variables that depend on random functions, figures that are impossible
    under the priors; SimulationError where the model fails over most of the prior. Poor convergence is no error: read `.converged`.
    """
    place = None if state is None else Path(state)
    if isinstance(model, Model):
        return fit_series(
            model, priors, observed, sd=sd, relative_sd=relative_sd, noise=noise, degrees=degrees,
            seed=0 if seed is None else seed, settings=settings, progress=progress, state=place, backend=backend,
        )  # fmt: skip
    refuse_beside_a_file(priors=priors, observed=observed, sd=sd, relative_sd=relative_sd)
    return fit_spec(
        model, seed=seed, settings=settings, progress=progress, state=place, goals=goals, backend=backend
    )


def refuse_beside_a_file(**given: object) -> None:
    """Raise InputError for arguments that a calibration file says itself."""
    hint = "for a model in memory: tzsim.calibrate(tzsim.read_model(path), priors, observed, sd=...)"
    problems = [
        Problem(None, f"{name}: a calibration file says it itself", hint)
        for name, value in given.items()
        if value is not None
    ]
    if problems:
        raise InputError(problems)
