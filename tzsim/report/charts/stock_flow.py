"""Stock-flow diagrams drawn from the model alone: boxes, pipes with valves and clouds, arrows with their signs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import Literal

from matplotlib.figure import Figure

from tzsim.ensemble.draws import Draws
from tzsim.ensemble.link_signs import Sign, link_signs
from tzsim.errors import InputError, Problem, nearest
from tzsim.ir.describe import CONTROLS, Kind, causes, kinds_of
from tzsim.ir.flows import delayed_by, flows, follows
from tzsim.ir.model import Model
from tzsim.names import VarId, key
from tzsim.report.charts.diagram_parts import Label, Pen, shown_name
from tzsim.report.charts.frame import EDGE, SUBTITLE_SIZE, TITLE_SIZE, Text, framed, height_of
from tzsim.report.layered import Edge, Layered, columns, layered
from tzsim.report.style import QUIET, styled
from tzsim.report.wording import Lang

Links = Mapping[tuple[VarId, VarId], Sign]
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
FITS = 7.4
"""Widest diagram (inches) that runs from left to right; a longer chain of causes runs downwards."""
VALVE = 0.2
LONGEST = 44
"""Characters of the expression of a flow that has no name; a longer one is called net flow."""
NET: Mapping[Lang, str] = {"en": "net flow", "zh": "净流量"}
VALVE_HALF = 0.075
KEY: Mapping[Lang, str] = {
    "en": (
        "Box: stock. Pipe with valve: flow, from or to a cloud outside the model. Two strokes: delayed. + the effect moves the same way, "
        "− the opposite way, ? either (finite differences{over}). Grey: defined elsewhere."
    ),
    "zh": "方框：存量；带阀门的管道：流量，云朵为系统之外；双短线：滞后；+ 同向变化，− 反向变化，? 方向不定（有限差分{over}）；灰色：在别处定义。",
}


@dataclass(slots=True)
class _Node:
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
class _Link:
    tail: int
    head: int
    pipe: bool = False
    both: bool = False
    delayed: bool = False
    sign: Sign = ""


@dataclass(slots=True)
class _Drawing:
    nodes: list[_Node] = field(default_factory=list[_Node])
    links: list[_Link] = field(default_factory=list[_Link])


def groups_of(model: Model) -> dict[str, tuple[VarId, ...]]:
    """Title -> variables: a group of the file each ('sector: group' where the model is made of several files), in file order."""
    files = {v.address.file for v in model.variables.values()}
    controls = {key(c) for c in CONTROLS}
    found: dict[str, list[VarId]] = {}
    for name, variable in model.variables.items():
        if name not in controls:
            sector = PurePath(variable.address.file).stem if len(files) > 1 else ""
            title = ": ".join(x for x in (sector, variable.group.lstrip(".").strip()) if x) or model.name
            found.setdefault(title, []).append(name)
    return {title: tuple(names) for title, names in found.items()}


def stock_flow_diagram(
    model: Model,
    group: str | None = None,
    *,
    lang: Lang = "zh",
    variables: Iterable[str] | None = None,
    constants: bool | Collection[str] = False,
    draws: Draws | None = None,
    signs: Links | None = None,
    names: Mapping[str, str] | None = None,
    title: str | None = None,
) -> Figure:
    """Draw stocks, flows and what moves them.

    group: a key of `groups_of` (default: the whole model). variables: those to draw, in place of a group.
    constants: draw constants too, all or those named. title: in place of the group's. names: variable -> name to show in place of the model's; in
    Chinese the first Chinese term in parentheses in a variable's comment is used where `names` has none.

    draws, signs: arrows carry the sign of finite differences at every saved time of the model's own run, or of `draws`;
    `signs` gives them ready, as `ensemble.link_signs.link_signs` does.
    Raises InputError for a group or variable that is not there.
    """
    usual, chosen = _chosen(model, group, variables)
    kinds, reads = kinds_of(model), causes(model)
    drawing, wanted = _drawing(model, chosen, kinds, reads, constants, lang, names or {})
    found = link_signs(model, wanted.values(), draws) if signs is None else signs
    for number, link in wanted.items():
        drawing.links[number].sign = found.get(link, "")
    over = {"zh": f"，{draws.members} 组抽样", "en": f" over {draws.members} draws"}[lang] if draws else ""
    with styled():
        return _draw(drawing, title or usual, KEY[lang].format(over=over))


def _chosen(
    model: Model, group: str | None, variables: Iterable[str] | None
) -> tuple[str, tuple[VarId, ...]]:
    if variables is not None:
        wanted = [v for v in variables if key(v) not in model.variables]
        if wanted:
            known = [v.name for v in model.variables.values()]
            raise InputError(
                [Problem(None, f"the model has no variable {v!r}", nearest(v, known)) for v in wanted]
            )
        return group or model.name, tuple(dict.fromkeys(key(v) for v in variables))
    groups = groups_of(model)
    if group is None:
        return model.name, tuple(n for members in groups.values() for n in members)
    if group not in groups:
        raise InputError.one(f"the model has no group {group!r}", hint=nearest(group, groups) or "")
    return group, groups[group]


def _drawing(
    model: Model,
    chosen: Sequence[VarId],
    kinds: Mapping[VarId, Kind],
    reads: Mapping[VarId, tuple[VarId, ...]],
    constants: bool | Collection[str],
    lang: Lang,
    names: Mapping[str, str],
) -> tuple[_Drawing, dict[int, tuple[VarId, VarId]]]:
    """Nodes and links; for each link by its number what its sign is the sign of."""
    d = _Drawing()
    at: dict[VarId, int] = {}
    wanted: dict[int, tuple[VarId, VarId]] = {}
    named = {key(c) for c in constants} if not isinstance(constants, bool) else set[VarId]()
    given = {key(n): text for n, text in names.items()}

    def is_shown(n: VarId) -> bool:
        return kinds[n] in ("stock", "auxiliary") or constants is True or n in named

    def word(n: VarId, role: Role) -> int:
        label = Label.of(given.get(n) or shown_name(model.variables[n], lang), role)
        d.nodes.append(_Node(role, label, *label.box))
        return len(d.nodes) - 1

    own = [n for n in chosen if is_shown(n)]
    filled = {n: flows(model, n, kinds) for n in own if kinds[n] == "stock"}
    inside = set(own)
    piped = {f.name for several in filled.values() for f in several if f.name is not None}
    for n in own:
        role: Role = (
            "stock" if kinds[n] == "stock" else
            "flow" if n in piped else
            "word" if kinds[n] == "auxiliary" else "constant"
        )  # fmt: skip
        at[n] = word(n, role)
    shadows: dict[VarId, int] = {}

    def node_of(n: VarId) -> int:
        if n in at:
            return at[n]
        if n not in shadows:
            shadows[n] = word(n, "flow" if n in piped else "shadow")
        return shadows[n]

    def arrow(cause: VarId, effect: VarId, head: int, delayed: bool) -> None:
        if cause == effect or not is_shown(cause):
            return
        d.links.append(_Link(node_of(cause), head, delayed=delayed))
        wanted[len(d.links) - 1] = (cause, effect)

    def cloud() -> int:
        d.nodes.append(_Node("cloud", None, 0.26, 0.2))
        return len(d.nodes) - 1

    ends: dict[VarId, dict[int, VarId]] = {}
    for stock, several in filled.items():
        for f in several:
            if f.name is not None:
                ends.setdefault(f.name, {})[f.sign] = stock
                if f.sign in (1, -1):
                    valve = node_of(f.name)
                    pair = (valve, at[stock]) if f.sign > 0 else (at[stock], valve)
                    d.links.append(_Link(*pair, pipe=True, both=f.both))
            else:
                text = f.text if lang == "en" and len(f.text) <= LONGEST else NET[lang]
                label = Label.of(text, "expression")
                d.nodes.append(_Node("flow", label, *label.box))
                valve = len(d.nodes) - 1
                pair = (valve, at[stock]) if f.sign > 0 else (at[stock], valve)
                other = cloud()
                d.links.append(_Link(*pair, pipe=True, both=f.both))
                d.links.append(_Link(*((other, valve) if f.sign > 0 else (valve, other)), pipe=True))
                for cause in f.causes:
                    if cause == stock and is_shown(cause):
                        d.links.append(_Link(at[stock], valve))
                    else:
                        arrow(cause, stock, valve, False)
    for flow, sides in ends.items():
        valve = node_of(flow)
        if 1 not in sides:
            d.links.append(_Link(valve, cloud(), pipe=True))
        if -1 not in sides:
            d.links.append(_Link(cloud(), valve, pipe=True))
    for n in own:
        late = follows(model, n) if kinds[n] == "stock" else delayed_by(model.variables[n])
        if n in filled and not late:
            continue
        for cause in reads[n]:
            if cause not in filled or cause in inside:
                arrow(cause, n, at[n], cause in late)
    return d, wanted


def _draw(d: _Drawing, title: str, legend: str) -> Figure:
    if not d.nodes:
        raise InputError.one(f"{title}: nothing to draw", hint="constants=True draws constants too")
    _split_shadows(d)
    sheet = _placed(d, down=False)
    if sheet.length > FITS:
        other = _placed(d, down=True)
        sheet = other if max(other.breadth / FITS, other.length / 9.5) < sheet.length / FITS else sheet
    across, along = sheet.breadth, sheet.length
    inner = (across, along) if sheet.down else (along, across)
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

    def middle(self, column: int) -> float:
        return (self.begins[column] + self.ends[column]) / 2


def _edges(d: _Drawing) -> list[Edge]:
    return [Edge(x.tail, x.head, PIPE if x.pipe else 1.0) for x in d.links]


def _placed(d: _Drawing, *, down: bool) -> _Sheet:
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


def _split_shadows(d: _Drawing) -> None:
    """What comes from elsewhere stands beside each place that uses it, as Vensim's shadow variables do."""
    column, _ = columns(len(d.nodes), _edges(d))
    first: dict[tuple[int, int], int] = {}
    for k, link in enumerate(d.links):
        if d.nodes[link.tail].role != "shadow":
            continue
        place = (link.tail, column[link.head])
        if place not in first:
            if any(tail == link.tail for tail, _ in first):
                old = d.nodes[link.tail]
                d.nodes.append(_Node(old.role, old.label, old.wide, old.high))
                first[place] = len(d.nodes) - 1
            else:
                first[place] = link.tail
        d.links[k] = replace(link, tail=first[place])


def _sides(link: _Link, back: bool) -> tuple[tuple[int, bool], tuple[int, bool]]:
    """The side at which a link leaves its tail and reaches its head: True for the side where causes stand."""
    return (link.tail, back), (link.head, not back)


def _fixed(d: _Drawing, link: _Link, node: int) -> bool:
    """Whether a link ends at a given place of a node: a pipe at a valve or a cloud."""
    return link.pipe and d.nodes[node].role != "stock"


def _room_for_ports(d: _Drawing, turned: Sequence[bool]) -> None:
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


def _valve_at(node: _Node, down: bool) -> float:
    """Where the valve stands, from the middle of a flow: above its name, or left of it where arrows run down."""
    if node.role != "flow" or node.label is None:
        return 0.0
    return (node.across(down) / 2 - VALVE / 2) * (-1.0 if down else 1.0)


def _name_at(node: _Node, down: bool) -> float:
    return 0.0 if node.role != "flow" or node.label is None else VALVE / 2 * (1.0 if down else -1.0)


def _ports(d: _Drawing, placed: Layered, down: bool) -> list[tuple[float, float]]:
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


def _lanes(d: _Drawing, placed: Layered, down: bool) -> tuple[list[float], list[float]]:
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


def _link(pen: Pen, d: _Drawing, sheet: _Sheet, k: int) -> None:
    """Draw a link through the places it passes."""
    link, placed = d.links[k], sheet.placed
    back = placed.turned[k]
    tail, head = d.nodes[link.tail], d.nodes[link.head]
    on = -1.0 if back else 1.0

    def edge_of(n: int, side: float) -> float:
        node = d.nodes[n]
        half = node.along(sheet.down) / 2
        if link.pipe and node.role == "flow":
            half = VALVE_HALF
        elif node.label is not None and not sheet.down and node.role == "flow":
            half = node.wide / 2
        elif node.label is not None and sheet.down and node.role == "flow":
            half = node.high / 2
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


def _node(pen: Pen, node: _Node, along: float, across: float) -> None:
    if node.role == "cloud":
        pen.cloud(along, across)
    if node.role == "stock":
        pen.box(along, across, node.along(pen.down), node.across(pen.down))
    if node.role == "flow":
        pen.valve(along, across + _valve_at(node, pen.down))
    if node.label is not None:
        pen.label(node.label, along, across + _name_at(node, pen.down))
