"""Whether every name in a model's equations is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tzsim.errors import Address, Problem, nearest
from tzsim.ir.model import SubscriptRange, Variable
from tzsim.names import VarId, key

BUILT_IN = frozenset(("time",))


def check_names(
    variables: Mapping[VarId, Variable | None],
    ranges: Mapping[VarId, SubscriptRange],
    references: Iterable[tuple[str, Address]],
) -> list[Problem]:
    """A problem for each name that is neither a variable, a range, an element nor Time."""
    elements = {key(e) for r in ranges.values() for e in r.elements}
    problems: list[Problem] = []
    seen: set[tuple[VarId, int]] = set()
    for name, address in references:
        identifier = key(name)
        if (
            identifier in variables
            or identifier in BUILT_IN
            or identifier in ranges
            or identifier in elements
        ):
            continue
        if (identifier, address.line) in seen:
            continue
        seen.add((identifier, address.line))
        hint = nearest(name, [v.name if v else identity for identity, v in variables.items()])
        problems.append(Problem(address, f"'{name}' is not defined", hint))
    return problems
