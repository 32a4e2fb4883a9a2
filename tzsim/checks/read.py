"""Reader of checks files: `models/tengzhou/checks.yaml` beside a folder's sectors, `models/sir.checks.yaml` beside a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from tzsim.checks.quantities import Quantities
from tzsim.checks.spec import Balance, Battery, Change, Claim, Loop, Quantity, Situation, Verb
from tzsim.errors import InputError, Problem, nearest
from tzsim.ir.describe import causes, kinds_of
from tzsim.ir.expr import Table
from tzsim.ir.model import Model
from tzsim.measures import at_year, needs
from tzsim.names import VarId, key, split_element
from tzsim.scenario.amounts import amount_at, variable_unit_at
from tzsim.scenario.binding import BindingError, Names
from tzsim.scenario.cache import read_document
from tzsim.scenario.check_shape import (
    BalanceRow,
    ChecksFile,
    ClaimRow,
    LoopRow,
    ReasonedRow,
    SettingRow,
    SituationRow,
)
from tzsim.scenario.explain import shaped
from tzsim.scenario.extends import Project
from tzsim.scenario.goals import read_goals
from tzsim.scenario.located import Document, NodePath, read_text
from tzsim.scenario.records import Priors
from tzsim.scenario.tables import read_levers, read_priors, read_shocks, words
from tzsim.scenario.text import Text2
from tzsim.units import ONE

VERBS: tuple[Verb, ...] = ("always", "falls", "rises", "stays", "vanishes", "falls_more", "steady", "settles")
BASELINE = "baseline"


def checks_file(model: Path) -> Path | None:
    """Where the checks of a model stand, if it has any."""
    place = model / "checks.yaml" if model.is_dir() else model.with_name(f"{model.stem}.checks.yaml")
    return place if place.is_file() else None


def read_checks(path: Path, model: Model) -> Battery:
    """The battery written in `path`, bound to the model. Raises InputError with every problem found."""
    project = Project.around(path)
    document = read_document(read_text(path, project.shown(path)))
    shape = shaped(ChecksFile, document)
    return _Reading(document, shape, model, project).battery()


class _Reading:
    """One reading: gathers the problems of the whole file."""

    def __init__(self, document: Document, shape: ChecksFile, model: Model, project: Project) -> None:
        self.document, self.shape, self.model, self.project = document, shape, model, project
        self.names = Names(model)
        self.kinds = kinds_of(model)
        self.quantities = Quantities(model, self.names, document)
        self.problems: list[Problem] = self.quantities.problems
        self.start = self.names.control("INITIAL TIME") or 0.0
        self.end = self.names.control("FINAL TIME") or self.start
        self.clock = self.names.clock()

    def battery(self) -> Battery:
        shape = self.shape
        priors = self._table("priors", lambda d: read_priors(d, self.names, self.problems))
        shocks = self._table("shocks", lambda d: read_shocks(d, self.names, self.clock, self.problems)) or ()
        levers = self._table("levers", lambda d: read_levers(d, self.names, self.problems)) or ()
        watch = self._all(("watch",), shape.watch)
        within = self._share(("steps", "within"), shape.steps.within if shape.steps else None, 0.01)
        results = self._results()
        self._ids("situations", shape.situations)
        self._ids("balances", shape.balances)
        self._ids("loops", shape.loops)
        made = Battery(
            words(shape.name),
            priors,
            shocks,
            levers,
            shape.draws,
            shape.seed,
            tuple(shape.years),
            watch,
            within,
            self._reasons("signed", shape.signed),
            self._reasons("unbalanced", shape.unbalanced),
            tuple(self._balance(i, row) for i, row in enumerate(shape.balances)),
            tuple(self._situation(i, row) for i, row in enumerate(shape.situations)),
            tuple(x for i, row in enumerate(shape.loops) if (x := self._loop(i, row)) is not None),
            results,
            self.document.source.shown,
        )
        if shape.draws and priors is None and not shocks:
            self._problem(("draws",), "draws need a prior or shock table", "name one under 'priors'")
        for i, year in enumerate(shape.years):
            if not self.start <= year < self.end:
                self._problem(("years", i), f"{year} lies outside the run, {self.start:g} to {self.end:g}")
        units = self.quantities.finish() if not self.problems else {}
        if self.problems:
            raise InputError(sorted(dict.fromkeys(self.problems), key=_place))
        return _with_units(made, units)

    # --- parts

    def _problem(self, path: NodePath, message: str, hint: str = "", *, on_key: bool = False) -> None:
        self.problems.append(self.document.problem(path, message, hint, key=on_key))

    def _ids(self, part: str, rows: list[Any]) -> None:
        seen: set[str] = set()
        for i, row in enumerate(rows):
            if row.id in seen:
                self._problem((part, i, "id"), f"'{row.id}' is used a second time", "ids are unique")
            seen.add(row.id)

    def _table(self, name: str, read: Any) -> Any:
        written = getattr(self.shape, name)
        if written is None:
            return None
        try:
            path = self.project.inside(self.document, (name,), written)
            return read(read_document(read_text(path, self.project.shown(path))))
        except InputError as error:
            self.problems.extend(error.problems)
            return None

    def _results(self) -> frozenset[VarId] | None:
        """Variables that people read: those listed, and those that the measures of the goals read."""
        if self.shape.results is None:
            return None
        found: set[VarId] = set()
        for i, name in enumerate(self.shape.results):
            if self._kind(("results", i), name):
                found.add(key(name))
        goals = self._table(
            "goals", lambda d: read_goals(d, self.names, self.clock, self.end, set(), self.problems)
        )
        for goal in goals or ():
            if goal.measure is not None:
                wanted = needs(at_year(goal.measure, self.clock.stretches[-1]))
                found |= {key(split_element(n)[0]) for n in (*wanted.levels, *wanted.integrals)}
        return frozenset(found)

    def _reasons(self, part: str, rows: list[ReasonedRow]) -> Mapping[str, Text2]:
        found: dict[str, Text2] = {}
        for i, row in enumerate(rows):
            for j, name in enumerate(row.stocks):
                if self._kind((part, i, "stocks", j), name) not in ("", "stock"):
                    self._problem((part, i, "stocks", j), f"'{name}' is not a stock")
                found[key(name)] = words(row.reason)
        return found

    def _kind(self, path: NodePath, name: str) -> str:
        try:
            return self.kinds[self.names.variable(name).id]
        except BindingError as error:
            self._problem(path, str(error), error.hint)
            return ""

    def _all(self, path: NodePath, texts: list[str]) -> tuple[Quantity, ...]:
        found = [self.quantities.one((*path, i), text) for i, text in enumerate(texts)]
        return tuple(q for q in found if q is not None)

    def _share(self, path: NodePath, value: object, default: float) -> float:
        if value is None:
            return default
        found = amount_at(self.document, path, value, ONE, self.problems)
        if found is not None and found < 0:
            self._problem(path, f"{value} is below 0")
        return default if found is None else found

    def _time(self, path: NodePath, value: float | None, default: float) -> float:
        if value is None:
            return default
        if not self.start <= value <= self.end:
            self._problem(path, f"{value:g} lies outside the run, {self.start:g} to {self.end:g}")
            return default
        return value

    # --- balances

    def _balance(self, i: int, row: BalanceRow) -> Balance:
        at: NodePath = ("balances", i)
        for j, name in enumerate(row.stocks):
            if self._kind((*at, "stocks", j), name.split("[")[0]) not in ("", "stock"):
                self._problem((*at, "stocks", j), f"'{name}' is not a stock")
        content = self._all((*at, "stocks"), row.stocks)
        inflows = self._all((*at, "inflows"), row.inflows)
        outflows = self._all((*at, "outflows"), row.outflows)
        ranges = {q.subscripts: q.text for q in (*content, *inflows, *outflows)}
        if len(ranges) > 1:
            first, other = list(ranges.values())[:2]
            hint = "give all of them the same ranges, or sum over them: SUM(x[Range!])"
            self._problem(at, f"balance '{row.id}': '{first}' and '{other}' do not run over the same", hint)
        names = tuple(dict.fromkeys(key(q.text.split("[")[0]) for q in content))
        return Balance(
            row.id, words(row.name), names, content, inflows, outflows, self.document.address((*at, "id"))
        )

    # --- situations

    def _situation(self, i: int, row: SituationRow) -> Situation:
        at: NodePath = ("situations", i)
        changes: list[Change] = []
        for name, setting in row.set.items():
            changes += self._changes((*at, "set", name), name, setting)
        claims = [self._claim((*at, "expect", j), c, bool(row.set)) for j, c in enumerate(row.expect)]
        known = tuple(c for c in claims if c is not None)
        return Situation(row.id, words(row.name), tuple(changes), known, self.document.address((*at, "id")))

    def _changes(self, at: NodePath, name: str, setting: SettingRow) -> list[Change]:
        given = [k for k in ("to", "times", "add") if getattr(setting, k) is not None]
        if len(given) != 1:
            self._problem(
                at, f"'{name}' needs one of to, times, add", "e.g. {times: 0.5, since: 2025}", on_key=True
            )
            return []
        try:
            elements = self.names.elements(name, bare=True)
        except BindingError as error:
            self._problem(at, str(error), error.hint, on_key=True)
            return []
        variable = self.names.variable(split_element(elements[0])[0])
        if self.kinds[variable.id] == "stock":
            hint = "set its flows, or the constant that it starts from"
            self._problem(at, f"'{variable.name}' is a stock", hint, on_key=True)
        table = all(isinstance(e.expression, Table) for e in variable.equations)
        if table and given != ["times"]:
            self._problem(at, f"'{variable.name}' is a table", "tables take 'times'", on_key=True)
        since = None if setting.since is None else self._time((*at, "since"), setting.since, self.start)
        if setting.times is not None:
            return [Change(e, setting.times, 0.0, since) for e in elements]
        unit = variable_unit_at(self.document, at, elements[0], self.names, self.problems)
        place = at if (*at, given[0]) not in self.document.values else (*at, given[0])
        value = amount_at(self.document, place, getattr(setting, given[0]), unit or ONE, self.problems)
        return [Change(e, float(given[0] == "add"), value or 0.0, since) for e in elements]

    def _claim(self, at: NodePath, row: ClaimRow, situated: bool) -> Claim | None:
        verbs: list[Verb] = [v for v in VERBS if getattr(row, v) is not None]
        if len(verbs) != 1:
            said = f"'{verbs[0]}' and '{verbs[1]}' in one claim" if verbs else "a claim without a verb"
            self._problem(at, said, f"exactly one of: {', '.join(VERBS)}")
            return None
        verb = verbs[0]
        if verb not in ("always", "steady", "settles") and not situated:
            hint = "compare within a situation that sets something"
            self._problem(
                (*at, verb), f"'{verb}' compares with the run without the situation", hint, on_key=True
            )
            return None
        self._only(at, row, verb)
        comparison = ""
        if verb == "always":
            sides = self.quantities.sides((*at, verb), row.always or "")
            if sides is None:
                return None
            quantities, comparison = (sides[0], sides[2]), sides[1]
        elif verb == "falls_more":
            quantities = self._all((*at, verb), row.falls_more or [])
            for j, q in enumerate(quantities):
                if q.subscripts:
                    hint = "name one element, or sum over all of them"
                    self._problem((*at, verb, j), f"'{q.text}' stands for several elements", hint)
        else:
            one = self.quantities.one((*at, verb), getattr(row, verb))
            if one is None:
                return None
            quantities = (one,)
        return Claim(
            verb,
            quantities,
            words(row.name),
            comparison,
            self._window(at, row, verb),
            self._share((*at, "at_least"), row.at_least, 0.0),
            self._share((*at, "at_most"), row.at_most, float("inf")),
            self._share((*at, "below"), row.below, 0.01)
            if verb == "vanishes"
            else self._share((*at, "within"), row.within, 0.01),
            self._share((*at, "share"), row.share, 1.0),
            self.document.address((*at, verb)),
        )

    def _only(self, at: NodePath, row: ClaimRow, verb: Verb) -> None:
        """Refuse keys that the verb would ignore."""
        allowed = {"name", "share", verb} | {
            "always": {"since", "until"},
            "steady": {"since", "until", "within"},
            "settles": {"by", "within"},
            "falls": {"by", "during", "at_least", "at_most"},
            "rises": {"by", "during", "at_least", "at_most"},
            "stays": {"by", "during", "within"},
            "vanishes": {"by", "during", "below"},
            "falls_more": {"by", "during"},
        }[verb]
        for name in sorted(row.model_fields_set - allowed):
            hint = f"with it go: {', '.join(sorted(allowed - {verb}))}"
            self._problem((*at, name), f"'{name}' says nothing to '{verb}'", hint, on_key=True)
        if row.by is not None and row.during is not None:
            self._problem((*at, "during"), "'by' and 'during' in one claim", "keep one", on_key=True)

    def _window(self, at: NodePath, row: ClaimRow, verb: Verb) -> tuple[float, float]:
        if verb in ("always", "steady"):
            since = self._time((*at, "since"), row.since, self.start)
            until = self._time((*at, "until"), row.until, self.end)
            if since > until:
                self._problem((*at, "until"), f"until {until:g} is before since {since:g}")
            return since, until
        if row.during is not None:
            first, last = (self._time((*at, "during", k), row.during[k], self.end) for k in (0, 1))
            if first > last:
                self._problem((*at, "during"), f"{first:g} is after {last:g}")
            return first, last
        by = self._time((*at, "by"), row.by, self.end)
        return (max(self.start, by - 1.0), by) if verb == "settles" else (by, by)

    # --- loops

    def _loop(self, i: int, row: LoopRow) -> Loop | None:
        at: NodePath = ("loops", i)
        through: list[str] = []
        for j, name in enumerate(row.through):
            kind = self._kind((*at, "through", j), name)
            if kind in ("constant", "lookup", "data"):
                self._problem((*at, "through", j), f"'{name}' is a {kind}: no loop runs through it")
            if kind:
                through.append(self.names.variable(name).name)
        cut = row.cut or row.through[0]
        if key(cut) not in [key(t) for t in row.through]:
            self._problem((*at, "cut"), f"'{cut}' is not among 'through'", nearest(cut, row.through))
            return None
        if row.stress is not None and row.stress not in [s.id for s in self.shape.situations]:
            hint = nearest(row.stress, [s.id for s in self.shape.situations])
            self._problem((*at, "stress"), f"there is no situation '{row.stress}'", hint)
        return Loop(
            row.id,
            words(row.name),
            row.kind,
            tuple(through),
            self.names.variable(cut).name if key(cut) in self.model.variables else cut,
            self._time((*at, "since"), row.since, self.start),
            self._time((*at, "until"), row.until, self.end),
            self._all((*at, "watch"), row.watch),
            row.stress or "",
            self._share((*at, "share"), row.share, 1.0),
            self.document.address((*at, "id")),
        )


def broken_links(model: Model, loop: Loop) -> list[tuple[str, str]]:
    """Neighbours of a loop, cause and effect, where the effect's equation does not read the cause."""
    reads = causes(model)
    ring = [*loop.through, loop.through[0]]
    return [(a, b) for a, b in pairwise(ring) if key(a) not in reads[key(b)]]


def _place(problem: Problem) -> tuple[str, int, int]:
    where = problem.address
    return (where.file, where.line, where.column) if where else ("", 0, 0)


def _with_units(battery: Battery, units: Mapping[str, Quantity]) -> Battery:
    """The battery with the unit of each quantity in it."""

    def told(quantities: tuple[Quantity, ...]) -> tuple[Quantity, ...]:
        return tuple(units[q.id] for q in quantities)

    situations = tuple(
        replace(s, claims=tuple(replace(c, quantities=told(c.quantities)) for c in s.claims))
        for s in battery.situations
    )
    balances = tuple(
        replace(b, content=told(b.content), inflows=told(b.inflows), outflows=told(b.outflows))
        for b in battery.balances
    )
    loops = tuple(replace(x, watch=told(x.watch)) for x in battery.loops)
    return replace(battery, watch=told(battery.watch), situations=situations, balances=balances, loops=loops)


__all__ = ["BASELINE", "Priors", "broken_links", "checks_file", "read_checks"]
