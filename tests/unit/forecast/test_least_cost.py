"""The search against closed forms and brute force."""

from __future__ import annotations

import numpy as np
import pytest

from tzsim.forecast.least_cost import least_cost, without_idle


def test_linear_takes_the_cheapest_per_effect() -> None:
    effect, price = np.array([2.0, 1.0, 3.0]), np.array([1.0, 4.0, 2.0])
    found = least_cost(lambda x: float(price @ x), lambda x: float(effect @ x - 3), 3)
    # lever 0 full (effect 2, cost 1), then a third of lever 2 (effect 1, cost 2/3)
    assert found.reachable
    assert found.cost == pytest.approx(5 / 3, rel=1e-3)


def test_concave_has_equal_marginal_effects() -> None:
    # sqrt(x0) + sqrt(x1) >= 1 at equal prices 1 and 2: x0 = 4/9, x1 = 1/9, cost 2/3
    found = least_cost(lambda x: float(x[0] + 2 * x[1]), lambda x: float(np.sqrt(x).sum() - 1), 2)
    assert found.cost == pytest.approx(2 / 3, rel=5e-3)


@pytest.mark.parametrize("seed", range(6))
def test_within_two_per_cent_of_brute_force(seed: int) -> None:
    rng = np.random.default_rng(seed)
    strength, price, bend = rng.uniform(0.5, 3, 3), rng.uniform(0.5, 3, 3), rng.uniform(0.3, 1.5, 3)
    z = rng.normal(size=300)

    def q(x: np.ndarray) -> float:
        effect = float(strength @ x**bend + 0.8 * x[0] * x[1])
        return float(np.quantile(effect + z * (1 - 0.3 * x[2]), 0.2)) - 0.6

    grid = np.stack(np.meshgrid(*[np.linspace(0, 1, 81)] * 3, indexing="ij")).reshape(3, -1)
    # the quantile of a shifted and scaled sample is the shifted and scaled quantile
    effect = strength @ grid ** bend[:, None] + 0.8 * grid[0] * grid[1]
    good = effect + np.quantile(z, 0.2) * (1 - 0.3 * grid[2]) - 0.6 >= 0
    brute = (price @ grid)[good].min() if good.any() else np.inf
    found = least_cost(lambda x: float(price @ x), q, 3)
    assert found.reachable == np.isfinite(brute)
    assert found.cost <= 1.02 * brute


def test_not_reachable_gives_the_best_there_is() -> None:
    found = least_cost(lambda x: float(x.sum()), lambda x: float(x.sum() - 5), 3)
    assert not found.reachable
    assert found.x == pytest.approx([1, 1, 1])


def test_nothing_to_do() -> None:
    found = least_cost(lambda x: float(x.sum()), lambda x: 1.0, 3)
    assert (found.cost, found.runs) == (0, 1)


@pytest.mark.parametrize("seed", range(4))
def test_no_idle_lever_is_left_among_twenty(seed: int) -> None:
    """Three levers act, seventeen do nothing; some of those are free. The three alone are moved, at the cost of brute force."""
    rng = np.random.default_rng(seed)
    price = rng.uniform(0.5, 3, 20)
    price[rng.choice(20, 4, replace=False)] = 0.0
    acting = rng.choice(20, 3, replace=False)
    price[acting] = rng.uniform(0.5, 3, 3)
    strength = np.zeros(20)
    strength[acting] = rng.uniform(0.5, 2, 3)

    def q(x: np.ndarray) -> float:
        return float(strength @ np.sqrt(x)) - 0.7 * strength.sum()

    def cost(x: np.ndarray) -> float:
        return float(price @ x)

    found = least_cost(cost, q, 20, runs=400)
    found = without_idle(cost, q, found.x, runs=100, start=np.zeros(20))
    assert set(np.flatnonzero(found.x)) <= set(acting)
    # equal marginal effects: sqrt(x_i) proportional to strength/price, at most 1
    grid = np.stack(np.meshgrid(*[np.linspace(0, 1, 161)] * 3, indexing="ij")).reshape(3, -1)
    good = strength[acting] @ np.sqrt(grid) >= 0.7 * strength.sum()
    assert found.cost <= 1.02 * (price[acting] @ grid)[good].min()


def test_two_limits_in_series_are_both_lifted() -> None:
    """Nothing moves unless both are raised; the third does nothing."""
    found = least_cost(lambda x: float(x.sum()), lambda x: float(min(x[0], x[1])) - 0.5, 3)
    assert found.reachable
    assert found.x == pytest.approx([0.5, 0.5, 0], abs=0.02)


def test_a_lever_that_adds_next_to_nothing_goes() -> None:
    """Lever 1 would save a little on lever 0 but adds less than a twentieth; without it the cost is the same."""
    price, gain = np.array([1.0, 0.02]), np.array([1.0, 0.02])
    start = np.array([0.49, 0.5])
    found = without_idle(
        lambda x: float(price @ x), lambda x: float(gain @ x) - 0.5, start, runs=60, start=np.zeros(2)
    )
    assert found.x[1] == 0
    assert found.cost == pytest.approx(0.5, rel=2e-3)
