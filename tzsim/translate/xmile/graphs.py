"""Graphical functions: `<gf>` to a Table (XMILE 1.0, section 3.1.4)."""

from __future__ import annotations

from itertools import pairwise

from tzsim.ir.expr import Table, TableMode
from tzsim.translate.syntax import SyntaxProblem
from tzsim.translate.xmile.document import Node

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
