"""A scenario file together with the ones it extends: what is written nearest wins; levers, shocks, set and targets join key by key."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tzsim.errors import Address, InputError, Problem, both, nearest
from tzsim.scenario.explain import shaped_parts
from tzsim.scenario.located import Document, NodePath, near_file, read_yaml
from tzsim.scenario.schema import ScenarioFile

JOINED = ("levers", "shocks", "set", "targets")


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
    """Keys of the scenario (and of its levers, shocks, set, targets) as settings; documents from the nearest to the base.

    problems: what is wrong with the files themselves; the rest of them is read. whole: whether the base was reached.
    """

    settings: dict[str, Setting]
    levers: dict[str, Setting]
    shocks: dict[str, Setting]
    set: dict[str, Setting]
    targets: dict[str, Setting]
    documents: tuple[Document, ...]
    problems: tuple[Problem, ...] = ()
    whole: bool = True

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
            problem = (
                both("路径为空", "the path is empty")
                if not text
                else both("路径中有空字符", "the path holds a null character")
            )
        elif Path(text).is_absolute() or text.startswith("~") or text[1:3] in (":\\", ":/"):
            problem = both(f"“{text}”是绝对路径", f"'{text}' is an absolute path")
        else:
            target = (document.source.path.parent / text).resolve()
            if target.is_relative_to(self.root):
                return target
            problem = both(f"“{text}”在项目文件夹之外", f"'{text}' lies outside the project folder")
        hint = both("写项目内的路径，相对于本文件", "write a path inside the project, relative to this file")
        raise InputError([document.problem(path, problem, hint)])


def read_joined(path: Path, project: Project) -> Joined:
    """The scenario with all it extends, and what is wrong with its files. Raises InputError where the first cannot be read."""
    documents: list[Document] = []
    settings: dict[str, Setting] = {}
    joined: dict[str, dict[str, Setting]] = {k: {} for k in JOINED}
    problems: list[Problem] = []
    chain = [path.resolve()]
    here: Path | None = path
    whole = True
    while here is not None:
        try:
            document = read_yaml(here, project.shown(here))
            if not documents:
                _check_kind(document, project)
            shape = shaped_parts(ScenarioFile, document, problems, JOINED)
        except InputError as error:
            if not documents:
                raise
            problems.extend(error.problems)
            whole = False
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
                whole = False
                break
            if here in chain:
                names = " -> ".join(p.stem for p in [*chain[chain.index(here) :], here])
                text = both(f"extends 绕成了圈：{names}", f"extends goes round in a circle: {names}")
                problems.append(document.problem(("extends",), text))
                whole = False
                break
            chain.append(here)
            if len(chain) > 20:
                text = both("相互 extends 的情景超过 20 个", "more than 20 scenarios extend each other")
                problems.append(document.problem(("extends",), text))
                break
        elif ("extends",) in document.keys:
            whole = False
    return Joined(settings, **joined, documents=tuple(documents), problems=tuple(problems), whole=whole)


def _base(document: Document, written: str, project: Project) -> Path:
    text = written if written.endswith((".yaml", ".yml")) else f"{written}.yaml"
    target = project.inside(document, ("extends",), text)
    if not target.is_file():
        beside = sorted(p.stem for p in document.source.path.parent.glob("*.y*ml"))
        listed = ", ".join(beside)
        hint = nearest(written, beside) or both(f"这里的情景有：{listed}", f"scenarios here: {listed}")
        text = both(f"没有情景“{written}”", f"there is no scenario '{written}'")
        raise InputError([document.problem(("extends",), text, hint)])
    return target


def missing_file(setting: Setting, target: Path, project: Project) -> Problem:
    """The problem of a path that leads nowhere."""
    where, name = setting.path[-1], project.shown(target)
    return setting.problem(
        both(f"{where}：没有“{name}”", f"{where}: there is no '{name}'"), near_file(target)
    )


_KINDS = (
    ("comparison", both("目标文件", "a file of goals")),
    ("neutral", both("政策手段表", "a table of levers")),
    ("period", both("冲击表", "a table of shocks")),
    ("distribution", both("先验表", "a table of priors")),
    ("series", both("图表文件（view）", "a view")),
    ("observations", both("校准文件", "a calibration file")),
    ("situations", both("模型检验文件", "a file of checks")),
)
"""A key by which a file of another kind is known."""


def _check_kind(document: Document, project: Project) -> None:
    """Raise InputError where another kind of file was given for a scenario: what it is, and what to run."""
    data: Any = document.data
    first: Any = data[0] if isinstance(data, list) and data else data
    kind = next((name for key, name in _KINDS if isinstance(first, dict) and key in first), None)
    if kind is None or (isinstance(data, dict) and ("model" in data or "extends" in data)):
        return
    beside = sorted((project.root / "scenarios").glob("*.yaml"), key=lambda p: (p.stem != "baseline", p.name))
    example = project.shown(beside[0]) if beside else "scenarios/baseline.yaml"
    text = both(f"这是{kind.zh}，不是情景文件", f"this is {kind}, not a scenario")
    if kind == "a calibration file":
        raise InputError([document.problem((), text, f"tzsim calibrate {document.source.shown}")])
    hint = both(
        f"运行引用它的情景，例如 tzsim run {example}",
        f"run a scenario that names it, e.g. tzsim run {example}",
    )
    raise InputError([document.problem((), text, hint)])


def not_a_scenario(path: Path, shown: str) -> InputError:
    """What was given on the command line is no scenario file."""
    return InputError.one(
        both("不是情景文件（.yaml）", "not a scenario file (.yaml)"),
        Address(shown),
        both("例如 scenarios/baseline.yaml", "e.g. scenarios/baseline.yaml"),
    )
