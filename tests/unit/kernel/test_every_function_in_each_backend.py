"""Each function in a small model: the compiled backends give what the interpreter gives, within 1e-12 of its range."""

from __future__ import annotations

import numpy as np
import pytest
from vensim_equations import model_of

from tzsim.ir.functions import FUNCTIONS
from tzsim.ir.model import Method
from tzsim.kernel.compile import compile_model
from tzsim.kernel.interpreter import interpret

AB = "A: A1, A2, A3\nB: B1, B2\nc[A] = 30, 10, 20\nd[A] = 0, 1, 3\nv[A] = c[A] + d[A] * Time\nm[A, B] = 1, 2; 3, 4; 5, 6.5;\nk[A] = 0, 1, 2\n"
SQUARE = "R: R1, R2\nC: C1, C2\nn[R, C] = 3, 2; 1, 4;\nq[R, C] = n[R, C] + R * Time\n"
MARKET = (
    "A: A1, A2\nP: ptype, ppriority, pwidth, pextra\na[A] = 10, 20\nr[A] = a[A] + Time\np[A1, P] = {0}, 1, 1, 0\np[A2, P] = {0}, 2, 1.5, 0\n"
    "S: S1, S2\ns[S] = 15, 9\nw[S1, P] = {0}, 1, 1, 0\nw[S2, P] = {0}, 2.5, 1, 0\n"
)
U = "u = 2 + STEP(5, 1) + SIN(Time)\nt = 3 + STEP(1, 2)\n"
TABLE = "g((0, 0), (1, 10), (2, 12), (4, 30))\n"

MODELS: dict[str, str] = {
    "ABS": "x = ABS(Time - 2)", "EXP": "x = EXP(Time)", "LN": "x = LN(Time)", "LOG": "x = LOG(Time + 1, 10)",
    "SQRT": "x = SQRT(Time - 1)", "SIN": "x = SIN(Time)", "COS": "x = COS(Time)", "TAN": "x = TAN(Time)",
    "ARCSIN": "x = ARCSIN(Time / 3)", "ARCCOS": "x = ARCCOS(Time / 3)", "ARCTAN": "x = ARCTAN(Time)",
    "SINH": "x = SINH(Time)", "COSH": "x = COSH(Time)", "TANH": "x = TANH(Time)",
    "INTEGER": "x = INTEGER(1.7 * (Time - 2))", "MODULO": "x = MODULO(5 * (Time - 2), 3)",
    "QUANTUM": "x = QUANTUM(5 * (Time - 2), 3)", "MIN": "x = MIN(Time, 2)", "MAX": "x = MAX(Time, 2)",
    "XIDZ": "x = XIDZ(1, Time - 2, 7)", "ZIDZ": "x = ZIDZ(1, Time - 2)",
    "IF THEN ELSE": "x = IF THEN ELSE(Time > 2, 5, 1 / (Time - 3))", "GAMMA LN": "x = GAMMA LN(Time + 0.5)",
    "ELMCOUNT": AB + "x = ELMCOUNT(A) + Time",
    "STEP": "x = STEP(3, 1.4)", "RAMP": "x = RAMP(2, 1, 3)", "PULSE": "x = PULSE(1, 2)",
    "PULSE TRAIN": "x = PULSE TRAIN(1, 0.5, 1.5, 4)", "GET TIME VALUE": "x = GET TIME VALUE(0, 2, 0)",
    "INTEG": "x = INTEG(Time - x, 1)", "SMOOTH": U + "x = SMOOTH(u, t)", "SMOOTHI": U + "x = SMOOTHI(u, t, 1)",
    "SMOOTH3": U + "x = SMOOTH3(u, t)", "SMOOTH3I": U + "x = SMOOTH3I(u, t, 1)",
    "SMOOTH N": U + "x = SMOOTH N(u, t, 1, 5)", "DELAY1": U + "x = DELAY1(u, t)", "DELAY1I": U + "x = DELAY1I(u, t, 1)",
    "DELAY3": U + "x = DELAY3(u, t)", "DELAY3I": U + "x = DELAY3I(u, t, 1)", "DELAY N": U + "x = DELAY N(u, t, 1, 5)",
    "DELAY FIXED": U + "x = DELAY FIXED(u, 1.2, 9)",
    "DELAY INFORMATION": U + "x = DELAY INFORMATION(u, 1.7, 9)",
    "DELAY MATERIAL": U + "x = DELAY MATERIAL(u, 1.7, 9, 0)",
    "DELAY INFORMATION: changing": U + "x = DELAY INFORMATION(u, t - STEP(1.2, 3), 9)",
    "DELAY MATERIAL: changing": U + "x = DELAY MATERIAL(u, t - STEP(1.2, 3), 9, 4)",
    "TREND": U + "x = TREND(u, t, 0.1)", "FORECAST": U + "x = FORECAST(u, t, 4)",
    "SAMPLE IF TRUE": U + "x = SAMPLE IF TRUE(MODULO(Time, 2) = 1, u, -1)", "INITIAL": U + "x = INITIAL(u) + Time",
    "ACTIVE INITIAL": U + "a = ACTIVE INITIAL(u, 7)\nx = INTEG(a, a)", "NPV": U + "x = NPV(u, 0.05, 3, 2)",
    "DEPRECIATE STRAIGHTLINE": U + "x = DEPRECIATE STRAIGHTLINE(u, 3, 0.5, 4)",
    "RANDOM UNIFORM": "x = RANDOM UNIFORM(1, 2, 0)", "RANDOM NORMAL": "x = RANDOM NORMAL(-1, 4, 1, 2, 0)",
    "RANDOM 0 1": "x = RANDOM 0 1()", "RANDOM EXPONENTIAL": "x = RANDOM EXPONENTIAL(0, 5, 0.5, 2, 0)",
    "RANDOM POISSON": "x = RANDOM POISSON(0, 9000, 2 + 300 * Time, 1, 2, 0)",
    "RANDOM BINOMIAL": "x = RANDOM BINOMIAL(0, 9000, 0.2 * Time, 4 + 300 * Time, 1, 2, 0)",
    "RANDOM NEGATIVE BINOMIAL": "x = RANDOM NEGATIVE BINOMIAL(0, 900, 0.2 * Time + 0.1, 4 + Time, 1, 2, 0)",
    "RANDOM TRIANGULAR": "x = RANDOM TRIANGULAR(0, 9, 1, 2, 5, 0)",
    "RANDOM PINK NOISE": "x = RANDOM PINK NOISE(1, 2, 3, 0)",
    "SUM": AB + "x = SUM(m[A!, B!] * v[A!])", "PROD": AB + "x = PROD(v[A!])", "VMIN": AB + "x = VMIN(m[A!, B1] + v[A!])",
    "VMAX": AB + "x = VMAX(v[A!])", "VECTOR SELECT": AB + "x = VECTOR SELECT(k[A!], v[A!], -1, Time, 0)",
    "VECTOR ELM MAP": AB + "x[A] = VECTOR ELM MAP(m[A, B1], k[A])",
    "VECTOR SORT ORDER": AB + "x[A] = VECTOR SORT ORDER(v[A], -1)", "VECTOR RANK": AB + "x[A] = VECTOR RANK(v[A], 1)",
    "VECTOR REORDER": AB + "o[A] = VECTOR SORT ORDER(v[A], 1)\nx[A] = VECTOR REORDER(v[A], o[A])",
    "VECTOR LOOKUP": AB + "x = VECTOR LOOKUP(v[A1], Time - 0.5, 0, 3, 0)",
    "INVERT MATRIX": SQUARE + "x[R, C] = INVERT MATRIX(q[R, C], 2)",
    "ALLOCATE AVAILABLE": MARKET.format(3) + "x[A] = ALLOCATE AVAILABLE(r[A], p[A, ptype], 5 * Time)",
    "ALLOCATE AVAILABLE: types that change": MARKET.format(3).replace("p[A1, P] = 3", "p[A1, P] = 4").replace(
        "p[A2, P] = 3, 2, 1.5, 0", "p[A2, ptype] = MIN(4, INTEGER(Time))\np[A2, ppriority] = 2\np[A2, pwidth] = 1.5\np[A2, pextra] = 0"
    ) + "x[A] = ALLOCATE AVAILABLE(r[A], p[A, ptype], 4 * Time)",
    "ALLOCATE BY PRIORITY": MARKET.format(1) + "h[A] = 1, 1.7\nx[A] = ALLOCATE BY PRIORITY(r[A], h[A], 2, 1.5, 5 * Time)",
    "FIND MARKET PRICE": MARKET.format(2) + "x = FIND MARKET PRICE(r[A1], p[A1, ptype], s[S1], w[S1, ptype])",
    "DEMAND AT PRICE": MARKET.format(4) + "x[A] = DEMAND AT PRICE(r[A], p[A, ptype], Time)",
    "SUPPLY AT PRICE": MARKET.format(1) + "x[S] = SUPPLY AT PRICE(s[S], w[S, ptype], Time)",
    "LOOKUP FORWARD": TABLE + "x = LOOKUP FORWARD(g, Time + 0.5)", "LOOKUP BACKWARD": TABLE + "x = LOOKUP BACKWARD(g, Time)",
    "LOOKUP EXTRAPOLATE": TABLE + "x = LOOKUP EXTRAPOLATE(g, 2 * Time - 3)",
    "LOOKUP INVERT": TABLE + "x = LOOKUP INVERT(g, 8 * Time)",
}  # fmt: skip
ELSEWHERE = {
    "FLOOR", "CEILING", "ROUND", "FLOORMOD", "SIGN", "PI", "PULSE MAGNITUDE", "PREVIOUS", "RANDOM LOGNORMAL", "MEAN",
    "STDDEV", "SIZE", "NORMAL QUANTILE",  # XMILE only
    "DATA", "GET DATA BETWEEN TIMES", "GET DATA FIRST TIME", "GET DATA LAST TIME",  # need data files
    "+", "*",  # what SUM and PROD become
}  # fmt: skip
"""Functions that equations of Vensim cannot call: the conformance cases hold them."""


@pytest.mark.parametrize("backend", ["numpy", "llvm"])
@pytest.mark.parametrize("method", ["euler", "rk4"])
@pytest.mark.parametrize("function", MODELS)
def test_compiled_equals_interpreted(function: str, method: str, backend: str) -> None:
    model = model_of(MODELS[function], final=5, step=0.5)
    names = [n for n in interpret(model).values if n == "x" or n.startswith("x[")]
    kernel = compile_model(model, outputs=names, backend=backend, method=method)
    got = kernel.run(np.repeat(np.array(kernel.defaults)[:, None], 3, axis=1), None, seed=4, first_member=5)
    for member in range(3):
        expected = interpret(model, method=method, seed=4, member=5 + member, outputs=names)
        for i, name in enumerate(kernel.outputs):
            row = np.array(expected.values[name])
            scale = np.max(np.abs(row[np.isfinite(row)]), initial=0.0)
            assert got.values[i, :, member] == pytest.approx(row, rel=0, abs=1e-12 * scale, nan_ok=True)


def test_every_function_is_here_or_said_to_be_elsewhere() -> None:
    assert {n.split(":")[0] for n in MODELS} | ELSEWHERE == set(FUNCTIONS)


@pytest.mark.parametrize("kind", ["DELAY MATERIAL(u, t, 9, -1)", "DELAY INFORMATION(u, t, 9)"])
@pytest.mark.parametrize("backend", ["numpy", "llvm"])
@pytest.mark.parametrize("method", ["euler", "heun", "rk4"])
def test_delays_whose_time_differs_between_members(kind: str, backend: str, method: Method) -> None:
    model = model_of(
        f"long = 2\nu = 2 + Time\nt = long - STEP(1.4, 3) + STEP(2, 6) + 0.7 * SIN(Time)\nx = {kind}\ny = INTEG(x - y, 1)",
        final=12,
        step=0.5,
    )
    kernel = compile_model(model, outputs=["x", "y"], inputs=["long"], backend=backend, method=method)
    lengths = np.linspace(0.3, 20.0, 130)
    for _ in range(2):  # the second run finds no trace of the first
        got = kernel.run(lengths[None, :], threads=2)
        for m in (0, 5, 64, 129):
            expected = interpret(model, constants={"long": lengths[m]}, outputs=["x", "y"], method=method)
            for i, name in enumerate(kernel.outputs):
                assert got.values[i, :, m] == pytest.approx(np.array(expected.values[name]), abs=1e-12)
