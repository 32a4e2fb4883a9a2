"""Draws: blocks, names, distributions and the copula."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from tzsim.ensemble.draws import draw
from tzsim.errors import InputError
from tzsim.scenario import Prior, Priors, Shock, Text2, distribution

Z95 = 1.6448536269514722


def prior(name: str, kind: str = "normal", value: float = 0.0, low: float = -Z95, high: float = Z95) -> Prior:
    return Prior(name, distribution(kind, value, low, high), "1", "", "assumption", "")  # type: ignore[arg-type]


def shock(id: str, elements: tuple[Prior, ...], common: float = 0.0, count: int = 3, **more: object) -> Shock:
    fields: dict[str, object] = {
        "variable": id, "period": 1.0, "start": 2018.0, "name": Text2(), "source": "", "quality": "assumption", "reason": "",
    }  # fmt: skip
    return Shock(id=id, elements=elements, common=common, count=count, **(fields | more))  # type: ignore[arg-type]


PRIORS = Priors((prior("k"), prior("r[a]", "triangular", 1, 0, 3), prior("c", "lognormal", 2, 1, 4)))
SHOCKS = (
    shock("demand", tuple(prior(f"demand innovation[{e}]") for e in "abc"), common=0.4),
    shock("rain", (prior("rainfall", "lognormal", 1.0, 0.7, 1.4),), count=5),
)


def test_any_block_gives_the_same_members() -> None:
    draws = draw(PRIORS, SHOCKS, members=500, seed=4)
    whole = draws.block()
    assert whole.values.shape == (3, 500)
    assert whole.knots.shape == (3 * 3 + 5, 500)
    part = draws.block(123, 77)
    assert np.array_equal(part.values, whole.values[:, 123:200])
    assert np.array_equal(part.knots, whole.knots[:, 123:200])


def test_monte_carlo_members_do_not_depend_on_how_many_there_are() -> None:
    few, many = (draw(PRIORS, SHOCKS, members=n, seed=4).block(0, 50) for n in (50, 5000))
    assert np.array_equal(few.values, many.values)
    assert np.array_equal(few.knots, many.knots)


def test_rows_added_or_reordered_leave_the_others() -> None:
    before = draw(PRIORS, SHOCKS, members=50).block()
    more = Priors((prior("new"), *PRIORS.rows[::-1]))
    after = draw(more, (SHOCKS[1], SHOCKS[0]), members=50).block()
    assert np.array_equal(before.values, after.values[:0:-1])
    assert np.array_equal(before.knots, np.concatenate([after.knots[5:], after.knots[:5]]))


def test_a_longer_horizon_leaves_earlier_shocks() -> None:
    short, long = (
        draw(None, (shock("d", (prior("x"), prior("y")), common=0.5, count=n),), members=50) for n in (3, 6)
    )
    a, b = short.block().knots.reshape(2, 3, 50), long.block().knots.reshape(2, 6, 50)
    assert np.array_equal(a, b[:, :3])


def test_margins_follow_their_distributions() -> None:
    n = 20_000
    block = draw(PRIORS, SHOCKS, members=n, seed=1).block()
    triangular = stats.triang(1 / 3, 0, 3).cdf
    assert stats.kstest(block.values[0], "norm").pvalue > 1e-3
    assert stats.kstest(block.values[1], triangular).pvalue > 1e-3
    assert stats.kstest(block.knots[4], "norm").pvalue > 1e-3
    assert np.median(block.knots[-1]) == pytest.approx(1.0, abs=0.01)


def test_elements_share_the_stated_variance_and_knots_share_none() -> None:
    n = 40_000
    knots = draw(None, SHOCKS[:1], members=n, seed=2).block().knots.reshape(3, 3, n)
    same_knot = np.corrcoef(knots[:, 0])[np.triu_indices(3, 1)]
    assert same_knot == pytest.approx([0.4] * 3, abs=0.02)
    assert np.abs(np.corrcoef(knots[0]) - np.eye(3)).max() < 0.02


def test_copula_of_skewed_elements_keeps_margin_and_rank_correlation() -> None:
    n = 40_000
    rows = (prior("x", "triangular", 0.2, 0, 1), prior("y", "triangular", 0.9, 0, 1))
    x, y = draw(None, (shock("d", rows, common=0.6, count=1),), members=n).block().knots
    assert stats.kstest(x, stats.triang(0.2).cdf).pvalue > 1e-3
    assert stats.kstest(y, stats.triang(0.9).cdf).pvalue > 1e-3
    spearman = stats.spearmanr(x, y).statistic
    assert spearman == pytest.approx(
        6 / np.pi * np.arcsin(0.3), abs=0.015
    )  # of a Gaussian copula with r = 0.6


def test_what_the_scenario_fixes() -> None:
    fixed = shock("demand", SHOCKS[0].elements, common=0.4, fixed=(("demand innovation[b]", 1, 2.5),))
    block = draw(PRIORS, (fixed,), members=40, fixed={"K": 9.0, "rate": 0.5}).block()
    free = draw(PRIORS, SHOCKS[:1], members=40).block()
    assert (block.values[0] == 9.0).all()
    assert (block.values[3] == 0.5).all()
    assert np.array_equal(block.values[1:3], free.values[1:])
    changed = block.knots != free.knots
    assert changed[4].all()
    assert not np.delete(changed, 4, axis=0).any()
    assert (block.knots[4] == 2.5).all()


def test_shocks_switched_off_leave_the_model_alone() -> None:
    off = shock("demand", SHOCKS[0].elements, off=True)
    assert draw(None, (off, SHOCKS[1]), members=4).series[0].name == "rainfall"


def test_plain_mappings() -> None:
    given = np.array([1.0, 2.0, 3.0])
    draws = draw(
        {"a": 5, "b": given, "c": stats.norm(10, 2), "d": distribution("uniform", low=0, high=1)}, members=3
    )
    block = draws.block(1, 2)
    assert (block.values[0] == 5).all()
    assert block.values[1].tolist() == [2.0, 3.0]
    assert draws.to_xarray().sel(input="c").shape == (3,)
    assert ((block.values[3] > 0) & (block.values[3] < 1)).all()


def test_bad_inputs_are_named_all_at_once() -> None:
    with pytest.raises(InputError) as caught:
        draw({"a": "three", "b": [1.0], "c": float("nan")}, members=2, design="grid")  # type: ignore[arg-type]
    text = str(caught.value)
    assert len(caught.value.problems) == 4
    for word in ("a:", "b:", "c:", "'grid'"):
        assert word in text
