"""What a function needs of the program under construction to write itself into the graph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from tzsim.errors import Unsupported
from tzsim.ir.expr import Expr
from tzsim.kernel.graph import Graph


class Writer(Protocol):
    """What a function needs of the program under construction."""

    graph: Graph
    start_time: float
    starting: bool

    def number(self, e: Expr) -> int: ...
    def truth(self, e: Expr) -> int: ...
    def step(self) -> int: ...
    def time(self) -> int: ...
    def moment(self) -> int: ...
    def at_start(self, e: Expr) -> int: ...
    def refuse(self, message: str) -> Unsupported: ...
    def uniform(self, site: str, stream: Expr | None) -> int: ...


Write = Callable[[Writer, Sequence[Expr]], int]
