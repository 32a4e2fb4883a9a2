"""The folder of an answer (comparison, explanation, achievement): its tables as CSV, its charts, and the record."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from matplotlib.figure import Figure

from tzsim.forecast.answer_table import AnswerTable
from tzsim.forecast.folder import RECORD, new_folder
from tzsim.record import VERSION
from tzsim.report.result_folder import write_brief_files
from tzsim.report.style import save_figure

if TYPE_CHECKING:
    from tzsim.report.brief import Brief


class Answer(Protocol):
    """Anything that knows what it was made from."""

    @property
    def run_id(self) -> str: ...


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
        for name, table in tables.items():
            table.write_csv(place / f"{name}.csv")
        for name, text in (pages or {}).items():
            (place / f"{name}.html").write_bytes(text.encode("utf-8"))
        (place / "charts").mkdir()
        for name, figure in figures.items():
            save_figure(figure, place / "charts" / name)
        if brief is not None:
            write_brief_files(brief, place)
        names = sorted(p.relative_to(place).as_posix() for p in place.rglob("*") if p.is_file())
        record = {"tzsim": VERSION, "run_id": answer.run_id, "answer": type(answer).__name__, "files": names}
        text = json.dumps(record, ensure_ascii=False, indent=2, allow_nan=False)
        (place / RECORD).write_bytes((text + "\n").encode("utf-8"))
    return (*names, RECORD)
