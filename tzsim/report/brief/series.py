"""One series: its chart, where it stands, what binds, what moves it and what would raise it."""

from __future__ import annotations

from typing import Literal

from tzsim.forecast.achieve import Achievement
from tzsim.forecast.explain import Explanation
from tzsim.forecast.gap import Gap
from tzsim.forecast.result import GoalResult, SeriesFan
from tzsim.forecast.sweep import Effect
from tzsim.report.brief.document import Block, Cell, Column, Heading, Paragraph, Picture, Row, Table
from tzsim.report.brief.matter import Matter, input_name
from tzsim.report.charts.fan_chart import fan
from tzsim.report.goal_rows import goal_year, limit_name
from tzsim.report.numerals import (
    LIKELIHOOD,
    LIKELY,
    MINUS,
    SAMPLING_LEVEL,
    decimals,
    digits_for,
    exact,
    number,
    percent,
    plain,
    probability,
    probability_interval,
    quantity,
    scale,
    unit_name,
    whole_percent,
    with_unit,
)
from tzsim.report.sentences import chance_sentences, limit_sentences, place_sentences
from tzsim.report.wording import joined
from tzsim.scenario import Goal

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
    chance = matter.join(chance_sentences(result, matter.lang))
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
        blocks += _answers(matter, goal)
    return tuple(blocks)


def _picture(matter: Matter, series: SeriesFan, room: Literal["wide", "half"]) -> Picture:
    name = series.name.of(matter.lang)
    forecast, lang = matter.forecast, matter.lang
    facts = matter.join(
        [
            *place_sentences(forecast, series, lang)[:1],
            *(chance_sentences(series.result, lang) if series.result else []),
        ]
    )
    return Picture(
        f"fan-{series.id}",
        lambda: fan(forecast, series.id, lang, titled=False),
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
    lead = matter.say("lead raises").strip()
    if matter.sweep is None:
        return [Paragraph(matter.say("raise unknown"), lead, numbered=True)]
    helpful = matter.sweep.helpful(goal)
    if not helpful:
        return [Paragraph(matter.say("raise none"), lead, numbered=True)]
    best = max(helpful, key=_change)
    gap = _gap(goal, result)
    worth = tuple(e for e in helpful if e.chance.low > 0 or _change(e) >= WORTH * (gap or abs(goal.value)))
    words = {
        "lever": best.lever.name.of(matter.lang),
        "move": move_text(matter, best.lever.unit, best.before, best.after),
        "year": str(goal_year(goal)),
        "change": quantity(_change(best), goal.unit, matter.lang, _digits(goal, _change(best), matter)),
    }
    share = _change(best) / gap if gap > 0 else 0.0
    shown = percent(share, 0 if share >= 0.1 else 1)
    sentences = [matter.say("raise best" if worth else "raise little", **words)]
    if gap > 0:
        sentences.append(matter.say("raise share", share=shown))
    now = result.probability or 0.0
    most = max(whole_percent(min(1.0, max(0.0, now + e.chance.value))) for e in helpful)
    if max(most, whole_percent(now)) < LIKELY:
        sentences.append(matter.say("raise not enough", likely=percent(LIKELY)))
    told = Paragraph(matter.join(sentences), lead, numbered=True)
    return [told, _lever_table(matter, goal, worth[:LEVERS_SHOWN])] if worth else [told]


def _change(effect: Effect) -> float:
    return 0.0 if effect.measure is None else abs(effect.measure.value)


def _gap(goal: Goal, result: GoalResult) -> float:
    """What the median still lacks, in the goal's unit; 0 where it lacks nothing or there is no such thing."""
    if result.median is None or goal.comparison == "≈ within":
        return 0.0
    return max(0.0, result.median - goal.value if goal.comparison == "<=" else goal.value - result.median)


def _digits(goal: Goal, change: float, matter: Matter) -> int:
    factor = scale(goal.unit, matter.lang)
    return max(decimals(goal.value * factor), digits_for(None, 0.0, change * factor))


def _lever_table(matter: Matter, goal: Goal, effects: tuple[Effect, ...]) -> Table:
    say, lang = matter.say, matter.lang
    sweep = matter.sweep
    assert sweep is not None
    columns = (
        Column(say("col lever"), 24),
        Column(say("col move"), 22),
        Column(say("col mean change", unit=unit_name(goal.unit, lang)), 24, "right"),
        Column(say("col chance change"), 20, "right"),
        Column(say("col lever cost"), 12, "right"),
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
    cost = say("dash") if effect.cost is None else exact(round(effect.cost * scale("亿元", lang), 3))
    return (
        effect.lever.name.of(lang),
        move_text(matter, effect.lever.unit, effect.before, effect.after),
        mean,
        shown,
        cost,
    )


def move_text(matter: Matter, unit: str, before: float, after: float) -> str:
    """'0→80万吨标准煤/年'."""
    lang = matter.lang
    values = [exact(round(v * scale(unit, lang), 4)) for v in (before, after)]
    return matter.say("move", before=values[0], after=values[1], unit=unit_name(unit, lang)).strip()


# --- answers at hand --------------------------------------------------------------------------------------------------


def _answers(matter: Matter, goal: Goal) -> list[Block]:
    blocks: list[Block] = []
    explained = matter.explanations.get(goal.id)
    if explained is not None:
        if isinstance(explained.gap, Gap):
            blocks.append(
                Paragraph(
                    _gap_split(matter, goal, explained.gap), matter.say("lead binds").strip(), numbered=True
                )
            )
        rule = _rule(matter, explained)
        if rule:
            of = "missed" if explained.rule is None else explained.rule.of
            blocks.append(Paragraph(rule, matter.say(f"lead rule {of}").strip(), numbered=True))
    for found in matter.achievements:
        if goal.id in {g.id for g in found.goals}:
            blocks.append(
                Paragraph(_achieved(matter, found), matter.say("lead raises").strip(), numbered=True)
            )
    return blocks


def _gap_split(matter: Matter, goal: Goal, gap: Gap) -> str:
    digits = _digits(goal, max(abs(gap.gap), 1e-12), matter)

    def shown(value: float) -> str:
        return quantity(value, goal.unit, matter.lang, digits)

    parts = [
        matter.say("gap part", limit=limit_name(matter.forecast, limit, matter.lang), value=shown(value))
        for limit, value in sorted(gap.parts, key=lambda part: -part[1])
    ]
    return matter.say("gap split", gap=shown(gap.gap), parts=joined(parts, matter.lang), rest=shown(gap.rest))


def _rule(matter: Matter, explained: Explanation) -> str:
    rule = explained.rule
    if rule is None:
        return ""
    rules: list[str] = []
    for r in rule.box.restrictions:
        element, _, time = rule.inputs[r.input].partition(" @ ")
        name = input_name(matter.forecast, element, float(time) if time else None, matter.lang)
        key = (
            "rule both"
            if abs(r.low) < float("inf") > abs(r.high)
            else "rule low"
            if abs(r.low) < float("inf")
            else "rule high"
        )
        values = {"low": f"{r.low:.3g}".replace("-", MINUS), "high": f"{r.high:.3g}".replace("-", MINUS)}
        wanted = {"rule both": ("low", "high"), "rule low": ("low",), "rule high": ("high",)}[key]
        rules.append(matter.say(key, name=name, **{k: values[k] for k in wanted}))
    q = rule.fresh
    return matter.say(
        "rule is",
        density=percent(q.density),
        base=percent(q.base),
        coverage=percent(q.coverage),
        outcome=matter.say(f"outcome {rule.of}"),
        rules=matter.listed(rules),
    )


def _achieved(matter: Matter, found: Achievement) -> str:
    lang, p = matter.lang, found.confirmed
    words = {
        "wanted": percent(found.wanted),
        "confirmed": probability(p.value),
        "interval": probability_interval(p.low, p.high, lang),
        "before": probability(found.before.value),
    }
    if found.reachable:
        cost = with_unit(exact(round(found.cost * scale("亿元", lang), 2)), "亿元", lang)
        sentence = matter.say("achieve reached", cost=cost, **words)
    else:
        sentence = matter.say("achieve short", **words)
    moved = [
        matter.say(
            "achieve move",
            lever=m.lever.name.of(lang),
            before=exact(round(m.before * scale(m.lever.unit, lang), 4)),
            after=with_unit(f"{m.after * scale(m.lever.unit, lang):.3g}", m.lever.unit, lang),
        )
        for m in found.moves
        if m.cost > 0 or m.before != m.after
    ]
    return matter.join([sentence, matter.say("achieve moves", moves=joined(moved, lang)) if moved else ""])
