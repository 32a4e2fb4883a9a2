"""Least cost under one constraint that is only known by running it: minimise c(x) subject to q(x) >= 0 inside a box.

q is continuous (a quantile over members that stay the same) but has kinks, so no derivatives are trusted: starts from
the cheapest greedy path, then COBYLA (Powell 1994, scipy) from several starts, then a pattern search over single and paired coordinates
that keeps feasible. The box is [0, 1] in each coordinate.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

MARGIN = 1e-9


@dataclass(frozen=True, slots=True)
class Found:
    """x: the cheapest point met with q >= 0, or the point of largest q where none was. runs: points evaluated."""

    x: FloatArray
    cost: float
    quantile: float
    reachable: bool
    runs: int


class Budget(Exception):
    """The number of runs is used up."""


class _Search:
    """Remembers every point, the cheapest feasible one and the one of largest q."""

    def __init__(
        self, cost: Callable[[FloatArray], float], q: Callable[[FloatArray], float], size: int, runs: int
    ) -> None:
        self.cost, self._q, self.size, self.limit = cost, q, size, runs
        self.known: dict[bytes, float] = {}
        self.best: tuple[float, FloatArray] | None = None
        self.most: tuple[float, FloatArray] = (-np.inf, np.zeros(size))

    def q(self, x: FloatArray) -> float:
        x = np.clip(np.round(x, 10), 0.0, 1.0) + 0.0
        name = x.tobytes()
        if name not in self.known:
            if len(self.known) >= self.limit:
                raise Budget
            value = self._q(x)
            self.known[name] = value if np.isfinite(value) else -np.inf
            if self.known[name] > self.most[0]:
                self.most = (self.known[name], x.copy())
            if self.known[name] >= 0 and (self.best is None or self.cost(x) < self.best[0] - MARGIN):
                self.best = (self.cost(x), x.copy())
        return self.known[name]


def least_cost(
    cost: Callable[[FloatArray], float],
    q: Callable[[FloatArray], float],
    size: int,
    *,
    runs: int = 600,
    start: FloatArray | None = None,
) -> Found:
    """Minimise cost over the box [0, 1]**size where q >= 0; `start` is the point of no change (default: zeros).

    cost is cheap and q is dear: at most `runs` points of q. Costs should grow with the distance from `start`.
    """
    origin = np.zeros(size) if start is None else start
    search = _Search(cost, q, size, runs)
    with suppress(Budget):
        _explore(search, origin)
    if search.best is None:
        value, x = search.most
        return Found(x, cost(x), value, False, len(search.known))
    return Found(
        search.best[1], search.best[0], search.known[search.best[1].tobytes()], True, len(search.known)
    )


def improve(
    cost: Callable[[FloatArray], float],
    q: Callable[[FloatArray], float],
    x: FloatArray,
    *,
    runs: int,
    start: FloatArray,
) -> Found:
    """A cheaper point than the feasible x, by the pattern search alone: at most `runs` points of q."""
    search = _Search(cost, q, len(x), runs)
    with suppress(Budget):
        if search.q(x) >= 0:
            _back(search, start, x)
            _pattern(search, start)
    best = search.best if search.best is not None else (cost(x), x)
    value = search.known.get(best[1].tobytes(), -np.inf)
    return Found(best[1], best[0], value, value >= 0, len(search.known))


def _explore(search: _Search, origin: FloatArray) -> None:
    if search.q(origin) >= 0:
        return
    top = _climb(search, origin)
    if search.best is None:
        return
    starts = [_back(search, origin, top)]
    greedy = _greedy(search, origin, top)
    if greedy is not None:
        starts.append(greedy)
    for x in starts:
        _powell(search, x)
    _pattern(search, origin)
    assert search.best is not None
    _powell(search, search.best[1])
    _pattern(search, origin)


def _climb(search: _Search, origin: FloatArray) -> FloatArray:
    """Raise q coordinate by coordinate to the best of both ends and the middle, until nothing helps."""
    x = origin.copy()
    for _ in range(4):
        before = search.q(x)
        for i in range(search.size):
            tries = [_put(x, i, v) for v in (0.0, 0.5, 1.0)]
            x = max([x, *tries], key=search.q)
        if search.q(x) <= before + MARGIN:
            break
    return x


def _put(x: FloatArray, i: int, value: float) -> FloatArray:
    changed = x.copy()
    changed[i] = value
    return changed


def _back(search: _Search, origin: FloatArray, x: FloatArray, steps: int = 14) -> FloatArray:
    """From a feasible x towards the origin as far as feasible (bisection)."""
    low, high = 0.0, 1.0
    for _ in range(steps):
        middle = (low + high) / 2
        low, high = (low, middle) if search.q(origin + middle * (x - origin)) >= 0 else (middle, high)
    return origin + high * (x - origin)


def _greedy(search: _Search, origin: FloatArray, top: FloatArray) -> FloatArray | None:
    """Move the coordinates with the best gain for their cost first."""
    base, paid = search.q(origin), search.cost(origin)
    moves = [i for i in range(search.size) if top[i] != origin[i]]

    def worth(i: int) -> float:
        moved = _put(origin, i, float(top[i]))
        return (search.q(moved) - base) / max(search.cost(moved) - paid, 1e-12)

    x = origin.copy()
    for i in sorted(moves, key=worth, reverse=True):
        before, x = x, _put(x, i, float(top[i]))
        if search.q(x) >= 0:
            return _back(search, before, x)
    return None


def _powell(search: _Search, x: FloatArray) -> None:
    from scipy.optimize import minimize

    unit = max(search.cost(x), 1e-12)
    scale = max(abs(search.known.get(np.zeros(search.size).tobytes(), 1.0)), 1e-12)
    inside = [{"type": "ineq", "fun": lambda u, i=i: u[i]} for i in range(search.size)]
    inside += [{"type": "ineq", "fun": lambda u, i=i: 1 - u[i]} for i in range(search.size)]
    minimize(
        lambda u: search.cost(np.clip(u, 0, 1)) / unit,
        x,
        method="COBYLA",
        constraints=[*inside, {"type": "ineq", "fun": lambda u: search.q(u) / scale}],
        options={"rhobeg": 0.15, "tol": 1e-4, "maxiter": 40 + 12 * search.size},
    )


def _pattern(search: _Search, origin: FloatArray) -> None:
    """Save on one coordinate, alone or paid back on another, with shrinking steps; only cheaper points are run."""
    assert search.best is not None
    step = 0.2
    while step > 2e-4:
        paid, x = search.best
        for i in range(search.size):
            toward = np.sign(origin[i] - x[i])
            if toward == 0:
                continue
            less = _put(x, i, float(x[i] + toward * min(step, abs(origin[i] - x[i]))))
            if search.cost(less) < search.best[0] - MARGIN and search.q(less) >= 0:
                break
            saved = paid - search.cost(less)
            if any(_swap(search, less, i, j, saved) for j in range(search.size) if j != i):
                break
        if search.best[0] >= paid - 1e-5 * max(paid, 1e-12):
            step /= 2


def _swap(search: _Search, less: FloatArray, i: int, j: int, saved: float) -> bool:
    """Spend most of what was saved on i on a move of j, either way."""
    assert search.best is not None
    for way in (1.0, -1.0):
        room = 1 - less[j] if way > 0 else less[j]
        full = search.cost(_put(less, j, less[j] + way * room)) - search.cost(less)
        for share in (0.9, 0.5):
            part = room if full <= 0 else min(room, room * share * saved / full)
            more = _put(less, j, float(less[j] + way * part))
            if part > 1e-7 and search.cost(more) < search.best[0] - MARGIN and search.q(more) >= 0:
                return True
    return False
