"""What readers call the parts of a model: labels of the view and of the shock table in both languages, else the model's own names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from tzsim.measures import Quantity
from tzsim.names import key, split_element
from tzsim.scenario import Scenario, Text2
from tzsim.scenario.shown_names import names_file, read_names
from tzsim.unit_names import unit_of

COUNTED = "number"
"""English of a unit that only counts (家, 项), where a unit must stand by itself: beside a number it has no name."""

WHOLE_NAME = Text2("总体", "the whole")
NO_LIMIT = Text2("无明显约束", "no limit")


def element_label(scenario: Scenario, element: str) -> Text2:
    """Of a subscript element; '' is the whole of a view without elements."""
    return scenario.view.elements.get(element, Text2(element, element)) if element else WHOLE_NAME


def limit_label(scenario: Scenario, limit: str) -> Text2:
    """Of a limit of the view; what is none of them ('none') has words of its own."""
    return next((x.name for x in scenario.view.limits if x.id == limit), NO_LIMIT)


def constant_label(scenario: Scenario, element: str) -> Text2:
    """Of a constant or of the shock that drives it, without its elements."""
    base, _ = split_element(element)
    shocks = {key(split_element(s.variable)[0]): s.name for s in scenario.shocks}
    return shocks.get(key(base)) or scenario.view.inputs.get(key(base)) or Text2(base, base)


def input_label(scenario: Scenario, element: str, time: float | None = None) -> Text2:
    """Of one input: the constant with its elements, and with the year (or time) for a shock."""
    name = constant_label(scenario, element)
    elements = [element_label(scenario, e) for e in split_element(element)[1]]
    zh, en = name.zh, name.en
    if elements:
        zh += f"（{'，'.join(e.zh for e in elements)}）"
        en += f" ({', '.join(e.en for e in elements)})"
    if time is None:
        return Text2(zh, en)
    clock = scenario.clock
    at = int(time) if clock.calendar else time
    before = "in" if clock.calendar else "from"
    after = "" if clock.calendar else "起的"
    return Text2(f"{clock.said(at, 'zh')}{after}{zh}", f"{en} {before} {clock.said(at, 'en')}")


def stream_label(scenario: Scenario, name: str) -> Text2:
    """Of an input as sensitivity tables name it: "x[a]", or "x[a] @ 2025" for a shock."""
    element, _, time = name.partition(" @ ")
    try:
        return input_label(scenario, element, float(time) if time else None)
    except ValueError:
        return Text2(name, name)


def chinese_names(scenario: Scenario) -> Mapping[str, str]:
    """Variable -> its Chinese name in the file of names beside the model; empty where there is none, or in a run's folder."""
    place = None if scenario.stored else names_file(scenario.model_path)
    return {} if place is None else {key(n): zh for n, zh in read_names(place, scenario.model).items()}


def stock_label(scenario: Scenario, chinese: Mapping[str, str], element: str) -> Text2:
    """Of a stock or another variable that the model calculates, with its elements."""
    base, subscripts = split_element(element)
    elements = [element_label(scenario, e) for e in subscripts]
    zh, en = chinese.get(key(base), base), base
    if elements:
        zh += f"（{'，'.join(e.zh for e in elements)}）"
        en += f" ({', '.join(e.en for e in elements)})"
    return Text2(zh, en)


def unit_label(unit: str) -> Text2:
    """Of a unit beside numbers of the file's own size, which a table holds once for both languages: 亿元 is 100 million yuan."""
    found = unit_of(unit)
    return Text2(found.zh, found.en_as_filed or (COUNTED if found.zh else ""))


def measured(value: float, unit: str) -> Text2:
    """A value with its unit in a sentence, in the size that each language counts in: '72.5 亿元', '7.25 bn yuan'."""
    found = unit_of(unit)
    return Text2(f"{value:.4g} {found.zh}".strip(), f"{value * found.english_scale:.4g} {found.en}".strip())


def measure_formula(measure: Any) -> str:
    """A measure in a line: 'growth(at end(GDP), 2026, 2023)'."""
    if isinstance(measure, Quantity):
        return measure.text
    if isinstance(measure, tuple):
        return " + ".join(measure_formula(m) for m in measure)  # pyright: ignore[reportUnknownVariableType]
    if not is_dataclass(measure):
        return f"{measure:g}" if isinstance(measure, float) else str(measure)
    words = re.sub("(?<=[a-z])(?=[A-Z])", " ", type(measure).__name__).lower()
    parts = [getattr(measure, f.name) for f in fields(measure) if getattr(measure, f.name) != f.default]
    return f"{words}({', '.join(measure_formula(p) for p in parts)})"
