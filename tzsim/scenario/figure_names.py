"""What figures are called: `names.yaml` in a folder of figures, for the ids of its variables and entities.

    variables:
      gdp_nominal: {zh: 地区生产总值, en: GDP}
    entities:
      tengzhou: {zh: 滕州, en: Tengzhou}

A file of figures may write either name in place of the id.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tzsim.scenario.explain import shaped
from tzsim.scenario.located import read_yaml
from tzsim.scenario.schema import FigureNamesFile
from tzsim.scenario.tables import words
from tzsim.scenario.text import Text2

FILE = "names.yaml"


@dataclass(frozen=True, slots=True)
class FigureNames:
    """id -> names, of variables and of entities."""

    variables: Mapping[str, Text2] = field(default_factory=dict[str, Text2])
    entities: Mapping[str, Text2] = field(default_factory=dict[str, Text2])


def names_beside(path: Path) -> Path | None:
    """The file of names in a folder of figures (or beside a file of figures), where there is one."""
    file = (path if path.is_dir() else path.parent) / FILE
    return file if file.is_file() else None


def read_figure_names(path: Path | None) -> FigureNames:
    """The names; none without a file. Raises InputError."""
    if path is None:
        return FigureNames()
    shape = shaped(FigureNamesFile, read_yaml(path, str(path)))
    variables, entities = (
        {k: words(v) for k, v in part.items()} for part in (shape.variables, shape.entities)
    )
    return FigureNames(variables, entities)
