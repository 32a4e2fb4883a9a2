"""Folders of sector files: stand-ins give way to their owner, and everything that does not fit is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from tzsim.errors import InputError
from tzsim.ir.expr import Number
from tzsim.translate import read_model

CONTROL = "INITIAL TIME=0~Year~|\nFINAL TIME=4~Year~|\nTIME STEP=1~Year~|\nSAVEPER=TIME STEP~Year~|\n"
INPUTS = "****\n\t.Inputs\n****~\n|\n"
RANGE = "A: A1,A2~~|\n"
WATER = (
    RANGE
    + "rain = 3 ~ m3/Year ~|\nwater[A] = rain * share[A] ~ m3/Year ~|\n"
    + INPUTS
    + "share[A] = 0.5 ~ Dmnl ~|\n"
)
FARMS = (
    RANGE
    + "share[A] = 0.7, 0.3 ~ Dmnl ~|\nyield = SUM(water[A!]) ~ t/Year ~|\n"
    + INPUTS
    + "water[A] = 9 ~ m3 / year ~|\n"
)


def write(folder: Path, **sectors: str) -> Path:
    folder = folder / "model"
    folder.mkdir()
    for name, text in sectors.items():
        (folder / f"{name}.mdl").write_text(text + CONTROL)
    return folder


def test_owners_replace_stand_ins(tmp_path: Path) -> None:
    folder = write(tmp_path, water=WATER, farms=FARMS)
    model = read_model(folder)
    assert model.name == "model"
    assert model.variables["water"].address.file.endswith("water.mdl")
    assert model.variables["share"].address.file.endswith("farms.mdl")
    assert len(model.variables) == 4 + 4
    alone = read_model(folder / "farms.mdl")
    assert alone.variables["water"].equations[0].expression == Number(9.0)
    assert [s.path for s in model.sources] == ["farms.mdl", "water.mdl"]


def test_a_stand_in_without_owner_stays(tmp_path: Path) -> None:
    model = read_model(write(tmp_path, water=WATER))
    assert model.variables["share"].equations[0].expression == Number(0.5)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "share[A] = 0.5 ~ Dmnl",
            "share[A] = 0.5 ~ Percent",
            "unit 'Percent', its owner in farms.mdl has 'Dmnl'",
        ),
        ("share[A] = 0.5", "share[A1] = 0.5", r"subscripts \[A1\], its owner in farms.mdl has \[A\]"),
        ("A: A1,A2", "A: A2,A1", "subscript range 'A' is A2, A1 in water.mdl but A1, A2 in farms.mdl"),
        (
            "rain = 3 ~ m3/Year ~|",
            "rain = 3~~|\nyield = 1 ~~|",
            "'yield' is defined in water.mdl and in farms.mdl",
        ),
    ],
)
def test_what_does_not_fit_names_both_files(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in WATER
    with pytest.raises(InputError, match=message):
        read_model(write(tmp_path, water=WATER.replace(old, new), farms=FARMS))


def test_time_settings_must_agree(tmp_path: Path) -> None:
    folder = write(tmp_path, water=WATER, farms=FARMS)
    text = (folder / "farms.mdl").read_text()
    (folder / "farms.mdl").write_text(text.replace("FINAL TIME=4", "FINAL TIME=5"))
    with pytest.raises(InputError, match=r"'FINAL TIME' differs between water.mdl and farms.mdl"):
        read_model(folder)
    (folder / "farms.mdl").write_text(text + "\\\\\\---/// S\n///---\\\\\\\n:L<%^E!@\n15:0,0,0,5,0,0\n")
    with pytest.raises(InputError, match=r"water.mdl is integrated with euler, farms.mdl with rk4"):
        read_model(folder)


def test_faults_of_all_files_come_together(tmp_path: Path) -> None:
    folder = write(tmp_path, water="x = 1 + ~~|\n", farms="y = (~~|\n")
    with pytest.raises(InputError) as caught:
        read_model(folder)
    assert {Path(p.address.file).name for p in caught.value.problems if p.address} == {
        "water.mdl",
        "farms.mdl",
    }


def test_missing_and_empty(tmp_path: Path) -> None:
    (tmp_path / "teacup.mdl").write_text("x=1~~|\n" + CONTROL)
    with pytest.raises(InputError, match=r"did you mean 'teacup.mdl'"):
        read_model(tmp_path / "tea cup.mdl")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"holds no sector files"):
        read_model(tmp_path / "empty")
    (tmp_path / "m.docx").write_text("")
    with pytest.raises(InputError, match=r"of a kind that is not read"):
        read_model(tmp_path / "m.docx")


def test_a_sector_without_time_settings_is_named(tmp_path: Path) -> None:
    folder = write(tmp_path, water=WATER, farms=FARMS)
    text = (folder / "farms.mdl").read_text()
    (folder / "farms.mdl").write_text(text.replace(CONTROL, ""))
    with pytest.raises(InputError, match=r"farms.mdl has no INITIAL TIME, FINAL TIME, TIME STEP") as caught:
        read_model(folder)
    assert "farms.mdl" in str(next(iter(caught.value.problems)).address)


def test_a_byte_that_is_not_utf8_is_placed(tmp_path: Path) -> None:
    folder = write(tmp_path, water="{UTF-8}\n" + WATER)
    raw = (folder / "water.mdl").read_bytes()
    (folder / "water.mdl").write_bytes(raw.replace(b"rain = 3", b"r\xe9in = 3"))
    with pytest.raises(InputError, match=r"water.mdl:3:2: byte 0xE9 is not UTF-8"):
        read_model(folder)
