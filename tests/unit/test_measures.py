"""Measures against numbers worked out by hand and against integrals in closed form."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tzsim.measures import (
    Needs,
    at_year,
    dated,
    evaluate,
    needs,
    resolve,
    unit_of_measure,
)
from tzsim.scenario.measure_forms import MeasureError, parse_measure
from tzsim.units import ONE, UnitError, conversion, parse_unit

Values = np.ndarray


class Curves:
    """Levels x(t) and integrals X(t) as functions of time and a member's rate."""

    rates = np.array([0.0, 0.02, 0.1])

    def level(self, name: str, time: float, /) -> Values:
        scale = {"x": 100.0, "y": 40.0}[name]
        return scale * np.exp(self.rates * (time - 2020))

    def integral(self, name: str, time: float, /) -> Values:
        scale = {"x": 100.0, "y": 40.0}[name]
        span = time - 2020
        with np.errstate(divide="ignore", invalid="ignore"):
            grown = np.expm1(self.rates * span) / self.rates
        return scale * np.where(self.rates == 0, span, grown)


def value(written: Mapping[str, object], year: int | None = None) -> Values:
    measure = resolve(parse_measure(written), lambda name: ("x", "y") if name == "z[*]" else (name,))
    return evaluate(measure if year is None else at_year(measure, year), Curves())


def grown(scale: float, start: float, end: float) -> list[float]:
    """∫ scale e^{r (t - 2020)} over [start, end] for the three rates, by the antiderivative."""
    out = []
    for r in (0.0, 0.02, 0.1):
        if r == 0:
            out.append(scale * (end - start))
        else:
            out.append(scale * (math.exp(r * (end - 2020)) - math.exp(r * (start - 2020))) / r)
    return out


def test_total_is_the_integral_over_the_calendar_year() -> None:
    np.testing.assert_allclose(value({"total": "x", "year": 2026}), grown(100, 2026, 2027), rtol=1e-12)


def test_months_are_parts_of_the_year() -> None:
    written = {"total": "x", "year": 2024, "months": [1, 8]}
    np.testing.assert_allclose(value(written), grown(100, 2024, 2024 + 8 / 12), rtol=1e-12)
    written = {"total": "x", "year": 2024, "months": [9, 12]}
    np.testing.assert_allclose(value(written), grown(100, 2024 + 8 / 12, 2025), rtol=1e-12)


def test_the_value_at_the_end_of_a_year_is_read_on_the_next_first_of_january() -> None:
    np.testing.assert_allclose(
        value({"at_end": "x", "year": 2026}), [100, 100 * math.exp(0.14), 100 * math.exp(0.7)], rtol=1e-12
    )


def test_mean_of_a_level() -> None:
    np.testing.assert_allclose(value({"mean": "y", "year": 2021}), grown(40, 2021, 2022), rtol=1e-12)


def test_cumulative_counts_both_end_years() -> None:
    np.testing.assert_allclose(
        value({"cumulative": "x", "since": 2024, "year": 2026}), grown(100, 2024, 2027), rtol=1e-12
    )


def test_growth_is_the_constant_yearly_rate() -> None:
    written = {"growth": {"total": "x"}, "year": 2026, "from": 2023}
    np.testing.assert_allclose(value(written), np.expm1([0.0, 0.02, 0.1]), atol=1e-12)


def test_growth_in_all() -> None:
    written = {"growth": {"at_end": "x"}, "year": 2026, "from": 2023, "annual": False}
    np.testing.assert_allclose(value(written), np.expm1(np.array([0.0, 0.06, 0.3])), atol=1e-12)


def test_growth_of_a_series_compares_with_the_year_before() -> None:
    np.testing.assert_allclose(
        value({"growth": {"total": "x"}}, 2025), np.expm1([0.0, 0.02, 0.1]), atol=1e-12
    )


def test_ratio_difference_sum_times() -> None:
    x, y = {"total": "x", "year": 2022}, {"total": "y", "year": 2022}
    np.testing.assert_allclose(value({"ratio": [y, x]}), [0.4] * 3, rtol=1e-12)
    np.testing.assert_allclose(value({"difference": [x, y]}), grown(60, 2022, 2023), rtol=1e-12)
    np.testing.assert_allclose(value({"sum": [x, y, y]}), grown(180, 2022, 2023), rtol=1e-12)
    np.testing.assert_allclose(value({"times": [x, 2.5]}), grown(250, 2022, 2023), rtol=1e-12)
    np.testing.assert_allclose(value({"total": "z[*]", "year": 2022}), grown(140, 2022, 2023), rtol=1e-12)


def test_extremes_over_years() -> None:
    np.testing.assert_allclose(
        value({"maximum": {"total": "x"}, "years": [2024, 2025, 2026]}), grown(100, 2026, 2027), rtol=1e-12
    )
    np.testing.assert_allclose(
        value({"minimum": {"total": "x"}, "years": [2024, 2025, 2026]}), grown(100, 2024, 2025), rtol=1e-12
    )


def test_division_by_zero_is_that_members_alone() -> None:
    zero = {"difference": [{"total": "x", "year": 2022}, {"total": "x", "year": 2022}]}
    assert not np.isfinite(value({"ratio": [{"total": "x", "year": 2022}, zero]})).any()


def test_needs_names_what_is_read_and_when() -> None:
    measure = resolve(
        parse_measure(
            {"ratio": [{"cumulative": "x", "since": 2024, "year": 2026}, {"at_end": "y", "year": 2025}]}
        ),
        lambda name: (name,),
    )
    assert needs(measure) == Needs(("y",), ("x",), (2024.0, 2026.0, 2027.0))


class Grid:
    """Integrals known at multiples of 1/32 only, of a flow held over each step (Euler): 1, 2, 3, … per step."""

    step = 1 / 32

    def level(self, name: str, time: float, /) -> Values:
        raise AssertionError(name)

    def integral(self, name: str, time: float, /) -> Values:
        steps = (time - 2020) / self.step
        assert steps == int(steps), f"time {time} is not on the grid"
        return np.array([sum(range(1, int(steps) + 1)) * self.step])


def test_months_between_grid_times_are_interpolated_exactly_for_a_held_flow() -> None:
    measure = resolve(
        parse_measure({"total": "x", "year": 2020, "months": [1, 8]}), lambda n: (n,), Grid.step
    )
    # 8/12 of a year is 21 1/3 steps: the first 21 in full and a third of the 22nd, whose flow is 22
    expected = (sum(range(1, 22)) + 22 / 3) / 32
    np.testing.assert_allclose(evaluate(measure, Grid()), [expected], rtol=1e-12)
    assert needs(measure).times == (2020.0, 2020 + 21 / 32, 2020 + 22 / 32)


@given(st.integers(1, 12), st.integers(1, 12), st.sampled_from([1 / 4, 1 / 16, 1 / 32, 1 / 100, 1 / 12]))
def test_months_add_up_to_the_year(first: int, last: int, step: float) -> None:
    """Any cut of a year into months gives back the year, on any grid."""

    class Held:
        def level(self, name: str, time: float, /) -> Values:
            raise AssertionError(name)

        def integral(self, name: str, time: float, /) -> Values:
            return np.array([(time - 2020) ** 2])

    cut = min(first, last)
    parts = [[1, cut], [cut + 1, 12]] if cut < 12 else [[1, 12]]
    total = sum(
        evaluate(
            resolve(parse_measure({"total": "x", "year": 2021, "months": m}), lambda n: (n,), step), Held()
        )
        for m in parts
    )
    np.testing.assert_allclose(total, [3.0], rtol=1e-9)


def test_dated() -> None:
    assert dated(parse_measure({"total": "x", "year": 2026}))
    assert not dated(parse_measure({"ratio": [{"total": "x", "year": 2026}, {"total": "y"}]}))
    assert dated(at_year(parse_measure({"ratio": [{"total": "x"}, {"total": "y"}]}), 2026))
    assert dated(parse_measure({"maximum": {"total": "x"}, "years": [2024]}))


def test_at_year_keeps_a_year_that_is_written() -> None:
    fixed = parse_measure({"ratio": [{"total": "x"}, {"total": "x", "year": 2023}]})
    assert at_year(fixed, 2025) == parse_measure(
        {"ratio": [{"total": "x", "year": 2025}, {"total": "x", "year": 2023}]}
    )


@pytest.mark.parametrize(
    ("written", "path", "says"),
    [
        ({"totl": "x"}, (), "no kind of measure"),
        ({"total": "x", "mean": "y"}, (), "more than one kind"),
        ({"total": "x", "yaer": 2026}, ("yaer",), "unknown key 'yaer'"),
        ({"total": 3}, ("total",), "name of a model variable"),
        ({"total": "x", "year": "2026"}, ("year",), "expected a year"),
        ({"total": "x", "year": 26}, ("year",), "expected a year"),
        ({"total": "x", "months": [8, 1]}, ("months",), "comes after"),
        ({"total": "x", "months": [0, 3]}, ("months",), "not a month"),
        ({"cumulative": "x", "year": 2026}, (), "needs 'since'"),
        ({"cumulative": "x", "since": 2027, "year": 2026}, ("year",), "before since"),
        ({"growth": {"total": "x"}, "year": 2024, "from": 2024}, ("from",), "not before"),
        ({"ratio": [{"total": "x"}]}, ("ratio",), "two entries"),
        ({"ratio": [{"total": "x"}, {"totl": "y"}]}, ("ratio", 1), "no kind of measure"),
        ({"sum": []}, ("sum",), "nothing"),
        ({"maximum": {"total": "x"}}, (), "needs 'years'"),
        ({"times": [{"total": "x"}, "2"]}, ("times", 1), "plain number"),
        ("x", (), "a mapping"),
    ],
)
def test_mistakes_are_placed(written: object, path: tuple[object, ...], says: str) -> None:
    with pytest.raises(MeasureError, match=says) as error:
        parse_measure(written)
    assert error.value.path == path


def test_a_measure_without_a_year_or_names_is_not_evaluated() -> None:
    with pytest.raises(ValueError, match="no year"):
        value({"total": "x"})
    with pytest.raises(ValueError, match="not bound"):
        evaluate(parse_measure({"total": "x", "year": 2026}), Curves())


def test_units_of_measures() -> None:
    units = {"revenue": "Yi/Year", "gdp": "Yi/Year", "people": "Wan", "volume": "Yi22/Year"}
    year = parse_unit("Year")

    def unit(written: Mapping[str, object], wanted: str) -> float:
        found = unit_of_measure(parse_measure(written), lambda n: parse_unit(units[n]), year)
        return conversion(found, parse_unit(wanted))

    assert unit({"total": "revenue"}, "亿元") == pytest.approx(1)
    assert unit({"mean": "revenue"}, "亿元/年") == pytest.approx(1)
    assert unit({"at_end": "people"}, "人") == pytest.approx(1e4)
    assert unit({"growth": {"total": "volume"}}, "%") == pytest.approx(100)
    assert unit({"ratio": [{"total": "revenue"}, {"total": "gdp"}]}, "%") == pytest.approx(100)
    assert unit({"ratio": [{"total": "revenue"}, {"at_end": "people"}]}, "元/人") == pytest.approx(1e4)
    assert (
        unit_of_measure(parse_measure({"growth": {"total": "gdp"}}), lambda n: parse_unit(units[n]), year)
        == ONE
    )
    with pytest.raises(UnitError, match="different units"):
        unit({"sum": [{"total": "revenue"}, {"total": "volume"}]}, "亿元")
    with pytest.raises(UnitError, match="different units"):
        unit({"growth": {"difference": [{"total": "revenue"}, {"at_end": "people"}]}}, "%")
