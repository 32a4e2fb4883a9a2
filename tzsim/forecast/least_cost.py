"""Least cost under one constraint that is only known by running it: minimise c(x) subject to q(x) >= 0 inside a box.

q is continuous (a quantile over members that stay the same) but has kinks, so no derivatives are trusted. First every coordinate is
tried at its ends; those that hardly move q are left at the origin for good. From the cheapest greedy path COBYLA (Powell 1994, scipy)
goes on over the others, then a pattern search over single and paired coordinates that keeps feasible. Last, each coordinate that adds
little is taken out and the rest is searched again without it; it stays out where that costs no more. The box is [0, 1] in each
coordinate.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

MARGIN = 1e-9
IDLE = 1e-3
"""A coordinate that moves q by less than this share of the way from the origin to 0 is left alone."""
SMALL = 0.05
"""A coordinate that adds less than this share of the way is taken out on trial at the end."""
DEARER = 1e-3
"""Fewer coordinates may cost this share more."""


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
    """Remembers every point, the cheapest feasible one (of equals the one with fewest moves) and the one of largest q.

    free: coordinates that may leave the origin.
    """

    def __init__(
        self,
        cost: Callable[[FloatArray], float],
        q: Callable[[FloatArray], float],
        origin: FloatArray,
        runs: int,
        free: Sequence[int] | None = None,
    ) -> None:
        self.cost, self._q, self.origin, self.limit = cost, q, origin, runs
        self.free = list(range(len(origin)) if free is None else free)
        self.known: dict[bytes, float] = {}
        self.best: tuple[float, FloatArray] | None = None
        self.most: tuple[float, FloatArray] = (-np.inf, origin.copy())

    def moved(self, x: FloatArray) -> list[int]:
        """Coordinates that are not at the origin."""
        return [int(i) for i in np.flatnonzero(x != self.origin)]

    def _cheaper(self, x: FloatArray) -> bool:
        if self.best is None:
            return True
        saved = self.best[0] - self.cost(x)
        return saved > MARGIN or (saved >= -MARGIN and len(self.moved(x)) < len(self.moved(self.best[1])))

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
            if self.known[name] >= 0 and self._cheaper(x):
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
    origin = np.zeros(size) if start is None else np.clip(np.round(start, 10), 0.0, 1.0) + 0.0
    search = _Search(cost, q, origin, runs)
    with suppress(Budget):
        _explore(search)
    if search.best is None:
        value, x = search.most
        return Found(x, cost(x), value, False, len(search.known))
    return _found(search)


def improve(
    cost: Callable[[FloatArray], float],
    q: Callable[[FloatArray], float],
    x: FloatArray,
    *,
    runs: int,
    start: FloatArray,
) -> Found:
    """A cheaper point than the feasible x with no idle coordinate, by the pattern search alone: at most `runs` points of q."""
    search = _Search(cost, q, start, runs)
    with suppress(Budget):
        if search.q(x) >= 0:
            search.free = _drop(search)
            _between(search, start, _best(search))
            _pattern(search)
    if search.best is None:
        return Found(x, cost(x), -np.inf, False, len(search.known))
    return _found(search)


def without_idle(
    cost: Callable[[FloatArray], float],
    q: Callable[[FloatArray], float],
    x: FloatArray,
    *,
    runs: int,
    start: FloatArray,
) -> Found:
    """The feasible x without the coordinates that it can do without, the others searched again: at most `runs` points of q.

    Backward elimination: what adds least to q goes first, alone, and stays out where the rest reaches q >= 0 at no more than the cost
    (a thousandth more at most).
    """
    search = _Search(cost, q, start, runs)
    with suppress(Budget):
        if search.q(x) >= 0:
            way = -search.q(start)
            kept = _drop(search)
            while np.isfinite(way) and (i := _least(search, kept, way)) is not None:
                kept.remove(i)
                _again(
                    search, i, [j for j in kept if search.best is not None and _best(search)[j] != start[j]]
                )
    if search.best is None:
        return Found(x, cost(x), -np.inf, False, len(search.known))
    return _found(search)


def _found(search: _Search) -> Found:
    assert search.best is not None
    paid, x = search.best
    return Found(x, paid, search.known[x.tobytes()], True, len(search.known))


def _best(search: _Search) -> FloatArray:
    assert search.best is not None
    return search.best[1]


def _drop(search: _Search) -> list[int]:
    """Put back to the origin, dearest first, what q >= 0 can do without; gives the coordinates left."""
    x = _best(search)
    for i in sorted(search.moved(x), key=lambda i: search.cost(_put(x, i, search.origin[i]))):
        search.q(_put(_best(search), i, float(search.origin[i])))
    return search.moved(_best(search))


def _least(search: _Search, kept: Sequence[int], way: float) -> int | None:
    """The coordinate of `kept` that adds least to q at the best point, if it is little; None where each adds something."""
    x = _best(search)
    adds = {
        i: search.q(x) - search.q(_put(x, i, float(search.origin[i])))
        for i in kept
        if x[i] != search.origin[i]
    }
    small = [i for i, gain in adds.items() if gain < SMALL * way]
    return min(small, key=lambda i: adds[i]) if small and len(adds) > 1 else None


def _again(search: _Search, gone: int, free: Sequence[int]) -> None:
    """Search without one coordinate from the best point; what is found replaces it unless it is dearer."""
    assert search.best is not None
    paid, x = search.best
    other = _Search(search.cost, search.q, search.origin, search.limit, free)
    less = _put(x, gone, float(search.origin[gone]))
    ends = [[_put(less, i, v) for v in (0.0, 1.0)] for i in free]
    far = less.copy()
    for i, tries in zip(free, ends, strict=True):
        far[i] = max(tries, key=other.q)[i]
    if other.q(far) >= 0:
        _between(other, less, far, steps=10)
        _pattern(other)
    if other.best is not None and other.best[0] <= paid * (1 + DEARER) + MARGIN:
        search.best = other.best
        search.known.setdefault(other.best[1].tobytes(), other.known[other.best[1].tobytes()])


def _explore(search: _Search) -> None:
    origin = search.origin
    if search.q(origin) >= 0:
        return
    full = np.where(origin < 1, 1.0, 0.0)
    search.free = _active(search, full)
    top = _climb(search, origin)
    if search.best is None:
        top = _climb(search, full)
    if search.best is None:
        return
    starts = [_between(search, origin, top)]
    greedy = _greedy(search, top)
    if greedy is not None:
        starts.append(greedy)
    for x in starts:
        _powell(search, x)
    _pattern(search)
    _powell(search, _best(search))
    _pattern(search)


def _active(search: _Search, full: FloatArray) -> list[int]:
    """Coordinates that move q, alone or as the last of all: two limits in series do nothing unless both are lifted."""
    origin = search.origin
    base, end = search.q(origin), search.q(full)
    least = IDLE * -base

    def acts(i: int) -> bool:
        alone = any(abs(search.q(_put(origin, i, v)) - base) > least for v in (0.0, 1.0))
        return alone or abs(search.q(_put(full, i, float(origin[i]))) - end) > least

    return [i for i in search.free if acts(i)] or search.free


def _climb(search: _Search, x: FloatArray) -> FloatArray:
    """Raise q from x coordinate by coordinate to the best of both ends and the middle, until nothing helps."""
    for _ in range(4):
        before = search.q(x)
        for i in search.free:
            tries = [_put(x, i, v) for v in (0.0, 0.5, 1.0)]
            x = max([x, *tries], key=search.q)
        if search.q(x) <= before + MARGIN:
            break
    return x


def _put(x: FloatArray, i: int, value: float) -> FloatArray:
    changed = x.copy()
    changed[i] = value
    return changed


def _greedy(search: _Search, top: FloatArray) -> FloatArray | None:
    """Move the coordinates with the best gain for their cost first."""
    origin = search.origin
    base, paid = search.q(origin), search.cost(origin)

    def worth(i: int) -> float:
        moved = _put(origin, i, float(top[i]))
        return (search.q(moved) - base) / max(search.cost(moved) - paid, 1e-12)

    x = origin.copy()
    for i in sorted(search.moved(top), key=worth, reverse=True):
        before, x = x, _put(x, i, float(top[i]))
        if search.q(x) >= 0:
            return _between(search, before, x)
    return None


def _between(search: _Search, less: FloatArray, more: FloatArray, steps: int = 14) -> FloatArray:
    """The first feasible point on the way from `less` to the feasible `more` (bisection)."""
    low, high = 0.0, 1.0
    for _ in range(steps):
        middle = (low + high) / 2
        low, high = (low, middle) if search.q(less + middle * (more - less)) >= 0 else (middle, high)
    return less + high * (more - less)


def _powell(search: _Search, x: FloatArray) -> None:
    """COBYLA over the free coordinates."""
    from scipy.optimize import minimize

    free = search.free
    unit = max(search.cost(x), 1e-12)
    scale = max(abs(search.known.get(search.origin.tobytes(), 1.0)), 1e-12)

    def whole(u: FloatArray) -> FloatArray:
        y = search.origin.copy()
        y[free] = np.clip(u, 0.0, 1.0)
        return y

    inside = [{"type": "ineq", "fun": lambda u, i=i: u[i]} for i in range(len(free))]
    inside += [{"type": "ineq", "fun": lambda u, i=i: 1 - u[i]} for i in range(len(free))]
    minimize(
        lambda u: search.cost(whole(u)) / unit,
        x[free],
        method="COBYLA",
        constraints=[*inside, {"type": "ineq", "fun": lambda u: search.q(whole(u)) / scale}],
        options={"rhobeg": 0.15, "tol": 1e-4, "maxiter": 40 + 12 * len(free)},
    )


def _pattern(search: _Search) -> None:
    """Save on one coordinate, alone or paid back on another, with shrinking steps; only cheaper points are run."""
    assert search.best is not None
    origin = search.origin
    step = 0.2
    while step > 2e-4:
        paid, x = search.best
        for i in search.free:
            toward = np.sign(origin[i] - x[i])
            if toward == 0:
                continue
            less = _put(x, i, float(x[i] + toward * min(step, abs(origin[i] - x[i]))))
            if search.cost(less) < search.best[0] - MARGIN and search.q(less) >= 0:
                break
            saved = paid - search.cost(less)
            if any(_swap(search, less, i, j, saved) for j in search.free if j != i):
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
