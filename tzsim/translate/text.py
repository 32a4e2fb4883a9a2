"""Bytes of a model file to text, and places in the text to addresses."""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from dataclasses import dataclass, field
from pathlib import Path

from tzsim.errors import Address, InputError, Problem

MAX_BYTES = 64 << 20
_DECLARED = re.compile(rb"^\s*\{\s*([A-Za-z0-9_\-]+)\s*\}")


@dataclass(frozen=True, slots=True)
class TextFile:
    """A decoded file. `address(offset)` gives line and column, counted from 1."""

    path: str
    text: str
    sha256: str
    _starts: list[int] = field(default_factory=list[int], repr=False, compare=False)

    def address(self, offset: int) -> Address:
        starts = self._lines()
        line = bisect_right(starts, offset)
        return Address(self.path, line, offset - starts[line - 1] + 1)

    def offset(self, line: int) -> int:
        """Where a line begins, counted from 1; the end of the text for lines after the last."""
        starts = self._lines()
        return starts[line - 1] if line <= len(starts) else len(self.text)

    def _lines(self) -> list[int]:
        if not self._starts:
            self._starts.append(0)
            self._starts.extend(m.end() for m in re.finditer("\n", self.text))
        return self._starts


def read_bytes(path: Path, limit: int = MAX_BYTES) -> bytes:
    """The bytes of a file; InputError when it is missing, a folder, unreadable or larger than `limit`."""
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise InputError.one(f"'{path}' is not a file")
        if size > limit:
            raise InputError.one(f"'{path}' has {size:,} bytes; a model file may have {limit:,}")
        return path.read_bytes()
    except OSError as error:
        reason = (
            "no such file" if isinstance(error, FileNotFoundError) else (error.strerror or "not readable")
        )
        raise InputError.one(f"'{path}' cannot be read: {reason}") from None


def decode(raw: bytes) -> str:
    """UTF-8 (with or without mark), else the encoding named in the first line's braces, else GB18030 where the
    bytes beyond ASCII read as Chinese, else Windows-1252, else Latin-1. Line ends become a single newline."""
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _one_newline(raw.decode("utf-16", errors="replace"))
    candidates = ["utf-8-sig"]
    declared = _DECLARED.match(raw)
    if declared:
        candidates.append(
            {"gb2312": "gb18030", "gbk": "gb18030"}.get(found := declared[1].decode().lower(), found)
        )
    for name in candidates:
        try:
            return _one_newline(raw.decode(name))
        except (UnicodeDecodeError, LookupError):
            continue
    try:
        text = raw.decode("gb18030")
        beyond = [c for c in text if ord(c) > 127]
        if beyond and sum(map(_common, beyond)) > 0.4 * len(beyond):
            return _one_newline(text)
    except UnicodeDecodeError:
        pass
    try:
        return _one_newline(raw.decode("cp1252"))
    except UnicodeDecodeError:
        return _one_newline(raw.decode("latin-1"))


def _common(character: str) -> bool:
    """Whether GB 2312 has it among its marks and common characters (rows 1 to 55).

    Accented letters of Western text that are taken for GB18030 become rare characters of later rows, or of none.
    """
    try:
        return character.encode("gb2312")[0] <= 0xD7
    except UnicodeEncodeError:
        return False


def broken_text(path: Path) -> Problem | None:
    """The first byte that is not UTF-8 in a file that says `{UTF-8}`, so that no name is read wrongly."""
    raw = read_bytes(path)
    declared = _DECLARED.match(raw)
    if not declared or declared[1].lower() not in (b"utf-8", b"utf8"):
        return None
    try:
        raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - raw.rfind(b"\n", 0, error.start)
        return Problem(
            Address(str(path), line, column),
            f"byte 0x{raw[error.start]:02X} is not UTF-8, which the first line of the file says it is",
            "save the file as UTF-8",
        )
    return None


def _one_newline(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def text_file(path: Path, shown: str | None = None) -> TextFile:
    raw = read_bytes(path)
    return TextFile(shown or str(path), decode(raw), hashlib.sha256(raw).hexdigest())
