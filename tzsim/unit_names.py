"""How units are written for readers, in Chinese and in English."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Unit:
    """How a unit is written. English has no 亿 and 万: `english_scale` turns the number into what English counts in."""

    zh: str
    en: str
    english_scale: float = 1.0

    @property
    def en_as_filed(self) -> str:
        """English beside a number of the file's own size: '100 million yuan' for 亿元, of which a tenth is written 'bn yuan'."""
        if self.english_scale == 1:
            return self.en
        word, _, counted = self.en.partition(" ")
        size = self.english_scale * _COUNTS.get(word, 1)
        name = counted if word in _COUNTS else self.en
        return f"{size / 1e6:g} million {name}" if size >= 1e6 else f"{size:,.0f} {name}"


_COUNTS: Final = {"thousand": 1e3, "million": 1e6, "bn": 1e9}


def unit_of(unit: str) -> Unit:
    """The written form of a unit; an unknown unit is written as it stands."""
    return UNITS.get(unit) or Unit(unit, unit)


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
    "Wan": Unit("万人", "thousand people", 10),
    "Wanmu": Unit("万亩", "thousand mu", 10),
    "MCM": Unit("百万立方米", "million m³"),
    "MW": Unit("兆瓦", "MW"),
    "%": Unit("%", "%"),
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
    "Person": Unit("人", "people"),
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
    "万立方米/年": Unit("万立方米/年", "thousand m³ a year", 10),
    "万立方米/天": Unit("万立方米/天", "thousand m³ a day", 10),
    "立方米/亩": Unit("立方米/亩", "m³ per mu"),
    "立方米/万元": Unit("立方米/万元", "m³ per 10,000 yuan"),
    "公斤/亩": Unit("公斤/亩", "kg per mu"),
    "亿千瓦时": Unit("亿千瓦时", "GWh", 100),
    "kWh/万元": Unit("千瓦时/万元", "kWh per 10,000 yuan"),
    "tce/万元": Unit("吨标准煤/万元", "tce per 10,000 yuan"),
    "吨标准煤": Unit("吨标准煤", "tce"),
    "万吨标准煤": Unit("万吨标准煤", "thousand tce", 10),
    "万tce": Unit("万吨标准煤", "thousand tce", 10),
}
