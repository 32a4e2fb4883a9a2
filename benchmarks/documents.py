"""How long the documents of a run take: the brief in each format and language, the page, the spreadsheet, every chart.

    python benchmarks/documents.py [SCENARIO] [--draws 10000] [--repeat 3]

The forecast and the effects of the levers are made once and not counted. Seconds of CPU time in one process, the best of the repeats (the PDF: the first); a
brief includes the drawing of its charts, once for the three formats. `tzsim run` shares the work between processes.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import process_time

from matplotlib.figure import Figure

import tzsim
from tzsim.forecast.movers import movers
from tzsim.report.brief import brief_docx, brief_html, brief_pdf
from tzsim.report.brief.pictures import draw
from tzsim.report.page import page_html
from tzsim.report.spreadsheet import write_xlsx
from tzsim.report.style import figure_bytes
from tzsim.report.wording import LANGS, Lang


def seconds(work: Callable[[], object], repeat: int) -> float:
    times: list[float] = []
    for _ in range(repeat):
        start = process_time()
        work()
        times.append(process_time() - start)
    return min(times)


def line(name: str, values: list[float], bar: str) -> None:
    print(f"{name:<28}" + "".join(f"{v:>8.2f}" for v in values) + f"   {bar}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    root = Path(__file__).resolve().parent.parent
    parser.add_argument("scenario", type=Path, nargs="?", default=root / "scenarios" / "baseline.yaml")
    parser.add_argument("--draws", type=int)
    parser.add_argument("--repeat", type=int, default=3)
    args = parser.parse_args()
    scenario = tzsim.read_scenario(args.scenario)
    forecast = tzsim.forecast(replace(scenario, draws=args.draws or scenario.draws))
    levers, moved = tzsim.sweep(forecast), movers(forecast)
    _ = forecast.conflicts
    briefs = {lang: tzsim.brief(forecast, lang, sweep=levers, moved=moved) for lang in LANGS}
    drawn = {
        lang: {p.name: draw(p) for p in made.pictures()} for lang, made in briefs.items()
    }  # fonts are read
    print(
        f"{scenario.id}: {forecast.members} members, {len(drawn['zh'])} charts in the brief; seconds of CPU time"
    )
    print(f"{'':<28}" + "".join(f"{lang:>8}" for lang in LANGS) + "   bar")
    parts: dict[str, Callable[[Lang], object]] = {
        "brief: its words": lambda lang: tzsim.brief(forecast, lang, sweep=levers, moved=moved),
        "brief: its charts": lambda lang: [draw(p) for p in briefs[lang].pictures()],
        "brief: HTML": lambda lang: brief_html(briefs[lang], drawn[lang]),
        "brief: DOCX": lambda lang: brief_docx(briefs[lang], drawn[lang]),
        "brief: PDF": lambda lang: brief_pdf(briefs[lang], drawn[lang]),
    }
    total = [0.0] * len(LANGS)
    for name, work in parts.items():
        repeat = 1 if name == "brief: PDF" else args.repeat  # typst remembers what it set
        found = [seconds(lambda lang=lang, work=work: work(lang), repeat) for lang in LANGS]
        total = [a + b for a, b in zip(total, found, strict=True)]
        line(name, found, "")
    line("brief in three formats", total, "6 s")
    pages = [
        seconds(lambda lang=lang: page_html([forecast], lang, [moved], [levers]), args.repeat)
        for lang in LANGS
    ]
    line("page.html", pages, "2 s")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "goals.xlsx"
        sheets = [
            seconds(
                lambda lang=lang: write_xlsx(forecast, file, lang, sweep=levers, moved=moved), args.repeat
            )
            for lang in LANGS
        ]
    line("goals.xlsx", sheets, "")
    charts: dict[str, Callable[[Lang], Figure]] = {
        **{f"fan {f.id}": lambda lang, f=f: tzsim.fan(forecast, f.id, lang) for f in forecast.fans},
        "goal board": lambda lang: tzsim.goal_board(forecast, lang),
        "binding map": lambda lang: tzsim.binding_map(forecast, lang),
        "evidence": lambda lang: tzsim.evidence_chart(forecast, lang),
    }
    for name, work in charts.items():
        found = [
            seconds(lambda lang=lang, work=work: figure_bytes(work(lang), "png"), args.repeat)
            for lang in LANGS
        ]
        line(f"{name}, PNG", found, "0.5 s")


if __name__ == "__main__":
    main()
