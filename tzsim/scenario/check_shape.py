"""The shape of a checks file: what a planner or modeller claims about a model, for `tzsim check` to try.

Quantities are written as in the model: `output[chemicals]`, `SUM(output[Cluster!])`, `Reservoir/useful storage`; a range that does
not run, `output[Cluster]`, stands for each of its elements in turn.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from tzsim.scenario.schema import Amount, Number, Shape, Time, Words

Written = Annotated[str, Field(min_length=1)]
"""A quantity in the model's words."""
Id = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$")]
Window = Annotated[list[Number], Field(min_length=2, max_length=2)]


class SettingRow(Shape):
    """How a situation changes a constant, a table, a series or a calculated variable. One of `to`, `times`, `add`."""

    to: Amount | None = None
    times: Number | None = None
    add: Amount | None = None
    since: Number | None = None
    """From this time on; without it from the start."""


def _plain(value: object) -> object:
    return value if isinstance(value, dict) else {"to": value}


Setting = Annotated[
    SettingRow,
    BeforeValidator(_plain),
    WithJsonSchema({"anyOf": [{"type": ["number", "string"]}, {"title": "ref:SettingRow"}]}),
]


class ClaimRow(Shape):
    """One thing that must hold, in the model as it stands and in every draw.

    `always`, `settles`, `steady` speak of the situation itself; the others compare it with the same draw without it.
    """

    name: Words | None = None
    """What is claimed, in a planner's words; without it the quantity and the verb are shown."""
    always: Written | None = None
    """A comparison that never fails: `total water use <= use cap`."""
    falls: Written | None = None
    rises: Written | None = None
    stays: Written | None = None
    """Does not differ by more than `within`."""
    vanishes: Written | None = None
    """Falls below the share `below` of what it is without the situation."""
    falls_more: Annotated[list[Written], Field(min_length=2)] | None = None
    """Quantities in the order of their relative fall, the hardest hit first."""
    steady: Written | None = None
    """Never leaves its value at `since` by more than `within` of it."""
    settles: Written | None = None
    """In the last year before `by` changes by no more than `within`."""
    by: Number | None = None
    """Time at which the quantities are compared; default the end of the run."""
    during: Window | None = None
    """From when to when the means are compared, in place of `by`."""
    since: Number | None = None
    until: Number | None = None
    at_least: Amount | None = None
    """Least fall or rise, as a share: 10 %."""
    at_most: Amount | None = None
    within: Amount | None = None
    below: Amount | None = None
    share: Amount | None = None
    """Share of the draws in which it must hold; default all of them."""


class SituationRow(Shape):
    """A condition put on the model, and what must follow from it. Without `set`: the model as it is."""

    id: Id
    name: Words
    set: dict[str, Setting] = Field(default_factory=dict[str, Setting])
    """Variable (or element): its value, or {times: 0.5, since: 2025}."""
    expect: Annotated[list[ClaimRow], Field(min_length=1)]


class BalanceRow(Shape):
    """What must not be lost or made: the stocks change by what flows in and out over the boundary, and by nothing else."""

    id: Id
    name: Words
    stocks: Annotated[list[Written], Field(min_length=1)]
    inflows: list[Written] = Field(default_factory=list[Written])
    outflows: list[Written] = Field(default_factory=list[Written])


class ReasonedRow(Shape):
    """Stocks that a general check leaves out, and why."""

    stocks: Annotated[list[Written], Field(min_length=1)]
    reason: Words


class LoopRow(Shape):
    """A feedback loop: the variables it runs through, and what cutting it changes."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_ -]*$")]
    name: Words
    kind: Literal["reinforcing", "balancing"]
    through: Annotated[list[Written], Field(min_length=2)]
    """Variables in the order of cause and effect; the last acts on the first."""
    cut: Written | None = None
    """The variable of the loop that is held while it is cut; default the first."""
    since: Number | None = None
    """When it is cut; default the start of the run."""
    until: Number | None = None
    """Up to when the sign of its answer is taken; default the end of the run."""
    watch: list[Written] = Field(default_factory=list[Written])
    """What the cut is shown on, beside the quantities that the whole file watches."""
    stress: Id | None = None
    """Situation under which the cut is shown a second time."""
    share: Amount | None = None
    """Share of the draws that must answer with the sign of the loop; default all of them."""


class StepRow(Shape):
    within: Amount
    """Largest difference of a stock under half the step or Runge-Kutta 4, as a share of its largest value."""


class ChecksFile(Shape):
    """The test battery of a model."""

    name: Words
    priors: str | None = None
    """Prior table: source of each constant, range of its sensitivity, and the draws of the small ensemble."""
    shocks: str | None = None
    levers: str | None = None
    goals: str | None = None
    """Goal file: what its measures read has a use."""
    results: list[Written] | None = None
    """Calculated variables that no equation reads because people do. With it, any other variable without a use is a fault."""
    draws: Annotated[int, Field(ge=0, le=1000)] = 0
    """Members drawn from the priors and shocks, beside the model as it stands."""
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 0
    years: list[Time] = Field(default_factory=list[Time])
    """Years for which the effect of cutting a loop is shown."""
    watch: list[Written] = Field(default_factory=list[Written])
    """What the effects of loops and constants are shown on."""
    steps: StepRow | None = None
    signed: list[ReasonedRow] = Field(default_factory=list[ReasonedRow])
    """Stocks that may be negative. Every other stock must not be."""
    unbalanced: list[ReasonedRow] = Field(default_factory=list[ReasonedRow])
    """Stocks in no balance that are not plain averages of what is perceived."""
    balances: list[BalanceRow] = Field(default_factory=list[BalanceRow])
    situations: list[SituationRow] = Field(default_factory=list[SituationRow])
    loops: list[LoopRow] = Field(default_factory=list[LoopRow])
