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
    """Share of members with the 95 % interval of its sampling error; nan all three when there is no member.

    failed: members left out of it because what it is made of is no finite number in them.
    """

    value: float
    low: float
    high: float
    failed: int = 0


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

    effective: how many independent members these are worth (of a posterior, or where members repeat each other); the
    interval is never narrower than that of so many.
    """
    inside = [slice(part.first, part.first + part.size) for part in parts] or [slice(None)]
    hits = np.array([int((met[i] & alive[i]).sum()) for i in inside])
    living = np.array([int(alive[i].sum()) for i in inside])
    return share_of(hits, living, effective)


def share_of(hits: NDArray[np.int64], living: NDArray[np.int64], effective: float | None = None) -> Share:
    """As `probability`, from the members counted in each replicate."""
    from scipy.special import stdtrit

    met, members = int(hits.sum()), int(living.sum())
    plain = jeffreys(met, members)
    if effective is not None and 0 < effective < members:
        _, low, high, _ = jeffreys(met * effective / members, effective)
        plain = Share(plain.value, low, high)
    used = living > 0
    if used.sum() < 2 or met in (0, members):
        return plain
    shares = hits[used] / living[used]
    error = float(np.std(shares, ddof=1)) / len(shares) ** 0.5
    reach = float(stdtrit(len(shares) - 1, (1 + CONFIDENCE) / 2)) * error
    reach += 0.5 / int(living[used].min())
    low, high = max(0.0, plain.value - reach), min(1.0, plain.value + reach)
    if effective is not None:
        low, high = min(low, plain.low), max(high, plain.high)
    return Share(plain.value, low, high)
