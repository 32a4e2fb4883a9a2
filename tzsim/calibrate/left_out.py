"""Goals without one figure, drawn anew where importance weights are not reliable; recorded beside the posterior.

`influence.json` holds, for each figure that was taken out so (see `bridge`), every goal's probability without it and the
checks that these draws passed. It belongs to the draws whose hash it names, and is left aside beside others.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tzsim.calibrate.bridge import BRIDGE, Bridged, take_out
from tzsim.calibrate.diagnostics import convergence, ess_mean
from tzsim.calibrate.evidence import GoalRun, goal_run
from tzsim.calibrate.likelihood import Likelihood
from tzsim.calibrate.moves import FloatArray
from tzsim.calibrate.smc import OnProgress, Settings
from tzsim.calibrate.spec import Spec
from tzsim.calibrate.subspace import informed_directions
from tzsim.ensemble.posterior_record import INFLUENCE, StoredPosterior, round_number
from tzsim.errors import InputError, nearest
from tzsim.files import read_bounded, write_whole
from tzsim.record import VERSION

FORMAT = 1
LARGEST = 5_000_000
UNRELIABLE = "unreliable"
"""Names every figure whose importance weights are not reliable."""
SPAN_POINTS = 4


@dataclass(frozen=True)
class LeftOut:
    """The posterior without one figure. reliable: R-hat <= 1.01 and ESS >= 400 of everything sampled and of every goal measure, over
    four runs or more, and no drift in the last moves. log_density: of the figure under it, mean and sd over the runs.

    probability: goal -> share of draws that meet it. error: its Monte Carlo standard error.
    """

    figure: str
    reliable: bool
    r_hat: float
    ess: float
    drift: float
    log_density: float
    log_density_sd: float
    stages: int
    likelihoods: int
    probability: Mapping[str, float]
    error: Mapping[str, float]


def figures_meant(stored: StoredPosterior, wanted: Sequence[str]) -> tuple[str, ...]:
    """Ids of the fitted figures that `wanted` names; 'unreliable' is all whose weights are not. Raises InputError."""
    fitted = [f for f in stored.info["figures"] if f["role"] == "fit"]
    names = [f["id"] for f in fitted]
    found: list[str] = []
    for name in wanted:
        if name == UNRELIABLE:
            found += [f["id"] for f in fitted if not f["reliable"]]
        elif name in names:
            found.append(name)
        else:
            hint = nearest(name, [*names, UNRELIABLE]) or f"the fitted figures: {', '.join(names)}"
            raise InputError.one(f"--without: no fitted figure '{name}' in the posterior", hint=hint)
    return tuple(dict.fromkeys(found))


def leave_out(
    spec: Spec,
    stored: StoredPosterior,
    figures: Sequence[str],
    likelihood: Likelihood,
    *,
    settings: Settings = BRIDGE,
    progress: OnProgress | None = None,
) -> Iterator[LeftOut]:
    """Draw the posterior without each figure in turn, from the recorded draws, thinned to `settings.particles` a run, and judge the
    goals there.

    The same record gives the same bits, whichever figures are asked for. Raises InputError where the record is not of this spec.
    """
    active = np.flatnonzero(likelihood.active)
    names = [likelihood.names[i] for i in active]
    if tuple(names) != stored.names:
        raise InputError.one("the posterior's coordinates are not those of the spec", hint="calibrate again")
    kept = (
        np.linspace(0, stored.z.shape[1] - 1, min(settings.particles, stored.z.shape[1])).round().astype(int)
    )
    start = stored.z[:, kept].astype(np.float64)
    seed: int = stored.info["seed"]
    run = goal_run(spec.scenario, likelihood)
    fitted = likelihood.fitted
    rows = {d.id: i for i, d in enumerate(likelihood.data)}
    sds = np.array([d.sd for d in likelihood.data])[fitted]

    def whole(z: FloatArray) -> FloatArray:
        every = np.zeros((len(z), len(likelihood)))
        every[:, active] = z
        return every

    pooled = start.reshape(-1, len(active))
    some = pooled[np.linspace(0, len(pooled) - 1, SPAN_POINTS).round().astype(int)]
    span = informed_directions(lambda z: likelihood.predict(whole(z))[fitted], sds, some)
    for figure in figures:
        row = rows[figure]
        others = fitted & (np.arange(len(fitted)) != row)

        def parts(
            z: FloatArray, others: np.ndarray = others, row: int = row
        ) -> tuple[FloatArray, FloatArray]:
            densities = likelihood.pointwise(whole(z))
            return densities[others].sum(axis=0), densities[row]

        found = take_out(
            start, parts, seed=[seed, 7, row], names=names, settings=settings, span=span, progress=progress
        )
        yield _judged(figure, found, likelihood, active, run, seed, (stored.z.shape[1], kept))


def _judged(
    figure: str,
    found: Bridged,
    likelihood: Likelihood,
    active: np.ndarray,
    run: GoalRun | None,
    seed: int,
    thinned: tuple[int, np.ndarray],
) -> LeftOut:
    """What the draws say. Coordinates that no figure can depend on are drawn as in `sample_likelihood`, and thinned as the draws are."""
    chains, draws, _ = found.z.shape
    every, kept = thinned
    rngs = [np.random.default_rng([seed, chain, 3]) for chain in range(chains)]
    z = np.stack([rng.standard_normal((every, len(likelihood)))[kept] for rng in rngs])
    z[..., active] = found.z
    checks = [found.convergence]
    probability: dict[str, float] = {}
    error: dict[str, float] = {}
    if run is not None:
        _, points = run.points(z.reshape(chains * draws, -1), seed)
        values, met = run.judge(points)
        by_chain = values.T.reshape(chains, draws, -1)
        moving = [i for i in range(len(run.goals)) if float(np.ptp(by_chain[..., i])) > 0]
        if moving:
            checks.append(convergence(by_chain[..., moving], [run.goals[i].id for i in moving]))
        for goal, row in zip(run.goals, met.astype(float), strict=True):
            share = float(row.mean())
            size = ess_mean(row.reshape(chains, draws)) if 0 < share < 1 else float(len(row))
            probability[goal.id] = share
            error[goal.id] = float(np.sqrt(share * (1 - share) / size))
    return LeftOut(
        figure,
        found.reliable and all(c.converged for c in checks),
        max(c.worst_r_hat for c in checks),
        min(c.least_ess for c in checks),
        found.drift,
        float(found.log_density.mean()),
        float(found.log_density.std(ddof=1)) if chains > 1 else float("nan"),
        found.stages,
        found.evaluations,
        probability,
        error,
    )


def read_left_out(folder: Path, stored: StoredPosterior) -> tuple[LeftOut, ...]:
    """What stands beside a posterior; nothing where there is none or it belongs to other draws. Raises InputError."""
    path = folder / INFLUENCE
    if not path.is_file():
        return ()
    try:
        found: dict[str, Any] = json.loads(read_bounded(path, LARGEST))
        if found["format"] != FORMAT:
            raise ValueError(f"format {found['format']!r}, this version reads {FORMAT}")
        if found["draws_sha256"] != stored.info["draws_sha256"]:
            return ()
        rows: list[dict[str, Any]] = found["figures"]
        return tuple(LeftOut(**{k: _number(v) for k, v in row.items()}) for row in rows)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError.one(
            f"{path}: it cannot be read ({error})", hint="delete it, and take the figures out again"
        ) from None


def write_left_out(folder: Path, stored: StoredPosterior, rows: Sequence[LeftOut]) -> Path:
    """Write `influence.json` beside the posterior, figures in the order of the record."""
    order = [f["id"] for f in stored.info["figures"]]
    text = {
        "format": FORMAT,
        "draws_sha256": stored.info["draws_sha256"],
        "version": VERSION,
        "settings": dataclasses.asdict(BRIDGE),
        "figures": [_plain(r) for r in sorted(rows, key=lambda r: order.index(r.figure))],
    }
    path = folder / INFLUENCE
    write_whole(path, (json.dumps(text, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode())
    return path


def _number(value: Any) -> Any:
    """A value of the JSON; null stands for a number that is not known."""
    return float("nan") if value is None else value


def _plain(row: LeftOut) -> dict[str, object]:
    def plain(value: object) -> object:
        if isinstance(value, float):
            return round_number(value)
        return {k: plain(v) for k, v in value.items()} if isinstance(value, dict) else value  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]

    return {f.name: plain(getattr(row, f.name)) for f in dataclasses.fields(row)}
