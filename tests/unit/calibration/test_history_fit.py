"""Priors against the documented past: bands of an exactly known model, Theil's parts, the naive forecast, every row placed."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tests.unit.calibration.test_calibrate import by_hand
from tzsim.calibration.history_fit import (
    fit_history,
    history_csv,
    random_walk_widths,
    theil_parts,
    write_history_csv,
)
from tzsim.calibration.history_spec import read_history_spec
from tzsim.cli import BAD_INPUT, OK, main
from tzsim.cli.fit_command import _verdicts
from tzsim.errors import InputError

SPEC = """\
scenario: ../scenarios/base.yaml
entities: [county]
years: {from: 2018, to: 2023}
series:
  - {id: capital, history: [{variable: capital, entity: county}], measure: {at_end: Capital}}
  - {id: output, history: [{variable: output, entity: county}], measure: {total: output}}
  - {id: parts, history: [{variable: part one, entity: county}, {variable: part two, entity: county}], measure: {total: output}}
left_out:
  - {variable: growth, entity: county, reason: not in the model}
"""


@pytest.fixture
def spec(project: Callable[..., Path]) -> Callable[..., Path]:
    def write(old: str = "", new: str = "") -> Path:
        path = project().with_name("history.yaml")
        assert old in SPEC
        path.write_text(SPEC.replace(old, new) if old else SPEC, "utf-8")
        return path

    return write


# --- Theil's parts


def test_a_constant_error_is_all_bias() -> None:
    parts = theil_parts([3.0, 5.0, 4.0], [1.0, 3.0, 2.0])
    assert (parts.bias, parts.variance, parts.covariance) == pytest.approx((1, 0, 0))
    assert parts.root == pytest.approx(2 / 2)


def test_twice_the_swing_about_the_same_mean_is_all_variance() -> None:
    actual = np.array([1.0, 4.0, 2.0, 5.0])
    parts = theil_parts(actual.mean() + 2 * (actual - actual.mean()), actual)
    assert (parts.bias, parts.variance, parts.covariance) == pytest.approx((0, 1, 0))


def test_the_same_figures_in_another_order_are_all_covariance() -> None:
    parts = theil_parts([3.0, 1.0, 2.0], [1.0, 2.0, 3.0])
    assert (parts.bias, parts.variance, parts.covariance) == pytest.approx((0, 0, 1))


def test_parts_by_hand() -> None:
    """S 1, 2, 6; A 2, 4, 3: squared errors 1, 4, 9; means 3 and 3; sds sqrt(14/3) and sqrt(2/3); covariance 1/3."""
    parts = theil_parts([1.0, 2.0, 6.0], [2.0, 4.0, 3.0])
    error = 14 / 3
    assert parts.bias == pytest.approx(0.0)
    assert parts.variance == pytest.approx((14 / 3 + 2 / 3 - 2 * np.sqrt(28 / 9)) / error)
    assert parts.covariance == pytest.approx(2 * (np.sqrt(28 / 9) - 1 / 3) / error)


@given(st.lists(st.tuples(st.integers(-99, 99), st.integers(1, 99)), min_size=3, max_size=9))
def test_parts_sum_to_one(pairs: list[tuple[int, int]]) -> None:
    s, a = np.array(pairs, float).T
    if (s != a).any():
        parts = theil_parts(s, a)
        assert parts.bias + parts.variance + parts.covariance == pytest.approx(1)


# --- the naive forecast


def test_naive_widths_at_equal_steps_are_those_of_students_t() -> None:
    values = np.array([748.35, 753.05, 858.0, 901.0, 946.08])
    steps = np.diff(np.log(values))
    scale = steps.std(ddof=1) * np.sqrt(1 + 1 / len(steps))
    low, high = stats.t.interval(
        0.95, len(steps) - 1, loc=np.log(values[:-1]) + steps.mean(), scale=np.full(len(steps), scale)
    )
    wanted = np.exp(high) - np.exp(low)
    found = random_walk_widths([2019, 2020, 2021, 2022, 2023], values.tolist(), logs=True)
    np.testing.assert_allclose(found, wanted, rtol=1e-12)


def test_naive_widths_at_unequal_steps_are_those_of_weighted_least_squares() -> None:
    """Steps over sqrt(time) regressed on sqrt(time): drift, residual variance and prediction variance of a textbook."""
    years, values = np.array([2020.0, 2022.0, 2023.0, 2024.0]), np.array([157.46, 155.32, 154.78, 154.58])
    gap = np.diff(years)
    x, y = np.sqrt(gap)[:, None], np.diff(values) / np.sqrt(gap)
    _, squares, _, _ = np.linalg.lstsq(x, y, rcond=None)
    variance = squares[0] / (len(y) - 1)
    of_mean = gap**2 * np.linalg.inv(x.T @ x)[0, 0]
    wanted = 2 * stats.t.ppf(0.975, len(y) - 1) * np.sqrt(variance * (gap + of_mean))
    found = random_walk_widths(years.tolist(), values.tolist(), logs=False)
    np.testing.assert_allclose(found, wanted, rtol=1e-12)


# --- the fit


def test_bands_are_those_of_the_exact_prior(spec: Callable[..., Path]) -> None:
    fit = fit_history(read_history_spec(spec()), members=20_000)
    base = by_hand(np.zeros((1, 9)))[:, 0]
    spread = np.sqrt(((by_hand(np.eye(9)) - base[:, None]) ** 2)[:, [0, 1, 3, 4, 5, 6, 7, 8]].sum(axis=1))
    rows = {(f.figure.series, f.figure.year): f for f in fit.figures}
    exact = {
        ("capital", 2018): 0,
        ("capital", 2019): 1,
        ("capital", 2021): 2,
        ("output", 2021): 4,
        ("parts", 2023): 5,
    }
    assert set(rows) == set(exact)
    for place, i in exact.items():
        f = rows[place]
        assert f.median == pytest.approx(base[i], abs=0.05 * spread[i])
        assert f.low == pytest.approx(base[i] - 1.96 * spread[i], abs=0.08 * spread[i])
        assert f.high == pytest.approx(base[i] + 1.96 * spread[i], abs=0.08 * spread[i])
    assert rows["parts", 2023].figure.value == pytest.approx(48.0)
    assert fit.failed == 0


def test_series_get_what_their_length_allows(spec: Callable[..., Path]) -> None:
    fit = fit_history(read_history_spec(spec()), members=400)
    capital, output, _ = fit.series
    assert capital.theil is not None
    assert output.theil is None
    assert np.isnan(capital.naive_width)
    assert not capital.wider_than_naive


def test_misses_name_figures_outside_and_series_too_wide(spec: Callable[..., Path]) -> None:
    read = read_history_spec(spec())
    far = tuple(replace(f, value=500.0) if f.year == 2019 else f for f in read.figures)
    fit = fit_history(replace(read, figures=far), members=400)
    assert fit.misses == ("capital 2019",)
    assert fit.coverage == pytest.approx(4 / 5)
    quiet = [
        replace(read.figures[0], year=y, value=v)
        for y, v in zip(range(2018, 2022), (100.0, 101.0, 102.1, 103.0), strict=True)
    ]
    narrow = fit_history(replace(read, figures=tuple(quiet)), members=400)
    assert narrow.misses == ("width of capital",)


def test_a_bound_is_met_by_a_band_that_reaches_it(spec: Callable[..., Path]) -> None:
    read = read_history_spec(spec("measure: {at_end: Capital}", "measure: {at_end: Capital}, bound: at most"))
    high = tuple(replace(f, value=500.0) if f.series == "capital" else f for f in read.figures)
    assert fit_history(replace(read, figures=high), members=400).misses == ()
    low = tuple(replace(f, value=1.0) if f.series == "capital" else f for f in read.figures)
    assert len(fit_history(replace(read, figures=low), members=400).misses) == 3


def test_threads_and_order_do_not_matter(spec: Callable[..., Path]) -> None:
    read = read_history_spec(spec())
    one, two = (fit_history(read, members=3000, threads=n) for n in (1, 2))
    assert history_csv(one) == history_csv(two)
    assert one.figures == two.figures


# --- every row placed


def test_hold_outs_and_context_stay_out(spec: Callable[..., Path]) -> None:
    read = read_history_spec(spec())
    assert {(x.row.variable, x.row.year, x.reason.en) for x in read.left_out} == {
        ("capital", 2022, "held out for testing a fit"),
        ("growth", 2022, "not in the model"),
    }
    assert all(o.quality != "estimated" for f in read.figures for o in f.rows)


def test_a_measure_that_reads_before_the_run_leaves_its_row_out(spec: Callable[..., Path]) -> None:
    path = spec(
        "left_out:\n  - {variable: growth, entity: county, reason: not in the model}\n",
        "  - {id: growth, history: [{variable: growth, entity: county}], measure: {growth: {total: output}}}\n",
    )
    history = path.parents[1] / "scenarios" / "history.csv"
    history.write_text(
        history.read_text("utf-8") + "growth,county,2018,3,,,%,official,context,test,\n", "utf-8"
    )
    read = read_history_spec(path)
    assert ("growth", 2022) in {(f.series, f.year) for f in read.figures}
    assert [(x.row.year, x.reason.en) for x in read.left_out if x.row.variable == "growth"] == [
        (2018, "its measure reads before 2018")
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("left_out:\n  - {variable: growth, entity: county, reason: not in the model}\n", "", "growth of county in 2022 is neither compared nor left out"),
        ("variable: output", "variable: outputt", "no documented row of 'outputt' for 'county'"),
        ("entities: [county]", "entities: [county, moon]", "the history has no rows of 'moon'"),
        ("variable: growth", "variable: growht", "no documented row of 'growht'"),
        ("id: output", "id: capital", "'capital' stands here a second time"),
        ("{total: output}}\n  - {id: parts", "{total: outputs}}\n  - {id: parts", "outputs"),
        ("base.yaml", "none.yaml", "there is no scenario"),
        ("reason: not in the model", "years: [2019], reason: x", "growth of county: no documented row of 2019"),
        ("measure: {at_end: Capital}", "measure: {at_end: Capital}, bound: near", "near"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_place(spec: Callable[..., Path], old: str, new: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        read_history_spec(spec(old, new))
    assert any(said in str(p) and p.address is not None and p.address.line for p in caught.value.problems)


# --- output


def test_the_csv_has_every_row(spec: Callable[..., Path], tmp_path: Path) -> None:
    read = read_history_spec(spec())
    fit = fit_history(read, members=400)
    rows = list(csv.DictReader(io.StringIO(history_csv(fit))))
    assert len(rows) == len(fit.figures) + len(fit.left_out)
    assert [r["inside"] for r in rows[: len(fit.figures)]] == [
        "yes" if f.inside else "no" for f in fit.figures
    ]
    assert float(rows[0]["documented"]) == fit.figures[0].figure.value
    target = tmp_path / "fit.csv"
    write_history_csv(fit, target)
    assert target.read_bytes().startswith(b"\xef\xbb\xbf")
    assert [p.name for p in tmp_path.glob("fit.csv*")] == ["fit.csv"]


def test_the_command_prints_the_tables(spec: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["fit", str(spec()), "--draws", "400"])
    assert left.value.code == OK
    shown = capsys.readouterr().out
    assert "5个数据中" in shown
    assert "对应6行有据数据，另有2行未纳入" in shown
    assert "留作检验拟合之用" in shown
    assert "not in the model" in shown


def test_the_command_prints_in_english_and_names_what_is_too_wide(
    spec: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    path = spec("id: output", "id: output, name: {zh: 产出, en: yearly output}")
    read = read_history_spec(path)
    assert {f.name.en for f in read.figures} == {"capital", "yearly output", "parts"}
    with pytest.raises(SystemExit) as left:
        main(["fit", str(path), "--draws", "400", "--lang", "en"])
    assert left.value.code == OK
    shown = capsys.readouterr().out
    assert "of 5 figures inside their band" in shown
    assert "rest on 6 documented rows, 2 rows are left out" in shown
    assert "yearly output" in shown
    level = next(f for f in read.figures if f.series == "capital")
    smooth = [
        replace(level, year=y, value=100 * 1.01**k) for k, y in enumerate((2018, 2019, 2020, 2021, 2022))
    ]
    fit = fit_history(replace(read, figures=tuple(smooth)), members=100)
    (widths,) = (line for line in _verdicts(fit, "en") if "random walk" in line)
    assert widths.endswith("1, of which 0 narrower and 1 wider: capital")
    assert any("width of capital" in line for line in _verdicts(fit, "en"))
    assert any("capital（宽度）" in line for line in _verdicts(fit, "zh"))


def test_the_command_refuses_a_spec_with_a_row_that_stands_nowhere(
    spec: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    path = spec("  - {variable: growth, entity: county, reason: not in the model}\n", "")
    path.write_text(path.read_text("utf-8").replace("left_out:\n", ""), "utf-8")
    with pytest.raises(SystemExit) as left:
        main(["fit", str(path)])
    assert left.value.code == BAD_INPUT
    assert "history.csv:10:1" in capsys.readouterr().err


# --- researched ranges


@pytest.fixture
def ranged(spec: Callable[..., Path]) -> Callable[[str], Path]:
    def write(rows: str) -> Path:
        path = spec("series:", "ranges: ranges.csv\nseries:")
        path.with_name("ranges.csv").write_text("variable,low,high,unit,quality,source\n" + rows, "utf-8")
        return path

    return write


def test_priors_beyond_their_range_are_listed_in_the_unit_of_the_prior(ranged: Callable[[str], Path]) -> None:
    path = ranged(
        'initial capital,900000,1200000,万元,recalled,"a, b"\nbase investment,5,11,Yi/Year,recalled,x\nidle,2,6,Yi,recalled,x\n'
    )
    wider = fit_history(read_history_spec(path), members=100).wider
    assert [(w.prior.variable, w.low, w.high) for w in wider] == [("idle", 2, 6)]
    assert wider[0].width == pytest.approx(5 / 4)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("idel,1,2,Yi,recalled,x", "there is no prior of 'idel'"),
        ("idle,1,2,Year,recalled,x", "idle"),
        ("idle,one,2,Yi,recalled,x", "not both numbers"),
        ("idle,2,1,Yi,recalled,x", "low 2 is not below high 1"),
        ("idle,1,2,Yi", "4 fields where the header has 6"),
    ],
)
def test_a_wrong_range_is_said_at_its_line(ranged: Callable[[str], Path], row: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        read_history_spec(ranged(row + "\n"))
    (problem,) = caught.value.problems
    assert said in str(problem)
    assert problem.address is not None
    assert problem.address.line == 2
