"""Graphical functions: `<gf>` to a Table (XMILE 1.0, section 3.1.4)."""

from __future__ import annotations

from itertools import pairwise

from tzsim.errors import Address, Problem
from tzsim.ir.expr import Expr, Number, Table, TableMode
from tzsim.ir.model import Equation, Variable
from tzsim.names import key
from tzsim.translate.syntax import SyntaxProblem
from tzsim.translate.xmile.declared import GRAPH
from tzsim.translate.xmile.dimensions import left_side
from tzsim.translate.xmile.document import Node
from tzsim.translate.xmile.modules import Placed
from tzsim.translate.xmile.reading import Reading

_MODES: dict[str, TableMode] = {"continuous": "interpolate", "extrapolate": "extrapolate", "discrete": "step"}


def _values(node: Node) -> list[float]:
    separator = node.get("sep", ",")
    try:
        return [float(v) for v in node.text.replace("\n", " ").split(separator or ",") if v.strip()]
    except ValueError:
        raise SyntaxProblem(0, f"<{node.tag}> holds something other than numbers") from None


def read_graph(node: Node) -> Table:
    """Points from <xpts> and <ypts>, or y values spread evenly over <xscale>, or <pt x= y=> pairs of old files."""
    kind = node.get("type", "continuous").lower()
    mode = _MODES.get(kind)
    if mode is None:
        raise SyntaxProblem(0, f"graphical functions of type '{kind}'", unsupported=True)
    y_node, x_node, scale = node.first("ypts"), node.first("xpts"), node.first("xscale")
    pairs = node.first("pts")
    if y_node is None and pairs is not None:
        points = sorted((float(p.get("x", "0")), float(p.get("y", "0"))) for p in pairs.all("pt"))
        return Table(tuple(p[0] for p in points), tuple(p[1] for p in points), mode)
    if y_node is None:
        raise SyntaxProblem(0, "a graphical function without <ypts>")
    ys = _values(y_node)
    if x_node is not None:
        xs = _values(x_node)
    elif scale is not None:
        low, high = _scale(scale)
        steps = len(ys) - 1
        xs = [low + (high - low) * i / steps if steps else low for i in range(len(ys))]
    else:
        raise SyntaxProblem(0, "a graphical function without <xpts> or <xscale>")
    if len(xs) != len(ys) or not xs:
        raise SyntaxProblem(0, f"a graphical function with {len(xs)} x and {len(ys)} y")
    if any(a > b for a, b in pairwise(xs)):
        raise SyntaxProblem(0, "a graphical function whose x values do not ascend")
    return Table(tuple(xs), tuple(ys), mode)


def _scale(node: Node) -> tuple[float, float]:
    try:
        return float(node.get("min", "0")), float(node.get("max", "1"))
    except ValueError:
        raise SyntaxProblem(0, f"<xscale> from '{node.get('min')}' to '{node.get('max')}'") from None


def graph_variable(reading: Reading, one: Placed) -> Variable:
    """The bare graphical function of a variable that is also read through LOOKUP."""
    declared = reading.names.variables[key(one.name)]
    equations: list[Equation] = []
    for element in list(one.node.all("element")) or [None]:
        graph_node = (element.first("gf") if element else None) or one.node.first("gf")
        if graph_node is None:
            continue
        left = left_side(reading, declared, element)
        equations.append(Equation(tuple(d if e is None else e for d, e in left), read_graph(graph_node)))
    return Variable(one.name + GRAPH, tuple(equations), one.node.value("units"))


def area_variables(reading: Reading, one: Placed) -> list[Variable]:
    """What LOOKUPAREA needs of a graphical function: its ends, and step tables over its segments."""
    source = reading.names.variables[key(one.name)]
    graph = graph_variable(reading, one)
    rows: dict[str, list[Equation]] = {}
    for equation in graph.equations:
        table = equation.expression
        assert isinstance(table, Table)
        if table.mode != "interpolate":
            reading.refused.append(
                Problem(
                    Address(reading.file.path, one.node.line),
                    f"{one.name}: LOOKUPAREA of a function that is not continuous",
                )
            )
        areas = [0.0]
        for i in range(1, len(table.xs)):
            areas.append(areas[-1] + (table.xs[i] - table.xs[i - 1]) * (table.ys[i] + table.ys[i - 1]) / 2)
        made: dict[str, Expr] = {
            "segment x": Table(table.xs, table.xs, "step"),
            "segment y": Table(table.xs, table.ys, "step"),
            "segment area": Table(table.xs, tuple(areas), "step"),
            "first x": Number(table.xs[0]),
            "last x": Number(table.xs[-1]),
        }
        for what, expression in made.items():
            rows.setdefault(what, []).append(Equation(equation.subscripts, expression))
    return [Variable(f"{source.name}·{what}", tuple(equations)) for what, equations in rows.items()]
