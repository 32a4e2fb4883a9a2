"""A strict reader of Vensim's text format, written from Vensim's documentation and not from our own reader or writer.

It covers what models of equations, tables, subscripts and sketches need: no macros, Reality Checks, strings or spreadsheets.

Vensim itself cannot run here. What it documents is checked line by line: 'Equation components' (tildes and bar),
'Groups', 'Variable types' (one list of names), 'Subscripts', and of the appendix on .mdl files 'Sketch information'
(https://www.vensim.com/documentation/ref_sketch_format.html) and 'Objects' (https://www.vensim.com/documentation/24305.html).
What these leave open (which bits a valve sets, that the word of a valve follows it, that no arrow ends at a shadow) was
counted in files that Vensim saved. The settings section and its marker are in no document; the marker is the one of every such file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

BEGIN, END = "\\\\\\---///", "///---\\\\\\"
MARKER = ":L\x7f<%^E!@"
ATTACHED, ARROWS_IN, TEXT_FOLLOWS, SHADOW_FONT = 32, 1, 4, 2
PIPE = 22
FIELDS = {"10": (15, 18, 21, 24), "11": (15, 18, 21, 24), "12": (15, 18, 21, 24), "1": (15, 16)}
COLOUR = re.compile(r"-1--1--1|\d{1,3}-\d{1,3}-\d{1,3}")
FONT = re.compile(
    r"\$(?:-1--1--1|\d+-\d+-\d+),\d+,[^|,]*\|\d+\|[BIUS]*\|(?:(?:-1--1--1|\d+-\d+-\d+)\|){4}(?:-1--1--1|\d+-\d+-\d+)(?:\|\d+(?:,\d+)+)?"
)
PLAIN = re.compile(r"[^\W\d_$][\w$'&%#`?. ]*")
QUOTED = re.compile(r'"(?:\\.|[^"\\])*"')


@dataclass(frozen=True, slots=True)
class Object:
    """A line of a view: `10` a word, `11` a valve, `12` a cloud or comment, `1` an arrow."""

    line: int
    kind: str
    number: int
    fields: tuple[str, ...]


def problems(content: bytes) -> list[str]:
    """What a file says that the format does not allow; each with its line."""
    return [f"{line}: {text}" for line, text in _problems(content)]


def _problems(content: bytes) -> Iterator[tuple[int, str]]:
    if content.startswith(b"\xef\xbb\xbf"):
        yield 1, "a byte order mark stands before {UTF-8}"
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        yield 1 + content[: error.start].count(b"\n"), "not UTF-8"
        return
    lines = text.replace("\r\n", "\n").split("\n")
    if not text.isascii() and lines[0].strip() != "{UTF-8}":
        yield 1, "letters beyond ASCII without {UTF-8} as the first line"
    for i, line in enumerate(lines):
        if re.search(r"[\x00-\x08\x0b-\x1f]", line) or ("\x7f" in line and line != MARKER):
            yield i + 1, "a control character"
    first = next((i for i, x in enumerate(lines) if x.startswith(BEGIN)), len(lines))
    last = next((i for i, x in enumerate(lines) if x.startswith(END)), len(lines))
    names: set[str] = set()
    yield from _equations(lines[: min(first, last)], names)
    if first < len(lines):
        if last == len(lines):
            yield len(lines), "the sketch section does not end"
        yield from _sketch(lines, first, last, names)
    yield from _settings(lines, last)


# --- equations ---------------------------------------------------------------------------------------------------


def _equations(lines: Sequence[str], names: set[str]) -> Iterator[tuple[int, str]]:
    """Blocks `equation ~ units ~ comment [~ :SUPPLEMENTARY] |`, groups between lines of stars."""
    ranges: set[str] = set()
    for i, line in enumerate(lines):
        if re.search(r"\\[ \t]+$", line):
            yield i + 1, "blanks after the backslash of a continued line"
    for at, parts in _blocks("\n".join(lines)):
        head = re.sub(r"\\\n\s*", "", parts[0]).strip()
        if not head and len(parts) == 1:
            continue
        if len(parts) == 5 and not any(parts[1:]):
            yield at, f"no bar ends the equation: {head[:40]!r}"
            continue
        if head.startswith("*"):
            if not re.fullmatch(r"\*{4,}\s*\n\s*\.[^\n]+\n\s*\*{4,}", head) or len(parts) not in (2, 3):
                yield at, f"not a group between lines of four stars or more: {head[:60]!r}"
            continue
        if len(parts) not in (3, 4):
            yield at, f"{len(parts) - 1} tildes where two or three stand: {head[:40]!r}"
            continue
        if len(parts) == 4 and not re.fullmatch(r"\s*:SUP(PLEMENTARY)?\s*", parts[3]):
            yield at, f"after the third tilde stands {parts[3].strip()[:30]!r}"
        yield from _equation(at, head, names, ranges)
        yield from ((at, f"units hold {x!r}") for x in re.findall(r"[~|=;]", parts[1]))
    both = sorted(names & ranges)
    yield from ((1, f"'{n}' names a variable and a subscript: Vensim keeps one list of names") for n in both)


def _blocks(text: str) -> Iterator[tuple[int, list[str]]]:
    """Line and tilde-separated parts of each block that a bar ends; quotes and braces of the equation hide both marks."""
    parts, start, line, begun = [""], 1, 1, False
    pattern = re.compile(r'"(?:\\.|[^"\\\n])*"|\{[^{}]*\}|[~|]|\n|[^~|\n"{]+|.')
    for found in pattern.finditer(text):
        token = found[0]
        if token in "~|" and len(token) == 1:
            if token == "~":
                parts.append("")
            else:
                yield start, parts
                parts, begun = [""], False
        else:
            if not begun and token.strip():
                start, begun = line, True
            parts[-1] += "" if token.startswith("{") and len(parts) == 1 else token
        line += token.count("\n")
    if len(parts) > 1 or parts[0].strip():
        yield start, [parts[0], "", "", "", ""]


def _equation(at: int, head: str, names: set[str], ranges: set[str]) -> Iterator[tuple[int, str]]:
    plain = QUOTED.sub(lambda m: "q" * len(m[0]), head)
    for opening, closing in ("()", "[]"):
        if plain.count(opening) != plain.count(closing):
            yield at, f"unbalanced {opening}{closing}: {head[:40]!r}"
    left = re.match(r"\s*(\"(?:\\.|[^\"\\])*\"|[^=:(\[<]+)", head)
    name = left[1].strip() if left else ""
    if not (QUOTED.fullmatch(name) or PLAIN.fullmatch(name)):
        yield at, f"not a name: {name[:40]!r}"
        return
    rest = head[left.end() :].lstrip() if left else ""
    id = _id(name)
    if rest.startswith("<->") or (rest.startswith(":") and not re.match(r":(=|[A-Z ]+:)", rest)):
        ranges.add(id)
        elements = rest.split("->")[0].lstrip(":<->") if rest.startswith(":") else ""
        for element in filter(None, (e.strip() for e in elements.split(","))):
            if not (
                QUOTED.fullmatch(element) or PLAIN.fullmatch(element) or re.fullmatch(r"\(.*\)", element)
            ):
                yield at, f"not an element: {element[:40]!r}"
            ranges.add(_id(element))
        return
    names.add(id)
    if not re.match(
        r"(\[[^\]]*\]\s*)*(:(EXCEPT|INTERPOLATE|HOLD BACKWARD|LOOK FORWARD|RAW):.*?)?\s*(=|:=|==|\(|$)",
        rest,
        re.DOTALL,
    ):
        yield at, f"nothing joins name and expression: {head[:60]!r}"


def _id(name: str) -> str:
    bare = name[1:-1].replace('\\"', '"') if QUOTED.fullmatch(name) else name
    return re.sub(r"[\s_]+", " ", bare).strip().lower()


# --- sketch ------------------------------------------------------------------------------------------------------


def _sketch(lines: Sequence[str], first: int, last: int, names: set[str]) -> Iterator[tuple[int, str]]:
    starts = [i for i in range(first, last) if lines[i].startswith(BEGIN)]
    titles: list[str] = []
    for start, stop in zip(starts, [*starts[1:], last], strict=True):
        head = [*lines[start:stop], "", "", "", ""][:4]
        if not head[1].startswith("V300"):
            yield start + 2, "the version line does not begin with V300"
        if not re.match(r"\*\S", head[2]):
            yield start + 3, "no line *NAME names the view"
        titles.append(head[2])
        if not FONT.fullmatch(head[3].strip()):
            yield start + 4, f"not a font line: {head[3][:60]!r}"
        objects: list[Object] = []
        skip = False
        for i in range(start + 4, stop):
            line = lines[i]
            if skip or not line.strip():
                skip = False
                continue
            found = _object(i + 1, line)
            if found is None:
                yield i + 1, f"not an object: {line[:50]!r}"
                continue
            if found.kind not in FIELDS:
                continue
            if len(found.fields) not in FIELDS[found.kind]:
                yield i + 1, f"an object {found.kind} of {len(found.fields)} fields"
                continue
            objects.append(found)
            skip = found.kind == "12" and bool(int(found.fields[8]) & TEXT_FOLLOWS)
        yield from _objects(objects, names)
    for title in sorted({t for t in titles if titles.count(t) > 1}):
        yield first + 1, f"two views are called {title}"


def _object(line: int, text: str) -> Object | None:
    if not re.match(r"\d+,\d+,", text):
        return None
    fields = tuple(re.findall(r'(?:^|(?<=,))("(?:\\.|[^"\\])*"|[^,]*)(?:,|$)', text))
    return Object(line, fields[0], int(fields[1]), fields)


def _objects(objects: Sequence[Object], names: set[str]) -> Iterator[tuple[int, str]]:
    by_number: dict[int, Object] = {}
    for o in objects:
        if o.number in by_number:
            yield o.line, f"a second object {o.number}"
        by_number[o.number] = o
    for o in objects:
        if o.kind == "1":
            yield from _arrow(o, by_number)
            continue
        shown = o.fields[10] not in ("0", "")
        if not all(re.fullmatch(r"-?\d+", f) for f in o.fields[3:11]):
            yield o.line, "places, sizes and bits are whole numbers"
            continue
        if o.kind == "10":
            name, bits = o.fields[2], int(o.fields[8])
            if not (QUOTED.fullmatch(name) or PLAIN.fullmatch(name)):
                yield o.line, f"not a name: {name[:40]!r}"
            if _id(name) not in names and _id(name) != "time":
                yield o.line, f"no equation defines {name!r}"
            if not bits & ARROWS_IN and not shown:
                yield o.line, f"the shadow {name!r} has no font of its own"
            if int(o.fields[7]) & ATTACHED and getattr(by_number.get(o.number - 1), "kind", "") != "11":
                yield o.line, f"{name!r} is attached, and no valve stands before it"
        if o.kind == "11" and int(o.fields[7]) & ATTACHED:
            word = by_number.get(o.number + 1)
            if word is None or word.kind != "10" or not int(word.fields[7]) & ATTACHED:
                yield o.line, f"no attached word follows the valve {o.number}"
        if shown != (len(o.fields) in (18, 24)):
            yield o.line, f"the font flag {o.fields[10]} does not fit {len(o.fields)} fields"


def _arrow(o: Object, by_number: dict[int, Object]) -> Iterator[tuple[int, str]]:
    f = o.fields
    tail, head = (by_number.get(int(x)) if x.isdigit() else None for x in (f[2], f[3]))
    if tail is None or head is None or "1" in (tail.kind, head.kind):
        yield o.line, f"the arrow {o.number} ends at no word, valve or cloud ({f[2]} to {f[3]})"
        return
    if not all(re.fullmatch(r"-?\d+", x) for x in f[4:11]) or not COLOUR.fullmatch(f[11]):
        yield o.line, "shape, hiding, polarity, thickness, font, delay and colour of an arrow"
    points = re.fullmatch(r"(\d+)\|((?:\(-?\d+,-?\d+\)\|)+)", ",".join(f[13:]))
    if points is None or int(points[1]) != points[2].count("("):
        yield o.line, f"the points of an arrow: {','.join(f[13:])!r}"
    if f[7] == str(PIPE):
        if tail.kind != "11":
            yield o.line, "a pipe begins at a valve"
        if head.kind not in ("10", "12"):
            yield o.line, "a pipe ends at a stock or a cloud"
    elif head.kind == "10" and not int(head.fields[8]) & ARROWS_IN:
        yield o.line, f"an arrow into the shadow {head.fields[2]!r}"


# --- settings ----------------------------------------------------------------------------------------------------


def _settings(lines: Sequence[str], last: int) -> Iterator[tuple[int, str]]:
    rest = [(i + 1, lines[i]) for i in range(last + 1, len(lines)) if lines[i].strip()]
    while rest and re.match(r":[A-Z][A-Z-]+( |$)", rest[0][1]):  # graphs that a modeller defined
        rest.pop(0)
    if not rest:
        return
    line, marker = rest[0]
    if marker != MARKER:
        yield line, f"the settings begin with {marker!r}, not with {MARKER!r}"
    for line, text in rest[1:]:
        if not re.match(r"\d+:", text):
            yield line, f"not a setting: {text[:40]!r}"
        elif text.startswith("15:") and not re.fullmatch(r"15:\d+(,\d+){5}", text.strip()):
            yield line, "setting 15 has six numbers"
