"""Quantities of a checks file: each text read once, bound to the model, with its unit."""

from __future__ import annotations

from dataclasses import replace

from tzsim.checks.spec import Quantity
from tzsim.errors import InputError
from tzsim.ir.describe import walk
from tzsim.ir.expr import Binary, Expr, Name, Ref, Table
from tzsim.ir.model import Model
from tzsim.names import key
from tzsim.passes.unit_check import shown_unit, units_of
from tzsim.scenario.binding import Names
from tzsim.scenario.located import Document, NodePath
from tzsim.translate.expression import read_expression

COMPARISONS = ("<", "<=", ">", ">=", "=", "<>")
MARK = "§"


class Quantities:
    """Makes each quantity once; gathers what is wrong with the texts, each at its place."""

    def __init__(self, model: Model, names: Names, document: Document) -> None:
        self.model, self.names, self.document = model, names, document
        self.made: dict[str, Quantity] = {}
        self.read: list[tuple[NodePath, Expr]] = []
        self.problems = document_problems = []
        self._problems = document_problems

    def one(self, path: NodePath, text: str) -> Quantity | None:
        """The quantity written at `path`; None with a Problem where it cannot be used."""
        expression = self._expression(path, text)
        if expression is None:
            return None
        if isinstance(expression, Binary) and expression.op in (*COMPARISONS, "and", "or"):
            self._problem(
                path, f"'{text}' is a comparison", "a quantity is wanted here; comparisons go with 'always'"
            )
            return None
        return self._made(path, text, expression, self._ranges(expression))

    def sides(self, path: NodePath, text: str) -> tuple[Quantity, str, Quantity] | None:
        """Left side, comparison and right side written at `path`."""
        expression = self._expression(path, text)
        if expression is None:
            return None
        if not isinstance(expression, Binary) or expression.op not in COMPARISONS:
            self._problem(
                path, f"'{text}' is not a comparison", "write left <= right, e.g. total water use <= use cap"
            )
            return None
        ranges = self._ranges(expression)
        cut = _split(text, expression.op)
        left = self._made(path, cut[0], expression.left, ranges)
        right = self._made(path, cut[1], expression.right, ranges)
        return left, expression.op, right

    def finish(self) -> dict[str, Quantity]:
        """Unit of every quantity, by id; what does not fit in one becomes a Problem."""
        found = units_of(self.model, [e for _, e in self.read])
        for (path, _), (_, problems) in zip(self.read, found, strict=True):
            for p in problems:
                self._problem(path, p.message, p.hint)
        units = units_of(self.model, [q.expression for q in self.made.values()])
        return {
            q.id: replace(q, unit=shown_unit(unit) if unit is not None else "Dmnl")
            for q, (unit, _) in zip(self.made.values(), units, strict=True)
        }

    def _problem(self, path: NodePath, message: str, hint: str = "") -> None:
        problem = self.document.problem(path, message, hint)
        if problem not in self._problems:
            self._problems.append(problem)

    def _expression(self, path: NodePath, text: str) -> Expr | None:
        try:
            expression = read_expression(text, self.model)
        except InputError as error:
            for p in error.problems:
                self._problem(path, p.message, p.hint)
            return None
        good = True
        for node in walk(expression):
            if not isinstance(node, Ref) or key(node.name) not in self.model.variables:
                continue
            variable = self.model.variables[key(node.name)]
            wanted = len(variable.equations[0].subscripts)
            if len(node.subscripts) != wanted and not isinstance(variable.equations[0].expression, Table):
                ranges = ",".join(variable.equations[0].subscripts)
                hint = f"write {variable.name}[{ranges}]" if wanted else f"write {variable.name}"
                self._problem(
                    path, f"'{node.name}' has {wanted} subscripts, not {len(node.subscripts)}", hint
                )
                good = False
        if good:
            self.read.append((path, expression))
        return expression if good else None

    def _ranges(self, expression: Expr) -> tuple[str, ...]:
        """Ranges that stand in the expression without running: it means each of their elements."""
        found: dict[str, str] = {}
        for node in walk(expression):
            if isinstance(node, Ref):
                for s in node.subscripts:
                    if isinstance(s, Name) and key(s.name) in self.model.subscripts:
                        found.setdefault(key(s.name), self.model.subscripts[key(s.name)].name)
        return tuple(found.values())

    def _made(self, path: NodePath, text: str, expression: Expr, ranges: tuple[str, ...]) -> Quantity:
        text = " ".join(text.split())
        known = f"{text}|{','.join(ranges)}"
        if known not in self.made:
            id = f"{MARK}{len(self.made)}"
            self.made[known] = Quantity(text, id, expression, ranges, "", self.document.address(path))
        return self.made[known]


def _split(text: str, op: str) -> tuple[str, str]:
    """The texts on both sides of the outermost comparison, which is the only one outside brackets and quotes."""
    depth, quoted = 0, False
    for i, c in enumerate(text):
        if c == '"':
            quoted = not quoted
        elif not quoted:
            depth += (c in "([") - (c in ")]")
            if depth == 0 and text.startswith(op, i):
                return text[:i].strip(), text[i + len(op) :].strip()
    return text, text
