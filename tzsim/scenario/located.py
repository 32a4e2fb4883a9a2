"""YAML text to plain values, each with its line and column.

YAML 1.2 core schema, read from ruamel.yaml's event stream, so nothing is ever constructed that a plain file does not need:
mappings with plain keys, lists, text, whole and decimal numbers, true/false, null. Refused with their place: anchors and
aliases (a few lines of them can stand for gigabytes), tags, merge keys, several documents, duplicate keys, nan and infinity,
nesting deeper than 40, files above 2 MB. A date stays text.
"""

from __future__ import annotations

import hashlib
import math
import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from tzsim.errors import Address, InputError, Problem

NodePath: TypeAlias = tuple[str | int, ...]
Position: TypeAlias = tuple[int, int]
"""Line and column, from 1."""

LARGEST_FILE = 2_000_000
DEEPEST = 40


@dataclass(frozen=True, slots=True)
class Source:
    """A text file as read: `shown` is how messages name it."""

    path: Path
    shown: str
    text: str
    sha256: str

    def problem(self, at: Position, message: str, hint: str = "") -> Problem:
        """A Problem at a place of this text, with the line and a caret."""
        return Problem(Address(self.shown, *at), message, hint, excerpt(self.text, *at))


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML file as plain values, and where each value and key stands, by path from the root."""

    source: Source
    data: Any
    values: dict[NodePath, Position] = field(repr=False)
    keys: dict[NodePath, Position] = field(repr=False)

    def where(self, path: NodePath, *, key: bool = False) -> Position:
        """Place of the value (or key) at `path`, or of the nearest node above it."""
        if key and path in self.keys:
            return self.keys[path]
        while path not in self.values and path:
            path = path[:-1]
        return self.values.get(path, (1, 1))

    def problem(self, path: NodePath, message: str, hint: str = "", *, key: bool = False) -> Problem:
        return self.source.problem(self.where(path, key=key), message, hint)

    def address(self, path: NodePath) -> Address:
        return Address(self.source.shown, *self.where(path))


def excerpt(text: str, line: int, column: int, width: int = 96) -> str:
    """The line with a caret under the column; Chinese characters are two columns wide. Long lines are cut around it."""
    lines = text.splitlines()
    if not 1 <= line <= len(lines):
        return ""
    shown, at = lines[line - 1].replace("\t", " "), column - 1
    if len(shown) > width:
        start = max(0, min(at - width // 2, len(shown) - width))
        head, tail = ("…" if start else ""), ("…" if start + width < len(shown) else "")
        shown, at = head + shown[start : start + width] + tail, at - start + len(head)
    before = shown[: max(at, 0)]
    indent = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in before)
    return f"{shown}\n{' ' * indent}^"


def read_raw(path: Path, shown: str, largest: int) -> bytes:
    """The bytes of a file. Raises InputError when it is missing, a folder or too large."""
    try:
        if path.is_dir():
            raise InputError.one(f"'{shown}' is a folder, not a file", Address(shown))
        size = path.stat().st_size
        if size > largest:
            raise InputError.one(
                f"the file has {size:,} bytes; at most {largest:,} are read",
                Address(shown),
                "split it, or thin it out",
            )
        return path.read_bytes()
    except OSError as error:
        reason = (
            "no such file" if isinstance(error, FileNotFoundError) else (error.strerror or "cannot be read")
        )
        near = _near_file(path)
        raise InputError.one(reason, Address(shown), f"did you mean '{near}'?" if near else "") from None


def read_text(path: Path, shown: str, largest: int = LARGEST_FILE) -> Source:
    """The text of a file. Raises InputError when it is missing, too large or not UTF-8."""
    raw = read_raw(path, shown, largest)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise InputError.one(
            f"not UTF-8 text: byte 0x{raw[error.start]:02x}", Address(shown, line), "save the file as UTF-8"
        ) from None
    return Source(path, shown, text, hashlib.sha256(raw).hexdigest())


def _near_file(path: Path) -> str:
    import difflib

    try:
        names = [p.name for p in path.parent.iterdir() if p.is_file()]
    except OSError:
        return ""
    found = difflib.get_close_matches(path.name, names, n=1, cutoff=0.6)
    return found[0] if found else ""


def read_yaml(path: Path, shown: str) -> Document:
    """The YAML file with positions. Raises InputError with every problem of its form."""
    return parse_yaml(read_text(path, shown))


def parse_yaml(source: Source) -> Document:
    """As `read_yaml`, from text already read."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    builder = _Builder(source)
    try:
        for event in YAML(typ="safe", pure=True).parse(source.text):
            builder.take(event)
            if builder.fatal:
                break
    except MarkedYAMLError as error:
        builder.problems.append(_syntax_problem(source, error))
    except YAMLError as error:
        builder.problems.append(source.problem((1, 1), f"not YAML: {str(error).splitlines()[0]}"))
    except RecursionError:
        builder.problems.append(source.problem((1, 1), "brackets are nested too deeply"))
    if not builder.problems and builder.documents == 0:
        builder.problems.append(source.problem((1, 1), "the file is empty"))
    if builder.problems:
        raise InputError(builder.problems)
    return Document(source, builder.root, builder.values, builder.keys)


def _syntax_problem(source: Source, error: Any) -> Problem:
    """The problem of a MarkedYAMLError; what is never closed is shown where it was opened."""
    message, mark = str(error.problem), error.problem_mark or error.context_mark
    if "end of stream" in message or "stream end" in message or "document separator" in message:
        opened = error.context_mark or mark
        what = "a quotation mark" if "scalar" in str(error.context) else "a bracket"
        message, mark = f"{what} opened here is never closed", opened
        hint = "close it, or put the whole text in quotation marks"
    elif message.startswith("expected ',' or") and error.context_mark is not None and mark is not None:
        message = (
            f"the bracket opened here is not closed before line {mark.line + 1}, column {mark.column + 1}"
        )
        mark, hint = error.context_mark, "close it, or put ',' between its entries"
    else:
        hint = ""
    at = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
    return source.problem(at, f"not YAML: {message}", hint or _syntax_hint(source, at))


def _syntax_hint(source: Source, at: Position) -> str:
    lines = source.text.splitlines()
    line = lines[at[0] - 1] if 0 < at[0] <= len(lines) else ""
    if line[: at[1]].strip("\t ") == "" and "\t" in line:
        return "indent with blanks, not with tabs"
    if re.match(r"^\s*[^\s#'\"{\[][^:]*:\S", line) and ": " not in line:
        return "put a blank after the colon"
    if "：" in line or "，" in line:
        return "the marks ： and ， of Chinese text are not YAML's ':' and ','"
    if line.count('"') % 2 or line.count("'") % 2:
        return "a quotation mark seems to be missing"
    return "check indentation, brackets and quotation marks of this line and the one above"


_INT = re.compile(r"[-+]?[0-9]+$|0o[0-7]+$|0x[0-9a-fA-F]+$")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)$|\.(nan|NaN|NAN)$")
_PLAIN = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
_TRUTH = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_OWN_TAGS = (None, "!", "tag:yaml.org,2002:str", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")


class _Builder:
    """Takes parser events one by one; keeps a stack instead of recursion."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.root: Any = None
        self.values: dict[NodePath, Position] = {}
        self.keys: dict[NodePath, Position] = {}
        self.problems: list[Problem] = []
        self.documents = 0
        self.fatal = False
        self._stack: list[_Open] = []

    def take(self, event: Any) -> None:
        kind = type(event).__name__
        at: Position = (event.start_mark.line + 1, event.start_mark.column + 1)
        if kind == "DocumentStartEvent":
            self.documents += 1
            if self.documents == 2:
                self._refuse(at, "a second document begins here ('---')", "one document a file", fatal=True)
        elif kind == "AliasEvent":
            self._refuse(
                at, f"alias '*{event.anchor}' is not allowed", "write the value out where it is used"
            )
            self._value(None, at)
        elif kind in ("ScalarEvent", "MappingStartEvent", "SequenceStartEvent"):
            if event.anchor is not None:
                self._refuse(
                    at, f"anchor '&{event.anchor}' is not allowed", "write the value out where it is used"
                )
            tag = getattr(event, "tag", None)
            if tag is not None and str(tag) not in _OWN_TAGS:
                self._refuse(at, f"tag '{tag}' is not allowed", "plain values only")
            if kind == "ScalarEvent":
                self._scalar(event, at)
            else:
                self._open(kind == "MappingStartEvent", at)
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            self._stack.pop()

    def _refuse(self, at: Position, message: str, hint: str = "", *, fatal: bool = False) -> None:
        self.problems.append(self.source.problem(at, message, hint))
        self.fatal = self.fatal or fatal

    def _open(self, mapping: bool, at: Position) -> None:
        top = self._stack[-1] if self._stack else None
        if top is not None and top.mapping and not top.has_key:
            self._refuse(
                at, "a mapping or list cannot be a key", "put the key in quotation marks", fatal=True
            )
            return
        if len(self._stack) >= DEEPEST:
            self._refuse(at, f"nested more than {DEEPEST} deep", fatal=True)
            return
        made: Any = {} if mapping else []
        path = self._value(made, at)
        self._stack.append(_Open(made, path, mapping))

    def _scalar(self, event: Any, at: Position) -> None:
        plain = event.style is None and event.implicit[0]
        top = self._stack[-1] if self._stack else None
        value = self._resolved(event.value, at) if plain else event.value
        if top is not None and top.mapping and not top.has_key:
            if plain and event.value == "<<":
                self._refuse(at, "merge key '<<' is not allowed", "write the values out, or use 'extends'")
            key: str | int = (
                value if isinstance(value, int) and not isinstance(value, bool) else str(event.value)
            )
            top.key, top.has_key, top.key_at = key, True, at
            return
        self._value(value, at)

    def _resolved(self, text: str, at: Position) -> Any:
        if text in _PLAIN:
            return None
        if text in _TRUTH:
            return _TRUTH[text]
        if _INT.match(text):
            if len(text) > 30:
                self._refuse(at, f"a number of {len(text)} digits", "put text in quotation marks")
                return 0
            return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
        if _FLOAT.match(text):
            value = float(text)
            if math.isfinite(value):
                return value
        if _NOT_FINITE.match(text) or _FLOAT.match(text):
            self._refuse(at, f"'{text}' is not a finite number", "write a number that can be reached")
            return 0.0
        return text

    def _value(self, value: Any, at: Position) -> NodePath:
        """Put a value into the open mapping or list; gives its path."""
        if not self._stack:
            self.root = value
            self.values[()] = at
            return ()
        top = self._stack[-1]
        if not top.mapping:
            path = (*top.path, len(top.made))
            top.made.append(value)
        else:
            path = (*top.path, top.key)
            if top.key in top.made:
                first = self.keys[path]
                self._refuse(
                    top.key_at,
                    f"key '{top.key}' stands here a second time",
                    f"the first is in line {first[0]}",
                )
            else:
                self.keys[path] = top.key_at
                top.made[top.key] = value
            top.has_key = False
        self.values.setdefault(path, at)
        return path


@dataclass(slots=True)
class _Open:
    """A mapping or list that is being filled."""

    made: Any
    path: NodePath
    mapping: bool
    key: str | int = ""
    has_key: bool = False
    key_at: Position = (1, 1)
