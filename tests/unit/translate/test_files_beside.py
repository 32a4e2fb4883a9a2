"""GET DIRECT and GET XLS functions, and the cache that knows the files it depends on."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest
from openpyxl.workbook.defined_name import DefinedName

from tzsim.errors import InputError, Unsupported
from tzsim.ir.expr import Array, Call, Expr, Number, Table
from tzsim.translate import read_model
from tzsim.translate.cache import cache_folder

CONTROL = "INITIAL TIME=0~~|\nFINAL TIME=1~~|\nTIME STEP=1~~|\nSAVEPER=1~~|\n"
RANGES = "A: A1,A2 ~~|\nB: B1,B2,B3 ~~|\n"
CELLS = [
    [None, 2000, 2001, "text", 2003],
    ["r1", 1, 2, 3, 4],
    ["r2", 5, None, 7, 8],
    ["r3", 9, 10, 11, 12],
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    lines = [",".join("" if c is None else str(c) for c in row) for row in CELLS]
    (tmp_path / "d.csv").write_text("\ufeff" + "\n".join(lines) + "\n", encoding="utf-8")
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = "Data"
    for row in CELLS:
        page.append(row)
    book.defined_names["corner"] = DefinedName("corner", attr_text="Data!$B$2:$D$2")
    book.save(tmp_path / "d.xlsx")
    return tmp_path


def right(folder: Path, text: str, settings: str = "") -> list[tuple[tuple[str, ...], Expr]]:
    (folder / "m.mdl").write_text(RANGES + text + "~~|\n" + CONTROL + settings)
    model = read_model(folder / "m.mdl")
    return [(e.subscripts, e.expression) for e in model.variables["x"].equations]


@pytest.mark.parametrize("source", ["'d.csv', ','", "'D.XLSX', 'data'", "'./d.xlsx', 'Data'"])
def test_sheets(folder: Path, source: str) -> None:
    assert right(folder, f"x = GET DIRECT CONSTANTS({source}, 'c2')") == [((), Number(2.0))]
    assert right(folder, f"x[A] = GET XLS CONSTANTS({source}, 'B2')") == [(("A",), Array((1.0, 2.0), (2,)))]
    assert right(folder, f"x[A] = GET XLS CONSTANTS({source}, 'B2*')") == [(("A",), Array((1.0, 5.0), (2,)))]
    assert right(folder, f"x[A,B] = GET_DIRECT_CONSTANTS({source}, 'B2')") == [
        (("A", "B"), Array((1.0, 2.0, 3.0, 5.0, 0.0, 7.0), (2, 3)))
    ]
    assert right(folder, f"x[A,B] = GET DIRECT CONSTANTS({source}, 'B2*')") == [
        (("A", "B"), Array((1.0, 5.0, 9.0, 2.0, 0.0, 10.0), (2, 3)))
    ]
    # a time that is no number ends the reading, a value that is none is left out
    assert right(folder, f"x[A] := GET DIRECT DATA({source}, '1', 'B2')") == [
        (("A1",), Call("DATA", (Table((2000.0, 2001.0), (1.0, 2.0)),))),
        (("A2",), Call("DATA", (Table((2000.0,), (5.0,)),))),
    ]
    assert right(folder, f"x[A1]:LOOK FORWARD::= GET XLS DATA({source}, '1', 'B2')") == [
        (("A1",), Call("DATA", (Table((2000.0, 2001.0), (1.0, 2.0), "forward"),)))
    ]
    assert right(folder, f"x(GET XLS LOOKUPS({source}, 'B', 'C2'))") == [
        ((), Table((1.0, 5.0, 9.0)[::2], (2.0, 10.0)))
    ]
    assert right(folder, f"C: GET DIRECT SUBSCRIPT({source}, 'A2', 'A', 'p ')~~|\nx[C]=1")[0][0] == ("C",)


def test_named_areas_and_tags(folder: Path) -> None:
    settings = "\\\\\\---/// S\n///---\\\\\\\n:L<%^E!@\n30:?book=d.xlsx\n"
    assert right(folder, "x[B] = GET XLS CONSTANTS('?book', 'Data', 'corner')", settings) == [
        (("B",), Array((1.0, 2.0, 3.0), (3,)))
    ]
    assert right(folder, "x = GET XLS CONSTANTS('?d', 'Data', 'B4')") == [((), Number(9.0))]
    with pytest.raises(Unsupported, match=r"the tagged file '[?]none' is not set"):
        right(folder, "x = GET XLS CONSTANTS('?none', 'Data', 'B4')")


def test_what_is_missing_is_named(folder: Path) -> None:
    with pytest.raises(InputError, match=r"m.mdl:3:1: x: 'd.xlsx' has no sheet 'Other'"):
        right(folder, "x = GET XLS CONSTANTS('d.xlsx', 'Other', 'B2')")
    with pytest.raises(InputError, match=r"'Q-7' is not a cell"):
        right(folder, "x = GET XLS CONSTANTS('d.xlsx', 'Data', 'Q-7')")
    with pytest.raises(Unsupported, match=r"the data file 'e.csv' is not beside the model"):
        right(folder, "x = GET XLS CONSTANTS('e.csv', ',', 'B2')")
    with pytest.raises(InputError, match=r"no numbers in 'd.csv' from cell B9"):
        right(folder, "x := GET XLS DATA('d.csv', ',', '1', 'B9')")


def test_the_cache_notices_every_change(folder: Path) -> None:
    text = "x = GET DIRECT CONSTANTS('d.csv', ',', 'B2')"
    assert right(folder, text) == [((), Number(1.0))]
    stored = list(cache_folder().glob("*.json"))
    assert len(stored) == 1
    # the second reading comes from the stored file: a number changed in it shows
    stored[0].write_text(stored[0].read_text().replace('[\\"n\\",1.0]', '[\\"n\\",41.0]'))
    assert right(folder, text) == [((), Number(41.0))]
    # a data file that changed is read again
    (folder / "d.csv").write_text("a,b\nc,77\n")
    assert right(folder, text) == [((), Number(77.0))]
    # so is a model that changed
    assert right(folder, text + " ~ unit") == [((), Number(77.0))]
    # a damaged store is ignored
    for path in cache_folder().glob("*.json"):
        path.write_text(json.dumps({"shown": "m", "beside": [], "model": "[1,2"}))
    assert right(folder, text) == [((), Number(77.0))]


def test_a_stored_model_names_the_file_that_was_asked_for(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "m.mdl").write_text("x=1~~|\n" + CONTROL)
    first = read_model(tmp_path / "one" / "m.mdl")
    second = read_model(tmp_path / "two" / "m.mdl")
    assert len(list(cache_folder().glob("*.json"))) == 1
    assert first.variables["x"].address.file == str(tmp_path / "one" / "m.mdl")
    assert second.variables["x"].address.file == str(tmp_path / "two" / "m.mdl")
