"""Chinese names of a model's variables, for diagrams: `names.zh.yaml` in a folder of sectors, `NAME.names.zh.yaml` beside a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tzsim.errors import InputError, Problem, both, nearest
from tzsim.ir.model import Model
from tzsim.names import key
from tzsim.scenario.located import read_yaml


def names_file(model: Path) -> Path | None:
    """Where the names of a model stand, if it has any."""
    place = model / "names.zh.yaml" if model.is_dir() else model.with_name(f"{model.stem}.names.zh.yaml")
    return place if place.is_file() else None


def read_names(path: Path, model: Model) -> Mapping[str, str]:
    """Variable -> its name in Chinese. Raises InputError with every name that the model does not have or that is no text."""
    document = read_yaml(path, str(path))
    if not isinstance(document.data, dict):
        raise InputError(
            [
                document.problem(
                    (), both("应为一行行的“变量: 中文名”", "expected lines of `variable: name in Chinese`")
                )
            ]
        )
    known = [v.name for v in model.variables.values()]
    names: dict[str, str] = {}
    problems: list[Problem] = []
    for name, text in document.data.items():  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
        if not isinstance(name, str) or not isinstance(text, str):
            problems.append(
                document.problem(
                    (str(name),), both(f"{name}：应写中文名", f"{name}: expected a name in Chinese")
                )
            )  # pyright: ignore[reportUnknownArgumentType]
        elif key(name) not in model.variables:
            said = both(f"模型中没有变量“{name}”", f"the model has no variable '{name}'")
            problems.append(document.problem((name,), said, nearest(name, known) or "", key=True))
        else:
            names[name] = text
    if problems:
        raise InputError(problems)
    return names
