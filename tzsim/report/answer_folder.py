"""The folder of an answer (comparison, explanation, achievement): its tables as CSV, its charts, and the record."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from matplotlib.figure import Figure

from tzsim.forecast.achieve import Achievement
from tzsim.forecast.answer_table import AnswerTable
from tzsim.forecast.explain import Explanation
from tzsim.forecast.folder import RECORD, new_folder
from tzsim.record import VERSION
from tzsim.report.charts.comparison_chart import comparison_chart
from tzsim.report.charts.cost_chart import cost_chart
from tzsim.report.charts.difference_chart import drivers_chart, information_chart
from tzsim.report.charts.gap_chart import gap_chart
from tzsim.report.charts.loop_chart import loops_chart
from tzsim.report.charts.robustness_chart import robustness_chart
from tzsim.report.result_folder import file_name, write_brief_files
from tzsim.report.style import save_figure
from tzsim.report.wording import Lang

if TYPE_CHECKING:
    from tzsim.report.brief import Brief


class Answer(Protocol):
    """Anything that knows what it was made from."""

    @property
    def run_id(self) -> str: ...


def answer_name(answer: Explanation | Achievement) -> str:
    """'explain-T027', 'achieve-T026-T027'."""
    if isinstance(answer, Explanation):
        return file_name(f"explain-{answer.goal.id}")
    return file_name("-".join(["achieve", *(g.id for g in answer.goals)]))


def answer_figures(answer: Explanation | Achievement, lang: Lang) -> dict[str, Figure]:
    """The charts of an answer, by name."""
    if isinstance(answer, Achievement):
        return {"cost": cost_chart(answer, lang), "effects": comparison_chart(answer.effects, lang)}
    return {
        "drivers": drivers_chart(answer, lang),
        "knowing": information_chart(answer.forecast, answer.goal, answer.knowing, lang),
        "gap": gap_chart(answer, lang),
        "loops": loops_chart(answer, lang),
        "robustness": robustness_chart(answer.robustness, answer.goal.id, lang),
    }


def write_part(answer: Answer, folder: Path, lang: Lang) -> None:
    """Write the tables and charts of an explanation or achievement into a folder of its own in `folder`; nothing for others."""
    if isinstance(answer, Explanation | Achievement):
        place = folder / answer_name(answer)
        place.mkdir()
        _write(place, answer.tables(), answer_figures(answer, lang))


def write_answer(
    answer: Answer,
    folder: Path,
    tables: Mapping[str, AnswerTable],
    figures: Mapping[str, Figure],
    brief: Brief | None = None,
    pages: Mapping[str, str] | None = None,
) -> tuple[str, ...]:
    """Write `<name>.csv` of each table, charts/<name>.png, .svg, .pdf, the brief where there is one and run.json.

    pages: further HTML pages, name -> text. Gives the names written.

    The folder appears whole or not at all; the same answer gives the same bytes. Raises InputError where something
    stands there that no run wrote.
    """
    with new_folder(folder) as place:
        _write(place, tables, figures)
        for name, text in (pages or {}).items():
            (place / f"{name}.html").write_bytes(text.encode("utf-8"))
        if brief is not None:
            write_brief_files(brief, place)
        names = sorted(p.relative_to(place).as_posix() for p in place.rglob("*") if p.is_file())
        record = {"tzsim": VERSION, "run_id": answer.run_id, "answer": type(answer).__name__, "files": names}
        text = json.dumps(record, ensure_ascii=False, indent=2, allow_nan=False)
        (place / RECORD).write_bytes((text + "\n").encode("utf-8"))
    return (*names, RECORD)


def _write(place: Path, tables: Mapping[str, AnswerTable], figures: Mapping[str, Figure]) -> None:
    for name, table in tables.items():
        table.write_csv(place / f"{name}.csv")
    (place / "charts").mkdir()
    for name, figure in figures.items():
        save_figure(figure, place / "charts" / name)
