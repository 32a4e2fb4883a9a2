"""History files: figures read with place, RFC 4180 quoting, roles that quality forbids."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tzsim.errors import InputError
from tzsim.scenario.history import read_history
from tzsim.scenario.history_cells import COLUMNS, _cells
from tzsim.scenario.located import Source

HEADER = ",".join(COLUMNS) + "\n"
ROW = "gdp,town,2022,901,896,906,亿元,official,fit,report,\n"


def read(tmp_path: Path, text: str):
    file = tmp_path / "h.csv"
    file.write_text(text, "utf-8")
    return read_history(file, "h.csv")[0]


def test_a_row(tmp_path: Path) -> None:
    (row,) = read(tmp_path, "# comment\n" + HEADER + "\n" + ROW.replace("report", '"a, ""b"""'))
    assert (row.variable, row.entity, row.year, row.value, row.low, row.high) == (
        "gdp",
        "town",
        2022,
        901.0,
        896.0,
        906.0,
    )
    assert (row.unit, row.quality, row.role, row.source, row.note) == (
        "亿元",
        "official",
        "fit",
        'a, "b"',
        "",
    )
    assert (row.address.line, row.address.column) == (4, 1)


@pytest.mark.parametrize(
    ("old", "new", "place", "says"),
    [
        ("901", "about 901", "2:15", "expected a number"),
        ("2022", "2022.5", "2:10", "is not a year"),
        ("896", "950", "2:19", "950 is above the value 901"),
        ("906", "850", "2:23", "850 is below the value 901"),
        ("official", "offical", "2:30", "did you mean 'official'?"),
        ("official", "recalled", "2:39", "cannot be 'fit'"),
        ("亿元", "亿园", "2:27", "unknown unit"),
        ("report", "", "2:43", "source: is empty"),
        ("gdp,", "gdp,x,", "2:1", "12 fields where the header has 11"),
        ("report", '"report', "2:43", "never closed"),
        ("901", "1e999", "2:15", "not a finite number"),
    ],
)
def test_mistakes_are_placed(tmp_path: Path, old: str, new: str, place: str, says: str) -> None:
    with pytest.raises(InputError) as error:
        read(tmp_path, HEADER + ROW.replace(old, new, 1))
    assert f"h.csv:{place}: " in str(error.value)
    assert says in str(error.value)


def test_one_figure_once(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="second time"):
        read(tmp_path, HEADER + ROW + ROW)


def test_at_most_fifty_are_listed(tmp_path: Path) -> None:
    rows = "".join(ROW.replace("2022", str(1950 + i)).replace("901", "x") for i in range(70))
    with pytest.raises(InputError) as error:
        read(tmp_path, HEADER + rows)
    assert len(error.value.problems) == 51
    assert "20 more" in error.value.problems[-1].message


def test_empty(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="empty"):
        read(tmp_path, "")
    assert read(tmp_path, HEADER) == ()


@settings(deadline=None)
@given(st.lists(st.lists(st.text('ab,"\n地 ', max_size=5), min_size=2, max_size=4), min_size=1, max_size=5))
def test_quoting_agrees_with_the_csv_module(rows: list[list[str]]) -> None:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(rows)
    found, problems = _cells(Source(Path("x"), "x", out.getvalue(), ""))
    assert not problems
    assert [[text for text, _ in row] for row in found] == rows
    lines = out.getvalue().split("\n")
    for row in found:
        for _, (line, column) in row:
            assert lines[line - 1][column - 1] == '"'


@pytest.mark.parametrize(
    ("written", "kept"), [("2024-07-04", "2024-07-04"), ("2024-07", "2024-07"), ("2024", "2024"), ("", "")]
)
def test_a_figure_may_say_when_it_was_published(tmp_path: Path, written: str, kept: str) -> None:
    file = tmp_path / "h.csv"
    file.write_text(
        "variable,entity,year,value,low,high,unit,quality,role,source,note,published\n"
        f"gdp,county,2023,900,,,亿元,official,fit,report,,{written}\n",
        "utf-8",
    )
    (row,), _ = read_history(file, "h.csv")
    assert row.published == kept


@pytest.mark.parametrize("written", ["2024-13", "2024-02-30", "July 2024", "24"])
def test_a_day_that_does_not_exist_is_refused(tmp_path: Path, written: str) -> None:
    file = tmp_path / "h.csv"
    file.write_text(
        "variable,entity,year,value,low,high,unit,quality,role,source,note,published\n"
        f"gdp,county,2023,900,,,亿元,official,fit,report,,{written}\n",
        "utf-8",
    )
    with pytest.raises(InputError, match=f"published: '{written}' is not a date"):
        read_history(file, "h.csv")
