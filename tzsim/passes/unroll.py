"""Unroll: subscripts become elements. Afterwards every variable is a scalar named as its element, `x[A1,B2]`.

Reducing calls become sums, products, MIN and MAX over their elements; vector functions take the elements of their
arrays one by one (see `vectors`); lookup variables are put in place where they are called; a random call carries
the text that identifies it (`site`, as in `kernel.random_counter`).
"""

from __future__ import annotations

from tzsim.errors import InputError, Problem, Unsupported
from tzsim.ir.model import Equation, Model, Variable
from tzsim.names import VarId, key
from tzsim.passes.arrays import Arrays
from tzsim.passes.request import Request
from tzsim.passes.rewriting import Rewriting
from tzsim.passes.vectors import VECTORS


def unroll(model: Model, request: Request) -> Model:
    """The model with one scalar variable for each element. Raises InputError with every problem found."""
    arrays = Arrays(model)
    problems: list[Problem] = []
    refusals: list[Problem] = []
    scalars: dict[VarId, Variable] = {}
    for name, variable in model.variables.items():
        for elements, definition in arrays.defined[name].items():
            rewriting = Rewriting(arrays, variable, elements, definition, VECTORS)
            try:
                expression = rewriting.whole()
            except Unsupported as error:
                if arrays.read > arrays.most_read:
                    raise
                refusals += error.problems
                continue
            except InputError as error:
                problems += error.problems
                continue
            equation = Equation((), expression, (), definition.equation.address, definition.equation.text)
            shown = arrays.subscripts.show(variable.name, elements)
            scalars[key(shown)] = Variable(
                shown,
                (equation,),
                variable.unit,
                variable.comment,
                variable.limits,
                variable.group,
                variable.address,
            )
    if problems:
        raise InputError(dict.fromkeys([*problems, *refusals]))
    if refusals:
        raise Unsupported(dict.fromkeys(refusals))
    return Model(model.name, scalars, {}, model.method, model.time_unit, model.sources)
