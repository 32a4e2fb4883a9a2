"""Which elements a variable has, which equation defines each, and what a subscript means inside an equation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product

from tzsim.errors import Problem, nearest
from tzsim.ir.model import Equation, Model, Variable
from tzsim.names import VarId, element, key

Elements = tuple[VarId, ...]
Bounds = tuple[tuple[VarId, VarId], ...]
"""(key as written on the left, key of the element) for each subscript of a left-hand side."""


@dataclass(frozen=True, slots=True)
class Definition:
    """What one element is defined by: an equation, the range or element written at each place, and the element there."""

    equation: Equation
    bounds: Bounds


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

    def mapped(self, source: VarId, target: VarId, element_key: VarId) -> set[VarId]:
        """Elements of `target` that an element of `source` maps to, through a mapping written on either of them."""
        backward = _mapping(self.model, target, source)
        if backward is not None:
            inside = [i for i, group in enumerate(backward) if element_key in {key(e) for e in group}]
            return {self.ranges[target][i] for i in inside}
        forward = _mapping(self.model, source, target)
        place = self.position(source, element_key)
        if forward is not None and place is not None:
            return {key(e) for e in forward[place]}
        return set()

    def bound(self, name: VarId, occurrence: int, bounds: Bounds, allowed: Elements | None) -> set[VarId]:
        """The element that range `name` stands for where `bounds` gives the elements on the left; several: ambiguous.

        Directly by its name (the n-th occurrence of a name that the left repeats), then by a mapping between the two
        ranges, then as another range that holds the element, then by a mapping of a range around it (Vensim Reference
        Manual, 'Subscript mapping'). `allowed` are the elements that the variable has at that place.
        """
        direct = [e for written, e in bounds if written == name]
        if direct:
            return {direct[min(occurrence, len(direct) - 1)]}
        mapped = {m for written, e in bounds if written in self.ranges for m in self.mapped(written, name, e)}
        if mapped:
            return mapped
        members = self._position[name]
        shared = {e for written, e in bounds if e in members and written in self.ranges}
        shared = shared or {e for _, e in bounds if e in members}
        if shared and (allowed is None or shared <= set(allowed)):
            return shared
        around: set[VarId] = set()
        for written, e in bounds:
            for source, places in self._position.items():
                if e in places and source != written:
                    around |= self.mapped(source, name, e)
        return around or (set(members) if len(members) == 1 else set())

    def family_position(self, element_key: VarId) -> int | None:
        """1-based place of an element in its largest range: a subscript used as a number."""
        family = self.family(element_key)
        place = None if family is None else self.position(family, element_key)
        return None if place is None else place + 1

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
    """The ordered elements at each place: those of the range written there that covers all, else of the smallest such."""
    defined = list(defined)
    places: list[Elements] = []
    for place in range(len(variable.equations[0].subscripts)):
        used = {e[place] for e in defined}
        written = [key(e.subscripts[place]) for e in variable.equations]
        full = [w for w in written if w in subscripts.ranges and used <= set(subscripts.ranges[w])]
        holding = full[0] if full else subscripts.smallest_holding(used)
        ordered = tuple(dict.fromkeys(e[place] for e in defined))
        places.append(subscripts.ranges[holding] if holding else ordered)
    return tuple(places)


def unknown_element(text: str, known: Iterable[str]) -> Problem:
    """A caller names an element that the model does not have."""
    return Problem(None, f"the model has no element {text!r}", nearest(text, known))
