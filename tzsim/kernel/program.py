"""The flat scalar program of a model after its passes: what both backends run.

A node is *static* when it follows from the inputs of a draw alone; it is computed once per draw. Everything else
belongs to the step. Initial values are static: Time is INITIAL TIME in them, and stocks stand for their own initial
expressions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from tzsim.errors import InputError
from tzsim.ir.expr import Table
from tzsim.kernel.graph import Node


@dataclass(frozen=True, slots=True)
class Stock:
    """d(stock)/dt = rate, from `initial` (nodes)."""

    name: str
    initial: int
    rate: int


@dataclass(frozen=True, slots=True)
class Memory:
    """A value that changes between steps only: after step k it becomes the node `update` of step k.

    latched: the update is a `latch` node, whose value at the start of the step also holds in the step's later stages.
    """

    name: str
    initial: int
    update: int
    latched: bool


@dataclass(frozen=True, slots=True)
class Delay:
    """A value that arrives later; `source`, `initial`, `steps`, `waits`, `missing` are nodes.

    fixed: the value of `source` `steps` steps ago, `initial` before. material: what was sent in each step arrives
    `waits` steps after it, added up, `missing` where nothing arrives; during the first `steps` steps `initial` arrives
    as well. information: the newest value that has arrived, `initial` before any. `steps` and `missing` are static.
    """

    name: str
    source: int
    initial: int
    steps: int
    kind: Literal["fixed", "material", "information"] = "fixed"
    waits: int = 0
    missing: int = 0

    @property
    def updates(self) -> list[int]:
        """Nodes that the end of a step reads."""
        return [self.source] if self.kind == "fixed" else [self.source, self.waits]

    @property
    def statics(self) -> list[int]:
        return [self.initial, self.steps, *([self.missing] if self.kind == "material" else [])]


MOST_HISTORY = 2_000_000
"""Steps that the delays of a block of members may remember: half a gigabyte for each thread."""


@dataclass(frozen=True, slots=True)
class Program:
    """Nodes and what is made of them. Lists of nodes are in the order in which they can be computed."""

    nodes: tuple[Node, ...]
    tables: tuple[Table, ...]
    inputs: tuple[str, ...]
    defaults: tuple[int, ...]
    series: tuple[str, ...]
    stocks: tuple[Stock, ...]
    memories: tuple[Memory, ...]
    delays: tuple[Delay, ...]
    sites: tuple[str, ...]
    outputs: tuple[tuple[str, int], ...]
    named: tuple[tuple[str, int], ...]
    static: tuple[bool, ...]
    step: float

    def bound_history(self, steps: int) -> None:
        """Raise InputError where the delays of a block of members would remember more steps than fit into memory."""
        if steps > MOST_HISTORY:
            names = ", ".join(d.name for d in self.delays[:3])
            raise InputError.one(
                f"delays remember {steps:,} steps in all (at most {MOST_HISTORY:,}): {names}",
                hint="use a larger TIME STEP or fewer delays whose time differs between members",
            )

    def closure(self, roots: Iterable[int], static: bool | None = None, stage: bool = False) -> list[int]:
        """Nodes that `roots` need, in order; only the static ones, or only the others, when asked.

        Without static nodes the search stops at them: they are held from the start of the draw. With `stage` it
        stops at what does not change within a step: latched memories.
        """
        seen: set[int] = set()
        stack = list(roots)
        while stack:
            n = stack.pop()
            if n in seen or (static is False and self.static[n]):
                continue
            seen.add(n)
            if not (stage and self.nodes[n].op == "latch"):
                stack += self.nodes[n].args
        return sorted(seen)

    def held(self, roots: Iterable[int]) -> list[int]:
        """Static nodes, other than constants, that the step reads directly (or that are roots themselves)."""
        roots = list(roots)
        used = {n for n in roots if self.static[n]}
        for n in self.closure(roots, static=False):
            used.update(a for a in self.nodes[n].args if self.static[a])
        return sorted(n for n in used if self.nodes[n].op != "const")

    @property
    def rate_roots(self) -> list[int]:
        return [s.rate for s in self.stocks]

    @property
    def update_roots(self) -> list[int]:
        return [m.update for m in self.memories] + [n for d in self.delays for n in d.updates]

    @property
    def output_roots(self) -> list[int]:
        return [n for _, n in self.outputs]

    @property
    def initial_roots(self) -> list[int]:
        found = [s.initial for s in self.stocks] + [m.initial for m in self.memories]
        return found + [n for d in self.delays for n in d.statics]

    def size_nodes(self) -> list[int]:
        """Every node that a whole step or its constants compute."""
        return self.closure([*self.rate_roots, *self.update_roots, *self.output_roots])

    def size(self) -> int:
        """Number of operations of a whole step."""
        return len(self.closure([*self.rate_roots, *self.update_roots, *self.output_roots], static=False))


def static_flags(nodes: Sequence[Node]) -> tuple[bool, ...]:
    """For each node whether it follows from the inputs of a draw alone."""
    moving = frozenset({"series", "time", "moment", "stock", "memory", "latch", "delayed", "uniform"})
    flags: list[bool] = []
    for node in nodes:
        flags.append(node.op not in moving and all(flags[a] for a in node.args))
    return tuple(flags)
