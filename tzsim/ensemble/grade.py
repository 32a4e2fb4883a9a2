"""The evidence grade of a goal: how much of the prior variance of its measure the data removed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CALIBRATED, PARTLY = 0.5, 0.1
"""More than half of the variance removed; at least a tenth."""


@dataclass(frozen=True, slots=True)
class Removed:
    """Share of the prior variance that the data removed, and its standard error; nan where the measure never varied."""

    value: float
    error: float


def variance_removed(
    prior: NDArray[np.float64], posterior: NDArray[np.float64], effective: float | None = None
) -> Removed:
    """1 - posterior variance / prior variance of a measure, over finite members.

    prior, posterior: (member,), of which the first ones are pairs that share whatever no figure can inform. Chance common
    to a pair is taken off: the variance of the shorter sample is corrected by how far, on its pairs, that of the longer one
    is from its value over all members (regression estimator of two-phase sampling; Cochran 1977, Sampling Techniques,
    chapter 12). So a measure that rests on nothing the data reached has exactly 0. effective: independent draws behind
    `posterior` where they are fewer than its members. error: by the delta method.
    """
    count = min(len(prior), len(posterior))
    good_prior, good_posterior = np.isfinite(prior), np.isfinite(posterior)
    both = good_prior[:count] & good_posterior[:count]
    if count == 0 or not both.any():
        return Removed(float("nan"), float("nan"))
    before, after = _squares(prior, good_prior), _squares(posterior, good_posterior)
    if np.nanmean(before) <= 0:
        return Removed(float("nan"), float("nan"))
    share = 1.0 if effective is None else min(1.0, effective / max(int(good_posterior.sum()), 1))
    if len(posterior) >= len(prior):
        whole, error = _mean(after, share)
        other, slope, rest = _corrected(before[:count][both], after[:count][both], whole)
        ratio, turn, by_rest = whole / other, (other - slope * whole) / other**2, whole / other**2
    else:
        whole, error = _mean(before, 1.0)
        other, slope, rest = _corrected(after[:count][both], before[:count][both], whole, share)
        ratio, turn, by_rest = other / whole, (slope * whole - other) / whole**2, 1.0 / whole
    return Removed(1.0 - ratio, float(np.hypot(turn * error, by_rest * rest)))


def _squares(values: NDArray[np.float64], good: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Squared distance of each member from the mean of the finite ones."""
    return np.square(np.where(good, values - values[good].mean(), np.nan))


def _mean(squares: NDArray[np.float64], share: float) -> tuple[float, float]:
    """Mean and its standard error; share: independent draws for each member."""
    good = squares[np.isfinite(squares)]
    return float(good.mean()), float(good.std() / (len(good) * share) ** 0.5)


def _corrected(
    squares: NDArray[np.float64], paired: NDArray[np.float64], whole: float, share: float = 1.0
) -> tuple[float, float, float]:
    """Mean of `squares` by regression on their pairs, whose mean over all members is `whole`; the slope; the error of the rest."""
    scatter = float(paired.var())
    slope = (
        float(np.mean((squares - squares.mean()) * (paired - paired.mean()))) / scatter
        if scatter > 0
        else 0.0
    )
    rest = squares - slope * paired
    value = float(rest.mean()) + slope * whole
    least = 1e-3 * float(squares.mean())
    return max(value, least), slope, float(rest.std() / (len(rest) * share) ** 0.5)


def grade(removed: float, *, delivery: bool = False) -> str:
    """The grade from 1 - posterior variance / prior variance; nan (a measure that never varied) is 'prior only'.

    delivery: nothing but a delivery programme stands behind the goal.
    """
    if delivery:
        return "delivery plan only"
    if removed > CALIBRATED:
        return "calibrated"
    return "partly" if removed >= PARTLY else "prior only"
