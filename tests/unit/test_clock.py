"""How times are counted and said."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tzsim.clock import CALENDAR, clock_of, end_of, plain_time


def test_a_calendar_counts_whole_years() -> None:
    clock = clock_of("Year", 2021.5, 2037, 0.125)
    assert clock.calendar
    assert clock.labels == clock.stretches == tuple(range(2022, 2037))
    assert clock.bounds(2026) == (2026, 2027)
    assert clock.ends(2026) == 2027
    assert clock.stretch_of(2026) == 2026
    assert [clock.label_at(t) for t in (2026.125, 2027.0, 2027.125)] == [2026, 2026, 2027]


def test_the_end_of_a_day() -> None:
    assert end_of(date(2024, 12, 31)) == 2025.0
    assert end_of(date(2024, 6, 30)) == pytest.approx(2024 + 182 / 366)
    assert CALENDAR.known_until(date(2024, 12, 31)) == 2025.0
    assert CALENDAR.tick(date(2024, 12, 31)) == 2024.5


@pytest.mark.parametrize(
    ("unit", "start", "end", "step", "spacing"),
    [
        ("Day", 0, 100, 0.0625, 1),
        ("Day", 0, 1000, 1, 10),
        ("Month", 0, 30, 0.25, 1),
        ("Hour", 0, 2, 0.01, 0.02),
        ("Year", 0, 100, 1, 1),
        ("fortnights", 0, 26, 0.3, 1.2),
        ("", 0, 50, 0.5, 1),
    ],
)
def test_points_of_other_clocks(unit: str, start: float, end: float, step: float, spacing: float) -> None:
    clock = clock_of(unit, start, end, step)
    assert not clock.calendar
    assert clock.spacing == pytest.approx(spacing)


@given(
    st.floats(0.01, 1e5),
    st.sampled_from([1.0, 0.5, 0.25, 0.125, 0.1, 0.3]),
    st.integers(-50, 50),
)
def test_every_point_is_a_step_and_every_stretch_lies_inside(length: float, step: float, start: int) -> None:
    end = start + max(1, round(length / step)) * step
    clock = clock_of("Day", start, end, step)
    assert len(clock.labels) <= 251
    for label in clock.labels:
        steps = (label - start) / step
        assert abs(steps - round(steps)) < 1e-4
        assert start - 1e-9 <= label <= end + 1e-6
    for label in clock.stretches:
        since, until = clock.bounds(label)
        assert start - 1e-6 <= since < until == label
        assert clock.stretch_of(until) == label
        assert clock.stretch_of((since + until) / 2) == label
    assert clock.stretch_of(float(start)) is None


@pytest.mark.parametrize(
    ("unit", "zh", "en", "at", "axis", "rate"),
    [
        ("Day", "第30天", "day 30", "on day 30", "time (days)", "a day"),
        ("Months", "第30个月", "month 30", "in month 30", "time (months)", "a month"),
        ("hour", "第30小时", "hour 30", "in hour 30", "time (hours)", "an hour"),
        ("Year", "第30年", "year 30", "in year 30", "time (years)", "a year"),
        ("Period", "时间30", "time 30", "at time 30", "time (Period)", "a time unit"),
    ],
)
def test_words(unit: str, zh: str, en: str, at: str, axis: str, rate: str) -> None:
    clock = clock_of(unit, 0, 100, 1)
    assert clock.said(30, "zh") == clock.end_said(30, "zh") == zh
    assert (clock.said(30, "en"), clock.at_said(30, "en")) == (en, at)
    assert (clock.axis("en"), clock.rate("en")) == (axis, rate)
    assert clock.as_of_said(2.5, "en") == en.replace("30", "2.5")


def test_words_of_the_calendar() -> None:
    assert (CALENDAR.said(2026, "zh"), CALENDAR.said(2026, "en")) == ("2026年", "2026")
    assert (CALENDAR.end_said(2026, "zh"), CALENDAR.end_said(2026, "en")) == ("2026年底", "the end of 2026")
    assert (CALENDAR.at_said(2026, "en"), CALENDAR.rate("zh")) == ("in 2026", "年均")
    assert CALENDAR.as_of_said(date(2024, 12, 31), "zh") == "2024-12-31"


def test_counts() -> None:
    assert [plain_time(t) for t in (2026, 2026.0, 0.5, 1e6)] == ["2026", "2026", "0.5", "1000000"]
    assert CALENDAR.count(1, "en") == "1 year"
    assert clock_of("Day", 0, 9, 1).count(7, "en") == "7 days"
    assert clock_of("Month", 0, 9, 1).count(3, "zh") == "3个月"
    assert clock_of("Period", 0, 9, 1).count(3, "en") == "3 time units"
