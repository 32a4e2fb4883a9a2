"""The second backend: the program with NumPy, one array over members for each node. Plain to read; slower."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from tzsim.ir.expr import Table
from tzsim.kernel.graph import Node
from tzsim.kernel.numpy_allocation import price
from tzsim.kernel.numpy_functions import FUNCTIONS, read_table, uniforms
from tzsim.kernel.plan import Plan
from tzsim.kernel.program import Program
from tzsim.kernel.random_counter import site_key

Vector = NDArray[np.float64]
Numbers = NDArray[np.uint64]
"""(member,): the numbers of the members, which random draws are keyed by."""
Watch = Callable[[int, "Step"], None]
"""Called with the step number and the values of the step, before its stocks change."""


class Step:
    """Values of nodes for a block of members; `values[n]` is an array (member,) or a number, by node."""

    def __init__(self, program: Program, inputs: Vector, knots: Vector, seed: int, numbers: Numbers) -> None:
        members = len(numbers)
        self.program, self.members = program, members
        self.inputs, self.knots = inputs, knots
        self.values: dict[int, Vector] = {}
        self.stocks: list[Vector] = []
        self.memories: list[Vector] = []
        self.history: list[list[Vector]] = []
        self.arrivals: dict[int, _Arrivals] = {}
        self.time = self.moment = 0.0
        self.rows: Sequence[int] = ()
        self.k = 0
        self.seed = seed
        self.numbers = numbers

    def compute(self, nodes: Sequence[int]) -> None:
        """The values of these nodes, whose arguments are known."""
        for n in nodes:
            self.values[n] = self._value(self.program.nodes[n])

    def full(self, n: int) -> Vector:
        """A node's value as an array over members."""
        return np.broadcast_to(np.asarray(self.values[n], dtype=np.float64), (self.members,)).copy()

    def _value(self, node: Node) -> Vector:
        function = FUNCTIONS.get(node.op)
        if function is not None:
            return function(*(self.values[a] for a in node.args))
        leaf = _LEAVES[node.op]
        return leaf(self, node)


_NONE = -sys.float_info.max
"""Stands where nothing arrives."""


class _Arrivals:
    """What is under way in a delay whose time changes: (step, member) what arrives, and in which step it was sent."""

    def __init__(self, steps: int, members: int) -> None:
        self.amounts = np.full((steps + 2, members), _NONE)
        self.sent = np.full((steps + 2, members), -1)
        self.held = [
            np.full(members, _NONE)
        ] * 2  # of even and odd steps: later stages of a step still read its own
        self.newest = np.full(members, -1)
        self.lanes = np.arange(members)

    def send(self, k: int, amount: Vector, waits: Vector, add: bool) -> None:
        """What a step sends; what the next step finds is then in its place in `held`."""
        due = np.minimum(k + np.minimum(waits, 2.0**40), len(self.amounts) - 1).astype(np.int64)
        old = self.amounts[due, self.lanes]
        self.amounts[due, self.lanes] = np.where(add & (old != _NONE), old + amount, amount)
        self.sent[due, self.lanes] = k
        now, sent = self.amounts[k + 1], self.sent[k + 1]
        newer = add | (sent > self.newest)
        self.held[(k + 1) % 2] = np.where(newer, now, self.held[k % 2])
        self.newest = np.maximum(sent, self.newest)


def _arriving(at: Step, number: int) -> Vector:
    delay = at.program.delays[number]
    found, initial = at.arrivals[number].held[at.k % 2], at.full(delay.initial)
    if delay.kind == "information":
        return np.where(found == _NONE, initial, found)
    early = at.k < at.full(delay.steps)
    alone = np.where(early, initial, at.full(delay.missing))
    return np.where(found == _NONE, alone, np.where(early, found + initial, found))


def _delayed(at: Step, node: Node) -> Vector:
    delay = at.program.delays[node.index]
    if delay.kind != "fixed":
        return _arriving(at, node.index)
    history, initial = at.history[node.index], at.full(delay.initial)
    back = at.k - at.full(delay.steps)
    if not history:
        return initial
    past = np.stack(history)
    index = np.clip(back, 0, len(history) - 1).astype(np.int64)
    return np.where(back >= 0, past[index, np.arange(at.members)], initial)


def _lookup(at: Step, node: Node) -> Vector:
    table: Table = at.program.tables[node.index]
    return read_table(table, at.values[node.args[0]])


def _uniform(at: Step, node: Node) -> Vector:
    site = site_key(at.program.sites[node.index])
    step = at.k if node.op == "uniform" else 0
    return uniforms(site, at.seed, at.numbers, step, at.full(node.args[0]))


_LEAVES: dict[str, Callable[[Step, Node], Vector]] = {
    "const": lambda at, node: np.float64(node.value),  # type: ignore[dict-item,return-value]
    "input": lambda at, node: at.inputs[node.index],
    "series": lambda at, node: at.knots[at.rows[node.index]],
    "first series": lambda at, node: at.knots[at.rows[node.index]],
    "time": lambda at, node: np.float64(at.time),  # type: ignore[dict-item,return-value]
    "moment": lambda at, node: np.float64(at.moment),  # type: ignore[dict-item,return-value]
    "stock": lambda at, node: at.stocks[node.index],
    "memory": lambda at, node: at.memories[node.index],
    "delayed": _delayed,
    "latch": lambda at, node: at.values[node.args[0]],
    "lookup": _lookup,
    "price": lambda at, node: price(node.index, *(at.values[a] for a in node.args)),
    "uniform": _uniform,
    "first uniform": _uniform,
}


def start(program: Program, plan: Plan, inputs: Vector, knots: Vector, seed: int, numbers: Numbers) -> Step:
    """A block of members at the start: statics, initial stocks and memories."""
    at = Step(program, inputs, knots, seed, numbers)
    at.rows, at.time, at.moment = list(plan.rows[0, 0]), plan.initial, plan.initial
    steps_need = [*program.rate_roots, *program.update_roots, *program.output_roots]
    constants = [n for n, node in enumerate(program.nodes) if node.op == "const"]
    at.compute(constants)
    at.compute(
        [
            n
            for n in program.closure([*program.initial_roots, *program.held(steps_need)])
            if n not in at.values
        ]
    )
    at.stocks = [at.full(s.initial) for s in program.stocks]
    at.memories = [at.full(m.initial) for m in program.memories]
    program.bound_history((plan.steps + 1) * len(program.delays))
    at.history = [[] for _ in program.delays]
    at.arrivals = {
        i: _Arrivals(plan.steps, at.members) for i, d in enumerate(program.delays) if d.kind != "fixed"
    }
    return at


def simulate(
    program: Program,
    plan: Plan,
    inputs: Vector,
    knots: Vector,
    out: Vector,
    seed: int,
    numbers: Numbers,
    watch: Watch | None = None,
) -> NDArray[np.bool_]:
    """Runs a block: inputs (input, member), knots (knot, member), numbers (member,); writes out (output, save, member).

    Returns (member,) whether every saved output and every stock was finite.
    """
    with np.errstate(all="ignore"):
        at = start(program, plan, inputs, knots, seed, numbers)
        whole = program.closure(
            [*program.rate_roots, *program.update_roots, *program.output_roots], static=False
        )
        stage = program.closure(program.rate_roots, static=False, stage=True)
        rates = [n for n in stage if program.nodes[n].op != "latch"]
        places = {k: j for j, k in enumerate(plan.saves)}
        finite = np.ones(at.members, dtype=np.bool_)
        for k in range(plan.steps + 1):
            _enter(at, plan, k, 0)
            at.compute(whole)
            if k in places:
                for i, (_, n) in enumerate(program.outputs):
                    out[i, places[k]] = at.values[n]
                    finite &= np.isfinite(out[i, places[k]])
            if watch is not None:
                watch(k, at)
            if k < plan.steps:
                memories = [at.full(m.update) for m in program.memories]
                for i, delay in enumerate(program.delays):
                    if delay.kind == "fixed":
                        at.history[i].append(at.full(delay.source))
                    else:
                        waits, add = at.full(delay.waits), delay.kind == "material"
                        at.arrivals[i].send(k, at.full(delay.source), waits, add)
                _advance(at, plan, k, rates)
                at.memories = memories
        for stock in at.stocks:
            finite &= np.isfinite(stock)
    return finite


def _enter(at: Step, plan: Plan, k: int, stage: int) -> None:
    at.k, at.moment, at.time = k, float(plan.times[k, 0]), float(plan.times[k, stage])
    at.rows = list(plan.rows[k, stage])


def _advance(at: Step, plan: Plan, k: int, rates: Sequence[int]) -> None:
    """Stocks one step on; the values of the first stage are known."""
    dt, old = plan.step, at.stocks
    slopes = _slopes(at)
    if plan.method == "euler":
        at.stocks = [s + dt * f for s, f in zip(old, slopes, strict=True)]
        return
    stages = {"heun": ((1.0, 1),), "rk4": ((0.5, 1), (0.5, 1), (1.0, 2))}[plan.method]
    gathered = [slopes]
    for share, stage in stages:
        at.stocks = [s + share * dt * f for s, f in zip(old, gathered[-1], strict=True)]
        _enter(at, plan, k, stage)
        at.compute(rates)
        gathered.append(_slopes(at))
    if plan.method == "heun":
        at.stocks = [s + dt * 0.5 * (a + b) for s, a, b in zip(old, *gathered, strict=True)]
    else:
        at.stocks = [
            s + dt / 6.0 * (a + 2.0 * b + 2.0 * c + d) for s, a, b, c, d in zip(old, *gathered, strict=True)
        ]


def _slopes(at: Step) -> list[Vector]:
    return [at.full(s.rate) for s in at.program.stocks]


def blocks(members: int, size: int) -> Iterator[slice]:
    """Consecutive slices of at most `size` members."""
    for first in range(0, members, size):
        yield slice(first, min(first + size, members))
