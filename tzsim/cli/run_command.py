"""`tzsim run`: read, forecast, write, and say on the terminal what came out and how long it took."""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Generator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Literal, cast

from tzsim.cli.progress import progress_bar
from tzsim.cli.questions import answer_line, answer_values, questions_asked

if TYPE_CHECKING:
    from tzsim.forecast.achieve import Achievement
    from tzsim.forecast.explain import Explanation
    from tzsim.forecast.result import Forecast
    from tzsim.report.result_folder import Output

Lang = Literal["zh", "en"]

KEPT_FROM = 50_000
"""Members from which the blocks of a run are kept until its result is written: about a quarter of a minute of work."""


def run_scenario(
    path: Path,
    *,
    out: Path | None,
    draws: int | None,
    seed: int | None,
    design: str,
    lang: str,
    threads: int | None,
    quiet: bool,
    as_json: bool,
    prior_only: bool = False,
    allow_undiagnosed: bool = False,
    resume: bool | None = None,
    workers: str | None = None,
    explain: Sequence[str] = (),
    achieve: Sequence[str] = (),
    probability: float = 0.8,
    outputs: Collection[str] = ("tables", "charts", "brief", "page"),
) -> None:
    """Run one scenario file from end to end. explain, achieve: questions as a person writes them. Raises InputError, SimulationError."""
    clock = perf_counter()
    from tzsim.ensemble.designs import Design
    from tzsim.ensemble.state import remove_state
    from tzsim.forecast.folder import check_target
    from tzsim.forecast.run import forecast
    from tzsim.forecast.sweep import sweep
    from tzsim.report.result_folder import missing_formats, write_forecast
    from tzsim.scenario import read_scenario

    seconds = {"import": perf_counter() - clock}
    language = cast("Lang", lang)
    target = out or Path("out") / path.stem
    check_target(target)
    clock = perf_counter()
    scenario = read_scenario(path)
    scenario = replace(
        scenario,
        draws=scenario.draws if draws is None else draws,
        seed=scenario.seed if seed is None else seed,
    )
    asked = questions_asked(scenario, explain, achieve, probability)
    seconds["parse"] = perf_counter() - clock
    silent = quiet or as_json
    wanted = scenario.draws >= KEPT_FROM if resume is None else resume
    beside = target if target.name not in ("", "..") else target.resolve()
    state = beside.with_name(f"{beside.name}.state") if wanted else None
    with (
        _resumable(state, language, shown=not silent),
        progress_bar(scenario.draws, language, shown=not silent) as progress,
    ):
        result = forecast(
            scenario,
            threads=threads,
            progress=progress,
            design=cast("Design", design),
            prior_only=prior_only,
            allow_undiagnosed=allow_undiagnosed,
            state=state,
            workers=workers,
        )
    seconds |= result.timings
    clock = perf_counter()
    levers = sweep(result, threads=threads)
    seconds["levers"] = perf_counter() - clock
    answers: tuple[Explanation | Achievement, ...] = ()
    if asked:
        clock = perf_counter()
        judged = replace(scenario, posterior=None) if prior_only else scenario
        answers = asked.answers(judged, beside, language, threads=threads, shown=not silent)
        seconds["answers"] = perf_counter() - clock
    clock = perf_counter()
    wanted_outputs = cast("Collection[Output]", outputs)
    files = write_forecast(
        result, target, language, sweep=levers, answers=answers, processes=threads, outputs=wanted_outputs
    )
    missing = missing_formats() if "brief" in outputs else ()
    if state is not None:
        remove_state(state)
    seconds["write"] = perf_counter() - clock
    if as_json:
        printed = summary(result, target) | (
            {"answers": [answer_values(a) for a in answers]} if answers else {}
        )
        print(json.dumps(printed, ensure_ascii=False, indent=2, allow_nan=False))
        print(timing_line(seconds), file=sys.stderr)
    elif quiet:
        print(target)
        for file, install in missing:
            print(f"{file} was not written: {install}", file=sys.stderr)
    else:
        from tzsim.cli.goal_table import print_result

        print_result(result, language, target, files, missing)
        for answer in answers:
            print(answer_line(answer, language, "brief" in outputs))
        print(timing_line(seconds))


@contextmanager
def _resumable(state: Path | None, lang: Lang, shown: bool) -> Generator[None]:
    """Says what is taken from kept blocks and, where the run is interrupted, how it goes on."""
    if state is None:
        yield
        return
    import click

    from tzsim.ensemble.state import kept_members

    kept = kept_members(state)
    if kept and shown:
        print(
            f"接续上次未完成的运行：{state} 中约有 {kept:,} 个成员"
            if lang == "zh"
            else f"going on from {state}: about {kept:,} members are done",
            file=sys.stderr,
        )
    try:
        yield
    except KeyboardInterrupt:
        kept = kept_members(state)
        print(
            f"已中断；{state} 中保留了约 {kept:,} 个成员：再次运行同一命令即可接续"
            if lang == "zh"
            else f"interrupted; about {kept:,} members are kept in {state}: the same command goes on from there",
            file=sys.stderr,
        )
        raise click.exceptions.Exit(130) from None


def timing_line(seconds: dict[str, float]) -> str:
    """Seconds of each stage, in order; the terminal is the only place that sees them."""
    parts = " · ".join(f"{stage} {value:.2f} s" for stage, value in seconds.items())
    return f"{parts} · total {sum(seconds.values()):.2f} s"


def summary(result: Forecast, target: Path) -> dict[str, object]:
    """The goal table as plain JSON values."""
    rows: list[dict[str, object]] = [
        {
            "id": r.goal.id,
            "area": r.goal.area,
            "name": {"zh": r.goal.name.zh, "en": r.goal.name.en},
            "status": r.status,
            "comparison": r.goal.comparison,
            "target": r.goal.value,
            "unit": r.goal.unit,
            "date": r.goal.date,
            "median": r.median,
            "p10": r.p10,
            "p90": r.p90,
            "probability": r.probability,
            "probability_low": r.probability_low,
            "probability_high": r.probability_high,
            "probability_prior": r.probability_prior,
            "evidence": r.evidence,
            "variance_removed": r.removed,
            "variance_removed_error": r.removed_error,
            "binds": r.binds,
            "yearly": {str(year): p for year, p in r.yearly},
        }
        for r in result.goals
    ]
    return {
        "scenario": result.scenario.id,
        "run_id": result.run_id,
        "members": result.members,
        "failed": result.failed,
        "seed": result.seed,
        "evidence": result.evidence,
        "skill": None if result.skill is None else result.skill.verdict,
        "folder": str(target),
        "joint": {name: joint.probability.value for name, joint in result.joint.items()},
        "goals": rows,
    }
