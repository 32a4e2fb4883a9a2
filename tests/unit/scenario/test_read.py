"""read_scenario on the clinic: what is read, in which units, how scenarios extend each other, what may not be reached."""

from __future__ import annotations

import dataclasses
import hashlib
from datetime import date
from pathlib import Path

import clinic
import numpy as np
import pytest

from tzsim.errors import InputError
from tzsim.measures import evaluate, needs
from tzsim.scenario import Scenario, read_scenario
from tzsim.scenario.text import Text2

LEVERS = """- id: more nurses
  variable: "nurses[hill]"
  name: 护士
  neutral: 6
  low: 6
  high: 3千人
  unit: 人
  cost: 500万元
  cost_basis: a head
  delay: 6 个月
  mechanism: hiring
  source: none
  quality: assumption
"""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZSIM_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    scenario = clinic.write_project(tmp_path)
    (tmp_path / "scenarios" / "levers.yaml").write_text(LEVERS, "utf-8")
    scenario.write_text(scenario.read_text("utf-8") + "lever_table: levers.yaml\n", "utf-8")
    return tmp_path / "scenarios"


def child(project: Path, text: str, name: str = "child.yaml") -> Scenario:
    (project / name).write_text(text, "utf-8")
    return read_scenario(project / name)


def complaint(project: Path, text: str) -> str:
    with pytest.raises(InputError) as error:
        child(project, text)
    return str(error.value)


class Flat:
    """Every level is 2, every integral 3 per year."""

    def level(self, name: str, time: float, /) -> np.ndarray:
        return np.array([2.0])

    def integral(self, name: str, time: float, /) -> np.ndarray:
        return np.array([3.0 * time])


def test_what_is_read(project: Path) -> None:
    s = read_scenario(project / "clinic.yaml")
    assert (s.id, s.draws, s.seed, s.as_of, s.horizon) == ("clinic", 400, 11, date(2021, 12, 31), 2026)
    assert s.name == Text2("诊所", "Clinic")
    assert [g.id for g in s.goals] == ["S1", "S1b", "I1", "C1", "D1", "N1"]
    assert s.goal("S1b").reading_of == "S1"
    assert [p.variable for p in s.priors] == [
        "interest rate",
        "transmission rate[harbour]",
        "transmission rate[hill]",
    ]
    assert s.priors.rows[2].quantile(0.0) == pytest.approx(4)
    assert s.root == project.parent
    with pytest.raises(dataclasses.FrozenInstanceError):
        s.draws = 5  # type: ignore[misc]


def test_figures_after_as_of_are_not_known(project: Path) -> None:
    s = read_scenario(project / "clinic.yaml")
    assert [o.year for o in s.history] == [2020, 2021]
    earlier = child(project, "extends: clinic\nas_of: 2020-12-31\n")
    assert [o.year for o in earlier.history] == [2020]
    assert s.goal("D1").status == "documented as met"
    assert earlier.goal("D1").status == "not modelled yet"
    assert earlier.goal("D1").documented is None


def test_a_figure_beside_a_judged_goal_stands_for_one_of_its_years(project: Path) -> None:
    figure = "{value: 700, year: %d, source: bulletin, quality: official}"
    goals = (project / "goals.yaml").read_text("utf-8")
    years = "  each_year: [2020, 2021, 2022]\n"
    assert years in goals

    def with_figure(year: int) -> None:
        row = years + f"  documented: {figure % year}\n"
        (project / "goals.yaml").write_text(goals.replace(years, row, 1), "utf-8")

    with_figure(2021)
    goal = read_scenario(project / "clinic.yaml").goal("I1")
    assert (goal.known(2020), goal.known(2021)) == (None, 700.0)
    assert child(project, "extends: clinic\nas_of: 2020-12-31\n").goal("I1").documented is None
    with_figure(2024)
    with pytest.raises(InputError, match="a figure of 2024 settles none of the years judged"):
        read_scenario(project / "clinic.yaml")


def test_files_are_hashed_by_their_bytes(project: Path) -> None:
    s = read_scenario(project / "clinic.yaml")
    assert set(s.files) == {
        "models/clinic.mdl", "scenarios/clinic.yaml", "scenarios/goals.yaml", "scenarios/history.csv", "scenarios/levers.yaml",
        "scenarios/priors.yaml", "scenarios/shocks.yaml", "scenarios/view.yaml",
    }  # fmt: skip
    for name, digest in s.files.items():
        assert digest == hashlib.sha256((s.root / name).read_bytes()).hexdigest()


def test_measures_give_the_goals_unit(project: Path) -> None:
    """Savings in Yi; the goal asked in 万元 and in 元: the same measure, other numbers."""
    goals = (project / "goals.yaml").read_text("utf-8")
    (project / "goals.yaml").write_text(goals.replace('unit: "亿元"', 'unit: "万元"', 1), "utf-8")
    s = read_scenario(project / "clinic.yaml")
    measure = s.goal("S1").measure
    assert measure is not None
    np.testing.assert_allclose(evaluate(measure, Flat()), [2e4])
    growth = s.goal("S1b").measure
    assert growth is not None
    np.testing.assert_allclose(evaluate(growth, Flat()), [0.0])
    care = s.goal("C1").measure
    assert care is not None
    assert needs(care).integrals == ("care[harbour]",)


def test_goals_of_each_year(project: Path) -> None:
    goal = read_scenario(project / "clinic.yaml").goal("I1")
    years = dict(goal.yearly_measures)
    assert list(years) == [2020, 2021, 2022]
    assert needs(years[2021]).times == (2021.0, 2022.0)
    assert needs(years[2021]).integrals == ("infection[harbour]", "infection[hill]")
    np.testing.assert_allclose(evaluate(years[2021], Flat()), [6.0])


def test_met(project: Path) -> None:
    s = read_scenario(project / "clinic.yaml")
    np.testing.assert_array_equal(
        s.goal("S1").met([117.9, 118, 119, float("nan")]), [False, True, True, False]
    )
    np.testing.assert_array_equal(s.goal("I1").met([800, 801]), [True, False])
    np.testing.assert_array_equal(s.goal("C1").met([8.12, 8.14, 11.86, 11.88]), [False, True, True, False])
    about = dataclasses.replace(s.goal("C1"), comparison="≈ at least")
    np.testing.assert_array_equal(about.met([8.12, 8.14, 50]), [False, True, True])


def test_the_nearest_file_wins_and_mappings_join(project: Path) -> None:
    child(
        project,
        'extends: clinic\ndraws: 7\nlevers: {more nurses: 10}\nset: {"beds[hill]": 5, "interest rate": 4%/年}\n',
        "middle.yaml",
    )
    s = child(project, 'extends: middle\nseed: 0\nset: {"beds[hill]": 6}\nname: 丙\n')
    assert (s.draws, s.seed, s.name) == (7, 0, Text2("丙", "丙"))
    assert s.levers == {"more nurses": 10.0}
    assert s.settings == {"beds[hill]": 6.0, "interest rate": pytest.approx(0.04)}
    assert s.fixed == {"beds[hill]": 6.0, "interest rate": pytest.approx(0.04), "nurses[hill]": 10.0}
    assert set(s.files) >= {"scenarios/child.yaml", "scenarios/middle.yaml", "scenarios/clinic.yaml"}


def test_an_array_is_set_as_a_whole(project: Path) -> None:
    assert child(project, "extends: clinic\nset: {beds: 3}\n").fixed == {
        "beds[harbour]": 3.0,
        "beds[hill]": 3.0,
    }
    s = child(project, 'extends: clinic\nset: {"BEDS[Hill]": 3}\n')
    assert s.fixed == {"beds[hill]": 3.0}


def test_levers_are_in_the_models_units(project: Path) -> None:
    (lever,) = read_scenario(project / "clinic.yaml").lever_table
    assert (lever.low, lever.high, lever.neutral, lever.elements) == (6.0, 3000.0, 6.0, ("nurses[hill]",))
    assert lever.cost == pytest.approx(0.05)
    assert lever.delay == pytest.approx(0.5)
    assert child(project, "extends: clinic\nlevers: {more nurses: 0.2万人}\n").fixed == {
        "nurses[hill]": 2000.0
    }


def test_shocks(project: Path) -> None:
    (shock,) = read_scenario(project / "clinic.yaml").shocks
    assert shock.knots == (2020.0, 2021.0, 2022.0, 2023.0, 2024.0, 2025.0)
    assert (shock.count, shock.common, shock.off, shock.fixed) == (6, 0.5, False, ())
    (off,) = child(project, "extends: clinic\nshocks: {contacts: off}\n").shocks
    assert off.off
    (set_,) = child(project, "extends: clinic\nshocks: {contacts: {2022: -1.5, 2024: {hill: 2}}}\n").shocks
    assert set_.fixed == (
        ("contact innovation[harbour]", 2, -1.5),
        ("contact innovation[hill]", 2, -1.5),
        ("contact innovation[hill]", 4, 2.0),
    )


def test_a_shorter_horizon_has_fewer_draws(project: Path) -> None:
    goals = (
        (project / "goals.yaml")
        .read_text("utf-8")
        .replace("year: 2025", "year: 2022")
        .replace("date: 2025", "date: 2022")
    )
    (project / "goals.yaml").write_text(goals, "utf-8")
    s = child(project, "extends: clinic\nhorizon: 2023\n")
    assert s.horizon == 2023
    assert s.shocks[0].count == 3


def test_half_years_have_two_knots_a_year(project: Path) -> None:
    text = (project / "shocks.yaml").read_text("utf-8").replace("period: 1 Year", "period: 6 Month")
    (project / "shocks.yaml").write_text(text, "utf-8")
    (shock,) = child(project, "extends: clinic\nshocks: {contacts: {2021: 1}}\n").shocks
    assert shock.count == 12
    assert {k for _, k, _ in shock.fixed} == {2, 3}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("extends: child\n", "circle: child -> child"),
        ("extends: clnic\n", "did you mean 'clinic'?"),
        ("extends: ../../../outside\n", "outside the project"),
        ("extends: clinic\ngoals: ~/goals.yaml\n", "absolute path"),
        ("extends: clinic\nlevers: {more nurses: 8}\nset: {\"nurses[hill]\": 9}\n", "keep one"),
        ("extends: clinic\nset: {beds: 3, \"beds[hill]\": 4}\n", "set twice"),
        ("extends: clinic\nset: {Time: 3}\n", "no variable 'Time'"),
        ("extends: clinic\nset: {\"beds[hill]\": yes}\n", "expected a number, got 'yes'"),
        ("extends: clinic\nset: {\"beds[hill]\": true}\n", "expected a number"),
        ("extends: clinic\nshocks: {contacts: {next: 1}}\n", "'next' is not a year"),
        ("extends: clinic\nshocks: {contacts: {2022: {hull: 1}}}\n", "did you mean 'hill'?"),
        ("- extends\n", "expected a mapping"),
        ("extends: clinic\nname: {zh: '', en: x}\n", "not an empty one"),
    ],
)  # fmt: skip
def test_refused(project: Path, text: str, says: str) -> None:
    assert says in complaint(project, text)


def test_a_circle_of_three_is_shown_as_its_path(project: Path) -> None:
    (project / "a.yaml").write_text("extends: b\n", "utf-8")
    (project / "b.yaml").write_text("extends: c\n", "utf-8")
    (project / "c.yaml").write_text("extends: a\n", "utf-8")
    with pytest.raises(InputError, match="a -> b -> c -> a"):
        read_scenario(project / "a.yaml")


def test_a_link_out_of_the_project_is_not_followed(
    project: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "goals.yaml"
    outside.write_text((project / "goals.yaml").read_text("utf-8"), "utf-8")
    (project / "linked.yaml").symlink_to(outside)
    assert "outside the project" in complaint(project, "extends: clinic\ngoals: linked.yaml\n")


def test_problems_of_every_file_come_together_in_order(project: Path) -> None:
    for name, old, new in (
        ("goals.yaml", "value: 118", "value: 118亿人"),
        ("goals.yaml", 'unit: "%"', 'unit: "％％"'),
        ("priors.yaml", "high: 0.04", "high: 0.01"),
        ("view.yaml", "goal: S1", "goal: S8"),
        ("levers.yaml", "neutral: 6", "neutral: 8"),
    ):
        file = project / name
        file.write_text(file.read_text("utf-8").replace(old, new, 1), "utf-8")
    with pytest.raises(InputError) as error:
        child(project, "extends: clinic\nlevers: {nurse: 1}\n")
    addresses = [p.address for p in error.value.problems if p.address]
    files = list(dict.fromkeys(Path(a.file).name for a in addresses))
    assert {"priors.yaml", "levers.yaml", "goals.yaml", "view.yaml"} <= set(files)
    for name in files:
        here = [(a.line, a.column) for a in addresses if Path(a.file).name == name]
        assert here == sorted(here)
    assert all(p.excerpt for p in error.value.problems)


def test_a_model_given_is_used(project: Path) -> None:
    from tzsim.translate import read_model

    model = read_model(project.parent / "models" / "clinic.mdl")
    s = read_scenario(project / "clinic.yaml", model=model)
    assert s.model is model


def test_prior_units_are_converted(project: Path) -> None:
    text = (project / "priors.yaml").read_text("utf-8")
    text = text.replace(
        "value: 0.03\n  low: 0.02\n  high: 0.04\n  unit: 1/Year",
        "value: 3\n  low: 2%/年\n  high: 4\n  unit: '%/Year'",
    )
    (project / "priors.yaml").write_text(text, "utf-8")
    prior = read_scenario(project / "clinic.yaml").priors.rows[0]
    assert prior.unit == "1/Year"
    np.testing.assert_allclose(prior.quantile([0.05, 0.5, 0.95]), [0.02, 0.03, 0.04], rtol=1e-9)
