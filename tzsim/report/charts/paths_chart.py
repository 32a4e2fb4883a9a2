"""One variable of an ensemble over time: median and bands, a panel for each element."""

from __future__ import annotations

import math
from itertools import product
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from tzsim.ensemble.trajectories import Trajectories
from tzsim.errors import InputError
from tzsim.report.style import FORECAST, Size, new_figure, page, styled
from tzsim.report.wording import Lang, check_lang

BANDS = ((0.05, 0.95, 0.18), (0.1, 0.9, 0.30), (0.25, 0.75, 0.50))
"""Lower level, upper level and darkness of each band, widest first; as on the fan charts."""
MOST_PANELS = 25


def plot(paths: Trajectories, name: str, *, lang: Lang = "zh", size: Size = "a4") -> Figure:
    """Draw one variable: the median with 50, 80 and 90 % bands over the members, or the single path of one member.

    name: a variable kept in `paths`; a subscripted one gets a panel an element, on one scale of time.
    Members whose value is no finite number at a time are left out there. Raises KeyError for a variable that was not kept, and
    InputError for another language or size, and above 25 panels: select elements first.
    """
    check_lang(lang)
    array = paths[name]
    dims = [str(d) for d in array.dims if d not in ("member", "time")]
    places: list[dict[str, Any]] = [
        dict(zip(dims, place, strict=True)) for place in product(*(array.coords[d].values for d in dims))
    ]
    if len(places) > MOST_PANELS:
        raise InputError.one(
            f"{name} has {len(places)} elements; at most {MOST_PANELS} panels are drawn",
            hint="keep fewer elements",
        )
    title = str(array.attrs.get(f"label_{lang}") or array.attrs.get("long_name") or array.name)
    unit = str(array.attrs.get("units", ""))
    time = np.asarray(array["time"].values, dtype=np.float64)
    columns = min(3, len(places))
    rows = math.ceil(len(places) / columns)
    sheet = page(size)
    with styled():
        height = sheet.height if rows == 1 else 0.6 + 1.75 * rows * sheet.type_scale
        figure = new_figure(sheet.width, height)
        figure.set_layout_engine("constrained")
        panels = figure.subplots(rows, columns, squeeze=False, sharex=True)
        figure.suptitle(f"{title} ({unit})" if unit else title, x=0.01, ha="left", weight="bold")
        for ax, place in zip(panels.flat, places, strict=False):
            values = np.asarray(array.sel(place).transpose("member", "time").values, dtype=np.float64)
            _panel(ax, time, values, lang)
            if place:
                ax.set_title(" · ".join(_label(array, d, e, lang) for d, e in place.items()), loc="left")
        for ax in panels.flat[len(places) :]:
            ax.set_visible(False)
        for ax in panels.flat[max(0, len(places) - columns) : len(places)]:
            ax.tick_params(labelbottom=True)
        handles, labels = panels.flat[0].get_legend_handles_labels()
        if len(handles) > 1:
            figure.legend(handles, labels, loc="outside lower right", ncols=len(handles), frameon=False)
        figure.supxlabel(str(paths.data.attrs.get("time_unit") or ""), x=0.06, ha="left")
    return figure


def _panel(ax: Axes, time: NDArray[np.float64], values: NDArray[np.float64], lang: Lang) -> None:
    """values: (member, time)."""
    finite = np.isfinite(values)
    seen = finite.any(axis=0)
    values, time = np.where(finite, values, np.nan)[:, seen], time[seen]
    if len(values) > 1:
        for low, high, darkness in BANDS:
            below, above = np.nanquantile(values, (low, high), axis=0)
            ax.fill_between(
                time,
                below,
                above,
                color=FORECAST,
                alpha=darkness,
                lw=0,
                label=_WORDS[lang][0].format(share=round(100 * (high - low))),
            )
    ax.plot(time, np.nanmedian(values, axis=0), color=FORECAST, lw=1.6, label=_WORDS[lang][1])
    ax.margins(x=0)
    if len(time) and float(np.ptp(time)) >= 4 and np.abs(time - np.rint(time)).min() < 1e-6:
        ax.xaxis.set_major_locator(MaxNLocator("auto", integer=True, steps=[1, 2, 5, 10]))


_WORDS: dict[Lang, tuple[str, str]] = {
    "zh": ("{share}% 的模拟在此范围", "中位数"),
    "en": ("{share} % of members", "median"),
}


def _label(array: Any, dim: str, element: Any, lang: Lang) -> str:
    """The element's label in that language where the ensemble carries one."""
    labels = array.coords.get(f"{dim}_{lang}")
    return str(element if labels is None else labels.sel({dim: element}).item())
