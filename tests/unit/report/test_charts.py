"""Charts: nothing overlaps, no glyph is missing, the numbers drawn are the forecast's, files are the same bytes again."""

from __future__ import annotations

import hashlib
import itertools
import os
import re
import subprocess
import sys
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text

from tzsim.clock import CALENDAR
from tzsim.errors import InputError
from tzsim.forecast.result import Binding, Forecast
from tzsim.report.charts import binding_map, fan, figure_bytes, goal_board, save_figure
from tzsim.report.style import PAGES, styled
from tzsim.report.typeset import text_width, wrap
from tzsim.report.wording import LANGS

pytestmark = pytest.mark.filterwarnings("error")
LOOKS = list(itertools.product(LANGS, PAGES))
SERIES = ("chemicals revenue", "lithium revenue", "water use", "renewables")


def texts(figure: Figure) -> list[tuple[str, Any]]:
    """Every text that is drawn, with its box in pixels."""
    with styled():
        figure.canvas.draw()
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    hidden: set[int] = set()
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            for tick in axis.get_major_ticks():
                if not axes.axison or not low <= tick.get_loc() <= high:
                    hidden |= {id(tick.label1), id(tick.label2)}
    found: list[tuple[str, Any]] = []
    for text in figure.findobj(Text):
        assert isinstance(text, Text)
        if text.get_visible() and text.get_text().strip() and id(text) not in hidden:
            found.append((text.get_text(), text.get_window_extent(renderer)))
    return found


def assert_no_overlap(figure: Figure) -> None:
    boxes = texts(figure)
    assert len(boxes) > 3
    width, height = figure.get_size_inches() * figure.dpi
    for words, box in boxes:
        assert box.x0 >= -1, words
        assert box.y0 >= -1, words
        assert box.x1 <= width + 1, words
        assert box.y1 <= height + 1, words
    for (first, a), (second, b) in itertools.combinations(boxes, 2):
        over_x = min(a.x1, b.x1) - max(a.x0, b.x0)
        over_y = min(a.y1, b.y1) - max(a.y0, b.y0)
        # boxes of lines hold the leading above and below the ink, a fifth of their height
        slack = 0.2 * min(a.height, b.height)
        assert over_x <= 1 or over_y <= slack, (first, second, over_x, over_y)


@pytest.mark.parametrize(("lang", "size"), LOOKS)
@pytest.mark.parametrize("series", SERIES)
def test_fan_has_no_overlapping_text(forecast: Forecast, series: str, lang: Any, size: Any) -> None:
    assert_no_overlap(fan(forecast, series, lang, size))


@pytest.mark.parametrize(("lang", "size"), LOOKS)
def test_board_and_binding_have_no_overlapping_text(forecast: Forecast, lang: Any, size: Any) -> None:
    assert_no_overlap(goal_board(forecast, lang, size))
    assert_no_overlap(binding_map(forecast, lang, size))


def test_the_overlap_check_sees_an_overlap(forecast: Forecast) -> None:
    figure = fan(forecast, "gdp")
    figure.text(0.3, 0.5, "first words")
    figure.text(0.31, 0.5, "second words")
    with pytest.raises(AssertionError):
        assert_no_overlap(figure)


def test_a_missing_glyph_is_an_error(forecast: Forecast) -> None:
    """The negative control of this file's `error` filter: a character that neither font has."""
    figure = fan(forecast, "gdp")
    figure.text(0.5, 0.5, "\U0001f9ec")
    with pytest.raises(UserWarning, match="missing from font"):
        figure_bytes(figure, "png")


@pytest.mark.parametrize("lang", LANGS)
def test_every_chart_is_written_in_three_formats_without_a_warning(
    forecast: Forecast, lang: Any, tmp_path: Path
) -> None:
    figures = [fan(forecast, f.id, lang) for f in forecast.fans]
    figures += [goal_board(forecast, lang), binding_map(forecast, lang)]
    for k, figure in enumerate(figures):
        written = save_figure(figure, tmp_path / f"{k}")
        assert [p.suffix for p in written] == [".png", ".svg", ".pdf"]
        assert all(p.stat().st_size > 1000 for p in written)


def lines(figure: Figure) -> list[np.ndarray]:
    return [np.asarray(line.get_xydata(), dtype=float) for line in figure.axes[0].get_lines()]


def test_the_median_drawn_is_the_forecast_s(forecast: Forecast) -> None:
    series = forecast.fan("gdp")
    figure = fan(forecast, "gdp", "en")
    middle = series.quantiles[3] * 0.1  # bn yuan
    points = {(x, round(y, 9)) for data in lines(figure) for x, y in data}
    for year, value in zip(series.years, middle, strict=True):
        assert (float(year), round(float(value), 9)) in points


def test_the_bands_drawn_are_the_forecast_s(forecast: Forecast) -> None:
    series = forecast.fan("gdp")
    bands = [np.asarray(c.get_paths()[0].vertices) for c in fan(forecast, "gdp").axes[0].collections]
    last = {round(float(y), 9) for band in bands for x, y in band if x == series.years[-1]}
    for level in (0.05, 0.1, 0.25, 0.75, 0.9, 0.95):
        value = float(series.quantiles[series.quantile_levels.index(level), -1])
        assert round(value, 9) in last


def test_history_points_are_solid_where_documented_and_hollow_where_not(forecast: Forecast) -> None:
    series = forecast.fan("chemicals revenue")
    axes = fan(forecast, "chemicals revenue").axes[0]
    drawn = {
        float(line.get_xdata()[0]): (float(line.get_ydata()[0]), line.get_markerfacecolor())
        for line in axes.get_lines()
        if line.get_marker() == "o"
    }
    assert len(drawn) == len(series.history)
    for o in series.history:
        value, face = drawn[float(o.year)]
        assert value == pytest.approx(o.value)
        assert (face == "white") == (o.quality in ("estimated", "recalled"))


def test_the_goal_is_drawn_at_its_value_and_year(forecast: Forecast) -> None:
    points = {tuple(p) for data in lines(fan(forecast, "chemicals revenue")) for p in data}
    assert (2026.0, 700.0) in points
    annual = {tuple(p) for data in lines(fan(forecast, "water use", "en")) for p in data}
    assert {(2024.0, 325.0), (2025.0, 325.0), (2026.0, 325.0)} <= annual


def test_a_goal_far_outside_does_not_flatten_the_fan(forecast: Forecast) -> None:
    figure = fan(forecast, "renewables")
    low, high = figure.axes[0].get_ylim()
    data = forecast.fan("renewables").quantiles
    assert high < 2 * data.max()
    assert any("1650" in words and "↑" in words for words, _ in texts(figure))
    assert low <= data.min()


@pytest.mark.parametrize("lang", LANGS)
def test_what_every_fan_must_say(forecast: Forecast, lang: Any) -> None:
    for series in forecast.fans:
        said = " ".join(words for words, _ in texts(fan(forecast, series.id, lang)))
        assert ("仅先验" if lang == "zh" else "prior only") in said
        assert forecast.run_id in said
        if series.result is not None and series.result.probability is not None:
            p = series.result.probability
            whole = "<1%" if p < 0.01 else ">99%" if p > 0.99 else f"{100 * p:.0f}%"
            assert whole in said
        unit = {"亿元": "bn yuan", "亿立方米": "million m³", "万千瓦": "MW", "万吨标准煤": "thousand tce"}
        assert (series.unit if lang == "zh" else unit[series.unit]) in said


def test_the_as_of_line_stands_between_the_last_known_year_and_the_next() -> None:
    from datetime import date

    assert CALENDAR.tick(date(2024, 12, 31)) == 2024.5
    assert CALENDAR.tick(date(2025, 6, 30)) == pytest.approx(2025.0, abs=0.01)


def test_board_holds_every_goal(forecast: Forecast) -> None:
    said = " ".join(words for words, _ in texts(goal_board(forecast)))
    for row in forecast.goals:
        assert row.goal.id in said


def test_board_dots_and_intervals_stand_at_the_probabilities(forecast: Forecast) -> None:
    """Read off between the rails of each column, at whose ends stand 0 and 1; a dot lies on the line of its own interval."""
    found: list[tuple[float, float, float]] = []
    for axes in goal_board(forecast).figure.axes:
        lines = [s for c in axes.collections if isinstance(c, LineCollection) for s in c.get_segments()]
        rails = [s[0, 0] for s in lines if s[0, 0] == s[1, 0] and s[0, 1] != s[1, 1]]
        low, span = min(rails), max(rails) - min(rails)
        ranges = {round(float(s[0, 1]), 6): (s[:, 0] - low) / span for s in lines if s[0, 1] == s[1, 1]}
        dots = [c.get_offsets() for c in axes.collections if isinstance(c, PathCollection)]
        found += [((x - low) / span, *ranges[round(float(y), 6)]) for points in dots for x, y in points]
    wanted = [
        (r.probability, r.probability_low, r.probability_high)
        for r in forecast.goals
        if r.probability is not None
    ]
    assert np.array(sorted(found)) == pytest.approx(np.array(sorted(wanted)))


def test_binding_cells_name_the_limit_with_the_largest_share(forecast: Forecast) -> None:
    names = ["需求", "产能", "劳动力", "能耗指标", "用水", "不受限"]
    figure = binding_map(forecast)
    cells = {
        (round(t.get_position()[1]), round(t.get_position()[0])): t.get_text().replace("\n", "")
        for t in figure.axes[0].texts
    }
    binding = forecast.binding
    for i in range(len(binding.elements)):
        for j in range(len(binding.years)):
            k = int(binding.share[i, j].argmax())
            assert cells[i, j] == f"{names[k]}{100 * binding.share[i, j, k]:.0f}%"


def test_text_reads_well_on_every_cell(forecast: Forecast) -> None:
    """Contrast of at least 4.5 (WCAG 2.1) between the words and the darkest cell of each limit."""

    def luminance(colour: Any) -> float:
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    binding = forecast.binding
    for k in range(len(binding.limits) + 1):
        share = np.zeros_like(binding.share)
        share[:, :, k] = 1.0
        axes = binding_map(replace(forecast, binding=replace(binding, share=share))).axes[0]
        paper, ink = luminance(axes.patches[0].get_facecolor()), luminance(axes.texts[0].get_color())
        assert (paper + 0.05) / (ink + 0.05) >= 4.5


def test_an_empty_binding_says_so(forecast: Forecast) -> None:
    empty = Binding((), (), (), np.zeros((0, 0, 1)), np.zeros((0, 0, 0)))
    said = " ".join(words for words, _ in texts(binding_map(replace(forecast, binding=empty))))
    assert "未列出任何约束" in said


def test_unknown_series_and_size_are_refused(forecast: Forecast) -> None:
    with pytest.raises(KeyError):
        fan(forecast, "no such series")
    with pytest.raises(InputError, match="slide"):
        fan(forecast, "gdp", "zh", "A3")  # type: ignore[arg-type]


def test_drawing_changes_no_setting_of_the_caller(forecast: Forecast) -> None:
    before = dict(matplotlib.rcParams)
    figure_bytes(fan(forecast, "gdp"), "svg")
    assert dict(matplotlib.rcParams) == before


def test_a_chart_shows_itself_in_a_notebook(forecast: Forecast) -> None:
    figure: Any = fan(forecast, "gdp")
    assert figure._repr_png_().startswith(b"\x89PNG")


SCRIPT = """
import sys, hashlib, warnings
sys.path.insert(0, sys.argv[1])
import synthetic
from tzsim.report.charts import fan, figure_bytes, goal_board
made = synthetic.forecast()
for figure in (fan(made, 'gdp'), goal_board(made, 'en')):
    for kind in ('png', 'svg', 'pdf'):
        print(hashlib.sha256(figure_bytes(figure, kind)).hexdigest())
"""


def test_files_are_the_same_bytes_in_another_process(forecast: Forecast) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(Path(__file__).parent)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "1", "TZ": "Asia/Shanghai"},
    )
    figures = (fan(forecast, "gdp"), goal_board(forecast, "en"))
    here = [hashlib.sha256(figure_bytes(f, k)).hexdigest() for f in figures for k in ("png", "svg", "pdf")]
    assert done.stdout.split() == here
    assert len(set(here)) == 6


@example("0000ww 。", 40.0)
@given(st.text(alphabet="目标达成，。（）GDP growth 1650%—", max_size=60), st.floats(40, 300))
def test_wrapping_keeps_every_character_and_the_width(text: str, width: float) -> None:
    broken = wrap(text, width, 8)
    assert "".join(broken).replace(" ", "") == text.replace(" ", "")
    for line in broken:
        if (
            text_width(line, 8) > width
        ):  # a word that cannot be broken stands alone; a closing mark never begins a line
            assert not re.search(r" [^ ，。）%]", line.strip())


def test_measured_width_is_the_drawn_width(forecast: Forecast) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = fan(forecast, "gdp")
        with styled():
            probe = figure.text(0, 0, "规模以上工业总产值 above-scale 850", size=9)
            figure.set_dpi(720)
            figure.canvas.draw()
        box = probe.get_window_extent(figure.canvas.get_renderer())  # type: ignore[attr-defined]
    assert text_width("规模以上工业总产值 above-scale 850", 9) == pytest.approx(box.width / 10, rel=0.02)


def test_series_without_values_or_with_one_year_are_still_drawn(forecast: Forecast) -> None:
    whole = forecast.fan("gdp")
    blank = replace(
        whole, quantiles=np.full_like(whole.quantiles, np.nan), history=(), goal=None, result=None
    )
    single = replace(whole, years=(2026,), quantiles=whole.quantiles[:, 8:9], history=())
    known = replace(whole, quantiles=np.full_like(whole.quantiles, np.nan))
    for series in (blank, single, known):
        made = replace(forecast, fans=(series,))
        for lang in LANGS:
            assert_no_overlap(fan(made, "gdp", lang))


def test_shares_of_a_year_without_members_leave_the_cell_empty(forecast: Forecast) -> None:
    share = forecast.binding.share.copy()
    share[0, 0] = np.nan
    figure = binding_map(replace(forecast, binding=replace(forecast.binding, share=share)))
    assert len(figure.axes[0].texts) == share.shape[0] * share.shape[1] - 1
