"""What changes between scenarios: page one of a comparison's brief, and the section that any brief can carry."""

from __future__ import annotations

from tzsim.forecast.compare import Change, Comparison
from tzsim.forecast.labels import input_label
from tzsim.names import key, split_element
from tzsim.report.brief.document import Block, Cell, Column, Paragraph, Picture, Row, Table
from tzsim.report.brief.front import goal_cells
from tzsim.report.brief.matter import Matter
from tzsim.report.charts.comparison_chart import comparison_chart
from tzsim.report.goal_rows import target_step, target_text
from tzsim.report.numerals import SAMPLING_LEVEL, number, percent, probability, quantity
from tzsim.report.sentences import skill_sentence
from tzsim.report.wording import Lang, joined
from tzsim.scenario import Scenario
from tzsim.unit_names import UNITS

NAMED = 4
MOST_ROWS = 16
"""Rows on page one."""


def comparison_front(matter: Matter, comparison: Comparison, where: str) -> tuple[Block, ...]:
    """The answer and the key goals in every scenario. where: in which parts the rest stands."""
    sentences: list[Paragraph] = []
    for other in comparison.forecasts[1:]:
        changes = [c for c in comparison.changes if c.scenario == other.scenario.id]
        text = matter.join(_says(matter, comparison, other.scenario, changes))
        sentences.append(Paragraph(text, other.scenario.name.of(matter.lang) + matter.say("colon").strip()))
    method = matter.say("compare method", level=percent(SAMPLING_LEVEL))
    trust = matter.join([method, skill_sentence(matter.forecast, matter.lang), where])
    ids = [row.id for row in matter.key_goals]
    return (
        *sentences,
        Paragraph(trust, matter.say("front trust").strip()),
        _table(matter, comparison, ids[:MOST_ROWS]),
    )


def _says(matter: Matter, comparison: Comparison, other: Scenario, changes: list[Change]) -> list[str]:
    base = comparison.forecasts[0].scenario
    up, down = ([c for c in changes if c.verdict == v] for v in ("gains", "loses"))
    sentences = [
        matter.say(
            "compare gains",
            base=base.name.of(matter.lang),
            other=other.name.of(matter.lang),
            gains=str(len(up)),
            loses=str(len(down)),
            rest=str(len(changes) - len(up) - len(down)),
        )
    ]
    for words, found, sign in (("compare up", up, -1), ("compare down", down, 1)):
        found.sort(key=lambda c: sign * c.probability_difference.value)
        items = [
            matter.say(
                "compare item",
                name=_named(matter, c),
                before=probability(c.base_probability),
                after=probability(c.probability),
            )
            for c in found[:NAMED]
            if probability(c.base_probability) != probability(c.probability)
        ]
        if items:
            sentences.append(matter.say(words, goals=joined(items, matter.lang)))
    return sentences


def _named(matter: Matter, change: Change) -> str:
    """The goal, with both targets where the scenarios ask for different ones."""
    name = change.goal.name.of(matter.lang)
    if change.restated is None:
        return name
    step = matter.say("own target", step=target_step(change, matter.lang))
    return name + matter.say("paren", text=step)


def compared_blocks(matter: Matter) -> tuple[Block, ...]:
    """The section about a comparison; () where none is at hand."""
    comparison = matter.comparison
    if comparison is None:
        return ()
    lang = matter.lang
    base = comparison.forecasts[0].scenario
    ids = list(dict.fromkeys(c.goal.id for c in comparison.changes))
    names = [(f.scenario, _differs(matter, base, f.scenario)) for f in comparison.forecasts[1:]]
    return (
        *(Paragraph(text, s.name.of(lang) + matter.say("colon").strip()) for s, text in names),
        Picture(
            "compare",
            lambda: comparison_chart(comparison, lang, titled=False),
            matter.say("compare alt"),
            matter.say("compare caption", base=base.name.of(lang)),
            room="page" if len({c.goal.id for c in comparison.changes if c.matters}) > 30 else "wide",
        ),
        _table(matter, comparison, ids),
        *(Paragraph(note.of(lang), role="aside") for note in comparison.notes),
    )


def _table(matter: Matter, comparison: Comparison, ids: list[str]) -> Table:
    """A row a goal: its target, its probability under the base, and under each other scenario with the paired difference."""
    say, lang = matter.say, matter.lang
    base, others = (
        comparison.forecasts[0],
        list({f.scenario.id: f for f in comparison.forecasts[1:]}.values()),
    )
    columns = [Column(say("col goal"), 30), Column(say("col target"), 14, "right")]
    columns.append(Column(base.scenario.name.of(lang), 12, "right"))
    for other in others:
        columns += [
            Column(other.scenario.name.of(lang), 12, "right"),
            Column(say("col difference"), 16, "right"),
        ]
    found = {(c.scenario, c.goal.id): c for c in comparison.changes}
    rows: list[Row] = []
    for id in ids:
        row = matter.row(id)
        whole = goal_cells(matter, row, moves=False)
        cells = [whole.cells[0], whole.cells[1], Cell(row.probability, row.error, bold=True)]
        for other in others:
            change = found.get((other.scenario.id, id))
            if change is None:
                cells += [Cell(say("dash")), Cell(say("dash"))]
                continue
            d = change.probability_difference
            value, low, high = (number(100 * v, 1) for v in (d.value, d.low, d.high))
            own = "" if change.restated is None else say("own target", step=target_step(change, lang))
            cells.append(Cell(probability(change.probability), own, bold=True))
            cells.append(Cell(value, say("range", low=low, high=high) if low != high else ""))
        rows.append(Row(tuple(cells), id))
    return Table(tuple(columns), tuple(rows), say("compare table"))


def _differs(matter: Matter, base: Scenario, other: Scenario) -> str:
    """Levers, settings, shocks and targets in which a scenario differs from the base."""
    say, lang = matter.say, matter.lang
    parts: list[str] = []
    levers = {v.id: v for v in other.lever_table}
    moved = [
        say(
            "set item",
            name=levers[id].name.of(lang) if id in levers else id,
            value=quantity(value, levers[id].unit if id in levers else "", lang),
        )
        for id, value in other.levers.items()
        if base.levers.get(id) != value
    ]
    fixed = [
        say("set item", name=input_label(other, name).of(lang), value=_set_to(other, name, value, lang))
        for name, value in other.settings.items()
        if base.settings.get(name) != value
    ]
    known = {s.id: s for s in base.shocks}
    shocks: list[str] = []
    for shock in other.shocks:
        was = known.get(shock.id)
        if was is not None and was.off == shock.off and was.fixed == shock.fixed:
            continue
        if shock.off:
            shocks.append(say("set item", name=shock.name.of(lang), value=say("shock off")))
        for element, knot, value in shock.fixed:
            name = input_label(other, element, shock.start + knot * shock.period).of(lang)
            shocks.append(say("set item", name=name, value=_set_to(other, element, value, lang)))
    goals = {g.id: g for g in base.goals}
    targets = [
        say("target item", name=g.name.of(lang), target=target_text(g, lang))
        for g in other.goals
        if (was := goals.get(g.id)) is not None
        and (was.comparison, was.value, was.tolerance) != (g.comparison, g.value, g.tolerance)
    ]
    for words, items in (
        ("sets targets", targets),
        ("sets levers", moved),
        ("sets constants", fixed),
        ("sets shocks", shocks),
    ):
        if items:
            parts.append(say(words, items=joined(items, lang)))
    return say("semicolon").join(parts) if parts else say("sets nothing")


def _set_to(scenario: Scenario, element: str, value: float, lang: Lang) -> str:
    """The value of a constant with its unit, where readers have a name for that."""
    variable = scenario.model.variables.get(key(split_element(element)[0]))
    unit = variable.unit if variable is not None and variable.unit in UNITS else ""
    return quantity(value, unit, lang)
