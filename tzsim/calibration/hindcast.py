"""`hindcast`: would the model have forecast the past? Rolling origins, each fitted to earlier figures only, scored.

An origin is a year (or a time of another clock) whose figures were the last ones known. At each one the model is fitted again by the same sampler to
the figures up to that year, with the outside world cut off there (`then_known`), and its predictive distribution of every
later figure, observation error included, is scored against simple extrapolations of the same figures (`baselines`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path
from zlib import crc32

import numpy as np

from tzsim.calibration.baselines import (
    Known,
    fixed_growth,
    fixed_value,
    known_figures,
    last_value,
    random_walk_with_drift,
)
from tzsim.calibration.fit_spec import sample_likelihood
from tzsim.calibration.likelihood import Likelihood, build_likelihood
from tzsim.calibration.moves import FloatArray
from tzsim.calibration.observations import Datum
from tzsim.calibration.scores import LEVELS, CaseScore, compare, score
from tzsim.calibration.smc import Progress
from tzsim.calibration.spec import Scored, Spec, read_spec
from tzsim.calibration.then_known import then_known
from tzsim.clock import whole
from tzsim.ensemble.skill import MODEL, SIGNIFICANT, Comparison, MethodScore, SeriesSkill, Skill, Verdict
from tzsim.errors import InputError, SimulationError
from tzsim.kernel.compile import Backend
from tzsim.names import key
from tzsim.record import canonical_json, sha256
from tzsim.scenario.history import DOCUMENTED
from tzsim.scenario.records import Priors

WALK, LAST, PLAN = "random walk with drift", "last value", "growth of the plan"
LEAST_ORIGINS = 2
MOST_FAILING = 0.05
DRAWS = 2000
"""Predictive draws of an origin, from the posterior draws in turn."""


@dataclass(frozen=True, slots=True)
class Case:
    """One later figure seen from one origin. series: spec/series. scores: method -> its score."""

    series: str
    origin: float
    year: float
    value: float
    unit: str
    scores: dict[str, CaseScore]


@dataclass(frozen=True, slots=True)
class Fit:
    """The fit of one model at one origin: figures it saw, and how far its draws can be trusted."""

    spec: str
    origin: float
    figures: int
    r_hat: float
    ess: float
    evaluations: int
    drivers: tuple[str, ...]
    """Tables cut off at the origin."""


@dataclass(frozen=True)
class Hindcast:
    """Scores of a calibrated model over past origins. Made by `hindcast`."""

    spec: Spec
    skill: Skill
    cases: tuple[Case, ...]
    fits: tuple[Fit, ...]
    seed: int
    made_from: str
    """Hash of every spec, model and figure that decides the numbers."""


OnOrigin = Callable[[str, float, int, int, Progress], None]
"""Told (spec, origin, origins done, origins in all, progress of the sampler)."""


def hindcast(
    spec: Spec | str | Path,
    *,
    seed: int | None = None,
    progress: OnOrigin | None = None,
    state: Path | None = None,
    backend: Backend = "llvm",
) -> Hindcast:
    """Score the model of a spec, and the reduced models its `hindcast` names, over past origins.

    Main arguments: spec, read or a path; it needs a `hindcast` part. progress: told as the sampler goes. state: folder for
    resuming after a kill; each origin keeps its state there, and the caller removes it.
    Other arguments: seed in place of the spec's.

    The same spec and seed give the same bits. Raises InputError (spec, model) and SimulationError.
    """
    spec = spec if isinstance(spec, Spec) else read_spec(spec)
    if spec.hindcast is None:
        raise InputError.one(
            f"{spec.place}: it has no part 'hindcast'",
            hint="see docs/calibration.md: which series, from which origins",
        )
    seed = spec.seed if seed is None else seed
    parts = [spec, *(read_spec(p) for p in spec.hindcast.also)]
    for part in parts[1:]:
        if part.hindcast is None:
            raise InputError.one(
                f"{part.place}: it has no part 'hindcast'", hint=f"{spec.place} names it under 'also'"
            )
    jobs = [(part, origin) for part in parts for origin in _origins(part)]
    cases: list[Case] = []
    fits: list[Fit] = []
    for done, (part, origin) in enumerate(jobs):

        def told(p: Progress, part: Spec = part, origin: float = origin, done: int = done) -> None:
            if progress is not None:
                progress(part.id, origin, done, len(jobs), p)

        file = state / f"{part.id}-{origin}.npz" if state is not None else None
        fit, found = _from_origin(part, origin, seed, told, file, backend)
        fits.append(fit)
        cases += found
    series = tuple(_skill(part, scored, cases, seed) for part in parts for scored in _wanted(part))
    skill = Skill(series, Skill().why, spec.hindcast.caveat, f"tzsim hindcast {spec.place}")
    return Hindcast(spec, skill, tuple(cases), tuple(fits), seed, _made_from(parts, seed))


def _made_from(parts: Sequence[Spec], seed: int) -> str:
    """Hash of all that decides the scores; where the project lies is no part of it."""
    marks = [[p.hashes, repr(replace(p.hindcast, also=())) if p.hindcast else ""] for p in parts]
    return sha256(canonical_json([seed, marks]).encode())


def _wanted(part: Spec) -> tuple[Scored, ...]:
    assert part.hindcast is not None
    return part.hindcast.series


def _id(part: Spec, scored: Scored) -> str:
    return f"{part.id}/{scored.id}"


def _origins(part: Spec) -> list[float]:
    """Years (or times of another clock) from which at least one series of the part can be forecast and compared."""
    found = {o for s in _wanted(part) for o in _years(part, s)}
    return sorted(found)


def _years(part: Spec, scored: Scored) -> list[float]:
    figures = _figures(part, scored)
    years = [_year(d) for d in figures]
    return [y for y in years[:-1] if _known(figures, y).enough]


def _figures(part: Spec, scored: Scored) -> list[Datum]:
    return sorted((d for d in part.data if d.series == scored.id), key=lambda d: d.time)


def _year(figure: Datum) -> float:
    """The calendar year of a figure of a spec, or its time on another clock."""
    return whole(figure.time)


def _own_seed(seed: int, origin: float) -> int:
    """The seed at an origin."""
    same = float(origin).is_integer() and origin >= 0
    return seed + (int(origin) if same else crc32(repr(origin).encode()))


def _known(figures: Sequence[Datum], origin: float) -> Known:
    return known_figures([d for d in figures if d.time <= origin])


def _from_origin(
    part: Spec,
    origin: float,
    seed: int,
    told: Callable[[Progress], None],
    state: Path | None,
    backend: Backend,
) -> tuple[Fit, list[Case]]:
    assert part.hindcast is not None
    targets = [
        (s, d)
        for s in _wanted(part)
        if origin in _years(part, s)
        for d in _figures(part, s)
        if d.time > origin
    ]
    scenario, clock, own_seed = part.scenario, part.scenario.clock, _own_seed(seed, origin)
    last = max(_year(d) for _, d in targets)
    model, extra = then_known(
        scenario.model, part.hindcast.drivers, clock.ends(origin), ceil(last - origin) + 1
    )
    asked = {s.id for s, _ in targets} if part.hindcast.apart else {d.series for d in part.data}
    past = tuple(d for d in part.data if d.time <= origin and d.role == "fit" and d.series in asked)
    future = tuple(_unseen(part, s, d, origin) for s, d in targets)
    priors = Priors((*scenario.priors, *extra))

    def likelihood(data: tuple[Datum, ...], until: float) -> Likelihood:
        scales = [s for s in part.scales if s.series in {d.series for d in data}]
        return build_likelihood(
            model, priors, data, shocks=scenario.shocks, until=until, fixed=scenario.fixed, scales=scales, backend=backend
        )  # fmt: skip

    known = likelihood(past, clock.ends(origin))
    result = sample_likelihood(
        known, seed=own_seed, settings=part.hindcast.settings, progress=told, state=state,
        fingerprint=sha256(canonical_json([part.hashes, repr(part.hindcast), origin]).encode()),
    )  # fmt: skip
    whole = likelihood((*past, *future), clock.ends(last))
    predicted = _predictions(known, whole, result.z.reshape(-1, len(known)), own_seed)[len(past) :]
    cases = [
        Case(_id(part, s), origin, _year(d), d.value, d.unit, _scores(part, s, origin, d, row))
        for (s, d), row in zip(targets, predicted, strict=True)
    ]
    checks = result.convergence
    drivers = tuple(d.table for d in part.hindcast.drivers)
    return Fit(
        part.place, origin, len(past), checks.worst_r_hat, checks.least_ess, result.evaluations, drivers
    ), cases


def _unseen(part: Spec, scored: Scored, target: Datum, origin: float) -> Datum:
    """The figure before it was published: nothing of its value; of a level, its error as a share of the last known one."""
    known = _known(_figures(part, scored), origin)
    last = float(known.values[-1])
    sd = target.sd * abs(last / target.value) if known.relative else target.sd
    return replace(target, role="hold-out", value=last, sd=sd)


def _predictions(known: Likelihood, whole: Likelihood, z: FloatArray, seed: int) -> FloatArray:
    """(figure, draw): new figures of `whole` as the posterior of `known` foresees them; later shocks are fresh draws."""
    rng = np.random.default_rng([seed, 11])
    every = rng.standard_normal((DRAWS, len(whole)))
    column = {key(name): i for i, name in enumerate(whole.names)}
    chosen = np.linspace(0, len(z) - 1, DRAWS).round().astype(int)
    every[:, [column[key(name)] for name in known.names]] = z[chosen]
    found = whole.replicate(every, rng)
    alive = np.isfinite(found).all(axis=0)
    if alive.mean() < 1.0 - MOST_FAILING:
        raise SimulationError(f"{1.0 - alive.mean():.0%} of the draws fail beyond the origin")
    return found[:, alive]


def _scores(
    part: Spec, scored: Scored, origin: float, target: Datum, draws: FloatArray
) -> dict[str, CaseScore]:
    known = _known(_figures(part, scored), origin)
    found = {
        MODEL: draws,
        WALK: random_walk_with_drift(known, target.time),
        LAST: last_value(known, target.time),
    }
    if scored.plan_growth is not None:
        found[PLAN] = fixed_growth(known, target.time, scored.plan_growth)
    if scored.plan_value is not None:
        found[PLAN] = fixed_value(known, scored.plan_value)
    return {method: score(values, target.value) for method, values in found.items()}


def _skill(part: Spec, scored: Scored, cases: Sequence[Case], seed: int) -> SeriesSkill:
    assert part.hindcast is not None
    figures = _figures(part, scored)
    own = [c for c in cases if c.series == _id(part, scored)]
    methods = list(own[0].scores) if own else []
    origins = [c.origin for c in own]
    crps = {m: [c.scores[m].crps for c in own] for m in methods}
    against = tuple(compare(m, crps[MODEL], crps[m], origins, seed) for m in methods if m != MODEL)
    return SeriesSkill(
        _id(part, scored),
        scored.name,
        part.hindcast.model,
        figures[0].unit,
        all(d.quality in DOCUMENTED for d in figures),
        _year(figures[0]),
        _year(figures[-1]),
        tuple(sorted(set(origins))),
        len(own),
        verdict(against, len(set(origins))),
        tuple(
            MethodScore(
                m,
                float(np.mean(crps[m])),
                float(np.mean([c.scores[m].interval for c in own])),
                {
                    level: float(np.mean([c.scores[m].inside[i] for c in own]))
                    for i, level in enumerate(LEVELS)
                },
            )
            for m in methods
        ),
        against,
    )


def verdict(against: Sequence[Comparison], origins: int) -> Verdict:
    """'skill' where the model gains on every baseline and chance would do as well in less than 5 % of cases."""
    if not against or origins < LEAST_ORIGINS:
        return "not known"
    return "skill" if all(c.gain > 0 and c.p <= SIGNIFICANT for c in against) else "no skill shown"
