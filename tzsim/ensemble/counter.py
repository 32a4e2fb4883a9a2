"""Uniform numbers by counter: u(seed, name, member) never depends on the batch, the thread or the other names.

Philox4x64-10 (Salmon et al. 2011, 'Parallel random numbers: as easy as 1, 2, 3'): the key is the SHA-256 of seed and
name, the counter is the member. NumPy keeps the raw stream of its bit generators fixed across versions (NEP 19),
so the numbers are fixed too.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

_WORDS = 4
"""64-bit words of one Philox counter."""


def stream_key(seed: int, name: str) -> int:
    """128-bit key of one stream; 0 is a seed like any other."""
    return int.from_bytes(hashlib.sha256(f"{seed}\0{name}".encode()).digest()[:16], "little")


def words(seed: int, name: str, first: int, count: int) -> NDArray[np.uint64]:
    """(count,) raw 64-bit words of members first, first + 1, ... of one stream."""
    if first < 0 or count < 0:
        raise ValueError(f"members start at 0: first={first}, count={count}")
    skip = first % _WORDS
    generator = np.random.Philox(key=stream_key(seed, name), counter=first // _WORDS)
    return np.asarray(generator.random_raw(skip + count), dtype=np.uint64)[skip:]


def uniforms(seed: int, name: str, first: int, count: int) -> NDArray[np.float64]:
    """(count,) uniforms strictly inside (0, 1): odd multiples of 2**-54, so that both tails are finite quantiles."""
    return unit_interval(words(seed, name, first, count))


def unit_interval(raw: NDArray[np.uint64]) -> NDArray[np.float64]:
    """The upper 53 bits of each word, shifted by half a step: strictly inside (0, 1)."""
    return ((raw >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53
