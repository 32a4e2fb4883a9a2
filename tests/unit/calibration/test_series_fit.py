"""Any model fitted to series in memory: units of its own, times of its own clock, and every mistake named before sampling."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import tzsim
from tzsim.calibration import series_fit
from tzsim.calibration.observations import Datum
from tzsim.calibration.smc import Settings
from tzsim.errors import InputError, TzsimError
from tzsim.measures import At, Quantity
from tzsim.units import UnitError, parse_unit

INVENTORY = tzsim.read_model(Path(__file__).parents[3] / "models" / "inventory.mdl")
PRIORS = {"delivery time": stats.lognorm(0.2, scale=6), "sales step": stats.norm(0.2, 0.05)}
ORDERS = {10: 100.0, 20: 110.0, 30: 120.0, 40: 125.0, 50: 122.0, 60: 120.0}
QUICK = Settings(runs=2, particles=40, final_moves=5, stage_moves=3)

LINE = """
deaths = stock * rate ~ {unit}/Year ~|
stock = INTEG(-deaths, 100) ~ {unit} ~|
rate = 0.1 ~ 1/Year ~|
INITIAL TIME = 2020 ~ Year ~|
FINAL TIME = 2024 ~ Year ~|
TIME STEP = 0.25 ~ Year ~|
SAVEPER = 0.25 ~ Year ~|
"""


@pytest.fixture
def never(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sampling is an error."""

    def sampled(*_: object, **__: object) -> None:
        raise AssertionError("it sampled before it complained")

    monkeypatch.setattr(series_fit, "sample_likelihood", sampled)


def line(folder: Path, unit: str) -> tzsim.Model:
    path = folder / "line.mdl"
    path.write_text(LINE.format(unit=unit), "utf-8")
    return tzsim.read_model(path)


@pytest.mark.parametrize("unit", ["Widget", "$", "€", "deer", "ppm", "barrel", "GtC", "US$ per head", ""])
def test_a_model_may_use_words_of_its_own_as_units(tmp_path: Path, unit: str) -> None:
    times = np.arange(2020.25, 2023, 0.25)
    seen = {"stock": pd.Series(100 * np.exp(-0.2 * (times - 2020)), index=times)}
    posterior = tzsim.calibrate(
        line(tmp_path, unit), {"rate": stats.lognorm(0.5, scale=0.1)}, seen, sd=2, settings=QUICK
    )
    assert [d.time for d in posterior.data] == list(times)
    assert len({d.id for d in posterior.data}) == len(times)
    assert [f.unit for f in posterior.figures] == [unit] * len(times)
    assert np.isnan([f.walk for f in posterior.figures]).all()
    assert np.isnan(posterior.sharp_coverage)
    assert 0 <= posterior.coverage <= 1


def test_a_fit_with_four_points_or_more_ends_whatever_the_units() -> None:
    posterior = tzsim.calibrate(INVENTORY, PRIORS, {"orders": ORDERS}, sd=2, settings=QUICK)
    assert posterior.figures[0].unit == "Widget/Week"


def test_an_error_of_units_is_an_error_of_tzsim() -> None:
    with pytest.raises(TzsimError) as caught:
        parse_unit("Widget")
    assert isinstance(caught.value, UnitError)


def test_numbers_of_a_random_walk_go_by_time_and_not_by_calendar_year() -> None:
    from tzsim.calibration.baselines import known_figures, random_walk_with_drift

    times, values = [2020.0, 2020.25, 2020.5, 2020.75], [100.0, 103.0, 105.0, 109.0]
    data = [
        Datum(f"x {t}", "x", t, v, 0.1, "deer", At(Quantity("x"), t))
        for t, v in zip(times, values, strict=True)
    ]
    known = known_figures(data)
    drift, _, span = known.drift_and_spread()
    assert span == 0.75
    assert drift == pytest.approx(np.log(1.09) / 0.75)
    ahead = np.median(random_walk_with_drift(known, 2021.25))
    assert ahead == pytest.approx(109 * np.exp(drift * 0.5), rel=1e-3)


MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"noise": "poisson"}, "unknown noise 'poisson'"),
    ({"noise": "studentt"}, "did you mean 'student t'"),
    ({"noise": "student t", "degrees": 0}, "degrees of freedom above 0, not 0"),
    ({"backend": "cuda"}, "unknown backend 'cuda'"),
    ({"priors": {}}, "at least one distribution, and there is none"),
    ({"priors": None}, "expected a mapping of names to distributions, not nothing"),
    ({"priors": {"delivery time": 6}}, "at least one distribution, and all of them are numbers"),
    ({"priors": pd.Series([1, 2])}, "expected a mapping of names to distributions, not a Series"),
    ({"priors": {"delivery time": pd.Series([1, 2])}}, "delivery time: a fit needs a distribution.*not a Series"),
    ({"priors": {"delivery time": np.array([1, 2])}}, "delivery time: a fit needs a distribution.*not a ndarray"),
    ({"priors": {"delivery time": "6"}}, "delivery time: a fit needs a distribution.*not '6'"),
    ({"priors": {"delivery time": stats.norm}}, "'norm' has no parameters yet"),
    ({"priors": {"delivery time": stats.norm(6, -1)}}, "its quantiles are no finite numbers"),
    ({"priors": {"delivery tme": stats.norm(6, 1)}}, "did you mean 'delivery time'"),
    ({"priors": {"orders": stats.norm(6, 1)}}, "not a constant"),
    ({"seed": -1}, "whole number from 0 .* not -1"),
    ({"seed": 1.5}, "whole number from 0 .* not 1.5"),
    ({"settings": {"particles": 9}}, "settings: expected .*Settings, not a dict"),
    ({"sd": "2"}, "not given as a positive number, but as '2' at 10"),
    ({"sd": [1.0, 2.0]}, "given for 2 points; it has 6"),
    ({"sd": {"order": 2}}, "there is no observed series 'order'"),
    ({"sd": {10: 1.0}}, "not given at 20, 30"),
    ({"sd": [1, 1, 1, 1, 1, np.nan]}, "not given as a positive number, but as nan at 60"),
    ({"sd": {"orders": None}}, "not given as a positive number"),
    ({"relative_sd": 0.1}, "given twice"),
    ({"observed": None}, "expected a mapping of variables to series, not nothing"),
    ({"observed": {}}, "there is no series"),
    ({"observed": {"ordrs": ORDERS}}, "did you mean 'orders'"),
    ({"observed": {"orders": [1, 2]}}, "expected a series of numbers"),
    ({"observed": {"orders": {10: np.nan}}}, "orders: no value"),
    ({"observed": {"orders": {np.nan: 10}}}, "expected a series of numbers"),
    ({"observed": {"orders": {10: np.inf}}}, "expected a series of numbers"),
    ({"observed": {"orders": {-5: 1.0, 1000: 1.0}}}, "time -5, 1000 is outside the model's run from 0 to 200"),
    ({"observed": {"orders": {1.3: 1.0}}}, "time 1.3 is not a step of the model"),
    ({"observed": {"orders": {10: 1e300}}, "sd": 1e-9}, "orders @ 10: 1e.300 is impossible"),
    ({"priors": {"delivery time": stats.norm(-1e-12, 1e-14)}}, "the model gives no finite number there"),
]  # fmt: skip


@pytest.mark.parametrize(("changed", "says"), MISTAKES, ids=[f"{[*c]}-{s[:24]}" for c, s in MISTAKES])
@pytest.mark.usefixtures("never")
def test_a_mistake_is_one_clear_error_before_any_sampling(changed: dict[str, Any], says: str) -> None:
    given = {"priors": PRIORS, "observed": {"orders": ORDERS}, "sd": 2.0} | changed
    with pytest.raises(InputError, match=says):
        tzsim.calibrate(INVENTORY, given.pop("priors"), given.pop("observed"), **given)


@pytest.mark.usefixtures("never")
def test_all_mistakes_come_at_once() -> None:
    with pytest.raises(InputError) as caught:
        tzsim.calibrate(
            INVENTORY,
            {"delivery time": [1]},
            {"ordrs": ORDERS},
            sd=2,
            noise="gamma",
            seed=-1,  # type: ignore[arg-type]
        )
    assert len(caught.value.problems) == 4


@pytest.mark.parametrize("value", [-1, 1.5, "1", 2**63])
def test_seeds_follow_one_rule(value: Any) -> None:
    with pytest.raises(InputError, match="seed: expected a whole number from 0"):
        tzsim.simulate(INVENTORY, PRIORS, members=2, seed=value)


def test_standard_errors_may_be_given_by_variable_by_point_or_by_time() -> None:
    every = np.array([1.0, 2, 3, 4, 5, 6])

    def sds(sd: Any = None, relative_sd: Any = None) -> list[float]:
        found = series_fit.likelihood_of_series(
            INVENTORY, PRIORS, {"orders": ORDERS}, sd=sd, relative_sd=relative_sd
        )
        return [d.sd for d in found.data]

    assert sds(2) == sds(pd.Series({"orders": 2.0})) == sds({"Orders": np.float64(2)}) == [2.0] * 6
    by_time = dict(zip(ORDERS, every, strict=True))
    for given in (every, list(every), by_time, pd.Series(by_time), pd.DataFrame({"orders": by_time})):
        assert (
            sds(given)
            == sds({"orders": given} if not isinstance(given, pd.DataFrame) else given)
            == list(every)
        )
    assert sds(relative_sd=every / 100) == pytest.approx(every / 100 * np.array([*ORDERS.values()]))


def test_gaps_are_left_out_with_their_errors() -> None:
    seen = pd.DataFrame(
        {"orders": {10: 100.0, 20: np.nan, 30: 120.0}, "sales": {10: np.nan, 20: 90.0, 30: np.nan}}
    )
    found = series_fit.likelihood_of_series(
        INVENTORY, PRIORS, seen, sd={"orders": [1.0, np.nan, 3.0], "sales": 2}
    )
    assert [(d.id, d.sd) for d in found.data] == [
        ("orders @ 10", 1.0),
        ("orders @ 30", 3.0),
        ("sales @ 20", 2.0),
    ]


NOISY = """
noise = RANDOM UNIFORM(0, 1, 3) ~ Dmnl ~|
felt = noise * 2 ~ Dmnl ~|
seen = stock * felt ~ Dmnl ~|
stock = INTEG(-stock * rate, 100) ~ Dmnl ~|
rate = 0.1 ~ 1/Year ~|
INITIAL TIME = 0 ~ Year ~|
FINAL TIME = 4 ~ Year ~|
TIME STEP = 0.25 ~ Year ~|
SAVEPER = 0.25 ~ Year ~|
"""


def test_a_random_function_counts_only_where_what_is_observed_depends_on_it(tmp_path: Path) -> None:
    path = tmp_path / "noisy.mdl"
    path.write_text(NOISY, "utf-8")
    model, priors = tzsim.read_model(path), {"rate": stats.lognorm(0.5, scale=0.1)}
    found = series_fit.likelihood_of_series(model, priors, {"stock": {1: 90.0}}, sd=1)
    assert np.isfinite(found.log_likelihood(np.zeros((1, 1))))
    with pytest.raises(InputError) as caught:
        series_fit.likelihood_of_series(model, priors, {"stock": {1: 90.0}, "seen": {1: 90.0}}, sd=1)
    (problem,) = caught.value.problems
    assert "(RANDOM UNIFORM): 'seen' <- 'felt' <- 'noise'" in problem.message
    assert problem.address is not None
    assert problem.address.line == 2


def test_scores_far_out_stay_inside_the_prior() -> None:
    """Uniforms are clipped inside (0, 1): a normal prior has no finite quantile at 1."""
    from tzsim.calibration.coordinates import coordinates

    space = coordinates({"x": stats.norm(2.0, 0.5)}, until=0.0)
    far = space.values(np.array([[-40.0], [9.0], [40.0]]))[0][0]
    assert np.isfinite(far).all()
    assert far[0] < 2.0 - 8 * 0.5 < 2.0 + 8 * 0.5 < far[1] == far[2]
