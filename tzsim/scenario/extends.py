"""A scenario file together with the ones it extends: what is written nearest wins; levers, shocks and set join key by key."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tzsim.errors import Address, InputError, Problem, nearest
from tzsim.scenario.explain import shaped
from tzsim.scenario.located import Document, NodePath, read_yaml
from tzsim.scenario.schema import ScenarioFile

JOINED = ("levers", "shocks", "set")


@dataclass(frozen=True, slots=True)
class Setting:
    """A value of the joined scenario and where it was written."""

    value: Any
    document: Document
    path: NodePath

    def problem(self, message: str, hint: str = "", *, key: bool = False) -> Problem:
        return self.document.problem(self.path, message, hint, key=key)


@dataclass(frozen=True, slots=True)
class Joined:
    """Keys of the scenario (and of its levers, shocks, set) as settings; documents from the nearest to the base."""

    settings: dict[str, Setting]
    levers: dict[str, Setting]
    shocks: dict[str, Setting]
    set: dict[str, Setting]
    documents: tuple[Document, ...]

    def get(self, name: str) -> Setting | None:
        return self.settings.get(name)


class Project:
    """The folder a scenario belongs to: nothing outside it is read."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()

    @classmethod
    def around(cls, path: Path) -> Project:
        """The nearest folder above `path` that holds `models`, else the folder of the file."""
        folder = path.resolve().parent
        for candidate in (folder, *folder.parents):
            if (candidate / "models").is_dir():
                return cls(candidate)
        return cls(folder)

    def shown(self, path: Path) -> str:
        """How messages name a file: relative to where the person stands, if it is below."""
        resolved = path.resolve()
        for base in (Path.cwd().resolve(), self.root):
            if resolved.is_relative_to(base):
                return resolved.relative_to(base).as_posix()
        return str(path)

    def relative(self, path: Path) -> str:
        """Name of a file in the record: relative to the root, with /."""
        resolved = path.resolve()
        return (
            resolved.relative_to(self.root).as_posix()
            if resolved.is_relative_to(self.root)
            else resolved.name
        )

    def inside(self, document: Document, path: NodePath, written: str) -> Path:
        """The file or folder meant by `written` beside the document. Raises InputError when it leaves the project."""
        text = written.strip()
        problem = ""
        if not text or "\0" in text:
            problem = "the path is empty" if not text else "the path holds a null character"
        elif Path(text).is_absolute() or text.startswith("~") or text[1:3] in (":\\", ":/"):
            problem = f"'{text}' is an absolute path"
        else:
            target = (document.source.path.parent / text).resolve()
            if target.is_relative_to(self.root):
                return target
            problem = f"'{text}' lies outside the project folder"
        hint = "write a path inside the project, relative to this file"
        raise InputError([document.problem(path, problem, hint)])


def read_joined(path: Path, project: Project) -> Joined:
    """The scenario with all it extends. Raises InputError: bad files, cycles, paths that leave the project."""
    documents: list[Document] = []
    settings: dict[str, Setting] = {}
    joined: dict[str, dict[str, Setting]] = {k: {} for k in JOINED}
    problems: list[Problem] = []
    chain = [path.resolve()]
    here: Path | None = path
    while here is not None:
        try:
            document = read_yaml(here, project.shown(here))
            shape = shaped(ScenarioFile, document)
        except InputError as error:
            problems.extend(error.problems)
            break
        documents.append(document)
        for name in ScenarioFile.model_fields:
            if name == "extends" or name not in shape.model_fields_set:
                continue
            value = getattr(shape, name)
            if name in JOINED:
                for k, inner in value.items():
                    joined[name].setdefault(k, Setting(inner, document, (name, k)))
            elif value is not None:
                settings.setdefault(name, Setting(value, document, (name,)))
        here = None
        if shape.extends is not None:
            try:
                here = _base(document, shape.extends, project)
            except InputError as error:
                problems.extend(error.problems)
                break
            if here in chain:
                names = " -> ".join(p.stem for p in [*chain[chain.index(here) :], here])
                problems.append(document.problem(("extends",), f"extends goes round in a circle: {names}"))
                break
            chain.append(here)
            if len(chain) > 20:
                problems.append(document.problem(("extends",), "more than 20 scenarios extend each other"))
                break
    if problems:
        raise InputError(problems)
    return Joined(settings, joined["levers"], joined["shocks"], joined["set"], tuple(documents))


def _base(document: Document, written: str, project: Project) -> Path:
    text = written if written.endswith((".yaml", ".yml")) else f"{written}.yaml"
    target = project.inside(document, ("extends",), text)
    if not target.is_file():
        beside = sorted(p.stem for p in document.source.path.parent.glob("*.y*ml"))
        hint = nearest(written, beside) or f"scenarios here: {', '.join(beside)}"
        raise InputError([document.problem(("extends",), f"there is no scenario '{written}'", hint)])
    return target


def missing_file(setting: Setting, target: Path, project: Project) -> Problem:
    """The problem of a path that leads nowhere."""
    try:
        near = nearest(target.name, [p.name for p in target.parent.iterdir()])
    except OSError:
        near = ""
    return setting.problem(f"{setting.path[-1]}: there is no '{project.shown(target)}'", near)


def not_a_scenario(path: Path, shown: str) -> InputError:
    """What was given on the command line is no scenario file."""
    return InputError.one("not a scenario file (.yaml)", Address(shown), "e.g. scenarios/baseline.yaml")
