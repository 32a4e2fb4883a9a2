"""Functions over arrays in the graph, from the scalar forms that `passes.vectors` writes."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tzsim.ir.expr import Expr, Number
from tzsim.kernel.writer import Write, Writer

MOST_SORTED = 200
"""Longest vector that is sorted: the work grows with its square."""
MOST_INVERTED = 12
"""Largest matrix that is inverted element by element."""


def _literal(at: Writer, e: Expr, what: str) -> float:
    if not isinstance(e, Number):
        raise at.refuse(f"{what} must be a constant that is the same for all members")
    return e.value


def _pick(at: Writer, a: Sequence[Expr]) -> int:
    """PICK(index, otherwise, e1, ..., en)."""
    graph = at.graph
    index, otherwise = graph.one("trunc", at.number(a[0])), at.number(a[1])
    known = graph.constant(index)
    if known is not None:
        return at.number(a[1 + int(known)]) if 1.0 <= known < len(a) - 1 else otherwise
    found = otherwise
    for i, e in enumerate(a[2:], start=1):
        found = graph.select(graph.compare("eq", index, graph.const(float(i))), at.number(e), found)
    return found


def _select(at: Writer, a: Sequence[Expr]) -> int:
    """VECTOR SELECT(missing, action, error, s1, v1, ...), as `builtins_vector.vector_select`."""
    graph = at.graph
    missing, action = at.number(a[0]), at.number(a[1])
    error = _literal(at, a[2], "the error of VECTOR SELECT")
    pairs = [(at.number(s), at.number(v)) for s, v in zip(a[3::2], a[4::2], strict=True)]
    nan = graph.const(math.nan)
    code = graph.one("floor", graph.two("add", action, graph.const(1e-9)))
    known = graph.constant(code)
    if known is not None:
        found = _selected(at, pairs, missing, int(known)) if 0 <= known <= 10 else nan
    else:
        found = nan
        for i in range(11):
            same = graph.compare("eq", code, graph.const(float(i)))
            found = graph.select(same, _selected(at, pairs, missing, i), found)
    count = graph.const(0.0)
    for s, _ in pairs:
        more = graph.two("add", count, graph.const(1.0))
        count = graph.select(graph.truth(s), more, count)
    if error in (1.0, 3.0):
        found = graph.select(graph.compare("eq", count, graph.const(0.0)), nan, found)
    if error in (2.0, 3.0):
        found = graph.select(graph.compare("gt", count, graph.const(1.0)), nan, found)
    return found


def _selected(at: Writer, pairs: Sequence[tuple[int, int]], missing: int, code: int) -> int:
    """The numerical action `code` over the chosen pairs of (selection, value), from left to right."""
    graph = at.graph
    how = {0: "add", 6: "add", 1: "mul", 5: "mul", 7: "mul", 2: "min", 8: "min", 3: "max", 9: "max"}.get(
        code, "add"
    )
    none = graph.truth_constant(True)
    total = count = graph.const(0.0)
    for selection, raw in pairs:
        chosen, value = graph.truth(selection), raw
        if code == 5:
            value = graph.two("pow", raw, selection)
        elif code <= 4:
            value = graph.two("mul", selection, raw)
        more = graph.select(none, value, graph.two(how, total, value))
        total = graph.select(chosen, more, total)
        count = graph.select(chosen, graph.two("add", count, graph.const(1.0)), count)
        none = graph.both(none, graph.negated(chosen))
    if code in (4, 10):
        total = graph.two("div", total, count)
    return graph.select(none, missing, total)


def _ranks(at: Writer, direction: Expr, values: Sequence[Expr]) -> list[int]:
    """Nodes of the 0-based rank of each value; ties keep their order."""
    if len(values) > MOST_SORTED:
        raise at.refuse(f"a vector of {len(values)} elements is sorted; at most {MOST_SORTED} are")
    graph = at.graph
    rising = graph.compare("gt", at.number(direction), graph.const(0.0))
    keys = [graph.select(rising, v, graph.one("neg", v)) for v in (at.number(e) for e in values)]
    ranks: list[int] = []
    for i, mine in enumerate(keys):
        rank = graph.const(0.0)
        for j, other in enumerate(keys):
            if i != j:
                before = graph.compare("le" if j < i else "lt", other, mine)
                rank = graph.two("add", rank, graph.number(before))
        ranks.append(rank)
    return ranks


def _sort_order(at: Writer, a: Sequence[Expr]) -> int:
    graph, place = at.graph, graph_place(at, a[0])
    found = graph.const(0.0)
    for i, rank in enumerate(_ranks(at, a[1], a[2:])):
        found = graph.select(
            graph.compare("eq", rank, graph.const(float(place))), graph.const(float(i)), found
        )
    return found


def _rank(at: Writer, a: Sequence[Expr]) -> int:
    ranks = _ranks(at, a[1], a[2:])
    return at.graph.two("add", ranks[graph_place(at, a[0])], at.graph.const(1.0))


def graph_place(at: Writer, e: Expr) -> int:
    """A literal place in an array."""
    return int(_literal(at, e, "a place"))


def _invert(at: Writer, a: Sequence[Expr]) -> int:
    """INVERT MATRIX(i, j, size, cells): Gauss-Jordan with row pivots, element by element."""
    graph = at.graph
    i, j = graph_place(at, a[0]), graph_place(at, a[1])
    size = _literal(at, a[2], "the size of INVERT MATRIX")
    whole = math.isqrt(len(a) - 3)
    n = int(size) if 0.0 <= size <= whole else 0
    if max(i, j) >= n:
        return graph.const(0.0)
    if n > MOST_INVERTED:
        raise at.refuse(f"a matrix of {n} rows is inverted; at most {MOST_INVERTED} are")
    zero, one = graph.const(0.0), graph.const(1.0)
    rows = [
        [*(at.number(a[3 + r * whole + c]) for c in range(n)), *(one if r == c else zero for c in range(n))]
        for r in range(n)
    ]
    singular = graph.truth_constant(False)
    for column in range(n):
        size_of = [graph.one("abs", rows[r][column]) for r in range(n)]
        best, pivot = size_of[column], graph.const(float(column))
        for r in range(column + 1, n):
            larger = graph.compare("gt", size_of[r], best)
            best = graph.select(larger, size_of[r], best)
            pivot = graph.select(larger, graph.const(float(r)), pivot)
        usable = graph.compare("gt", best, zero)
        singular = graph.either(singular, graph.negated(usable))
        here = rows[column]
        for r in range(column + 1, n):
            swap = graph.compare("eq", pivot, graph.const(float(r)))
            old = rows[r]
            rows[r] = [graph.select(swap, x, y) for x, y in zip(here, old, strict=True)]
            here = [graph.select(swap, y, x) for x, y in zip(here, old, strict=True)]
        head = here[column]
        rows[column] = [graph.two("div", x, head) for x in here]
        for r in range(n):
            if r != column:
                factor = rows[r][column]
                rows[r] = [
                    graph.two("sub", x, graph.two("mul", factor, y))
                    for x, y in zip(rows[r], rows[column], strict=True)
                ]
    return graph.select(singular, graph.const(math.nan), rows[i][n + j])


# ---------------------------------------------------------------- allocation (see builtins_vector)

_FLAT = {1.0: 0.5, 2.0: 0.5, 3.0: 9.0, 4.0: 40.0}
_PRICED = {1.0: 0.5, 2.0: 0.5, 3.0: 5.0, 4.0: 10.0}


Agent = tuple[int, int, int, int]
"""Nodes of type, request, priority and width."""


def _profile(at: Writer, a: Sequence[Expr]) -> Agent:
    kind = at.number(a[1])
    value = at.graph.constant(kind)
    if value is not None and value not in (0.0, 1.0, 2.0, 3.0, 4.0):
        raise at.refuse(f"priority profile {value:g} (5 constant elasticity, 10 and above whole numbers)")
    return kind, at.number(a[0]), at.number(a[2]), at.number(a[3])


def _profiles(at: Writer, a: Sequence[Expr]) -> list[Agent]:
    return [_profile(at, a[i : i + 4]) for i in range(0, len(a), 4)]


def _known(at: Writer, kind: int) -> int:
    """Whether a type is simulated."""
    graph = at.graph
    known = graph.truth_constant(False)
    for value in range(5):
        known = graph.either(known, graph.compare("eq", kind, graph.const(float(value))))
    return known


def _reach(at: Writer, agents: list[Agent], widths: dict[float, float]) -> tuple[int, int]:
    """The priorities between which the shares change; those of fixed quantities never do."""
    graph = at.graph
    low, high = graph.const(math.inf), graph.const(-math.inf)
    for kind, _, middle, width in agents:
        reach = graph.const(0.0)
        for known, wide in widths.items():
            is_known = graph.compare("eq", kind, graph.const(known))
            reach = graph.select(is_known, graph.const(wide), reach)
        wide = graph.two("mul", reach, graph.two("max", width, graph.const(0.0)))
        fixed = graph.compare("eq", kind, graph.const(0.0))
        low = graph.select(fixed, low, graph.two("min", low, graph.two("sub", middle, wide)))
        high = graph.select(fixed, high, graph.two("max", high, graph.two("add", middle, wide)))
    return low, high


def _share(at: Writer, x: int, agent: Agent) -> int:
    kind, _, middle, width = agent
    graph = at.graph
    one = graph.const(1.0)
    return one if graph.constant(kind) == 0.0 else graph.node("share", x, kind, middle, width)


def _allocate(at: Writer, a: Sequence[Expr]) -> int:
    graph, place = at.graph, graph_place(at, a[0])
    supply, zero = at.number(a[1]), graph.const(0.0)
    agents = _profiles(at, a[3:])
    wanted = [graph.two("max", q, zero) for _, q, _, _ in agents]
    is_fixed = [graph.compare("eq", kind, zero) for kind, _, _, _ in agents]

    def total(parts: list[int]) -> int:
        found = zero
        for p in parts:
            found = graph.two("add", found, p)
        return found

    fixed = total([graph.select(f, w, zero) for w, f in zip(wanted, is_fixed, strict=True)])
    mine = wanted[place]
    only_fixed = graph.select(is_fixed[place], graph.two("div", graph.two("mul", mine, supply), fixed), zero)
    if any(graph.constant(p[0]) != 0.0 for p in agents):
        low, high = _reach(at, agents, _FLAT)
        arguments = [supply, low, high]
        for w, (k, _, middle, width) in zip(wanted, agents, strict=True):
            arguments += [w, k, middle, width]
        below, above = graph.node("halve low", *arguments), graph.node("halve high", *arguments)
        more = [graph.two("mul", w, _share(at, below, p)) for w, p in zip(wanted, agents, strict=True)]
        less = [graph.two("mul", w, _share(at, above, p)) for w, p in zip(wanted, agents, strict=True)]
        gap = graph.two("sub", total(more), total(less))
        part = graph.two("div", graph.two("sub", supply, total(less)), gap)
        part = graph.select(graph.compare("gt", gap, zero), part, zero)
        shared = graph.two(
            "add", less[place], graph.two("mul", part, graph.two("sub", more[place], less[place]))
        )
    else:
        shared = zero
    found = graph.select(graph.compare("ge", fixed, supply), only_fixed, shared)
    found = graph.select(graph.compare("le", supply, zero), zero, found)
    found = graph.select(graph.compare("ge", supply, total(wanted)), mine, found)
    everything = graph.two("add", supply, total(wanted))
    finite = graph.compare("lt", graph.one("abs", everything), graph.const(math.inf))
    for kind in dict.fromkeys(p[0] for p in agents):
        finite = graph.both(finite, _known(at, kind))
    return graph.select(finite, found, graph.const(math.nan))


def _market_price(at: Writer, a: Sequence[Expr]) -> int:
    graph, buyers = at.graph, graph_place(at, a[0])
    agents = _profiles(at, a[1:])
    if all(graph.constant(p[0]) == 0.0 for p in agents):
        return graph.const(math.nan)
    low, high = _reach(at, agents, _PRICED)
    arguments = [low, high]
    for k, quantity, middle, width in agents:
        arguments += [graph.two("max", quantity, graph.const(0.0)), k, middle, width]
    return graph.node("price", *arguments, index=buyers)


def _at_price(supply: bool) -> Write:
    def write(at: Writer, a: Sequence[Expr]) -> int:
        graph, price = at.graph, at.number(a[0])
        agent = _profile(at, a[1:])
        share = _share(at, price, agent)
        if supply:
            fixed = graph.compare("eq", agent[0], graph.const(0.0))
            share = graph.select(fixed, share, graph.two("sub", graph.const(1.0), share))
        return graph.two("mul", graph.two("max", agent[1], graph.const(0.0)), share)

    return write


VECTOR_CALLS: dict[str, Write] = {
    "PICK": _pick,
    "VECTOR SELECT": _select,
    "VECTOR SORT ORDER": _sort_order,
    "VECTOR RANK": _rank,
    "INVERT MATRIX": _invert,
    "ALLOCATE AVAILABLE": _allocate,
    "FIND MARKET PRICE": _market_price,
    "DEMAND AT PRICE": _at_price(supply=False),
    "SUPPLY AT PRICE": _at_price(supply=True),
}
