"""The order of each integration method, fitted on a pendulum-like model whose solution is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tzsim.ir.expr import Binary, Call, Number, Ref, Unary
from tzsim.ir.model import Equation, Model, Variable
from tzsim.kernel.compile import compile_model

ORDERS = {"euler": 1.0, "heun": 2.0, "rk4": 4.0}


def oscillator() -> Model:
    """x' = y, y' = -x from (1, 0), and z' = -z^2 * Time from 1: x = cos t, z = 1 / (1 + t^2/2)."""
    z, time = Ref("z"), Ref("Time")
    decay = Unary("-", Binary("*", Binary("*", z, z), time))
    expressions = {
        "INITIAL TIME": Number(0.0), "FINAL TIME": Number(2.0), "TIME STEP": Number(0.25), "SAVEPER": Number(2.0),
        "x": Call("INTEG", (Ref("y"), Number(1.0))), "y": Call("INTEG", (Unary("-", Ref("x")), Number(0.0))),
        "z": Call("INTEG", (decay, Number(1.0))),
    }  # fmt: skip
    variables = [Variable(n, (Equation((), e),)) for n, e in expressions.items()]
    return Model("oscillator", {v.id: v for v in variables})


@pytest.mark.parametrize("backend", ["numpy", "llvm"])
@pytest.mark.parametrize("method", list(ORDERS))
def test_order_of_the_method(method: str, backend: str) -> None:
    model = oscillator()
    exact = np.array([math.cos(2.0), 1.0 / 3.0])
    steps = np.array([1 / 8, 1 / 16, 1 / 32, 1 / 64])
    errors: list[np.ndarray] = []
    for step in steps:
        kernel = compile_model(
            model, outputs=["x", "z"], times=[2.0], method=method, step=step, backend=backend
        )  # type: ignore[arg-type]
        errors.append(np.abs(kernel.run(np.zeros((0, 1))).values[:, 0, 0] - exact))
    slopes = np.polyfit(np.log(steps), np.log(np.array(errors)), 1)[0]
    assert np.all(np.abs(slopes - ORDERS[method]) < 0.15), slopes
