"""goals.xlsx: numbers are the forecast's to the last bit, text is text, the file opens with its chart and its colours."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest

from tzsim.forecast.compare import Difference
from tzsim.forecast.movers import Mover
from tzsim.forecast.result import Forecast
from tzsim.forecast.sweep import Effect, Sweep
from tzsim.report.goal_rows import goal_rows
from tzsim.report.spreadsheet import write_xlsx
from tzsim.report.wording import LANGS, say
from tzsim.scenario import Lever, Text2

pytestmark = pytest.mark.filterwarnings("error")


def book(forecast: Forecast, folder: Path, lang: Any = "zh") -> Any:
    return openpyxl.load_workbook(write_xlsx(forecast, folder / f"goals-{lang}.xlsx", lang))


@pytest.mark.parametrize("lang", LANGS)
def test_every_number_of_the_goal_table(forecast: Forecast, tmp_path: Path, lang: Any) -> None:
    sheet = book(forecast, tmp_path, lang).worksheets[0]
    rows = list(sheet.iter_rows(min_row=2, values_only=True))
    assert [r[0] for r in rows] == [r.goal.id for r in forecast.goals]
    for cells, result in zip(rows, forecast.goals, strict=True):
        described = result.status == "descriptive"
        assert bool(cells[3]) is not described
        wanted = [
            None if described else result.goal.value,
            result.median,
            result.p10,
            result.p90,
            result.probability,
            result.probability_low,
            result.probability_high,
            result.probability_prior,
        ]
        found = [cells[k] for k in (4, 7, 8, 9, 10, 11, 12, 13)]
        for a, b in zip(found, wanted, strict=True):
            assert (a is None) == (b is None)
            if b is not None:
                assert a == pytest.approx(b, rel=1e-14)
        assert cells[2] == result.goal.name.of(lang)
        assert cells[5] == result.goal.unit


@pytest.mark.parametrize("lang", LANGS)
def test_series_binding_and_years(forecast: Forecast, tmp_path: Path, lang: Any) -> None:
    sheets = {s.title: s for s in book(forecast, tmp_path, lang).worksheets}
    names = ("指标分位数", "约束", "逐年概率") if lang == "zh" else ("Series", "What binds", "Each year")
    series, binding, years = (list(sheets[n].iter_rows(min_row=2, values_only=True)) for n in names)
    k = 0
    for fan in forecast.fans:
        for j, year in enumerate(fan.years):
            assert series[k][2] == year
            for a, b in zip(series[k][3:10], fan.quantiles[:, j], strict=True):
                assert (a is None and not np.isfinite(b)) or a == pytest.approx(float(b), rel=1e-14)
            k += 1
    assert k == len(series)
    b = forecast.binding
    assert len(binding) == len(b.elements) * len(b.years)
    for r, cells in enumerate(binding):
        i, j = divmod(r, len(b.years))
        assert list(cells[2:8]) == pytest.approx(list(b.share[i, j]))
        assert list(cells[8:]) == pytest.approx(list(b.cost[i, j]))
    annual = [r for r in forecast.goals if r.yearly]
    assert [list(cells[2:]) for cells in years] == [[p for _, p in r.yearly] for r in annual]


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

    from tzsim.scenario import Text2

    evil = Text2("=HYPERLINK(1)", "=HYPERLINK(1)")
    rows = tuple(replace(r, goal=replace(r.goal, name=evil)) for r in hostile.goals)
    for sheet in book(replace(hostile, goals=rows), tmp_path).worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f"


def _move(id: str, chance: float, mean: float) -> Effect:
    """A lever moved to its end; 0 changes nothing."""
    lever = Lever(id, id, (id,), Text2("争取" + id, "win " + id), 0, 0, 80, "WanTce/Year", 0.02, Text2(), None, Text2(), "", "assumption")  # fmt: skip
    half = 0.5 * abs(chance)
    return Effect(
        lever,
        0,
        80,
        Difference(chance, chance - half, chance + half, None),
        Difference(mean, 0.5 * mean, 1.5 * mean, None),
    )


@pytest.mark.parametrize("lang", LANGS)
def test_movers_and_levers(forecast: Forecast, tmp_path: Path, lang: Any) -> None:
    moved = {
        id: (Mover("demand", 2025.0, 0.4, True), Mover("rate[x]", None, 0.01 * k, False))
        for k, id in enumerate(forecast.judged, start=1)
    }
    swept = Sweep(128, {id: (_move("a", 0.125, 3.5), _move("b", 0.0, 0.0)) for id in forecast.judged})
    path = write_xlsx(forecast, tmp_path / "goals.xlsx", lang, sweep=swept, moved=moved)
    sheets = {s.title: s for s in openpyxl.load_workbook(path).worksheets}
    names = [say(f"sheet {k}", lang) for k in ("movers", "inputs", "levers", "best")]
    tables: list[Any] = [list(sheets[n].iter_rows(min_row=2, values_only=True)) for n in names]
    listed, inputs, effects, best = tables
    expected = [(id, m) for id, found in moved.items() for m in found]
    assert [(r[0], r[6], r[3]) for r in listed] == [(id, m.element, m.time) for id, m in expected]
    assert [r[4] for r in listed] == pytest.approx([m.share for _, m in expected])
    first = [row.id for row in goal_rows(forecast, lang) if row.judged and not row.second]
    means = [sum(moved[id][k].share for id in first) / len(first) for k in (0, 1)]
    assert sorted((r[1] for r in inputs), reverse=True) == [r[1] for r in inputs]
    assert {r[0]: r[1] for r in inputs} == pytest.approx({"demand": means[0], "rate": means[1]})
    assert [row[0] for row in effects] == list(forecast.judged)  # the lever without an effect has no row
    for row in effects:
        assert row[2] == _move("a", 0, 0).lever.name.of(lang)
        assert row[6:9] == pytest.approx((12.5, 6.25, 18.75))
        assert row[9:12] == pytest.approx((3.5, 1.75, 5.25))
        assert row[13] == pytest.approx(1.6 if lang == "zh" else 0.16)
        assert row[14] == say("yes", lang)
    assert [(row[1], row[3]) for row in best] == [(12.5, len(first))]
    with zipfile.ZipFile(path) as archive:
        charts = [n for n in archive.namelist() if n.startswith("xl/charts/chart")]
    assert len(charts) == 1 + bool(inputs) + bool(best)
