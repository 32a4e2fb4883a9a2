"""Where the quantities of a block of members stand in its workspace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tzsim.kernel.program import Program


@dataclass(frozen=True, slots=True)
class Layout:
    """First row of each part of the workspace, and how many rows there are."""

    stocks: int
    memories: int
    pending: int
    held: int
    before: int
    gathered: int
    slopes: int
    rows: int


def layout(program: Program, held: Sequence[int], method: str) -> Layout:
    """Where things are in the workspace."""
    n, m, h = len(program.stocks), len(program.memories), len(held)
    staged = 0 if method == "euler" else n
    pending = 0 if method == "euler" else m
    held_at = n + m + pending
    return Layout(
        0,
        n,
        n + m,
        held_at,
        held_at + h,
        held_at + h + staged,
        held_at + h + 2 * staged,
        held_at + h + 3 * staged,
    )
