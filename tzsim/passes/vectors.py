"""Functions over arrays, element by element: what SUM, VECTOR SELECT, ALLOCATE AVAILABLE and the others stand for.

Reducing functions become arithmetic. The others become calls whose arguments are scalars, with literal numbers for
sizes and places, in these forms, which only the compiled program knows:

    PICK(index, otherwise, e1, ..., en)              e of the whole part of index, from 1; `otherwise` outside
    VECTOR SELECT(missing, action, error, s1, v1, ..., sn, vn)
    VECTOR SORT ORDER(place, direction, e1, ..., en) 0-based place of the element that sorts to `place`
    VECTOR RANK(place, direction, e1, ..., en)       1-based rank of the element at `place`
    INVERT MATRIX(i, j, size, a11, a12, ..., ann)    element (i, j) of the inverse of the first `size` rows and columns
    ALLOCATE AVAILABLE(place, supply, n, r1, t1, p1, w1, ..., rn, tn, pn, wn)   request, type, priority, width
    FIND MARKET PRICE(n, r1, t1, p1, w1, ..., s1, t1, p1, w1, ...)   n buyers, then the sellers
    DEMAND AT PRICE(price, r, t, p, w), SUPPLY AT PRICE(price, r, t, p, w)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

from tzsim.ir.expr import NA, Binary, Call, Expr, Lookup, Name, Number, Position, Ref, Unary
from tzsim.names import VarId, key
from tzsim.passes.elements import Elements
from tzsim.passes.rewriting import Rewriting, Running, Special

# ---------------------------------------------------------------- reducing


def _terms(at: Rewriting, e: Call, running: Running) -> list[Expr]:
    return [at.expression(e.arguments[0], inside) for inside in at.over(e.arguments[:1], running)]


def _chained(op: str, terms: list[Expr]) -> Expr:
    """`a op b op c`, from the left, as one call: a range of thousands of elements does not nest."""
    return terms[0] if len(terms) == 1 else Call(op, tuple(terms))


def _sum(at: Rewriting, e: Call, running: Running) -> Expr:
    return _chained("+", _terms(at, e, running))


def _product(at: Rewriting, e: Call, running: Running) -> Expr:
    return _chained("*", _terms(at, e, running))


def _extreme(name: str) -> Special:
    return lambda at, e, running: Call(name, tuple(_terms(at, e, running)))


def _mean(at: Rewriting, e: Call, running: Running) -> Expr:
    terms = _terms(at, e, running)
    return Binary("/", _chained("+", terms), Number(float(len(terms))))


def _deviation(at: Rewriting, e: Call, running: Running) -> Expr:
    terms = _terms(at, e, running)
    if len(terms) < 2:
        return Binary("/", Number(0.0), Number(0.0))
    mean = Binary("/", _chained("+", terms), Number(float(len(terms))))
    gaps = [Binary("-", t, mean) for t in terms]
    total = _chained("+", [Binary("*", g, g) for g in gaps])
    return Call("SQRT", (Binary("/", total, Number(float(len(terms) - 1))),))


def _size(at: Rewriting, e: Call, running: Running) -> Expr:
    return Number(float(len(at.over(e.arguments[:1], running))))


def _count(at: Rewriting, e: Call, running: Running) -> Expr:
    argument = e.arguments[0]
    if isinstance(argument, Ref) and key(argument.name) in at.arrays.subscripts.ranges:
        return Number(float(len(at.arrays.subscripts.ranges[key(argument.name)])))
    raise at.wrong("ELMCOUNT takes the name of a subscript range")


def _select(at: Rewriting, e: Call, running: Running) -> Expr:
    selection, expression, *rest = e.arguments
    parts = [at.expression(r, running) for r in rest]
    for inside in at.over((selection, expression), running):
        parts += [at.expression(selection, inside), at.expression(expression, inside)]
    return Call("VECTOR SELECT", tuple(parts))


# ---------------------------------------------------------------- whole vectors


def _references(e: Expr) -> Iterator[Ref]:
    if isinstance(e, Ref):
        if e.subscripts:
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


def _along(at: Rewriting, argument: Expr, place: int) -> tuple[VarId, Elements]:
    """Name and elements of the subscript at `place` from the end of a vector argument (1 is the last)."""
    ref = next(_references(argument), None)
    if ref is None or len(ref.subscripts) < place or key(ref.name) not in at.arrays.defined:
        raise at.refuse("a vector function of something else than a subscripted variable")
    subscript = ref.subscripts[-place]
    if isinstance(subscript, Position):
        raise at.refuse("a vector function of a computed subscript")
    name = key(subscript.name if isinstance(subscript, Name) else subscript.range)
    if name in at.arrays.subscripts.ranges:
        return name, at.arrays.subscripts.ranges[name]
    dim = at.arrays.places(key(ref.name))[-place]
    if name not in dim:
        raise at.wrong(f"no subscript {name!r} in {ref.name!r}")
    return name, dim[dim.index(name) :]


def _standing(at: Rewriting, running: Running, name: VarId, e: VarId) -> tuple[Rewriting, Running]:
    """The rewriting with a vector's subscript at element e, whether it runs (`!`) or stands on the left."""
    return at.binding(name, e), ({**running, name: e} if name in running else running)


def _vector(at: Rewriting, argument: Expr, running: Running) -> tuple[VarId, Elements, list[Expr]]:
    """Name, elements and values of a vector argument along its last subscript."""
    name, members = _along(at, argument, 1)
    values: list[Expr] = []
    for e in members:
        if name in at.arrays.subscripts.ranges:
            there, inside = _standing(at, running, name, e)
            values.append(there.expression(argument, inside))
        elif isinstance(argument, Ref):
            values.append(at.reference(Ref(argument.name, (*argument.subscripts[:-1], Name(e))), running))
        else:
            raise at.refuse("a vector function of an expression that starts at an element")
    return name, members, values


def _own_place(at: Rewriting, name: VarId, members: Elements) -> int:
    """Which element of the result the present element of the left-hand side is."""
    if not at.bounds:
        raise at.wrong("a vector function needs a subscripted left-hand side")
    written, here = next((b for b in reversed(at.bounds) if b[0] == name), at.bounds[-1])
    if here in members:
        return members.index(here)
    if written in at.arrays.subscripts.ranges:
        return at.arrays.subscripts.ranges[written].index(here)
    raise at.wrong(f"cannot tell which element of {name!r} this is")


def _sorted(at: Rewriting, e: Call, running: Running) -> Expr:
    name, members, values = _vector(at, e.arguments[0], running)
    here = _own_place(at, name, members)
    if e.function == "VECTOR REORDER":
        order = _vector(at, e.arguments[1], running)[2][here]
        inside = Binary(">=", order, Number(0.0))  # a number between -1 and 0 is outside
        index = Binary("+", Call("INTEGER", (order,)), Number(1.0))
        return Call("PICK", (Call("IF THEN ELSE", (inside, index, Number(0.0))), Number(NA), *values))
    return Call(e.function, (Number(float(here)), at.expression(e.arguments[1], running), *values))


def _element_map(at: Rewriting, e: Call, running: Running) -> Expr:
    ref = e.arguments[0]
    if not isinstance(ref, Ref) or key(ref.name) not in at.arrays.defined:
        raise at.refuse("VECTOR ELM MAP of an expression")
    name = key(ref.name)
    whole = list(product(*at.arrays.places(name)))
    base = whole.index(at.cell(ref, running))
    shown = at.arrays.model.variables[name].name
    options: list[Expr] = []
    for cell in whole:
        known = cell in at.arrays.defined[name]
        options.append(Ref(at.arrays.subscripts.show(shown, cell)) if known else Number(NA))
    offset = Call("INTEGER", (at.expression(e.arguments[1], running),))
    return Call("PICK", (Binary("+", offset, Number(base + 1.0)), Number(NA), *options))


def _lookup(at: Rewriting, e: Call, running: Running) -> Expr:
    """VECTOR LOOKUP in the operations of `builtins_vector.vector_lookup`; a mode that is refused gives nan."""
    y = _vector(at, e.arguments[0], running)[2]
    x, first, last, mode = (at.expression(a, running) for a in e.arguments[1:])
    if len(y) < 2 or (isinstance(mode, Number) and mode.value not in (0.0, 2.0, 3.0, 4.0, 6.0)):
        raise at.refuse("VECTOR LOOKUP of a single value, an area or an inverse (modes 1, 5 and 7 to 9)")
    zero, top = Number(0.0), Number(len(y) - 1.0)
    length = Binary("-", last, first)
    z = Binary("*", Binary("/", Binary("-", x, first), length), top)
    inside = Call("MIN", (Call("MAX", (z, zero)), top))
    i = Call("MIN", (Call("FLOOR", (inside,)), Number(len(y) - 2.0)))

    def pick(place: Expr) -> Expr:
        return Call("PICK", (Binary("+", place, Number(1.0)), zero, *y))

    low, rise = pick(i), Binary("-", pick(Binary("+", i, Number(1.0))), pick(i))
    slope = Binary("/", rise, Binary("/", length, top))
    by_mode: dict[float, Expr] = {
        0.0: Binary("+", low, Binary("*", rise, Binary("-", inside, i))),
        2.0: pick(Call("FLOOR", (inside,))),
        3.0: Binary("+", low, Binary("*", rise, Binary("-", z, i))),
        4.0: pick(Call("CEILING", (inside,))),
        6.0: Call("IF THEN ELSE", (Binary("=", inside, z), slope, zero)),
    }
    if isinstance(mode, Number):
        return by_mode[mode.value]
    found: Expr = Binary("/", zero, zero)
    for number, value in by_mode.items():
        found = Call("IF THEN ELSE", (Binary("=", mode, Number(number)), value, found))
    return found


def _invert(at: Rewriting, e: Call, running: Running) -> Expr:
    ref = e.arguments[0]
    if not isinstance(ref, Ref) or len(ref.subscripts) < 2 or len(at.bounds) < 2:
        raise at.refuse("INVERT MATRIX of something else than a matrix")
    rows, columns = _along(at, ref, 2)[1], _along(at, ref, 1)[1]
    if len(rows) != len(columns):
        raise at.refuse("INVERT MATRIX of a matrix that is not square")
    cells = [
        at.reference(Ref(ref.name, (*ref.subscripts[:-2], Name(r), Name(c))), running)
        for r in rows
        for c in columns
    ]
    (row_written, row), (column_written, column) = at.bounds[-2:]
    i, j = (
        at.arrays.subscripts.covered(row_written).index(row),
        at.arrays.subscripts.covered(column_written).index(column),
    )
    return Call(
        "INVERT MATRIX", (Number(float(i)), Number(float(j)), at.expression(e.arguments[1], running), *cells)
    )


# ---------------------------------------------------------------- allocation


def _profiles(at: Rewriting, argument: Expr, running: Running) -> list[list[Expr]]:
    """Type, priority and width of each agent of a priority argument."""
    if not isinstance(argument, Ref) or len(argument.subscripts) < 2:
        raise at.refuse("a priority profile that is not a variable with the profile as last subscript")
    name, members = _along(at, argument, 2)
    attributes = _along(at, argument, 1)[1]
    if len(attributes) < 4:
        raise at.wrong(f"{argument.name!r} needs ptype, ppriority, pwidth and pextra as its last subscript")
    is_range = name in at.arrays.subscripts.ranges
    agents: list[list[Expr]] = []
    for e in members:
        there, inside = _standing(at, running, name, e) if is_range else (at, running)
        agent = argument.subscripts[-2] if is_range else Name(e)
        refs = [Ref(argument.name, (*argument.subscripts[:-2], agent, Name(a))) for a in attributes[:3]]
        agents.append([there.reference(r, inside) for r in refs])
    return agents


def _flat(quantities: list[Expr], profiles: list[list[Expr]]) -> list[Expr]:
    found: list[Expr] = []
    for quantity, profile in zip(quantities, profiles, strict=True):
        found += [quantity, *profile]
    return found


def _allocate(at: Rewriting, e: Call, running: Running) -> Expr:
    name, members, requests = _vector(at, e.arguments[0], running)
    here = Number(float(_own_place(at, name, members)))
    supply = at.expression(e.arguments[-1], running)
    if e.function == "ALLOCATE AVAILABLE":
        profiles = _profiles(at, e.arguments[1], running)
    else:
        priorities = _vector(at, e.arguments[1], running)[2]
        width = at.expression(e.arguments[3], running)
        profiles = [[Number(1.0), p, width] for p in priorities]
    if len(profiles) != len(requests):
        raise at.wrong(f"{len(requests)} requests but {len(profiles)} priorities")
    return Call(
        "ALLOCATE AVAILABLE", (here, supply, Number(float(len(requests))), *_flat(requests, profiles))
    )


def _market_price(at: Rewriting, e: Call, running: Running) -> Expr:
    demands, supplies = _vector(at, e.arguments[0], running)[2], _vector(at, e.arguments[2], running)[2]
    buyers, sellers = _profiles(at, e.arguments[1], running), _profiles(at, e.arguments[3], running)
    count = Number(float(len(demands)))
    return Call("FIND MARKET PRICE", (count, *_flat(demands, buyers), *_flat(supplies, sellers)))


def _at_price(at: Rewriting, e: Call, running: Running) -> Expr:
    name, members, quantities = _vector(at, e.arguments[0], running)
    here = _own_place(at, name, members)
    profile = _profiles(at, e.arguments[1], running)[here]
    return Call(e.function, (at.expression(e.arguments[2], running), quantities[here], *profile))


VECTORS: dict[str, Callable[[Rewriting, Call, Running], Expr]] = {
    "SUM": _sum,
    "PROD": _product,
    "VMIN": _extreme("MIN"),
    "VMAX": _extreme("MAX"),
    "MEAN": _mean,
    "STDDEV": _deviation,
    "SIZE": _size,
    "ELMCOUNT": _count,
    "VECTOR SELECT": _select,
    "VECTOR SORT ORDER": _sorted,
    "VECTOR RANK": _sorted,
    "VECTOR REORDER": _sorted,
    "VECTOR ELM MAP": _element_map,
    "VECTOR LOOKUP": _lookup,
    "INVERT MATRIX": _invert,
    "ALLOCATE AVAILABLE": _allocate,
    "ALLOCATE BY PRIORITY": _allocate,
    "FIND MARKET PRICE": _market_price,
    "DEMAND AT PRICE": _at_price,
    "SUPPLY AT PRICE": _at_price,
}
