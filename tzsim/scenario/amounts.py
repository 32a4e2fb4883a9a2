"""Numbers written in files, brought to the unit that is wanted, with a Problem at their place where that fails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, cast

from tzsim.errors import Problem, both, in_chinese, nearest
from tzsim.names import key, split_element
from tzsim.scenario.binding import BindingError, Names
from tzsim.scenario.explain import at_name, expected
from tzsim.scenario.located import Document, NodePath
from tzsim.scenario.text import Text2
from tzsim.units import Unit, UnitError, conversion, convert, parse_quantity, unit_in


def unit_at(
    document: Document, path: NodePath, text: str, problems: list[Problem], names: Names | None = None
) -> Unit | None:
    """The unit written at `path`, in words of tzsim.units or of the model (any, where it could not be read); None with a Problem when it is not one."""
    try:
        return unit_in(text, names.unit_words if names is not None else None)
    except UnitError as error:
        problems.append(document.problem(path, at_name(path, error), error.hint))
        return None


def factor_at(
    document: Document, path: NodePath, source: Unit, target: Unit, of: str, problems: list[Problem]
) -> float | None:
    """What one `source` is in `target`; None with a Problem at `path` that names both units and what they belong to."""
    try:
        return conversion(source, target)
    except UnitError as error:
        text = both(f"{in_chinese(error)}（“{of}”的单位）", f"{error} (the unit of '{of}')")
        problems.append(document.problem(path, at_name(path, text), error.hint))
        return None


def amount_at(
    document: Document, path: NodePath, value: object, unit: Unit, problems: list[Problem]
) -> float | None:
    """The number at `path` in `unit`: a plain number is in it already, text carries its own unit."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        problems.append(document.problem(path, at_name(path, expected(both("数字", "a number"), value))))
        return None
    if not isinstance(value, str):
        return float(value)
    try:
        return convert(parse_quantity(value), unit)
    except UnitError as error:
        named = unit.text and unit.text not in str(error)
        text = both(
            in_chinese(error) + (f"；要的单位是 {unit.text}" if named else ""),
            str(error) + (f"; wanted in {unit.text}" if named else ""),
        )
        problems.append(document.problem(path, at_name(path, text), error.hint))
        return None


def per_element(
    document: Document,
    path: NodePath,
    value: object,
    elements: Sequence[str],
    unit: Unit,
    problems: list[Problem],
    *,
    all_of_them: bool = True,
    called: Mapping[str, Text2] = MappingProxyType({}),
) -> dict[str, float]:
    """element -> number: one number for all of them, or a mapping by element label. Elements in trouble are left out.

    all_of_them: whether a mapping that leaves elements out is a Problem. called: names that elements have for readers, by which they
    may be written too.
    """
    if not isinstance(value, Mapping):
        number = amount_at(document, path, value, unit, problems)
        return {} if number is None else dict.fromkeys(elements, number)
    if not any(split_element(e)[1] for e in elements):
        problems.append(
            document.problem(
                path,
                at_name(path, both(f"“{elements[0]}”不分元素", f"'{elements[0]}' has no elements")),
                both("只写一个数", "write one number"),
            )
        )
        return {}
    written = cast("Mapping[Any, object]", value)
    labels = element_labels(elements)
    for label, text in called.items():
        if key(label) in labels:
            labels |= {key(t): labels[key(label)] for t in (text.zh, text.en) if t}
    found: dict[str, float] = {}
    for label, inner in written.items():
        at = (*path, label)
        name = labels.get(key(str(label)))
        if name is None:
            known = [split_element(e)[1] for e in elements]
            choices = [",".join(s) for s in known]
            listed = ", ".join(choices)
            hint = nearest(str(label), choices) or both(f"元素有：{listed}", f"elements: {listed}")
            text = both(f"这里没有元素“{label}”", f"no element '{label}' here")
            problems.append(document.problem(at, at_name(path, text), hint, key=True))
            continue
        number = amount_at(document, at, inner, unit, problems)
        if number is not None:
            found[name] = number
    missing = [
        e for e in elements if e not in found and not any(labels.get(key(str(k))) == e for k in written)
    ]
    if missing and all_of_them:
        listed = ", ".join(missing)
        text = both(f"没有写 {listed} 的值", f"nothing is written for {listed}")
        problems.append(document.problem(path, at_name(path, text)))
    return found


def element_labels(elements: Sequence[str]) -> dict[str, str]:
    """Identifier of the subscripts (all joined by ',', or the one that varies) -> element name."""
    subscripts = [split_element(e)[1] for e in elements]
    varying = (
        [i for i in range(len(subscripts[0])) if len({s[i] for s in subscripts}) > 1] if subscripts else []
    )
    labels: dict[str, str] = {}
    for name, subs in zip(elements, subscripts, strict=True):
        labels[key(",".join(subs))] = name
        if len(varying) == 1:
            labels[key(subs[varying[0]])] = name
        elif not varying and subs:
            labels[key(subs[-1])] = name
    return labels


def constants_at(
    document: Document,
    path: NodePath,
    reference: str,
    names: Names,
    problems: list[Problem],
    *,
    as_key: bool = False,
) -> tuple[str, ...]:
    """Elements of the constant named at `path`; () with a Problem when there is no such constant."""
    try:
        return names.constants(reference)
    except BindingError as error:
        problems.append(document.problem(path, at_name(path, error), error.hint, key=as_key))
        return ()


def variable_unit_at(
    document: Document, path: NodePath, reference: str, names: Names, problems: list[Problem]
) -> Unit | None:
    """The unit of the model variable behind `reference`."""
    try:
        return names.unit(reference)
    except BindingError as error:
        problems.append(document.problem(path, at_name(path, error), error.hint))
        return None
