"""How a measure is written in YAML, and its reading.

YAML forms (each may stand inside another; `year` may be left out and given later by `at_year`):

    {total: "revenue[chemicals]", year: 2026}              integral over the calendar year
    {total: "output", year: 2024, months: [1, 8]}          January to August
    {mean: "storage", year: 2026}                          integral over the year divided by one year
    {at_end: "residents", year: 2026}                      value on 31 December
    {at: "Infectious", time: 30}                           value at a time of the model's own clock (days, months, ...)
    {cumulative: "completions", since: 2024, year: 2026}   integral from 1 January 2024 to 31 December 2026
    {growth: {total: "gdp real"}, year: 2026, from: 2023}  per year on average, as a fraction (`annual: false`: in all)
    {ratio: [measure, measure]}                            quotient
    {difference: [measure, measure]}                       first less second
    {sum: [measure, ...]}
    {maximum: measure, years: [2024, 2025, 2026]}          largest over the years; {minimum: ...} likewise
    {times: [measure, 0.5]}                                a measure scaled by a plain number

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
    Cumulative,
    Difference,
    Extreme,
    Growth,
    Mean,
    Measure,
    Quantity,
    Ratio,
    Sum,
    Times,
    Total,
)

_KEYS: dict[str, frozenset[str]] = {
    "total": frozenset({"year", "months"}),
    "mean": frozenset({"year"}),
    "at_end": frozenset({"year"}),
    "at": frozenset({"time"}),
    "cumulative": frozenset({"since", "year"}),
    "growth": frozenset({"year", "from", "annual", "percent"}),
    "ratio": frozenset({"percent"}),
    "difference": frozenset(),
    "sum": frozenset(),
    "maximum": frozenset({"years"}),
    "minimum": frozenset({"years"}),
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
        if kind == "total":
            return Total(of, year, _months(found, path))
        if kind == "mean":
            return Mean(of, year)
        if kind == "at_end":
            return AtEnd(of, year)
        if kind == "at":
            return At(of, _time(found, path))
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
        year, start = _year(found, "year", path), _year(found, "from", path)
        if year is not None and start is not None and start >= year:
            raise MeasureError(
                (*path, "from"),
                both(f"from {start} 不早于 year {year}", f"from {start} is not before year {year}"),
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


def _time(node: Mapping[str, Any], path: tuple[str | int, ...]) -> float:
    time = node.get("time")
    if isinstance(time, bool) or not isinstance(time, int | float) or not isfinite(time):
        at = (*path, "time") if "time" in node else path
        raise MeasureError(
            at,
            both(
                f"at 要写 time（模型时间的数值），而不是 {time!r}",
                f"'at' needs 'time', a number of the model's clock, not {time!r}",
            ),
            both("例如 time: 30", "e.g. time: 30"),
        )
    return float(time)


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
