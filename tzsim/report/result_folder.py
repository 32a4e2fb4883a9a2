"""The folder of a forecast: tables, data, record, charts, brief and page, whole or not at all."""

from __future__ import annotations

import gc
import multiprocessing
import shutil
import signal
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tzsim.ensemble.blocks import processors
from tzsim.forecast.folder import RECORD, new_folder
from tzsim.forecast.goals_csv import write_goals_csv
from tzsim.forecast.ledger import write_inputs
from tzsim.forecast.movers import Mover, movers
from tzsim.forecast.netcdf import write_netcdf
from tzsim.forecast.provenance import write_run_json
from tzsim.forecast.result import Forecast
from tzsim.report.typeset import forget_fonts
from tzsim.report.wording import Lang

if TYPE_CHECKING:
    from tzsim.forecast.sweep import Sweep
    from tzsim.report.brief import Brief
    from tzsim.report.brief.matter import Answer
    from tzsim.report.brief.pictures import Drawn

Part = Callable[[], object]

DRAWN = ".drawn"
"""Where the charts of the brief lie between being drawn and being set; gone when the folder is whole."""


Output = Literal["tables", "charts", "brief", "page"]
OUTPUTS: tuple[Output, ...] = ("tables", "charts", "brief", "page")
"""What a run writes; the charts and documents take most of the time of a small one."""


def write_forecast(
    forecast: Forecast,
    folder: Path,
    lang: Lang = "zh",
    *,
    sweep: Sweep | None = None,
    answers: Iterable[Answer] = (),
    processes: int | None = None,
    outputs: Collection[Output] = OUTPUTS,
) -> tuple[str, ...]:
    """Write everything about a forecast into `folder` and return the names written, relative to it.

    sweep, answers: what brief and page say of levers, and further answers that they show (see `tzsim.report.brief.brief`); each
    explanation and achievement also gets a folder of its own, `explain-GOAL` or `achieve-GOALS`. The brief is written as HTML, DOCX and, where typst is installed, PDF (`missing_formats` names what is left out and its remedy).
    outputs: which of charts, brief and page to write besides the tables, which always are, with the data and inputs.
    An older result in `folder` is replaced as a whole. The same forecast gives the same bytes in every file, however
    many `processes` (default: all processors) share the work. Raises InputError where something stands there that no
    run wrote; nothing is left behind on any error.
    """
    from tzsim.report.brief import brief

    with new_folder(folder) as place:
        moved = movers(forecast)
        given = tuple(answers)
        share = processes or processors()
        parts: dict[str, Part] = {}
        if "charts" in outputs:
            (place / "charts").mkdir()
            parts |= _charts(forecast, place, lang)
        made = brief(forecast, lang, sweep=sweep, answers=given, moved=moved) if "brief" in outputs else None
        if made is not None:
            parts |= _brief_pictures(made, place)
        parts |= _tables(forecast, moved, sweep, given, place, lang) | _answers(given, place, lang)
        if "page" not in outputs:
            del parts["page.html"]
        _do(parts, share)
        if made is not None:
            _set_brief(made, place, share)
        names = sorted(p.relative_to(place).as_posix() for p in place.rglob("*") if p.is_file())
        write_run_json(forecast, place / RECORD, names)
    return (*names, RECORD)


def missing_formats() -> tuple[tuple[str, str], ...]:
    """(file, command that installs what writes it) for each format of the brief that cannot be written here."""
    from tzsim.report.brief.pdf import INSTALL, has_typst

    return () if has_typst() else (("brief.pdf", INSTALL),)


# --- the parts: none depends on another of its stage, longest first ---------------------------------------------------


def _charts(forecast: Forecast, place: Path, lang: Lang) -> dict[str, Part]:
    from tzsim.report import charts

    pictures = place / "charts"

    def fan(stem: str, id: str) -> Part:
        return lambda: charts.save_figure(charts.fan(forecast, id, lang), pictures / stem)

    parts: dict[str, Part] = {
        "goals": lambda: charts.save_figure(charts.goal_board(forecast, lang), pictures / "goals"),
    }
    if not forecast.binding.empty:
        parts["binding"] = lambda: charts.save_figure(
            charts.binding_map(forecast, lang), pictures / "binding"
        )
    for number, series in enumerate(forecast.fans, start=1):
        stem = f"{number:02d}-{file_name(series.id)}"
        parts[stem] = fan(stem, series.id)
    return parts


def _tables(
    forecast: Forecast,
    moved: Mapping[str, tuple[Mover, ...]],
    sweep: Sweep | None,
    answers: Sequence[Answer],
    place: Path,
    lang: Lang,
) -> dict[str, Part]:
    from tzsim.forecast.lever_tables import write_levers_csv, write_movers_csv
    from tzsim.report import page, spreadsheet

    related = forecast.conflicts  # once, before the work is shared out
    parts: dict[str, Part] = {
        "page.html": lambda: page.write_page(
            forecast, place / "page.html", lang, moved=[moved], sweeps=[sweep], answers=answers
        ),
        "forecast.nc": lambda: write_netcdf(forecast, place / "forecast.nc"),
        "movers.csv": lambda: write_movers_csv(moved, place / "movers.csv"),
        "goals.xlsx": lambda: spreadsheet.write_xlsx(
            forecast, place / "goals.xlsx", lang, sweep=sweep, moved=moved
        ),
        "goals.csv": lambda: write_goals_csv(forecast, place / "goals.csv"),
        "conflicts.csv": lambda: related.table().write_csv(place / "conflicts.csv"),
        "inputs": lambda: write_inputs(forecast, place),
    }
    if sweep is not None:
        parts["levers.csv"] = lambda: write_levers_csv(sweep, place / "levers.csv")
    return parts


def _answers(answers: Sequence[Answer], place: Path, lang: Lang) -> dict[str, Part]:
    """Tables and charts of each answer in a folder of its own, as the command that asks the one question writes them."""
    from tzsim.report.answer_folder import write_part

    def part(answer: Answer) -> Part:
        return lambda: write_part(answer, place, lang)

    return {f"answer {k}": part(a) for k, a in enumerate(answers)}


def write_brief_files(brief: Brief, place: Path, processes: int | None = None) -> None:
    """Write a brief into `place` in every format that can be written here."""
    share = processes or processors()
    _do(_brief_pictures(brief, place), share)
    _set_brief(brief, place, share)


def _brief_pictures(brief: Brief, place: Path) -> dict[str, Part]:
    """Draw the charts of a brief and lay them aside in `place`, where the formats find them."""
    from tzsim.report.brief.pictures import draw

    (place / DRAWN).mkdir()

    def part(number: int) -> Part:
        picture = list(brief.pictures())[number]
        return lambda: draw(picture).save(place / DRAWN / str(number))

    return {f"brief picture {k}": part(k) for k, _ in enumerate(brief.pictures())}


def _set_brief(brief: Brief, place: Path, processes: int) -> None:
    """Write the brief in every format there is, from the charts laid aside, which go.

    The PDF is set in this process: typst's threads do not survive a fork.
    """
    from tzsim.report.brief import brief_docx, brief_html, brief_pdf
    from tzsim.report.brief.pdf import has_typst
    from tzsim.report.brief.pictures import load

    def drawn() -> Mapping[str, Drawn]:
        return {p.name: load(place / DRAWN / str(k)) for k, p in enumerate(brief.pictures())}

    parts: dict[str, Part] = {
        "brief.docx": lambda: (place / "brief.docx").write_bytes(brief_docx(brief, drawn())),
        "brief.html": lambda: (place / "brief.html").write_text(brief_html(brief, drawn()), encoding="utf-8"),
    }
    _do(parts, processes)
    if has_typst():
        (place / "brief.pdf").write_bytes(brief_pdf(brief, drawn()))
    shutil.rmtree(place / DRAWN)


def file_name(id: str) -> str:
    """The id of a series as a file name: blanks and signs that some system refuses become '-'."""
    return "".join(c if c.isalnum() or c in "-_." else "-" for c in id)


_shared: Mapping[str, Part] = {}
"""The parts that forked workers find in their copy of this process; empty outside `_do`."""


def _do(parts: Mapping[str, Part], processes: int) -> None:
    """Run every part, in forked processes where the system has them (matplotlib holds Python's lock)."""
    global _shared
    if processes == 1 or sys.platform != "linux":
        for part in parts.values():
            part()
        return
    _shared = parts
    try:
        forked = multiprocessing.get_context("fork")
        with ProcessPoolExecutor(processes, mp_context=forked, initializer=_start_worker) as pool:
            for _ in pool.map(_run_shared, parts):
                pass
    finally:
        _shared = {}


def _run_shared(name: str) -> None:
    _shared[name]()


def _start_worker() -> None:
    """Ctrl-C is the parent's to handle; a worker lives too briefly for collecting garbage to pay (a tenth of its time)."""
    # An open font file shares its place in the file with the parent and the other workers: each opens its own.
    forget_fonts()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()
