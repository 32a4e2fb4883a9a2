"""Draw every chart of the Tengzhou baseline and write docs/gallery.md: `python docs/gallery.py` (about a minute)."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from matplotlib.figure import Figure
from PIL import Image

import tzsim
from tzsim.report.style import figure_bytes

DOCS = Path(__file__).parent
DRAWS = 4000
DPI = 110
COLOURS = 64
"""Pictures are kept at this many colours: small files that still read well."""


def charts() -> list[tuple[str, str, str, Callable[[], Figure]]]:
    """(file, call, what it shows, how to draw it)."""
    scenario = replace(tzsim.read_scenario(DOCS.parent / "scenarios" / "baseline.yaml"), draws=DRAWS)
    dry = replace(tzsim.read_scenario(DOCS.parent / "scenarios" / "dry_spell.yaml"), draws=DRAWS)
    renewal = tzsim.read_scenario(DOCS.parent / "scenarios" / "research_and_renewal.yaml")
    forecast = tzsim.forecast(scenario)
    compared = tzsim.compare([scenario, dry, renewal], draws=DRAWS)
    return [
        (
            "fan",
            'tzsim.fan(forecast, "machine tools", "en")',
            "History (solid: documented, hollow: estimated), the forecast's bands, the goal and its probability",
            lambda: tzsim.fan(forecast, "machine tools", "en"),
        ),
        (
            "fan-slide",
            'tzsim.fan(forecast, "chemicals", "zh", "slide")',
            "The same for a 16:9 slide, in Chinese",
            lambda: tzsim.fan(forecast, "chemicals", "zh", "slide"),
        ),
        (
            "board",
            'tzsim.goal_board(forecast, "en")',
            "Every goal with its probability and sampling error; hollow where evidence is weak",
            lambda: tzsim.goal_board(forecast, "en"),
        ),
        (
            "binding",
            'tzsim.binding_map(forecast, "en")',
            "Which limit holds each cluster back, year by year, and in how many draws",
            lambda: tzsim.binding_map(forecast, "en"),
        ),
        (
            "comparison",
            'tzsim.comparison_chart(comparison, "en")',
            "Change of each goal's probability between scenarios, paired draw by draw",
            lambda: tzsim.comparison_chart(compared, "en"),
        ),
        (
            "evidence",
            'tzsim.evidence_chart(forecast, "en")',
            "Prior against posterior, for each goal",
            lambda: tzsim.evidence_chart(forecast, "en"),
        ),
        (
            "parameters",
            'tzsim.parameters_chart(forecast, "en")',
            "Prior against posterior, for each parameter that history taught something about",
            lambda: tzsim.parameters_chart(forecast, "en"),
        ),
    ]


def main() -> None:
    """Write the pictures and the page."""
    folder = DOCS / "pictures" / "gallery"
    folder.mkdir(parents=True, exist_ok=True)
    lines = [
        "# Gallery",
        "",
        "Every chart is one function that returns a matplotlib `Figure`; `lang` is `zh` or `en`, `size` is `a4`, `a4 half`, `a4 column` or `slide`.",
        "Save it with `tzsim.report.charts.save_figure` (PNG, SVG, PDF). This page is made by `python docs/gallery.py`.",
    ]
    for name, call, text, draw in charts():
        picture = Image.open(io.BytesIO(figure_bytes(draw(), "png", DPI))).convert("RGB")
        kept = picture.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        kept.save(folder / f"{name}.png", optimize=True)
        lines += ["", f"## {text}", "", f"`{call}`", "", f"![{text}](pictures/gallery/{name}.png)"]
    (DOCS / "gallery.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
