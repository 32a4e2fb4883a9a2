"""goals.xlsx: numbers are the forecast's to the last bit, text is text, the file opens with its chart and its colours."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tzsim.forecast.result import Forecast
from tzsim.report.spreadsheet import write_xlsx
from tzsim.scenario import Text2

pytestmark = pytest.mark.filterwarnings("error")


def book(forecast: Forecast, folder: Path, lang: Any = "zh") -> Any:
    return openpyxl.load_workbook(write_xlsx(forecast, folder / f"goals-{lang}.xlsx", lang))


def test_chart_colours_header_and_date(forecast: Forecast, tmp_path: Path) -> None:
    path = write_xlsx(forecast, tmp_path / "goals.xlsx", "zh")
    with zipfile.ZipFile(path) as archive:
        chart = archive.read("xl/charts/chart1.xml").decode()
        core = archive.read("docProps/core.xml").decode()
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    judged = sum(r.probability is not None for r in forecast.goals)
    assert f"$B$2:$B${judged + 1}" in chart
    assert "2024-12-31" in core
    assert sheet.count("<conditionalFormatting") >= 2
    assert 'state="frozen"' in sheet
    made = openpyxl.load_workbook(path)
    assert made.sheetnames[0] == "目标"
    assert "读法" in made.sheetnames
    assert made["目标"].cell(2, 11).number_format == '[<0.01]"<1%";[>0.99]">99%";0%'


def test_formulas_in_names_stay_text(hostile: Forecast, tmp_path: Path) -> None:
    from dataclasses import replace

    evil = Text2("=HYPERLINK(1)", "=HYPERLINK(1)")
    rows = tuple(replace(r, goal=replace(r.goal, name=evil)) for r in hostile.goals)
    for sheet in book(replace(hostile, goals=rows), tmp_path).worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f"
