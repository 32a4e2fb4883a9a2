"""The goal table as words: one row a goal, shared by the board, the brief, the spreadsheet and the notebook."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from tzsim.clock import Clock
from tzsim.forecast import labels
from tzsim.forecast.compare import Change
from tzsim.forecast.result import DELIVERY_ONLY, PRIOR_ONLY, Forecast, GoalResult
from tzsim.report.moments import moment
from tzsim.report.numerals import (
    decimals,
    digits_for,
    likelihood,
    plain,
    probability,
    probability_interval,
    scale,
    with_unit,
)
from tzsim.report.wording import Lang, joined, say
from tzsim.scenario import Goal, Text2

Tone: TypeAlias = Literal["p0", "p1", "p2", "p3", "p4", "p5", "p6", "met", "other"]


@dataclass(frozen=True, slots=True)
class GoalRow:
    """Everything that is printed about one goal, in one language. `tone` names the colour of the verdict."""

    result: GoalResult
    id: str
    area: str
    name: str
    target: str
    date: str
    median: str
    interval: str
    probability: str
    error: str
    verdict: str
    tone: Tone
    evidence: str
    binds: str
    status: str
    reason: str
    second: bool
    """True for another reading of a goal that has its own row."""

    @property
    def judged(self) -> bool:
        return self.result.probability is not None


def goal_rows(forecast: Forecast, lang: Lang) -> tuple[GoalRow, ...]:
    """All rows of the goal file in its order."""
    return tuple(goal_row(forecast, result, lang) for result in forecast.goals)


def goal_row(forecast: Forecast, result: GoalResult, lang: Lang) -> GoalRow:
    """The words of one row."""
    goal = result.goal
    p = result.probability
    word = None if p is None else likelihood(p)
    median, interval = _median(result, lang)
    return GoalRow(
        result=result,
        id=goal.id,
        area=area_name(forecast, goal.area, lang),
        name=goal.name.of(lang),
        target=target_text(goal, lang),
        date=date_text(goal, forecast.scenario.clock, lang),
        median=median,
        interval=interval,
        probability="" if p is None else probability(p),
        error=_error(result, lang),
        verdict=say(result.status if word is None else word.key, lang),
        tone=_tone(result, None if word is None else word.rank),
        evidence=evidence_text(result.evidence, lang),
        binds=limit_name(forecast, result.binds, lang),
        status=say(result.status, lang),
        reason=goal.reason.of(lang) or result.reason,
        second=bool(goal.reading_of),
    )


def _tone(result: GoalResult, rank: int | None) -> Tone:
    if rank is not None:
        return ("p0", "p1", "p2", "p3", "p4", "p5", "p6")[rank]
    return "met" if result.status == "documented as met" else "other"


def _error(result: GoalResult, lang: Lang) -> str:
    if result.probability_low is None or result.probability_high is None:
        return ""
    return probability_interval(result.probability_low, result.probability_high, lang)


def goal_digits(result: GoalResult, lang: Lang) -> int:
    """Decimals of the results of one goal, the same for median and interval; counts stay whole."""
    factor = scale(result.goal.unit, lang)
    if all(v is not None and v.is_integer() for v in (result.median, result.p10, result.p90)):
        return decimals(result.goal.value * factor)
    low, high = (None if v is None else v * factor for v in (result.p10, result.p90))
    return digits_for(result.goal.value * factor, low, high)


def _median(result: GoalResult, lang: Lang) -> tuple[str, str]:
    if result.median is None or result.p10 is None or result.p90 is None:
        return "", ""
    unit, digits = result.goal.unit, goal_digits(result, lang)
    median, low, high = (plain(v, unit, lang, digits) for v in (result.median, result.p10, result.p90))
    return median, say("range", lang, low=low, high=high)


def target_text(goal: Goal, lang: Lang, unit: bool = True) -> str:
    """The goal's value with its comparison: '≥700亿元', '26.5%左右', '≤325 million m³'; a dash where the plan only describes."""
    if goal.status == "descriptive":
        return say("dash", lang)
    value = plain(goal.value, goal.unit, lang)
    if unit:
        value = with_unit(value, goal.unit, lang)
    key = {">=": "target >=", "<=": "target <=", "≈ at least": "target about", "≈ within": "target about"}
    return say(key[goal.comparison], lang, value=value)


def target_step(change: Change, lang: Lang) -> str:
    """The base's target and that of the scenario compared with it: '≥80→≥88万吨'; '' where it is the same."""
    if change.restated is None:
        return ""
    return say(
        "target step",
        lang,
        old=target_text(change.goal, lang, unit=False),
        new=target_text(change.restated, lang),
    )


def date_text(goal: Goal, clock: Clock, lang: Lang) -> str:
    """By when, or in which years."""
    if goal.each_year and not clock.calendar:
        return say("each time", lang, times=joined([clock.said(t, lang) for t in goal.each_year], lang))
    if goal.each_year:
        return say("each year", lang, first=str(min(goal.each_year)), last=str(max(goal.each_year)))
    if goal.date is None:
        return say("dash", lang)
    return say("undated" if goal.undated else "by year", lang, **moment(clock, goal.date, lang))


def goal_year(goal: Goal) -> float | None:
    """The year (or time) in which the goal falls due."""
    return max(goal.each_year) if goal.each_year else goal.date


def area_name(forecast: Forecast, area: str, lang: Lang) -> str:
    """Label of an area of the plan; the id itself where the view has none."""
    return forecast.scenario.view.areas.get(area, Text2(area, area)).of(lang)


def element_name(forecast: Forecast, element: str, lang: Lang) -> str:
    """Label of a subscript element; of the whole where the view has none."""
    return labels.element_label(forecast.scenario, element).of(lang)


def limit_name(forecast: Forecast, limit: str, lang: Lang) -> str:
    """Label of a limit; 'none' has words of its own, '' stays empty."""
    return labels.limit_label(forecast.scenario, limit).of(lang) if limit else ""


def evidence_text(evidence: str, lang: Lang) -> str:
    """The evidence grade; the two weak grades say so."""
    if not evidence:
        return ""
    try:
        words = say(evidence, lang)
    except KeyError:
        return evidence
    if evidence in (PRIOR_ONLY, DELIVERY_ONLY):
        return words + say("comma", lang) + say("weak evidence", lang)
    return words


def by_area(forecast: Forecast, rows: tuple[GoalRow, ...]) -> list[tuple[str, list[GoalRow]]]:
    """Rows grouped by area, in the order of the view's areas, then in the order met."""
    known = list(forecast.scenario.view.areas)
    found = sorted(
        dict.fromkeys(row.result.goal.area for row in rows),
        key=lambda area: known.index(area) if area in known else len(known),
    )
    groups = [[row for row in rows if row.result.goal.area == area] for area in found]
    return [(group[0].area, group) for group in groups]
