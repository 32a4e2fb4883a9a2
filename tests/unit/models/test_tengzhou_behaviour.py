"""The coupled model: conservation, extremes, numerics, history. Independent sums; no number of the model is taken on trust."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from tests.unit.models.tengzhou_runs import (
    CLUSTERS,
    EXTREMES,
    ROOT,
    SIZES,
    ensemble,
    extremes,
    member,
    model,
    stocks,
    variant,
)
from tzsim.calibration.history_fit import fit_history
from tzsim.calibration.history_spec import read_history_spec
from tzsim.names import key

SIGNED = {"demand shock", "price shock", "regional shock", "perceived margin"}
"""Stocks that may be negative: log deviations and a margin."""

START, END = 2018.0, 2031.0


def same(left: np.ndarray, right: np.ndarray) -> None:
    np.testing.assert_allclose(left, right, rtol=1e-8, atol=1e-6)


def gain(name: str) -> np.ndarray:
    runs = extremes()
    return runs.at(name, END) - runs.at(name, START)


def over(name: str) -> np.ndarray:
    return extremes().integral(name, START, END)


# --- conservation, in the baseline and in every extreme


@pytest.mark.parametrize("size", SIZES)
def test_projects_are_conserved(size: str) -> None:
    now = [
        extremes().path(f"{s}[{size}]")
        for s in ("Signed Projects", "Projects Under Construction", "Completed Projects", "Lapsed Projects")
    ]
    same(np.sum(now, axis=0), extremes().path(f"Contracts Signed[{size}]"))
    same(gain(f"Contracts Signed[{size}]"), over(f"signing[{size}]"))


def test_water_is_conserved() -> None:
    same(gain("Reservoir"), over("inflow") - over("spill") - over("surface use"))
    same(gain("Groundwater"), over("recharge") - over("groundwater use") - over("groundwater outflow"))
    users = np.sum([extremes().path(e) for e in extremes().elements("allocation")], axis=0)
    cap, supply = extremes().path("use cap"), extremes().path("supply")
    assert (users <= np.minimum(cap, supply) + 1e-9).all()
    for user in ("domestic", "ecology", "industry", "agriculture"):
        assert (
            extremes().path(f"allocation[{user}]") <= extremes().path(f"gross demand[{user}]") + 1e-9
        ).all()


def test_a_junior_user_gets_water_only_when_its_seniors_are_served() -> None:
    order = ("domestic", "ecology", "industry", "agriculture")
    for senior, junior in itertools.pairwise(order):
        short = extremes().path(f"allocation[{senior}]") < extremes().path(f"gross demand[{senior}]") - 1e-9
        assert (extremes().path(f"allocation[{junior}]")[short] <= 1e-9).all()


def test_people_are_conserved() -> None:
    same(
        gain("residents"),
        over("births") - over("deaths") - over("urban outflow") - over("rural outflow"),
    )


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_capital_and_its_supply_line_are_conserved(cluster: str) -> None:
    same(gain(f"Capital[{cluster}]"), over(f"completion[{cluster}]") - over(f"scrapping[{cluster}]"))
    same(gain(f"Under Construction[{cluster}]"), over(f"starts[{cluster}]") - over(f"completion[{cluster}]"))


def test_cars_and_appliances_are_conserved() -> None:
    same(gain("Petrol Cars") + gain("New Energy Cars"), over("car sales") - over("cars scrapped"))
    same(
        gain("Young Appliances") + gain("Old Appliances"),
        over("appliance sales") - over("appliances scrapped"),
    )


def test_named_plants_spend_their_investment_and_no_more() -> None:
    spent = extremes().path("Plant Spent[Lianhong Gerun]")
    assert (np.diff(spent, axis=0) >= -1e-9).all()
    same(spent[-1], np.full(len(EXTREMES), 125.0))


# --- extremes


def test_no_member_fails_and_no_stock_turns_negative() -> None:
    assert set(extremes().run.status.tolist()) == {0}
    assert np.isfinite(extremes().run.values).all()
    negative = {
        element: float(extremes().path(element).min())
        for stock in stocks(model())
        if key(stock) not in {key(s) for s in SIGNED}
        for element in extremes().elements(stock)
        if extremes().path(element).min() < -1e-9
    }
    assert negative == {}


def test_no_demand_no_output() -> None:
    assert extremes().five("output", 2026)[member("no demand")] < 0.5


def test_no_water_stops_industry_first_the_fields_then_the_plants() -> None:
    assert extremes().five("output", 2026)[member("no water")] < 1e-3
    dry, base = member("dry"), member("baseline")
    farms = extremes().total("allocation[agriculture]", 2026) / extremes().total(
        "gross demand[agriculture]", 2026
    )
    assert farms[dry] < 0.7 < farms[base]
    assert extremes().five("output", 2026)[dry] == pytest.approx(
        extremes().five("output", 2026)[base], rel=1e-3
    )


def test_an_energy_quota_cut_curbs_heavy_users_most() -> None:
    base, half, none = member("baseline"), member("half the energy quota"), member("no energy quota")

    def ratio(cluster: str, case: int) -> float:
        made = extremes().total(f"output[{cluster}]", 2026)
        return float(made[case] / made[base])

    assert ratio("chemicals", none) < 0.01
    assert ratio("chemicals", half) < ratio("machine tools", half) < ratio("digital", half) < 1
    assert extremes().total("output lost to energy[chemicals]", 2026)[half] > 50


def test_the_water_cap_is_slack_in_the_baseline_and_binds_when_tightened() -> None:
    use = extremes().total("total water use", 2026)
    assert use[member("baseline")] < 325
    assert use[member("tight water cap")] == pytest.approx(150.0, rel=1e-6)


def test_doubled_demand_raises_output_but_not_in_proportion_to_capacity_at_once() -> None:
    first = extremes().five("output", 2018)
    assert 1.0 < first[member("doubled demand")] / first[member("baseline")] < 1.6


def test_no_contracts_no_attracted_plant_but_local_firms_go_on() -> None:
    made = extremes().five("output", 2030)
    assert 0.5 < made[member("no contracts")] / made[member("baseline")] < 1


def test_the_limits_explain_output_no_more_than_once() -> None:
    """What each supply limit alone would add is not negative, and together below the output wanted."""
    for limit in ("capacity", "labour", "energy", "water"):
        for c in CLUSTERS:
            assert (extremes().total(f"output lost to {limit}[{c}]", 2026) >= -1e-9).all()


# --- numerics


@pytest.mark.parametrize(
    "other", [("euler", 1 / 48), ("rk4", 1 / 24)], ids=["half the step", "Runge-Kutta 4"]
)
def test_step_and_method_do_not_matter(other: tuple[str, float]) -> None:
    method, step = other
    plain, finer = variant(), variant("rk4" if method == "rk4" else "euler", step)
    assert finer.five("reported revenue", 2026) == pytest.approx(
        plain.five("reported revenue", 2026), rel=5e-3
    )
    for c in CLUSTERS:
        assert finer.total(f"reported revenue[{c}]", 2026) == pytest.approx(
            plain.total(f"reported revenue[{c}]", 2026), rel=5e-3
        )
    for name in ("GDP", "total water use"):
        assert finer.total(name, 2026) == pytest.approx(plain.total(name, 2026), rel=5e-3)


# --- history: documented figures only; levels of 2022 (GDP) and 2024 (five clusters) are anchors, the rest is not


@pytest.mark.parametrize(
    ("name", "year", "documented", "within"),
    [
        ("GDP", 2019, 748.35, 0.03), ("GDP", 2020, 753.05, 0.03), ("GDP", 2021, 858.0, 0.03), ("GDP", 2022, 901.0, 0.02),
        ("GDP", 2023, 946.08, 0.02), ("reported revenue[chemicals]", 2022, 460.0, 0.05),
        ("reported revenue[machine tools]", 2022, 300.0, 0.05), ("fiscal revenue", 2022, 63.59, 0.05),
    ],
)  # fmt: skip
def test_prior_median_is_close_to_the_documented_level(
    name: str, year: int, documented: float, within: float
) -> None:
    assert np.median(ensemble().total(name, year)) == pytest.approx(documented, rel=within)


def test_five_clusters_in_2024() -> None:
    assert np.median(ensemble().five("reported revenue", 2024)) == pytest.approx(902.0, rel=0.03)


def test_documented_rows_lie_inside_the_prior_band_and_bands_are_narrower_than_naive_ones() -> None:
    """calibration/history/tengzhou.yaml places every documented row of 2018 to 2024; hold-outs are left out."""
    fit = fit_history(read_history_spec(ROOT / "calibration" / "history" / "tengzhou.yaml"), members=1000)
    assert fit.failed == 0
    assert fit.coverage >= 0.9, fit.misses
    assert [s.id for s in fit.series if s.wider_than_naive] == []
    assert {s.id for s in fit.series if len(s.figures) >= 4} == {"gdp", "residents"}


def test_every_member_of_the_prior_runs() -> None:
    assert set(ensemble().run.status.tolist()) == {0}
    negative = {
        element
        for stock in stocks(model())
        if key(stock) not in {key(s) for s in SIGNED}
        for element in ensemble().elements(stock)
        if ensemble().path(element).min() < -1e-9
    }
    assert negative == set()
