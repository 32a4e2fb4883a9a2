"""Spellings that count as equal."""

from __future__ import annotations


def plain_unit(unit: str) -> str:
    """A unit without blanks and letter case, so that `Yi / Year` and `yi/year` are one unit."""
    return "".join(unit.split()).lower()
