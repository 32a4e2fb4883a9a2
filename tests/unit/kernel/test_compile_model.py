"""compile_model and Kernel: inputs, series, totals, save times, failures, cache, and what is refused."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from tzsim.errors import InputError, Unsupported
from tzsim.ir.expr import Array, Binary, Call, Expr, Name, Number, Position, Ref, Unary
from tzsim.ir.model import Equation, Model, SubscriptRange, Variable
from tzsim.kernel.compile import Kernel, SeriesSpec, compile_model, compile_scalars
from tzsim.kernel.llvm_engine import LlvmEngine, Machine
from tzsim.names import key
from tzsim.passes import SCALAR, Request, run_passes

BACKENDS = ["numpy", "llvm"]


def model(
    final: float = 4.0, step: float = 0.25, **expressions: Expr | tuple[tuple[str, ...], Expr]
) -> Model:
    """Underscores in the names of arguments stand for blanks; a pair is (subscripts, expression)."""
    given: dict[str, Expr | tuple[tuple[str, ...], Expr]] = {
        "INITIAL TIME": Number(0.0), "FINAL TIME": Number(final), "TIME STEP": Number(step), "SAVEPER": Number(1.0),
        **expressions,
    }  # fmt: skip
    variables: list[Variable] = []
    for name, e in given.items():
        subscripts, right = e if isinstance(e, tuple) else ((), e)
        variables.append(Variable(name.replace("_", " "), (Equation(subscripts, right),), "unit"))
    ranges = {key("A"): SubscriptRange("A", ("a1", "a2"))}
    return Model("test", {v.id: v for v in variables}, ranges, time_unit="Year")


def times(a: Expr, b: Expr) -> Expr:
    return Binary("*", a, b)


DECAY = model(k=Number(0.5), x=Call("INTEG", (Unary("-", times(Ref("k"), Ref("x"))), Number(8.0))))


def run(kernel: Kernel, *columns: float, **options: int) -> np.ndarray:
    return kernel.run(np.array([columns]), **options).values


@pytest.mark.parametrize("backend", BACKENDS)
def test_euler_by_hand(backend: str) -> None:
    kernel = compile_model(DECAY, outputs=["x"], inputs=["k"], backend=backend)  # type: ignore[arg-type]
    assert kernel.inputs == ("k",)
    assert kernel.defaults.tolist() == [0.5]
    assert kernel.times.tolist() == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert kernel.units("x") == "unit"
    values = run(kernel, 0.5, 1.0, 0.0)
    expected = np.array([[8.0 * (1.0 - 0.25 * k) ** (4 * t) for k in (0.5, 1.0, 0.0)] for t in range(5)])
    np.testing.assert_allclose(values[0], expected, rtol=1e-14)


def longer_steps(**more: Expr) -> Model:
    """Decay with steps of a half until 2 and of one from there, started and saved by expressions."""
    early = Binary("<", Ref("Time"), Number(2.0))
    settings: dict[str, Expr] = {
        "INITIAL TIME": Call("IF THEN ELSE", (early, Number(0.0), Number(1.0))),
        "TIME STEP": Call("IF THEN ELSE", (early, Number(0.5), Number(1.0))),
        "SAVEPER": Ref("TIME STEP"),
    }
    push = Call("PULSE", (Number(1.0), Number(2.0)))
    change = Binary("+", Unary("-", times(Ref("k"), Ref("x"))), push)
    return model(**settings, k=Number(0.5), x=Call("INTEG", (change, Number(8.0))), **more)


@pytest.mark.parametrize("backend", BACKENDS)
def test_steps_that_change_in_time(backend: str) -> None:
    kernel = compile_model(longer_steps(), outputs=["x"], inputs=["k"], backend=backend)  # type: ignore[arg-type]
    assert kernel.times.tolist() == [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0]
    found = run(kernel, 0.5, 0.1)[0]
    for i, k in enumerate((0.5, 0.1)):
        x, expected = 8.0, [8.0]
        for t, dt in ((0.0, 0.5), (0.5, 0.5), (1.0, 0.5), (1.5, 0.5), (2.0, 1.0), (3.0, 1.0)):
            x += dt * (-k * x + (1.0 <= t < 3.0))
            expected.append(x)
        np.testing.assert_allclose(found[:, i], expected, rtol=1e-14)
    late = compile_model(longer_steps(), outputs=["x"], times=[3.0], backend=backend)  # type: ignore[arg-type]
    assert late.run(np.zeros((0, 1))).values[0, 0, 0] == pytest.approx(found[5, 0], rel=1e-14)


def test_what_steps_that_change_cannot_do_is_refused() -> None:
    smooth = longer_steps(y=Call("SMOOTH", (Ref("x"), Number(3.0))))
    with pytest.raises(Unsupported, match="SMOOTH is not simulated with a TIME STEP that varies"):
        compile_model(smooth, outputs=["y"])
    with pytest.raises(Unsupported, match="rk4"):
        compile_model(longer_steps(), outputs=["x"], method="rk4")
    by_member = model(**{"TIME STEP": Ref("k")}, k=Number(0.5), x=Call("INTEG", (Ref("k"), Number(8.0))))
    assert compile_model(by_member, outputs=["x"]).plan.step == 0.5
    with pytest.raises(Unsupported, match="TIME STEP follows from 'k', which differs between members"):
        compile_model(by_member, outputs=["x"], inputs=["k"])
    with pytest.raises(InputError, match=r"time 2\.4 is not a step"):
        compile_model(longer_steps(), outputs=["x"], times=[2.4])


@pytest.mark.parametrize("backend", BACKENDS)
def test_totals_are_integrals(backend: str) -> None:
    kernel = compile_model(DECAY, outputs=["x"], accumulate=["x"], times=[0.0, 2.5], backend=backend)  # type: ignore[arg-type]
    assert kernel.outputs == ("x", "∫x")
    values = kernel.run(np.zeros((0, 1))).values[:, :, 0]
    by_hand = 0.25 * sum(8.0 * (1.0 - 0.125) ** k for k in range(10))
    assert values[1].tolist() == [0.0, pytest.approx(by_hand, rel=1e-14)]


@pytest.mark.parametrize("method", ["euler", "heun", "rk4"])
@pytest.mark.parametrize("backend", BACKENDS)
def test_series_hold_within_their_periods(backend: str, method: str) -> None:
    """x' = s with s held on [1, 2), [2, 3): before the first value, after the last."""
    subject = model(s=Number(0.0), x=Call("INTEG", (Ref("s"), Number(0.0))))
    spec = SeriesSpec("s", start=1.0, period=1.0, count=2)
    kernel = compile_model(subject, outputs=["x", "s"], series=[spec], backend=backend, method=method)  # type: ignore[arg-type]
    knots = np.array([[3.0, 1.0], [5.0, 2.0]])
    values = kernel.run(np.zeros((0, 2)), knots).values
    assert values[1, :, 0].tolist() == [3.0, 3.0, 5.0, 5.0, 5.0]
    if method == "euler":
        assert values[0, :, 0].tolist() == [0.0, 3.0, 6.0, 11.0, 16.0]
        assert values[0, :, 1].tolist() == [0.0, 1.0, 2.0, 4.0, 6.0]


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_failed_member_is_marked_and_the_rest_stands(backend: str) -> None:
    growth = model(
        8.0,
        k=Number(1.0),
        x=Call("INTEG", (Ref("flow"), Number(2.0))),
        flow=Call("EXP", (times(Ref("k"), Ref("x")),)),
    )
    kernel = compile_model(growth, outputs=["x"], inputs=["k"], backend=backend)  # type: ignore[arg-type]
    result = kernel.run(np.array([[-1.0, 1.0, 0.0]]))
    assert result.status.tolist() == [0, 1, 0]
    assert result.failed_variable == ("", "flow", "")
    x, t = 2.0, 0.0
    while x < 709.78:
        x, t = x + 0.25 * math.exp(x), t + 0.25
    assert result.failed_time[1] == t
    assert math.isnan(result.failed_time[0])
    assert result.values[0, -1, 2] == 10.0


def test_an_array_name_stands_for_its_elements_and_constants_are_found() -> None:
    subject = model(
        rate=(("A",), Array((0.1, 0.2), (2,))),
        double=(("A",), times(Number(2.0), Ref("rate", (Name("A"),)))),
        x=(("A",), Call("INTEG", (Ref("double", (Name("A"),)), Number(0.0)))),
        second=Ref("x", (Position(Number(2.0)),)),
        none=Ref("x", (Position(Number(3.0)),)),
    )
    kernel = compile_model(
        subject, outputs=["x", "second", "none"], inputs=["rate", "double[a1]"], backend="numpy"
    )
    assert kernel.inputs == ("rate[a1]", "rate[a2]", "double[a1]")
    assert kernel.outputs == ("x[a1]", "x[a2]", "second", "none")
    assert kernel.defaults.tolist() == [0.1, 0.2, 0.2]
    values = kernel.run(np.array([[9.0], [0.5], [0.25]])).values[:, -1, 0]
    assert values.tolist() == [1.0, 4.0, 4.0, 0.0]


@pytest.mark.parametrize("backend", BACKENDS)
def test_delay_fixed_with_a_delay_of_each_member(backend: str) -> None:
    subject = model(lag=Number(1.0), d=Call("DELAY FIXED", (Ref("Time"), Ref("lag"), Number(-1.0))))
    kernel = compile_model(subject, outputs=["d"], inputs=["lag"], backend=backend)  # type: ignore[arg-type]
    values = run(kernel, 1.0, 2.0, 0.3, 50.0)
    assert values[0].T.tolist() == [
        [-1.0, 0.0, 1.0, 2.0, 3.0],
        [-1.0, -1.0, 0.0, 1.0, 2.0],
        [-1.0, 0.5, 1.5, 2.5, 3.5],  # 0.3 waits two steps of 0.25
        [-1.0] * 5,
    ]


def test_object_code_is_kept_and_used_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZSIM_CACHE", str(tmp_path))
    first = run(compile_model(DECAY, outputs=["x"], inputs=["k"]), 0.3)
    kept = list((tmp_path / "kernels").iterdir())
    assert len(kept) == 1
    assert np.array_equal(first, run(compile_model(DECAY, outputs=["x"], inputs=["k"]), 0.3))
    assert list((tmp_path / "kernels").iterdir()) == kept
    good = kept[0].read_bytes()
    for damaged in (good[:-1], b"", bytes([*good[:-1], good[-1] ^ 1])):
        kept[0].write_bytes(damaged)
        assert np.array_equal(first, run(compile_model(DECAY, outputs=["x"], inputs=["k"]), 0.3))
        assert kept[0].read_bytes() == good
    compile_model(DECAY, outputs=["x"], inputs=["k"], step=0.125)
    assert len(list((tmp_path / "kernels").iterdir())) == 2


def test_same_bits_for_other_processors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZSIM_CACHE", str(tmp_path))
    subject = model(
        k=Number(0.5),
        x=Call(
            "INTEG", (Binary("-", Call("SIN", (Binary("^", Ref("x"), Ref("k")),)), Ref("x")), Number(2.0))
        ),
    )
    kernel = compile_model(subject, outputs=["x"], inputs=["k"])
    values = np.linspace(0.1, 2.0, 100)[None, :]
    expected = kernel.run(values).values
    for machine in (Machine("haswell", "+avx2,+fma"), Machine("x86-64", "")):
        engine = LlvmEngine(kernel.program, kernel.plan, machine)
        out = np.empty_like(expected)
        engine.run(values, np.zeros((0, 100)), out, 0, 0, 1)
        assert np.array_equal(out, expected), machine.cpu


def test_every_wrong_argument_is_named() -> None:
    with pytest.raises(InputError, match="no variable 'y'") as caught:
        compile_model(DECAY, outputs=["y", "z"])
    assert len(caught.value.problems) == 2
    with pytest.raises(InputError, match="not a constant"):
        compile_model(DECAY, outputs=["x"], inputs=["x"])
    with pytest.raises(InputError, match=r"nearest step is at 1\.25"):
        compile_model(DECAY, outputs=["x"], times=[1.3])
    with pytest.raises(InputError, match="time grid"):
        compile_model(DECAY, outputs=["x"], inputs=["TIME STEP"])
    with pytest.raises(InputError, match="given twice"):
        compile_model(DECAY, outputs=["x"], inputs=["k"], series=[SeriesSpec("k", 0.0, 1.0, 2)])
    kernel = compile_model(DECAY, outputs=["x"], inputs=["k"], backend="numpy")
    with pytest.raises(InputError, match="member 1"):
        kernel.run(np.array([[1.0, math.nan]]))
    with pytest.raises(InputError, match="shape"):
        kernel.run(np.zeros((2, 3)))


def test_a_cycle_is_its_path() -> None:
    subject = model(a=Ref("b"), b=Ref("c"), c=Binary("+", Ref("a"), Number(1.0)))
    with pytest.raises(InputError, match="a -> b -> c -> a"):
        compile_model(subject, outputs=["a"])


def test_what_is_not_compiled_is_refused_by_name() -> None:
    calendar = Call("GET TIME VALUE", (Number(0.0), Number(0.0), Number(3.0)))
    for backend in BACKENDS:
        with pytest.raises(Unsupported, match=r"month: GET TIME VALUE with a calendar measure"):
            compile_model(model(month=calendar), outputs=["month"], backend=backend)  # type: ignore[arg-type]


def test_no_outputs_are_refused_and_the_machine_code_writes_nothing() -> None:
    with pytest.raises(InputError, match="nothing to save: no outputs"):
        compile_model(DECAY, outputs=[])
    kernel = compile_scalars(run_passes(DECAY, Request(outputs=("x",)), SCALAR), Request())
    assert kernel.outputs == ()
    found = kernel.run(np.zeros((0, 3000)))
    assert found.values.shape == (0, 5, 3000)
    assert not found.status.any()
