"""simulate: Model and Draws -> Trajectories; summarise: the same with statistics in place of the members."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tzsim.ensemble.blocks import in_blocks
from tzsim.ensemble.draws import Block, Draws, draw
from tzsim.ensemble.failures import failure_lines, failures_of, pack_failures, unpack_failures
from tzsim.ensemble.job import Build, Job, connected, series_of
from tzsim.ensemble.shapes import shapes, wanted_names
from tzsim.ensemble.state import Arrays, made_with, open_state
from tzsim.ensemble.statistics import Exceedance, QuantileSketch, RunningMoments
from tzsim.ensemble.trajectories import Summary, Trajectories, dataset
from tzsim.errors import InputError, SimulationError
from tzsim.ir.model import Method, Model
from tzsim.names import key, split_element
from tzsim.record import sha256

if TYPE_CHECKING:
    from tzsim.ensemble.cluster import Cluster
    from tzsim.kernel.compile import Kernel, KernelRun

Backend = Literal["llvm", "numpy"]
Progress = Callable[[int, int], None]

MOST_BYTES = 4 * 2**30
"""Trajectories larger than this are refused; choose what to keep, or summarise."""


def simulate(
    model: Model,
    draws: Draws | Mapping[str, object] | None = None,
    *,
    members: int | None = None,
    keep: Iterable[str] | None = None,
    times: Sequence[float] | None = None,
    seed: int = 0,
    method: Method | None = None,
    step: float | None = None,
    backend: Backend = "llvm",
    threads: int | None = None,
    labels: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
    state: str | Path | None = None,
    workers: str | None = None,
) -> Trajectories:
    """Run an ensemble and keep its trajectories, dims (member, time, *subscripts).

    model: as `read_model` gives it. draws: made by `draw`, or element name -> number, array of one number a member, or
        distribution; None runs the model as it stands. members: with a mapping, how many (default: 1, or the length
        of the arrays). keep: variables or elements to keep (default: all). times: when to save (default: SAVEPER).

    Other arguments. seed: of draws made from a mapping, and of the model's random functions. method, step: in place of
    the model's. labels: names in both languages for variables and elements, such as `scenario.view.elements`.
    state: folder that keeps each block as it ends, so that a run that was killed goes on where it stopped and gives the same
    bits; it stays until you delete it, and is refused where anything that decides the numbers has changed. workers:
    `dask://HOST:PORT`, a dask scheduler whose workers run the blocks (extra `cluster`); the bits are the same.

    One member is the same code as many. Failed members are nan and counted. Raises InputError, and SimulationError where
    the cluster fails.
    """
    drawn = as_draws(draws, members, seed)
    build = _build(drawn, wanted_names(model, keep), times, backend, method, step)
    kernel = build.compile(model)
    size = 8 * len(kernel.outputs) * len(kernel.times) * drawn.members
    if size > MOST_BYTES:
        raise InputError.one(
            f"{len(kernel.outputs)} elements at {len(kernel.times)} times of {drawn.members} members take"
            f" {size / 2**30:.1f} GB",
            hint="choose `keep` and `times`, or use `summarise`, which keeps statistics only",
        )
    values = np.empty((len(kernel.outputs), drawn.members, len(kernel.times)))
    status = np.empty(drawn.members, dtype=np.int8)
    failures: Counter[tuple[str, float]] = Counter()
    with connected(workers) as cluster:
        run = _where(Job(model, build, partial(_members, drawn)), kernel, drawn, cluster, state)

        def work(first: int, count: int) -> tuple[int, Counter[tuple[str, float]]]:
            ran = run(first, count)
            values[:, first : first + count] = ran.values.transpose(0, 2, 1)
            status[first : first + count] = ran.status
            values[:, first + np.flatnonzero(ran.status)] = np.nan
            return first + count, ran.failures

        for done, failed in in_blocks(work, drawn.members, threads=cluster.slots if cluster else threads):
            failures += failed
            if progress is not None:
                progress(done, drawn.members)
    front = {"member": np.arange(drawn.members), "time": np.asarray(kernel.times)}
    shaped = shapes(model, kernel.outputs)
    data = dataset(shaped, kernel.outputs, values, front, _units(kernel), labels)
    data.attrs.update(seed=drawn.seed, design=drawn.design, model=model.name, time_unit=model.time_unit)
    return Trajectories(data, status, failure_lines(failures), drawn.replicates, drawn)


def summarise(
    model: Model,
    draws: Draws | Mapping[str, object] | None = None,
    *,
    members: int | None = None,
    keep: Iterable[str],
    times: Sequence[float] | None = None,
    quantiles: Sequence[float] = (0.05, 0.25, 0.5, 0.75, 0.95),
    above: Mapping[str, float] | None = None,
    seed: int = 0,
    method: Method | None = None,
    step: float | None = None,
    backend: Backend = "llvm",
    threads: int | None = None,
    labels: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
    state: str | Path | None = None,
    workers: str | None = None,
) -> Summary:
    """Run an ensemble and keep only its statistics: memory does not grow with the members.

    above: variable or element -> threshold, for the share of members at or above it. quantiles: levels in 0..1, of
    relative accuracy 0.05 %. Other arguments as for `simulate`. Failed members are left out and counted.
    Raises InputError, and SimulationError where no member survives.
    """
    drawn = as_draws(draws, members, seed)
    build = _build(drawn, wanted_names(model, keep), times, backend, method, step)
    kernel = build.compile(model)
    rows = (len(kernel.outputs), len(kernel.times))
    moments, sketch = RunningMoments(rows[0] * rows[1]), QuantileSketch(rows[0] * rows[1])
    limits = np.repeat(_thresholds(kernel, above or {}), rows[1])
    exceed = Exceedance(limits.tolist())
    failures: Counter[tuple[str, float]] = Counter()
    done = 0
    with connected(workers) as cluster:
        work = _where(Job(model, build, partial(_members, drawn)), kernel, drawn, cluster, state)
        for ran in in_blocks(work, drawn.members, threads=cluster.slots if cluster else threads):
            good = ran.values.reshape(rows[0] * rows[1], -1)[:, ran.status == 0]
            moments.add(good)
            exceed.add(good)
            if quantiles:
                sketch.add(good)
            failures += ran.failures
            done += len(ran.status)
            if progress is not None:
                progress(done, drawn.members)
    if not moments.count:
        raise SimulationError("every member failed:\n" + "\n".join(failure_lines(failures)))
    shaped, units = shapes(model, kernel.outputs), _units(kernel)
    front = {"time": np.asarray(kernel.times)}

    def over_time(values: NDArray[np.float64]) -> Any:
        return dataset(shaped, kernel.outputs, values.reshape(rows), front, units, labels)

    levels = {"quantile": np.asarray(quantiles), **front}
    table = sketch.quantiles(quantiles) if quantiles else np.empty((0, rows[0] * rows[1]))
    by_output = table.reshape(len(quantiles), *rows).transpose(1, 0, 2)
    share = np.where(np.isnan(limits), np.nan, exceed.share)
    return Summary(
        mean=over_time(moments.mean),
        variance=over_time(moments.variance),
        quantiles=dataset(shaped, kernel.outputs, by_output, levels, units, labels),
        above=over_time(share),
        members=drawn.members,
        failed=drawn.members - moments.count,
        failures=failure_lines(failures),
    )


def run_block(kernel: Kernel, drawn: Draws, first: int, count: int, block: Block | None = None) -> KernelRun:
    """Draw and run members first .. first + count - 1 on this thread. block: them, where they are drawn already.

    One draw of an array by its bare name serves all its elements.
    """
    block = drawn.block(first, count) if block is None else block
    values = block.values[_rows(kernel.inputs, drawn.names)]
    knots = None
    if drawn.series:
        starts = np.cumsum([0, *(s.count for s in drawn.series)])
        rows = _rows([s.name for s in kernel.series], [s.name for s in drawn.series])
        knots = block.knots[np.concatenate([np.arange(starts[r], starts[r + 1]) for r in rows])]
    return kernel.run(values, knots, seed=drawn.seed, first_member=first, threads=1)


def _rows(wanted: Sequence[str], drawn: Sequence[str]) -> list[int]:
    """For each element the place of its draw: under its own name, or that of its array."""
    place = {key(name): i for i, name in enumerate(drawn)}
    rows = [place.get(key(name), place.get(key(split_element(name)[0]))) for name in wanted]
    return [row for row in rows if row is not None]


def as_draws(draws: Draws | Mapping[str, object] | None, members: int | None, seed: int) -> Draws:
    """Draws made from what `simulate` takes. Raises InputError."""
    if isinstance(draws, Draws):
        if members not in (None, draws.members):
            raise InputError.one(f"the draws have {draws.members} members, not {members}")
        return draws
    given = [v for v in (draws or {}).values() if isinstance(v, list | tuple) or hasattr(v, "__array__")]
    sizes = {shape[0] for v in given if (shape := np.shape(cast("ArrayLike", v)))}
    return draw(draws, members=members or max(sizes, default=1), seed=seed)


@dataclass(frozen=True, slots=True)
class _Ran:
    """What a block gave: values (output, time, member), status (member,), causes of failure counted."""

    values: NDArray[np.float64]
    status: NDArray[np.int8]
    failures: Counter[tuple[str, float]]

    def pack(self) -> Arrays:
        return {"values": self.values, "status": self.status, **pack_failures(self.failures)}

    @classmethod
    def unpack(cls, arrays: Arrays) -> _Ran:
        return cls(arrays["values"], arrays["status"], unpack_failures(arrays))


def _members(drawn: Draws, kernel: Kernel, first: int, count: int) -> _Ran:
    run = run_block(kernel, drawn, first, count)
    return _Ran(run.values, run.status, failures_of(run))


def _build(
    drawn: Draws,
    outputs: Sequence[str],
    times: Sequence[float] | None,
    backend: Backend,
    method: Method | None,
    step: float | None,
) -> Build:
    saved = None if times is None else tuple(float(t) for t in times)
    return Build(tuple(outputs), drawn.names, series_of(drawn), saved, backend, method=method, step=step)


def _where(
    job: Job[_Ran], kernel: Kernel, drawn: Draws, cluster: Cluster | None, state: str | Path | None
) -> Callable[[int, int], _Ran]:
    """The work of a block, on this machine or on a cluster's, its blocks kept in a folder or not."""
    work = job.here(kernel) if cluster is None else cluster.there(job)
    if state is None:
        return work
    kept = repr((kernel.outputs, kernel.times.tolist(), job.build.method, job.build.step))
    parts = made_with(
        job.model,
        drawn,
        backend=job.build.backend,
        **{"variables, times, method or step": sha256(kept.encode())},
    )
    return open_state(state, parts).keeping(work, "members", _Ran.pack, _Ran.unpack)


def _units(kernel: Kernel) -> dict[str, str]:
    return {split_element(name)[0]: kernel.units(name) for name in kernel.outputs}


def _thresholds(kernel: Kernel, above: Mapping[str, float]) -> NDArray[np.float64]:
    """(output,) threshold of each element; nan where none was given. Raises InputError for a name not kept."""
    limits = np.full(len(kernel.outputs), np.nan)
    for name, value in above.items():
        wanted = key(name)
        rows = [i for i, n in enumerate(kernel.outputs) if wanted in (key(n), key(split_element(n)[0]))]
        if not rows:
            raise InputError.one(f"the threshold of {name!r} needs that variable among those kept")
        limits[rows] = value
    return limits
