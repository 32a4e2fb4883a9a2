"""What the plan itself leaves open: contradictions, second readings, goals that fight each other."""

from __future__ import annotations

from tzsim.forecast.conflicts import Pair
from tzsim.forecast.result import Probability
from tzsim.report.brief.document import Block, Cell, Column, Heading, Paragraph, Row, Table
from tzsim.report.brief.matter import Matter
from tzsim.report.goal_rows import GoalRow, area_name
from tzsim.report.numerals import SAMPLING_LEVEL, percent, probability, probability_interval
from tzsim.report.tensions import Tension, tensions
from tzsim.report.wording import Lang, opened, say

MOST_PAIRS = 5
"""How many pairs of goals that fight, and of goals that go together, are named."""


def contradictions(matter: Matter) -> tuple[Block, ...]:
    """Goals that are at odds with others first, then second readings, then notes; () where the plan is clear."""
    tense, noted = tensions(matter.forecast, matter.lang)
    blocks: list[Block] = []
    if tense or noted:
        blocks.append(Paragraph(matter.say("tension intro")))
    for tension in sorted(tense, key=lambda t: not t.others):
        blocks += _tension(matter, tension)
    if noted:
        blocks.append(_notes(matter, noted))
    return tuple(blocks)


def _tension(matter: Matter, tension: Tension) -> list[Block]:
    blocks: list[Block] = [Heading(f"{tension.row.id} {tension.row.name}")]
    if tension.quote:
        blocks.append(Paragraph(tension.quote, role="quote", keep=True))
    readings = [
        matter.say("other reading is" if row.second else "reading is", id=row.id, reading=reading)
        for reading, row in tension.readings
        if reading
    ]
    texts = [t for t in (tension.note, *readings) if t]
    if texts:
        stop = matter.say("full stop")
        blocks.append(Paragraph("".join(opened(t).rstrip("。. ") + stop for t in texts).strip(), keep=True))
    return [*blocks, Paragraph(tension.model, role="model")]


def _notes(matter: Matter, rows: list[GoalRow]) -> Table:
    say = matter.say
    columns = (
        Column(say("col goal"), 33),
        Column(say("col target"), 16, "right"),
        Column(say("col probability bare"), 15, "right"),
        Column(say("col note"), 46),
    )
    return Table(
        columns,
        tuple(
            Row(
                (
                    Cell(f"{row.id} {row.name}"),
                    Cell(row.target),
                    Cell(row.probability or say("dash")),
                    Cell(opened(row.result.goal.note.of(matter.lang))),
                )
            )
            for row in rows
        ),
        say("notes table"),
        dense=True,
    )


def together(matter: Matter) -> tuple[Block, ...]:
    """Pairs of goals that are hard to meet together, and the joint probability by area."""
    found = matter.forecast.conflicts
    blocks: list[Block] = [Paragraph(_pair(matter, p)) for p in found.fights[:MOST_PAIRS]]
    if not blocks:
        blocks.append(Paragraph(matter.say("no conflicts")))
    friends = [p for p in found.pairs if p.kind == "together"][:MOST_PAIRS]
    if friends:
        blocks.append(Paragraph(matter.say("together intro"), keep=True))
        blocks += [Paragraph(_pair(matter, p)) for p in friends]
    areas = [(area, j) for area, j in matter.forecast.joint.items() if area != "all" and len(j.goals) > 1]
    if areas:
        say, lang = matter.say, matter.lang
        columns = (
            Column(say("col area"), 30),
            Column(say("col count"), 14, "right"),
            Column(say("col probability", level=percent(SAMPLING_LEVEL)), 32, "right"),
            Column("", 24),
        )
        rows = [
            Row(
                (
                    Cell(area_name(matter.forecast, area, lang)),
                    Cell(str(len(joint.goals))),
                    Cell(_with_interval(joint.probability, lang)),
                    Cell(""),
                )
            )
            for area, joint in areas
        ]
        blocks.append(Table(columns, tuple(rows), say("joint"), dense=True))
    return tuple(blocks)


def _with_interval(p: Probability, lang: Lang) -> str:
    whole, error = probability(p.value), probability_interval(p.low, p.high, lang)
    return whole if whole == error else whole + say("paren", lang, text=error)


def _pair(matter: Matter, pair: Pair) -> str:
    """What two goals do to each other, with the reason in the model."""
    lang = matter.lang
    text = matter.say(
        "conflict" if pair.kind == "conflict" else "companions",
        first=_called(matter, pair.first),
        second=_called(matter, pair.second),
        p_first=probability(pair.p_first),
        p_second=probability(pair.p_second),
        independent=probability(pair.independent),
        both=probability(pair.both),
    )
    reasons = matter.say("semicolon").join(r.of(lang) for r in pair.reasons)
    return matter.join([text, opened(reasons) + matter.say("full stop").rstrip()]) if reasons else text


def _called(matter: Matter, id: str) -> str:
    return f"{id} {matter.forecast.scenario.goal(id).name.of(matter.lang)}"
