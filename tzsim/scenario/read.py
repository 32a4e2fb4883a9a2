"""`read_scenario`: everything a forecast needs from the files of a project, checked against the model and each other.

All problems of all files come in one InputError, in the order scenario, model, tables, goals, history, view.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from tzsim.errors import InputError, Problem, nearest
from tzsim.ir.model import Model
from tzsim.names import split_element
from tzsim.scenario.amounts import amount_at, constants_at, per_element, variable_unit_at
from tzsim.scenario.binding import Names
from tzsim.scenario.cache import read_document
from tzsim.scenario.explain import shown as shown_value
from tzsim.scenario.extends import Joined, Project, Setting, missing_file, not_a_scenario, read_joined
from tzsim.scenario.goals import read_goals
from tzsim.scenario.held_back import with_limits
from tzsim.scenario.history import history_files, read_history, said_twice, twice
from tzsim.scenario.located import Document, NodePath, read_text
from tzsim.scenario.records import Lever, Observation, Priors, Scenario, Shock, View
from tzsim.scenario.tables import read_levers, read_priors, read_shocks, words
from tzsim.scenario.views import EMPTY_VIEW, read_view
from tzsim.units import parse_unit

Read = TypeVar("Read")

NEEDED = ("model", "name", "as_of", "priors")
DEFAULT_DRAWS = 10_000


def read_scenario(
    path: str | Path, *, root: str | Path | None = None, model: Model | None = None
) -> Scenario:
    """The scenario written in `path`, with everything it names.

    Main arguments: path, a scenario file (.yaml). Other arguments: root, the project folder that no path may leave (default:
    the nearest folder above that holds `models`); model, a model already read, used instead of the one the scenario names.
    Raises InputError with every problem found.
    """
    file = Path(path)
    project = Project(Path(root)) if root is not None else Project.around(file)
    if file.suffix not in (".yaml", ".yml"):
        raise not_a_scenario(file, str(path))
    joined = read_joined(file, project)
    return _Reading(file, project, joined, model).scenario()


class _Reading:
    """One reading of a scenario: gathers problems over all files."""

    def __init__(self, path: Path, project: Project, joined: Joined, model: Model | None) -> None:
        self.path, self.project, self.joined = path, project, joined
        self.problems: list[Problem] = []
        self.files: dict[str, str] = {}
        self.given = model
        for document in joined.documents:
            self._note(document.source.path, document.source.sha256)

    def scenario(self) -> Scenario:
        top = self.joined.documents[0]
        for name in NEEDED:
            if self.joined.get(name) is None:
                keys = [str(k) for k in top.data if str(k) not in self.joined.settings]
                hint = (
                    nearest(name, keys).replace("did you mean", "is it written as")
                    or "or extend a scenario that has it"
                )
                self.problems.append(top.problem((), f"'{name}' is missing", hint))
        model_path, model = self._model()
        names = Names(model) if model is not None else None
        as_of: date = self._value("as_of", date(1900, 1, 1))
        first, horizon = self._times(names)
        history = self._history(as_of)
        priors, shocks, levers = Priors(), (), ()
        if names is not None:
            priors = self._table("priors", lambda d: read_priors(d, names, self.problems), Priors())
            shocks = self._table("shock_table", lambda d: read_shocks(d, names, horizon, self.problems), ())
            levers = self._table("lever_table", lambda d: read_levers(d, names, self.problems), ())
            shocks = self._set_shocks(shocks, names, horizon)
        else:
            for name in ("priors", "shock_table", "lever_table"):
                self._document(name)
        years = (first, float(horizon)) if names is not None else (-math.inf, math.inf)
        unsaid: set[str] = set()
        goals = self._table(
            "goals", lambda d: read_goals(d, names, years, as_of.year, unsaid, self.problems), ()
        )
        view = EMPTY_VIEW
        if names is not None:
            ids = [g.id for g in goals]
            view = self._table(
                "view", lambda d: read_view(d, names, ids, history, self.problems, self._beside), EMPTY_VIEW
            )
            self._areas(view, {g.area: g.address for g in goals})
            goals = with_limits(goals, unsaid, view, names.model)
        values = self._levers(levers)
        settings = self._settings(names) if names is not None else {}
        fixed = self._fixed(levers, values, settings)
        posterior = self._posterior()
        if self.problems or model is None:
            raise InputError(_in_order(self.problems))
        return Scenario(
            id=self.path.stem, path=self.path, root=self.project.root, name=words(self._value("name", None)),
            question=words(self._value("question", None)), model_path=model_path, model=model,
            draws=self._value("draws", DEFAULT_DRAWS), seed=self._value("seed", 0), as_of=as_of, horizon=horizon,
            goals=goals, priors=priors, shocks=shocks, lever_table=levers, levers=values, settings=settings,
            view=view, history=tuple(o for o in history if o.year <= as_of.year), fixed=fixed,
            files=dict(sorted(self.files.items())), posterior=posterior,
        )  # fmt: skip

    def _value(self, name: str, default: Any) -> Any:
        setting = self.joined.get(name)
        return default if setting is None else setting.value

    def _note(self, path: Path, sha256: str) -> None:
        self.files[self.project.relative(path)] = sha256

    # --- files

    def _target(self, setting: Setting) -> Path | None:
        try:
            target = self.project.inside(setting.document, setting.path, setting.value)
        except InputError as error:
            self.problems.extend(error.problems)
            return None
        if not target.exists():
            self.problems.append(missing_file(setting, target, self.project))
            return None
        return target

    def _posterior(self) -> Path | None:
        """The folder named; whether a record is there is for the forecast to say (a calibration makes it)."""
        setting = self.joined.get("posterior")
        if setting is None or setting.value == "none":
            return None
        try:
            return self.project.inside(setting.document, setting.path, setting.value)
        except InputError as error:
            self.problems.extend(error.problems)
            return None

    def _model(self) -> tuple[Path, Model | None]:
        setting = self.joined.get("model")
        if setting is None:
            return self.project.root, self.given
        target = self._target(setting)
        if target is None:
            return self.project.root, self.given
        if self.given is not None:
            return target, self.given
        from tzsim.translate import read_model

        try:
            model = read_model(_near(target))
        except InputError as error:
            self.problems.extend(error.problems)
            return target, None
        folder = target if target.is_dir() else target.parent
        for source in model.sources:
            self._note(folder / source.path, source.sha256)
        return target, model

    def _beside(self, document: Document, path: NodePath, written: str) -> Document | None:
        """A file that another one names."""
        target = self._target(Setting(written, document, path))
        return None if target is None else self._opened(target)

    def _document(self, name: str) -> Document | None:
        setting = self.joined.get(name)
        target = self._target(setting) if setting is not None else None
        return None if target is None else self._opened(target)

    def _opened(self, target: Path) -> Document | None:
        try:
            document = read_document(read_text(target, self.project.shown(target)))
        except InputError as error:
            self.problems.extend(error.problems)
            return None
        self._note(target, document.source.sha256)
        return document

    def _table(self, name: str, read: Callable[[Document], Read], default: Read) -> Read:
        document = self._document(name)
        if document is None:
            return default
        try:
            return read(document)
        except InputError as error:
            self.problems.extend(error.problems)
            return default

    def _history(self, as_of: date) -> tuple[Observation, ...]:
        setting = self.joined.get("history")
        target = self._target(setting) if setting is not None else None
        if target is None:
            return ()
        files = history_files(target) if target.is_dir() else (target,)
        found: list[Observation] = []
        for file in files:
            try:
                observations, source = read_history(file, self.project.shown(file))
            except InputError as error:
                self.problems.extend(error.problems)
                continue
            self._note(file, source.sha256)
            found += observations
        self.problems += said_twice(twice(found))
        return tuple(found)

    # --- what the scenario sets

    def _times(self, names: Names | None) -> tuple[float, int]:
        """First time of the model and last time simulated."""
        setting = self.joined.get("horizon")
        if names is None:
            return 0.0, 0 if setting is None else setting.value
        first, last = names.control("INITIAL TIME"), names.control("FINAL TIME")
        if first is None or last is None:
            text = "INITIAL TIME and FINAL TIME of the model must be plain numbers"
            self.problems.append(Problem(None, text))
            return 0.0, 0
        if setting is None:
            return first, int(last)
        if not first < setting.value <= last:
            text = f"horizon: {setting.value} lies outside the model's time, {first:g} to {last:g}"
            self.problems.append(setting.problem(text, f"at most {last:g}"))
        return first, setting.value

    def _levers(self, table: tuple[Lever, ...]) -> dict[str, float]:
        """Lever id -> value in the model's unit."""
        by_id = {x.id: x for x in table}
        found: dict[str, float] = {}
        for id, setting in self.joined.levers.items():
            lever = by_id.get(id)
            if lever is None:
                if table or self.joined.get("lever_table") is None:
                    hint = nearest(id, by_id) or (
                        f"levers: {', '.join(by_id)}" if by_id else "give a lever_table"
                    )
                    self.problems.append(setting.problem(f"there is no lever '{id}'", hint, key=True))
                continue
            value = amount_at(
                setting.document, setting.path, setting.value, parse_unit(lever.unit, own=True), self.problems
            )
            if value is None:
                continue
            if not lever.low - 1e-12 <= value <= lever.high + 1e-12:
                text = f"levers.{id}: {shown_value(setting.value)} is out of range"
                self.problems.append(
                    setting.problem(text, f"from {lever.low:g} to {lever.high:g} {lever.unit}")
                )
                continue
            found[id] = value
        return found

    def _settings(self, names: Names) -> dict[str, float]:
        """Element -> value of the constants set by hand."""
        found: dict[str, float] = {}
        for reference, setting in self.joined.set.items():
            document, path = setting.document, setting.path
            elements = constants_at(document, path, reference, names, self.problems, as_key=True)
            unit = variable_unit_at(document, path, elements[0], names, self.problems) if elements else None
            value = (
                amount_at(document, path, setting.value, unit, self.problems) if unit is not None else None
            )
            if value is None:
                continue
            for name in elements:
                if name in found:
                    self.problems.append(
                        setting.problem(f"'{name}' is set twice", "once is enough", key=True)
                    )
                found[name] = value
        return found

    def _fixed(
        self, table: tuple[Lever, ...], levers: Mapping[str, float], settings: Mapping[str, float]
    ) -> dict[str, float]:
        fixed = dict(settings)
        for lever in table:
            for name in lever.elements if lever.id in levers else ():
                if name in settings:
                    text = f"'{name}' is moved by the lever '{lever.id}' and set by hand"
                    self.problems.append(self.joined.levers[lever.id].problem(text, "keep one", key=True))
                fixed[name] = levers[lever.id]
        return fixed

    def _set_shocks(self, table: tuple[Shock, ...], names: Names, horizon: int) -> tuple[Shock, ...]:
        by_id = {s.id: s for s in table}
        for id, setting in self.joined.shocks.items():
            shock = by_id.get(id)
            if shock is None:
                if table or self.joined.get("shock_table") is None:
                    hint = nearest(id, by_id) or (
                        f"shocks: {', '.join(by_id)}" if by_id else "give a shock_table"
                    )
                    self.problems.append(setting.problem(f"there is no shock '{id}'", hint, key=True))
                continue
            if setting.value == "off":
                by_id[id] = replace(shock, off=True)
            else:
                by_id[id] = replace(shock, fixed=self._knots(shock, setting, names, horizon))
        return tuple(by_id[s.id] for s in table)

    def _knots(
        self, shock: Shock, setting: Setting, names: Names, horizon: int
    ) -> tuple[tuple[str, int, float], ...]:
        document, elements = setting.document, tuple(p.variable for p in shock.elements)
        unit = names.unit(split_element(elements[0])[0])
        fixed: list[tuple[str, int, float]] = []
        for year, written in setting.value.items():
            path = (*setting.path, year)
            if isinstance(year, bool) or not isinstance(year, int) or not 1900 <= year <= 2200:
                text = f"shocks.{shock.id}: '{year}' is not a year"
                self.problems.append(document.problem(path, text, "e.g. {2025: -1.6}", key=True))
                continue
            inside = [k for k, t in enumerate(shock.knots) if year <= t < year + 1]
            if not inside:
                text = f"shocks.{shock.id}: {year} has no draw of this shock"
                hint = f"its draws go from {shock.start:g} to {horizon}, every {shock.period:g} years"
                self.problems.append(document.problem(path, text, hint, key=True))
                continue
            values = per_element(document, path, written, elements, unit, self.problems, all_of_them=False)
            fixed.extend((name, k, value) for name, value in values.items() for k in inside)
        return tuple(fixed)

    def _areas(self, view: View, areas: Mapping[str, object]) -> None:
        """Every area of a goal has a label in the view (where the view has any)."""
        setting = self.joined.get("view")
        if not view.areas or setting is None:
            return
        for area in areas:
            if area not in view.areas:
                text = f"the view has no label for area '{area}' of the goals"
                self.problems.append(setting.problem(text, f"add it to 'areas' of {setting.value}"))


def _near(path: Path) -> Path:
    """The path relative to the working folder where it lies below, so that messages are short."""
    here = Path.cwd().resolve()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _in_order(problems: list[Problem]) -> list[Problem]:
    """Files in the order met, places in the order written, nothing twice."""
    files: dict[str, int] = {}
    for p in problems:
        files.setdefault(p.address.file if p.address else "", len(files))
    unique = list(dict.fromkeys(problems))
    return sorted(
        unique,
        key=lambda p: (
            files[p.address.file if p.address else ""],
            p.address.line if p.address else 0,
            p.address.column if p.address else 0,
        ),
    )
