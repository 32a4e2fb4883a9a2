"""Sensitivity on functions whose indices are known in closed form, and on noise."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ks_2samp

from tzsim.forecast.bins import floors
from tzsim.forecast.drivers import drivers, ks_distance, noise_floor, variance_share, variance_test
from tzsim.forecast.movers import _shares


def test_distance_is_the_two_sample_statistic() -> None:
    rng = np.random.default_rng(1)
    for x in (rng.normal(size=300), rng.integers(0, 4, 300).astype(float)):
        met = rng.random(300) < 0.3 + 0.1 * x
        assert ks_distance(x, met) == pytest.approx(ks_2samp(x[met], x[~met]).statistic, abs=1e-12)


def test_ishigami() -> None:
    rng = np.random.default_rng(2)
    x = rng.uniform(-np.pi, np.pi, (6, 20_000))
    y = np.sin(x[0]) + 7 * np.sin(x[1]) ** 2 + 0.1 * x[2] ** 4 * np.sin(x[0])
    a, b = 7.0, 0.1
    variance = a**2 / 8 + b * np.pi**4 / 5 + b**2 * np.pi**8 / 18 + 0.5
    first = [0.5 * (1 + b * np.pi**4 / 5) ** 2 / variance, a**2 / 8 / variance, 0, 0, 0, 0]
    for row, truth in zip(x, first, strict=True):
        assert variance_share(row, y) == pytest.approx(truth, abs=0.02)
    found = drivers(tuple("abcdef"), x, y >= 5, y)
    by_name = {d.name: d for d in found.rows}
    assert {d.name for d in found.rows[:2]} == {"a", "b"}
    for inert in "def":
        assert not by_name[inert].above_floor
    assert by_name["a"].above_floor
    assert by_name["b"].above_floor


def test_sobol_g() -> None:
    rng = np.random.default_rng(3)
    a = np.array([0, 1, 4.5, 9, 99, 99, 99, 99])
    x = rng.random((8, 40_000))
    y = np.prod((np.abs(4 * x - 2) + a[:, None]) / (1 + a[:, None]), axis=0)
    partial = 1 / (3 * (1 + a) ** 2)
    first = partial / (np.prod(1 + partial) - 1)
    shares = [variance_share(row, y) for row in x]
    assert shares == pytest.approx(first, abs=0.02)
    assert list(np.argsort(shares)[::-1][:4]) == [0, 1, 2, 3]
    found = drivers(tuple("12345678"), x, y >= 1, y)
    assert [d.name for d in found.rows[:4]] == ["1", "2", "3", "4"]
    assert not any(d.above_floor for d in found.rows if d.name in "5678")


def test_known_dominant_input_and_direction() -> None:
    rng = np.random.default_rng(4)
    x = rng.normal(size=(30, 2000))
    y = 3 * x[17] - x[4] + 0.5 * x[0]
    found = drivers(tuple(f"x{i}" for i in range(30)), x, y > 1, y)
    assert [d.name for d in found.above] == ["x17", "x4", "x0"]
    assert found.rows[0].low_when_missed
    assert not found.rows[1].low_when_missed


def test_noise_floor_holds_for_the_largest_of_many() -> None:
    """Pure noise passes the floor in about one ensemble of twenty."""
    rng = np.random.default_rng(5)
    met = rng.random(400) < 0.3
    floor = noise_floor(met, 20)
    passed = sum(max(ks_distance(x, met) for x in rng.random((20, 400))) > floor for _ in range(300))
    assert 3 <= passed <= 33


def test_all_met_has_no_distance() -> None:
    x = np.random.default_rng(6).random((2, 200))
    found = drivers(("a", "b"), x, np.ones(200, dtype=bool), x[0])
    assert found.above == ()
    assert found.rows[0].name == "a"
    assert found.rows[0].variance > 0.95
    assert np.isnan(found.rows[0].distance)


def test_members_that_share_a_draw_are_no_independent_evidence() -> None:
    """4,000 members of 900 draws; the outcome follows one input of the draw. The others do not pass for movers."""
    rng = np.random.default_rng(7)
    wrong = np.zeros(3)
    for _ in range(20):
        draws = rng.normal(size=(40, 900))
        x = draws[:, rng.integers(0, 900, 4000)]
        y = 1.5 * x[0] + rng.normal(size=4000)
        found = drivers(tuple(f"x{i}" for i in range(40)), x, y > 1, y)
        assert found.rows[0].name == "x0"
        assert found.rows[0].above_floor
        wrong[0] += any(d.above_floor for d in found.rows[1:])
        tests = [variance_test(row, y, 40) for row in x]
        assert tests[0][1]
        assert tests[0][0] == pytest.approx(1.5**2 / (1 + 1.5**2), abs=0.05)
        assert np.mean([share for share, _ in tests[1:]]) < 0.007  # 0.03 where groups are taken for evidence
        wrong[1] += any(above for _, above in tests[1:])
        wrong[2] += (_shares(x, (y - y.mean())[None])[0][0, 1:] > floors(x)[1:]).any()
    assert (wrong <= 4).all(), wrong
