"""A model's diagram as the sketch section of a .mdl file, so that Vensim opens it with every variable in sight.

One view a group (of each sector, where a model is coupled). Stocks stand in rows above, each chain of stocks joined by pipes with their valves and clouds; below stand the other variables
in columns from causes to effects. What a view uses from elsewhere stands in grey at the left (Vensim's shadow variables). Format: Vensim Help,
'Sketch Information' (https://www.vensim.com/documentation/ref_sketch_format.html).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

from tzsim.ir.describe import CONTROLS, Kind, causes, kinds_of
from tzsim.ir.expr import Call, Expr, Ref
from tzsim.ir.flows import terms
from tzsim.ir.model import Model
from tzsim.ir.printer import print_name
from tzsim.names import VarId, key

BEGIN = "\\\\\\---/// Sketch information - do not modify anything except names"
VERSION = "V300  Do not put anything below this section - it will be ignored"
END = "///---\\\\\\"
SETTINGS = ":L\x7f<%^E!@"
"""Begins the settings in every file that Vensim saves, with a DEL after the L; without it they are not read."""
FONT = "$192-192-192,0,Helvetica|10||0-0-0|0-0-0|0-0-255|-1--1--1|-1--1--1|72,72,100,0"
GREY = "128-128-128,0-0-0,|10||128-128-128"
WIDE, HIGH = 210, 50
"""Distance of columns and of lines."""
STOCK_WIDE, STOCK_HIGH = 300, 110
TALLEST = 14
"""Words in a column; more stand in a second one."""
IN_A_ROW = 5
"""Stocks without pipes in a row."""
SWEEPS = 4


def print_sketch(model: Model) -> str:
    """The views of all groups, without the line that ends the section."""
    groups: dict[str, list[VarId]] = {}
    controls = {key(c) for c in CONTROLS}
    files = {v.address.file for v in model.variables.values()}
    for name, variable in model.variables.items():
        if name not in controls:
            sector = PurePath(variable.address.file).stem if len(files) > 1 else ""
            group = variable.group.lstrip(".").strip()
            title = " - ".join(part for part in (sector, group) if part) or model.name
            groups.setdefault(title, []).append(name)
    reads = causes(model)
    views = [_view(model, title, members, reads) for title, members in groups.items()]
    return "\n".join(f"{BEGIN}\n{VERSION}\n{view}" for view in views)


def with_sketch(text: str, model: Model) -> str:
    """The text of a .mdl file with its sketch section drawn anew; equations and settings stay as they are."""
    lines = text.split("\n")
    first = next((i for i, x in enumerate(lines) if x.startswith("\\\\\\---///")), None)
    last = next((i for i, x in enumerate(lines) if x.startswith(END)), None)
    head = lines if first is None else lines[:first]
    tail = [END, ""] if last is None else lines[last:]
    while head and not head[-1].strip():
        head = head[:-1]
    return "\n".join([*head, "", print_sketch(model), *tail])


def flows_of(expression: Expr) -> list[tuple[str, int]]:
    """Variables that stand as terms of a net flow, with their signs."""
    return [(key(term.name), sign) for term, sign in terms(expression, 1) if isinstance(term, Ref)]


@dataclass(slots=True)
class _Drawing:
    """Lines of one view; `places` are the objects that arrows end at."""

    model: Model
    own: frozenset[VarId]
    lines: list[str] = field(default_factory=list[str])
    places: dict[VarId, tuple[int, int, int]] = field(default_factory=dict[VarId, tuple[int, int, int]])
    piped: set[tuple[VarId, VarId]] = field(default_factory=set[tuple[VarId, VarId]])
    """Flows and the stocks that their pipes end at."""

    def add(self, kind: int, rest: str) -> int:
        number = len(self.lines) + 1
        self.lines.append(f"{kind},{number},{rest}")
        return number

    def word(self, name: VarId, x: int, y: int, *, stock: bool = False, attached: bool = False) -> int:
        shown = print_name(self.model.variables[name].name)
        if name not in self.own:
            shape = 40 if attached else 8
            number = self.add(10, f"{shown},{x},{y},80,11,{shape},2,0,3,-1,0,0,0,{GREY}")
        elif stock:
            number = self.add(10, f"{shown},{x},{y},70,20,3,3,0,0,0,0,0,0")
        else:
            number = self.add(10, f"{shown},{x},{y},80,11,{'40,3,0,0,-1' if attached else '8,3,0,0,0'},0,0,0")
        self.places[name] = (number, x, y)
        return number

    def pipe(self, flow: VarId, x: int, y: int, source: int, target: int) -> None:
        """A valve with the name of its flow below, and pipes from `source` and to `target`."""
        valve = len(self.lines) + 3
        self.add(1, f"{valve},{target},4,0,0,22,0,0,0,-1--1--1,,1|({x},{y})|")
        self.add(1, f"{valve},{source},100,0,0,22,0,0,0,-1--1--1,,1|({x},{y})|")
        self.add(11, f"0,{x},{y},6,8,34,3,0,0,1,0,0,0")
        self.word(flow, x, y + 19, attached=True)

    def cloud(self, x: int, y: int) -> int:
        return self.add(12, f"48,{x},{y},10,8,0,3,0,0,-1,0,0,0")

    def arrow(self, cause: VarId, effect: VarId) -> None:
        one, other = self.places.get(cause), self.places.get(effect)
        if one is not None and other is not None:
            middle = f"({(one[1] + other[1]) // 2},{(one[2] + other[2]) // 2})"
            self.add(1, f"{one[0]},{other[0]},0,0,0,0,0,64,0,-1--1--1,,1|{middle}|")


def _view(
    model: Model, title: str, members: Sequence[VarId], reads: Mapping[VarId, tuple[VarId, ...]]
) -> str:
    kinds = kinds_of(model)
    drawing = _Drawing(model, frozenset(members))
    stocks = [m for m in members if kinds[m] == "stock"]
    top = _stocks(drawing, model, kinds, stocks)
    rest = [m for m in members if m not in drawing.places]
    needed = {c for m in members for c in reads[m]}
    shadows = sorted(n for n in needed if n not in drawing.places and n not in drawing.own and n in reads)
    for column, names in enumerate(_columns(shadows, rest, reads)):
        for line, name in enumerate(names):
            # neighbouring columns are shifted by half a line, so that arrows run beside the words
            drawing.word(name, 110 + WIDE * column, top + HIGH * line + HIGH // 2 * (column % 2))
    for effect in members:
        for cause in reads[effect]:
            if cause != effect and (cause, effect) not in drawing.piped:
                drawing.arrow(cause, effect)
    return "\n".join((f"*{title}", FONT, *drawing.lines))


def _stock_flows(model: Model, kinds: Mapping[VarId, Kind], stock: VarId) -> list[tuple[VarId, int]]:
    first = model.variables[stock].equations[0].expression
    assert isinstance(first, Call)
    found = dict(flows_of(first.arguments[0]))
    return [(n, s) for n, s in found.items() if n in model.variables and kinds[n] != "stock"]


def _stocks(drawing: _Drawing, model: Model, kinds: Mapping[VarId, Kind], stocks: Sequence[VarId]) -> int:
    """Rows of stocks with their pipes; gives the height at which the rest may begin."""
    flows = {s: _stock_flows(model, kinds, s) for s in stocks}
    drawn: set[VarId] = set()
    y = 60
    alone = [s for s in stocks if not flows[s]]
    for i, stock in enumerate(alone):
        drawing.word(stock, 120 + WIDE * (i % IN_A_ROW), y + STOCK_HIGH // 2 * (i // IN_A_ROW), stock=True)
    y += STOCK_HIGH // 2 * -(-len(alone) // IN_A_ROW) + (20 if alone else 0)
    for chain in _chains([s for s in stocks if flows[s]], flows):
        lines = 1
        numbers = {s: drawing.word(s, 320 + STOCK_WIDE * i, y, stock=True) for i, s in enumerate(chain)}
        for i, stock in enumerate(chain):
            x = 320 + STOCK_WIDE * i
            entering = [n for n, sign in flows[stock] if sign > 0 and n not in drawn]
            leaving = [n for n, sign in flows[stock] if sign < 0 and n not in drawn]
            after = chain[i + 1] if i + 1 < len(chain) else None
            shared = [n for n in leaving if after and (n, 1) in flows[after]]
            for n in shared[:1]:
                assert after is not None
                drawing.pipe(n, x + STOCK_WIDE // 2, y, numbers[stock], numbers[after])
                drawing.piped |= {(n, stock), (n, after)}
                drawn.add(n)
            side = [(n, -1) for n in entering] + [(n, 1) for n in leaving if n not in shared[:1]]
            free = {-1: 0 if i == 0 else 1, 1: 1 if shared or i + 1 < len(chain) else 0}
            for n, to in side:
                line = free[to]
                free[to] += 1
                lines = max(lines, line + 1)
                cloud = drawing.cloud(x + to * 200 if not line else x + to * 130, y + HIGH * line)
                at = x + to * (130 if not line else 75)
                source, target = (cloud, numbers[stock]) if to < 0 else (numbers[stock], cloud)
                drawing.pipe(n, at, y + HIGH * line, source, target)
                drawing.piped.add((n, stock))
                drawn.add(n)
        y += STOCK_HIGH + HIGH * (lines - 1)
    return y


def _chains(stocks: Sequence[VarId], flows: Mapping[VarId, list[tuple[VarId, int]]]) -> list[list[VarId]]:
    """Stocks in rows: one that is filled by what leaves another stands after it."""
    following: dict[VarId, VarId] = {}
    for one in stocks:
        for other in stocks:
            joined = {n for n, s in flows[one] if s < 0} & {n for n, s in flows[other] if s > 0}
            if one != other and joined and one not in following and other not in following.values():
                following[one] = other
    chains: list[list[VarId]] = []
    left = list(stocks)
    while left:
        start = next((s for s in left if s not in following.values()), left[0])
        chain = [start]
        while (after := following.get(chain[-1])) is not None and after in left and after not in chain:
            chain.append(after)
        chains.append(chain)
        left = [s for s in left if s not in chain]
    return chains


def _columns(
    shadows: Sequence[VarId], rest: Sequence[VarId], reads: Mapping[VarId, tuple[VarId, ...]]
) -> list[list[VarId]]:
    """Shadows first, then each variable one column after the last of its causes; order within columns by the causes' places."""
    inside = set(rest)
    depth: dict[VarId, int] = {}
    for start in rest:
        stack = [(start, False)]
        open_: set[VarId] = set()
        while stack:
            name, done = stack.pop()
            if done:
                depth[name] = 1 + max(
                    (depth[c] for c in reads[name] if c in depth and c in inside), default=0
                )
                open_.discard(name)
            elif name not in depth and name not in open_:
                open_.add(name)
                stack.append((name, True))
                stack += [
                    (c, False) for c in reads[name] if c in inside and c not in depth and c not in open_
                ]
    for name in rest:  # what has no cause here stands beside the first that uses it
        if not any(c in inside for c in reads[name]):
            used = [depth[n] for n in rest if name in reads[n] and n != name]
            depth[name] = max(1, min(used, default=1) - 1)
    columns: list[list[VarId]] = [list(shadows)] if shadows else []
    for level in range(1, max(depth.values(), default=0) + 1):
        columns.append([n for n in rest if depth[n] == level])
    return [c[i : i + TALLEST] for c in _untangled(columns, reads) for i in range(0, len(c), TALLEST)]


def _untangled(columns: list[list[VarId]], reads: Mapping[VarId, tuple[VarId, ...]]) -> list[list[VarId]]:
    """Each column in the order of the mean place of its neighbours' (Sugiyama, Tagawa and Toda 1981)."""
    effects: dict[VarId, list[VarId]] = {}
    for column in columns:
        for name in column:
            for cause in reads[name]:
                effects.setdefault(cause, []).append(name)
    for sweep in range(SWEEPS):
        place = {n: i / max(len(c), 1) for c in columns for i, n in enumerate(c)}
        for column in columns if sweep % 2 == 0 else reversed(columns):
            near = {
                n: [
                    place[m]
                    for m in (reads[n] if sweep % 2 == 0 else effects.get(n, []))
                    if m in place and m != n
                ]
                for n in column
            }
            column.sort(key=lambda n: sum(near[n]) / len(near[n]) if near[n] else place[n])
            place.update({n: i / max(len(column), 1) for i, n in enumerate(column)})
    return columns
