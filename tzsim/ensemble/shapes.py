"""From element names to arrays: which ranges a variable runs over, and where each of its elements stands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tzsim.errors import InputError, Problem, nearest
from tzsim.ir.expr import Table
from tzsim.ir.model import Model, Variable
from tzsim.names import element, key, split_element
from tzsim.passes.elements import Elements, Subscripts, definitions, dimensions
from tzsim.passes.request import CONTROLS


@dataclass(frozen=True, slots=True)
class Shape:
    """A variable as an array: displayed names of its dimensions and of their elements, and of the variable itself.

    dims: name of each dimension, the range's name, or with `'` added where a range stands twice.
    """

    variable: Variable
    dims: tuple[str, ...]
    labels: tuple[tuple[str, ...], ...]
    elements: tuple[tuple[tuple[int, ...], str], ...]
    """(position, element name) of each element kept."""


def wanted_names(model: Model, keep: Iterable[str] | None) -> tuple[str, ...]:
    """Names of what is kept: those in `keep` (arrays or single elements), or of all variables that have a value over time.

    The latter are without the time settings and without what the reader made for other variables (slats of conveyors, names
    inside macros), which are kept where they are named. Raises InputError naming every unknown one.
    """
    if keep is None:
        return tuple(
            element(v.name)
            for name, v in model.variables.items()
            if name not in CONTROLS and not _is_lookup(v) and not model.made(name)
        )
    names = tuple(written(model, name) for name in keep)
    if not names:
        raise InputError.one(
            "`keep` is empty: nothing would be kept", hint="name variables, or leave `keep` out"
        )
    problems: list[Problem] = []
    known = [v.name for v in model.variables.values()]
    for name in names:
        try:
            found = model.variables.get(key(split_element(name)[0]))
        except ValueError:
            found = None
        if found is None:
            problems.append(Problem(None, f"the model has no variable {name!r}", nearest(name, known)))
        elif _is_lookup(found):
            problems.append(Problem(None, f"{name!r} is a lookup table; it has no value of its own"))
    if problems:
        raise InputError(problems)
    return names


def written(model: Model, name: str) -> str:
    """A name as `split_element` reads it: in quotes where it is that of a variable and holds brackets."""
    return element(model.variables[key(name)].name) if "[" in name and key(name) in model.variables else name


def _is_lookup(variable: Variable) -> bool:
    return all(isinstance(e.expression, Table) for e in variable.equations)


def shapes(model: Model, outputs: Sequence[str]) -> tuple[Shape, ...]:
    """The variables that these elements belong to, in order of first appearance, each as one array."""
    subscripts = Subscripts(model)
    groups: dict[str, dict[Elements, str]] = {}
    for name in outputs:
        variable, subs = split_element(name)
        groups.setdefault(key(variable), {})[tuple(key(s) for s in subs)] = name
    return tuple(_shape(model.variables[v], found, subscripts) for v, found in groups.items())


def _shape(variable: Variable, found: dict[Elements, str], subscripts: Subscripts) -> Shape:
    if not variable.equations[0].subscripts:
        return Shape(variable, (), (), tuple(((), name) for name in found.values()))
    whole = dimensions(definitions(variable, subscripts), variable, subscripts)
    kept = [tuple(e for e in place if any(f[i] == e for f in found)) for i, place in enumerate(whole)]
    written = {tuple(key(s) for s in e.subscripts) for e in variable.equations}
    named = next(iter(written)) if len(written) == 1 else ("",) * len(whole)
    dims: list[str] = []
    for place, name in zip(whole, named, strict=True):
        holding = name if name in subscripts.ranges else subscripts.smallest_holding(place)
        dim = subscripts.model.subscripts[holding].name if holding else "element"
        while dim in dims:
            dim += "'"
        dims.append(dim)
    positions = [{e: i for i, e in enumerate(place)} for place in kept]
    elements = tuple(
        (tuple(p[e] for p, e in zip(positions, subs, strict=True)), name) for subs, name in found.items()
    )
    labels = tuple(tuple(subscripts.displayed.get(e, e) for e in place) for place in kept)
    return Shape(variable, tuple(dims), labels, elements)
