"""Function calls: from a `Call` to its value, by the nature of the function."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tzsim.ir.expr import NA, Call, Number, Table, Text
from tzsim.ir.functions import FUNCTIONS
from tzsim.ir.pure import PURE
from tzsim.kernel import builtins_state as memory
from tzsim.kernel import builtins_tables as tables
from tzsim.kernel import builtins_time as inputs
from tzsim.kernel import random_counter as draws
from tzsim.kernel.calls_state import STATE, remember
from tzsim.kernel.calls_vector import VECTOR, reduce
from tzsim.kernel.evaluator import Compiler, Evaluator, Scope, Value

_PURE: dict[str, Callable[..., float]] = {**PURE, "NORMAL QUANTILE": draws.normal_quantile}


def compile_call(ev: Evaluator, call: Call, scope: Scope) -> Value:
    """The value of a call. Raises Unsupported for a function that is not known, InputError for wrong arguments."""
    function = FUNCTIONS.get(call.function)
    if function is None:
        raise ev.unsupported(scope, f"function {call.function!r}")
    count = len(call.arguments) - (function.nature == "random")
    if not function.least <= count <= function.most:
        raise ev.fault(
            scope, f"{call.function} takes {function.least} to {function.most} arguments, not {count}"
        )
    if call.function in _PURE:
        return _pure(_PURE[call.function], [ev.compile(a, scope) for a in call.arguments])
    special = _SPECIAL.get(call.function)
    if special is not None:
        return special(ev, call, scope)
    if function.nature == "reduce":
        return reduce(ev, call, scope)
    if function.nature == "random":
        return _random(ev, call, scope)
    raise ev.unsupported(scope, f"function {call.function!r}")


def _pure(function: Callable[..., float], arguments: Sequence[Value]) -> Value:
    if len(arguments) == 1:
        a = arguments[0]
        return lambda: function(a())
    if len(arguments) == 2:
        a, b = arguments
        return lambda: function(a(), b())
    return lambda: function(*[x() for x in arguments])


def _if_then_else(ev: Evaluator, call: Call, scope: Scope) -> Value:
    condition, yes, no = (ev.compile(a, scope) for a in call.arguments)
    return lambda: yes() if condition() != 0.0 else no()


# ---------------------------------------------------------------- time


def _time_input(function: Callable[..., float]) -> Callable[[Evaluator, Call, Scope], Value]:
    def compiled(ev: Evaluator, call: Call, scope: Scope) -> Value:
        arguments, state = [ev.compile(a, scope) for a in call.arguments], ev.state
        return lambda: function(state.step_time, state.step, *[a() for a in arguments])

    return compiled


def _ramp(ev: Evaluator, call: Call, scope: Scope) -> Value:
    slope, start, *end = (ev.compile(a, scope) for a in call.arguments)
    state = ev.state
    until: Value = end[0] if end else lambda: float("inf")
    return lambda: inputs.ramp(state.time, slope(), start(), until())


def _pulse_magnitude(ev: Evaluator, call: Call, scope: Scope) -> Value:
    magnitude, first, *rest = (ev.compile(a, scope) for a in call.arguments)
    state = ev.state
    interval: Value = rest[0] if rest else lambda: 0.0
    return lambda: inputs.pulse_magnitude(state.step_time, state.step, magnitude(), first(), interval())


def _time_value(ev: Evaluator, call: Call, scope: Scope) -> Value:
    """GET TIME VALUE(relative to, offset, measure): measure 0, relative to Time (0) or to INITIAL TIME (1)."""
    origin, offset, measure = call.arguments
    if not isinstance(measure, Number) or measure.value != 0.0:
        raise ev.unsupported(scope, "GET TIME VALUE with a calendar measure (no calendar in the file)")
    if not isinstance(origin, Number) or origin.value not in (0.0, 1.0):
        raise ev.unsupported(scope, "GET TIME VALUE relative to the computer's clock")
    shift, state = ev.compile(offset, scope), ev.state
    if origin.value == 0.0:
        return lambda: state.time + shift()
    return lambda: state.initial_time + shift()


# ---------------------------------------------------------------- random


_DRAWS: dict[str, Callable[..., float]] = {
    "RANDOM 0 1": lambda u: u,
    "RANDOM UNIFORM": draws.draw_uniform,
    "RANDOM NORMAL": draws.draw_normal,
    "RANDOM EXPONENTIAL": draws.draw_exponential,
    "RANDOM TRIANGULAR": draws.draw_triangular,
    "RANDOM POISSON": draws.draw_poisson,
    "RANDOM BINOMIAL": draws.draw_binomial,
    "RANDOM NEGATIVE BINOMIAL": draws.draw_negative_binomial,
    "RANDOM LOGNORMAL": draws.draw_lognormal,
}


def _random(ev: Evaluator, call: Call, scope: Scope) -> Value:
    """A draw of the step; the last argument before the call's number is the model's own seed."""
    number = call.arguments[-1]
    assert isinstance(number, Text)
    site = draws.site_text(scope.slot.site, int(number.value[1:]), scope.running)
    key64, state = draws.site_key(site) ^ ev.state.seed_key, ev.state
    arguments = [ev.compile(a, scope) for a in call.arguments[:-1]]
    seed: Value = arguments.pop() if arguments else lambda: 0.0

    def u() -> float:
        return draws.uniform(key64, state.member, state.k, draws.stream(seed()))

    if call.function == "RANDOM PINK NOISE":
        mean, sd, time = arguments
        noise = memory.PinkNoise(
            mean, sd, time, lambda: draws.normal_quantile(u()), draws.pink_noise_gain, state.step
        )
        return remember(ev, noise)
    draw = _DRAWS[call.function]
    return lambda: draw(u(), *[a() for a in arguments])


# ---------------------------------------------------------------- data


def _data(ev: Evaluator, call: Call, scope: Scope) -> Value:
    table, state = ev.table(call.arguments[0], scope), ev.state
    return lambda: tables.read(table, state.time)


def _table_function(function: Callable[..., float]) -> Callable[[Evaluator, Call, Scope], Value]:
    def compiled(ev: Evaluator, call: Call, scope: Scope) -> Value:
        table = ev.table(call.arguments[0], scope)
        arguments = [ev.compile(a, scope) for a in call.arguments[1:]]
        return lambda: function(table, *[a() for a in arguments])

    return compiled


def _between_times(ev: Evaluator, call: Call, scope: Scope) -> Value:
    """GET DATA BETWEEN TIMES; what Vensim does when it holds data of broken times is not known, and refused."""
    table, mode = ev.table(call.arguments[0], scope), call.arguments[2]
    whole = all(float(x).is_integer() for x in table.xs)
    if not whole and not (isinstance(mode, Number) and mode.value == 0.0):
        raise ev.unsupported(
            scope, "GET DATA BETWEEN TIMES that holds data of times that are not whole numbers"
        )
    return _table_function(tables.between_times)(ev, call, scope)


def _first_time(table: Table) -> float:
    return table.xs[0] if table.xs else NA


def _last_time(table: Table) -> float:
    return table.xs[-1] if table.xs else NA


_SPECIAL: dict[str, Compiler] = (
    STATE
    | VECTOR
    | {
        "IF THEN ELSE": _if_then_else,
        "STEP": _time_input(inputs.step_input),
        "PULSE": _time_input(inputs.pulse),
        "PULSE TRAIN": _time_input(inputs.pulse_train),
        "PULSE MAGNITUDE": _pulse_magnitude,
        "RAMP": _ramp,
        "GET TIME VALUE": _time_value,
        "DATA": _data,
        "GET DATA BETWEEN TIMES": _between_times,
        "GET DATA FIRST TIME": _table_function(_first_time),
        "GET DATA LAST TIME": _table_function(_last_time),
        "LOOKUP FORWARD": _table_function(tables.lookup_forward),
        "LOOKUP BACKWARD": _table_function(tables.lookup_backward),
        "LOOKUP EXTRAPOLATE": _table_function(tables.lookup_extrapolate),
        "LOOKUP INVERT": _table_function(tables.invert),
    }
)


def handled(function: str) -> bool:
    """Whether calls of a canonical function are simulated (INTEG is, but only as a whole right-hand side)."""
    known = FUNCTIONS.get(function)
    if known is None or function in _PURE or function in _SPECIAL:
        return known is not None
    return known.nature == "reduce" or function in _DRAWS or function == "RANDOM PINK NOISE"
