"""Expand: delays, smooths, trends and forecasts become stocks and auxiliaries, as their manuals define them.

(Vensim Reference Manual: DELAY1, DELAY3, DELAY N, SMOOTH, SMOOTH3, TREND, FORECAST, NPV, DEPRECIATE STRAIGHTLINE;
XMILE 1.0, section 3.5.3.) What is left with a memory of its own is whole right-hand sides: INTEG, DELAY FIXED,
SAMPLE IF TRUE, PREVIOUS; and INITIAL and ACTIVE INITIAL, which stay where they are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from tzsim.errors import Problem, Unsupported
from tzsim.ir.expr import Binary, Call, Expr, Number, Ref, Unary
from tzsim.ir.functions import FUNCTIONS
from tzsim.ir.model import Model, Variable
from tzsim.names import VarId, key
from tzsim.passes.fold import constants, evaluated
from tzsim.passes.order import DELAYS
from tzsim.passes.request import Request, children, rebuilt

MEMORIES = (*DELAYS, "SAMPLE IF TRUE", "PREVIOUS")
STAY = ("INTEG", "INITIAL", "ACTIVE INITIAL", *MEMORIES)
LONGEST_CHAIN = 1000
"""Highest order of a delay or smooth."""


def expand(model: Model, request: Request) -> Model:
    """The model with compound functions written out. Raises Unsupported naming every call that cannot be."""
    variables: dict[VarId, Variable] = {}
    refusals: list[Problem] = []
    series = frozenset(key(n) for n in request.series)
    driven = frozenset(key(n) for n in request.driven)
    values = constants(model, driven)
    for name, variable in model.variables.items():
        equation = variable.equations[0]
        writing = Writing(variable, variables, values, model, series, driven)
        try:
            expression = writing.right(equation.expression)
        except Unsupported as error:
            refusals += error.problems
            continue
        if expression is not equation.expression:
            variable = replace(variable, equations=(replace(equation, expression=expression),))
        variables[name] = variable
    if refusals:
        raise Unsupported(refusals)
    return replace(model, variables=variables)


@dataclass(slots=True)
class Writing:
    """Writes the parts of one variable's compound functions as variables of their own."""

    owner: Variable
    variables: dict[VarId, Variable]
    values: Mapping[VarId, float]
    """The constants that all members share."""
    model: Model
    series: frozenset[VarId]
    driven: frozenset[VarId]
    """Variables whose value each member brings."""
    count: int = 0

    def right(self, e: Expr) -> Expr:
        """A whole right-hand side."""
        if isinstance(e, Call) and e.function in STAY:
            return rebuilt(e, tuple(self.inside(a) for a in e.arguments))
        return self.inside(e)

    def inside(self, e: Expr) -> Expr:
        """An expression inside a right-hand side; the same object when nothing in it changes."""
        old = children(e)
        if old:
            new = tuple(self.inside(c) for c in old)
            if any(a is not b for a, b in zip(old, new, strict=True)):
                e = rebuilt(e, new)
        if not isinstance(e, Call):
            return e
        if e.function in COMPOUND:
            self.count += 1
            return COMPOUND[e.function](self, *e.arguments)
        if e.function in MEMORIES:
            self.count += 1
            return self.define(e.function.lower(), e)
        function = FUNCTIONS.get(e.function)
        if function is not None and function.nature == "state" and e.function not in STAY:
            raise self.refuse(f"{e.function} is not supported")
        if e.function == "INTEG":
            raise self.refuse("INTEG inside an expression")
        return e

    def refuse(self, message: str) -> Unsupported:
        equation = self.owner.equations[0]
        return Unsupported([Problem(equation.address, f"{self.owner.name}: {message}", equation.text)])

    def define(self, part: str, expression: Expr) -> Ref:
        """A new variable that belongs to the owner; its name says which part it is."""
        name = self.name(part).name
        equation = replace(self.owner.equations[0], expression=expression)
        self.variables[key(name)] = Variable(
            name, (equation,), group=self.owner.group, address=self.owner.address
        )
        return Ref(name)

    def stock(self, part: str, flow: Callable[[Ref], Expr], initial: Expr) -> Ref:
        """A new stock whose net flow may depend on itself."""
        me = self.name(part)
        return self.define(part, Call("INTEG", (flow(me), initial)))

    def shared(self, part: str, e: Expr) -> Expr:
        """`e` itself when it is a leaf, else a new auxiliary, so that it is written once."""
        return e if isinstance(e, Ref | Number) else self.define(part, e)

    def name(self, part: str) -> Ref:
        """Reference to a variable that `define` makes under the same part."""
        return Ref(f"{self.owner.name}·{part}" + (f"·{self.count}" if self.count > 1 else ""))

    def constant(self, e: Expr) -> bool:
        """Whether an expression cannot change during a run."""
        seen: set[VarId] = set()
        stack = [e]
        while stack:
            e = stack.pop()
            if isinstance(e, Ref) and key(e.name) not in seen:
                seen.add(key(e.name))
                variable = self.model.variables.get(key(e.name)) or self.variables.get(key(e.name))
                if variable is None or key(e.name) in self.series:
                    return False
                stack.append(variable.equations[0].expression)
            elif isinstance(e, Call) and e.function != "INITIAL":
                function = FUNCTIONS.get(e.function)
                if function is None or function.nature not in ("pure", "reduce"):
                    return False
                stack += e.arguments
            elif not isinstance(e, Call):
                stack += children(e)
        return True

    def fixed(self, e: Expr, what: str) -> float:
        """The value of an expression of constants that all members share."""
        value = evaluated(e, self.values)
        if value is None:
            raise self.refuse(f"{what} must be a constant that is the same for all members")
        return value

    def at_start(self, e: Expr, inside: tuple[VarId, ...] = ()) -> Expr:
        """An expression with Time, STEP and the auxiliaries it names as they are at the start of the run."""
        first = Number(self.values.get(key("INITIAL TIME"), math.nan))
        if isinstance(e, Ref):
            name = key(e.name)
            if name == "time":
                return first
            variable = self.model.variables.get(name)
            if name in self.values or name in self.driven or variable is None or name in inside:
                return e
            return self.at_start(variable.equations[0].expression, (*inside, name))
        if isinstance(e, Call) and e.function == "STEP":
            height, when = (self.at_start(a, inside) for a in e.arguments)
            half = 0.5 * self.values.get(key("TIME STEP"), math.nan)
            return Binary("*", height, Binary(">", Number(first.value + half), when))
        return rebuilt(e, tuple(self.at_start(c, inside) for c in children(e))) if children(e) else e

    def whole_number(self, e: Expr, what: str) -> int:
        """A small whole number that the structure depends on: its value at the start of the run, the same for all."""
        value = evaluated(self.at_start(e), self.values)
        if value is None or value != value:
            raise self.refuse(f"{what} must be a constant that is the same for all members")
        if value >= LONGEST_CHAIN + 1:
            raise self.refuse(f"{what} must be at most {LONGEST_CHAIN}, not {value:g}")
        return max(1, int(value))


def add(a: Expr, b: Expr) -> Expr:
    return Binary("+", a, b)


def subtract(a: Expr, b: Expr) -> Expr:
    return Binary("-", a, b)


def multiply(a: Expr, b: Expr) -> Expr:
    return Binary("*", a, b)


def divide(a: Expr, b: Expr) -> Expr:
    return Binary("/", a, b)


def order_in_effect(at: Writing, time: Expr, order: int) -> int | Expr:
    """The order after lowering it until order * TIME STEP <= delay time, at least 1; fixed at the start of a draw.

    (Vensim Reference Manual, 'DELAY N' and 'SMOOTH N'.) A number where the delay time is a fixed constant.
    """
    if order == 1:
        return 1
    ratio = add(divide(time, Ref("TIME STEP")), Number(1e-6))
    lowered = Call("MAX", (Number(1.0), Call("MIN", (Number(float(order)), Call("FLOOR", (ratio,))))))
    value = evaluated(lowered, at.values)
    if value is not None and value == value:
        return int(value)
    return at.define("order in effect", Call("INITIAL", (lowered,)))


def of_order(effect: int | Expr, stages: list[Expr]) -> Expr:
    """The value of the last stage in effect, found by halving: a thousand stages nest ten deep."""
    if isinstance(effect, int):
        return stages[effect - 1]

    def among(first: int, last: int) -> Expr:
        if first == last:
            return stages[first - 1]
        middle = (first + last + 1) // 2
        later = Binary(">=", effect, Number(float(middle)))
        return Call("IF THEN ELSE", (later, among(middle, last), among(first, middle - 1)))

    return among(1, len(stages))


def smooth_chain(
    at: Writing, source: Expr, time: Expr, initial: Expr, order: int, lowered: bool = False
) -> Expr:
    """`order` first-order information delays in a row, each with time/order."""
    source, time = at.shared("input", source), at.shared("time", time)
    effect = order_in_effect(at, time, order) if lowered else order
    lag = at.shared("lag", _share(time, effect))
    first = at.shared("initial", initial)
    levels: list[Expr] = []
    for stage in range(1, (effect if isinstance(effect, int) else order) + 1):
        upstream = source
        source = at.stock(f"level {stage}", lambda me, up=upstream: divide(subtract(up, me), lag), first)
        levels.append(source)
    return of_order(effect, levels)


def delay_chain(
    at: Writing, source: Expr, time: Expr, initial: Expr, order: int, lowered: bool = False
) -> Expr:
    """`order` material delays in a row; each level starts at initial * time/order, so that the outflow is `initial`."""
    source, time = at.shared("input", source), at.shared("time", time)
    effect = order_in_effect(at, time, order) if lowered else order
    lag = at.shared("lag", _share(time, effect))
    first = at.shared("initial", multiply(initial, lag))
    outflows: list[Expr] = []
    for stage in range(1, (effect if isinstance(effect, int) else order) + 1):
        upstream = source
        level = at.stock(f"level {stage}", lambda me, up=upstream: subtract(up, divide(me, lag)), first)
        source = at.shared(f"outflow {stage}", divide(level, lag))
        outflows.append(source)
    return of_order(effect, outflows)


def _share(time: Expr, effect: int | Expr) -> Expr:
    if isinstance(effect, int):
        return divide(time, Number(float(effect))) if effect > 1 else time
    return divide(time, effect)


def _smooth(order: int) -> Callable[..., Expr]:
    def write(at: Writing, source: Expr, time: Expr, initial: Expr | None = None) -> Expr:
        source = at.shared("input", source)
        return smooth_chain(at, source, time, source if initial is None else initial, order)

    return write


def _delay(order: int) -> Callable[..., Expr]:
    def write(at: Writing, source: Expr, time: Expr, initial: Expr | None = None) -> Expr:
        source = at.shared("input", source)
        return delay_chain(at, source, time, source if initial is None else initial, order)

    return write


def _smooth_n(at: Writing, source: Expr, time: Expr, initial: Expr, order: Expr) -> Expr:
    return smooth_chain(
        at, source, time, initial, at.whole_number(order, "the order of SMOOTH N"), lowered=True
    )


def _delay_n(at: Writing, source: Expr, time: Expr, initial: Expr, order: Expr) -> Expr:
    return delay_chain(
        at, source, time, initial, at.whole_number(order, "the order of DELAY N"), lowered=True
    )


def _average(at: Writing, source: Expr, time: Expr, trend: Expr) -> Expr:
    start = divide(source, add(Number(1.0), multiply(trend, time)))
    return at.stock("average", lambda me: divide(subtract(source, me), time), start)


def _trend(at: Writing, source: Expr, time: Expr, initial: Expr) -> Expr:
    source, time = at.shared("input", source), at.shared("averaging time", time)
    mean = _average(at, source, time, initial)
    return Call("ZIDZ", (subtract(source, mean), multiply(time, Call("ABS", (mean,)))))


def _forecast(at: Writing, source: Expr, time: Expr, horizon: Expr, initial: Expr | None = None) -> Expr:
    source, time = at.shared("input", source), at.shared("averaging time", time)
    mean = _average(at, source, time, initial or Number(0.0))
    trend = Call("ZIDZ", (subtract(source, mean), multiply(time, mean)))
    return multiply(source, add(Number(1.0), multiply(trend, horizon)))


def _net_present_value(at: Writing, stream: Expr, rate: Expr, initial: Expr, factor: Expr) -> Expr:
    stream, rate, step = at.shared("stream", stream), at.shared("rate", rate), Ref("TIME STEP")

    def decline(me: Expr) -> Expr:
        return divide(multiply(Unary("-", me), rate), add(Number(1.0), multiply(rate, step)))

    discount = at.stock("discount", decline, Number(1.0))
    total = at.stock("accumulated", lambda _: multiply(stream, discount), initial)
    return multiply(add(total, multiply(multiply(stream, step), discount)), factor)


def _delay_of_constant_time(at: Writing, source: Expr, time: Expr, initial: Expr, *rest: Expr) -> Expr:
    """DELAY MATERIAL and DELAY INFORMATION with a delay time that never changes are DELAY FIXED."""
    if at.constant(time):
        return at.define("delay", Call("DELAY FIXED", (source, time, initial)))
    name = "DELAY MATERIAL" if rest else "DELAY INFORMATION"
    return at.define("delay", Call(name, (source, time, initial, *rest)))


def _pink_noise(at: Writing, mean: Expr, sd: Expr, time: Expr, seed: Expr, site: Expr) -> Expr:
    """White noise smoothed once a step over the correlation time, from the mean (Sterman 2000, appendix B)."""
    step = Ref("TIME STEP")
    mean, time = at.shared("mean", mean), at.shared("time", time)
    share = at.define("share", divide(step, time))
    inside = Binary("and", Binary("<", Number(0.0), share), Binary("<", share, Number(2.0)))
    gain = Call("SQRT", (divide(subtract(Number(2.0), share), share),))
    gain = Call("IF THEN ELSE", (inside, gain, Number(0.0)))
    white = add(mean, multiply(multiply(sd, gain), Call("STANDARD NORMAL", (seed, site))))
    me = at.name("noise")
    after = add(me, multiply(step, divide(subtract(white, me), time)))
    return at.define("noise", Call("PREVIOUS", (after, mean)))


def _depreciate(at: Writing, stream: Expr, life: Expr, period: Expr, initial: Expr) -> Expr:
    """DEPRECIATE STRAIGHTLINE with a fiscal period of one step: each payment in equal parts over its life."""
    step = at.fixed(Ref("TIME STEP"), "TIME STEP")
    if abs(at.fixed(period, "the fiscal period of DEPRECIATE STRAIGHTLINE") - step) > 1e-6 * step:
        raise at.refuse("DEPRECIATE STRAIGHTLINE with a fiscal period other than TIME STEP is not supported")
    parts = max(1, math.ceil(at.fixed(life, "the life of DEPRECIATE STRAIGHTLINE") / step - 1e-6))
    if parts > LONGEST_CHAIN:
        raise at.refuse(f"DEPRECIATE STRAIGHTLINE over {parts} steps; at most {LONGEST_CHAIN}")
    whole = Number(float(parts))
    share, first = at.define("share", divide(stream, whole)), at.shared("initial", initial)
    after: Expr = Number(0.0)
    for i in reversed(range(parts)):
        start = divide(multiply(first, Number(float(parts - 1 - i))), whole)
        coming = at.define(f"part {i + 1}", Call("PREVIOUS", (after, start)))
        after = add(coming, share)
    return after


COMPOUND: dict[str, Callable[..., Expr]] = {
    "DELAY MATERIAL": _delay_of_constant_time,
    "DELAY INFORMATION": _delay_of_constant_time,
    "RANDOM PINK NOISE": _pink_noise,
    "DEPRECIATE STRAIGHTLINE": _depreciate,
    "SMOOTH": _smooth(1),
    "SMOOTHI": _smooth(1),
    "SMOOTH3": _smooth(3),
    "SMOOTH3I": _smooth(3),
    "SMOOTH N": _smooth_n,
    "DELAY1": _delay(1),
    "DELAY1I": _delay(1),
    "DELAY3": _delay(3),
    "DELAY3I": _delay(3),
    "DELAY N": _delay_n,
    "TREND": _trend,
    "FORECAST": _forecast,
    "NPV": _net_present_value,
}
