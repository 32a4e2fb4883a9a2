"""`tzsim data check`: is a file of figures fit to be used, and what should a person look at first."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal, cast

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from tzsim.cli.grid import console
from tzsim.scenario.data_check import DataCheck, check_data

PROJECT = Path("calibration/data")

_WORDS = {
    "head": (
        "{file}：{rows} 行可用，{series} 个序列；与 {known} 条现有数据核对",
        "{file}: {rows} usable rows, {series} series; held against {known} figures of the project",
    ),
    "place": ("位置", "place"),
    "figure": ("指标", "figure"),
    "finding": ("需要核对", "to look at"),
    "grave": (
        "{n} 处须先处理，才能使用（与现有数据矛盾，或数量级可疑且未确认）",
        "not fit for use: settle {n} places first (contradictions with the project, or orders of magnitude off and not confirmed)",
    ),
    "light": ("可用；{n} 处请人工核对", "fit for use; {n} places for a person to look at"),
    "clean": ("可用；未发现问题", "fit for use; nothing was found"),
}


def check_file(file: Path, *, against: Path | None, as_json: bool, lang: str) -> bool:
    """Print what was found; whether the file is fit for use. Raises InputError with every row that is not."""
    if against is None and PROJECT.is_dir():
        against = PROJECT
    found = check_data(file, against)
    if as_json:
        print(json.dumps(_plain(found), ensure_ascii=False, indent=2))
    else:
        _print(found, file, cast("Literal['zh', 'en']", lang))
    return found.fit_for_use


def _print(found: DataCheck, file: Path, lang: Literal["zh", "en"]) -> None:
    def say(key: str, **values: object) -> str:
        return _WORDS[key][lang == "en"].format(**values)

    out = console()
    out.print(
        Text(
            say("head", file=file, rows=len(found.rows), series=len(found.series), known=found.compared_with)
        )
    )
    if found.findings:
        grid = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold")
        for key in ("place", "figure", "finding"):
            grid.add_column(say(key), overflow="fold")
        for f in found.findings:
            style = "bold red" if f.grave else ""
            figure = f"{f.variable} · {f.entity} · {f.year}"
            grid.add_row(str(f.address), figure, f.zh if lang == "zh" else f.en, style=style)
        out.print(grid)
    grave = sum(f.grave for f in found.findings)
    key = "grave" if grave else "light" if found.findings else "clean"
    out.print(Text(say(key, n=grave or len(found.findings)), style="red" if grave else "green"))


def _plain(found: DataCheck) -> dict[str, object]:
    return {
        "fit_for_use": found.fit_for_use,
        "rows": len(found.rows),
        "compared_with": found.compared_with,
        "findings": [
            {
                "kind": f.kind, "grave": f.grave, "file": f.address.file, "line": f.address.line, "variable": f.variable,
                "entity": f.entity, "year": f.year, "zh": f.zh, "en": f.en,
            }
            for f in found.findings
        ],
    }  # fmt: skip
