"""The folder of a forecast: tables, data, record, charts and brief, whole or not at all."""

from __future__ import annotations

from pathlib import Path

from tzsim.forecast.folder import RECORD, new_folder
from tzsim.forecast.goals_csv import write_goals_csv
from tzsim.forecast.netcdf import write_netcdf
from tzsim.forecast.provenance import write_run_json
from tzsim.forecast.result import Forecast
from tzsim.report.wording import Lang


def write_forecast(forecast: Forecast, folder: Path, lang: Lang = "zh") -> tuple[str, ...]:
    """Write everything about a forecast into `folder` and return the names written, relative to it.

    An older result in `folder` is replaced as a whole. The same forecast gives the same bytes in every file.
    Raises InputError where something stands there that no run wrote; nothing is left behind on any error.
    """
    from tzsim.report import brief, charts, spreadsheet

    with new_folder(folder) as place:
        write_goals_csv(forecast, place / "goals.csv")
        write_netcdf(forecast, place / "forecast.nc")
        spreadsheet.write_xlsx(forecast, place / "goals.xlsx", lang)
        brief.write_html(forecast, place / "brief.html", lang)
        pictures = place / "charts"
        pictures.mkdir()
        for number, fan in enumerate(forecast.fans, start=1):
            charts.save_figure(charts.fan(forecast, fan.id, lang), pictures / f"{number:02d}-{fan.id}")
        charts.save_figure(charts.goal_board(forecast, lang), pictures / "goals")
        if not forecast.binding.empty:
            charts.save_figure(charts.binding_map(forecast, lang), pictures / "binding")
        names = sorted(p.relative_to(place).as_posix() for p in place.rglob("*") if p.is_file())
        write_run_json(forecast, place / RECORD, names)
    return (*names, RECORD)
