"""Differences within members that two runs have in common.

Intervals are 95 % and speak of sampling error only. A mean difference: Student's t on the paired differences. A difference
of probabilities: the paired (matched) interval of Agresti and Min (2005, 'Simple improved confidence intervals for
comparing matched proportions'), half a member added to each of the four cells of met and missed. Where every
member has the same value in both scenarios the difference is zero exactly and so is its interval.

Pairing narrows the interval of a mean by 1 / sqrt(1 - r) where both scenarios vary alike (r: correlation of the paired measures): at least
threefold from r = 8/9 on. That of a probability has the variance P(flip) - difference^2, whatever is paired: a change that carries
many members over the target is large beside its interval anyhow, and its interval is hardly narrower than from independent members.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Difference:
    """Other minus base with its paired 95 % interval.

    narrower: width of the interval from independent members over the width of this one; None where this one has none.
    """

    value: float
    low: float
    high: float
    narrower: float | None


def paired_means(before: FloatArray, after: FloatArray) -> Difference:
    """Mean of after - before (member,) with Student's t; the whole line for a single member that changed."""
    with np.errstate(over="ignore", invalid="ignore"):  # a loop cut may send members beyond all numbers
        return _means(before, after)


def _means(before: FloatArray, after: FloatArray) -> Difference:
    from scipy.special import stdtrit

    n = len(before)
    change = after - before
    value = float(change.mean())
    if not change.any():
        return Difference(0.0, 0.0, 0.0, None)
    if n < 2:
        return Difference(value, float("-inf"), float("inf"), None)
    reach = float(stdtrit(n - 1, 0.975)) * float(change.std(ddof=1)) / n**0.5
    apart = float(stdtrit(n - 1, 0.975)) * float(np.sqrt((before.var(ddof=1) + after.var(ddof=1)) / n))
    return Difference(value, value - reach, value + reach, apart / reach if reach > 0 else None)


def paired_shares(before: NDArray[np.bool_], after: NDArray[np.bool_], identical: bool = False) -> Difference:
    """Difference of two shares over the same members (member,); `identical`: nothing differs, not by chance."""
    n = len(before)
    won, lost = int((after & ~before).sum()), int((before & ~after).sum())
    if identical or n == 0:
        return Difference(0.0, 0.0, 0.0, None)
    reach, middle = _agresti_min(won, lost, n)
    value = (won - lost) / n
    low, high = max(-1.0, min(value, middle - reach)), min(1.0, max(value, middle + reach))
    p, q = (float(x.sum() + 1) / (n + 2) for x in (before, after))
    apart = _Z * ((p * (1 - p) + q * (1 - q)) / (n + 2)) ** 0.5
    return Difference(value, low, high, apart / reach)


_Z = 1.959963984540054
"""97.5 % point of the standard normal distribution."""


def _agresti_min(won: int, lost: int, n: int) -> tuple[float, float]:
    """Half width and middle of the interval."""
    b, c, m = won + 0.5, lost + 0.5, n + 2
    return _Z * ((b + c) - (b - c) ** 2 / m) ** 0.5 / m, (b - c) / m
