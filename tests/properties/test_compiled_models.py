"""Compiled equals interpreted; the bits do not depend on how members are split; passes keep what a model does."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from properties.random_models import models
from tzsim.ir.expr import Call
from tzsim.ir.model import Model
from tzsim.kernel.compile import Kernel, compile_model
from tzsim.kernel.interpreter import interpret
from tzsim.passes import PASSES, Request, run_passes

SLOW = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
TOLERANCE = 1e-12


def _outputs(model: Model) -> list[str]:
    return [
        v.name
        for v in model.variables.values()
        if v.name not in ("INITIAL TIME", "FINAL TIME", "TIME STEP", "SAVEPER")
    ]


def _inputs(kernel: Kernel, members: int) -> np.ndarray:
    spread = 1.0 + 0.01 * np.arange(members) / members
    return kernel.defaults[:, None] * spread[None, :]


def _steady(model: Model, names: list[str]) -> set[str]:
    """Outputs whose trajectory a change of 1e-15 in the constants moves by less than a tenth of the tolerance."""
    plain = interpret(model, outputs=names).values
    constants = {n: plain[n][0] * (1.0 + 4e-16) + 1e-16 for n in names if n.startswith("k")}
    moved = interpret(model, outputs=names, constants=constants).values
    steady: set[str] = set()
    for name, values in plain.items():
        a, b = np.array(values), np.array(moved[name])
        if np.abs(a - b).max() <= 0.1 * TOLERANCE * max(np.abs(a).max(), 1e-3):
            steady.add(name)
    return steady


@SLOW
@given(models())
@pytest.mark.parametrize("backend", ["numpy", "llvm"])
def test_compiled_equals_interpreted(backend: str, model: Model) -> None:
    names = _outputs(model)
    expected = interpret(model, outputs=names, seed=7, member=3).values
    kernel = compile_model(model, outputs=names, backend=backend)  # type: ignore[arg-type]
    run = kernel.run(np.zeros((0, 1)), seed=7, first_member=3)
    steady = _steady(model, names)
    assert run.status[0] == 0
    for i, name in enumerate(kernel.outputs):
        wanted, found = np.array(expected[name]), run.values[i, :, 0]
        assert wanted.shape == found.shape
        if name in steady:
            scale = max(np.abs(wanted).max(), 1e-3)
            np.testing.assert_allclose(found, wanted, rtol=0.0, atol=TOLERANCE * scale, err_msg=name)


@SLOW
@given(models())
@pytest.mark.parametrize("backend", ["numpy", "llvm"])
def test_bits_do_not_depend_on_the_split(backend: str, model: Model) -> None:
    names = _outputs(model)
    inputs = [n for n in names if n.startswith("k")]
    kernel = compile_model(model, outputs=names, inputs=inputs, backend=backend)  # type: ignore[arg-type]
    members = 150
    values = _inputs(kernel, members)
    whole = kernel.run(values, seed=5, threads=1).values
    assert np.array_equal(whole, kernel.run(values, seed=5, threads=2).values)
    cuts = [0, 1, 9, 73, 150]
    parts = [
        kernel.run(np.ascontiguousarray(values[:, a:b]), seed=5, first_member=a, threads=1).values
        for a, b in pairwise(cuts)
    ]
    assert np.array_equal(whole, np.concatenate(parts, axis=2))
    order = np.random.default_rng(0).permutation(members)
    if not any(_is_random(v.equations[0].expression) for v in model.variables.values()):
        mixed = kernel.run(np.ascontiguousarray(values[:, order]), seed=5, threads=1).values
        assert np.array_equal(whole[:, :, order], mixed)


def _is_random(e: object) -> bool:
    if isinstance(e, Call) and e.function.startswith("RANDOM"):
        return True
    parts = [getattr(e, n) for n in ("left", "right", "argument") if hasattr(e, n)] + list(
        getattr(e, "arguments", ())
    )
    return any(_is_random(p) for p in parts)


@SLOW
@given(models())
def test_each_pass_keeps_the_trajectories(model: Model) -> None:
    names = [n for n in _outputs(model) if n != "x"] + [f"x[{e}]" for e in ("a1", "a2", "a3")]
    if any(_is_random(v.equations[0].expression) for v in model.variables.values()):
        return  # a call loses its place in the file's equation when it is rewritten; kernels are compared above
    before = interpret(model, outputs=names).values
    steady = _steady(model, names)
    for count in range(2, len(PASSES) + 1):
        passed = run_passes(model, Request(outputs=tuple(names)), PASSES[:count])
        after = {n.strip('"'): v for n, v in interpret(passed).values.items()}  # what is unrolled is quoted
        for name in steady:
            scale = max(np.abs(before[name]).max(), 1e-3)
            np.testing.assert_allclose(
                after[name], before[name], rtol=0, atol=TOLERANCE * scale, err_msg=name
            )
