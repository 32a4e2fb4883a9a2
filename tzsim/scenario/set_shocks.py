"""Values that a scenario sets for a shock in place of its draws, by year or time."""

from __future__ import annotations

import math

from tzsim.clock import Clock, is_year, plain_time, whole
from tzsim.errors import Problem, both
from tzsim.names import split_element
from tzsim.scenario.amounts import per_element
from tzsim.scenario.binding import Names
from tzsim.scenario.extends import Setting
from tzsim.scenario.records import Shock, View

_CLOSE = 1e-6
"""Share of a step by which a time may miss a knot."""


def values_set(
    shock: Shock, setting: Setting, names: Names, clock: Clock, view: View, problems: list[Problem]
) -> tuple[tuple[str, int, float], ...]:
    """(element, knot, value) for each year or time written: of a calendar the knots inside that year, else the one in force then."""
    document, elements = setting.document, tuple(p.variable for p in shock.elements)
    unit = names.unit(split_element(elements[0])[0])
    fixed: list[tuple[str, int, float]] = []
    place: dict[tuple[str, int], float] = {}
    for label, written in setting.value.items():
        path, year = (*setting.path, label), _time(label, clock)
        if year is None:
            text = both(
                f"shocks.{shock.id}：“{label}”不是{'年份' if clock.calendar else '时间'}",
                f"shocks.{shock.id}: '{label}' is not a {'year' if clock.calendar else 'time'}",
            )
            example = "{2025: -1.6}" if clock.calendar else f"{{{plain_time(clock.start)}: …}}"
            hint = both(f"例如 {example}", f"e.g. {example}")
            problems.append(document.problem(path, text, hint, key=True))
            continue
        close = _CLOSE * (clock.step or shock.period)  # as a run takes knots that fall on a step
        inside = [
            k
            for k, t in enumerate(shock.knots)
            if (year <= t < year + 1 if clock.calendar else t - close <= year < t + shock.period - close)
        ]
        if not inside:
            said = clock.said(year, "zh"), clock.said(year, "en")
            text = both(
                f"shocks.{shock.id}：{said[0]}没有这项冲击的抽样",
                f"shocks.{shock.id}: {said[1]} has no draw of this shock",
            )
            every = clock.count(shock.period, "zh"), clock.count(shock.period, "en")
            hint = both(
                f"它从 {shock.start:g} 到 {clock.end:g}，每 {every[0]}抽一次",
                f"its draws go from {shock.start:g} to {clock.end:g}, every {every[1]}",
            )
            problems.append(document.problem(path, text, hint, key=True))
            continue
        values = per_element(
            document, path, written, elements, unit, problems,
            all_of_them=False, called=view.elements,
        )  # fmt: skip
        for name, k in [(name, k) for name in values for k in inside]:
            if (name, k) in place:
                said = clock.said(place[name, k], "zh"), clock.said(place[name, k], "en")
                text = both(
                    f"shocks.{shock.id}：{clock.said(year, 'zh')}与{said[0]}属于同一次抽样",
                    f"shocks.{shock.id}: {clock.said(year, 'en')} lies in the same draw as {said[1]}",
                )
                every = clock.count(shock.period, "zh"), clock.count(shock.period, "en")
                hint = both(
                    f"每 {every[0]}抽一次，只写一个值", f"one draw holds for {every[1]}: write one value"
                )
                problems.append(document.problem(path, text, hint, key=True))
                break
            place[name, k] = year
            fixed.append((name, k, values[name]))
    return tuple(fixed)


def _time(label: object, clock: Clock) -> float | None:
    """The year, or the time of the model's own clock, that a key of a scenario is (text where it is no whole number); None where it is neither."""
    if isinstance(label, bool) or not isinstance(label, int | float | str):
        return None
    try:
        time = whole(float(label))
    except (ValueError, OverflowError):
        return None
    return time if (is_year(time) if clock.calendar else math.isfinite(time)) else None
