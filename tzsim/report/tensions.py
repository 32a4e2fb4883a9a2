"""What the plan leaves unclear, in computed sentences."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tzsim.forecast.result import Forecast, GoalResult
from tzsim.report.goal_rows import GoalRow, goal_row
from tzsim.report.numerals import exact, with_unit
from tzsim.report.wording import Lang, say
from tzsim.scenario import Goal


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
