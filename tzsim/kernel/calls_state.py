"""Calls of functions with memory: each call site of each element has its own."""

from __future__ import annotations

from collections.abc import Callable

from tzsim.ir.expr import Call
from tzsim.kernel import builtins_state as memory
from tzsim.kernel.evaluator import Compiler, Evaluator, Levels, Memory, Scope, Value


def _continuous(make: Callable[[Evaluator, list[Value]], memory.Continuous]) -> Callable[..., Value]:
    def compiled(ev: Evaluator, call: Call, scope: Scope) -> Value:
        item = Levels(make(ev, [ev.compile(a, scope) for a in call.arguments]), scope.slot.name)
        ev.continuous.append(item)
        state = ev.state

        def start() -> float:
            if item.initial is None:
                item.initial = item.function.start()
            return 0.0

        def value() -> float:
            if not state.initialising:
                return item.function.value(state.levels[item.begin : item.end])
            start()
            assert item.initial is not None
            return item.function.value(item.initial)

        ev.starters.append(start)
        return value

    return compiled


def _discrete(make: Callable[[Evaluator, list[Value]], memory.Discrete]) -> Callable[..., Value]:
    def compiled(ev: Evaluator, call: Call, scope: Scope) -> Value:
        return remember(ev, make(ev, [ev.compile(a, scope) for a in call.arguments]))

    return compiled


def remember(ev: Evaluator, function: memory.Discrete) -> Value:
    """The value of a discrete function: found at the start of a step, held through its stages."""
    item = Memory(function)
    ev.discrete.append(item)
    state = ev.state

    def value() -> float:
        if state.initialising:
            if not item.started:
                item.started, item.value = True, item.function.start()
            return item.value
        if not item.known:
            item.value, item.known = item.function.value(), True
        return item.value

    ev.starters.append(value)
    return value


def _depreciation(ev: Evaluator, call: Call, scope: Scope) -> Value:
    stream, life, period, initial = (ev.compile(a, scope) for a in call.arguments)
    step = ev.state.step
    error = ev.unsupported(scope, "DEPRECIATE STRAIGHTLINE with a fiscal period other than TIME STEP")

    def checked() -> float:
        if abs(period() - step) > 1e-6 * step:
            raise error
        return life()

    return remember(ev, memory.Depreciation(stream, checked, initial, step))


def _order(n: int) -> Callable[[], int]:
    return lambda: n


def _reduced_order(ev: Evaluator, order: Value, time: Value) -> Callable[[], int]:
    return lambda: memory.stages(order(), time(), ev.state.step)


def _initial(ev: Evaluator, call: Call, scope: Scope) -> Value:
    argument = ev.compile(call.arguments[0], scope)
    kept: list[float] = []

    def value() -> float:
        if not kept:
            kept.append(argument())
        return kept[0]

    ev.starters.append(value)
    return value


def _active_initial(ev: Evaluator, call: Call, scope: Scope) -> Value:
    active, initial = (ev.compile(a, scope) for a in call.arguments)
    state = ev.state
    return lambda: initial() if state.initialising else active()


def _zero() -> float:
    return 0.0


STATE: dict[str, Compiler] = {
    "SMOOTH": _continuous(lambda ev, a: memory.Smooth(a[0], a[1], a[0], _order(1))),
    "SMOOTHI": _continuous(lambda ev, a: memory.Smooth(a[0], a[1], a[2], _order(1))),
    "SMOOTH3": _continuous(lambda ev, a: memory.Smooth(a[0], a[1], a[0], _order(3))),
    "SMOOTH3I": _continuous(lambda ev, a: memory.Smooth(a[0], a[1], a[2], _order(3))),
    "SMOOTH N": _continuous(lambda ev, a: memory.Smooth(a[0], a[1], a[2], _reduced_order(ev, a[3], a[1]))),
    "DELAY1": _continuous(lambda ev, a: memory.Delay(a[0], a[1], a[0], _order(1))),
    "DELAY1I": _continuous(lambda ev, a: memory.Delay(a[0], a[1], a[2], _order(1))),
    "DELAY3": _continuous(lambda ev, a: memory.Delay(a[0], a[1], a[0], _order(3))),
    "DELAY3I": _continuous(lambda ev, a: memory.Delay(a[0], a[1], a[2], _order(3))),
    "DELAY N": _continuous(lambda ev, a: memory.Delay(a[0], a[1], a[2], _reduced_order(ev, a[3], a[1]))),
    "TREND": _continuous(lambda ev, a: memory.Trend(a[0], a[1], a[2])),
    "FORECAST": _continuous(lambda ev, a: memory.Forecast(a[0], a[1], a[3] if len(a) > 3 else _zero, a[2])),
    "NPV": _continuous(lambda ev, a: memory.NetPresentValue(a[0], a[1], a[2], a[3], ev.state.step)),
    "DELAY FIXED": _discrete(lambda ev, a: memory.DelayFixed(a[0], a[1], a[2], ev.state.step)),
    "DELAY INFORMATION": _discrete(lambda ev, a: memory.DelayInformation(a[0], a[1], a[2], ev.state.step)),
    "DELAY MATERIAL": _discrete(lambda ev, a: memory.DelayMaterial(a[0], a[1], a[2], a[3], ev.state.step)),
    "SAMPLE IF TRUE": _discrete(lambda ev, a: memory.SampleIfTrue(a[0], a[1], a[2])),
    "PREVIOUS": _discrete(lambda ev, a: memory.Previous(a[0], a[1])),
    "DEPRECIATE STRAIGHTLINE": _depreciation,
    "INITIAL": _initial,
    "ACTIVE INITIAL": _active_initial,
}
