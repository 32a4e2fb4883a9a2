"""A diagram of nodes and links placed on a page: columns, ports, pipes and arrows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from matplotlib.figure import Figure

from tzsim.ensemble.link_signs import Sign
from tzsim.errors import InputError
from tzsim.report.charts.diagram_parts import NARROW, WIDEST, Label, Pen
from tzsim.report.charts.frame import EDGE, SUBTITLE_SIZE, TITLE_SIZE, Text, framed, height_of
from tzsim.report.layered import Edge, Layered, columns, layered
from tzsim.report.style import QUIET

Role = Literal["stock", "flow", "word", "constant", "shadow", "cloud"]

PIPE = 12.0
"""How much straighter and shorter a pipe is than an arrow."""
GAP = 0.13
PASSING = 0.085
PORT = 0.115
"""Distance (inches) of two arrowheads at one side of a word, and of lines that pass."""
STUB = 0.17
TURN = 0.27
CROWD = 0.014
"""Between two columns: room for an arrowhead with its sign, for lines to turn, and more for each line."""
PAGE = (6.9, 9.4)
"""Inches across and down that a diagram may take: an A4 page between its margins, less title and legend."""
VALVE = 0.2
VALVE_HALF = 0.075


@dataclass(slots=True)
class Node:
    """width, height: inches of the words, with a valve where it is a flow."""

    role: Role
    label: Label | None
    wide: float
    high: float
    ports: float = 0.0
    """Inches that its arrowheads need."""

    def along(self, down: bool) -> float:
        """Room in the direction of the arrows."""
        if self.role == "flow":
            return max(self.high, VALVE) if down else max(self.wide, VALVE)
        return self.high if down else self.wide

    def across(self, down: bool) -> float:
        """Room across the arrows; a flow's name stands beside or below its valve."""
        own = self.wide if down else self.high
        return max(own, self.ports) + (VALVE if self.role == "flow" and self.label else 0.0)


@dataclass(slots=True)
class Link:
    tail: int
    head: int
    pipe: bool = False
    both: bool = False
    delayed: bool = False
    sign: Sign = ""


@dataclass(slots=True)
class Drawing:
    nodes: list[Node] = field(default_factory=list[Node])
    links: list[Link] = field(default_factory=list[Link])


def draw(d: Drawing, title: str, legend: str) -> Figure:
    if not d.nodes:
        raise InputError.one(f"{title}: nothing to draw", hint="constants=True draws constants too")
    _split_shadows(d)
    d, sheet = _fitted(d)
    across, along, inner = sheet.breadth, sheet.length, sheet.inches
    above = [Text(title, TITLE_SIZE, bold=True)]
    below = [Text(legend, SUBTITLE_SIZE - 2.0, QUIET)]
    width = max(inner[0] + 2 * EDGE + 0.1, 4.2)
    height = inner[1] + 0.3 + height_of(above, width) + height_of(below, width) + 2 * EDGE
    frame = framed(width, height, above, below)
    low, high = sheet.low, sheet.low + across
    corners = (low, -along, high, 0.0) if sheet.down else (0.0, low, along, high)
    pen = Pen.on(frame, *corners, down=sheet.down)
    for k in range(len(d.links)):
        _link(pen, d, sheet, k)
    for node, c, y in zip(d.nodes, sheet.placed.column, sheet.placed.y, strict=True):
        _node(pen, node, sheet.middle(c), y)
    return frame.figure


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A diagram with its places: `begins` and `ends` of each column along the arrows, `low` the least place across them."""

    down: bool
    placed: Layered
    ports: Sequence[tuple[float, float]]
    begins: Sequence[float]
    ends: Sequence[float]
    low: float
    breadth: float

    @property
    def length(self) -> float:
        return self.ends[-1]

    @property
    def inches(self) -> tuple[float, float]:
        """Across the page and down it."""
        return (self.breadth, self.length) if self.down else (self.length, self.breadth)

    @property
    def over(self) -> float:
        """How many times the page it is, 1 and less where it fits."""
        return max(inches / most for inches, most in zip(self.inches, PAGE, strict=True))

    def middle(self, column: int) -> float:
        return (self.begins[column] + self.ends[column]) / 2


def _edges(d: Drawing) -> list[Edge]:
    return [Edge(x.tail, x.head, PIPE if x.pipe else 1.0) for x in d.links]


def _fitted(d: Drawing) -> tuple[Drawing, _Sheet]:
    """The first way of drawing that fits the page, else the smallest: from left to right, downwards, then with names in more lines."""
    best: tuple[Drawing, _Sheet] | None = None
    for widest in (WIDEST, NARROW):
        nodes = [
            n
            if n.label is None
            else Node(n.role, label := Label.of(n.label.name, n.label.role, widest), *label.box)
            for n in d.nodes
        ]
        tried = Drawing(nodes, d.links)
        for down in (False, True):
            sheet = _placed(tried, down=down)
            if best is None or sheet.over < best[1].over:
                best = tried, sheet
            if sheet.over <= 1:
                return tried, sheet
    assert best is not None
    return best


def _placed(d: Drawing, *, down: bool) -> _Sheet:
    edges = _edges(d)
    column, turned = columns(len(d.nodes), edges)
    _room_for_ports(d, turned)
    sizes = [n.across(down) for n in d.nodes]
    first = layered(sizes, edges, column, turned, gap=GAP, passing=PASSING)
    ends = dict(enumerate(_ports(d, first, down)))
    placed = layered(sizes, edges, column, turned, gap=GAP, passing=PASSING, ends=ends, before=first)
    low = min(y - s / 2 for y, s in zip(placed.y, sizes, strict=True))
    high = max(y + s / 2 for y, s in zip(placed.y, sizes, strict=True))
    for route in placed.routes:
        for _, y in route:
            low, high = min(low, y - PASSING), max(high, y + PASSING)
    begins, finishes = _lanes(d, placed, down)
    return _Sheet(down, placed, _ports(d, placed, down), begins, finishes, low, high - low)


def _split_shadows(d: Drawing) -> None:
    """What comes from elsewhere stands beside each place that uses it, as Vensim's shadow variables do.

    Words of one column share it, except those that share two or more: their arrows could not but cross.
    """
    column, _ = columns(len(d.nodes), _edges(d))
    read: dict[int, set[int]] = {}
    for link in d.links:
        if d.nodes[link.tail].role == "shadow":
            read.setdefault(link.head, set()).add(link.tail)
    apart = {
        one
        for one, its in read.items()
        if any(
            one != other and column[one] == column[other] and len(its & others) > 1
            for other, others in read.items()
        )
    }
    first: dict[tuple[int, int, int], int] = {}
    for k, link in enumerate(d.links):
        if d.nodes[link.tail].role != "shadow":
            continue
        place = (link.tail, column[link.head], link.head if link.head in apart else -1)
        if place not in first:
            if any(tail == link.tail for tail, _, _ in first):
                old = d.nodes[link.tail]
                d.nodes.append(Node(old.role, old.label, old.wide, old.high))
                first[place] = len(d.nodes) - 1
            else:
                first[place] = link.tail
        d.links[k] = replace(link, tail=first[place])


def _sides(link: Link, back: bool) -> tuple[tuple[int, bool], tuple[int, bool]]:
    """The side at which a link leaves its tail and reaches its head: True for the side where causes stand."""
    return (link.tail, back), (link.head, not back)


def _fixed(d: Drawing, link: Link, node: int) -> bool:
    """Whether a link ends at a given place of a node: a pipe at a valve or a cloud."""
    return link.pipe and d.nodes[node].role != "stock"


def _room_for_ports(d: Drawing, turned: Sequence[bool]) -> None:
    count: dict[tuple[int, bool], int] = {}
    leaving: set[tuple[int, bool]] = set()
    for link, back in zip(d.links, turned, strict=True):
        tail, head = _sides(link, back)
        if not link.pipe:
            leaving.add(tail)
        elif not _fixed(d, link, link.tail):
            count[tail] = count.get(tail, 0) + 1
        if not _fixed(d, link, link.head):
            count[head] = count.get(head, 0) + 1
    for place in leaving:
        count[place] = count.get(place, 0) + 1
    for (n, _), k in count.items():
        d.nodes[n].ports = max(d.nodes[n].ports, k * PORT)


def _valve_at(node: Node, down: bool) -> float:
    """Where the valve stands, from the middle of a flow: above its name, or left of it where arrows run down."""
    if node.role != "flow" or node.label is None:
        return 0.0
    return (node.across(down) / 2 - VALVE / 2) * (-1.0 if down else 1.0)


def _name_at(node: Node, down: bool) -> float:
    return 0.0 if node.role != "flow" or node.label is None else VALVE / 2 * (1.0 if down else -1.0)


def _ports(d: Drawing, placed: Layered, down: bool) -> list[tuple[float, float]]:
    """For each link the places across, from the middle of its tail and of its head, where it ends; none cross beside a word."""
    found = [[0.0, 0.0] for _ in d.links]
    arriving: dict[tuple[int, bool], list[tuple[float, list[tuple[int, int]]]]] = {}
    leaving: dict[tuple[int, bool], list[tuple[float, int]]] = {}
    for k, link in enumerate(d.links):
        route = placed.routes[k]
        far = (route[0][1] if route else placed.y[link.head], route[-1][1] if route else placed.y[link.tail])
        for end, (place, n) in enumerate(
            zip(_sides(link, placed.turned[k]), (link.tail, link.head), strict=True)
        ):
            if _fixed(d, link, n):
                found[k][end] = _valve_at(d.nodes[n], down)
            elif end == 0 and not link.pipe:
                leaving.setdefault(place, []).append((far[0], k))
            else:
                arriving.setdefault(place, []).append((far[end], [(k, end)]))
    for place in {*arriving, *leaving}:
        rows = arriving.get(place, [])
        out = leaving.get(place, [])
        if out:
            rows = [*rows, (sum(far for far, _ in out) / len(out), [(k, 0) for _, k in out])]
        rows.sort(key=lambda row: -row[0])
        middle = _name_at(d.nodes[place[0]], down)
        for i, (_, several) in enumerate(rows):
            for k, end in several:
                found[k][end] = middle + ((len(rows) - 1) / 2 - i) * PORT
    return [(a, b) for a, b in found]


def _lanes(d: Drawing, placed: Layered, down: bool) -> tuple[list[float], list[float]]:
    """Where each column begins and ends along the arrows; lines turn in the space between."""
    last = max(placed.column)
    size, lines = [0.0] * (last + 1), [0] * (last + 1)
    for node, c in zip(d.nodes, placed.column, strict=True):
        size[c] = max(size[c], node.along(down))
    for link in d.links:
        a, b = sorted((placed.column[link.tail], placed.column[link.head]))
        for c in range(a, b):
            lines[c] += 1
    begins: list[float] = []
    ends: list[float] = []
    x = 0.0
    for w, n in zip(size, lines, strict=True):
        begins.append(x)
        ends.append(x + w)
        x += w + STUB + TURN + CROWD * n
    return begins, ends


def _link(pen: Pen, d: Drawing, sheet: _Sheet, k: int) -> None:
    """Draw a link through the places it passes."""
    link, placed = d.links[k], sheet.placed
    back = placed.turned[k]
    tail, head = d.nodes[link.tail], d.nodes[link.head]
    on = -1.0 if back else 1.0

    def edge_of(n: int, side: float) -> float:
        node = d.nodes[n]
        half = node.along(sheet.down) / 2
        if node.role == "flow":
            half = VALVE_HALF if link.pipe else (node.high if sheet.down else node.wide) / 2
        return sheet.middle(placed.column[n]) + side * half

    def lane(column: int, *, leaving: bool) -> float:
        return (sheet.ends if leaving != back else sheet.begins)[column]

    start = (edge_of(link.tail, on), placed.y[link.tail] + sheet.ports[k][0])
    points = [start, (lane(placed.column[link.tail], leaving=True), start[1])]
    for c, y in placed.routes[k]:
        points += [(lane(c, leaving=False), y), (lane(c, leaving=True), y)]
    end = (edge_of(link.head, -on), placed.y[link.head] + sheet.ports[k][1])
    points += [(lane(placed.column[link.head], leaving=False) - on * STUB, end[1]), end]
    if link.pipe:
        pen.pipe(points, on, arrow=head.role in ("stock", "cloud"), both=link.both and tail.role == "flow")
    else:
        pen.arrow(points, on, link.sign, delayed=link.delayed, quiet=tail.role in ("shadow", "constant"))


def _node(pen: Pen, node: Node, along: float, across: float) -> None:
    if node.role == "cloud":
        pen.cloud(along, across)
    if node.role == "stock":
        pen.box(along, across, node.along(pen.down), node.across(pen.down))
    if node.role == "flow":
        pen.valve(along, across + _valve_at(node, pen.down))
    if node.label is not None:
        pen.label(node.label, along, across + _name_at(node, pen.down))
