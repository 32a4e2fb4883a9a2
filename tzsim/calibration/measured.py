"""A sector alone, with measured inputs in place of the sectors that it is coupled to.

An input becomes a line through its documented figures, held flat before the first and after the last. Each figure is a
constant of its own with the figure's error as its prior, so that members differ where the measurement is uncertain and
the fit may move it (partial-model calibration: Homer 2012, System Dynamics Review 28).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from tzsim.ir.expr import Binary, Call, Expr, Number, Ref
from tzsim.ir.model import Equation, Model, Variable
from tzsim.names import VarId, key
from tzsim.scenario.distributions import Z95, Distribution
from tzsim.scenario.records import Prior


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value at a time (years), in the unit of the input, with its standard error and source."""

    time: float
    value: float
    sd: float
    quality: str
    source: str


@dataclass(frozen=True, slots=True)
class MeasuredInput:
    """A scalar variable of the model and the figures that replace it, in order of time."""

    variable: str
    figures: tuple[Figure, ...]


def with_measured_inputs(model: Model, inputs: Sequence[MeasuredInput]) -> tuple[Model, tuple[Prior, ...]]:
    """The model with each input's equation replaced by its figures, and the priors of these."""
    changed: dict[VarId, Variable] = dict(model.variables)
    priors: list[Prior] = []
    for item in inputs:
        variable = model.variables[key(item.variable)]
        names = [f"measured {variable.name} {figure.time:g}" for figure in item.figures]
        for name, figure in zip(names, item.figures, strict=True):
            changed[key(name)] = Variable(name, (Equation((), Number(figure.value)),), variable.unit)
            far = Z95 * figure.sd
            law = Distribution("normal", figure.value, figure.value - far, figure.value + far)
            priors.append(
                Prior(name, law, variable.unit, figure.source, figure.quality, "measured input of the sector")  # pyright: ignore[reportArgumentType]
            )
        line = _line(names, [f.time for f in item.figures])
        changed[variable.id] = replace(variable, equations=(Equation((), line, address=variable.address),))
    return replace(model, variables=changed), tuple(priors)


def _line(names: Sequence[str], times: Sequence[float]) -> Expr:
    """first + sum of (next - one)*(share of the way between their times, 0 to 1)."""
    total: Expr = Ref(names[0])
    for (one, start), (following, end) in pairwise(zip(names, times, strict=True)):
        passed = Binary("/", Binary("-", Ref("Time"), Number(start)), Number(end - start))
        share = Call("MIN", (Number(1.0), Call("MAX", (Number(0.0), passed))))
        total = Binary("+", total, Binary("*", Binary("-", Ref(following), Ref(one)), share))
    return total
