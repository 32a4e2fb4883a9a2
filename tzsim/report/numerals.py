"""How numbers are written: probabilities, intervals, quantities with their unit, and the word for a probability."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from tzsim.report.wording import Lang, say

SAMPLING_LEVEL: Final = 0.95
"""Level of the interval of a probability (`GoalResult.probability_low` and `probability_high`)."""

FAN_LEVEL: Final = 0.8
"""Level of the interval between `p10` and `p90`."""

LIKELY: Final = 0.6
UNLIKELY: Final = 0.4


@dataclass(frozen=True, slots=True)
class Word:
    """A word of likelihood: key in the table of words, lower bound of its band, rank (6 most likely)."""

    key: str
    low: float
    rank: int


LIKELIHOOD: Final = (
    Word("almost certain", 0.95, 6),
    Word("very likely", 0.8, 5),
    Word("likely", LIKELY, 4),
    Word("about even", UNLIKELY, 3),
    Word("unlikely", 0.2, 2),
    Word("very unlikely", 0.05, 1),
    Word("almost impossible", 0.0, 0),
)


def likelihood(p: float) -> Word:
    """The word for a probability in 0..1, by its whole per cent as printed, so that word and number never disagree.

    Raises ValueError outside 0..1.
    """
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"a probability lies between 0 and 1, got {p!r}")
    return next(word for word in LIKELIHOOD if whole_percent(p) >= word.low)


def whole_percent(p: float) -> float:
    """A probability rounded to the whole per cent that is printed: 0.0497 -> 0.05."""
    return int(f"{100 * p:.0f}") / 100


def percent(share: float, digits: int = 0) -> str:
    """A share of 1 as per cent: 0.1234 -> '12%'."""
    return f"{number(100 * share, digits)}%"


def probability(p: float) -> str:
    """A probability as whole per cent; below 1 and above 99 per cent only the bound is given."""
    if p < 0.01:
        return "<1%"
    if p > 0.99:
        return ">99%"
    return percent(p)


def probability_interval(low: float, high: float, lang: Lang) -> str:
    """Both ends as whole per cent, once where they are written alike."""
    first, last = probability(low), probability(high)
    return first if first == last else say("range", lang, low=first, high=last)


def ordinal(n: int, lang: Lang) -> str:
    """The number of a section: 一, 二 ... 十一 in Chinese. Raises ValueError outside 1 to 99."""
    if not 1 <= n <= 99:
        raise ValueError(f"no section is numbered {n}")
    if lang == "en":
        return str(n)
    tens, ones = divmod(n, 10)
    return ("" if tens == 0 else "十" if tens == 1 else _NUMERALS[tens] + "十") + _NUMERALS[ones]


_NUMERALS: Final = ("", "一", "二", "三", "四", "五", "六", "七", "八", "九")

MINUS: Final = "−"


def number(value: float, digits: int) -> str:
    """A number with a fixed count of decimals, a true minus sign and grouping from five figures on."""
    text = f"{abs(value):,.{digits}f}" if abs(value) >= 1e4 else f"{abs(value):.{digits}f}"
    negative = value < 0 and any(c in "123456789" for c in text)
    return MINUS + text if negative else text


def decimals(value: float) -> int:
    """How many decimals a written number carries: 3.25 -> 2, 700 -> 0; at most 4."""
    for digits in range(4):
        if math.isclose(round(value, digits), value, rel_tol=1e-9, abs_tol=1e-12):
            return digits
    return 4


def digits_for(goal: float | None, low: float | None, high: float | None) -> int:
    """Decimals for results beside a goal: the interval to two significant figures, and never fewer than the goal's own."""
    own = decimals(goal) if goal is not None else 0
    if low is None or high is None or not math.isfinite(high - low):
        return own
    width = abs(high - low) or max(abs(high), abs(low)) / 10
    return own if width == 0 else min(4, max(own, 1 - math.floor(math.log10(width))))


def exact(value: float) -> str:
    """A number as written in a file: its own decimals and no more."""
    return number(value, decimals(value))


@dataclass(frozen=True, slots=True)
class Unit:
    """How a unit is written. English has no 亿 and 万: `english_scale` turns the number into what English counts in."""

    zh: str
    en: str
    english_scale: float = 1.0


def unit_of(unit: str) -> Unit:
    """The written form of a unit; an unknown unit is written as it stands."""
    return UNITS.get(unit) or Unit(unit, unit)


def unit_name(unit: str, lang: Lang) -> str:
    """The unit as readers write it, without a number."""
    found = unit_of(unit)
    return found.zh if lang == "zh" else found.en


def scale(unit: str, lang: Lang) -> float:
    """What a number in `unit` is multiplied by before it is written in `lang` (700 亿元 is 70 bn yuan)."""
    return 1.0 if lang == "zh" else unit_of(unit).english_scale


def quantity(value: float, unit: str, lang: Lang, digits: int | None = None) -> str:
    """A value of the forecast with its unit; `digits` None writes the decimals it has: '700亿元', '5.5%', '70 bn yuan'."""
    return with_unit(plain(value, unit, lang, digits), unit, lang)


def in_points(unit: str, lang: Lang) -> bool:
    """Whether differences of the unit are percentage points."""
    return unit_name(unit, lang) == "%"


def difference(value: float, unit: str, lang: Lang, digits: int | None = None) -> str:
    """A difference of two values with its unit: '27亿元', but '0.5个百分点' between two percentages."""
    text = plain(value, unit, lang, digits)
    return say("in points", lang, value=text) if in_points(unit, lang) else with_unit(text, unit, lang)


def plain(value: float, unit: str, lang: Lang, digits: int | None = None) -> str:
    """The number of `quantity` without its unit."""
    scaled = value * scale(unit, lang)
    return exact(scaled) if digits is None else number(scaled, digits)


def with_unit(text: str, unit: str, lang: Lang) -> str:
    """A written number followed by its unit."""
    name = unit_name(unit, lang)
    if not name:
        return text
    if name.startswith("%"):
        return f"{text}{name}"
    return say("quantity", lang, value=text, unit=name)


UNITS: Final[dict[str, Unit]] = {
    "1": Unit("", ""),
    "Dmnl": Unit("", ""),
    "dimensionless": Unit("", ""),
    "percent": Unit("%", "%"),
    "%/yr": Unit("%", "% a year"),
    "%/年": Unit("%", "% a year"),
    "% of GDP": Unit("%", "% of GDP"),
    "亿元": Unit("亿元", "bn yuan", 0.1),
    "亿元/年": Unit("亿元/年", "bn yuan a year", 0.1),
    "Yi": Unit("亿元", "bn yuan", 0.1),
    "Yi/Year": Unit("亿元/年", "bn yuan a year", 0.1),
    "WanTce/Year": Unit("万吨标准煤/年", "thousand tce a year", 10),
    "MCM/Year": Unit("百万立方米/年", "million m³ a year"),
    "MW/Year": Unit("兆瓦/年", "MW a year"),
    "Wan/Year": Unit("万人/年", "thousand people a year", 10),
    "Wanmu/Year": Unit("万亩/年", "thousand mu a year", 10),
    "Year": Unit("年", "years"),
    "Quarter": Unit("季度", "quarters"),
    "Month": Unit("月", "months"),
    "Week": Unit("周", "weeks"),
    "Day": Unit("日", "days"),
    "Hour": Unit("小时", "hours"),
    "1/Year": Unit("/年", "a year"),
    "万元": Unit("万元", "thousand yuan", 10),
    "元": Unit("元", "yuan"),
    "万人": Unit("万人", "thousand people", 10),
    "人": Unit("人", "people"),
    "人/万人": Unit("人/万人", "per 10,000 employed"),
    "件/万人": Unit("件/万人", "per 10,000 residents"),
    "件": Unit("件", ""),
    "件/年": Unit("件/年", "patents a year"),
    "件/yr": Unit("件/年", "patents a year"),
    "家": Unit("家", ""),
    "家/年": Unit("家/年", "firms a year"),
    "家/yr": Unit("家/年", "firms a year"),
    "个": Unit("个", ""),
    "个/年": Unit("个/年", "a year"),
    "个/yr": Unit("个/年", "a year"),
    "项": Unit("项", ""),
    "项/年": Unit("项/年", "items a year"),
    "项/yr": Unit("项/年", "items a year"),
    "场": Unit("场", ""),
    "场/年": Unit("场/年", "events a year"),
    "场/yr": Unit("场/年", "events a year"),
    "辆": Unit("辆", "vehicles"),
    "万辆": Unit("万辆", "thousand vehicles", 10),
    "辆/年": Unit("辆/年", "vehicles a year"),
    "辆/yr": Unit("辆/年", "vehicles a year"),
    "座": Unit("座", ""),
    "吨": Unit("吨", "tonnes"),
    "万吨": Unit("万吨", "thousand tonnes", 10),
    "万吨/年": Unit("万吨/年", "thousand tonnes a year", 10),
    "公顷": Unit("公顷", "ha"),
    "亩": Unit("亩", "mu"),
    "万亩": Unit("万亩", "thousand mu", 10),
    "核": Unit("核", ""),
    "万千瓦": Unit("万千瓦", "MW", 10),
    "万千瓦时": Unit("万千瓦时", "MWh", 10),
    "亿立方米": Unit("亿立方米", "million m³", 100),
    "万立方米": Unit("万立方米", "thousand m³", 10),
    "吨标准煤": Unit("吨标准煤", "tce"),
    "万吨标准煤": Unit("万吨标准煤", "thousand tce", 10),
    "万tce": Unit("万吨标准煤", "thousand tce", 10),
}
