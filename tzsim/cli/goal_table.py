"""The goal table on the terminal: every row of the goal file, by area, in one language."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from rich.table import Table
from rich.text import Text

from tzsim.cli.grid import Column, console, grid, left_out
from tzsim.forecast.result import Forecast
from tzsim.report.goal_rows import GoalRow, area_name, by_area, goal_rows
from tzsim.report.numerals import FAN_LEVEL, SAMPLING_LEVEL, percent, probability, probability_interval
from tzsim.report.sentences import likelihood_table
from tzsim.report.wording import say

Lang = Literal["zh", "en"]

_COLUMNS = (
    "col id",
    "col goal",
    "col target",
    "col date",
    "col median",
    "col probability",
    "col verdict",
    "col evidence",
    "col binds",
)

_STYLES = {"p0": "red", "p1": "red", "p2": "yellow", "p3": "", "p4": "cyan", "p5": "cyan", "p6": "bold cyan"}

_WORDS = {
    "head": (
        "{scenario}：{members} 次模拟，种子 {seed}，运行编号 {run}",
        "{scenario}: {members} draws, seed {seed}, run {run}",
    ),
    "joint": ("同时达成（{count} 项）：{name} {p}", "goals of {name}, all together ({count}): {p}"),
    "all": ("全部已评判目标", "the plan"),
    "dated": ("其中注明期限的目标", "the plan that state a date"),
    "conflicts": (
        "目标之间：{pairs}对中{fights}对冲突、{together}对协同{example}（详见 conflicts.csv）",
        "among goals: of {pairs} pairs {fights} conflict and {together} go together{example} (see conflicts.csv)",
    ),
    "conflict example": (
        "；最明显的冲突：{first}与{second}，同时达成{both}，若互不相关为{independent}",
        "; the clearest conflict: {first} and {second}, both in {both}, {independent} if unrelated",
    ),
    "failed": ("{failed} 次模拟失败，已剔除：", "{failed} draws failed and are left out:"),
    "missing": (
        "没有写 {file}：缺少所需的库，安装命令：{install}",
        "{file} is not written: a library is missing; install it with {install}",
    ),
    "wrote": ("结果写入 {folder}：{files}", "written to {folder}: {files}"),
    "note": (
        "概率后的区间是抽样误差，不含模型与先验的误差；“仅先验”即尚未用历史数据校准。",
        "Intervals of probabilities are sampling error only; 'prior only' means not calibrated to history.",
    ),
    "posterior": (
        "后验“{id}”：{draws}组，最大R-hat {rhat}，最小有效样本{ess}，{fitted}个拟合数据中{inside}个在95%区间内。",
        "posterior '{id}': {draws} draws, worst R-hat {rhat}, least ESS {ess}, {inside} of {fitted} fitted figures in their 95% band.",
    ),
    "undiagnosed": (
        "该后验未达到收敛标准（--allow-undiagnosed）。",
        "This posterior is below the bar of convergence (--allow-undiagnosed).",
    ),
}


def words(line: str, lang: Lang, /, **values: str) -> str:
    """A line of the terminal in one language."""
    zh, en = _WORDS[line]
    return (zh if lang == "zh" else en).format(**values)


def print_result(
    forecast: Forecast,
    lang: Lang,
    folder: Path,
    files: Sequence[str],
    missing: Sequence[tuple[str, str]] = (),
) -> None:
    """Head, table, joint probabilities, failures, and where the files are. missing: (file, how to get it)."""
    out = console()
    head = words(
        "head",
        lang,
        scenario=forecast.scenario.name.of(lang) or forecast.scenario.id,
        members=str(forecast.members),
        seed=str(forecast.seed),
        run=forecast.run_id,
    )
    out.print(Text(head, style="bold"))
    shown_table, missing_columns = table(forecast, lang, out.width)
    out.print(shown_table)
    if narrow := left_out(missing_columns, lang):
        out.print(Text(narrow, style="dim"))
    for line in _joint_lines(forecast, lang):
        out.print(Text(line))
    if forecast.failed:
        out.print(Text(words("failed", lang, failed=str(forecast.failed)), style="red"))
        for line in forecast.failures:
            out.print(Text(f"  {line}", style="red"))
    for note in forecast.notes:
        out.print(Text(note, style="yellow"))
    known = forecast.calibration
    if known is not None:
        line = words(
            "posterior", lang, id=known.id, draws=str(known.draws), rhat=f"{known.r_hat}", ess=f"{known.effective:.0f}",
            fitted=str(known.fitted), inside=str(known.inside),
        )  # fmt: skip
        out.print(Text(line))
        if not known.converged:
            out.print(Text(words("undiagnosed", lang), style="red"))
    if forecast.skill is not None:
        out.print(Text(forecast.skill.headline(lang)))
    out.print(Text(say("method words", lang, table=likelihood_table(lang)), style="dim"))
    out.print(Text(words("note", lang), style="dim"))
    shown = ", ".join(files[:6]) + (f" ... ({len(files)})" if len(files) > 6 else "")
    out.print(Text(words("wrote", lang, folder=str(folder), files=shown)))
    for file, install in missing:
        out.print(Text(words("missing", lang, file=file, install=install), style="yellow"))


_RANKS = {"col binds": 4, "col evidence": 3, "col verdict": 2, "col date": 1}
"""What a narrow terminal leaves out first; goal, target, median and probability always stand."""
_WRAPS = ("col goal", "col evidence", "col binds")
_STACKS = ("col median", "col probability")


def table(forecast: Forecast, lang: Lang, width: int) -> tuple[Table, tuple[str, ...]]:
    """Goal, target, date, median and 80 % interval, probability with its interval, verdict, evidence, what binds, as far as `width` goes.

    Also gives the names of the columns that are left out.
    """
    right = {"col target", "col median", "col probability"}
    columns: list[Column] = []
    for name in _COLUMNS:
        level = percent(FAN_LEVEL if name == "col median" else SAMPLING_LEVEL)
        columns.append(
            Column(
                say(name, lang, level=level),
                name in right,
                name in _WRAPS,
                _RANKS.get(name, 0),
                name in _STACKS,
            )
        )
    rows: list[tuple[Text, ...]] = []
    for area, listed in by_area(forecast, goal_rows(forecast, lang)):
        rows.append((Text(area, style="bold"),))
        rows += [_cells(row, lang) for row in listed]
    return grid(columns, rows, width)


def _cells(row: GoalRow, lang: Lang) -> tuple[Text, ...]:
    style = _STYLES.get(row.tone, "dim")
    name = ("↳ " if row.second else "") + row.name
    median = f"{row.median} [{row.interval}]" if row.median else ""
    chance = f"{row.probability} [{row.error}]" if row.judged else ""
    short = row.status == say("documented as met", lang)
    verdict = say("documented as met, short", lang) if short else row.verdict
    cells = (row.id, name, row.target, row.date, median, chance, verdict, row.evidence, row.binds)
    return tuple(Text(cell, style=style if i in (5, 6) else "") for i, cell in enumerate(cells))


def _joint_lines(forecast: Forecast, lang: Lang) -> list[str]:
    lines: list[str] = []
    for name, joint in forecast.joint.items():
        label = words("all", lang) if name == "all" else area_name(forecast, name, lang)
        p = joint.probability
        text = f"{probability(p.value)} [{probability_interval(p.low, p.high, lang)}]"
        lines.append(words("joint", lang, name=label, count=str(len(joint.goals)), p=text))
        if name == "all" and (dated := forecast.conflicts.dated) is not None:
            p = dated.probability
            text = f"{probability(p.value)} [{probability_interval(p.low, p.high, lang)}]"
            lines.append(words("joint", lang, name=words("dated", lang), count=str(len(dated.goals)), p=text))
    return [*lines, *_conflict_lines(forecast, lang)]


def _conflict_lines(forecast: Forecast, lang: Lang) -> list[str]:
    found = forecast.conflicts
    if not found.looked_at:
        return []
    example = ""
    if found.fights:
        worst = found.fights[0]
        shares = {"both": probability(worst.both), "independent": probability(worst.independent)}
        example = words("conflict example", lang, first=worst.first, second=worst.second, **shares)
    counts = {"fights": str(len(found.fights)), "together": str(len(found.pairs) - len(found.fights))}
    return [words("conflicts", lang, pairs=str(found.looked_at), example=example, **counts)]
