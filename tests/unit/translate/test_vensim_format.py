"""Our .mdl files, and those we write, under a strict reader of Vensim's documented text format."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.unit.translate.vensim_format import MARKER, problems
from tzsim.cli import OK, main
from tzsim.ir.one_namespace import renamed_subscripts, subscripts_apart
from tzsim.ir.printer import print_model, same_content
from tzsim.kernel.compile import compile_model
from tzsim.translate import read_model

MODELS = Path(__file__).parents[3] / "models"
FILES = sorted(MODELS.glob("*.mdl")) + sorted(MODELS.glob("tengzhou/*.mdl"))

SAVED = (
    "{UTF-8}\n"
    "Level= INTEG(inflow*share-outflow, 10)\n\t~\tWidget [0,?]\n\t~\tA stock (存量); continued \\\n\t\ton a second line.\n\t|\n\n"
    "Kind: one, two\n\t~\t\n\t~\t\t|\n\n"
    '"share (of all)"= 1 ~ Dmnl ~ ~ :SUPPLEMENTARY |\n'
    "share= WITH LOOKUP(Time, ([(0,0)-(10,10)],(0,1),(10,2))) ~ Dmnl ~ |\n"
    "inflow= 2 ~ Widget/Year ~ |\n\n"
    "****************************************\n\t.Second group\n****************************************~\n\t\tWhat it is\n\t|\n\n"
    "outflow= Level*0.1 ~ Widget/Year ~ |\n\n"
    "\\\\\\---/// Sketch information - do not modify anything except names\n"
    "V300  Do not put anything below this section - it will be ignored\n"
    "*View 1\n"
    "$192-192-192,0,Times New Roman|12||0-0-0|0-0-0|0-0-255|-1--1--1|-1--1--1|96,96,100,0\n"
    "10,1,Level,275,69,40,20,3,3,0,0,0,0,0,0\n"
    "12,2,48,91,71,8,8,0,3,0,0,-1,0,0,0\n"
    "1,3,5,1,4,0,0,22,0,0,0,-1--1--1,,1|(204,71)|\n"
    "1,4,5,2,100,0,0,22,0,0,0,-1--1--1,,1|(130,71)|\n"
    "11,5,48,167,71,6,8,34,3,0,0,1,0,0,0\n"
    "10,6,inflow,167,90,19,11,40,3,0,0,-1,0,0,0\n"
    "10,7,outflow,400,90,19,11,8,3,0,0,0,0,0,0\n"
    "1,8,1,7,1,0,43,0,0,64,0,-1--1--1,,1|(203,31)|\n"
    "12,9,0,269,22,37,9,8,4,0,0,-1,0,0,0\nA comment, with a comma\n"
    "10,10,Time,400,190,26,11,8,2,0,3,-1,0,0,0,128-128-128,0-0-0,|12||128-128-128\n"
    f"///---\\\\\\\n{MARKER}\n1:base.vdf\n15:0,0,0,5,0,0\n24:0\n"
)
"""A file as Vensim saves it: the example of its documentation, with the constructs our files use."""


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
def test_our_files_are_as_the_format_wants(file: Path) -> None:
    assert problems(file.read_bytes()) == []


@pytest.mark.parametrize("file", [*FILES, MODELS / "tengzhou"], ids=lambda f: f.stem)
def test_what_we_write_is_as_the_format_wants(file: Path) -> None:
    assert problems(print_model(read_model(file)).encode()) == []


def test_the_strict_reader_takes_a_file_as_vensim_saves_it() -> None:
    assert problems(SAVED.encode()) == []
    assert problems(SAVED.replace("\n", "\r\n").encode()) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{UTF-8}\n", "", "1: letters beyond ASCII without {UTF-8}"),
        ("{UTF-8}\n", "﻿{UTF-8}\n", "byte order mark"),
        (" \\\n\t\ton", " \\ \n\t\ton", "blanks after the backslash"),
        ("inflow= 2 ~ Widget/Year ~ |", "inflow= 2 ~ Widget/Year |", "1 tildes where two or three stand"),
        (
            "inflow= 2 ~ Widget/Year ~ |",
            "inflow= 2 ~ Widget/Year ~ a ~ b |",
            "after the third tilde stands 'b'",
        ),
        ("Level*0.1 ~ Widget/Year ~ |", "Level*0.1 ~ Widget/Year ~", "no bar"),
        ("(inflow*share-outflow, 10)", "(inflow*share-outflow, 10", "unbalanced ()"),
        ('"share (of all)"', "share (of all", "share (of all"),
        ("inflow= 2", "2 inflow= 2", "not a name: '2 inflow'"),
        ("Kind: one", "Inflow: one", "'inflow' names a variable and a subscript"),
        ("Kind: one", "Kind: Outflow", "'outflow' names a variable and a subscript"),
        ("****\n\t.Second", "****\n\tSecond", "not a group"),
        ("V300", "V400", "V300"),
        ("*View 1\n", "", "no line *NAME"),
        ("12||0-0-0", "12|0-0-0", "not a font line"),
        ("10,7,outflow", "10,6,outflow", "a second object 6"),
        ("10,7,outflow", "10,7,outflows", "no equation defines 'outflows'"),
        ("1,8,1,7,1", "1,8,1,17,1", "the arrow 8 ends at no word"),
        ("1,8,1,7,1", "1,8,1,3,1", "the arrow 8 ends at no word"),
        ("1,8,1,7,1", "1,8,1,10,1", "an arrow into the shadow 'Time'"),
        ("1,3,5,1,4", "1,3,6,1,4", "a pipe begins at a valve"),
        ("1,3,5,1,4", "1,3,5,5,4", "a pipe ends at a stock or a cloud"),
        ("19,11,40,3", "19,11,8,3", "no attached word follows the valve 5"),
        ("6,8,34,3", "6,8,2,3", ""),
        ("400,90,19,11,8,3", "400,90,19,11,40,3", "'outflow' is attached, and no valve"),
        ("8,3,0,0,0,0,0,0\n1,8", "8,3,0,0,0,0,0\n1,8", "an object 10 of 14 fields"),
        ("8,2,0,3,-1", "8,2,0,0,-1", "has no font of its own"),
        ("1|(203,31)|", "2|(203,31)|", "the points of an arrow"),
        ("-1--1--1,,1|(203", "black,,1|(203", "colour of an arrow"),
        ("A comment", "10,11,x\nA comment", "not an object: 'A comment"),
        ("///---\\\\\\\n", "", "the sketch section does not end"),
        (MARKER, ":L<%^E!@", "the settings begin with ':L<%^E!@'"),
        ("15:0,0,0,5,0,0", "15:0,0,0", "setting 15 has six numbers"),
        ("24:0", "24", "not a setting"),
    ],
)
def test_what_the_format_does_not_allow_is_found(old: str, new: str, said: str) -> None:
    assert SAVED.count(old) == 1
    found = problems(SAVED.replace(old, new).encode())
    assert any(said in p for p in found) if said else found == []


def test_a_range_with_the_name_of_a_variable_gets_its_own_in_the_merged_file(tmp_path: Path) -> None:
    (tmp_path / "a.mdl").write_text(
        "{UTF-8}\nKind: x, y ~ ~ Kinds |\nlevel[Kind]= INTEG(SUM(rate[Kind!])/2, 1) ~ ~ |\nrate[Kind]= 1, 2 ~ ~ |\n"
        "rest[Kind]:EXCEPT:[x]= 3 ~ ~ |\nrest[x]= 4 ~ ~ |\nkind= level[x]+rate[y] ~ ~ |\ny= 2*kind ~ ~ |\n"
        "INITIAL TIME= 0 ~ ~ |\nFINAL TIME= 3 ~ ~ |\nTIME STEP= 1 ~ ~ |\nSAVEPER= 1 ~ ~ |\n",
        "utf-8",
    )
    model = read_model(tmp_path / "a.mdl")
    assert renamed_subscripts(model) == {"y": "y element", "Kind": "Kind range"}
    assert problems((tmp_path / "a.mdl").read_bytes())
    text = print_model(model)
    assert problems(text.encode()) == []
    (tmp_path / "b.mdl").write_text(text, "utf-8")
    again = read_model(tmp_path / "b.mdl")
    assert same_content(again, subscripts_apart(model))
    runs = [compile_model(m, outputs=["kind", "level", "rest"]) for m in (model, again)]
    one, other = (k.run(k.defaults[:, None]).values for k in runs)
    assert np.array_equal(one, other)


def test_show_says_what_it_renamed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["show", str(MODELS / "tengzhou"), "--merge", str(tmp_path / "m.mdl")])
    assert left.value.code == OK
    assert "'Programme' is written as 'Programme range'" in capsys.readouterr().out
