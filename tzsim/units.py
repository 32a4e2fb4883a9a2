"""Units: what the words mean, quantities such as `3.25亿立方米`, conversion. Never used inside the engine.

Definitions live in a pint registry of our own (pint's file of a thousand units is not loaded). A unit is written as words
joined by `*`, `/`, `^` and brackets; words that stand side by side multiply, and counting words scale what follows:
`million m3/Year`, `10k persons`, `WanTce`, `万吨标准煤`, `Yi/(Wan*Year)`. Case and plural s do not matter; `Wan` alone counts persons. Current 亿元 (`Yi`) and
亿元 of 2022 (`Yi22`) are different dimensions, joined only by a price in Yi/Yi22. A model may use words of its own
(`widget`): each is a dimension. In files that a person writes an unknown word is an error.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import isfinite
from typing import TYPE_CHECKING, Any, cast

from tzsim.errors import TzsimError, both, in_chinese, nearest

if TYPE_CHECKING:
    import pint

_DEFINITIONS = """
second = [time] = s = sec = 秒
minute = 60 second = min = 分钟
hour = 60 minute = h = hr = 小时
day = 24 hour = d = 天 = 日
week = 7 day = 周
year = 365.25 day = yr = a = 年
month = year/12 = mo = 月 = 个月
quarter_year = year/4 = quarter = 季度
meter = [length] = m = metre = 米
kilometer = 1000 meter = km = kilometre = 公里 = 千米
hectare = 10000 meter**2 = ha = 公顷
mu_area = 2000/3 meter**2 = mu = 亩
square_meter = meter**2 = m2 = 平方米
square_kilometer = kilometer**2 = km2 = 平方公里 = 平方千米
cubic_meter = meter**3 = m3 = 立方米 = 方
million_cubic_meters = 1e6 meter**3 = MCM = Mm3 = hm3
liter = 0.001 meter**3 = L = litre = 升
kilogram = [mass] = kg = 千克 = 公斤
gram = 0.001 kilogram = g = 克
milligram = 1e-6 kilogram = mg = 毫克
microgram = 1e-9 kilogram = ug = 微克
jin = 0.5 kilogram = 斤
tonne = 1000 kilogram = t = ton = 吨
kilotonne = 1e6 kilogram = kt
megatonne = 1e9 kilogram = Mt
joule = kilogram*meter**2/second**2 = J = 焦耳
kilojoule = 1e3 joule = kJ
megajoule = 1e6 joule = MJ
gigajoule = 1e9 joule = GJ = 吉焦
terajoule = 1e12 joule = TJ
watt = joule/second = W = 瓦
kilowatt = 1e3 watt = kW = 千瓦
megawatt = 1e6 watt = MW = 兆瓦
gigawatt = 1e9 watt = GW = 吉瓦
kilowatt_hour = 3.6e6 joule = kWh = 千瓦时 = 度
megawatt_hour = 3.6e9 joule = MWh = 兆瓦时
gigawatt_hour = 3.6e12 joule = GWh
tce = 29.3076e9 joule = tonne_coal_equivalent = 吨标准煤 = 吨标煤
kgce = 29.3076e6 joule = 千克标准煤 = 公斤标准煤
yuan = [money] = CNY = RMB = 元 = 元人民币
Yi = 1e8 yuan = yi_yuan
yuan22 = [money_of_2022] = CNY22 = 元2022
Yi22 = 1e8 yuan22 = 亿元2022
dollar = [dollar] = USD = 美元
person = [person] = people = capita = 人 = 名
household = [household] = 户
firm = [firm] = enterprise = company = 家
piece = [piece] = patent = 件
item = [item] = project = programme = facility = plant = reservoir = 项 = 个 = 座
vehicle = [vehicle] = car = 辆
event = [event] = 场 = 次
visit = [visit] = 人次
machine = [machine] = appliance = unit = 台
"""

_NO_DIMENSION = {"dmnl", "dimensionless", "1", "fraction", "unitless", "无量纲", "no unit"}
_SHARES = {
    "%": 0.01,
    "percent": 0.01,
    "pct": 0.01,
    "‰": 0.001,
    "permille": 0.001,
    "个百分点": 0.01,
    "百分点": 0.01,
}
_COUNTS = {"thousand": 1e3, "10k": 1e4, "100k": 1e5, "million": 1e6, "100m": 1e8, "billion": 1e9}
_PREFIXES = {"百亿": 1e10, "千万": 1e7, "百万": 1e6, "十万": 1e5, "亿": 1e8, "万": 1e4, "千": 1e3, "百": 1e2}
_KINDS = {
    "[money]": both("金额", "money"),
    "[money_of_2022]": both("2022年价金额", "money of 2022"),
    "[length]**3": both("体积", "volume"),
    "[length]**2": both("面积", "area"),
    "[time]": both("时间", "time"),
    "[mass]": both("质量", "mass"),
    "[person]": both("人数", "people"),
    "[length]**2*[mass]/[time]**2": both("能量", "energy"),
    "[length]**2*[mass]/[time]**3": both("功率", "power"),
    "[length]**3/[time]": both("单位时间的体积", "volume per time"),
    "[money]/[time]": both("单位时间的金额", "money per time"),
    "[money_of_2022]/[time]": both("单位时间的2022年价金额", "money of 2022 per time"),
    "": both("没有单位的数（比例）", "a plain number"),
}


class UnitError(TzsimError):
    """A unit or quantity cannot be read or converted; `hint` says what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as a factor to base units and powers of dimensions, sorted by name. `text` is how it was written."""

    factor: float
    powers: tuple[tuple[str, Fraction], ...] = ()
    text: str = ""

    def __mul__(self, other: Unit) -> Unit:
        return Unit(self.factor * other.factor, _combined(self.powers, other.powers, 1))

    def __truediv__(self, other: Unit) -> Unit:
        return Unit(self.factor / other.factor, _combined(self.powers, other.powers, -1))

    def __pow__(self, exponent: float) -> Unit:
        power = Fraction(exponent).limit_denominator(1000)
        kept = tuple((d, p * power) for d, p in self.powers if p * power)
        return Unit(self.factor ** float(power), kept)

    @property
    def dimensionless(self) -> bool:
        return not self.powers

    def same_dimension(self, other: Unit) -> bool:
        return self.powers == other.powers

    def same_scale(self, other: Unit) -> bool:
        """Whether one of this is one of the other (same dimension taken for granted)."""
        return abs(self.factor / other.factor - 1) < 1e-9

    @property
    def kind(self) -> str:
        """The dimension in words: 'money', 'volume per time', or powers of dimension names."""
        up = [(d, p) for d, p in self.powers if p > 0]
        down = [(d, -p) for d, p in self.powers if p < 0]
        top = "*".join(_power(d, p) for d, p in up)
        bottom = "/".join(_power(d, p) for d, p in down)
        plain = f"{top or ('1' if down else '')}{'/' + bottom if bottom else ''}"
        return _KINDS.get(plain) or _spelt(plain)


def _spelt(dimensions: str) -> str:
    """Powers of dimensions for a reader: `[person]/[time]` -> person/time, 人数/时间."""
    english = dimensions.replace("[", "").replace("]", "").replace("**", "^")
    words = {
        f"[{name}]": in_chinese(_KINDS.get(f"[{name}]", name))
        for name in re.findall(r"\[(.+?)\]", dimensions)
    }
    chinese = re.sub(r"\[.+?\]", lambda m: words[m[0]], dimensions).replace("**", "^")
    return both(chinese, english)


ONE = Unit(1.0, (), "1")


@dataclass(frozen=True, slots=True)
class Amount:
    """A number and its unit; unit None where none was written."""

    value: float
    unit: Unit | None
    text: str


@cache
def registry() -> pint.UnitRegistry[Any]:
    """The pint registry that holds the definitions above."""
    import pint

    made: pint.UnitRegistry[Any] = pint.UnitRegistry(cast(Any, None))
    for line in _DEFINITIONS.strip().splitlines():
        made.define(line)
    return made


@cache
def _words() -> dict[str, str]:
    """Written word -> name in the registry: as defined, and folded to lower case where that is not ambiguous."""
    names = [n.strip() for line in _DEFINITIONS.strip().splitlines() for n in line.split("=") if _is_name(n)]
    exact = {n: n for n in names}
    for n in names:
        exact.setdefault(n.lower(), n)
        exact.setdefault(n.replace("_", " ").lower(), n)
    return exact


def _is_name(text: str) -> bool:
    text = text.strip()
    return text.isidentifier() or text in ("m2", "m3")


@cache
def _defined(name: str) -> Unit:
    made: Any = registry()
    base = made.Quantity(1.0, name).to_root_units()
    powers = tuple(
        sorted((str(d), Fraction(p).limit_denominator(1000)) for d, p in base.dimensionality.items() if p)
    )
    return Unit(float(base.magnitude), powers)


def known_words() -> list[str]:
    """Every unit word that files may use, without the counting words before it."""
    return sorted(
        {*_words(), *_SHARES, "Dmnl", "亿元", "万元", "万人", "万亩", "亿立方米", "万吨标准煤", "万千瓦"}
    )


def _word(word: str) -> Unit | None:
    """The unit of one word, or None where it is not known."""
    low = word.lower()
    if low in _NO_DIMENSION:
        return ONE
    if low in _SHARES:
        return Unit(_SHARES[low], ())
    words = _words()
    singular = low[:-3] + "y" if low.endswith("ies") else low[:-1] if low.endswith("s") else low
    for form in (word, low, singular):
        if form in words:
            return _defined(words[form])
    if low == "wan":
        return Unit(1e4 * _defined("person").factor, _defined("person").powers)
    for prefix, factor in (*_PREFIXES.items(), ("wan", 1e4)):
        rest = word[len(prefix) :]
        if low.startswith(prefix) and rest:
            unit = _word(rest)
            if unit is not None:
                return Unit(factor * unit.factor, unit.powers)
    return None


_TOKEN = re.compile(r"\s*(\*\*|[*/^()·×]|[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![\w.])|[^\s*/^()·×]+)")


def parse_unit(text: str, *, own: bool = False) -> Unit:
    """The unit written as `text`; the empty text is refused. `own`: words not known are dimensions of their own (models).

    Raises UnitError naming the word and the nearest known one.
    """
    return _parse_unit(unicodedata.normalize("NFKC", text).strip(), own)


def unit_in(text: str, words: Collection[str] | None) -> Unit:
    """As `parse_unit`; words that are not known are those of a model. words: the dimensions that the model has (None: any).

    Raises UnitError.
    """
    try:
        return parse_unit(text)
    except UnitError:
        own = parse_unit(text, own=True)
        if words is not None and not {d for d, _ in own.powers} <= set(words):
            raise
        return own


_GLOSSED = re.compile(r"(.+?)\s*\(([^()]+)\)")
_SHARE_OF = re.compile(r"(%|percent)\s+of\s+\S.*", re.IGNORECASE)


def printed_unit(text: str) -> Unit:
    """The unit of a figure as tables print it: also with a gloss that says the same again (`亿元(100m CNY)`), `% of GDP`, `per 10k persons`,
    `ratio`. Raises UnitError as `parse_unit`, and where the gloss says something else."""
    plain = unicodedata.normalize("NFKC", text).strip()
    try:
        return parse_unit(plain)
    except UnitError:
        if plain.lower() == "ratio":
            return ONE
        if _SHARE_OF.fullmatch(plain):
            return parse_unit("%")
        if plain.lower().startswith("per "):
            return ONE / printed_unit(plain[4:])
        glossed = _GLOSSED.fullmatch(plain)
        if glossed is None:
            raise
        unit, gloss = parse_unit(glossed[1]), parse_unit(glossed[2])
        if not (unit.same_dimension(gloss) and unit.same_scale(gloss)):
            raise UnitError(f"'{glossed[1]}' and '{glossed[2]}' are not the same unit in '{plain}'") from None
        return unit


@cache
def _parse_unit(text: str, own: bool) -> Unit:
    if not text:
        raise UnitError(
            both("单位为空", "the unit is empty"),
            both("没有单位的数写 1（或 Dmnl）", "write 1 (or Dmnl) for a plain number"),
        )
    tokens = _TOKEN.findall(text)
    position = 0

    def peek() -> str:
        return tokens[position] if position < len(tokens) else ""

    def product() -> Unit:
        nonlocal position
        result = power()
        while peek() in ("*", "/", "·", "×"):
            sign = peek()
            position += 1
            right = power()
            result = result / right if sign == "/" else result * right
        return result

    def power() -> Unit:
        nonlocal position
        base = atom()
        if peek() in ("^", "**"):
            position += 1
            exponent = peek()
            try:
                base = base ** float(exponent)
            except ValueError:
                raise UnitError(
                    both(
                        f"单位“{text}”中的“{exponent}”不是指数",
                        f"'{exponent}' is not an exponent in unit '{text}'",
                    )
                ) from None
            position += 1
        return base

    def atom() -> Unit:
        nonlocal position
        if peek() == "(":
            position += 1
            inside = product()
            if peek() != ")":
                raise UnitError(
                    both(f"单位“{text}”中的括号没有闭合", f"a bracket is not closed in unit '{text}'")
                )
            position += 1
            return inside
        words: list[str] = []
        while peek() and peek() not in ("*", "/", "^", "**", "(", ")", "·", "×"):
            words.append(peek())
            position += 1
        if not words:
            raise UnitError(
                both(
                    f"单位“{text}”不完整，或多了一个运算符",
                    f"unit '{text}' breaks off or has an operator too many",
                ),
                both("例如 亿立方米/年", "e.g. million m3/Year"),
            )
        return _side_by_side(words, text, own)

    beyond = both(
        f"单位“{text}”中的数为零或大得无法计算",
        f"unit '{text}' holds a number that is zero or beyond all bounds",
    )
    try:
        result = product()
    except (ZeroDivisionError, OverflowError):
        raise UnitError(beyond) from None
    if position < len(tokens):
        raise UnitError(
            both(f"单位“{text}”中不应有“{peek()}”", f"'{peek()}' is not expected in unit '{text}'")
        )
    if not 0 < result.factor < float("inf"):
        raise UnitError(beyond)
    return Unit(result.factor, result.powers, text)


def _side_by_side(words: list[str], text: str, own: bool) -> Unit:
    """Counting words scale; then the rest is one name of several words, or a product, or (own) a new dimension."""
    factor = 1.0
    rest = list(words)
    while rest:
        low = rest[0].lower()
        if low in _COUNTS or (low in _PREFIXES and len(rest) > 1):
            factor *= _COUNTS.get(low, 0.0) or _PREFIXES[low]
        elif re.fullmatch(r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", low):
            factor *= float(low)
        else:
            break
        rest.pop(0)
    if not rest:
        return Unit(factor, ())
    whole = _word(" ".join(rest))
    if whole is not None:
        return Unit(factor * whole.factor, whole.powers)
    parts = [_word(w) for w in rest]
    if len(rest) > 1 and all(p is not None for p in parts):
        result = Unit(factor)
        for p in parts:
            assert p is not None
            result = result * p
        return result
    name = " ".join(rest)
    if own:
        low = name.lower()
        word = low[:-1] if low.endswith("s") else low
        if f"= [{word}]" in _DEFINITIONS:  # 'Time' of a model is no second: a unit of its own
            word = f"{word} unit"
        return Unit(factor, ((f"[{word}]", Fraction(1)),))
    unknown = next(w for w, p in zip(rest, parts, strict=True) if p is None)
    examples = "亿元, 万人, 亿立方米, 万亩, 万吨标准煤, 万千瓦, Yi22, MW, kWh, %, 1, …"
    hint = nearest(unknown, known_words()) or both(f"认得的单位：{examples}", f"known: {examples}")
    inside = unknown != text
    raise UnitError(
        both(
            f"不认得单位“{unknown}”" + (f"（“{text}”）" if inside else ""),
            f"unknown unit '{unknown}'" + (f" in '{text}'" if inside else ""),
        ),
        hint,
    )


_NUMBER = re.compile(
    r"\s*([+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][+-]?\d+)?|[+-]?\.\d+(?:[eE][+-]?\d+)?)\s*(.*)$",
    re.S,
)


def parse_quantity(text: str, *, own: bool = False) -> Amount:
    """A number with its unit: `3.25亿立方米`, `700 亿元`, `15%`, `0.3 1/Year`, `1,120 亿元`. Raises UnitError.

    A number alone gives unit None. `3.25亿` is a plain number, 3.25e8, and not an amount of anything.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    found = _NUMBER.match(plain)
    if not found:
        raise UnitError(
            both(f"应为数字，却是“{text}”", f"expected a number, got '{text}'"),
            both("例如 3.25亿立方米、15%、0.3 1/Year", "e.g. 3.25亿立方米, 15%, 0.3 1/Year"),
        )
    value = float(found[1].replace(",", ""))
    rest = found[2].strip()
    if not isfinite(value):
        raise UnitError(both(f"“{text}”太大", f"'{text}' is too large a number"))
    if not rest:
        return Amount(value, None, text)
    if rest in _PREFIXES:
        return Amount(value, Unit(_PREFIXES[rest], (), rest), text)
    if rest[0] in ".,":
        raise UnitError(
            both(f"“{text}”不是带单位的数字", f"'{text}' is not a number followed by a unit"),
            both("小数点只写一次，千位用半角逗号“,”", "a decimal point once, thousands by ','"),
        )
    if rest.startswith("/"):
        rest = "1" + rest
    return Amount(value, parse_unit(rest, own=own), text)


def conversion(source: Unit, target: Unit) -> float:
    """What one `source` is in `target`. Raises UnitError naming both where the dimensions differ."""
    if not source.same_dimension(target):
        raise UnitError(
            both(
                f"“{source.text}”是{in_chinese(source.kind)}，而“{target.text}”是{in_chinese(target.kind)}",
                f"'{source.text}' is {source.kind}, but '{target.text}' is {target.kind}",
            ),
            _bridge(source, target),
        )
    return 1.0 if source.factor == target.factor else source.factor / target.factor


def _bridge(source: Unit, target: Unit) -> str:
    """A remedy for the mistakes that are made again and again."""
    year = _defined("year")
    if (source / year).same_dimension(target):
        per = f"{source.text}/{target.text.rsplit('/', 1)[-1]}"
        with suppress(UnitError):
            if not parse_unit(per).same_scale(source / year):
                return both(
                    f"写的是总量，这里要的是单位时间的量：写“{per}”",
                    f"it is an amount, and an amount per time is wanted: write '{per}'",
                )
        return both(
            f"写的是总量，这里要的是每年的量：写“{source.text}/年”",
            f"it is an amount, and an amount per time is wanted: write '{source.text}/年' or '{source.text}/Year'",
        )
    if (source * year).same_dimension(target):
        return both(
            f"写的是每年的量，这里要的是总量：单位如“{target.text}”",
            f"it is an amount per time; leave out the time: a unit like '{target.text}' is wanted",
        )
    money, money22 = _defined("yuan"), _defined("yuan22")
    if (source / money * money22).same_dimension(target):
        return both(
            "现价亿元（Yi）与2022年价亿元（Yi22）不可混用；用价格指数换算",
            "current 亿元 (Yi) and 亿元 of 2022 (Yi22) are kept apart; convert with the price index",
        )
    if (source / money22 * money).same_dimension(target):
        return both(
            "2022年价亿元（Yi22）与现价亿元（Yi）不可混用；用价格指数换算",
            "亿元 of 2022 (Yi22) and current 亿元 (Yi) are kept apart; convert with the price index",
        )
    if source.dimensionless:
        return both(
            f"在数字后写上单位，如 {target.text}", f"write the unit behind the number, e.g. {target.text}"
        )
    if target.dimensionless:
        return both(
            "这里是比例，没有单位：写 20% 或 0.2",
            "a share or plain number is wanted here: write 20% or 0.2",
        )
    return both(f"这里要的单位如“{target.text}”", f"a unit like '{target.text}' is wanted")


def convert(amount: Amount, target: Unit) -> float:
    """The amount in `target`; a number without unit is taken to be in `target` already. Raises UnitError."""
    return amount.value if amount.unit is None else amount.value * conversion(amount.unit, target)


def _combined(
    left: tuple[tuple[str, Fraction], ...], right: tuple[tuple[str, Fraction], ...], sign: int
) -> tuple[tuple[str, Fraction], ...]:
    powers = dict(left)
    for dimension, power in right:
        powers[dimension] = powers.get(dimension, Fraction(0)) + sign * power
    return tuple(sorted((d, p) for d, p in powers.items() if p))


def _power(dimension: str, power: Fraction) -> str:
    return dimension if power == 1 else f"{dimension}**{power}"


UnitOf = Callable[[str], Unit]
"""Maps a model element or variable name to its unit."""
