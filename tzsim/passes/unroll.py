"""Unroll: subscripts become elements. Afterwards every variable is a scalar named as its element, `x[A1,B2]`.

Reducing calls become sums, products, MIN and MAX over their elements; vector functions take the elements of their
arrays one by one (see `vectors`); lookup variables are put in place where they are called; a random call carries
the text that identifies it (`site`, as in `kernel.random_counter`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import product

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
    Table,
    Text,
    Unary,
)
from tzsim.ir.functions import FUNCTIONS
from tzsim.ir.model import Equation, Model, Variable
from tzsim.names import VarId, key, split_element
from tzsim.passes.elements import Definition, Elements, Subscripts, definitions, dimensions, unknown_element
from tzsim.passes.request import TIME, Request, children, integral_name

LARGEST = 2_000_000
"""Most elements that a model may have; more is refused before memory is."""


def unroll(model: Model, request: Request) -> Model:
    """The model with one scalar variable for each element. Raises InputError with every problem found."""
    arrays = Arrays(model)
    problems: list[Problem] = []
    refusals: list[Problem] = []
    scalars: dict[VarId, Variable] = {}
    for name, variable in model.variables.items():
        for elements, definition in arrays.defined[name].items():
            rewriting = Rewriting(arrays, variable, elements, definition)
            try:
                expression = rewriting.whole()
            except Unsupported as error:
                refusals += error.problems
                continue
            except InputError as error:
                problems += error.problems
                continue
            equation = Equation((), expression, (), definition.equation.address, definition.equation.text)
            shown = arrays.subscripts.show(variable.name, elements)
            scalars[key(shown)] = Variable(
                shown,
                (equation,),
                variable.unit,
                variable.comment,
                variable.limits,
                variable.group,
                variable.address,
            )
    if problems:
        raise InputError(dict.fromkeys([*problems, *refusals]))
    if refusals:
        raise Unsupported(dict.fromkeys(refusals))
    return Model(model.name, scalars, {}, model.method, model.time_unit, model.sources)


def element_names(model: Model, wanted: Sequence[str]) -> tuple[str, ...]:
    """Displayed names of the elements meant: a bare array name stands for all of its elements, in order.

    Raises InputError naming every element that does not exist.
    """
    return elements_of(Arrays(model), wanted)


def elements_of(arrays: Arrays, wanted: Sequence[str]) -> tuple[str, ...]:
    """As `element_names`, from arrays that were already laid out."""
    found: dict[str, None] = {}
    problems: list[Problem] = []
    for text in wanted:
        name, subs = split_element(text)
        if key(name) == TIME and TIME not in arrays.defined:
            found["Time"] = None
            continue
        defined = arrays.defined[key(name)]
        variable = arrays.model.variables[key(name)]
        shown = arrays.subscripts.show
        if not subs:
            found.update({shown(variable.name, e): None for e in arrays.in_order(key(name))})
        elif tuple(key(s) for s in subs) in defined:
            found[shown(variable.name, tuple(key(s) for s in subs))] = None
        else:
            problems.append(unknown_element(text, [shown(variable.name, e) for e in defined]))
    if problems:
        raise InputError(problems)
    return tuple(found)


class Arrays:
    """The elements of every variable, laid out once."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.subscripts = Subscripts(model)
        self.defined: dict[VarId, dict[Elements, Definition]] = {}
        count = 0
        for name, variable in model.variables.items():
            size = 0
            for equation in variable.equations:
                cells = 1
                for written in equation.subscripts:
                    cells *= len(self.subscripts.covered(written))
                size += cells
            count += size
            if count > LARGEST:
                message = f"{variable.name}: the model has more than {LARGEST:,} elements"
                raise Unsupported.one(message, variable.address, "use smaller subscript ranges")
            self.defined[name] = definitions(variable, self.subscripts)
        self._places: dict[VarId, tuple[Elements, ...]] = {}

    def places(self, name: VarId) -> tuple[Elements, ...]:
        """Ordered elements at each place of a variable."""
        if name not in self._places:
            self._places[name] = dimensions(self.defined[name], self.model.variables[name], self.subscripts)
        return self._places[name]

    def in_order(self, name: VarId) -> list[Elements]:
        """Elements of a variable that are defined, the last subscript fastest."""
        return [e for e in product(*self.places(name)) if e in self.defined[name]]


@dataclass(slots=True)
class Rewriting:
    """Rewrites the equation of one element. `running` holds the elements that `Every` ranges stand at."""

    arrays: Arrays
    variable: Variable
    elements: Elements
    definition: Definition
    occurrence: dict[int, int] = field(default_factory=dict[int, int])

    @property
    def bounds(self) -> dict[VarId, VarId]:
        return dict(self.definition.bounds)

    def whole(self) -> Expr:
        """The right-hand side for this element."""
        right = self.definition.equation.expression
        if isinstance(right, Array):
            return Number(self._cell(right))
        self._number_random_calls(right)
        return self.expression(right, {})

    def refuse(self, message: str) -> Unsupported:
        return Unsupported.one(
            f"{self._me()}: {message}", self.definition.equation.address, self.definition.equation.text
        )

    def wrong(self, message: str) -> InputError:
        return InputError.one(
            f"{self._me()}: {message}", self.definition.equation.address, self.definition.equation.text
        )

    def _me(self) -> str:
        return self.arrays.subscripts.show(self.variable.name, self.elements)

    def _cell(self, array: Array) -> float:
        if len(array.values) == 1:
            return array.values[0]
        place = size = 0
        size = 1
        for (written, e), text in zip(
            self.definition.bounds, self.definition.equation.subscripts, strict=True
        ):
            covered = self.arrays.subscripts.covered(text)
            place = place * len(covered) + (covered.index(e) if len(covered) > 1 else 0)
            size *= len(covered)
            del written
        if size != len(array.values):
            raise self.wrong(f"{len(array.values)} values for {size} elements")
        return array.values[place]

    def _number_random_calls(self, right: Expr) -> None:
        stack = [right]
        while stack:
            e = stack.pop()
            if isinstance(e, Call) and FUNCTIONS[e.function].nature == "random":
                self.occurrence.setdefault(id(e), len(self.occurrence))
            stack += reversed(children(e))

    # ------------------------------------------------------------------ expressions

    def expression(self, e: Expr, running: Mapping[VarId, VarId]) -> Expr:
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
            return self.lookup(e, running)
        if isinstance(e, Call):
            return self.call(e, running)
        raise self.wrong("a list of constants inside an expression")

    def call(self, e: Call, running: Mapping[VarId, VarId]) -> Expr:
        from tzsim.passes.vectors import VECTORS  # the two files call each other

        special: Callable[[Rewriting, Call, Mapping[VarId, VarId]], Expr] | None = VECTORS.get(e.function)
        if special is not None:
            return special(self, e, running)
        nature = FUNCTIONS[e.function].nature
        if nature == "data":
            table = self.table(e.arguments[0], running)
            return Call(e.function, (table, *(self.expression(a, running) for a in e.arguments[1:])))
        arguments = tuple(self.expression(a, running) for a in e.arguments)
        if nature == "random":
            return Call(e.function, (*arguments, Text(self._site(e, running))))
        return Call(e.function, arguments)

    def _site(self, e: Call, running: Mapping[VarId, VarId]) -> str:
        me = key(self.variable.name) + (f"[{','.join(self.elements)}]" if self.elements else "")
        places = "".join(f"|{r}={k}" for r, k in sorted(running.items()))
        return f"{me}#{self.occurrence[id(e)]}{places}"

    def reference(self, e: Ref, running: Mapping[VarId, VarId]) -> Expr:
        """A reference to one element; a computed subscript becomes PICK(index, 0, elements in order)."""
        name = key(e.name)
        arrays = self.arrays
        if name not in arrays.defined:
            return Ref("Time") if name == TIME else Number(self._ordinal(name, running))
        computed = [i for i, s in enumerate(e.subscripts) if isinstance(s, Position)]
        if computed:
            return self._picked(e, computed[0], running)
        elements = self.subscript_elements(e, running)
        if elements not in arrays.defined[name]:
            shown = arrays.subscripts.show(e.name, elements)
            raise self.wrong(f"uses {shown!r}, which has no equation")
        return Ref(arrays.subscripts.show(arrays.model.variables[name].name, elements))

    def _picked(self, e: Ref, place: int, running: Mapping[VarId, VarId]) -> Expr:
        position = e.subscripts[place]
        assert isinstance(position, Position)
        index = self.expression(position.index, running)
        choices = self.arrays.places(key(e.name))[place]
        options: list[Expr] = []
        for choice in choices:
            subs = (*e.subscripts[:place], Name(choice), *e.subscripts[place + 1 :])
            options.append(self.reference(Ref(e.name, subs), running))
        return Call("PICK", (index, Number(0.0), *options))

    def subscript_elements(self, e: Ref, running: Mapping[VarId, VarId]) -> Elements:
        """The element that each subscript of a reference stands for here."""
        name = key(e.name)
        subscripts = e.subscripts
        if not subscripts and self.arrays.places(name):
            return self._implied(e, running)
        found: list[VarId] = []
        for place, s in enumerate(subscripts):
            if isinstance(s, Every):
                running_key = self.running_key(s, name, place)
                if running_key not in running:
                    raise self.wrong(f"{s.range!r} runs over a range outside any function that reduces it")
                found.append(running[running_key])
            elif isinstance(s, Name):
                found.append(self._named(s.name, name))
        return tuple(found)

    def _named(self, text: str, user: VarId) -> VarId:
        k = key(text)
        if k not in self.arrays.subscripts.ranges:
            return k
        elements = self.arrays.subscripts.bound(k, self.bounds)
        if len(elements) == 1:
            return elements[0]
        what = "is not a range of the left-hand side" if not elements else "maps to several elements"
        raise self.wrong(f"subscript {text!r} of {self.arrays.model.variables[user].name!r} {what}")

    def _implied(self, e: Ref, running: Mapping[VarId, VarId]) -> Elements:
        """An array without subscripts: at each place the element of the left-hand side, or the one running there."""
        found: list[VarId] = []
        left = list(self.elements)
        for place, choices in enumerate(self.arrays.places(key(e.name))):
            running_key = self.running_key(Every("*"), key(e.name), place)
            if running_key in running:
                found.append(running[running_key])
                continue
            match = next((k for k in left if k in choices), None)
            if match is None:
                raise self.wrong(f"uses array {e.name!r} without subscripts")
            left.remove(match)
            found.append(match)
        return tuple(found)

    def running_key(self, s: Every, name: VarId, place: int) -> VarId:
        """What identifies a running index: the range, or for a bare `*` the range that it runs over there."""
        if s.range not in ("", "*"):
            return key(s.range)
        choices = self.arrays.places(name)[place]
        holding = self.arrays.subscripts.smallest_holding(choices)
        return f"{holding or ','.join(choices)}@{place}"

    def _ordinal(self, name: VarId, running: Mapping[VarId, VarId]) -> float:
        """A range or element used as a number: its 1-based position."""
        subscripts = self.arrays.subscripts
        if name in subscripts.ranges:
            elements = (running[name],) if name in running else subscripts.bound(name, self.bounds)
            if len(elements) == 1:
                place = subscripts.position(name, elements[0])
                if place is not None:
                    return float(place + 1)
            raise self.wrong(f"range {name!r} is used as a number but is not on the left-hand side")
        family = subscripts.family(name)
        place = None if family is None else subscripts.position(family, name)
        if place is None:
            raise self.wrong(f"uses {name!r}, which has no equation")
        return float(place + 1)

    # ------------------------------------------------------------------ tables

    def lookup(self, e: Lookup, running: Mapping[VarId, VarId]) -> Expr:
        argument = self.expression(e.argument, running)
        return Lookup(self.table(e.table, running), argument)

    def table(self, e: Expr, running: Mapping[VarId, VarId]) -> Table:
        """The literal table that an argument stands for: itself, or that of a lookup or data variable."""
        for _ in range(100):
            if isinstance(e, Table):
                return e
            if not isinstance(e, Ref) or key(e.name) not in self.arrays.defined:
                raise self.refuse("a table that is neither written out nor a lookup variable")
            elements = self.subscript_elements(e, running)
            definition = self.arrays.defined[key(e.name)].get(elements)
            if definition is None:
                shown = self.arrays.subscripts.show(e.name, elements)
                raise self.wrong(f"uses {shown!r}, which has no equation")
            e = definition.equation.expression
            if isinstance(e, Call) and e.function == "DATA":
                e = e.arguments[0]
        raise self.wrong("lookup variables that name each other")

    # ------------------------------------------------------------------ running ranges

    def over(self, arguments: Sequence[Expr], running: Mapping[VarId, VarId]) -> list[dict[VarId, VarId]]:
        """Every combination of the ranges that run in these arguments of a reducing call, the last fastest."""
        ranges: dict[VarId, Elements] = {}
        for argument in arguments:
            self._running_ranges(argument, ranges)
        keys = list(ranges)
        return [
            {**running, **dict(zip(keys, combination, strict=True))}
            for combination in product(*ranges.values())
        ]

    def _running_ranges(self, e: Expr, found: dict[VarId, Elements], top: bool = True) -> None:
        if isinstance(e, Call) and FUNCTIONS[e.function].nature == "reduce":
            return
        if isinstance(e, Ref) and key(e.name) in self.arrays.defined:
            name = key(e.name)
            for place, s in enumerate(e.subscripts):
                if isinstance(s, Every):
                    k = self.running_key(s, name, place)
                    default = self.arrays.places(name)[place]
                    found.setdefault(k, self.arrays.subscripts.ranges.get(key(s.range), default))
            if not e.subscripts:
                for place, choices in enumerate(self.arrays.places(name)):
                    if not any(k in choices for k in self.elements) or top:
                        found.setdefault(self.running_key(Every("*"), name, place), choices)
        for child in children(e):
            self._running_ranges(child, found, top=False)


def chained(op: str, terms: Sequence[Expr]) -> Expr:
    """`a op b op c`, from the left."""
    return reduce(lambda a, b: Binary(op, a, b), terms)  # type: ignore[arg-type]


__all__ = ["Arrays", "Rewriting", "chained", "element_names", "elements_of", "integral_name", "unroll"]
