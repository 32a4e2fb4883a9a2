"""R-hat and ESS against ArviZ's numbers, against a slow copy of the formulas, and against theory."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from tzsim.calibration import diagnostics


def autoregressive(
    seed: int, phi: float, chains: int = 4, count: int = 251, shift: float = 0.0
) -> np.ndarray:
    """AR(1) chains of unit variance; the first is moved by `shift`."""
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal((chains, count))
    x = np.zeros((chains, count))
    x[:, 0] = noise[:, 0]
    for t in range(1, count):
        x[:, t] = phi * x[:, t - 1] + np.sqrt(1 - phi * phi) * noise[:, t]
    x[0] += shift
    return x


# arviz 0.23.4: rhat(x), ess(x, 'bulk'), ess(x, 'tail'), ess(x, 'mean'), mcse(x, 'mean') of the series above.
ARVIZ = [
    ((1, 0.0), (1.004973464043217, 1049.3786042481358, 958.0076141116099, 1052.279566293925, 0.030382465292364394)),
    ((2, 0.6), (1.003777476998068, 325.63048438581485, 489.5215714451681, 325.4519194082775, 0.05499248881256635)),
    ((3, -0.5), (1.0010814455271178, 3000.0, 974.446796391609, 3000.0, 0.018485115372901595)),
    ((4, 0.9), (1.126072150939531, 28.925450948792765, 42.79728883420091, 26.926216516276515, 0.19356721300753468)),
    ((5, 0.3, 4, 200, 0.5), (1.0319161483040666, 295.1700619705566, 520.0331697470658, 293.3976529067135, 0.059216216527597655)),
    ((6, 0.2, 2, 40), (1.0274170980419883, 50.073039388265244, 97.24244429737477, 49.21537761742894, 0.13689216601759674)),
]  # fmt: skip


@pytest.mark.parametrize(("case", "expected"), ARVIZ, ids=lambda v: str(v))
def test_equals_arviz(case: tuple, expected: tuple) -> None:
    x = autoregressive(*case)
    found = (
        diagnostics.r_hat(x),
        diagnostics.ess_bulk(x),
        diagnostics.ess_tail(x),
        diagnostics.ess_mean(x),
        diagnostics.mcse_mean(x),
    )
    assert found == pytest.approx(expected, rel=1e-9)


def slow_r_hat(x: np.ndarray) -> float:
    """Equations 1 to 4 and 14 of Vehtari et al. (2021), with loops."""

    def plain(chains: list[np.ndarray]) -> float:
        n = len(chains[0])
        means = [sum(c) / n for c in chains]
        grand = sum(means) / len(means)
        between = n / (len(chains) - 1) * sum((m - grand) ** 2 for m in means)
        within = sum(
            sum((v - m) ** 2 for v in c) / (n - 1) for c, m in zip(chains, means, strict=True)
        ) / len(chains)
        return float(np.sqrt(((n - 1) / n * within + between / n) / within))

    def normal_scores(chains: list[np.ndarray]) -> list[np.ndarray]:
        values = np.concatenate(chains)
        scores = [
            norm.ppf((1 + np.sum(values < v) + (np.sum(values == v) - 1) / 2 - 3 / 8) / (len(values) + 1 / 4))
            for v in values
        ]
        return list(np.array(scores).reshape(len(chains), -1))

    half = x.shape[1] // 2
    chains = [part for c in x for part in (c[:half], c[-half:])]
    middle = np.median(np.concatenate(chains))
    return max(plain(normal_scores(chains)), plain(normal_scores([np.abs(c - middle) for c in chains])))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_r_hat_equals_the_slow_copy_with_ties(seed: int) -> None:
    x = np.round(autoregressive(seed, 0.4, 3, 61, 0.4), 1)
    assert diagnostics.r_hat(x) == pytest.approx(slow_r_hat(x), rel=1e-12)


@pytest.mark.parametrize("phi", [-0.4, 0.0, 0.5, 0.8])
def test_ess_of_an_autoregressive_chain_is_the_theoretical_one(phi: float) -> None:
    x = autoregressive(11, phi, 4, 40_000)
    assert diagnostics.ess_mean(x) / x.size == pytest.approx((1 - phi) / (1 + phi), rel=0.06)


def test_mcse_is_the_spread_of_means_over_many_repeats() -> None:
    repeats = [autoregressive(100 + s, 0.5, 4, 500) for s in range(300)]
    spread = np.std([x.mean() for x in repeats], ddof=1)
    assert np.mean([diagnostics.mcse_mean(x) for x in repeats]) == pytest.approx(spread, rel=0.1)


def test_chains_of_unequal_scale_are_found() -> None:
    x = autoregressive(5, 0.0, 4, 1000)
    x[0] *= 3.0
    assert diagnostics.r_hat(x) > 1.05
    assert diagnostics.convergence(x[:, :, None], ["a"]).failing == ("a",)


def test_verdict_needs_four_chains_and_the_bar() -> None:
    x = autoregressive(6, 0.0, 4, 1000)
    good = diagnostics.convergence(x[:, :, None], ["a"])
    assert good.converged
    assert good.worst_r_hat <= 1.01
    assert not diagnostics.convergence(x[:3, :, None], ["a"]).converged
    few = diagnostics.convergence(x[:, :60, None], ["a"])
    assert few.failing == ("a",)


def test_copies_of_one_particle_count_once() -> None:
    x = np.repeat(autoregressive(7, 0.0, 4, 250), 8, axis=1)
    assert diagnostics.ess_bulk(x) == pytest.approx(1000, rel=0.15)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_constant_or_broken_quantity_never_passes(bad: float) -> None:
    x = np.zeros((4, 500, 2))
    x[..., 1] = autoregressive(8, 0.0, 4, 500)
    x[0, 0, 1] = bad
    assert diagnostics.convergence(x, ["constant", "broken"]).failing == ("constant", "broken")


def test_wrong_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"chain, draw, quantity"):
        diagnostics.convergence(np.zeros((4, 100)))
    with pytest.raises(ValueError, match="too few"):
        diagnostics.convergence(np.zeros((4, 3, 1)))
