"""Two kinds of name: the modeller's (shown in every message) and the identifier (VarId).

Vensim and XMILE treat case, runs of blanks and underscores as equal: `Machine  Tools`, `machine_tools`
and `"Machine Tools"` are one name (Vensim Reference Manual, 'Naming'; XMILE 1.0, section 3.2.2).
"""

from __future__ import annotations

import re
from functools import lru_cache

VarId = str
"""Identifier of a variable, subscript range or subscript element: `key(display name)`."""

_BLANKS = re.compile(r"[\s_]+")


@lru_cache(maxsize=1 << 17)
def key(name: str) -> VarId:
    """The identifier of a displayed name; idempotent."""
    name = name.strip()
    if len(name) > 1 and name[0] == name[-1] == '"':
        name = name[1:-1]
    return _BLANKS.sub("_", name.strip()).lower()


def element(name: str, subscripts: tuple[str, ...] = ()) -> str:
    """Displayed name of one element: `revenue[chemicals]`, or the bare name of a scalar.

    A name that holds brackets itself is in quotes, as in Vensim: `"w[1]"` is a scalar.
    """
    if "[" in name or "]" in name:
        name = f'"{name.strip(chr(34))}"'
    return f"{name}[{','.join(subscripts)}]" if subscripts else name


_ELEMENT = re.compile(r"^\s*(?P<name>\"[^\"]*\"|[^\[\]]+?)\s*(?:\[(?P<subs>[^\[\]]*)\])?\s*$")


def split_element(text: str) -> tuple[str, tuple[str, ...]]:
    """`revenue[chemicals, x]` -> ('revenue', ('chemicals', 'x')). Raises ValueError on other text."""
    found = _ELEMENT.match(text)
    if not found:
        raise ValueError(f"not a variable name: {text!r}")
    subs = found["subs"]
    return found["name"].strip(), tuple(s.strip() for s in subs.split(",")) if subs is not None else ()
