"""`read_scenario`: everything a forecast needs from the files of a project, checked against the model and each other.

All problems of all files come in one InputError, in the order scenario, model, tables, goals, history, view.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from tzsim.clock import Clock
from tzsim.errors import InputError, Problem, both, closest, nearest
from tzsim.ir.model import Model
from tzsim.names import element, key, split_element
from tzsim.scenario.amounts import amount_at, constants_at, variable_unit_at
from tzsim.scenario.binding import Names
from tzsim.scenario.cache import read_document
from tzsim.scenario.called import called
from tzsim.scenario.explain import shown as shown_value
from tzsim.scenario.extends import Joined, Project, Setting, missing_file, not_a_scenario, read_joined
from tzsim.scenario.figure_names import FigureNames, names_beside, read_figure_names
from tzsim.scenario.goals import read_goals
from tzsim.scenario.held_back import with_limits
from tzsim.scenario.history import history_files, other_clock, read_history, said_twice, twice
from tzsim.scenario.located import Document, NodePath, read_text
from tzsim.scenario.records import Goal, Lever, Observation, Priors, Scenario, Shock, View
from tzsim.scenario.set_shocks import values_set
from tzsim.scenario.tables import read_levers, read_priors, read_shocks, words
from tzsim.scenario.targets import with_target
from tzsim.scenario.text import Text2
from tzsim.scenario.times import as_of_scenario, clock_of_scenario
from tzsim.scenario.views import EMPTY_VIEW, read_view
from tzsim.units import parse_unit

Read = TypeVar("Read")

NEEDED = ("model", "name", "priors")
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
        self.problems: list[Problem] = list(joined.problems)
        self.files: dict[str, str] = {}
        self.written: dict[str, dict[str, Text2]] = {}
        """Table -> id -> name of every row as it is written, whether or not the row is right."""
        self.given = model
        self.written_keys = [
            str(k) for d in joined.documents for k in d.data if str(k) not in joined.settings
        ]
        """Keys that are no setting: what a missing one may have been meant by."""
        for document in joined.documents:
            self._note(document.source.path, document.source.sha256)

    def scenario(self) -> Scenario:
        top = self.joined.documents[0]
        for name in NEEDED if self.joined.whole else ():
            if self.joined.get(name) is None and not closest(name, self.written_keys):
                text = both(f"缺少“{name}”", f"'{name}' is missing")
                hint = both("或 extends 一个已有它的情景", "or extend a scenario that has it")
                self.problems.append(top.problem((), text, hint))
        model_path, model = self._model()
        names = Names(model) if model is not None else None
        clock = clock_of_scenario(self.joined, names, self.problems)
        horizon = clock.end
        as_of = as_of_scenario(self.joined, names, clock, self.written_keys, self.problems)
        history = self._history(names, clock)
        priors, shocks, levers = Priors(), (), ()
        if names is not None:
            priors = self._table("priors", lambda d: read_priors(d, names, self.problems), Priors())
            shocks = self._table("shock_table", lambda d: read_shocks(d, names, clock, self.problems), ())
            levers = self._table("lever_table", lambda d: read_levers(d, names, self.problems), ())
        else:
            for name in ("priors", "shock_table", "lever_table"):
                self._document(name)
        unsaid: set[str] = set()
        known = as_of.year if isinstance(as_of, date) else as_of
        goals = self._table("goals", lambda d: read_goals(d, names, clock, known, unsaid, self.problems), ())
        view = EMPTY_VIEW
        if names is not None:
            ids = list(self.written.get("goals", {}))
            view = self._table(
                "view", lambda d: read_view(d, names, ids, history, self.problems, self._beside), EMPTY_VIEW
            )
            self._areas(view, {g.area: g.address for g in goals})
            goals = with_limits(goals, unsaid, view, names.model)
            shocks = self._set_shocks(shocks, names, clock, view)
        goals = self._targets(goals)
        values = self._levers(levers)
        settings = self._settings(names, view) if names is not None else {}
        fixed = self._fixed(levers, values, settings)
        posterior = self._posterior()
        if self.problems or model is None:
            raise InputError(_in_order(self.problems))
        return Scenario(
            id=self.path.stem, path=self.path, root=self.project.root, name=words(self._value("name", None)),
            question=words(self._value("question", None)), model_path=model_path, model=model,
            draws=self._value("draws", DEFAULT_DRAWS), seed=self._value("seed", 0), as_of=as_of, horizon=horizon,
            goals=goals, priors=priors, shocks=shocks, lever_table=levers, levers=values, settings=settings,
            view=view, history=tuple(o for o in history if o.year <= known), fixed=fixed,
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
        self.written[name] = _written(document.data)
        try:
            return read(document)
        except InputError as error:
            self.problems.extend(error.problems)
            return default

    def _history(self, names: Names | None, clock: Clock) -> tuple[Observation, ...]:
        setting = self.joined.get("history")
        target = self._target(setting) if setting is not None else None
        if target is None:
            return ()
        files = history_files(target) if target.is_dir() else (target,)
        named = names_beside(target)
        try:
            figures = read_figure_names(named)
        except InputError as error:
            self.problems.extend(error.problems)
            figures = FigureNames()
        if named is not None:
            self._note(named, read_text(named, named.name).sha256)
        words = None if names is None else names.unit_words
        found: list[Observation] = []
        for file in files:
            try:
                observations, source = read_history(
                    file, self.project.shown(file), names=figures, words=words
                )
            except InputError as error:
                self.problems.extend(error.problems)
                continue
            self._note(file, source.sha256)
            found += observations
        self.problems += said_twice(twice(found))
        if names is not None and self.joined.whole:
            self.problems += other_clock(found, clock)
        return tuple(found)

    # --- what the scenario sets

    def _by_id(
        self, part: str, table: str, known: Mapping[str, Text2], kind: tuple[str, str]
    ) -> dict[str, Setting]:
        """Entries of a joined part by the id of what they name (id or name); the nearest file wins. kind: in Chinese, in English."""
        found: dict[str, Setting] = {}
        for written, setting in getattr(self.joined, part).items():
            id, hint = called(written, known)
            if id is None:
                there = self.written.get(table)
                broken = there is None and self.joined.get(table) is not None
                if not broken and called(written, there or {})[0] is None:
                    listed = ", ".join(known)
                    hint = hint or (
                        both(f"{kind[0]}有：{listed}", f"{part}: {listed}")
                        if known
                        else both(f"请给出 {table}", f"give a {table}")
                    )
                    text = both(f"没有{kind[0]}“{written}”", f"there is no {kind[1]} '{written}'")
                    self.problems.append(setting.problem(text, hint, key=True))
            elif id not in found:
                found[id] = setting
            elif found[id].document is setting.document:
                text = both(f"{kind[0]}“{id}”写了两次", f"{kind[1]} '{id}' is written twice")
                self.problems.append(setting.problem(text, both("只写一次", "once is enough"), key=True))
        return found

    def _levers(self, table: tuple[Lever, ...]) -> dict[str, float]:
        """Lever id -> value in the model's unit."""
        by_id = {x.id: x for x in table}
        self.levers = self._by_id("levers", "lever_table", {x.id: x.name for x in table}, ("手段", "lever"))
        found: dict[str, float] = {}
        for id, setting in self.levers.items():
            lever = by_id[id]
            value = amount_at(
                setting.document, setting.path, setting.value, parse_unit(lever.unit, own=True), self.problems
            )
            if value is None:
                continue
            if not lever.low - 1e-12 <= value <= lever.high + 1e-12:
                seen = shown_value(setting.value)
                text = both(f"levers.{id}：{seen.zh}超出范围", f"levers.{id}: {seen} is out of range")
                limits = f"{lever.low:g}", f"{lever.high:g} {lever.unit}"
                hint = both(f"从 {limits[0]} 到 {limits[1]}", f"from {limits[0]} to {limits[1]}")
                self.problems.append(setting.problem(text, hint))
                continue
            found[id] = value
        return found

    def _targets(self, goals: tuple[Goal, ...]) -> tuple[Goal, ...]:
        """The goals with the targets that the scenario puts in place of the plan's."""
        known = {g.id: g.name for g in goals}
        changed = self._by_id("targets", "goals", known, ("目标", "goal"))
        return tuple(
            with_target(g, changed[g.id], self.path.stem, self.problems) if g.id in changed else g
            for g in goals
        )

    def _reference(self, written: str, setting: Setting, names: Names, view: View) -> str | None:
        """A variable or element as the model calls it, written in the model's words or in the view's; None with a Problem."""
        try:
            name, subscripts = split_element(written)
        except ValueError:
            return written
        labels = {key(k): v for k, v in view.elements.items()}
        elements = [called(s, labels)[0] if key(s) not in labels else s for s in subscripts]
        subscripts = tuple(e or s for e, s in zip(elements, subscripts, strict=True))
        if key(name) not in names.model.variables:
            id, hint = called(name, {k: v for k, v in view.inputs.items() if k in names.model.variables})
            if id is None:
                variables = [v.name for v in names.model.variables.values()]
                near = closest(name, variables)
                if near or not hint:
                    hint = nearest(name, variables)
                text = both(f"set：模型中没有变量“{name}”", f"set: the model has no variable '{name}'")
                self.problems.append(setting.problem(text, hint, key=True))
                return None
            name = names.model.variables[id].name
        return element(name, subscripts) if subscripts else name

    def _settings(self, names: Names, view: View) -> dict[str, float]:
        """Element -> value of the constants set by hand."""
        found: dict[str, float] = {}
        for written, setting in self.joined.set.items():
            document, path = setting.document, setting.path
            reference = self._reference(written, setting, names, view)
            if reference is None:
                continue
            elements = constants_at(document, path, reference, names, self.problems, as_key=True)
            unit = variable_unit_at(document, path, elements[0], names, self.problems) if elements else None
            value = (
                amount_at(document, path, setting.value, unit, self.problems) if unit is not None else None
            )
            if value is None:
                continue
            for name in elements:
                if name in found:
                    text = both(f"“{name}”设定了两次", f"'{name}' is set twice")
                    self.problems.append(setting.problem(text, both("只写一次", "once is enough"), key=True))
                found[name] = value
        return found

    def _fixed(
        self, table: tuple[Lever, ...], levers: Mapping[str, float], settings: Mapping[str, float]
    ) -> dict[str, float]:
        fixed = dict(settings)
        for lever in table:
            for name in lever.elements if lever.id in levers else ():
                if name in settings:
                    text = both(
                        f"“{name}”既由手段“{lever.id}”调整，又在 set 中设定",
                        f"'{name}' is moved by the lever '{lever.id}' and set by hand",
                    )
                    hint = both("只留一处", "keep one")
                    self.problems.append(self.levers[lever.id].problem(text, hint, key=True))
                fixed[name] = levers[lever.id]
        return fixed

    def _set_shocks(
        self, table: tuple[Shock, ...], names: Names, clock: Clock, view: View
    ) -> tuple[Shock, ...]:
        by_id = {s.id: s for s in table}
        set = self._by_id("shocks", "shock_table", {s.id: s.name for s in table}, ("冲击", "shock"))
        for id, setting in set.items():
            shock = by_id[id]
            if setting.value == "off":
                by_id[id] = replace(shock, off=True)
            else:
                by_id[id] = replace(
                    shock, fixed=values_set(shock, setting, names, clock, view, self.problems)
                )
        return tuple(by_id[s.id] for s in table)

    def _areas(self, view: View, areas: Mapping[str, object]) -> None:
        """Every area of a goal has a label in the view (where the view has any)."""
        setting = self.joined.get("view")
        if not view.areas or setting is None:
            return
        for area in areas:
            if area not in view.areas:
                text = both(
                    f"view 中没有目标领域“{area}”的名称",
                    f"the view has no label for area '{area}' of the goals",
                )
                hint = both(f"写进 {setting.value} 的 areas", f"add it to 'areas' of {setting.value}")
                self.problems.append(setting.problem(text, hint))


def _written(data: Any) -> dict[str, Text2]:
    """id -> name of the rows of a table, as they are written."""
    found: dict[str, Text2] = {}
    for row in data if isinstance(data, list) else ():
        if isinstance(row, dict) and "id" in row:
            name: Any = row.get("name")
            both_names = name if isinstance(name, dict) else {"zh": name, "en": name}
            found[str(row["id"])] = Text2(str(both_names.get("zh", "")), str(both_names.get("en", "")))
    return found


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
