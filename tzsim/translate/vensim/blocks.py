"""A .mdl file cut into blocks: equations with unit and comment, groups, macro sections, settings.

Layout (Vensim Reference Manual, 'Equations'): `equation ~ unit ~ comment ~ :SUPPLEMENTARY |`, blocks named in stars
start a group, `:MACRO: ... :END OF MACRO:` encloses a macro, `\\\\\\---///` starts the sketch, and the settings stand
after the mark that ends it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tzsim.errors import Problem
from tzsim.ir.model import Method
from tzsim.translate.text import TextFile

SKETCH = re.compile(r"^[ \t]*\\\\\\?---///", re.MULTILINE)
_SETTINGS = re.compile(r"^(?:///---\\\\\\|:L\x7f?<%\^E!@)", re.MULTILINE)
_BRACES = r"\{(?:[^{}]|\{[^{}]*\})*\}"
_SKIP = re.compile(rf"(?:\s+|{_BRACES})*")
_MACRO = re.compile(r":MACRO:\s*", re.IGNORECASE)
_MACRO_END = re.compile(r":END\s+OF\s+MACRO:", re.IGNORECASE)
_STARS = re.compile(r"\*{3,}")
# what can hide a '~' or '|' inside an equation, and the two themselves
_EDGE = re.compile(
    r'"(?:\\.|[^"\\])*"|'
    + _BRACES
    + r"|(?<=[(,\s])\'[^\'\n]*\'|(?P<edge>[~|])|(?P<macro>:MACRO:|:END\s+OF\s+MACRO:)",
    re.IGNORECASE,
)
_HIDDEN = re.compile(
    r'"(?:\\.|[^"\\])*"|(?<=[(,\s])\'[^\'\n]*\'|(?P<blank>' + _BRACES + r"|\\[ \t]*\n)", re.IGNORECASE
)
# 4th number of the settings line 15 (as other readers of Vensim files know it: xmutil, simlin): 0 Euler,
# 1 and 5 fourth-order Runge-Kutta with automatic and fixed step, 2 difference (which is Euler), 3 and 4
# second-order Runge-Kutta with automatic and fixed step.
METHODS: dict[str, Method] = {"0": "euler", "1": "rk4", "2": "euler", "3": "heun", "4": "heun", "5": "rk4"}


@dataclass(frozen=True, slots=True)
class Block:
    """One equation as text. `start` and `end` are offsets of the equation part in the file's `clean` text."""

    start: int
    end: int
    unit: str
    unit_at: int
    comment: str
    group: str


@dataclass(frozen=True, slots=True)
class MacroSection:
    start: int
    end: int
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """`clean` is the file's text with {comments} and line continuations blanked, every other offset unmoved."""

    file: TextFile
    clean: str
    blocks: tuple[Block, ...]
    macros: tuple[MacroSection, ...]
    method: Method
    tags: dict[str, str]
    problems: tuple[Problem, ...]


def _blank(found: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", found[0]) if found["blank"] is not None else found[0]


def split_document(file: TextFile) -> Document:
    text = file.text
    sketch = SKETCH.search(text)
    stop = sketch.start() if sketch else len(text)
    settings_at = _SETTINGS.search(text, stop) if sketch else None
    method, tags, problems = _settings(file, settings_at.end() if settings_at else len(text))
    pieces: list[str] = []  # clean text, piece by piece, as long as the original
    done = 0
    blocks: list[Block] = []
    macros: list[MacroSection] = []
    inside: list[Block] | None = None
    macro_at = (0, 0)
    group = ""
    pos = 0
    while True:
        skipped = _SKIP.match(text, pos, stop)
        pos = skipped.end() if skipped else pos
        if pos >= stop:
            break
        if end := _MACRO_END.match(text, pos, stop):
            if inside is None:
                problems.append(Problem(file.address(pos), "':END OF MACRO:' without ':MACRO:'"))
            else:
                macros.append(MacroSection(*macro_at, tuple(inside)))
                inside = None
            pos = end.end()
            continue
        if begin := _MACRO.match(text, pos, stop):
            close = text.find(")", begin.end(), stop)
            if inside is not None or close < 0:
                problems.append(
                    Problem(
                        file.address(pos),
                        "':MACRO:' not closed: expected 'NAME(inputs : outputs)' and ':END OF MACRO:'",
                    )
                )
            close = close if close >= 0 else stop - 1
            pieces.append(text[done : begin.end()])
            pieces.append(_HIDDEN.sub(_blank, text[begin.end() : close + 1]))
            done = close + 1
            inside, macro_at, pos = [], (begin.end(), close + 1), close + 1
            continue
        start = pos
        stars = _STARS.match(text, pos, stop)
        equation_end, edge = _equation_end(text, stars.end() if stars else pos, stop, raw=stars is not None)
        unit = comment = ""
        unit_at = equation_end + 1
        if edge == "~":
            unit, comment, pos = _parts(text, unit_at, stop)
        else:
            pos = min(equation_end + 1, stop)
        if stars:
            found = re.search(r"\.(.*)", text[stars.end() : equation_end])
            group = re.sub(r"\*+\s*$", "", found[1]).strip() if found else ""
            continue
        if equation_end >= stop:
            if not text[start:equation_end].strip():
                break
            problems.append(
                Problem(file.address(start), "equation without its closing '|' before the end of the file")
            )
        pieces.append(text[done:start])
        pieces.append(_HIDDEN.sub(_blank, text[start:equation_end]))
        done = equation_end
        (blocks if inside is None else inside).append(
            Block(start, equation_end, unit, unit_at, comment, group)
        )
        if edge == "macro":
            pos = equation_end
    if inside is not None:
        problems.append(Problem(file.address(macro_at[0]), "':MACRO:' without ':END OF MACRO:'"))
        macros.append(MacroSection(*macro_at, tuple(inside)))
    pieces.append(text[done:])
    return Document(file, "".join(pieces), tuple(blocks), tuple(macros), method, tags, tuple(problems))


def _equation_end(text: str, pos: int, stop: int, *, raw: bool) -> tuple[int, str]:
    if raw:
        found = re.compile(r"[~|]").search(text, pos, stop)
        return (found.start(), found[0]) if found else (stop, "")
    for found in _EDGE.finditer(text, pos, stop):
        if found["edge"]:
            return found.start(), found["edge"]
        if found["macro"]:
            return found.start(), "macro"
    return stop, ""


def _parts(text: str, pos: int, stop: int) -> tuple[str, str, int]:
    """Unit and comment after the equation, and where the next block starts. Quotes mean nothing here."""
    end = text.find("|", pos, stop)
    end = stop if end < 0 else end
    parts = text[pos:end].split("~")
    unit = " ".join(parts[0].replace("\\\n", " ").split())
    comment = parts[1] if len(parts) > 1 else ""
    comment = re.sub(r"[ \t]*\\\n\s*", " ", comment)
    comment = "\n".join(line.strip() for line in comment.strip().split("\n"))
    return unit, comment, min(end + 1, stop)


def _settings(file: TextFile, pos: int) -> tuple[Method, dict[str, str], list[Problem]]:
    method: Method = "euler"
    tags: dict[str, str] = {}
    problems: list[Problem] = []
    for found in re.finditer(r"^(\d+):(.*)$", file.text[pos:], re.MULTILINE):
        if found[1] == "15":
            numbers = found[2].split(",")
            digit = numbers[3].strip() if len(numbers) > 3 else "0"
            if digit in METHODS:
                method = METHODS[digit]
            else:
                problems.append(
                    Problem(
                        file.address(pos + found.start()),
                        f"settings line '{found[0].strip()}' names integration method {digit}, which is not known",
                        "known: 0 Euler, 1 RK4 auto, 2 difference, 3 RK2 auto, 4 RK2, 5 RK4",
                    )
                )
        elif found[1] == "30" and "=" in found[2]:
            tag, target = found[2].split("=", 1)
            tags[tag.strip().lower()] = target.strip()
    return method, tags, problems
