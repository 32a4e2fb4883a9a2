"""Stella functions that need arrays, graphical functions or helper variables of the model around them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tzsim.ir.expr import Binary, Call, Every, Expr, Name, Number, Position, Ref, Subscript
from tzsim.ir.model import Equation, SubscriptRange, Variable
from tzsim.names import key
from tzsim.translate.syntax import SyntaxProblem
from tzsim.translate.xmile import written_out
from tzsim.translate.xmile.declared import GRAPH, Declared

if TYPE_CHECKING:
    from tzsim.translate.xmile.resolve import Scope


def write_out(scope: Scope, function: str, arguments: tuple[Expr, ...], *, inside: bool) -> Expr | None:
    """Stella functions that become expressions and helper variables; None for all others."""
    count = len(arguments)
    if function == "RANK" and count == 2:
        return _rank(scope, arguments[0], arguments[1])
    if function == "ALLOCATE" and count in (6, 7):
        return _allocate(scope, arguments)
    if function == "INTERPOLATE" and count >= 2:
        return _interpolate(scope, arguments[0], arguments[1:])
    if function == "LOOKUPAREA" and 1 <= count <= 3:
        return _area(scope, arguments)
    if function == "NORMALCDF" and count in (2, 4):
        left, right, *scale = [scope.expression(a, inside=inside) for a in arguments]
        if scale:
            left, right = (Binary("/", Binary("-", x, scale[0]), scale[1]) for x in (left, right))
        return Binary("-", _cdf(scope, right), _cdf(scope, left))
    if function not in ("DERIVN", "ENDVAL", "HISTORY", "FV", "PMT", "PV"):
        return None
    given = [scope.expression(a, inside=inside) for a in arguments]
    if function == "DERIVN" and count == 2:
        return written_out.derivative(given[0], given[1])
    if function == "ENDVAL" and count in (1, 2):
        return written_out.end_value(given)
    if function == "HISTORY" and count == 2:
        return written_out.history(given[0], given[1])
    if count == 4:
        return written_out.payment(function, given[0], given[1], given[2], given[3])
    raise SyntaxProblem(0, f"{function} with {count} arguments")


def _helper(scope: Scope, what: str, expression: Expr, further: tuple[str, ...] = ()) -> Ref:
    """A new variable with this equation's subscripts (and `further` ranges), and the reference to it."""
    number = len(scope.names.extra) + 1
    name = f"{scope.variable.name}·{what}·{number}"
    subscripts = tuple(d if e is None else e for d, e in scope.left)
    scope.names.extra[key(name)] = Variable(name, (Equation((*subscripts, *further), expression),))
    return Ref(name, tuple(Name(s) for s in subscripts))


def _cdf(scope: Scope, z: Expr) -> Expr:
    point = _helper(scope, "point", z)
    size = _helper(scope, "size", Call("ABS", (point,)))
    return written_out.normal_cdf(point, size)


def _array(scope: Scope, raw: Expr, what: str) -> tuple[Declared, tuple[Subscript, ...]]:
    """The array that a function runs over, its subscripts resolved, wildcards as Every."""
    if not isinstance(raw, Ref) or (found := scope.find(raw.name)) is None or not found.dimensions:
        raise SyntaxProblem(0, f"{what} needs the name of an array", unsupported=True)
    where = scope.reference(raw, inside=True)
    assert isinstance(where, Ref)
    return found, where.subscripts


def _rank(scope: Scope, raw: Expr, order: Expr) -> Expr:
    """RANK(array, n): the 1-based place of the n-th smallest element."""
    found, subscripts = _array(scope, raw, "RANK")
    running = [s.range for s in subscripts if isinstance(s, Every)]
    if len(running) != 1:
        raise SyntaxProblem(0, "RANK over more than one dimension", unsupported=True)
    along = running[0]
    own = {key(d) for d, _ in scope.left}
    occurrence = 2
    while key(along) in own:
        along = scope.names.again(running[0], occurrence)
        occurrence += 1
    row = tuple(Name(along) if isinstance(s, Every) else s for s in subscripts)
    helper = _helper(scope, "rank", Call("VECTOR SORT ORDER", (Ref(found.name, row), Number(1.0))), (along,))
    place = scope.resolve(order)
    size = len(scope.names.ranges[key(along)].elements)
    value = Binary("+", Ref(helper.name, (*helper.subscripts, Position(place))), Number(1.0))
    if isinstance(place, Number) and 1 <= place.value <= size:
        return value
    outside = Binary("or", Binary("<", place, Number(1.0)), Binary(">", place, Number(float(size))))
    return Call("IF THEN ELSE", (outside, Number(0.0), value))


PROFILE = ("ptype", "ppriority", "pwidth", "pextra")


def _allocate(scope: Scope, arguments: tuple[Expr, ...]) -> Expr:
    """ALLOCATE(available, dimension, demand, priority, width, type[, extra]): Vensim's ALLOCATE AVAILABLE.

    As SDEverywhere's allocate.stmx, which gives what the same model gives in Vensim. The widths and types of all
    agents are written over the dimension; without them Stella's curves are not known here, and it is refused.
    """
    available, along, demand, *rest = arguments
    known = scope.names.ranges.get(key(along.name)) if isinstance(along, Ref) else None
    if known is None or not scope.left or key(scope.left[-1][0]) != key(known.name) or scope.left[-1][1]:
        raise SyntaxProblem(
            0, "ALLOCATE over a dimension that is not the last of its variable", unsupported=True
        )

    def own(raw: Expr) -> Expr:
        return scope.resolve(_each(raw, known.name))

    label = f"{scope.variable.name}·profile {len(scope.names.extra) + 1}"
    profile = label + "·attributes"
    scope.names.ranges[key(profile)] = SubscriptRange(profile, PROFILE)
    priority, width, kind, *extra = rest
    values = (own(kind), own(priority), own(width), own(extra[0]) if extra else Number(0.0))
    subscripts = tuple(d if e is None else e for d, e in scope.left)
    rows = tuple(Equation((*subscripts, a), v) for a, v in zip(PROFILE, values, strict=True))
    scope.names.extra[key(label)] = Variable(label, rows)
    first = Ref(label, (*(Name(s) for s in subscripts), Name(PROFILE[0])))
    return Call("ALLOCATE AVAILABLE", (own(demand), first, scope.resolve(available)))


def _each(raw: Expr, dimension: str) -> Expr:
    """An array named with a wildcard, at each element of the dimension."""
    if not isinstance(raw, Ref):
        return raw
    return Ref(raw.name, tuple(Name(dimension) if isinstance(s, Every) else s for s in raw.subscripts))


def _interpolate(scope: Scope, raw: Expr, fractions: tuple[Expr, ...]) -> Expr:
    found, subscripts = _array(scope, raw, "INTERPOLATE")
    sizes = [
        len(scope.names.ranges[key(s.range)].elements) if isinstance(s, Every) else s for s in subscripts
    ]
    running = sum(isinstance(s, int) for s in sizes)
    if running != len(fractions):
        raise SyntaxProblem(0, f"INTERPOLATE over {running} dimensions with {len(fractions)} places")
    return written_out.interpolated(found.name, sizes, [scope.resolve(f) for f in fractions])


def _area(scope: Scope, arguments: tuple[Expr, ...]) -> Expr:
    """LOOKUPAREA(graphical[, to[, from]])."""
    curve = scope.lookup_of(arguments[0], Number(0.0)).table
    assert isinstance(curve, Ref)
    base = curve.name.removesuffix(GRAPH)
    scope.names.areas.add(key(base))

    def part(what: str) -> Ref:
        return Ref(f"{base}·{what}", curve.subscripts)

    names = (curve, part("segment x"), part("segment y"), part("segment area"))
    ends = (part("first x"), part("last x"))
    to = scope.resolve(arguments[1]) if len(arguments) > 1 else ends[1]
    below = written_out.area_below(names, ends, to)
    if len(arguments) < 3:
        return below
    start = scope.resolve(arguments[2])
    return written_out.area_between(below, written_out.area_below(names, ends, start), to, start)
