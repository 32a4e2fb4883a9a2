"""Other names of units that an XMILE file declares (`<model_units>`), said in one name throughout the model."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from tzsim.ir.model import Variable
from tzsim.names import VarId
from tzsim.translate.xmile.document import Node
from tzsim.units import UnitError, parse_unit

_WORD = re.compile(r"[^\s*/^()·×]+")


def in_one_name(root: Node, variables: Mapping[VarId, Variable]) -> dict[VarId, Variable]:
    """The variables with every alias in their units replaced by the name that the file gives it; words known to every model stay."""
    names: dict[str, str] = {}
    for units in root.all("model_units"):
        for unit in units.all("unit"):
            for alias in unit.all("alias"):
                word = alias.text.strip()
                if _WORD.fullmatch(word) and _WORD.fullmatch(unit.get("name")) and not _known(word):
                    names[word.lower()] = unit.get("name")
    if not names:
        return dict(variables)
    return {
        id: replace(v, unit=_WORD.sub(lambda m: names.get(m[0].lower(), m[0]), v.unit))
        for id, v in variables.items()
    }


def _known(word: str) -> bool:
    try:
        parse_unit(word)
    except UnitError:
        return False
    return True
