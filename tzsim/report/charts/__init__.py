"""Charts of a forecast: each function takes a `Forecast` and returns a matplotlib `Figure`.

Sizes: 'a4' (the text width of an A4 page), 'a4 half' (two to a page), 'a4 column' (narrower and higher), 'slide' (16:9). Save with `save_figure`, which writes the
same bytes on every run.
"""

from tzsim.report.charts.binding_chart import binding_map
from tzsim.report.charts.board import goal_board
from tzsim.report.charts.comparison_chart import comparison_chart
from tzsim.report.charts.fan_chart import fan
from tzsim.report.charts.prior_chart import evidence_chart, parameters_chart
from tzsim.report.style import figure_bytes, save_figure

__all__ = [
    "binding_map",
    "comparison_chart",
    "evidence_chart",
    "fan",
    "figure_bytes",
    "goal_board",
    "parameters_chart",
    "save_figure",
]
