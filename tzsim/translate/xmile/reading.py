"""What is gathered while an XMILE file is read, and where in it things stand."""

from __future__ import annotations

from dataclasses import dataclass, field

from tzsim.errors import Address, Problem
from tzsim.translate.syntax import SyntaxProblem
from tzsim.translate.text import TextFile
from tzsim.translate.xmile.declared import Names
from tzsim.translate.xmile.document import Node
from tzsim.translate.xmile.modules import Placed


@dataclass(slots=True)
class Reading:
    """The file, its names and variables, and what is wrong with it or refused."""

    file: TextFile
    names: Names
    placed: list[Placed]
    problems: list[Problem] = field(default_factory=list[Problem])
    refused: list[Problem] = field(default_factory=list[Problem])

    def address(self, node: Node, at: int = 0) -> Address:
        """Where offset `at` of an element's text stands."""
        if not node.text_line:
            return Address(self.file.path, node.line, node.column)
        before = node.text[:at]
        line = before.count("\n")
        column = at - (before.rfind("\n") + 1)
        return Address(
            self.file.path, node.text_line + line, column + 1 if line else node.text_column + column
        )

    def fault(self, node: Node, variable: str, fault: SyntaxProblem) -> None:
        problem = Problem(self.address(node, fault.at), f"{variable}: {fault.message}", fault.hint)
        (self.refused if fault.unsupported else self.problems).append(problem)
