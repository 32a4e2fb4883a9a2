"""`tzsim check`: a model's test battery on the terminal, as JSON and as a page."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import cast

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tzsim.checks import CheckReport, CheckResult, check
from tzsim.checks.result import AREA_NAMES, AREAS, STATUS_NAMES, Area, Evidence, Status, number
from tzsim.cli.goal_table import Lang
from tzsim.cli.grid import console

_STYLES: dict[Status, str] = {"pass": "green", "fail": "bold red", "not applicable": "dim"}
MOST_SHOWN = 5
"""Observations printed under a failed check; the page and the JSON hold up to 20."""


def check_model(
    model: Path, *, checks: Path | None, parts: tuple[str, ...], as_json: bool, page: Path | None, lang: str
) -> bool:
    """Run the battery, print it, write the page; give whether nothing failed. Raises InputError."""
    language = cast("Lang", lang)
    if page is not None:
        from tzsim.report.check_page import check_target

        check_target(page)
    report = check(model, checks, areas=cast("tuple[Area, ...]", parts) or AREAS)
    if page is not None:
        from tzsim.report.check_page import write_check_page

        write_check_page(report, page, language)
    if as_json:
        print(json.dumps(report.as_json(lang), ensure_ascii=False, indent=2, allow_nan=False))
    else:
        print_report(report, language, console())
    return report.passed


def print_report(report: CheckReport, lang: Lang, out: Console) -> None:
    """One line a check, by area; what failed with its evidence."""
    out.print(Text(report.name.of(lang), style="bold"))
    for area in AREAS:
        results = report.of_area(area)
        if not results:
            continue
        grid = Table(
            title=AREA_NAMES[area].of(lang), title_justify="left", box=None, show_header=False, pad_edge=False
        )
        grid.add_column(no_wrap=True)
        grid.add_column(ratio=2)
        grid.add_column(ratio=3)
        for result in results:
            mark = Text(STATUS_NAMES[result.status].of(lang), style=_STYLES[result.status])
            grid.add_row(mark, Text(result.name.of(lang)), Text(_told(result, lang)))
        out.print(grid)
    counts = ", ".join(f"{STATUS_NAMES[s].of(lang)} {report.count(s)}" for s in _STYLES)
    members = (
        f"现值模型与{report.members - 1}组抽样，种子{report.seed}"
        if lang == "zh"
        else f"the model as it stands and {report.members - 1} draws, seed {report.seed}"
    )
    out.print(Text(f"{counts}{'；' if lang == 'zh' else '; '}{members}", style="bold"))


def _told(result: CheckResult, lang: Lang) -> str:
    lines = [result.text.of(lang)]
    shown = result.evidence if result.status == "fail" else ()
    lines += [evidence_line(e, lang) for e in shown[:MOST_SHOWN]]
    if len(shown) > MOST_SHOWN:
        lines.append("…")
    return "\n".join(lines)


def evidence_line(found: Evidence, lang: str) -> str:
    """One observation on a line: where, variable, what, value, time, member."""
    parts = [found.place, found.variable, found.text.of(lang)]
    if math.isfinite(found.value):
        parts.append(f"= {number(found.value)}")
    if math.isfinite(found.time):
        parts.append(f"t = {found.time:g}")
    if found.member is not None:
        drawn = f"第{found.member}组抽样" if lang == "zh" else f"draw {found.member}"
        parts.append(("现值" if lang == "zh" else "as it stands") if found.member == 0 else drawn)
    return "  ".join(p for p in parts if p)
