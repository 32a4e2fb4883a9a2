"""The sampler's promises: reproducible, resumable, refuses what it cannot use."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tzsim.calibration import moves, particles
from tzsim.calibration.smc import Progress, Settings, sample
from tzsim.errors import InputError, SimulationError

SMALL = Settings(particles=200, final_moves=20)


def two_sums(z: np.ndarray) -> np.ndarray:
    """Observes z0 + z1 = 1 and z2 = -0.5, sd 0.1, in six coordinates."""
    return -50.0 * ((z[:, 0] + z[:, 1] - 1.0) ** 2 + (z[:, 2] + 0.5) ** 2)


class Killed(Exception):
    pass


def test_the_seed_decides_every_bit() -> None:
    one, two = (sample(two_sums, 6, seed=0, settings=SMALL) for _ in range(2))
    other = sample(two_sums, 6, seed=1, settings=SMALL)
    assert np.array_equal(one.z, two.z)
    assert not np.array_equal(one.z, other.z)
    assert not np.array_equal(one.z[0], one.z[1])


@pytest.mark.parametrize("after", [1, 7, 10_000])
def test_a_killed_run_goes_on_to_the_same_bits(tmp_path: Path, after: int) -> None:
    whole = sample(two_sums, 6, seed=3, settings=SMALL)
    told: list[Progress] = []

    def kill(note: Progress) -> None:
        told.append(note)
        if len(told) == after or (after == 10_000 and note.phase == "mixing"):
            raise Killed

    state = tmp_path / "deep" / "state.npz"
    with pytest.raises(Killed):
        sample(two_sums, 6, seed=3, settings=SMALL, state=state, progress=kill)
    again = sample(two_sums, 6, seed=3, settings=SMALL, state=state)
    assert np.array_equal(again.z, whole.z)
    assert np.array_equal(again.log_evidence, whole.log_evidence)
    assert again.evaluations == whole.evaluations
    assert [f.name for f in state.parent.iterdir()] == ["state.npz"]


def test_a_state_of_another_problem_is_refused(tmp_path: Path) -> None:
    state = tmp_path / "state.npz"
    sample(two_sums, 6, seed=3, settings=SMALL, state=state, fingerprint="one")
    with pytest.raises(InputError, match="another model"):
        sample(two_sums, 6, seed=3, settings=SMALL, state=state, fingerprint="two")
    with pytest.raises(InputError, match="another model"):
        sample(two_sums, 6, seed=4, settings=SMALL, state=state, fingerprint="one")
    state.write_bytes(b"PK broken")
    with pytest.raises(InputError, match="cannot be read"):
        sample(two_sums, 6, seed=3, settings=SMALL, state=state, fingerprint="one")


def test_progress_tells_temperature_then_r_hat() -> None:
    told: list[Progress] = []
    result = sample(two_sums, 6, seed=3, settings=SMALL, progress=told.append)
    tempering = [p for p in told if p.phase == "tempering"]
    for run in range(4):
        temperatures = [p.temperature for p in tempering if p.run == run]
        assert temperatures == sorted(temperatures)
        assert temperatures[-1] == 1.0
    assert len(tempering) == sum(result.stages)
    assert np.isfinite(told[-1].r_hat)
    assert told[-1].evaluations == result.evaluations


def test_evaluations_are_counted_as_they_are_made() -> None:
    made = 0

    def counting(z: np.ndarray) -> np.ndarray:
        nonlocal made
        made += len(z)
        return two_sums(z)

    assert sample(counting, 6, seed=3, settings=SMALL).evaluations == made


def test_failing_members_have_no_posterior_mass() -> None:
    def half(z: np.ndarray) -> np.ndarray:
        return np.where(z[:, 0] > 0.5, -np.inf, -0.5 * z[:, 1] ** 2)

    result = sample(half, 3, seed=2, settings=SMALL)
    assert result.z[..., 0].max() <= 0.5
    # log of P(z0 <= 0.5) * integral of normal * exp(-z1^2/2) = 0.69146 / sqrt(2)
    assert result.log_evidence.mean() == pytest.approx(np.log(0.691462 / np.sqrt(2)), abs=0.05)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_nan_and_infinity_are_refused(value: float) -> None:
    with pytest.raises(SimulationError, match=str(value)):
        sample(lambda z: np.where(z[:, 0] > 2, value, 0.0), 2, seed=0, settings=SMALL)


def test_an_impossible_likelihood_is_said() -> None:
    with pytest.raises(SimulationError, match="only 0 of"):
        sample(lambda z: np.full(len(z), -np.inf), 2, seed=0, settings=SMALL)


def test_temperature_keeps_the_wanted_effective_size() -> None:
    ll = -50.0 * np.random.default_rng(0).standard_normal(500) ** 2
    higher = particles.next_temperature(ll, 0.1, 0.5)
    weights = np.exp((higher - 0.1) * ll)
    assert weights.sum() ** 2 / np.sum(weights**2) == pytest.approx(250, rel=1e-6)
    assert particles.next_temperature(ll * 1e-6, 0.1, 0.5) == 1.0


def test_resampling_is_systematic() -> None:
    weights = np.array([0.0, 3.0, 1.0, 0.0, 4.0])
    counts = sum(
        np.bincount(particles.systematic(weights, np.random.default_rng(s)), minlength=5) for s in range(2000)
    )
    assert counts / counts.sum() == pytest.approx(weights / 8, abs=0.01)
    once = np.bincount(particles.systematic(weights, np.random.default_rng(1)), minlength=5)
    assert np.all(np.abs(once - 5 * weights / 8) < 1)


def test_informed_directions_are_found_in_many_dimensions() -> None:
    rng = np.random.default_rng(4)
    direction = np.ones(100) / 10.0
    z = rng.standard_normal((1000, 100))
    z += np.outer(0.05 * rng.standard_normal(1000) + 1.5 - z @ direction, direction)
    found = moves.fit_reference(z, None)
    assert found.informed == 1
    assert abs(float(direction @ found.directions[:, 0])) > 0.999
    assert abs(float(found.mean[0])) == pytest.approx(1.5, abs=0.02)
    nothing = moves.fit_reference(rng.standard_normal((1000, 100)), None)
    assert nothing.informed == 0


def test_moves_leave_the_prior_unchanged_when_there_are_no_data() -> None:
    rng = np.random.default_rng(5)
    z = rng.standard_normal((20_000, 3))
    reference = moves.Reference(np.eye(3)[:, :1], np.array([0.4]), np.array([0.7]))
    flat = lambda z: np.zeros(len(z))  # noqa: E731
    ll = flat(z)
    for _ in range(20):
        z, ll, _ = moves.informed_move(z, ll, 1.0, reference, 0.8, flat, rng)
        z, ll, _ = moves.uninformed_move(z, ll, 1.0, reference, 0.8, flat, rng)
    assert z.mean(axis=0) == pytest.approx(np.zeros(3), abs=0.03)
    assert np.cov(z.T) == pytest.approx(np.eye(3), abs=0.04)


def test_bad_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="share"):
        Settings(keep_ess=1.0)
    with pytest.raises(ValueError, match="at least one"):
        Settings(particles=2)
