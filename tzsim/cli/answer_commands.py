"""`tzsim compare`, `tzsim explain`, `tzsim achieve`, `tzsim score`: read, ask, write the folder, print the tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from tzsim.cli.goal_table import Lang
from tzsim.cli.grid import console
from tzsim.cli.progress import progress_bar
from tzsim.cli.search_state import resumable

if TYPE_CHECKING:
    from tzsim.forecast.answer_table import AnswerTable
    from tzsim.report.answer_folder import Answer
    from tzsim.report.brief import Brief
    from tzsim.scenario import Scenario


def compare_scenarios(
    paths: Sequence[Path],
    *,
    out: Path | None,
    draws: int | None,
    seed: int | None,
    lang: str,
    threads: int | None,
) -> None:
    """Compare scenario files. Raises InputError, SimulationError."""
    from tzsim.forecast.compare import compare
    from tzsim.forecast.folder import check_target
    from tzsim.report.charts.comparison_chart import comparison_chart
    from tzsim.report.page import page_html
    from tzsim.scenario import read_scenario

    language = cast("Lang", lang)
    target = out or Path("out") / "-".join(["compare", *(p.stem for p in paths)])
    check_target(target)
    if any(p.is_dir() for p in paths):
        _compare_runs(paths, target, draws, language, threads)
        return
    scenarios = [read_scenario(p) for p in paths]
    with progress_bar(draws or scenarios[0].draws, language) as progress:
        result = compare(scenarios, draws=draws, seed=seed, threads=threads, progress=progress)
    figures = {"compare": comparison_chart(result, language)}
    from tzsim.report.brief import comparison_brief

    different = {f.scenario.id: f for f in result.forecasts}
    pages = {"page": page_html(tuple(different.values()), language)}
    brief = comparison_brief(result, language)
    _finish(result, target, {"compare": result.table()}, figures, language, brief, pages)


def _compare_runs(
    paths: Sequence[Path], target: Path, draws: int | None, lang: Lang, threads: int | None
) -> None:
    from tzsim.errors import Address, InputError, Problem, both
    from tzsim.forecast.compare_runs import MEMBERS, compare_runs
    from tzsim.report.charts.run_changes_chart import run_changes_chart

    files = [p for p in paths if not p.is_dir()]
    if files:
        said = both("运行文件夹之间夹了一个文件", "a file among folders of runs")
        hint = both(
            "要么都写情景文件，要么写两个运行文件夹",
            "compare scenario files with each other, or the folders of two runs",
        )
        raise InputError(
            Problem(
                Address(str(p)),
                said if p.exists() else both("没有这个文件或文件夹", "no such file or folder"),
                hint,
            )
            for p in files
        )
    if len(paths) != 2:
        said = both(f"写了 {len(paths)} 个运行文件夹", f"{len(paths)} folders of runs")
        raise InputError.one(said, hint=both("只比较两个：先写较早的", "compare two: the older one first"))
    result = compare_runs(*paths, members=draws or MEMBERS, threads=threads)
    _finish(result, target, result.tables(), {"changes": run_changes_chart(result, lang)}, lang)


def score_run(folder: Path, actuals: Path, *, out: Path | None, lang: str, threads: int | None) -> None:
    """Score the folder of a run by a file of figures. Raises InputError, SimulationError."""
    from tzsim.cli.data_command import PROJECT
    from tzsim.forecast.actuals import read_actuals
    from tzsim.forecast.folder import check_target
    from tzsim.forecast.score import score
    from tzsim.report.charts.score_chart import actuals_fan, score_chart
    from tzsim.scenario.figure_names import names_beside, read_figure_names

    language = cast("Lang", lang)
    target = out or Path("out") / f"score-{folder.name or 'run'}"
    check_target(target)
    beside = names_beside(actuals) or (names_beside(PROJECT) if PROJECT.is_dir() else None)
    result = score(folder, read_actuals(actuals, read_figure_names(beside)), threads=threads)
    figures: dict[str, Any] = {"score": score_chart(result, language)}
    for series in dict.fromkeys(f.series for f in result.figures if f.series):
        stem = "".join(c if c.isalnum() or c in "-_." else "-" for c in series)
        figures[f"fan-{stem}"] = actuals_fan(result, series, language)
    _finish(result, target, result.tables(), figures, language)


def _scenario(path: Path) -> Scenario:
    """A scenario file's, or that of a run's folder."""
    from tzsim.forecast.ledger import open_run
    from tzsim.scenario import read_scenario

    return open_run(path).scenario if path.is_dir() else read_scenario(path)


def explain_goal(
    path: Path, goal: str, *, out: Path | None, draws: int | None, lang: str, threads: int | None
) -> None:
    """Explain one goal of a scenario file. Raises InputError, SimulationError."""
    from dataclasses import replace

    from tzsim.forecast.asked import goal_asked
    from tzsim.forecast.explain import explain
    from tzsim.forecast.folder import check_target
    from tzsim.report.answer_folder import answer_figures

    language = cast("Lang", lang)
    scenario = _scenario(path)
    goal = goal_asked(scenario, goal).id
    target = out or Path("out") / f"explain-{path.stem}-{goal}"
    check_target(target)
    count = draws or scenario.draws
    with progress_bar(count, language) as progress:
        result = explain(replace(scenario, draws=count), goal, threads=threads, progress=progress)
    _finish(result, target, result.tables(), answer_figures(result, language), language)


def achieve_goals(
    path: Path,
    goals: Sequence[str],
    *,
    probability: float,
    out: Path | None,
    draws: int | None,
    members: int,
    runs: int,
    lang: str,
    threads: int | None,
) -> None:
    """Find the least-cost levers for goals of a scenario file. Raises InputError, SimulationError."""
    from dataclasses import replace

    from tzsim.forecast.achieve import achieve, most_settings, question_asked
    from tzsim.forecast.folder import check_target
    from tzsim.report.answer_folder import answer_figures

    language = cast("Lang", lang)
    scenario = _scenario(path)
    goals = [g.id for g in question_asked(scenario, goals, probability)[0]]
    target = out or Path("out") / "-".join(["achieve", path.stem, *goals])
    check_target(target)
    scenario = replace(scenario, draws=draws or scenario.draws)
    # what was tried stands beside the result until it is there: started again, the search goes on
    state = target.with_name(f".{target.name}.tried.npz")
    words = ("试算手段组合", "trying settings")
    with (
        resumable(state, scenario, goals, probability, language, members=members, runs=runs),
        progress_bar(most_settings(runs), language, words=words) as progress,
    ):
        result = achieve(
            scenario, goals, probability=probability, members=members, runs=runs, threads=threads, state=state,
            progress=progress,
        )  # fmt: skip
    _finish(result, target, result.tables(), answer_figures(result, language), language)


MOST_ROWS = 15
"""Rows of a table on the terminal; the file has them all."""


def _finish(
    answer: Answer,
    target: Path,
    tables: Mapping[str, AnswerTable],
    figures: Mapping[str, Any],
    lang: Lang,
    brief: Brief | None = None,
    pages: Mapping[str, str] | None = None,
) -> None:
    from tzsim.report.answer_folder import write_answer

    files = write_answer(answer, target, tables, figures, brief, pages)
    for table in tables.values():
        print_table(table, lang)
    said = "结果写入" if lang == "zh" else "written to"
    console().print(f"{said} {target}: {', '.join(files[:6])}", markup=False)


def print_table(table: AnswerTable, lang: Lang) -> None:
    """Title, sentences and rows on the terminal."""
    from rich.text import Text

    from tzsim.cli.grid import Column, grid, left_out

    out, table = console(), table.for_reading
    if not table.rows and not table.lines:
        return
    out.print(Text(table.title.of(lang), style="bold"))
    for line in table.lines:
        out.print(Text(line.of(lang)))
    if not table.rows:
        return
    columns: list[Column] = []
    for place, column in enumerate(table.columns):
        numbers = all(isinstance(row[place], float | int | None) for row in table.rows)
        columns.append(Column(column.name.of(lang), numbers, not numbers, rank=place if place > 2 else 0))
    shown = [[Text(cell) for cell in row] for row in table.shown(lang)[:MOST_ROWS]]
    made, missing = grid(columns, shown, out.width)
    out.print(made)
    if narrow := left_out(missing, lang):
        out.print(Text(narrow, style="dim"))
    left = len(table.rows) - MOST_ROWS
    if left > 0:
        rest = (
            f"……另有{left}行，全表见结果文件"
            if lang == "zh"
            else f"... and {left} rows more, in the files written"
        )
        out.print(Text(rest, style="dim"))
