"""Files of figures as offices export them, and what `check_data` finds in them."""

from __future__ import annotations

import math
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tzsim.errors import InputError
from tzsim.forecast.actuals import read_actuals
from tzsim.scenario.data_check import DataCheck, check_data
from tzsim.scenario.history import read_history
from tzsim.scenario.history_cells import COLUMNS, HEADINGS

HEADER = ",".join(COLUMNS) + "\n"
ENGLISH = {v: k for k, v in HEADINGS.items()}


def line(
    variable: str = "gdp",
    year: int = 2022,
    value: object = 901,
    unit: str = "亿元",
    source: str = "公报 2023-04-10",
) -> str:
    return f"{variable},town,{year},{value},,,{unit},official,fit,{source},\n"


def check(tmp_path: Path, text: str, known: str = "") -> DataCheck:
    (tmp_path / "new.csv").write_text(HEADER + text, "utf-8")
    if not known:
        return check_data(tmp_path / "new.csv")
    (tmp_path / "known.csv").write_text(HEADER + known, "utf-8")
    return check_data(tmp_path / "new.csv", tmp_path / "known.csv")


def test_every_form_reads_alike(tmp_path: Path) -> None:
    rows = [line(), line("water", 2023, '"1,031.5"', "万立方米")]
    chinese = ",".join(ENGLISH[c] for c in COLUMNS) + "\n"
    translated = "".join(rows).replace("official", "官方").replace("fit", "拟合")
    files = {
        "utf8.csv": (HEADER + "".join(rows)).encode(),
        "bom.csv": (HEADER + "".join(rows)).encode("utf-8-sig"),
        "gb.csv": (chinese + translated).encode("gb18030"),
        "crlf.csv": (chinese + translated).replace("\n", "\r\n").encode(),
    }
    for name, raw in files.items():
        (tmp_path / name).write_bytes(raw)
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["", *[ENGLISH[c] for c in COLUMNS]][1:])
    sheet.append([])
    sheet.append(
        ["gdp", "town", 2022, 901, None, None, "亿元", "官方", "拟合", "公报 2023-04-10", None, None]
    )
    sheet.append(
        ["water", "town", 2023, 1031.5, None, None, "万立方米", "official", "fit", "公报 2023-04-10"]
    )
    book.save(tmp_path / "book.xlsx")

    def plain(name: str) -> list[tuple[object, ...]]:
        found, _ = read_history(tmp_path / name, name)
        return [(o.variable, o.entity, o.year, o.value, o.unit, o.quality, o.role, o.source) for o in found]

    wanted = [
        ("gdp", "town", 2022, 901.0, "亿元", "official", "fit", "公报 2023-04-10"),
        ("water", "town", 2023, 1031.5, "万立方米", "official", "fit", "公报 2023-04-10"),
    ]
    assert {name: plain(name) for name in [*files, "book.xlsx"]} == dict.fromkeys(
        [*files, "book.xlsx"], wanted
    )


def test_a_sheet_as_a_bureau_lays_it_out(tmp_path: Path) -> None:
    """A title over all columns, cells merged downwards, full-width digits, grouped thousands, years with 年, dashes for no figure."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["滕州市2025年统计年鉴 表1"])
    sheet.merge_cells("A1:K1")
    sheet.append(["单位：见表"])
    sheet.append([ENGLISH[c] for c in COLUMNS])
    rest = ["亿元", "官方", "拟合", "统计年鉴2025", None]
    sheet.append(["gdp", "town", "2022年", "９０１．５", "—", None, *rest])
    sheet.append([None, None, "２０２３", "1,946", None, None, *rest])
    sheet.append([None, None, 2024, "—", None, None, *rest])
    sheet.merge_cells("A4:A6")
    sheet.merge_cells("B4:B6")
    book.save(tmp_path / "book.xlsx")
    found = check_data(tmp_path / "book.xlsx")
    assert [(o.variable, o.entity, o.year, o.value, o.low) for o in found.rows] == [
        ("gdp", "town", 2022, 901.5, None),
        ("gdp", "town", 2023, 1946.0, None),
    ]
    (absent,) = [f for f in found.findings if f.kind == "absent"]
    assert (absent.year, absent.address.line, absent.grave) == (2024, 6, False)
    assert absent.en == "no figure ('—'): the row is left out"

    text = (
        "滕州市统计年鉴,,\n"
        + ",".join(ENGLISH[c] for c in COLUMNS)
        + "\ngdp,town,2022年,９０１．５,,,亿元,官方,拟合,年鉴2025,\n"
    )
    (tmp_path / "gb.csv").write_bytes(text.encode("gb18030"))
    ((row,), _) = read_history(tmp_path / "gb.csv", "gb.csv")
    assert (row.year, row.value, row.address.line) == (2022, 901.5, 3)


@pytest.mark.parametrize("printed", ["九百", "9０1x", "1，2", "１_０", "— —"])
def test_what_is_no_number_is_refused_where_it_stands(tmp_path: Path, printed: str) -> None:
    (tmp_path / "x.csv").write_text("表一\n" + HEADER + line(value=printed), "utf-8")
    with pytest.raises(InputError, match=r"x\.csv:3:15: (value: expected a number|\d+ fields)"):
        read_history(tmp_path / "x.csv", "x.csv")


def test_mistakes_in_a_sheet_have_row_and_column(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(list(COLUMNS))
    sheet.append(
        ["gdp", "town", 2022, "about 901", None, None, "亿元", "official", "fit", "x 2023", None, "left over"]
    )
    sheet.append(["gdp", "town", 2023, 946, None, None, "亿园", "official", "fit", "x 2023"])
    book.save(tmp_path / "b.xlsx")
    with pytest.raises(InputError) as error:
        read_history(tmp_path / "b.xlsx", "b.xlsx")
    text = str(error.value)
    assert "b.xlsx:2:1: 12 fields where the header has 11" in text
    assert "b.xlsx:3:7: unit: unknown unit" in text


def test_bytes_of_no_encoding_are_refused_with_their_line(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(HEADER.encode() + b"gdp,\xff\xff,2022")
    with pytest.raises(InputError, match=r"x\.csv:2: neither UTF-8 nor GB18030"):
        read_history(tmp_path / "x.csv", "x.csv")
    (tmp_path / "x.xlsx").write_bytes(b"PK nothing")
    with pytest.raises(InputError, match="not a readable Excel file"):
        read_history(tmp_path / "x.xlsx", "x.xlsx")


STEADY = "".join(line(year=y, value=round(800 * 1.05 ** (y - 2019), 1)) for y in range(2019, 2024))


@pytest.mark.parametrize(
    ("new", "kind", "grave", "says"),
    [
        (line(year=2024, value=1021), None, False, ""),
        (line(year=2024, value=10210), "outlier", True, "is about 10 times off 972.4 亿元 of 2023"),
        (line(year=2024, value=1021, unit="万元"), "outlier", True, "is about 9,500 times off 972.4 亿元"),
        (line(year=2024, value=3500), "break", False, "has the definition changed?"),
        (line(year=2024, value=1700), "break", False, "has the definition changed?"),
        (line(year=2023, value=972.4), "known", False, "keep one of the two"),
        (line(year=2023, value=9724000, unit="万元"), "known", False, "keep one of the two"),
        (line(year=2023, value=1002), "revision", True, "says 972.4 亿元 (+3.0%)"),
        (line(year=2024, value=10210000, unit="万元"), "unit", False, "10,210,000 万元 is 1021 亿元"),
        (line(year=2024, value=150, unit="万人"), "unit", True, "another kind of quantity than 亿元"),
        (line("gdp_new_basis", 2023, 972.4), "basis", True, "as gdp: never mix two bases"),
        (line("gpd", 2024, 1021), "name", False, "did you mean 'gdp'?"),
        (line(year=2024, value=1021, source="统计局网页"), "provenance", False, "names no date"),
    ],
)  # fmt: skip
def test_what_is_found(tmp_path: Path, new: str, kind: str | None, grave: bool, says: str) -> None:
    found = check(tmp_path, new, STEADY)
    if kind is None:
        assert not found.findings
        return
    (finding,) = [f for f in found.findings if f.kind == kind]
    assert says in finding.en
    assert finding.grave is grave
    assert found.fit_for_use is not grave
    assert finding.address.line == 2


@settings(max_examples=40, deadline=None)
@given(
    growth=st.floats(-0.1, 0.2),
    noise=st.lists(st.floats(-0.02, 0.02), min_size=6, max_size=6),
    slip=st.sampled_from([0.1, 10, 100, 1000]),
    at=st.integers(0, 5),
)
def test_a_slipped_point_is_found_wherever_it_is(
    tmp_path_factory: pytest.TempPathFactory, growth: float, noise: list[float], slip: float, at: int
) -> None:
    tmp_path = tmp_path_factory.mktemp("slip")
    values = [500 * math.exp(growth * i + e) for i, e in enumerate(noise)]
    clean = "".join(line(year=2018 + i, value=repr(v)) for i, v in enumerate(values))
    assert not check(tmp_path, clean).findings
    values[at] *= slip
    broken = check(tmp_path, "".join(line(year=2018 + i, value=repr(v)) for i, v in enumerate(values)))
    assert {f.year for f in broken.findings if f.kind == "outlier"} == {2018 + at}
    assert {f.kind for f in broken.findings} == {"outlier"}
    assert not broken.fit_for_use


def test_shares_are_judged_by_points_and_a_person_may_confirm(tmp_path: Path) -> None:
    head = HEADER.strip() + ",确认\n"
    known = "".join(line("urban", y, v, "%").strip() + ",\n" for y, v in ((2021, 62.1), (2022, 63.1)))
    growth = "".join(line("growth", y, v, "%").strip() + ",\n" for y, v in ((2021, 0.4), (2022, 4.3)))
    (tmp_path / "known.csv").write_text(head + known + growth, "utf-8")

    def kinds(new: str) -> list[str]:
        (tmp_path / "new.csv").write_text(head + new, "utf-8")
        found = check_data(tmp_path / "new.csv", tmp_path / "known.csv")
        assert found.fit_for_use is not any(f.grave for f in found.findings)
        return [f.kind for f in found.findings]

    slipped = line("urban", 2023, 0.638, "%").strip()
    assert kinds(slipped + ",\n") == ["outlier"]
    assert kinds(slipped + ",是\n") == []
    assert kinds(slipped + ",yes\n") == []
    assert kinds(line("urban", 2023, 63.8, "%").strip() + ",\n") == []
    assert kinds(line("growth", 2023, 0.05, "%").strip() + ",\n") == []
    with pytest.raises(InputError, match="确认: 'maybe' is not one of the choices"):
        kinds(slipped + ",maybe\n")


def test_every_problem_of_a_row_is_found(tmp_path: Path) -> None:
    row = "gdp,town,前年,2，05,,,亿园,网传,fit,,\n"
    (tmp_path / "x.csv").write_text(HEADER + row, "utf-8")
    with pytest.raises(InputError) as full:
        read_history(tmp_path / "x.csv", "x.csv")
    said = [str(p).splitlines()[0] for p in full.value.problems]
    assert [s.split(": ")[1] for s in said] == ["source", "value", "year", "quality", "unit"]
    with pytest.raises(InputError) as bare:
        read_actuals(tmp_path / "x.csv")
    # A figure that the model lacks may have any unit: what has happened is only listed then.
    assert [p.message for p in bare.value.problems] == [p.message for p in full.value.problems][:-1]


def test_a_folder_is_read_as_one_history(tmp_path: Path) -> None:
    for name, text in {
        "a.csv": line(),
        "b.csv": line(year=2023, value=946),
        "~$b.csv": "x",
        "notes.md": "x",
    }.items():
        (tmp_path / name).write_text(HEADER + text, "utf-8")
    (tmp_path / "new.csv").write_text(HEADER + line(year=2023, value=946), "utf-8")
    found = check_data(tmp_path / "new.csv", tmp_path)
    assert found.compared_with == 2
    assert [f.kind for f in found.findings] == ["known"]


def test_a_figure_in_two_files_of_the_folder_is_refused(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(HEADER + line(), "utf-8")
    (tmp_path / "elsewhere.txt").write_text(HEADER + line(year=2023), "utf-8")
    with pytest.raises(InputError, match=r"b\.csv:2:1: gdp of town in 2022 stands here a second time"):
        check_data(tmp_path / "elsewhere.txt", tmp_path)
