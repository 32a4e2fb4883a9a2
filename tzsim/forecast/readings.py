"""What a forecast must keep of each run, decided before anything runs, and how measures read it back.

Goals, fans and limits name levels and integrals at certain times; everything else a run computes is dropped at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tzsim.clock import Clock
from tzsim.measures import Between, Measure, Needs, Quantity, Total, at_year, backward, needs
from tzsim.names import key, split_element
from tzsim.scenario import Goal, Scenario

INTEGRAL = "∫"
"""Prefix of the kernel's name for the integral of a quantity since the start."""


@dataclass(frozen=True, slots=True)
class JudgedGoal:
    """A goal with its dated measures: one, or one for each year in which it must hold. The last one is reported."""

    goal: Goal
    measures: tuple[tuple[float, Measure], ...]


@dataclass(frozen=True, slots=True)
class Years:
    """One series of the view: its measure dated in each of the years (or times) asked; None outside of the run."""

    id: str
    measures: tuple[Measure | None, ...]


@dataclass(frozen=True, slots=True)
class LimitMeasures:
    """Totals of output and of the output lost to each limit."""

    limits: tuple[str, ...]
    elements: tuple[str, ...]
    years: tuple[float, ...]
    """Calendar years that the run covers whole, or the times of another clock that end a stretch of it."""
    output: tuple[tuple[Measure, ...], ...]
    """(element, year)."""
    lost: tuple[tuple[tuple[Measure, ...], ...], ...]
    """(limit, element, year)."""


@dataclass(frozen=True, slots=True)
class Questions:
    """All that is asked of the ensemble."""

    goals: tuple[JudgedGoal, ...]
    series: tuple[Years, ...]
    limits: LimitMeasures
    years: tuple[float, ...]
    """Calendar years that the run covers whole, or times of another clock: the points of charts."""

    @property
    def annual(self) -> tuple[int, ...]:
        """Places in `goals` of those with one bound that must hold in each of several years."""
        return tuple(
            i for i, g in enumerate(self.goals) if len(g.measures) > 1 and g.goal.comparison != "≈ within"
        )

    @property
    def needs(self) -> Needs:
        """Levels, integrals and times to keep."""
        asked: list[Measure] = [m for g in self.goals for _, m in g.measures]
        asked += [m for s in self.series for m in s.measures if m is not None]
        asked += [m for row in self.limits.output for m in row]
        asked += [m for limit in self.limits.lost for row in limit for m in row]
        return needs(*asked)


def questions(scenario: Scenario, start: float) -> Questions:
    """The questions of a scenario for a run from `start` to its horizon."""
    years = scenario.clock.labels
    goals = tuple(
        JudgedGoal(g, g.yearly_measures)
        for g in scenario.goals
        if g.status == "judged" and g.measure is not None
    )
    series = tuple(
        Years(s.id, tuple(_within(at_year(s.measure, y), start, scenario.horizon) for y in years))
        for s in scenario.view.series
    )
    return Questions(goals, series, _limits(scenario), years)


def _within(measure: Measure, start: float, end: float) -> Measure | None:
    if backward(measure) is not None:
        return None
    times = needs(measure).times
    return measure if times and start <= times[0] and times[-1] <= end else None


def _limits(scenario: Scenario) -> LimitMeasures:
    view = scenario.view
    if not view.limits or not view.output:
        return LimitMeasures((), (), (), (), ())
    elements = tuple(_subscript(name) for name in view.output)
    lost = tuple(
        tuple(totals(_of(limit.cost, element), scenario.clock) for element in elements)
        for limit in view.limits
    )
    output = tuple(totals(name, scenario.clock) for name in view.output)
    names = tuple(limit.id for limit in view.limits)
    return LimitMeasures(names, elements, scenario.clock.stretches, output, lost)


def _subscript(name: str) -> str:
    subscripts = split_element(name)[1]
    return subscripts[0] if subscripts else ""


def _of(names: Sequence[str], subscript: str) -> str:
    """The one of `names` whose subscript this is; the reader has checked that there is one."""
    return next(n for n in names if key(_subscript(n)) == key(subscript))


def totals(name: str, clock: Clock) -> tuple[Measure, ...]:
    """Integrals of one element over each stretch of the clock."""
    return tuple(total(Quantity(name, (name,)), label, clock) for label in clock.stretches)


def total(of: Quantity, label: float, clock: Clock) -> Measure:
    """The integral over the stretch of a label: a calendar year, or the time since the label before."""
    return Total(of, label) if clock.calendar else Between(of, *clock.bounds(label))


class Kept:
    """Readings from one block of a run: arrays (member,) by name and time."""

    def __init__(self, outputs: Sequence[str], times: Sequence[float], values: NDArray[np.float64]) -> None:
        """values: (output, time, member)."""
        self._row = {_output_key(name): i for i, name in enumerate(outputs)}
        self._column = {float(t): i for i, t in enumerate(times)}
        self._values = values

    def level(self, name: str, time: float, /) -> NDArray[np.float64]:
        """Value of an element at a time kept. Raises KeyError for what was not kept."""
        return self._values[self._row[key(name)], self._column[float(time)]]

    def integral(self, name: str, time: float, /) -> NDArray[np.float64]:
        """Integral of an element since the start, at a time kept. Raises KeyError for what was not kept."""
        return self._values[self._row[INTEGRAL + key(name)], self._column[float(time)]]


def _output_key(name: str) -> str:
    return INTEGRAL + key(name[1:]) if name.startswith(INTEGRAL) else key(name)
