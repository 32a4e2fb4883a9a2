"""Answers at hand, in words: what an explanation adds about a goal, and which levers together would make it so."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from tzsim.forecast.achieve import Achievement, Move
from tzsim.forecast.explain import Explanation
from tzsim.forecast.gap import Gap
from tzsim.forecast.result import NONE_BINDS
from tzsim.report.brief.document import Block, Heading, Paragraph
from tzsim.report.brief.matter import Matter, input_name
from tzsim.report.goal_rows import goal_digits, limit_name, target_text
from tzsim.report.moments import moment
from tzsim.report.numerals import (
    MINUS,
    decimals,
    difference,
    digits_for,
    exact,
    number,
    percent,
    probability,
    probability_interval,
    quantity,
    scale,
    with_unit,
)
from tzsim.report.wording import Lang, joined
from tzsim.scenario import Goal
from tzsim.unit_names import UNITS

NAMED = 2
"""Loops and statistics named."""
LEVELS = 4
"""Points of the curve of cost that are told."""


def answer_points(matter: Matter, goal: Goal) -> list[Paragraph]:
    """Everything at hand about one goal alone, as numbered points."""
    points: list[Paragraph] = []
    explained = matter.explanations.get(goal.id)
    if explained is not None:
        points += _explained(matter, explained)
    return points + [
        p for a in matter.achievements if [g.id for g in a.goals] == [goal.id] for p in _achieved(matter, a)
    ]


def points_about(matter: Matter, goal: Goal) -> list[Paragraph]:
    """The same, and what is at hand about the goal together with others."""
    several = [a for a in matter.achievements if len(a.goals) > 1 and goal.id in {g.id for g in a.goals}]
    return answer_points(matter, goal) + [p for a in several for p in _achieved(matter, a, named=True)]


def further_answers(matter: Matter) -> tuple[Block, ...]:
    """Answers about goals that no series shows, and about several goals together."""
    forecast = matter.forecast
    shown = {f.goal.id for f in forecast.fans if f.goal is not None}
    blocks: list[Block] = []
    for row in matter.judged:
        points = [] if row.id in shown else answer_points(matter, row.result.goal)
        if points:
            blocks += [Heading(f"{row.id} {row.name}"), *points]
    for found in matter.achievements:
        if len(found.goals) > 1:
            names = [f"{g.id} {g.name.of(matter.lang)}" for g in found.goals]
            blocks += [Heading(joined(names, matter.lang)), *_achieved(matter, found)]
    return tuple(blocks)


def front_sentences(matter: Matter) -> list[str]:
    """A sentence for each achievement, for page one."""
    said: list[str] = []
    for found in matter.achievements[:NAMED]:
        names = [g.name.of(matter.lang) for g in found.goals]
        words = {"goals": joined(names, matter.lang), "wanted": percent(found.wanted)}
        words["confirmed"] = probability(found.confirmed.value)
        if found.reachable:
            said.append(matter.say("front achieve", cost=_money(matter, found, found.cost), **words))
        else:
            said.append(
                matter.say("front achieve near" if found.undecided else "front achieve short", **words)
            )
    return said


# --- an explanation ---------------------------------------------------------------------------------------------------


def _explained(matter: Matter, found: Explanation) -> list[Paragraph]:
    goal = found.goal
    told = (
        ("lead gap split", _gap_split(matter, goal, found.gap) if isinstance(found.gap, Gap) else ""),
        (f"lead rule {'missed' if found.rule is None else found.rule.of}", _rule(matter, found)),
        ("lead loops", _loops(matter, found)),
        ("lead robust", _robust(matter, found)),
        ("lead knowing", _knowing(matter, found)),
    )
    return [Paragraph(text, matter.say(lead).strip(), numbered=True) for lead, text in told if text]


def _gap_split(matter: Matter, goal: Goal, gap: Gap) -> str:
    digits = digits_of_change(goal, max(abs(gap.gap), 1e-12), matter)

    def shown(value: float) -> str:
        return difference(value, goal.unit, matter.lang, digits)

    parts = [
        matter.say("gap part", limit=limit_name(matter.forecast, limit, matter.lang), value=shown(value))
        for limit, value in sorted(gap.parts, key=lambda part: -part[1])
        if shown(value) != shown(0.0)
    ]
    if not parts:
        return matter.say("gap whole", gap=shown(gap.gap))
    return matter.say("gap split", gap=shown(gap.gap), parts=joined(parts, matter.lang), rest=shown(gap.rest))


def _rule(matter: Matter, found: Explanation) -> str:
    rule = found.rule
    if rule is None:
        return ""
    units = {known.name: known.unit for known in found.knowing.rows}
    rules: list[str] = []
    for r in rule.box.restrictions:
        unit = units.get(rule.inputs[r.input], "")
        unit = unit if unit in UNITS else ""  # the model's own word for a unit is none for readers
        ends = {"low": _ended(r.low, unit, matter.lang), "high": _ended(r.high, unit, matter.lang)}
        key = (
            "rule both"
            if isfinite(r.low) and isfinite(r.high)
            else "rule low"
            if isfinite(r.low)
            else "rule high"
        )
        wanted = {"rule both": ("low", "high"), "rule low": ("low",), "rule high": ("high",)}[key]
        name = _stream_name(matter, rule.inputs[r.input])
        rules.append(matter.say(key, name=name, **{k: ends[k] for k in wanted}))
    q = rule.fresh
    return matter.say(
        "rule is",
        density=percent(q.density),
        base=percent(q.base),
        coverage=percent(q.coverage),
        outcome=matter.say(f"outcome {rule.of}"),
        rules=matter.listed(rules),
    )


def _ended(value: float, unit: str, lang: Lang) -> str:
    """An end of a range, to three figures, in the unit of the input."""
    return with_unit(f"{value * scale(unit, lang):.3g}".replace("-", MINUS), unit, lang)


def _stream_name(matter: Matter, stream: str) -> str:
    element, _, time = stream.partition(" @ ")
    return input_name(matter.forecast, element, float(time) if time else None, matter.lang)


def _loops(matter: Matter, found: Explanation) -> str:
    """The loops whose cut moves the mean for sure, the strongest first."""
    goal = found.goal
    sure = [(e, m) for e in found.loops.effects if (m := e.measure) is not None and (m.low > 0 or m.high < 0)]
    sure.sort(key=lambda pair: -abs(pair[1].value))
    items = [
        matter.say(
            "loop item",
            name=effect.name.of(matter.lang),
            change=_signed(matter, goal, change.value),
        )
        for effect, change in sure[:NAMED]
    ]
    return matter.say("loops are", loops=joined(items, matter.lang)) if items else ""


def _signed(matter: Matter, goal: Goal, value: float) -> str:
    text = difference(value, goal.unit, matter.lang, digits_of_change(goal, value, matter))
    return text if value < 0 else f"+{text}"


def _robust(matter: Matter, found: Explanation) -> str:
    if len(found.robustness.of(found.goal.id)) < 2:
        return ""
    low, high = (probability(p) for p in found.robustness.range(found.goal.id))
    return matter.say("robust is", low=low, high=high) if low != high else matter.say("robust all", value=low)


def _knowing(matter: Matter, found: Explanation) -> str:
    """The statistics that can be had and would sharpen the answer most."""
    known = [k for k in found.knowing.above if k.collectable and round(100 * k.moves) >= 1][:NAMED]
    items = [
        matter.say("know item", name=_stream_name(matter, k.name), points=number(100 * k.moves, 0))
        for k in known
    ]
    return matter.say("know are", names=joined(items, matter.lang)) if items else ""


# --- an achievement ---------------------------------------------------------------------------------------------------


def _achieved(matter: Matter, found: Achievement, named: bool = False) -> list[Paragraph]:
    """named: say which goals are to be met together, where no heading does."""
    lead = matter.say("lead together").strip()
    goals = joined([f"{g.id} {g.name.of(matter.lang)}" for g in found.goals], matter.lang)
    sentences = [
        matter.say("achieve goals", goals=goals) if named else "",
        _head(matter, found),
        _moves(matter, found),
        *_unpriced(matter, found),
        *_obstacles(matter, found),
        _curve(matter, found),
    ]
    return [Paragraph(matter.join([*sentences, _side(matter, found)]), lead, numbered=True)]


def _head(matter: Matter, found: Achievement) -> str:
    p = found.confirmed
    words = {
        "wanted": percent(found.wanted),
        "confirmed": probability(p.value),
        "interval": probability_interval(p.low, p.high, matter.lang),
        "before": probability(found.before.value),
        "runs": str(found.runs),
    }
    if found.reachable:
        return matter.say("achieve reached", cost=_money(matter, found, found.cost), **words)
    hardly = matter.say("achieve hardly") if p.value <= found.before.high else ""
    return matter.join([matter.say("achieve near" if found.undecided else "achieve short", **words), hardly])


def _moves(matter: Matter, found: Achievement) -> str:
    moved = [
        matter.say(
            "achieve move",
            lever=m.lever.name.of(matter.lang),
            move=move_text(matter, m.lever.unit, m.before, m.after),
            cost=_money(matter, found, m.cost),
        )
        for m in found.moves
        if m.before != m.after
    ]
    return matter.say("achieve moves", moves=matter.listed(moved)) if moved else ""


def _unpriced(matter: Matter, found: Achievement) -> list[str]:
    """The levers on record as costing nothing that the answer uses, and those whose cost is not known, which it leaves alone."""
    lang, say = matter.lang, matter.say
    said: list[str] = []
    free = [u for u in found.unpriced if u.known]
    if free:
        items = [
            say("free item", lever=u.lever.name.of(lang), points=number(100 * u.change.value, 1))
            for u in free
        ]
        said.append(say("achieve free", levers=joined(items, lang)))
    unknown = [u for u in found.unpriced if not u.known]
    if unknown:
        said.append(say("achieve unknown", levers=joined([u.lever.name.of(lang) for u in unknown], lang)))
    for u in unknown:
        if u.change.low > 0:
            move = move_text(matter, u.lever.unit, u.kept, u.instead)
            points = number(100 * u.change.value, 1)
            said.append(say("unknown adds", lever=u.lever.name.of(lang), move=move, points=points))
    return said


def _obstacles(matter: Matter, found: Achievement) -> list[str]:
    """Where the wanted probability is out of reach: what stands in the way under the best setting."""
    if found.reachable:
        return []
    lang, after = matter.lang, found.effects.forecasts[-1]
    clock, last = found.scenario.clock, max(year for g in found.goals for year, _ in g.yearly_measures)
    spent = [m for m in found.moves if m.before != m.after and m.after in (m.lever.low, m.lever.high)]
    late = [m for m in found.moves if m.in_force is not None and m.in_force >= clock.ends(last)]
    said: list[str] = []
    if spent:
        every = len(spent) == sum(m.before != m.after for m in found.moves)
        key = "short all spent" if every and len(spent) > 1 else "short spent"
        said.append(matter.say(key, **({"levers": _levers(matter, spent)} if key == "short spent" else {})))
    if late:
        said.append(matter.say("short late", levers=_levers(matter, late), **moment(clock, last, lang)))
    hardest = min(found.goals, key=lambda g: after.result(g.id).probability or 0.0)
    result = after.result(hardest.id)
    if result.binds not in ("", NONE_BINDS):
        said.append(matter.say("short binds", limit=limit_name(after, result.binds, lang)))
    if result.median is not None:
        median = quantity(result.median, hardest.unit, lang, goal_digits(result, lang))
        said.append(matter.say("short median", median=median, target=target_text(hardest, lang)))
    return said


def _levers(matter: Matter, moves: Sequence[Move]) -> str:
    return joined([m.lever.name.of(matter.lang) for m in moves], matter.lang)


def _curve(matter: Matter, found: Achievement) -> str:
    """What some levels of probability cost at least, on the members of the search."""
    first: dict[str, float] = {}
    for point in found.curve:
        if point.cost > 0:
            first.setdefault(probability(point.probability), point.cost)
    if len(first) < 2:
        return ""
    levels = list(first)
    chosen = sorted({round(k * (len(levels) - 1) / (LEVELS - 1)) for k in range(LEVELS)})
    items = [
        matter.say("curve item", probability=levels[k], cost=_money(matter, found, first[levels[k]]))
        for k in chosen
    ]
    return matter.say("curve is", points=joined(items, matter.lang))


def _side(matter: Matter, found: Achievement) -> str:
    """How many other goals the moves help and harm for sure."""
    own = {g.id for g in found.goals}
    rest = [c for c in found.effects.changes if c.goal.id not in own and not c.goal.reading_of]
    up, down = ([c for c in rest if c.verdict == verdict] for verdict in ("gains", "loses"))
    if not up and not down:
        return ""
    harmed = joined([c.goal.name.of(matter.lang) for c in down[:NAMED]], matter.lang)
    sentence = matter.say("side effects", gains=str(len(up)), loses=str(len(down)))
    return matter.join([sentence, matter.say("side harmed", goals=harmed) if down else ""])


# --- numbers ----------------------------------------------------------------------------------------------------------


def move_text(matter: Matter, unit: str, before: float, after: float) -> str:
    """'0→80万吨标准煤/年'."""
    lang = matter.lang
    values = [exact(round(v * scale(unit, lang), 4)) for v in (before, after)]
    return matter.say("move", before=values[0], after=with_unit(values[1], unit, lang))


def digits_of_change(goal: Goal, change: float, matter: Matter) -> int:
    """Decimals of a change in the goal's unit: two figures, and never fewer than the goal's own."""
    factor = scale(goal.unit, matter.lang)
    return max(decimals(goal.value * factor), digits_for(None, 0.0, change * factor))


def _money(matter: Matter, found: Achievement, value: float) -> str:
    """A cost, to two decimals at most."""
    return quantity(round(value, 2), found.cost_unit, matter.lang)
