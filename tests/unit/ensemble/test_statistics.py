"""Streaming statistics against NumPy on all members at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tzsim.ensemble.designs import Replicate, replicates
from tzsim.ensemble.statistics import RELATIVE_ACCURACY, SMALLEST, Exceedance, QuantileSketch, RunningMoments

LEVELS = (0.0, 0.05, 0.3, 0.5, 0.9, 1.0)


def samples() -> np.ndarray:
    rng = np.random.default_rng(1)
    n = 5000
    return np.stack(
        [
            rng.normal(size=n),
            rng.lognormal(3, 2, n),
            -rng.lognormal(0, 1, n) * 1e9,
            np.zeros(n),
            np.full(n, 7.5),
        ]
    )


def test_moments_agree_with_numpy_for_any_blocks() -> None:
    x = samples()
    for size in (1, 7, 2048, 5000):
        moments = RunningMoments(len(x))
        for first in range(0, x.shape[1], size):
            moments.add(x[:, first : first + size])
        assert moments.count.tolist() == [x.shape[1]] * len(x)
        np.testing.assert_allclose(moments.mean, x.mean(axis=1), rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(moments.variance, x.var(axis=1, ddof=1), rtol=1e-10)


def test_quantiles_are_within_the_stated_accuracy() -> None:
    x = samples()
    sketch = QuantileSketch(len(x))
    for first in range(0, x.shape[1], 333):
        sketch.add(x[:, first : first + 333])
    exact = np.quantile(x, LEVELS, axis=1, method="nearest")
    assert (np.abs(sketch.quantiles(LEVELS) - exact) <= RELATIVE_ACCURACY * np.abs(exact)).all()


def test_blocks_and_their_order_do_not_matter() -> None:
    x = samples()
    one, other = QuantileSketch(len(x)), QuantileSketch(len(x))
    one.add(x)
    for part in np.array_split(x[:, ::-1], 13, axis=1):
        other.add(part)
    assert np.array_equal(one.quantiles(LEVELS), other.quantiles(LEVELS))


@settings(max_examples=200)
@given(
    arrays(
        np.float64,
        st.tuples(st.just(1), st.integers(1, 30)),
        elements=st.floats(-1e12, 1e12, allow_nan=False, width=64),
    )
)
def test_every_number_keeps_its_place(x: np.ndarray) -> None:
    sketch = QuantileSketch(1)
    sketch.add(x)
    ranks = np.arange(x.shape[1])
    levels = ranks / max(1, x.shape[1] - 1)
    found = sketch.quantiles(levels.tolist())[:, 0]
    exact = np.sort(x[0])
    assert (np.abs(found - exact) <= RELATIVE_ACCURACY * np.abs(exact) + SMALLEST).all()


def test_each_row_counts_its_finite_values_alone() -> None:
    x = samples()
    holes = np.random.default_rng(2).random(x.shape) < np.array([[0.0], [0.3], [0.01], [1.0], [0.5]])
    x = np.where(holes, np.where(np.arange(x.shape[1]) % 2, np.nan, np.inf), x)
    moments, sketch = RunningMoments(len(x)), QuantileSketch(len(x))
    for first in range(0, x.shape[1], 333):
        moments.add(x[:, first : first + 333])
        sketch.add(x[:, first : first + 333])
    assert moments.count.tolist() == (~holes).sum(axis=1).tolist()
    for row in (0, 1, 2, 4):
        seen = x[row, ~holes[row]]
        assert moments.mean[row] == pytest.approx(seen.mean(), rel=1e-12)
        assert moments.variance[row] == pytest.approx(seen.var(ddof=1), rel=1e-9)
        exact = np.quantile(seen, LEVELS, method="nearest")
        assert (np.abs(sketch.quantiles(LEVELS)[:, row] - exact) <= RELATIVE_ACCURACY * np.abs(exact)).all()
    assert np.isnan(moments.mean[3])
    assert np.isnan(sketch.quantiles(LEVELS)[:, 3]).all()


def test_members_above_are_counted_in_their_replicate() -> None:
    above = Exceedance(np.array([1.0, np.nan, 5.0]), (*replicates("sobol", 8)[:2], Replicate(2, 2, 6)))
    above.add(np.array([[0.5, 1.0, 2.0], [9.0, 9.0, 9.0], [5.0, 4.9, np.inf]]))
    above.add(np.array([[3.0], [9.0], [0.0]]))
    assert above.rows.tolist() == [0, 2]
    assert above.above.tolist() == [[0, 1, 2], [1, 0, 0]]
    assert above.count.tolist() == [[1, 1, 2], [1, 1, 1]]


def test_nothing_gives_nan() -> None:
    assert np.isnan(QuantileSketch(2).quantiles([0.5])).all()
    assert np.isnan(RunningMoments(1).variance).all()
    assert not Exceedance(np.array([0.0]), replicates("monte carlo", 9)).count.any()
