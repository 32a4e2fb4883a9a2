"""loop_scores: which feedback loops carry the behaviour of a model, step by step and member by member.

Loops that matter (Schoenberg, Davidsen and Eberlein 2020, 'Understanding model behavior using the Loops that Matter method'): the
score of a link is the share of its effect's change in a step that the cause alone would have brought, with the sign of
the link; the score of a loop is the product along it; its relative score is its part of the sum of all sizes in the
same knot of loops, between -1 (balancing) and 1 (reinforcing). Relative scores are shares among the loops asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from tzsim.ensemble.blocks import in_blocks
from tzsim.ensemble.case import as_draws
from tzsim.ensemble.draws import Draws
from tzsim.ensemble.simulate import run_block
from tzsim.errors import InputError
from tzsim.ir.loops import components, shortest_independent_loops
from tzsim.ir.model import Model
from tzsim.names import VarId, key
from tzsim.passes import SCALAR, Request, run_passes
from tzsim.passes.arrays import Arrays, elements_of
from tzsim.passes.score import ScoredNames, add_scores, scalar_causes

if TYPE_CHECKING:
    import pandas as pd

FloatArray = NDArray[np.float64]

MOST_LOOPS = 30
BLOCK = 64


@dataclass(frozen=True, slots=True)
class Loop:
    """A loop, or several that are reported together: paths of element names from cause to effect, closed."""

    name: str
    paths: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, eq=False, repr=False)
class LoopScores:
    """Relative scores (loop, time, member): between -1 and 1; nan where no loop of its knot is active or a member failed.

    times: ends of the steps scored, in `time_unit`, the model's. complete: whether `loops` are all of a shortest independent loop set.
    """

    loops: tuple[Loop, ...]
    times: FloatArray
    relative: FloatArray
    complete: bool
    time_unit: str = ""

    @property
    def mean(self) -> FloatArray:
        """(loop, time) over members with a score; nan where there is none."""
        good = np.isfinite(self.relative)
        count = good.sum(axis=2)
        total = np.where(good, self.relative, 0.0).sum(axis=2)
        return np.divide(total, count, out=np.full(count.shape, np.nan), where=count > 0)

    def polarity(self, row: int) -> Literal["R", "B", "R/B", ""]:
        """Reinforcing, balancing, either in turn, or '' where the loop is never active."""
        x = self.relative[row]
        up, down = bool((x > 0).any()), bool((x < 0).any())
        return "R/B" if up and down else "R" if up else "B" if down else ""

    def to_frame(self) -> pd.DataFrame:
        """Mean relative score, a row for each time and a column for each loop."""
        import pandas as pd

        return pd.DataFrame(
            self.mean.T, index=pd.Index(self.times, name="time"), columns=[x.name for x in self.loops]
        )

    def plot(self, lang: Literal["zh", "en"] = "zh") -> Any:
        """Mean relative scores over time."""
        import tzsim

        return tzsim.loop_chart(self, lang)

    def __repr__(self) -> str:
        return (
            f"LoopScores({len(self.loops)} loops, {len(self.times)} steps, {self.relative.shape[2]} members)"
        )

    def _repr_html_(self) -> str:
        return self.to_frame().to_html(float_format=lambda v: f"{v:.3f}", max_rows=12)


def scalar_model(model: Model, drawn: Draws) -> tuple[Model, Request]:
    """The model as scalars, with the inputs and series of these draws."""
    first = Request(inputs=drawn.names, series=tuple(s.name for s in drawn.series))
    arrays = Arrays(SCALAR[0](model, first))
    series = tuple(e for s in drawn.series for e in elements_of(arrays, [s.name]))
    request = Request(inputs=elements_of(arrays, drawn.names), series=series)
    return run_passes(model, request, SCALAR), request


def ancestors(graph: Mapping[VarId, tuple[VarId, ...]], wanted: Sequence[str]) -> set[VarId]:
    """Everything that `wanted` follows from, itself included."""
    found: set[VarId] = set()
    stack = [key(w) for w in wanted]
    while stack:
        name = stack.pop()
        if name in graph and name not in found:
            found.add(name)
            stack += graph[name]
    return found


def find_loops(model: Model, of: Sequence[str] = (), most: int = MOST_LOOPS) -> tuple[tuple[Loop, ...], bool]:
    """A shortest independent loop set of a scalar model, of those that reach `of` (default: all); whether it is whole."""
    graph = scalar_causes(model)
    if of:
        inside = ancestors(graph, of)
        graph = {n: tuple(c for c in causes if c in inside) for n, causes in graph.items() if n in inside}
    paths = shortest_independent_loops(graph, most + 1)
    shown = (tuple(model.variables[n].name for n in path) for path in paths[:most])
    return tuple(Loop(" → ".join((*path, path[0])), (path,)) for path in shown), len(paths) <= most


def loop_scores(
    model: Model,
    draws: Draws | Mapping[str, object] | None = None,
    *,
    members: int | None = None,
    of: Sequence[str] = (),
    loops: Sequence[Loop] | None = None,
    between: tuple[float, float] | None = None,
    most: int = MOST_LOOPS,
    seed: int | None = None,
    threads: int | None = None,
) -> LoopScores:
    """Score feedback loops in every step.

    model: as `read_model` gives it. draws: as for `simulate`. of: element names; only loops that reach one of them are
        looked for. loops: those to score (default: a shortest independent loop set, at most `most`).
        between: first and last time (default: the whole run).

    Links through a memory (DELAY FIXED, SAMPLE IF TRUE, PREVIOUS) have no score; loops through them are not found. Raises
    InputError for a loop that names a link which is not there, or where there is no loop at all.
    """
    drawn = as_draws(draws, members, seed)
    scalars, request = scalar_model(model, drawn)
    graph = scalar_causes(scalars)
    complete = True
    if loops is None:
        loops, complete = find_loops(scalars, of, most)
    paths = [[tuple(key(n) for n in path) for path in loop.paths] for loop in loops]
    links = {
        link for several in paths for path in several for link in zip(path, (*path[1:], path[0]), strict=True)
    }
    absent = sorted(f"{a} → {b}" for a, b in links if a not in graph.get(b, ()))
    if absent:
        raise InputError.one(f"no equation has the link {absent[0]}")
    if not links:
        raise InputError.one(
            "the model has no feedback loop to score", hint="loops through fixed delays have no score"
        )
    scored, names = add_scores(scalars, sorted(links))
    return _run(
        scored, request, drawn, tuple(loops), paths, names, _knots(graph, paths), between, complete, threads
    )


def _knots(
    graph: Mapping[VarId, tuple[VarId, ...]], paths: Sequence[Sequence[tuple[VarId, ...]]]
) -> list[int]:
    """Number of the strongly connected component that each loop lies in."""
    place = {name: i for i, part in enumerate(components(graph)) for name in part}
    return [place[several[0][0]] if several else -1 for several in paths]


def _run(
    model: Model,
    request: Request,
    drawn: Draws,
    loops: tuple[Loop, ...],
    paths: Sequence[Sequence[tuple[VarId, ...]]],
    names: Mapping[tuple[VarId, VarId], ScoredNames],
    knots: Sequence[int],
    between: tuple[float, float] | None,
    complete: bool,
    threads: int | None,
) -> LoopScores:
    from dataclasses import replace

    from tzsim.kernel.compile import SeriesSpec, compile_scalars

    outputs = tuple(dict.fromkeys(n for s in names.values() for n in (s.cause, s.now, s.before, s.alone)))
    specs = {key(s.name): s for s in drawn.series}
    series = [
        SeriesSpec(n, s.start, s.period, s.count) for n in request.series for s in [_series_of(specs, n)]
    ]
    times = _times(model, between)
    kernel = compile_scalars(model, replace(request, outputs=outputs), series=series, times=times)
    row = {key(name): i for i, name in enumerate(kernel.outputs)}

    def work(first: int, count: int) -> FloatArray:
        run = run_block(kernel, drawn, first, count)
        scores = {link: _link_score(run.values, row, s) for link, s in names.items()}
        found = np.stack([_loop_score(several, scores, (len(times) - 1, count)) for several in paths])
        found[:, :, run.status != 0] = np.nan
        return _relative(found, knots)

    parts = list(in_blocks(work, drawn.members, threads=threads, block=BLOCK))
    return LoopScores(loops, np.asarray(times[1:]), np.concatenate(parts, axis=2), complete, model.time_unit)


def _series_of(specs: Mapping[str, Any], name: str) -> Any:
    from tzsim.names import split_element

    return specs.get(key(name)) or specs[key(split_element(name)[0])]


def _times(model: Model, between: tuple[float, float] | None) -> list[float]:
    """Steps of the run inside `between`; at least two."""
    from tzsim.ir.expr import Number
    from tzsim.kernel.time_grid import time_grid
    from tzsim.passes.fold import constants
    from tzsim.passes.request import CONTROLS

    values = constants(model, frozenset())
    grid = time_grid(*(values[name] for name in CONTROLS if name in values)) if all(
        name in values or isinstance(model.variables[name].equations[0].expression, Number) for name in CONTROLS
    ) else None  # fmt: skip
    if grid is None:
        raise InputError.one("loops are scored on a fixed time grid only", hint="make TIME STEP a number")
    low, high = between or (grid.initial, grid.final)
    slack = 1e-6 * grid.step
    times = [grid.time(k) for k in range(grid.steps + 1)]
    inside = [t for t in times if low - slack <= t <= high + slack]
    if len(inside) < 2:
        raise InputError.one(f"fewer than two steps of the model lie between {low:g} and {high:g}")
    return inside


def _link_score(values: FloatArray, row: Mapping[str, int], names: ScoredNames) -> FloatArray:
    """(step, member) of one link from outputs (output, time, member)."""
    cause = np.diff(values[row[key(names.cause)]], axis=0)
    change = np.diff(values[row[key(names.now)]], axis=0)
    alone = (values[row[key(names.alone)]] - values[row[key(names.before)]])[1:]
    with np.errstate(all="ignore"):
        size = np.abs(alone / change)
    active = (change != 0) & (cause != 0) & np.isfinite(size)
    return np.where(active, size * np.sign(alone) * np.sign(cause), 0.0)


def _loop_score(
    paths: Sequence[tuple[VarId, ...]],
    scores: Mapping[tuple[VarId, VarId], FloatArray],
    shape: tuple[int, int],
) -> FloatArray:
    total = np.zeros(shape)
    for path in paths:
        product = np.ones(shape)
        for link in zip(path, (*path[1:], path[0]), strict=True):
            product = product * scores[link]
        total += product
    return total


def _relative(found: FloatArray, knots: Sequence[int]) -> FloatArray:
    """Scores (loop, step, member) over the sum of sizes in the same knot."""
    relative = np.full(found.shape, np.nan)
    for knot in set(knots):
        rows = [i for i, k in enumerate(knots) if k == knot]
        total = np.abs(found[rows]).sum(axis=0)
        with np.errstate(all="ignore"):
            relative[rows] = np.where((total > 0) & np.isfinite(total), found[rows] / total, np.nan)
    return relative
