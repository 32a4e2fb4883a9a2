"""Feedback loops of a causal graph: how many closed paths there are, how large the knots are, and a short set that spans them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tzsim.names import VarId

MOST_LOOPS = 10_000
MOST_VISITS = 5_000_000
"""Links looked at while loops are counted: a few seconds."""


@dataclass(frozen=True, slots=True)
class Loops:
    """Feedback loops between variables (elements of an array count as one).

    count: different closed paths; where counting stopped at 10,000, or because it took too long, `complete` is False.
    in_loops: variables that lie on at least one loop. largest: variables in the largest set that all feed each other.
    """

    count: int
    complete: bool
    in_loops: int
    largest: int


def feedback_loops(graph: Mapping[VarId, tuple[VarId, ...]], most: int = MOST_LOOPS) -> Loops:
    """Count the elementary circuits of a graph (Johnson 1975, 'Finding all the elementary circuits of a directed graph').

    Counting stops at `most`, or after `MOST_VISITS` links, so that time is bounded.
    """
    knots = _knots(graph)
    search = _Search(most)
    waiting = [{v: [w for w in graph[v] if w in inside] for v in inside} for inside in map(set, knots)]
    while waiting and not search.ended:
        knot = waiting.pop()
        start = min(knot)
        search.circuits_through(start, knot)
        del knot[start]
        rest = {v: tuple(w for w in knot[v] if w != start) for v in knot}
        search.visits += sum(map(len, rest.values())) + len(rest)
        for inside in map(set, _knots(rest)):
            waiting.append({v: [w for w in rest[v] if w in inside] for v in inside})
    in_loops = sum(len(c) for c in knots)
    return Loops(search.count, not search.ended, in_loops, max((len(c) for c in knots), default=0))


def _knots(graph: Mapping[VarId, tuple[VarId, ...]]) -> list[list[VarId]]:
    """The components that hold a circuit."""
    return [c for c in components(graph) if len(c) > 1 or c[0] in graph[c[0]]]


@dataclass(slots=True)
class _Search:
    """Circuits counted so far and links looked at for it."""

    most: int
    count: int = 0
    visits: int = 0

    @property
    def ended(self) -> bool:
        return self.count >= self.most or self.visits > MOST_VISITS

    def circuits_through(self, start: VarId, graph: Mapping[VarId, list[VarId]]) -> None:
        """Counts the elementary circuits that pass through `start`; Johnson's blocking, without recursion."""
        blocked = {start}
        waiting: dict[VarId, set[VarId]] = {v: set() for v in graph}
        closed: set[VarId] = set()
        path = [start]
        stack: list[tuple[VarId, list[VarId]]] = [(start, list(graph[start]))]
        while stack:
            here, rest = stack[-1]
            if rest and not self.ended:
                following = rest.pop()
                self.visits += 1
                if following == start:
                    self.count += 1
                    closed.update(path)
                elif following not in blocked:
                    path.append(following)
                    stack.append((following, list(graph[following])))
                    closed.discard(following)
                    blocked.add(following)
                continue
            if here in closed:
                _unblock(here, blocked, waiting)
            else:
                for following in graph[here]:
                    waiting[following].add(here)
            stack.pop()
            path.pop()
            if self.ended:
                break


def _unblock(node: VarId, blocked: set[VarId], waiting: dict[VarId, set[VarId]]) -> None:
    stack = [node]
    while stack:
        v = stack.pop()
        if v in blocked:
            blocked.discard(v)
            stack += waiting[v]
            waiting[v].clear()


def components(graph: Mapping[VarId, tuple[VarId, ...]]) -> list[list[VarId]]:
    """Strongly connected components (Tarjan 1972), without recursion."""
    index: dict[VarId, int] = {}
    low: dict[VarId, int] = {}
    on_path: set[VarId] = set()
    path: list[VarId] = []
    found: list[list[VarId]] = []
    for root in graph:
        if root in index:
            continue
        work: list[tuple[VarId, Iterator[VarId]]] = []
        _enter(root, graph, index, low, on_path, path, work)
        while work:
            v, rest = work[-1]
            for w in rest:
                if w not in index:
                    _enter(w, graph, index, low, on_path, path, work)
                    break
                if w in on_path:
                    low[v] = min(low[v], index[w])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[v])
                if low[v] == index[v]:
                    component: list[VarId] = []
                    while not component or component[-1] != v:
                        component.append(path.pop())
                    on_path.difference_update(component)
                    found.append(component)
    return found


def _enter(
    v: VarId,
    graph: Mapping[VarId, tuple[VarId, ...]],
    index: dict[VarId, int],
    low: dict[VarId, int],
    on_path: set[VarId],
    path: list[VarId],
    work: list[tuple[VarId, Iterator[VarId]]],
) -> None:
    index[v] = low[v] = len(index)
    path.append(v)
    on_path.add(v)
    work.append((v, iter(graph[v])))


def shortest_independent_loops(
    graph: Mapping[VarId, tuple[VarId, ...]], most: int
) -> tuple[tuple[VarId, ...], ...]:
    """A shortest independent loop set (Oliva 2004, 'Model structure analysis through graph theory'), at most `most` loops.

    graph: variable -> its causes. Each loop is given from cause to effect. Of the shortest loop through every link, the shorter
    ones come first, and one is taken where it adds a link that none taken so far has. Every link on a loop lies on a taken one
    (unless `most` cuts the list).
    """
    found: dict[frozenset[VarId], tuple[VarId, ...]] = {}
    for component in components(graph):
        inside = set(component)
        for effect in component:
            for cause in graph[effect]:
                if cause in inside:
                    back = (cause,) if cause == effect else shortest_path(graph, cause, effect, inside)
                    if back is not None:
                        found.setdefault(frozenset(back), back)
    taken: list[tuple[VarId, ...]] = []
    links: set[tuple[VarId, VarId]] = set()
    for loop in sorted(found.values(), key=lambda loop: (len(loop), sorted(loop))):
        own = set(zip(loop, (*loop[1:], loop[0]), strict=True))
        if own <= links:
            continue
        if len(taken) == most:
            break
        links |= own
        taken.append(loop)
    return tuple(taken)


def shortest_path(
    graph: Mapping[VarId, tuple[VarId, ...]], end: VarId, start: VarId, inside: set[VarId]
) -> tuple[VarId, ...] | None:
    """Variables from `start` to `end`, cause to effect, both included; breadth first against the arrows."""
    return path_through(graph, (frozenset((start,)), frozenset((end,))), inside)


def path_through(
    graph: Mapping[VarId, tuple[VarId, ...]],
    stages: Sequence[frozenset[VarId]],
    inside: set[VarId] | None = None,
) -> tuple[VarId, ...] | None:
    """The shortest path from cause to effect that meets one variable of each stage in turn; None where there is none.

    A path may meet a variable twice where the stages ask for it; the caller says whether that is a loop.
    """
    last = len(stages) - 1
    came: dict[tuple[VarId, int], tuple[VarId, int] | None] = {}
    queue: deque[tuple[VarId, int]] = deque()
    for end in sorted(stages[last]):
        came[(end, last)] = None
        queue.append((end, last))
    while queue:
        state = queue.popleft()
        here, stage = state
        for cause in graph.get(here, ()):
            if inside is not None and cause not in inside:
                continue
            after = stage - 1 if stage > 0 and cause in stages[stage - 1] else stage
            following = (cause, after)
            if following in came:
                continue
            came[following] = state
            if after == 0:
                path = [cause]
                at: tuple[VarId, int] | None = state
                while at is not None:
                    path.append(at[0])
                    at = came[at]
                return tuple(path)
            queue.append(following)
    return None
