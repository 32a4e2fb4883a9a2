"""Layered drawing of a directed graph: columns from causes to effects, few crossings, straight long lines.

Four steps, each of the literature (Sugiyama, Tagawa and Toda 1981; Gansner, Koutsofios, North and Vo 1993, 'A technique for drawing
directed graphs'): cycles are broken at the lightest edges; columns are the integer solution of a linear program that makes edges
short; the order inside columns comes from sweeps of medians with exchanges of neighbours; heights are a second linear program that
makes edges straight. Edges that span columns pass through places of their own, so that no line runs through a word.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import igraph
import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_matrix

SWEEPS = 8
STARTS = 3
STRAIGHT = {0: 1.0, 1: 2.0, 2: 8.0}
"""How much an edge's straightness counts, by how many of its ends are places without a word."""


@dataclass(frozen=True, slots=True)
class Edge:
    """From `tail` to `head`, both numbers of nodes; `weight` is how much it matters that it is short, straight and not turned."""

    tail: int
    head: int
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Layered:
    """Where everything stands. Heights grow upwards.

    column, y: of each node. routes: for each edge the (column, y) it passes between its ends, from the tail on.
    turned: whether an edge runs from a later column to an earlier one.
    """

    column: tuple[int, ...]
    y: tuple[float, ...]
    routes: tuple[tuple[tuple[int, float], ...], ...]
    turned: tuple[bool, ...]


def columns(count: int, edges: Sequence[Edge]) -> tuple[list[int], list[bool]]:
    """Column of each node, and which edges run backwards."""
    turned = _turned(count, edges)
    if not edges:
        return [0] * count, turned
    rows, cols, values, bounds = [], [], [], []
    cost = np.zeros(count)
    for k, (e, back) in enumerate(zip(edges, turned, strict=True)):
        a, b = (e.head, e.tail) if back else (e.tail, e.head)
        rows += [k, k]
        cols += [a, b]
        values += [1.0, -1.0]
        bounds.append(-1.0)
        cost[b] += e.weight
        cost[a] -= e.weight
    matrix = coo_matrix((values, (rows, cols)), shape=(len(edges), count))
    found = _solve(cost, matrix, np.array(bounds), [(0, count)] * count)
    place = np.rint(found).astype(int)
    for part in igraph.Graph(count, [(e.tail, e.head) for e in edges]).connected_components():
        place[part] -= place[part].min()
    return [int(p) for p in place], turned


def _turned(count: int, edges: Sequence[Edge]) -> list[bool]:
    graph = igraph.Graph(count, [(e.tail, e.head) for e in edges], directed=True)
    arcs: Any = graph.feedback_arc_set(weights=[e.weight for e in edges], method="eades")
    back = set(arcs)
    return [k in back for k in range(len(edges))]


def _solve(cost: Any, matrix: Any, upper: Any, bounds: Any) -> Any:
    found: Any = linprog(cost, A_ub=matrix.tocsr(), b_ub=upper, bounds=bounds, method="highs-ds")
    if found.x is None:
        raise ArithmeticError(f"the layout has no solution: {found.message}")
    return np.asarray(found.x)


@dataclass(slots=True)
class _Chain:
    """Edges cut into pieces between neighbouring columns; nodes from `count` on are the places they pass."""

    layers: list[list[int]]
    pieces: list[tuple[int, int, float, int]]
    """(left, right, weight, edge)"""
    passes: list[list[int]]


def _chains(column: Sequence[int], edges: Sequence[Edge], turned: Sequence[bool]) -> _Chain:
    layers: list[list[int]] = [[] for _ in range(max(column, default=0) + 1)]
    for node, c in enumerate(column):
        layers[c].append(node)
    pieces: list[tuple[int, int, float, int]] = []
    passes: list[list[int]] = []
    following = len(column)
    for k, (e, back) in enumerate(zip(edges, turned, strict=True)):
        left, right = (e.head, e.tail) if back else (e.tail, e.head)
        between = list(range(following, following + column[right] - column[left] - 1))
        following += len(between)
        for i, place in enumerate(between):
            layers[column[left] + 1 + i].append(place)
        ends = [left, *between, right]
        pieces += [(a, b, e.weight, k) for a, b in pairwise(ends)]
        passes.append(between[::-1] if back else between)
    return _Chain(layers, pieces, passes)


def layered(
    heights: Sequence[float],
    edges: Sequence[Edge],
    column: Sequence[int],
    turned: Sequence[bool],
    *,
    gap: float,
    passing: float,
    ends: Mapping[int, tuple[float, float]] | None = None,
    before: Layered | None = None,
) -> Layered:
    """Order and heights of nodes whose columns are known.

    heights: of the nodes' boxes. gap: least distance of two boxes; passing: height kept free around a line that passes.
    ends: edge -> heights above the middle of its tail and head at which it ends (default 0, 0).
    before: an earlier drawing of the same graph, whose order is kept.
    """
    chain = _chains(column, edges, turned)
    if before is None:
        layers = _ordered(chain)
    else:
        ys = dict(enumerate(before.y))
        for route, places in zip(before.routes, chain.passes, strict=True):
            ys.update({p: y for p, (_, y) in zip(places, route, strict=True)})
        layers = [sorted(layer, key=lambda n: -ys[n]) for layer in chain.layers]
    total = sum(len(layer) for layer in layers)
    size = [*heights, *([passing] * (total - len(heights)))]
    y = _heights(layers, chain, size, len(heights), gap, edges, turned, ends or {})
    at = {n: c for c, layer in enumerate(layers) for n in layer}
    routes = tuple(tuple((at[p], float(y[p])) for p in places) for places in chain.passes)
    return Layered(tuple(column), tuple(float(v) for v in y[: len(heights)]), routes, tuple(turned))


def _ordered(chain: _Chain) -> list[list[int]]:
    """The order with the fewest (weighted) crossings that sweeps from several starts find."""
    right: dict[int, list[tuple[int, float]]] = {}
    left: dict[int, list[tuple[int, float]]] = {}
    for a, b, w, _ in chain.pieces:
        right.setdefault(a, []).append((b, w))
        left.setdefault(b, []).append((a, w))
    best, fewest = chain.layers, float("inf")
    for start in range(STARTS):
        layers = [list(layer) for layer in chain.layers]
        rng = np.random.default_rng(start)
        if start:
            for layer in layers:
                rng.shuffle(layer)
        for sweep in range(SWEEPS):
            forward = sweep % 2 == 0
            near = left if forward else right
            for c in range(len(layers)) if forward else range(len(layers) - 1, -1, -1):
                other = c - 1 if forward else c + 1
                if 0 <= other < len(layers):
                    place = {n: i for i, n in enumerate(layers[other])}
                    layers[c] = _by_neighbours(layers[c], near, place)
            _exchange(layers, left, right)
            crossings = _crossings(layers, right)
            if crossings < fewest:
                best, fewest = [list(layer) for layer in layers], crossings
    return best


def _by_neighbours(
    layer: list[int], near: Mapping[int, list[tuple[int, float]]], place: Mapping[int, int]
) -> list[int]:
    """Sorted by the weighted mean of the neighbours' places; nodes without neighbours keep theirs."""
    free = [n for n in layer if n not in near]
    value = {
        n: sum(place[m] * w for m, w in near[n]) / sum(w for _, w in near[n]) for n in layer if n in near
    }
    moved = iter(sorted(value, key=lambda n: value[n]))
    held = set(free)
    return [n if n in held else next(moved) for n in layer]


def _pair(a: int, b: int, near: Mapping[int, list[tuple[int, float]]], place: Mapping[int, int]) -> float:
    """Crossings of the edges of a and b where a stands before b, less those where it stands after."""
    return sum(
        wa * wb * ((place[m] > place[n]) - (place[m] < place[n]))
        for m, wa in near.get(a, ())
        for n, wb in near.get(b, ())
    )


def _exchange(
    layers: list[list[int]],
    left: Mapping[int, list[tuple[int, float]]],
    right: Mapping[int, list[tuple[int, float]]],
) -> None:
    place = {n: i for layer in layers for i, n in enumerate(layer)}
    better = True
    for _ in range(6):
        if not better:
            return
        better = False
        for layer in layers:
            for i in range(len(layer) - 1):
                a, b = layer[i], layer[i + 1]
                if _pair(a, b, left, place) + _pair(a, b, right, place) > 0:
                    layer[i], layer[i + 1] = b, a
                    place[a], place[b] = i + 1, i
                    better = True


def _crossings(layers: Sequence[Sequence[int]], right: Mapping[int, list[tuple[int, float]]]) -> float:
    total = 0.0
    for one, other in pairwise(layers):
        place = {n: i for i, n in enumerate(other)}
        ends = [(i, place[m], w) for i, n in enumerate(one) for m, w in right.get(n, ())]
        if ends:
            a, b, w = (np.array(x) for x in zip(*ends, strict=True))
            crossed = (a[:, None] < a[None, :]) & (b[:, None] > b[None, :])
            total += float((crossed * w[:, None] * w[None, :]).sum())
    return total


def _heights(
    layers: Sequence[Sequence[int]],
    chain: _Chain,
    size: Sequence[float],
    words: int,
    gap: float,
    edges: Sequence[Edge],
    turned: Sequence[bool],
    ends: Mapping[int, tuple[float, float]],
) -> Any:
    """Heights that keep boxes apart and make the weighted bends least: min sum w |difference|, as a linear program."""
    nodes, pieces = sum(len(layer) for layer in layers), chain.pieces
    cost = np.zeros(nodes + len(pieces))
    rows: list[int] = []
    cols: list[int] = []
    values: list[float] = []
    upper: list[float] = []

    def at_most(terms: Sequence[tuple[int, float]], bound: float) -> None:
        for column, value in terms:
            rows.append(len(upper))
            cols.append(column)
            values.append(value)
        upper.append(bound)

    for k, (a, b, weight, edge) in enumerate(pieces):
        tail, head = ends.get(edge, (0.0, 0.0))
        e = edges[edge]
        over = {e.tail: tail, e.head: head}
        shift = (over.get(a, 0.0) if a < words else 0.0) - (over.get(b, 0.0) if b < words else 0.0)
        cost[nodes + k] = weight * STRAIGHT[(a >= words) + (b >= words)]
        at_most([(a, 1.0), (b, -1.0), (nodes + k, -1.0)], -shift)
        at_most([(a, -1.0), (b, 1.0), (nodes + k, -1.0)], shift)
    for layer in layers:
        for upper_one, lower in pairwise(layer):
            apart = (size[upper_one] + size[lower]) / 2 + (gap if upper_one < words or lower < words else 0.0)
            at_most([(lower, 1.0), (upper_one, -1.0)], -apart)
    matrix = coo_matrix((values, (rows, cols)), shape=(len(upper), nodes + len(pieces)))
    bounds: list[Any] = [(None, None)] * nodes + [(0, None)] * len(pieces)
    if not upper:
        return np.zeros(nodes)
    bounds[layers[0][0]] = (0, 0)
    return _solve(cost, matrix, np.array(upper), bounds)[:nodes]
