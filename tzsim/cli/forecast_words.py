"""Words about forecasts: run, compare, explain, achieve, score."""

from __future__ import annotations

from pathlib import Path

import click

from tzsim.cli.group import commands
from tzsim.cli.language import said
from tzsim.cli.options import LANGUAGE, OUTPUTS, SHARE
from tzsim.errors import both


@commands.command()
@click.argument("scenario", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Output folder.  [default: out/<scenario>]")
@click.option("--draws", type=click.IntRange(1, 10_000_000), help="Members, in place of the scenario's.")
@click.option(
    "--seed", type=click.IntRange(0), help="Seed of the draws, in place of the scenario's; 0 is a seed."
)
@click.option(
    "--design",
    type=click.Choice(["monte carlo", "latin hypercube", "sobol"]),
    default="monte carlo",
    show_default=True,
    help="How the members cover the priors.",
)
@LANGUAGE
@click.option("--threads", type=click.IntRange(1, 1024), help="Threads.  [default: all processors]")
@click.option("--quiet", is_flag=True, help="No progress, no table: the output folder's name only.")
@click.option(
    "--write",
    "outputs",
    type=OUTPUTS,
    default="tables,charts,brief,page",
    metavar="LIST",
    show_default=True,
    help="What to write; 'tables' alone is fastest, and always written.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the goal table as JSON.")
@click.option("--prior-only", is_flag=True, help="Leave a recorded posterior aside.")
@click.option(
    "--allow-undiagnosed", is_flag=True, help="Use a posterior that is below the bar of convergence."
)
@click.option(
    "--resume/--no-resume",
    default=None,
    help="Keep finished blocks in OUT.state, to go on from after a stop.  [default: from 50,000 members]",
)
@click.option(
    "--workers", metavar="dask://HOST:PORT", help="Run the members on the workers of a dask scheduler."
)
@click.option(
    "--explain",
    "explained",
    metavar="GOAL",
    multiple=True,
    help="Put into brief and page what `tzsim explain` finds about GOAL (id or name); may be repeated.",
)
@click.option(
    "--achieve",
    "achieved",
    metavar="GOAL[,GOAL...]",
    multiple=True,
    help="Put into brief and page what `tzsim achieve` finds; a comma joins goals to be met together; may be repeated.",
)
@click.option(
    "--probability",
    type=SHARE,
    default="0.8",
    show_default=True,
    help="Wanted by --achieve, for each question.",
)
def run(
    scenario: Path,
    out: Path | None,
    draws: int | None,
    seed: int | None,
    design: str,
    lang: str,
    threads: int | None,
    quiet: bool,
    as_json: bool,
    prior_only: bool,
    allow_undiagnosed: bool,
    resume: bool | None,
    workers: str | None,
    explained: tuple[str, ...],
    achieved: tuple[str, ...],
    probability: float,
    outputs: tuple[str, ...],
) -> None:
    """Simulate a SCENARIO file and judge every goal of the plan.

    Prints the goal table and writes goals.csv, goals.xlsx, forecast.nc, run.json, charts and the brief to out/<scenario>/
    (or --out). The same seed gives the same bytes in every file, after a stop and on any number of threads and workers.
    """
    from tzsim.cli.run_command import run_scenario

    if (explained or achieved) and (design != "monte carlo" or allow_undiagnosed):
        raise click.UsageError(
            said(
                both(
                    "--explain 和 --achieve 用蒙特卡罗抽样和收敛的后验：去掉 --design 和 --allow-undiagnosed，或不带问题运行",
                    "--explain and --achieve draw Monte Carlo members of a converged posterior: leave --design and"
                    " --allow-undiagnosed out, or ask without them",
                )
            )
        )
    run_scenario(
        scenario,
        out=out,
        draws=draws,
        seed=seed,
        design=design,
        lang=lang,
        threads=threads,
        quiet=quiet,
        as_json=as_json,
        prior_only=prior_only,
        allow_undiagnosed=allow_undiagnosed,
        resume=resume,
        workers=workers,
        explain=explained,
        achieve=achieved,
        probability=probability,
        outputs=outputs,
    )


@commands.command()
@click.argument("scenarios", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Output folder.  [default: out/compare-<names>]")
@click.option(
    "--draws", type=click.IntRange(1, 10_000_000), help="Members, in place of the first scenario's."
)
@click.option("--seed", type=click.IntRange(0), help="Seed of the draws, in place of the first scenario's.")
@LANGUAGE
@click.option("--threads", type=click.IntRange(1, 1024), help="Threads.  [default: all processors]")
def compare(
    scenarios: tuple[Path, ...],
    out: Path | None,
    draws: int | None,
    seed: int | None,
    lang: str,
    threads: int | None,
) -> None:
    """Compare SCENARIOS with the first of them, draw by draw: same draws, same shocks.

    Two folders of runs (the older first) say what changed between them: data, parameters, model, scenario or seed, and which of it
    moved each probability.
    """
    from tzsim.cli.answer_commands import compare_scenarios

    compare_scenarios(scenarios, out=out, draws=draws, seed=seed, lang=lang, threads=threads)


@commands.command()
@click.argument("scenario", type=click.Path(path_type=Path))
@click.argument("goal")
@click.option("--out", type=click.Path(path_type=Path), help="Output folder.  [default: out/explain-<names>]")
@click.option("--draws", type=click.IntRange(20, 20_000), help="Members, in place of the scenario's.")
@LANGUAGE
@click.option("--threads", type=click.IntRange(1, 1024), help="Threads.  [default: all processors]")
def explain(
    scenario: Path, goal: str, out: Path | None, draws: int | None, lang: str, threads: int | None
) -> None:
    """Explain one GOAL of a SCENARIO: what binds, what moves it, which futures miss it, how the gap splits."""
    from tzsim.cli.answer_commands import explain_goal

    explain_goal(scenario, goal, out=out, draws=draws, lang=lang, threads=threads)


@commands.command()
@click.argument("scenario", type=click.Path(path_type=Path))
@click.argument("goals", nargs=-1, required=True)
@click.option(
    "--probability",
    type=SHARE,
    default="0.8",
    show_default=True,
    help="Wanted, for all goals together: 0.5 or 50%.",
)
@click.option("--out", type=click.Path(path_type=Path), help="Output folder.  [default: out/achieve-<names>]")
@click.option("--draws", type=click.IntRange(20, 20_000), help="Fresh members that confirm the answer.")
@click.option(
    "--members", type=click.IntRange(20, 20_000), default=500, show_default=True, help="Of the search."
)
@click.option(
    "--runs",
    type=click.IntRange(1, 100_000),
    default=300,
    show_default=True,
    help="Settings tried at most by the search; the curve of cost takes up to half as many again.",
)
@LANGUAGE
@click.option("--threads", type=click.IntRange(1, 1024), help="Threads.  [default: all processors]")
def achieve(
    scenario: Path,
    goals: tuple[str, ...],
    probability: float,
    out: Path | None,
    draws: int | None,
    members: int,
    runs: int,
    lang: str,
    threads: int | None,
) -> None:
    """Find the least-cost levers with which the GOALS of a SCENARIO are met together with a wanted probability."""
    from tzsim.cli.answer_commands import achieve_goals

    achieve_goals(
        scenario,
        goals,
        probability=probability,
        out=out,
        draws=draws,
        members=members,
        runs=runs,
        lang=lang,
        threads=threads,
    )


@commands.command()
@click.argument("forecast", type=click.Path(path_type=Path))
@click.argument("actuals", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Output folder.  [default: out/score-<name>]")
@LANGUAGE
@click.option("--threads", type=click.IntRange(1, 1024), help="Threads.  [default: all processors]")
def score(forecast: Path, actuals: Path, out: Path | None, lang: str, threads: int | None) -> None:
    """Score a stored FORECAST (the folder of a run) by ACTUALS (figures of what happened).

    ACTUALS is a CSV (UTF-8 or GB18030) or Excel file with the columns of a history file. What the model does not have is listed.
    """
    from tzsim.cli.answer_commands import score_run

    score_run(forecast, actuals, out=out, lang=lang, threads=threads)
