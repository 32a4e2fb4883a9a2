"""What a brief is made of: a forecast, and what else is at hand about it; gathered once, before any sentence is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from tzsim.forecast import labels
from tzsim.forecast.achieve import Achievement
from tzsim.forecast.compare import Comparison
from tzsim.forecast.explain import Explanation
from tzsim.forecast.movers import Mover, movers
from tzsim.forecast.result import Forecast, SeriesFan
from tzsim.forecast.sweep import Sweep
from tzsim.names import key, split_element
from tzsim.report.goal_rows import GoalRow, goal_rows
from tzsim.report.wording import Lang, say
from tzsim.scenario import Goal

Answer: TypeAlias = Explanation | Achievement | Comparison


@dataclass(frozen=True)
class Matter:
    """Everything that sentences and tables of one brief are computed from, in one language."""

    forecast: Forecast
    lang: Lang
    rows: tuple[GoalRow, ...]
    """Every row of the goal file, in its order."""
    movers: Mapping[str, tuple[Mover, ...]]
    """Goal id -> its strongest inputs."""
    sweep: Sweep | None
    """None where the effect of the levers was not computed."""
    explanations: Mapping[str, Explanation]
    achievements: tuple[Achievement, ...]
    comparison: Comparison | None

    def say(self, key: str, **values: str) -> str:
        """Words in the brief's language."""
        return say(key, self.lang, **values)

    def join(self, sentences: Iterable[str]) -> str:
        """Sentences as one text; Chinese ones stand without spaces."""
        return ("" if self.lang == "zh" else " ").join(s.strip() for s in sentences if s.strip())

    def listed(self, items: Iterable[str]) -> str:
        """Items that may hold commas themselves, in running text."""
        return self.say("semicolon").join(items)

    @property
    def judged(self) -> tuple[GoalRow, ...]:
        return tuple(row for row in self.rows if row.judged)

    def row(self, id: str) -> GoalRow:
        return next(row for row in self.rows if row.id == id)

    @property
    def key_goals(self) -> tuple[GoalRow, ...]:
        """The judged goals that the view draws, in the order of the goal file; all judged ones where it draws none."""
        drawn = {f.goal.id for f in self.forecast.fans if f.goal is not None}
        judged = [row for row in self.judged if not row.second]
        return tuple(row for row in judged if row.id in drawn) or tuple(judged)

    @property
    def resources(self) -> tuple[SeriesFan, ...]:
        """Series that are limits of output themselves: those whose id is a limit's."""
        limits = {limit.id for limit in self.forecast.scenario.view.limits}
        return tuple(f for f in self.forecast.fans if f.id in limits)

    @property
    def clusters(self) -> tuple[SeriesFan, ...]:
        """Series whose goal rests on one element of the limits: each gets a page."""
        return tuple(
            f
            for f in self.forecast.fans
            if f.goal is not None and len(f.goal.limits_of) == 1 and f not in self.resources
        )

    @property
    def others(self) -> tuple[SeriesFan, ...]:
        return tuple(f for f in self.forecast.fans if f not in self.clusters and f not in self.resources)

    def input_name(self, mover: Mover, goal: Goal) -> str:
        """What readers call an input of a goal: its element is left out where it is the goal's only one."""
        base, elements = split_element(mover.element)
        own = len(elements) == 1 and {key(e) for e in elements} == {key(e) for e in goal.limits_of}
        return input_name(self.forecast, base if own else mover.element, mover.time, self.lang)


def matter(
    forecast: Forecast,
    lang: Lang,
    sweep: Sweep | None = None,
    answers: Iterable[Answer] = (),
    moved: Mapping[str, tuple[Mover, ...]] | None = None,
) -> Matter:
    """Gather what a brief is made of. answers: explanations, achievements and a comparison that the brief shows.

    moved: what moves each goal, where that is known already."""
    given = tuple(answers)
    return Matter(
        forecast,
        lang,
        goal_rows(forecast, lang),
        movers(forecast) if moved is None else moved,
        sweep,
        {a.goal.id: a for a in given if isinstance(a, Explanation)},
        tuple(a for a in given if isinstance(a, Achievement)),
        next((a for a in given if isinstance(a, Comparison)), None),
    )


def input_label(forecast: Forecast, element: str, lang: Lang) -> str:
    """What readers call a constant or a shock, without its elements."""
    return labels.constant_label(forecast.scenario, element).of(lang)


def input_name(forecast: Forecast, element: str, time: float | None, lang: Lang) -> str:
    """The label with its elements, and with its year for a shock."""
    return labels.input_label(forecast.scenario, element, time).of(lang)
