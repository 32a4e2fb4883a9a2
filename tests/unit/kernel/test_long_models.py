"""Models longer than Python's stack is deep: sums over thousands of elements, chains of a thousand stages."""

from __future__ import annotations

import numpy as np
import pytest
from vensim_equations import model_of

from tzsim.errors import InputError
from tzsim.kernel.compile import compile_model
from tzsim.kernel.interpreter import interpret

LONG = """
D: (D1-D3000)
x[D] = 1 + D / 3000 + k * Time
k = 1
total = SUM(x[D!])
product = PROD(x[D!] ^ 0.001)
y = INTEG(total - SUM(x[D!] * x[D!]), total)
"""
STAGES = """
t = 3
step in = STEP(1, 1)
material = DELAY N(step in, t, 0, 1000)
information = SMOOTH N(step in, t, 0, 1000)
"""


@pytest.mark.parametrize("backend", ["numpy", "llvm"])
def test_a_range_of_thousands_is_summed_from_the_left(backend: str) -> None:
    model = model_of(LONG, final=2)
    names = ["total", "product", "y"]
    kernel = compile_model(model, outputs=names, inputs=["k"], backend=backend)  # type: ignore[arg-type]
    found = kernel.run(np.array([[1.0, 2.0]])).values
    for member, k in enumerate((1.0, 2.0)):
        expected = interpret(model, outputs=names, constants={"k": k}).values
        np.testing.assert_allclose(found[:, :, member], [expected[n] for n in names], rtol=1e-12)
    place = np.arange(1, 3001)
    np.testing.assert_allclose(found[0, 0], 3000 + place.sum() / 3000, rtol=1e-12)
    np.testing.assert_allclose(found[1, 0], np.exp(0.001 * np.log(1 + place / 3000).sum()), rtol=1e-12)


@pytest.mark.parametrize("backend", ["numpy", "llvm"])
def test_a_chain_of_a_thousand_stages_whose_length_differs_between_members(backend: str) -> None:
    model = model_of(STAGES)
    names = ["material", "information"]
    kernel = compile_model(model, outputs=names, inputs=["t"], backend=backend)  # type: ignore[arg-type]
    given = [1.0, 3.0, 900.0]
    found = kernel.run(np.array([given])).values
    for member, t in enumerate(given):
        expected = interpret(model, outputs=names, constants={"t": t}).values
        np.testing.assert_allclose(found[:, :, member], [expected[n] for n in names], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("backend", ["numpy", "llvm"])
def test_a_delay_that_would_remember_millions_of_steps_is_refused_before_it_runs(backend: str) -> None:
    model = model_of("x = Time\nlate = DELAY FIXED(x, 1e12, 0)\n", final=3_000_000)

    def run() -> None:
        compile_model(model, outputs=["late"], backend=backend).run(np.zeros((0, 1)))  # type: ignore[arg-type]

    with pytest.raises(InputError, match=r"remember .* steps in all \(at most 2,000,000\): late"):
        run()
