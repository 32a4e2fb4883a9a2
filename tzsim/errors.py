"""Everything tzsim can object to, and where.

TzsimError
├── InputError           a file or argument a person wrote is wrong: every problem at once, exit code 2
│   └── Unsupported      a model uses a construct that tzsim refuses by name
├── SimulationError      a run could not be finished
└── UnitError            a unit or quantity cannot be read or converted (in units.py)

TzsimWarning             what was asked is done, and something about the answer must be known

A message that a planner meets is written in Chinese and English side by side, where it is raised: `both(zh, en)`. It is the English
text, as `str()` shows it to a researcher, and carries the Chinese, which the command line prints.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


class Both(str):
    """A message: the English text, with the Chinese beside it."""

    __slots__ = ("zh",)
    zh: str

    def __new__(cls, zh: str, en: str) -> Both:
        made = super().__new__(cls, en)
        made.zh = zh
        return made

    def __reduce__(self) -> tuple[type[Both], tuple[str, str]]:
        return Both, (self.zh, str(self))


def both(zh: str, en: str) -> Both:
    """One message in Chinese and in English."""
    return Both(zh, en)


def in_chinese(message: object) -> str:
    """The Chinese of a message, or of what an exception says; the text as it is where it has none."""
    said = (message.args or ("",))[0] if isinstance(message, BaseException) else message
    return said.zh if isinstance(said, Both) else str(said)


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """Where something was written. Lines and columns count from 1; 0 means 'not known'."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        parts = [self.file] + [str(n) for n in (self.line, self.column) if n]
        return ":".join(parts)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where, what (with the value seen), and what to do about it.

    message, hint: plain text, or both languages (`both`).
    excerpt: the line of the file with a caret under the place, where the reader had the text at hand.
    """

    address: Address | None
    message: str
    hint: str = ""
    excerpt: str = ""

    def __str__(self) -> str:
        return self.of("en")

    def of(self, lang: str) -> str:
        """Place, message, excerpt and hint on their lines, in `lang` (zh, en); English where nothing else was written."""
        message, hint = (
            (in_chinese(self.message), in_chinese(self.hint))
            if lang == "zh"
            else (str(self.message), str(self.hint))
        )
        where = f"{self.address}: " if self.address else ""
        excerpt = "".join(f"\n    {line}" for line in self.excerpt.splitlines())
        return f"{where}{message}{excerpt}" + (f"\n    {hint}" if hint else "")


class TzsimError(Exception):
    """Base of every error that tzsim raises on purpose."""


class InputError(TzsimError):
    """What a person wrote cannot be used. `problems` holds all of them, in file order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(str(p) for p in self.problems))

    def __reduce__(self) -> tuple[type[InputError], tuple[tuple[Problem, ...]]]:
        return type(self), (self.problems,)

    @classmethod
    def one(cls, message: str, address: Address | None = None, hint: str = "") -> InputError:
        return cls([Problem(address, message, hint)])


class Unsupported(InputError):
    """The model uses constructs that tzsim does not simulate; each is named with its equation."""


class SimulationError(TzsimError):
    """A run could not be finished."""


class TzsimWarning(UserWarning):
    """Base of the warnings that tzsim gives: the answer stands, and what the message says belongs to it."""


def closest(name: str, known: Iterable[str]) -> str:
    """The known name closest to `name`, or the empty string."""
    choices: Sequence[str] = list(known)
    lower = {c.lower(): c for c in choices}
    found = difflib.get_close_matches(name.lower(), list(lower), n=1, cutoff=0.6)
    return lower[found[0]] if found else ""


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint naming the known name closest to `name`, or the empty string."""
    found = closest(name, known)
    return both(f"是否应为“{found}”？", f"did you mean '{found}'?") if found else ""
