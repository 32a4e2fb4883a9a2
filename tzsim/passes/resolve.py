"""Resolve: every name, function and number of arguments is known before anything is rewritten.

All problems are gathered and raised at once. Also puts the caller's step in place of TIME STEP.
"""

from __future__ import annotations

from dataclasses import replace

from tzsim.errors import Address, InputError, Problem, nearest
from tzsim.ir.expr import Call, Every, Expr, Name, Number, Ref
from tzsim.ir.functions import FUNCTIONS
from tzsim.ir.model import Equation, Model, Variable
from tzsim.names import VarId, key, split_element
from tzsim.passes.request import CONTROLS, SAVEPER, TIME, TIME_STEP, Request, children


def resolve(model: Model, request: Request) -> Model:
    """The model with the requested step, once all names in it are known. Raises InputError with every problem."""
    problems: list[Problem] = []
    names = _Names(model)
    for variable in model.variables.values():
        for equation in variable.equations:
            for part in (equation.subscripts, *equation.exceptions):
                problems += [
                    _unknown_subscript(s, names, equation.address)
                    for s in part
                    if key(s) not in names.ranges and key(s) not in names.elements
                ]
            problems += _check(equation.expression, equation, variable, names)
    problems += [
        Problem(None, f"the model has no variable {control!r}")
        for control in ("INITIAL TIME", "FINAL TIME", "TIME STEP")
        if key(control) not in model.variables
    ]
    problems += clock_problems(model)
    for wanted in (*request.outputs, *request.driven, *request.accumulate):
        try:
            name = key(split_element(wanted)[0])
        except ValueError:
            problems.append(Problem(None, f"not a variable name: {wanted!r}"))
            continue
        if name not in model.variables and name != TIME:
            hint = nearest(wanted, (v.name for v in model.variables.values()))
            problems.append(Problem(None, f"the model has no variable {wanted!r}", hint))
    problems += [
        Problem(None, f"{wanted!r} sets the time grid and cannot differ between members")
        for wanted in request.driven
        if key(wanted) in CONTROLS or key(wanted) == TIME
    ]
    if problems:
        raise InputError(problems)
    return _with_step(model, request)


def clock_problems(model: Model) -> list[Problem]:
    """A model has no equation for Time."""
    found = model.variables.get(TIME)
    if found is None:
        return []
    text = f"{found.name!r} is the clock of every model and has no equation"
    return [Problem(found.address, text, "give the variable another name")]


class _Names:
    def __init__(self, model: Model) -> None:
        self.model = model
        self.ranges = set(model.subscripts)
        self.elements = {key(e) for r in model.subscripts.values() for e in r.elements}


def _unknown_subscript(name: str, names: _Names, address: Address) -> Problem:
    known = [r.name for r in names.model.subscripts.values()]
    known += [e for r in names.model.subscripts.values() for e in r.elements]
    return Problem(address, f"unknown subscript {name!r}", nearest(name, known))


def _check(expression: Expr, equation: Equation, variable: Variable, names: _Names) -> list[Problem]:
    problems: list[Problem] = []
    stack = [expression]
    while stack:
        e = stack.pop()
        stack += children(e)
        if isinstance(e, Call):
            problems += _check_call(e, equation, variable)
        elif isinstance(e, Ref):
            problems += _check_ref(e, equation, variable, names)
    return problems


def _check_call(call: Call, equation: Equation, variable: Variable) -> list[Problem]:
    function = FUNCTIONS.get(call.function)
    if function is None:
        hint = nearest(call.function, FUNCTIONS)
        return [Problem(equation.address, f"{variable.name}: unknown function {call.function!r}", hint)]
    count = len(call.arguments)
    if not function.least <= count <= function.most:
        wanted = str(function.least) if function.least == function.most else f"at least {function.least}"
        return [
            Problem(
                equation.address, f"{variable.name}: {call.function} takes {wanted} arguments, not {count}"
            )
        ]
    return []


def _check_ref(ref: Ref, equation: Equation, variable: Variable, names: _Names) -> list[Problem]:
    name, where, model = key(ref.name), equation.address, names.model
    if name.endswith("!") and name not in model.variables:
        name = key(ref.name.removesuffix("!"))
    found = model.variables.get(name)
    problems: list[Problem] = []
    if found is None and name != TIME and name not in names.ranges and name not in names.elements:
        hint = nearest(ref.name, (v.name for v in model.variables.values()))
        problems.append(Problem(where, f"{variable.name} uses {ref.name!r}, which has no equation", hint))
    for subscript in ref.subscripts:
        if isinstance(subscript, Name) and key(subscript.name) not in names.ranges | names.elements:
            problems.append(_unknown_subscript(subscript.name, names, where))
        elif isinstance(subscript, Every) and key(subscript.range) not in names.ranges:
            problems.append(_unknown_subscript(subscript.range, names, where))
    if found is not None and ref.subscripts:
        wanted = len(found.equations[0].subscripts)
        if wanted != len(ref.subscripts):
            message = (
                f"{variable.name} uses {ref.name!r} with {len(ref.subscripts)} subscripts; it has {wanted}"
            )
            problems.append(Problem(where, message))
    return problems


def _with_step(model: Model, request: Request) -> Model:
    variables: dict[VarId, Variable] = dict(model.variables)
    step = request.step
    if step is not None:
        if not step > 0.0:
            raise InputError.one(f"the time step must be above 0, not {step}")
        old = variables[TIME_STEP]
        variables[TIME_STEP] = replace(old, equations=(replace(old.equations[0], expression=Number(step)),))
    if SAVEPER not in variables:
        variables[SAVEPER] = Variable("SAVEPER", (Equation((), Ref("TIME STEP")),))
    return replace(model, variables=variables)
