"""The times that a scenario sets: how far it is simulated and up to when things are known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from tzsim.clock import CALENDAR, Clock, When
from tzsim.errors import Problem, both, closest
from tzsim.scenario.binding import Names
from tzsim.scenario.extends import Joined


def clock_of_scenario(joined: Joined, names: Names | None, problems: list[Problem]) -> Clock:
    """The clock of the model up to the last time simulated."""
    setting = joined.get("horizon")
    if names is None:
        return CALENDAR
    first, last = names.control("INITIAL TIME"), names.control("FINAL TIME")
    if first is None or last is None:
        text = both(
            "模型的 INITIAL TIME 和 FINAL TIME 须是数字",
            "INITIAL TIME and FINAL TIME of the model must be plain numbers",
        )
        problems.append(Problem(None, text))
        return CALENDAR
    whole = names.clock()
    if setting is None:
        return names.clock(int(last)) if whole.calendar else whole
    if whole.calendar and not float(setting.value).is_integer():
        text = both(f"horizon：{setting.value} 不是年份", f"horizon: {setting.value} is not a year")
        problems.append(setting.problem(text, both(f"至多 {last:g}", f"at most {last:g}")))
        return whole
    if not first < setting.value <= last:
        text = both(
            f"horizon：{setting.value} 超出模型的时间，{first:g} 到 {last:g}",
            f"horizon: {setting.value} lies outside the model's time, {first:g} to {last:g}",
        )
        problems.append(setting.problem(text, both(f"至多 {last:g}", f"at most {last:g}")))
        return whole
    return names.clock(setting.value)


def as_of_scenario(
    joined: Joined, names: Names | None, clock: Clock, written: Sequence[str], problems: list[Problem]
) -> When:
    """Up to when things are known: a day of the calendar, or a time of the model's own clock (its first one where not given).

    written: keys that are no setting, one of which may have been meant.
    """
    setting = joined.get("as_of")
    if names is None:
        return date(1900, 1, 1)
    if setting is None:
        if clock.calendar and joined.whole and not closest("as_of", written):
            text = both("缺少“as_of”", "'as_of' is missing")
            hint = both("例如 as_of: 2024-12-31", "e.g. as_of: 2024-12-31")
            problems.append(joined.documents[0].problem((), text, hint))
        return date(1900, 1, 1) if clock.calendar else clock.start
    value: When = setting.value
    if isinstance(value, date) is not clock.calendar:
        problem = _other_clock(value, clock)
        problems.append(setting.problem(*problem))
    elif not isinstance(value, date) and not clock.start <= value <= clock.end:
        text = both(f"as_of：{value:g} 超出模拟的时间", f"as_of: {value:g} lies outside the time simulated")
        limits = f"{clock.start:g}", f"{clock.end:g}"
        hint = both(f"从 {limits[0]} 到 {limits[1]}", f"from {limits[0]} to {limits[1]}")
        problems.append(setting.problem(text, hint))
    return value


def _other_clock(as_of: When, clock: Clock) -> tuple[str, str]:
    """What is wrong with an `as_of` that is a day where the clock is no calendar, or the other way round; and the remedy."""
    span = f"{clock.start:g}", f"{clock.end:g}"
    if clock.calendar:
        text = both(f"as_of：{as_of} 不是日期", f"as_of: {as_of} is not a date")
        return text, both("写“年-月-日”，如 2024-12-31", "write year-month-day, e.g. 2024-12-31")
    text = both(
        f"as_of：模型的时间不是日历，而是{clock.axis('zh')} {span[0]} 到 {span[1]}",
        f"as_of: the model counts {clock.axis('en')} from {span[0]} to {span[1]}, not days of the calendar",
    )
    return text, both(
        f"写模型的时间，如 as_of: {span[0]}", f"write a time of the model, e.g. as_of: {span[0]}"
    )
