"""Calls that run over subscripts or take whole vectors."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import Any

from tzsim.ir.expr import NA, Binary, Call, Every, Expr, Lookup, Name, Position, Ref, Unary
from tzsim.ir.functions import FUNCTIONS
from tzsim.kernel import builtins_vector as vectors
from tzsim.kernel.evaluator import Compiler, Evaluator, Scope, Value
from tzsim.kernel.layout import Cell
from tzsim.names import VarId, key

MOST_TERMS = 1_000_000

# ---------------------------------------------------------------- over ranges


def every_range(e: Expr) -> Iterator[str]:
    """The ranges that run in an expression, in order of appearance, not those of a reducing call inside it."""
    if isinstance(e, Ref):
        for s in e.subscripts:
            if isinstance(s, Every):
                yield s.range
            elif isinstance(s, Position):
                yield from every_range(s.index)
        if not e.subscripts and e.name.endswith("!"):
            yield e.name[:-1]
    elif isinstance(e, Unary):
        yield from every_range(e.argument)
    elif isinstance(e, Binary):
        yield from every_range(e.left)
        yield from every_range(e.right)
    elif isinstance(e, Lookup):
        if isinstance(e.table, Ref):
            yield from every_range(e.table)
        yield from every_range(e.argument)
    elif isinstance(e, Call) and (e.function not in FUNCTIONS or FUNCTIONS[e.function].nature != "reduce"):
        for a in e.arguments:
            yield from every_range(a)


def _runs(ev: Evaluator, arguments: Sequence[Expr], scope: Scope) -> list[Scope]:
    """A scope for each combination of the running ranges of these arguments, the last range fastest."""
    names = list(dict.fromkeys(key(r) for a in arguments for r in every_range(a)))
    for name in names:
        if name not in ev.layout.ranges:
            raise ev.fault(scope, f"no subscript range {name!r}")
    members = [ev.layout.ranges[n] for n in names]
    count = math.prod(len(m) for m in members)
    if count > MOST_TERMS:
        raise ev.fault(scope, f"a function over {count:,} elements", f"at most {MOST_TERMS:,} are run over")
    return [scope.run(tuple(zip(names, cell, strict=True))) for cell in product(*members)] if names else []


def reduce(ev: Evaluator, call: Call, scope: Scope) -> Value:
    scopes = _runs(ev, call.arguments[:1], scope)
    if not scopes:
        raise ev.fault(
            scope, f"{call.function} runs over no subscript", "mark the subscript to run over with '!'"
        )
    terms = [ev.compile(call.arguments[0], s) for s in scopes]
    name, reduce_values = call.function, vectors.reduce_values
    return lambda: reduce_values(name, [t() for t in terms])


def _vector_select(ev: Evaluator, call: Call, scope: Scope) -> Value:
    """VECTOR SELECT: an expression counts, and is computed, only where its selection is not 0."""
    selection, expression, *rest = call.arguments
    missing, action, error = (ev.compile(a, scope) for a in rest)
    scopes = _runs(ev, (selection, expression), scope)
    pairs = [(ev.compile(selection, s), ev.compile(expression, s)) for s in scopes]
    if not pairs:
        raise ev.fault(
            scope, "VECTOR SELECT runs over no subscript", "mark the subscript to run over with '!'"
        )

    def value() -> float:
        chosen = [s() for s, _ in pairs]
        values = [v() if c != 0.0 else 0.0 for c, (_, v) in zip(chosen, pairs, strict=True)]
        return vectors.vector_select(chosen, values, missing(), action(), error())

    return value


def _element_count(ev: Evaluator, call: Call, scope: Scope) -> Value:
    argument = call.arguments[0]
    name = key(argument.name) if isinstance(argument, Ref) else ""
    if name not in ev.layout.ranges:
        raise ev.fault(scope, "ELMCOUNT takes the name of a subscript range")
    count = float(len(ev.layout.ranges[name]))
    return lambda: count


# ---------------------------------------------------------------- whole vectors


def _vector_range(ev: Evaluator, argument: Expr, place: int, scope: Scope) -> tuple[VarId, Cell]:
    """Name and elements of the subscript at `place` from the end of a vector argument (1 is the last)."""
    ref = next(_references(argument), None)
    if ref is None or len(ref.subscripts) < place or key(ref.name) not in ev.layout.cells:
        raise ev.unsupported(scope, "a vector function of something else than a subscripted variable")
    subscript = ref.subscripts[-place]
    dim = ev.layout.dimensions[key(ref.name)][-place]
    if isinstance(subscript, Position):
        raise ev.unsupported(scope, "a vector function of a computed subscript")
    name = key(subscript.name if isinstance(subscript, Name) else subscript.range)
    if name in ev.layout.ranges:
        return name, ev.layout.ranges[name]
    if name not in dim:
        raise ev.fault(scope, f"no subscript {name!r} in {ref.name!r}")
    return name, dim[dim.index(name) :]


def _references(e: Expr) -> Iterator[Ref]:
    if isinstance(e, Ref) and e.subscripts:
        yield e
    elif isinstance(e, Unary):
        yield from _references(e.argument)
    elif isinstance(e, Binary):
        yield from _references(e.left)
        yield from _references(e.right)
    elif isinstance(e, Lookup):
        yield from _references(e.argument)
    elif isinstance(e, Call):
        for a in e.arguments:
            yield from _references(a)


def _vector(ev: Evaluator, argument: Expr, scope: Scope, place: int = 1) -> tuple[VarId, Cell, list[Value]]:
    """Name, elements and values of a vector argument along its last subscript."""
    name, members = _vector_range(ev, argument, place, scope)
    if name in ev.layout.ranges:
        return name, members, [ev.compile(argument, _at(scope, name, e)) for e in members]
    if not isinstance(argument, Ref):
        raise ev.unsupported(scope, "a vector function of an expression that starts at an element")
    values: list[Value] = []
    for e in members:
        subscripts = list(argument.subscripts)
        subscripts[-place] = Name(e)
        values.append(ev.reference(Ref(argument.name, tuple(subscripts)), scope))
    return name, members, values


def _at(scope: Scope, name: VarId, e: VarId) -> Scope:
    """The scope with the vector's subscript at element e, whether it runs (`!`) or stands on the left."""
    return (
        scope.bind(name, e).run(((name, e),))
        if any(r == name for r, _ in scope.running)
        else scope.bind(name, e)
    )


def _own_place(ev: Evaluator, scope: Scope, name: VarId, members: Cell, from_end: int = 1) -> int:
    """Which element of the result the present element of the left-hand side is."""
    bounds = scope.slot.bounds
    if len(bounds) < from_end:
        raise ev.fault(scope, "a vector function needs a subscripted left-hand side")
    written, here = next((b for b in reversed(bounds) if b[0] == name), bounds[-from_end])
    if here in members:
        return members.index(here)
    if written in ev.layout.ranges:
        return ev.layout.ranges[written].index(here)
    raise ev.fault(scope, f"cannot tell which element of {name!r} {scope.slot.name!r} is")


def _shared(
    ev: Evaluator, call: Call, scope: Scope, names: Sequence[VarId], compute: Callable[[], Any]
) -> Callable[[], Any]:
    """The result of a vector call, computed once an evaluation for all elements of the left-hand side."""
    bounds = scope.bounds
    running = [max((i for i, b in enumerate(bounds) if b[0] == n), default=len(bounds) - 1) for n in names]
    rest = tuple(b for i, b in enumerate(bounds) if i not in running)
    group = (scope.slot.variable.id, call, rest, scope.running)
    mark, state = ev.groups.setdefault(group, len(ev.groups)), ev.state

    def result() -> Any:
        if mark not in state.shared:
            state.shared[mark] = compute()
        return state.shared[mark]

    return result


def _sorted(ev: Evaluator, call: Call, scope: Scope) -> Value:
    """VECTOR SORT ORDER, VECTOR RANK, VECTOR REORDER along the last subscript of the first argument."""
    name, members, values = _vector(ev, call.arguments[0], scope)
    here = _own_place(ev, scope, name, members)
    if call.function == "VECTOR REORDER":
        _, _, order = _vector(ev, call.arguments[1], scope)
        return lambda: vectors.reorder([v() for v in values], [order[here]()])[0]
    direction = ev.compile(call.arguments[1], scope)
    function = vectors.sort_order if call.function == "VECTOR SORT ORDER" else vectors.rank
    return lambda: function([v() for v in values], direction())[here]


def _element_map(ev: Evaluator, call: Call, scope: Scope) -> Value:
    """VECTOR ELM MAP: the element `offset` places after the one named, in row-major order of the whole variable.

    `:NA:` outside the variable (Vensim Help, 'VECTOR ELM MAP').
    """
    ref, offset = call.arguments[0], ev.compile(call.arguments[1], scope)
    if not isinstance(ref, Ref) or key(ref.name) not in ev.layout.cells:
        raise ev.unsupported(scope, "VECTOR ELM MAP of an expression")
    slot, cells = ev.slot(ref, scope), ev.layout.cells[key(ref.name)]
    whole = list(product(*ev.layout.dimensions[key(ref.name)]))
    base = whole.index(slot.cell)
    choices = [ev.get(cells[c], scope) if c in cells else None for c in whole]

    def value() -> float:
        shift = offset()
        at = base + int(shift) if abs(shift) < 1e9 else -1
        chosen = choices[at] if 0 <= at < len(choices) else None
        return NA if chosen is None else chosen()

    return value


def _vector_lookup(ev: Evaluator, call: Call, scope: Scope) -> Value:
    _, _, values = _vector(ev, call.arguments[0], scope)
    x, first, last, mode = (ev.compile(a, scope) for a in call.arguments[1:])
    refused = ev.unsupported(scope, "VECTOR LOOKUP of an area or an inverse (modes 1, 5 and 7 to 9)")

    def value() -> float:
        kind = mode()
        if kind not in vectors.VECTOR_LOOKUP_MODES:
            raise refused
        return vectors.vector_lookup([v() for v in values], x(), first(), last(), kind)

    return value


def _invert_matrix(ev: Evaluator, call: Call, scope: Scope) -> Value:
    """INVERT MATRIX(matrix, size): element (i, j) of the inverse of the first `size` rows and columns."""
    ref, size = call.arguments[0], ev.compile(call.arguments[1], scope)
    if not isinstance(ref, Ref) or len(ref.subscripts) < 2 or len(scope.slot.bounds) < 2:
        raise ev.unsupported(scope, "INVERT MATRIX of something else than a matrix")
    _, row_members = _vector_range(ev, ref, 2, scope)
    _, column_members = _vector_range(ev, ref, 1, scope)
    cells: list[list[Value]] = []
    for r in row_members:
        row: list[Value] = []
        for c in column_members:
            row.append(ev.reference(Ref(ref.name, (*ref.subscripts[:-2], Name(r), Name(c))), scope))
        cells.append(row)
    (row_written, row_here), (column_written, column_here) = scope.slot.bounds[-2:]
    i = ev.layout.covered(row_written).index(row_here)
    j = ev.layout.covered(column_written).index(column_here)

    def order() -> int:
        n = size()
        return int(n) if 0.0 <= n <= len(cells) else 0

    def compute() -> list[list[float]]:
        n = order()
        return vectors.invert_matrix([[v() for v in row[:n]] for row in cells[:n]])

    inverse = _shared(ev, call, scope, (row_written, column_written), compute)
    return lambda: inverse()[i][j] if max(i, j) < order() else 0.0


def _profiles(ev: Evaluator, argument: Expr, scope: Scope) -> list[list[Value]]:
    """The four numbers (ptype, ppriority, pwidth, pextra) of each agent of a priority argument."""
    if not isinstance(argument, Ref) or len(argument.subscripts) < 2:
        raise ev.unsupported(
            scope, "a priority profile that is not a variable with the profile as last subscript"
        )
    name, members = _vector_range(ev, argument, 2, scope)
    _, attributes = _vector_range(ev, argument, 1, scope)
    if len(attributes) < 4:
        raise ev.fault(
            scope, f"{argument.name!r} needs ptype, ppriority, pwidth and pextra as its last subscript"
        )
    agents: list[list[Value]] = []
    for e in members:
        where = _at(scope, name, e) if name in ev.layout.ranges else scope
        agent = argument.subscripts[-2] if name in ev.layout.ranges else Name(e)
        agents.append([
            ev.reference(Ref(argument.name, (*argument.subscripts[:-2], agent, Name(a))), where)
            for a in attributes[:4]
        ])  # fmt: skip
    return agents


def _profile_values(ev: Evaluator, scope: Scope, agents: list[list[Value]]) -> list[vectors.Profile]:
    found: list[vectors.Profile] = []
    for agent in agents:
        ptype, priority, width, extra = (v() for v in agent)
        if not vectors.known_profile(ptype):
            raise ev.unsupported(
                scope, f"priority profile {ptype:g} (5 constant elasticity, 10 and above whole numbers)"
            )
        found.append((ptype, priority, width, extra))
    return found


def _allocate(ev: Evaluator, call: Call, scope: Scope) -> Value:
    """ALLOCATE AVAILABLE(request, profile, available) and ALLOCATE BY PRIORITY(request, priority, size, width, supply)."""
    name, members, requests = _vector(ev, call.arguments[0], scope)
    here = _own_place(ev, scope, name, members)
    available = ev.compile(call.arguments[-1], scope)
    if call.function == "ALLOCATE AVAILABLE":
        agents = _profiles(ev, call.arguments[1], scope)

        def compute() -> list[float]:
            profiles = _profile_values(ev, scope, agents)
            return vectors.allocate_available([r() for r in requests], profiles, available())
    else:
        _, _, priorities = _vector(ev, call.arguments[1], scope)
        if len(priorities) != len(requests):
            raise ev.fault(scope, "request and priority need the same last subscript")
        width = ev.compile(call.arguments[3], scope)

        def compute() -> list[float]:
            wanted = [r() for r in requests]
            return vectors.allocate_by_priority(wanted, [p() for p in priorities], width(), available())

    shares = _shared(ev, call, scope, (name,), compute)
    return lambda: shares()[here]


def _market_price(ev: Evaluator, call: Call, scope: Scope) -> Value:
    _, _, demands = _vector(ev, call.arguments[0], scope)
    _, _, supplies = _vector(ev, call.arguments[2], scope)
    buyers, sellers = _profiles(ev, call.arguments[1], scope), _profiles(ev, call.arguments[3], scope)

    def value() -> float:
        return vectors.market_price(
            [d() for d in demands], _profile_values(ev, scope, buyers),
            [s() for s in supplies], _profile_values(ev, scope, sellers),
        )  # fmt: skip

    return value


def _at_price(ev: Evaluator, call: Call, scope: Scope) -> Value:
    """DEMAND AT PRICE, SUPPLY AT PRICE: the quantity of the element on the left."""
    name, members, quantities = _vector(ev, call.arguments[0], scope)
    here = _own_place(ev, scope, name, members)
    agent, price = _profiles(ev, call.arguments[1], scope)[here], ev.compile(call.arguments[2], scope)
    at = vectors.demand_at_price if call.function == "DEMAND AT PRICE" else vectors.supply_at_price
    return lambda: at(quantities[here](), _profile_values(ev, scope, [agent])[0], price())


VECTOR: dict[str, Compiler] = {
    "ELMCOUNT": _element_count,
    "VECTOR SELECT": _vector_select,
    "VECTOR ELM MAP": _element_map,
    "VECTOR SORT ORDER": _sorted,
    "VECTOR RANK": _sorted,
    "VECTOR LOOKUP": _vector_lookup,
    "VECTOR REORDER": _sorted,
    "ALLOCATE AVAILABLE": _allocate,
    "ALLOCATE BY PRIORITY": _allocate,
    "FIND MARKET PRICE": _market_price,
    "DEMAND AT PRICE": _at_price,
    "SUPPLY AT PRICE": _at_price,
    "INVERT MATRIX": _invert_matrix,
}
