"""score: a stored forecast against what happened.

A figure is scored where the run's own map joins its rows to a quantity of the model and its year lies after the run's `as_of`. The
members come from the stored inputs, run again; where this version does not give the stored members back, the result says so.

CRPS: continuous ranked probability score of the members (Gneiting and Raftery 2007), in the unit of the figure, and as a share of its
size. PIT: share of members below the figure (ties half). Coverage: share of figures inside the central 50, 80 and 95 %
intervals. Brier: (p - outcome)^2 of every goal that the figures decide, p as it was stored.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from tzsim.errors import InputError, closest, in_chinese
from tzsim.forecast.actuals import Actual, doubtful, read_actuals
from tzsim.forecast.answer_table import AnswerTable
from tzsim.forecast.gather import EXACT_MEMBERS
from tzsim.forecast.ledger import StoredRun, open_run
from tzsim.forecast.result import Forecast
from tzsim.forecast.run import initial_time
from tzsim.forecast.sample import sampler
from tzsim.forecast.score_tables import INTERVALS, score_tables
from tzsim.measures import Difference, Extreme, Growth, Measure, Ratio, Sum, Times, at_year, backward, needs
from tzsim.record import VERSION, canonical_json, sha256
from tzsim.scenario import Goal, Text2
from tzsim.scenario.figures import Figure
from tzsim.scenario.goals import off_step
from tzsim.scenario.outliers import Outlier
from tzsim.units import Unit, UnitError, conversion, parse_unit, printed_unit

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class ScoredFigure:
    """One figure: what happened and what was forecast, in `unit`. quantiles: 2.5, 10, 25, 50, 75, 90, 97.5 %."""

    figure: str
    series: str
    year: float
    unit: str
    actual: float
    quantiles: tuple[float, ...]
    crps: float
    pit: float

    def inside(self, level: float) -> bool:
        """Whether the central interval of that level (0.5, 0.8, 0.95) holds what happened."""
        place = INTERVALS.index(level)
        return self.quantiles[2 - place] <= self.actual <= self.quantiles[4 + place]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A goal that the figures decide: probability as stored, value in the goal's unit, whether it was met."""

    goal: Goal
    probability: float
    value: float
    met: bool

    @property
    def brier(self) -> float:
        return (self.probability - self.met) ** 2


Reason = Literal[
    "doubtful",
    "not modelled",
    "known when the forecast was made",
    "unit",
    "incomplete",
    "after the run",
    "between steps",
]


@dataclass(frozen=True, slots=True)
class NotScored:
    """Rows of one variable and entity that no score speaks of."""

    variable: str
    entity: str
    years: tuple[float, ...]
    reason: Reason
    detail: Text2 = Text2()
    """The unit read and the one wanted, the rows of the sum that are missing, or the closest variable of the model."""


@dataclass(frozen=True, repr=False)
class Score:
    """A run, scored. forecast: the run again, for its fans."""

    run: StoredRun
    forecast: Forecast
    figures: tuple[ScoredFigure, ...]
    outcomes: tuple[Outcome, ...]
    not_scored: tuple[NotScored, ...]
    notes: tuple[Text2, ...] = ()

    @property
    def run_id(self) -> str:
        """Hash of the run and the figures."""
        made = {"score": self.run.run_id, "actuals": [[f.figure, f.year, f.actual] for f in self.figures]}
        return sha256(canonical_json(made | {"version": VERSION}).encode())[:16]

    @property
    def brier(self) -> float | None:
        """Mean over the goals decided; None where there is none."""
        return float(np.mean([o.brier for o in self.outcomes])) if self.outcomes else None

    @property
    def relative_crps(self) -> float | None:
        """Mean CRPS as a share of the size of the figure; None where nothing is scored."""
        shares = [f.crps / abs(f.actual) for f in self.figures if f.actual]
        return float(np.mean(shares)) if shares else None

    def coverage(self, level: float) -> float | None:
        """Share of figures inside the central interval of that level."""
        return float(np.mean([f.inside(level) for f in self.figures])) if self.figures else None

    def tables(self) -> dict[str, AnswerTable]:
        """figures, outcomes and not_scored, by name."""
        return score_tables(self)

    def to_frame(self) -> pd.DataFrame:
        """The scored figures for computing."""
        return self.tables()["figures"].to_frame()

    def plot(self, lang: Literal["zh", "en"] = "zh", series: str | None = None) -> Any:
        """Every figure against its forecast, or the fan of one series with what happened."""
        import tzsim

        return tzsim.score_chart(self, lang) if series is None else tzsim.actuals_fan(self, series, lang)

    def __repr__(self) -> str:
        return (
            f"Score({self.run.scenario.id}: {len(self.figures)} figures, {len(self.outcomes)} goals decided)"
        )

    def _repr_html_(self) -> str:
        return "".join(table.html() for table in self.tables().values())


def score(
    run: StoredRun | str | Path, actuals: Sequence[Actual] | str | Path, *, threads: int | None = None
) -> Score:
    """Score a stored run (or its folder) by figures (or their file).

    Figures that lie orders of magnitude from their series are set aside, and said to be, until they are confirmed. Raises
    InputError: no run, a bad file of figures.
    """
    stored = run if isinstance(run, StoredRun) else open_run(run)
    given = read_actuals(actuals) if isinstance(actuals, str | Path) else tuple(actuals)
    scenario = stored.scenario
    far = doubtful(given, scenario.history)
    aside = {(x.figure.variable, x.figure.entity, x.figure.year) for x in far}
    rows = tuple(r for r in given if (r.variable, r.entity, r.year) not in aside)
    asked, rest = _joined(stored, rows)
    rest = (*(NotScored(v, e, (y,), "doubtful") for v, e, y in sorted(aside)), *rest)
    figures: tuple[ScoredFigure, ...] = ()
    members = min(scenario.draws, EXACT_MEMBERS)
    if asked:
        measures = [at_year(f.measure, year) for f, year, _ in asked]
        values = sampler(scenario, measures, members=members, threads=threads).run({}, 0, members)
        scored = (_scored(f, y, v, row) for (f, y, v), row in zip(asked, values, strict=True))
        figures = tuple(f for f in scored if f is not None)
    again = stored.forecast(draws=members, threads=threads)
    notes = (*_warnings(far), *_notes(stored, again))
    return Score(stored, again, figures, _outcomes(stored, rows), rest, notes)


def _joined(
    run: StoredRun, rows: Sequence[Actual]
) -> tuple[list[tuple[Figure, float, float]], tuple[NotScored, ...]]:
    """(figure, year, value in its unit) of what can be scored, and the rest with its reason."""
    as_of = run.scenario.last_known
    by_key: dict[tuple[str, str], list[Actual]] = {}
    for row in rows:
        by_key.setdefault((row.variable, row.entity), []).append(row)
    start, end = initial_time(run.scenario), run.scenario.horizon
    found: list[tuple[Figure, float, float]] = []
    reasons: dict[tuple[str, str, float], tuple[Reason, Text2]] = {}
    for figure in run.figures:
        keys = [(k.variable, k.entity) for k in figure.rows]
        years = sorted({r.year for k in keys for r in by_key.get(k, [])})
        for year in years:
            parts = [r for k in keys for r in by_key.get(k, []) if r.year == year]
            said: Reason | None = None
            detail = Text2()
            value = _sum(parts, figure.unit)
            dated = at_year(figure.measure, year)
            times = needs(dated).times
            if year <= as_of:
                said = "known when the forecast was made"
            elif len(parts) < len(keys):
                said = "incomplete"
                there = {(r.variable, r.entity) for r in parts}
                lacking = ", ".join(f"{v} ({e})" for v, e in keys if (v, e) not in there)
                detail = Text2(f"缺 {lacking}", f"{lacking} missing")
            elif value is None:
                said = "unit"
                written = ", ".join(dict.fromkeys(r.unit for r in parts))
                detail = Text2(
                    f"写的是“{written}”，应能换算为 {figure.unit}",
                    f"'{written}' is written, {figure.unit} is wanted",
                )
            elif times[0] < start or times[-1] > end or backward(dated) is not None:
                said = "after the run"
            elif beside := off_step(times, run.scenario.clock):
                said = "between steps"
                detail = Text2(in_chinese(beside[0]), str(beside[0]))
            else:
                assert value is not None
                found.append((figure, year, value))
            for r in parts:
                name = (r.variable, r.entity, r.year)
                if said is None:
                    reasons.pop(name, None)
                elif not any(f is not figure and name[:2] in _keys(f) and y == year for f, y, _ in found):
                    reasons[name] = (said, detail)
    known = {k for f in run.figures for k in _keys(f)}
    for row in rows:
        if (row.variable, row.entity) not in known:
            reasons[(row.variable, row.entity, row.year)] = ("not modelled", _closest(row, known))
    groups: dict[tuple[str, str, Reason, Text2], list[float]] = {}
    for (variable, entity, year), (reason, detail) in reasons.items():
        groups.setdefault((variable, entity, reason, detail), []).append(year)
    rest = (NotScored(v, e, tuple(sorted(years)), r, d) for (v, e, r, d), years in groups.items())
    return found, tuple(sorted(rest, key=lambda r: (_ORDER.index(r.reason), r.variable, r.entity)))


def _closest(row: Actual, known: Collection[tuple[str, str]]) -> Text2:
    """The figure of the model that may have been meant: its variable for another entity, or the variable spelt most alike."""
    places = [e for v, e in known if v == row.variable]
    near = (
        f"{row.variable} ({', '.join(sorted(places))})"
        if places
        else closest(row.variable, {v for v, _ in known})
    )
    return Text2(f"相近的有 {near}", f"closest: {near}") if near else Text2()


def _keys(figure: Figure) -> list[tuple[str, str]]:
    return [(k.variable, k.entity) for k in figure.rows]


def _sum(parts: Sequence[Actual], unit: str) -> float | None:
    """Rows added up in a unit; None where one of theirs is not known or does not fit."""
    try:
        wanted = parse_unit(unit, own=True)
        return sum(p.value * conversion(_printed(p.unit), wanted) for p in parts)
    except UnitError:
        return None


def _printed(text: str) -> Unit:
    """A unit as tables print it, or in words of a model."""
    try:
        return printed_unit(text)
    except UnitError:
        return parse_unit(text, own=True)


def _scored(figure: Figure, year: float, actual: float, members: NDArray[np.float64]) -> ScoredFigure | None:
    from scoringrules import crps_ensemble

    good = members[np.isfinite(members)]
    if not len(good):
        return None
    levels = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
    below = float((good < actual).mean() + 0.5 * (good == actual).mean())
    name = " + ".join(f"{k.variable} ({k.entity})" for k in figure.rows)
    crps = float(np.asarray(crps_ensemble(actual, np.sort(good), estimator="pwm")))
    quantiles = tuple(float(q) for q in np.quantile(good, levels))
    return ScoredFigure(name, figure.series, year, figure.unit, actual, quantiles, crps, below)


def _outcomes(run: StoredRun, rows: Sequence[Actual]) -> tuple[Outcome, ...]:
    """Goals whose measure follows from the figures (with the history known before), if it speaks of a year after `as_of`."""
    table: dict[Measure, float] = {}
    past = [Actual(o.variable, o.entity, o.year, o.value, o.unit) for o in run.scenario.history]
    by_key = {(a.variable, a.entity, a.year): a for a in (*past, *rows)}
    for figure in run.figures:
        for year in sorted({y for v, e, y in by_key if (v, e) in _keys(figure)}):
            parts = [by_key[(*k, year)] for k in _keys(figure) if (*k, year) in by_key]
            value = _sum(parts, figure.unit) if len(parts) == len(figure.rows) else None
            if value is not None:
                measure, factor = figure.measure, 1.0
                while isinstance(measure, Times):
                    measure, factor = measure.of, factor * measure.factor
                table.setdefault(at_year(measure, year), value / factor)
    found: list[Outcome] = []
    for goal in run.scenario.goals:
        stored = run.results.probability.get(goal.id)
        if stored is None:
            continue
        years = [
            (y, m)
            for y, m in goal.yearly_measures
            if _last(m) > run.scenario.clock.ends(run.scenario.last_known)
        ]
        values = [_known(m, table) for _, m in years]
        known = [v for v in values if v is not None]
        met = [bool(goal.met(v)) for v in known]
        if known and (len(known) == len(goal.yearly_measures) or not all(met)):
            value = known[-1] if all(met) else known[met.index(False)]
            found.append(Outcome(goal, stored[0], value, all(met)))
    return tuple(found)


def _last(measure: Measure) -> float:
    return needs(measure).times[-1]


def _known(measure: Measure, table: Mapping[Measure, float]) -> float | None:
    """The measure's value from figures; None where one is missing."""
    if measure in table:
        return table[measure]
    match measure:
        case Times(of, factor):
            value = _known(of, table)
            return None if value is None else value * factor
        case Growth(of, year, start, annual) if year is not None and start is not None:
            last, first = _known(at_year(of, year), table), _known(at_year(of, start), table)
            if last is None or not first or (annual and last / first < 0):
                return None
            return (last / first) ** (1 / (year - start) if annual else 1) - 1
        case Ratio(over, under):
            a, b = _known(over, table), _known(under, table)
            return a / b if a is not None and b else None
        case Difference(first, second):
            a, b = _known(first, table), _known(second, table)
            return a - b if a is not None and b is not None else None
        case Sum(parts):
            values = [_known(p, table) for p in parts]
            return None if None in values else sum(v for v in values if v is not None)
        case Extreme(of, years, largest):
            values = [_known(at_year(of, y), table) for y in years]
            known = [v for v in values if v is not None]
            return None if len(known) < len(values) else (max if largest else min)(known)
        case _:
            return None


def _warnings(far: Sequence[Outlier]) -> tuple[Text2, ...]:
    """What is set aside, and how a person has it scored."""
    if not far:
        return ()
    shown = [
        f"{x.figure.variable} {x.figure.entity} {x.figure.year}: {x.figure.value:g} {x.figure.unit}"
        for x in far[:5]
    ]
    listed = "; ".join(shown) + ("; …" if len(far) > 5 else "")
    return (
        Text2(
            f"注意：{len(far)} 个数字与本序列相差若干数量级，未参与评分（{listed}）。请核对单位和小数点；"
            "确属实情的，在“确认”（confirmed）列写“是”",
            f"warning: {len(far)} figures lie orders of magnitude from their series and are not scored ({listed}). Look at unit and"
            " decimal point; where they are right, write yes in a column 'confirmed'",
        ),
    )


def _notes(run: StoredRun, again: Forecast) -> tuple[Text2, ...]:
    """Whether the members of today are those that were stored."""
    try:
        stored = run.results
    except InputError:
        return (Text2("存档中没有成员数据，无法核对", "the folder keeps no members to check against"),)
    count = min(stored.measure.shape[1], again.measures.shape[1])
    same = stored.judged == again.judged and np.allclose(
        stored.measure[:, :count], again.measures[:, :count], rtol=1e-6, atol=1e-12, equal_nan=True
    )
    if same:
        return ()
    return (
        Text2(
            f"本版本（{VERSION}）不能重现存档（{run.version}）的成员：分布得分按本版本计算，目标概率按存档",
            f"this version ({VERSION}) does not give the members of the run ({run.version}) again: distributions are scored as run"
            " now, goals by their stored probability",
        ),
    )


_ORDER: tuple[Reason, ...] = (
    "doubtful",
    "not modelled",
    "unit",
    "incomplete",
    "after the run",
    "between steps",
    "known when the forecast was made",
)
