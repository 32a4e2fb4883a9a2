"""Densities of figures against scipy, and the standard error rules of the data's notes."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm, t

from tzsim.calibration.observations import Bound, Datum, Noise, standard_error
from tzsim.measures import Quantity, Total

MEASURE = Total(Quantity("x", ("x",)), 2020)
MODELLED = np.array([-3.0, 0.0, 9.5, 10.0, 14.0, 80.0])


def figure(noise: Noise = "normal", bound: Bound = "") -> Datum:
    return Datum("a 2020", "a", 2020, 10.0, 2.0, "Yi", MEASURE, noise, 4.0, bound)


def test_normal_and_student_densities_equal_scipy() -> None:
    assert figure().log_density(MODELLED) == pytest.approx(norm.logpdf(10.0, MODELLED, 2.0))
    assert figure("student t").log_density(MODELLED) == pytest.approx(t.logpdf(10.0, 4.0, MODELLED, 2.0))


def test_bounds_are_probabilities_that_the_truth_lies_beyond() -> None:
    assert figure(bound="at least").log_density(MODELLED) == pytest.approx(norm.logcdf(MODELLED, 10.0, 2.0))
    assert figure(bound="at most").log_density(MODELLED) == pytest.approx(norm.logsf(MODELLED, 10.0, 2.0))
    assert figure("student t", "at least").log_density(MODELLED) == pytest.approx(
        t.logcdf((MODELLED - 10.0) / 2.0, 4.0)
    )


def test_replicates_have_the_error_of_the_figure() -> None:
    rng = np.random.default_rng(0)
    assert figure().replicate(np.full(200_000, 3.0), rng).std() == pytest.approx(2.0, rel=0.01)
    heavy = figure("student t").replicate(np.full(200_000, 3.0), rng)
    assert np.quantile(heavy, [0.1, 0.9]) == pytest.approx(t.ppf([0.1, 0.9], 4.0, 3.0, 2.0), abs=0.05)


@pytest.mark.parametrize(
    ("case", "sd"),
    [
        ((100.0, None, None, "official"), 1.0),
        ((100.0, None, None, "reported"), 2.0),
        ((-100.0, None, None, "secondary"), 3.0),
        ((100.0, 95.0, 105.0, "official"), 10 / 3.3),
        ((100.0, 100.0, None, "reported"), 2.0),
        ((100.0, 100.0, 100.0, "reported"), 2.0),
        ((100.0, None, None, "estimated"), None),
        ((0.0, None, None, "official"), None),
    ],
)
def test_standard_error(case: tuple, sd: float | None) -> None:
    assert standard_error(*case) == (None if sd is None else pytest.approx(sd))
