"""Numbers by counter: independent of the block, distinct by name and seed, uniform."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tzsim.ensemble.counter import uniforms, words


@given(first=st.integers(0, 500), count=st.integers(0, 60), seed=st.integers(-3, 3))
def test_a_member_is_the_same_in_any_block(first: int, count: int, seed: int) -> None:
    whole = uniforms(seed, "k", 0, 600)
    assert np.array_equal(uniforms(seed, "k", first, count), whole[first : first + count])


def test_the_numbers_are_pinned() -> None:
    # A change here changes every published run.
    key = int.from_bytes(hashlib.sha256(b"7\0capital").digest()[:16], "little")
    expected = np.random.Philox(key=key).random_raw(9)
    assert np.array_equal(words(7, "capital", 0, 9), expected)
    assert words(7, "capital", 0, 2).tolist() == [1958982773971440796, 14973122636266637932]


def test_seeds_and_names_give_unrelated_streams() -> None:
    n = 20_000
    streams = [uniforms(s, name, 0, n) for s in (0, 1) for name in ("a", "b", "a[b]")]
    correlation = np.corrcoef(streams) - np.eye(len(streams))
    assert np.abs(correlation).max() < 5 / n**0.5


def test_uniform_on_the_open_interval() -> None:
    u = uniforms(0, "x", 0, 100_000)
    assert u.min() > 0.0
    assert u.max() < 1.0
    counts = np.bincount((u * 20).astype(int), minlength=20)
    chi_square = ((counts - 5000) ** 2 / 5000).sum()
    assert chi_square < 43.8  # 99.9 % point with 19 degrees of freedom


def test_members_before_the_first_are_refused() -> None:
    with pytest.raises(ValueError, match="start at 0"):
        uniforms(0, "x", -1, 3)
