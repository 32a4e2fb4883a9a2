"""The counter-based generator against its published answers, the distributions against independent formulas."""

from __future__ import annotations

import math
import statistics

import pytest
from scipy import stats

from tzsim.kernel import random_counter as rc

ONES = 0xFFFFFFFF


@pytest.mark.parametrize(
    ("counter", "key", "words"),
    [
        ((0, 0, 0, 0), (0, 0), "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        ((ONES,) * 4, (ONES,) * 2, "408f276d 41c83b0e a20bc7c6 6d5451fd"),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            "d16cfe09 94fdcceb 5001e420 24126ea1",
        ),
    ],
)
def test_published_answers_of_random123(
    counter: tuple[int, int, int, int], key: tuple[int, int], words: str
) -> None:
    assert " ".join(f"{w:08x}" for w in rc.philox4x32(counter, key)) == words


def test_uniforms_depend_on_everything_and_fill_the_open_interval() -> None:
    key = rc.site_key(rc.site_text("x[a1]", 0)) ^ rc.seed_key(0)
    assert rc.uniform(key, 3, 7, rc.stream(1.0)) == rc.uniform(key, 3, 7, rc.stream(1.0))
    values = {
        rc.uniform(rc.site_key(rc.site_text(e, o)) ^ rc.seed_key(s), m, k, rc.stream(n))
        for e in ("x", "y")
        for o in (0, 1)
        for s in (0, 1)
        for m in (0, 1, 1 << 33)
        for k in (0, 1)
        for n in (0.0, 1.0)
    }
    assert len(values) == 96
    sample = [rc.uniform(key, m, 0) for m in range(4000)]
    assert stats.kstest(sample, "uniform").pvalue > 1e-3
    assert all(0.0 < u < 1.0 for u in sample)


def test_running_elements_are_ordered_by_range() -> None:
    assert rc.site_text("x", 1, [("r2", "b"), ("r1", "a")]) == "x#1|r1=a|r2=b"


def test_normal_quantile_is_the_inverse_of_the_normal_distribution() -> None:
    ps = [1e-300, 1e-20, 1e-8, 0.01, 0.07, 0.3, 0.5, 0.9, 0.999, 1 - 1e-12]
    for p in ps:
        assert rc.normal_quantile(p) == pytest.approx(statistics.NormalDist().inv_cdf(p), rel=1e-15)
        assert rc.normal_quantile(p) == pytest.approx(stats.norm.ppf(p), rel=1e-13, abs=1e-15)
    assert rc.normal_quantile(0.0) == -math.inf
    assert rc.normal_quantile(1.0) == math.inf
    assert math.isnan(rc.normal_quantile(1.5))


US = [0.001, 0.1, 0.37, 0.5, 0.77, 0.999]


@pytest.mark.parametrize("u", US)
def test_quantiles_of_each_distribution(u: float) -> None:
    big = 1e9
    assert rc.draw_uniform(u, 2.0, 5.0) == pytest.approx(2 + 3 * u)
    assert rc.draw_normal(u, -big, big, 3.0, 2.0) == pytest.approx(stats.norm.ppf(u, 3, 2), rel=1e-12)
    assert rc.draw_exponential(u, -big, big, 1.0, 2.0) == pytest.approx(stats.expon.ppf(u, 1, 2), rel=1e-10)
    assert rc.draw_triangular(u, -big, big, 1.0, 2.0, 5.0) == pytest.approx(
        stats.triang.ppf(u, 0.25, 1, 4), rel=1e-12
    )
    assert rc.draw_poisson(u, -big, big, 3.5, 1.0, 2.0) == 1 + 2 * stats.poisson.ppf(u, 3.5)
    assert rc.draw_poisson(u, -big, big, 2000.0, 0.0, 1.0) == stats.poisson.ppf(u, 2000)
    assert rc.draw_binomial(u, -big, big, 0.3, 12.0, 0.0, 1.0) == stats.binom.ppf(u, 12, 0.3)
    assert rc.draw_binomial(u, -big, big, 0.7, 5000.0, 0.0, 1.0) == stats.binom.ppf(u, 5000, 0.7)
    assert rc.draw_negative_binomial(u, -big, big, 0.3, 4.0, 0.0, 1.0) == stats.nbinom.ppf(u, 4, 0.3)
    s2 = math.log(1 + (0.5 / 2) ** 2)
    assert rc.draw_lognormal(u, 2.0, 0.5) == pytest.approx(
        stats.lognorm.ppf(u, math.sqrt(s2), scale=2 * math.exp(-s2 / 2)), rel=1e-12
    )


@pytest.mark.parametrize("u", US)
def test_bounds_restrict_the_distribution(u: float) -> None:
    assert rc.draw_normal(u, 1.0, 3.0, 0.0, 1.0) == pytest.approx(stats.truncnorm.ppf(u, 1, 3), rel=1e-9)
    assert rc.draw_normal(u, 8.0, 9.0, 0.0, 1.0) == pytest.approx(stats.truncnorm.ppf(u, 8, 9), rel=1e-6)
    assert 1.0 <= rc.draw_exponential(u, 1.0, 1.5, 0.0, 3.0) <= 1.5
    assert 1.0 <= rc.draw_triangular(u, 1.0, 1.5, 0.0, 2.0, 4.0) <= 1.5
    assert rc.draw_exponential(u, -9.0, 9.0, 0.0, -1.0) <= 0.0


def test_no_spread_gives_the_centre_inside_the_bounds() -> None:
    assert rc.draw_normal(0.3, 0.0, 1.0, 5.0, 0.0) == 1.0
    assert rc.draw_exponential(0.3, 0.0, 1.0, 0.5, 0.0) == 0.5
    assert rc.draw_triangular(0.3, 0.0, 9.0, 2.0, 2.0, 2.0) == 2.0
    assert rc.draw_poisson(0.3, 0.0, 9.0, 0.0, 1.0, 1.0) == 1.0
