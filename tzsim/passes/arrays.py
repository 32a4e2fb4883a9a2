"""The elements of every variable of a model, laid out once, and the names that a caller gives to them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from tzsim.errors import InputError, Problem, Unsupported
from tzsim.ir.expr import Expr
from tzsim.ir.model import Model
from tzsim.names import VarId, key, split_element
from tzsim.passes.elements import Definition, Elements, Subscripts, definitions, dimensions, unknown_element
from tzsim.passes.random_calls import number_random_calls
from tzsim.passes.request import TIME

LARGEST = 2_000_000
"""Most elements that a model may have; more is refused before memory is."""


MOST_READ, READ_PER_ELEMENT, READ_BY_ANY = 1_000_000, 40, 10_000_000
"""Most elements that the equations of a model may read, each element's equation counted: so many, and more for each element
of the model up to a last bound. Sums over long ranges inside arrays over long ranges grow with the square of the range."""


def most_read(elements: int) -> int:
    """How many elements the equations of a model of so many elements may read."""
    return min(MOST_READ + READ_PER_ELEMENT * elements, READ_BY_ANY)


class Arrays:
    """The elements of every variable, laid out once."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.read = 0
        """Elements that were read so far."""
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
        self.most_read = most_read(count)
        self._numbered: dict[int, Expr] = {}
        self._places: dict[VarId, tuple[Elements, ...]] = {}

    def numbered(self, right: Expr) -> Expr:
        """A right-hand side with its random calls numbered; once for all the elements that share it."""
        if id(right) not in self._numbered:
            self._numbered[id(right)] = number_random_calls(right)
        return self._numbered[id(right)]

    def places(self, name: VarId) -> tuple[Elements, ...]:
        """Ordered elements at each place of a variable."""
        if name not in self._places:
            self._places[name] = dimensions(self.defined[name], self.model.variables[name], self.subscripts)
        return self._places[name]

    def in_order(self, name: VarId) -> list[Elements]:
        """Elements of a variable that are defined, the last subscript fastest."""
        return [e for e in product(*self.places(name)) if e in self.defined[name]]


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
        elif some := _in_ranges(arrays, key(name), subs):
            found.update({shown(variable.name, e): None for e in some})
        else:
            problems.append(unknown_element(text, [shown(variable.name, e) for e in defined]))
    if problems:
        raise InputError(problems)
    return tuple(found)


def _in_ranges(arrays: Arrays, name: VarId, subs: Sequence[str]) -> list[Elements]:
    """The elements of a variable that subscripts name of which some are ranges or `*`."""
    places, ranges = arrays.places(name), arrays.subscripts.ranges
    if len(subs) != len(places):
        return []
    parts = [
        place if s == "*" else (key(s),) if key(s) in place else ranges.get(key(s), ())
        for s, place in zip(subs, places, strict=True)
    ]
    return [e for e in product(*parts) if e in arrays.defined[name]]
