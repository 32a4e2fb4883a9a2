"""`tzsim compare`, `tzsim explain`, `tzsim achieve`: read, ask, write the folder, print the tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from tzsim.cli.goal_table import Lang, console

if TYPE_CHECKING:
    from tzsim.forecast.answer_table import AnswerTable
    from tzsim.report.answer_folder import Answer


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
    from tzsim.report.charts.difference_chart import comparison_chart
    from tzsim.scenario import read_scenario

    language = cast("Lang", lang)
    target = out or Path("out") / "-".join(["compare", *(p.stem for p in paths)])
    check_target(target)
    result = compare([read_scenario(p) for p in paths], draws=draws, seed=seed, threads=threads)
    figures = {"compare": comparison_chart(result, language)}
    _finish(result, target, {"compare": result.table()}, figures, language)


def explain_goal(
    path: Path, goal: str, *, out: Path | None, draws: int | None, lang: str, threads: int | None
) -> None:
    """Explain one goal of a scenario file. Raises InputError, SimulationError."""
    from dataclasses import replace

    from tzsim.forecast.explain import explain
    from tzsim.forecast.folder import check_target
    from tzsim.report.charts.difference_chart import drivers_chart
    from tzsim.report.charts.gap_chart import gap_chart
    from tzsim.report.charts.loop_chart import loops_chart
    from tzsim.report.charts.robustness_chart import robustness_chart
    from tzsim.scenario import read_scenario

    language = cast("Lang", lang)
    target = out or Path("out") / f"explain-{path.stem}-{goal}"
    check_target(target)
    scenario = read_scenario(path)
    result = explain(replace(scenario, draws=draws or scenario.draws), goal, threads=threads)
    figures = {
        "drivers": drivers_chart(result, language),
        "gap": gap_chart(result, language),
        "loops": loops_chart(result, language),
        "robustness": robustness_chart(result.robustness, goal, language),
    }
    _finish(result, target, result.tables(), figures, language)


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

    from tzsim.forecast.achieve import achieve
    from tzsim.forecast.folder import check_target
    from tzsim.report.charts.difference_chart import comparison_chart
    from tzsim.scenario import read_scenario

    language = cast("Lang", lang)
    target = out or Path("out") / "-".join(["achieve", path.stem, *goals])
    check_target(target)
    scenario = read_scenario(path)
    scenario = replace(scenario, draws=draws or scenario.draws)
    result = achieve(scenario, goals, probability=probability, members=members, runs=runs, threads=threads)
    _finish(
        result, target, result.tables(), {"effects": comparison_chart(result.effects, language)}, language
    )


MOST_ROWS = 15
"""Rows of a table on the terminal; the file has them all."""


def _finish(
    answer: Answer, target: Path, tables: Mapping[str, AnswerTable], figures: Mapping[str, Any], lang: Lang
) -> None:
    from tzsim.report.answer_folder import write_answer

    files = write_answer(answer, target, tables, figures)
    for table in tables.values():
        print_table(table, lang)
    said = "结果写入" if lang == "zh" else "written to"
    console().print(f"{said} {target}: {', '.join(files[:6])}", markup=False)


def print_table(table: AnswerTable, lang: Lang) -> None:
    """Title, sentences and rows on the terminal."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    out = console()
    out.print(Text(table.title.of(lang), style="bold"))
    for line in table.lines:
        out.print(Text(line.of(lang)))
    if not table.rows:
        return
    grid = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for place, column in enumerate(table.columns):
        numbers = all(isinstance(row[place], float | int | None) for row in table.rows)
        grid.add_column(column.name.of(lang), justify="right" if numbers else "left", overflow="fold")
    for row in table.shown(lang)[:MOST_ROWS]:
        grid.add_row(*(Text(cell) for cell in row))
    out.print(grid)
