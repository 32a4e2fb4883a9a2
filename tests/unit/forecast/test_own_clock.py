"""A model that counts days: goals, what binds, answers and figures at times of its own clock."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import tzsim
from tests.epidemic import ACTUALS, SCENARIO, lay_out
from tzsim.calibration.posterior import write_posterior
from tzsim.errors import InputError
from tzsim.forecast.gap import Gap
from tzsim.forecast.sample import members_of
from tzsim.scenario import Scenario

STEP = 0.125
MEMBERS = 64


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lay_out(tmp_path_factory.mktemp("epidemic"))


@pytest.fixture(scope="module")
def scenario(project: Path) -> Scenario:
    return replace(tzsim.read_scenario(project), draws=MEMBERS)


@pytest.fixture(scope="module")
def forecast(scenario: Scenario) -> tzsim.Forecast:
    return tzsim.forecast(scenario)


class ByHand:
    """Euler's method, written out: infectious, new infections and in care at every step, shape (step, member)."""

    def __init__(self, scenario: Scenario, beds: float = 150.0, contact: float | None = None) -> None:
        block = members_of(scenario, MEMBERS).block()
        drawn = dict(zip(members_of(scenario, 1).names, block.values, strict=True))
        weeks = block.knots
        rate = drawn["contact rate"] if contact is None else np.full(MEMBERS, contact)
        susceptible, infectious = np.full(MEMBERS, 9990.0), np.full(MEMBERS, 10.0)
        levels, flows = [infectious], []
        for k in range(round(60 / STEP)):
            weather = weeks[int(k * STEP // 7)]
            infection = rate * np.exp(weather) * drawn["infectivity"] * infectious * susceptible / 10000
            recovery = infectious / drawn["duration of infection"]
            susceptible = susceptible - STEP * infection
            infectious = infectious + STEP * (infection - recovery)
            levels.append(infectious)
            flows.append(infection)
        self.infectious, self.infection = np.array(levels), np.array(flows)
        self.care = np.minimum(0.2 * self.infectious, beds)

    def at(self, values: np.ndarray, day: float) -> np.ndarray:
        return values[round(day / STEP)]


@pytest.fixture(scope="module")
def by_hand(scenario: Scenario) -> ByHand:
    return ByHand(scenario)


def test_each_measure_is_that_of_the_model_run_by_hand(forecast: tzsim.Forecast, by_hand: ByHand) -> None:
    wanted = {
        "E1": by_hand.at(by_hand.infectious, 30),
        "E2": by_hand.infectious.max(axis=0),
        "E3": by_hand.at(by_hand.infectious, 40),
        "E4": by_hand.infection[: round(40 / STEP)].sum(axis=0) * STEP / 10000 * 100,
        "E5": by_hand.at(by_hand.care, 25),
    }
    assert forecast.judged == tuple(wanted)
    for row, id in enumerate(forecast.judged):
        np.testing.assert_allclose(forecast.measures[row], wanted[id], rtol=1e-9)
    three = np.stack([by_hand.at(by_hand.infectious, day) for day in (20, 30, 40)])
    assert forecast.result("E3").probability == pytest.approx((three <= 1800).all(axis=0).mean())
    assert [day for day, _ in forecast.result("E3").yearly] == [20, 30, 40]
    np.testing.assert_allclose(forecast.hardest["E3"], three.max(axis=0), rtol=1e-9)


def test_fans_stand_at_their_days(forecast: tzsim.Forecast, by_hand: ByHand) -> None:
    fan, cases = forecast.fans
    assert fan.years == cases.years == tuple(range(61))
    middle = fan.quantiles[fan.quantile_levels.index(0.5)]
    np.testing.assert_allclose(middle, np.median(by_hand.infectious[:: round(1 / STEP)], axis=1), rtol=1e-9)
    total = np.concatenate([np.zeros((1, MEMBERS)), by_hand.infection.cumsum(axis=0) * STEP])
    whole = cases.quantiles[cases.quantile_levels.index(0.5)]
    np.testing.assert_allclose(whole, np.median(total[:: round(1 / STEP)], axis=1), rtol=1e-9, atol=1e-9)
    assert [o.year for o in fan.history] == [0, 4, 7]


def test_what_binds_is_counted_over_the_day_that_ends(forecast: tzsim.Forecast, by_hand: ByHand) -> None:
    binding = forecast.binding
    assert binding.years == tuple(range(1, 61))
    per_day = round(1 / STEP)
    for day in (12, 20, 25, 40):
        steps = slice((day - 1) * per_day, day * per_day)
        wanted = 0.2 * by_hand.infectious[steps]
        lost = (wanted - by_hand.care[steps]).sum(axis=0) / wanted.sum(axis=0)
        column = binding.years.index(day)
        assert binding.share[0, column, 0] == pytest.approx((lost >= 0.01).mean())
        assert binding.cost[0, column, 0] == pytest.approx(lost.mean(), abs=1e-12)


def test_an_explanation_in_days(scenario: Scenario, by_hand: ByHand) -> None:
    found = tzsim.explain(scenario, "E5")
    gap = found.gap
    assert isinstance(gap, Gap)
    assert gap.year == 25
    # all who want care on day 25, were there as many beds too few as over the day that ends then
    care, day = by_hand.at(by_hand.care, 25), slice(round(24 / STEP), round(25 / STEP))
    turned_away = (0.2 * by_hand.infectious[day] - by_hand.care[day]).sum(axis=0)
    lifted = care * (1 + turned_away / by_hand.care[day].sum(axis=0))
    assert gap.mean == pytest.approx(care.mean(), rel=1e-9)
    assert gap.gap == pytest.approx(180 - care.mean(), rel=1e-9)
    assert dict(gap.parts) == {"beds": pytest.approx(lifted.mean() - care.mean(), rel=1e-9)}
    assert gap.rest == pytest.approx(180 - lifted.mean(), rel=1e-9)
    tables = found.tables()
    assert [c.id for c in tables["binds"].columns].count("time") == 1
    assert {row[2] for row in tables["binds"].rows} == {"25"}
    assert {y.year for y in found.loops.years} <= set(range(8, 26))
    inputs = [row[0] for row in tables["drivers"].for_reading.shown("en")]
    assert any(name.startswith("Weather from day ") for name in inputs)


def test_a_comparison_and_the_least_cost_in_days(project: Path, scenario: Scenario) -> None:
    more = replace(tzsim.read_scenario(project.with_name("more_beds.yaml")), draws=MEMBERS)
    effect = next(c for c in tzsim.compare([scenario, more]).changes if c.goal.id == "E5")
    before, after = (ByHand(scenario, beds) for beds in (150.0, 300.0))
    assert effect.measure_difference.value == pytest.approx(
        (after.at(after.care, 25) - before.at(before.care, 25)).mean(), rel=1e-9
    )
    found = tzsim.achieve(scenario, ["E5"], probability=0.5, members=MEMBERS)
    force = {m.lever.id: m.in_force for m in found.moves}
    assert force == {"distance": 7 + 2, "beds": 7 + 14}
    assert "delay (days)" in {c.name.en for c in found.tables()["levers"].columns}


def test_a_run_is_stored_opened_and_scored(project: Path, scenario: Scenario, tmp_path: Path) -> None:
    forecast = tzsim.forecast(scenario)
    tzsim.write_forecast(forecast, tmp_path / "run", lang="en", outputs=())
    stored = json.loads((tmp_path / "run" / "run.json").read_text("utf-8"))
    assert stored["as_of"] == 7
    again = tzsim.open_run(tmp_path / "run")
    assert again.scenario.clock == scenario.clock
    assert again.scenario.goals[0].measure == scenario.goals[0].measure
    (project.parent / "actuals.csv").write_text(ACTUALS, encoding="utf-8")
    scored = tzsim.score(tmp_path / "run", project.parent / "actuals.csv")
    assert [(f.year, f.actual) for f in scored.figures] == [(14, 400.0), (30, 1200.0)]
    assert [(o.goal.id, o.met) for o in scored.outcomes] == [("E1", True)]
    assert "time (days)" in {c.name.en for c in scored.tables()["figures"].columns}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_words_say_days(forecast: tzsim.Forecast, lang: str) -> None:
    from tzsim.report.brief import brief, brief_html
    from tzsim.report.page import page_html

    for text in (
        page_html([forecast], lang),
        brief_html(brief(forecast, lang)),
        tzsim.forecast_html(forecast, lang),
    ):
        assert ("第30天" if lang == "zh" else "day 30") in text
        assert "30年" not in text
    seen = brief_html(brief(forecast, lang))
    assert ("一场传染病和一所医院。" if lang == "zh" else "An epidemic and its hospital.") in seen
    assert ("数据截至第7天" if lang == "zh" else "data up to day 7") in seen


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("as_of: 7", "as_of: 2024-12-31", "as_of: the model counts time (days) from 0 to 60, not days of the calendar"),
        ("as_of: 7", "as_of: 70", "as_of: 70 lies outside the time simulated"),
        ("horizon: 60", "horizon: 90", "horizon: 90 lies outside the model's time, 0 to 80"),
        ("horizon: 60", "horizon: 20", "the measure reads time 30, the run goes from 0 to 20"),
    ],
)  # fmt: skip
def test_times_of_another_clock_are_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = lay_out(tmp_path)
    path.write_text(SCENARIO.lstrip("\n").replace(old, new), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        tzsim.read_scenario(path)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("goals.yaml", "{at: in care, time: 25}", "{at_end: in care, year: 2026}", "'in care' is read by calendar years"),
        ("goals.yaml", "{at: in care, time: 25}", "{at: in care}", "the measure does not say its time"),
        ("goals.yaml", "{at: in care, time: 25}", "{mean: in care, since: 9, until: 3}", "until 3 does not lie after since 9"),
        ("goals.yaml", "{at: in care, time: 25}", "{mean: in care, until: 3}", "'since' is missing"),
        ("goals.yaml", "{at: in care, time: 25}", "{mean: in care, since: 0, until: 3, year: 2026}", "'year' and 'since' exclude each other"),
        ("history.csv", "town,4,", "town,2024,", "time 2024 does not fit the model, which counts time (days) from 0 to 60"),
        ("history.csv", "entity,time", "entity,year", "'0' is not a year"),
        ("shocks.yaml", "period: 7 Day", "period: 7 person", "person"),
        ("levers.yaml", "delay: 14", "delay: 2 person", "person"),
    ],
)  # fmt: skip
def test_what_does_not_fit_the_clock_is_refused(
    tmp_path: Path, file: str, old: str, new: str, said: str
) -> None:
    path = lay_out(tmp_path)
    changed = path.with_name(file)
    text = changed.read_text("utf-8")
    assert old in text
    changed.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        tzsim.read_scenario(path)
    assert said in str(caught.value)


def test_without_as_of_nothing_is_known(tmp_path: Path) -> None:
    path = lay_out(tmp_path)
    path.write_text(SCENARIO.lstrip("\n").replace("as_of: 7\n", ""), encoding="utf-8")
    scenario = tzsim.read_scenario(path)
    assert scenario.as_of == 0
    assert [o.year for o in scenario.history] == [0]


@pytest.mark.slow
def test_a_calibration_in_days(tmp_path: Path) -> None:
    path = lay_out(tmp_path)
    (tmp_path / "calibration").mkdir()
    spec = tmp_path / "calibration" / "epidemic.yaml"
    spec.write_text(
        "scenario: ../scenarios/baseline.yaml\nname: Epidemic\nseed: 3\nsampler: {runs: 2, particles: 200}\n"
        "observations:\n  - id: infectious\n    history: [{variable: infectious, entity: town}]\n"
        "    measure: {at: Infectious}\n    relative_sd: 0.2\n    reason: counts\n",
        encoding="utf-8",
    )
    found = tzsim.calibrate(spec)
    assert [(o.id, o.value) for o in found.figures] == [("infectious 0", 10.0), ("infectious 4", 24.0)]
    write_posterior(found, tmp_path / "calibration" / "posteriors" / "epidemic")
    with path.open("a", encoding="utf-8") as file:
        file.write("posterior: ../calibration/posteriors/epidemic\n")
    run = tzsim.forecast(tzsim.read_scenario(path), allow_undiagnosed=True)
    assert run.evidence == "posterior"
    # the figure of day 4 is below what the priors expect of it, and pulls the peak down
    assert run.result("E2").probability > run.result("E2").probability_prior + 0.2


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_cluster_is_spoken_of_where_output_is_one_quantity(
    forecast: tzsim.Forecast, lang: str, tmp_path: Path
) -> None:
    from openpyxl import load_workbook

    from tzsim.report.brief import brief, brief_html
    from tzsim.report.spreadsheet import write_xlsx

    assert forecast.binding.whole
    word = "集群" if lang == "zh" else "cluster"
    assert word not in brief_html(brief(forecast, lang)).lower()
    for sheet in load_workbook(write_xlsx(forecast, tmp_path / "goals.xlsx", lang)):
        for row in sheet.iter_rows(values_only=True):
            assert not any(word in str(cell).lower() for cell in row), (sheet.title, row)
