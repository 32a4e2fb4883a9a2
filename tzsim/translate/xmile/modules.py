"""Modules of XMILE placed into one model: a variable of module m is called `m.variable` (XMILE 1.0, section 3.6).

`<connect to= from=>` gives an input of a module the value of a variable outside it.
"""

from __future__ import annotations

from dataclasses import dataclass

from tzsim.errors import Address, Problem, nearest
from tzsim.names import VarId, key
from tzsim.translate.xmile.document import Node
from tzsim.translate.xmile.lexer import display

VARIABLES = ("stock", "flow", "aux", "gf", "flow_aux")
MAX_MODULES = 10_000


@dataclass(slots=True)
class Placed:
    """A variable element with its full name; `source` when a connection gives its value (seen from `source_path`)."""

    name: str
    path: str
    node: Node
    source: str | None = None
    source_path: str = ""


def place_variables(root: Node, file: str, problems: list[Problem]) -> list[Placed]:
    """Every variable of the root model and of the modules in it, in file order."""
    models: dict[VarId, Node] = {}
    main: Node | None = None
    for node in root.all("model"):
        name = node.get("name")
        if main is None:
            main = node
        if name:
            models.setdefault(key(display(name)), node)
    found: list[Placed] = []
    connections: list[tuple[str, str, str, Node]] = []
    if main is None:
        problems.append(Problem(Address(file, root.line), "no <model> in the file"))
        return found

    def walk(model: Node, path: str, parents: tuple[VarId, ...]) -> None:
        if len(found) > 1_000_000 or len(parents) > 50:
            problems.append(Problem(Address(file, model.line), "modules hold each other without end"))
            return
        for group in _groups(model):
            for node in _spread(group):
                if node.tag in VARIABLES:
                    name = display(node.get("name"))
                    if not name:
                        problems.append(Problem(Address(file, node.line), f"a <{node.tag}> without name"))
                        continue
                    found.append(Placed(f"{path}.{name}" if path else name, path, node))
                elif node.tag == "module":
                    own = display(node.get("name"))
                    which = key(display(node.get("model") or own))
                    inner = models.get(which)
                    full = f"{path}.{own}" if path else own
                    if inner is None:
                        problems.append(
                            Problem(
                                Address(file, node.line, node.column),
                                f"module '{own}' has no <model name=\"{own}\">",
                                nearest(own, list(models)),
                            )
                        )
                        continue
                    if which in parents:
                        problems.append(Problem(Address(file, node.line), f"module '{own}' holds itself"))
                        continue
                    for link in (*node.all("connect"), *node.all("connect2")):
                        connections.append((path, full, "", link))
                    walk(inner, full, (*parents, which))

    walk(main, "", ())
    table = {key(one.name): one for one in found}
    for path, module, _, link in connections:
        target, source = display(link.get("to")), display(link.get("from"))
        if not target or not source:
            continue
        one = _first(table, target, path, module)
        giver = _first(table, source, path, "")
        if one is None or giver is None:
            missing = target if one is None else source
            problems.append(
                Problem(
                    Address(file, link.line, link.column),
                    f"the connection names '{missing}', which is not defined",
                )
            )
            continue
        if one is not giver:
            one.source, one.source_path = "." + giver.name, ""
    return found


def _first(table: dict[VarId, Placed], name: str, path: str, module: str) -> Placed | None:
    bare = name.lstrip(".")
    for prefix in (path, "") if name.startswith(".") else (module, path, ""):
        found = table.get(key(f"{prefix}.{bare}" if prefix else bare))
        if found:
            return found
    return None


def _groups(model: Node) -> list[Node]:
    """The <variables> elements; files before XMILE 1.0 hold the variables in <model> itself."""
    return list(model.all("variables")) or [model]


def _spread(group: Node) -> list[Node]:
    """Children, with those of <group> elements, and of a variable that was not closed, taken in."""
    found: list[Node] = []
    for node in group.children:
        if node.tag == "group":
            found.extend(_spread(node))
        elif node.tag in (*VARIABLES, "module") and node.get("name"):
            found.append(node)
            if node.tag != "gf":
                found.extend(n for n in _spread(node) if n.tag in VARIABLES and n.get("name"))
    return found
