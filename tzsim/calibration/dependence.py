"""What the documented figures can depend on at all, by the structure of the compiled model: coordinates, random functions.

A coordinate that no figure depends on has its prior as posterior, exactly and independently of the rest: it need not
be moved by the sampler, and is drawn from the prior instead.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from tzsim.calibration.coordinates import Coordinates
from tzsim.errors import Problem
from tzsim.ir.describe import walk
from tzsim.ir.expr import Call, Ref
from tzsim.ir.functions import FUNCTIONS
from tzsim.ir.model import Model
from tzsim.kernel.program import Program
from tzsim.names import VarId, key, split_element


def reached(program: Program) -> set[int]:
    """Nodes that some output depends on, at any time, through any state."""
    seen: set[int] = set()
    waiting = list(program.output_roots)
    while waiting:
        n = waiting.pop()
        if n in seen:
            continue
        seen.add(n)
        node = program.nodes[n]
        waiting += node.args
        if node.op == "stock":
            stock = program.stocks[node.index]
            waiting += [stock.initial, stock.rate]
        elif node.op in ("memory", "latch"):
            memory = program.memories[node.index]
            waiting += [memory.initial, memory.update]
        elif node.op == "delayed":
            delay = program.delays[node.index]
            waiting += [*delay.updates, *delay.statics]
    return seen


def used_inputs(program: Program) -> tuple[set[int], set[int]]:
    """Numbers of the inputs and of the series that some output depends on."""
    nodes = [program.nodes[n] for n in reached(program)]
    return {n.index for n in nodes if n.op == "input"}, {n.index for n in nodes if n.op == "series"}


def random_problems(model: Model, program: Program, observed: Iterable[str]) -> list[Problem]:
    """What the outputs of a program, measured from the elements `observed`, draw at random themselves; each with its path."""
    if not any(program.nodes[n].op in ("uniform", "first uniform") for n in reached(program)):
        return []
    found: list[Problem] = []
    seen = {key(split_element(name)[0]) for name in observed}
    waiting: deque[tuple[VarId, ...]] = deque((id,) for id in sorted(seen))
    while waiting:
        path = waiting.popleft()
        variable = model.variables.get(path[-1])
        for equation in () if variable is None else variable.equations:
            for node in walk(equation.expression):
                if isinstance(node, Ref) and key(node.name) not in seen:
                    seen.add(key(node.name))
                    waiting.append((*path, key(node.name)))
                if isinstance(node, Call) and _is_random(node):
                    names = " <- ".join(f"'{model.variables[id].name}'" for id in path)
                    text = f"what is observed draws random numbers itself ({node.function}): {names}"
                    found.append(
                        Problem(equation.address, text, "make it a constant that a shock row drives")
                    )
    return found


def _is_random(call: Call) -> bool:
    function = FUNCTIONS.get(call.function)
    return function is not None and function.nature == "random"


def active_coordinates(space: Coordinates, program: Program, last: float) -> NDArray[np.bool_]:
    """(coordinate,): whether an output of the program can depend on it, when outputs are read up to time `last`.

    Every knot of a used series that acts before `last` counts as used.
    """
    inputs, series = used_inputs(program)
    constants = {key(program.inputs[i]) for i in inputs}
    driven = {key(program.series[i]) for i in series}
    shocks = {s.shock for s in space.series if key(s.name) in driven}
    return np.array(
        [
            (c.kind == "constant" and key(c.element) in constants)
            or (c.kind == "knot" and c.time < last - 1e-9 and key(c.element) in driven)
            or (c.kind == "common" and c.time < last - 1e-9 and c.shock in shocks)
            for c in space.listed
        ],
        dtype=np.bool_,
    )
