"""Posterior: draws with their diagnostics, what each figure informed, and the evidence for each goal; and its record."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import compress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy
import xarray as xr
from numpy.typing import NDArray

from tzsim.arguments import check, whole_number
from tzsim.calibration.coordinates import Coordinate
from tzsim.calibration.diagnostics import Convergence
from tzsim.calibration.evidence import GoalEvidence, GoalMeasures, goal_evidence
from tzsim.calibration.figures import FigureCheck, figure_checks
from tzsim.calibration.influence import LeaveOneOut, leave_one_out
from tzsim.calibration.likelihood import Likelihood
from tzsim.calibration.moves import FloatArray
from tzsim.calibration.observations import Datum
from tzsim.calibration.parameters import ParameterSummary, parameters_of
from tzsim.calibration.smc import Settings, SmcResult
from tzsim.ensemble.given import Members
from tzsim.ensemble.posterior_record import plain_numbers, round_number, write_record
from tzsim.record import VERSION

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False, repr=False)
class Posterior:
    """What the data made of the prior. Axes of z: (chain, draw, coordinate), standard normal scores under the prior."""

    id: str
    coordinates: tuple[Coordinate, ...]
    active: NDArray[np.bool_]
    """(coordinate,): whether any figure can depend on it; the others have their prior exactly."""
    z: FloatArray
    log_likelihood: FloatArray
    log_evidence: FloatArray
    convergence: Convergence
    """Of every coordinate and the joint log likelihood."""
    goal_convergence: Convergence | None
    """Of every goal measure that varies."""
    parameters: tuple[ParameterSummary, ...]
    figures: tuple[FigureCheck, ...]
    """Each fitted or held-out figure against the posterior predictive."""
    goals: tuple[GoalEvidence, ...]
    influence: LeaveOneOut
    hashes: Mapping[str, str]
    seed: int
    settings: Settings
    evaluations: int
    stages: tuple[int, ...]
    final_moves: int
    spec: str = ""
    """The spec's file, relative to its project."""
    version: str = VERSION
    values: Mapping[str, FloatArray] = dataclasses.field(default_factory=dict[str, FloatArray], repr=False)
    """Coordinate -> (chain, draw) in its own unit: constants in the model's, scopes and ratios as factors, shocks as scores."""
    predicted: FloatArray = dataclasses.field(default_factory=lambda: np.empty((0, 0, 0)), repr=False)
    """(figure, chain, draw): the model's value of each figure, without observation error."""
    data: tuple[Datum, ...] = ()
    """The figures, in the order of `figures`."""
    prior: Mapping[str, FloatArray] = dataclasses.field(default_factory=dict[str, FloatArray])
    """As `values`, drawn from the priors: as many independent draws in each chain."""

    def members(self, count: int) -> Members:
        """Element -> (count,): joint draws of the uncertain constants for an ensemble of `count` members, as `simulate` takes them.

        Draws are taken evenly from all runs, and repeated in turn where there are fewer than `count`. The ensemble knows how
        many independent members they are worth, so that the intervals of its probabilities do not narrow with repeats.
        Raises InputError unless `count` is a whole number above 0.
        """
        check(whole_number("count", count, 1))
        elements = {c.name: c.element for c in self.coordinates if c.kind == "constant"}
        pooled = {elements[n]: v.reshape(-1) for n, v in self.values.items() if n in elements}
        total = self.z.shape[0] * self.z.shape[1]
        chosen = (
            np.arange(count) % total
            if count >= total
            else np.linspace(0, total - 1, count).round().astype(int)
        )
        sizes = [c.least_ess for c in (self.convergence, self.goal_convergence) if c is not None]
        effective = min([float(min(count, total)), *(n for n in sizes if np.isfinite(n))])
        return Members({name: v[chosen] for name, v in pooled.items()}, max(1.0, effective))

    def to_datatree(self) -> xr.DataTree:
        """The draws with the groups of ArviZ: posterior, prior, posterior_predictive, log_likelihood, observed_data, sample_stats.

        Needs no ArviZ; ArviZ 1 and later read it as it is.
        """
        from tzsim.calibration.groups import datatree

        return datatree(self)

    def to_arviz(self) -> Any:
        """The draws as the ArviZ that is installed reads them: InferenceData before version 1, the DataTree from it on.

        Raises InputError where ArviZ is not installed.
        """
        from tzsim.calibration.groups import for_arviz

        return for_arviz(self)

    def to_dataframe(self) -> pd.DataFrame:
        """One row a parameter: prior mean and sd, mean, sd, 5 and 95 % points, share of variance removed, R-hat, ESS, informing figure."""
        from tzsim.calibration.tables import frame

        return frame(self)

    def __repr__(self) -> str:
        from tzsim.calibration.tables import line

        return line(self)

    def _repr_html_(self) -> str:
        from tzsim.calibration.tables import html

        return html(self)

    @property
    def converged(self) -> bool:
        """R-hat <= 1.01, bulk and tail ESS >= 400, at least four runs, for every coordinate and goal measure."""
        return self.convergence.converged and (
            self.goal_convergence is None or self.goal_convergence.converged
        )

    @property
    def coverage(self) -> float:
        """Share of fitted figures inside their 95 % posterior predictive band."""
        return float(np.mean([f.inside for f in self.figures if f.role == "fit"]))

    @property
    def sharp_coverage(self) -> float:
        """As `coverage`, with a band wider than that of a random walk with drift counted as a miss; nan where no figure was
        compared with one (fits of series in memory, series of fewer than four figures).
        """
        fitted = [f for f in self.figures if f.role == "fit"]
        if all(np.isnan(f.walk) for f in fitted):
            return float("nan")
        return float(np.mean([f.covered for f in fitted]))


def posterior_of(
    likelihood: Likelihood,
    result: SmcResult,
    *,
    id: str,
    seed: int,
    settings: Settings,
    hashes: Mapping[str, str],
    place: str = "",
    measured: GoalMeasures | None = None,
    half: GoalMeasures | None = None,
    walk: bool = False,
) -> Posterior:
    """Gather what is said about the draws: parameters, figures, influence and, where they were measured, goals.

    half: goal measures under priors of half the width. walk: whether the figures are compared with a random walk.
    """
    shape = result.z.shape[:2]
    pooled = result.z.reshape(-1, len(likelihood))
    predicted = likelihood.predict(pooled)
    fitted = likelihood.fitted
    influence = leave_one_out(likelihood.densities(predicted)[fitted])
    figures = tuple(d.id for d, f in zip(likelihood.data, fitted, strict=True) if f)
    own = likelihood.values(pooled)
    fresh = np.random.default_rng([seed, 8]).standard_normal(pooled.shape)
    before = likelihood.values(fresh)
    return Posterior(
        id,
        likelihood.listed,
        likelihood.active,
        result.z,
        result.log_likelihood,
        result.log_evidence,
        result.convergence,
        measured.convergence() if measured else None,
        parameters_of(likelihood, result, figures, seed),
        figure_checks(likelihood.data, predicted, influence, seed, walk=walk),
        goal_evidence(measured, influence, figures, half) if measured else (),
        influence,
        hashes,
        seed,
        settings,
        result.evaluations,
        result.stages,
        result.final_moves,
        place,
        values={n: own.get(n, pooled[:, i]).reshape(shape) for i, n in enumerate(likelihood.names)},
        predicted=predicted.reshape(-1, *shape),
        data=likelihood.data,
        prior={n: before.get(n, fresh[:, i]).reshape(shape) for i, n in enumerate(likelihood.names)},
    )


def write_posterior(posterior: Posterior, folder: Path) -> None:
    """Record a posterior: thinned draws and everything that was checked (see `ensemble.posterior_record`)."""
    checks = posterior.convergence
    own = posterior.goal_convergence
    info = {
        "id": posterior.id,
        "spec": posterior.spec,
        "version": posterior.version,
        "libraries": {"numpy": np.__version__, "scipy": scipy.__version__},
        "seed": posterior.seed,
        "settings": dataclasses.asdict(posterior.settings),
        "hashes": dict(posterior.hashes),
        "coordinates": [dataclasses.asdict(c) for c in compress(posterior.coordinates, posterior.active)],
        "at_prior": [dataclasses.asdict(c) for c in compress(posterior.coordinates, ~posterior.active)],
        "checks": {
            "converged": posterior.converged,
            "chains": checks.chains,
            "draws": checks.draws,
            "r_hat": round_number(checks.worst_r_hat),
            "ess": round_number(checks.least_ess),
            "failing": list(checks.failing),
            "goals_r_hat": round_number(own.worst_r_hat) if own else None,
            "goals_ess": round_number(own.least_ess) if own else None,
            "goals_failing": list(own.failing) if own else [],
            "coverage_95": round_number(posterior.coverage),
            "coverage_95_no_wider_than_random_walk": round_number(posterior.sharp_coverage),
            "pareto_k_above": [f.id for f in posterior.figures if f.role == "fit" and not f.reliable],
        },
        "sampler": {
            "likelihoods": posterior.evaluations,
            "stages": list(posterior.stages),
            "final_moves": posterior.final_moves,
            "log_evidence": plain_numbers(posterior.log_evidence),
        },
        "parameters": [_plain(p) for p in posterior.parameters],
        "figures": [_plain(f) for f in posterior.figures],
        "goals": [_plain(g) for g in posterior.goals],
    }
    write_record(folder, posterior.z[..., posterior.active], info)


def _plain(row: ParameterSummary | FigureCheck | GoalEvidence) -> dict[str, object]:
    """A row as JSON values, floats to six digits."""

    def plain(value: object) -> object:
        if isinstance(value, float):
            return round_number(value)
        if isinstance(value, Mapping):
            return {str(k): plain(v) for k, v in value.items()}
        return value

    return {f.name: plain(getattr(row, f.name)) for f in dataclasses.fields(row)}
