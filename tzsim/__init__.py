"""tzsim: stock-flow models as calibrated ensembles, and the probability of each goal of a plan.

    model = tzsim.read_model("models/tengzhou")          what the files say
    kernel = tzsim.compile_model(model, outputs=[...])    thousands of members at once
    run = tzsim.interpret(model)                          the definition, in plain Python
    paths = tzsim.simulate(model, draws)                  an ensemble as xarray
    forecast = tzsim.forecast(tzsim.read_scenario("scenarios/baseline.yaml"))

Names are imported when first used, so that `import tzsim` is quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from tzsim.errors import InputError, SimulationError, TzsimError, Unsupported
from tzsim.record import VERSION as __version__

if TYPE_CHECKING:
    from tzsim.calibration.calibrate import calibrate
    from tzsim.calibration.hindcast import Hindcast, hindcast
    from tzsim.calibration.posterior import Posterior
    from tzsim.calibration.self_check import SelfCheck, self_check
    from tzsim.calibration.smc import Settings
    from tzsim.checks import CheckReport, check
    from tzsim.ensemble.draws import Draws, draw
    from tzsim.ensemble.loop_scores import LoopScores, loop_scores
    from tzsim.ensemble.simulate import simulate, summarise
    from tzsim.ensemble.trajectories import Summary, Trajectories
    from tzsim.forecast.achieve import Achievement, achieve
    from tzsim.forecast.compare import Comparison, compare
    from tzsim.forecast.compare_runs import RunComparison, compare_runs
    from tzsim.forecast.explain import Explanation, explain
    from tzsim.forecast.information import ValueOfInformation, value_of_information
    from tzsim.forecast.ledger import StoredRun, open_run
    from tzsim.forecast.movers import movers
    from tzsim.forecast.result import Forecast
    from tzsim.forecast.robustness import Robustness, robustness
    from tzsim.forecast.run import forecast
    from tzsim.forecast.score import Score, score
    from tzsim.forecast.sweep import sweep
    from tzsim.ir.describe import Description, describe
    from tzsim.ir.model import Model
    from tzsim.kernel.compile import Kernel, compile_model
    from tzsim.kernel.interpreter import interpret
    from tzsim.report.brief import brief, comparison_brief, write_brief
    from tzsim.report.charts import binding_map, fan, goal_board
    from tzsim.report.charts.comparison_chart import comparison_chart
    from tzsim.report.charts.cost_chart import cost_chart
    from tzsim.report.charts.difference_chart import conflicts_chart, drivers_chart, information_chart
    from tzsim.report.charts.gap_chart import gap_chart
    from tzsim.report.charts.loop_chart import loop_chart, loops_chart
    from tzsim.report.charts.loop_diagram import causal_loop, loop_diagram
    from tzsim.report.charts.paths_chart import plot
    from tzsim.report.charts.prior_chart import evidence_chart, parameters_chart
    from tzsim.report.charts.robustness_chart import robustness_chart
    from tzsim.report.charts.run_changes_chart import run_changes_chart
    from tzsim.report.charts.score_chart import actuals_fan, score_chart
    from tzsim.report.charts.sector_map import sector_map
    from tzsim.report.charts.stock_flow import stock_flow_diagram
    from tzsim.report.notebook import forecast_html
    from tzsim.report.page import write_page
    from tzsim.report.result_folder import write_forecast
    from tzsim.scenario import Scenario, read_scenario
    from tzsim.scenario.data_check import DataCheck, check_data
    from tzsim.scenario.project import init_project
    from tzsim.translate import read_model
    from tzsim.units import UnitError

_HOME = {
    "Achievement": "tzsim.forecast.achieve",
    "CheckReport": "tzsim.checks",
    "Comparison": "tzsim.forecast.compare",
    "DataCheck": "tzsim.scenario.data_check",
    "Description": "tzsim.ir.describe",
    "Draws": "tzsim.ensemble.draws",
    "Explanation": "tzsim.forecast.explain",
    "Forecast": "tzsim.forecast.result",
    "Hindcast": "tzsim.calibration.hindcast",
    "Kernel": "tzsim.kernel.compile",
    "LoopScores": "tzsim.ensemble.loop_scores",
    "Model": "tzsim.ir.model",
    "Posterior": "tzsim.calibration.posterior",
    "Robustness": "tzsim.forecast.robustness",
    "RunComparison": "tzsim.forecast.compare_runs",
    "Scenario": "tzsim.scenario",
    "Score": "tzsim.forecast.score",
    "SelfCheck": "tzsim.calibration.self_check",
    "Settings": "tzsim.calibration.smc",
    "StoredRun": "tzsim.forecast.ledger",
    "Summary": "tzsim.ensemble.trajectories",
    "Trajectories": "tzsim.ensemble.trajectories",
    "UnitError": "tzsim.units",
    "ValueOfInformation": "tzsim.forecast.information",
    "achieve": "tzsim.forecast.achieve",
    "actuals_fan": "tzsim.report.charts.score_chart",
    "binding_map": "tzsim.report.charts",
    "brief": "tzsim.report.brief",
    "calibrate": "tzsim.calibration.calibrate",
    "causal_loop": "tzsim.report.charts.loop_diagram",
    "check": "tzsim.checks",
    "check_data": "tzsim.scenario.data_check",
    "compare": "tzsim.forecast.compare",
    "compare_runs": "tzsim.forecast.compare_runs",
    "comparison_brief": "tzsim.report.brief",
    "comparison_chart": "tzsim.report.charts.comparison_chart",
    "compile_model": "tzsim.kernel.compile",
    "conflicts_chart": "tzsim.report.charts.difference_chart",
    "cost_chart": "tzsim.report.charts.cost_chart",
    "describe": "tzsim.ir.describe",
    "draw": "tzsim.ensemble.draws",
    "drivers_chart": "tzsim.report.charts.difference_chart",
    "evidence_chart": "tzsim.report.charts.prior_chart",
    "explain": "tzsim.forecast.explain",
    "fan": "tzsim.report.charts",
    "forecast": "tzsim.forecast",
    "forecast_html": "tzsim.report.notebook",
    "gap_chart": "tzsim.report.charts.gap_chart",
    "goal_board": "tzsim.report.charts",
    "hindcast": "tzsim.calibration.hindcast",
    "information_chart": "tzsim.report.charts.difference_chart",
    "init_project": "tzsim.scenario.project",
    "interpret": "tzsim.kernel.interpreter",
    "loop_chart": "tzsim.report.charts.loop_chart",
    "loop_diagram": "tzsim.report.charts.loop_diagram",
    "loop_scores": "tzsim.ensemble.loop_scores",
    "loops_chart": "tzsim.report.charts.loop_chart",
    "movers": "tzsim.forecast.movers",
    "open_run": "tzsim.forecast.ledger",
    "parameters_chart": "tzsim.report.charts.prior_chart",
    "plot": "tzsim.report.charts.paths_chart",
    "read_model": "tzsim.translate",
    "read_scenario": "tzsim.scenario",
    "robustness": "tzsim.forecast.robustness",
    "robustness_chart": "tzsim.report.charts.robustness_chart",
    "run_changes_chart": "tzsim.report.charts.run_changes_chart",
    "score": "tzsim.forecast.score",
    "score_chart": "tzsim.report.charts.score_chart",
    "sector_map": "tzsim.report.charts.sector_map",
    "self_check": "tzsim.calibration.self_check",
    "simulate": "tzsim.ensemble.simulate",
    "stock_flow_diagram": "tzsim.report.charts.stock_flow",
    "summarise": "tzsim.ensemble.simulate",
    "sweep": "tzsim.forecast.sweep",
    "value_of_information": "tzsim.forecast.information",
    "write_brief": "tzsim.report.brief",
    "write_forecast": "tzsim.report.result_folder",
    "write_page": "tzsim.report.page",
}

__all__ = [
    "Achievement",
    "CheckReport",
    "Comparison",
    "DataCheck",
    "Description",
    "Draws",
    "Explanation",
    "Forecast",
    "Hindcast",
    "InputError",
    "Kernel",
    "LoopScores",
    "Model",
    "Posterior",
    "Robustness",
    "RunComparison",
    "Scenario",
    "Score",
    "SelfCheck",
    "Settings",
    "SimulationError",
    "StoredRun",
    "Summary",
    "Trajectories",
    "TzsimError",
    "UnitError",
    "Unsupported",
    "ValueOfInformation",
    "__version__",
    "achieve",
    "actuals_fan",
    "binding_map",
    "brief",
    "calibrate",
    "causal_loop",
    "check",
    "check_data",
    "compare",
    "compare_runs",
    "comparison_brief",
    "comparison_chart",
    "compile_model",
    "conflicts_chart",
    "cost_chart",
    "describe",
    "draw",
    "drivers_chart",
    "evidence_chart",
    "explain",
    "fan",
    "forecast",
    "forecast_html",
    "gap_chart",
    "goal_board",
    "hindcast",
    "information_chart",
    "init_project",
    "interpret",
    "loop_chart",
    "loop_diagram",
    "loop_scores",
    "loops_chart",
    "movers",
    "open_run",
    "parameters_chart",
    "plot",
    "read_model",
    "read_scenario",
    "robustness",
    "robustness_chart",
    "run_changes_chart",
    "score",
    "score_chart",
    "sector_map",
    "self_check",
    "simulate",
    "stock_flow_diagram",
    "summarise",
    "sweep",
    "value_of_information",
    "write_brief",
    "write_forecast",
    "write_page",
]


def __getattr__(name: str) -> Any:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module 'tzsim' has no attribute {name!r}")
    module = import_module(home)
    value = module if home == f"tzsim.{name}" else getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*__all__, *globals()})
