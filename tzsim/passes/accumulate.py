"""Accumulate: a hidden stock for each quantity whose integral since the start is wanted."""

from __future__ import annotations

from dataclasses import replace

from tzsim.ir.expr import Call, Number, Ref
from tzsim.ir.model import Equation, Model, Variable
from tzsim.names import VarId, key
from tzsim.passes.request import Request, integral_name


def accumulate(model: Model, request: Request) -> Model:
    """The model with a stock `∫x` = INTEG(x, 0) for each requested element x; its unit is that of x times time's."""
    variables: dict[VarId, Variable] = dict(model.variables)
    for wanted in request.accumulate:
        source = model.variables.get(key(wanted))
        shown = source.name if source is not None else wanted
        name = integral_name(shown)
        equation = Equation((), Call("INTEG", (Ref(shown), Number(0.0))))
        unit = source.unit if source is not None else model.time_unit
        variables[key(name)] = Variable(name, (equation,), f"({unit})*{model.time_unit or 'time'}")
    return replace(model, variables=variables)
