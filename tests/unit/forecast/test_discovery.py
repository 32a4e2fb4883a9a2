"""Scenario discovery finds a planted box on fresh members, and nothing in noise."""

from __future__ import annotations

import numpy as np
import pytest

from tzsim.forecast.discovery import Box, Restriction, confirmed, discover, quality


@pytest.mark.parametrize("seed", range(5))
def test_planted_box(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, fresh = rng.random((12, 4000)), rng.random((12, 4000))

    def inside(u: np.ndarray) -> np.ndarray:
        return (u[2] > 0.6) & (u[7] < 0.5)

    box = discover(x, inside(x))
    assert box is not None
    assert {r.input for r in box.restrictions} == {2, 7}
    found = quality(box, fresh, inside(fresh))
    assert found.coverage >= 0.9
    assert found.density >= 0.9
    assert confirmed(found)


def test_noise_gives_nothing() -> None:
    rng = np.random.default_rng(9)
    said = 0
    for _ in range(20):
        x, fresh = rng.random((10, 1000)), rng.random((10, 1000))
        box = discover(x, rng.random(1000) < 0.2)
        said += box is not None and confirmed(quality(box, fresh, rng.random(1000) < 0.2))
    assert said <= 2
    assert discover(rng.random((3, 100)), np.ones(100, dtype=bool)) is None


def test_quality_by_counting() -> None:
    inputs = np.array([[0.0, 1, 2, 3, 4, 5]])
    found = quality(Box((Restriction(0, 1.5, 4.0),)), inputs, np.array([0, 0, 1, 1, 0, 1], dtype=bool))
    assert (found.coverage, found.density, found.inside, found.base) == (2 / 3, 2 / 3, 3, 0.5)
