"""Units: what words mean, quantities, conversion; expected factors are counted by hand."""

from __future__ import annotations

import contextlib
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tzsim.units import (
    ONE,
    Unit,
    UnitError,
    conversion,
    convert,
    parse_quantity,
    parse_unit,
    printed_unit,
)

YEAR = 365.25 * 24 * 3600


@pytest.mark.parametrize(
    ("written", "wanted", "factor"),
    [
        ("亿元", "万元", 1e4),
        ("Yi", "亿元", 1),
        ("万人", "人", 1e4),
        ("Wan", "10k persons", 1),
        ("亿立方米", "million m3", 100),
        ("亿立方米/年", "MCM/Year", 100),
        ("万立方米/天", "MCM/Year", 0.01 * 365.25),
        ("万吨标准煤", "tce", 1e4),
        ("WanTce", "万吨标准煤", 1),
        ("万亩", "mu", 1e4),
        ("亩", "m2", 2000 / 3),
        ("公顷", "亩", 15),
        ("万千瓦", "MW", 10),
        ("万千瓦时", "MWh", 10),
        ("GWh/Year", "kW", 1e6 * 3600 / YEAR),
        ("亿千瓦时", "GWh", 100),
        ("tce", "kWh", 29.3076e9 / 3.6e6),
        ("件/万人", "piece/person", 1e-4),
        ("万辆", "WanVehicle", 1),
        ("%", "1", 0.01),
        ("‰", "%", 0.1),
        ("百万吨", "WanTonne", 100),
        ("ug/m3", "mg/m3", 1e-3),
        ("Month", "Year", 1 / 12),
        ("1/Month", "1/Year", 12),
        ("kW h", "kWh", 1),
        ("Yi/(10k persons*Year)", "元/(人*年)", 1e4),
        ("km^2", "m2", 1e6),
        ("2 years", "Year", 2),
    ],
)
def test_conversion_by_hand(written: str, wanted: str, factor: float) -> None:
    assert conversion(parse_unit(written), parse_unit(wanted)) == pytest.approx(factor, rel=1e-12)


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("3.25亿立方米", 325.0, "MCM"),
        ("700亿元", 700.0, "Yi"),
        ("700 亿元", 700.0, "Yi"),
        ("1,120 亿元", 1120.0, "Yi"),
        ("15%", 0.15, "1"),
        ("0.3 1/Year", 0.3, "1/Year"),
        ("0.3/年", 0.3, "1/Year"),
        ("-2.5万人", -2.5, "Wan"),
        ("165万千瓦", 1650.0, "MW"),
        ("1650万千瓦时", 16.5, "GWh"),
        ("３．２５亿立方米", 325.0, "MCM"),
        ("32万人", 32.0, "10k persons"),
        ("2e3 tce", 0.2, "WanTce"),
        ("5", 5.0, "Yi"),
    ],
)
def test_quantities(text: str, value: float, unit: str) -> None:
    assert convert(parse_quantity(text), parse_unit(unit)) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(
    ("text", "unit", "says", "hint"),
    [
        ("3.25亿立方米", "MCM/Year", "volume per time", "write '亿立方米/年'"),
        ("700亿元", "Yi22", "money of 2022", "price index"),
        ("3.25亿", "MCM", "a plain number", "write the unit behind the number"),
        ("5 MW", "Wan", "power", "'Wan'"),
        ("3亿元/年", "Yi", "money per time", "leave out the time"),
    ],
)
def test_conversion_names_both(text: str, unit: str, says: str, hint: str) -> None:
    with pytest.raises(UnitError) as error:
        convert(parse_quantity(text), parse_unit(unit))
    assert says in str(error.value)
    assert f"'{unit}'" in str(error.value)
    assert hint in error.value.hint


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("亿园", "unknown unit '亿园'"),
        ("Yi/", "breaks off"),
        ("(Yi", "not closed"),
        ("Yi)", "not expected"),
        ("", "empty"),
        ("m^x", "exponent"),
    ],
)
def test_bad_units(text: str, says: str) -> None:
    with pytest.raises(UnitError, match=says.replace("(", r"\(")):
        parse_unit(text)


@pytest.mark.parametrize("text", ["三十五", "1.2.3 元", "", "元", "nan", "1e999 元", "--3"])
def test_bad_quantities(text: str) -> None:
    with pytest.raises(UnitError):
        parse_quantity(text)


def test_nearest_word_is_offered() -> None:
    with pytest.raises(UnitError) as error:
        parse_unit("persona")
    assert error.value.hint == "did you mean 'person'?"


def test_current_and_constant_money_are_two_dimensions() -> None:
    current, of_2022 = parse_unit("Yi"), parse_unit("Yi22")
    assert not current.same_dimension(of_2022)
    assert (parse_unit("Yi/Yi22") * of_2022).same_dimension(current)


def test_words_of_a_model_are_dimensions_of_their_own() -> None:
    widget = parse_unit("widgets/Year", own=True)
    assert widget.same_dimension(parse_unit("Widget", own=True) / parse_unit("Year"))
    assert not parse_unit("gadget", own=True).same_dimension(parse_unit("widget", own=True))


def test_dimensionless_words() -> None:
    for word in ("Dmnl", "1", "dimensionless", "fraction"):
        assert parse_unit(word) == Unit(1.0, (), word)
        assert parse_unit(word).same_scale(ONE)


@given(
    st.floats(-1e12, 1e12, allow_nan=False),
    st.sampled_from(["亿元", "万人", "亿立方米", "MW", "%", "万亩", "tce"]),
)
def test_there_and_back(value: float, unit: str) -> None:
    there = parse_unit(unit)
    for other in ("万元", "人", "MCM", "万千瓦", "1", "公顷", "万吨标准煤"):
        target = parse_unit(other)
        if there.same_dimension(target):
            back = value * conversion(there, target) * conversion(target, there)
            assert math.isclose(back, value, rel_tol=1e-12, abs_tol=1e-300)


@given(st.floats(0, 1e9, allow_nan=False), st.sampled_from(["亿元", " 万吨标准煤", "%", " MCM/Year", ""]))
def test_a_printed_number_is_read_back(value: float, unit: str) -> None:
    amount = parse_quantity(f"{value!r}{unit}")
    assert amount.value == value
    assert (amount.unit is None) == (unit == "")


@settings(deadline=None)
@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(UnitError):
        assert parse_unit(text).factor > 0
    with contextlib.suppress(UnitError):
        assert math.isfinite(parse_quantity(text).value)


@pytest.mark.parametrize(
    ("printed", "same"),
    [
        ("亿元(100m CNY)", "亿元"),
        ("亿元（100m CNY）", "亿元"),
        ("% of GDP", "%"),
        ("per 10k persons", "1/(10k persons)"),
        ("per 1000", "‰"),
        ("ratio", "1"),
        ("Yi/(Wan*Year)", "Yi/(Wan*Year)"),
    ],
)
def test_units_as_tables_print_them(printed: str, same: str) -> None:
    found, wanted = printed_unit(printed), parse_unit(same)
    assert found.same_dimension(wanted)
    assert found.same_scale(wanted)


@pytest.mark.parametrize(
    "printed", ["亿元(10k CNY)", "亿元(现价)", "of GDP", "per sites", "ratios of", "sites"]
)
def test_a_gloss_that_says_something_else_is_refused(printed: str) -> None:
    with pytest.raises(UnitError):
        printed_unit(printed)
