"""Probability of an event from an ensemble, with the 95 % interval of its sampling error.

Monte Carlo members are independent: Jeffreys' interval, the 2.5 % and 97.5 % points of Beta(k + 1/2, n - k + 1/2),
closed at 0 when k = 0 and at 1 when k = n (Brown, Cai and DasGupta 2001, 'Interval estimation for a binomial
proportion'). Stratified designs: Student's t with the spread of the shares of the replicates, widened by half a member of a
replicate, since shares that agree say no more than that; where all agree at 0 or 1, Jeffreys' interval stands. The interval says nothing about
how right the model and its priors are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tzsim.ensemble.designs import Replicate

CONFIDENCE = 0.95


class Share(NamedTuple):
    """Share of members with the interval of its sampling error; nan all three when there is no member."""

    value: float
    low: float
    high: float


def jeffreys(successes: float, trials: float, confidence: float = CONFIDENCE) -> Share:
    """Share `successes / trials` with Jeffreys' interval. Raises ValueError unless 0 <= successes <= trials."""
    from scipy.special import betaincinv

    if not 0 <= successes <= trials:
        raise ValueError(f"{successes} of {trials} members")
    if not trials:
        return Share(float("nan"), float("nan"), float("nan"))
    tail = (1 - confidence) / 2
    a, b = successes + 0.5, trials - successes + 0.5
    low = 0.0 if successes == 0 else float(betaincinv(a, b, tail))
    high = 1.0 if successes == trials else float(betaincinv(a, b, 1 - tail))
    return Share(successes / trials, low, high)


def probability(
    met: NDArray[np.bool_],
    alive: NDArray[np.bool_],
    parts: Sequence[Replicate],
    effective: float | None = None,
) -> Share:
    """Share of living members where `met` (member,) holds; `parts` are the replicates of the design.

    effective: effective sample size of the posterior that members were taken from; the interval is never narrower than
    that of so many independent members.
    """
    from scipy.special import stdtrit

    hits, living = int((met & alive).sum()), int(alive.sum())
    plain = jeffreys(hits, living)
    if effective is not None and 0 < effective < living:
        _, low, high = jeffreys(hits * effective / living, effective)
        plain = Share(plain.value, low, high)
    if len(parts) < 2 or hits in (0, living):
        return plain
    shares = [s for part in parts if not np.isnan(s := _share(met, alive, part))]
    if len(shares) < 2:
        return plain
    error = float(np.std(shares, ddof=1)) / len(shares) ** 0.5
    reach = float(stdtrit(len(shares) - 1, (1 + CONFIDENCE) / 2)) * error
    reach += 0.5 / min(part.size for part in parts)
    low, high = max(0.0, plain.value - reach), min(1.0, plain.value + reach)
    if effective is not None:
        low, high = min(low, plain.low), max(high, plain.high)
    return Share(plain.value, low, high)


def _share(met: NDArray[np.bool_], alive: NDArray[np.bool_], part: Replicate) -> float:
    inside = slice(part.first, part.first + part.size)
    living = int(alive[inside].sum())
    return float((met[inside] & alive[inside]).sum() / living) if living else float("nan")
