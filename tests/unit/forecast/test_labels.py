"""Tables for people carry the view's words; the file keeps the model's names beside them."""

from __future__ import annotations

import csv
from pathlib import Path

import clinic
import pytest

import tzsim
from tzsim.forecast.answer_table import AnswerTable, Column
from tzsim.forecast.labels import input_label, limit_label, measured, stream_label, unit_label
from tzsim.scenario import Scenario, Text2


@pytest.fixture
def scenario(tmp_path: Path) -> Scenario:
    clinic.write_project(tmp_path)
    return tzsim.read_scenario(tmp_path / "scenarios" / "clinic.yaml")


def test_labels_of_view_and_shock_table_with_place_and_year(scenario: Scenario) -> None:
    (shock,) = [s for s in scenario.shocks if "contact innovation" in s.variable]
    place = scenario.view.elements["harbour"]
    found = stream_label(scenario, "contact innovation[harbour] @ 2024")
    assert found == Text2(f"2024年{shock.name.zh}（{place.zh}）", f"{shock.name.en} ({place.en}) in 2024")
    assert input_label(scenario, "recovery rate") == Text2("recovery rate", "recovery rate")
    assert limit_label(scenario, "none").zh == "无明显约束"


def test_a_unit_fits_the_number_beside_it_in_both_languages() -> None:
    """Written by hand: what a Chinese amount is in the sizes that English counts in."""
    for unit, zh, en in (
        ("亿元", "亿元", "100 million yuan"),
        ("Yi/Year", "亿元/年", "100 million yuan a year"),
        ("万人", "万人", "10,000 people"),
        ("亿立方米", "亿立方米", "100 million m³"),
        ("万千瓦", "万千瓦", "10 MW"),
        ("%", "%", "%"),
        ("家", "家", "number"),
        ("Dmnl", "", ""),
        ("kUSD", "kUSD", "kUSD"),
    ):
        assert unit_label(unit) == Text2(zh, en)
    assert measured(72.512, "亿元") == Text2("72.51 亿元", "7.251 bn yuan")
    assert measured(1.5, "万人") == Text2("1.5 万人", "15 thousand people")
    assert measured(3, "家") == Text2("3 家", "3")


def test_what_is_for_the_file_is_not_read_and_tiny_numbers_are_about_zero(tmp_path: Path) -> None:
    columns = (
        Column("input", Text2()),
        Column("input_name", Text2("因素", "input")),
        Column("x", Text2("值", "value")),
    )
    table = AnswerTable(
        Text2("表", "Table"), columns, (("a[b]", Text2("甲", "A"), 1.6e-8), ("c", Text2("乙", "C"), 0.0))
    )
    assert table.for_reading.shown("zh") == (("甲", "≈0"), ("乙", "0"))
    assert "a[b]" not in table.html("zh")
    table.write_csv(tmp_path / "t.csv")
    rows = list(csv.reader((tmp_path / "t.csv").read_text("utf-8-sig").splitlines()))
    assert rows[:2] == [["input", "input_name_zh", "input_name_en", "x"], ["a[b]", "甲", "A", "1.6e-08"]]
