"""forecast: Scenario -> Forecast. Draw, simulate and judge block by block, then put the answers together."""

from __future__ import annotations

import os
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from tzsim.ensemble.designs import Design
from tzsim.ensemble.draws import Draws, draw
from tzsim.errors import SimulationError
from tzsim.forecast.answers import bindings, fans, goal_results, joints
from tzsim.forecast.gather import Gathered
from tzsim.forecast.judge import Judged, judge
from tzsim.forecast.readings import Kept, Questions, questions
from tzsim.forecast.result import Forecast
from tzsim.record import VERSION, RunInfo, canonical_json, sha256
from tzsim.scenario import Scenario

if TYPE_CHECKING:
    from tzsim.kernel import Kernel

BLOCK = 2048
"""Members simulated and judged together; fixed, so that sums do not depend on the number of threads."""

Progress = Callable[[int, int], None]
"""Called with (members done, members in all)."""


@dataclass(frozen=True, slots=True)
class _Done:
    judged: Judged
    failures: Counter[tuple[str, float]]


def forecast(
    scenario: Scenario,
    *,
    threads: int | None = None,
    progress: Progress | None = None,
    design: Design = "monte carlo",
    backend: Literal["llvm", "numpy"] = "llvm",
) -> Forecast:
    """Simulate the scenario's ensemble and judge every goal.

    threads: how many blocks run at once (default: the processors this process may use); the result is the same
        bit for bit. progress: called as blocks end. design: how members cover the priors. backend: of the kernel.

    Members that fail are counted, reported and left out of every share. Raises InputError where model and scenario
    do not fit together, SimulationError where no member survives.
    """
    clock = _Clock()
    asked = questions(scenario, initial_time(scenario))
    drawn = draw(
        scenario.priors,
        scenario.shocks,
        members=scenario.draws,
        seed=scenario.seed,
        design=design,
        fixed=scenario.fixed,
    )
    kernel = _compile(scenario, asked, drawn, backend)
    clock.mark("compile")
    gathered = Gathered(asked, drawn.members)
    failures: Counter[tuple[str, float]] = Counter()
    for done in _blocks(kernel, asked, drawn, threads or processors()):
        gathered.add(done.judged)
        failures += done.failures
        if progress is not None:
            progress(gathered.done, drawn.members)
    if not gathered.alive.any():
        raise SimulationError("every member failed:\n" + "\n".join(_failure_lines(failures)))
    clock.mark("simulate")
    binding = bindings(asked, gathered)
    goals = goal_results(scenario, asked, gathered, drawn.replicates, binding)
    info = run_info(scenario, design)
    failed = np.flatnonzero(~gathered.alive)
    result = Forecast(
        scenario=scenario,
        goals=goals,
        fans=fans(scenario, asked, gathered, goals),
        binding=binding,
        joint=joints(scenario, asked, gathered, drawn.replicates),
        measures=gathered.values,
        judged=tuple(g.goal.id for g in asked.goals),
        met=gathered.met,
        members=drawn.members,
        failed=len(failed),
        failures=_failure_lines(failures),
        seed=drawn.seed,
        design=design,
        run_id=info.run_id,
        hashes=info.hashes,
        version=VERSION,
        failed_members=tuple(int(i) for i in failed),
        notes=_notes(asked, gathered),
        timings=clock.parts,
    )
    clock.mark("judge")
    return result


def run_info(scenario: Scenario, design: str) -> RunInfo:
    """Everything that decides the numbers of a scenario's forecast."""
    settings: dict[str, object] = {
        "as_of": scenario.as_of.isoformat(),
        "fixed": dict(sorted(scenario.fixed.items())),
        "horizon": scenario.horizon,
        "shocks": {s.id: [s.off, [list(f) for f in s.fixed]] for s in scenario.shocks if s.off or s.fixed},
    }
    hashes = dict(scenario.files) | {"settings": sha256(canonical_json(settings).encode())}
    return RunInfo(VERSION, scenario.seed, scenario.draws, design, hashes)


def processors() -> int:
    """Processors that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def _compile(scenario: Scenario, asked: Questions, drawn: Draws, backend: Literal["llvm", "numpy"]) -> Kernel:
    from tzsim.kernel import SeriesSpec, compile_model

    needs = asked.needs
    return compile_model(
        scenario.model,
        outputs=needs.levels,
        inputs=drawn.names,
        series=[SeriesSpec(s.name, s.start, s.period, s.count) for s in drawn.series],
        accumulate=needs.integrals,
        times=needs.times,
        backend=backend,
    )


def _blocks(kernel: Kernel, asked: Questions, drawn: Draws, threads: int) -> Iterator[_Done]:
    """Judged blocks in member order; at most two a thread are under way or waiting."""

    def run(first: int) -> _Done:
        return _run_block(kernel, asked, drawn, first, min(BLOCK, drawn.members - first))

    starts = iter(range(0, drawn.members, BLOCK))
    if threads == 1:
        yield from map(run, starts)
        return
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[Future[_Done]] = deque()
        try:
            for start in starts:
                waiting.append(pool.submit(run, start))
                if len(waiting) >= 2 * threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def _run_block(kernel: Kernel, asked: Questions, drawn: Draws, first: int, count: int) -> _Done:
    block = drawn.block(first, count)
    knots = block.knots if drawn.series else None
    run = kernel.run(block.values, knots, seed=drawn.seed, first_member=first, threads=1)
    alive: NDArray[np.bool_] = run.status == 0
    dead = np.flatnonzero(~alive)
    failures = Counter((str(run.failed_variable[i]), float(run.failed_time[i])) for i in dead)
    return _Done(judge(asked, Kept(kernel.outputs, kernel.times, run.values), alive), failures)


def _failure_lines(failures: Mapping[tuple[str, float], int]) -> tuple[str, ...]:
    """One line a variable, most frequent first: how many members, and when the first of them failed."""
    members: Counter[str] = Counter()
    earliest: dict[str, float] = {}
    for (variable, time), count in failures.items():
        members[variable] += count
        earliest[variable] = min(time, earliest.get(variable, time))
    ranked = sorted(members.items(), key=lambda item: (-item[1], item[0]))
    return tuple(f"{count} x {variable}, first at {earliest[variable]:g}" for variable, count in ranked)


def _notes(asked: Questions, gathered: Gathered) -> tuple[str, ...]:
    return tuple(
        f"{goal.goal.id}: the measure is no finite number in {count} members; they count as not meeting the goal"
        for goal, count in zip(asked.goals, gathered.undefined.tolist(), strict=True)
        if count
    )


class _Clock:
    """Seconds of each stage since the last mark."""

    def __init__(self) -> None:
        self.parts: dict[str, float] = {}
        self._last = perf_counter()

    def mark(self, stage: str) -> None:
        now = perf_counter()
        self.parts[stage] = now - self._last
        self._last = now


def initial_time(scenario: Scenario) -> float:
    """INITIAL TIME of the scenario's model, in years."""
    from tzsim.kernel import time_settings

    return time_settings(scenario.model).initial
