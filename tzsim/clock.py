"""How the times of a model are counted and said: calendar years, or numbers of the model's own unit of time.

A label stands for a stretch of time. Of a calendar, 2026 is [2026, 2027): a flow of 2026 is its total over that year, a level of 2026 is
read at its end. Of any other clock the label t is the time t, and the stretch that ends with it: day 30 is (29, 30] where charts go day by
day.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, TypeAlias

from tzsim.units import UnitError, parse_unit

FIRST_YEAR, LAST_YEAR = 1000, 3000
"""A model that counts years between these counts calendar years."""
SHORT, MOST_POINTS = 25, 250
"""Runs of so many units of time have a point of a chart at each; others about a hundred."""
_CLOSE = 1e-6

When: TypeAlias = date | float
"""A day of the calendar, or a time of the model's own clock."""

# unit of time -> (the word in Chinese, what counts it in Chinese, the word in English)
_WORDS = {
    "year": ("年", "年", "year"),
    "quarter": ("季度", "个季度", "quarter"),
    "month": ("月", "个月", "month"),
    "week": ("周", "周", "week"),
    "day": ("天", "天", "day"),
    "hour": ("小时", "小时", "hour"),
    "minute": ("分钟", "分钟", "minute"),
    "second": ("秒", "秒", "second"),
}


@dataclass(frozen=True, slots=True)
class Clock:
    """The clock of a model between its first time and the last one simulated.

    unit: of time, as the model writes it ('' where it states none). start, end: times. spacing: of the points of charts; 1 on a calendar. step: TIME STEP of the model; 0 where it is no plain number.
    """

    calendar: bool = True
    unit: str = "Year"
    start: float = 0.0
    end: float = 0.0
    spacing: float = 1.0
    step: float = 0.0

    @property
    def labels(self) -> tuple[float, ...]:
        """What charts and yearly tables count: whole calendar years of the run, or times from the first to the last."""
        if self.calendar:
            return tuple(range(math.ceil(self.start), int(self.end)))
        count = math.floor((self.end - self.start) / self.spacing + _CLOSE)
        return tuple(whole(self.start + k * self.spacing) for k in range(count + 1))

    @property
    def stretches(self) -> tuple[float, ...]:
        """The labels whose stretch lies inside the run."""
        return self.labels if self.calendar else self.labels[1:]

    def bounds(self, label: float) -> tuple[float, float]:
        """First and last time of the stretch of a label."""
        return (float(label), label + 1.0) if self.calendar else (whole(label - self.spacing), float(label))

    def ends(self, label: float) -> float:
        """Time at which what is asked of a label is over."""
        return label + 1.0 if self.calendar else float(label)

    def stretch_of(self, label: float) -> float | None:
        """The label of the stretch that a label falls into: itself on a calendar, else one of `stretches`, None outside of all."""
        if self.calendar:
            return label
        known = self.stretches
        at = bisect_left(known, label - _CLOSE * self.spacing)
        return known[at] if at < len(known) and label > self.start else None

    def label_at(self, time: float) -> float | None:
        """The label of the stretch that a time ends or lies in; None outside of all."""
        return self.stretch_of(math.ceil(time - _CLOSE) - 1 if self.calendar else time)

    def steps_beside(self, time: float) -> tuple[float, ...]:
        """The steps of the model on both sides of a time; none where the time is a step, or lies outside of the run."""
        if self.step <= 0 or not self.start <= time <= self.end + _CLOSE * self.step:
            return ()
        place = (time - self.start) / self.step
        if abs(place - round(place)) <= _CLOSE:
            return ()
        last = math.floor((self.end - self.start) / self.step + _CLOSE)
        beside = (math.floor(place), math.ceil(place))
        return tuple(whole(self.start + k * self.step) for k in beside if k <= last)

    def known_until(self, as_of: When) -> float:
        """The model's time at the end of what is known: of 31 December 2024 it is 2025.0."""
        return end_of(as_of) if isinstance(as_of, date) else float(as_of)

    def tick(self, as_of: When) -> float:
        """Where the end of what is known stands on an axis; the tick of a calendar year is the middle of that year."""
        return self.known_until(as_of) - (0.5 if self.calendar else 0.0)

    # --- words

    def affixes(self, lang: Literal["zh", "en"]) -> tuple[str, str]:
        """What stands before and after the number of a label: '2026年' and '2026', '第30天' and 'day 30', '时间30' and 'time 30' where
        no known unit is stated."""
        zh = lang == "zh"
        if self.calendar:
            return "", "年" if zh else ""
        words = self._words
        if words is None:
            return "时间" if zh else "time ", ""
        return ("第", words[1]) if zh else (f"{words[2]} ", "")

    def said(self, label: float, lang: Literal["zh", "en"]) -> str:
        """A label in words: '2026年' and '2026', '第30天' and 'day 30'."""
        before, after = self.affixes(lang)
        return f"{before}{plain_time(label)}{after}"

    def at_said(self, label: float, lang: Literal["zh", "en"]) -> str:
        """When, in a sentence: '2026年' and 'in 2026', '第30天' and 'on day 30'."""
        said = self.said(label, lang)
        if lang == "zh":
            return said
        words = self._words
        before = "in" if self.calendar or (words and words[2] != "day") else "on" if words else "at"
        return f"{before} {said}"

    def end_said(self, label: float, lang: Literal["zh", "en"]) -> str:
        """The end of a label in words: '2026年底' and 'the end of 2026', '第30天' and 'day 30'."""
        if not self.calendar:
            return self.said(label, lang)
        return f"{self.said(label, lang)}底" if lang == "zh" else f"the end of {self.said(label, lang)}"

    def as_of_said(self, as_of: When, lang: Literal["zh", "en"]) -> str:
        """What is known until when: '2024-12-31', '第30天'."""
        return as_of.isoformat() if isinstance(as_of, date) else self.said(as_of, lang)

    def axis(self, lang: Literal["zh", "en"]) -> str:
        """The title of an axis or column of labels: '年份' and 'year', '时间（天）' and 'time (days)'."""
        if self.calendar:
            return "年份" if lang == "zh" else "year"
        if self._words is None:
            unit = f"（{self.unit}）" if lang == "zh" else f" ({self.unit})"
            return ("时间" if lang == "zh" else "time") + (unit if self.unit else "")
        return f"时间（{self._words[0]}）" if lang == "zh" else f"time ({self._words[2]}s)"

    def each(self, lang: Literal["zh", "en"]) -> str:
        """One unit of time, as rates count: '年' and 'year', '单位时间' and 'time unit' where no known unit is stated."""
        words = self._words
        if words is None:
            return "单位时间" if lang == "zh" else "time unit"
        return words[0] if lang == "zh" else words[2]

    def rate(self, lang: Literal["zh", "en"]) -> str:
        """What a rate counts by: '年均' and 'a year', '平均每天' and 'a day'."""
        each = self.each(lang)
        if lang == "zh":
            return "年均" if self.calendar else f"平均每{each}"
        return f"{'an' if each.startswith('h') else 'a'} {each}"

    def count(self, length: float, lang: Literal["zh", "en"]) -> str:
        """A length of time in words: '3年' and '3 years'."""
        number = plain_time(length)
        if lang == "zh":
            words = self._words
            return f"{number}{words[1] if words else '个单位时间'}"
        word = self._words[2] if self._words else "time unit"
        return f"{number} {word}" + ("" if length == 1 else "s")

    @property
    def _words(self) -> tuple[str, str, str] | None:
        return _WORDS.get(_known_unit(self.unit))


CALENDAR = Clock()


def clock_of(unit: str, start: float, end: float, step: float) -> Clock:
    """The clock of a model that counts in `unit` and is simulated from `start` to `end` by `step`.

    The points of its charts lie a whole number of steps apart.
    """
    name = _known_unit(unit)
    if name == "year" and start >= FIRST_YEAR and end <= LAST_YEAR:
        return Clock(True, unit or "Year", start, end, 1.0, step)
    length = end - start
    spacing = 1.0 if SHORT <= length <= MOST_POINTS else _round(length / 100) if length > 0 else 1.0
    if step > 0:
        steps = max(1, math.ceil(spacing / step - _CLOSE))
        if steps > 10 and abs(steps * step - spacing) > _CLOSE * spacing:
            steps = round(_round(steps, (1, 2, 3, 4, 5, 6, 8, 10)))
        spacing = whole(step * steps)
    return Clock(False, unit, start, end, spacing, step)


def _round(length: float, leading: tuple[int, ...] = (1, 2, 5, 10)) -> float:
    """The next of 1, 2, 5 (or other leading figures) times a power of ten."""
    power = 10.0 ** math.floor(math.log10(length))
    return next(s * power for s in leading if s * power >= length * (1 - 1e-9))


def is_year(label: float) -> bool:
    """Whether a number can be a calendar year of a goal or a figure."""
    return float(label).is_integer() and 1900 <= label <= 2200


def end_of(day: date) -> float:
    """The end of a day in years: 31 December 2024 -> 2025.0."""
    following = day + timedelta(days=1)
    first = date(following.year, 1, 1)
    return following.year + (following - first).days / (date(following.year + 1, 1, 1) - first).days


def plain_time(time: float) -> str:
    """A time as it is written: 2026, 0.5."""
    return str(int(time)) if float(time).is_integer() else f"{time:.10g}"


def whole(time: float) -> float:
    """A time without what binary fractions add to it; a whole number as one."""
    rounded = round(time, 9)
    return int(rounded) if float(rounded).is_integer() else rounded


def _known_unit(unit: str) -> str:
    """year, day, ...: the one of the known units of time that a unit is; '' for others. None stated: a year."""
    if not unit.strip():
        return "year"
    try:
        parsed = parse_unit(unit, own=True)
        for name in _WORDS:
            known = parse_unit(name)
            if parsed.same_dimension(known) and parsed.same_scale(known):
                return name
    except UnitError:
        pass
    return ""
