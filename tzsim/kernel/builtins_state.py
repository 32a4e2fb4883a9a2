"""Functions with memory.

Continuous ones hold levels that the model's own method integrates, like stocks: SMOOTH and DELAY of any order, TREND,
FORECAST, NPV. Discrete ones keep their value inside a step, whatever the method, and advance once a step with what
they saw at its start: DELAY FIXED, DELAY MATERIAL, DELAY INFORMATION, SAMPLE IF TRUE, PREVIOUS,
DEPRECIATE STRAIGHTLINE, RANDOM PINK NOISE (Vensim Help, 'DELAY FIXED': discrete functions do not change except at
TIME STEP intervals regardless of the integration technique). INITIAL keeps its first value.

An argument is a function without arguments that gives its value now. Times and orders are in the model's time unit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Protocol

from tzsim.ir.arithmetic import divide
from tzsim.ir.pure import zidz

Argument = Callable[[], float]


class Continuous(Protocol):
    """Levels integrated by the model's method."""

    def start(self) -> list[float]:
        """Initial levels."""
        ...

    def value(self, levels: Sequence[float]) -> float: ...

    def rates(self, levels: Sequence[float]) -> list[float]:
        """Derivatives of the levels now."""
        ...


class Discrete(Protocol):
    """Memory that changes between steps only."""

    def start(self) -> float:
        """Set the memory; the value during initialisation."""
        ...

    def value(self) -> float:
        """Value during the step, evaluated at its start."""
        ...

    def advance(self) -> Callable[[], None]:
        """Read the inputs at the start of the step; the function returned ends the step."""
        ...


def stages(order: float, time: float, step: float) -> int:
    """Order in effect: the whole part of `order`, lowered until order * TIME STEP <= delay time, at least 1.

    Vensim Help, 'DELAY N' and 'SMOOTH N'; test-models delay_pipeline shows the rule. Fixed at the start of the run.
    """
    wanted = max(1, int(order)) if math.isfinite(order) else 1
    most = math.floor(divide(time, step) + 1e-6) if math.isfinite(divide(time, step)) else wanted
    return max(1, min(wanted, most))


@dataclass
class Smooth:
    """`order` first-order smooths in a row, each over time / order (Vensim Help, 'SMOOTH3', 'SMOOTH N')."""

    input: Argument
    time: Argument
    initial: Argument
    order: Callable[[], int]
    count: int = 0

    def start(self) -> list[float]:
        self.count = self.order()
        return [self.initial()] * self.count

    def value(self, levels: Sequence[float]) -> float:
        return levels[-1]

    def rates(self, levels: Sequence[float]) -> list[float]:
        stage = self.time() / self.count
        inflows = [self.input(), *levels[:-1]]
        return [divide(a - b, stage) for a, b in zip(inflows, levels, strict=True)]


@dataclass
class Delay:
    """`order` first-order material delays in a row (Vensim Help, 'DELAY3', 'DELAY N'); the delay time may vary.

    A level starts with initial * time / order, so that the first outflow is `initial`. Of DELAY N with a varying delay
    time Vensim says only that past delay times count; here the present one does, as in DELAY3.
    """

    input: Argument
    time: Argument
    initial: Argument
    order: Callable[[], int]
    count: int = 0

    def start(self) -> list[float]:
        self.count = self.order()
        return [self.initial() * (self.time() / self.count)] * self.count

    def value(self, levels: Sequence[float]) -> float:
        return divide(levels[-1], self.time() / self.count)

    def rates(self, levels: Sequence[float]) -> list[float]:
        stage = self.time() / self.count
        flows = [self.input(), *(divide(level, stage) for level in levels)]
        return [a - b for a, b in pairwise(flows)]


@dataclass
class Trend:
    """TREND = ZIDZ(input - average, time * |average|), d average/dt = (input - average) / time (Vensim Help, 'TREND')."""

    input: Argument
    time: Argument
    initial_trend: Argument

    def start(self) -> list[float]:
        return [divide(self.input(), 1.0 + self.initial_trend() * self.time())]

    def value(self, levels: Sequence[float]) -> float:
        return zidz(self.input() - levels[0], self.time() * abs(levels[0]))

    def rates(self, levels: Sequence[float]) -> list[float]:
        return [divide(self.input() - levels[0], self.time())]


@dataclass
class Forecast(Trend):
    """FORECAST = input * (1 + ZIDZ(input - average, time * average) * horizon) (Vensim Help, 'FORECAST')."""

    horizon: Argument

    def value(self, levels: Sequence[float]) -> float:
        seen = self.input()
        return seen * (1.0 + zidz(seen - levels[0], self.time() * levels[0]) * self.horizon())


@dataclass
class NetPresentValue:
    """NPV = (accumulated + stream * TIME STEP * factor now) * factor (Vensim Help, 'NPV'; SDEverywhere npv).

    d discount/dt = -discount * rate / (1 + rate * TIME STEP), from 1; d accumulated/dt = stream * discount.
    """

    stream: Argument
    rate: Argument
    initial: Argument
    factor: Argument
    step: float

    def start(self) -> list[float]:
        return [1.0, self.initial()]

    def value(self, levels: Sequence[float]) -> float:
        return (levels[1] + self.stream() * self.step * levels[0]) * self.factor()

    def rates(self, levels: Sequence[float]) -> list[float]:
        rate = self.rate()
        return [divide(-levels[0] * rate, 1.0 + rate * self.step), self.stream() * levels[0]]


# ---------------------------------------------------------------- discrete


def delay_steps(time: float, step: float) -> int:
    """Steps that an input waits: delay time / TIME STEP rounded up, at least 1.

    Vensim Help, 'DELAY FIXED' (the minimum is TIME STEP); test-models delay_pipeline (2.5 steps wait 3).
    """
    ratio = divide(time, step)
    if not math.isfinite(ratio):
        return 1 if ratio != ratio or ratio < 0 else 1 << 40
    return max(1, math.ceil(ratio - 1e-6))


@dataclass
class DelayFixed:
    """DELAY FIXED: the input of n steps ago, `initial` before; n from the delay time at the start of the run."""

    input: Argument
    time: Argument
    initial: Argument
    step: float
    first: float = 0.0
    wait: int = 1
    seen: list[float] = field(default_factory=list[float])

    def start(self) -> float:
        self.first, self.wait, self.seen = self.initial(), delay_steps(self.time(), self.step), []
        return self.first

    def value(self) -> float:
        return self.seen[len(self.seen) - self.wait] if len(self.seen) >= self.wait else self.first

    def advance(self) -> Callable[[], None]:
        now = self.input()
        return lambda: self.seen.append(now)


@dataclass
class DelayMaterial:
    """DELAY MATERIAL: inputs that arrive at the same step add up; `missing` where none arrives.

    An input waits for the delay time of its own step. Before the run `initial` flowed in with the first delay time.
    """

    input: Argument
    time: Argument
    initial: Argument
    missing: Argument
    step: float
    now: int = 0
    arriving: dict[int, float] = field(default_factory=dict[int, float])

    def start(self) -> float:
        first = self.initial()
        waits = min(delay_steps(self.time(), self.step), 10_000_000)
        self.now, self.arriving = 0, dict.fromkeys(range(waits), first)
        return first

    def value(self) -> float:
        return self.arriving[self.now] if self.now in self.arriving else self.missing()

    def advance(self) -> Callable[[], None]:
        amount, due = self.input(), self.now + delay_steps(self.time(), self.step)

        def end() -> None:
            self.arriving[due] = self.arriving.get(due, 0.0) + amount
            self.arriving.pop(self.now, None)
            self.now += 1

        return end


@dataclass
class DelayInformation:
    """DELAY INFORMATION: the newest input that has arrived; a later input that overtakes discards the earlier."""

    input: Argument
    time: Argument
    initial: Argument
    step: float
    now: int = 0
    held: float = 0.0
    coming: list[tuple[int, float]] = field(default_factory=list[tuple[int, float]])

    def start(self) -> float:
        self.now, self.held, self.coming = 0, self.initial(), []
        return self.held

    def value(self) -> float:
        return self.held

    def advance(self) -> Callable[[], None]:
        seen, due = self.input(), self.now + delay_steps(self.time(), self.step)

        def end() -> None:
            self.coming = [(d, v) for d, v in self.coming if d < due] + [(due, seen)]
            self.now += 1
            arrived = [v for d, v in self.coming if d <= self.now]
            if arrived:
                self.held = arrived[-1]
                self.coming = [(d, v) for d, v in self.coming if d > self.now]

        return end


@dataclass
class SampleIfTrue:
    """SAMPLE IF TRUE: the input while the condition holds, else the last such input, `initial` before any.

    At once in the step in which the condition holds (test-models sample_if_true, from Vensim).
    """

    condition: Argument
    input: Argument
    initial: Argument
    held: float = 0.0

    def start(self) -> float:
        self.held = self.initial()
        return self.value()

    def value(self) -> float:
        return self.input() if self.condition() != 0.0 else self.held

    def advance(self) -> Callable[[], None]:
        now = self.value()

        def end() -> None:
            self.held = now

        return end


@dataclass
class Previous:
    """PREVIOUS(input, initial): the input one step ago (XMILE 1.0, section 3.5.6)."""

    input: Argument
    initial: Argument
    held: float = 0.0

    def start(self) -> float:
        self.held = self.initial()
        return self.held

    def value(self) -> float:
        return self.held

    def advance(self) -> Callable[[], None]:
        now = self.input()

        def end() -> None:
            self.held = now

        return end


@dataclass
class Depreciation:
    """DEPRECIATE STRAIGHTLINE with a fiscal period of one step: each payment in `life` equal parts, the first at once.

    Vensim Help, 'DEPRECIATE STRAIGHTLINE'; `initial` flowed for a life before the run. SDEverywhere depreciate.
    """

    stream: Argument
    life: Argument
    initial: Argument
    step: float
    parts: int = 1
    coming: list[float] = field(default_factory=list[float])

    def start(self) -> float:
        self.parts = delay_steps(self.life(), self.step)
        first = self.initial()
        self.coming = [first * (self.parts - 1 - i) / self.parts for i in range(self.parts)]
        return self.value()

    def value(self) -> float:
        return self.coming[0] + self.stream() / self.parts

    def advance(self) -> Callable[[], None]:
        share = self.stream() / self.parts

        def end() -> None:
            self.coming = [c + share for c in self.coming[1:]] + [0.0]

        return end


@dataclass
class PinkNoise:
    """RANDOM PINK NOISE: white noise smoothed once a step over the correlation time, from the mean.

    Sterman, Business Dynamics (2000), appendix B. `white` is a standard normal draw of the step, `gain` its scale.
    """

    mean: Argument
    sd: Argument
    correlation_time: Argument
    white: Argument
    gain: Callable[[float, float], float]
    step: float
    level: float = 0.0

    def start(self) -> float:
        self.level = self.mean()
        return self.level

    def value(self) -> float:
        return self.level

    def advance(self) -> Callable[[], None]:
        time = self.correlation_time()
        white = self.mean() + self.sd() * self.gain(self.step, time) * self.white()
        after = self.level + self.step * divide(white - self.level, time)

        def end() -> None:
            self.level = after

        return end
