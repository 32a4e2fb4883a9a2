"""schema.json: the shape of every file, for editors that check and complete while one writes.

`# yaml-language-server: $schema=schema.json#/$defs/GoalFile` in the first line of a file selects its part.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic.json_schema import models_json_schema

from tzsim.files import write_whole
from tzsim.scenario.check_shape import ChecksFile, SettingRow
from tzsim.scenario.schema import (
    FigureNamesFile,
    GoalFile,
    LeverFile,
    PriorFile,
    ScenarioFile,
    ShockFile,
    TargetRow,
    TwoLanguages,
    ViewFile,
)

FILES = (ScenarioFile, GoalFile, PriorFile, ShockFile, LeverFile, ViewFile, FigureNamesFile, ChecksFile)

_YEAR: dict[str, Any] = {"type": "integer", "minimum": 1900, "maximum": 2200}
_TIME: dict[str, Any] = {"type": "number"}
_NAME: dict[str, Any] = {
    "type": "string",
    "minLength": 1,
    "description": "model variable: x, x[element] or x[*]",
}


def _form(
    word: str, value: dict[str, Any], more: dict[str, Any], *, needed: tuple[str, ...] = ()
) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {word: value, **more},
        "required": [word, *needed],
        "additionalProperties": False,
    }


def measure_schema() -> dict[str, Any]:
    """The forms of a measure; see `tzsim.scenario.measure_forms`."""
    inner: dict[str, Any] = {"$ref": "#/$defs/Measure"}
    pair: dict[str, Any] = {"type": "array", "items": inner, "minItems": 2, "maxItems": 2}
    months: dict[str, Any] = {
        "type": "array",
        "items": {"type": "integer", "minimum": 1, "maximum": 12},
        "minItems": 2,
        "maxItems": 2,
    }
    years: dict[str, Any] = {"type": "array", "items": _YEAR, "minItems": 1}
    truth: dict[str, Any] = {"type": "boolean"}
    growth = {"annual": truth, "percent": truth}
    span = {"since": _TIME, "until": _TIME}
    return {
        "description": "how a number comes from model variables",
        "oneOf": [
            _form("total", _NAME, {"year": _YEAR, "months": months}),
            _form("total", _NAME, span, needed=("since",)),
            _form("mean", _NAME, {"year": _YEAR}),
            _form("mean", _NAME, span, needed=("since",)),
            _form("at_end", _NAME, {"year": _YEAR}),
            _form("at", _NAME, {"time": _TIME}),
            _form("cumulative", _NAME, {"since": _YEAR, "year": _YEAR}, needed=("since",)),
            _form("growth", inner, {"year": _YEAR, "from": _TIME, **growth}),
            _form("growth", inner, {"time": _TIME, "from": _TIME, **growth}, needed=("time",)),
            _form("ratio", pair, {"percent": truth}),
            _form("difference", pair, {}),
            _form("sum", {"type": "array", "items": inner, "minItems": 1}, {}),
            *(_form(word, inner, {"years": years}, needed=("years",)) for word in ("maximum", "minimum")),
            *(_form(word, inner, span, needed=("since", "until")) for word in ("maximum", "minimum")),
            _form(
                "times",
                {"type": "array", "prefixItems": [inner, {"type": "number"}], "minItems": 2, "maxItems": 2},
                {},
            ),
        ],
    }


def _referred(node: Any) -> Any:
    """Nodes titled `ref:X`, which stand for parts that pydantic does not know, as references to `$defs/X`."""
    if isinstance(node, dict):
        title = str(node.get("title", ""))
        if title.startswith("ref:"):
            return {"$ref": f"#/$defs/{title[4:]}"}
        return {k: _referred(v) for k, v in node.items()}
    if isinstance(node, list):
        return [_referred(v) for v in node]
    return node


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12): a scenario at the top, the other files under `$defs`."""
    _, made = models_json_schema([(f, "validation") for f in FILES])
    languages = TwoLanguages.model_json_schema()
    defs: dict[str, Any] = {
        **_referred(made["$defs"]),
        "Measure": measure_schema(),
        "SettingRow": SettingRow.model_json_schema(),
        "TargetRow": TargetRow.model_json_schema(),
        "TwoLanguages": languages,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Files of a tzsim project",
        "$ref": "#/$defs/ScenarioFile",
        "$defs": dict(sorted(defs.items())),
    }


def schema_text() -> str:
    return json.dumps(schema(), ensure_ascii=False, indent=1) + "\n"


def write_schema(path: str | Path) -> None:
    """Write the schema to `path` (scenarios/schema.json in this project)."""
    write_whole(Path(path), schema_text().encode())
