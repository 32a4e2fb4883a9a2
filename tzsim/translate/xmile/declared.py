"""What the equations of an XMILE file must know of each other: names, dimensions, and what resolving adds to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tzsim.ir.model import SubscriptRange, Variable
from tzsim.names import VarId, key

if TYPE_CHECKING:
    from tzsim.translate.xmile.macros import Macro

GRAPH = "·graph"


@dataclass(frozen=True, slots=True)
class Declared:
    """What other equations must know of a variable."""

    name: str
    dimensions: tuple[str, ...]
    graph: bool = False
    only_graph: bool = False
    conveyor: bool = False


@dataclass(slots=True)
class Names:
    """All variables and dimensions of a file, and what resolving adds: ranges for repeated dimensions, graphs used."""

    variables: dict[VarId, Declared]
    ranges: dict[VarId, SubscriptRange]
    graphs: set[VarId] = field(default_factory=set[VarId])
    areas: set[VarId] = field(default_factory=set[VarId])
    slatted: set[VarId] = field(default_factory=set[VarId])  # conveyors whose slats an equation names
    extra: dict[VarId, Variable] = field(default_factory=dict[VarId, Variable])
    macros: Mapping[str, Macro] = field(default_factory=dict[str, "Macro"])
    sites: int = 0  # macro calls so far
    depth: int = 0  # macros being written out, one inside the other
    vensim: bool = False  # written by Vensim's export, which keeps Vensim's INT and MOD

    def again(self, dimension: str, occurrence: int) -> str:
        """The name of the n-th occurrence of a dimension in one list: an equal range `X·2` for the second."""
        if occurrence == 1:
            return dimension
        name = f"{dimension}·{occurrence}"
        if key(name) not in self.ranges:
            self.ranges[key(name)] = SubscriptRange(name, self.ranges[key(dimension)].elements)
        return name

    def distinct(self, dimensions: tuple[str, ...]) -> tuple[str, ...]:
        """A list of dimensions in which repeated ones are renamed."""
        seen: dict[VarId, int] = {}
        found: list[str] = []
        for dimension in dimensions:
            seen[key(dimension)] = seen.get(key(dimension), 0) + 1
            found.append(self.again(dimension, seen[key(dimension)]))
        return tuple(found)
