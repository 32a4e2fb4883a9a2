"""Own elementary functions against long doubles: a few ulp everywhere, IEEE 754 at the edges, same bits for any CPU."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable

import llvmlite.binding as llvm
import numpy as np
import pytest

from tzsim.kernel import llvm_math
from tzsim.kernel.graph import ONE, TWO
from tzsim.kernel.llvm_code import V
from tzsim.kernel.llvm_engine import Machine, _compiled, _target, this_machine
from tzsim.kernel.llvm_operations import DECLARATIONS, PERMUTATIONS

Function = Callable[..., np.ndarray]
LONG = np.longdouble
has_long_double = np.finfo(LONG).nmant > 60


def build(machine: Machine | None = None) -> tuple[dict[str, Function], object]:
    """Every function as `f(x)` or `f(x, y)` on arrays, and what keeps their code alive."""
    machine = machine or this_machine()
    names = sorted(llvm_math.FUNCTIONS)
    text = (
        DECLARATIONS
        + PERMUTATIONS * machine.permutes
        + "".join(llvm_math.define(n, machine.permutes) for n in llvm_math.with_needs(set(names)))
    )
    for n in names:
        arguments = f"{V} %xv, {V} %yv" if n == "pow" else f"{V} %xv"
        text += f"""define void @over_{n}(ptr %x, ptr %y, ptr %o, i64 %n) {{
entry:
  br label %loop
loop:
  %i = phi i64 [0, %entry], [%j, %loop]
  %xp = getelementptr {V}, ptr %x, i64 %i
  %yp = getelementptr {V}, ptr %y, i64 %i
  %op = getelementptr {V}, ptr %o, i64 %i
  %xv = load {V}, ptr %xp, align 8
  %yv = load {V}, ptr %yp, align 8
  %r = call {V} @v_{n}({arguments})
  store {V} %r, ptr %op, align 8
  %j = add i64 %i, 1
  %more = icmp slt i64 %j, %n
  br i1 %more, label %loop, label %done
done:
  ret void
}}
"""
    text += llvm_math.define_rows("pow", machine.permutes)
    code = _compiled(text.replace("internal void @r_pow(", "void @r_pow("), machine, 2)
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _target(machine, 2))
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()

    def wrap(name: str) -> Function:
        raw = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 3, ctypes.c_int64)(
            engine.get_function_address(f"over_{name}")
        )

        def call(x: np.ndarray, y: np.ndarray | None = None) -> np.ndarray:
            x = np.asarray(x, dtype=float)
            size = -(-len(x) // 8) * 8
            first, second, out = (np.zeros(size) for _ in range(3))
            first[: len(x)] = x
            if y is not None:
                second[: len(x)] = y
            raw(first.ctypes.data, second.ctypes.data, out.ctypes.data, size // 8)
            return out[: len(x)]

        return call

    rows = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, *[ctypes.c_void_p] * 2, ctypes.c_int64)(
        engine.get_function_address("r_pow")
    )

    def row_powers(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Powers as a step takes them: d and y in the workspace, x in the state; two lists at once."""
        assert len(x) % 16 == 0
        raw = np.zeros(3 * len(x) + 8)
        space = raw[-raw.ctypes.data % 64 // 8 :][: 3 * len(x)].reshape(3, len(x))
        space[1], space[2] = x, y
        half, state = 4 * len(x), space.ctypes.data + 8 * len(x)
        places = np.array([0, 1, 16 * len(x), half, half + 1, 16 * len(x) + half], dtype=np.int64)
        rows(places.ctypes.data, 2, space.ctypes.data, state, len(x) // 16)
        return space[0].copy()

    return {**{n: wrap(n) for n in names}, "row powers": row_powers}, engine


FUNCTIONS, _KEEP = build()


def ulps(found: np.ndarray, exact: np.ndarray) -> float:
    """Largest distance in units of the last place of the exact value."""
    with np.errstate(over="ignore"):
        rounded = exact.astype(float)
    assert np.array_equal(np.isfinite(found), np.isfinite(rounded))
    inside = np.isfinite(rounded)
    return float(
        np.max(np.abs(found[inside].astype(LONG) - exact[inside]) / np.spacing(np.abs(rounded[inside])))
    )


RANDOM = np.random.default_rng(20240806)
SAMPLES = {
    "exp": (RANDOM.uniform(-745.0, 710.0, 100_000), np.exp, 1.0),
    "ln": (np.exp(RANDOM.uniform(-744.0, 709.0, 100_000)), np.log, 1.0),
    "sin": (RANDOM.normal(0.0, 1e4, 100_000), np.sin, 2.0),
    "cos": (RANDOM.normal(0.0, 1e4, 100_000), np.cos, 2.0),
    "tan": (RANDOM.normal(0.0, 1e4, 100_000), np.tan, 4.0),
    "arctan": (RANDOM.normal(0.0, 3.0, 100_000), np.arctan, 3.0),
    "arcsin": (RANDOM.uniform(-1.0, 1.0, 100_000), np.arcsin, 4.0),
    "arccos": (RANDOM.uniform(-1.0, 1.0, 100_000), np.arccos, 4.0),
    "sinh": (RANDOM.uniform(-20.0, 20.0, 100_000), np.sinh, 5.0),
    "cosh": (RANDOM.uniform(-20.0, 20.0, 100_000), np.cosh, 5.0),
    "tanh": (RANDOM.uniform(-10.0, 10.0, 100_000), np.tanh, 4.0),
}


@pytest.mark.skipif(not has_long_double, reason="no extended precision to compare with")
@pytest.mark.parametrize("name", list(SAMPLES))
def test_a_few_ulp(name: str) -> None:
    x, exact, most = SAMPLES[name]
    assert ulps(FUNCTIONS[name](x), exact(x.astype(LONG))) <= most


@pytest.mark.skipif(not has_long_double, reason="no extended precision to compare with")
@pytest.mark.parametrize(
    ("low", "high", "exponent"),
    [(-20.0, 20.0, 20.0), (-0.7, 0.7, 900.0), (-300.0, 300.0, 2.0), (-0.04, 0.04, 17e3)],
)
def test_power_is_within_three_ulp(low: float, high: float, exponent: float) -> None:
    x = np.exp(RANDOM.uniform(low, high, 100_000))
    y = RANDOM.uniform(-exponent, exponent, 100_000)
    assert ulps(FUNCTIONS["pow"](x, y), np.power(x.astype(LONG), y.astype(LONG))) <= 3.0


EDGES = [0.0, -0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5, 3.0, -3.0, math.inf, -math.inf, math.nan, 5e-324, -5e-324, 1e308,
         -1e308, 2.5, -2.5, 1e-310, 2.0**53, 2.0**53 + 2.0, 709.78, 709.79, -745.1, -745.2]  # fmt: skip


def close(found: float, wanted: float) -> bool:
    """The same nan, infinity or zero, or within four ulp."""
    if wanted != wanted or math.isinf(wanted):
        return found == wanted or (found != found and wanted != wanted)
    return abs(found - wanted) <= 4.0 * np.spacing(abs(wanted))


@pytest.mark.parametrize("name", sorted(set(SAMPLES) | {"gammaln", "erfc"}))
def test_edges(name: str) -> None:
    edges = np.array(
        [e for e in EDGES if name not in ("sin", "cos", "tan") or not 2.0**50 <= abs(e) < math.inf]
    )
    for x, found in zip(edges, FUNCTIONS[name](edges), strict=True):
        wanted = ONE[name](float(x))
        assert close(float(found), wanted) or (
            name == "gammaln" and abs(found - wanted) < 1e-14 * (1 + abs(wanted))
        ), x


@pytest.mark.parametrize(
    ("name", "exact", "most"), [("sin", math.sin, 3.0), ("cos", math.cos, 3.0), ("tan", math.tan, 5.0)]
)
def test_large_arguments_are_reduced_exactly(name: str, exact: Callable[[float], float], most: float) -> None:
    x = np.exp(RANDOM.uniform(35.0, 709.0, 20_000)) * RANDOM.choice([-1.0, 1.0], 20_000)
    wanted = np.array([exact(float(v)) for v in x])
    assert np.max(np.abs(FUNCTIONS[name](x) - wanted) / np.spacing(np.abs(wanted))) <= most


def test_edges_of_power() -> None:
    x, y = (m.ravel() for m in np.meshgrid(EDGES, EDGES))
    for a, b, found in zip(x, y, FUNCTIONS["pow"](x, y), strict=True):
        assert close(float(found), TWO["pow"](float(a), float(b))), (a, b)


def test_powers_of_rows_have_the_bits_of_single_ones() -> None:
    x, y = (m.ravel() for m in np.meshgrid(EDGES[:24], EDGES[:24]))
    wide = np.exp(RANDOM.uniform(-700.0, 700.0, 4096)), RANDOM.uniform(-3.0, 3.0, 4096)
    base = RANDOM.uniform(0.2, 3.0, 4096), RANDOM.uniform(-20.0, 20.0, 4096)
    for a, b in ((x, y), wide, base):
        assert np.array_equal(FUNCTIONS["row powers"](a, b), FUNCTIONS["pow"](a, b), equal_nan=True)
    lone = base[0].copy()
    lone[5], lone[9], lone[4000] = 0.0, -2.0, 5e-324
    found = FUNCTIONS["row powers"](lone, base[1])
    others = np.delete(np.arange(4096), [5, 9, 4000])
    assert np.array_equal(found, FUNCTIONS["pow"](lone, base[1]), equal_nan=True)
    assert np.array_equal(found[others], FUNCTIONS["row powers"](*base)[others])


def test_same_bits_without_wide_registers() -> None:
    """AVX2 with fma, and plain x86-64 with fma in software, give the bits of this machine."""
    if not llvm.get_default_triple().startswith("x86_64"):
        pytest.skip("x86-64 only")
    for machine in (Machine("haswell", "+avx2,+fma"), Machine("x86-64", "")):
        functions, keep = build(machine)
        for name, (x, _, _) in SAMPLES.items():
            assert np.array_equal(functions[name](x[:4096]), FUNCTIONS[name](x[:4096])), (machine.cpu, name)
        y = SAMPLES["tanh"][0][:4096]
        base = SAMPLES["ln"][0][:4096]
        assert np.array_equal(functions["pow"](base, y), FUNCTIONS["pow"](base, y))
        assert np.array_equal(functions["row powers"](base, y), FUNCTIONS["pow"](base, y))
        del keep
