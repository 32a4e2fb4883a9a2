"""A sector alone with measured inputs: the line through the figures, their errors, and a truth that is found again."""

from __future__ import annotations

import textwrap
from pathlib import Path

import numpy as np
import pytest
from capital_project import FILES

from tzsim.calibration.fit_spec import fit_spec, likelihood_of
from tzsim.calibration.spec import read_spec
from tzsim.errors import InputError

YEARS = range(2018, 2024)
INVESTED = {2018: 5.0, 2019: 6.0, 2020: 14.0, 2021: 4.0, 2022: 12.0, 2023: 9.0}
START, SCRAP, STEPS = 96.0, 0.05, 8
"""The truth that made the figures of capital; the prior of the start is 100 +- 6."""

SECTOR = """\
    {UTF-8}
    Capital= INTEG (investment - Capital*scrap rate, initial capital)
        ~ Yi
        ~ |
    investment= 8
        ~ Yi/Year
        ~ Stand-in of the sector that decides investment |
    initial capital= 100
        ~ Yi
        ~ |
    scrap rate= 0.05
        ~ 1/Year
        ~ |
    INITIAL TIME= 2018 ~ Year ~|
    FINAL TIME= 2028 ~ Year ~|
    TIME STEP= 0.125 ~ Year ~|
    SAVEPER= 1 ~ Year ~|
    """
SPEC = """\
    scenario: ../scenarios/base.yaml
    sector: ../models/sector.mdl
    name: {zh: 部门, en: Sector}
    seed: 3
    sampler: {particles: 1000}
    inputs:
      - {variable: investment, history: [{variable: investment, entity: county}], at: middle, relative_sd: 1%, reason: test}
    observations:
      - {id: capital, history: [{variable: stock, entity: county}], measure: {at_end: Capital}, sd: 0.5, reason: test}
    """


def truth() -> dict[int, float]:
    """Capital at the end of each year under investment that runs straight from mid-year to mid-year."""
    capital, found = START, {}
    middles = [y + 0.5 for y in YEARS]
    for year in YEARS:
        for step in range(STEPS):
            flow = np.interp(year + step / STEPS, middles, [INVESTED[y] for y in YEARS])
            capital += (flow - SCRAP * capital) / STEPS
        found[year] = capital
    return found


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    files = FILES | {"models/sector.mdl": SECTOR, "calibration/sector.yaml": SPEC}
    for name, text in files.items():
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(textwrap.dedent(text), "utf-8")
    history = tmp_path / "scenarios" / "history.csv"
    rows = [f"investment,county,{y},{v},,,亿元/年,reported,context,test," for y, v in INVESTED.items()]
    rows += ["investment,county,2017,99,,,亿元/年,recalled,context,test,no document"]
    rows += [f"stock,county,{y},{v:.6f},,,亿元,reported,fit,test," for y, v in truth().items()]
    history.write_text(history.read_text("utf-8").rstrip("\n") + "\n" + "\n".join(rows) + "\n", "utf-8")
    return tmp_path / "calibration" / "sector.yaml"


def edited(path: Path, old: str, new: str) -> Path:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    return path


def test_the_input_runs_through_its_documented_figures(spec: Path) -> None:
    read = read_spec(spec)
    assert read.scenario.goals == ()
    priors = {p.variable: p.distribution for p in read.scenario.priors}
    assert set(priors) == {"initial capital", *(f"measured investment {y}.5" for y in YEARS)}
    assert priors["measured investment 2020.5"].value == 14.0
    assert priors["measured investment 2020.5"].high == pytest.approx(14 * (1 + 0.01 * 1.6448536))
    likelihood = likelihood_of(read, "numpy")
    neutral = np.zeros((1, len(likelihood)))
    column = likelihood.names.index("initial capital")
    neutral[0, column] = (START - 100) / (10 / 1.6448536269514722)
    assert likelihood.predict(neutral)[:, 0] == pytest.approx(list(truth().values()), rel=1e-9)
    moved = neutral.copy()
    moved[0, likelihood.names.index("measured investment 2023.5")] = 3.0
    changed = likelihood.predict(moved)[:, 0] - likelihood.predict(neutral)[:, 0]
    assert np.abs(changed[:4]).max() < 1e-9  # a figure moves nothing before the one ahead of it
    assert changed[5] > 0.01


def test_the_truth_is_found_again_and_missed_with_the_stand_in(spec: Path) -> None:
    found = {p.name: p for p in fit_spec(spec, backend="numpy").parameters}["initial capital"]
    assert found.removed > 0.9
    assert abs(found.mean - START) < 2.5 * found.sd
    assert found.sd < 0.8
    alone = SPEC[SPEC.index("    inputs:") : SPEC.index("    observations:")]
    without = edited(spec, textwrap.dedent(alone), "")
    biased = {p.name: p for p in fit_spec(without, backend="numpy").parameters}["initial capital"]
    assert abs(biased.mean - START) > 3 * biased.sd


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("models/sector.mdl", "models/sectr.mdl", "there is no model file"),
        (
            "variable: investment, history",
            "variable: invest, history",
            "'invest' is no variable without subscripts",
        ),
        ("{variable: investment, entity", "{variable: invested, entity", "no documented row of 'invested'"),
        ("relative_sd: 1%", "relative_sd: 0%", "relative_sd: 0 is not above 0"),
        ("[{variable: investment, entity: county}]", "[{variable: capital, entity: county}]", "capital: "),
    ],
)
def test_mistakes_name_their_place(spec: Path, old: str, new: str, text: str) -> None:
    with pytest.raises(InputError) as caught:
        read_spec(edited(spec, old, new))
    assert text in str(caught.value)
    assert "sector.yaml:" in str(caught.value)
