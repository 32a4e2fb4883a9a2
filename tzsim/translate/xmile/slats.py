"""A conveyor as one stock for each slat of its belt: leakage, spread inflows and functions of the slats need them."""

from __future__ import annotations

from tzsim.ir.expr import Binary, Call, Every, Expr, Lookup, Name, Number, Ref
from tzsim.names import key
from tzsim.translate.syntax import SyntaxProblem
from tzsim.translate.xmile.belt_writer import (
    BASIS,
    DT,
    FRACTION,
    LEAKED,
    ONE,
    SLAT,
    ZERO,
    BeltWriter,
    total_of,
)  # fmt: skip
from tzsim.translate.xmile.belts import spread_of
from tzsim.translate.xmile.expressions import parse_equation
from tzsim.translate.xmile.modules import Placed
from tzsim.translate.xmile.resolve import Scope
from tzsim.translate.xmile.written_out import add, choose, div, mul, sub


def write_slats(at: BeltWriter, transit: Ref) -> None:
    """The slats, what leaks from them and what leaves at the end; nan for a member whose transit is another number of steps."""
    belt, stock = at.belt, at.belt.stock.name
    assert belt.exit is not None
    count = at.slats_of(at.belt.stock)
    slats = range(1, count + 1)
    content = {i: at.ref(stock + SLAT, i) for i in slats}
    leaving, profile = _leaks(at, count, content)
    at.put_slats(f"{stock}·profile", profile)
    whole = tuple(Name(s) for s in at.subscripts)
    total = at.put(
        f"{stock}·profile total",
        Call("SUM", (Ref(f"{stock}·profile", (*whole, Every(at.slat_range().name))),)),
    )
    scale = div(at.ref(stock), total)
    entering = _entering(at, count)
    flows: list[Expr] = []
    for i in slats:
        rate: Expr = Binary("-", ZERO, div(content[i], DT))
        if i < count:
            rate = sub(div(sub(content[i + 1], content[i]), DT), leaving[i + 1])
        flows.append(add(rate, total_of(entering[i])) if entering[i] else rate)
    at.put_slats(
        stock + SLAT,
        [
            Call("INTEG", (rate, mul(scale, at.ref(f"{stock}·profile", i))))
            for i, rate in zip(slats, flows, strict=True)
        ],
    )
    fits = div(ONE, Binary("=", transit, Number(float(count))))
    at.put(belt.exit.name, mul(sub(div(content[1], DT), leaving[1]), fits))


def _leaks(at: BeltWriter, count: int, content: dict[int, Ref]) -> tuple[dict[int, Expr], list[Expr]]:
    """What leaks from each slat per time unit; and the content of each slat in a steady state with 1 at the entry.

    Writes the leakage flows.
    """
    belt, slats = at.belt, range(1, count + 1)
    zone = {
        x.flow.name: [i for i in slats if x.start <= 1.0 - (i - 0.5) / count <= x.end] for x in belt.leaks
    }
    held: list[Expr] = [ONE] * count
    if belt.exponential:
        share = {i: _exponential(at, i, zone) for i in slats}
        for i in reversed(range(1, count)):
            keep = Call("MAX", (ZERO, sub(ONE, mul(DT, share[i + 1][0]))))
            held[i - 1] = mul(at.ref(f"{belt.stock.name}·profile", i + 1), keep)
        for x in belt.leaks:
            parts: list[Expr] = []
            for i in slats:
                inside = i in zone[x.flow.name]
                rate = mul(at.ref(x.flow.name + FRACTION), share[i][1])
                parts.append(mul(content[i], rate) if inside else ZERO)
            _sum_up(at, x.flow.name, parts)
        return {i: mul(content[i], share[i][0]) for i in slats}, held
    reaching = _reaching(at, count, zone)
    leaked: dict[int, list[Expr]] = {i: [] for i in slats}
    for x in belt.leaks:
        name, places = x.flow.name, zone[x.flow.name]
        fraction = at.ref(name + FRACTION)
        basis = div(reaching[name], Number(float(max(1, len(places)))))
        parts = []
        for i in slats:
            left: Expr = div(content[i], DT)
            for before in leaked[i]:
                left = sub(left, before)
            amount = div(mul(fraction, at.ref(name + BASIS, i)), DT)
            parts.append(Call("MAX", (ZERO, Call("MIN", (amount, left)))) if i in places else ZERO)
        _sum_up(at, name, parts)
        for i in places:
            leaked[i].append(at.ref(name + LEAKED, i))
        _bases(at, name, basis, count)
    for i in reversed(range(1, count)):
        lost: Expr = at.ref(f"{belt.stock.name}·profile", i + 1)
        for x in belt.leaks:
            if i + 1 in zone[x.flow.name]:
                size = Number(float(len(zone[x.flow.name])))
                lost = sub(lost, div(mul(at.ref(x.flow.name + FRACTION), reaching[x.flow.name]), size))
        held[i - 1] = Call("MAX", (ZERO, lost))
    return {i: total_of(leaked[i]) for i in slats}, held


def _sum_up(at: BeltWriter, flow: str, parts: list[Expr]) -> None:
    """A leakage flow as the sum of what leaks from each slat."""
    at.put_slats(flow + LEAKED, parts)
    own = tuple(Name(s) for s in at.subscripts)
    at.put(flow, Call("SUM", (Ref(flow + LEAKED, (*own, Every(at.slat_range().name))),)))


def _exponential(at: BeltWriter, slat: int, zone: dict[str, list[int]]) -> tuple[Expr, Expr]:
    """Share of a slat that leaks per time unit, at most all of it in a step; and what each fraction is reduced to."""
    names = [x.flow.name for x in at.belt.leaks if slat in zone[x.flow.name]]
    if not names:
        return ZERO, ONE
    label = f"{at.belt.stock.name}·leaking {'+'.join(names)}"
    if (key(label), at.elements) not in at.belts.labels:
        at.belts.labels.add((key(label), at.elements))
        at.put(label, total_of([Call("MAX", (ZERO, at.ref(n + FRACTION))) for n in names]))
        too_much = Binary(">", mul(at.ref(label), DT), ONE)
        at.put(label + "·reduced", choose(too_much, div(ONE, mul(at.ref(label), DT)), ONE))
    return mul(at.ref(label), at.ref(label + "·reduced")), at.ref(label + "·reduced")


def _reaching(at: BeltWriter, count: int, zone: dict[str, list[int]]) -> dict[str, Expr]:
    """Share of what enters that reaches the zone of each linear leak (isee: zones that start later leak of the rest)."""
    found: dict[str, Expr] = {}
    for x in sorted(at.belt.leaks, key=lambda x: x.start):
        first = max(zone[x.flow.name], default=0)
        rest: Expr = ONE
        for y in at.belt.leaks:
            passed = sum(i > first for i in zone[y.flow.name])
            if y.start < x.start and passed:
                part = Number(passed / len(zone[y.flow.name]))
                lost = mul(mul(at.ref(y.flow.name + FRACTION), found[y.flow.name]), part)
                rest = sub(rest, lost)
        found[x.flow.name] = rest if rest is ONE else Call("MAX", (ZERO, rest))
    return found


def _bases(at: BeltWriter, flow: str, basis: Expr, count: int) -> None:
    """What a linear leak takes from each slat per unit of its fraction: fixed when the material gets on."""
    stock = at.belt.stock.name
    entered = div(at.ref(stock), at.ref(f"{stock}·profile total"))
    inward = total_of([at.ref(f.name) for f in at.belt.inflows])
    made: list[Expr] = []
    for i in range(1, count + 1):
        own = at.ref(flow + BASIS, i)
        if i < count:
            rate: Expr = div(sub(at.ref(flow + BASIS, i + 1), own), DT)
        else:
            rate = sub(mul(inward, basis), div(own, DT))
        made.append(Call("INTEG", (rate, mul(entered, basis))))
    at.put_slats(flow + BASIS, made)


def _entering(at: BeltWriter, count: int) -> dict[int, list[Expr]]:
    """Inflow that gets on at each slat (isee systems help, 'Spreading Conveyor Inputs')."""
    found: dict[int, list[Expr]] = {i: [] for i in range(1, count + 1)}
    for flow in at.belt.inflows:
        inflow, kind = at.ref(flow.name), spread_of(flow.node)
        source = at.belts.by_leak.get(key(flow.name))
        if kind == "even":
            for i in found:
                found[i].append(div(inflow, Number(float(count))))
        elif kind == "source" and source is not None:
            long = at.slats_of(source.stock)
            for j in range(1, long + 1):
                place = (j - 0.5) / long
                nearest = min(
                    found, key=lambda i, place=place: (round(abs((i - 0.5) / count - place), 12), i)
                )
                found[nearest].append(at.ref(flow.name + LEAKED, j))
        elif kind == "dist":
            weights = _weights(at, flow, count)
            for i in found:
                found[i].append(mul(inflow, weights[i]))
        else:
            found[count].append(inflow)
    return found


def _weights(at: BeltWriter, flow: Placed, count: int) -> dict[int, Expr]:
    """Shares by a graphical function of the place on the belt, 0 at the entry and 1 at the exit."""
    equation = flow.node.first("isee:distrib_eq")
    raw = parse_equation(equation.text) if equation is not None else ZERO
    scope = Scope(at.names, flow.path, at.scope.variable, at.scope.left)
    found = scope.find(raw.name) if isinstance(raw, Ref) else None
    if found is None or not found.graph:
        raise SyntaxProblem(
            0, "an inflow spread by something else than a graphical function", unsupported=True
        )
    table = scope.lookup_of(raw, ZERO).table
    name = flow.name + "·spread"
    at.put_slats(
        name,
        [Call("MAX", (ZERO, Lookup(table, Number(1.0 - (i - 0.5) / count)))) for i in range(1, count + 1)],
    )
    own = tuple(Name(s) for s in at.subscripts)
    total = at.put(name + " total", Call("SUM", (Ref(name, (*own, Every(at.slat_range().name))),)))
    last = {i: ONE if i == count else ZERO for i in range(1, count + 1)}
    some = Binary(">", total, ZERO)
    return {i: choose(some, div(at.ref(name, i), total), last[i]) for i in last}
