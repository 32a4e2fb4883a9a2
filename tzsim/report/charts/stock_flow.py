"""Stock-flow diagrams drawn from the model alone: boxes, pipes with valves and clouds, arrows with their signs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import PurePath

from matplotlib.figure import Figure

from tzsim.ensemble.draws import Draws
from tzsim.ensemble.link_signs import Sign, link_signs
from tzsim.errors import InputError, Problem, nearest
from tzsim.ir.describe import CONTROLS, Kind, causes, kinds_of
from tzsim.ir.flows import Flow, delayed_by, flows, follows
from tzsim.ir.model import Model
from tzsim.names import VarId, key
from tzsim.report.charts.diagram_parts import Label, shown_name
from tzsim.report.charts.diagram_sheet import Drawing, Link, Node, Role, draw
from tzsim.report.style import styled
from tzsim.report.wording import Lang

Links = Mapping[tuple[VarId, VarId], Sign]

LONGEST = 44
"""Characters of the expression of a flow that has no name; a longer one is called by what it does."""
UNNAMED: Mapping[Lang, tuple[str, str, str]] = {
    "en": ("net flow", "inflow", "outflow"),
    "zh": ("净流量", "流入", "流出"),
}
"""What runs either way, fills, empties."""
OPPOSITE: Mapping[Sign, Sign] = {"+": "-", "-": "+"}
KEY: Mapping[Lang, str] = {
    "en": (
        "Box: stock. Pipe with valve: flow, from or to a cloud outside the model. Two strokes: delayed. + the effect moves the same way, "
        "− the opposite way, ? either (finite differences{over}). Grey: defined elsewhere."
    ),
    "zh": "方框：存量；带阀门的管道：流量，云朵为系统之外；双短线：滞后；+ 同向变化，− 反向变化，? 方向不定（有限差分{over}）；灰色：在别处定义。",
}


def groups_of(model: Model) -> dict[str, tuple[VarId, ...]]:
    """Title -> variables: a group of the file each ('sector: group' where the model is made of several files), in file order."""
    files = {v.address.file for v in model.variables.values()}
    controls = {key(c) for c in CONTROLS}
    found: dict[str, list[VarId]] = {}
    for name, variable in model.variables.items():
        if name not in controls and not model.made(name):
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
    drawing, wanted, emptying = _drawing(model, chosen, kinds, reads, constants, lang, names or {})
    found = link_signs(model, wanted.values(), draws) if signs is None else signs
    for number, link in wanted.items():
        sign = found.get(link, "")
        drawing.links[number].sign = OPPOSITE.get(sign, sign) if number in emptying else sign
    over = {"zh": f"，{draws.members} 组抽样", "en": f" over {draws.members} draws"}[lang] if draws else ""
    with styled():
        return draw(drawing, title or usual, KEY[lang].format(over=over))


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
) -> tuple[Drawing, dict[int, tuple[VarId, VarId]], set[int]]:
    """Nodes and links; for each link by its number what its sign is the sign of; those that end at an unnamed outflow.

    Of a flow without a name only its effect on the stock is known: what lowers the stock raises the outflow.
    """
    d = Drawing()
    at: dict[VarId, int] = {}
    wanted: dict[int, tuple[VarId, VarId]] = {}
    emptying: set[int] = set()
    named = {key(c) for c in constants} if not isinstance(constants, bool) else set[VarId]()
    given = {key(n): text for n, text in names.items()}

    def is_shown(n: VarId) -> bool:
        return kinds[n] in ("stock", "auxiliary") or constants is True or n in named

    def word(n: VarId, role: Role) -> int:
        label = Label.of(given.get(n) or shown_name(model.variables[n], lang), role)
        d.nodes.append(Node(role, label, *label.box))
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
        d.links.append(Link(node_of(cause), head, delayed=delayed))
        wanted[len(d.links) - 1] = (cause, effect)

    def cloud() -> int:
        d.nodes.append(Node("cloud", None, 0.26, 0.2))
        return len(d.nodes) - 1

    def pipe(stock: VarId, f: Flow, valve: int) -> None:
        pair = (valve, at[stock]) if f.sign > 0 else (at[stock], valve)
        d.links.append(Link(*pair, pipe=True, both=f.both))

    ends: dict[int, set[int]] = {}
    moved: dict[str, int] = {}
    for stock, several in filled.items():
        for f in several:
            if f.name is not None:
                valve = node_of(f.name)
            elif f.text in moved and f.sign not in ends[moved[f.text]]:
                # what leaves one stock by an expression and fills another by the same one is one flow
                valve = moved[f.text]
            else:
                short = lang == "en" and len(f.text) <= LONGEST
                label = Label.of(f.text if short else UNNAMED[lang][0 if f.both else f.sign], "expression")
                d.nodes.append(Node("flow", label, *label.box))
                valve = moved[f.text] = len(d.nodes) - 1
                for cause in f.causes:
                    if cause == stock and is_shown(cause):
                        d.links.append(Link(at[stock], valve))
                    else:
                        before = len(d.links)
                        arrow(cause, stock, valve, False)
                        if f.sign < 0:
                            emptying |= set(range(before, len(d.links)))
            ends.setdefault(valve, set()).add(f.sign)
            pipe(stock, f, valve)
    for valve, sides in ends.items():
        if 1 not in sides:
            d.links.append(Link(valve, cloud(), pipe=True))
        if -1 not in sides:
            d.links.append(Link(cloud(), valve, pipe=True))
    for n in own:
        late = follows(model, n) if kinds[n] == "stock" else delayed_by(model.variables[n])
        if n in filled and not late:
            continue
        for cause in reads[n]:
            if cause not in filled or cause in inside:
                arrow(cause, n, at[n], cause in late)
    return d, wanted, emptying
