"""Page one: the answer in a few short paragraphs, and the table of the key goals. It stands alone."""

from __future__ import annotations

from collections import Counter

from tzsim.forecast.result import DELIVERY_ONLY, NONE_BINDS, PRIOR_ONLY
from tzsim.names import split_element
from tzsim.report.brief.answers import front_sentences
from tzsim.report.brief.document import Block, Cell, Column, Paragraph, Row, Table
from tzsim.report.brief.matter import Matter, input_label, input_name
from tzsim.report.goal_rows import GoalRow, element_name, goal_year, limit_name
from tzsim.report.moments import moment
from tzsim.report.numerals import (
    FAN_LEVEL,
    LIKELY,
    SAMPLING_LEVEL,
    UNLIKELY,
    percent,
    probability,
    whole_percent,
)
from tzsim.report.sentences import skill_sentence
from tzsim.report.wording import joined

NAMED = 4
"""Goals named at either end."""
MOST_CLUSTERS = 2
"""Clusters that are told apart from the common limit; each has a page of its own."""
FEW = 3
"""Limits and inputs named."""
WIDTHS = {"zh": (28, 23, 16, 19, 14.2, 12, 12, 20), "en": (28, 22, 18, 18.5, 17.5, 18.5, 15, 25.5)}
"""Widths of the columns of a goal table; the last stands on page one only."""
MOST_ROWS = 12
"""Rows of the key goals that fit on the first page beside the answer."""


def front(matter: Matter, where: str) -> tuple[Block, ...]:
    """The blocks of page one. where: the sentence that says in which parts the rest stands."""
    if not matter.judged:
        return (Paragraph(matter.join([matter.say("no goals"), _others(matter)])),)
    parts = (
        ("front overall", [_counts(matter), _joint(matter), _joint_dated(matter)]),
        ("front worst", [_named(matter, likely=False)]),
        ("front best", [_named(matter, likely=True)]),
        ("front limits", _limits(matter)),
        ("front moves", [*_moves(matter), *_levers(matter), *front_sentences(matter)]),
        ("front trust", [_grades(matter), skill_sentence(matter.forecast, matter.lang), where]),
    )
    paragraphs = [
        Paragraph(text, matter.say(lead).strip())
        for lead, sentences in parts
        if (text := matter.join(sentences))
    ]
    return (*paragraphs, key_table(matter))


def _chance(row: GoalRow) -> float:
    return whole_percent(row.result.probability or 0.0)


def _counts(matter: Matter) -> str:
    rows = [row for row in matter.rows if not row.second]
    chances = [_chance(row) for row in rows if row.judged]
    return matter.say(
        "front counts",
        rows=str(len(rows)),
        judged=str(len(chances)),
        likely=percent(LIKELY),
        unlikely=percent(UNLIKELY),
        n_likely=str(sum(p >= LIKELY for p in chances)),
        n_even=str(sum(UNLIKELY <= p < LIKELY for p in chances)),
        n_unlikely=str(sum(p < UNLIKELY for p in chances)),
    )


def _others(matter: Matter) -> str:
    counts = Counter(row.status for row in matter.rows if not row.second and not row.judged)
    parts = [matter.say("answer other", count=str(n), status=status) for status, n in counts.items()]
    return matter.say("front other", parts=matter.listed(parts)) if parts else ""


def _joint(matter: Matter) -> str:
    joint = matter.forecast.joint.get("all")
    if joint is None or len(joint.goals) < 2:
        return ""
    return matter.say("front joint", probability=probability(joint.probability.value))


def _joint_dated(matter: Matter) -> str:
    """The joint probability without the goals that carry no date, where there are some."""
    joint, dated = matter.forecast.joint.get("all"), matter.forecast.conflicts.dated
    if joint is None or dated is None:
        return ""
    undated = str(len(joint.goals) - len(dated.goals))
    return matter.say("answer joint dated", count=undated, probability=probability(dated.probability.value))


def _named(matter: Matter, likely: bool) -> str:
    """The key goals at one end, the farthest first."""
    keep = [r for r in matter.key_goals if (_chance(r) >= LIKELY if likely else _chance(r) < UNLIKELY)]
    keep.sort(key=lambda r: -_chance(r) if likely else _chance(r))
    if not keep:
        return matter.say("front none")
    items = [matter.say("answer item", name=r.name, probability=r.probability) for r in keep[:NAMED]]
    goals = joined(items, matter.lang)
    if len(keep) > NAMED:
        return matter.say("front and more", goals=goals, count=str(len(keep)))
    return matter.say("front goals", goals=goals)


def _limits(matter: Matter) -> list[str]:
    forecast, lang = matter.forecast, matter.lang
    first = [row.result.binds for row in matter.judged if not row.second]
    counted = Counter(b for b in first if b not in ("", NONE_BINDS))
    counts = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    if not counts:
        return []
    items = [
        matter.say("front bind item", limit=limit_name(forecast, limit, lang), count=str(n))
        for limit, n in counts[:FEW]
    ]
    sentences = [matter.say("front binds", limits=joined(items, lang))]
    common = counts[0][0]
    binding = forecast.binding
    for series in matter.clusters:
        goal, result = series.goal, series.result
        if goal is None or result is None or result.binds in ("", NONE_BINDS, common):
            continue
        clock, due = forecast.scenario.clock, goal_year(goal)
        element, year = goal.limits_of[0], None if due is None else clock.stretch_of(due)
        if (
            element in binding.elements
            and year is not None
            and year in binding.years
            and len(sentences) <= MOST_CLUSTERS
        ):
            place = (
                binding.elements.index(element),
                binding.years.index(year),
                binding.limits.index(result.binds),
            )
            sentences.append(
                matter.say(
                    "front element",
                    **moment(clock, year, lang),
                    element=element_name(forecast, element, lang),
                    limit=limit_name(forecast, result.binds, lang),
                    share=percent(float(binding.share[place])),
                )
            )
    return sentences


def _moves(matter: Matter) -> list[str]:
    """The inputs with the largest share of variance, on average over the key goals."""
    total: dict[str, float] = {}
    for row in matter.key_goals:
        for mover in matter.movers.get(row.id, ()):
            name = input_label(matter.forecast, mover.element, matter.lang)
            total[name] = total.get(name, 0.0) + mover.share
    names = sorted(total, key=lambda name: (-total[name], name))[:FEW]
    return [matter.say("front movers", inputs=joined(names, matter.lang))] if names else []


def _levers(matter: Matter) -> list[str]:
    if matter.sweep is None:
        return []
    best: tuple[float, str, str] | None = None
    for row in matter.key_goals:
        for effect in matter.sweep.helpful(row.result.goal):
            points = round(100 * effect.chance.value)
            if effect.chance.low > 0 and points >= 1 and (best is None or points > best[0]):
                best = points, effect.lever.name.of(matter.lang), row.name
    if best is None:
        return [matter.say("front no lever")]
    return [matter.say("front lever", points=str(best[0]), lever=best[1], goal=best[2])]


def _grades(matter: Matter) -> str:
    if matter.forecast.evidence == PRIOR_ONLY:
        return matter.say("answer evidence")
    first = [row for row in matter.judged if not row.second]
    counts = Counter(row.result.evidence for row in first)
    calibrated, partly = counts["calibrated"], counts["partly"]
    return matter.say(
        "front grades",
        calibrated=str(calibrated),
        partly=str(partly),
        weak=str(len(first) - calibrated - partly),
    )


def goal_columns(matter: Matter, moves: bool) -> tuple[Column, ...]:
    """Columns of a table of judged goals."""
    say = matter.say
    heads = (
        say("col goal"),
        say("col target"),
        say("col median", level=percent(FAN_LEVEL)),
        say("col probability", level=percent(SAMPLING_LEVEL)),
        say("col verdict"),
        say("col evidence"),
        say("col binds"),
        say("col moves"),
    )
    right = (False, True, True, True, False, False, False, False)
    widths = WIDTHS[matter.lang] if moves else (WIDTHS[matter.lang][0] + 8, *WIDTHS[matter.lang][1:-1])
    return tuple(
        Column(broken(head), width, "right" if to_right else "left")
        for head, width, to_right in zip(heads, widths, right, strict=False)
    )


def broken(head: str) -> str:
    """A heading with what its brackets hold on a line of its own."""
    first, bracket, second = head.replace("（", " (").replace("）", ")").partition(" (")
    return f"{first}\n{second.removesuffix(')')}" if bracket else head


def goal_cells(matter: Matter, row: GoalRow, moves: bool) -> Row:
    """One judged goal as a row: the same words and numbers in every table of the brief."""
    weak = row.result.evidence in (PRIOR_ONLY, DELIVERY_ONLY)
    second = matter.say("readings mark") if row.second else ""
    cells = (
        Cell(f"{row.id} {row.name}", second),
        Cell(row.target, row.date),
        Cell(row.median, row.interval),
        Cell(row.probability, row.error, bold=True),
        Cell(row.verdict, tone=row.tone),
        Cell(
            matter.say(row.result.evidence) if row.result.evidence else "",
            matter.say("weak evidence") if weak else "",
        ),
        Cell(row.binds or matter.say("dash")),
    )
    return Row((*cells, Cell(_movers_of(matter, row))) if moves else cells, row.id)


def _movers_of(matter: Matter, row: GoalRow) -> str:
    """The strongest input; which element of it is meant stands where the goal is told in full."""
    found = matter.movers.get(row.id, ())
    if not found:
        return matter.say("dash")
    base, _ = split_element(found[0].element)
    return input_name(matter.forecast, base, found[0].time, matter.lang)


def key_table(matter: Matter) -> Table:
    """The key goals, as many as fit on page one."""
    rows = tuple(goal_cells(matter, row, moves=True) for row in matter.key_goals[:MOST_ROWS])
    return Table(goal_columns(matter, moves=True), rows, matter.say("table key goals"))
