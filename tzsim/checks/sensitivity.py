"""Each constant moved in turn to both ends of its range: is it used, what does it move most, does a stock explode?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tzsim.checks.bench import FloatArray, save_times
from tzsim.checks.result import CheckResult, Evidence, judged, not_applicable, percent
from tzsim.checks.spec import Battery
from tzsim.checks.static import constants
from tzsim.ensemble.shapes import wanted_names
from tzsim.ir.describe import kinds_of
from tzsim.ir.model import Model, Variable
from tzsim.kernel.compile import Kernel, compile_model
from tzsim.names import key, split_element
from tzsim.scenario.binding import BindingError, Names
from tzsim.scenario.text import Text2

SAVES = 14
BLOCK = 256
OUTER = (0.05, 0.95)
PLAIN_RANGE = 0.1
"""Share by which a constant without a range is moved."""
EXPLODES = 1e3
"""A stock explodes where one constant inside its range makes it this many times its largest value."""
NOISE = 1e-12
STRONGEST = 15


@dataclass(frozen=True, slots=True)
class Moved:
    """A constant at one end of its range and what it moved most, as a share of that variable's largest value."""

    constant: str
    value: float
    variable: str
    effect: float


def ranges(model: Model, battery: Battery) -> dict[str, tuple[float, float]]:
    """Element -> both ends: the 5 and 95 % points of its prior, its lever's range, else ten per cent to both sides.

    A date is moved by a tenth of the run's length.
    """
    names = Names(model)
    priors = {key(p.variable): p for p in battery.priors or ()}
    shocks = {key(p.variable): p for s in battery.shocks for p in s.elements}
    levers = {key(e): (x.low, x.high) for x in battery.levers for e in x.elements}
    found: dict[str, tuple[float, float]] = {}
    start, end = (names.control(n) or 0.0 for n in ("INITIAL TIME", "FINAL TIME"))
    length = end - start
    for v in constants(model):
        for element in names.elements(v.name, bare=True):
            own, name = names.value(element), key(element)
            row = priors.get(name) or shocks.get(name)
            low, high = (float(x) for x in row.quantile(np.array(OUTER))) if row is not None else (own, own)
            if name in levers:
                low, high = levers[name]
            if low == own == high:
                by = PLAIN_RANGE * (length if _is_date(names, v, own) else own)
                low, high = own - by, own + by
            found[element] = (low, high)
    return found


def _is_date(names: Names, variable: Variable, value: float) -> bool:
    """Whether a constant is a point of the model's time rather than a duration: moving it by a tenth would leave the run."""
    start, end = (names.control(n) or 0.0 for n in ("INITIAL TIME", "FINAL TIME"))
    try:
        in_time = names.unit(variable.name).same_dimension(names.time_unit)
    except BindingError:
        return False
    return in_time and abs(start) > end - start and abs(value - start) <= 2 * (end - start)


def sensitivity(model: Model, battery: Battery) -> Iterator[CheckResult]:
    """Two results: nothing explodes; what each constant moves. Every variable is watched at 14 times."""
    stays = Text2(
        "任一常数在其范围内变动，没有存量爆炸", "No constant inside its range makes a stock explode"
    )
    moves = Text2("各常数的影响", "What each constant moves")
    spans = ranges(model, battery)
    if not spans:
        why = Text2("模型没有常数", "the model has no constants")
        yield not_applicable("constants", "explodes", stays, why)
        yield not_applicable("constants", "effects", moves, why)
        return
    kernel = compile_model(
        model, outputs=wanted_names(model, None), inputs=list(spans), times=save_times(model, SAVES)
    )
    kinds = kinds_of(model)
    stocks = frozenset(o for o in kernel.outputs if kinds[key(split_element(o)[0])] == "stock")
    moved, burst = _moved(kernel, stocks, spans, battery.seed)
    yield judged(
        "constants",
        "explodes",
        stays,
        burst,
        Text2(f"{len(spans)}个常数各取范围两端", f"{len(spans)} constants, each at both ends of its range"),
        Text2(f"{len(burst)}次爆炸", f"{len(burst)} explode"),
    )
    yield _effects(moves, moved)


def _moved(
    kernel: Kernel, stocks: frozenset[str], spans: dict[str, tuple[float, float]], seed: int
) -> tuple[dict[str, Moved], list[Evidence]]:
    ends = [(i, value) for i, name in enumerate(kernel.inputs) for value in _ends(spans, name)]
    base = kernel.run(kernel.defaults[:, None], seed=seed, threads=1).values[:, :, 0]
    size = np.abs(base).max(axis=1)
    strongest: dict[str, Moved] = {}
    burst: list[Evidence] = []
    for start in range(0, len(ends), BLOCK):
        some = ends[start : start + BLOCK]
        values = np.repeat(kernel.defaults[:, None], len(some), axis=1)
        for column, (row, value) in enumerate(some):
            values[row, column] = value
        run = kernel.run(values, seed=seed, threads=1, diagnose=not burst)
        for column, (row, value) in enumerate(some):
            name = kernel.inputs[row]
            if run.status[column]:
                said = Text2(f"{name} = {value:g}时失败", f"fails with {name} = {value:g}")
                failed = run.failed_variable[column]
                burst.append(Evidence(failed, said, time=float(run.failed_time[column])))
                continue
            path = run.values[:, :, column]
            burst += _bursts(kernel, stocks, path, size, name, value)
            one = _strongest(kernel, np.abs(path - base).max(axis=1), size, name, value)
            if name not in strongest or one.effect > strongest[name].effect:
                strongest[name] = one
    return strongest, burst


def _ends(spans: dict[str, tuple[float, float]], name: str) -> tuple[float, float]:
    return next(v for k, v in spans.items() if key(k) == key(name)) if name not in spans else spans[name]


def _bursts(
    kernel: Kernel, stocks: frozenset[str], path: FloatArray, size: FloatArray, name: str, value: float
) -> list[Evidence]:
    largest = np.abs(path).max(axis=1)
    rows = [
        i for i in np.flatnonzero((size > 1e-9) & (largest > EXPLODES * size)) if kernel.outputs[i] in stocks
    ]
    said = Text2(f"{name} = {value:g}", f"with {name} = {value:g}")
    return [
        Evidence(
            kernel.outputs[i], said, float(largest[i]), float(kernel.times[int(np.abs(path[i]).argmax())])
        )
        for i in rows
    ]


def _strongest(kernel: Kernel, gap: FloatArray, size: FloatArray, name: str, value: float) -> Moved:
    own = [i for i, o in enumerate(kernel.outputs) if key(o) == key(name)]
    share = np.divide(gap, size, out=np.zeros_like(gap), where=size > 1e-9)
    share[own] = 0.0
    top = int(np.argmax(share))
    return Moved(name, value, kernel.outputs[top], float(share[top]))


def _effects(name: Text2, moved: dict[str, Moved]) -> CheckResult:
    still = [m.constant for m in moved.values() if m.effect <= NOISE]
    top = sorted(moved.values(), key=lambda m: -m.effect)[:STRONGEST]
    shown = tuple(
        Evidence(
            m.variable,
            Text2(
                f"{m.constant} = {m.value:.4g}：{percent(m.effect)}",
                f"{m.constant} = {m.value:.4g}: {percent(m.effect)}",
            ),
            m.effect,
        )
        for m in top
    )
    quiet = f"{', '.join(still[:6])}{' …' if len(still) > 6 else ''}"
    text = Text2(
        f"{len(moved) - len(still)}个常数有影响；{len(still)}个在现值附近无影响"
        + (f"：{quiet}" if still else ""),
        f"{len(moved) - len(still)} constants move something; {len(still)} move nothing here"
        + (f": {quiet}" if still else ""),
    )
    return CheckResult("constants", "effects", name, "pass", text, shown)
