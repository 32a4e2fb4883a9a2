# pyright: strict, reportUnknownMemberType=false, reportMissingTypeStubs=false
"""What a user may write, checked by pyright and never run: each public name, with the types that it takes and gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any, assert_type

import numpy as np
import pandas as pd
from scipy import stats

import tzsim
from tzsim import (
    Achievement,
    CheckReport,
    Comparison,
    DataCheck,
    Description,
    Draws,
    Explanation,
    Forecast,
    Hindcast,
    Kernel,
    LoopScores,
    Model,
    Posterior,
    Robustness,
    RunComparison,
    Scenario,
    Score,
    SelfCheck,
    Settings,
    StoredRun,
    Summary,
    Trajectories,
    ValueOfInformation,
)


def models() -> None:
    try:
        model = tzsim.read_model("models/sir.mdl")
    except (
        tzsim.InputError,
        tzsim.Unsupported,
        tzsim.UnitError,
        tzsim.SimulationError,
        tzsim.TzsimError,
    ) as error:
        print(error, tzsim.__version__)
        raise
    assert_type(model, Model)
    assert_type(tzsim.describe(model), Description)
    assert_type(tzsim.compile_model(model, outputs=["Infectious"]), Kernel)
    assert_type(tzsim.check("models/sir.mdl"), CheckReport)
    tzsim.interpret(model)
    draws = tzsim.draw({"contact rate": stats.norm(5, 1)}, members=100, seed=1)
    assert_type(draws, Draws)
    paths = tzsim.simulate(model, {"contact rate": np.linspace(4, 6, 100)}, members=100, keep=["Infectious"])
    assert_type(paths, Trajectories)
    assert_type(tzsim.summarise(model, draws, keep=["Infectious"]), Summary)
    assert_type(tzsim.loop_scores(model), LoopScores)
    tzsim.plot(paths, "Infectious")
    for figure in (
        tzsim.stock_flow_diagram(model, lang="en"),
        tzsim.loop_diagram(model, tzsim.causal_loop(model, ["infectious", "infection"]), lang="en"),
    ):
        figure.savefig("figure.png")


def calibration(model: Model) -> None:
    seen = pd.DataFrame({"Infectious": {20: 690.0, 25: 1821.0}})
    priors = {"contact rate": stats.lognorm(0.3, scale=5)}
    posterior = tzsim.calibrate(model, priors, seen, sd=40, seed=5, settings=Settings(particles=500))
    assert_type(posterior, Posterior)
    assert_type(posterior.converged, bool)
    assert_type(posterior.to_dataframe(), pd.DataFrame)
    assert_type(
        tzsim.calibrate(model, priors, {"Infectious": seen["Infectious"]}, sd={"Infectious": 40.0}), Posterior
    )
    assert_type(
        tzsim.calibrate(model, priors, {"Infectious": {20: 690.0}}, relative_sd=[0.1], noise="student t"),
        Posterior,
    )
    assert_type(tzsim.calibrate(Path("calibration/tengzhou.yaml"), goals=False), Posterior)
    assert_type(tzsim.self_check(model, priors, seen, sd=40, replicates=200), SelfCheck)
    assert_type(tzsim.self_check("calibration/sbc/cluster.yaml"), SelfCheck)
    assert_type(tzsim.hindcast("calibration/tengzhou.yaml"), Hindcast)
    assert_type(tzsim.check_data("history.csv"), DataCheck)


def plan(folder: Path) -> None:
    scenario = tzsim.read_scenario("scenarios/baseline.yaml")
    assert_type(scenario, Scenario)
    forecast = tzsim.forecast(scenario, threads=1)
    assert_type(forecast, Forecast)
    comparison = tzsim.compare([scenario, scenario])
    assert_type(comparison, Comparison)
    explanation = tzsim.explain(scenario, "T026")
    assert_type(explanation, Explanation)
    achievement = tzsim.achieve(scenario, "T026", probability=0.5)
    assert_type(achievement, Achievement)
    robustness = tzsim.robustness(scenario)
    assert_type(robustness, Robustness)
    information = tzsim.value_of_information(scenario, "T026")
    assert_type(information, ValueOfInformation)
    run = tzsim.open_run(folder)
    assert_type(run, StoredRun)
    changes = tzsim.compare_runs(folder, folder)
    assert_type(changes, RunComparison)
    scored = tzsim.score(folder, "actuals.csv")
    assert_type(scored, Score)
    made: list[Any] = [tzsim.movers(forecast), tzsim.sweep(forecast), tzsim.write_forecast(forecast, folder)]
    made += [tzsim.brief(forecast), tzsim.comparison_brief(comparison), tzsim.forecast_html(forecast)]
    made += [
        tzsim.write_brief(tzsim.brief(forecast), folder),
        tzsim.write_page(forecast, folder),
        tzsim.init_project(folder),
    ]
    made += [tzsim.goal_board(forecast), tzsim.fan(forecast, "T026"), tzsim.binding_map(forecast)]
    made += [
        tzsim.comparison_chart(comparison),
        tzsim.cost_chart(achievement),
        tzsim.drivers_chart(explanation),
        tzsim.information_chart(forecast, information.goal, information.knowing),
        tzsim.conflicts_chart(forecast.conflicts),
    ]
    made += [
        tzsim.gap_chart(explanation),
        tzsim.loop_chart(tzsim.loop_scores(scenario.model), lang="en"),
        tzsim.loops_chart(explanation),
    ]
    made += [
        tzsim.evidence_chart(forecast),
        tzsim.robustness_chart(robustness, "T026"),
        tzsim.run_changes_chart(changes),
    ]
    made += [tzsim.score_chart(scored), tzsim.actuals_fan(scored, "gdp"), tzsim.sector_map(scenario.model)]
    print(made, tzsim.parameters_chart(forecast))
