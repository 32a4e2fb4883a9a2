"""Designs: every block gives the same members, names do not disturb each other, stratified designs stratify."""

from __future__ import annotations

import numpy as np
import pytest

from tzsim.ensemble.designs import DESIGNS, Design, replicates, unit_cube

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
