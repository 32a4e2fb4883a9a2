"""Loops, starts and doubts of a goal on a project that has nothing to do with any county."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import clinic
import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

import tzsim
from tzsim.forecast.bins import share_floor
from tzsim.forecast.gap import Gap, split_gap
from tzsim.forecast.knowing import knowing
from tzsim.forecast.loops import loops_of
from tzsim.forecast.starts import starts_held_back
from tzsim.measures import Growth, Mean, Quantity, Ratio, Total
from tzsim.scenario import Scenario, Text2

VIEW = (
    clinic.VIEW
    + """starts:
  - {id: beds, name: {zh: 床位, en: Beds}, held_back: "lost to beds[Town]", wanted: "care wanted[Town]"}
  - {id: nurses, name: {zh: 护士, en: Nurses}, held_back: "lost to nurses[hill]", wanted: "care wanted[*]"}
loops:
  - id: R
    name: {zh: 传染, en: Contagion}
    through: [Infected, infection]
    cut: {hold: Infected, into: [infection]}
  - id: G
    name: {zh: 利息, en: Interest}
    through: [Savings]
    cut: {set: {interest rate: 0}}
doubts:
  - {id: contagion, name: {zh: 传染强度, en: How contagious}, variable: "transmission rate[Town]"}
  - {id: beds, name: {zh: 床位数, en: How many beds}, variable: "beds[Town]"}
"""
)


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    folder = tmp_path_factory.mktemp("loops")
    path = clinic.write_project(folder)
    (folder / "scenarios" / "view.yaml").write_text(VIEW, "utf-8")
    return tzsim.read_scenario(path)


def test_cut_loops_have_the_effect_of_the_closed_form(scenario: Scenario) -> None:
    found = loops_of(scenario, scenario.goal("S1"), members=300, threads=1)
    contagion, interest = found.effects
    assert contagion.measure is not None
    assert interest.measure is not None
    assert (contagion.measure.value, contagion.probability.value) == (0.0, 0.0)
    # without interest savings stay at 100 and nobody meets 118
    drawn = tzsim.draw(scenario.priors, scenario.shocks, members=300, seed=scenario.seed)
    rate = drawn.block().values[drawn.names.index("interest rate")]
    grown = 100 * (1 + rate / 16) ** 96
    assert interest.measure.value == pytest.approx(100 - grown.mean(), rel=1e-9)
    assert interest.probability.value == pytest.approx(-(grown >= 118).mean())
    assert interest.cut.en == "interest rate = 0"


def test_cut_contagion_is_a_run_of_its_own(scenario: Scenario) -> None:
    """As if infection went on at the present number of infected from the end of 2021."""
    goal = replace(scenario.goal("I1"), each_year=(2022,))
    found = loops_of(scenario, goal, members=50, threads=1)
    effect = next(e for e in found.effects if e.id == "R")
    drawn = tzsim.draw(scenario.priors, scenario.shocks, members=50, seed=scenario.seed)
    keep = ["infection", "Infected", "Susceptible"]
    times = [2020 + k / 16 for k in range(49)]
    run = tzsim.simulate(scenario.model, drawn, keep=keep, times=times)
    intact = run["infection"].sel(time=slice(2022, 2022.99)).sum("time").sum("Town").values / 16
    infected, s = (run[n].sel(time=2022).values.copy() for n in ("Infected", "Susceptible"))
    rate = (run["infection"] / run["Susceptible"] / run["Infected"]).sel(time=slice(2022, 2022.99)).values
    cut = np.zeros(50)
    for k in range(16):
        flow = rate[:, k] * infected * s
        cut += flow.sum(axis=1) / 16
        s -= flow / 16
    assert effect.measure is not None
    assert effect.measure.value == pytest.approx((cut - intact).mean(), rel=1e-9)


def test_a_cut_that_lets_the_model_explode_is_said_and_not_counted() -> None:
    from tzsim.forecast.loops import _explodes

    intact = np.linspace(90.0, 110.0, 101)
    assert not _explodes(intact, intact + 500)
    assert not _explodes(intact, -50 * intact)
    assert _explodes(intact, intact - 1e27)
    assert _explodes(
        intact, np.where(np.arange(101) == 7, -1e27, intact)
    )  # one member alone moves the mean beyond all bounds
    assert _explodes(intact, np.full(101, np.nan))
    assert not _explodes(intact, np.where(np.arange(101) < 10, np.nan, intact))
    assert not _explodes(np.zeros(101), np.zeros(101))


def test_scores_of_met_and_missed(scenario: Scenario) -> None:
    found = loops_of(scenario, scenario.goal("I1"), members=300, threads=1)
    rows = {(y.loop, y.year): y for y in found.years}
    assert {loop for loop, _ in rows} == {"R"}
    assert rows[("R", 2022)].met == pytest.approx(1.0)  # alone in its knot
    assert {e.id: e.polarity for e in found.effects} == {"R": "R", "G": ""}
    assert found.notes[0].en == "G: does not lead to this goal"
    savings = loops_of(scenario, scenario.goal("S1"), members=60, threads=1)
    assert [n.en for n in savings.notes] == ["R: does not lead to this goal"]
    assert [y.met for y in savings.years if y.loop == "G"] == pytest.approx([1.0] * 4)


def test_loops_are_found_where_none_is_named(scenario: Scenario) -> None:
    bare = replace(scenario, view=replace(scenario.view, loops=()))
    found = loops_of(bare, scenario.goal("I1"), members=60, threads=1)
    names = {e.name.en for e in found.effects}
    assert "Infected[hill] → infection[hill] → Infected[hill]" in names
    assert not any("Savings" in n for n in names)
    savings = loops_of(bare, scenario.goal("S1"), members=60, threads=1)
    (interest,) = savings.effects
    drawn = tzsim.draw(scenario.priors, scenario.shocks, members=60, seed=scenario.seed)
    r = drawn.block().values[drawn.names.index("interest rate")] / 16
    # interest on the savings of 2022 alone, for four years
    assert interest.measure is not None
    change = 100 * (1 + r) ** 32 * (1 + 64 * r) - 100 * (1 + r) ** 96
    assert interest.measure.value == pytest.approx(change.mean(), rel=1e-9)


def test_starts_are_shown_only_where_the_goal_has_to_do_with_them(scenario: Scenario) -> None:
    """Infections lie a few links before the care wanted, savings nowhere near it."""
    assert starts_held_back(scenario, scenario.goal("S1"), members=30, threads=1) == ()
    hill = replace(
        scenario.goal("C1"), limits_of=(), measure=Mean(Quantity("care[hill]", ("care[hill]",)), 2021)
    )
    assert {r.limit for r in starts_held_back(scenario, hill, members=30, threads=1)} == {"beds", "nurses"}
    before = replace(hill, measure=Mean(Quantity("infection[hill]", ("infection[hill]",)), 2021))
    assert starts_held_back(scenario, before, members=30, threads=1) == ()


def test_starts_are_shares_of_what_is_wanted(scenario: Scenario) -> None:
    found = starts_held_back(scenario, scenario.goal("C1"), members=80, threads=1)
    assert {(r.limit, r.element) for r in found} == {("beds", "harbour"), ("nurses", "hill")}
    drawn = tzsim.draw(scenario.priors, scenario.shocks, members=80, seed=scenario.seed)
    run = tzsim.simulate(
        scenario.model, drawn, keep=["lost to beds", "care wanted"], times=[2021 + k / 16 for k in range(16)]
    )
    lost = run["lost to beds"].sel(Town="harbour").sum("time") / run["care wanted"].sel(Town="harbour").sum(
        "time"
    )
    row = next(r for r in found if (r.limit, r.year) == ("beds", 2021))
    assert row.mean == pytest.approx(float(lost.mean()), rel=1e-9)
    assert row.binds == pytest.approx(float((lost >= 0.01).mean()))


def test_robustness_moves_doubts_and_lists_readings(scenario: Scenario) -> None:
    found = tzsim.robustness(scenario, ["S1", "I1"], members=300, threads=1)
    savings = found.of("S1")
    assert [c.kind for c in savings] == ["as drawn", "doubt", "doubt", "reading"]
    assert savings[1].probability == savings[0].probability  # contagion does nothing to savings
    assert savings[3].name.en.startswith("S1b")
    infections = found.of("I1")
    low, high = infections[1], infections[2]
    assert low.probability.value > infections[0].probability.value > high.probability.value
    assert low.change is not None
    assert low.change.value == pytest.approx(low.probability.value - infections[0].probability.value)
    assert found.range("I1") == (high.probability.value, low.probability.value)
    assert any("How many beds" in n.en for n in found.notes)  # no prior: fixed
    assert "How contagious" in found.table().html("en")
    full = tzsim.forecast(replace(scenario, draws=300))
    assert full.result("I1").probability == infections[0].probability.value


def test_knowing_is_the_explained_variance_of_the_outcome(scenario: Scenario) -> None:
    rng = np.random.default_rng(1)
    x = rng.random((40, 8000))
    p = np.where(x[3] > 0.5, 0.8, 0.2)
    met = rng.random(8000) < p
    names = tuple(f"x{i}" for i in range(40))
    found = knowing(scenario, names, x, met, x[3], 2022.0)
    assert [r.name for r in found.above] == ["x3"]
    assert found.rows[0].moves == pytest.approx(0.3, abs=0.01)
    assert found.rows[0].outcome == pytest.approx(0.36, abs=0.02)
    noise = sum(
        bool(
            knowing(
                scenario, names, rng.random((40, 2000)), rng.random(2000) < 0.3, x[0, :2000], 2022.0
            ).above
        )
        for _ in range(40)
    )
    assert noise <= 6
    assert 0 < share_floor(2000, 40) < share_floor(500, 40)


@pytest.mark.parametrize("draws", [None, 1000])
def test_knowing_in_a_linear_gaussian_model_is_the_closed_form(scenario: Scenario, draws: int | None) -> None:
    """y = 2 a + b + 0.5 c + e, met where y > 1: var P(met | a) is a quadrant of two copies of y that share a, less P squared.

    draws: the inputs are those of so many draws of a posterior, each met by several members.
    """
    rng = np.random.default_rng(11)
    weights = np.array([2.0, 1.0, 0.5])
    x = rng.normal(size=(30, draws or 20_000))
    if draws:
        x = x[:, rng.integers(0, draws, 20_000)]
    y = weights @ x[:3] + rng.normal(size=20_000)
    variance = float((weights**2).sum() + 1)
    found = knowing(scenario, tuple(f"x{i}" for i in range(30)), x, y > 1, y, 2022.0)
    h = -1 / variance**0.5
    p = norm.cdf(h)
    near = 0.012 if draws is None else 0.05  # a thousand draws are no better than a thousand members
    rows = {r.name: r for r in found.rows}
    for i, w in enumerate(weights):
        rho = w**2 / variance
        explained = multivariate_normal.cdf([h, h], cov=[[1, rho], [rho, 1]]) - p**2
        row = rows[f"x{i}"]
        assert row.moves == pytest.approx(explained**0.5, abs=near), i
        assert row.outcome == pytest.approx(explained / (p * (1 - p)), abs=near)
        assert row.measure == pytest.approx(rho, abs=near)
    assert [r.name for r in found.rows[:2]] == ["x0", "x1"]
    assert {r.name for r in found.above} <= {"x0", "x1", "x2"}
    assert {r.name for r in found.above} >= ({"x0", "x1"} if draws else {"x0", "x1", "x2"})


def test_shocks_to_come_cannot_be_collected(scenario: Scenario) -> None:
    found = tzsim.explain(scenario, "I1", threads=1)
    can = {r.name: r.collectable for r in found.knowing.rows}
    assert can["transmission rate[harbour]"]
    assert can["contact innovation[harbour] @ 2021"]
    assert not can["contact innovation[harbour] @ 2022"]
    row = next(r for r in found.knowing.rows if r.name == "transmission rate[harbour]")
    assert (row.what.en, row.unit, row.quality) == ("Contacts that infect.", "1/Year", "assumption")


def test_gap_of_growth_and_of_a_share(scenario: Scenario) -> None:
    """The year of the goal rises by what was lost; the year before stays."""
    care = Total(Quantity("care[harbour]", ("care[harbour]",)))
    both = Total(Quantity("care[*]", ("care[harbour]", "care[hill]")))
    base = replace(scenario.goal("C1"), comparison=">=", value=0.5, limits_of=("harbour",))
    drawn = tzsim.draw(scenario.priors, scenario.shocks, members=100, seed=scenario.seed)
    run = tzsim.simulate(
        scenario.model, drawn, keep=["care", "lost to beds"], times=[2020 + k / 16 for k in range(32)]
    )

    def total(name: str, year: int, town: str = "harbour") -> np.ndarray:
        part = run[name].sel(Town=town).sel(time=slice(year, year + 0.99))
        return part.sum("time").values / 16

    growth = replace(base, measure=Growth(care, 2021, 2020), date=2021)
    found = split_gap(scenario, growth, members=100)
    assert isinstance(found, Gap)
    expected = (total("lost to beds", 2021) / total("care", 2020)).mean()
    assert dict(found.parts)["beds"] == pytest.approx(expected, rel=1e-6)
    assert sum(v for _, v in found.parts) + found.rest == pytest.approx(found.gap, abs=1e-9)

    share = replace(base, measure=Ratio(replace(care, year=2020), replace(both, year=2020)), date=2020)
    found = split_gap(scenario, share, members=100)
    assert isinstance(found, Gap)
    own, lost, other = total("care", 2020), total("lost to beds", 2020), total("care", 2020, "hill")
    expected = ((own + lost) / (own + lost + other) - own / (own + other)).mean()
    assert dict(found.parts)["beds"] == pytest.approx(expected, rel=1e-6)

    yearly = replace(base, measure=care, each_year=(2020, 2021, 2022), date=None, value=30.0)
    found = split_gap(scenario, yearly, members=100)
    assert isinstance(found, Gap)
    assert found.year == 2022  # the epidemic is over: the year with the largest gap


@pytest.mark.parametrize(
    ("id", "said"), [("I1", "at most"), ("C1", "within a band"), ("S1", "no limits are recorded")]
)
def test_gap_says_by_name_why_it_does_not_apply(scenario: Scenario, id: str, said: str) -> None:
    found = split_gap(scenario, scenario.goal(id), members=20)
    assert isinstance(found, Text2)
    assert said in found.en


def test_an_exploding_cut_stands_in_the_table_in_words(scenario: Scenario) -> None:
    from tzsim.forecast.explain_tables import EXPLODED, _loops

    found = loops_of(scenario, scenario.goal("I1"), members=60, threads=1)
    wild = replace(found.effects[0], measure=None, explodes=True)
    table = _loops(SimpleNamespace(goal=scenario.goal("I1"), loops=replace(found, effects=(wild,))))  # type: ignore[arg-type]
    assert EXPLODED.zh in table.html("zh")
    assert EXPLODED.en in table.html("en")
    assert list(table.to_frame().columns) == [c.id for c in table.columns]
