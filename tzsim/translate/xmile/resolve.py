"""Raw XMILE expressions to the IR: names across modules, array subscripts written out, functions made canonical.

XMILE lets an equation name an array without subscripts: it then means the same elements as the left-hand side, or all
of them inside SUM and its sisters (XMILE 1.0, section 3.7.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tzsim.errors import nearest
from tzsim.ir.expr import (
    Binary,
    Call,
    Every,
    Expr,
    Lookup,
    Name,
    Number,
    Position,
    Ref,
    Subscript,
    Unary,
)
from tzsim.ir.model import SubscriptRange
from tzsim.names import VarId, key
from tzsim.translate.syntax import SyntaxProblem
from tzsim.translate.xmile import functions, macros, stella
from tzsim.translate.xmile.declared import GRAPH, Declared, Names


@dataclass(slots=True)
class Scope:
    """Where an equation stands: its module path, its variable and its left-hand side.

    left: for each dimension (as declared, repeated ones renamed) the element it is fixed to, or None.
    """

    names: Names
    path: str
    variable: Declared
    left: tuple[tuple[str, str | None], ...]

    def find(self, name: str) -> Declared | None:
        """The variable that a name means here: in this module, then by full path, then in the root."""
        table = self.names.variables
        if name.startswith("."):
            return table.get(key(name[1:]))
        for prefix in _outward(self.path):
            found = table.get(key(f"{prefix}.{name}" if prefix else name))
            if found:
                return found
        return None

    def reduce(self, raw: Expr) -> Expr:
        return self.expression(raw, inside=True)

    def resolve(self, raw: Expr) -> Expr:
        return self.expression(raw, inside=False)

    def expression(self, raw: Expr, *, inside: bool) -> Expr:
        match raw:
            case Ref():
                return self.reference(raw, inside=inside)
            case Unary(op, argument):
                return Unary(op, self.expression(argument, inside=inside))
            case Binary(op, left, right):
                return Binary(op, self.expression(left, inside=inside), self.expression(right, inside=inside))
            case Call(function, arguments):
                return self._call(function, arguments, inside=inside)
            case _:
                return raw

    # --- references

    def reference(self, ref: Ref, *, inside: bool) -> Expr:
        name = ref.name
        if key(name) == "self":
            return self._own(ref)
        found = self.find(name)
        if found is None:
            return self._other_name(ref)
        if found.only_graph and not ref.subscripts:
            return Ref(found.name, self._implied(found, inside=inside))
        if not ref.subscripts:
            return Ref(found.name, self._implied(found, inside=inside))
        if found.conveyor and len(ref.subscripts) == len(found.dimensions) + 1:
            self.names.slatted.add(key(found.name))
            inner = self._subscripts(Ref(ref.name, ref.subscripts[:-1]), found, inside=inside)
            last = ref.subscripts[-1]
            if not isinstance(last, Position):
                raise SyntaxProblem(0, f"a slat of '{found.name}' is named by its number")
            number = last.index if isinstance(last.index, Number) else self.resolve(last.index)
            return Ref(f"{found.name}·slat", (*inner, Position(number)))
        if len(ref.subscripts) != len(found.dimensions):
            raise SyntaxProblem(
                0,
                f"'{found.name}' has {len(found.dimensions)} dimensions, found {len(ref.subscripts)} subscripts",
            )
        return Ref(found.name, self._subscripts(ref, found, inside=inside))

    def _own(self, ref: Ref) -> Expr:
        if ref.subscripts:
            return self.reference(Ref(self.variable.name.rpartition(".")[2], ref.subscripts), inside=False)
        return Ref(self.variable.name, tuple(Name(e if e is not None else d) for d, e in self.left))

    def _other_name(self, ref: Ref) -> Expr:
        identifier = key(ref.name)
        if not ref.subscripts:
            constant = functions.CONSTANTS.get(identifier)
            if constant is not None:
                return constant
            if identifier in self.names.ranges:
                fixed = next((e for d, e in self.left if key(d) == identifier), None)
                return Ref(fixed if fixed is not None else self.names.ranges[identifier].name)
            dimension, dot, element = ref.name.partition(".")
            known = self.names.ranges.get(key(dimension))
            if dot and known:
                for position, candidate in enumerate(known.elements, 1):
                    if key(candidate) == key(element):
                        return Number(float(position))
            for known in self.names.ranges.values():
                for position, candidate in enumerate(known.elements, 1):
                    if key(candidate) == identifier:
                        return Number(float(position))

            if functions.spelled(ref.name) in functions.UNSUPPORTED:
                name = functions.spelled(ref.name)
                raise SyntaxProblem(0, f"{name}: {functions.UNSUPPORTED[name]}", unsupported=True)
        raise SyntaxProblem(
            0,
            f"'{ref.name}' is not defined",
            nearest(ref.name, [v.name for v in self.names.variables.values()]),
        )

    def _implied(self, found: Declared, *, inside: bool) -> tuple[Subscript, ...]:
        """Subscripts of an array that is named without them."""
        dimensions = self.names.distinct(found.dimensions)
        if inside:
            return tuple(Every(d) for d in dimensions)
        own = {key(d): e for d, e in self.left}
        made: list[Subscript] = []
        for dimension in dimensions:
            if key(dimension) not in own:
                raise SyntaxProblem(
                    0, f"'{found.name}' is an array over {dimension}, which this equation does not have"
                )
            fixed = own[key(dimension)]
            made.append(Name(dimension if fixed is None else fixed))
        return tuple(made)

    def _subscripts(self, ref: Ref, found: Declared, *, inside: bool) -> tuple[Subscript, ...]:
        own = {key(d): e for d, e in self.left}
        seen: dict[VarId, int] = {}
        made: list[Subscript] = []
        for subscript, dimension in zip(ref.subscripts, found.dimensions, strict=True):
            known = self.names.ranges[key(dimension)]
            seen[key(dimension)] = seen.get(key(dimension), 0) + 1
            match subscript:
                case Every(wanted):
                    if not inside:
                        raise SyntaxProblem(
                            0, f"'{found.name}[{wanted}]' outside SUM, MEAN, MIN, MAX, PROD, STDDEV or SIZE"
                        )
                    part = self._part(wanted, known)
                    made.append(Every(self.names.again(part, seen[key(dimension)])))
                case Name(name):
                    made.append(self._named(name, known, dimension, seen[key(dimension)], own, inside=inside))
                case Position(index):
                    made.append(self._position(index, known))
        return tuple(made)

    def _part(self, wanted: str, known: SubscriptRange) -> str:
        """The range of a wildcard: all elements `*`, those of a subrange `*:sub`, or a run of elements `first:last`."""
        first, colon, last = wanted.partition(":")
        if not colon:
            return known.name
        if first == "*":
            part = self.names.ranges.get(key(last))
            if part is None or not set(part.elements) <= set(known.elements):
                raise SyntaxProblem(0, f"'{last}' is no subrange of {known.name}")
            return part.name
        places: list[int] = []
        for end in (first, last):
            bare = end.rpartition(".")[2] if key(end) not in map(key, known.elements) else end
            place = next((i for i, e in enumerate(known.elements) if key(e) == key(bare)), None)
            if place is None and bare.isdigit() and 1 <= int(bare) <= len(known.elements):
                place = int(bare) - 1
            if place is None:
                raise SyntaxProblem(0, f"'{end}' is no element of {known.name}")
            places.append(place)
        name = f"{known.name}·{first}:{last}"
        if key(name) not in self.names.ranges:
            elements = known.elements[places[0] : places[1] + 1]
            if not elements:
                raise SyntaxProblem(0, f"the range {wanted} holds no element")
            self.names.ranges[key(name)] = SubscriptRange(name, elements)
        return name

    def _named(
        self,
        name: str,
        known: SubscriptRange,
        dimension: str,
        occurrence: int,
        own: Mapping[VarId, str | None],
        *,
        inside: bool,
    ) -> Subscript:
        bare = name.partition(".")[2] if key(name.partition(".")[0]) == key(dimension) else name
        for element in known.elements:
            if key(element) == key(bare):
                return Name(element)
        other = self.names.ranges.get(key(name))
        if other:
            again = f"{other.name}·{occurrence}"
            chosen = again if occurrence > 1 and key(again) in own else other.name
            if key(chosen) not in own and inside:
                return Every(self.names.again(other.name, occurrence))
            if key(chosen) not in own:
                raise SyntaxProblem(0, f"the dimension '{other.name}' is no dimension of this equation")
            fixed = own[key(chosen)]
            if key(other.name) == key(dimension) or other.elements == known.elements:
                return Name(chosen if fixed is None else fixed)
            return Position(Ref(chosen if fixed is None else fixed))
        return self._position(Ref(name), known)

    def _position(self, index: Expr, known: SubscriptRange) -> Subscript:
        if isinstance(index, Number) and index.value == int(index.value):
            position = int(index.value)
            text = str(position)
            if text in known.elements:
                return Name(text)
            if 1 <= position <= len(known.elements):
                return Name(known.elements[position - 1])
        return Position(self.resolve(index))

    # --- calls

    def _call(self, function: str, arguments: tuple[Expr, ...], *, inside: bool) -> Expr:
        if function == "·lookup":
            return self.lookup_of(arguments[0], arguments[1])
        macro = self.names.macros.get(function)
        if macro is not None and not (macro.discrete and functions.is_function(function)):
            # (a macro with a conveyor that stands for a function of Vensim is that function: SDEverywhere depreciate)
            return macros.expand(self, macro, arguments, inside=inside)
        own = self.find(function.lower())
        if own and own.graph and len(arguments) == 1:
            return self.lookup_of(Ref(function.lower()), arguments[0])
        if function == "LOOKUP" and (named := self._named_function(arguments)):
            return self._call(named, arguments[1:], inside=inside)
        if function == "VECTOR SELECT" and len(arguments) == 5:
            return self._select(arguments, inside=inside)
        if function in functions.LOOKUPS and len(arguments) == 2:
            lookup = self.lookup_of(arguments[0], arguments[1])
            other = functions.LOOKUPS[function]
            return Call(other, (lookup.table, lookup.argument)) if other else lookup
        if function in functions.REDUCE and len(arguments) == 1 and (slats := self._slats(arguments[0])):
            return Call(functions.REDUCE[function], (slats,))
        if function == "SIZE" and len(arguments) == 1:
            return Number(float(self._size(arguments[0])))
        if function in functions.REDUCE and len(arguments) == 1 and self._has_array(arguments[0]):
            return Call(functions.REDUCE[function], (self.reduce(arguments[0]),))
        if function in ("SUM", "PROD", "MEAN") and arguments:
            op = "*" if function == "PROD" else "+"
            total = self.expression(arguments[0], inside=inside)
            for argument in arguments[1:]:
                total = Binary(op, total, self.expression(argument, inside=inside))
            return (
                Binary("/", total, Number(float(len(arguments))))
                if function == "MEAN" and arguments[1:]
                else total
            )
        if function == "STDDEV" and len(arguments) > 1:
            raise SyntaxProblem(0, "STDDEV of a list of values; name an array", unsupported=True)
        written = stella.write_out(self, function, arguments, inside=inside)
        if written is not None:
            return written
        if function in functions.UNSUPPORTED and function not in functions.REWRITES:
            raise SyntaxProblem(0, f"{function}: {functions.UNSUPPORTED[function]}", unsupported=True)
        if self.names.vensim and function in ("INT", "MOD"):
            function = "INTEGER" if function == "INT" else "MODULO"
        made = functions.build(function, tuple(self.expression(a, inside=inside) for a in arguments))
        if isinstance(made, str):
            raise SyntaxProblem(0, made, unsupported=not functions.is_function(function))
        return made

    def _named_function(self, arguments: tuple[Expr, ...]) -> str:
        """The function f of `LOOKUP(f, x)`, as converters write a call of a function that they do not know."""
        first = arguments[0] if arguments else None
        if not isinstance(first, Ref) or first.subscripts or self.find(first.name):
            return ""
        name = functions.spelled(first.name)
        return name if functions.is_function(name) else ""

    def _select(self, arguments: tuple[Expr, ...], *, inside: bool) -> Expr:
        """VECTOR SELECT, kept by converters from Vensim: the first two arguments run over their wildcards."""
        run = tuple(self.reduce(a) for a in arguments[:2])
        return Call("VECTOR SELECT", (*run, *(self.expression(a, inside=inside) for a in arguments[2:])))

    def lookup_of(self, table: Expr, argument: Expr) -> Lookup:
        if not isinstance(table, Ref):
            raise SyntaxProblem(0, "a lookup needs the name of a graphical function")
        found = self.find(table.name)
        if found is None or not found.graph:
            raise SyntaxProblem(0, f"'{table.name}' is not a graphical function")
        self.names.graphs.add(key(found.name))
        where = self.reference(table, inside=False)
        assert isinstance(where, Ref)
        name = found.name if found.only_graph else found.name + GRAPH
        return Lookup(Ref(name, where.subscripts), self.resolve(argument))

    def _slats(self, raw: Expr) -> Ref | None:
        """The slats of a conveyor that a reducing call names; SUM of them is the conveyor itself."""
        found = self.find(raw.name) if isinstance(raw, Ref) and not raw.subscripts else None
        if found is None or not found.conveyor:
            return None
        self.names.slatted.add(key(found.name))
        own = self._implied(found, inside=False)
        return Ref(f"{found.name}·slat", (*own, Every(f"{found.name}·slats")))

    def _size(self, raw: Expr) -> int:
        if not isinstance(raw, Ref):
            raise SyntaxProblem(0, "SIZE needs the name of an array or of a dimension")
        if key(raw.name) == "self" and not raw.subscripts:
            found: Declared | None = self.variable
        else:
            found = self.find(raw.name)
        if found is None:
            known = self.names.ranges.get(key(raw.name))
            if known is None:
                raise SyntaxProblem(0, f"'{raw.name}' is neither an array nor a dimension")
            return len(known.elements)
        count = 1
        for i, dimension in enumerate(found.dimensions):
            if not raw.subscripts or isinstance(raw.subscripts[i], Every):
                count *= len(self.names.ranges[key(dimension)].elements)
        return count

    def _has_array(self, raw: Expr) -> bool:
        """Whether a reducing call runs over something: a wildcard, or an array named without subscripts."""
        match raw:
            case Ref(name, subscripts):
                if subscripts:
                    own = {key(d) for d, _ in self.left}
                    return any(
                        isinstance(s, Every)
                        or (
                            isinstance(s, Name)
                            and key(s.name) in self.names.ranges
                            and key(s.name) not in own
                        )
                        for s in subscripts
                    )
                found = self.find(name)
                return bool(found and found.dimensions)
            case Unary(_, argument):
                return self._has_array(argument)
            case Binary(_, left, right):
                return self._has_array(left) or self._has_array(right)
            case Call(_, arguments):
                return any(self._has_array(a) for a in arguments)
            case _:
                return False


def _outward(path: str) -> list[str]:
    found = [path]
    while path:
        path = path.rpartition(".")[0]
        found.append(path)
    return found
