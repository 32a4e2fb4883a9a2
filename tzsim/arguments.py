"""Checks of arguments that every public function shares: choices, whole numbers, names."""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable, Sequence

from tzsim.errors import InputError, Problem, nearest


def check(*problems: Problem | None) -> None:
    """Raise InputError with every problem there is."""
    found = those(*problems)
    if found:
        raise InputError(found)


def those(*problems: Problem | None) -> list[Problem]:
    """The problems that there are."""
    return [p for p in problems if p is not None]


def choice(name: str, value: object, choices: Sequence[str]) -> Problem | None:
    """A problem unless the argument `name` is one of the choices."""
    if isinstance(value, str) and value in choices:
        return None
    hint = nearest(value, choices) if isinstance(value, str) else ""
    return Problem(None, f"{name} is {value!r}, none of {', '.join(map(repr, choices))}", hint)


def whole_number(name: str, value: object, least: int | None = None) -> Problem | None:
    """A problem unless the argument `name` is a whole number, `least` or more."""
    bound = "" if least is None else f", {least} or more"
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        return Problem(None, f"{name} is {value!r}; it is a whole number{bound}")
    return (
        Problem(None, f"{name} is {value}; it is a whole number{bound}")
        if least is not None and value < least
        else None
    )


def names(name: str, value: object) -> Problem | None:
    """A problem unless the argument `name` is a list of names; a single text is a common slip."""
    if isinstance(value, str):
        return Problem(None, f"{name} is the text {value!r}; it is a list of names", f"give [{value!r}]")
    if not isinstance(value, Iterable):
        return Problem(None, f"{name} is {value!r}; it is a list of names")
    return None


def positive(name: str, value: object) -> Problem | None:
    """A problem unless the argument `name` is a finite number above 0."""
    good = not isinstance(value, bool) and isinstance(value, numbers.Real) and 0.0 < float(value) < math.inf
    return None if good else Problem(None, f"{name} is {value!r}; it is a number above 0")
