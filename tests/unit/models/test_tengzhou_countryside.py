"""Fields, rivers, towns and mines of the coupled model: conservation, extremes by their mechanism, numerics, prior bands."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.models.tengzhou_runs import EXTREMES, Runs, extremes, member, variant

START, END = 2018.0, 2031.0
SECTIONS = ("Qunle bridge", "Wangchao bridge", "Luofang bridge")
SIZES = ("large", "medium", "small")


def same(left: np.ndarray, right: np.ndarray) -> None:
    np.testing.assert_allclose(left, right, rtol=1e-8, atol=1e-8)


def gain(name: str) -> np.ndarray:
    return extremes().at(name, END) - extremes().at(name, START)


def over(name: str) -> np.ndarray:
    return extremes().integral(name, START, END)


def yearly(runs: Runs, name: str, year: int) -> np.ndarray:
    return runs.integral(name, float(year), float(year + 1))


# --- conservation


def test_land_is_conserved() -> None:
    held = [extremes().path(s) for s in ("Arable Land", "Reclaimable Land", "Arable Land Taken")]
    same(np.sum(held, axis=0), np.broadcast_to(np.sum(held, axis=0)[0], held[0].shape))
    same(gain("Built Up Area"), over("built up growth"))
    same(gain("Park Sites"), -over("parks built"))


def test_standard_farmland_is_conserved_and_fits_on_the_land() -> None:
    same(gain("Farmland Under Way"), over("farmland started") - over("farmland completed"))
    same(gain("Farmland Built"), over("farmland completed"))
    same(gain("Standard Farmland"), over("farmland completed") - over("standard farmland lost"))
    assert (extremes().path("Standard Farmland") <= extremes().path("Arable Land")).all()


@pytest.mark.parametrize("size", SIZES)
def test_mines_are_conserved(size: str) -> None:
    stocks = ("Ordinary Mines", "Mines Converting", "Green Mines", "Closed Mines")
    now = np.sum([extremes().path(f"{s}[{size}]") for s in stocks], axis=0)
    same(now, np.broadcast_to(now[0], now.shape))


def test_sewage_is_either_treated_or_not() -> None:
    same(over("raw sewage"), over("treated sewage") + over("untreated sewage"))


def test_works_cost_what_they_cost() -> None:
    spent = extremes().path("Works Money Spent")
    assert (np.diff(spent, axis=0) >= -1e-12).all()
    same(spent[-1], np.full(len(EXTREMES), 4 * 0.9))


def test_the_mean_of_twelve_months_is_the_mean() -> None:
    """`concentration of the year` against the accumulated concentration of the calendar year."""
    for s in SECTIONS:
        summed = extremes().at(f"Summed Concentration[{s},organic]", 2027.0) - extremes().at(
            f"Summed Concentration[{s},organic]", 2026.0
        )
        same(extremes().at(f"concentration of the year[{s},organic]", 2027.0), summed)


# --- extremes


def test_no_rain_ruins_the_harvest_through_the_fields_and_leaves_plants_alone_in_a_dry_spell() -> None:
    runs, base = extremes(), member("baseline")
    grain = yearly(runs, "grain output", 2026)
    assert grain[member("no rain")] < 0.35 * grain[base]
    assert 0.5 < grain[member("dry")] / grain[base] < 0.9
    area = yearly(runs, "grain sown area", 2026)
    assert area[member("dry")] == pytest.approx(area[base], rel=1e-3)
    assert runs.at("Field Water", 2027.0)[member("dry")] < 0.5 < runs.at("Field Water", 2027.0)[base]
    assert runs.five("output", 2026)[member("dry")] > 0.999 * runs.five("output", 2026)[base]


def test_a_bad_harvest_reaches_gdp() -> None:
    gdp = yearly(extremes(), "GDP real", 2026)
    assert 0.95 < gdp[member("dry")] / gdp[member("baseline")] < 0.999


def test_a_water_cap_that_leaves_farming_nothing_takes_grain_as_no_irrigation_would() -> None:
    runs = extremes()
    watered = 68 / runs.at("Arable Land", 2026.5)[member("baseline")]
    ratio = yearly(runs, "grain output", 2026) / yearly(runs, "grain output", 2026)[member("baseline")]
    left = 1e-6**0.15 * watered + (1 - watered)
    assert ratio[member("no water")] == pytest.approx(left, rel=0.05)


def test_without_treatment_no_section_keeps_class_three() -> None:
    meeting = extremes().at("sections meeting class III", 2027.0)
    assert meeting[member("baseline")] == 3
    assert meeting[member("no treatment")] == 0
    level = extremes().at("concentration of the year[Qunle bridge,organic]", 2027.0)
    assert level[member("no treatment")] > 2 * level[member("baseline")]


def test_without_own_money_no_field_is_begun() -> None:
    runs, poor = extremes(), member("no farm money")
    assert over("farmland started")[poor] == 0.0
    assert runs.at("Maize Programme Area", END)[poor] == 0.0
    assert yearly(runs, "grain output", 2026)[poor] < yearly(runs, "grain output", 2026)[member("baseline")]


def test_no_industry_no_industrial_effluent() -> None:
    raw = yearly(extremes(), "raw sewage", 2026)
    assert raw[member("no demand")] < 0.85 * raw[member("baseline")]
    assert raw[member("no water")] == pytest.approx(0.0, abs=1e-6)


def test_shares_stay_shares() -> None:
    for name in (
        "Mechanised[wheat]",
        "Mechanised[potatoes]",
        "Collected Part",
        "Cleaned Part",
        "Village Treated",
    ):
        assert (extremes().path(name) <= 1).all()
    assert (extremes().path("green ratio") < 0.6).all()


# --- numerics


@pytest.mark.parametrize(
    "other", [("euler", 1 / 48), ("rk4", 1 / 24)], ids=["half the step", "Runge-Kutta 4"]
)
def test_step_and_method_do_not_matter(other: tuple[str, float]) -> None:
    method, step = other
    plain, finer = variant(), variant("rk4" if method == "rk4" else "euler", step)
    assert finer.total("grain output", 2026) == pytest.approx(plain.total("grain output", 2026), rel=2e-3)
    for name in (
        "Farmland Built",
        "Green Space",
        "Mechanised[potatoes]",
        "concentration of the year[Qunle bridge,organic]",
    ):
        assert finer.at(name, 2027.0) == pytest.approx(plain.at(name, 2027.0), rel=1e-2), name
