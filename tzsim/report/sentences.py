"""Sentences of the brief: each is computed from the forecast; words come from the table, numbers from nowhere else."""

from __future__ import annotations

import numpy as np

from tzsim.clock import Clock
from tzsim.forecast.result import Calibration, Forecast, GoalResult, SeriesFan
from tzsim.report.goal_rows import (
    element_name,
    evidence_text,
    goal_digits,
    goal_year,
    limit_name,
    target_text,
)
from tzsim.report.history import is_documented, shown_history, value_in
from tzsim.report.moments import moment
from tzsim.report.numerals import (
    FAN_LEVEL,
    LIKELIHOOD,
    SAMPLING_LEVEL,
    decimals,
    difference,
    digits_for,
    in_points,
    likelihood,
    number,
    percent,
    probability,
    quantity,
    scale,
)
from tzsim.report.wording import Lang, joined, say
from tzsim.scenario import Goal, Observation

FEW = 2
"""A goal that rests on more elements than this leaves what binds to the section on limits."""


# --- one series -------------------------------------------------------------------------------------------------------


def series_sentences(forecast: Forecast, fan: SeriesFan, lang: Lang) -> list[str]:
    """Everything that is said of one fan: where it stands, how likely its goal is, what binds."""
    sentences = place_sentences(forecast, fan, lang)
    if fan.goal is not None and fan.result is not None:
        sentences += chance_sentences(fan.result, forecast.scenario.clock, lang)
        if len(fan.goal.limits_of) <= FEW:
            sentences += limit_sentences(forecast, fan.goal, lang)
    return sentences


def place_sentences(forecast: Forecast, fan: SeriesFan, lang: Lang) -> list[str]:
    """Median, need and shortfall."""
    goal, result = fan.goal, fan.result
    sentences = [_median(fan, forecast.scenario.clock, lang)]
    if goal is not None and result is not None:
        sentences.append(_need(forecast, fan, goal, lang))
        if result.median is not None and goal.value:
            sentences.append(_gap(goal, result, lang))
        sentences.append(_when(forecast.scenario.clock, fan, goal, lang))
    return [s for s in sentences if s]


def chance_sentences(result: GoalResult, clock: Clock, lang: Lang) -> list[str]:
    """The probability, its evidence, and year by year where the goal holds each year."""
    sentences = [probability_sentence(result, lang)]
    if sentences[0] and result.evidence:
        sentences.append(say("evidence note", lang, evidence=evidence_text(result.evidence, lang)))
    if len(result.yearly) > 1:
        items = [
            say("yearly item", lang, probability=probability(p), **moment(clock, y, lang))
            for y, p in result.yearly
        ]
        key = "yearly is" if clock.calendar else "timely is"
        sentences.append(say(key, lang, years=joined(items, lang)))
    return [s for s in sentences if s]


def limit_sentences(forecast: Forecast, goal: Goal, lang: Lang) -> list[str]:
    """What binds each element that the goal rests on, in the year it falls due."""
    return [
        s for element in goal.limits_of for s in binding_sentences(forecast, element, goal_year(goal), lang)
    ]


def probability_sentence(result: GoalResult, lang: Lang) -> str:
    """'The probability is ...', or '' where the goal is not judged."""
    if result.probability is None or result.probability_low is None or result.probability_high is None:
        return ""
    low, high = probability(result.probability_low), probability(result.probability_high)
    return say(
        "probability is",
        lang,
        probability=probability(result.probability),
        level=percent(SAMPLING_LEVEL),
        interval=low if low == high else say("range", lang, low=low, high=high),
        verdict=say(likelihood(result.probability).key, lang),
    )


def _median(fan: SeriesFan, clock: Clock, lang: Lang) -> str:
    year = None if fan.goal is None else goal_year(fan.goal)
    at = year if year in fan.years else fan.years[-1]
    low, middle, high = (fan_value(fan, level, at) for level in (0.1, 0.5, 0.9))
    if low is None or middle is None or high is None:
        return ""
    factor = scale(fan.unit, lang)
    digits = digits_for(None if fan.goal is None else fan.goal.value * factor, low * factor, high * factor)
    texts = [quantity(v, fan.unit, lang, digits) for v in (low, middle, high)]
    return say(
        "cluster median", lang, median=texts[1], low=texts[0], high=texts[2], level=percent(FAN_LEVEL),
        **moment(clock, at, lang),
    )  # fmt: skip


def fan_value(fan: SeriesFan, level: float, year: float) -> float | None:
    """A quantile of a fan in a year, in the fan's unit; None where there is none."""
    value = float(fan.quantiles[fan.quantile_levels.index(level), fan.years.index(year)])
    return value if np.isfinite(value) else None


def last_documented(forecast: Forecast, fan: SeriesFan) -> Observation | None:
    """The latest history row that was read in a document, not later than the scenario's as-of year."""
    until = forecast.scenario.last_known
    rows = [o for o in shown_history(fan) if is_documented(o.quality) and o.year <= until]
    return max(rows, key=lambda o: o.year, default=None)


def _need(forecast: Forecast, fan: SeriesFan, goal: Goal, lang: Lang) -> str:
    known = last_documented(forecast, fan)
    if known is None:
        return say("cluster no document", lang)
    value, year = value_in(known, fan.unit), goal_year(goal)
    if (
        value is None
        or year is None
        or year <= known.year
        or value <= 0
        or goal.value <= 0
        or goal.unit != fan.unit
    ):
        return ""
    words = {
        "documented": quantity(value, fan.unit, lang),
        "target": target_text(goal, lang),
        "rate": forecast.scenario.clock.rate(lang),
        **moment(forecast.scenario.clock, known.year, lang, "documented_year"),
    }
    if goal.comparison == "<=":
        return say("cluster cap", lang, **words)
    middle = fan_value(fan, 0.5, year) if year in fan.years else None
    if middle is None or middle <= 0:
        return ""
    if in_points(goal.unit, lang):
        steps = [
            difference((v - value) / (year - known.year), goal.unit, lang, decimals(goal.value) + 1)
            for v in (goal.value, middle)
        ]
        return say("cluster need, points", lang, needed=steps[0], expected=steps[1], **words)
    span = 1 / (year - known.year)
    needed, expected = (goal.value / value) ** span - 1, (middle / value) ** span - 1
    return say("cluster need", lang, needed=percent(needed, 1), expected=percent(expected, 1), **words)


def _gap(goal: Goal, result: GoalResult, lang: Lang) -> str:
    if result.median is None or goal.comparison == "≈ within":
        return ""
    gap = result.median - goal.value
    key = (("cap room", "cap excess") if goal.comparison == "<=" else ("shortfall", "surplus"))[gap > 0]
    text = difference(abs(gap), goal.unit, lang, goal_digits(result, lang))
    if in_points(goal.unit, lang):
        return say(f"{key}, points", lang, gap=text)
    return say(
        key, lang, gap=text, share=percent(abs(gap / goal.value), 1 if abs(gap / goal.value) < 0.01 else 0)
    )


def _when(clock: Clock, fan: SeriesFan, goal: Goal, lang: Lang) -> str:
    """When the median path gets there, where it is late."""
    year = goal_year(goal)
    if (
        goal.comparison not in (">=", "≈ at least")
        or year is None
        or goal.unit != fan.unit
        or year not in fan.years
    ):
        return ""
    due = goal.value - (goal.tolerance if goal.comparison == "≈ at least" else 0.0)
    middle = {y: fan_value(fan, 0.5, y) for y in fan.years}
    at_goal = middle[year]
    if at_goal is None or at_goal >= due:
        return ""
    late = [y for y, v in middle.items() if y > year and v is not None and v >= due]
    return (
        say("met later", lang, **moment(clock, late[0], lang))
        if late
        else say("met never", lang, **moment(clock, fan.years[-1], lang))
    )


# --- limits -----------------------------------------------------------------------------------------------------------


def binding_sentences(forecast: Forecast, element: str, year: float | None, lang: Lang) -> list[str]:
    """Which limit holds an element back in a year, how often and by how much; empty where the binding does not cover it."""
    binding = forecast.binding
    if binding.empty or element not in binding.elements or year not in binding.years:
        return []
    i, j = binding.elements.index(element), binding.years.index(year)
    shares = [float(s) for s in binding.share[i, j]]
    if not np.isfinite(shares).all():
        return []
    order = sorted(range(len(shares)), key=lambda k: -shares[k])
    first = order[0]
    words = {
        **moment(forecast.scenario.clock, year, lang),
        "element": element_name(forecast, element, lang),
        "share": percent(shares[first]),
    }
    if first == len(binding.limits):
        sentences = [say("binds none", lang, **words)]
    else:
        cost = percent(float(binding.cost[i, j, first]), 1)
        limit = limit_name(forecast, binding.limits[first], lang)
        sentences = [say("binds is", lang, limit=limit, cost=cost, **words)]
    runner = next((k for k in order[1:] if k < len(binding.limits)), None)
    if runner is not None and shares[runner] >= 0.05:
        limit = limit_name(forecast, binding.limits[runner], lang)
        sentences.append(say("binds next", lang, limit=limit, share=percent(shares[runner])))
    return sentences


def binding_year(forecast: Forecast) -> float | None:
    """The year for which limits are put into words: the latest year in which a drawn goal falls due."""
    years = [goal_year(g) for fan in forecast.fans if (g := fan.goal) is not None]
    clock, known = forecast.scenario.clock, forecast.binding.years
    due = [at for y in years if y is not None and (at := clock.stretch_of(y)) in known]
    return max(due, default=forecast.binding.years[-1] if forecast.binding.years else None)


# --- method -----------------------------------------------------------------------------------------------------------


def likelihood_table(lang: Lang) -> str:
    """The words of likelihood with their bands, in running text."""
    parts: list[str] = []
    above: float | None = None
    for word in LIKELIHOOD:
        key = "word first" if above is None else "word last" if word is LIKELIHOOD[-1] else "word band"
        high = "" if above is None else percent(above)
        parts.append(say(key, lang, word=say(word.key, lang), low=percent(word.low), high=high))
        above = word.low
    return joined(parts, lang)


def method(forecast: Forecast, lang: Lang) -> list[str]:
    """Method and limits, a paragraph an entry."""
    scenario = forecast.scenario
    years = forecast.fans[0].years if forecast.fans else (scenario.last_known, scenario.horizon - 1)
    draws = say(
        "method draws",
        lang,
        members=number(forecast.members, 0),
        design=say(forecast.design, lang),
        seed=str(forecast.seed),
        start=scenario.clock.said(years[0], lang),
        end=scenario.clock.said(years[-1], lang),
    )
    failed = (
        say("failed", lang, failed=str(forecast.failed), causes=joined(list(forecast.failures), lang))
        if forecast.failed
        else say("none failed", lang)
    )
    return [
        say("method model", lang, about=scenario.view.about.of(lang) or say("method about", lang)),
        draws + ("" if lang == "zh" else " ") + failed,
        say("method interval", lang, level=percent(SAMPLING_LEVEL), fan=percent(FAN_LEVEL)),
        say("method words", lang, table=likelihood_table(lang)),
        *(
            [say("method evidence", lang)]
            if forecast.calibration is None
            else [_posterior(forecast, forecast.calibration, lang), say("method grades", lang)]
        ),
        say("method skill", lang)
        if forecast.skill is None
        else say("method skilled", lang, verdict=forecast.skill.sentence(lang)),
        say("method scope", lang),
    ]


def skill_sentence(forecast: Forecast, lang: Lang) -> str:
    """The hindcast's verdict in one sentence, its series left to the method; 'not known' where there is none."""
    return say("skill not known", lang) if forecast.skill is None else forecast.skill.headline(lang)


def _posterior(forecast: Forecast, calibration: Calibration, lang: Lang) -> str:
    """Where the draws come from, the checks of the posterior, and the figures held out of its fit."""
    words = say(
        "method posterior",
        lang,
        asof=forecast.scenario.as_of_said(lang),
        id=calibration.id,
        runs=str(calibration.runs),
        draws=str(calibration.draws),
        rhat="–" if calibration.r_hat is None else f"{calibration.r_hat:.4f}",
        ess=f"{calibration.effective:.0f}",
        fitted=str(calibration.fitted),
        inside=str(calibration.inside),
        held=str(len(calibration.held_out)),
        held_inside=str(sum(h.inside for h in calibration.held_out)),
    )
    return words if calibration.converged else words + say("undiagnosed", lang)
