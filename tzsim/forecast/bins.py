"""Means of values in bins of equal count of each input: what knowing an input says, from an ensemble's own members.

Members are sorted by an input into bins; what varies between the bins' means is what the input explains, once the bins' own bias is
taken off (Kelley's epsilon squared; for two values at once the law of total covariance).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

BINS = 20
CHUNK = 40
"""Inputs whose bins are worked out at once."""
FALSE_ALARMS = 0.05


def bin_sizes(members: int, bins: int = BINS) -> NDArray[np.int64]:
    """Members in each bin, as equal as they can be."""
    return np.diff(np.linspace(0, members, bins + 1).astype(np.int64))


def bin_means(inputs: FloatArray, values: FloatArray) -> Iterator[tuple[int, FloatArray]]:
    """(first input, means (value, input, bin)) of values (value, member) about their mean, some inputs (input, member) at a time."""
    n = inputs.shape[1]
    sizes = bin_sizes(n)
    bins = np.repeat(np.arange(BINS), sizes)
    for first in range(0, len(inputs), CHUNK):
        rows = inputs[first : first + CHUNK]
        member = np.zeros((n, len(rows), BINS), dtype=np.float64)
        for k, order in enumerate(np.argsort(rows, axis=1, kind="stable")):
            member[order, k, bins] = 1.0
        yield first, (values @ member.reshape(n, -1)).reshape(len(values), len(rows), BINS) / sizes


def explained(
    inputs: FloatArray, values: FloatArray, one: NDArray[np.int64], other: NDArray[np.int64]
) -> tuple[FloatArray, FloatArray]:
    """Shares (value, input) of each value's variance, and (pair, input) of the covariance of values[one] and values[other], that an
    input explains alone.

    values: (value, member), their means taken off. one, other: rows of each pair. A covariance of 0 has a share of 0.
    """
    n = inputs.shape[1]
    sizes = bin_sizes(n)

    def share(between: FloatArray, total: FloatArray) -> FloatArray:
        total = total[:, None]
        safe = np.where(total == 0, 1.0, total)
        return np.where(total == 0, 0.0, 1 - (total - between) / (n - BINS) * (n - 1) / safe)

    variance, covariance = (values**2).sum(axis=1), (values[one] * values[other]).sum(axis=1)
    alone, both = np.zeros((len(values), len(inputs))), np.zeros((len(one), len(inputs)))
    for first, means in bin_means(inputs, values):
        here = slice(first, first + means.shape[1])
        alone[:, here] = share((sizes * means**2).sum(axis=2), variance)
        both[:, here] = share((sizes * means[one] * means[other]).sum(axis=2), covariance)
    return alone, both


def share_floor(members: int, inputs: int, bins: int = BINS) -> float:
    """Share of variance that the largest of `inputs` inert inputs exceeds with probability 0.05 (the F test between bins)."""
    from scipy.special import fdtri

    if bins < 2 or not inputs or members <= bins:
        return 1.0
    within = members - bins
    critical = float(fdtri(bins - 1, within, 1 - FALSE_ALARMS / inputs))
    return 1 - (members - 1) / within / (1 + critical * (bins - 1) / within)


def floors(inputs: FloatArray) -> FloatArray:
    """`share_floor` of each of the inputs (input, member), higher where members share its values.

    Members of one draw of a posterior have the same value and are no independent evidence: the worst case counts each draw once.
    """
    rows, n = inputs.shape
    distinct = 1 + (np.diff(np.sort(inputs, axis=1), axis=1) > 0).sum(axis=1)
    counted = np.where(distinct < 4 * BINS, n, distinct)  # a discrete input is drawn anew for each member
    known = {int(k): share_floor(int(k), rows) + (BINS - 1) * (1 / k - 1 / n) for k in np.unique(counted)}
    return np.array([known[int(k)] for k in counted])
