"""Functions of whole vectors: sorting, selecting, inverting, allocating."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tzsim.ir.arithmetic import divide, exponential, power
from tzsim.ir.expr import NA
from tzsim.ir.pure import larger, smaller
from tzsim.kernel.random_counter import normal_probability


def sort_order(values: Sequence[float], direction: float) -> list[float]:
    """VECTOR SORT ORDER: 0-based places of the elements in rising (direction > 0) or falling order; ties keep order.

    Vensim Help, 'VECTOR SORT ORDER'.
    """
    places = sorted(range(len(values)), key=lambda i: values[i] if direction > 0.0 else -values[i])
    return [float(i) for i in places]


def rank(values: Sequence[float], direction: float) -> list[float]:
    """VECTOR RANK: 1-based rank of each element (Vensim Help, 'VECTOR RANK')."""
    ranks = [0.0] * len(values)
    for place, i in enumerate(sort_order(values, direction)):
        ranks[int(i)] = place + 1.0
    return ranks


def reorder(values: Sequence[float], order: Sequence[float]) -> list[float]:
    """VECTOR REORDER: element `order[i]` (0-based) at place i; `:NA:` outside."""
    return [values[int(k)] if 0.0 <= k < len(values) else NA for k in order]


VECTOR_LOOKUP_MODES = (0.0, 2.0, 3.0, 4.0, 6.0)
"""0 interpolate, 2 backward, 3 extrapolate, 4 forward, 6 slope; areas (1, 7) and inverses (5, 8) are refused."""


def vector_lookup(values: Sequence[float], x: float, first: float, last: float, mode: float) -> float:
    """VECTOR LOOKUP: `values` at equal distances from `first` to `last` (Vensim Help, 'VECTOR LOOKUP').

    With z = (x - first) / (last - first) * (n - 1) and i the whole part of z inside 0 ... n - 2, modes 0 and 3 are
    y[i] + (y[i + 1] - y[i]) * (z - i), mode 0 with z inside 0 ... n - 1. nan for fewer than two values.
    """
    n = len(values)
    z = divide(x - first, last - first) * (n - 1)
    if n < 2 or z != z:
        return math.nan
    inside = min(max(z, 0.0), n - 1.0)
    if mode == 2.0:
        return values[math.floor(inside)]
    if mode == 4.0:
        return values[math.ceil(inside)]
    i = min(math.floor(inside), n - 2)
    if mode == 6.0:
        return divide(values[i + 1] - values[i], (last - first) / (n - 1)) if inside == z else 0.0
    return values[i] + (values[i + 1] - values[i]) * ((z if mode == 3.0 else inside) - i)


def vector_select(
    selection: Sequence[float], values: Sequence[float], missing: float, action: float, error: float
) -> float:
    """VECTOR SELECT over the cells where the selection is not 0 (Vensim Help, 'VECTOR SELECT').

    action 0 weighted sum, 1 weighted product, 2 weighted minimum, 3 weighted maximum, 4 mean of the weighted values,
    5 product of value ^ selection (so Vensim computes it,
    test-models vector_select, against its help), 6 to 10 the sum, product, minimum, maximum and mean of the values alone.
    error 1 fails where nothing is selected, 2 where more than one is, 3 in both cases: nan, which fails the member.
    """
    chosen = [(s, v) for s, v in zip(selection, values, strict=True) if s != 0.0]
    if (not chosen and error in (1.0, 3.0)) or (len(chosen) > 1 and error in (2.0, 3.0)):
        return math.nan
    if not chosen:
        return missing
    code = math.floor(action + 1e-9) if math.isfinite(action) else -1
    if code == 5:
        terms = [power(v, s) for s, v in chosen]
    elif 0 <= code <= 4:
        terms = [s * v for s, v in chosen]
    elif code <= 10:
        terms = [v for _, v in chosen]
    else:
        return math.nan
    return _reduce({0: "sum", 6: "sum", 1: "product", 5: "product", 7: "product", 2: "minimum", 8: "minimum",
                    3: "maximum", 9: "maximum"}.get(code, "mean"), terms)  # fmt: skip


def _reduce(how: str, terms: Sequence[float]) -> float:
    total = terms[0]
    for t in terms[1:]:
        if how in ("sum", "mean"):
            total = total + t
        elif how == "product":
            total = total * t
        else:
            total = smaller(total, t) if how == "minimum" else larger(total, t)
    return total / len(terms) if how == "mean" else total


def reduce_values(function: str, values: Sequence[float]) -> float:
    """SUM, PROD, VMIN, VMAX, MEAN, STDDEV (n - 1), SIZE, from left to right; an empty range sums to 0."""
    if function == "SIZE":
        return float(len(values))
    if not values:
        return {"SUM": 0.0, "PROD": 1.0}.get(function, math.nan)
    if function == "STDDEV":
        mean = _reduce("mean", values)
        squares = _reduce("sum", [(v - mean) * (v - mean) for v in values])
        return math.sqrt(squares / (len(values) - 1)) if len(values) > 1 else math.nan
    how = {"SUM": "sum", "PROD": "product", "VMIN": "minimum", "VMAX": "maximum", "MEAN": "mean"}[function]
    return _reduce(how, values)


def invert_matrix(matrix: Sequence[Sequence[float]]) -> list[list[float]]:
    """INVERT MATRIX by Gauss-Jordan elimination with row pivots; nan everywhere where it is singular."""
    n = len(matrix)
    rows = [[*map(float, row), *(1.0 if i == j else 0.0 for j in range(n))] for i, row in enumerate(matrix)]
    for column in range(n):
        pivot = max(range(column, n), key=lambda r: abs(rows[r][column]))
        if rows[pivot][column] == 0.0 or rows[pivot][column] != rows[pivot][column]:
            return [[math.nan] * n for _ in range(n)]
        rows[column], rows[pivot] = rows[pivot], rows[column]
        head = rows[column][column]
        rows[column] = [x / head for x in rows[column]]
        for r in range(n):
            factor = rows[r][column]
            if r != column and factor != 0.0:
                rows[r] = [x - factor * y for x, y in zip(rows[r], rows[column], strict=True)]
    return [row[n:] for row in rows]


# ---------------------------------------------------------------- allocation (Vensim Help, 'Allocation Overview')

Profile = tuple[float, float, float, float]
"""ptype, ppriority, pwidth, pextra."""

FIXED, RECTANGULAR, TRIANGULAR, NORMAL, EXPONENTIAL = range(5)
_FLAT = {RECTANGULAR: 0.5, TRIANGULAR: 0.5, NORMAL: 9.0, EXPONENTIAL: 40.0}
"""Widths from the midpoint beyond which a curve is flat to double precision."""
_PRICED = {RECTANGULAR: 0.5, TRIANGULAR: 0.5, NORMAL: 5.0, EXPONENTIAL: 10.0}
"""Widths from the midpoint in which Vensim looks for a price (SDEverywhere allocate_price: -4 and -9 at no demand)."""
_HALVINGS = 128


def known_profile(ptype: float) -> bool:
    """Whether a curve of this type is simulated: 0 to 4; 5 (constant elasticity) and 10+ (whole numbers) are not."""
    return ptype in (0.0, 1.0, 2.0, 3.0, 4.0)


def demand_share(x: float, profile: Profile) -> float:
    """Share of the request met at priority (price) x: 1 far below the midpoint, 0 far above.

    Each curve is the integral of the named shape; for rectangular and triangular pwidth is the whole width, for
    normal the standard deviation, for exponential the scale of the two-sided exponential (Vensim Help, 'Prioritization,
    Demand and Supply Curves' and 'Specifying the Curves'). Type 0 is the whole quantity at any x.
    """
    ptype, middle, width, _ = profile
    if ptype == FIXED:
        return 1.0
    if width <= 0.0:
        return 1.0 if x < middle else 0.0
    z = (x - middle) / width
    if ptype == RECTANGULAR:
        return min(max(0.5 - z, 0.0), 1.0)
    if ptype == TRIANGULAR:
        below = max(0.5 - abs(z), 0.0)
        tail = 2.0 * below * below
        return tail if z > 0.0 else 1.0 - tail
    if ptype == NORMAL:
        return normal_probability(-z)
    tail = 0.5 * exponential(-abs(z))
    return tail if z > 0.0 else 1.0 - tail


def supply_share(x: float, profile: Profile) -> float:
    """Share of the capacity offered at price x: 0 far below the midpoint, 1 far above."""
    return 1.0 if profile[0] == FIXED else 1.0 - demand_share(x, profile)


def _bracket(profiles: Sequence[Profile], widths: dict[int, float]) -> tuple[float, float]:
    reach = [(p[1], widths[int(p[0])] * max(p[2], 0.0)) for p in profiles if p[0] != FIXED]
    return min(m - r for m, r in reach), max(m + r for m, r in reach)


def allocate_available(
    requests: Sequence[float], profiles: Sequence[Profile], available: float
) -> list[float]:
    """ALLOCATE AVAILABLE: shares at the priority where the shares of all requests add up to what is available.

    Requests below 0 count as 0; all are filled, none overfilled, where there is enough. The priority is found by
    halving; at a jump (width 0) the requests of the jump share in proportion. Where fixed quantities (type 0) alone
    exceed what is available, they share in proportion and the others get nothing.
    """
    wanted = [max(r, 0.0) for r in requests]
    if not all(known_profile(p[0]) for p in profiles) or not math.isfinite(available + sum(wanted)):
        return [math.nan] * len(wanted)
    if available >= sum(wanted):
        return wanted
    if available <= 0.0:
        return [0.0] * len(wanted)
    fixed = sum(w for w, p in zip(wanted, profiles, strict=True) if p[0] == FIXED)
    if fixed >= available:
        return [
            w * available / fixed if p[0] == FIXED else 0.0 for w, p in zip(wanted, profiles, strict=True)
        ]

    def at(x: float) -> list[float]:
        return [w * demand_share(x, p) for w, p in zip(wanted, profiles, strict=True)]

    low, high = _bracket(profiles, _FLAT)
    low, high = low - 1.0 - abs(low), high + 1.0 + abs(high)
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        if sum(at(middle)) > available:
            low = middle
        else:
            high = middle
    more, less = at(low), at(high)
    gap = sum(more) - sum(less)
    part = (available - sum(less)) / gap if gap > 0.0 else 0.0
    return [b + part * (a - b) for a, b in zip(more, less, strict=True)]


def allocate_by_priority(
    requests: Sequence[float], priorities: Sequence[float], width: float, supply: float
) -> list[float]:
    """ALLOCATE BY PRIORITY: rectangular profiles, all of the same width (Vensim Help: ALLOCATE AVAILABLE generalises it)."""
    profiles: list[Profile] = [(1.0, p, width, 0.0) for p in priorities]
    return allocate_available(requests, profiles, supply)


def market_price(
    demands: Sequence[float], demand_profiles: Sequence[Profile],
    supplies: Sequence[float], supply_profiles: Sequence[Profile],
) -> float:  # fmt: skip
    """FIND MARKET PRICE: the highest price at which demand still covers supply, by halving.

    Looked for within the reach of the curves, so at its low end where there is no demand. nan where all quantities
    are fixed: no price follows then.
    """
    profiles = [*demand_profiles, *supply_profiles]
    if not all(known_profile(p[0]) for p in profiles) or all(p[0] == FIXED for p in profiles):
        return math.nan
    low, high = _bracket(profiles, _PRICED)
    for _ in range(_HALVINGS):
        price = 0.5 * (low + high)
        demand = sum(
            max(q, 0.0) * demand_share(price, p) for q, p in zip(demands, demand_profiles, strict=True)
        )
        supply = sum(
            max(q, 0.0) * supply_share(price, p) for q, p in zip(supplies, supply_profiles, strict=True)
        )
        if demand >= supply:
            low = price
        else:
            high = price
    return 0.5 * (low + high)


def demand_at_price(quantity: float, profile: Profile, price: float) -> float:
    """DEMAND AT PRICE of one buyer."""
    return max(quantity, 0.0) * demand_share(price, profile)


def supply_at_price(quantity: float, profile: Profile, price: float) -> float:
    """SUPPLY AT PRICE of one seller."""
    return max(quantity, 0.0) * supply_share(price, profile)
