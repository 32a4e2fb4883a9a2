"""Feedback loops: each is there, answers with its sign, and is cut in turn to show what it does.

A loop is cut at one variable: from the cut on, everything else reads the value that the variable had then, while the variable itself goes
on being calculated. Held one per cent higher, the calculated value answers up (the loop reinforces) or down (it balances): the sign
of the open loop (Richardson 1995, 'Loop polarity, loop dominance'). All loops through that variable are cut with it. A loop that is
silent in the model as it stands (a limit that does not bind) shows its sign under its stress.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from tzsim.checks.bench import Bench, FloatArray, Run
from tzsim.checks.claims import read
from tzsim.checks.read import broken_links
from tzsim.checks.result import CheckResult, Evidence, judged, number, percent
from tzsim.checks.spec import Battery, Loop, Quantity, Situation
from tzsim.ir.model import Model
from tzsim.scenario.text import Text2

NUDGE = 0.01
NOISE = 1e-9
"""Relative effect that counts as none."""
SILENT = 1e-7
"""Gain of an open loop that counts as none."""
_KINDS = {"reinforcing": Text2("增强", "reinforcing"), "balancing": Text2("调节", "balancing")}


def loops(
    model: Model, battery: Battery, bench: Bench, base: Run, runs: Mapping[str, Run]
) -> Iterator[CheckResult]:
    """Three results a loop: its links, its sign, the effect of cutting it."""
    stresses = {s.id: s for s in battery.situations}
    for loop in battery.loops:
        yield _links(model, loop)
        cut = bench.run(cut=loop)
        answer, under = _answer(loop, cut, bench.run(cut=loop, held=1.0 + NUDGE)), Text2()
        stress = stresses.get(loop.stress)
        stressed = None
        if stress is not None:
            stressed = (stress, runs[stress.id], bench.run(stress, cut=loop))
            if not abs(float(answer[0])) > SILENT:
                answer, under = (
                    _answer(loop, stressed[2], bench.run(stress, cut=loop, held=1.0 + NUDGE)),
                    stress.name,
                )
        yield _sign(loop, answer, under)
        acts = bool(np.abs(answer).max() > SILENT)
        yield _effect(loop, battery, base, cut, stressed, acts)


def _links(model: Model, loop: Loop) -> CheckResult:
    broken = [
        Evidence(b, Text2(f"方程中没有“{a}”", f"its equation does not read '{a}'"))
        for a, b in broken_links(model, loop)
    ]
    name = Text2(f"{loop.id} {loop.name.zh}：回路闭合", f"{loop.id} {loop.name.en}: the loop is closed")
    path = " → ".join((*loop.through, loop.through[0]))
    return judged("loops", f"{loop.id} links", name, broken, Text2(path, path), Text2(path, path))


def _answer(loop: Loop, cut: Run, nudged: Run) -> FloatArray:
    """(member,) answer of the calculated variable, its mean from the cut to `until`, as a share of the nudge."""
    inside = (cut.times > loop.since + 1e-9) & (cut.times <= loop.until + 1e-9)
    answer = np.zeros(cut.values.shape[2])
    for element in cut.elements(loop.cut):
        a, b = cut.at(element)[inside], nudged.at(element)[inside]
        with np.errstate(invalid="ignore", divide="ignore"):
            one = ((b - a).mean(axis=0) / np.abs(a).mean(axis=0)) / NUDGE
        answer = np.where(np.abs(one) > np.abs(answer), one, answer)
    return answer


def _sign(loop: Loop, answer: FloatArray, under: Text2) -> CheckResult:
    """Whether the answer has the sign of the loop: in the model as it stands, and in the share of draws wanted."""
    wanted = 1.0 if loop.kind == "reinforcing" else -1.0
    wrong = ~(answer * wanted > SILENT)
    enough = (~wrong).mean() >= loop.share - 1e-9 and not wrong[0]
    found = [
        Evidence(loop.cut, Text2("开环增益", "gain of the open loop"), float(answer[m]), loop.until, int(m))
        for m in np.flatnonzero(wrong)
    ]
    kind = _KINDS[loop.kind]
    low, high = float(np.nanmin(answer)), float(np.nanmax(answer))
    right = f"{int((~wrong).sum())}/{len(wrong)}"
    said = Text2(
        f"开环增益{number(float(answer[0]))}（{number(low)}至{number(high)}；{right}组符合），{loop.since:g}至{loop.until:g}"
        + (f"，{under.zh}" if under else ""),
        f"gain of the open loop {number(float(answer[0]))} ({number(low)} to {number(high)}; sign right in {right}),"
        f" {loop.since:g} to {loop.until:g}" + (f", {under.en}" if under else ""),
    )
    name = Text2(f"{loop.id} {loop.name.zh}：{kind.zh}回路", f"{loop.id} {loop.name.en}: {kind.en}")
    return judged("loops", f"{loop.id} sign", name, [] if enough else found, said, said)


def _effect(
    loop: Loop,
    battery: Battery,
    base: Run,
    cut: Run,
    stressed: tuple[Situation, Run, Run] | None,
    acts: bool,
) -> CheckResult:
    """What cutting the loop changes. Fails where it changes nothing and the open loop is silent too; a loop at rest answers a nudge."""
    name = Text2(
        f"{loop.id} {loop.name.zh}：切断后的影响", f"{loop.id} {loop.name.en}: what cutting it changes"
    )
    pairs = [(Text2(), base, cut)]
    if stressed is not None:
        pairs.append((stressed[0].name, stressed[1], stressed[2]))
    years = battery.years or (round(float(base.times[-1])) - 1,)
    shown: list[Evidence] = []
    told: dict[str, list[Text2]] = {}
    for under, whole, without in pairs:
        for q in (*loop.watch, *battery.watch):
            for year in years:
                values = _effects(q, whole, without, (float(year), year + 1.0))
                middle, low, high = (percent(float(np.nanpercentile(values, p))) for p in (50, 10, 90))
                label = Text2(f"（{under.zh}）" if under else "", f" ({under.en})" if under else "")
                told.setdefault(q.text, []).append(
                    Text2(f"{year}年{label.zh}{middle}", f"{year}{label.en} {middle}")
                )
                said = Text2(
                    f"{year}年{label.zh}：中位{middle}，80%区间{low}至{high}",
                    f"{year}{label.en}: median {middle}, 80 % interval {low} to {high}",
                )
                shown.append(Evidence(q.text, said, float(values[0]), float(year), 0))
    # whatever a stock feels counts, so that a loop without a watched effect acts too
    largest = max(_largest(whole, without) for _, whole, without in pairs)
    if not acts and largest <= NOISE:
        nothing = Text2("切断后没有任何变化", "cutting it changes nothing")
        return CheckResult("loops", f"{loop.id} effect", name, "fail", nothing, tuple(shown))
    zh = "；".join(f"{q}：{'，'.join(t.zh for t in rows)}" for q, rows in told.items())
    en = "; ".join(f"{q}: {', '.join(t.en for t in rows)}" for q, rows in told.items())
    text = Text2(zh or "有影响", en or "it acts")
    return CheckResult("loops", f"{loop.id} effect", name, "pass", text, tuple(shown))


def _effects(q: Quantity, whole: Run, without: Run, window: tuple[float, float]) -> FloatArray:
    """(member,) change by the cut, as a share; the sum over the elements."""
    now = np.sum([read(without, e, window) for e in without.elements(q.id)], axis=0)
    before = np.sum([read(whole, e, window) for e in whole.elements(q.id)], axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(now == before, 0.0, (now - before) / np.abs(before))


def _largest(whole: Run, without: Run) -> float:
    size = np.nanmax(np.abs(whole.values), axis=1, initial=0.0)
    gap = np.nanmax(np.abs(without.values - whole.values), axis=1, initial=0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return float(np.nanmax(np.where(gap > 0, gap / size, 0.0), initial=0.0))
