"""Goals without one figure, by a fit without it where importance weights are not reliable; recorded beside the posterior.

Each fit is the sampler of `calibrate` with fewer draws and moves: enough for a probability, and held to the same bar of R-hat and ESS.
`influence.json` holds every goal's probability without each figure so taken out, and the checks that its fit passed. It
belongs to the draws whose hash it names, and is left aside beside others.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tzsim.calibration.diagnostics import convergence, ess_mean
from tzsim.calibration.evidence import GoalRun, goal_run
from tzsim.calibration.fit_spec import sample_likelihood
from tzsim.calibration.influence import log_sum
from tzsim.calibration.likelihood import Likelihood
from tzsim.calibration.smc import OnProgress, Settings, SmcResult
from tzsim.calibration.spec import Spec
from tzsim.ensemble.posterior_record import INFLUENCE, StoredPosterior, round_number
from tzsim.errors import InputError, nearest
from tzsim.files import read_bounded, write_whole
from tzsim.record import VERSION

FORMAT = 1
LARGEST = 5_000_000
UNRELIABLE = "unreliable"
"""Names every figure whose importance weights are not reliable."""
REFIT = Settings(particles=500, final_correlation=0.3, final_moves=40)


@dataclass(frozen=True)
class LeftOut:
    """The posterior without one figure. reliable: R-hat <= 1.01 and ESS >= 400 of everything sampled and of every goal measure, over
    four runs or more. r_hat, ess: the worst of them. log_density: of the figure under it, mean and sd over the runs.

    probability: goal -> share of draws that meet it. error: its Monte Carlo standard error.
    """

    figure: str
    reliable: bool
    r_hat: float
    ess: float
    log_density: float
    log_density_sd: float
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
    figures: Sequence[str],
    likelihood: Likelihood,
    *,
    seed: int,
    settings: Settings = REFIT,
    progress: OnProgress | None = None,
) -> Iterator[LeftOut]:
    """Fit the model without each fitted figure in turn, and judge the goals there.

    The same seed gives the same bits, whichever figures are asked for. Raises SimulationError as `smc.sample` does.
    """
    run = goal_run(spec.scenario, likelihood)
    for figure in figures:
        row = [d.id for d in likelihood.data].index(figure)
        data = tuple(
            dataclasses.replace(d, role="hold-out") if i == row else d for i, d in enumerate(likelihood.data)
        )
        without = dataclasses.replace(likelihood, data=data)
        found = sample_likelihood(without, seed=seed + 100 + row, settings=settings, progress=progress)
        yield _judged(figure, row, found, without, run, seed)


def _judged(
    figure: str, row: int, found: SmcResult, without: Likelihood, run: GoalRun | None, seed: int
) -> LeftOut:
    """What the draws say of the figure and of the goals."""
    chains, draws, _ = found.z.shape
    pooled = found.z.reshape(chains * draws, -1)
    densities = without.pointwise(pooled)[row].reshape(chains, draws)
    of_figure = np.array([log_sum(d) - np.log(draws) for d in densities])
    checks = [found.convergence]
    probability: dict[str, float] = {}
    error: dict[str, float] = {}
    if run is not None:
        values, met = run.judge(run.points(pooled, seed)[1])
        by_chain = values.T.reshape(chains, draws, -1)
        moving = [i for i in range(len(run.goals)) if float(np.ptp(by_chain[..., i])) > 0]
        if moving:
            checks.append(convergence(by_chain[..., moving], [run.goals[i].id for i in moving]))
        for goal, judged in zip(run.goals, met.astype(float), strict=True):
            share = float(judged.mean())
            size = ess_mean(judged.reshape(chains, draws)) if 0 < share < 1 else float(len(judged))
            probability[goal.id] = share
            error[goal.id] = float(np.sqrt(share * (1 - share) / size))
    return LeftOut(
        figure,
        all(c.converged for c in checks),
        max(c.worst_r_hat for c in checks),
        min(c.least_ess for c in checks),
        float(of_figure.mean()),
        float(of_figure.std(ddof=1)) if chains > 1 else float("nan"),
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
            f"{path}: it cannot be read ({error})", hint="delete it, and fit without the figures again"
        ) from None


def write_left_out(folder: Path, stored: StoredPosterior, rows: Sequence[LeftOut]) -> Path:
    """Write `influence.json` beside the posterior, figures in the order of the record."""
    order = [f["id"] for f in stored.info["figures"]]
    text = {
        "format": FORMAT,
        "draws_sha256": stored.info["draws_sha256"],
        "version": VERSION,
        "settings": dataclasses.asdict(REFIT),
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
