"""Measuring and breaking lines of text, from the advance widths of the shipped fonts (no drawing needed)."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.resources import as_file, files

from matplotlib import font_manager
from matplotlib.font_manager import get_font
from matplotlib.ft2font import FT2Font, LoadFlags

from tzsim.report.style import FONT_FILES

EM = 100.0
ROUNDING = 0.005
"""Allowance for what rounding to pixels adds to a drawn line, as a share of its width."""
CLOSING = "，。；：、）》”’！？%％,.;:)!?"


@cache
def _font(bold: bool) -> FT2Font:
    with as_file(files("tzsim.report") / "fonts" / FONT_FILES[1 if bold else 0][0]) as path:
        return get_font(str(path))


@cache
def _advance(character: str, bold: bool) -> float:
    font = _font(bold)
    font.set_size(EM, 72)
    return font.load_char(ord(character), flags=LoadFlags.NO_HINTING).linearHoriAdvance / 65536


def text_width(text: str, size: float, bold: bool = False) -> float:
    """Width in points of one line set at `size` points."""
    return _ems(text, bold) * size


@lru_cache(maxsize=1 << 15)
def _ems(text: str, bold: bool) -> float:
    """Width in ems; lines are measured again and again while they are broken."""
    return sum(_advance(c, bold) for c in text) / EM


def wrap(text: str, width: float, size: float, bold: bool = False) -> list[str]:
    """Lines no wider than `width` points; breaks at spaces and between Chinese characters, never before a closing mark."""
    lines: list[str] = []
    line = ""
    width *= 1 - ROUNDING
    for piece in _pieces(text):
        if line and text_width((line + piece).rstrip(), size, bold) > width:
            lines.append(line.rstrip())
            line = piece.lstrip()
        else:
            line += piece
    return [*lines, line.rstrip()] if line.strip() else lines


def balanced(text: str, width: float, size: float, bold: bool = False) -> list[str]:
    """Like `wrap`, with lines of like length and no more of them."""
    lines = wrap(text, width, size, bold)
    low, high = 0.0, width
    while high - low > size / 4:
        middle = (low + high) / 2
        trial = wrap(text, middle, size, bold)
        if len(trial) == len(lines) and all(text_width(line, size, bold) <= width for line in trial):
            lines, high = trial, middle
        else:
            low = middle
    return lines


def shorten(text: str, width: float, size: float, bold: bool = False) -> str:
    """The text, or as much of it as fits in `width` points followed by an ellipsis."""
    if text_width(text, size, bold) <= width:
        return text
    while text and text_width(text + "…", size, bold) > width:
        text = text[:-1]
    return text.rstrip() + "…"


def _pieces(text: str) -> list[str]:
    """The text cut where a line may end; each piece keeps the space or closing mark that follows it."""
    pieces: list[str] = []
    for character in text:
        last = pieces[-1][-1] if pieces else ""
        glued = last and (
            character in CLOSING
            or character == " "
            or last in "（《“‘(≥≤<>"
            or (_narrow(character) and _narrow(last) and last != " ")
        )
        if glued:
            pieces[-1] += character
        else:
            pieces.append(character)
    return pieces


def _narrow(character: str) -> bool:
    return ord(character) < 0x2E80


def forget_fonts() -> None:
    """Drop every open font of this process, so that each is opened anew when it is next needed."""
    _font.cache_clear()
    font_manager._get_font.cache_clear()  # pyright: ignore[reportAttributeAccessIssue]
