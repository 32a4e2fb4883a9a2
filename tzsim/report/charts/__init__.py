"""Charts of a forecast: each function takes a `Forecast` and returns a matplotlib `Figure`.

Sizes: 'a4' (the text width of an A4 page), 'a4 column' (narrower), 'slide' (a slide). Save with `save_figure`, which writes the
same bytes on every run.
"""

from tzsim.report.charts.binding_chart import binding_map
from tzsim.report.charts.board import goal_board
from tzsim.report.charts.fan_chart import fan
from tzsim.report.style import figure_bytes, save_figure

__all__ = ["binding_map", "fan", "figure_bytes", "goal_board", "save_figure"]
