"""What the data say about each goal: its measure under prior and posterior, and the share of variance they removed.

Shocks after the end of the data are drawn forward, the same for prior and posterior draws, so that the two differ only
in what the data could inform.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tzsim.calibration.coordinates import Coordinates, coordinates, shared_columns
from tzsim.calibration.diagnostics import Convergence, convergence, ess_mean
from tzsim.calibration.influence import LeaveOneOut
from tzsim.calibration.likelihood import BLOCK, Likelihood, Readings, compile_for
from tzsim.calibration.moves import FloatArray
from tzsim.ensemble.grade import Removed, grade, variance_removed
from tzsim.ensemble.posterior import measure_hash
from tzsim.kernel.compile import Backend, Kernel
from tzsim.measures import Measure, evaluate
from tzsim.scenario import Goal, Scenario


@dataclass(frozen=True)
class GoalEvidence:
    """One judged goal. removed: 1 - posterior variance / prior variance of its measure with its standard error (see
    `ensemble.grade.variance_removed`), nan where the prior does not vary. measure: hash of what was measured.

    probability_*: share of draws that meet it (in every year, for annual goals). without: figure id -> probability
    when that figure is left out; nan where the importance weights are not reliable: only a refit could tell. *_half_width: the
    same under priors of half the width, so that a vague prior earns no better grade.
    """

    goal: str
    prior_mean: float
    prior_sd: float
    posterior_mean: float
    posterior_sd: float
    probability_prior: float
    probability_posterior: float
    removed: float
    removed_error: float
    grade: str
    removed_half_width: float
    removed_half_width_error: float
    grade_half_width: str
    measure: str
    without: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class GoalMeasures:
    """The last (or only) measure of each judged goal. Axes: prior (goal, draw), posterior (chain, draw, goal)."""

    goals: tuple[Goal, ...]
    prior: FloatArray
    posterior: FloatArray
    met_prior: NDArray[np.bool_]
    """(goal, draw)."""
    met_posterior: NDArray[np.bool_]
    """(goal, draw), chains one after the other."""

    def convergence(self) -> Convergence | None:
        """Diagnostics of the goal measures that vary; None where none does."""
        rows = [i for i in range(len(self.goals)) if float(np.ptp(self.posterior[..., i])) > 0]
        if not rows:
            return None
        return convergence(self.posterior[..., rows], [self.goals[i].id for i in rows])


@dataclass(frozen=True)
class GoalRun:
    """The compiled model up to the horizon, and what the judged goals read of it."""

    goals: tuple[Goal, ...]
    space: Coordinates
    kernel: Kernel
    measures: tuple[tuple[Measure, ...], ...]
    known: NDArray[np.intp]
    """Columns of `space` that a calibration draws."""

    def points(self, z: FloatArray, seed: int, width: float = 1.0) -> tuple[FloatArray, FloatArray]:
        """(draw, coordinate of `space`) of the prior, and the same with what the calibration drew, z (draw, coordinate), in its place."""
        prior = np.random.default_rng([seed, 1]).standard_normal((len(z), len(self.space)))
        prior *= [width if c.kind == "constant" else 1.0 for c in self.space.listed]
        posterior = prior.copy()
        posterior[:, self.known] = z[:, : len(self.known)]
        return prior, posterior

    def judge(self, points: FloatArray) -> tuple[FloatArray, NDArray[np.bool_]]:
        """(goal, draw) last measure, nan where the member fails, and whether the goal is met."""
        values = np.empty((len(self.goals), len(points)))
        met = np.empty((len(self.goals), len(points)), dtype=np.bool_)
        for first in range(0, len(points), BLOCK):
            part = slice(first, first + BLOCK)
            inputs, knots = self.space.values(points[part])
            run = self.kernel.run(inputs, knots if self.space.series else None)
            readings = Readings(self.kernel, run.values)
            alive = run.status == 0
            for i, (goal, dated) in enumerate(zip(self.goals, self.measures, strict=True)):
                yearly = [np.where(alive, evaluate(m, readings), np.nan) for m in dated]
                values[i, part] = yearly[-1]
                judged = [goal.known(year) for year, _ in goal.yearly_measures]
                seen = [
                    y if k is None else np.where(alive, k, np.nan)
                    for y, k in zip(yearly, judged, strict=True)
                ]
                met[i, part] = np.all([goal.met(y) for y in seen], axis=0)
        return values, met


def goal_run(scenario: Scenario, likelihood: Likelihood, backend: Backend = "llvm") -> GoalRun | None:
    """The model compiled for the judged goals of a scenario; None without goals."""
    goals = tuple(g for g in scenario.goals if g.status == "judged" and g.measure is not None)
    if not goals:
        return None
    space = coordinates(scenario.priors, scenario.shocks, until=float(scenario.horizon), fixed=scenario.fixed)
    measures = tuple(tuple(m for _, m in g.yearly_measures) for g in goals)
    kernel = compile_for(scenario.model, space, [m for row in measures for m in row], backend)
    return GoalRun(goals, space, kernel, measures, shared_columns(likelihood.coordinates, space))


def goal_measures(run: GoalRun, z: FloatArray, *, seed: int, width: float = 1.0) -> GoalMeasures:
    """Goal measures of posterior draws z (chain, draw, coordinate) and of as many prior draws.

    width: of the priors of constants as a share of their own, under which z was drawn.

    Draws that fail are nan. Goals whose measure the run does not reach are left to the reader of scenarios.
    """
    chains, draws, _ = z.shape
    prior, posterior = run.points(z.reshape(chains * draws, -1), seed, width)
    prior_values, met_prior = run.judge(prior)
    values, met = run.judge(posterior)
    return GoalMeasures(run.goals, prior_values, values.T.reshape(chains, draws, -1), met_prior, met)


def goal_evidence(
    measures: GoalMeasures, influence: LeaveOneOut, figures: Sequence[str], half: GoalMeasures | None = None
) -> tuple[GoalEvidence, ...]:
    """One row for each goal. figures: ids of the fitted figures, in the order of `influence`. half: under priors of half the width."""
    found: list[GoalEvidence] = []
    for i, goal in enumerate(measures.goals):
        prior, posterior = measures.prior[i], measures.posterior[..., i].ravel()
        removed = _removed(measures, i)
        narrow = Removed(float("nan"), float("nan")) if half is None else _removed(half, i)
        met = measures.met_posterior[i].astype(float)
        without = influence.without(met[:, None])[:, 0]
        found.append(
            GoalEvidence(
                goal.id,
                float(np.nanmean(prior)),
                float(np.nanstd(prior)),
                float(np.nanmean(posterior)),
                float(np.nanstd(posterior)),
                float(measures.met_prior[i].mean()),
                float(met.mean()),
                removed.value,
                removed.error,
                grade(removed.value, delivery=goal.delivery),
                narrow.value,
                narrow.error,
                "" if half is None else grade(narrow.value, delivery=goal.delivery),
                measure_hash(goal),
                {
                    f: float(p) if ok else float("nan")
                    for f, p, ok in zip(figures, without, influence.reliable, strict=True)
                },
            )
        )
    return tuple(found)


def _removed(measures: GoalMeasures, goal: int) -> Removed:
    posterior = measures.posterior[..., goal]
    effective = ess_mean(np.square(posterior - posterior.mean()))
    return variance_removed(
        measures.prior[goal], posterior.ravel(), effective if np.isfinite(effective) else None
    )
