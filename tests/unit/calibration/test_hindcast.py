"""Hindcasts on a stock whose predictive distribution at every origin is known by linear algebra; baselines and scores by hand."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm
from test_calibrate import FIT, SDS, VALUES, by_hand

from tzsim.calibration.baselines import Known, fixed_growth, fixed_value, last_value, random_walk_with_drift
from tzsim.calibration.hindcast import MODEL, hindcast, verdict
from tzsim.calibration.hindcast_record import as_json, write_hindcast
from tzsim.calibration.scores import compare, score, sign_flip
from tzsim.calibration.spec import read_spec
from tzsim.ensemble.skill import Comparison, read_skill
from tzsim.errors import InputError

HINDCAST = """
hindcast:
  model: {zh: 资本, en: capital}
  sampler: {runs: 2, particles: 1000}
  series:
    - {id: capital, name: {zh: 资本, en: Capital}, plan_growth: 4%}
"""


def with_hindcast(path: Path, history: tuple[str, str] = ("", "")) -> Path:
    """The spec with a hindcast of capital; hold-outs become figures to fit, so that four stand in its series."""
    path.write_text(path.read_text("utf-8") + HINDCAST, "utf-8")
    file = path.parents[1] / "scenarios" / "history.csv"
    text = file.read_text("utf-8").replace("reported,hold-out", "reported,fit")
    assert history[0] in text
    file.write_text(text.replace(*history) if history[0] else text, "utf-8")
    return path


def crps_normal(mean: float, sd: float, value: float) -> float:
    """Closed form (Gneiting & Raftery 2007, equation 21)."""
    d = (value - mean) / sd
    return sd * (d * (2 * norm.cdf(d) - 1) + 2 * norm.pdf(d) - 1 / np.sqrt(np.pi))


def exact_from_2021() -> tuple[float, float]:
    """Mean and sd of the figure of 2022 given those of 2018, 2019 and 2021, observation error included."""
    base = by_hand(np.zeros((1, 9)))[:, 0]
    slope = by_hand(np.eye(9)) - base[:, None]
    known = np.array([True, True, True, False, True, False])
    a, w = slope[known], 1 / SDS[known] ** 2
    covariance = np.linalg.inv(np.eye(9) + (a.T * w) @ a)
    mean = covariance @ (a.T * w) @ (VALUES - base)[known]
    target = slope[3]
    return float(base[3] + target @ mean), float(np.sqrt(target @ covariance @ target + SDS[3] ** 2))


def test_an_origin_is_forecast_from_earlier_figures_alone(
    project: Callable[..., Path], tmp_path: Path
) -> None:
    assert FIT[3] == 0  # 2022 is a hold-out of the calibration; here it is what origin 2021 has to forecast
    spec = read_spec(with_hindcast(project()))
    found = hindcast(spec, backend="numpy")
    (case,) = found.cases
    assert (case.origin, case.year, case.value) == (2021, 2022, 118.0)
    mean, sd = exact_from_2021()
    ours = case.scores[MODEL]
    assert ours.median == pytest.approx(mean, abs=0.2 * sd)
    assert ours.high - ours.low == pytest.approx(2 * 1.96 * sd, rel=0.12)
    assert ours.crps == pytest.approx(crps_normal(mean, sd, 118.0), abs=0.06 * sd)
    assert ours.pit == pytest.approx(norm.cdf((118 - mean) / sd), abs=0.06)
    (series,) = found.skill.series
    assert (series.origins, series.cases, series.verdict) == ((2021,), 1, "not known")
    (fit,) = found.fits
    assert fit.figures == 4

    folder = tmp_path / "posterior"
    path = write_hindcast(found, folder)
    assert [p.name for p in folder.iterdir()] == ["hindcast.json"]
    again = hindcast(spec, backend="numpy")
    assert as_json(again) == json.loads(path.read_text("utf-8"))
    read = read_skill(folder, spec.hashes)
    assert read.series[0].scores[0].crps == pytest.approx(series.scores[0].crps, rel=1e-5)
    assert read.command == "tzsim hindcast calibration/capital.yaml"


@pytest.mark.parametrize(
    "later", [("county,2022,118", "county,2022,171"), ("part one,county,2023,30", "part one,county,2023,99")]
)
def test_no_later_figure_moves_a_forecast(project: Callable[..., Path], later: tuple[str, str]) -> None:
    """The negative control of a leak: figures after the origin change nothing but the score."""
    first = hindcast(with_hindcast(project()), backend="numpy").cases[0].scores
    other = hindcast(with_hindcast(project(), later), backend="numpy").cases[0].scores
    for method, mine in first.items():
        assert (mine.median, mine.low, mine.high) == (
            other[method].median,
            other[method].low,
            other[method].high,
        )
    moved = (
        hindcast(with_hindcast(project(), ("county,2019,108", "county,2019,111")), backend="numpy")
        .cases[0]
        .scores
    )
    assert moved[MODEL].median != first[MODEL].median


def test_a_killed_hindcast_goes_on_with_the_same_bits(project: Callable[..., Path], tmp_path: Path) -> None:
    spec = read_spec(with_hindcast(project()))
    whole = hindcast(spec, backend="numpy")

    class Killed(Exception):
        pass

    def stop(*_: object) -> None:
        raise Killed

    with pytest.raises(Killed):
        hindcast(spec, backend="numpy", state=tmp_path / "state", progress=stop)
    assert [p.name for p in (tmp_path / "state").iterdir()] == ["capital-2021.npz"]
    assert as_json(hindcast(spec, backend="numpy", state=tmp_path / "state")) == as_json(whole)


def test_a_spec_without_the_part_says_so(project: Callable[..., Path]) -> None:
    with pytest.raises(InputError, match="no part 'hindcast'"):
        hindcast(project())
    path = with_hindcast(project())
    path.write_text(
        path.read_text("utf-8").replace("- {id: capital, name: {zh: 资本", "- {id: capitol, name: {zh: 资本"),
        "utf-8",
    )
    with pytest.raises(InputError, match="no series 'capitol' in this spec"):
        read_spec(path)


def test_context_rows_serve_a_hindcast_and_no_fit(project: Callable[..., Path]) -> None:
    from tzsim.calibration.fit_spec import fit_spec

    path = with_hindcast(project())
    path.write_text(
        path.read_text("utf-8").replace(
            "measure: {at_end: Capital}, ", "measure: {at_end: Capital}, context: true, sd: 2, "
        ),
        "utf-8",
    )
    spec = read_spec(path)
    assert 2020 in [d.time for d in spec.data if d.series == "capital"]
    with pytest.raises(InputError, match="serves tzsim hindcast only"):
        fit_spec(spec, backend="numpy")
    found = hindcast(dataclasses.replace(spec, seed=3), backend="numpy")
    assert not found.skill.series[0].documented
    assert found.skill.verdict == "not known"


def test_baselines_against_sums_by_hand() -> None:
    known = Known(np.array([2010.0, 2011, 2013]), np.array([100.0, 110, 121]), True, 0.0)
    gaps, changes = np.array([1, 2]), np.log([1.1, 1.1])
    drift = changes.sum() / 3
    sd = np.sqrt(np.sum((changes - drift * gaps) ** 2 / gaps))
    ahead = random_walk_with_drift(known, 2015)
    assert np.median(ahead) == pytest.approx(121 * np.exp(2 * drift), rel=1e-6)
    assert np.std(np.log(ahead)) == pytest.approx(sd * np.sqrt(2 + 4 / 3), rel=0.01)
    still = last_value(known, 2014)
    assert np.median(still) == pytest.approx(121, rel=1e-6)
    assert np.std(np.log(still)) == pytest.approx(np.sqrt(np.mean(changes**2 / gaps)), rel=0.01)
    planned = fixed_growth(known, 2015, 0.05)
    assert np.median(planned) == pytest.approx(121 * 1.05**2, rel=1e-6)
    rates = Known(np.array([2010.0, 2011, 2012]), np.array([4.0, 6, 5]), False, 0.1)
    assert np.median(random_walk_with_drift(rates, 2013)) == pytest.approx(5.5, abs=1e-6)
    assert np.std(fixed_value(rates, 5.5)) == pytest.approx(np.sqrt((1.5**2 + 0.5**2 + 0.5**2) / 3), rel=0.01)
    assert not Known(np.array([2010.0, 2011]), np.array([1.0, 2]), True, 0.0).enough


def test_scores_against_closed_forms() -> None:
    u = (np.arange(40000) + 0.5) / 40000
    found = score(10 + 2 * norm.ppf(u), 13.0)
    assert found.crps == pytest.approx(crps_normal(10, 2, 13), rel=1e-3)
    assert found.interval == pytest.approx(2 * 2 * 1.96, rel=1e-3)
    assert found.inside == (False, False, True)
    assert found.pit == pytest.approx(norm.cdf(1.5), abs=1e-3)
    missed = score(10 + 2 * norm.ppf(u), 15.0)
    assert missed.interval == pytest.approx(4 * 1.96 + 2 / 0.05 * (5 - 2 * 1.96), rel=1e-3)
    with pytest.raises(ValueError, match="not finite"):
        score(np.array([1.0, np.nan]), 1.0)


def test_chance_is_counted_by_origin() -> None:
    rng = np.random.default_rng(0)
    assert sign_flip(np.array([1.0, 2, 3]), rng) == 1 / 8
    assert sign_flip(np.array([1.0, -2, 3]), rng) == 3 / 8
    assert sign_flip(np.zeros(4), rng) == 1.0
    together = compare("last value", [1, 1, 1, 1], [2, 2, 2, 2], [2011, 2011, 2012, 2012], 1)
    assert together.p == 1 / 4  # two origins, not four cases
    assert (together.gain, together.wins, together.low) == (0.5, 4, None)
    many = compare("last value", [1.0] * 6, [1.5, 2, 1.5, 2, 1.5, 2], [1, 2, 3, 4, 5, 6], 1)
    assert many.p == 1 / 64
    assert many.low is not None
    assert many.high is not None
    assert 1 - 1 / 1.5 <= many.low < many.gain < many.high <= 0.5


def test_skill_is_claimed_against_every_baseline_beyond_chance() -> None:
    good = Comparison("last value", 0.3, 0.1, 0.5, 0.03, 6)
    assert verdict([good, good], 5) == "skill"
    assert verdict([good, dataclasses.replace(good, p=0.06)], 5) == "no skill shown"
    assert verdict([good, dataclasses.replace(good, gain=-0.1, p=0.8)], 5) == "no skill shown"
    assert verdict([good], 1) == "not known"
    assert verdict([], 5) == "not known"


def test_a_band_wider_than_a_random_walk_covers_nothing() -> None:
    from tzsim.calibration.figures import figure_checks
    from tzsim.calibration.influence import leave_one_out
    from tzsim.calibration.observations import Datum
    from tzsim.measures import At, Quantity

    values = {2010: 100.0, 2011: 103.0, 2012: 105.0, 2013: 109.0}
    data = [Datum(f"x {y}", "x", y, v, 0.1, "Yi", At(Quantity("x"), float(y))) for y, v in values.items()]
    drift = np.log(1.09) / 3
    changes = np.diff(np.log(list(values.values())))
    spread = np.sqrt(np.sum((changes - drift) ** 2) / 2)
    ends = drift + np.array([-1, 1]) * norm.ppf(0.975) * spread * np.sqrt(1 + 1 / 3)
    u = norm.ppf((np.arange(2000) + 0.5) / 2000)
    predicted = np.array([v + s * u for v, s in zip(values.values(), (9, 0.3, 9, 0.3), strict=True)])
    rows = figure_checks(data, predicted, leave_one_out(np.zeros((4, 2000))), 1, walk=True)
    assert np.isnan(rows[0].walk)
    assert rows[3].walk == pytest.approx(105 * (np.exp(ends[1]) - np.exp(ends[0])), rel=1e-9)
    assert [r.inside for r in rows] == [True] * 4
    assert [r.covered for r in rows] == [True, True, False, True]
