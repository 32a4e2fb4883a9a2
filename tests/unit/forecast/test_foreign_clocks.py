"""Models of others: steps that binary fractions cannot hold, times before 0, runs shorter than one unit, units of their own."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import tzsim
from tzsim.calibration.hindcast import hindcast
from tzsim.calibration.spec import read_spec
from tzsim.errors import InputError
from tzsim.scenario.data_check import check_data

MODEL = """{UTF-8}
Stock= INTEG(inflow*(1+noise) - outflow, 100)
\t~\tparcel
\t~\t\t|
inflow= 10
\t~\tparcel/UNIT
\t~\t\t|
noise= 0
\t~\tDmnl
\t~\t\t|
outflow= MIN(Stock/stay, capacity)
\t~\tparcel/UNIT
\t~\t\t|
stay= 20
\t~\tUNIT
\t~\t\t|
capacity= 8
\t~\tparcel/UNIT
\t~\t\t|
INITIAL TIME= START
\t~\tUNIT
\t~\t\t|
FINAL TIME= END
\t~\tUNIT
\t~\t\t|
TIME STEP= STEP
\t~\tUNIT
\t~\t\t|
SAVEPER= 1
\t~\tUNIT
\t~\t\t|
"""

SCENARIO = """
model: model.mdl
name: Parcels
draws: 40
seed: 2
goals: goals.yaml
priors: priors.yaml
shock_table: shocks.yaml
view: view.yaml
"""

PRIORS = "- {variable: stay, distribution: triangular, low: 15, value: 20, high: 25, unit: UNIT, source: s, quality: assumption, reason: r}"
SHOCKS = (
    "- {id: noise, variable: noise, distribution: normal, low: -0.2, value: 0, high: 0.2, period: PERIOD, start: START, "
    "name: noise, source: s, quality: assumption, reason: r}"
)
GOAL = '- {id: G%d, area: a, name: g, quote: q, item: 1, reading: r, measure: %s, comparison: ">=", value: 1, unit: parcel}\n'


def lay_out(
    folder: Path,
    measures: tuple[str, ...],
    *,
    unit: str = "Hour",
    start: float = 0,
    end: float = 10,
    step: float = 0.1,
    period: float = 1,
    since: float = 0,
    history: str = "",
) -> Path:
    """A project on a clock of its own, with a goal for each measure; its scenario."""

    def filled(text: str) -> str:
        words = {"UNIT": unit, "START": f"{start:g}", "END": f"{end:g}", "PERIOD": f"{period:g}"}
        for word, value in words.items():
            text = text.replace(word, value)
        return text

    (folder / "model.mdl").write_text(filled(MODEL.replace("= STEP", f"= {step:g}")), encoding="utf-8")
    (folder / "goals.yaml").write_text(
        "".join(GOAL % (i, m) for i, m in enumerate(measures)), encoding="utf-8"
    )
    (folder / "priors.yaml").write_text(filled(PRIORS), encoding="utf-8")
    (folder / "shocks.yaml").write_text(filled(SHOCKS), encoding="utf-8")
    rows = "history: [{variable: stock, entity: e}]" if history else "history: []"
    (folder / "view.yaml").write_text(
        f"series:\n  - {{id: s, measure: {{at: Stock}}, name: stock, unit: parcel, {rows}}}\n"
        f"  - {{id: f, measure: {{total: outflow, since: {since:g}}}, name: so far, unit: parcel}}\n",
        encoding="utf-8",
    )
    scenario = SCENARIO.lstrip("\n")
    if history:
        (folder / "history.csv").write_text(
            "variable,entity,time,value,low,high,unit,quality,role,source,note\n" + history, encoding="utf-8"
        )
        scenario += "history: history.csv\n"
    (folder / "scenario.yaml").write_text(scenario, encoding="utf-8")
    return folder / "scenario.yaml"


def by_hand(scenario: tzsim.Scenario, step: float, steps: int, start: float, period: float) -> np.ndarray:
    """The stock at every step, by Euler's method written out, shape (step, member)."""
    from tzsim.forecast.sample import members_of

    draws = members_of(scenario, scenario.draws)
    block = draws.block()
    stay = dict(zip(draws.names, block.values, strict=True))["stay"]
    levels = [np.full(scenario.draws, 100.0)]
    for k in range(steps):
        noise = block.knots[int((k * step + 1e-9) // period)]
        out = np.minimum(levels[-1] / stay, 8.0)
        levels.append(levels[-1] + step * (10 * (1 + noise) - out))
    return np.array(levels)


@pytest.mark.parametrize(
    ("unit", "start", "end", "step", "period"),
    [("Second", 0, 30, 0.01, 1), ("Hour", 0, 0.8, 0.05, 0.1), ("Month", -12, 18, 0.3, 3), ("Period", 1, 31, 0.1, 2)],
)  # fmt: skip
def test_peaks_and_levels_over_steps_of_every_size(
    tmp_path: Path, unit: str, start: float, end: float, step: float, period: float
) -> None:
    steps = round((end - start) / step)
    middle = round(start + (steps // 2) * step, 9)
    measures = (
        f"{{at: Stock, time: {middle:g}}}",
        f"{{maximum: {{at: Stock}}, since: {start:g}, until: {end:g}}}",
        f"{{minimum: {{at: Stock}}, since: {middle:g}, until: {end:g}}}",
        f"{{total: inflow, since: {start:g}, until: {middle:g}}}",
    )
    path = lay_out(tmp_path, measures, unit=unit, start=start, end=end, step=step, period=period, since=start)
    scenario = tzsim.read_scenario(path)
    found = tzsim.forecast(scenario)
    levels = by_hand(scenario, step, steps, start, period)
    wanted = [levels[steps // 2], levels.max(axis=0), levels[steps // 2 :].min(axis=0)]
    for row, values in zip(found.measures, wanted, strict=False):
        np.testing.assert_allclose(row, values, rtol=1e-9)
    np.testing.assert_allclose(found.measures[3], 10 * step * (steps // 2), rtol=1e-9)
    other = tzsim.forecast(scenario, backend="numpy")
    np.testing.assert_allclose(found.measures, other.measures, rtol=1e-9)


def test_a_long_run_read_at_every_step_is_worked_on_in_small_blocks(tmp_path: Path) -> None:
    from tzsim.ensemble.blocks import BLOCK, ROOM, block_of

    assert block_of(1000) == BLOCK
    assert block_of(60_000) * 60_000 <= ROOM < (block_of(60_000) + 1) * 60_000
    assert block_of(10**9) == 32


@pytest.mark.parametrize(
    ("measure", "said", "remedy"),
    [
        ("{at: Stock, time: 5.25}", "time 5.25 is no step of the model (TIME STEP 0.1 from 0)", "write 5.2 or 5.3"),
        ("{total: outflow, since: 0.55, until: 5}", "time 0.55 is no step", "write 0.5 or 0.6"),
        ("{maximum: {at: Stock}, since: 0.02, until: 5}", "time 0.02 is no step", "write 0 or 0.1"),
    ],
)  # fmt: skip
def test_a_time_between_two_steps_is_refused_and_both_are_named(
    tmp_path: Path, measure: str, said: str, remedy: str
) -> None:
    with pytest.raises(InputError) as caught:
        tzsim.read_scenario(lay_out(tmp_path, (measure,)))
    problem = next(p for p in caught.value.problems if said in p.message)
    assert problem.address is not None
    assert problem.address.line == 1
    assert problem.hint == remedy


def test_a_series_is_not_drawn_before_it_begins(tmp_path: Path) -> None:
    path = lay_out(tmp_path, ("{at: Stock, time: 8}",), unit="Day", end=30, step=0.5, since=4)
    fan = tzsim.forecast(tzsim.read_scenario(path)).fan("f")
    middle = fan.quantiles[fan.quantile_levels.index(0.5)]
    assert np.isnan(middle[:4]).all()
    assert middle[4] == 0
    assert (np.diff(middle[4:]) > 0).all()


def test_each_time_before_the_sum_begins_is_refused(tmp_path: Path) -> None:
    path = lay_out(tmp_path, ("{total: outflow, since: 5}, each_year: [4, 6]",))
    with pytest.raises(InputError, match="of 4 the measure runs from 5 to 4"):
        tzsim.read_scenario(path)


HISTORY = (
    "stock,e,-3,100,,,parcel,reported,fit,register of 2020,\n"
    "stock,e,-2.5,102,,,parcel,reported,fit,register of 2020,\n"
    "stock,e,-2,105,,,parcel,reported,fit,register of 2020,\n"
    "stock,e,-1.5,107,,,parcel,reported,fit,register of 2020,\n"
)


def test_figures_in_units_of_the_model_are_shown_fitted_and_hindcast(tmp_path: Path) -> None:
    path = lay_out(
        tmp_path, ("{at: Stock, time: 2}",), start=-3, end=4, step=0.25, period=0.5, since=-3, history=HISTORY
    )
    path.write_text(path.read_text("utf-8") + "as_of: -1.5\n", encoding="utf-8")
    fan = tzsim.forecast(tzsim.read_scenario(path)).fan("s")
    assert [(o.year, o.value) for o in fan.history] == [(-3, 100), (-2.5, 102), (-2, 105), (-1.5, 107)]
    spec = tmp_path / "fit.yaml"
    spec.write_text(
        "scenario: scenario.yaml\nname: Parcels\nseed: 1\nsampler: {runs: 4, particles: 32}\n"
        "observations:\n  - {id: stock, history: [{variable: stock, entity: e}], measure: {at: Stock}, sd: 2, reason: r}\n"
        "hindcast:\n  model: the model\n  sampler: {runs: 2, particles: 32}\n  series: [{id: stock, name: stock}]\n",
        encoding="utf-8",
    )
    read = read_spec(spec)
    assert [(d.time, d.unit, d.sd) for d in read.data] == [(t, "parcel", 2) for t in (-3, -2.5, -2, -1.5)]
    found = hindcast(read)
    assert {(c.origin, c.year) for c in found.cases} == {(-2, -1.5)}
    # the shock of (-2, -1.5] is not known at -2: the draws of the model are wide there
    case = found.cases[0].scores["model"]
    assert case.low < 107 < case.high


def test_a_figure_between_two_steps_is_not_fitted_to_another(tmp_path: Path) -> None:
    path = lay_out(
        tmp_path, ("{at: Stock, time: 2}",), step=0.25, history="stock,e,1.1,100,,,parcel,reported,fit,s 1,\n"
    )
    path.write_text(path.read_text("utf-8") + "as_of: 2\n", encoding="utf-8")
    spec = tmp_path / "fit.yaml"
    spec.write_text(
        "scenario: scenario.yaml\nname: Parcels\nseed: 1\n"
        "observations:\n  - {id: stock, history: [{variable: stock, entity: e}], measure: {at: Stock}, reason: r}\n",
        encoding="utf-8",
    )
    with pytest.raises(InputError) as caught:
        read_spec(spec)
    assert [str(p.address) for p in caught.value.problems] == ["history.csv:2:1"]
    assert "time 1.1 is no step of the model (TIME STEP 0.25 from 0)" in str(caught.value)


def test_a_unit_that_neither_tables_nor_the_model_know_is_refused(tmp_path: Path) -> None:
    path = lay_out(tmp_path, ("{at: Stock, time: 2}",), history="stock,e,0,100,,,parsel,reported,fit,s 1,\n")
    with pytest.raises(InputError, match="unknown unit 'parsel'"):
        tzsim.read_scenario(path)
    found = check_data(tmp_path / "history.csv")
    assert found.fit_for_use
    assert [f.en for f in found.findings] == [
        "unknown unit 'parsel': it can only be held against a model that has this word"
    ]


def test_a_model_that_cannot_be_read_is_the_only_problem(tmp_path: Path) -> None:
    path = lay_out(tmp_path, ("{at: Stock, time: 2}",), history=HISTORY)
    (tmp_path / "model.mdl").write_text("Stock= INTEG(inflow\n~ parcel ~ |", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        tzsim.read_scenario(path)
    assert {p.address.file for p in caught.value.problems if p.address} == {str(tmp_path / "model.mdl")}


def test_figures_in_units_of_the_model_are_scored_and_those_between_steps_are_named(tmp_path: Path) -> None:
    path = lay_out(
        tmp_path, ("{at: Stock, time: 2}",), step=0.25, history="stock,e,0,100,,,parcel,reported,fit,s 1,\n"
    )
    tzsim.write_forecast(tzsim.forecast(tzsim.read_scenario(path)), tmp_path / "run", lang="en", outputs=())
    assert json.loads((tmp_path / "run" / "run.json").read_text("utf-8"))["as_of"] == 0
    actuals = tmp_path / "actuals.csv"
    actuals.write_text(
        "variable,entity,time,value,unit\nstock,e,2,110,parcel\nstock,e,3.1,115,parcel\n", "utf-8"
    )
    scored = tzsim.score(tmp_path / "run", actuals)
    assert [(f.year, f.actual) for f in scored.figures] == [(2, 110.0)]
    assert [(r.years, r.reason) for r in scored.not_scored] == [((3.1,), "between steps")]


def test_figures_between_the_points_of_a_chart_are_drawn_and_listed(tmp_path: Path) -> None:
    from openpyxl import load_workbook

    from tzsim.report.history import shown_history
    from tzsim.report.spreadsheet import write_xlsx

    rows = "stock,e,0,100,,,parcel,reported,fit,s 1,\nstock,e,0.25,101,,,parcel,reported,fit,s 1,\n"
    path = lay_out(tmp_path, ("{at: Stock, time: 20}",), unit="Day", end=40, step=0.25, history=rows)
    path.write_text(path.read_text("utf-8") + "as_of: 2\n", encoding="utf-8")
    forecast = tzsim.forecast(tzsim.read_scenario(path))
    assert forecast.fan("s").years[:3] == (0, 1, 2)
    assert [o.year for o in shown_history(forecast.fan("s"))] == [0, 0.25]
    write_xlsx(forecast, tmp_path / "goals.xlsx", "en")
    sheet = next(s for s in load_workbook(tmp_path / "goals.xlsx") if "eries" in s.title)
    found = [[c.value for c in row] for row in sheet.iter_rows(min_row=2, max_row=4)]
    assert [row[2] for row in found] == [0, 0.25, 1]
    assert found[1][3] is None
    assert 101 in found[1]


@pytest.mark.parametrize(
    ("clock", "spacing", "last"),
    [
        (("Minute", 0, 6000, 0.3), 120, 6000),
        (("Day", 0, 100, 0.0625), 1, 100),
        (("Hour", 0, 0.8, 0.05), 0.05, 0.8),
        (("Day", 0, 5000, 0.0625), 50, 5000),
    ],
)  # fmt: skip
def test_points_of_charts_are_round_numbers_of_steps(
    clock: tuple[str, float, float, float], spacing: float, last: float
) -> None:
    from tzsim.clock import clock_of

    found = clock_of(*clock)
    assert found.spacing == spacing
    assert found.labels[-1] == last


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("shocks.yaml", "period: 1", "period: 0.01", "period: 0.01 hours, shorter than TIME STEP 0.1 of the model"),
        ("goals.yaml", "item: 1,", "item: 1, date: 2026,", "date: 2026 lies outside the run, 0 to 10"),
        ("goals.yaml", "time: 2", "time: 12", "the measure reads time 12, the run goes from 0 to 10"),
        ("scenario.yaml", "seed: 2", "seed: 2\nshocks: {noise: {3: 0.1, 3.5: 0.2}}", "hour 3.5 lies in the same draw as hour 3"),
        ("scenario.yaml", "seed: 2", "seed: 2\nshocks: {noise: {hour 3: 0.1}}", "'hour 3' is not a time"),
        ("history.csv", "stock,e,0", "stock,e,noon", "expected a number, got 'noon'"),
    ],
)  # fmt: skip
def test_what_a_run_would_pass_over_is_refused(
    tmp_path: Path, file: str, old: str, new: str, said: str
) -> None:
    path = lay_out(tmp_path, ("{at: Stock, time: 2}",), history="stock,e,0,100,,,parcel,reported,fit,s 1,\n")
    text = (tmp_path / file).read_text("utf-8")
    assert old in text
    (tmp_path / file).write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        tzsim.read_scenario(path)
    assert said in str(caught.value)
    assert all(p.hint for p in caught.value.problems)
    assert not any("year" in p.hint or "2024" in p.hint for p in caught.value.problems)


def test_a_time_that_binary_fractions_cannot_hold_sets_its_own_draw(tmp_path: Path) -> None:
    path = lay_out(tmp_path, ("{at: Stock, time: 0.4}",), end=1, step=0.1, period=0.1)
    path.write_text(path.read_text("utf-8") + "shocks: {noise: {0.3: 0.15}}\n", encoding="utf-8")
    scenario = tzsim.read_scenario(path)
    assert [(name, k, value) for name, k, value in scenario.shocks[0].fixed] == [("noise", 3, 0.15)]


def test_time_is_a_unit_of_its_own_and_no_second() -> None:
    from tzsim.clock import clock_of
    from tzsim.units import parse_unit

    clock = clock_of("Time", 0, 30, 0.125)
    assert clock.said(15, "en") == "time 15"
    assert clock.said(15, "zh") == "时间15"
    assert not parse_unit("Time", own=True).same_dimension(parse_unit("minute"))
    assert parse_unit("Time Units", own=True).same_dimension(parse_unit("time", own=True))
    assert clock_of("Second", 0, 30, 0.125).said(15, "en") == "second 15"


def test_aliases_of_units_in_an_xmile_file_are_one_unit(tmp_path: Path) -> None:
    (tmp_path / "cup.xmile").write_text(
        """<?xml version="1.0" encoding="utf-8"?>
<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0"><header><name>cup</name></header>
<sim_specs time_units="Time"><start>0</start><stop>10</stop><dt>0.5</dt></sim_specs>
<model_units><unit name="Degrees"><eqn/><alias>deg</alias><alias>degree</alias></unit>
<unit name="Minutes"><eqn/><alias>min</alias></unit></model_units>
<model><variables><stock name="cup heat"><eqn>180</eqn><outflow>loss</outflow><units>degrees</units></stock>
<flow name="loss"><eqn>cup_heat/stay</eqn><units>deg/time</units></flow>
<aux name="stay"><eqn>10</eqn><units>min</units></aux></variables></model></xmile>""",
        encoding="utf-8",
    )
    found = {v.name: v.unit for v in tzsim.read_model(tmp_path / "cup.xmile").variables.values()}
    assert found["loss"] == "Degrees/time"
    assert found["stay"] == "min"


def test_what_states_no_unit_takes_that_of_the_goal(tmp_path: Path) -> None:
    path = lay_out(tmp_path, ("{total: outflow, since: 0, until: 4}",), step=0.5)
    model = tmp_path / "model.mdl"
    scenario = tzsim.read_scenario(path)
    with_units = tzsim.forecast(scenario).measures
    text = model.read_text("utf-8")
    model.write_text(
        text.replace(
            "outflow= MIN(Stock/stay, capacity)\n\t~\tparcel/Hour",
            "outflow= MIN(Stock/stay, capacity)\n\t~\t",
        ),
        "utf-8",
    )
    assert model.read_text("utf-8") != text
    np.testing.assert_array_equal(tzsim.forecast(tzsim.read_scenario(path)).measures, with_units)
    model.write_text(
        text.replace(
            "outflow= MIN(Stock/stay, capacity)\n\t~\tparcel/Hour",
            "outflow= MIN(Stock/stay, capacity)\n\t~\tparcel",
        ),
        "utf-8",
    )
    with pytest.raises(InputError, match="integrates a flow over time"):
        tzsim.read_scenario(path)
