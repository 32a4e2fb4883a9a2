"""Designs: every block gives the same members, names do not disturb each other, stratified designs stratify."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from scipy import stats
from scipy.stats import qmc

from tzsim.ensemble.designs import (
    DESIGNS,
    Design,
    UnbalancedDesign,
    check_design,
    replicates,
    unit_cube,
)

NAMES = ("alpha", "beta", "gamma")


@pytest.mark.parametrize("design", DESIGNS)
def test_any_block_gives_the_same_members(design: Design) -> None:
    whole = unit_cube(design, NAMES, 1001, 3, 0, 1001)
    for first, count in ((0, 1), (120, 300), (999, 2), (500, 0)):
        part = unit_cube(design, NAMES, 1001, 3, first, count)
        assert np.array_equal(part, whole[:, first : first + count])


@pytest.mark.parametrize("design", DESIGNS)
def test_a_name_added_leaves_the_others(design: Design) -> None:
    before = unit_cube(design, NAMES, 400, 0, 0, 400)
    after = unit_cube(design, (*NAMES, "delta"), 400, 0, 0, 400)
    assert np.array_equal(before, after[:3])


@pytest.mark.parametrize("design", ["monte carlo", "latin hypercube"])
def test_order_of_names_does_not_matter(design: Design) -> None:
    forward = unit_cube(design, NAMES, 400, 0, 0, 400)
    backward = unit_cube(design, NAMES[::-1], 400, 0, 0, 400)
    assert np.array_equal(forward, backward[::-1])


@pytest.mark.parametrize("design", DESIGNS)
def test_seeds_differ_and_zero_is_a_seed(design: Design) -> None:
    cubes = [unit_cube(design, NAMES, 64, seed, 0, 64) for seed in (0, 1)]
    assert not np.array_equal(*cubes)


def test_latin_hypercube_has_one_member_in_each_stratum_of_each_replicate() -> None:
    cube = unit_cube("latin hypercube", NAMES, 1001, 5, 0, 1001)
    for part in replicates("latin hypercube", 1001):
        inside = cube[:, part.first : part.first + part.size]
        strata = np.sort((inside * part.size).astype(int), axis=1)
        assert np.array_equal(strata, np.tile(np.arange(part.size), (3, 1)))


def test_sobol_is_a_net_in_every_replicate() -> None:
    # 8 replicates of 64 points: each elementary interval 1/8 x 1/8 of the first two dimensions holds exactly one point.
    cube = unit_cube("sobol", NAMES, 512, 1, 0, 512)
    for part in replicates("sobol", 512):
        inside = cube[:2, part.first : part.first + part.size]
        cells = (inside * 8).astype(int)
        counts = np.bincount(cells[0] * 8 + cells[1], minlength=64)
        assert counts.tolist() == [1] * 64


MANY = tuple(f"input {i}" for i in range(40))


@pytest.mark.parametrize("design", DESIGNS)
def test_every_point_is_uniform_over_seeds_to_its_leading_bits(design: Design) -> None:
    # The three leading bits of every coordinate of a member are one of eight values, equally often over 800 seeds.
    cubes = np.stack([unit_cube(design, NAMES, 64, seed, 0, 64)[:, [0, 1, 37]] for seed in range(800)])
    cells = (cubes * 8).astype(int).reshape(800, -1)
    for column in cells.T:
        counts = np.bincount(column, minlength=8)
        assert ((counts - 100) ** 2 / 100).sum() < stats.chi2(7).isf(1e-4)


@pytest.mark.parametrize("design", DESIGNS)
def test_pairs_and_products_of_inputs_are_unbiased(design: Design) -> None:
    # P(x1 < 1/2, x2 < 1/2) = 1/4 and E[x0 x1 x2 x3] = 1/16, over seeds, within four standard errors of the seeds' mean.
    names = MANY[:4]
    cubes = [unit_cube(design, names, 64, seed, 0, 64) for seed in range(400)]
    corner = [((c[1] < 0.5) & (c[2] < 0.5)).mean() for c in cubes]
    product = [c.prod(axis=0).mean() for c in cubes]
    assert abs(np.mean(product) - 1 / 16) < 4 * np.std(product) / 400**0.5
    assert abs(np.mean(corner) - 1 / 4) <= 4 * np.std(corner) / 400**0.5


def test_sobol_has_the_error_of_scipys_scrambled_points() -> None:
    # Root mean square error of E[x0 x1 x2 x3] at 1,024 members: far below Monte Carlo's, and that of scipy's scrambling.
    names = MANY[:4]

    def error(of: list[np.ndarray]) -> float:
        return float(np.sqrt(np.mean([(c.prod(axis=0).mean() - 1 / 16) ** 2 for c in of])))

    ours = error([unit_cube("sobol", names, 1024, seed, 0, 1024) for seed in range(60)])
    plain = error([unit_cube("monte carlo", names, 1024, seed, 0, 1024) for seed in range(60)])
    theirs = error(
        [
            np.concatenate([qmc.Sobol(4, rng=8 * seed + r).random(128) for r in range(8)]).T
            for seed in range(60)
        ]
    )
    assert 5 * ours < plain
    assert 0.6 < ours / theirs < 1.6


def test_inputs_correlate_no_more_than_under_scipys_scrambling() -> None:
    def largest(cube: np.ndarray) -> float:
        return float(np.abs(np.corrcoef(cube) - np.eye(40)).max())

    ours = [largest(unit_cube("sobol", MANY, 1024, seed, 0, 1024)) for seed in range(12)]
    theirs = [
        largest(np.concatenate([qmc.Sobol(40, rng=8 * seed + r).random(128) for r in range(8)]).T)
        for seed in range(12)
    ]
    assert np.median(ours) < 1.3 * np.median(theirs)


def test_replicates_are_scrambled_apart() -> None:
    cube = unit_cube("sobol", NAMES, 512, 0, 0, 512).reshape(3, 8, 64)
    firsts = cube[:, :, 0].ravel()
    assert 0 < (firsts < 0.5).sum() < 24
    assert len(np.unique(firsts)) == 24


def test_sizes_that_a_design_cannot_balance_are_said() -> None:
    with pytest.warns(UnbalancedDesign, match="10000 members make 8 replicates of 1250: take 8192 or 16384"):
        check_design("sobol", 10_000)
    with pytest.warns(UnbalancedDesign, match="too few for the 8 replicates of design 'latin hypercube'"):
        check_design("latin hypercube", 12)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for members in (16, 8192, 2**20):
            check_design("sobol", members)
        check_design("latin hypercube", 1000)
        check_design("monte carlo", 1)


def test_replicates_are_at_least_eight_and_cover_the_members() -> None:
    for members in (8, 100, 10_000, 100_000):
        parts = replicates("sobol", members)
        assert len(parts) >= 8
        assert sum(p.size for p in parts) == members
        assert parts[0].first == 0
        assert max(p.size for p in parts) - min(p.size for p in parts) <= 1
    assert len(replicates("monte carlo", 10_000)) == 1


@pytest.mark.parametrize(("design", "better"), [("latin hypercube", 5.0), ("sobol", 5.0)])
def test_stratified_designs_beat_monte_carlo_on_a_smooth_mean(design: Design, better: float) -> None:
    def error(kind: Design) -> float:
        means = [unit_cube(kind, NAMES, 512, seed, 0, 512).sum(axis=0).mean() - 1.5 for seed in range(30)]
        return float(np.std(means))

    assert error(design) * better < error("monte carlo")


def test_members_outside_the_ensemble_are_refused() -> None:
    with pytest.raises(ValueError, match="ensemble of 10"):
        unit_cube("monte carlo", NAMES, 10, 0, 8, 3)
    with pytest.raises(ValueError, match="none of"):
        unit_cube("grid", NAMES, 10, 0, 0, 3)  # type: ignore[arg-type]
