"""What the plan leaves unclear, and which of its goals fight each other, in computed sentences."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from tzsim.forecast.result import Forecast, GoalResult
from tzsim.report.goal_rows import GoalRow, goal_row
from tzsim.report.numerals import exact, probability, with_unit
from tzsim.report.wording import Lang, say
from tzsim.scenario import Goal

MOST_PAIRS = 5
"""How many pairs of fighting goals are named."""

SMALL_CONFLICT = 0.03
WEAK_RATIO = 0.75
"""Two goals fight when they are met together at least this much less often (share of draws, and as a ratio) than unrelated goals."""


@dataclass(frozen=True, slots=True)
class Tension:
    """A goal that the plan leaves unclear: its quote, notes of the goal file, and what the model says of all goals concerned."""

    row: GoalRow
    quote: str
    readings: tuple[tuple[str, GoalRow], ...]
    note: str
    model: str
    others: bool
    """Whether the note sets the goal against other goals."""


def tensions(forecast: Forecast, lang: Lang) -> tuple[list[Tension], list[GoalRow]]:
    """Goals with a second reading or a note that names other goals; and the rows that only carry a note."""
    results = {result.goal.id: result for result in forecast.goals}
    readings: dict[str, list[GoalResult]] = {}
    for result in forecast.goals:
        if result.goal.reading_of:
            readings.setdefault(result.goal.reading_of, []).append(result)
    main: list[Tension] = []
    plain_notes: list[GoalRow] = []
    for result in forecast.goals:
        goal = result.goal
        if goal.reading_of:
            continue
        note = goal.note.of(lang)
        own = readings.get(goal.id, [])
        mentioned = [i for i in concerned_goals(goal, [r.goal for r in forecast.goals]) if i != goal.id]
        row = goal_row(forecast, result, lang)
        if not own and not mentioned:
            if note:
                plain_notes.append(row)
            continue
        concerned = [result, *own, *(results[i] for i in mentioned if results[i] not in own)]
        told = tuple((r.goal.reading.of(lang), goal_row(forecast, r, lang)) for r in (result, *own))
        main.append(
            Tension(row, goal.quote, told, note, _model_says(forecast, concerned, lang), bool(mentioned))
        )
    return main, plain_notes


def concerned_goals(goal: Goal, goals: list[Goal]) -> list[str]:
    """Ids of the first readings that a goal's note names by id, or by a target with its unit that is theirs alone."""
    note = f"{goal.note.zh}\n{goal.note.en}"
    found: list[str] = []
    for other in goals:
        if other.reading_of:
            continue
        target = f"{exact(other.value)}{other.unit}"
        alone = sum(not g.reading_of and (g.value, g.unit) == (other.value, other.unit) for g in goals) == 1
        if _stands_in(other.id, note) or (alone and len(exact(other.value)) > 1 and _stands_in(target, note)):
            found.append(other.id)
    return found


def _stands_in(words: str, text: str) -> bool:
    """Whether `words` stands in `text` and is no part of a longer number or id."""
    return re.search(rf"(?<![0-9A-Za-z.,]){re.escape(words)}(?![0-9A-Za-z])", text) is not None


def _model_says(forecast: Forecast, concerned: list[GoalResult], lang: Lang) -> str:
    parts: list[str] = []
    for result in concerned:
        row = goal_row(forecast, result, lang)
        name = f"{row.id} {row.name}"
        if result.probability is None:
            parts.append(say("model item none", lang, name=name, status=row.verdict))
            continue
        unit = result.goal.unit
        parts.append(
            say(
                "model item",
                lang,
                name=name,
                year=say("paren", lang, text=row.date).strip() if lang == "zh" else row.date,
                median=with_unit(row.median, unit, lang),
                target=row.target,
                probability=row.probability,
            )
        )
    return say("model says", lang, parts=say("semicolon", lang).join(parts))


def conflicts(forecast: Forecast, lang: Lang) -> list[str]:
    """Pairs of first readings met together much less often than unrelated goals, worst first; at most five.

    Counted over the members whose measures are kept.
    """
    results = {r.goal.id: r for r in forecast.goals}
    rows = [k for k, i in enumerate(forecast.judged) if not results[i].goal.reading_of]
    if len(rows) < 2:
        return []
    finite = np.isfinite(forecast.measures[rows]).all(axis=0)
    met = forecast.met[rows, : forecast.measures.shape[1]][:, finite].astype(np.float64)
    if met.shape[1] == 0:
        return []
    single = met.mean(axis=1)
    both = met @ met.T / met.shape[1]
    expected = np.outer(single, single)
    lost = expected - both
    pairs = [
        (float(lost[a, b]), a, b)
        for a in range(len(rows))
        for b in range(a + 1, len(rows))
        if lost[a, b] >= SMALL_CONFLICT and both[a, b] <= WEAK_RATIO * expected[a, b]
    ]
    sentences: list[str] = []
    for _, a, b in sorted(pairs, key=lambda pair: (-pair[0], pair[1], pair[2]))[:MOST_PAIRS]:
        names = [results[forecast.judged[rows[k]]].goal.name.of(lang) for k in (a, b)]
        sentences.append(
            say(
                "conflict",
                lang,
                first=names[0],
                second=names[1],
                p_first=probability(float(single[a])),
                p_second=probability(float(single[b])),
                independent=probability(float(expected[a, b])),
                both=probability(float(both[a, b])),
            )
        )
    return sentences
