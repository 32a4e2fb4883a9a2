"""Informed directions and structural dependence: they may speed up the sampler, never change the answer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tzsim.calibration.fit_spec import fit_spec, likelihood_of
from tzsim.calibration.smc import Settings, sample
from tzsim.calibration.spec import read_spec
from tzsim.calibration.subspace import informed_directions

SIZE = 24
SLOPE = np.random.default_rng(9).standard_normal((5, SIZE)) * 0.5
SDS = np.array([0.1, 0.2, 0.3, 0.1, 50.0])
"""The last figure says nothing."""


def predict(z: np.ndarray) -> np.ndarray:
    return SLOPE @ z.T + 0.05 * SLOPE @ np.sin(z).T


def log_likelihood(z: np.ndarray) -> np.ndarray:
    return -0.5 * np.sum((predict(z) / SDS[:, None]) ** 2, axis=0)


def finder(points: np.ndarray) -> np.ndarray:
    return informed_directions(predict, SDS, points)


def test_directions_span_the_slopes_of_informative_figures() -> None:
    found = informed_directions(lambda z: SLOPE @ z.T, SDS, np.zeros((2, SIZE)))
    assert found.shape == (SIZE, 4)
    assert found.T @ found == pytest.approx(np.eye(4), abs=1e-12)
    inside = SLOPE[:4] @ found @ found.T
    assert np.linalg.norm(inside - SLOPE[:4], axis=1) == pytest.approx(np.zeros(4), abs=0.02)


def test_slopes_that_are_not_finite_count_as_none() -> None:
    def failing(z: np.ndarray) -> np.ndarray:
        return np.where(z[:, 3] > 0.1, np.nan, SLOPE @ z.T)

    found = informed_directions(failing, SDS, np.zeros((1, SIZE)))
    assert np.isfinite(found).all()
    assert np.abs(found[3]).max() < 1e-12


def test_nothing_informed_is_no_direction() -> None:
    assert informed_directions(lambda z: np.zeros((5, len(z))), SDS, np.zeros((1, SIZE))).shape == (SIZE, 0)


def test_with_and_without_directions_the_posterior_is_the_same() -> None:
    plain = sample(log_likelihood, SIZE, seed=1, settings=Settings(particles=800))
    guided = sample(log_likelihood, SIZE, seed=2, settings=Settings(particles=800), directions=finder)
    one, two = plain.z.reshape(-1, SIZE), guided.z.reshape(-1, SIZE)
    assert one.mean(0) == pytest.approx(two.mean(0), abs=0.1)
    assert one.std(0) == pytest.approx(two.std(0), rel=0.08)
    assert plain.log_evidence.mean() == pytest.approx(guided.log_evidence.mean(), abs=0.3)


def test_a_killed_guided_run_goes_on_to_the_same_bits(tmp_path: Path) -> None:
    class Killed(Exception):
        pass

    settings = Settings(particles=200, final_moves=10)
    whole = sample(log_likelihood, SIZE, seed=3, settings=settings, directions=finder)
    for phase in ("tempering", "mixing"):
        state = tmp_path / f"{phase}.npz"

        def kill(note: object, phase: str = phase) -> None:
            if note.phase == phase:  # type: ignore[attr-defined]
                raise Killed

        with pytest.raises(Killed):
            sample(
                log_likelihood, SIZE, seed=3, settings=settings, directions=finder, state=state, progress=kill
            )
        again = sample(log_likelihood, SIZE, seed=3, settings=settings, directions=finder, state=state)
        assert np.array_equal(again.z, whole.z)


def test_what_no_figure_depends_on_keeps_its_prior(project: Callable[..., Path]) -> None:
    spec = read_spec(project())
    likelihood = likelihood_of(spec, "numpy")
    assert [n for n, a in zip(likelihood.names, likelihood.active, strict=True) if not a] == ["idle"]
    posterior = fit_spec(spec, backend="numpy", goals=False, settings=Settings(particles=1000))
    idle = posterior.z[..., 2]
    assert abs(idle.mean()) < 0.06
    assert idle.std() == pytest.approx(1.0, abs=0.05)
    assert np.abs(np.corrcoef(posterior.z.reshape(-1, 9).T)[2, [0, 1, 3]]).max() < 0.05
    assert not np.array_equal(idle[0], idle[1])
