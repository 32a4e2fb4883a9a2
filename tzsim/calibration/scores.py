"""Proper scores of a predictive ensemble, and whether one way of forecasting beat another beyond chance.

CRPS and interval score from scoringrules (Gneiting & Raftery 2007, JASA 102). Cases of one origin share its data and
overlap in time, so an origin is what is resampled and what changes sign.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from tzsim.calibration.moves import FloatArray
from tzsim.ensemble.skill import Comparison

LEVELS = (0.5, 0.8, 0.95)
EXACT = 14
"""Most origins for which every pattern of signs is counted."""
RESAMPLES = 4000


@dataclass(frozen=True, slots=True)
class CaseScore:
    """One predictive distribution against one figure, in the figure's unit.

    crps, interval: smaller is better; interval of the central 95 %. pit: share of the distribution at or below the
    figure. inside: by the central intervals of `LEVELS`. median, low, high: of the distribution, 95 % between the ends.
    """

    crps: float
    interval: float
    pit: float
    inside: tuple[bool, ...]
    median: float
    low: float
    high: float


def score(ensemble: FloatArray, value: float) -> CaseScore:
    """Scores of equally likely values (draw,) against what happened. Raises ValueError for values that are not finite."""
    import scoringrules

    if not np.isfinite(ensemble).all():
        raise ValueError("the ensemble holds values that are not finite")
    bounds = {level: np.quantile(ensemble, [0.5 - level / 2, 0.5 + level / 2]) for level in LEVELS}
    low, high = (float(b) for b in bounds[0.95])
    return CaseScore(
        float(
            np.asarray(scoringrules.crps_ensemble(value, np.sort(ensemble), estimator="pwm", backend="numpy"))
        ),
        float(np.asarray(scoringrules.interval_score(value, low, high, 0.05, backend="numpy"))),
        float(np.mean(ensemble <= value)),
        tuple(bool(b[0] <= value <= b[1]) for b in bounds.values()),
        float(np.median(ensemble)),
        low,
        high,
    )


def compare(
    baseline: str, model: Sequence[float], other: Sequence[float], origins: Sequence[float], seed: int
) -> Comparison:
    """The model's CRPS against a baseline's, case by case; origins: of each case."""
    ours, theirs = np.asarray(model, dtype=float), np.asarray(other, dtype=float)
    groups = sorted(set(origins))
    member = np.array([[o == g for o in origins] for g in groups], dtype=float)
    a, b = member @ ours, member @ theirs
    rng = np.random.default_rng([seed, 7])
    low = high = None
    if len(groups) >= LEAST_BOOTSTRAP:
        chosen = rng.integers(0, len(groups), (RESAMPLES, len(groups)))
        gains = 1.0 - a[chosen].sum(axis=1) / b[chosen].sum(axis=1)
        low, high = (float(g) for g in np.quantile(gains, [0.05, 0.95]))
    return Comparison(
        baseline, float(1.0 - a.sum() / b.sum()), low, high, sign_flip(b - a, rng), int(np.sum(ours < theirs))
    )


LEAST_BOOTSTRAP = 3


def sign_flip(differences: FloatArray, rng: np.random.Generator) -> float:
    """P(sum of differences with random signs >= their sum): one-sided exact test, or by 20,000 draws of many."""
    count = len(differences)
    signs = (
        np.array(list(product((1.0, -1.0), repeat=count)))
        if count <= EXACT
        else np.vstack([np.ones(count), rng.choice([1.0, -1.0], (20_000, count))])
    )
    sums = signs @ differences
    return float(np.mean(sums >= differences.sum() - 1e-12 * np.abs(differences).sum()))
