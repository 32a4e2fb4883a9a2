"""How a measure is written in YAML, and its reading.

YAML forms (each may stand inside another; `year` may be left out and given later by `at_year`):

    {total: "revenue[chemicals]", year: 2026}              integral over the calendar year
    {total: "output", year: 2024, months: [1, 8]}          January to August
    {mean: "storage", year: 2026}                          integral over the year divided by one year
    {at_end: "residents", year: 2026}                      value on 31 December
    {cumulative: "completions", since: 2024, year: 2026}   integral from 1 January 2024 to 31 December 2026
    {growth: {total: "gdp real"}, year: 2026, from: 2023}  per year on average, as a fraction (`annual: false`: in all)
    {ratio: [measure, measure]}                            quotient
    {difference: [measure, measure]}                       first less second
    {sum: [measure, ...]}
    {maximum: measure, years: [2024, 2025, 2026]}          largest over the years; {minimum: ...} likewise
    {times: [measure, 0.5]}                                a measure scaled by a plain number

Models whose clock is no calendar (days, months, years from 0) have times in place of years; left out, `at_year` gives them too:

    {at: "Infectious", time: 30}                           value at time 30
    {total: "infection", since: 0, until: 30}              integral from time 0 to time 30
    {mean: "Infectious", since: 0, until: 30}              that divided by the time between
    {growth: {at: "Infectious"}, from: 0, time: 30}        per unit of time on average (`annual: false`: in all)
    {maximum: {at: "Infectious"}, since: 0, until: 100}    largest over the steps from time 0 to time 100

`percent: true` beside growth or ratio makes no difference to the value: it is a fraction, whose unit is 1, and the goal's
unit `%` converts it. A reference "revenue[*]" adds the elements of a range.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any, cast

from tzsim.errors import both, nearest
from tzsim.measures import (
    At,
    AtEnd,
    Between,
    Cumulative,
    Difference,
    Extreme,
    Growth,
    Mean,
    Measure,
    Peak,
    Quantity,
    Ratio,
    Sum,
    Times,
    Total,
)

_KEYS: dict[str, frozenset[str]] = {
    "total": frozenset({"year", "months", "since", "until"}),
    "mean": frozenset({"year", "since", "until"}),
    "at_end": frozenset({"year"}),
    "at": frozenset({"time"}),
    "cumulative": frozenset({"since", "year"}),
    "growth": frozenset({"year", "from", "time", "annual", "percent"}),
    "ratio": frozenset({"percent"}),
    "difference": frozenset(),
    "sum": frozenset(),
    "maximum": frozenset({"years", "since", "until"}),
    "minimum": frozenset({"years", "since", "until"}),
    "times": frozenset(),
}

KINDS: tuple[str, ...] = tuple(_KEYS)
"""The words that open a measure."""


class MeasureError(ValueError):
    """A measure is written wrongly. `path` leads to the offending node inside it; `hint` says what to do."""

    def __init__(self, path: tuple[str | int, ...], message: str, hint: str = "") -> None:
        super().__init__(message)
        self.path = path
        self.hint = hint


def parse_measure(node: object, path: tuple[str | int, ...] = ()) -> Measure:
    """The measure written as the plain YAML value `node` (forms above). Raises MeasureError."""
    if not isinstance(node, Mapping):
        raise MeasureError(
            path,
            both(
                f"计量方式要写成“键: 值”，而不是 {node!r}", f"a measure is written as a mapping, not {node!r}"
            ),
            both('例如 {total: "x", year: 2026}', 'e.g. {total: "x", year: 2026}'),
        )
    found = cast("Mapping[str, Any]", node)
    kinds = [k for k in found if k in _KEYS]
    if len(kinds) != 1:
        known = ", ".join(KINDS)
        near = next((h for h in (nearest(str(k), KINDS) for k in found) if h), "")
        what = (
            both("这里没有写计量方式", "no kind of measure in this mapping")
            if not kinds
            else both(
                f"这里写了几种计量方式：{'、'.join(kinds)}",
                f"more than one kind of measure: {', '.join(kinds)} in this mapping",
            )
        )
        raise MeasureError(path, what, near or both(f"可写：{known}", f"one of: {known}"))
    kind = kinds[0]
    for k in found:
        if k != kind and k not in _KEYS[kind]:
            allowed = ", ".join(sorted(_KEYS[kind]))
            raise MeasureError(
                (*path, k),
                both(f"“{kind}”旁不认得“{k}”", f"unknown key '{k}' beside '{kind}'"),
                nearest(k, _KEYS[kind])
                or both(f"可写：{allowed or '无'}", f"allowed: {allowed or 'nothing'}"),
            )
    inner, at = found[kind], (*path, kind)
    if kind in ("total", "mean", "at_end", "at", "cumulative"):
        if not isinstance(inner, str) or not inner.strip():
            raise MeasureError(
                at,
                both(
                    f"“{kind}”后要写模型变量名，而不是 {inner!r}",
                    f"'{kind}' takes the name of a model variable, not {inner!r}",
                ),
            )
        of, year = Quantity(inner.strip()), _year(found, "year", path)
        if kind in ("total", "mean") and ("since" in found or "until" in found):
            _not_beside(found, ("year", "months"), "since", path)
            return Between(of, *_span(found, path), kind == "mean")
        if kind == "total":
            return Total(of, year, _months(found, path))
        if kind == "mean":
            return Mean(of, year)
        if kind == "at_end":
            return AtEnd(of, year)
        if kind == "at":
            return At(of, _time(found, "time", path))
        since = _year(found, "since", path)
        if since is None:
            raise MeasureError(
                path,
                both("cumulative 要写 since", "'cumulative' needs 'since'"),
                both("从哪一年起计，例如 since: 2024", "the first year counted, e.g. since: 2024"),
            )
        if year is not None and year < since:
            raise MeasureError(
                (*path, "year"),
                both(f"year {year} 早于 since {since}", f"year {year} lies before since {since}"),
            )
        return Cumulative(of, since, year)
    if kind == "growth":
        _not_beside(found, ("year",), "time", path)
        own = "time" in found
        year = _time(found, "time", path) if own else _year(found, "year", path)
        start = (_year if found.get("year") is not None else _time)(found, "from", path)
        if year is not None and start is not None and start >= year:
            word = "time" if own else "year"
            raise MeasureError(
                (*path, "from"),
                both(f"from {start} 不早于 {word} {year}", f"from {start} is not before {word} {year}"),
            )
        annual = found.get("annual", True)
        if not isinstance(annual, bool):
            raise MeasureError(
                (*path, "annual"),
                both(
                    f"annual 只写 true 或 false，而不是 {annual!r}",
                    f"'annual' is true or false, not {annual!r}",
                ),
            )
        return Growth(parse_measure(inner, at), year, start, annual)
    if kind in ("maximum", "minimum"):
        if "since" in found or "until" in found:
            _not_beside(found, ("years",), "since", path)
            since, until = _span(found, path)
            if until is None:
                raise MeasureError(
                    path,
                    both("要写 until（到何时为止）", "'until' is missing: up to which time"),
                    both("例如 until: 100", "e.g. until: 100"),
                )
            return Peak(parse_measure(inner, at), since, until, kind == "maximum")
        years = found.get("years")
        if not isinstance(years, Sequence) or isinstance(years, str) or not years:
            raise MeasureError(
                path,
                both(f"{kind} 要写 years", f"'{kind}' needs 'years'"),
                both("例如 years: [2024, 2025, 2026]", "e.g. years: [2024, 2025, 2026]"),
            )
        listed = cast("Sequence[object]", years)
        return Extreme(
            parse_measure(inner, at),
            tuple(_whole(y, (*path, "years", i)) for i, y in enumerate(listed)),
            kind == "maximum",
        )
    if not isinstance(inner, Sequence) or isinstance(inner, str):
        raise MeasureError(
            at,
            both(f"“{kind}”后要写列表，而不是 {inner!r}", f"'{kind}' takes a list, not {inner!r}"),
            both("例如 [{total: a}, {total: b}]", "e.g. [{total: a}, {total: b}]"),
        )
    items = cast("Sequence[object]", inner)
    if kind == "sum":
        if not items:
            raise MeasureError(at, both("sum 中没有内容", "'sum' of nothing"))
        return Sum(tuple(parse_measure(m, (*at, i)) for i, m in enumerate(items)))
    if len(items) != 2:
        raise MeasureError(
            at,
            both(
                f"“{kind}”要写两项，而不是 {len(items)} 项", f"'{kind}' takes two entries, not {len(items)}"
            ),
        )
    first = parse_measure(items[0], (*at, 0))
    if kind == "times":
        factor = items[1]
        if isinstance(factor, bool) or not isinstance(factor, int | float) or not isfinite(factor):
            raise MeasureError(
                (*at, 1),
                both(
                    f"times 的第二项要写数字，而不是 {factor!r}",
                    f"'times' takes a plain number second, not {factor!r}",
                ),
            )
        return Times(first, float(factor))
    second = parse_measure(items[1], (*at, 1))
    return Ratio(first, second) if kind == "ratio" else Difference(first, second)


def _whole(value: object, path: tuple[str | int, ...]) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1900 <= value <= 2200:
        raise MeasureError(
            path,
            both(f"应为年份，却是 {value!r}", f"expected a year, got {value!r}"),
            both("整数，如 2026", "a whole number such as 2026"),
        )
    return value


def _year(node: Mapping[str, Any], name: str, path: tuple[str | int, ...]) -> int | None:
    return _whole(node[name], (*path, name)) if node.get(name) is not None else None


def _time(node: Mapping[str, Any], name: str, path: tuple[str | int, ...]) -> float | None:
    """A time of the model's own clock; None where none is written."""
    time = node.get(name)
    if time is None:
        return None
    if isinstance(time, bool) or not isinstance(time, int | float) or not isfinite(time):
        raise MeasureError(
            (*path, name),
            both(
                f"{name} 要写模型时间的数值，而不是 {time!r}",
                f"'{name}' is a number of the model's clock, not {time!r}",
            ),
            both(f"例如 {name}: 30", f"e.g. {name}: 30"),
        )
    return time


def _span(node: Mapping[str, Any], path: tuple[str | int, ...]) -> tuple[float, float | None]:
    """`since` and `until`."""
    since, until = _time(node, "since", path), _time(node, "until", path)
    if since is None:
        raise MeasureError(
            path,
            both("要写 since（从何时起）", "'since' is missing: from which time on"),
            both("例如 since: 0", "e.g. since: 0"),
        )
    if until is not None and until <= since:
        raise MeasureError(
            (*path, "until"),
            both(
                f"until {until:g} 不晚于 since {since:g}",
                f"until {until:g} does not lie after since {since:g}",
            ),
        )
    return since, until


def _not_beside(
    node: Mapping[str, Any], years: tuple[str, ...], time: str, path: tuple[str | int, ...]
) -> None:
    """Raise MeasureError where a year stands beside a time of the model's own clock."""
    for name in years:
        if name in node and time in node:
            raise MeasureError(
                (*path, name),
                both(f"{name} 与 {time} 不能同用", f"'{name}' and '{time}' exclude each other"),
                both(
                    "日历年份用 year，其他时钟的时间用 time、since、until",
                    "calendar years: year; times of another clock: time, since, until",
                ),
            )


def _months(node: Mapping[str, Any], path: tuple[str | int, ...]) -> tuple[int, int]:
    months = node.get("months")
    if months is None:
        return (1, 12)
    at = (*path, "months")
    if not isinstance(months, Sequence) or isinstance(months, str) or len(months) != 2:
        raise MeasureError(
            at,
            both(
                f"months 要写首月和末月，而不是 {months!r}",
                f"'months' takes the first and the last month, not {months!r}",
            ),
            both("例如 [1, 8]", "e.g. [1, 8]"),
        )
    first, last = cast("Sequence[object]", months)
    for m in (first, last):
        if isinstance(m, bool) or not isinstance(m, int) or not 1 <= m <= 12:
            raise MeasureError(
                at, both(f"不是月份：{m!r}", f"not a month: {m!r}"), both("1 到 12", "1 to 12")
            )
    if cast(int, first) > cast(int, last):
        raise MeasureError(
            at, both(f"首月 {first} 晚于末月 {last}", f"month {first} comes after month {last}")
        )
    return (cast(int, first), cast(int, last))
