"""forecast: Scenario -> Forecast. Draw, simulate and judge block by block, then put the answers together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Literal

import numpy as np

from tzsim.ensemble.blocks import block_of, in_blocks
from tzsim.ensemble.designs import Design
from tzsim.ensemble.draws import Draws, draw
from tzsim.ensemble.failures import every_failed, failure_lines, failures_of, pack_failures, unpack_failures
from tzsim.ensemble.job import Build, Job, connected, series_of
from tzsim.ensemble.posterior import check_covers, read_posterior, source_of
from tzsim.ensemble.posterior_record import StoredPosterior
from tzsim.ensemble.simulate import run_block
from tzsim.ensemble.skill import Skill, read_skill
from tzsim.ensemble.state import Arrays, State, made_with, open_state
from tzsim.errors import Address, InputError, SimulationError, both
from tzsim.forecast.answers import bindings, fans, goal_results, joints
from tzsim.forecast.gather import Gathered
from tzsim.forecast.judge import Judged, judge
from tzsim.forecast.readings import Kept, Questions, questions
from tzsim.forecast.result import POSTERIOR, PRIOR_ONLY, Calibration, Forecast, HeldOut
from tzsim.ir.expr import Number
from tzsim.names import key
from tzsim.record import VERSION, RunInfo, canonical_json, sha256
from tzsim.scenario import Scenario

if TYPE_CHECKING:
    from tzsim.ensemble.cluster import Cluster
    from tzsim.kernel.compile import Kernel

Progress = Callable[[int, int], None]
"""Called with (members done, members in all)."""


PRIOR_MEMBERS = 2_560
"""Members run from the priors beside those of the posterior: sampling error of a probability at most 1 point."""


@dataclass(frozen=True, slots=True)
class _Done:
    judged: Judged
    failures: Counter[tuple[str, float]]

    def pack(self) -> Arrays:
        return {**self.judged.pack(), **pack_failures(self.failures)}

    @classmethod
    def unpack(cls, arrays: Arrays) -> _Done:
        return cls(Judged.unpack(arrays), unpack_failures(arrays))


def forecast(
    scenario: Scenario,
    *,
    threads: int | None = None,
    progress: Progress | None = None,
    design: Design = "monte carlo",
    backend: Literal["llvm", "numpy"] = "llvm",
    prior_only: bool = False,
    allow_undiagnosed: bool = False,
    state: str | Path | None = None,
    workers: str | None = None,
) -> Forecast:
    """Simulate the scenario's ensemble and judge every goal.

    threads: how many blocks run at once (default: the processors this process may use); the result is the same
        bit for bit. progress: called as blocks end. design: how members cover the priors. backend: of the kernel.
        prior_only: leave a recorded posterior aside. allow_undiagnosed: use one that is below the bar of convergence.
    state: folder that keeps each block as it ends, so that a run that was killed goes on where it stopped and gives the same
        bits; it stays until you delete it, and is refused where anything that decides the numbers has changed.
    workers: `dask://HOST:PORT`, a dask scheduler whose workers run the blocks (extra `cluster`); the bits are the same.

    Where the scenario names a posterior, members are taken from it, and the first 2,560 members are run from the
    priors too, for the probability under the priors and the evidence grade.
    Members that fail are counted, reported and left out of every share. Raises InputError where model and scenario
    do not fit together, SimulationError where no member survives or the cluster fails.
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
    stored = None
    if scenario.posterior is not None and not prior_only:
        stored = read_posterior(scenario, allow_undiagnosed=allow_undiagnosed)
        source = source_of(stored)
        check_covers(source, drawn.streams_before(scenario.known_until), scenario)
    needs = asked.needs
    if not needs.times:
        raise InputError.one(
            both(
                "没有可预测的内容：没有要评判的目标，view 中也没有图表",
                "there is nothing to forecast: no goal is judged and the view shows no series",
            ),
            Address(str(scenario.path)),
            hint=_instead(scenario),
        )
    build = Build(
        tuple(needs.levels),
        drawn.names,
        series_of(drawn),
        tuple(needs.times),
        backend,
        tuple(needs.integrals),
    )
    kernel = build.compile(scenario.model)
    clock.mark("compile")
    beside = replace(drawn, members=min(drawn.members, PRIOR_MEMBERS))
    real = drawn if stored is None else replace(drawn, posterior=source_of(stored))
    total = drawn.members + (0 if stored is None else beside.members)

    def ensemble(
        of: Draws, before: int, name: str, cluster: Cluster | None, kept: State | None
    ) -> tuple[Gathered, Counter[tuple[str, float]]]:
        found = Gathered(asked, of.members)
        failed: Counter[tuple[str, float]] = Counter()
        job = Job(scenario.model, build, partial(_run_block, asked, of))
        work = job.here(kernel) if cluster is None else cluster.there(job)
        if kept is not None:
            work = kept.keeping(work, name, _Done.pack, _Done.unpack)
        block = block_of(len(kernel.outputs) * len(kernel.times))
        for done in in_blocks(work, of.members, threads=cluster.slots if cluster else threads, block=block):
            found.add(done.judged)
            failed += done.failures
            if progress is not None:
                progress(before + found.done, total)
        if not found.alive.any():
            raise SimulationError(every_failed(failed))
        return found, failed

    prior = None
    with connected(workers) as cluster:
        kept = None
        if state is not None:
            words = {"goals, views or horizon": sha256(repr(asked).encode())}
            kept = open_state(state, made_with(scenario.model, real, backend=backend, **words))
        if stored is not None:
            prior, _ = ensemble(beside, 0, "prior", cluster, kept)
        gathered, failures = ensemble(real, total - real.members, "members", cluster, kept)
    clock.mark("simulate")
    binding = bindings(asked, gathered)
    calibration = None if stored is None else calibration_of(stored)
    effective = None if calibration is None else calibration.effective
    half = None if stored is None else {(g["goal"], g.get("measure", "")): g for g in stored.info["goals"]}
    goals = goal_results(scenario, asked, gathered, drawn.replicates, binding, prior, effective, half)
    info = run_info(scenario, design, stored)
    failed = np.flatnonzero(~gathered.alive)
    result = Forecast(
        scenario=scenario,
        goals=goals,
        fans=fans(scenario, asked, gathered, goals),
        binding=binding,
        joint=joints(scenario, asked, gathered, drawn.replicates, effective),
        measures=gathered.values,
        hardest={asked.goals[k].goal.id: gathered.hardest[i] for i, k in enumerate(asked.annual)},
        judged=tuple(g.goal.id for g in asked.goals),
        met=gathered.met,
        members=drawn.members,
        failed=len(failed),
        failures=failure_lines(failures),
        seed=drawn.seed,
        design=design,
        run_id=info.run_id,
        hashes=info.hashes,
        version=VERSION,
        evidence=PRIOR_ONLY if calibration is None else POSTERIOR,
        calibration=calibration,
        skill=None if stored is None else _skill(scenario, stored),
        failed_members=tuple(int(i) for i in failed),
        notes=_notes(asked, gathered),
        timings=clock.parts,
    )
    clock.mark("judge")
    return result


def calibration_of(stored: StoredPosterior) -> Calibration:
    """What a forecast says of the posterior that its members come from."""
    checks, figures = stored.info["checks"], stored.info["figures"]
    sizes = [n for n in (checks["ess"], checks["goals_ess"]) if n is not None]
    chains, kept, _ = stored.info["kept"]
    fitted = [f for f in figures if f["role"] == "fit"]
    held = tuple(
        HeldOut(f["id"], f["unit"], f["value"], f["low"], f["high"]) for f in figures if f["role"] != "fit"
    )
    return Calibration(
        stored.info["id"],
        stored.converged,
        chains,
        chains * kept,
        checks["r_hat"],
        min([chains * kept, *sizes]) if checks["ess"] is not None else 1.0,
        len(fitted),
        sum(f["inside"] for f in fitted),
        held,
    )


def _skill(scenario: Scenario, stored: StoredPosterior) -> Skill:
    assert scenario.posterior is not None
    shown = scenario.posterior.relative_to(scenario.root).as_posix()
    return read_skill(scenario.posterior, stored.info["hashes"], shown=shown)


def run_info(scenario: Scenario, design: str, stored: StoredPosterior | None = None) -> RunInfo:
    """Everything that decides the numbers of a scenario's forecast."""
    settings: dict[str, object] = {
        "as_of": scenario.as_of_written,
        "fixed": dict(sorted(scenario.fixed.items())),
        "horizon": scenario.horizon,
        "shocks": {s.id: [s.off, [list(f) for f in s.fixed]] for s in scenario.shocks if s.off or s.fixed},
    }
    hashes = dict(scenario.files) | {"settings": sha256(canonical_json(settings).encode())}
    if stored is not None:
        hashes["posterior"] = sha256(canonical_json(stored.info).encode())
    return RunInfo(VERSION, scenario.seed, scenario.draws, design, hashes)


def _run_block(asked: Questions, drawn: Draws, kernel: Kernel, first: int, count: int) -> _Done:
    run = run_block(kernel, drawn, first, count)
    kept = Kept(kernel.outputs, kernel.times.tolist(), run.values)
    return _Done(judge(asked, kept, run.status == 0), failures_of(run))


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


def _instead(scenario: Scenario) -> str:
    """What to do with a scenario that forecasts nothing: a calibration that names it has other uses for it."""
    for spec in sorted((scenario.root / "calibration").glob("*.yaml")):
        if f"{scenario.path.name}\n" in spec.read_text("utf-8", errors="replace"):
            shown = spec.relative_to(scenario.root).as_posix()
            return both(
                f"这个情景只供校准和回测使用：tzsim calibrate {shown}，或 tzsim hindcast {shown}",
                f"this scenario serves a calibration: tzsim calibrate {shown}, or tzsim hindcast {shown}",
            )
    return both("请给目标写 measure，或在 view 中写图表", "give a goal a measure, or the view a series")


def initial_time(scenario: Scenario) -> float:
    """INITIAL TIME of the scenario's model, in years. Raises InputError where it is no plain number."""
    variable = scenario.model.variables[key("INITIAL TIME")]
    expression = variable.equations[0].expression
    if not isinstance(expression, Number):
        raise InputError.one("INITIAL TIME of a forecast's model must be a number", variable.address)
    return expression.value
