"""A driven constant keeps its value inside a step: the last stage of Heun and RK4 must not see the next period."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

import tzsim
from tzsim.ir.model import Method
from tzsim.kernel.compile import Backend, SeriesSpec, compile_model
from tzsim.kernel.interpreter import Series, interpret

MODEL = """{UTF-8}
S=INTEG(r*S,1)~1~|
r=0~1/Year~|
INITIAL TIME=0~Year~|
FINAL TIME=3~Year~|
TIME STEP=0.25~Year~|
SAVEPER=1~Year~|
"""
RATES = (0.1, 0.9, -0.5)


@pytest.mark.parametrize("backend", ["numpy", "llvm"])
@pytest.mark.parametrize("method", ["euler", "heun", "rk4"])
def test_kernel_reads_series_as_the_interpreter(tmp_path: Path, method: Method, backend: Backend) -> None:
    (tmp_path / "growth.mdl").write_text(MODEL, "utf-8")
    model = tzsim.read_model(tmp_path / "growth.mdl")
    kernel = compile_model(
        model, outputs=["S"], series=[SeriesSpec("r", 0.0, 1.0, 3)], method=method, backend=backend
    )
    found = kernel.run(np.zeros((0, 1)), np.array(RATES)[:, None]).values[0, :, 0]
    definition = interpret(model, series={"r": Series(0.0, 1.0, RATES)}, method=method)
    np.testing.assert_allclose(found, definition.values["S"], rtol=1e-14)
    if method == "rk4":
        exact = [math.exp(sum(RATES[:k])) for k in range(4)]
        np.testing.assert_allclose(found, exact, rtol=1e-3)
