"""Files made to hurt end in one clear refusal, in bounded time and memory."""

from __future__ import annotations

import re
import resource
import time
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tzsim.errors import InputError, Unsupported
from tzsim.kernel.compile import compile_model
from tzsim.kernel.interpreter import interpret
from tzsim.passes import arrays
from tzsim.passes.rewriting import Rewriting
from tzsim.translate import read_model, sheets

CONTROL = "INITIAL TIME=0~~|\nFINAL TIME=1~~|\nTIME STEP=1~~|\nSAVEPER=1~~|\n"


def attempt(tmp_path: Path, text: str, name: str = "m.mdl") -> str:
    path = tmp_path / name
    path.write_text(text)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()
    with pytest.raises(InputError) as caught:
        read_model(path)
    took = time.process_time() - started
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert took < 10, f"{took:.1f} s of processor time"
    assert grown < 700_000, f"{grown / 1e3:.0f} MB"
    return str(caught.value)


def xmile(body: str) -> str:
    return f"<xmile><sim_specs><start>0</start><stop>1</stop><dt>1</dt></sim_specs>{body}</xmile>"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = " + "(" * 50_000 + "1" + ")" * 50_000 + "~~|\n", "nested more than"),
        ("x = " + "-(" * 5_000 + "1" + ")" * 5_000 + "~~|\n", "nested more than"),
        ("x = " + "ABS(" * 5_000 + "1" + ")" * 5_000 + "~~|\n", "nested more than"),
        ("x = " + "1^" * 5_000 + "1~~|\n", "nested more than"),
        ("x = " + ":NOT: " * 5_000 + "1~~|\n", "nested more than"),
        ("x = " + "+".join(["1"] * 100_000) + "~~|\n", "operations deep"),
        ("A: (A1-A999999999) ~~|\nx[A]=1~~|\n", "999,999,999 elements"),
        ("A: (A1-A200000),A200000 ~~|\nx[A]=1~~|\n", "lists 'A200000' twice"),
        (
            "A: (A1-A2000)~~|\nB: (B1-B2000)~~|\nx[A,B]=1~~|\n",
            "4,000,000 elements; a variable may have 2,000,000",
        ),
        (
            "A: (A1-A2000)~~|\nB:(B1-B900)~~|\n" + "".join(f"x{i}[A,B]=1~~|\n" for i in range(9)),
            "the model has more than",
        ),
        (":MACRO: M(a)\nM = M(a) ~~|\n:END OF MACRO:\nx = M(1)~~|\n", "more than 16 deep"),
        (
            "".join(
                f":MACRO: M{i}(a)\nM{i} = " + "+".join([f"M{i + 1}(a)"] * 20) + " ~~|\n:END OF MACRO:\n"
                for i in range(9)
            )
            + ":MACRO: M9(a)\nM9=a~~|\n:END OF MACRO:\nx = M0(1)~~|\n",
            "macros make more than",
        ),
        ("x = " + '"' * 200_001 + "~~|\n", "without|closing|expected"),
        ("{" * 100_000 + "x=1~~|\n", "."),
        ("x[" * 20_000, "."),
        (":MACRO: " * 20_000, "not closed"),
        ("\x00\x01\x02" * 1000, "."),
        ("".join(f"R{i}: R{i + 1}~~|\n" for i in range(3000)) + "R3000: a~~|\nx[R0]=1~~|\n", "."),
    ],
)
def test_hostile_mdl(tmp_path: Path, text: str, message: str) -> None:
    assert re.search(message, attempt(tmp_path, text + CONTROL))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("<a>" * 5_000 + "</a>" * 5_000, "nested more than"),
        (
            "<model><variables><aux name='x'><eqn>" + "(" * 20_000 + "</eqn></aux></variables></model>",
            "nested more than",
        ),
        (
            "<model><variables><aux name='x'><eqn>" + "NOT " * 20_000 + "1</eqn></aux></variables></model>",
            "nested more than",
        ),
        (
            "<dimensions><dim name='D' size='99999999999'/></dimensions><model><variables/></model>",
            "has the size",
        ),
        (
            "<dimensions><dim name='D' size='5000'/></dimensions><model><variables><aux name='x'><dimensions>"
            "<dim name='D'/><dim name='D'/><dim name='D'/></dimensions><eqn>1</eqn></aux></variables></model>",
            "125,000,000,000 elements",
        ),
        (
            "<model><variables><module name='m'/></variables></model>"
            "<model name='m'><variables><module name='m'/></variables></model>",
            "holds itself",
        ),
        ("<model><variables></wrong>" + "<!--" * 200_000, "not well-formed XML"),
        ("<model><variables></wrong>" + "<a " * 200_000, "not well-formed XML"),
        ("<model><variables></wrong>" + "<a>" * 50_000 + "</variables></model>", "not well-formed XML"),
        (
            "<model><variables><aux name='x'><eqn>" + "\n" * 1_000_000 + "</eqn></aux></variables></model>",
            "no equation",
        ),
    ],
)
def test_hostile_xmile(tmp_path: Path, body: str, message: str) -> None:
    assert message in attempt(tmp_path, xmile(body), "m.xmile")


@pytest.mark.parametrize(
    "equation",
    [
        "y[D] = VECTOR SORT ORDER(x[D], 1)",
        "y[D] = SUM(x[D!]) * x[D]",
        "y[D] = SUM(SUM(x[D!] * x[E!]) * x[D!])",
    ],
)
def test_work_that_grows_with_the_square_is_refused_before_it_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, equation: str
) -> None:
    path = tmp_path / "m.mdl"
    path.write_text(f"D: (A1-A300)~~|\nE <-> D~~|\nx[D] = D~~|\n{equation}~~|\n" + CONTROL)
    model = read_model(path)
    seen: list[int] = []
    monkeypatch.setattr(arrays, "MOST_READ", 2_000)
    monkeypatch.setattr(arrays, "READ_PER_ELEMENT", 0)
    monkeypatch.setattr(arrays, "READ_BY_ANY", 5_000)
    assert arrays.most_read(600) == 2_000
    monkeypatch.setattr(arrays, "READ_PER_ELEMENT", 40)
    assert arrays.most_read(600) == 5_000
    original = Rewriting.reference

    def counted(self: Rewriting, *arguments: Any) -> Any:
        seen.append(1)
        return original(self, *arguments)

    monkeypatch.setattr(Rewriting, "reference", counted)
    with pytest.raises(Unsupported, match=r"y.*more than 5,000 elements"):
        compile_model(model, outputs=["y"])
    assert len(seen) == 5_001
    with pytest.raises(Unsupported, match="more than 5,000 elements"):
        interpret(model)


@pytest.mark.parametrize(
    "name",
    ["../secret.csv", "a/../../secret.csv", "/etc/passwd", "C:\\secret.csv", "..\\secret.csv", "link.csv"],
)
def test_data_files_stay_in_the_models_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.csv").write_text("1,2\n")
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "link.csv").symlink_to(tmp_path / "secret.csv")
    message = attempt(folder, f"x = GET DIRECT CONSTANTS('{name}', ',', 'A1')~~|\n" + CONTROL)
    assert "folder" in message


def test_a_sheet_that_unpacks_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MAX_UNPACKED", 1 << 20)
    with zipfile.ZipFile(tmp_path / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * (2 << 20))
    assert "unpacks to more than" in attempt(
        tmp_path, "x = GET DIRECT CONSTANTS('bomb.xlsx', 'S', 'A1')~~|\n" + CONTROL
    )


def test_entities_of_xml_are_not_expanded(tmp_path: Path) -> None:
    entities = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10}">' for i in range(1, 9))
    document = f'<!DOCTYPE x [<!ENTITY e0 "1">{entities}]>'
    body = "<model><variables><aux name='x'><eqn>&e8;</eqn></aux></variables></model>"
    assert "entities" in attempt(tmp_path, document + xmile(body), "m.xmile")
    outside = '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    assert "entities" in attempt(tmp_path, outside + xmile(body.replace("e8", "f")), "m.xmile")


def test_mended_tags_keep_text_and_attributes(tmp_path: Path) -> None:
    path = tmp_path / "m.xmile"
    path.write_text(
        xmile(
            "<model><variables><aux name='x'><eqn>1 +\n 2</eqn><units>a &amp; b<doc/></aux>"
            "<aux name=\"y\" access='input'><eqn><!-- one -->x + <![CDATA[1]]></eqn></aux></variables></model>"
        )
    )
    model = read_model(path)
    assert {v.name for v in model.variables.values()} >= {"x", "y"}
    assert interpret(model).values["y"] == [4.0, 4.0]


def test_the_sheets_of_an_excel_file_are_counted_while_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page["A1"] = 1.0
    page.cell(1_000_000, 1, 2.0)
    book.save(tmp_path / "long.xlsx")
    text = "x = GET DIRECT CONSTANTS('long.xlsx', 'Sheet', 'A1')~~|\n" + CONTROL
    (tmp_path / "m.mdl").write_text(text)
    assert interpret(read_model(tmp_path / "m.mdl")).values["x"] == [1.0, 1.0]
    monkeypatch.setattr(sheets, "MAX_CELLS", 100_000)
    monkeypatch.setenv("TZSIM_CACHE", str(tmp_path / "another cache"))
    assert "more than 100,000 cells" in attempt(tmp_path, text)
    with zipfile.ZipFile(tmp_path / "long.xlsx", "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/other.xml", b" " * (sheets.MAX_PART + 1))
    assert "MB in its part 'xl/other.xml'" in attempt(tmp_path, text)


def test_commas_are_counted_before_they_become_cells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets.csv, "reader", None)
    (tmp_path / "d.csv").write_text("," * (sheets.MAX_CELLS + 1))
    for separator in (",", "\\t"):
        (tmp_path / "d.csv").write_text(separator.replace("\\t", "\t") * (sheets.MAX_CELLS + 1))
        text = f"x = GET DIRECT CONSTANTS('d.csv', '{separator}', 'A1')~~|\n" + CONTROL
        assert "more than 4,000,000 cells" in attempt(tmp_path, text)


def test_a_file_that_is_no_sheet(tmp_path: Path) -> None:
    (tmp_path / "d.xlsx").write_bytes(b"not a zip file")
    assert "not a readable Excel file" in attempt(
        tmp_path, "x = GET DIRECT CONSTANTS('d.xlsx', 'S', 'A1')~~|\n" + CONTROL
    )
