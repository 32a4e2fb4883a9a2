"""Fit any model to series in memory: no project, no files, the same likelihood, sampler and diagnostics as a calibration file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import numpy as np

from tzsim.calibration.fit_spec import sample_likelihood
from tzsim.calibration.likelihood import Likelihood, build_likelihood
from tzsim.calibration.observations import Datum, Noise, noise_problems
from tzsim.calibration.possible import refuse_impossible
from tzsim.calibration.posterior import Posterior, posterior_of
from tzsim.calibration.smc import OnProgress, Settings
from tzsim.ensemble.designs import seed_problems
from tzsim.errors import InputError, Problem, nearest
from tzsim.ir.codec import content_of
from tzsim.ir.model import Model
from tzsim.kernel.compile import Backend
from tzsim.measures import At, Quantity
from tzsim.names import key
from tzsim.record import canonical_json, sha256
from tzsim.scenario.binding import Names

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike

Observed: TypeAlias = "Mapping[str, Any] | pd.DataFrame"
"""Variable (or element) -> series over the model's own time (pandas Series, {time: value}); a pandas DataFrame is one."""

Errors: TypeAlias = "float | ArrayLike | Mapping[Any, Any] | pd.Series[Any] | pd.DataFrame"
"""Standard errors: one number; one for each point of a series (array, or a series over the same times); or any of these by variable."""

PROBES = (0.001, 0.5, 0.999)
"""Where a prior must have finite quantiles."""


def fit_series(
    model: Model,
    priors: Mapping[str, object] | None,
    observed: Observed | None,
    *,
    sd: Errors | None = None,
    relative_sd: Errors | None = None,
    noise: Noise = "normal",
    degrees: float = 5.0,
    seed: int = 0,
    settings: Settings | None = None,
    progress: OnProgress | None = None,
    state: Path | None = None,
    backend: Backend = "llvm",
) -> Posterior:
    """Fit uncertain constants of a model to observed levels; see `tzsim.calibrate`, of which this is one half."""
    likelihood = likelihood_of_series(
        model, priors, observed, sd=sd, relative_sd=relative_sd, noise=noise, degrees=degrees, seed=seed,
        settings=settings, backend=backend,
    )  # fmt: skip
    refuse_impossible(likelihood, seed)
    chosen = settings or Settings()
    hashes = hashes_of_series(model, likelihood)
    result = sample_likelihood(
        likelihood,
        seed=seed,
        settings=chosen,
        progress=progress,
        state=state,
        fingerprint=canonical_json(hashes),
    )
    return posterior_of(likelihood, result, id=model.name or "fit", seed=seed, settings=chosen, hashes=hashes)


def hashes_of_series(model: Model, likelihood: Likelihood) -> dict[str, str]:
    """Part -> SHA-256 of the model and of the figures."""
    data = [[d.id, d.value, d.sd, d.noise, d.degrees] for d in likelihood.data]
    return {"model": sha256(content_of(model).encode()), "data": sha256(canonical_json(data).encode())}


def likelihood_of_series(
    model: Model,
    priors: Mapping[str, object] | None,
    observed: Observed | None,
    *,
    sd: Errors | None = None,
    relative_sd: Errors | None = None,
    noise: Noise = "normal",
    degrees: float = 5.0,
    seed: int = 0,
    settings: Settings | None = None,
    backend: Backend = "llvm",
) -> Likelihood:
    """The compiled likelihood of series (see `tzsim.calibrate`). Raises InputError with everything that is wrong."""
    problems = [*noise_problems(noise, degrees), *seed_problems(seed), *_prior_problems(priors)]
    if settings is not None and not isinstance(settings, Settings):  # pyright: ignore[reportUnnecessaryIsInstance]
        problems.append(Problem(None, f"settings: expected tzsim.Settings, not {_kind(settings)}"))
    data = _data(model, observed, (sd, relative_sd), noise, degrees, problems)
    if problems:
        raise InputError(problems)
    assert priors is not None
    return build_likelihood(model, priors, data, until=max(d.time for d in data), backend=backend)


def _prior_problems(priors: object) -> list[Problem]:
    """What can be said of priors before the model is compiled: they are distributions, or numbers that hold a constant."""
    remedy = "e.g. {'contact rate': scipy.stats.lognorm(0.3, scale=5)}"
    if not isinstance(priors, Mapping):
        return [
            Problem(
                None, f"priors: expected a mapping of names to distributions, not {_kind(priors)}", remedy
            )
        ]
    found: list[Problem] = []
    uncertain = 0
    for name, value in cast("Mapping[object, Any]", priors).items():
        if isinstance(value, int | float):
            continue
        uncertain += 1
        if not (hasattr(value, "ppf") or hasattr(value, "quantile")) or hasattr(value, "__array__"):
            text = f"priors: {name}: a fit needs a distribution, or one number that holds the constant; not {_kind(value)}"
            found.append(Problem(None, text, remedy))
        elif type(value).__module__.startswith("scipy.stats") and not hasattr(value, "dist"):
            text = f"priors: {name}: the distribution '{getattr(value, 'name', '')}' has no parameters yet"
            found.append(Problem(None, text, f"freeze it: {remedy}"))
        elif hasattr(value, "ppf") and not np.isfinite(np.asarray(value.ppf(PROBES), dtype=np.float64)).all():
            found.append(
                Problem(None, f"priors: {name}: its quantiles are no finite numbers", "check its parameters")
            )
    if not uncertain:
        said = "there is none" if not priors else "all of them are numbers"
        found.append(Problem(None, f"priors: a fit needs at least one distribution, and {said}", remedy))
    return found


def _data(
    model: Model,
    observed: object,
    errors: tuple[object, object],
    noise: Noise,
    degrees: float,
    problems: list[Problem],
) -> list[Datum]:
    """One figure for each point of each series."""
    if not hasattr(observed, "items"):
        text = f"observed: expected a mapping of variables to series, not {_kind(observed)}"
        problems.append(
            Problem(None, text, "e.g. {'Infectious': {20: 690.0, 25: 1821.0}}, or a pandas DataFrame")
        )
        return []
    series = {str(n): values for n, values in cast("Mapping[object, Any]", observed).items()}
    names = [*series]
    if not names:
        problems.append(Problem(None, "observed: there is no series", "e.g. {'Infectious': {20: 690.0}}"))
    for given, kind in zip(errors, ("sd", "relative_sd"), strict=True):
        problems += _unknown_names(given, kind, names)
    known = {v.id: v for v in model.variables.values()}
    bounds = Names(model)
    span = bounds.control("INITIAL TIME"), bounds.control("FINAL TIME")
    data: list[Datum] = []
    seen: dict[str, int] = {}
    for name, values in series.items():
        variable = known.get(key(name.split("[")[0]))
        if variable is None:
            hint = nearest(name, [v.name for v in known.values()])
            problems.append(Problem(None, f"observed: the model has no variable '{name}'", hint))
            continue
        points = _points(name, values, span, problems)
        sds = _errors(name, points, errors, problems)
        for (time, value), own in zip(points, sds, strict=False):
            if np.isnan(value):
                continue
            if own <= 0:
                text = f"observed {name} at {time:g}: a relative error of the value 0 is 0"
                problems.append(Problem(None, text, "give sd in the unit of the variable"))
                continue
            id = f"{name} @ {time:.12g}"
            seen[id] = seen.get(id, 0) + 1
            id = id if seen[id] == 1 else f"{id} ({seen[id]})"
            measure = At(Quantity(name, (name,)), time)
            data.append(Datum(id, name, time, value, own, variable.unit or "", measure, noise, degrees))
    return data


def _points(
    name: str, series: Any, span: tuple[float | None, float | None], problems: list[Problem]
) -> list[tuple[float, float]]:
    """(time, value) in the order given; gaps are nan."""
    found: list[tuple[float, float]] = []
    try:
        for time, value in series.items():
            at, level = float(time), float(value)
            if not np.isfinite(at) or np.isinf(level):
                raise ValueError(f"{value} at {time}")
            found.append((at, level))
    except (AttributeError, TypeError, ValueError) as error:
        text = f"observed {name}: expected a series of numbers over the model's time ({error})"
        problems.append(Problem(None, text, "a pandas Series, or {time: value}"))
        return []
    if all(np.isnan(v) for _, v in found):
        problems.append(Problem(None, f"observed {name}: no value", "leave it out"))
        return []
    start, end = span
    outside = [
        t
        for t, _ in found
        if (start is not None and t < start - 1e-9) or (end is not None and t > end + 1e-9)
    ]
    if outside:
        times = ", ".join(f"{t:g}" for t in outside[:5]) + (", …" if len(outside) > 5 else "")
        text = f"observed {name}: time {times} is outside the model's run from {start:g} to {end:g}"
        problems.append(Problem(None, text, "times are on the model's own clock; or change FINAL TIME"))
        return []
    return found


def _errors(
    name: str, points: list[tuple[float, float]], errors: tuple[object, object], problems: list[Problem]
) -> list[float]:
    """Standard error of each point in the model's unit, from `sd` or `relative_sd`; [] with a Problem."""
    given = [
        (part, kind)
        for error, kind in zip(errors, ("sd", "relative_sd"), strict=True)
        if (part := _part(error, name)) is not None
    ]
    remedy = "give sd (in the unit of the variable) or relative_sd (a share): a number, or one for each point"
    said = f"observed {name}: its standard error is"
    if not points:
        return []
    if len(given) != 1:
        text = f"{said} given twice" if given else f"{said} not given as a positive number"
        problems.append(Problem(None, text, remedy))
        return []
    part, kind = given[0]
    values: Iterable[Any]
    if hasattr(part, "items"):
        at = {float(t): v for t, v in part.items()}
        missing = [f"{t:g}" for t, v in points if t not in at and not np.isnan(v)]
        if missing:
            problems.append(Problem(None, f"{said} not given at {', '.join(missing)}", remedy))
            return []
        values = [at.get(t, np.nan) for t, _ in points]
    elif np.ndim(part) == 1:
        values = list(part)
        if len(values) != len(points):
            problems.append(
                Problem(None, f"{said} given for {len(values)} points; it has {len(points)}", remedy)
            )
            return []
    else:
        values = [part] * len(points)
    sds: list[float] = []
    for (time, value), own in zip(points, values, strict=True):
        gap = np.isnan(value)
        if not gap and (isinstance(own, str) or np.ndim(own) or not 0 < float(own) < np.inf):
            problems.append(
                Problem(None, f"{said} not given as a positive number, but as {own!r} at {time:g}", remedy)
            )
            return []
        sds.append(np.nan if gap else float(own) * (abs(value) if kind == "relative_sd" else 1.0))
    return sds


def _by_variable(given: Any) -> bool:
    """Whether standard errors are given by variable: a mapping whose keys are not all numbers."""
    return hasattr(given, "items") and not all(_number(k) for k, _ in given.items())


def _part(given: Any, name: str) -> Any:
    """What is said of one series."""
    if not _by_variable(given):
        return given
    return {key(str(k)): v for k, v in given.items()}.get(key(name))


def _unknown_names(given: Any, kind: str, names: list[str]) -> list[Problem]:
    if not _by_variable(given):
        return []
    known = {key(n) for n in names}
    return [
        Problem(None, f"{kind}: there is no observed series '{k}'", nearest(str(k), names))
        for k, _ in given.items()
        if key(str(k)) not in known
    ]


def _number(value: object) -> bool:
    return isinstance(value, int | float | np.number)


def _kind(value: object) -> str:
    if value is None:
        return "nothing"
    return repr(value) if isinstance(value, str | int | float) else f"a {type(value).__name__}"
