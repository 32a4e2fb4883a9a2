"""Where the quantities of a block of members stand in its workspace, in rows of a double for each member."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tzsim.kernel.program import Program


@dataclass(frozen=True, slots=True)
class Layout:
    """First row of each part. A state is the stocks and then the memories.

    `state` and `other`: Euler steps go from one to the other and back; Heun and RK4 keep to the first and put
    pending memories into the second. `held`: statics. `before`, `gathered`, `slopes`: of the stocks, for stages.
    """

    stocks: int
    memories: int
    state: int
    other: int
    held: int
    before: int
    gathered: int
    slopes: int
    rows: int


def layout(program: Program, held: Sequence[int], method: str) -> Layout:
    """Where things are in the workspace."""
    n, m = len(program.stocks), len(program.memories)
    staged = 0 if method == "euler" else n
    first = 2 * (n + m)
    before = first + len(held)
    return Layout(n, m, 0, n + m, first, before, before + staged, before + 2 * staged, before + 3 * staged)
