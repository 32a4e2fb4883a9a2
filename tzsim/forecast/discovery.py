"""Scenario discovery: a short rule that says which futures are of interest.

The patient rule induction method of Friedman and Fisher (1999, 'Bump hunting in high-dimensional data'): from the box that
holds everything, peel again and again the thin slice whose loss leaves the densest box; take the box of the peeling
path with the best balance of coverage and density; drop restrictions that do not earn their place. Nothing is reported
unless the rule beats chance on members that were not used to find it.

coverage: share of the members of interest that lie inside. density: share of the members inside that are of interest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

PEEL = 0.05
"""Share of the members in the box that one peel takes away."""
SMALLEST = 0.03
"""Smallest share of all members that a box may hold."""
WORTH = 0.02
"""A restriction stays only if it adds this much to the balance of coverage and density."""


@dataclass(frozen=True, slots=True)
class Restriction:
    """low <= input <= high; an end that does not restrict is infinite."""

    input: int
    """Row of the inputs."""
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Box:
    """A rule: all restrictions hold."""

    restrictions: tuple[Restriction, ...]

    def holds(self, inputs: FloatArray) -> BoolArray:
        """(member,) for inputs (input, member)."""
        inside = np.ones(inputs.shape[1], dtype=np.bool_)
        for r in self.restrictions:
            inside &= (inputs[r.input] >= r.low) & (inputs[r.input] <= r.high)
        return inside


@dataclass(frozen=True, slots=True)
class Quality:
    """How a box does on some members."""

    coverage: float
    density: float
    base: float
    """Share of interest among all members."""
    inside: int
    """Members in the box."""
    density_low: float
    """Lower end of Jeffreys' 95 % interval of the density."""


def quality(box: Box, inputs: FloatArray, interest: BoolArray) -> Quality:
    """Coverage and density of a box on members (input, member), (member,)."""
    from tzsim.ensemble.probability import jeffreys

    inside = box.holds(inputs)
    hits, held, wanted = int((inside & interest).sum()), int(inside.sum()), int(interest.sum())
    low = jeffreys(hits, held).low if held else 0.0
    return Quality(
        hits / wanted if wanted else 0.0, hits / held if held else 0.0, float(interest.mean()), held, low
    )


def discover(inputs: FloatArray, interest: BoolArray, *, most: int = 4) -> Box | None:
    """The rule for members of interest, at most `most` inputs long; None where no box is better than all members.

    inputs: (input, member), finite. Judge what comes back with `quality` on fresh members.
    """
    wanted = int(interest.sum())
    if wanted in (0, len(interest)):
        return None
    path = _peel(inputs, interest)
    everything = _balance(Box(()), inputs, interest)
    boxes = [
        box
        for box in (_shorten(b, inputs, interest, most) for b in _best(path, inputs, interest))
        if box.restrictions
    ]
    if not boxes:
        return None
    best = max(boxes, key=lambda b: _balance(b, inputs, interest))
    return best if _balance(best, inputs, interest) > everything + WORTH else None


def confirmed(found: Quality) -> bool:
    """Whether a rule beats chance on fresh members: its density lies above the share of all of them."""
    return found.density_low > found.base


def _peel(inputs: FloatArray, interest: BoolArray) -> list[Box]:
    """Boxes from all members down to the smallest."""
    rows, members = inputs.shape
    low, high = np.full(rows, -np.inf), np.full(rows, np.inf)
    left = np.arange(members)
    path: list[Box] = []
    while len(left) * (1 - PEEL) >= max(2, SMALLEST * members):
        here, good = inputs[:, left], interest[left]
        cuts = np.quantile(here, (PEEL, 1 - PEEL), axis=1)
        best: tuple[float, int, int] | None = None
        for side in (0, 1):
            stays = here > cuts[0][:, None] if side == 0 else here < cuts[1][:, None]
            count = stays.sum(axis=1)
            usable = (count >= SMALLEST * members) & (count < len(left))
            density = np.where(usable, (stays & good).sum(axis=1) / np.maximum(count, 1), -1.0)
            row = int(density.argmax())
            if usable[row] and (best is None or density[row] > best[0]):
                best = (float(density[row]), row, side)
        if best is None:
            break
        _, row, side = best
        if side == 0:
            stays = here[row] > cuts[0][row]
            low[row] = here[row][stays].min()
        else:
            stays = here[row] < cuts[1][row]
            high[row] = here[row][stays].max()
        left = left[stays]
        path.append(_box(low, high))
    return path


def _box(low: FloatArray, high: FloatArray) -> Box:
    rows = np.flatnonzero(np.isfinite(low) | np.isfinite(high))
    return Box(tuple(Restriction(int(r), float(low[r]), float(high[r])) for r in rows))


def _best(path: Sequence[Box], inputs: FloatArray, interest: BoolArray) -> list[Box]:
    return sorted(path, key=lambda b: -_balance(b, inputs, interest))[:3]


def _balance(box: Box, inputs: FloatArray, interest: BoolArray) -> float:
    """Harmonic mean of coverage and density."""
    inside = box.holds(inputs)
    hits = int((inside & interest).sum())
    total = int(inside.sum()) + int(interest.sum())
    return 2 * hits / total if total else 0.0


def _shorten(box: Box, inputs: FloatArray, interest: BoolArray, most: int) -> Box:
    """Drop restrictions while the balance suffers less than `WORTH`, or the rule is too long."""
    while box.restrictions:
        without = [Box(tuple(r for r in box.restrictions if r is not gone)) for gone in box.restrictions]
        scores = [_balance(b, inputs, interest) for b in without]
        best = int(np.argmax(scores))
        if len(box.restrictions) <= most and scores[best] < _balance(box, inputs, interest) - WORTH:
            return box
        box = without[best]
    return box
