"""A graph of scalar operations: each distinct operation on the same arguments exists once.

Nodes are numbered in an order in which arguments come first. Operations on constants are done at once, with the
interpreter's arithmetic; identities that hold for every IEEE number are used (x*1, x/1, x^2 = x*x, select of a known
truth). A node is a number or a truth; `TRUTHS` lists the operations that give a truth.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from tzsim.ir.arithmetic import divide, exponential, floor, logarithm, power, square_root, truncate
from tzsim.ir.expr import Table
from tzsim.ir.pure import PURE, larger, smaller
from tzsim.kernel.builtins_tables import read


@dataclass(frozen=True, slots=True)
class Node:
    """One operation. `value` belongs to const; `index` to leaves (a slot), to lookup (a table) and uniform (a site)."""

    op: str
    args: tuple[int, ...] = ()
    value: float = 0.0
    index: int = 0


COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
}
TRUTHS = frozenset({*COMPARISONS, "and", "or", "not"})

ONE: dict[str, Callable[[float], float]] = {
    "neg": lambda x: -x,
    "abs": abs,
    "exp": exponential,
    "ln": logarithm,
    "sqrt": square_root,
    "sin": PURE["SIN"],
    "cos": PURE["COS"],
    "tan": PURE["TAN"],
    "arcsin": PURE["ARCSIN"],
    "arccos": PURE["ARCCOS"],
    "arctan": PURE["ARCTAN"],
    "sinh": PURE["SINH"],
    "cosh": PURE["COSH"],
    "tanh": PURE["TANH"],
    "gammaln": PURE["GAMMA LN"],
    "erfc": math.erfc,
    "trunc": truncate,
    "floor": floor,
    "ceil": PURE["CEILING"],
    "round": PURE["ROUND"],
}
"""Operations on one number."""

TWO: dict[str, Callable[[float, float], float]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": divide,
    "pow": power,
    "min": smaller,
    "max": larger,
}
"""Operations on two numbers."""


class Graph:
    """Nodes so far and the ways to add one."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.tables: list[Table] = []
        self._known: dict[tuple[str, tuple[int, ...], str, int], int] = {}
        self._tables: dict[tuple[tuple[float, ...], tuple[float, ...], str], int] = {}

    def node(self, op: str, *args: int, value: float = 0.0, index: int = 0) -> int:
        """The number of this node, new or known. No simplification."""
        spelled = (op, args, value.hex() if op == "const" else "", index)
        found = self._known.get(spelled)
        if found is None:
            found = self._known[spelled] = len(self.nodes)
            self.nodes.append(Node(op, args, value, index))
        return found

    def const(self, value: float) -> int:
        return self.node("const", value=float(value))

    def constant(self, n: int) -> float | None:
        """The value of a constant node, else None."""
        node = self.nodes[n]
        return node.value if node.op == "const" else None

    def one(self, op: str, a: int) -> int:
        """An operation on one number."""
        x = self.constant(a)
        if x is not None:
            return self.const(ONE[op](x))
        if op == "neg" and self.nodes[a].op == "neg":
            return self.nodes[a].args[0]
        return self.node(op, a)

    def two(self, op: str, a: int, b: int) -> int:
        """An operation on two numbers."""
        x, y = self.constant(a), self.constant(b)
        if x is not None and y is not None:
            return self.const(TWO[op](x, y))
        if op in ("mul", "div") and y == 1.0:
            return a
        if op == "mul" and x == 1.0:
            return b
        if op == "sub" and y == 0.0:
            return a
        if op == "pow" and y is not None:
            return self._power(a, y, b)
        if op == "div" and y is not None and math.frexp(y)[0] in (0.5, -0.5) and 1e-300 < abs(y) < 1e300:
            return self.node("mul", a, self.const(1.0 / y))
        if op in ("add", "mul") and a > b:  # the same to the bit, and found again more often
            a, b = b, a
        return self.node(op, a, b)

    def _power(self, a: int, exponent: float, b: int) -> int:
        """Small whole exponents by multiplication, at most one rounding more than a correct power."""
        if exponent == 0.0:
            return self.const(1.0)
        if exponent == 1.0:
            return a
        if exponent == 2.0:
            return self.node("mul", a, a)
        if exponent == 3.0:
            return self.node("mul", self.node("mul", a, a), a)
        if exponent == 0.5:  # -0 to this power is 0
            return self.node("add", self.node("sqrt", a), self.const(0.0))
        if exponent == -1.0:
            return self.node("div", self.const(1.0), a)
        return self.node("pow", a, b)

    def compare(self, op: str, a: int, b: int) -> int:
        """A comparison, a truth; with nan only `ne` holds."""
        x, y = self.constant(a), self.constant(b)
        if x is not None and y is not None:
            return self.truth_constant(COMPARISONS[op](x, y))
        return self.node(op, a, b)

    def truth_constant(self, value: bool) -> int:
        zero = self.const(0.0)
        return self.node("eq" if value else "ne", zero, zero)

    def known_truth(self, n: int) -> bool | None:
        """The value of a truth that is known already, else None."""
        node = self.nodes[n]
        if (
            node.op in ("eq", "ne")
            and node.args[0] == node.args[1]
            and self.nodes[node.args[0]].op == "const"
        ):
            return node.op == "eq"
        return None

    def both(self, a: int, b: int) -> int:
        x, y = self.known_truth(a), self.known_truth(b)
        if x is not None:
            return b if x else a
        if y is not None:
            return a if y else b
        return self.node("and", a, b)

    def either(self, a: int, b: int) -> int:
        x, y = self.known_truth(a), self.known_truth(b)
        if x is not None:
            return a if x else b
        if y is not None:
            return b if y else a
        return self.node("or", a, b)

    def negated(self, a: int) -> int:
        x = self.known_truth(a)
        return self.truth_constant(not x) if x is not None else self.node("not", a)

    def select(self, truth: int, a: int, b: int) -> int:
        """`a` where the truth holds, else `b`."""
        known = self.known_truth(truth)
        if known is not None:
            return a if known else b
        return a if a == b else self.node("select", truth, a, b)

    def number(self, truth: int) -> int:
        """1 where a truth holds, else 0."""
        return self.select(truth, self.const(1.0), self.const(0.0))

    def truth(self, a: int) -> int:
        """Whether a number is not 0; nan counts as true, as in the interpreter."""
        node = self.nodes[a]
        if node.op == "select" and self.constant(node.args[1]) == 1.0 and self.constant(node.args[2]) == 0.0:
            return node.args[0]
        return self.compare("ne", a, self.const(0.0))

    def table(self, table: Table) -> int:
        """Number of a table; equal tables are one."""
        spelled = (table.xs, table.ys, table.mode)
        if spelled not in self._tables:
            self._tables[spelled] = len(self.tables)
            self.tables.append(table)
        return self._tables[spelled]

    def lookup(self, table: Table, x: int) -> int:
        """`table` read at x in its mode."""
        at = self.constant(x)
        if at is not None or not table.xs:
            return self.const(read(table, math.nan if at is None else at))
        return self.node("lookup", x, index=self.table(table))
