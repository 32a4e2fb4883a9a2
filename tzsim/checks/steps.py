"""Numbers do not depend on the step or the method: half the step, and Runge-Kutta 4 in place of Euler.

The error of Euler falls with the step, so half the step shows about half of it and Runge-Kutta 4 all of it: there twice the
tolerance is allowed. What begins between two steps (STEP, IF Time) is resolved to one step only, so a value agrees where the other run has
it within one step in time.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tzsim.checks.bench import Bench, FloatArray, save_times
from tzsim.checks.result import CheckResult, Evidence, judged, not_applicable, percent
from tzsim.checks.spec import Battery
from tzsim.ir.describe import walk
from tzsim.ir.expr import Call
from tzsim.ir.functions import FUNCTIONS
from tzsim.ir.model import Method, Model
from tzsim.kernel.compile import SeriesSpec, compile_model
from tzsim.names import key
from tzsim.scenario.binding import Names
from tzsim.scenario.text import Text2

MEMBERS = 4
"""Members compared: the model as it stands and a few draws."""


def steps(model: Model, battery: Battery, bench: Bench) -> Iterator[CheckResult]:
    """Two results; compares every stock in every step."""
    halving = Text2("步长减半", "Half the step")
    runge = Text2("欧拉法与四阶龙格—库塔法", "Euler against Runge-Kutta 4")
    why = _why_not(model, bench)
    if why:
        yield not_applicable("steps", "half the step", halving, why)
        yield not_applicable("steps", "runge-kutta", runge, why)
        return
    own = Names(model).control("TIME STEP") or 1.0
    plain = _values(bench, model.method, own)
    within = battery.within
    yield _compared("half the step", halving, bench, within, plain, _values(bench, model.method, own / 2))
    if model.method == "euler":
        yield _compared("runge-kutta", runge, bench, 2 * within, plain, _values(bench, "rk4", own))
    else:
        why = Text2(f"模型用{model.method}积分", f"the model is integrated by {model.method}")
        yield not_applicable("steps", "runge-kutta", runge, why)


def _why_not(model: Model, bench: Bench) -> Text2:
    if not bench.stocks:
        return Text2("模型没有存量", "the model has no stocks")
    random = [
        n.function
        for v in model.variables.values()
        for e in v.equations
        for n in walk(e.expression)
        if isinstance(n, Call) and n.function in FUNCTIONS and FUNCTIONS[n.function].nature == "random"
    ]
    if random:
        return Text2(
            f"{random[0]}每步抽样，步长改变即改变抽样",
            f"{random[0]} is drawn every step: another step is another draw",
        )
    return Text2()


def _values(bench: Bench, method: Method, step: float) -> FloatArray:
    """(element, time, member) of every stock."""
    kernel = compile_model(
        bench.made.model,
        outputs=list(bench.stocks),
        inputs=list(bench.kernel.inputs),
        series=[
            SeriesSpec(bench.made.constant(s.name), s.start, s.period, s.count) for s in bench.drawn.series
        ],
        times=_times(bench),
        method=method,
        step=step,
    )
    members = slice(0, MEMBERS)
    knots = None if bench.knots is None else bench.knots[:, members]
    return kernel.run(bench.base[:, members], knots, seed=bench.battery.seed, threads=1).values


def _times(bench: Bench) -> list[float]:
    """Every step of the model as it stands; in a long run every n-th."""
    return save_times(bench.model)


def _compared(
    id: str, name: Text2, bench: Bench, within: float, plain: FloatArray, other: FloatArray
) -> CheckResult:
    times = _times(bench)
    kept = slice(1, -1)
    around = np.stack([other[:, :-2], other[:, kept], other[:, 2:]])
    now = plain[:, kept]
    with np.errstate(invalid="ignore"):
        away = np.maximum(np.maximum(around.min(axis=0) - now, now - around.max(axis=0)), 0.0)
    size = np.abs(plain).max(axis=1)[:, None, :]
    with np.errstate(invalid="ignore", divide="ignore"):
        gap = np.where(size > 0, away / size, np.abs(other[:, kept]))
    gap = np.where(np.isfinite(gap), gap, np.inf)
    worst = gap.max(axis=(1, 2))
    names = [o for s in bench.stocks for o in _elements(bench, s)]
    found: list[Evidence] = []
    for i in np.argsort(-worst):
        if worst[i] <= within:
            break
        t, member = (int(x) for x in np.unravel_index(np.argmax(gap[i]), gap[i].shape))
        said = Text2(
            f"相差{percent(float(worst[i]))}", f"differs by {percent(float(worst[i]))} of its largest value"
        )
        found.append(Evidence(names[i], said, float(now[i, t, member]), times[t + 1], member))
    top = int(np.argmax(worst))
    return judged(
        "steps",
        id,
        name,
        found,
        Text2(
            f"各存量最大相差{percent(float(worst[top]))}（{names[top]}），容许{percent(within)}",
            f"stocks differ by {percent(float(worst[top]))} at most ({names[top]}); allowed {percent(within)}",
        ),
        Text2(
            f"{len(found)}个存量相差超过{percent(within)}",
            f"{len(found)} stocks differ by more than {percent(within)}",
        ),
    )


def _elements(bench: Bench, stock: str) -> list[str]:
    return [o for o in bench.kernel.outputs if key(o) == key(stock) or key(o).startswith(key(stock) + "[")]
