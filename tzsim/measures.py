"""Measures: how one number per member comes from trajectories. Goals, charts and observations share them.

On a calendar time t is 1 January of year t, so a flow of 2026 is its integral over [2026, 2027) and the value at the end of 2026
is read at 2027.0. Models with another clock are read at times of that clock: At, Between, Peak. Integrals are differences of the accumulated `∫ name` that the kernel carries (integrated by the model's own
method), never sums of saved points.

How they are written in files: `tzsim.scenario.measure_forms`. Years or times: where a measure carries none, `at_year` gives it one.
A reference "revenue[*]" adds the elements of a range. Growth is a fraction, whose unit is 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tzsim.clock import whole
from tzsim.errors import both, in_chinese
from tzsim.units import ONE, Unit, UnitError

Values: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Quantity:
    """A reference to model output: as written, and the elements it adds up (empty until resolved)."""

    text: str
    elements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Total:
    """Integral over a calendar year or the months [first, last] of it.

    step: spacing of the times that can be read; an end between two of them is interpolated linearly (0: any time).
    """

    of: Quantity
    year: float | None = None
    months: tuple[int, int] = (1, 12)
    step: float = 0.0


@dataclass(frozen=True, slots=True)
class Mean:
    of: Quantity
    year: float | None = None


@dataclass(frozen=True, slots=True)
class AtEnd:
    of: Quantity
    year: float | None = None


@dataclass(frozen=True, slots=True)
class At:
    """Value at a time of the model's own clock."""

    of: Quantity
    time: float | None = None


@dataclass(frozen=True, slots=True)
class Between:
    """Integral between two times of the model's own clock, or that divided by the time between them."""

    of: Quantity
    since: float
    until: float | None = None
    mean: bool = False


@dataclass(frozen=True, slots=True)
class Cumulative:
    of: Quantity
    since: float
    year: float | None = None


@dataclass(frozen=True, slots=True)
class Growth:
    """measure(year) / measure(from) - 1, or the constant yearly rate that leads from one to the other."""

    of: Measure
    year: float | None = None
    from_year: float | None = None
    annual: bool = True


@dataclass(frozen=True, slots=True)
class Ratio:
    over: Measure
    under: Measure


@dataclass(frozen=True, slots=True)
class Difference:
    first: Measure
    second: Measure


@dataclass(frozen=True, slots=True)
class Sum:
    parts: tuple[Measure, ...]


@dataclass(frozen=True, slots=True)
class Extreme:
    """Largest (or smallest) value of a measure over the years named."""

    of: Measure
    years: tuple[float, ...]
    largest: bool


@dataclass(frozen=True, slots=True)
class Peak:
    """Largest (or smallest) value of a measure over the steps from one time of the model's own clock to another."""

    of: Measure
    since: float
    until: float
    largest: bool
    step: float = 0.0

    @property
    def times(self) -> tuple[float, ...]:
        """`since`, every step after it, and `until`."""
        count = int(np.ceil((self.until - self.since) / self.step - 1e-6)) if self.step > 0 else 1
        return (*(whole(self.since + k * self.step) for k in range(count)), self.until)


@dataclass(frozen=True, slots=True)
class Times:
    """A measure times a plain number; the reader uses it to express a measure in the unit of its goal."""

    of: Measure
    factor: float


Measure: TypeAlias = (
    Total
    | Mean
    | AtEnd
    | At
    | Between
    | Cumulative
    | Growth
    | Ratio
    | Difference
    | Sum
    | Extreme
    | Peak
    | Times
)
Leaf: TypeAlias = Total | Mean | AtEnd | At | Between | Cumulative
"""A measure that reads the model."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What must be kept of a run: element names read as levels and as integrals, and the times of reading (sorted)."""

    levels: tuple[str, ...]
    integrals: tuple[str, ...]
    times: tuple[float, ...]


class Readings(Protocol):
    """What `evaluate` reads from: arrays of shape (member,) by element name and time."""

    def level(self, name: str, time: float, /) -> Values: ...

    def integral(self, name: str, time: float, /) -> Values: ...


# --- rewriting -------------------------------------------------------------------------------------------------


def rewrite(
    measure: Measure, leaf: Callable[[Measure], Measure], peak: Callable[[Peak], Peak] = lambda p: p
) -> Measure:
    """The same measure with `leaf` applied to each part that reads the model, and `peak` to each Peak."""

    def inner(part: Measure) -> Measure:
        return rewrite(part, leaf, peak)

    match measure:
        case Peak():
            return peak(replace(measure, of=inner(measure.of)))
        case Growth() | Extreme() | Times():
            return replace(measure, of=inner(measure.of))
        case Ratio(over, under):
            return Ratio(inner(over), inner(under))
        case Difference(first, second):
            return Difference(inner(first), inner(second))
        case Sum(parts):
            return Sum(tuple(inner(p) for p in parts))
        case _:
            return leaf(measure)


def quantities(measure: Measure) -> tuple[Quantity, ...]:
    """Every reference to model output in the measure, in reading order."""
    found: list[Quantity] = []

    def note(leaf: Measure) -> Measure:
        found.append(_leaf(leaf).of)
        return leaf

    rewrite(measure, note)
    return tuple(found)


def resolve(measure: Measure, elements: Callable[[str], tuple[str, ...]], step: float = 0.0) -> Measure:
    """The measure with every reference bound to element names and part-year ends bound to the grid of `step`.

    `elements(text)` names the elements added by a reference ("revenue[*]" -> each of them); what it raises passes through.
    """

    def bind(leaf: Measure) -> Measure:
        whole = _leaf(leaf)
        bound = replace(whole, of=replace(whole.of, elements=elements(whole.of.text)))
        return replace(bound, step=step) if isinstance(bound, Total) else bound

    return rewrite(measure, bind, lambda peak: replace(peak, step=step))


def at_year(measure: Measure, year: float) -> Measure:
    """The measure with `year` (a calendar year, or a time of another clock) put where none was written. Growth without `from` compares with the year before."""
    match measure:
        case Growth():
            y = year if measure.year is None else measure.year
            return replace(
                measure, year=y, from_year=y - 1 if measure.from_year is None else measure.from_year
            )
        case Extreme() | Peak():
            return measure
        case At():
            return measure if measure.time is not None else replace(measure, time=float(year))
        case Between():
            return measure if measure.until is not None else replace(measure, until=float(year))
        case Times():
            return replace(measure, of=at_year(measure.of, year))
        case Ratio(over, under):
            return Ratio(at_year(over, year), at_year(under, year))
        case Difference(first, second):
            return Difference(at_year(first, year), at_year(second, year))
        case Sum(parts):
            return Sum(tuple(at_year(p, year) for p in parts))
        case _:
            return measure if measure.year is not None else replace(measure, year=year)


def dated(measure: Measure) -> bool:
    """Whether every part of the measure knows its year, so that it can be evaluated as it is."""
    match measure:
        case Growth():
            return measure.year is not None and (measure.from_year is not None)
        case Extreme() | Peak():
            return True
        case At():
            return measure.time is not None
        case Between():
            return measure.until is not None
        case Times():
            return dated(measure.of)
        case Ratio(over, under):
            return dated(over) and dated(under)
        case Difference(first, second):
            return dated(first) and dated(second)
        case Sum(parts):
            return all(dated(p) for p in parts)
        case _:
            return measure.year is not None


def backward(measure: Measure) -> tuple[float, float] | None:
    """(since, until) of a part of a dated measure whose span ends before it begins, or is a rate over no time; None where all go forward."""
    found: list[tuple[float, float]] = []

    def span(part: Measure) -> None:
        match part:
            case Between(_, since, float() | int() as until, mean) if until < since or (
                mean and until == since
            ):
                found.append((since, until))
            case Cumulative(_, since, float() | int() as year) if year < since:
                found.append((since, year))
            case Growth(of, float() | int() as last, float() | int() as first):
                if last <= first:
                    found.append((first, last))
                for year in (first, last):
                    span(at_year(of, year))
            case Growth(of) | Times(of) | Extreme(of) | Peak(of):
                span(of)
            case Ratio(one, other) | Difference(one, other):
                span(one)
                span(other)
            case Sum(parts):
                for p in parts:
                    span(p)
            case _:
                pass

    span(measure)
    return found[0] if found else None


def calendar_parts(measure: Measure) -> tuple[Leaf, ...]:
    """The parts that read a calendar year, which a model with another clock has not."""
    found: list[Leaf] = []

    def note(part: Measure) -> Measure:
        if not isinstance(part, At | Between):
            found.append(_leaf(part))
        return part

    rewrite(measure, note)
    return tuple(found)


def unit_of_measure(measure: Measure, unit_of: Callable[[str], Unit], time: Unit) -> Unit:
    """The unit of what `evaluate` gives; `unit_of(reference)` is that of a variable, `time` that of the model's clock.

    Raises UnitError where parts that are added or compared differ in dimension or scale.
    """
    match measure:
        case Total(of) | Cumulative(of):
            return unit_of(of.text) * time
        case Between(of, mean=False):
            return unit_of(of.text) * time
        case Mean(of) | AtEnd(of) | At(of) | Between(of):
            return unit_of(of.text)
        case Growth(of):
            unit_of_measure(of, unit_of, time)
            return ONE
        case Ratio(over, under):
            return unit_of_measure(over, unit_of, time) / unit_of_measure(under, unit_of, time)
        case Difference(first, second):
            return _one_unit([first, second], unit_of, time)
        case Sum(parts):
            return _one_unit(list(parts), unit_of, time)
        case Extreme(of) | Peak(of):
            return unit_of_measure(of, unit_of, time)
        case Times(of):
            return unit_of_measure(of, unit_of, time)


def _one_unit(parts: list[Measure], unit_of: Callable[[str], Unit], time: Unit) -> Unit:
    units = [unit_of_measure(p, unit_of, time) for p in parts]
    for other in units[1:]:
        if not other.same_dimension(units[0]) or not other.same_scale(units[0]):
            raise UnitError(
                both(
                    f"相加减的各部分单位不同（{in_chinese(units[0].kind)}与{in_chinese(other.kind)}）",
                    f"the parts of a sum or difference are in different units ({units[0].kind} and {other.kind})",
                ),
                both("只有模型中单位相同的量才能相加减", "add only what the model has in one unit"),
            )
    return units[0]


# --- evaluating ------------------------------------------------------------------------------------------------


def needs(*measures: Measure) -> Needs:
    """What a run must keep so that the (resolved, dated) measures can be evaluated. Raises ValueError on others."""
    notes = _Notes()
    for m in measures:
        evaluate(m, notes)
    return Needs(tuple(notes.levels), tuple(notes.integrals), tuple(sorted(notes.times)))


def evaluate(measure: Measure, lookup: Readings) -> Values:
    """The measure's value for each member, shape (member,), in the unit of `unit_of_measure` (a fraction for growth).

    Division by zero and roots of negative numbers give nan or inf for that member alone.
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return _value(measure, lookup)


def _value(measure: Measure, lookup: Readings) -> Values:
    match measure:
        case Total():
            first, last = measure.months
            year = _known(measure.year)
            return _integral(measure.of, year + (first - 1) / 12, year + last / 12, lookup, measure.step)
        case Mean(of, year):
            return _integral(of, float(_known(year)), float(_known(year) + 1), lookup)
        case AtEnd(of, year):
            return _add(lookup.level(name, float(_known(year) + 1)) for name in _names(of))
        case At(of, time):
            return _add(lookup.level(name, _known(time)) for name in _names(of))
        case Between(of, since, until, mean):
            value = _integral(of, since, _known(until), lookup)
            return value / (_known(until) - since) if mean else value
        case Cumulative(of, since, year):
            return _integral(of, float(since), float(_known(year) + 1), lookup)
        case Growth(of, year, start, annual):
            last, first = _known(year), _known(start)
            quotient = _value(at_year(of, last), lookup) / _value(at_year(of, first), lookup)
            return (quotient ** (1 / (last - first)) if annual else quotient) - 1
        case Ratio(over, under):
            return _value(over, lookup) / _value(under, lookup)
        case Difference(first, second):
            return _value(first, lookup) - _value(second, lookup)
        case Sum(parts):
            return _add(_value(p, lookup) for p in parts)
        case Extreme(of, years, largest):
            stack = np.stack([_value(at_year(of, y), lookup) for y in years])
            return stack.max(axis=0) if largest else stack.min(axis=0)
        case Peak(of, largest=largest):
            stack = np.stack([_value(at_year(of, t), lookup) for t in measure.times])
            return stack.max(axis=0) if largest else stack.min(axis=0)
        case Times(of, factor):
            return _value(of, lookup) * factor


def _integral(of: Quantity, start: float, end: float, lookup: Readings, step: float = 0.0) -> Values:
    names = _names(of)
    return _add(_accumulated(n, end, lookup, step) - _accumulated(n, start, lookup, step) for n in names)


def _accumulated(name: str, time: float, lookup: Readings, step: float) -> Values:
    """∫ name up to `time`; between two grid times a straight line, exact for a flow held over the step (Euler)."""
    if step <= 0:
        return lookup.integral(name, time)
    year = float(np.floor(time))
    position = (time - year) / step
    below = float(np.floor(position + 1e-9))
    weight = position - below
    lower = lookup.integral(name, year + below * step)
    if weight < 1e-9:
        return lower
    return lower + weight * (lookup.integral(name, year + (below + 1) * step) - lower)


def _add(parts: Iterable[Values]) -> Values:
    total: Values | None = None
    for p in parts:
        total = p if total is None else total + p
    if total is None:
        raise ValueError("a sum of nothing")
    return total


def _names(of: Quantity) -> tuple[str, ...]:
    if not of.elements:
        raise ValueError(f"'{of.text}' is not bound to model variables; resolve the measure first")
    return of.elements


def _known(year: float | None) -> float:
    if year is None:
        raise ValueError("the measure has no year; use at_year")
    return year


def _leaf(measure: Measure) -> Leaf:
    assert isinstance(measure, Leaf)
    return measure


class _Notes:
    """Readings that only write down what was read."""

    def __init__(self) -> None:
        self.levels: dict[str, None] = {}
        self.integrals: dict[str, None] = {}
        self.times: set[float] = set()

    def level(self, name: str, time: float, /) -> Values:
        self.levels[name] = None
        self.times.add(time)
        return np.ones(1)

    def integral(self, name: str, time: float, /) -> Values:
        self.integrals[name] = None
        self.times.add(time)
        return np.ones(1)
