"""YAML text to plain values, each with its line and column.

YAML 1.2 core schema, read from ruamel.yaml's event stream, so nothing is ever constructed that a plain file does not need:
mappings with plain keys, lists, text, whole and decimal numbers, true/false, null. Refused with their place: anchors and
aliases (a few lines of them can stand for gigabytes), tags, merge keys, several documents, duplicate keys, nan and infinity,
nesting deeper than 40, files above 2 MB. A date stays text. Text is UTF-8, or GB18030 as offices save it.
"""

from __future__ import annotations

import hashlib
import math
import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from tzsim.errors import Address, Both, InputError, Problem, both, closest

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
            raise InputError.one(
                both(f"“{shown}”是文件夹，不是文件", f"'{shown}' is a folder, not a file"), Address(shown)
            )
        size = path.stat().st_size
        if size > largest:
            raise InputError.one(
                both(
                    f"文件有 {size:,} 字节，至多读 {largest:,} 字节",
                    f"the file has {size:,} bytes; at most {largest:,} are read",
                ),
                Address(shown),
                both("拆成几个文件，或删减内容", "split it, or thin it out"),
            )
        return path.read_bytes()
    except OSError as error:
        reason = (
            both("没有这个文件", "no such file")
            if isinstance(error, FileNotFoundError)
            else both(f"无法读取（{error.strerror or '原因不明'}）", error.strerror or "cannot be read")
        )
        raise InputError.one(reason, Address(shown), near_file(path)) from None


def read_text(path: Path, shown: str, largest: int = LARGEST_FILE) -> Source:
    """The text of a file. Raises InputError when it is missing, too large or neither UTF-8 nor GB18030."""
    raw = read_raw(path, shown, largest)
    return Source(path, shown, decoded(raw, shown), hashlib.sha256(raw).hexdigest())


def decoded(raw: bytes, shown: str) -> str:
    """Text of a file in UTF-8, or in GB18030 as offices save it. Raises InputError with the line of the first byte that is neither."""
    at = 0
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError as error:
            at = error.start
    raise InputError.one(
        both(
            f"既不是 UTF-8 也不是 GB18030 文本：字节 0x{raw[at]:02x}",
            f"neither UTF-8 nor GB18030 text: byte 0x{raw[at]:02x}",
        ),
        Address(shown, raw.count(b"\n", 0, at) + 1),
        both("把文件另存为 UTF-8", "save the file as UTF-8"),
    )


def near_file(path: Path) -> str:
    """A hint for a file that is not there: the one beside it whose name is closest, else those of its kind."""
    try:
        beside = sorted(p.name for p in path.parent.iterdir() if p.is_file() and p.suffix == path.suffix)
    except OSError:
        return both(f"没有文件夹“{path.parent}”", f"there is no folder '{path.parent}'")
    near = closest(path.stem, [Path(name).stem for name in beside])
    if near:
        name = near + path.suffix
        return both(f"是否应为“{name}”？", f"did you mean '{name}'?")
    listed = ", ".join(beside[:8]) + (", …" if len(beside) > 8 else "")
    return both(f"这里有：{listed}", f"here are: {listed}") if beside else ""


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
        builder.problems.append(source.problem((1, 1), _not_yaml(str(error).splitlines()[0])))
    except RecursionError:
        builder.problems.append(
            source.problem((1, 1), both("括号嵌套太深", "brackets are nested too deeply"))
        )
    if not builder.problems and builder.documents == 0:
        builder.problems.append(source.problem((1, 1), both("文件是空的", "the file is empty")))
    if builder.problems:
        raise InputError(builder.problems)
    return Document(source, builder.root, builder.values, builder.keys)


def _not_yaml(message: str, zh: str = "") -> Both:
    return both(f"不是合法的 YAML：{zh or _SYNTAX.get(message, message)}", f"not YAML: {message}")


_SYNTAX = {
    "could not find expected ':'": "缺少半角冒号“:”",
    "mapping values are not allowed here": "这里不应有“:”，多半是上一行缺冒号或缩进不齐",
    "found character '\\t' that cannot start any token": "用了制表符",
    "expected <block end>, but found '<block mapping start>'": "缩进与上文不齐",
    "expected <block end>, but found '<scalar>'": "缩进或引号与上文不合",
    "expected <block end>, but found '-'": "列表的“-”与上文不齐",
}
"""What ruamel.yaml says, for a reader of Chinese."""


def _syntax_problem(source: Source, error: Any) -> Problem:
    """The problem of a MarkedYAMLError; what is never closed is shown where it was opened."""
    message, mark = str(error.problem), error.problem_mark or error.context_mark
    at = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
    wide = _wide_colon(source, at[0])
    if wide is not None:
        text = _not_yaml("the colon here is full width: '：'", "这里的冒号“：”是全角的")
        hint = both("改成半角冒号加空格“: ”", "write a plain colon and a blank, ': '")
        return source.problem(wide, text, hint)
    if "end of stream" in message or "stream end" in message or "document separator" in message:
        opened = error.context_mark or mark
        said = (
            _not_yaml("a quotation mark opened here is never closed", "这里的引号没有闭合")
            if "scalar" in str(error.context)
            else _not_yaml("a bracket opened here is never closed", "这里的括号没有闭合")
        )
        at = (opened.line + 1, opened.column + 1) if opened is not None else at
        hint = both("补上，或给整段文字加引号", "close it, or put the whole text in quotation marks")
        return source.problem(at, said, hint)
    if message.startswith("expected ',' or") and error.context_mark is not None and mark is not None:
        said = _not_yaml(
            f"the bracket opened here is not closed before line {at[0]}, column {at[1]}",
            f"这里的括号到第{at[0]}行第{at[1]}列还没有闭合",
        )
        opened = (error.context_mark.line + 1, error.context_mark.column + 1)
        hint = both("补上括号，或在各项之间写“,”", "close it, or put ',' between its entries")
        return source.problem(opened, said, hint)
    return source.problem(at, _not_yaml(message), _syntax_hint(source, at))


_WIDE_KEY = re.compile(r"^\s*(?:- )?[^\s\"'#\[{：][^\"'#：]*?：")


def _wide_colon(source: Source, line: int) -> Position | None:
    """Place of a full-width colon behind a key without a plain one, in the line of the error or the lines just above."""
    lines = source.text.splitlines()
    seen = 0
    for number in range(min(line, len(lines)), 0, -1):
        text = lines[number - 1]
        found = _WIDE_KEY.match(text)
        if found and ": " not in text[: found.end()] + " ":
            return number, found.end()
        seen += bool(text.strip())
        if seen > 3:
            break
    return None


def _syntax_hint(source: Source, at: Position) -> str:
    lines = source.text.splitlines()
    line = lines[at[0] - 1] if 0 < at[0] <= len(lines) else ""
    if line[: at[1]].strip("\t ") == "" and "\t" in line:
        return both("缩进用空格，不用制表符", "indent with blanks, not with tabs")
    if re.match(r"^\s*[^\s#'\"{\[][^:]*:\S", line) and ": " not in line:
        return both("冒号后面加一个空格", "put a blank after the colon")
    if "：" in line or "，" in line:
        return both(
            "全角的“：”和“，”不是 YAML 的“:”和“,”",
            "the marks ： and ， of Chinese text are not YAML's ':' and ','",
        )
    if line.count('"') % 2 or line.count("'") % 2:
        return both("似乎少了一个引号", "a quotation mark seems to be missing")
    return both(
        "请检查本行和上一行的缩进、括号和引号",
        "check indentation, brackets and quotation marks of this line and the one above",
    )


_INT = re.compile(r"[-+]?[0-9]+$|0o[0-7]+$|0x[0-9a-fA-F]+$")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)$|\.(nan|NaN|NAN)$")
_PLAIN = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
_TRUTH = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_OWN_TAGS = (None, "!", "tag:yaml.org,2002:str", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")


_WRITE_OUT = both("在用到的地方把值写出来", "write the value out where it is used")


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
                self._refuse(
                    at,
                    both("这里开始了第二份文档（---）", "a second document begins here ('---')"),
                    both("一个文件只放一份", "one document a file"),
                    fatal=True,
                )
        elif kind == "AliasEvent":
            self._refuse(
                at,
                both(f"不能用别名“*{event.anchor}”", f"alias '*{event.anchor}' is not allowed"),
                _WRITE_OUT,
            )
            self._value(None, at)
        elif kind in ("ScalarEvent", "MappingStartEvent", "SequenceStartEvent"):
            if event.anchor is not None:
                self._refuse(
                    at,
                    both(f"不能用锚点“&{event.anchor}”", f"anchor '&{event.anchor}' is not allowed"),
                    _WRITE_OUT,
                )
            tag = getattr(event, "tag", None)
            if tag is not None and str(tag) not in _OWN_TAGS:
                self._refuse(
                    at,
                    both(f"不能用标签“{tag}”", f"tag '{tag}' is not allowed"),
                    both("只写普通的值", "plain values only"),
                )
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
                at,
                both("一组值或列表不能作键", "a mapping or list cannot be a key"),
                both("给键加上引号", "put the key in quotation marks"),
                fatal=True,
            )
            return
        if len(self._stack) >= DEEPEST:
            self._refuse(at, both(f"嵌套超过 {DEEPEST} 层", f"nested more than {DEEPEST} deep"), fatal=True)
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
                self._refuse(
                    at,
                    both("不能用合并键“<<”", "merge key '<<' is not allowed"),
                    both("把值写出来，或用 extends", "write the values out, or use 'extends'"),
                )
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
                self._refuse(
                    at,
                    both(f"有 {len(text)} 位的数字", f"a number of {len(text)} digits"),
                    both("若是文字，请加引号", "put text in quotation marks"),
                )
                return 0
            return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
        if _FLOAT.match(text):
            value = float(text)
            if math.isfinite(value):
                return value
        if _NOT_FINITE.match(text) or _FLOAT.match(text):
            self._refuse(
                at,
                both(f"“{text}”不是有限的数", f"'{text}' is not a finite number"),
                both("写一个够得着的数", "write a number that can be reached"),
            )
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
                    both(f"键“{top.key}”重复", f"key '{top.key}' stands here a second time"),
                    both(f"第一次在第{first[0]}行", f"the first is in line {first[0]}"),
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
