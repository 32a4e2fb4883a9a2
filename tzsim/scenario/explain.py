"""pydantic's findings in the words of the person who wrote the file: place, value seen, nearest name, what is expected."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, RootModel, ValidationError

from tzsim.errors import InputError, Problem, nearest
from tzsim.scenario.located import Document, NodePath

Shaped = TypeVar("Shaped", bound=BaseModel)

_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping (key: value)",
    "model_type": "a mapping (key: value)",
    "model_attributes_type": "a mapping (key: value)",
    "string_too_short": "text, not an empty one",
    "too_short": "more entries",
}


def shaped(shape: type[Shaped], document: Document) -> Shaped:
    """The document's data in this shape. Raises InputError with all findings, each at its place."""
    try:
        return shape.model_validate(document.data)
    except ValidationError as error:
        raise InputError([_problem(shape, document, e) for e in error.errors()]) from None


def _problem(shape: type[BaseModel], document: Document, error: Mapping[str, Any]) -> Problem:
    path = _written(document, error["loc"])
    kind, seen, name = str(error["type"]), error.get("input"), dotted(error["loc"])
    if kind == "extra_forbidden":
        allowed = _fields(shape, path[:-1])
        hint = nearest(str(path[-1]), allowed) or f"allowed: {', '.join(allowed)}"
        return document.problem(path, f"unknown key '{path[-1]}'", hint, key=True)
    if kind == "missing":
        wanted = str(error["loc"][-1])
        near = ""
        holder = _at(document.data, error["loc"][:-1])
        if isinstance(holder, dict):
            unknown = [str(k) for k in holder if str(k) not in _fields(shape, error["loc"][:-1])]
            near = nearest(wanted, unknown)
        row = _row_name(document.data, error["loc"])
        text = f"'{wanted}' is missing{row}"
        return document.problem(path, text, near.replace("did you mean", "is it written as") if near else "")
    ctx = error.get("ctx") or {}
    if kind == "literal_error":
        choices = [c.strip().strip("'") for c in str(ctx["expected"]).replace(" or ", ", ").split(", ")]
        turned = next((f"did you mean '{c}'?" for c in choices if sorted(c) == sorted(str(seen))), "")
        hint = turned or nearest(str(seen), choices) or f"one of: {', '.join(choices)}"
        return document.problem(path, f"{name}: {shown(seen)} is not one of the choices", hint)
    if kind in ("greater_than_equal", "less_than_equal", "less_than", "greater_than"):
        bound = ctx.get("ge", ctx.get("le", ctx.get("lt", ctx.get("gt"))))
        word = {"g": "at least", "l": "at most"}[kind[0]]
        value = f"{bound:,}" if isinstance(bound, int) and bound > 9999 else f"{bound}"
        return document.problem(path, f"{name}: {shown(seen)} is out of range", f"{word} {value}")
    if kind == "string_pattern_mismatch":
        return document.problem(
            path, f"{name}: {shown(seen)} is not an id", "letters first, then letters, digits, - or _"
        )
    if kind == "too_long":
        return document.problem(path, f"{name}: too many entries ({ctx.get('actual_length')})")
    expected = _EXPECTED.get(kind)
    if expected:
        return document.problem(path, f"{name}: expected {expected}, got {shown(seen)}", _remedy(kind, seen))
    message = str(error["msg"])
    return document.problem(path, f"{name}: {message}, got {shown(seen)}")


def _remedy(kind: str, seen: object) -> str:
    if kind.startswith(("dict", "model")) and isinstance(seen, str):
        if "：" in seen:
            return "the mark ： of Chinese text is not YAML's ': '"
        return f"name each one on a line of its own, e.g. NAME: {seen}" if seen == "off" else ""
    if kind == "bool_type" and str(seen).lower() in ("yes", "no", "on", "off"):
        return f"write {'true' if str(seen).lower() in ('yes', 'on') else 'false'}"
    if kind in ("int_type", "float_type") and isinstance(seen, str):
        plain = seen.replace(",", "").replace("_", "").replace("，", "")
        if plain.lstrip("+-").isdigit():
            return f"write {plain}, without quotation marks or thousands separators"
    if kind == "string_type" and seen is not None and not isinstance(seen, dict | list):
        return f'put it in quotation marks: "{seen}"'
    return ""


def shown(value: object) -> str:
    """A value as a message shows it, cut when long."""
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    text = text if len(text) <= 60 else text[:57] + "…"
    return f"'{text}'"


def dotted(path: tuple[str | int, ...]) -> str:
    """`(3, 'name', 'zh')` -> `name.zh`; the number of a row is left to the line number."""
    parts = [str(p) for p in path if not isinstance(p, int)]
    return ".".join(parts) or "the file"


def _written(document: Document, loc: tuple[str | int, ...]) -> NodePath:
    """The part of pydantic's location that exists in the file (union tags and defaults drop out)."""
    end = 0
    while end < len(loc) and loc[: end + 1] in document.values:
        end += 1
    return tuple(loc[:end])


def _at(data: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def _row_name(data: Any, loc: tuple[str | int, ...]) -> str:
    """' in T026' when the row (or what holds the missing key) has an id or variable."""
    for end in range(len(loc) - 1, -1, -1):
        node = _at(data, loc[:end])
        if isinstance(node, dict):
            named = node.get("id") or node.get("variable")
            if named:
                return f" in {named}"
    return ""


def _fields(shape: type[BaseModel], path: NodePath) -> list[str]:
    """Keys allowed in the mapping at `path` of this shape."""
    found: Any = shape
    for step in path:
        found = _step(found, step)
    for candidate in _models(found):
        return list(candidate.model_fields)
    return []


def _step(annotation: Any, step: str | int) -> Any:
    for model in _models(annotation):
        if isinstance(step, str) and step in model.model_fields:
            return model.model_fields[step].annotation
    for part in _unwrapped(annotation):
        origin, arguments = typing.get_origin(part), typing.get_args(part)
        if origin is list and isinstance(step, int):
            return arguments[0]
        if origin is dict:
            return arguments[1]
    return None


def _models(annotation: Any) -> list[type[BaseModel]]:
    return [
        p
        for p in _unwrapped(annotation)
        if isinstance(p, type) and issubclass(p, BaseModel) and not issubclass(p, RootModel)
    ]


def _unwrapped(annotation: Any) -> list[Any]:
    """The plain types inside Optional, Annotated and RootModel."""
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return _unwrapped(typing.get_args(annotation)[0])
    if origin in (typing.Union, types.UnionType):
        return [t for a in typing.get_args(annotation) for t in _unwrapped(a)]
    if isinstance(annotation, type) and issubclass(annotation, RootModel):
        return _unwrapped(annotation.model_fields["root"].annotation)
    return [annotation]
