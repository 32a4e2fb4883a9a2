"""The conveyors of an XMILE file and their flows, as the file declares them; constructs that are refused, by name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from tzsim.errors import Address, Problem
from tzsim.names import VarId, key
from tzsim.translate.xmile.document import Node
from tzsim.translate.xmile.lexer import display
from tzsim.translate.xmile.modules import Placed
from tzsim.translate.xmile.reading import Reading
from tzsim.translate.xmile.resolve import Scope

SPREADS = ("beginning", "even", "source", "dist")

Elements: TypeAlias = tuple[str, ...]


@dataclass(slots=True)
class Leak:
    """A leakage flow; start and end of its zone as shares of the belt from the entry."""

    flow: Placed
    start: float
    end: float


@dataclass(slots=True)
class Belt:
    """A conveyor and its flows, as the file declares them."""

    stock: Placed
    node: Node
    exit: Placed | None = None
    leaks: list[Leak] = field(default_factory=list[Leak])
    inflows: list[Placed] = field(default_factory=list[Placed])

    @property
    def exponential(self) -> bool:
        return self.node.get("exponential_leak").lower() == "true"

    @property
    def spread(self) -> bool:
        return any(spread_of(f.node) != "beginning" for f in self.inflows)


def spread_of(flow: Node) -> str:
    return flow.get("isee:spreadflow", "beginning") or "beginning"


@dataclass(slots=True)
class Belts:
    """All conveyors of a file."""

    reading: Reading
    belts: list[Belt] = field(default_factory=list[Belt])
    by_exit: dict[VarId, Belt] = field(default_factory=dict[VarId, Belt])
    by_leak: dict[VarId, Belt] = field(default_factory=dict[VarId, Belt])
    slats: dict[VarId, dict[Elements, int]] = field(default_factory=dict[VarId, dict[Elements, int]])
    """Number of slats at each element, for the conveyors that are written out as slats."""

    written: set[VarId] = field(default_factory=set[VarId])
    """Variables that the conveyors gave their equations."""
    labels: set[tuple[VarId, Elements | None]] = field(default_factory=set[tuple[VarId, "Elements | None"]])

    def drives(self, flow: VarId) -> bool:
        return flow in self.by_exit or flow in self.by_leak


def find_belts(reading: Reading) -> Belts:
    """The conveyors of a file; what is refused of them goes to `reading.refused`."""
    found = Belts(reading)
    at = {key(p.name): p for p in reading.placed}
    for stock in reading.placed:
        node = stock.node.first("conveyor")
        if stock.node.tag != "stock" or node is None:
            continue
        belt = Belt(stock, node)
        declared = reading.names.variables[key(stock.name)]
        scope = Scope(reading.names, stock.path, declared, ())

        def flows(tag: str, stock: Placed = stock, scope: Scope = scope) -> list[Placed]:
            names = [display(n.text) for n in stock.node.all(tag)]
            known = [scope.find(n) for n in names if n]
            return [at[key(k.name)] for k in known if k is not None]

        belt.inflows = flows("inflow")
        for flow in flows("outflow"):
            if flow.node.first("leak") is not None:
                belt.leaks.append(
                    Leak(flow, _share(flow.node, "leak_start", 0.0), _share(flow.node, "leak_end", 1.0))
                )
                found.by_leak[key(flow.name)] = belt
            elif belt.exit is None:
                belt.exit = flow
                found.by_exit[key(flow.name)] = belt
            else:
                refuse(reading, belt, flow.node, f"a second outflow '{flow.name}' that is no leak")
        _check(reading, belt)
        found.belts.append(belt)
    return found


def _share(node: Node, name: str, default: float) -> float:
    try:
        return float(node.get(name) or default)
    except ValueError:
        return default


def refuse(reading: Reading, belt: Belt, node: Node, what: str) -> None:
    where = Address(reading.file.path, node.line, node.column)
    reading.refused.append(Problem(where, f"{belt.stock.name}: {what} is not simulated for a conveyor"))


def _check(reading: Reading, belt: Belt) -> None:
    """Constructs of conveyors that are refused by name."""
    node, own = belt.node, reading.names.variables[key(belt.stock.name)].dimensions
    for name in ("discrete", "batch_integrity", "force_leak_fraction"):
        if node.get(name).lower() == "true":
            refuse(reading, belt, node, f'{name}="true"')
    arrest = node.first("arrest")
    if arrest is not None and arrest.text.strip() not in ("", "0"):
        refuse(reading, belt, arrest, "<arrest>")
    if not node.value("len"):
        refuse(reading, belt, node, "a missing <len>")
    if belt.exit is None:
        refuse(reading, belt, node, "no outflow at the end")
    for leak in belt.leaks:
        if leak.flow.node.first("leak_integers") is not None:
            refuse(reading, belt, leak.flow.node, "<leak_integers>")
        if not 0.0 <= leak.start <= leak.end <= 1.0:
            refuse(reading, belt, leak.flow.node, f"a leak zone from {leak.start:g} to {leak.end:g}")
    outward = [leak.flow for leak in belt.leaks] + ([belt.exit] if belt.exit else [])
    for flow in (*belt.inflows, *outward):
        if reading.names.variables[key(flow.name)].dimensions != own:
            refuse(reading, belt, flow.node, f"the flow '{flow.name}' over other dimensions")
    for flow in belt.inflows:
        kind = spread_of(flow.node)
        if kind not in SPREADS:
            refuse(reading, belt, flow.node, f"the spread inflow '{kind}'")
        elif kind != "beginning" and belt.leaks and not belt.exponential:
            refuse(reading, belt, flow.node, f"the spread inflow '{kind}' with linear leakage")
