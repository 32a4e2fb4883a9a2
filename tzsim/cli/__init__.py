"""The command line: each word is one library call. Everything heavy is imported inside the word that needs it."""

from __future__ import annotations

import shlex
import sys
import warnings
from pathlib import Path
from typing import Any, Literal, cast

import click

from tzsim.cli.language import VARIABLE, chosen, said, speak, spoken
from tzsim.errors import InputError, TzsimError, TzsimWarning, both
from tzsim.record import VERSION

OK, FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130


class _Share(click.ParamType):
    """A share between 0 and 1, written 0.5 or 50%."""

    name = "share"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        text = str(value).strip().replace("％", "%")
        try:
            share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
        except ValueError:
            self.fail(
                said(
                    both(
                        f"“{value}”不是概率：写 0.5 或 50%", f"'{value}' is no probability: write 0.5 or 50%"
                    )
                )
            )
        if not 0 < share < 1:
            meant = (
                both(f"：是否应为 {share / 100:g}？", f": did you mean {share / 100:g}?")
                if 1 <= share < 100
                else both("", "")
            )
            text = both(
                f"“{value}”不在 0 与 1 之间{meant.zh}", f"'{value}' does not lie between 0 and 1{meant}"
            )
            self.fail(said(text))
        return share


class _Outputs(click.ParamType):
    """A list of outputs, parted by commas."""

    name = "list"
    known = ("tables", "charts", "brief", "page")

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        if isinstance(value, tuple):
            return cast("tuple[str, ...]", value)
        asked = [x.strip() for x in str(value).replace("，", ",").split(",") if x.strip()]
        wrong = [x for x in asked if x not in self.known]
        if wrong or not asked:
            listed, bad = ", ".join(self.known), ", ".join(wrong) or str(value)
            self.fail(said(both(f"“{bad}”不在可选项中：{listed}", f"'{bad}' is not one of {listed}")))
        return tuple(asked)


SHARE, OUTPUTS = _Share(), _Outputs()
_LANGUAGE = click.option(
    "--lang",
    type=click.Choice(["zh", "en"]),
    default="zh",
    show_default=True,
    envvar=VARIABLE,
    show_envvar=True,
    help="Language of messages, tables, charts and the brief.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(VERSION, prog_name="tzsim")
def commands() -> None:
    """From a stock-flow model and a plan's goals to the probability that each goal is met.

    由存量流量模型和规划目标，给出每个目标达成的概率、制约因素和图表简报。

    \b
    tzsim run scenarios/baseline.yaml     simulate, judge every goal, write tables, charts and the brief
    tzsim compare A.yaml B.yaml           what changes between scenarios, draw by draw
    tzsim calibrate calibration/NAME.yaml fit the model to documented figures, record the posterior
    tzsim hindcast calibration/NAME.yaml  would it have forecast the past, against simple extrapolation
    tzsim fit calibration/history/NAME.yaml the priors against the documented past, before any fit
    tzsim explain SCENARIO GOAL           what binds a goal, what moves it, which futures miss it
    tzsim achieve SCENARIO GOAL           the cheapest levers that reach a wanted probability
    tzsim score FORECAST ACTUALS          a stored forecast against what happened
    tzsim list scenarios/baseline.yaml    goals, levers, shocks, constants by id and name
    tzsim show models/tengzhou            what a Vensim or XMILE model contains
    tzsim check models/tengzhou           the model's test battery: units, conservation, extremes, loops
    tzsim data check yearbook.xlsx        is a file of figures fit to be used
    tzsim init my-project                 a copy of the Tengzhou project, to run and to edit

    Exit codes: 0 done, 1 a run failed, 2 bad input (nothing was written), 130 interrupted.
    """


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
@_LANGUAGE
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

    模拟一个情景文件，评判规划的每个目标。

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
@click.argument("spec", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Record's folder.  [default: posteriors/<name> beside SPEC]",
)
@click.option("--seed", type=click.IntRange(0), help="Seed, in place of the spec's; 0 is a seed.")
@click.option(
    "--particles", type=click.IntRange(8, 1_000_000), help="Draws of a run, in place of the spec's."
)
@click.option(
    "--diagnostics",
    type=click.Path(path_type=Path),
    help="Folder of tables and charts.  [default: out/calibrate-<name>]",
)
@click.option(
    "--without",
    multiple=True,
    metavar="FIGURE",
    help="Beside the recorded posterior: smaller fits, each without one figure ('chemicals 2022'), for every goal's probability without it; may "
    "be repeated; 'unreliable' is every figure whose importance weights are not reliable.",
)
@_LANGUAGE
@click.option("--quiet", is_flag=True, help="No progress, no tables: the record's folder only.")
def calibrate(
    spec: Path,
    out: Path | None,
    seed: int | None,
    particles: int | None,
    diagnostics: Path | None,
    without: tuple[str, ...],
    lang: str,
    quiet: bool,
) -> None:
    """Fit a model to documented figures, record the posterior, and draw its diagnostics.

    用文献数据校准模型，保存后验，并给出诊断图表。

    SPEC is a calibration file such as calibration/tengzhou.yaml. Killed, it goes on where it stopped when started again. A
    posterior below the bar (R-hat <= 1.01, ESS >= 400 for every parameter and goal measure) is recorded as such, and refused by
    `tzsim run`; the exit code is then 1.
    """
    if without:
        if seed is not None or particles is not None:
            raise click.UsageError(
                "--without goes with the recorded posterior: --seed and --particles have no place"
            )
        from tzsim.cli.influence_command import take_figures_out

        if not take_figures_out(spec, without, record=out, tables=diagnostics, quiet=quiet):
            sys.exit(FAILED)
        return
    from tzsim.cli.calibrate_command import calibrate_spec

    language = cast("Literal['zh', 'en']", lang)
    if not calibrate_spec(
        spec, out=out, seed=seed, particles=particles, quiet=quiet, diagnostics=diagnostics, lang=language
    ):
        sys.exit(FAILED)


@commands.command()
@click.argument("spec", type=click.Path(path_type=Path))
@click.option(
    "--replicates",
    type=click.IntRange(20, 100_000),
    default=200,
    show_default=True,
    help="Simulated data sets.",
)
@click.option("--seed", type=click.IntRange(0), help="Seed, in place of the spec's; 0 is a seed.")
@click.option("--out", type=click.Path(path_type=Path), help="Record.  [default: SPEC with .json for .yaml]")
@click.option("--quiet", is_flag=True, help="No progress, no table: the record's name only.")
def sbc(spec: Path, replicates: int, seed: int | None, out: Path | None, quiet: bool) -> None:
    """Check the machinery of a calibration by simulation: are its posteriors as wide as they say.

    用模拟数据检验校准方法本身（simulation-based calibration）。

    Draws truths from the prior of SPEC, simulates its figures, fits them and ranks the truth among the draws; then does the same with
    two faults that must be found. Killed, it goes on where it stopped. Exit code 1 where a rank is not uniform at 1 % or a fault goes
    unseen.
    """
    from tzsim.cli.sbc_command import check_by_simulation

    if not check_by_simulation(spec, replicates=replicates, seed=seed, out=out, quiet=quiet):
        sys.exit(FAILED)


@commands.command()
@click.argument("spec", type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path), help="Folder of the pages.  [default: out/hindcast-<spec>]"
)
@click.option(
    "--record",
    type=click.Path(path_type=Path),
    help="Folder of the posterior that it belongs to.  [default: posteriors/<spec> beside the spec]",
)
@click.option("--seed", type=click.IntRange(0), help="Seed, in place of the spec's.")
@_LANGUAGE
@click.option("--quiet", is_flag=True, help="No progress, no tables: the record's name only.")
def hindcast(
    spec: Path, out: Path | None, record: Path | None, seed: int | None, lang: str, quiet: bool
) -> None:
    """Score a model over past years: would it have forecast them better than simple extrapolation?

    回测：在过去各年只用当时的数据重新拟合，与简单外推比较。

    SPEC is a calibration file with a part `hindcast`. The result is recorded beside the posterior, from where `tzsim run` prints
    it. Killed, it goes on where it stopped when started again.
    """
    from tzsim.cli.hindcast_command import hindcast_spec

    hindcast_spec(spec, out=out, record=record, seed=seed, lang=lang, quiet=quiet)


@commands.command()
@click.argument("spec", type=click.Path(path_type=Path))
@click.option("--draws", type=click.IntRange(100, 1_000_000), help="Members.  [default: 4000]")
@click.option("--seed", type=click.IntRange(0), help="Seed, in place of the scenario's; 0 is a seed.")
@click.option("--threads", type=click.IntRange(1, 1024), help="Threads.  [default: all processors]")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the table to this .csv file too."
)
@_LANGUAGE
def fit(
    spec: Path, draws: int | None, seed: int | None, threads: int | None, out: Path | None, lang: str
) -> None:
    """Compare a model's priors with the documented past, before any fit.

    校准之前，检验模型先验区间是否覆盖有据可查的历史数据。

    SPEC is a history file such as calibration/history/tengzhou.yaml. Prints every figure with its band, the width of the bands
    against a random walk with drift, Theil's parts of the error, and the rows left out with their reasons.
    """
    from tzsim.cli.fit_command import fit_spec

    fit_spec(spec, draws=draws, seed=seed, threads=threads, out=out, lang=lang)


@commands.command()
@click.argument("scenarios", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Output folder.  [default: out/compare-<names>]")
@click.option(
    "--draws", type=click.IntRange(1, 10_000_000), help="Members, in place of the first scenario's."
)
@click.option("--seed", type=click.IntRange(0), help="Seed of the draws, in place of the first scenario's.")
@_LANGUAGE
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

    逐次配对比较各情景与第一个情景：哪些目标提高，哪些降低；两个运行文件夹则比较输入有何不同。

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
@_LANGUAGE
@click.option("--threads", type=click.IntRange(1, 1024), help="Threads.  [default: all processors]")
def explain(
    scenario: Path, goal: str, out: Path | None, draws: int | None, lang: str, threads: int | None
) -> None:
    """Explain one GOAL of a SCENARIO: what binds, what moves it, which futures miss it, how the gap splits.

    解释一个目标：制约因素、影响因素、哪些情形未达成、差距分解。
    """
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
@_LANGUAGE
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
    """Find the least-cost levers with which the GOALS of a SCENARIO are met together with a wanted probability.

    以最低成本调整政策手段，使目标达到所要求的概率，并用新抽样检验。
    """
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
@_LANGUAGE
@click.option("--threads", type=click.IntRange(1, 1024), help="Threads.  [default: all processors]")
def score(forecast: Path, actuals: Path, out: Path | None, lang: str, threads: int | None) -> None:
    """Score a stored FORECAST (the folder of a run) by ACTUALS (figures of what happened).

    用实际数据给存档的预测评分：CRPS、区间覆盖率、PIT、目标的 Brier 得分。

    ACTUALS is a CSV (UTF-8 or GB18030) or Excel file with the columns of a history file. What the model does not have is listed.
    """
    from tzsim.cli.answer_commands import score_run

    score_run(forecast, actuals, out=out, lang=lang, threads=threads)


@commands.command()
@click.argument("model", type=click.Path(path_type=Path))
@click.option(
    "--checks",
    type=click.Path(path_type=Path),
    help="Checks file.  [default: checks.yaml in the folder, NAME.checks.yaml beside a file]",
)
@click.option(
    "--part",
    "parts",
    multiple=True,
    type=click.Choice(
        ["units", "documentation", "balances", "signs", "situations", "steps", "loops", "constants"]
    ),
    help="Only this part of the battery; may be repeated.",
)
@click.option("--json", "as_json", is_flag=True, help="Print as JSON, with all evidence.")
@click.option("--page", type=click.Path(path_type=Path), help="Also write a page (.html) with all evidence.")
@_LANGUAGE
def check(
    model: Path, checks: Path | None, parts: tuple[str, ...], as_json: bool, page: Path | None, lang: str
) -> None:
    """Run the test battery of a MODEL: what must hold in it, tried one by one.

    检验模型：单位、守恒、极端条件、步长、反馈回路、常数和行为规则。

    What is claimed stands in a checks file (docs/checks.md); without one the checks that need none run. Exit code 1 where one fails.
    """
    from tzsim.cli.check_command import check_model

    if not check_model(model, checks=checks, parts=parts, as_json=as_json, page=page, lang=lang):
        sys.exit(FAILED)


@commands.command()
@click.argument("model", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.option("--merge", type=click.Path(path_type=Path), help="Write the coupled model to this .mdl file.")
@click.option("--sketch", is_flag=True, help="Draw the diagram in the .mdl file (or each of a folder) anew.")
@click.option(
    "--diagram",
    type=click.Path(path_type=Path),
    help="Draw stocks and flows: .svg, .png or .pdf; a large model gets one file a group.",
)
@click.option("--group", help="Draw this group only ('sector: group' where the model is a folder).")
@click.option("--constants", is_flag=True, help="Draw constants too.")
@_LANGUAGE
def show(
    model: Path,
    as_json: bool,
    merge: Path | None,
    sketch: bool,
    diagram: Path | None,
    group: str | None,
    constants: bool,
    lang: str,
) -> None:
    """Show what a MODEL (.mdl, XMILE, or a folder of sector files) contains, before anything runs.

    显示模型（.mdl、XMILE 或分部门文件夹）的内容。
    """
    from tzsim.cli.show_command import Diagram, show_model

    if diagram is None and (group or constants):
        text = both(
            "--group 和 --constants 说明 --diagram 画什么：请同时给出 --diagram 的文件名",
            "--group and --constants say what --diagram draws: name its file too",
        )
        raise click.UsageError(said(text))
    asked = None if diagram is None else Diagram(diagram, group, constants, "en" if lang == "en" else "zh")
    show_model(model, as_json=as_json, merge=merge, sketch=sketch, diagram=asked)


@commands.command("list")
@click.argument("scenario", type=click.Path(path_type=Path))
@click.option(
    "--only",
    multiple=True,
    type=click.Choice(["goals", "levers", "shocks", "constants", "figures"]),
    help="Only this part; may be repeated.",
)
@click.option("--find", default="", metavar="TEXT", help="Only rows whose id or names hold this text.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@_LANGUAGE
def list_(scenario: Path, only: tuple[str, ...], find: str, as_json: bool, lang: str) -> None:
    """List what a SCENARIO may name: goals, levers, shocks, constants, figures; ids, names, units, ranges, costs.

    列出情景文件中可用的目标、政策手段、冲击、常数和数据指标：编号、名称、单位、范围、成本。

    Each may be written by its id, or by its Chinese or English name.
    """
    from tzsim.cli.list_command import list_names

    list_names(scenario, only=only, find=find, as_json=as_json, lang=lang)


@commands.group()
def data() -> None:
    """Figures of the past: is a file fit to be used.

    历史数据。
    """


@data.command("check")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--against",
    type=click.Path(path_type=Path),
    help="History file or folder of the project.  [default: calibration/data, where there is one]",
)
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@_LANGUAGE
def data_check(file: Path, against: Path | None, as_json: bool, lang: str) -> None:
    """Check a FILE of figures (CSV in UTF-8 or GB18030, or Excel): units, duplicates, breaks, provenance.

    检查数据文件：单位、重复、断点、来源。

    Rows that cannot be used end in exit code 2. Contradictions with the project's own figures end in exit code 1; everything else that
    a person should look at is listed, and the exit code is 0.
    """
    from tzsim.cli.data_command import check_file

    if not check_file(file, against=against, as_json=as_json, lang=lang):
        sys.exit(FAILED)


@commands.command()
@click.argument("folder", type=click.Path(path_type=Path))
@_LANGUAGE
def init(folder: Path, lang: str) -> None:
    """Lay the Tengzhou project out in a new FOLDER: models, scenarios, calibration, ready to run and to edit.

    在新文件夹中放置滕州项目：模型、情景、校准，可直接运行和修改。
    """
    from tzsim.scenario.project import init_project

    files = init_project(folder)
    here = folder.resolve() == Path.cwd().resolve()
    step = "tzsim run scenarios/baseline.yaml" if here else f"cd {shlex.quote(str(folder))}"
    more = "" if here else "tzsim run scenarios/baseline.yaml"
    lines = [f"    {x}" for x in (step, more) if x]
    head = both(f"{folder} 中已放好 {len(files)} 个文件。接下来：", f"{len(files)} files in {folder}. Next:")
    print("\n".join([said(head), *lines]))


@commands.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print what makes a SHELL complete the words and options of tzsim.

    输出命令行自动补全脚本。

    \b
    bash: echo 'eval "$(tzsim completion bash)"' >> ~/.bashrc
    zsh:  echo 'eval "$(tzsim completion zsh)"' >> ~/.zshrc
    fish: tzsim completion fish > ~/.config/fish/completions/tzsim.fish
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None, shell
    print(kind(commands, {}, "tzsim", "_TZSIM_COMPLETE").source())


def main(arguments: list[str] | None = None) -> None:
    """Entry point of `tzsim`: runs a word and leaves with 0, 1 (failed), 2 (bad input) or 130 (interrupted)."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")
    arguments = sys.argv[1:] if arguments is None else arguments
    speak(chosen(arguments))
    with warnings.catch_warnings():
        _say_warnings()
        sys.exit(_run(arguments))


def _say_warnings() -> None:
    """Print tzsim's own warnings as one line each, without the line of code that Python shows."""
    usual = warnings.showwarning

    def show(message: Warning | str, category: type[Warning], *rest: Any, **more: Any) -> None:
        if issubclass(category, TzsimWarning):
            print(f"tzsim: {said(message)}", file=sys.stderr)
        else:
            usual(message, category, *rest, **more)

    warnings.simplefilter("always", TzsimWarning)
    warnings.showwarning = show


def _run(arguments: list[str]) -> int:
    try:
        code = commands.main(arguments, prog_name="tzsim", standalone_mode=False)
        return code if isinstance(code, int) else OK
    except InputError as error:
        _complain(error)
        return BAD_INPUT
    except TzsimError as error:
        print(f"tzsim: {said(error)}", file=sys.stderr)
        return FAILED
    except (KeyboardInterrupt, click.Abort):
        print(said(both("已中断，没有写出任何文件", "interrupted; nothing was written")), file=sys.stderr)
        return INTERRUPTED
    except click.ClickException as error:
        error.show()
        return BAD_INPUT
    except BrokenPipeError:
        sys.stderr.close()
        return FAILED
    except OSError as error:
        print(
            said(both(f"tzsim: {error}；没有写出任何文件", f"tzsim: {error}; nothing was written")),
            file=sys.stderr,
        )
        return FAILED


def _complain(error: InputError) -> None:
    """All problems, one below the other, and how many there are."""
    count = len(error.problems)
    for problem in error.problems:
        print(problem.of(spoken()), file=sys.stderr)
    closing = both(f"共 {count} 处问题；没有运行", f"{count} problems; nothing was run")
    if count > 1:
        print(said(closing), file=sys.stderr)
