"""Quantile functions against scipy.stats and against the points the prior table states."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from tzsim.scenario import distribution
from tzsim.scenario.distributions import DistributionError

U = np.linspace(0.001, 0.999, 999)


def test_uniform_and_triangular() -> None:
    np.testing.assert_allclose(
        distribution("uniform", None, 2, 5).quantile(U), stats.uniform(2, 3).ppf(U), rtol=1e-12
    )
    ours = distribution("triangular", 1.05, 0.85, 1.4)
    theirs = stats.triang((1.05 - 0.85) / 0.55, 0.85, 0.55)
    np.testing.assert_allclose(ours.quantile(U), theirs.ppf(U), rtol=1e-10)
    np.testing.assert_allclose(ours.cdf(ours.quantile(U)), U, atol=1e-12)


@pytest.mark.parametrize("mode", [0.0, 1.0])
def test_triangular_with_the_mode_at_an_end(mode: float) -> None:
    ours = distribution("triangular", mode, 0, 1)
    np.testing.assert_allclose(ours.quantile(U), stats.triang(mode).ppf(U), rtol=1e-9)
    assert ours.quantile(np.array([0.0, 1.0])) == pytest.approx([0, 1])
    np.testing.assert_allclose(ours.cdf(ours.quantile(U)), U, atol=1e-12)


def test_normal_and_lognormal_meet_their_points() -> None:
    z = stats.norm.ppf(0.95)
    np.testing.assert_allclose(
        distribution("normal", 3, 1, 5).quantile(U), stats.norm(3, 2 / z).ppf(U), rtol=1e-9, atol=1e-12
    )
    np.testing.assert_allclose(
        distribution("lognormal", 2, 1, 4).quantile(U),
        stats.lognorm(np.log(2) / z, scale=2).ppf(U),
        rtol=1e-9,
    )


@given(
    st.sampled_from(["normal", "lognormal"]),
    st.floats(0.1, 10),
    st.floats(0.01, 5),
    st.floats(0.01, 5),
)
def test_uneven_points_are_all_met(kind: str, low: float, up: float, more: float) -> None:
    middle, high = low + up, low + up + more
    found = distribution(kind, middle, low, high).quantile(np.array([0.05, 0.5, 0.95]))  # type: ignore[arg-type]
    np.testing.assert_allclose(found, [low, middle, high], rtol=1e-9)


@pytest.mark.parametrize(("mean", "low", "high"), [(0.15, 0.05, 0.3), (0.5, 0.2, 0.8), (0.97, 0.93, 0.995)])
def test_beta_has_its_mean_and_spread(mean: float, low: float, high: float) -> None:
    ours = distribution("beta", mean, low, high)
    theirs = stats.beta(ours.a, ours.b)
    assert theirs.mean() == pytest.approx(mean, rel=1e-9)
    assert theirs.ppf(0.95) - theirs.ppf(0.05) == pytest.approx(high - low, rel=1e-6)
    np.testing.assert_allclose(ours.quantile(U), theirs.ppf(U), rtol=1e-8)
    np.testing.assert_allclose(ours.cdf(ours.quantile(U)), U, atol=1e-9)


def test_truncation_rescales_the_probability() -> None:
    ours = distribution("normal", 0, -1.6448536269514722, 1.6448536269514722, (-1, None))
    np.testing.assert_allclose(ours.quantile(U), stats.truncnorm(-1, np.inf).ppf(U), rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(ours.cdf(ours.quantile(U)), U, atol=1e-9)
    both = distribution("uniform", None, 0, 10, (2, 4))
    np.testing.assert_allclose(both.quantile(U), 2 + 2 * U, rtol=1e-12)


@given(
    st.sampled_from(["uniform", "triangular", "normal", "lognormal", "beta"]),
    st.floats(0.05, 0.5),
    st.floats(0.05, 0.45),
    st.floats(0.1, 0.9),
    st.lists(st.floats(0.0001, 0.9999), min_size=2, max_size=20, unique=True),
)
def test_quantiles_ascend_and_invert_the_cdf(
    kind: str, low: float, width: float, part: float, us: list[float]
) -> None:
    try:
        made = distribution(kind, low + part * width, low, low + width)  # type: ignore[arg-type]
    except DistributionError:
        assume(False)
        raise
    u = np.sort(np.array(us))
    x = made.quantile(u)
    assert (np.diff(x) >= 0).all()
    np.testing.assert_allclose(made.cdf(x), u, atol=1e-7)


def test_shape_is_kept() -> None:
    assert distribution("constant", 3).quantile(np.zeros((2, 5))).shape == (2, 5)
    assert distribution("triangular", 1, 0, 2).quantile(0.5) == pytest.approx(1)


@pytest.mark.parametrize(
    ("kind", "value", "low", "high", "field"),
    [
        ("triangular", 1, 2, 1, "low"),
        ("triangular", 3, 1, 2, "value"),
        ("triangular", None, 1, 2, "value"),
        ("uniform", None, 1, None, "high"),
        ("normal", 1, 1, 2, "value"),
        ("lognormal", 1, -1, 2, "low"),
        ("beta", 0.5, 0.2, 1.2, "high"),
        ("beta", 0.5, 0.001, 0.999, "high"),
        ("constant", None, 1, 2, "value"),
        ("uniform", None, float("nan"), 2, "low"),
        ("uniform", None, 0, float("inf"), "high"),
    ],
)
def test_numbers_that_do_not_fit_are_named(
    kind: str, value: float | None, low: float | None, high: float | None, field: str
) -> None:
    with pytest.raises(DistributionError) as error:
        distribution(kind, value, low, high)  # type: ignore[arg-type]
    assert error.value.field == field


def test_truncation_that_leaves_nothing_is_refused() -> None:
    with pytest.raises(DistributionError, match="keeps"):
        distribution("normal", 0, -1, 1, (9, None))
    with pytest.raises(DistributionError, match="lower bound below"):
        distribution("normal", 0, -1, 1, (1, -1))
