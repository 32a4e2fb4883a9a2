"""Which variables are kept by default, and names that hold brackets themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

import tzsim
from tzsim.ir.model import Model
from tzsim.report.charts.stock_flow import groups_of

BRACKETS = """{UTF-8}
A: a1, a2~~|
"w[1]"= 3~~|
"v[x]"[A]= 2, 4~~|
s= INTEG("w[1]"*SUM("v[x]"[A!]), 0)~~|
INITIAL TIME= 0~~|
FINAL TIME= 2~~|
TIME STEP= 1~~|
SAVEPER= 1~~|
"""
MACRO = """{UTF-8}
:MACRO: MYSMOOTH(input, delay)
MYSMOOTH= INTEG((input - MYSMOOTH)/x, input)~~|
x= delay*1~~|
:END OF MACRO:
sm= MYSMOOTH(Time, 2)~~|
a·b= 7~~|
INITIAL TIME= 0~~|
FINAL TIME= 2~~|
TIME STEP= 1~~|
SAVEPER= 1~~|
"""


def read(folder: Path, text: str) -> Model:
    (folder / "model.mdl").write_text(text, "utf-8")
    return tzsim.read_model(folder / "model.mdl")


def test_names_that_hold_brackets_are_run_given_and_kept(tmp_path: Path) -> None:
    model = read(tmp_path, BRACKETS)
    run = tzsim.simulate(model)
    assert run.names == ("w[1]", "v[x]", "s")
    assert run["s"].values.tolist() == [[0.0, 18.0, 36.0]]
    assert tzsim.interpret(model).values["s"] == [0.0, 18.0, 36.0]
    given = tzsim.simulate(model, {"w[1]": 5.0, '"v[x]"[a2]': 8.0}, keep=["w[1]", '"v[x]"[a2]', "s"])
    assert given["s"].values.tolist() == [[0.0, 50.0, 100.0]]
    assert given['"w[1]"'].values.tolist() == [[5.0] * 3]
    assert list(given.to_dataframe().columns) == ['"w[1]"', '"v[x]"[a2]', "s"]
    with pytest.raises(tzsim.InputError, match="no variable 'w\\[2\\]'"):
        tzsim.simulate(model, keep=["w[2]"])


def test_what_the_reader_made_is_kept_by_name_alone(tmp_path: Path) -> None:
    model = read(tmp_path, MACRO)
    made = [v.name for v in model.variables.values() if model.made(v.id)]
    assert made
    assert all("·" in name and "sm" in name for name in made)
    run = tzsim.simulate(model)
    assert run.names == ("sm", "a·b")
    assert list(run.to_dataframe().columns) == ["sm", "a·b"]
    assert set(run.to_ema()[1]) == {"sm", "a·b", "TIME"}
    assert {n for group in groups_of(model).values() for n in group} == {"sm", "a·b"}
    assert tzsim.simulate(model, keep=[made[0]]).names == (made[0],)
