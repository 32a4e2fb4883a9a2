"""Statistics over members that are never all in memory: moments, shares above a threshold, quantiles.

Moments are merged chunk by chunk (Chan, Golub and LeVeque 1983). Quantiles come from a histogram whose bins are the
leading bits of the number itself, the idea of DDSketch (Masson, Rim and Lee 2019) without its logarithm: every
quantile of a value x has an error of at most `RELATIVE_ACCURACY * |x|`, or `SMALLEST` near zero, whatever the
distribution. Counts add, so the histogram does not depend on the order or the size of the blocks; moments depend
on neither as long as the blocks are the same, which `ensemble.blocks` sees to.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tzsim.ensemble.designs import Replicate

FloatArray = NDArray[np.float64]

_MANTISSA_BITS = 10
_SHIFT = np.uint64(52 - _MANTISSA_BITS)
SMALLEST = 2.0**-40
"""Values nearer to zero than this are counted as zero."""
RELATIVE_ACCURACY = 2.0 ** -(_MANTISSA_BITS + 1)
"""Half the width of a bin relative to its lower edge: 0.05 %."""


class RunningMoments:
    """Count, mean and variance of each row of blocks (row, member), over the values that are finite numbers."""

    def __init__(self, rows: int) -> None:
        self.count: NDArray[np.int64] = np.zeros(rows, dtype=np.int64)
        self._mean: FloatArray = np.zeros(rows)
        self._squares: FloatArray = np.zeros(rows)

    def add(self, block: FloatArray) -> None:
        """Merge a block (row, member)."""
        finite = np.isfinite(block)
        size = finite.sum(axis=1)
        used = np.maximum(size, 1)
        whole = bool((size == block.shape[1]).all())
        mean = (block if whole else np.where(finite, block, 0.0)).sum(axis=1) / used
        away = block - mean[:, None] if whole else np.where(finite, block - mean[:, None], 0.0)
        squares = np.square(away).sum(axis=1)
        total = np.maximum(self.count + size, 1)
        shift = np.where(size > 0, mean - self._mean, 0.0)
        self._squares += squares + shift * shift * (self.count * size / total)
        self._mean += shift * (size / total)
        self.count += size

    @property
    def mean(self) -> FloatArray:
        """(row,); nan without a value."""
        return np.where(self.count > 0, self._mean, np.nan)

    @property
    def variance(self) -> FloatArray:
        """(row,) sample variance with n - 1; nan below two values."""
        return np.where(self.count > 1, self._squares / np.maximum(self.count - 1, 1), np.nan)


class QuantileSketch:
    """Histogram of the finite values of each row of blocks (row, member), for quantiles of stated relative accuracy."""

    def __init__(self, rows: int) -> None:
        self._lowest = np.zeros(rows, dtype=np.int64)
        self._counts: list[NDArray[np.int64]] = [np.zeros(0, dtype=np.int64) for _ in range(rows)]

    def add(self, block: FloatArray) -> None:
        """Count a block (row, member)."""
        finite = np.isfinite(block)
        whole: list[bool] = np.all(finite, axis=1).tolist()
        for row, bins in enumerate(_bin_of(np.where(finite, block, 0.0))):
            kept = bins if whole[row] else bins[finite[row]]
            if len(kept):
                self._reserve(row, int(kept.min()), int(kept.max()))
                start = int(self._lowest[row])
                self._counts[row] += np.bincount(kept - start, minlength=len(self._counts[row]))

    def _reserve(self, row: int, low: int, high: int) -> None:
        counts, start = self._counts[row], int(self._lowest[row])
        if not len(counts):
            self._lowest[row], self._counts[row] = low, np.zeros(high - low + 1, dtype=np.int64)
            return
        before, after = max(0, start - low), max(0, high - (start + len(counts) - 1))
        if before or after:
            self._lowest[row] = start - before
            self._counts[row] = np.pad(counts, (before, after))

    def quantiles(self, levels: Sequence[float]) -> FloatArray:
        """(level, row): middle of the bin that holds the member of rank round(level * (count - 1)); nan without a value."""
        result = np.full((len(levels), len(self._counts)), np.nan)
        for row, counts in enumerate(self._counts):
            if len(counts):
                upto = np.cumsum(counts)
                ranks = np.rint(np.asarray(levels) * (upto[-1] - 1)).astype(np.int64)
                found = np.searchsorted(upto, ranks, side="right")
                result[:, row] = _middle_of(found + self._lowest[row])
        return result


class Exceedance:
    """How many members of each row are at or above its threshold, in each replicate of a design.

    Rows whose threshold is nan are not counted. Blocks come in member order.
    """

    def __init__(self, thresholds: FloatArray, parts: Sequence[Replicate]) -> None:
        self.rows = np.flatnonzero(~np.isnan(thresholds))
        self._thresholds = thresholds[self.rows, None]
        self._ends = np.array([part.first + part.size for part in parts])
        self.above: NDArray[np.int64] = np.zeros((len(self.rows), len(parts)), dtype=np.int64)
        """(row with a threshold, replicate)."""
        self.count: NDArray[np.int64] = np.zeros_like(self.above)
        """Finite values, likewise."""
        self._done = 0

    def add(self, block: FloatArray) -> None:
        """Count a block (row, member)."""
        if len(self.rows):
            values = block[self.rows]
            finite = np.isfinite(values)
            part = np.searchsorted(self._ends, self._done + np.arange(block.shape[1]), side="right")
            for r in np.unique(part):
                inside = part == r
                self.count[:, r] += finite[:, inside].sum(axis=1)
                self.above[:, r] += (finite & (values >= self._thresholds))[:, inside].sum(axis=1)
        self._done += block.shape[1]


_ZERO_BIN = int(np.float64(SMALLEST).view(np.uint64) >> _SHIFT) - 1


def _bin_of(values: FloatArray) -> NDArray[np.int64]:
    """Signed bin number, ascending with the value; 0 holds everything nearer to zero than SMALLEST."""
    size = np.abs(values)
    bins = (size.view(np.uint64) >> _SHIFT).astype(np.int64) - _ZERO_BIN
    bins[size < SMALLEST] = 0
    return np.where(values < 0, -bins, bins)


def _middle_of(bins: NDArray[np.int64]) -> FloatArray:
    size = np.abs(bins)
    lower = ((size + _ZERO_BIN).astype(np.uint64) << _SHIFT).view(np.float64)
    upper = ((size + _ZERO_BIN + 1).astype(np.uint64) << _SHIFT).view(np.float64)
    return np.where(size == 0, 0.0, np.sign(bins) * (lower + upper) / 2)
