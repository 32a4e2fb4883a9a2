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

FloatArray = NDArray[np.float64]

_MANTISSA_BITS = 10
_SHIFT = np.uint64(52 - _MANTISSA_BITS)
SMALLEST = 2.0**-40
"""Values nearer to zero than this are counted as zero."""
RELATIVE_ACCURACY = 2.0 ** -(_MANTISSA_BITS + 1)
"""Half the width of a bin relative to its lower edge: 0.05 %."""


class RunningMoments:
    """Count, mean and variance of each row of blocks (row, member); nan members must be dropped before."""

    def __init__(self, rows: int) -> None:
        self.count = 0
        self.mean: FloatArray = np.zeros(rows)
        self._squares: FloatArray = np.zeros(rows)

    def add(self, block: FloatArray) -> None:
        """Merge a block (row, member)."""
        size = block.shape[1]
        if not size:
            return
        mean = block.mean(axis=1)
        squares = np.square(block - mean[:, None]).sum(axis=1)
        total = self.count + size
        shift = mean - self.mean
        self._squares += squares + shift * shift * (self.count * size / total)
        self.mean += shift * (size / total)
        self.count = total

    @property
    def variance(self) -> FloatArray:
        """(row,) sample variance with n - 1; nan below two members."""
        if self.count < 2:
            return np.full_like(self.mean, np.nan)
        return self._squares / (self.count - 1)


class QuantileSketch:
    """Histogram of each row of blocks (row, member), for quantiles of stated relative accuracy."""

    def __init__(self, rows: int) -> None:
        self.count = 0
        self._lowest = np.zeros(rows, dtype=np.int64)
        self._counts: list[NDArray[np.int64]] = [np.zeros(0, dtype=np.int64) for _ in range(rows)]

    def add(self, block: FloatArray) -> None:
        """Count a block (row, member) of finite numbers. Raises ValueError on nan or infinity."""
        if not np.isfinite(block).all():
            raise ValueError("a quantile sketch takes finite numbers; drop failed members first")
        if not block.shape[1]:
            return
        self.count += block.shape[1]
        bins = _bin_of(block)
        lowest, highest = bins.min(axis=1), bins.max(axis=1)
        for row, (low, high) in enumerate(zip(lowest.tolist(), highest.tolist(), strict=True)):
            self._reserve(row, low, high)
            start = int(self._lowest[row])
            self._counts[row] += np.bincount(bins[row] - start, minlength=len(self._counts[row]))

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
        """(level, row): middle of the bin that holds the member of rank round(level * (count - 1))."""
        result = np.full((len(levels), len(self._counts)), np.nan)
        if not self.count:
            return result
        ranks = np.rint(np.asarray(levels) * (self.count - 1)).astype(np.int64)
        for row, counts in enumerate(self._counts):
            found = np.searchsorted(np.cumsum(counts), ranks, side="right")
            result[:, row] = _middle_of(found + self._lowest[row])
        return result


class Exceedance:
    """Share of members of each row at or above its threshold."""

    def __init__(self, thresholds: Sequence[float]) -> None:
        self.thresholds = np.asarray(thresholds, dtype=np.float64)
        self.above = np.zeros(len(self.thresholds), dtype=np.int64)
        self.count = 0

    def add(self, block: FloatArray) -> None:
        """Count a block (row, member)."""
        self.above += (block >= self.thresholds[:, None]).sum(axis=1)
        self.count += block.shape[1]

    @property
    def share(self) -> FloatArray:
        """(row,) share at or above the threshold; nan before any member."""
        return self.above / self.count if self.count else np.full(len(self.above), np.nan)


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
