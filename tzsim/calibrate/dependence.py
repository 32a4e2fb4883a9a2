"""Which coordinates the documented figures can depend on at all, by the structure of the compiled model.

A coordinate that no figure depends on has its prior as posterior, exactly and independently of the rest: it need not
be moved by the sampler, and is drawn from the prior instead.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tzsim.calibrate.coordinates import Coordinates
from tzsim.kernel.program import Program
from tzsim.names import key


def used_inputs(program: Program) -> tuple[set[int], set[int]]:
    """Numbers of the inputs and of the series that some output depends on, at any time, through any state."""
    inputs: set[int] = set()
    series: set[int] = set()
    seen: set[int] = set()
    waiting = list(program.output_roots)
    while waiting:
        n = waiting.pop()
        if n in seen:
            continue
        seen.add(n)
        node = program.nodes[n]
        waiting += node.args
        if node.op == "input":
            inputs.add(node.index)
        elif node.op == "series":
            series.add(node.index)
        elif node.op == "stock":
            stock = program.stocks[node.index]
            waiting += [stock.initial, stock.rate]
        elif node.op in ("memory", "latch"):
            memory = program.memories[node.index]
            waiting += [memory.initial, memory.update]
        elif node.op == "delayed":
            delay = program.delays[node.index]
            waiting += [*delay.updates, *delay.statics]
    return inputs, series


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
