"""pydantic's findings in the words of the person who wrote the file: place, value seen, nearest name, what is expected."""

from __future__ import annotations

import types
import typing
from collections.abc import Collection, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, RootModel, ValidationError

from tzsim.errors import Both, InputError, Problem, both, closest, in_chinese, nearest
from tzsim.scenario.located import Document, NodePath

Shaped = TypeVar("Shaped", bound=BaseModel)
Row = TypeVar("Row", bound=BaseModel)

_MAPPING = both("一组“键: 值”", "a mapping (key: value)")
_EXPECTED = {
    "string_type": both("文字", "text"),
    "int_type": both("整数", "a whole number"),
    "int_from_float": both("整数", "a whole number"),
    "float_type": both("数字", "a number"),
    "bool_type": both("true 或 false", "true or false"),
    "list_type": both("列表", "a list"),
    "dict_type": _MAPPING,
    "model_type": _MAPPING,
    "model_attributes_type": _MAPPING,
    "string_too_short": both("文字，不能为空", "text, not an empty one"),
    "too_short": both("更多条目", "more entries"),
    "amount": both("数字，可带单位", "a number, with or without a unit"),
    "number": both("数字", "a number"),
    "label": both("文字", "text"),
    "day": both(
        "“年-月-日”写法的日期，如 2024-12-31；不按日历计时的模型写数字",
        "a date written year-month-day, e.g. 2024-12-31, or a number where the model's clock is no calendar",
    ),
    "setting": both("off，或按年份写的值，如 {2025: -1.6}", "off, or values by year such as {2025: -1.6}"),
}


def shaped(shape: type[Shaped], document: Document) -> Shaped:
    """The document's data in this shape. Raises InputError with all findings, each at its place."""
    try:
        return shape.model_validate(document.data)
    except ValidationError as error:
        raise InputError([_problem(shape, document, e) for e in error.errors()]) from None


def shaped_parts(
    shape: type[Shaped], document: Document, problems: list[Problem], deep: Collection[str] = ()
) -> Shaped:
    """As `shaped`, for a mapping of optional keys: what is wrong becomes a Problem and is left out, so that the rest is read.

    deep: keys whose own entries are left out one by one. Raises InputError where the file is no mapping.
    """
    data: dict[str | int, Any] = dict(document.data) if isinstance(document.data, dict) else {}
    try:
        return shape.model_validate(document.data)
    except ValidationError as error:
        found = error.errors()
    for e in found:
        path = _written(document, e["loc"])
        if not path:
            raise InputError([_problem(shape, document, x) for x in found])
        problems.append(_problem(shape, document, e))
        top, *below = path
        if top in deep and below and isinstance(data.get(top), dict):
            data[top] = {k: v for k, v in data[top].items() if k != below[0]}
        else:
            data.pop(top, None)
    return shape.model_validate(data)


def shaped_rows(
    shape: type[RootModel[list[Row]]], document: Document, problems: list[Problem]
) -> list[tuple[int, Row]]:
    """The rows of a list that have their shape, each with its place in the file; the others become Problems.

    Raises InputError where the file is no list.
    """
    try:
        return list(enumerate(shape.model_validate(document.data).root))
    except ValidationError as error:
        found = error.errors()
    bad = {e["loc"][0] for e in found if e["loc"]}
    if len(bad) == 0:
        raise InputError([_problem(shape, document, e) for e in found])
    problems += [_problem(shape, document, e) for e in found]
    kept = [i for i in range(len(document.data)) if i not in bad]
    return list(zip(kept, shape.model_validate([document.data[i] for i in kept]).root, strict=True))


def _problem(shape: type[BaseModel], document: Document, error: Mapping[str, Any]) -> Problem:
    path = _written(document, error["loc"])
    kind, seen = str(error["type"]), error.get("input")
    if kind == "extra_forbidden":
        allowed = _fields(shape, path[:-1])
        listed = ", ".join(allowed)
        hint = nearest(str(path[-1]), allowed) or both(f"可用的键：{listed}", f"allowed: {listed}")
        return document.problem(
            path, both(f"不认得的键“{path[-1]}”", f"unknown key '{path[-1]}'"), hint, key=True
        )
    if kind == "missing":
        wanted = str(error["loc"][-1])
        near = ""
        holder = _at(document.data, error["loc"][:-1])
        if isinstance(holder, dict):
            near = closest(
                wanted, [str(k) for k in holder if str(k) not in _fields(shape, error["loc"][:-1])]
            )
        row = _row_name(document.data, error["loc"])
        text = both(
            (f"{row} " if row else "") + f"缺少“{wanted}”",
            f"'{wanted}' is missing" + (f" in {row}" if row else ""),
        )
        return document.problem(path, text, written_as(near))
    ctx = error.get("ctx") or {}

    def said(zh: str, en: str, hint: str = "") -> Problem:
        return document.problem(path, at_name(error["loc"], both(zh, en)), hint)

    value = shown(seen)
    if kind == "literal_error":
        choices = [c.strip().strip("'") for c in str(ctx["expected"]).replace(" or ", ", ").split(", ")]
        turned = next((c for c in choices if sorted(c) == sorted(str(seen))), "")
        listed = ", ".join(choices)
        hint = nearest(turned or str(seen), choices) or both(f"可选：{listed}", f"one of: {listed}")
        return said(f"{value.zh}不在可选项中", f"{value} is not one of the choices", hint)
    if kind in ("greater_than_equal", "less_than_equal", "less_than", "greater_than"):
        bound = ctx.get("ge", ctx.get("le", ctx.get("lt", ctx.get("gt"))))
        limit = f"{bound:,}" if isinstance(bound, int) and bound > 9999 else f"{bound}"
        zh, en = {"g": ("至少", "at least"), "l": ("至多", "at most")}[kind[0]]
        return said(f"{value.zh}超出范围", f"{value} is out of range", both(f"{zh} {limit}", f"{en} {limit}"))
    if kind == "string_pattern_mismatch":
        hint = both("以字母开头，后接字母、数字、- 或 _", "letters first, then letters, digits, - or _")
        return said(f"{value.zh}不能作编号", f"{value} is not an id", hint)
    if kind == "too_long":
        count = ctx.get("actual_length")
        return said(f"条目太多（{count}）", f"too many entries ({count})")
    if kind == "character":
        code = ctx.get("code")
        return said(
            f"字符 U+{code} 无法显示：请删去",
            f"the character U+{code} cannot be printed: take it out, got {value}",
        )
    if kind in _EXPECTED:
        text = expected(_EXPECTED[kind], seen)
        return said(text.zh, str(text), _remedy(kind, seen))
    message = str(error["msg"])
    return said(f"{message}，写的是{value.zh}", f"{message}, got {value}")


def expected(what: Both, seen: object) -> Both:
    """What was wanted and what stands there."""
    value = shown(seen)
    return both(f"应为{what.zh}，写的是{value.zh}", f"expected {what}, got {value}")


def written_as(name: str) -> str:
    """A hint that a missing key may stand there under the wrong `name`; empty where there is no such name."""
    return both(f"是否误写成了“{name}”？", f"is it written as '{name}'?") if name else ""


def _remedy(kind: str, seen: object) -> str:
    if kind.startswith(("dict", "model")) and isinstance(seen, str):
        if "：" in seen:
            return both(
                "“：”是中文全角冒号，YAML 要半角冒号加空格“: ”",
                "the mark ： of Chinese text is not YAML's ': '",
            )
        if seen == "off":
            return both(
                f"每项各写一行，如 名称: {seen}", f"name each one on a line of its own, e.g. NAME: {seen}"
            )
        return ""
    if kind == "bool_type" and str(seen).lower() in ("yes", "no", "on", "off"):
        word = "true" if str(seen).lower() in ("yes", "on") else "false"
        return both(f"写 {word}", f"write {word}")
    if kind in ("int_type", "float_type") and isinstance(seen, str):
        plain = seen.replace(",", "").replace("_", "").replace("，", "")
        if plain.lstrip("+-").isdigit():
            return both(
                f"写 {plain}，不加引号和千位分隔符",
                f"write {plain}, without quotation marks or thousands separators",
            )
    if kind == "string_type" and seen is not None and not isinstance(seen, dict | list):
        return both(f'加上引号："{seen}"', f'put it in quotation marks: "{seen}"')
    return ""


def shown(value: object) -> Both:
    """A value as a message shows it, cut when long."""
    if value is None:
        return both("空", "nothing")
    if isinstance(value, Mapping):
        return both("一组“键: 值”", "a mapping")
    if isinstance(value, list):
        return both("列表", "a list")
    if isinstance(value, bool):
        word = "true" if value else "false"
        return both(word, word)
    text = str(value)
    text = text if len(text) <= 60 else text[:57] + "…"
    return both(f"“{text}”", f"'{text}'")


def dotted(path: tuple[str | int, ...]) -> str:
    """`(3, 'name', 'zh')` -> `name.zh`; the number of a row is left to the line number."""
    parts = [str(p) for p in path if not isinstance(p, int)]
    return ".".join(parts) or both("本文件", "the file")


def at_name(path: tuple[str | int, ...], message: object) -> Both:
    """A message (or what an exception says) behind the name of the place it is about."""
    name = dotted(path)
    return both(f"{in_chinese(name)}：{in_chinese(message)}", f"{name}: {message}")


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
    """`T026` where the row (or what holds the missing key) has an id or variable."""
    for end in range(len(loc) - 1, -1, -1):
        node = _at(data, loc[:end])
        if isinstance(node, dict):
            named = node.get("id") or node.get("variable")
            if named:
                return str(named)
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
