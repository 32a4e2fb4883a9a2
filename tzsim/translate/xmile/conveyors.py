"""Conveyors of XMILE, written out as delays or as one stock for each slat of the belt.

What enters a conveyor leaves it a transit time later (XMILE 1.0, section 4.2.1; isee systems help, 'Conveyor
Computation'): a slat holds what came in during one TIME STEP, every step the slats move one place towards the exit.
A transit time that is no whole number of steps counts as the nearest one. Where nothing leaks and everything enters at
the beginning, the outflow is the inflow of a transit time ago, whatever the transit time of that moment was (DELAY
MATERIAL). Leakage, inflows spread over the belt and functions of the slats need the slats themselves; their number is
fixed when the file is read, and a member with another transit time or TIME STEP fails with values that are not finite.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import TypeAlias

from tzsim.errors import Address, Problem
from tzsim.ir.expr import Binary, Call, Every, Expr, Lookup, Name, Number, Ref
from tzsim.ir.model import Equation, SubscriptRange, Variable
from tzsim.names import VarId, key
from tzsim.translate.syntax import SyntaxProblem
from tzsim.translate.xmile.declared import Names
from tzsim.translate.xmile.document import Node
from tzsim.translate.xmile.expressions import parse_equation
from tzsim.translate.xmile.lexer import display
from tzsim.translate.xmile.modules import Placed
from tzsim.translate.xmile.reading import Reading
from tzsim.translate.xmile.resolve import Scope
from tzsim.translate.xmile.written_out import add, choose, div, mul, sub

DT, ONE, ZERO = Ref("TIME STEP"), Number(1.0), Number(0.0)
MAX_SLATS = 2_000
SLAT, FRACTION, LEAKED, BASIS = "·slat", "·fraction", "·leaked", "·basis"
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
        return any(_spread(f.node) != "beginning" for f in self.inflows)


def _spread(flow: Node) -> str:
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
                _refuse(reading, belt, flow.node, f"a second outflow '{flow.name}' that is no leak")
        _check(reading, belt)
        found.belts.append(belt)
    return found


def _share(node: Node, name: str, default: float) -> float:
    try:
        return float(node.get(name) or default)
    except ValueError:
        return default


def _refuse(reading: Reading, belt: Belt, node: Node, what: str) -> None:
    where = Address(reading.file.path, node.line, node.column)
    reading.refused.append(Problem(where, f"{belt.stock.name}: {what} is not simulated for a conveyor"))


def _check(reading: Reading, belt: Belt) -> None:
    """Constructs of conveyors that are refused by name."""
    node, own = belt.node, reading.names.variables[key(belt.stock.name)].dimensions
    for name in ("discrete", "batch_integrity", "force_leak_fraction"):
        if node.get(name).lower() == "true":
            _refuse(reading, belt, node, f'{name}="true"')
    arrest = node.first("arrest")
    if arrest is not None and arrest.text.strip() not in ("", "0"):
        _refuse(reading, belt, arrest, "<arrest>")
    if not node.value("len"):
        _refuse(reading, belt, node, "a missing <len>")
    if belt.exit is None:
        _refuse(reading, belt, node, "no outflow at the end")
    for leak in belt.leaks:
        if leak.flow.node.first("leak_integers") is not None:
            _refuse(reading, belt, leak.flow.node, "<leak_integers>")
        if not 0.0 <= leak.start <= leak.end <= 1.0:
            _refuse(reading, belt, leak.flow.node, f"a leak zone from {leak.start:g} to {leak.end:g}")
    outward = [leak.flow for leak in belt.leaks] + ([belt.exit] if belt.exit else [])
    for flow in (*belt.inflows, *outward):
        if reading.names.variables[key(flow.name)].dimensions != own:
            _refuse(reading, belt, flow.node, f"the flow '{flow.name}' over other dimensions")
    for flow in belt.inflows:
        kind = _spread(flow.node)
        if kind not in SPREADS:
            _refuse(reading, belt, flow.node, f"the spread inflow '{kind}'")
        elif kind != "beginning" and belt.leaks and not belt.exponential:
            _refuse(reading, belt, flow.node, f"the spread inflow '{kind}' with linear leakage")


def convey(belts: Belts, variables: dict[VarId, Variable], method: str) -> None:
    """Puts the equations of conveyors into `variables`; refusals go to the reading."""
    reading = belts.reading
    for belt in belts.belts:
        if method != "euler":
            _refuse(reading, belt, belt.node, f"the integration method {method} (use Euler)")
    if reading.refused or reading.problems:
        return
    for belt in belts.belts:
        if belt.leaks or belt.spread or key(belt.stock.name) in reading.names.slatted:
            belts.slats[key(belt.stock.name)] = _counts(belts, belt, variables)
    if reading.refused:
        return
    for belt in belts.belts:
        made = _Writer(belts, belt, variables)
        for leak in belt.leaks:
            tag, name = leak.flow.node.first("leak"), leak.flow.name + FRACTION
            if tag is not None and tag.text.strip():
                made.put(name, made.read(tag))
            else:
                old = variables[key(leak.flow.name)]
                variables[key(name)] = replace(old, name=name, unit="", comment="")
    for belt in belts.belts:
        try:
            _Writer(belts, belt, variables).admit()
            for elements in _places(belts, belt):
                _Writer(belts, belt, variables, elements).write()
        except SyntaxProblem as fault:
            reading.fault(belt.node, belt.stock.name, fault)


def _places(belts: Belts, belt: Belt) -> list[Elements | None]:
    """None for all elements at once; each of them where belts of different length meet."""
    own = [belts.slats.get(key(belt.stock.name), {})]
    own += [belts.slats[key(b.stock.name)] for f in belt.inflows if (b := belts.by_leak.get(key(f.name)))]
    return list(own[0]) if any(len(set(counts.values())) > 1 for counts in own) else [None]


def _counts(belts: Belts, belt: Belt, variables: dict[VarId, Variable]) -> dict[Elements, int]:
    """Number of slats at each element, from a transit time that is a constant of the file."""
    length = belt.node.first("len")
    assert length is not None
    names = belts.reading.names
    dimensions = names.distinct(names.variables[key(belt.stock.name)].dimensions)
    step = _constant(DT, variables, names)
    found: dict[Elements, int] = {}
    for elements in product(*(names.ranges[key(d)].elements for d in dimensions)):
        time = _constant(_Writer(belts, belt, variables, elements).read(length), variables, names)
        if time is None or not step:
            _refuse(belts.reading, belt, length, "a transit time that changes, beside leaks or slats,")
            return {}
        found[elements] = max(1, int(time / step + 0.5))
        if found[elements] > MAX_SLATS or sum(found.values()) > 10 * MAX_SLATS:
            _refuse(belts.reading, belt, length, f"more than {MAX_SLATS:,} slats")
            return {}
    if key(belt.stock.name) in names.slatted and len(set(found.values())) > 1:
        _refuse(belts.reading, belt, length, "a function of the slats where their number differs")
    return found


def _constant(e: Expr, variables: dict[VarId, Variable], names: Names, depth: int = 0) -> float | None:
    """The value of an expression of literals and constants, None where it has none."""
    if isinstance(e, Number):
        return e.value
    if isinstance(e, Ref) and key(e.name) in variables and depth < 20:
        wanted = [s.name for s in e.subscripts if isinstance(s, Name)]
        for equation in variables[key(e.name)].equations:
            if len(wanted) == len(equation.subscripts) and all(
                key(s) == key(w) or (key(s) in names.ranges and w in names.ranges[key(s)].elements)
                for s, w in zip(equation.subscripts, wanted, strict=True)
            ):
                return _constant(equation.expression, variables, names, depth + 1)
        return None
    if isinstance(e, Binary) and e.op in "+-*/":
        left, right = (_constant(x, variables, names, depth + 1) for x in (e.left, e.right))
        if left is None or right is None or (e.op == "/" and right == 0.0):
            return None
        if e.op in "*/":
            return left * right if e.op == "*" else left / right
        return left + right if e.op == "+" else left - right
    return None


@dataclass(slots=True)
class _Writer:
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

    # ------------------------------------------------------------ the whole conveyor

    def write(self) -> None:
        belt = self.belt
        length = belt.node.first("len")
        assert length is not None
        assert belt.exit is not None
        steps = Call("MAX", (ONE, Call("ROUND", (div(self.read(length), DT),))))
        sample = belt.node.first("sample")
        if sample is not None and sample.text.strip() not in ("", "1"):
            steps = Call("SAMPLE IF TRUE", (self.read(sample), steps, steps))
        transit = self.put(f"{belt.stock.name}·transit steps", steps)
        if key(belt.stock.name) in self.belts.slats:
            self.write_slats(transit)
            return
        content = self.ref(belt.stock.name)
        time = mul(transit, DT)
        entering = _total([self.ref(f.name) for f in belt.inflows])
        self.put(belt.exit.name, Call("DELAY MATERIAL", (entering, time, div(content, time), ZERO)))

    def admit(self) -> None:
        """Inflows that no conveyor drives: not negative, the first listed served first where the room is short.

        MIN((capacity - content)/DT + outflows, inflow) (isee systems help, 'Conveyor Computation'); what leaks
        counts as outflow, and what another conveyor sends always gets on.
        """
        belt = self.belt
        assert belt.exit is not None
        capacity, limit = belt.node.first("capacity"), belt.node.first("in_limit")
        leaving = [self.ref(belt.exit.name), *(self.ref(x.flow.name) for x in belt.leaks)]
        sent = [self.ref(f.name) for f in belt.inflows if self.belts.drives(key(f.name))]
        earlier: list[Expr] = []
        for flow in belt.inflows:
            if self.belts.drives(key(flow.name)):
                continue
            bounds: list[Expr] = []
            if capacity is not None and capacity.text.strip():
                room = add(div(sub(self.read(capacity), self.ref(belt.stock.name)), DT), _total(leaving))
                bounds.append(sub(room, _total([*sent, *earlier])) if sent or earlier else room)
            if limit is not None and limit.text.strip():
                most = self.read(limit)
                bounds.append(sub(most, _total(earlier)) if earlier else most)
            variable = self.variables[key(flow.name)]
            equations: list[Equation] = []
            for equation in variable.equations:
                wanted: Expr = equation.expression
                if bounds:
                    at = self.bound_to(flow.name, equation, bounds)
                    wanted = Call("MIN", (wanted, *at))
                equations.append(replace(equation, expression=Call("MAX", (wanted, ZERO))))
            self.variables[key(flow.name)] = replace(variable, equations=tuple(equations))
            earlier.append(self.ref(flow.name))

    def bound_to(self, flow: str, equation: Equation, bounds: list[Expr]) -> list[Expr]:
        """The bounds at the elements that an equation is for."""
        if equation.subscripts == self.subscripts:
            return bounds
        names: list[Expr] = []
        for n, bound in enumerate(bounds, 1):
            name = f"{self.belt.stock.name}·room {n} for {flow}"
            self.put(name, bound)
            names.append(Ref(name, tuple(Name(s) for s in equation.subscripts)))
        return names

    # ------------------------------------------------------------ slats

    def write_slats(self, transit: Ref) -> None:
        belt, stock = self.belt, self.belt.stock.name
        assert belt.exit is not None
        count = self.slats_of(self.belt.stock)
        slats = range(1, count + 1)
        content = {i: self.ref(stock + SLAT, i) for i in slats}
        leaving, profile = self.leaks(count, content)
        self.put_slats(f"{stock}·profile", profile)
        whole = tuple(Name(s) for s in self.subscripts)
        total = self.put(
            f"{stock}·profile total",
            Call("SUM", (Ref(f"{stock}·profile", (*whole, Every(self.slat_range().name))),)),
        )
        scale = div(self.ref(stock), total)
        entering = self.entering(count)
        flows: list[Expr] = []
        for i in slats:
            rate: Expr = Binary("-", ZERO, div(content[i], DT))
            if i < count:
                rate = sub(div(sub(content[i + 1], content[i]), DT), leaving[i + 1])
            flows.append(add(rate, _total(entering[i])) if entering[i] else rate)
        self.put_slats(
            stock + SLAT,
            [
                Call("INTEG", (rate, mul(scale, self.ref(f"{stock}·profile", i))))
                for i, rate in zip(slats, flows, strict=True)
            ],
        )
        fits = div(ONE, Binary("=", transit, Number(float(count))))
        self.put(belt.exit.name, mul(sub(div(content[1], DT), leaving[1]), fits))

    def leaks(self, count: int, content: dict[int, Ref]) -> tuple[dict[int, Expr], list[Expr]]:
        """What leaks from each slat per time unit; and the content of each slat in a steady state with 1 at the entry.

        Writes the leakage flows.
        """
        belt, slats = self.belt, range(1, count + 1)
        zone = {
            x.flow.name: [i for i in slats if x.start <= 1.0 - (i - 0.5) / count <= x.end] for x in belt.leaks
        }
        held: list[Expr] = [ONE] * count
        if belt.exponential:
            share = {i: self.exponential(i, zone) for i in slats}
            for i in reversed(range(1, count)):
                keep = Call("MAX", (ZERO, sub(ONE, mul(DT, share[i + 1][0]))))
                held[i - 1] = mul(self.ref(f"{belt.stock.name}·profile", i + 1), keep)
            for x in belt.leaks:
                parts: list[Expr] = []
                for i in slats:
                    inside = i in zone[x.flow.name]
                    rate = mul(self.ref(x.flow.name + FRACTION), share[i][1])
                    parts.append(mul(content[i], rate) if inside else ZERO)
                self.sum_up(x.flow.name, parts)
            return {i: mul(content[i], share[i][0]) for i in slats}, held
        reaching = self.reaching(count, zone)
        leaked: dict[int, list[Expr]] = {i: [] for i in slats}
        for x in belt.leaks:
            name, places = x.flow.name, zone[x.flow.name]
            fraction = self.ref(name + FRACTION)
            basis = div(reaching[name], Number(float(max(1, len(places)))))
            parts = []
            for i in slats:
                left: Expr = div(content[i], DT)
                for before in leaked[i]:
                    left = sub(left, before)
                amount = div(mul(fraction, self.ref(name + BASIS, i)), DT)
                parts.append(Call("MAX", (ZERO, Call("MIN", (amount, left)))) if i in places else ZERO)
            self.sum_up(name, parts)
            for i in places:
                leaked[i].append(self.ref(name + LEAKED, i))
            self.bases(name, basis, count)
        for i in reversed(range(1, count)):
            lost: Expr = self.ref(f"{belt.stock.name}·profile", i + 1)
            for x in belt.leaks:
                if i + 1 in zone[x.flow.name]:
                    size = Number(float(len(zone[x.flow.name])))
                    lost = sub(lost, div(mul(self.ref(x.flow.name + FRACTION), reaching[x.flow.name]), size))
            held[i - 1] = Call("MAX", (ZERO, lost))
        return {i: _total(leaked[i]) for i in slats}, held

    def sum_up(self, flow: str, parts: list[Expr]) -> None:
        """A leakage flow as the sum of what leaks from each slat."""
        self.put_slats(flow + LEAKED, parts)
        own = tuple(Name(s) for s in self.subscripts)
        self.put(flow, Call("SUM", (Ref(flow + LEAKED, (*own, Every(self.slat_range().name))),)))

    def exponential(self, slat: int, zone: dict[str, list[int]]) -> tuple[Expr, Expr]:
        """Share of a slat that leaks per time unit, at most all of it in a step; and what each fraction is reduced to."""
        names = [x.flow.name for x in self.belt.leaks if slat in zone[x.flow.name]]
        if not names:
            return ZERO, ONE
        label = f"{self.belt.stock.name}·leaking {'+'.join(names)}"
        if (key(label), self.elements) not in self.belts.labels:
            self.belts.labels.add((key(label), self.elements))
            self.put(label, _total([Call("MAX", (ZERO, self.ref(n + FRACTION))) for n in names]))
            too_much = Binary(">", mul(self.ref(label), DT), ONE)
            self.put(label + "·reduced", choose(too_much, div(ONE, mul(self.ref(label), DT)), ONE))
        return mul(self.ref(label), self.ref(label + "·reduced")), self.ref(label + "·reduced")

    def reaching(self, count: int, zone: dict[str, list[int]]) -> dict[str, Expr]:
        """Share of what enters that reaches the zone of each linear leak (isee: zones that start later leak of the rest)."""
        found: dict[str, Expr] = {}
        for x in sorted(self.belt.leaks, key=lambda x: x.start):
            first = max(zone[x.flow.name], default=0)
            rest: Expr = ONE
            for y in self.belt.leaks:
                passed = sum(i > first for i in zone[y.flow.name])
                if y.start < x.start and passed:
                    part = Number(passed / len(zone[y.flow.name]))
                    lost = mul(mul(self.ref(y.flow.name + FRACTION), found[y.flow.name]), part)
                    rest = sub(rest, lost)
            found[x.flow.name] = rest if rest is ONE else Call("MAX", (ZERO, rest))
        return found

    def bases(self, flow: str, basis: Expr, count: int) -> None:
        """What a linear leak takes from each slat per unit of its fraction: fixed when the material gets on."""
        stock = self.belt.stock.name
        entered = div(self.ref(stock), self.ref(f"{stock}·profile total"))
        inward = _total([self.ref(f.name) for f in self.belt.inflows])
        made: list[Expr] = []
        for i in range(1, count + 1):
            own = self.ref(flow + BASIS, i)
            if i < count:
                rate: Expr = div(sub(self.ref(flow + BASIS, i + 1), own), DT)
            else:
                rate = sub(mul(inward, basis), div(own, DT))
            made.append(Call("INTEG", (rate, mul(entered, basis))))
        self.put_slats(flow + BASIS, made)

    # ------------------------------------------------------------ where material gets on

    def entering(self, count: int) -> dict[int, list[Expr]]:
        """Inflow that gets on at each slat (isee systems help, 'Spreading Conveyor Inputs')."""
        found: dict[int, list[Expr]] = {i: [] for i in range(1, count + 1)}
        for flow in self.belt.inflows:
            inflow, kind = self.ref(flow.name), _spread(flow.node)
            source = self.belts.by_leak.get(key(flow.name))
            if kind == "even":
                for i in found:
                    found[i].append(div(inflow, Number(float(count))))
            elif kind == "source" and source is not None:
                long = self.slats_of(source.stock)
                for j in range(1, long + 1):
                    place = (j - 0.5) / long
                    nearest = min(
                        found, key=lambda i, place=place: (round(abs((i - 0.5) / count - place), 12), i)
                    )
                    found[nearest].append(self.ref(flow.name + LEAKED, j))
            elif kind == "dist":
                weights = self.weights(flow, count)
                for i in found:
                    found[i].append(mul(inflow, weights[i]))
            else:
                found[count].append(inflow)
        return found

    def weights(self, flow: Placed, count: int) -> dict[int, Expr]:
        """Shares by a graphical function of the place on the belt, 0 at the entry and 1 at the exit."""
        equation = flow.node.first("isee:distrib_eq")
        raw = parse_equation(equation.text) if equation is not None else ZERO
        scope = Scope(self.names, flow.path, self.scope.variable, self.scope.left)
        found = scope.find(raw.name) if isinstance(raw, Ref) else None
        if found is None or not found.graph:
            raise SyntaxProblem(
                0, "an inflow spread by something else than a graphical function", unsupported=True
            )
        table = scope.lookup_of(raw, ZERO).table
        name = flow.name + "·spread"
        self.put_slats(
            name,
            [
                Call("MAX", (ZERO, Lookup(table, Number(1.0 - (i - 0.5) / count))))
                for i in range(1, count + 1)
            ],
        )
        own = tuple(Name(s) for s in self.subscripts)
        total = self.put(name + " total", Call("SUM", (Ref(name, (*own, Every(self.slat_range().name))),)))
        last = {i: ONE if i == count else ZERO for i in range(1, count + 1)}
        some = Binary(">", total, ZERO)
        return {i: choose(some, div(self.ref(name, i), total), last[i]) for i in last}


def _total(parts: Sequence[Expr]) -> Expr:
    total: Expr = parts[0] if parts else ZERO
    for part in parts[1:]:
        total = add(total, part)
    return total
