"""Ranges that list an element twice to map two elements of another range to it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tzsim.errors import InputError, Unsupported
from tzsim.kernel.compile import compile_model
from tzsim.kernel.interpreter import interpret
from tzsim.translate import read_model

HEAD = """{UTF-8}
Fuel: coal, solar, gas ~~|
Plant: mine, roof, field ~~|
burnt: coal, solar, solar -> Plant ~~|
cost[Plant] = 1, 2, 4 ~~|
price[Fuel] = 10, 20, 30 ~~|
"""
CONTROL = "INITIAL TIME=0~~|\nFINAL TIME=1~~|\nTIME STEP=1~~|\nSAVEPER=1~~|\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "m.mdl"
    path.write_text(HEAD + text + CONTROL)
    return path


def test_two_elements_map_to_one(tmp_path: Path) -> None:
    model = read_model(
        written(
            tmp_path,
            "paid[Plant] = price[burnt] ~~|\ntotal[burnt] :EXCEPT: [solar] = cost[Plant] ~~|\n"
            "total[solar] = cost[roof] + cost[field] ~~|\ntotal[gas] = 0 ~~|\n",
        )
    )
    expected = {
        "paid[mine]": 10.0, "paid[roof]": 20.0, "paid[field]": 20.0,
        "total[coal]": 1.0, "total[solar]": 6.0, "total[gas]": 0.0,
    }  # fmt: skip
    found = interpret(model).values
    assert {name: found[name][0] for name in expected} == expected
    kernel = compile_model(model, outputs=["paid", "total"], backend="numpy")
    values = kernel.run(np.zeros((0, 1))).values[:, 0, 0]
    assert dict(zip(kernel.outputs, values, strict=True)) == expected


def test_an_element_that_two_map_to_has_no_one_value(tmp_path: Path) -> None:
    model = read_model(written(tmp_path, "total[burnt] = cost[Plant] ~~|\n"))
    for take in (lambda: interpret(model), lambda: compile_model(model, outputs=["total"])):
        with pytest.raises(InputError, match="total"):
            take()


@pytest.mark.parametrize(
    "equation",
    [
        "x = SUM(price[burnt!])",
        "x = ELMCOUNT(burnt)",
        "x[burnt] = VECTOR SORT ORDER(price[burnt], 1)",
        "x[burnt] = 1, 2, 3",
        "x[burnt] = TABBED ARRAY(1 2 3)",
        "x[burnt] = GET DIRECT CONSTANTS('d.csv', ',', 'A1')",
    ],
)
def test_what_counts_the_elements_is_refused(tmp_path: Path, equation: str) -> None:
    (tmp_path / "d.csv").write_text("1,2,3\n")
    with pytest.raises(Unsupported, match="'burnt' lists an element twice") as caught:
        read_model(written(tmp_path, equation + " ~~|\n"))
    assert "m.mdl:7:" in str(caught.value)
