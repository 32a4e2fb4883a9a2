"""Claims of the situations: extreme conditions, equilibrium and rules of behaviour, in every member."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tzsim.checks.bench import FloatArray, Run
from tzsim.checks.result import CheckResult, Evidence, judged, number, percent
from tzsim.checks.spec import Battery, Claim, Quantity, Situation, Verb
from tzsim.scenario.text import Text2

SAME = 1e-9
"""Relative difference below which two numbers count as equal: sums in different orders, powers of a smooth minimum."""
SHOWN = 1e-3
"""Distance from a bound that is worth a word."""

_COMPARE: dict[str, Callable[[FloatArray, FloatArray, FloatArray], NDArray[np.bool_]]] = {
    "<=": lambda a, b, tol: a <= b + tol,
    "<": lambda a, b, tol: a < b - tol,
    ">=": lambda a, b, tol: a >= b - tol,
    ">": lambda a, b, tol: a > b + tol,
    "=": lambda a, b, tol: np.abs(a - b) <= tol,
    "<>": lambda a, b, tol: np.abs(a - b) > tol,
}
_VERBS: dict[Verb, tuple[str, str]] = {
    "always": ("{what}", "{what}"),
    "falls": ("{what}下降{least}", "{what} falls{least}"),
    "rises": ("{what}上升{least}", "{what} rises{least}"),
    "stays": ("{what}变化不超过{within}", "{what} stays within {within}"),
    "vanishes": ("{what}降至{within}以下", "{what} falls below {within}"),
    "falls_more": ("降幅由大到小：{what}", "hit harder in this order: {what}"),
    "steady": ("{what}保持不变（{within}）", "{what} holds still within {within}"),
    "settles": ("{what}趋于稳定（{within}）", "{what} settles within {within}"),
}


def title(claim: Claim) -> Text2:
    """What is claimed, as the modeller says it or from the quantity and the verb."""
    if claim.name:
        return claim.name
    what = (
        f"{claim.quantities[0].text} {claim.comparison} {claim.quantities[1].text}"
        if claim.verb == "always"
        else ", ".join(q.text for q in claim.quantities)
    )
    least = claim.at_least
    zh, en = _VERBS[claim.verb]
    said = {
        "what": what,
        "within": percent(claim.within),
    }
    return Text2(
        zh.format(**said, least=f"{percent(least)}以上" if least else ""),
        en.format(**said, least=f" by {percent(least)} or more" if least else ""),
    )


def situation(found: Situation, run: Run, base: Run) -> Iterator[CheckResult]:
    """Results of all claims of a situation."""
    for i, claim in enumerate(found.claims):
        words = title(claim)
        name = Text2(f"{found.name.zh}：{words.zh}", f"{found.name.en}: {words.en}")
        evidence, least = _judge(claim, run, base)
        members = run.values.shape[2]
        when = _when(claim)
        yield judged(
            "situations",
            f"{found.id}.{i + 1}",
            name,
            evidence,
            Text2(f"{members}组均成立{when.zh}{least.zh}", f"holds in {members} members{when.en}{least.en}")
            if claim.share == 1.0
            else Text2(
                f"{percent(claim.share)}以上成立{when.zh}{least.zh}", f"holds in {percent(claim.share)} or more{when.en}{least.en}"
            ),
            Text2(f"{len({e.member for e in evidence})}组不成立{when.zh}", f"fails in {len({e.member for e in evidence})} members{when.en}"),
        )  # fmt: skip


def _when(claim: Claim) -> Text2:
    first, last = claim.window
    if claim.verb in ("always", "steady"):
        return Text2(f"，{first:g}至{last:g}", f", {first:g} to {last:g}")
    if first == last:
        return Text2(f"，{last:g}", f", at {last:g}")
    return Text2(f"，{first:g}至{last:g}", f", {first:g} to {last:g}")


def _judge(claim: Claim, run: Run, base: Run) -> tuple[list[Evidence], Text2]:
    """Evidence against (empty where it holds), and the weakest case as words."""
    if claim.verb == "always":
        found, margin = _always(claim, run)
    elif claim.verb == "falls_more":
        found, margin = _order(claim, run, base)
    else:
        found, margin = _each(claim, run, base)
    members = run.values.shape[2]
    against = {e.member for e in found}
    if claim.share < 1.0 and (members - len(against)) >= claim.share * members - 1e-9:
        found = []
    return found, margin


def _always(claim: Claim, run: Run) -> tuple[list[Evidence], Text2]:
    left, right = claim.quantities
    inside = _window(run, *claim.window)
    found: list[Evidence] = []
    closest = np.inf
    for element in run.elements(left.id):
        a = run.at(element)[inside]
        b = run.at(right.id + element.removeprefix(left.id))[inside]
        tol = SAME * np.maximum(np.abs(a), np.abs(b)) + 1e-300
        holds = _COMPARE[claim.comparison](a, b, tol)
        scale = np.maximum(np.nanmax(np.abs(b), initial=0.0), 1e-300)
        closest = min(closest, float(np.nanmin(np.abs(a - b), initial=np.inf) / scale))
        for member in np.flatnonzero(~holds.all(axis=0)):
            t = int(np.flatnonzero(~holds[:, member])[0])
            said = Text2(f"右侧为{number(b[t, member])}", f"the right side is {number(b[t, member])}")
            found.append(
                Evidence(
                    left.shown(element), said, float(a[t, member]), float(run.times[inside][t]), int(member)
                )
            )
    near = Text2(f"；最近相距{percent(closest)}", f"; nearest {percent(closest)}")
    return found, near if SHOWN <= closest < np.inf else Text2()


def _window(run: Run, first: float, last: float) -> NDArray[np.bool_]:
    return (run.times >= first - 1e-9) & (run.times <= last + 1e-9)


def read(run: Run, element: str, window: tuple[float, float]) -> FloatArray:
    """(member,) the value at a time, or the mean over a window."""
    path = run.at(element)
    first, last = window
    if first == last:
        return path[int(np.argmin(np.abs(run.times - last)))]
    return path[_window(run, first, last)].mean(axis=0)


def _relative(
    run: Run, base: Run, element: str, window: tuple[float, float]
) -> tuple[FloatArray, FloatArray]:
    """(member,) change against the run without the situation as a share of it, and the value itself."""
    now, before = read(run, element, window), read(base, element, window)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(now == before, 0.0, (now - before) / np.abs(before))
    return share, now


def _each(claim: Claim, run: Run, base: Run) -> tuple[list[Evidence], Text2]:
    q = claim.quantities[0]
    found: list[Evidence] = []
    low, high = np.inf, -np.inf
    for element in run.elements(q.id):
        if claim.verb in ("steady", "settles"):
            path = run.at(element)[_window(run, *claim.window)]
            with np.errstate(invalid="ignore", divide="ignore"):
                moved = np.where(
                    np.ptp(path, axis=0) == 0,
                    0.0,
                    np.abs(path - (path[0] if claim.verb == "steady" else path[-1])).max(axis=0)
                    / np.abs(path[0] if claim.verb == "steady" else path[-1]),
                )
            share, value = moved, path[-1]
        else:
            share, value = _relative(run, base, element, claim.window)
        holds = _holds(claim, share, value, read(base, element, claim.window))
        low, high = min(low, float(np.nanmin(share))), max(high, float(np.nanmax(share)))
        for member in np.flatnonzero(~holds):
            said = Text2(
                f"相对变化{percent(float(share[member]))}", f"relative change {percent(float(share[member]))}"
            )
            found.append(Evidence(q.shown(element), said, float(value[member]), claim.window[1], int(member)))
    return found, Text2(
        f"；相对变化{percent(low)}至{percent(high)}", f"; relative change {percent(low)} to {percent(high)}"
    )


def _holds(claim: Claim, share: FloatArray, value: FloatArray, before: FloatArray) -> NDArray[np.bool_]:
    if claim.verb == "falls":
        return (share < -SAME) & (-share >= claim.at_least) & (-share <= claim.at_most)
    if claim.verb == "rises":
        return (share > SAME) & (share >= claim.at_least) & (share <= claim.at_most)
    if claim.verb == "vanishes":
        return np.abs(value) <= claim.within * np.abs(before)
    return np.abs(share) <= claim.within


def _order(claim: Claim, run: Run, base: Run) -> tuple[list[Evidence], Text2]:
    falls = [_fall(q, run, base, claim.window) for q in claim.quantities]
    found: list[Evidence] = []
    for i, (harder, softer) in enumerate(pairwise(falls)):
        for member in np.flatnonzero(~(harder < softer - SAME)):
            other = claim.quantities[i + 1].text
            said = Text2(
                f"降幅{percent(-float(harder[member]))}，{other}降{percent(-float(softer[member]))}",
                f"falls by {percent(-float(harder[member]))}, {other} by {percent(-float(softer[member]))}",
            )
            found.append(Evidence(claim.quantities[i].text, said, time=claim.window[1], member=int(member)))
    neutral = ", ".join(percent(-float(f[0])) for f in falls)
    return found, Text2(f"；现值模型降幅{neutral}", f"; falls in the model as it stands: {neutral}")


def _fall(q: Quantity, run: Run, base: Run, window: tuple[float, float]) -> FloatArray:
    return _relative(run, base, run.elements(q.id)[0], window)[0]


def situations(battery: Battery, runs: Mapping[str, Run], base: Run) -> Iterator[CheckResult]:
    """Results of all situations. runs: situation id -> run."""
    for found in battery.situations:
        yield from situation(found, runs[found.id], base)
