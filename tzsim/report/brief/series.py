"""One series: its chart, where it stands, what binds, what moves it and what would raise it."""

from __future__ import annotations

from typing import Literal

from tzsim.forecast.result import GoalResult, SeriesFan
from tzsim.forecast.sweep import Effect
from tzsim.report.brief.answers import answer_points, digits_of_change, move_text
from tzsim.report.brief.document import Block, Cell, Column, Heading, Paragraph, Picture, Row, Table
from tzsim.report.brief.matter import Matter
from tzsim.report.charts.fan_chart import fan
from tzsim.report.goal_rows import goal_year
from tzsim.report.moments import moment
from tzsim.report.numerals import (
    LIKELIHOOD,
    LIKELY,
    SAMPLING_LEVEL,
    decimals,
    digits_for,
    exact,
    number,
    percent,
    plain,
    quantity,
    scale,
    unit_name,
    whole_percent,
)
from tzsim.report.sentences import chance_sentences, limit_sentences, place_sentences
from tzsim.report.wording import joined
from tzsim.scenario import Goal
from tzsim.scenario.records import YUAN

MOVERS_SHOWN = 3
LEVERS_SHOWN = 4
WORTH = 0.01
"""A lever is listed where its chance is sure, or where it closes this share of the gap."""


def series_blocks(
    matter: Matter,
    series: SeriesFan,
    *,
    new_page: bool,
    full: bool = True,
    room: Literal["wide", "half"] = "wide",
) -> tuple[Block, ...]:
    """Everything about one series under a heading of the second level; `full` adds what moves it and what would raise it."""
    blocks: list[Block] = [
        Heading(series.name.of(matter.lang), new_page),
        _picture(matter, series, room),
    ]
    goal, result = series.goal, series.result
    place = matter.join(place_sentences(matter.forecast, series, matter.lang))
    if goal is None or result is None:
        return (*blocks, Paragraph(matter.join([place, matter.say("not a goal")])))
    blocks.append(Paragraph(place, matter.say("lead gap").strip(), numbered=True))
    chance = matter.join(chance_sentences(result, matter.forecast.scenario.clock, matter.lang))
    if chance:
        blocks.append(Paragraph(chance, matter.say("lead chance").strip(), numbered=True))
    if full:
        limits = matter.join(limit_sentences(matter.forecast, goal, matter.lang))
        if limits:
            blocks.append(Paragraph(limits, matter.say("lead binds").strip(), numbered=True))
    if result.probability is not None:
        blocks += _moves(matter, goal)
        if full and whole_percent(result.probability) < LIKELIHOOD[0].low:
            blocks += _raises(matter, goal, result)
        blocks += answer_points(matter, goal)
    return tuple(blocks)


def _picture(matter: Matter, series: SeriesFan, room: Literal["wide", "half"]) -> Picture:
    name = series.name.of(matter.lang)
    forecast, lang = matter.forecast, matter.lang
    facts = matter.join(
        [
            *place_sentences(forecast, series, lang)[:1],
            *(chance_sentences(series.result, matter.forecast.scenario.clock, lang) if series.result else []),
        ]
    )
    return Picture(
        f"fan-{series.id}",
        lambda: fan(forecast, series.id, lang, "a4 half" if room == "half" else "a4", titled=False),
        matter.say("fan alt", name=name, facts=facts),
        matter.say("fan caption", name=name),
        room,
    )


# --- what moves it ----------------------------------------------------------------------------------------------------


def _moves(matter: Matter, goal: Goal) -> list[Block]:
    return [Paragraph(movers_sentence(matter, goal), matter.say("lead moves").strip(), numbered=True)]


def movers_sentence(matter: Matter, goal: Goal) -> str:
    """The strongest inputs of a goal with their share of variance, or that none is above the floor."""
    found = matter.movers.get(goal.id, ())[:MOVERS_SHOWN]
    items = [
        matter.say(
            "mover item",
            name=matter.input_name(m, goal),
            share=percent(m.share),
            sign=matter.say("rises" if m.rises else "falls"),
        )
        for m in found
    ]
    return matter.say("movers are", inputs=joined(items, matter.lang)) if items else matter.say("no mover")


# --- what would raise it ----------------------------------------------------------------------------------------------


def _raises(matter: Matter, goal: Goal, result: GoalResult) -> list[Block]:
    told = Paragraph(raises_sentence(matter, goal, result), matter.say("lead raises").strip(), numbered=True)
    worth = _worth(matter, goal, result)[:LEVERS_SHOWN]
    return [told, _lever_table(matter, goal, worth)] if worth else [told]


def _worth(matter: Matter, goal: Goal, result: GoalResult) -> tuple[Effect, ...]:
    """The moves that are worth a row: sure to raise the probability, or to close a share of the gap."""
    least = WORTH * (_gap(goal, result) or abs(goal.value))
    helpful = () if matter.sweep is None else matter.sweep.helpful(goal)
    return tuple(e for e in helpful if e.chance.low > 0 or _change(e) >= least)


def raises_sentence(matter: Matter, goal: Goal, result: GoalResult) -> str:
    """What the best lever does alone, how much of the gap that is, and whether it is enough."""
    if matter.sweep is None:
        return matter.say("raise unknown")
    helpful = matter.sweep.helpful(goal)
    if not helpful:
        return matter.say("raise none")
    best = max(helpful, key=_change)
    gap, worth = _gap(goal, result), _worth(matter, goal, result)
    share = _change(best) / gap if gap > 0 else 0.0
    words = {
        "lever": best.lever.name.of(matter.lang),
        "move": move_text(matter, best.lever.unit, best.before, best.after),
        **moment(matter.forecast.scenario.clock, goal_year(goal) or 0.0, matter.lang),
        "change": quantity(
            _change(best), goal.unit, matter.lang, digits_of_change(goal, _change(best), matter)
        ),
        "share": percent(share, 0 if share >= 0.1 else 1),
    }
    if worth or gap <= 0:
        sentences = [matter.say("raise best" if worth else "raise little", **words)]
        if gap > 0:
            sentences.append(matter.say("raise share", **words) if share < 1 else matter.say("raise whole"))
    else:
        sentences = [matter.say("raise hardly", **words)]
    now = result.probability or 0.0
    most = max(whole_percent(min(1.0, max(0.0, now + e.chance.value))) for e in helpful)
    if max(most, whole_percent(now)) < LIKELY:
        sentences.append(matter.say("raise not enough", likely=percent(LIKELY)))
    return matter.join(sentences)


def _change(effect: Effect) -> float:
    return 0.0 if effect.measure is None else abs(effect.measure.value)


def _gap(goal: Goal, result: GoalResult) -> float:
    """What the median still lacks, in the goal's unit; 0 where it lacks nothing or there is no such thing."""
    if result.median is None or goal.comparison == "≈ within":
        return 0.0
    return max(0.0, result.median - goal.value if goal.comparison == "<=" else goal.value - result.median)


def _lever_table(matter: Matter, goal: Goal, effects: tuple[Effect, ...]) -> Table:
    say, lang = matter.say, matter.lang
    sweep = matter.sweep
    assert sweep is not None
    columns = (
        Column(say("col lever"), 24),
        Column(say("col move"), 22),
        Column(say("col mean change", unit=unit_name(goal.unit, lang)), 24, "right"),
        Column(say("col chance change"), 20, "right"),
        Column(
            say("col lever cost", unit=unit_name(effects[0].lever.cost_unit if effects else YUAN, lang)),
            12,
            "right",
        ),
    )
    rows = tuple(Row(tuple(Cell(t) for t in _lever_cells(matter, goal, e))) for e in effects)
    caption = say("raise table", members=str(sweep.members), level=percent(SAMPLING_LEVEL))
    return Table(columns, rows, caption)


def _lever_cells(matter: Matter, goal: Goal, effect: Effect) -> tuple[str, ...]:
    say, lang = matter.say, matter.lang
    change, chance = effect.measure, effect.chance
    unit, factor = goal.unit, scale(goal.unit, lang)
    mean = say("dash")
    if change is not None:
        digits = max(
            decimals(goal.value * factor), digits_for(None, change.low * factor, change.high * factor)
        )
        ends = [plain(v, unit, lang, digits) for v in (change.value, change.low, change.high)]
        mean = ends[0] if ends[1] == ends[2] else say("points", value=ends[0], low=ends[1], high=ends[2])
    shown = say("not seen")
    if chance.low > 0 or chance.high < 0:
        value, low, high = (number(100 * v, 0) for v in (chance.value, chance.low, chance.high))
        shown = say("points", value=value, low=low, high=high)
    cost = (
        say("dash")
        if effect.cost is None
        else exact(round(effect.cost * scale(effect.lever.cost_unit, lang), 3))
    )
    return (
        effect.lever.name.of(lang),
        move_text(matter, effect.lever.unit, effect.before, effect.after),
        mean,
        shown,
        cost,
    )
