"""Values that a scenario sets for a shock in place of its draws, by year or time."""

from __future__ import annotations

import math

from tzsim.clock import Clock, is_year
from tzsim.errors import Problem, both
from tzsim.names import split_element
from tzsim.scenario.amounts import per_element
from tzsim.scenario.binding import Names
from tzsim.scenario.extends import Setting
from tzsim.scenario.records import Shock, View


def values_set(
    shock: Shock, setting: Setting, names: Names, clock: Clock, view: View, problems: list[Problem]
) -> tuple[tuple[str, int, float], ...]:
    """(element, knot, value) for each year or time written: of a calendar the knots inside that year, else the one in force then."""
    document, elements = setting.document, tuple(p.variable for p in shock.elements)
    unit = names.unit(split_element(elements[0])[0])
    fixed: list[tuple[str, int, float]] = []
    for year, written in setting.value.items():
        path = (*setting.path, year)
        if not _is_label(year, clock):
            text = both(
                f"shocks.{shock.id}：“{year}”不是{'年份' if clock.calendar else '时间'}",
                f"shocks.{shock.id}: '{year}' is not a {'year' if clock.calendar else 'time'}",
            )
            hint = both("例如 {2025: -1.6}", "e.g. {2025: -1.6}") if clock.calendar else ""
            problems.append(document.problem(path, text, hint, key=True))
            continue
        inside = [
            k
            for k, t in enumerate(shock.knots)
            if (year <= t < year + 1 if clock.calendar else t <= year < t + shock.period)
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
        fixed.extend((name, k, value) for name, value in values.items() for k in inside)
    return tuple(fixed)


def _is_label(written: object, clock: Clock) -> bool:
    """Whether a key of a scenario is a year, or a time of the model's own clock."""
    if isinstance(written, bool) or not isinstance(written, int | float):
        return False
    return is_year(written) if clock.calendar else math.isfinite(written)
