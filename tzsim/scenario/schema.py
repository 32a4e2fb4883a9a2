"""The shape of every YAML file a person writes, as pydantic models; schema.json is generated from them.

Only the shape: names of variables, units, ranges of levers and the like are checked against the model in later steps.
Text in one language may be written plainly (`name: 氯碱`) or as {zh: …, en: …}; an amount as a number in the unit stated for it,
or as text with its own unit (`3.25亿立方米`).
"""

from __future__ import annotations

import unicodedata
from datetime import date
from math import isfinite
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    RootModel,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

MOST_DRAWS = 10_000_000


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, use_attribute_docstrings=True)


def _amount(value: object) -> float | str:
    if isinstance(value, bool) or not isinstance(value, int | float | str) or value == "":
        raise PydanticCustomError("amount", "not an amount")
    return value if isinstance(value, str) else float(value)


Amount = Annotated[
    Any,
    PlainValidator(_amount),
    WithJsonSchema(
        {"type": ["number", "string"], "description": "a number, or a number with its unit: 3.25亿立方米"}
    ),
]


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PydanticCustomError("number", "not a number")
    return float(value)


Number = Annotated[float, PlainValidator(_number), WithJsonSchema({"type": "number"})]


def _day(value: object) -> date:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else date(0, 0, 0)
    except ValueError:
        raise PydanticCustomError("day", "not a date") from None


def _moment(value: object) -> date | float:
    return _number(value) if isinstance(value, int | float) else _day(value)


AsOf = Annotated[
    Any,
    PlainValidator(_moment),
    WithJsonSchema({"anyOf": [{"type": "string", "format": "date"}, {"type": "number"}]}),
]


def _time(value: object) -> float:
    number = _number(value)
    if not isfinite(number):
        raise PydanticCustomError("number", "not a number")
    return int(number) if number.is_integer() else number


Time = Annotated[float, PlainValidator(_time), WithJsonSchema({"type": "number"})]
"""A calendar year, or a time of the model's own clock; whole numbers stay whole."""


def _label(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise PydanticCustomError("label", "not text")
    return str(value)


Label = Annotated[str, PlainValidator(_label), WithJsonSchema({"type": ["string", "integer"]})]
"""Short text that may look like a number, such as the plan's item 5."""


def _both(value: object) -> object:
    return {"zh": value, "en": value} if isinstance(value, str) else value


def _printable(value: str) -> str:
    odd = next((c for c in value if c not in "\n\t" and unicodedata.category(c) in ("Cc", "Cs", "Cn")), None)
    if odd is not None:
        raise PydanticCustomError("character", "U+{code} cannot be printed", {"code": f"{ord(odd):04X}"})
    return value


Printed = Annotated[str, Field(min_length=1), AfterValidator(_printable)]


class TwoLanguages(Shape):
    zh: Printed
    en: Printed


Words = Annotated[
    TwoLanguages,
    BeforeValidator(_both),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"title": "ref:TwoLanguages"}]}),
]

MeasureTree = Annotated[Any, WithJsonSchema({"title": "ref:Measure"})]
PerElement = Annotated[
    Any,
    WithJsonSchema(
        {
            "anyOf": [
                {"type": ["number", "string"]},
                {"type": "object", "additionalProperties": {"type": ["number", "string"]}},
            ],
            "description": "a number, or one for each element: {chemicals: 1.05, …}",
        }
    ),
]


def _setting(value: object) -> object:
    if value == "off":
        return value
    if not isinstance(value, dict) or not value:
        raise PydanticCustomError("setting", "not a setting")
    return value  # pyright: ignore[reportUnknownVariableType]


ShockSetting = Annotated[
    Any,
    PlainValidator(_setting),
    WithJsonSchema(
        {
            "anyOf": [
                {"const": "off"},
                {"type": "object", "patternProperties": {"^-?[0-9.]+$": {}}, "additionalProperties": False},
            ]
        }
    ),
]
Quality = Literal["official", "reported", "secondary", "estimated", "recalled", "assumption"]
Kind = Literal["constant", "uniform", "triangular", "normal", "lognormal", "beta"]


class TargetRow(Shape):
    """What a scenario asks of a goal in place of the plan."""

    value: Amount
    comparison: Literal[">=", "<=", "≈ at least", "≈ within"] | None = None
    tolerance: Amount | None = None


def _target(value: object) -> object:
    return value if isinstance(value, dict) else {"value": value}


TargetSetting = Annotated[
    TargetRow,
    BeforeValidator(_target),
    WithJsonSchema({"anyOf": [{"type": ["number", "string"]}, {"title": "ref:TargetRow"}]}),
]


class ScenarioFile(Shape):
    """One question put to the model. With `extends`, only what differs from the scenario named."""

    extends: str | None = None
    """Another scenario: its name in the same folder, or a path."""
    model: str | None = None
    """Folder of sector files, or one model file; relative to this file."""
    name: Words | None = None
    question: Words | None = None
    draws: Annotated[int, Field(ge=1, le=MOST_DRAWS)] | None = None
    """Number of futures simulated."""
    seed: Annotated[int, Field(ge=0, lt=2**63)] | None = None
    as_of: AsOf | None = None
    """Nothing later than this day is used as known; of a model whose clock is no calendar, this time (its first time where not given)."""
    horizon: Time | None = None
    """Last time simulated: 1 January of this year, or a time of the model's clock; its FINAL TIME where not given."""
    goals: str | None = None
    priors: str | None = None
    history: str | None = None
    """A history file (.csv, .xlsx), or a folder of them: every file in it is read."""
    shock_table: str | None = None
    lever_table: str | None = None
    view: str | None = None
    posterior: str | None = None
    """Folder of a recorded posterior that the draws come from; none: the priors alone."""
    levers: dict[str, Amount] = {}
    """Lever (id, or its name in Chinese or English): value, with its unit or in the lever's."""
    shocks: dict[str, ShockSetting] = {}
    """Shock (id or name): off, or {year: value} (or {year: {element: value}}) that replaces the draw."""
    set: dict[str, Amount] = {}
    """Constant of the model (or its name in the view): value; overrides its prior."""
    targets: dict[str, TargetSetting] = {}
    """Goal (id or name): another target value, or {value, comparison, tolerance}."""


class DocumentedRow(Shape):
    value: Amount
    year: Time
    """Year, or time of the model's clock, that the figure describes."""
    source: str = Field(min_length=1)
    quality: Literal["official", "reported", "secondary"]
    scope: Words | None = None
    """How the figure's scope may differ from the goal's."""


class GoalRow(Shape):
    """One goal of the plan, or a second reading of one (the same id with a letter: T063b)."""

    id: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$")
    area: Label
    """Item of the plan under which the brief lists it; a key of the view's `areas`."""
    name: Words
    quote: str = Field(min_length=1)
    """The plan's own words."""
    item: Label
    reading: Words
    """What is taken to be meant."""
    measure: MeasureTree = None
    comparison: Literal[">=", "<=", "≈ at least", "≈ within"]
    value: Amount
    tolerance: Amount | None = None
    unit: Label
    date: Time | None = None
    """The year by whose end it is due; of a model whose clock is no calendar, the time (that of the measure where not given)."""
    each_year: list[Time] | None = Field(default=None, min_length=1)
    """Years (or times) in each of which it must hold."""
    undated: bool = False
    status: Literal["judged", "descriptive", "not modelled yet", "documented as met"] = "judged"
    reason: Words | None = None
    documented: DocumentedRow | None = None
    limits_of: list[str] | None = None
    """Elements whose limits hold the goal back. Left out where the view's output has none: decided by what the measure follows from."""
    delivery: bool = False
    note: Words | None = None


class PriorRow(Shape):
    """One uncertain constant, or all elements of one: `variable: "x[Cluster]"` with one number or one an element.

    triangular: low, mode, high. normal, lognormal: 5 % point, median, 95 % point. beta: mean, and high - low the distance of
    the 5 % and 95 % points. uniform: low, high. constant: value.
    """

    variable: str = Field(min_length=1)
    distribution: Kind
    value: PerElement = None
    low: PerElement = None
    high: PerElement = None
    truncate: list[Number | None] | None = Field(default=None, min_length=2, max_length=2)
    unit: Label
    source: str = Field(min_length=1)
    quality: Quality
    reason: str = Field(min_length=1)


class ShockRow(Shape):
    """A constant redrawn every `period` from `start` on."""

    id: str = Field(min_length=1)
    variable: str = Field(min_length=1)
    distribution: Kind
    value: PerElement = None
    low: PerElement = None
    high: PerElement = None
    truncate: list[Number | None] | None = Field(default=None, min_length=2, max_length=2)
    unit: Label = "1"
    period: Amount
    """e.g. 1 Year"""
    start: Number
    common: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Share of variance that the elements have in common (Gaussian copula)."""
    name: Words
    source: str = Field(min_length=1)
    quality: Quality
    reason: str = Field(min_length=1)


class LeverRow(Shape):
    """A policy constant of the model, neutral unless a scenario moves it."""

    id: str = Field(min_length=1)
    variable: str = Field(min_length=1)
    name: Words
    neutral: Amount
    low: Amount
    high: Amount
    unit: Label
    cost: Amount | None = None
    """In `cost_unit`, per unit or for the full range, as `cost_basis` says; 0 where it costs nothing, left out where it is not known."""
    cost_unit: Label = "亿元"
    """Money of `cost`, the same for all levers of a file."""
    cost_basis: Words | None = None
    delay: Amount | None = None
    """From the decision to the effect, in the model's unit of time or with its own unit."""
    mechanism: Words
    source: str = Field(min_length=1)
    quality: Quality


class HistoryRow(Shape):
    variable: str
    entity: str


class SeriesRow(Shape):
    """One chart."""

    id: str = Field(min_length=1)
    measure: MeasureTree
    name: Words
    unit: Label
    history: list[HistoryRow] = []
    goal: str | None = None


class LimitRow(Shape):
    id: str = Field(min_length=1)
    name: Words
    cost: str = Field(min_length=1)
    """Variable that records the output lost to this limit."""


class StartRow(Shape):
    id: str = Field(min_length=1)
    name: Words
    held_back: str = Field(min_length=1)
    """Variable that records what is wanted but not begun because of this limit."""
    wanted: str = Field(min_length=1)
    """Variable that records what is wanted; `[*]` for the sum over a range."""


class CutRow(Shape):
    """What takes a loop out of the model."""

    set: dict[str, Amount] = {}
    """Constants and the values that cut the loop through the whole run."""
    hold: str | None = None
    """Variable that `into` sees, from `as_of` on, as it was then."""
    into: list[str] = []


class LoopRow(Shape):
    """A feedback loop by name."""

    id: str = Field(min_length=1)
    name: Words
    through: list[str] = Field(min_length=1)
    """Variables in the order of the loop, without subscripts; what lies between is found."""
    cut: CutRow


class DoubtRow(Shape):
    """A constant whose prior stands for a doubt about the structure of the model."""

    id: str = Field(min_length=1)
    name: Words
    variable: str = Field(min_length=1)


class ViewFile(Shape):
    """What a forecast shows."""

    about: Words | None = None
    """What the model describes: a sentence that opens the method part of the brief."""
    elements: dict[str, Words] = {}
    series: list[SeriesRow] = []
    limits: list[LimitRow] = []
    output: str | None = None
    """Output that the costs of the limits are compared with."""
    range: str | None = None
    areas: dict[str | int, Words] = {}
    starts: list[StartRow] = []
    """Limits of what is begun (projects), reported apart from the limits of output."""
    loops: list[LoopRow] | str = []
    """Feedback loops, or a file (such as the model's checks.yaml) whose `loops` they are."""
    doubts: list[DoubtRow] = []
    """Each probability is shown at both ends of these."""
    inputs: dict[str, Words] = {}
    """What readers call a constant of the model, where a report names it."""


class FigureNamesFile(Shape):
    """What the variables and entities of figures are called."""

    variables: dict[str, Words] = {}
    entities: dict[str, Words] = {}


class GoalFile(RootModel[list[GoalRow]]):
    """The goals of a plan."""


class PriorFile(RootModel[list[PriorRow]]):
    """The prior table."""


class ShockFile(RootModel[list[ShockRow]]):
    """The shock table."""


class LeverFile(RootModel[list[LeverRow]]):
    """The lever table."""
