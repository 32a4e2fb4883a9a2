"""Cells of the CSV and Excel files that a model names. Files stay inside the model's folder."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tzsim.errors import Address, InputError, Problem, Unsupported, both
from tzsim.ir.model import SourceFile
from tzsim.translate.text import decode, read_bytes

MAX_CELLS = 4_000_000
MAX_UNPACKED = 256 << 20
"""Bytes of all parts of an Excel file, unpacked; they are read as a stream."""
MAX_PART = 8 << 20
"""Bytes of a part that is read at once: styles, names, links."""
MAX_MERGED = 10_000
_MERGE = re.compile(rb"""<(?:\w+:)?mergeCell\s[^>]*?ref=["']([A-Z$0-9:]+)["'][^>]*>""")
_CELL = re.compile(r"^\$?([A-Za-z]{1,3})\$?(\d{1,7})$")
Cell = float | str | None


@dataclass(frozen=True, slots=True)
class Area:
    """Cells from (row, column) to (last row, last column), counted from 0, both ends included."""

    row: int
    column: int
    last_row: int
    last_column: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table of cells. `names` are Excel's named areas, lower case; `merged` areas have their value in the first cell only."""

    rows: Sequence[Sequence[Cell]]
    names: dict[str, Area] = field(default_factory=dict[str, Area])
    merged: tuple[Area, ...] = ()

    def cell(self, row: int, column: int) -> Cell:
        if 0 <= row < len(self.rows) and 0 <= column < len(self.rows[row]):
            return self.rows[row][column]
        return None

    def number(self, row: int, column: int) -> float | None:
        value = self.cell(row, column)
        return value if isinstance(value, float) else None

    def area(self, text: str) -> Area | None:
        """`B2` or a named area; None when it is neither."""
        named = self.names.get(text.strip().lower())
        if named:
            return named
        found = _CELL.match(text.strip())
        if not found:
            return None
        row, column = int(found[2]) - 1, column_number(found[1])
        return Area(row, column, row, column)


def column_number(letters: str) -> int:
    """A -> 0, B -> 1, AA -> 26."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


class Library:
    """The files beside one model: resolves paths, reads each file once and remembers its hash."""

    def __init__(self, folder: Path, tags: dict[str, str] | None = None) -> None:
        self.folder = folder.resolve()
        self.tags = tags or {}
        self.sources: dict[str, SourceFile] = {}
        self._sheets: dict[tuple[str, str], Sheet] = {}

    def _tagged(self, tag: str, *, excel: bool) -> str:
        """A tag that the settings leave open is the one file of that name in the folder or just below it."""
        kinds = (".xlsx", ".xlsm", ".xls") if excel else (".csv", ".txt", ".tab")
        found = [
            p
            for p in (*self.folder.glob("*"), *self.folder.glob("*/*"))
            if p.suffix.lower() in kinds and tag[1:].lower() in (p.stem.lower(), p.name.lower())
        ]
        if len(found) != 1:
            raise Unsupported(
                [
                    Problem(
                        None,
                        f"the tagged file '{tag}' is not set in the model's settings",
                        "add a line 30:?tag=file after the sketch, or put one file of that name beside the model",
                    )
                ]
            )
        return found[0].relative_to(self.folder).as_posix()

    def path(self, name: str, *, excel: bool = False) -> Path:
        """The file that a model names: relative, inside the model's folder, letter case forgiven.

        excel: whether a tag stands for an Excel file (else for text)."""
        if name.startswith("?"):
            name = self.tags.get(name.lower()) or self._tagged(name, excel=excel)
        relative = name.strip().replace("\\", "/")
        if not relative or relative.startswith("/") or re.match(r"^[A-Za-z]:", relative) or "\0" in relative:
            raise InputError.one(f"'{name}' is not a path inside the model's folder")
        found = self.folder
        for part in relative.split("/"):
            if part in ("", "."):
                continue
            if part == "..":
                raise InputError.one(f"'{name}' leaves the model's folder")
            step = found / part
            if not step.exists() and found.is_dir():
                alike = [p for p in found.iterdir() if p.name.lower() == part.lower()]
                step = alike[0] if alike else step
            found = step
        if not found.resolve().is_relative_to(self.folder):
            raise InputError.one(f"'{name}' leaves the model's folder")
        return found

    def sheet(self, name: str, tab: str) -> Sheet:
        """The sheet `tab` of an Excel file, or a CSV file whose separator is `tab`."""
        place = (name, tab)
        if place not in self._sheets:
            path = self.path(name, excel=tab[:1].isalnum())
            if not path.exists():
                raise Unsupported(
                    [Problem(None, f"the data file '{name}' is not beside the model", "put it there")]
                )
            raw = read_bytes(path)
            shown = path.relative_to(self.folder).as_posix()
            self.sources[shown] = SourceFile(shown, hashlib.sha256(raw).hexdigest())
            suffix = path.suffix.lower()
            if suffix in (".csv", ".txt", ".tab", ".tsv"):
                self._sheets[place] = _csv(raw, tab)
            elif suffix in (".xlsx", ".xlsm"):
                self._sheets[place] = _xlsx(raw, tab, name)
            elif suffix == ".xls":
                self._sheets[place] = _xls(raw, tab, name)
            else:
                raise Unsupported(
                    [Problem(None, f"data files of kind '{path.suffix}' are not read ('{name}')")]
                )
        return self._sheets[place]


def _number(text: str) -> Cell:
    text = text.strip()
    if not text:
        return None
    try:
        value = float(text.replace(",", "") if re.fullmatch(r"[-+]?\d{1,3}(,\d{3})+(\.\d*)?", text) else text)
    except ValueError:
        return text
    return value if value == value else text


def _csv(raw: bytes, separator: str) -> Sheet:
    delimiter = "\t" if separator.lower() in ("\\t", "tab", "\t") else separator[:1] or ","
    text = decode(raw)
    check_cells(text, delimiter)
    return Sheet([[_number(c) for c in line] for line in csv.reader(io.StringIO(text), delimiter=delimiter)])


def check_cells(text: str, delimiter: str) -> None:
    """Raises InputError, before any cell is made, for a text of more than MAX_CELLS of them."""
    if text.count(delimiter) + text.count("\n") > MAX_CELLS:
        raise InputError.one(
            f"a data file with more than {MAX_CELLS:,} cells", hint="keep the columns that the model reads"
        )


def _value(value: Any) -> Cell:
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, (int, float)):
        return float(value)
    return None if value is None else _number(str(value))


def _pick(tab: str, names: Sequence[str], file: str) -> str:
    for name in names:
        if name.strip().lower() == tab.strip().lower():
            return name
    raise InputError.one(f"'{file}' has no sheet '{tab}'", None, "its sheets: " + ", ".join(names[:20]))


def first_sheet(raw: bytes, file: str) -> Sheet:
    """The first sheet of an Excel file's bytes; `file` names it in messages. Raises InputError where it is none."""
    return _xlsx(raw, "", file)


def _xlsx(raw: bytes, tab: str, file: str) -> Sheet:
    import openpyxl

    try:
        _check_parts(raw, file)
        book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=True, keep_links=False)
        chosen = _pick(tab, book.sheetnames, file) if tab else book.sheetnames[0]
        page: Any = book[chosen]
        page.reset_dimensions()  # what the file says of its size may be wrong
        rows: list[list[Cell]] = []
        cells = 0
        for row in page.iter_rows(values_only=True):
            cells += max(1, len(row))
            if cells > MAX_CELLS:
                raise InputError.one(f"sheet '{chosen}' of '{file}' has more than {MAX_CELLS:,} cells")
            rows.append([_value(v) for v in row])
    except InputError:
        raise
    except Exception as error:  # openpyxl raises many kinds for a broken file
        raise _no_sheet(raw, file, error) from None
    return Sheet(rows, _names(book, page, chosen), _merged(raw, str(getattr(page, "_worksheet_path", ""))))


def _no_sheet(raw: bytes, file: str, error: Exception) -> InputError:
    """What is wrong with bytes that are no sheet: text under an Excel name, the format of before 2007, or a damaged file."""
    if raw[:4] == b"\xd0\xcf\x11\xe0":
        said = both("这是旧的 .xls 格式（或加了密码）", "this is the old .xls format (or has a password)")
        return InputError.one(said, Address(file), both("另存为 .xlsx 或 .csv", "save it as .xlsx or .csv"))
    said = both(
        f"不是能读的 Excel 文件（{type(error).__name__}）",
        f"not a readable Excel file ({type(error).__name__})",
    )
    text = b"\x00" not in raw[:4096] and raw[:2] != b"PK"
    remedy = (
        both("内容是文本：把扩展名改为 .csv", "it holds text: give it the ending .csv")
        if text
        else both("在 Excel 中重新保存", "save it anew in Excel")
    )
    return InputError.one(said, Address(file), remedy)


def _check_parts(raw: bytes, file: str) -> None:
    """Raises InputError for an archive that unpacks to more than a sheet may hold; each part unpacks to what it says."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        parts = archive.infolist()
    if sum(p.file_size for p in parts) > MAX_UNPACKED:
        raise InputError.one(f"'{file}' unpacks to more than {MAX_UNPACKED >> 20} MB")
    for part in parts:
        streamed = (
            part.filename.startswith(("xl/worksheets/", "xl/media/")) or "sharedStrings" in part.filename
        )
        if part.file_size > MAX_PART and not streamed:
            raise InputError.one(
                f"'{file}' unpacks to more than {MAX_PART >> 20} MB in its part '{part.filename}'"
            )


def _names(book: Any, page: Any, chosen: str) -> dict[str, Area]:
    """Named areas of a sheet, lower case."""
    names: dict[str, Area] = {}
    for scope in (book.defined_names, getattr(page, "defined_names", {})):
        for name, defined in scope.items():
            try:
                places = list(defined.destinations)
            except Exception:  # names that are formulas, not areas
                continue
            for sheet_name, cells in places:
                bounds = _bounds(cells)
                if sheet_name == chosen and bounds:
                    names[str(name).lower()] = bounds
    return names


def _merged(raw: bytes, part: str) -> tuple[Area, ...]:
    """Merged areas of a sheet, from its part of the archive: they stand behind its rows, where openpyxl's stream does not go."""
    found: list[Area] = []
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        if part not in archive.namelist():
            return ()
        rest = b""
        with archive.open(part) as file:
            while piece := file.read(1 << 20):
                text = rest + piece
                for match in _MERGE.finditer(text):
                    bounds = _bounds(match[1].decode("ascii"))
                    if bounds and len(found) < MAX_MERGED:
                        found.append(bounds)
                rest = text[text.rfind(b"<") :][:200] if b"<" in text else b""
    return tuple(found)


def _bounds(cells: str) -> Area | None:
    first, _, last = cells.replace("$", "").partition(":")
    a, b = _CELL.match(first), _CELL.match(last or first)
    if not a or not b:
        return None
    return Area(int(a[2]) - 1, column_number(a[1]), int(b[2]) - 1, column_number(b[1]))


def _xls(raw: bytes, tab: str, file: str) -> Sheet:
    try:
        import xlrd
    except ImportError:
        raise Unsupported(
            [Problem(None, f"the old Excel format .xls of '{file}' is not read", "save it as .xlsx or .csv")]
        ) from None
    try:
        book: Any = xlrd.open_workbook(file_contents=raw, on_demand=True)
    except Exception as error:
        raise _no_sheet(raw, file, error) from None
    page: Any = book.sheet_by_name(_pick(tab, book.sheet_names(), file))
    rows: list[list[Cell]] = [
        [None if c.value == "" else _value(c.value) for c in page.row(i)] for i in range(page.nrows)
    ]
    names: dict[str, Area] = {}
    for defined in book.name_obj_list:
        try:
            sheet, r0, r1, c0, c1 = defined.area2d()
            if sheet.name == page.name:
                names[str(defined.name).lower()] = Area(r0, c0, r1 - 1, c1 - 1)
        except Exception:  # names that are formulas, not areas
            continue
    return Sheet(rows, names)
