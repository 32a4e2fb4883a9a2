"""Where the elements of a model's variables are, and what a subscript means inside an equation.

Subscripts are resolved by place: an element name means the element of that name in the dimension at that place of the
variable, so that two dimensions may share element names (XMILE `1, 2, 3`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product

from tzsim.errors import Address, InputError, Problem, nearest
from tzsim.ir.model import Equation, Model, Variable
from tzsim.names import VarId, element, key, split_element

MOST_ELEMENTS = 2_000_000

Cell = tuple[VarId, ...]
"""Element keys of one element of a variable, one for each of its subscripts."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One element of a variable and the equation that defines it."""

    number: int
    variable: Variable
    cell: Cell
    equation: Equation
    bounds: tuple[tuple[VarId, VarId], ...]
    """(key as written on the left, key of the element), in the order of the left-hand side."""
    name: str
    """As shown: `revenue[chemicals]`."""

    @property
    def site(self) -> str:
        """The element's name by keys, stable under case and blanks; part of the identity of a random call."""
        return element(self.variable.id, self.cell)


class Layout:
    """All slots of a model, its dimensions, and the resolution of names. Raises InputError for what does not exist."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.ranges: dict[VarId, Cell] = {
            k: tuple(key(e) for e in r.elements) for k, r in model.subscripts.items()
        }
        self.shown: dict[VarId, str] = {
            key(e): e.strip().strip('"') for r in model.subscripts.values() for e in r.elements
        }
        self.mappings: dict[tuple[VarId, VarId], tuple[Cell, ...]] = {
            (k, key(target)): tuple(tuple(key(e) for e in group) for group in groups)
            for k, r in model.subscripts.items()
            for target, groups in r.mappings.items()
        }
        self.slots: list[Slot] = []
        self.cells: dict[VarId, dict[Cell, Slot]] = {}
        self.dimensions: dict[VarId, tuple[Cell, ...]] = {}
        problems: list[Problem] = []
        for variable in model.variables.values():
            problems += self._place(variable)
        if problems:
            raise InputError(problems)

    def covered(self, written: str) -> Cell:
        """The elements that a subscript on the left stands for."""
        name = key(written)
        return self.ranges.get(name, (name,))

    def _place(self, variable: Variable) -> list[Problem]:
        """Make the slots of a variable; a more specific equation wins, among equals the later."""
        lengths = {len(e.subscripts) for e in variable.equations}
        if len(lengths) > 1:
            return [
                Problem(
                    variable.address, f"{variable.name!r} has equations with {sorted(lengths)} subscripts"
                )
            ]
        known = {e for r in self.ranges.values() for e in r}
        problems = [
            Problem(e.address, f"{variable.name!r}: {s!r} is neither a subscript range nor an element",
                    nearest(s, [r.name for r in self.model.subscripts.values()]))
            for e in variable.equations
            for s in e.subscripts
            if key(s) not in self.ranges and key(s) not in known
        ]  # fmt: skip
        if problems:
            return problems
        chosen: dict[Cell, tuple[Equation, int]] = {}
        for equation in variable.equations:
            parts = [self.covered(s) for s in equation.subscripts]
            size = math.prod(len(part) for part in parts)
            if len(self.slots) + size > MOST_ELEMENTS:
                message = f"{variable.name!r} has {size:,} elements; a model may have {MOST_ELEMENTS:,}"
                return [Problem(equation.address, message)]
            excepted = {c for e in equation.exceptions for c in product(*(self.covered(s) for s in e))}
            for cell in product(*parts):
                if cell not in excepted and (cell not in chosen or size <= chosen[cell][1]):
                    chosen[cell] = (equation, size)
        self.dimensions[variable.id] = self._dimensions(variable, list(chosen))
        order = {
            d: {e: i for i, e in enumerate(places)} for d, places in enumerate(self.dimensions[variable.id])
        }
        cells: dict[Cell, Slot] = {}
        for cell in sorted(chosen, key=lambda c: tuple(order[d][e] for d, e in enumerate(c))):
            equation = chosen[cell][0]
            bounds = tuple((key(s), e) for s, e in zip(equation.subscripts, cell, strict=True))
            slot = Slot(len(self.slots), variable, cell, equation, bounds, self.display(variable.name, cell))
            self.slots.append(slot)
            cells[cell] = slot
        self.cells[variable.id] = cells
        return []

    def _dimensions(self, variable: Variable, cells: list[Cell]) -> tuple[Cell, ...]:
        """For each place the elements in order: of the range written there that covers all, else the smallest such."""
        places: list[Cell] = []
        for p in range(len(variable.equations[0].subscripts)):
            used = {c[p] for c in cells}
            written = [key(e.subscripts[p]) for e in variable.equations]
            candidates = [self.ranges[w] for w in written if w in self.ranges and used <= set(self.ranges[w])]
            candidates += sorted((r for r in self.ranges.values() if used <= set(r)), key=len)
            places.append(candidates[0] if candidates else tuple(dict.fromkeys(c[p] for c in cells)))
        return tuple(places)

    def display(self, name: str, cell: Cell) -> str:
        return element(name, tuple(self.shown.get(e, e) for e in cell))

    def family_position(self, element_key: VarId) -> int | None:
        """1-based place of an element in its largest range: what Vensim takes for a subscript used as a number."""
        holding = [r for r in self.ranges.values() if element_key in r]
        return max(holding, key=len).index(element_key) + 1 if holding else None

    def bound(
        self, name: VarId, occurrence: int, bounds: tuple[tuple[VarId, VarId], ...], allowed: Cell | None
    ) -> VarId | None:
        """The element that range `name` stands for where the left-hand side has `bounds`; None when it does not follow.

        Directly by its name (the n-th occurrence of a name that the left repeats), then by a mapping written between
        the two ranges, then as another range that holds the element, then by a mapping of a range around it (Vensim
        Help, 'Subscript mapping'). `allowed` are the elements that the variable has at that place. Raises InputError
        when two readings differ.
        """
        direct = [e for written, e in bounds if written == name]
        if direct:
            return direct[min(occurrence, len(direct) - 1)]
        mapped = {
            m for written, e in bounds if written in self.ranges for m in self._mapped(written, e, name)
        }
        if mapped:
            return self._only(mapped, name)
        members = self.ranges[name]
        shared = {e for written, e in bounds if e in members and written in self.ranges}
        if not shared:
            shared = {e for _, e in bounds if e in members}
        if shared and (allowed is None or shared <= set(allowed)):
            return self._only(shared, name)
        around = {
            m
            for written, e in bounds
            for source, inside in self.ranges.items()
            if e in inside and source != written
            for m in self._mapped(source, e, name)
        }
        return self._only(around, name) if around else None

    def _mapped(self, source: VarId, e: VarId, target: VarId) -> set[VarId]:
        """Elements of `target` that stand for element `e` of `source`, by a mapping written on either."""
        groups = self.mappings.get((target, source))
        if groups is not None:
            return {self.ranges[target][i] for i, group in enumerate(groups) if e in group}
        groups = self.mappings.get((source, target))
        if groups is not None and e in self.ranges[source]:
            return set(groups[self.ranges[source].index(e)])
        return set()

    def _only(self, elements: set[VarId], name: VarId) -> VarId:
        if len(elements) > 1:
            shown = ", ".join(sorted(self.shown.get(e, e) for e in elements))
            raise InputError.one(f"subscript {self.model.subscripts[name].name!r} may stand for {shown}")
        return next(iter(elements))

    def find(self, text: str, address: Address | None = None) -> list[Slot]:
        """The slots that `x`, `x[a]` or `x[a,b]` names; a bare array name, a range or `*` names several."""
        try:
            name, subs = split_element(text)
        except ValueError:
            raise InputError.one(f"not a variable name: {text!r}", address) from None
        cells = self.cells.get(key(name))
        if cells is None:
            known = [v.name for v in self.model.variables.values()]
            raise InputError.one(
                f"no variable {name!r} in model {self.model.name!r}", address, nearest(name, known)
            )
        if not subs:
            return list(cells.values())
        dims = self.dimensions[key(name)]
        if len(subs) != len(dims):
            raise InputError.one(f"{text!r}: {name!r} has {len(dims)} subscripts, not {len(subs)}", address)
        parts: list[Iterable[VarId]] = [
            dim if s == "*" else (key(s),) if key(s) in dim else self.ranges.get(key(s), (key(s),))
            for s, dim in zip(subs, dims, strict=True)
        ]
        found = [cells[c] for c in product(*parts) if c in cells]
        if not found:
            raise InputError.one(
                f"no element {text!r}", address, nearest(text, [s.name for s in cells.values()])
            )
        return found
