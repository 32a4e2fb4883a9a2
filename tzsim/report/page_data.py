"""What the page carries: every text of every goal in both languages, the fans, and the quantiles behind the slider.

All that is printed of a result is written here, by the functions that write the brief; the script on the page formats only
what a reader asks for by moving a goal or pointing at a year.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tzsim.clock import Clock
from tzsim.forecast.achieve import Achievement
from tzsim.forecast.compare import Change, differences
from tzsim.forecast.explain import Explanation
from tzsim.forecast.movers import Mover
from tzsim.forecast.result import DELIVERY_ONLY, PRIOR_ONLY, Forecast, GoalResult, SeriesFan
from tzsim.forecast.sweep import Sweep
from tzsim.report.brief.answers import points_about
from tzsim.report.brief.document import Paragraph
from tzsim.report.brief.front import front
from tzsim.report.brief.matter import Answer, Matter, matter
from tzsim.report.brief.series import movers_sentence, raises_sentence
from tzsim.report.charts.fan_chart import BANDS, REACH
from tzsim.report.goal_rows import GoalRow, area_name, by_area, goal_digits, goal_rows, target_step
from tzsim.report.history import is_documented, shown_history, telling_column, value_in
from tzsim.report.moments import moment
from tzsim.report.numerals import (
    FAN_LEVEL,
    LIKELIHOOD,
    SAMPLING_LEVEL,
    decimals,
    digits_for,
    number,
    percent,
    probability,
    quantity,
    scale,
    unit_name,
)
from tzsim.report.page_wording import PAGE_WORDS
from tzsim.report.sentences import method
from tzsim.report.wording import LANGS, WORDS, Lang, say
from tzsim.scenario import Goal

Words: TypeAlias = list[str]
"""One text in each language, in the order of `LANGS`."""

Movers: TypeAlias = Mapping[str, tuple[Mover, ...]]
"""Goal id -> its strongest inputs."""

STEPS: Final = 200
FEWER_STEPS: Final = 100
"""A member distribution is kept as this many steps of equal probability, the extremes among its quantiles: STEPS for up to
`MANY` scenarios, FEWER_STEPS for more."""

MANY: Final = 4

SHARED_WORDS: Final = (
    "col goal", "col id", "col target", "col date", "col median", "col probability", "col verdict", "col evidence", "col binds",
    "col status", "col reason", "col note", "col source", "dash", "paren", "comma", "semicolon", "colon", "range", "quantity",
    "band", "median", "hindsight", "documented", "estimated", "goal", "history side", "forecast side", "count axis", "no history",
    "readings mark", "answer", "goal table", "col moves",
)  # fmt: skip
"""Entries of the report's table of words that the page takes over."""


def page_data(
    forecasts: Sequence[Forecast],
    moved: Sequence[Movers],
    sweeps: Sequence[Sweep | None] = (),
    answers: Iterable[Answer] = (),
) -> dict[str, Any]:
    """The data of the page as plain values for JSON. The first forecast is the one that others are compared with.

    moved: what moves the goals of each forecast. sweeps: what each lever does to them, where that is known. answers: what is at hand
    about goals, each shown in the scenario that it is about.
    """
    given = tuple(answers)
    goals: list[dict[str, Any]] = []
    places: dict[str, int] = {}
    scenarios: list[dict[str, Any]] = []
    steps = STEPS if len(forecasts) <= MANY else FEWER_STEPS
    for forecast, inputs, levers in zip(forecasts, moved, sweeps or [None] * len(forecasts), strict=True):
        own = [a for a in given if _scenario_of(a) == forecast.scenario.id]
        both = [matter(forecast, lang, levers, own, moved=inputs) for lang in LANGS]
        rows = [
            _row(both, pair, steps, lambda goal: _place(goal, goals, places))
            for pair in zip(*(made.rows for made in both), strict=True)
        ]
        scenarios.append(_scenario(both, rows, forecasts[0]))
    return {
        "words": _words(),
        "levels": {
            "fan": percent(FAN_LEVEL),
            "error": percent(SAMPLING_LEVEL),
            "bands": [[low, high, strength, percent(high - low)] for low, high, strength in BANDS],
            "sure": [[level, percent(level)] for level in SURE],
            "reach": REACH,
        },
        "likelihood": [[w.low, w.rank, _both(lambda lang, w=w: say(w.key, lang))] for w in LIKELIHOOD],
        "steps": steps,
        "areas": _areas(forecasts),
        "goals": goals,
        "scenarios": scenarios,
    }


SURE: Final = (0.8, 0.5, 0.2)
"""Probabilities for which the page says what goal would have them."""


def as_json(data: dict[str, Any]) -> str:
    """The data as JSON that may stand inside an HTML script element: no sign in it can end the element or open another."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


# --- words ------------------------------------------------------------------------------------------------------------


def _both(text: Callable[[Lang], str]) -> Words:
    return [text(lang) for lang in LANGS]


def _words() -> dict[str, Words]:
    shared = {key: list(WORDS[key]) for key in SHARED_WORDS}
    return {**shared, **{key: list(both) for key, both in PAGE_WORDS.items()}}


def _areas(forecasts: Sequence[Forecast]) -> list[list[Any]]:
    """[id, name] of every area that has a goal, in the order of the view."""
    found: dict[str, Words] = {}
    for forecast in forecasts:
        for _, rows in by_area(forecast, goal_rows(forecast, "zh")):
            area = rows[0].result.goal.area
            found.setdefault(area, _both(lambda lang, f=forecast, a=area: area_name(f, a, lang)))
    return [[id, name] for id, name in found.items()]


# --- goals ------------------------------------------------------------------------------------------------------------


def _place(goal: dict[str, Any], goals: list[dict[str, Any]], places: dict[str, int]) -> int:
    """Where a goal stands in the list of all goals; scenarios with the same goal file share them."""
    key = json.dumps(goal, ensure_ascii=False, sort_keys=True)
    if key not in places:
        places[key] = len(goals)
        goals.append(goal)
    return places[key]


def _goal(forecast: Forecast, rows: tuple[GoalRow, GoalRow]) -> dict[str, Any]:
    """What the goal file says, the same in every scenario."""
    goal = rows[0].result.goal
    return {
        "id": goal.id,
        "area": goal.area,
        "name": [row.name for row in rows],
        "target": [row.target for row in rows],
        "date": [row.date for row in rows],
        "quote": goal.quote,
        "reading": _both(goal.reading.of),
        "note": _both(goal.note.of),
        "second": rows[0].second,
        "documented": _both(lambda lang: _documented(goal, forecast.scenario.clock, lang)),
        "comparison": goal.comparison,
        "value": goal.value,
        "tolerance": goal.tolerance,
        "scale": [scale(goal.unit, lang) for lang in LANGS],
        "unit": [unit_name(goal.unit, lang) for lang in LANGS],
        "decimals": [decimals(goal.value * scale(goal.unit, lang)) for lang in LANGS],
    }


def _documented(goal: Goal, clock: Clock, lang: Lang) -> str:
    """The figure that settles a goal with year, quality and source; '' where there is none."""
    found = goal.documented
    if found is None:
        return ""
    words = moment(clock, found.year, lang)
    text = say("year of", lang, value=quantity(found.value, goal.unit, lang), **words)
    scope = found.scope.of(lang)
    more = say("comma", lang).join(s for s in (_quality(found.quality, lang), found.source, scope) if s)
    return text + say("paren", lang, text=more)


def _quality(quality: str, lang: Lang) -> str:
    return say("estimated quality" if quality == "estimated" else quality, lang)


def _row(
    both: Sequence[Matter],
    rows: tuple[GoalRow, GoalRow],
    steps: int,
    place: Callable[[dict[str, Any]], int],
) -> dict[str, Any]:
    """What the forecast says of a goal."""
    forecast, result = both[0].forecast, rows[0].result
    row: dict[str, Any] = {
        "goal": place(_goal(forecast, rows)),
        "judged": rows[0].judged,
        "tone": rows[0].tone,
        "verdict": [row.verdict for row in rows],
        "reason": [row.reason for row in rows],
        "weak": result.evidence in (PRIOR_ONLY, DELIVERY_ONLY),
    }
    if result.probability is None:
        return row
    return {
        **row,
        "p": result.probability,
        "probability": rows[0].probability,
        "low": result.probability_low,
        "high": result.probability_high,
        "error": [row.error for row in rows],
        "prior": "" if result.probability_prior is None else probability(result.probability_prior),
        "median": [row.median for row in rows],
        "interval": [row.interval for row in rows],
        "band": [result.p10, result.median, result.p90],
        "digits": [goal_digits(result, lang) for lang in LANGS],
        "evidence": [row.evidence for row in rows],
        "binds": [row.binds for row in rows],
        "moves": [movers_sentence(made, result.goal) for made in both],
        "more": [_more(made, result) for made in both],
        "yearly": [[year, probability(p)] for year, p in result.yearly] if len(result.yearly) > 1 else [],
        **_members(forecast, result, steps),
    }


def _scenario_of(answer: Answer) -> str:
    """Id of the scenario that an answer is about; '' for a comparison, which is about several."""
    if isinstance(answer, Explanation):
        return answer.forecast.scenario.id
    return answer.scenario.id if isinstance(answer, Achievement) else ""


def _more(made: Matter, result: GoalResult) -> list[list[str]]:
    """[heading, text]: what would raise the goal, where the levers were tried, and every answer at hand about it."""
    goal = result.goal
    told = [] if made.sweep is None else [(made.say("lead raises"), raises_sentence(made, goal, result))]
    told += [(p.lead, p.text) for p in points_about(made, goal)]
    return [[lead.strip().rstrip("。."), text] for lead, text in told]


def _members(forecast: Forecast, result: GoalResult, steps: int) -> dict[str, Any]:
    """The members behind a probability: quantiles, the share that has a value, how many, and what the slider may say."""
    goal = result.goal
    kept = forecast.measures.shape[1]
    alive = kept - sum(member < kept for member in forecast.failed_members)
    every = len(goal.each_year) > 1
    values = forecast.hardest.get(goal.id) if every else None
    basis = "" if not every else "last" if values is None else "hardest"
    if values is None:
        values = forecast.measures[forecast.judged.index(goal.id)]
    known = values[~np.isnan(values)]
    if not len(known):
        return {"quantiles": "", "share": 0.0, "members": alive, "basis": basis}
    return {
        "quantiles": encoded(member_quantiles(known, steps)),
        "share": len(known) / max(alive, len(known)),
        "members": alive,
        "basis": basis,
    }


def member_quantiles(values: NDArray[np.float64], steps: int) -> NDArray[np.float32]:
    """The steps + 1 quantiles of `values` (member,), each a member's own value: the least x with F(x) at or above its level.

    Whatever lies between two of them has a probability between their levels, so a probability read off is within
    one step of the share of members, ties and gaps included.
    """
    ordered = np.sort(values)
    levels = np.arange(steps + 1)
    places = np.maximum(-(-levels * len(ordered) // steps) - 1, 0)
    largest = float(np.finfo(np.float32).max)
    return np.clip(ordered[places], -largest, largest).astype(np.float32)


def encoded(values: NDArray[np.float32]) -> str:
    """Single-precision numbers, least significant byte first, in base 64."""
    return base64.b64encode(values.astype("<f4").tobytes()).decode("ascii")


# --- scenarios --------------------------------------------------------------------------------------------------------


def _scenario(both: Sequence[Matter], rows: list[dict[str, Any]], base: Forecast) -> dict[str, Any]:
    forecast = both[0].forecast
    scenario = forecast.scenario
    ids = [r.goal.id for r in forecast.goals]
    return {
        "id": scenario.id,
        "name": _both(scenario.name.of),
        "question": _both(scenario.question.of),
        "answer": [_answer(made) for made in both],
        "method": [method(forecast, lang) for lang in LANGS],
        "notes": list(forecast.notes),
        "run": _both(lambda lang: _run(forecast, lang)),
        "as_of": scenario.clock.tick(scenario.as_of),
        "clock": {
            "calendar": scenario.clock.calendar,
            "axis": _both(scenario.clock.axis),
            "around": [scenario.clock.affixes(lang) for lang in LANGS],
        },
        "rows": rows,
        "fans": [_fan(fan, scenario.clock, ids) for fan in forecast.fans],
        "changes": _changes(base, forecast),
    }


def _answer(made: Matter) -> list[list[str]]:
    """[opening, text] of each paragraph of the brief's first page."""
    return [[block.lead, block.text] for block in front(made, "") if isinstance(block, Paragraph)]


def _run(forecast: Forecast, lang: Lang) -> str:
    """One line that says which run this is."""
    parts = [
        ("run id", forecast.run_id),
        ("seed", str(forecast.seed)),
        ("draws", str(forecast.members)),
        ("design", say(forecast.design, lang)),
        ("as of label", forecast.scenario.as_of_said(lang)),
        ("version", forecast.version),
    ]
    return say("semicolon", lang).join(say(key, lang) + say("colon", lang) + value for key, value in parts)


def _changes(base: Forecast, other: Forecast) -> dict[str, Words]:
    """Goal id -> difference of its probability from the base with its paired interval; only where members are paired."""
    same = (base.seed, base.members, base.design) == (other.seed, other.members, other.design)
    if other is base or not same:
        return {}
    return {
        c.goal.id: _both(lambda lang, c=c: _change(c, lang))
        for c in differences(base, other)
        if math.isfinite(c.probability_difference.value)
    }


def _change(change: Change, lang: Lang) -> str:
    d = change.probability_difference
    texts = [number(100 * v, 1) for v in (d.value, d.low, d.high)]
    zh, en = PAGE_WORDS["difference words"]
    said = (zh if lang == "zh" else en).format(points=texts[0], low=texts[1], high=texts[2])
    if change.restated is None:
        return said
    return said + say("semicolon", lang) + say("own target", lang, step=target_step(change, lang))


# --- fans -------------------------------------------------------------------------------------------------------------


def _fan(fan: SeriesFan, clock: Clock, ids: list[str]) -> dict[str, Any]:
    return {
        "id": fan.id,
        "name": _both(fan.name.of),
        "unit": [unit_name(fan.unit, lang) for lang in LANGS],
        "scale": [scale(fan.unit, lang) for lang in LANGS],
        "digits": [_fan_digits(fan, clock, lang) for lang in LANGS],
        "years": list(fan.years),
        "levels": list(fan.quantile_levels),
        "quantiles": [[v if math.isfinite(v) else None for v in row] for row in fan.quantiles.tolist()],
        "row": None if fan.goal is None or fan.goal.id not in ids else ids.index(fan.goal.id),
        "goal_years": _goal_years(fan.goal),
        "history": _history(fan),
    }


def _goal_years(goal: Goal | None) -> list[float]:
    if goal is None:
        return []
    return list(goal.each_year) or ([] if goal.date is None else [goal.date])


def _fan_digits(fan: SeriesFan, clock: Clock, lang: Lang) -> int:
    """Decimals of the fan's numbers, as in the chart of the brief."""
    factor, at = scale(fan.unit, lang), telling_column(fan, clock)
    low, high = (float(fan.quantiles[fan.quantile_levels.index(p), at]) * factor for p in (0.1, 0.9))
    return digits_for(None if fan.goal is None else fan.goal.value * factor, low, high)


def _history(fan: SeriesFan) -> list[dict[str, Any]]:
    points: list[dict[str, Any]] = []
    for o in shown_history(fan):
        value = value_in(o, fan.unit)
        if value is None:
            continue
        ends = None
        if o.low is not None and o.high is not None and o.value:
            ends = [value * o.low / o.value, value * o.high / o.value]
        points.append(
            {
                "year": o.year,
                "value": value,
                "ends": ends,
                "documented": is_documented(o.quality),
                "text": _both(lambda lang, o=o: quantity(o.value, o.unit, lang)),
                "quality": _both(lambda lang, o=o: _quality(o.quality, lang)),
                "source": o.source,
            }
        )
    return points
