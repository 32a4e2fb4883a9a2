"""How numbers are written: probabilities, intervals, quantities with their unit, and the word for a probability."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from tzsim.report.wording import Lang, say
from tzsim.unit_names import unit_of

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
