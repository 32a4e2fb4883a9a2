"""The look of every chart: fonts shipped with the package, colours safe for colour-blind readers, sizes, and saving.

Files are the same bytes on every run: no date in the metadata, fixed ids in SVG. Figures do not go through pyplot, so drawing one
changes no global state.
"""

from __future__ import annotations

import io
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import matplotlib
from matplotlib import font_manager
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from tzsim.arguments import check, choice
from tzsim.files import write_whole

Size: TypeAlias = Literal["a4", "a4 half", "a4 column", "slide"]
Format: TypeAlias = Literal["png", "svg", "pdf"]

FAMILY: Final = "tzsim Sans"
FONT_FILES: Final = (("NotoSansSC-Regular-gb.ttf", 400), ("NotoSansSC-Bold-gb.ttf", 700))

INK: Final = "#2B2F36"
QUIET: Final = "#6B7078"
FAINT: Final = "#D9DCE0"
GOAL: Final = "#C8400A"
FORECAST: Final = "#1F5FA8"
PAST: Final = "#8A9099"

VERDICT: Final = ("#A63A00", "#D3692B", "#E9A97C", "#A9AEB5", "#8DB6DA", "#3F83BF", "#124E8C")
"""Colour of each rank of likelihood, from almost impossible (orange) over grey to almost certain (blue)."""

LIMIT_COLOURS: Final = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#D55E00",
    "#F0E442",
    "#7A5C3E",
)
"""Okabe and Ito's colours, in the order of the view's limits; 'none' is light grey."""
NONE_COLOUR: Final = "#ECEEF0"


@dataclass(frozen=True, slots=True)
class Page:
    """What a chart is drawn for: width and usual height in inches, and the factor on all type sizes."""

    width: float
    height: float
    type_scale: float


PAGES: Final[dict[Size, Page]] = {
    "a4": Page(6.7, 3.9, 1.0),
    "a4 half": Page(4.6, 3.05, 0.88),
    "a4 column": Page(4.6, 3.5, 0.92),
    "slide": Page(10.0, 5.625, 1.3),
}


def page(size: Size) -> Page:
    """The page of that name. Raises InputError listing the sizes there are."""
    check(choice("size", size, tuple(PAGES)))
    return PAGES[size]


@cache
def _settings() -> dict[Any, Any]:
    """The style file as rc settings, with the shipped fonts registered under a name of their own (once)."""
    folder = files("tzsim.report")
    for name, weight in FONT_FILES:
        with as_file(folder / "fonts" / name) as path:
            font = font_manager.get_font(str(path))
            entry = replace(font_manager.ttfFontProperty(font), name=FAMILY, weight=weight)
            font_manager.fontManager.ttflist.append(entry)
    with as_file(folder / "tzsim.mplstyle") as path:
        return dict(matplotlib.rc_params_from_file(str(path), use_default_template=False))


@contextmanager
def styled() -> Generator[None]:
    """The style of the report inside the block, the caller's own outside."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_settings())
        yield


def new_figure(width: float, height: float) -> Figure:
    """An empty figure of that size in inches, free of pyplot."""
    figure = Chart(figsize=(width, height), dpi=150)
    FigureCanvasAgg(figure)
    return figure


class Chart(Figure):
    """A matplotlib Figure that shows itself in a notebook even where pyplot was never imported."""

    def _repr_png_(self) -> bytes:
        return figure_bytes(self, "png")


PNG_LEVEL: Final = 3
"""Of zlib: for flat charts smaller than the usual 6, and in two thirds of the time."""


def figure_bytes(figure: Figure, kind: Format, dpi: int = 200) -> bytes:
    """The figure as a file's content, the same bytes on every run."""
    options: dict[Format, dict[str, Any]] = {
        "png": {"metadata": {"Software": None}, "pil_kwargs": {"compress_level": PNG_LEVEL}},
        "svg": {"metadata": {"Date": None, "Creator": None}},
        "pdf": {"metadata": {"CreationDate": None, "Creator": None, "Producer": None}},
    }
    target = io.BytesIO()
    with styled():
        figure.savefig(target, format=kind, dpi=dpi, **options[kind])
    return target.getvalue()


def save_figure(
    figure: Figure, stem: Path, formats: tuple[Format, ...] = ("png", "svg", "pdf")
) -> list[Path]:
    """Write `stem`.png, .svg, .pdf and return the paths written."""
    written: list[Path] = []
    for kind in formats:
        path = stem.with_name(f"{stem.name}.{kind}")
        write_whole(path, figure_bytes(figure, kind))
        written.append(path)
    return written
