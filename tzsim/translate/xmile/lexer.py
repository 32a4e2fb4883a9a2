"""Tokens of an XMILE equation (XMILE 1.0, section 3.2): names without blanks, quoted names, numbers, operators."""

from __future__ import annotations

import re

from tzsim.translate.syntax import SyntaxProblem, Token

_TOKEN = re.compile(
    r"""(?P<blank>\s+|\{[^}]*\})
    | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w$]))
    | (?P<quoted>(?:"(?:\\.|[^"\\])*")(?:\.(?:"(?:\\.|[^"\\])*"|[^\W\d][\w$']*))*)
    | (?P<name>\.?(?:[^\W]|[$'’]|[^\x00-\x7f])(?:[\w$'’%&#?]|[^\x00-\x7f])*
        (?:\.(?:"(?:\\.|[^"\\])*"|(?:[^\W\d]|[$_])[\w$'’]*))*)
    | (?P<op><=|>=|<>|!=|==|:=|\*\*|//|[-+*/^=<>()\[\],:;!~&|])""",
    re.VERBOSE,
)
WORDS = frozenset(("and", "or", "not", "mod", "if", "then", "else"))


def tokens(text: str) -> list[Token]:
    """The tokens of an equation. Raises SyntaxProblem at a character that fits nowhere."""
    found: list[Token] = []
    pos = 0
    while pos < len(text):
        match = _TOKEN.match(text, pos)
        if match is None:
            if text[pos] == '"':
                raise SyntaxProblem(pos, 'a quoted name without its closing "')
            if text[pos] == "{":
                raise SyntaxProblem(pos, "a comment without its closing '}'")
            raise SyntaxProblem(pos, f"the character {text[pos]!r} has no meaning here")
        kind, value = match.lastgroup, match[0]
        if kind == "name" and value.lower() in WORDS:
            found.append(Token("word", value.lower(), pos))
        elif kind == "name":
            found.append(Token("name", display(value), pos))
        elif kind == "quoted":
            found.append(Token("quoted", display(value), pos))
        elif kind == "number":
            found.append(Token("number", value, pos))
        elif kind == "op":
            found.append(Token("op", {"!=": "<>", "==": "=", "**": "^"}.get(value, value), pos))
        pos = match.end()
    found.append(Token("end", "", len(text)))
    return found


def display(name: str) -> str:
    r"""A name as it is shown: without quotes (escaped ones stay), `\n` and blanks as one blank, underscores kept."""
    name = name.replace('\\"', "\0").replace('"', "").replace("\0", '\\"')
    return re.sub(r"(?:\\n|\\r|\s|\xa0)+", " ", name).strip()
