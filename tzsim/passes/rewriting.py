"""The right-hand side of one element: subscripts put in place, lookups by their tables, arrays element by element."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import TypeAlias

from tzsim.errors import InputError, Problem, Unsupported
from tzsim.ir.expr import (
    Array,
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
    Table,
    Text,
    Unary,
)
from tzsim.ir.functions import FUNCTIONS
from tzsim.ir.model import Variable
from tzsim.names import VarId, key
from tzsim.passes.arrays import Arrays
from tzsim.passes.elements import Bounds, Definition, Elements
from tzsim.passes.request import TIME, children

Running: TypeAlias = Mapping[VarId, VarId]
"""Element that each running range (`range!`) stands at."""
Special: TypeAlias = Callable[["Rewriting", Call, Running], Expr]


@dataclass(slots=True)
class Rewriting:
    """Rewrites the equation of one element. `special` are the functions that take or give whole arrays."""

    arrays: Arrays
    variable: Variable
    elements: Elements
    definition: Definition
    special: Mapping[str, Special]

    @property
    def bounds(self) -> Bounds:
        return self.definition.bounds

    def whole(self) -> Expr:
        """The right-hand side for this element."""
        right = self.definition.equation.expression
        if isinstance(right, Array):
            return Number(self._cell(right))
        return self.expression(self.arrays.numbered(right), {})

    def binding(self, name: VarId, element: VarId) -> Rewriting:
        """The same with a range of the left-hand side at another element, the last where the left repeats it."""
        bounds = list(self.bounds)
        places = [i for i, b in enumerate(bounds) if b[0] == name]
        if places:
            bounds[places[-1]] = (name, element)
        else:
            bounds.append((name, element))
        return replace(self, definition=Definition(self.definition.equation, tuple(bounds)))

    def refuse(self, message: str) -> Unsupported:
        """A refusal that names the variable and its equation."""
        equation = self.definition.equation
        return Unsupported([Problem(equation.address, f"{self._me()}: {message}", equation.text)])

    def wrong(self, message: str) -> InputError:
        """An error that names the variable and its equation."""
        equation = self.definition.equation
        return InputError.one(f"{self._me()}: {message}", equation.address, equation.text)

    def _me(self) -> str:
        return self.arrays.subscripts.show(self.variable.name, self.elements)

    def _cell(self, array: Array) -> float:
        """The constant of this element in a list of constants: row-major over the left-hand side."""
        place, size = 0, 1
        for (_, e), text in zip(self.bounds, self.definition.equation.subscripts, strict=True):
            covered = self.arrays.subscripts.covered(text)
            place = place * len(covered) + covered.index(e)
            size *= len(covered)
        if size != len(array.values):
            raise self.wrong(f"{len(array.values)} constants for {size} elements")
        return array.values[place]

    # ------------------------------------------------------------------ expressions

    def expression(self, e: Expr, running: Running) -> Expr:
        """`e` for this element, with the running ranges at the elements given."""
        if isinstance(e, Binary):
            return Binary(e.op, self.expression(e.left, running), self.expression(e.right, running))
        if isinstance(e, Ref):
            return self.reference(e, running)
        if isinstance(e, Number | Text | Table):
            return e
        if isinstance(e, Unary):
            return Unary(e.op, self.expression(e.argument, running))
        if isinstance(e, Lookup):
            return Lookup(self.table(e.table, running), self.expression(e.argument, running))
        if isinstance(e, Call):
            return self._call(e, running)
        raise self.wrong("a list of constants inside an expression")

    def _call(self, e: Call, running: Running) -> Expr:
        special = self.special.get(e.function)
        if special is not None:
            return special(self, e, running)
        nature = FUNCTIONS[e.function].nature
        if nature == "data":
            table = self.table(e.arguments[0], running)
            return Call(e.function, (table, *(self.expression(a, running) for a in e.arguments[1:])))
        if nature == "random":
            number = e.arguments[-1]
            assert isinstance(number, Text)
            arguments = tuple(self.expression(a, running) for a in e.arguments[:-1])
            return Call(e.function, (*arguments, Text(self._site(number.value, running))))
        return Call(e.function, tuple(self.expression(a, running) for a in e.arguments))

    def _site(self, number: str, running: Running) -> str:
        me = key(self.variable.name) + (f"[{','.join(self.elements)}]" if self.elements else "")
        return me + number + "".join(f"|{r}={k}" for r, k in sorted(running.items()))

    # ------------------------------------------------------------------ references

    def reference(self, e: Ref, running: Running) -> Expr:
        """A reference to one element; with computed subscripts a choice among elements, 0 outside."""
        name, arrays = key(e.name), self.arrays
        arrays.read += 1
        if arrays.read > arrays.most_read:
            raise self.refuse(
                f"the equations so far read more than {arrays.most_read:,} elements; use shorter ranges"
            )
        if name not in arrays.defined:
            return Ref("Time") if name == TIME else Number(self._ordinal(name.removesuffix("!"), running))
        computed = [i for i, s in enumerate(e.subscripts) if isinstance(s, Position)]
        if computed:
            return self._picked(e, computed[0], running)
        return Ref(arrays.subscripts.show(arrays.model.variables[name].name, self.cell(e, running)))

    def _picked(self, e: Ref, place: int, running: Running) -> Expr:
        """PICK(index, 0, elements in order)."""
        position = e.subscripts[place]
        assert isinstance(position, Position)
        index = self.expression(position.index, running)
        options: list[Expr] = []
        for choice in self.arrays.places(key(e.name))[place]:
            at: tuple[Subscript, ...] = (*e.subscripts[:place], Name(choice), *e.subscripts[place + 1 :])
            chosen = Ref(e.name, at)
            known = any(isinstance(s, Position) for s in at) or self._defined(chosen, running)
            options.append(self.reference(chosen, running) if known else Number(0.0))
        return Call("PICK", (index, Number(0.0), *options))

    def _defined(self, e: Ref, running: Running) -> bool:
        return self._places(e, running) in self.arrays.defined[key(e.name)]

    def cell(self, e: Ref, running: Running) -> Elements:
        """The element that a reference without computed subscripts means."""
        elements = self._places(e, running)
        if elements not in self.arrays.defined[key(e.name)]:
            raise self.wrong(f"uses {self.arrays.subscripts.show(e.name, elements)!r}, which has no equation")
        return elements

    def _places(self, e: Ref, running: Running) -> Elements:
        dims = self.arrays.places(key(e.name))
        if len(dims) != len(e.subscripts):
            raise self.wrong(f"{e.name!r} has {len(dims)} subscripts, not {len(e.subscripts)}")
        seen: dict[VarId, int] = {}
        found: list[VarId] = []
        for subscript, dim in zip(e.subscripts, dims, strict=True):
            assert not isinstance(subscript, Position)
            name = key(subscript.name if isinstance(subscript, Name) else subscript.range)
            found.append(self._element(subscript, dim, seen.get(name, 0), running))
            seen[name] = seen.get(name, 0) + 1
        return tuple(found)

    def _element(self, subscript: Name | Every, dim: Elements, occurrence: int, running: Running) -> VarId:
        """The element that a written subscript means at a place whose elements are `dim`."""
        subscripts = self.arrays.subscripts
        if isinstance(subscript, Every):
            at = running.get(key(subscript.range))
            if at is None:
                raise self.wrong(f"{subscript.range!r}! runs outside a function over arrays")
            if at not in dim:
                raise self.wrong(f"{subscripts.displayed.get(at, at)!r} is not a subscript here")
            return at
        name = key(subscript.name)
        if name not in subscripts.ranges:
            if name not in dim:
                raise self.wrong(f"no subscript element {subscript.name!r}")
            return name
        found = subscripts.bound(name, occurrence, self.bounds, dim)
        if len(found) == 1:
            return next(iter(found))
        if found:
            shown = ", ".join(sorted(subscripts.displayed.get(k, k) for k in found))
            raise self.wrong(f"subscript {subscript.name!r} may stand for {shown}")
        raise self.wrong(f"subscript {subscript.name!r} is not on the left-hand side")

    def _ordinal(self, name: VarId, running: Running) -> float:
        """A range or element used as a number: its 1-based position in its family."""
        subscripts = self.arrays.subscripts
        at: VarId | None = name
        if name in subscripts.ranges:
            found = {running[name]} if name in running else subscripts.bound(name, 0, self.bounds, None)
            at = next(iter(found)) if len(found) == 1 else None
        place = None if at is None else subscripts.family_position(at)
        if place is None:
            raise self.wrong(f"{name!r} is not a variable, nor a subscript of the left-hand side")
        return float(place)

    # ------------------------------------------------------------------ tables

    def table(self, e: Expr, running: Running) -> Table:
        """The literal table that an argument stands for: itself, or that of a lookup or data variable."""
        for _ in range(100):
            if isinstance(e, Table):
                return e
            if not isinstance(e, Ref) or key(e.name) not in self.arrays.defined:
                raise self.refuse("a table that is neither written out nor a lookup variable")
            e = self.arrays.defined[key(e.name)][self.cell(e, running)].equation.expression
            if isinstance(e, Call) and e.function == "DATA":
                e = e.arguments[0]
        raise self.wrong("lookup variables that name each other")

    # ------------------------------------------------------------------ running ranges

    def over(self, arguments: Sequence[Expr], running: Running) -> list[dict[VarId, VarId]]:
        """Every combination of the ranges that run in these arguments of a reducing call, the last fastest."""
        names = list(dict.fromkeys(key(r) for a in arguments for r in _running_ranges(a)))
        if not names:
            raise self.wrong("a function over arrays runs over no subscript; mark it with '!'")
        members = [self.arrays.subscripts.ranges[n] for n in names]
        return [{**running, **dict(zip(names, cell, strict=True))} for cell in product(*members)]


def _running_ranges(e: Expr) -> Iterator[str]:
    if isinstance(e, Ref):
        yield from (s.range for s in e.subscripts if isinstance(s, Every))
        if not e.subscripts and e.name.endswith("!"):
            yield e.name[:-1]
    if isinstance(e, Call) and e.function in FUNCTIONS and FUNCTIONS[e.function].nature == "reduce":
        return
    for child in children(e):
        yield from _running_ranges(child)
