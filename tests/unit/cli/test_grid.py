"""Tables of the terminal at every width: within it, no number broken, what is left out said."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from tzsim.cli.grid import Column, console, grid, left_out

COLUMNS = (
    Column("编号"),
    Column("目标", wraps=True),
    Column("目标值", right=True),
    Column("中位数（80%区间）", right=True, stacks=True),
    Column("判断", rank=2),
    Column("主要约束", wraps=True, rank=3),
)
ROW = (
    "T027",
    "机床和高端装备产业集群营收",
    "≥375亿元",
    "318.25 [298.10—1,128.40]",
    "很不可能",
    "市场与订单、资金",
)


def lines(width: int) -> tuple[list[str], tuple[str, ...]]:
    table, missing = grid(COLUMNS, [(Text("产业集群"),), [Text(t) for t in ROW]], width)
    out = Console(width=width, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    out.print(table)
    return out.export_text().splitlines(), missing


@settings(max_examples=60, deadline=None)
@given(st.integers(62, 220))
def test_a_table_fits_its_width_and_breaks_no_number(width: int) -> None:
    printed, missing = lines(width)
    assert max(cell_len(line.rstrip()) for line in printed) <= width
    text = "\n".join(printed)
    for number in ("≥375亿元", "318.25", "[298.10—1,128.40]", "T027"):
        assert number in text, text
    assert set(missing) <= {"判断", "主要约束"}
    assert ("很不可能" in text) is ("判断" not in missing)


def test_intervals_go_below_before_columns_are_left_out() -> None:
    wide, none = lines(200)
    assert none == ()
    assert any("318.25 [298.10—1,128.40]" in line for line in wide)
    narrow, missing = lines(70)
    assert missing == ("主要约束",)
    assert not any("318.25 [" in line for line in narrow)
    assert "主要约束" in left_out(missing, "zh")
    assert left_out((), "zh") == ""


def test_the_width_is_the_one_asked_for(monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "91")
    assert console().width == 91
    monkeypatch.delenv("COLUMNS")
    assert console().width == 220  # the output of tests is no terminal


def test_no_cell_is_lost() -> None:
    text = re.sub(r"\s", "", "".join(lines(220)[0]))
    assert all(re.sub(r"\s", "", cell) in text for cell in ROW)
