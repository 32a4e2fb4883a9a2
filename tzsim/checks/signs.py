"""Signs and finite values: no run fails, no stock that cannot be negative is, nothing swings from step to step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from tzsim.checks.bench import FloatArray, Run, first_true
from tzsim.checks.result import CheckResult, Evidence, judged, not_applicable
from tzsim.checks.spec import Battery
from tzsim.ir.describe import kinds_of
from tzsim.ir.model import Model
from tzsim.names import VarId, key
from tzsim.scenario.text import Text2

ROUNDING = 1e-12
"""Share of a stock's largest value that rounding may leave below its bound."""
SWINGS = 8
"""Changes of direction in as many steps in a row: no behaviour of a model resolved by its step does that."""
SMALL_SWING = 1e-6


def signs(
    model: Model, battery: Battery, runs: Mapping[str, Run], names: Mapping[str, Text2]
) -> Iterator[CheckResult]:
    """Finite values, bounds, swings. runs: situation id -> run, each asked for once; names: what the situations are called."""
    kinds = kinds_of(model)
    stocks = [v.name for n, v in model.variables.items() if kinds[n] == "stock"]
    bounds = _lower_bounds(model, battery)
    endless: list[Evidence] = []
    below: list[Evidence] = []
    swings: list[Evidence] = []
    members = failed = 0
    for id, run in runs.items():
        members, failed = members + run.values.shape[2], failed + len(run.failed)
        if run.failed:
            endless.append(
                Evidence(run.failed_variable, names[id], time=run.failed_time, member=run.failed[0])
            )
        below += _below(run, bounds, names[id])
        swings += _swings(run, stocks, names[id])
    yield judged(
        "signs",
        "finite",
        Text2("每次运行的值均有限", "Every run stays finite"),
        endless,
        Text2(f"{members}次运行", f"{members} runs"),
        Text2(f"{members}次运行中{failed}次失败", f"{failed} of {members} runs fail"),
    )
    yield _bounded(battery, bounds, below, len(runs))
    yield _smooth(stocks, swings)


def _below(run: Run, bounds: Mapping[VarId, float], name: Text2) -> Iterator[Evidence]:
    for stock, bound in bounds.items():
        for element in run.elements(stock):
            path = run.at(element)
            size = np.nanmax(np.abs(path), axis=0, initial=0.0)
            found = first_true(path < bound - ROUNDING * np.maximum(size, abs(bound)))
            if found is not None:
                t, member = found
                said = Text2(f"{name.zh}：低于{bound:g}", f"{name.en}: below {bound:g}")
                yield Evidence(element, said, float(path[t, member]), float(run.times[t]), member)


def _bounded(
    battery: Battery, bounds: Mapping[VarId, float], found: list[Evidence], situations: int
) -> CheckResult:
    """With a checks file every stock not listed as signed; without one those whose declared range begins at a number."""
    name = Text2("存量不为负", "No stock turns negative")
    if not bounds:
        why = Text2("没有检验文件，存量也未声明下限", "no checks file, and no stock declares a lower bound")
        return not_applicable("signs", "negative", name, why)
    left = len(battery.signed)
    return judged(
        "signs",
        "negative",
        name,
        found,
        Text2(
            f"{len(bounds)}个存量在{situations}种情形下均不为负（{left}个按说明可为负）",
            f"{len(bounds)} stocks in {situations} situations ({left} may be negative, with a reason)",
        ),
        Text2(f"{len(found)}处为负", f"{len(found)} turn negative"),
    )


def _lower_bounds(model: Model, battery: Battery) -> dict[VarId, float]:
    kinds = kinds_of(model)
    bounds: dict[VarId, float] = {}
    for n, v in model.variables.items():
        if kinds[n] != "stock" or key(v.name) in battery.signed:
            continue
        low = v.limits[0]
        if low is not None or battery.file:
            bounds[n] = 0.0 if low is None else low
    return bounds


def _swings(run: Run, stocks: list[str], name: Text2) -> Iterator[Evidence]:
    for stock in stocks:
        for element in run.elements(stock):
            at = swinging(run.at(element))
            if at is not None:
                said = Text2(f"{name.zh}：逐步来回摆动", f"{name.en}: swings from step to step")
                yield Evidence(element, said, float(run.at(element)[at]), float(run.times[at[0]]), at[1])


def _smooth(stocks: list[str], found: list[Evidence]) -> CheckResult:
    name = Text2("没有步长引起的振荡", "Nothing oscillates by the step size")
    if not stocks:
        return not_applicable("signs", "swings", name, Text2("模型没有存量", "the model has no stocks"))
    return judged(
        "signs",
        "swings",
        name,
        found,
        Text2(
            f"{len(stocks)}个存量均平稳",
            f"{len(stocks)} stocks move in the same direction for longer than a step",
        ),
        Text2(
            f"{len(found)}处摆动：步长过大或延迟过短",
            f"{len(found)} swing: the step is too long or a delay too short",
        ),
    )


def swinging(path: FloatArray) -> tuple[int, int] | None:
    """First (time, member) at which a path (time, member) has changed direction in `SWINGS` steps in a row, visibly."""
    change = np.diff(path, axis=0)
    if len(change) <= SWINGS:
        return None
    size = np.nanmax(np.abs(path), axis=0, initial=0.0)
    turns = (change[1:] * change[:-1] < 0) & (np.abs(change[1:]) > SMALL_SWING * size)
    run = np.ones((len(turns) - SWINGS + 1, turns.shape[1]), dtype=bool)
    for k in range(SWINGS):
        run &= turns[k : len(turns) - SWINGS + 1 + k]
    hit = first_true(run)
    return None if hit is None else (hit[0] + SWINGS + 1, hit[1])
