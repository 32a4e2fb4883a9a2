"""A workbook being written: sheets of one look, formats made once, numbers or empty cells."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from tzsim.forecast.labels import COUNTED
from tzsim.report.numerals import unit_name
from tzsim.report.wording import Lang, say

FONT = "Microsoft YaHei"
CHANCE = '[<0.01]"<1%";[>0.99]">99%";0%'
"""Excel's format of a probability: whole per cent, and only the bound at either end."""


class Book:
    """A workbook being written: its formats, made once each, and the language of its words."""

    def __init__(self, path: Path, lang: Lang) -> None:
        self.workbook: Workbook = xlsxwriter.Workbook(
            str(path), {"strings_to_formulas": False, "strings_to_urls": False}
        )
        self.lang: Lang = lang
        self._formats: dict[tuple[tuple[str, Any], ...], Format] = {}

    def say(self, key: str, **values: str) -> str:
        """Words in the workbook's language."""
        return say(key, self.lang, **values)

    def unit(self, unit: str) -> str:
        """A unit in a cell of its own; what only counts (家, 项) has no English name beside a number, but here."""
        return unit_name(unit, self.lang) or (COUNTED if unit_name(unit, "zh") else "")

    def style(self, **properties: Any) -> Format:
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self.workbook.add_format(
                {"font_name": FONT, "font_size": 10, "valign": "top", **properties}
            )
        return self._formats[key]

    def sheet(self, key: str, heads: list[str], widths: list[float]) -> Worksheet:
        """A sheet with a frozen header row, as high as its longest head needs."""
        sheet = self.workbook.add_worksheet(say(key, self.lang))
        head = self.style(bold=True, text_wrap=True, bottom=1, bg_color="#EEF1F4", valign="vcenter")
        for column, (text, width) in enumerate(zip(heads, widths, strict=True)):
            sheet.set_column(column, column, width, self.style())
            sheet.write_string(0, column, text, head)
        lines = max((_lines(text, width) for text, width in zip(heads, widths, strict=True)), default=1)
        sheet.set_row(0, 6 + 14 * lines)
        sheet.freeze_panes(1, 0)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        return sheet


def _lines(text: str, width: float) -> int:
    """Lines of a bold head in a column of that many characters, a Chinese one counted as two, broken at spaces."""
    lines, room = 1, width - 1
    for word in text.split(" "):
        size = 1.1 * sum(2 if ord(c) > 0x2E80 else 1 for c in word)
        if size > room and room < width - 1:
            lines, room = lines + 1, width - 1
        while size > room:
            lines, size = lines + 1, size - room
            room = width - 1
        room -= size + 1
    return lines


def fit(sheet: Worksheet, row: int, *texts: tuple[str, float]) -> None:
    """Make a row as high as its wrapped texts need, each with the width of its column: not every program does so by itself."""
    lines = max(_lines(text, width) for text, width in texts)
    if lines > 1:
        sheet.set_row(row, 2 + 13.5 * lines)


def number_format(digits: int) -> str:
    """Excel's format for a fixed count of decimals, grouped by thousands."""
    return "#,##0" + ("." + "0" * digits if digits else "")


def write_number(sheet: Worksheet, row: int, column: int, value: float | None, style: Format) -> None:
    """A number, or an empty cell where there is none."""
    if value is None or not math.isfinite(value):
        sheet.write_blank(row, column, None, style)
    else:
        sheet.write_number(row, column, value, style)
