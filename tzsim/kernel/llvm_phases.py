"""A function of a step in phases: between two of them elementary functions are taken for whole rows of members.

A phase is straight-line code; the arguments that it has made ready are then worked through row by row by small loops that
stay in the first-level cache and keep their constants in registers. What a later phase needs waits in temporary rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tzsim.kernel.llvm_math import FUNCTIONS
from tzsim.kernel.program import Program


@dataclass(frozen=True, slots=True)
class Phase:
    """roots: places of the roots that are finished here. calls: elementary functions taken afterwards.
    given: their arguments that have no row yet. kept: nodes that go into temporary rows when they are computed."""

    roots: tuple[int, ...]
    given: tuple[int, ...]
    kept: frozenset[int]
    calls: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Phases:
    """phase_of: node -> phase that computes it, or is followed by its call; row_of: node -> temporary row; rows: how many there are."""

    phases: tuple[Phase, ...]
    phase_of: dict[int, int]
    row_of: dict[int, int]
    rows: int


def in_phases(
    program: Program,
    roots: Sequence[Sequence[int]],
    late: Sequence[bool],
    leaf: Callable[[int], bool],
    stored: Callable[[int], bool],
) -> Phases:
    """The phases that compute `roots` (nodes that are wanted together; `late`: not before the last phase).

    leaf: a node that every phase reads or makes for itself; stored: a leaf that already has a row.
    """
    nodes = program.nodes

    def arguments(n: int) -> tuple[int, ...]:
        return () if leaf(n) else nodes[n].args

    def called(n: int) -> bool:
        return nodes[n].op in FUNCTIONS and not leaf(n)

    ready: dict[int, int] = {}
    for n in _closure([n for group in roots for n in group], arguments):
        ready[n] = max((ready[a] for a in arguments(n)), default=0) + called(n)
    last = max(ready.values(), default=0)
    calls: list[list[int]] = [[] for _ in range(last + 1)]
    for n in ready:
        if called(n):
            calls[ready[n] - 1].append(n)
    finished: list[list[int]] = [[] for _ in range(last + 1)]
    for i, group in enumerate(roots):
        finished[last if late[i] else max(ready[n] for n in group)].append(i)

    phase_of: dict[int, int] = {n: ready[n] - 1 for n in ready if called(n)}
    kept: list[set[int]] = [set() for _ in range(last + 1)]
    given: list[tuple[int, ...]] = []
    last_use: dict[int, int] = {}
    for p in range(last + 1):
        taken = [a for n in calls[p] for a in arguments(n)]
        given.append(tuple(a for a in taken if not stored(a)))
        here = [n for i in finished[p] for n in roots[i]] + taken
        for n in _closure([n for n in here if n not in phase_of], lambda n: _new(arguments(n), phase_of)):
            if not leaf(n):
                phase_of[n] = p
                last_use.update((a, p) for a in arguments(n))
        last_use.update((n, p) for n in here)
        for a in given[p]:
            if not called(a):
                kept[phase_of.setdefault(a, p)].add(a)
    for n, p in phase_of.items():
        if not leaf(n) and not called(n) and last_use[n] > p:
            kept[p].add(n)
    row_of, rows = _rows(kept, calls, last_use)
    parts = zip(finished, given, kept, calls, strict=True)
    phases = tuple(Phase(tuple(f), g, frozenset(k), tuple(c)) for f, g, k, c in parts)
    return Phases(phases, phase_of, row_of, rows)


def _new(found: tuple[int, ...], known: dict[int, int]) -> tuple[int, ...]:
    return tuple(n for n in found if n not in known)


def _closure(roots: Sequence[int], arguments: Callable[[int], tuple[int, ...]]) -> Iterator[int]:
    """Roots and what they need; arguments have smaller numbers and come first."""
    seen: set[int] = set()
    stack = list(roots)
    while stack:
        n = stack.pop()
        if n not in seen:
            seen.add(n)
            stack += arguments(n)
    yield from sorted(seen)


def _rows(
    kept: Sequence[set[int]], calls: Sequence[Sequence[int]], last_use: dict[int, int]
) -> tuple[dict[int, int], int]:
    """A row for each kept node and each call; rows are used again from the phase after the last use on."""
    ending: dict[int, list[int]] = {}
    for n, p in last_use.items():
        ending.setdefault(p, []).append(n)
    row_of: dict[int, int] = {}
    free: list[int] = []
    count = 0
    for p, (here, called) in enumerate(zip(kept, calls, strict=True)):
        for n in [*sorted(here), *called]:
            if not free:
                free.append(count)
                count += 1
            row_of[n] = free.pop()
        free += [row_of[n] for n in ending.get(p, ()) if n in row_of]
    return row_of, count
