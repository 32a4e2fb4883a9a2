"""Readers of the view's limits of starts, named feedback loops and structural doubts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from pydantic import ValidationError

from tzsim.errors import Problem, both, nearest
from tzsim.ir.describe import causes
from tzsim.names import key, split_element
from tzsim.scenario.amounts import amount_at, constants_at, variable_unit_at
from tzsim.scenario.binding import BindingError, Names
from tzsim.scenario.located import Document, NodePath
from tzsim.scenario.records import ViewDoubt, ViewLoop, ViewStart
from tzsim.scenario.schema import LoopRow, ViewFile
from tzsim.scenario.tables import words

Beside: TypeAlias = Callable[[Document, NodePath, str], Document | None]
"""Opens a file named at a place of a document; None with a Problem where that fails."""


def read_starts(
    document: Document, shape: ViewFile, names: Names, problems: list[Problem]
) -> tuple[ViewStart, ...]:
    """Limits of what is begun; as many elements held back as wanted, or all wanted together."""
    found: list[ViewStart] = []
    for i, row in enumerate(shape.starts):
        at: NodePath = ("starts", i)
        if row.id in [s.id for s in found]:
            problems.append(
                document.problem(
                    (*at, "id"), both(f"限制“{row.id}”重复", f"limit '{row.id}' stands here a second time")
                )
            )
        held = _elements(document, (*at, "held_back"), row.held_back, names, problems)
        wanted = _elements(document, (*at, "wanted"), row.wanted, names, problems)
        if held and wanted and len(held) not in (1, len(wanted)):
            text = both(
                f"starts：“{row.held_back}”有 {len(held)} 个元素，“{row.wanted}”有 {len(wanted)} 个",
                f"starts: '{row.held_back}' has {len(held)} elements, '{row.wanted}' has {len(wanted)}",
            )
            hint = both("写 [*] 把各元素相加", "write [*] to add the elements up")
            problems.append(document.problem(at, text, hint))
        found.append(ViewStart(row.id, words(row.name), held, wanted))
    return tuple(found)


def read_loops(
    document: Document, shape: ViewFile, names: Names, problems: list[Problem], beside: Beside
) -> tuple[ViewLoop, ...]:
    """Named loops of the view, or of the file that it names: variables that exist, and a cut that the equations know."""
    graph = causes(names.model) if shape.loops else {}
    if not isinstance(shape.loops, str):
        return _loops(document, shape.loops, names, graph, problems)
    other = beside(document, ("loops",), shape.loops)
    if other is None:
        return ()
    listed: Any = other.data.get("loops") if isinstance(other.data, dict) else None
    if not isinstance(listed, list):
        text = both(
            f"loops：“{shape.loops}”中没有回路列表 loops", f"loops: '{shape.loops}' has no list of loops"
        )
        problems.append(document.problem(("loops",), text))
        return ()
    rows: list[LoopRow] = []
    before = len(problems)
    for i, row in enumerate(listed):
        made = _foreign(other, i, row, graph, problems)
        if made is not None:
            rows.append(made)
    return _loops(other, rows, names, graph, problems) if len(problems) == before else ()


def _foreign(
    document: Document, i: int, row: Any, graph: Mapping[str, tuple[str, ...]], problems: list[Problem]
) -> LoopRow | None:
    """A loop that another file states. Its cut, where it is a variable (default: the first), is held for all that see it."""
    known = {k: row[k] for k in ("id", "name", "through", "cut") if k in row} if isinstance(row, dict) else {}
    cut = known.get("cut") or (known.get("through") or [None])[0]
    if isinstance(cut, str):
        users = [v for v, seen in graph.items() if key(cut) in seen and v != key(cut)]
        known["cut"] = {"hold": cut, "into": users}
    try:
        return LoopRow.model_validate(known)
    except ValidationError:
        text = both(
            "回路要写 id、name {zh, en} 和所经变量 through",
            "a loop has an id, a name {zh, en} and the variables it runs through",
        )
        problems.append(document.problem(("loops", i), text))
        return None


def _loops(
    document: Document,
    rows: Sequence[LoopRow],
    names: Names,
    graph: Mapping[str, tuple[str, ...]],
    problems: list[Problem],
) -> tuple[ViewLoop, ...]:
    found: list[ViewLoop] = []
    for i, row in enumerate(rows):
        at: NodePath = ("loops", i)
        if row.id in [x.id for x in found]:
            problems.append(
                document.problem(
                    (*at, "id"), both(f"回路“{row.id}”重复", f"loop '{row.id}' stands here a second time")
                )
            )
        through = [
            _variable(document, (*at, "through", j), n, names, problems) for j, n in enumerate(row.through)
        ]
        if not row.cut.set and row.cut.hold is None:
            text = both(f"loops：没有写怎样切断“{row.id}”", f"loops: nothing cuts '{row.id}'")
            hint = both("写 `set`，或写 `hold` 和 `into`", "give `set`, or `hold` with `into`")
            problems.append(document.problem((*at, "cut"), text, hint))
        sets = _sets(document, at, row, names, problems)
        hold = _hold(document, at, row, names, graph, problems)
        found.append(ViewLoop(row.id, words(row.name), tuple(n for n in through if n), sets, hold))
    return tuple(found)


def read_doubts(
    document: Document, shape: ViewFile, names: Names, problems: list[Problem]
) -> tuple[ViewDoubt, ...]:
    """Constants of the model whose priors stand for structural doubts."""
    found: list[ViewDoubt] = []
    for i, row in enumerate(shape.doubts):
        at: NodePath = ("doubts", i)
        if row.id in [d.id for d in found]:
            problems.append(
                document.problem(
                    (*at, "id"), both(f"疑问“{row.id}”重复", f"doubt '{row.id}' stands here a second time")
                )
            )
        elements = constants_at(document, (*at, "variable"), row.variable, names, problems)
        found.append(ViewDoubt(row.id, words(row.name), tuple(elements)))
    return tuple(found)


def _sets(
    document: Document, at: NodePath, row: LoopRow, names: Names, problems: list[Problem]
) -> tuple[tuple[str, float], ...]:
    made: list[tuple[str, float]] = []
    for reference, written in row.cut.set.items():
        path = (*at, "cut", "set", reference)
        elements = constants_at(document, path, reference, names, problems, as_key=True)
        unit = variable_unit_at(document, path, elements[0], names, problems) if elements else None
        value = amount_at(document, path, written, unit, problems) if unit is not None else None
        if value is not None:
            made += [(name, value) for name in elements]
    return tuple(made)


def _hold(
    document: Document,
    at: NodePath,
    row: LoopRow,
    names: Names,
    graph: Mapping[str, tuple[str, ...]],
    problems: list[Problem],
) -> tuple[tuple[str, str], ...]:
    if row.cut.hold is None:
        if row.cut.into:
            text = both("into：缺少 `hold`", "into: `hold` is missing")
            problems.append(document.problem((*at, "cut", "into"), text))
        return ()
    source = _variable(document, (*at, "cut", "hold"), row.cut.hold, names, problems)
    if not row.cut.into:
        problems.append(
            document.problem(
                (*at, "cut", "hold"),
                both("hold：缺少 `into`", "hold: `into` is missing"),
                both("写明由哪些变量读它", "name what sees it"),
            )
        )
    made: list[tuple[str, str]] = []
    for j, name in enumerate(row.cut.into):
        path = (*at, "cut", "into", j)
        target = _variable(document, path, name, names, problems)
        if not source or not target:
            continue
        if key(source) not in graph[key(target)]:
            users = [names.model.variables[v].name for v, c in graph.items() if key(source) in c]
            listed = ", ".join(users[:6])
            hint = nearest(target, users) or both(
                f"它出现在：{listed or '没有方程用到它'}", f"it stands in {listed or 'no equation'}"
            )
            text = both(f"“{target}”的方程中没有“{source}”", f"'{source}' does not stand in '{target}'")
            problems.append(document.problem(path, text, hint))
        else:
            made.append((source, target))
    return tuple(made)


def _variable(document: Document, path: NodePath, name: str, names: Names, problems: list[Problem]) -> str:
    """The name as the model displays it; '' with a Problem where it is no variable or has subscripts."""
    try:
        bare, subscripts = split_element(name)
        if subscripts:
            problems.append(
                document.problem(
                    path,
                    both(f"“{name}”带了下标", f"'{name}' has subscripts"),
                    both(f"写 {bare}，即它的全部元素", f"write {bare}: all its elements"),
                )
            )
            return ""
        return names.variable(bare).name
    except (BindingError, ValueError) as error:
        problems.append(document.problem(path, error.args[0], getattr(error, "hint", "")))
        return ""


def _elements(
    document: Document, path: NodePath, reference: str, names: Names, problems: list[Problem]
) -> tuple[str, ...]:
    try:
        return names.elements(reference, bare=True)
    except BindingError as error:
        problems.append(document.problem(path, error.args[0], error.hint))
        return ()
