"""Which elements a variable has, which equation defines each, and what a subscript means inside an equation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product

from tzsim.errors import Address, Problem, nearest
from tzsim.ir.model import Equation, Model, Variable
from tzsim.names import VarId, element, key

Elements = tuple[VarId, ...]


@dataclass(frozen=True, slots=True)
class Definition:
    """What one element is defined by: an equation, the range or element written at each place, and the element there."""

    equation: Equation
    bounds: tuple[tuple[VarId, VarId], ...]
    """(key as written on the left, key of the element) for each subscript."""


class Subscripts:
    """Ranges of a model by key: elements, positions, displayed names, relations between ranges."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.ranges: dict[VarId, Elements] = {}
        self.displayed: dict[VarId, str] = {}
        self._position: dict[VarId, dict[VarId, int]] = {}
        for name, subscript_range in model.subscripts.items():
            keys = tuple(key(e) for e in subscript_range.elements)
            self.ranges[name] = keys
            self._position[name] = {k: i for i, k in enumerate(keys)}
            for k, text in zip(keys, subscript_range.elements, strict=True):
                self.displayed.setdefault(k, text.strip().strip('"'))

    def covered(self, written: str) -> Elements:
        """The elements that a subscript on the left stands for."""
        name = key(written)
        return self.ranges.get(name, (name,))

    def position(self, range_key: VarId, element_key: VarId) -> int | None:
        """0-based place of an element in a range, or None."""
        return self._position[range_key].get(element_key)

    def family(self, element_key: VarId) -> VarId | None:
        """The largest range that holds an element."""
        holding = [r for r, places in self._position.items() if element_key in places]
        return max(holding, key=lambda r: len(self.ranges[r]), default=None)

    def smallest_holding(self, elements: Iterable[VarId]) -> VarId | None:
        """The smallest range that holds all these elements."""
        wanted = set(elements)
        holding = [r for r, places in self._position.items() if wanted <= places.keys()]
        return min(holding, key=lambda r: len(self.ranges[r]), default=None)

    def mapped(self, source: VarId, target: VarId, element_key: VarId) -> Elements:
        """Elements of `target` that an element of `source` maps to, through a mapping written on either of them."""
        place = self.position(source, element_key)
        if place is None:
            return ()
        forward = _mapping(self.model, source, target)
        if forward is not None:
            return tuple(key(e) for e in forward[place])
        backward = _mapping(self.model, target, source)
        if backward is not None:
            inside = [i for i, group in enumerate(backward) if element_key in {key(e) for e in group}]
            return tuple(self.ranges[target][i] for i in inside)
        return ()

    def bound(self, name: VarId, bounds: Mapping[VarId, VarId]) -> Elements:
        """The element that range `name` stands for where `bounds` gives the elements of the ranges on the left.

        Directly, then as sub- or super-range, then by mapping. Empty when it does not follow, several when ambiguous.
        """
        if name in bounds:
            return (bounds[name],)
        members = self._position[name]
        for _, e in bounds.items():
            if e in members:
                return (e,)
        for written, e in bounds.items():
            sources = [written] if written in self.ranges else []
            sources += [r for r in self.ranges if r != written and e in self._position[r]]
            for source in sources:
                found = self.mapped(source, name, e)
                if found:
                    return found
        return self.ranges[name] if len(self.ranges[name]) == 1 else ()

    def show(self, name: str, elements: Elements) -> str:
        """Displayed name of one element of a variable."""
        return element(name, tuple(self.displayed.get(e, e) for e in elements))


def _mapping(model: Model, source: VarId, target: VarId) -> tuple[tuple[str, ...], ...] | None:
    for name, groups in model.subscripts[source].mappings.items():
        if key(name) == target:
            return groups
    return None


def definitions(variable: Variable, subscripts: Subscripts) -> dict[Elements, Definition]:
    """Each element of a variable with what defines it; a more specific equation wins over a general one."""
    found: dict[Elements, Definition] = {}
    sized = [(_size(e, subscripts), i, e) for i, e in enumerate(variable.equations)]
    for _, _, equation in sorted(sized, key=lambda s: (-s[0], s[1])):
        excepted: set[Elements] = set()
        for exception in equation.exceptions:
            excepted.update(product(*(subscripts.covered(s) for s in exception)))
        written = tuple(key(s) for s in equation.subscripts)
        for elements in product(*(subscripts.covered(s) for s in equation.subscripts)):
            if elements not in excepted:
                found[elements] = Definition(equation, tuple(zip(written, elements, strict=True)))
    return found


def _size(equation: Equation, subscripts: Subscripts) -> int:
    size = 1
    for s in equation.subscripts:
        size *= len(subscripts.covered(s))
    return size


def dimensions(
    defined: Iterable[Elements], variable: Variable, subscripts: Subscripts
) -> tuple[Elements, ...]:
    """The ordered elements at each place of a variable: those of the smallest range that holds all in use."""
    written = {tuple(key(s) for s in e.subscripts) for e in variable.equations}
    if len(written) == 1:
        return tuple(subscripts.covered(s) for s in next(iter(written)))
    defined = list(defined)
    places: list[Elements] = []
    for place in range(len(variable.equations[0].subscripts)):
        used = {e[place] for e in defined}
        named = [w[place] for w in written if w[place] in subscripts.ranges]
        full = [r for r in named if used <= set(subscripts.ranges[r])]
        holding = full[0] if full else subscripts.smallest_holding(used)
        places.append(subscripts.ranges[holding] if holding else tuple(sorted(used)))
    return tuple(places)


def missing(name: str, elements: Elements, subscripts: Subscripts, user: str, address: Address) -> Problem:
    """An element is used that no equation defines."""
    return Problem(address, f"{user} uses {subscripts.show(name, elements)!r}, which has no equation")


def unknown_element(text: str, known: Iterable[str]) -> Problem:
    """A caller names an element that the model does not have."""
    return Problem(None, f"the model has no element {text!r}", nearest(text, known))
