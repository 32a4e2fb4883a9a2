"""Reader of the view file: what a forecast shows, bound to the model."""

from __future__ import annotations

from collections.abc import Sequence

from tzsim.errors import Problem, both, nearest
from tzsim.measures import at_year, dated, needs
from tzsim.names import key
from tzsim.scenario.amounts import unit_at
from tzsim.scenario.binding import BindingError, Names
from tzsim.scenario.explain import at_name, shaped
from tzsim.scenario.goals import bound_measure, off_step
from tzsim.scenario.located import Document, NodePath
from tzsim.scenario.records import HistoryKey, Observation, View, ViewLimit, ViewSeries
from tzsim.scenario.schema import SeriesRow, ViewFile
from tzsim.scenario.tables import words
from tzsim.scenario.view_loops import Beside, read_doubts, read_loops, read_starts

EMPTY_VIEW = View({}, (), (), (), "", {})


def read_view(
    document: Document,
    names: Names,
    goals: Sequence[str],
    history: Sequence[Observation],
    problems: list[Problem],
    beside: Beside,
) -> View:
    """The view; its history keys must be in the history file and its goals in the goal file (where these are given).

    beside: opens a file that the view names.
    """
    shape = shaped(ViewFile, document)
    observed = {(o.variable, o.entity) for o in history}
    series: list[ViewSeries] = []
    for i, row in enumerate(shape.series):
        if row.id in [s.id for s in series]:
            problems.append(
                document.problem(
                    ("series", i, "id"),
                    both(f"图表“{row.id}”重复", f"series '{row.id}' stands here a second time"),
                )
            )
        made = _series(document, i, row, names, goals, observed, problems)
        if made is not None:
            series.append(made)
    limits: list[ViewLimit] = []
    for i, row in enumerate(shape.limits):
        at: NodePath = ("limits", i)
        if row.id in [x.id for x in limits]:
            problems.append(
                document.problem(
                    (*at, "id"), both(f"限制“{row.id}”重复", f"limit '{row.id}' stands here a second time")
                )
            )
        cost = _elements(document, (*at, "cost"), row.cost, names, problems)
        limits.append(ViewLimit(row.id, words(row.name), cost))
    output = _elements(document, ("output",), shape.output, names, problems) if shape.output else ()
    if limits and not shape.output:
        problems.append(
            document.problem(
                ("limits",),
                both(
                    "缺少“output”：限制的损失要与产出相比",
                    "'output' is missing: what the costs of limits compare with",
                ),
            )
        )
    if shape.range is not None and key(shape.range) not in names.model.subscripts:
        known = [r.name for r in names.model.subscripts.values()]
        text = both(
            f"range：模型中没有下标组“{shape.range}”",
            f"range: the model has no subscript range '{shape.range}'",
        )
        problems.append(document.problem(("range",), text, nearest(shape.range, known)))
    for i, limit in enumerate(limits):
        if limit.cost and output and len(limit.cost) != len(output):
            text = both(
                f"limits：“{limit.id}”有 {len(limit.cost)} 个元素，output 有 {len(output)} 个",
                f"limits: '{limit.id}' has {len(limit.cost)} elements, output has {len(output)}",
            )
            problems.append(document.problem(("limits", i, "cost"), text))
    _check_labels(document, shape, names, problems)
    return View(
        elements={k: words(v) for k, v in shape.elements.items()},
        series=tuple(series),
        limits=tuple(limits),
        output=output,
        range=shape.range or "",
        areas={str(k): words(v) for k, v in shape.areas.items()},
        starts=read_starts(document, shape, names, problems),
        loops=read_loops(document, shape, names, problems, beside),
        doubts=read_doubts(document, shape, names, problems),
        inputs={key(k): words(v) for k, v in shape.inputs.items()},
        about=words(shape.about),
    )


def _check_labels(document: Document, shape: ViewFile, names: Names, problems: list[Problem]) -> None:
    known = {key(e): e for r in names.model.subscripts.values() for e in r.elements}
    for name in shape.elements:
        if key(name) not in known:
            text = both(f"elements：模型中没有元素“{name}”", f"elements: the model has no element '{name}'")
            problems.append(
                document.problem(("elements", name), text, nearest(name, known.values()), key=True)
            )
    variables = names.model.variables
    for name in shape.inputs:
        if key(name) not in variables:
            hint = nearest(name, [v.name for v in variables.values()])
            text = both(f"inputs：模型中没有变量“{name}”", f"inputs: the model has no variable '{name}'")
            problems.append(document.problem(("inputs", name), text, hint, key=True))


def _series(
    document: Document,
    i: int,
    row: SeriesRow,
    names: Names,
    goals: Sequence[str],
    observed: set[tuple[str, str]],
    problems: list[Problem],
) -> ViewSeries | None:
    at: NodePath = ("series", i)
    if row.goal is not None and goals and row.goal not in goals:
        problems.append(
            document.problem(
                (*at, "goal"),
                both(f"没有目标“{row.goal}”", f"no goal '{row.goal}'"),
                nearest(row.goal, goals),
            )
        )
    for j, k in enumerate(row.history):
        if observed and (k.variable, k.entity) not in observed:
            entities = sorted({e for v, e in observed if v == k.variable})
            hint = (
                both(f"有此指标的地区：{'、'.join(entities)}", f"entities with it: {', '.join(entities)}")
                if entities
                else nearest(k.variable, {v for v, _ in observed})
            )
            text = both(
                f"历史数据中没有“{k.entity}”的“{k.variable}”",
                f"no history row of '{k.variable}' for '{k.entity}'",
            )
            problems.append(document.problem((*at, "history", j), text, hint))
    if unit_at(document, (*at, "unit"), row.unit, problems, names) is None:
        return None
    measure = bound_measure(document, (*at, "measure"), row.measure, names, row.unit, problems)
    if measure is None:
        return None
    if dated(measure):
        text = both(f"图表“{row.id}”：每年都要画", f"series '{row.id}': a series is drawn for every year")
        hint = both("measure 中不写年份", "leave the year out of the measure")
        problems.append(document.problem((*at, "measure"), text, hint))
        return None
    clock = names.clock()
    if between := off_step(needs(at_year(measure, clock.labels[-1])).times if clock.labels else (), clock):
        problems.append(document.problem((*at, "measure"), at_name((row.id,), between[0]), between[1]))
        return None
    keys = tuple(HistoryKey(k.variable, k.entity) for k in row.history)
    return ViewSeries(
        row.id, measure, words(row.name), row.unit, keys, row.goal or "", document.address((*at, "id"))
    )


def _elements(
    document: Document, path: NodePath, reference: str, names: Names, problems: list[Problem]
) -> tuple[str, ...]:
    try:
        return names.elements(reference, bare=True)
    except BindingError as error:
        problems.append(document.problem(path, error.args[0], error.hint))
        return ()
