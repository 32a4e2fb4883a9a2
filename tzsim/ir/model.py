"""Model: variables, subscripts and time settings; what every reader makes and every pass maps to another Model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Literal, TypeAlias

from tzsim.errors import Address, InputError
from tzsim.ir.expr import Expr
from tzsim.names import VarId, key

Method: TypeAlias = Literal["euler", "heun", "rk4"]


@dataclass(frozen=True, slots=True)
class SubscriptRange:
    """A named, ordered set of elements; a subrange lists elements of its family.

    mappings: target range name -> for each element of this range, in order, the elements of the target it maps to
    (Vensim `A1,A2 -> (B: B1, (B2,B3))`).
    """

    name: str
    elements: tuple[str, ...]
    mappings: Mapping[str, tuple[tuple[str, ...], ...]] = field(
        default_factory=dict[str, tuple[tuple[str, ...], ...]]
    )
    comment: str = ""
    address: Address = Address("")


@dataclass(frozen=True, slots=True)
class Equation:
    """One `left = right`, for all elements of the variable or for a part of them.

    subscripts: as written on the left, each a range or an element; empty for a scalar.
    exceptions: left-hand sides named in `:EXCEPT:`, same form.
    A later equation of the same variable never overlaps an earlier one, except that a more specific one wins.
    """

    subscripts: tuple[str, ...]
    expression: Expr
    exceptions: tuple[tuple[str, ...], ...] = ()
    address: Address = Address("")
    text: str = ""


@dataclass(frozen=True, slots=True)
class Variable:
    """A named quantity. What it is follows from its expression:

    stock: `Call('INTEG', (net flow, initial value))`; lookup: `Table`; data: `Call('DATA', (Table,))`, a series read
    against Time; constant: `Number`/`Array`, or an expression of constants; else auxiliary.
    """

    name: str
    equations: tuple[Equation, ...]
    unit: str = ""
    comment: str = ""
    limits: tuple[float | None, float | None] = (None, None)
    group: str = ""
    address: Address = Address("")

    @property
    def id(self) -> VarId:
        return key(self.name)


@dataclass(frozen=True, slots=True)
class SourceFile:
    path: str
    sha256: str


@dataclass(frozen=True, slots=True, repr=False)
class Model:
    """A whole model. `INITIAL TIME`, `FINAL TIME`, `TIME STEP` and `SAVEPER` are ordinary variables (of any dialect)."""

    name: str
    variables: Mapping[VarId, Variable]
    subscripts: Mapping[VarId, SubscriptRange] = field(default_factory=dict[VarId, SubscriptRange])
    method: Method = "euler"
    time_unit: str = ""
    sources: tuple[SourceFile, ...] = ()

    def made(self, name: VarId) -> bool:
        """Whether the reader made a variable for another one: a slat of a conveyor, a name inside a macro (`owner·part`)."""
        parts = name.split("·")
        return len(parts) > 1 and any(part in self.variables for part in parts)

    def __repr__(self) -> str:
        return f"Model({self.name}: {len(self.variables)} variables, {self.method})"


def as_model(value: object) -> Model:
    """The model itself. Raises InputError for what is none, a path above all."""
    if isinstance(value, Model):
        return value
    if isinstance(value, str | PurePath):
        raise InputError.one(
            f"{str(value)!r} is a path, not a model", hint=f"tzsim.read_model({str(value)!r})"
        )
    raise InputError.one(
        f"not a model but a {type(value).__name__}", hint="give what tzsim.read_model returns"
    )
