"""Tokens of a Vensim equation.

Names may hold blanks, so a run of words is one name: letters of any script, digits, `_`, `$`, `'` inside and at the
end; anything else stands in double quotes with `\\"` for a quote (Vensim Reference Manual, 'Rules for Variable Names').
"""

from __future__ import annotations

import re

from tzsim.translate.syntax import SyntaxProblem, Token

_LETTER = r"(?:[^\W\d]|\$|[^\x00-\x7f])"
_PART = r"(?:[\w$'&%#`.?]|[^\x00-\x7f])"
_WORD = rf"(?:[\w$`]|[^\x00-\x7f])(?:{_PART})*"
_TOKEN = re.compile(
    rf"""(?P<blank>\s+)
    | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w$]))
    | (?P<quoted>"(?:\\.|[^"\\])*")
    | (?P<text>'[^'\n]*')
    | (?P<word>:=|:[A-Za-z][A-Za-z ]*[A-Za-z]:|:(?:SUPPLEMENTARY|SUP)\b)
    | (?P<name>(?:{_LETTER}|\d)(?:[\w$'&%#`?]|[^\x00-\x7f])*(?:\s+{_WORD})*)
    | (?P<op><->|->|<=|>=|<>|==|=<|=>|[-+*/^=<>()\[\],;:!?~|@])""",
    re.VERBOSE,
)
_SPACES = re.compile(r"\s+")


def tokens(text: str, start: int, end: int) -> list[Token]:
    """The tokens of text[start:end]; offsets count in `text`. Raises SyntaxProblem at a character that fits nowhere."""
    found: list[Token] = []
    pos = start
    while pos < end:
        match = _TOKEN.match(text, pos, end)
        if match is None:
            char = text[pos]
            if char == '"':
                raise SyntaxProblem(pos, 'a quoted name without its closing "')
            raise SyntaxProblem(
                pos, f"the character {char!r} has no meaning here", "put odd names in double quotes"
            )
        kind, value = match.lastgroup, match[0]
        if kind == "name":
            found.append(Token("name", _SPACES.sub(" ", value), pos))
        elif kind == "quoted":
            found.append(Token("quoted", value[1:-1], pos))
        elif kind == "text":
            found.append(Token("text", value[1:-1], pos))
        elif kind == "word":
            found.append(Token("word", _SPACES.sub(" ", value.upper()), pos))
        elif kind == "number":
            found.append(Token("number", value, pos))
        elif kind == "op":
            found.append(Token("op", {"=<": "<=", "=>": ">="}.get(value, value), pos))
        pos = match.end()
    found.append(Token("end", "", end))
    return found
