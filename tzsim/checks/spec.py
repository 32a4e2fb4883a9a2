"""A checks file bound to a model: quantities, situations, balances and loops, all names known and all numbers in the model's units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from tzsim.errors import Address
from tzsim.ir.expr import Expr
from tzsim.names import VarId
from tzsim.scenario.records import Lever, Priors, Shock
from tzsim.scenario.text import Text2

Verb: TypeAlias = Literal["always", "falls", "rises", "stays", "vanishes", "falls_more", "steady", "settles"]
COMPARED: tuple[Verb, ...] = ("falls", "rises", "stays", "vanishes", "falls_more")
"""Verbs that compare a situation with the same draw without it."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """Something that can be read from a run. `id`: name of the variable that is added to the model for it.

    subscripts: ranges that it stands for each element of.
    """

    text: str
    id: str
    expression: Expr
    subscripts: tuple[str, ...]
    unit: str
    address: Address = Address("")

    def shown(self, element: str) -> str:
        """Its text for one element: `output[Cluster]` for `§3[chemicals]` is `output[chemicals]`."""
        if not self.subscripts:
            return self.text
        inside = element[element.index("[") + 1 : -1]
        range_text = f"[{','.join(self.subscripts)}]"
        if self.text.count("[") == 1 and self.text.endswith(range_text):
            return self.text.removesuffix(range_text) + f"[{inside}]"
        return f"{self.text} ({inside})"


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim. quantities: two for `always` (left, right), several for `falls_more`, else one. Shares lie in 0..1."""

    verb: Verb
    quantities: tuple[Quantity, ...]
    name: Text2
    comparison: str = ""
    window: tuple[float, float] = (0.0, 0.0)
    """When it must hold, or over which its means are compared; equal ends: one time."""
    at_least: float = 0.0
    at_most: float = float("inf")
    within: float = 0.0
    share: float = 1.0
    address: Address = Address("")


@dataclass(frozen=True, slots=True)
class Change:
    """What a situation does to one element: value * times + plus from `since` on."""

    element: str
    times: float
    plus: float
    since: float | None


@dataclass(frozen=True, slots=True)
class Situation:
    id: str
    name: Text2
    changes: tuple[Change, ...]
    claims: tuple[Claim, ...]
    address: Address = Address("")


@dataclass(frozen=True, slots=True)
class Balance:
    """stocks: elements of the model's stocks, by variable. One Quantity for the sums of stocks, inflows and outflows."""

    id: str
    name: Text2
    stocks: tuple[str, ...]
    content: tuple[Quantity, ...]
    inflows: tuple[Quantity, ...]
    outflows: tuple[Quantity, ...]
    address: Address = Address("")


@dataclass(frozen=True, slots=True)
class Loop:
    id: str
    name: Text2
    kind: Literal["reinforcing", "balancing"]
    through: tuple[str, ...]
    cut: str
    since: float
    until: float
    watch: tuple[Quantity, ...]
    stress: str
    share: float
    address: Address = Address("")


@dataclass(frozen=True, slots=True)
class Battery:
    """Everything that is claimed of a model. Without a file: nothing, and only the general checks run.

    signed, unbalanced: stock (key) -> why the general check leaves it out. results: variables that goals or people read; None: not asked.
    """

    name: Text2 = Text2()
    priors: Priors | None = None
    shocks: tuple[Shock, ...] = ()
    levers: tuple[Lever, ...] = ()
    draws: int = 0
    seed: int = 0
    years: tuple[float, ...] = ()
    watch: tuple[Quantity, ...] = ()
    within: float = 0.01
    signed: Mapping[str, Text2] = field(default_factory=dict[str, Text2])
    unbalanced: Mapping[str, Text2] = field(default_factory=dict[str, Text2])
    balances: tuple[Balance, ...] = ()
    situations: tuple[Situation, ...] = ()
    loops: tuple[Loop, ...] = ()
    results: frozenset[VarId] | None = None
    file: str = ""

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """Every quantity, once."""
        found: dict[str, Quantity] = {q.id: q for q in self.watch}
        for situation in self.situations:
            found.update({q.id: q for claim in situation.claims for q in claim.quantities})
        for loop in self.loops:
            found.update({q.id: q for q in loop.watch})
        for balance in self.balances:
            found.update({q.id: q for q in (*balance.content, *balance.inflows, *balance.outflows)})
        return tuple(found.values())
