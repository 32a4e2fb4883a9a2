"""Where the equations of one conveyor are put: among a model's variables, over its dimensions and its slats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tzsim.errors import Address
from tzsim.ir.expr import Expr, Name, Number, Ref
from tzsim.ir.model import Equation, SubscriptRange, Variable
from tzsim.names import VarId, key
from tzsim.translate.xmile.belts import Belt, Belts, Elements
from tzsim.translate.xmile.declared import Names
from tzsim.translate.xmile.document import Node
from tzsim.translate.xmile.expressions import parse_equation
from tzsim.translate.xmile.modules import Placed
from tzsim.translate.xmile.resolve import Scope
from tzsim.translate.xmile.written_out import add

DT, ONE, ZERO = Ref("TIME STEP"), Number(1.0), Number(0.0)
SLAT, FRACTION, LEAKED, BASIS = "·slat", "·fraction", "·leaked", "·basis"


@dataclass(slots=True)
class BeltWriter:
    """Writes the equations of one conveyor, over the dimensions of its stock or for some `elements`."""

    belts: Belts
    belt: Belt
    variables: dict[VarId, Variable]
    elements: Elements | None = None

    @property
    def names(self) -> Names:
        return self.belts.reading.names

    @property
    def dimensions(self) -> tuple[str, ...]:
        return self.names.distinct(self.names.variables[key(self.belt.stock.name)].dimensions)

    @property
    def subscripts(self) -> tuple[str, ...]:
        return self.dimensions if self.elements is None else self.elements

    def slats_of(self, stock: Placed) -> int:
        counts = self.belts.slats[key(stock.name)]
        return next(iter(counts.values())) if self.elements is None else counts[self.elements]

    @property
    def scope(self) -> Scope:
        stock = self.belt.stock
        fixed = self.elements or (None,) * len(self.dimensions)
        left = tuple(zip(self.dimensions, fixed, strict=True))
        return Scope(self.names, stock.path, self.names.variables[key(stock.name)], left)

    def read(self, node: Node) -> Expr:
        return self.scope.resolve(parse_equation(node.text))

    def ref(self, name: str, slat: int | None = None) -> Ref:
        own = tuple(Name(s) for s in self.subscripts)
        return Ref(name, own if slat is None else (*own, Name(str(slat))))

    def put(self, name: str, expression: Expr) -> Ref:
        """An equation over the dimensions of the stock or at the elements, in place of what stood for them."""
        before = self.variables.get(key(name))
        old = before.equations[0] if before else None
        equation = Equation(
            self.subscripts, expression, (), old.address if old else self.where, old.text if old else ""
        )
        self.add(name, (equation,))
        return self.ref(name)

    @property
    def where(self) -> Address:
        return Address(self.belts.reading.file.path, self.belt.node.line, self.belt.node.column)

    def add(self, name: str, equations: tuple[Equation, ...]) -> None:
        before = self.variables.get(key(name))
        if before is None:
            self.variables[key(name)] = Variable(name, equations, address=self.where)
            self.belts.written.add(key(name))
            return
        done = self.elements is not None and key(name) in self.belts.written
        kept = before.equations if done else ()
        self.variables[key(name)] = replace(before, equations=(*kept, *equations))
        self.belts.written.add(key(name))

    def put_slats(self, name: str, expressions: list[Expr]) -> None:
        """A variable over the dimensions of the stock and its slats, the first at the exit."""
        unused = [ZERO] * (len(self.slat_range().elements) - len(expressions))
        rows = zip(self.slat_range().elements, [*expressions, *unused], strict=True)
        self.add(name, tuple(Equation((*self.subscripts, i), e, (), self.where) for i, e in rows))

    def slat_range(self) -> SubscriptRange:
        name = f"{self.belt.stock.name}·slats"
        if key(name) not in self.names.ranges:
            most = max(self.belts.slats[key(self.belt.stock.name)].values())
            self.names.ranges[key(name)] = SubscriptRange(name, tuple(str(i) for i in range(1, most + 1)))
        return self.names.ranges[key(name)]


def total_of(parts: Sequence[Expr]) -> Expr:
    """The sum of expressions from left to right, 0 of none."""
    total: Expr = parts[0] if parts else ZERO
    for part in parts[1:]:
        total = add(total, part)
    return total
