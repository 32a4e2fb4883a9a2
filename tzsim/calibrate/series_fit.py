"""Fit any model to series in memory: no project, no files, the same likelihood, sampler and diagnostics as a calibration file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from tzsim.calibrate.likelihood import Likelihood, build_likelihood
from tzsim.calibrate.observations import Datum, Noise
from tzsim.calibrate.posterior import Posterior, posterior_of, sample_likelihood
from tzsim.calibrate.smc import OnProgress, Settings
from tzsim.errors import InputError, Problem, nearest
from tzsim.ir.codec import content_of
from tzsim.ir.model import Model
from tzsim.kernel.compile import Backend
from tzsim.measures import At, Quantity
from tzsim.names import key
from tzsim.record import canonical_json, sha256

Observed: TypeAlias = Mapping[str, Any]
"""Element -> series over model time (pandas Series, {time: value}); a pandas DataFrame is one."""


def fit(
    model: Model,
    priors: Mapping[str, object],
    observed: Observed,
    *,
    sd: float | Mapping[str, float] | None = None,
    relative_sd: float | Mapping[str, float] | None = None,
    noise: Noise = "normal",
    degrees: float = 5.0,
    seed: int = 0,
    settings: Settings | None = None,
    progress: OnProgress | None = None,
    state: Path | None = None,
    backend: Backend = "llvm",
) -> Posterior:
    """Fit uncertain constants of a model to observed levels.

    Main arguments. priors: constant (or element) -> frozen scipy distribution, or anything with `ppf(u)`. observed: variable (or
    element) -> series whose index is the model's own time; gaps (nan) are left out. sd, relative_sd: standard error of an observation,
    in the model's unit or as a share of its size; a number for all or one for each variable.
    Other arguments. noise, degrees: 'normal', or 'student t' for series with outliers. seed, settings, progress, state: of the sampler,
    see `smc.sample`.

    Raises InputError for unknown names, observations that are no numbers or lie off the model's time steps, and missing errors;
    SimulationError where the model fails over most of the prior.
    """
    likelihood = likelihood_of_series(
        model, priors, observed, sd=sd, relative_sd=relative_sd, noise=noise, degrees=degrees, backend=backend
    )
    chosen = settings or Settings()
    data = [[d.id, d.value, d.sd, d.noise, d.degrees] for d in likelihood.data]
    hashes = {
        "model": sha256(content_of(model).encode()),
        "data": sha256(canonical_json(data).encode()),
    }
    result = sample_likelihood(
        likelihood,
        seed=seed,
        settings=chosen,
        progress=progress,
        state=state,
        fingerprint=canonical_json(hashes),
    )
    return posterior_of(likelihood, result, id=model.name or "fit", seed=seed, settings=chosen, hashes=hashes)


def likelihood_of_series(
    model: Model,
    priors: Mapping[str, object],
    observed: Observed,
    *,
    sd: float | Mapping[str, float] | None = None,
    relative_sd: float | Mapping[str, float] | None = None,
    noise: Noise = "normal",
    degrees: float = 5.0,
    backend: Backend = "llvm",
) -> Likelihood:
    """The compiled likelihood of series (see `fit`). Raises InputError."""
    problems: list[Problem] = []
    known = {key(v.name): v for v in model.variables.values()}
    data: list[Datum] = []
    for name, series in observed.items():
        variable = known.get(key(str(name).split("[")[0]))
        if variable is None:
            hint = nearest(str(name), [v.name for v in known.values()])
            problems.append(Problem(None, f"observed: the model has no variable '{name}'", hint))
            continue
        error = _error(str(name), sd, relative_sd, problems)
        for time, value in _points(str(name), series, problems):
            if error is None:
                break
            own = error[0] if error[1] == "sd" else error[0] * abs(value)
            if own <= 0:
                text = f"observed {name} at {time:g}: a relative error of the value 0 is 0"
                problems.append(Problem(None, text, "give sd in the unit of the variable"))
                continue
            measure = At(Quantity(str(name), (str(name),)), time)
            data.append(
                Datum(
                    f"{name} @ {time:g}",
                    str(name),
                    int(time),
                    value,
                    own,
                    variable.unit or "",
                    measure,
                    noise,
                    degrees,
                )
            )
    if problems:
        raise InputError(problems)
    last = max((d.measure.time for d in data if isinstance(d.measure, At)), default=0.0)
    return build_likelihood(model, priors, data, until=last, backend=backend)


def _points(name: str, series: Any, problems: list[Problem]) -> list[tuple[float, float]]:
    """(time, value), oldest first, gaps left out."""
    found: list[tuple[float, float]] = []
    try:
        for time, value in series.items():
            at, level = float(time), float(value)
            if not np.isfinite(at) or np.isinf(level):
                raise ValueError(f"{value} at {time}")
            if not np.isnan(level):
                found.append((at, level))
    except (AttributeError, TypeError, ValueError) as error:
        text = f"observed {name}: expected a series of numbers over the model's time ({error})"
        problems.append(Problem(None, text, "a pandas Series, or {time: value}"))
        return []
    if not found:
        problems.append(Problem(None, f"observed {name}: no value", "leave it out"))
    return sorted(found)


def _error(
    name: str,
    sd: float | Mapping[str, float] | None,
    relative_sd: float | Mapping[str, float] | None,
    problems: list[Problem],
) -> tuple[float, str] | None:
    """The standard error of a series and whether it is an 'sd' or a 'relative_sd'."""
    found: list[tuple[float, str]] = []
    for given, kind in ((sd, "sd"), (relative_sd, "relative_sd")):
        value = {key(k): v for k, v in given.items()}.get(key(name)) if isinstance(given, Mapping) else given
        if value is not None:
            found.append((float(value), kind))
    if len(found) != 1 or not 0 < found[0][0] < np.inf:
        text = f"observed {name}: its standard error is " + (
            "given twice" if len(found) > 1 else "not given as a positive number"
        )
        problems.append(Problem(None, text, "give sd (in the unit of the variable) or relative_sd (a share)"))
        return None
    return found[0]
