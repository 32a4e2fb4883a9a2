"""Simulation-based calibration of a short stock model, and faults that it must find."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tzsim.calibration import moves, sbc
from tzsim.calibration.moves import LogLikelihood
from tzsim.calibration.smc import Settings

NAMES = ("start", "growth", "shock 1", "shock 2")
REPLICATES = 120


def logistic(z: np.ndarray) -> np.ndarray:
    """A stock that grows to a limit, shocked twice; (draw, parameter) -> (draw, year)."""
    level = 20.0 * np.exp(0.3 * z[:, 0])
    rate = 0.4 * np.exp(0.3 * z[:, 1])
    path = []
    for year in range(6):
        shock = 0.1 * z[:, 2 + year // 3]
        level = level + (rate + shock) * level * (1 - level / 100.0)
        path.append(level)
    return np.stack(path, axis=1)


def observed(truth: np.ndarray, rng: np.random.Generator) -> LogLikelihood:
    data = logistic(truth[None])[0] * np.exp(0.05 * rng.standard_normal(6))

    def likelihood(z: np.ndarray) -> np.ndarray:
        return -0.5 * np.sum(((np.log(data) - np.log(logistic(z))) / 0.05) ** 2, axis=1)

    return likelihood


FAST = sbc.smc_sampler(settings=Settings(runs=1, particles=252, final_moves=25))


def from_the_prior(likelihood: LogLikelihood, parameters: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((sbc.DRAWS, parameters))


def too_narrow(likelihood: LogLikelihood, parameters: int, seed: int) -> np.ndarray:
    draws = FAST(likelihood, parameters, seed)
    return draws.mean(axis=0) + 0.6 * (draws - draws.mean(axis=0))


@pytest.mark.slow
def test_the_sampler_is_calibrated() -> None:
    result = sbc.calibrate_by_simulation(
        observed,
        NAMES,
        replicates=REPLICATES,
        seed=5,
        sampler=FAST,
        quantities=(("level at the end",), lambda z: logistic(z)[:, -1:]),
    )
    assert result.names == (*NAMES, "log likelihood", "level at the end")
    assert result.ranks.shape == (REPLICATES, 6)
    assert not result.rejected, result.as_json()


def test_draws_from_the_prior_pass_for_parameters_but_not_for_the_likelihood() -> None:
    result = sbc.calibrate_by_simulation(
        observed, NAMES, replicates=REPLICATES, seed=5, sampler=from_the_prior
    )
    assert result.rejected == ("log likelihood",)


@pytest.mark.slow
def test_a_posterior_too_narrow_is_rejected() -> None:
    result = sbc.calibrate_by_simulation(observed, NAMES, replicates=REPLICATES, seed=5, sampler=too_narrow)
    assert result.rejected


@pytest.mark.slow
def test_a_greedy_acceptance_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    """Milder faults, such as taking every proposal of the fitted normal, are found by the known answers."""
    monkeypatch.setattr(moves, "metropolis", lambda ratio, rng: ratio > 0)
    result = sbc.calibrate_by_simulation(observed, NAMES, replicates=REPLICATES, seed=5, sampler=FAST)
    assert result.rejected


def test_a_killed_calibration_goes_on(tmp_path: Path) -> None:
    class Killed(Exception):
        pass

    def kill(done: int, of: int) -> None:
        if done == 3:
            raise Killed

    state = tmp_path / "sbc.npz"
    whole = sbc.calibrate_by_simulation(observed, NAMES, replicates=6, seed=1, sampler=FAST)
    with pytest.raises(Killed):
        sbc.calibrate_by_simulation(
            observed, NAMES, replicates=6, seed=1, sampler=FAST, state=state, progress=kill
        )
    seen: list[int] = []
    again = sbc.calibrate_by_simulation(
        observed,
        NAMES,
        replicates=6,
        seed=1,
        sampler=FAST,
        state=state,
        progress=lambda done, of: seen.append(done),
    )
    assert seen == [4, 5, 6]
    assert np.array_equal(again.ranks, whole.ranks)


def test_the_uniformity_test_holds_its_level_and_has_power() -> None:
    rng = np.random.default_rng(0)
    level = [sbc.uniformity(rng.integers(0, 64, 200), 63) for _ in range(2000)]
    assert np.mean(np.array(level) < 0.05) <= 0.06
    narrow = np.clip(np.round(32 + 12 * rng.standard_normal((200, 200))), 0, 63).astype(int)
    assert np.mean([sbc.uniformity(r, 63) < 0.01 for r in narrow]) > 0.9


def test_holm_equals_the_textbook_example() -> None:
    # p = 0.01, 0.04, 0.03, 0.005: adjusted 0.03, 0.06, 0.06, 0.02
    assert sbc.holm(np.array([0.01, 0.04, 0.03, 0.005])) == pytest.approx([0.03, 0.06, 0.06, 0.02])
