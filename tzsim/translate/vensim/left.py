"""What stands left of the operator of a block, and which kind of block it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tzsim.translate.syntax import Cursor, SyntaxProblem
from tzsim.translate.vensim.expressions import MODES, DataMode
from tzsim.translate.vensim.functions import spelled

BlockKind = Literal["equation", "data", "lookup", "nothing", "range", "alias", "text", "check"]
_CHECKS = (":THE CONDITION:", ":TEST INPUT:", ":IMPLIES:")


@dataclass(frozen=True, slots=True)
class Span:
    """`A1-A10`."""

    first: str
    last: str
    at: int


Entry = str | Span


@dataclass(frozen=True, slots=True)
class MappingText:
    target: str
    entries: tuple[tuple[Entry, ...], ...] | None
    at: int


@dataclass(frozen=True, slots=True)
class Left:
    """name, subscripts and exceptions of an equation, or name, entries and mappings of a subscript range."""

    kind: BlockKind
    name: str
    at: int
    subscripts: tuple[str, ...] = ()
    exceptions: tuple[tuple[str, ...], ...] = ()
    mode: DataMode = "interpolate"
    entries: tuple[Entry, ...] = ()
    mappings: tuple[MappingText, ...] = ()
    call: tuple[str, tuple[str, ...]] | None = None


def parse_left(cursor: Cursor) -> Left:
    """Reads up to and with the operator; the right-hand side is next in the cursor."""
    token = cursor.token
    if token.kind not in ("name", "quoted"):
        raise cursor.fail("the name of a variable or of a subscript range")
    cursor.next()
    name, at = token.text, token.at
    if cursor.token.kind == "word" and cursor.token.text in _CHECKS:
        return Left("check", name, at)
    if cursor.accept("<->"):
        other = cursor.next()
        if other.kind not in ("name", "quoted"):
            raise SyntaxProblem(other.at, "expected the range that '<->' makes equal")
        return Left("alias", name, at, entries=(other.text,))
    if cursor.accept(":"):
        return _range(cursor, name, at)
    subscripts = _names(cursor) if cursor.at("[") else ()
    exceptions: list[tuple[str, ...]] = []
    if cursor.accept(":EXCEPT:"):
        while True:
            exceptions.append(_names(cursor))
            if not cursor.accept(","):
                break
    mode: DataMode = "interpolate"
    seen_mode = False
    while cursor.token.kind == "word" and (
        cursor.token.text in MODES or cursor.token.text == ":INTERPOLATE:"
    ):
        mode = MODES.get(cursor.next().text, "interpolate")
        seen_mode = True
    if cursor.token.kind == "word" and cursor.token.text in _CHECKS:
        return Left("check", name, at)

    def left(kind: BlockKind) -> Left:
        return Left(kind, name, at, subscripts, tuple(exceptions), mode)

    if cursor.token.kind == "end":
        return left("nothing")
    if cursor.at("("):
        return left("lookup")
    if cursor.accept(":="):
        return left("data")
    if cursor.accept(":IS:"):
        return left("text")
    if cursor.accept("=", "=="):
        return left("data" if seen_mode else "equation")
    if cursor.token.kind == "word":
        raise SyntaxProblem(cursor.token.at, f"'{cursor.token.text}' is not known here", unsupported=True)
    raise cursor.fail(f"'=' after '{name}'")


def _names(cursor: Cursor) -> tuple[str, ...]:
    cursor.expect("[")
    found: list[str] = []
    while True:
        token = cursor.token
        if token.kind not in ("name", "quoted", "number"):
            raise cursor.fail("a subscript range or element")
        cursor.next()
        found.append(token.text)
        if not cursor.accept(","):
            break
    cursor.expect("]", " or ',' after a subscript")
    return tuple(found)


def _entry(cursor: Cursor) -> Entry:
    token = cursor.token
    if token.kind not in ("name", "quoted", "number"):
        raise cursor.fail("a subscript element")
    cursor.next()
    if cursor.accept("-"):
        last = cursor.next()
        return Span(token.text, last.text, token.at)
    return token.text


def _entries(cursor: Cursor, *, grouped: bool) -> list[tuple[Entry, ...]]:
    """Entries separated by commas; with `grouped`, `(B2,B3)` is one entry of several elements."""
    found: list[tuple[Entry, ...]] = []
    while True:
        if cursor.accept("("):
            inner = [_entry(cursor)]
            while cursor.accept(","):
                inner.append(_entry(cursor))
            cursor.expect(")")
            if grouped:
                found.append(tuple(inner))
            else:
                found.extend((e,) for e in inner)
        else:
            found.append((_entry(cursor),))
        if not cursor.accept(","):
            return found


def _range(cursor: Cursor, name: str, at: int) -> Left:
    call: tuple[str, tuple[str, ...]] | None = None
    entries: tuple[Entry, ...] = ()
    if cursor.token.kind == "name" and cursor.peek().text == "(":
        function = cursor.next()
        cursor.expect("(")
        words: list[str] = []
        while not cursor.at(")"):
            word = cursor.next()
            if word.kind not in ("text", "quoted"):
                raise SyntaxProblem(word.at, f"expected a text argument of {function.text}")
            words.append(word.text)
            if not cursor.accept(","):
                break
        cursor.expect(")")
        call = (spelled(function.text), tuple(words))
    else:
        entries = tuple(e for group in _entries(cursor, grouped=False) for e in group)
    mappings: list[MappingText] = []
    if cursor.accept("->"):
        while True:
            token = cursor.token
            if cursor.accept("("):
                target = cursor.next()
                cursor.expect(":", " after the range that a mapping goes to")
                mappings.append(MappingText(target.text, tuple(_entries(cursor, grouped=True)), target.at))
                cursor.expect(")", " that closes a mapping")
            elif token.kind in ("name", "quoted"):
                cursor.next()
                mappings.append(MappingText(token.text, None, token.at))
            else:
                raise cursor.fail("the range that a mapping goes to")
            if not cursor.accept(","):
                break
    if cursor.token.kind != "end":
        raise cursor.fail("',' or '->' in a subscript range")
    return Left("range", name, at, entries=entries, mappings=tuple(mappings), call=call)
