"""Dimensions of XMILE: declared with elements or by size, and those of a variable."""

from __future__ import annotations

from tzsim.errors import Address, Problem
from tzsim.ir.model import SubscriptRange
from tzsim.names import VarId, key
from tzsim.translate.syntax import MAX_ELEMENTS, SyntaxProblem
from tzsim.translate.text import TextFile
from tzsim.translate.xmile.declared import Declared
from tzsim.translate.xmile.document import Node
from tzsim.translate.xmile.lexer import display
from tzsim.translate.xmile.reading import Reading


def read_dimensions(root: Node, file: TextFile, problems: list[Problem]) -> dict[VarId, SubscriptRange]:
    found: dict[VarId, SubscriptRange] = {}
    for group in root.all("dimensions"):
        for node in group.all("dim"):
            where = Address(file.path, node.line, node.column)
            name = display(node.get("name"))
            elements = tuple(display(e.get("name")) for e in node.all("elem"))
            size = node.get("size")
            if not elements and size:
                if not size.isdigit() or int(size) > MAX_ELEMENTS:
                    problems.append(Problem(where, f"dimension '{name}' has the size '{size}'"))
                    continue
                elements = tuple(str(i) for i in range(1, int(size) + 1))
            if not elements:
                problems.append(Problem(where, f"dimension '{name}' has no elements"))
                continue
            found[key(name)] = SubscriptRange(name, elements, address=where)
    return found


def dimensions_of(
    node: Node, ranges: dict[VarId, SubscriptRange], file: TextFile, name: str, problems: list[Problem]
) -> tuple[str, ...]:
    group = node.first("dimensions")
    found: list[str] = []
    count = 1
    for dim in group.all("dim") if group else ():
        known = ranges.get(key(dim.get("name")))
        if known is None:
            problems.append(
                Problem(Address(file.path, dim.line, dim.column), f"{name}: no dimension '{dim.get('name')}'")
            )
            continue
        count *= len(known.elements)
        found.append(known.name)
    if count > MAX_ELEMENTS:
        problems.append(Problem(Address(file.path, node.line), f"{name}: {count:,} elements"))
        return ()
    return tuple(found)


def left_side(
    reading: Reading, declared: Declared, element: Node | None
) -> tuple[tuple[str, str | None], ...]:
    """For each dimension of a variable the element that an <element> fixes, or None."""
    dimensions = reading.names.distinct(declared.dimensions)
    if element is None:
        return tuple((d, None) for d in dimensions)
    parts = [display(p) for p in element.get("subscript").split(",")]
    if len(parts) != len(dimensions):
        raise SyntaxProblem(
            0,
            f"the element [{element.get('subscript')}] has {len(parts)} subscripts, expected {len(dimensions)}",
        )
    left: list[tuple[str, str | None]] = []
    for part, dimension in zip(parts, dimensions, strict=True):
        known = reading.names.ranges[key(dimension)]
        found = next((e for e in known.elements if key(e) == key(part)), None)
        if found is None and key(part) == key(known.name):  # <element subscript="Region,Age"> of some writers
            left.append((dimension, None))
            continue
        if found is None:
            raise SyntaxProblem(0, f"'{part}' is no element of {known.name}")
        left.append((dimension, found))
    return tuple(left)
