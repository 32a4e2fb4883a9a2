"""simulate: Model and Draws -> Trajectories; summarise: the same with statistics in place of the members."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from tzsim.arguments import check, choice, names, positive, whole_number
from tzsim.ensemble.blocks import in_blocks
from tzsim.ensemble.case import Case, as_draws
from tzsim.ensemble.designs import Design
from tzsim.ensemble.draws import Block, Draws
from tzsim.ensemble.failures import count_failures, every_failed, failure_lines
from tzsim.ensemble.job import Build, Job, connected, series_of
from tzsim.ensemble.probability import share_of
from tzsim.ensemble.shapes import shapes, wanted_names, written
from tzsim.ensemble.state import Arrays, made_with, open_state
from tzsim.ensemble.statistics import Exceedance, QuantileSketch, RunningMoments
from tzsim.ensemble.trajectories import Summary, Trajectories, check_levels, dataset
from tzsim.errors import InputError, SimulationError, TzsimWarning
from tzsim.ir.expr import Number
from tzsim.ir.model import Method, Model, as_model
from tzsim.kernel.path_forms import check_within, content_of, read_paths
from tzsim.kernel.plan import PathSpec
from tzsim.names import key, split_element
from tzsim.record import sha256

if TYPE_CHECKING:
    import pandas as pd

    from tzsim.ensemble.cluster import Cluster
    from tzsim.kernel.compile import Kernel, KernelRun

Backend = Literal["llvm", "numpy"]
BACKENDS: tuple[str, ...] = get_args(Backend)
METHODS: tuple[str, ...] = get_args(Method)
Progress = Callable[[int, int], None]

MOST_BYTES = 4 * 2**30
"""Trajectories larger than this are refused; choose what to keep, or summarise."""


def simulate(
    model: Model,
    draws: Draws | Mapping[str, object] | pd.DataFrame | None = None,
    *,
    members: int | None = None,
    keep: Iterable[str] | None = None,
    times: Sequence[float] | None = None,
    seed: int | None = None,
    design: Design | None = None,
    method: Method | None = None,
    step: float | None = None,
    backend: Backend = "llvm",
    threads: int | None = None,
    labels: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
    state: str | Path | None = None,
    workers: str | None = None,
    series: Mapping[str, object] | None = None,
) -> Trajectories:
    """Run an ensemble and keep its trajectories, dims (member, time, *subscripts).

    model: as `read_model` gives it. draws: made by `draw`, or what `draw` takes: element or variable name -> number,
        distribution, or one number a member (array, list, Series, DataArray), or a DataFrame with a row a member; None runs
        the model as it stands. members: how many (default: the length of the arrays, or 1 where nothing has a
        distribution). keep: variables or elements to keep (default: all). times: when to save (default: SAVEPER).

    Other arguments. seed, design: as for `draw`, which has them where `draws` are made by it (default: 0, 'monte carlo'); the
    seed also is that of the model's random functions. method, step: in place of the model's. labels: names in both languages for variables and elements, such as `scenario.view.elements`.
    state: folder that keeps each block as it ends, so that a run that was killed goes on where it stopped and gives the same
    bits; it stays until you delete it, and is refused where anything that decides the numbers has changed. workers:
    `dask://HOST:PORT`, a dask scheduler whose workers run the blocks (extra `cluster`); the bits are the same.

    series: variable or element name -> its path over time, in place of its equation: a pandas Series indexed by time (shared by
        all members), a DataFrame (a row a time, a column a member), a DataArray (time,) or (time, member), or (times, values).
        Linear between its times, held before the first and after the last, as a data variable. Any variable but stocks,
        lookup tables and the time settings; `"rain[North]"` goes before `"rain"`.

    One member is the same code as many. A member that fails keeps the values it has; `Trajectories.status` marks it. Raises InputError, and SimulationError where
    the cluster fails.
    """
    model = as_model(model)
    check_run(keep, method, backend, threads, step)
    paths = read_paths(series)
    drawn = as_draws(draws, members, seed, design, paths)
    case = Case(model, drawn, paths)
    build = _build(case, wanted_names(model, keep), times, backend, method, step)
    kernel = build.compile(case.model)
    check_within(paths, kernel.plan.initial, kernel.plan.final, model.time_unit)
    warn_uneven(model, kernel, step, times)
    size = 8 * len(kernel.outputs) * len(kernel.times) * drawn.members
    if size > MOST_BYTES:
        raise InputError.one(
            f"{len(kernel.outputs)} elements at {len(kernel.times)} times of {drawn.members} members take"
            f" {size / 2**30:.1f} GB",
            hint="choose `keep` and `times`, or use `summarise`, which keeps statistics only",
        )
    values = np.empty((len(kernel.outputs), drawn.members, len(kernel.times)))
    status = np.empty(drawn.members, dtype=np.int8)
    failed_time = np.empty(drawn.members)
    failed_variable = np.empty(drawn.members, dtype=object)
    with connected(workers) as cluster:
        run = _where(Job(case.model, build, partial(_members, case.drawn)), kernel, case, cluster, state)

        def work(first: int, count: int) -> int:
            ran, here = run(first, count), slice(first, first + count)
            values[:, here] = ran.values.transpose(0, 2, 1)
            status[here], failed_time[here], failed_variable[here] = (
                ran.status,
                ran.failed_time,
                ran.failed_variable,
            )
            return first + count

        for done in in_blocks(work, drawn.members, threads=cluster.slots if cluster else threads):
            if progress is not None:
                progress(done, drawn.members)
    front = {"member": np.arange(drawn.members), "time": np.asarray(kernel.times)}
    shaped = shapes(model, kernel.outputs)
    data = dataset(shaped, kernel.outputs, values, front, _units(kernel), labels)
    data.attrs.update(seed=drawn.seed, design=drawn.design, model=model.name, time_unit=model.time_unit)
    return Trajectories(
        data,
        status,
        failed_time,
        failed_variable.astype(np.str_),
        drawn.replicates,
        drawn,
        case.drawn.worth(random=bool(kernel.program.sites)),
    )


def summarise(
    model: Model,
    draws: Draws | Mapping[str, object] | pd.DataFrame | None = None,
    *,
    members: int | None = None,
    keep: Iterable[str],
    times: Sequence[float] | None = None,
    quantiles: Sequence[float] = (0.05, 0.25, 0.5, 0.75, 0.95),
    above: Mapping[str, float] | None = None,
    seed: int | None = None,
    design: Design | None = None,
    method: Method | None = None,
    step: float | None = None,
    backend: Backend = "llvm",
    threads: int | None = None,
    labels: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
    state: str | Path | None = None,
    workers: str | None = None,
    series: Mapping[str, object] | None = None,
) -> Summary:
    """Run an ensemble and keep only its statistics: memory does not grow with the members.

    above: variable or element -> threshold, for the share of members at or above it. quantiles: levels in 0..1, within 0.05 %
    of the value; values nearer to zero than 2**-40 (9.1e-13) count as zero. Other arguments as for `simulate`. Each
    statistic is over the members whose value at that point is a finite number; how many is in `Summary.counted`, and members
    that failed are counted. Raises InputError, and SimulationError where there is no finite value at all.
    """
    check_levels(quantiles)
    model = as_model(model)
    check_run(keep, method, backend, threads, step)
    paths = read_paths(series)
    drawn = as_draws(draws, members, seed, design, paths)
    case = Case(model, drawn, paths)
    build = _build(case, wanted_names(model, keep), times, backend, method, step)
    kernel = build.compile(case.model)
    check_within(paths, kernel.plan.initial, kernel.plan.final, model.time_unit)
    warn_uneven(model, kernel, step, times)
    rows = (len(kernel.outputs), len(kernel.times))
    moments, sketch = RunningMoments(rows[0] * rows[1]), QuantileSketch(rows[0] * rows[1])
    limits = np.repeat(_thresholds(kernel, above or {}), rows[1])
    exceed = Exceedance(limits, drawn.replicates)
    failures: Counter[tuple[str, float]] = Counter()
    done = failed = 0
    with connected(workers) as cluster:
        work = _where(Job(case.model, build, partial(_members, case.drawn)), kernel, case, cluster, state)
        for ran in in_blocks(work, drawn.members, threads=cluster.slots if cluster else threads):
            block = ran.values.reshape(rows[0] * rows[1], -1)
            moments.add(block)
            exceed.add(block)
            if quantiles:
                sketch.add(block)
            failures += count_failures(ran.status, ran.failed_variable, ran.failed_time)
            failed += int((ran.status != 0).sum())
            done += len(ran.status)
            if progress is not None:
                progress(done, drawn.members)
    if not moments.count.any():
        raise SimulationError(every_failed(failures))
    shaped, units = shapes(model, kernel.outputs), _units(kernel)
    front = {"time": np.asarray(kernel.times)}

    def over_time(values: NDArray[np.float64]) -> Any:
        return dataset(shaped, kernel.outputs, values.reshape(rows), front, units, labels)

    levels = {"quantile": np.asarray(quantiles), **front}
    table = sketch.quantiles(quantiles) if quantiles else np.empty((0, rows[0] * rows[1]))
    by_output = table.reshape(len(quantiles), *rows).transpose(1, 0, 2)
    shares = np.full((3, rows[0] * rows[1]), np.nan)
    worth = case.drawn.worth(random=bool(kernel.program.sites))
    for row, hits, living in zip(exceed.rows, exceed.above, exceed.count, strict=True):
        shares[:, row] = share_of(hits, living, worth)[:3]
    return Summary(
        mean=over_time(moments.mean),
        variance=over_time(moments.variance),
        quantiles=dataset(shaped, kernel.outputs, by_output, levels, units, labels),
        above=over_time(shares[0]),
        above_low=over_time(shares[1]),
        above_high=over_time(shares[2]),
        counted=over_time(moments.count.astype(np.float64)),
        members=drawn.members,
        failed=failed,
        failures=failure_lines(failures),
    )


def check_run(keep: object, method: object, backend: object, threads: object, step: object) -> None:
    """Raise InputError for arguments that no run can have."""
    check(
        None if keep is None else names("keep", keep),
        None if method is None else choice("method", method, METHODS),
        choice("backend", backend, BACKENDS),
        None if threads is None else whole_number("threads", threads, 1),
        None if step is None else positive("step", step),
    )


class UnevenTimes(TzsimWarning):
    """A time step that does not divide SAVEPER or the run: the times that are saved are not those of the model."""


def warn_uneven(model: Model, kernel: Kernel, step: float | None, times: Sequence[float] | None) -> None:
    """Warn (UnevenTimes) where the caller's `step` moves the times that are saved."""
    final = model.variables[key("FINAL TIME")].equations[0].expression
    saved, end = kernel.times, kernel.plan.initial + kernel.plan.steps * kernel.plan.step
    if step is None or times is not None or not isinstance(final, Number):
        return
    slack = 1e-6 * step
    if (len(saved) > 1 and np.ptp(np.diff(saved)) > slack) or final.value - end > slack:
        shown = ", ".join(f"{t:g}" for t in saved[:4])
        warnings.warn(
            f"a step of {step:g} does not divide SAVEPER or the run: saved at {shown} ... {saved[-1]:g}"
            f" (FINAL TIME is {final.value:g}); take a step that divides both",
            UnevenTimes,
            stacklevel=3,
        )


def run_block(kernel: Kernel, drawn: Draws, first: int, count: int, block: Block | None = None) -> KernelRun:
    """Draw and run members first .. first + count - 1 on this thread. block: them, where they are drawn already.

    One draw of an array, or of a range of its elements, serves all of them that have no draw of a smaller one.
    """
    block = drawn.block(first, count) if block is None else block
    values = block.values[_rows(kernel.inputs, drawn.names, kernel.groups)]
    knots = None
    if kernel.series:
        starts = np.cumsum([0, *(s.count for s in drawn.series)])
        held = [s.name for s in kernel.series if not isinstance(s, PathSpec)]
        rows = _rows(held, [s.name for s in drawn.series])
        parts = [block.knots[starts[r] : starts[r + 1]] for r in rows]
        moments = kernel.plan.moments if drawn.paths else np.empty(0)
        parts += [path.at(moments, first, count) for path in drawn.paths.values()]
        knots = np.concatenate(parts)
    return kernel.run(values, knots, seed=drawn.seed, first_member=first, threads=1)


def _rows(
    wanted: Sequence[str], drawn: Sequence[str], groups: Mapping[str, Sequence[str]] | None = None
) -> list[int]:
    """For each element the place of its draw: under its own name, that of the smallest range it is in, or of its array."""
    place = {key(name): i for i, name in enumerate(drawn)}
    ranged = {}
    for name in sorted(groups or {}, key=lambda n: -len((groups or {})[n])):
        if name in place:
            ranged |= {key(e): place[name] for e in (groups or {})[name]}
    rows = [place.get(key(n), ranged.get(key(n), place.get(key(split_element(n)[0])))) for n in wanted]
    return [row for row in rows if row is not None]


@dataclass(frozen=True, slots=True)
class _Ran:
    """What a block gave: values (output, time, member); status, time and variable of failure (member,)."""

    values: NDArray[np.float64]
    status: NDArray[np.int8]
    failed_time: NDArray[np.float64]
    failed_variable: NDArray[np.str_]

    def pack(self) -> Arrays:
        return {f.name: getattr(self, f.name) for f in fields(self)}

    @classmethod
    def unpack(cls, arrays: Arrays) -> _Ran:
        return cls(*(arrays[f.name] for f in fields(cls)))


def _members(drawn: Draws, kernel: Kernel, first: int, count: int) -> _Ran:
    run = run_block(kernel, drawn, first, count)
    return _Ran(run.values, run.status, run.failed_time, np.array(run.failed_variable, dtype=np.str_))


def _build(
    case: Case,
    outputs: Sequence[str],
    times: Sequence[float] | None,
    backend: Backend,
    method: Method | None,
    step: float | None,
) -> Build:
    saved = None if times is None else tuple(float(t) for t in times)
    inputs = tuple(written(case.model, name) for name in case.drawn.names)
    return Build(tuple(outputs), inputs, series_of(case.drawn), saved, backend, method=method, step=step)


def _where(
    job: Job[_Ran], kernel: Kernel, case: Case, cluster: Cluster | None, state: str | Path | None
) -> Callable[[int, int], _Ran]:
    """The work of a block, on this machine or on a cluster's, its blocks kept in a folder or not."""
    work = job.here(kernel) if cluster is None else cluster.there(job)
    if state is None:
        return work
    kept = repr((kernel.outputs, kernel.times.tolist(), job.build.method, job.build.step))
    series = {"series": sha256(content_of(case.paths))} if case.paths else {}
    parts = made_with(
        case.given,
        case.drawn,
        backend=job.build.backend,
        **{"variables, times, method or step": sha256(kept.encode())},
        **series,
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
