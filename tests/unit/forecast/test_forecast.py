"""The forecast of a foreign project against closed forms and against the interpreter, member by member."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import clinic
import numpy as np
import pytest
from scipy import stats

import tzsim
from tzsim.ensemble.draws import draw
from tzsim.errors import InputError, SimulationError
from tzsim.forecast import gather
from tzsim.forecast.result import Forecast
from tzsim.kernel.interpreter import Series, interpret
from tzsim.scenario import Documented, Prior, Priors, Scenario, distribution, read_scenario

TOWNS = ("harbour", "hill")
STEP = 1 / 16


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    return read_scenario(clinic.write_project(tmp_path_factory.mktemp("project")))


@pytest.fixture(scope="module")
def result(scenario: Scenario) -> Forecast:
    return run(scenario)


def run(scenario: Scenario, **options: object) -> Forecast:
    return tzsim.forecast(scenario, backend="numpy", **options)


def interpreted(
    scenario: Scenario, members: range
) -> Iterator[tuple[int, np.ndarray, dict[str, np.ndarray]]]:
    """(member, times, element -> values at every step), from the draws but not from the kernel."""
    draws = draw(
        scenario.priors, scenario.shocks, members=scenario.draws, seed=scenario.seed, fixed=scenario.fixed
    )
    block = draws.block(members.start, len(members))
    for i, member in enumerate(members):
        constants = dict(zip(draws.names, block.values[:, i].tolist(), strict=True))
        knots = iter(block.knots[:, i].tolist())
        series = {
            s.name: Series(s.start, s.period, tuple(next(knots) for _ in range(s.count)))
            for s in draws.series
        }
        path = interpret(scenario.model, constants=constants, series=series, saveper=STEP)
        yield member, np.array(path.times), {n: np.array(v) for n, v in path.values.items()}


def year_total(times: np.ndarray, values: np.ndarray, year: int) -> float:
    """Euler's integral over a calendar year: the flow at the start of each step, times the step."""
    return float(values[(times >= year - 1e-9) & (times < year + 1 - 1e-9)].sum() * STEP)


def test_probability_against_the_closed_form(scenario: Scenario) -> None:
    # Savings grow by a constant rate r: 100 (1 + r/16)^96 >= 118, r normal with 90 % between 2 and 4 % a year.
    many = run(replace(scenario, draws=8000, shocks=()))
    needed = 16 * (1.18 ** (1 / 96) - 1)
    exact = stats.norm(0.03, 0.01 / stats.norm.ppf(0.95)).sf(needed)
    row = many.result("S1")
    assert row.probability is not None
    assert row.probability_low is not None
    assert row.probability_high is not None
    assert abs(row.probability - exact) < 4 * (exact * (1 - exact) / 8000) ** 0.5
    assert row.probability_low < row.probability < row.probability_high
    assert row.probability_high - row.probability_low == pytest.approx(
        3.92 * (exact * (1 - exact) / 8000) ** 0.5, rel=0.05
    )
    median = 100 * (1 + 0.03 / 16) ** 96
    assert row.median == pytest.approx(median, rel=2e-3)


def test_every_measure_against_the_interpreter(scenario: Scenario, result: Forecast) -> None:
    rows = {goal: i for i, goal in enumerate(result.judged)}
    for member, times, v in interpreted(scenario, range(30, 50)):
        at = {round(float(t), 6): i for i, t in enumerate(times)}
        savings = v["Savings"]
        infections = {
            y: sum(year_total(times, v[f"infection[{town}]"], y) for town in TOWNS)
            for y in (2020, 2021, 2022)
        }
        care = year_total(times, v["care[harbour]"], 2020)
        expected = {
            "S1": savings[at[2026.0]],
            "S1b": 100 * ((savings[at[2026.0]] / savings[at[2021.0]]) ** 0.2 - 1),
            "I1": infections[2022],
            "C1": care,
        }
        met = {
            "S1": expected["S1"] >= 118,
            "S1b": expected["S1b"] >= 3,
            "I1": all(n <= 800 for n in infections.values()),
            "C1": abs(care - 10) <= 1.87,
        }
        for goal, value in expected.items():
            assert result.measures[rows[goal], member] == pytest.approx(value, rel=1e-10), goal
            assert result.met[rows[goal], member] == met[goal], goal


def test_binding_against_the_interpreter(scenario: Scenario) -> None:
    few = replace(scenario, draws=40)
    binding = run(few).binding
    assert binding.limits == ("beds", "nurses")
    assert binding.elements == TOWNS
    counts = np.zeros((2, 6, 3))
    cost = np.zeros((2, 6, 2))
    for _, times, v in interpreted(few, range(40)):
        for t, town in enumerate(TOWNS):
            for y in range(6):
                lost = [
                    year_total(times, v[f"lost to {limit}[{town}]"], 2020 + y) for limit in binding.limits
                ]
                share = np.array(lost) / (year_total(times, v[f"care[{town}]"], 2020 + y) + sum(lost))
                counts[t, y, int(share.argmax()) if share.max() >= 0.01 else 2] += 1
                cost[t, y] += share
    np.testing.assert_allclose(binding.share, counts / 40, atol=1e-12)
    np.testing.assert_allclose(binding.cost, cost / 40, atol=1e-9)


def test_binding_shares_sum_to_one_and_name_the_goals_limit(result: Forecast) -> None:
    np.testing.assert_allclose(result.binding.share.sum(axis=-1), 1.0)
    assert result.result("C1").binds == "beds"  # harbour has 12 beds and 20 nurses
    assert result.result("S1").binds == ""


def test_annual_goals_hold_in_each_year(result: Forecast) -> None:
    row = result.result("I1")
    assert [year for year, _ in row.yearly] == [2020, 2021, 2022]
    assert row.probability is not None
    assert row.probability <= min(p for _, p in row.yearly) + 1e-12
    assert result.result("S1").yearly == ()


def test_an_annual_goal_is_met_where_its_hardest_year_meets_it(result: Forecast) -> None:
    annual = [r.goal for r in result.goals if r.probability is not None and len(r.goal.each_year) > 1]
    bounded = {goal.id: goal for goal in annual if goal.comparison != "≈ within"}
    assert bounded
    assert set(result.hardest) == set(bounded)
    for id, goal in bounded.items():
        row = result.judged.index(id)
        np.testing.assert_array_equal(goal.met(result.hardest[id]), result.met[row])
        beyond = result.hardest[id] - result.measures[row]
        assert np.all(beyond >= 0) if goal.comparison == "<=" else np.all(beyond <= 0)
        assert beyond.any()


@pytest.mark.parametrize(("figure", "met"), [(700.0, 1.0), (900.0, 0.0)])
def test_a_documented_year_of_an_annual_goal_is_known(
    scenario: Scenario, result: Forecast, figure: float, met: float
) -> None:
    """The year documented counts alike in every member; the others stay the model's."""
    known = Documented(figure, 2020, "bulletin", "official")
    goals = tuple(replace(g, documented=known) if g.id == "I1" else g for g in scenario.goals)
    plain, row = result.result("I1"), run(replace(scenario, goals=goals)).result("I1")
    assert dict(row.yearly)[2020] == met
    assert row.yearly[1:] == plain.yearly[1:]
    assert row.probability is not None
    assert plain.probability is not None
    assert row.probability >= plain.probability if met else row.probability == 0
    assert row.median == plain.median


def test_joint_probabilities_count_first_readings_once(result: Forecast) -> None:
    assert result.joint["all"].goals == ("S1", "I1", "C1")
    assert result.joint["money"].goals == ("S1",)
    rows = [result.judged.index(goal) for goal in ("S1", "I1", "C1")]
    assert result.joint["all"].probability.value == result.met[rows].all(axis=0).mean()
    assert result.joint["money"].probability.value == result.result("S1").probability


def test_every_row_of_the_goal_file_is_there(result: Forecast) -> None:
    assert [(r.goal.id, r.status) for r in result.goals] == [
        ("S1", "judged"), ("S1b", "judged"), ("I1", "judged"), ("C1", "judged"),
        ("D1", "documented as met"), ("N1", "not modelled yet"),
    ]  # fmt: skip
    for row in result.goals[:4]:
        assert row.evidence == "prior only"
    for row in result.goals[4:]:
        assert (row.median, row.probability, row.evidence, row.binds) == (None, None, "", "")
    assert result.result("N1").reason == "the model has no vaccine"


def test_fans_carry_history_known_by_as_of_in_the_unit_of_the_series(result: Forecast) -> None:
    fan = result.fan("savings")
    assert fan.years == (2020, 2021, 2022, 2023, 2024, 2025)
    assert fan.quantiles.shape == (7, 6)
    assert (np.diff(fan.quantiles, axis=0) >= 0).all()
    assert [(o.year, pytest.approx(o.value), o.unit) for o in fan.history] == [
        (2020, 103, "亿元"),
        (2021, 106.1, "亿元"),
    ]
    assert fan.result is result.result("S1")
    row = result.result("S1")
    assert fan.quantiles[[1, 3, 5], -1] == pytest.approx([row.p10, row.median, row.p90])
    growth = result.fan("growth")  # of the year before the run there is no value, but its end is the start
    assert np.isfinite(growth.quantiles).any(axis=0).tolist() == [True] * 6


def test_threads_and_reruns_give_the_same_bits(scenario: Scenario) -> None:
    large = replace(scenario, draws=5000)
    one, two = run(large, threads=1), run(large, threads=2)
    assert np.array_equal(one.measures, two.measures)
    assert np.array_equal(one.binding.cost, two.binding.cost)
    assert one.goals == two.goals
    assert one.run_id == two.run_id


def test_run_id_follows_what_decides_the_numbers(scenario: Scenario, result: Forecast) -> None:
    few = replace(scenario, draws=20)
    base = run(few).run_id
    assert run(few, threads=1).run_id == base
    assert run(replace(few, seed=12)).run_id != base
    assert run(replace(few, draws=21)).run_id != base
    assert run(replace(few, fixed={"interest rate": 0.05})).run_id != base
    assert run(few, design="sobol").run_id != base
    other = replace(few, files={**few.files, "models/clinic.mdl": "0" * 64})
    assert run(other).run_id != base


def test_large_ensembles_stream(scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    large = replace(scenario, draws=5000)
    exact = run(large)
    monkeypatch.setattr(gather, "EXACT_MEMBERS", 1000)
    streamed = run(large)
    assert streamed.measures.shape == (4, 1000)
    assert np.array_equal(streamed.measures, exact.measures[:, :1000])
    assert np.array_equal(streamed.met, exact.met)
    for before, after in zip(exact.goals[:4], streamed.goals[:4], strict=True):
        assert after.probability == before.probability
        assert after.median == pytest.approx(before.median, rel=1e-3)
        assert after.p10 == pytest.approx(before.p10, rel=1e-3)
    for before, after in zip(exact.fans, streamed.fans, strict=True):
        np.testing.assert_allclose(after.quantiles, before.quantiles, rtol=2e-3)


def test_sobol_is_unbiased_and_its_interval_honest(scenario: Scenario) -> None:
    quiet = replace(scenario, shocks=(), draws=2048)
    needed = 16 * (1.18 ** (1 / 96) - 1)
    exact = stats.norm(0.03, 0.01 / stats.norm.ppf(0.95)).sf(needed)
    rows = [run(replace(quiet, seed=seed), design="sobol").result("S1") for seed in range(8)]
    plain = run(quiet).result("S1")
    for row in rows:
        assert abs(row.probability - exact) < 0.005
        assert row.probability_high - row.probability_low < 0.3 * (
            plain.probability_high - plain.probability_low
        )
    assert sum(row.probability_low <= exact <= row.probability_high for row in rows) >= 6


def test_failed_members_are_counted_reported_and_left_out(scenario: Scenario) -> None:
    wild = Prior(
        "interest rate", distribution("uniform", low=0.0, high=60_000.0), "1/Year", "", "assumption", ""
    )
    others = tuple(p for p in scenario.priors if p.variable != "interest rate")
    result = run(replace(scenario, draws=200, priors=Priors((wild, *others))))
    assert 0 < result.failed < 200
    assert len(result.failed_members) == result.failed
    assert any("Savings" in line for line in result.failures)
    alive = np.delete(np.arange(200), result.failed_members)
    assert np.isnan(result.measures[:, list(result.failed_members)]).all()
    assert not result.met[:, list(result.failed_members)].any()
    row = result.result("C1")
    assert row.probability == pytest.approx(result.met[result.judged.index("C1"), alive].mean())
    np.testing.assert_allclose(result.binding.share.sum(axis=-1), 1.0)


def test_no_survivor_is_an_error(scenario: Scenario) -> None:
    with pytest.raises(SimulationError, match="every member failed"):
        run(replace(scenario, draws=5, fixed={"interest rate": 1e300}))


def test_bad_design_is_an_input_error(scenario: Scenario) -> None:
    with pytest.raises(InputError, match="did you mean 'sobol'"):
        run(scenario, design="sobel")


def test_a_forecast_of_series_alone_and_of_nothing(scenario: Scenario) -> None:
    unjudged = replace(scenario, goals=scenario.goals[4:], draws=20)
    result = run(unjudged)
    assert result.judged == ()
    assert result.joint == {}
    assert result.measures.shape == (0, 20)
    assert np.isfinite(result.fan("savings").quantiles).all()
    nothing = replace(unjudged, view=replace(scenario.view, series=(), limits=(), output=()))
    with pytest.raises(InputError, match="nothing to forecast"):
        run(nothing)
