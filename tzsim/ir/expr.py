"""Expressions: one tagged union of small frozen values, shared by every reader, pass and backend.

Names stand as the modeller wrote them; compare them through `names.key`. Function names are the canonical
ones of `ir.functions`, whatever the dialect of the file. Truth is a number: 0 is false, anything else true,
comparisons give 0 or 1 (Vensim Reference Manual, 'Logical operators').
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class Number:
    """A literal. `:NA:` is the number -2**109, as in Vensim."""

    value: float


NA = -(2.0**109)


@dataclass(frozen=True, slots=True)
class Text:
    """A string argument, e.g. a file name in GET DIRECT DATA. Never executed, never a variable."""

    value: str


@dataclass(frozen=True, slots=True)
class Name:
    """Subscript as written: an element, or a range bound on the left-hand side (directly, by subrange or mapping)."""

    name: str


@dataclass(frozen=True, slots=True)
class Every:
    """`range!` of Vensim, `*` of XMILE: runs over a range inside the nearest enclosing reducing call.

    The same range name in one call is the same running index.
    """

    range: str


@dataclass(frozen=True, slots=True)
class Position:
    """Subscript computed as a 1-based position in its dimension (XMILE `a[2]`, `a[i+1]`); outside it the value is 0."""

    index: Expr


Subscript: TypeAlias = Name | Every | Position


@dataclass(frozen=True, slots=True)
class Ref:
    """A variable, or `Time`. In argument position of a lookup function it may name a lookup variable."""

    name: str
    subscripts: tuple[Subscript, ...] = ()


@dataclass(frozen=True, slots=True)
class Unary:
    op: Literal["-", "not"]
    argument: Expr


BinaryOp: TypeAlias = Literal["+", "-", "*", "/", "^", "=", "<>", "<", "<=", ">", ">=", "and", "or"]


@dataclass(frozen=True, slots=True)
class Binary:
    op: BinaryOp
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a canonical function (see `ir.functions`)."""

    function: str
    arguments: tuple[Expr, ...]


TableMode: TypeAlias = Literal["interpolate", "extrapolate", "step", "forward", "backward"]


@dataclass(frozen=True, slots=True)
class Table:
    """A lookup table. xs ascend (equal neighbours make a jump).

    interpolate: linear, end values held outside; extrapolate: end slopes continued; step: holds the value of the
    last point at or before x ('discrete' of XMILE, `:HOLD BACKWARD:` of Vensim = 'backward'); forward: value of the next point.
    """

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    mode: TableMode = "interpolate"


@dataclass(frozen=True, slots=True)
class Lookup:
    """`table(x)`: `table` is a literal Table or a reference to a lookup variable."""

    table: Table | Ref
    argument: Expr


@dataclass(frozen=True, slots=True)
class Array:
    """Constants of a subscripted left-hand side, row-major over its subscripts: `x[A,B] = 1,2;3,4;`."""

    values: tuple[float, ...]
    shape: tuple[int, ...]


Expr: TypeAlias = Number | Text | Ref | Unary | Binary | Call | Table | Lookup | Array
