"""Tokens, and what the expression parsers of both dialects share: the cursor and its limits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from tzsim.ir.expr import Binary, Call, Expr, Lookup, Position, Ref, Table, Unary

MAX_DEPTH = 120  # of parentheses, calls and unary signs
MAX_TREE = 300  # operations inside each other, a row a + b + c + ... included
MAX_ELEMENTS = 2_000_000  # elements of a variable, or of a whole model

Kind = Literal["name", "quoted", "number", "text", "op", "word", "end"]


class Token(NamedTuple):
    kind: Kind
    text: str
    at: int


class SyntaxProblem(Exception):
    """A fault at an offset of the text; the block reader turns it into a Problem with an address."""

    def __init__(self, at: int, message: str, hint: str = "", *, unsupported: bool = False) -> None:
        self.at, self.message, self.hint, self.unsupported = at, message, hint, unsupported
        super().__init__(message)


@dataclass(slots=True)
class Cursor:
    """A place in a list of tokens (its last is `end`)."""

    tokens: list[Token]
    index: int = 0
    depth: int = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.index]

    def peek(self, ahead: int = 1) -> Token:
        return self.tokens[min(self.index + ahead, len(self.tokens) - 1)]

    def next(self) -> Token:
        token = self.tokens[self.index]
        if token.kind != "end":
            self.index += 1
        return token

    def at(self, *texts: str) -> bool:
        token = self.tokens[self.index]
        return token.text in texts and token.kind in ("op", "word")

    def accept(self, *texts: str) -> Token | None:
        return self.next() if self.at(*texts) else None

    def expect(self, text: str, where: str = "") -> Token:
        if not self.at(text):
            raise self.fail(f"'{text}'{where}")
        return self.next()

    def fail(self, expected: str) -> SyntaxProblem:
        """The fault 'expected this, found that', to be raised."""
        token = self.token
        seen = "the end of the equation" if token.kind == "end" else f"'{token.text}'"
        return SyntaxProblem(token.at, f"expected {expected}, found {seen}")

    def enter(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise SyntaxProblem(
                self.token.at,
                f"nested more than {MAX_DEPTH} deep",
                "split the equation into several variables",
            )

    def leave(self) -> None:
        self.depth -= 1


def children(expr: Expr) -> tuple[Expr, ...]:
    """The direct parts of an expression, index expressions of subscripts included."""
    match expr:
        case Unary(_, argument):
            return (argument,)
        case Binary(_, left, right):
            return (left, right)
        case Call(_, arguments):
            return arguments
        case Lookup(table, argument):
            return (table, argument)
        case Ref(_, subscripts):
            return tuple(s.index for s in subscripts if isinstance(s, Position))
        case _:
            return ()


def map_refs(expr: Expr, change: Callable[[Ref], Expr]) -> Expr:
    """The expression with every reference (also a named lookup table) replaced by what `change` makes of it."""
    match expr:
        case Ref(name, subscripts):
            moved = tuple(
                Position(map_refs(s.index, change)) if isinstance(s, Position) else s for s in subscripts
            )
            return change(Ref(name, moved))
        case Unary(op, argument):
            return Unary(op, map_refs(argument, change))
        case Binary(op, left, right):
            return Binary(op, map_refs(left, change), map_refs(right, change))
        case Call(function, arguments):
            return Call(function, tuple(map_refs(a, change) for a in arguments))
        case Lookup(table, argument):
            new = change(table) if isinstance(table, Ref) else table
            if not isinstance(new, (Ref, Table)):
                raise SyntaxProblem(0, "a lookup must be named by a table or a lookup variable")
            return Lookup(new, map_refs(argument, change))
        case _:
            return expr


def check_depth(expr: Expr, at: int) -> Expr:
    """The expression itself; SyntaxProblem when its tree is more than MAX_TREE deep."""
    level: list[Expr] = [expr]
    for _ in range(MAX_TREE):
        level = [child for parent in level for child in children(parent)]
        if not level:
            return expr
    raise SyntaxProblem(
        at, f"an expression more than {MAX_TREE} operations deep", "split the equation into several variables"
    )
