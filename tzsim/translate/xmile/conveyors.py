"""Conveyors of XMILE, written out as delays or as one stock for each slat of the belt.

What enters a conveyor leaves it a transit time later (XMILE 1.0, section 4.2.1; isee systems help, 'Conveyor
Computation'): a slat holds what came in during one TIME STEP, every step the slats move one place towards the exit.
A transit time that is no whole number of steps counts as the nearest one. Where nothing leaks and everything enters at
the beginning, the outflow is the inflow of a transit time ago, whatever the transit time of that moment was (DELAY
MATERIAL). Leakage, inflows spread over the belt and functions of the slats need the slats themselves; their number is
fixed when the file is read, and a member with another transit time or TIME STEP fails with values that are not finite.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product

from tzsim.ir.expr import Binary, Call, Expr, Name, Number, Ref
from tzsim.ir.model import Equation, Variable
from tzsim.names import VarId, key
from tzsim.translate.syntax import SyntaxProblem
from tzsim.translate.xmile.belt_writer import DT, FRACTION, ONE, ZERO, BeltWriter, total_of
from tzsim.translate.xmile.belts import Belt, Belts, Elements, refuse
from tzsim.translate.xmile.declared import Names
from tzsim.translate.xmile.slats import write_slats
from tzsim.translate.xmile.written_out import add, div, mul, sub

MAX_SLATS = 2_000


def convey(belts: Belts, variables: dict[VarId, Variable], method: str) -> None:
    """Puts the equations of conveyors into `variables`; refusals go to the reading."""
    reading = belts.reading
    for belt in belts.belts:
        if method != "euler":
            refuse(reading, belt, belt.node, f"the integration method {method} (use Euler)")
    if reading.refused or reading.problems:
        return
    for belt in belts.belts:
        if belt.leaks or belt.spread or key(belt.stock.name) in reading.names.slatted:
            belts.slats[key(belt.stock.name)] = _counts(belts, belt, variables)
    if reading.refused:
        return
    for belt in belts.belts:
        made = BeltWriter(belts, belt, variables)
        for leak in belt.leaks:
            tag, name = leak.flow.node.first("leak"), leak.flow.name + FRACTION
            if tag is not None and tag.text.strip():
                made.put(name, made.read(tag))
            else:
                old = variables[key(leak.flow.name)]
                variables[key(name)] = replace(old, name=name, unit="", comment="")
    for belt in belts.belts:
        try:
            _admit(BeltWriter(belts, belt, variables))
            for elements in _places(belts, belt):
                _write(BeltWriter(belts, belt, variables, elements))
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
        time = _constant(BeltWriter(belts, belt, variables, elements).read(length), variables, names)
        if time is None or not step:
            refuse(belts.reading, belt, length, "a transit time that changes, beside leaks or slats,")
            return {}
        found[elements] = max(1, int(time / step + 0.5))
        if found[elements] > MAX_SLATS or sum(found.values()) > 10 * MAX_SLATS:
            refuse(belts.reading, belt, length, f"more than {MAX_SLATS:,} slats")
            return {}
    if key(belt.stock.name) in names.slatted and len(set(found.values())) > 1:
        refuse(belts.reading, belt, length, "a function of the slats where their number differs")
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


def _write(at: BeltWriter) -> None:
    """The outflow of a conveyor, as a delay or from its slats."""
    belt = at.belt
    length = belt.node.first("len")
    assert length is not None
    assert belt.exit is not None
    steps = Call("MAX", (ONE, Call("ROUND", (div(at.read(length), DT),))))
    sample = belt.node.first("sample")
    if sample is not None and sample.text.strip() not in ("", "1"):
        steps = Call("SAMPLE IF TRUE", (at.read(sample), steps, steps))
    transit = at.put(f"{belt.stock.name}·transit steps", steps)
    if key(belt.stock.name) in at.belts.slats:
        write_slats(at, transit)
        return
    content = at.ref(belt.stock.name)
    time = mul(transit, DT)
    entering = total_of([at.ref(f.name) for f in belt.inflows])
    at.put(belt.exit.name, Call("DELAY MATERIAL", (entering, time, div(content, time), ZERO)))


def _admit(at: BeltWriter) -> None:
    """Inflows that no conveyor drives: not negative, the first listed served first where the room is short.

    MIN((capacity - content)/DT + outflows, inflow) (isee systems help, 'Conveyor Computation'); what leaks
    counts as outflow, and what another conveyor sends always gets on.
    """
    belt = at.belt
    assert belt.exit is not None
    capacity, limit = belt.node.first("capacity"), belt.node.first("in_limit")
    leaving = [at.ref(belt.exit.name), *(at.ref(x.flow.name) for x in belt.leaks)]
    sent = [at.ref(f.name) for f in belt.inflows if at.belts.drives(key(f.name))]
    earlier: list[Expr] = []
    for flow in belt.inflows:
        if at.belts.drives(key(flow.name)):
            continue
        bounds: list[Expr] = []
        if capacity is not None and capacity.text.strip():
            room = add(div(sub(at.read(capacity), at.ref(belt.stock.name)), DT), total_of(leaving))
            bounds.append(sub(room, total_of([*sent, *earlier])) if sent or earlier else room)
        if limit is not None and limit.text.strip():
            most = at.read(limit)
            bounds.append(sub(most, total_of(earlier)) if earlier else most)
        variable = at.variables[key(flow.name)]
        equations: list[Equation] = []
        for equation in variable.equations:
            wanted: Expr = equation.expression
            if bounds:
                wanted = Call("MIN", (wanted, *_bound_to(at, flow.name, equation, bounds)))
            equations.append(replace(equation, expression=Call("MAX", (wanted, ZERO))))
        at.variables[key(flow.name)] = replace(variable, equations=tuple(equations))
        earlier.append(at.ref(flow.name))


def _bound_to(at: BeltWriter, flow: str, equation: Equation, bounds: list[Expr]) -> list[Expr]:
    """The bounds at the elements that an equation is for."""
    if equation.subscripts == at.subscripts:
        return bounds
    names: list[Expr] = []
    for n, bound in enumerate(bounds, 1):
        name = f"{at.belt.stock.name}·room {n} for {flow}"
        at.put(name, bound)
        names.append(Ref(name, tuple(Name(s) for s in equation.subscripts)))
    return names
