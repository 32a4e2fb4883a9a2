"""The folder of a forecast: tables, data, record, charts and brief, whole or not at all."""

from __future__ import annotations

import gc
import multiprocessing
import signal
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tzsim.ensemble.blocks import processors
from tzsim.forecast.folder import RECORD, new_folder
from tzsim.forecast.goals_csv import write_goals_csv
from tzsim.forecast.ledger import write_inputs
from tzsim.forecast.netcdf import write_netcdf
from tzsim.forecast.provenance import write_run_json
from tzsim.forecast.result import Forecast
from tzsim.report.wording import Lang

Part = Callable[[], object]


def write_forecast(
    forecast: Forecast, folder: Path, lang: Lang = "zh", *, processes: int | None = None
) -> tuple[str, ...]:
    """Write everything about a forecast into `folder` and return the names written, relative to it.

    An older result in `folder` is replaced as a whole. The same forecast gives the same bytes in every file, however
    many `processes` (default: all processors) share the work. Raises InputError where something stands there that no
    run wrote; nothing is left behind on any error.
    """
    with new_folder(folder) as place:
        (place / "charts").mkdir()
        _do(_parts(forecast, place, lang), processes or processors())
        names = sorted(p.relative_to(place).as_posix() for p in place.rglob("*") if p.is_file())
        write_run_json(forecast, place / RECORD, names)
    return (*names, RECORD)


def _parts(forecast: Forecast, place: Path, lang: Lang) -> dict[str, Part]:
    """What is to be written, longest first; parts do not depend on each other."""
    from tzsim.report import brief, charts, spreadsheet

    pictures = place / "charts"

    def fan(stem: str, id: str) -> Part:
        return lambda: charts.save_figure(charts.fan(forecast, id, lang), pictures / stem)

    parts: dict[str, Part] = {
        "brief.html": lambda: brief.write_html(forecast, place / "brief.html", lang),
        "goals": lambda: charts.save_figure(charts.goal_board(forecast, lang), pictures / "goals"),
    }
    if not forecast.binding.empty:
        parts["binding"] = lambda: charts.save_figure(
            charts.binding_map(forecast, lang), pictures / "binding"
        )
    for number, series in enumerate(forecast.fans, start=1):
        stem = f"{number:02d}-{_file_name(series.id)}"
        parts[stem] = fan(stem, series.id)
    parts["goals.xlsx"] = lambda: spreadsheet.write_xlsx(forecast, place / "goals.xlsx", lang)
    parts["forecast.nc"] = lambda: write_netcdf(forecast, place / "forecast.nc")
    parts["goals.csv"] = lambda: write_goals_csv(forecast, place / "goals.csv")
    parts["inputs"] = lambda: write_inputs(forecast, place)
    return parts


def _file_name(id: str) -> str:
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
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()
