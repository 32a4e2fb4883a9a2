"""A spec, its likelihood and its posterior, on a stock that can be fitted exactly by linear algebra."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm

from tzsim.calibration.fit_spec import fit_spec, likelihood_of
from tzsim.calibration.posterior import write_posterior
from tzsim.calibration.spec import read_spec
from tzsim.clock import end_of
from tzsim.ensemble.posterior_record import read_record
from tzsim.errors import InputError

Z95 = 1.6448536269514722
STEPS = 8


def by_hand(z: np.ndarray) -> np.ndarray:
    """The model in a loop of its own: (draw, coordinate) -> (figure, draw), in the order of the spec's data.

    Coordinates: initial capital, base investment, idle, shock of 2018, ..., shock of 2023.
    """
    capital = 100 + z[:, 0] * 10 / Z95
    base = 8 + z[:, 1] * 3 / Z95
    level, produced = {}, {}
    for year in range(2018, 2024):
        made = np.zeros(len(z))
        for _ in range(STEPS):
            made += 0.4 * capital / STEPS
            capital = capital + (base + z[:, 3 + year - 2018] * 2.5 / Z95 - 0.05 * capital) / STEPS
        level[year], produced[year] = capital, made
    return np.array([level[2018], level[2019], level[2021], level[2022], produced[2021], produced[2023]])


VALUES = np.array([104.0, 108.0, 115.0, 118.0, 45.0, 48.0])
SDS = np.array([6.6 / 3.3, 0.02 * 108, 0.01 * 115, 0.02 * 118, 0.5, np.hypot(0.3, 0.18)])
FIT = np.array([True, True, True, False, True, True])


def exact() -> tuple[np.ndarray, np.ndarray]:
    """Posterior mean and sd of the nine coordinates."""
    base = by_hand(np.zeros((1, 9)))[:, 0]
    slope = by_hand(np.eye(9)) - base[:, None]
    a, w = slope[FIT], 1 / SDS[FIT] ** 2
    covariance = np.linalg.inv(np.eye(9) + (a.T * w) @ a)
    return covariance @ (a.T * w) @ (VALUES - base)[FIT], np.sqrt(np.diag(covariance))


def test_figures_come_from_history_with_sums_units_roles_and_errors(project: Callable[..., Path]) -> None:
    spec = read_spec(project())
    assert [d.id for d in spec.data] == [
        "capital 2018",
        "capital 2019",
        "capital 2021",
        "capital 2022",
        "output 2021",
        "parts 2023",
    ]
    assert [d.value for d in spec.data] == pytest.approx(list(VALUES))
    assert [d.sd for d in spec.data] == pytest.approx(list(SDS))
    assert [d.role == "fit" for d in spec.data] == list(FIT)
    assert spec.until == 2024.0


@pytest.mark.parametrize("backend", ["numpy", "llvm"])
def test_the_likelihood_is_that_of_the_model_run_by_hand(project: Callable[..., Path], backend: str) -> None:
    pytest.importorskip("tzsim.kernel.llvm_engine") if backend == "llvm" else None
    likelihood = likelihood_of(read_spec(project()), backend)  # type: ignore[arg-type]
    assert likelihood.names[:3] == ("initial capital", "base investment", "idle")
    assert likelihood.names[3:] == tuple(f"investment shock @ {y}" for y in range(2018, 2024))
    z = np.random.default_rng(0).standard_normal((5000, 9))
    modelled = by_hand(z)
    assert likelihood.predict(z) == pytest.approx(modelled, rel=1e-9)
    expected = norm.logpdf(VALUES[:, None], modelled, SDS[:, None])[FIT].sum(axis=0)
    assert likelihood.log_likelihood(z) == pytest.approx(expected, rel=1e-9)
    assert likelihood.log_likelihood(z[:7]) == pytest.approx(expected[:7], rel=1e-12)


def test_the_posterior_is_the_exact_one_and_its_record_holds_it(
    project: Callable[..., Path], tmp_path: Path
) -> None:
    spec = read_spec(project())
    posterior = fit_spec(spec, backend="numpy")
    mean, sd = exact()
    assert posterior.converged
    draws = posterior.z.reshape(-1, 9)
    assert np.abs((draws.mean(0) - mean) / sd).max() < 0.05
    assert np.abs(draws.std(0) / sd - 1).max() < 0.04
    start, idle = posterior.parameters[0], posterior.parameters[2]
    assert start.mean == pytest.approx(100 + mean[0] * 10 / Z95, abs=0.15)
    assert start.prior_sd == pytest.approx(10 / Z95, rel=1e-3)
    assert start.removed == pytest.approx(1 - sd[0] ** 2, abs=0.02)
    assert start.informed_by in {d.id for d in spec.data}
    assert idle.informed_by == ""
    assert abs(idle.removed) < 0.05
    assert idle.prior_mean == pytest.approx(10 / 3, rel=1e-3)
    assert [f.inside for f in posterior.figures] == [True] * 6
    assert np.isnan([f.walk for f in posterior.figures]).all()  # no series has four figures
    assert posterior.figures[3].role == "hold-out"

    folder = tmp_path / "calibration" / "posteriors" / "capital"
    write_posterior(posterior, folder)
    first = (folder / "draws.npz").read_bytes(), (folder / "info.json").read_bytes()
    write_posterior(fit_spec(spec, backend="numpy"), folder)
    assert ((folder / "draws.npz").read_bytes(), (folder / "info.json").read_bytes()) == first
    assert [p.name for p in folder.parent.iterdir()] == ["capital"]
    stored = read_record(folder, expected=spec.hashes)
    assert stored.converged
    every = tuple(c.name for c in posterior.coordinates)
    assert stored.names == tuple(n for n in every if n != "idle")
    assert [c["name"] for c in stored.info["at_prior"]] == ["idle"]
    kept = [every.index(n) for n in stored.names]
    assert stored.z.shape == (4, 1500, 8)
    spread = posterior.z[..., kept].std(axis=(0, 1))
    assert np.abs(stored.z - posterior.z[..., kept]).max(axis=(0, 1)) == pytest.approx(spread / 512, rel=0.02)


def test_goal_evidence_follows_from_the_linear_model(project: Callable[..., Path]) -> None:
    """Capital at the end of 2026: prior and posterior are normal with known mean and variance."""
    posterior = fit_spec(read_spec(project()), backend="numpy")
    (goal,) = posterior.goals
    assert posterior.goal_convergence is not None
    assert posterior.goal_convergence.converged

    def path(z: np.ndarray) -> np.ndarray:
        capital = 100 + z[:, 0] * 10 / Z95
        for year in range(9):
            for _ in range(STEPS):
                flow = 8 + z[:, 1] * 3 / Z95 + z[:, 2 + year] * 2.5 / Z95
                capital = capital + (flow - 0.05 * capital) / STEPS
        return capital

    base = path(np.zeros((1, 11)))[0]
    slope = path(np.eye(11)) - base
    figures = by_hand(np.zeros((1, 9)))[:, 0]
    a = (by_hand(np.eye(9)) - figures[:, None])[FIT][:, [0, 1, 3, 4, 5, 6, 7, 8]]
    w = 1 / SDS[FIT] ** 2
    known = np.linalg.inv(np.eye(8) + (a.T * w) @ a)
    covariance = np.eye(11)
    covariance[:8, :8] = known
    mean = base + slope[:8] @ (known @ (a.T * w) @ (VALUES - figures)[FIT])
    after = slope @ covariance @ slope
    assert goal.prior_mean == pytest.approx(base, abs=0.6)
    assert goal.posterior_mean == pytest.approx(mean, abs=0.2)
    assert goal.removed == pytest.approx(1 - after / (slope @ slope), abs=0.02)
    assert goal.probability_posterior == pytest.approx(norm.sf(140, mean, after**0.5), abs=0.01)
    assert goal.probability_prior == pytest.approx(norm.sf(140, base, np.linalg.norm(slope)), abs=0.02)
    assert goal.grade == "calibrated"

    narrow = np.diag(
        [0.5, 0.5, *np.ones(6)]
    )  # priors of the two constants at half their width, shocks at their own
    known = narrow @ np.linalg.inv(np.eye(8) + narrow @ (a.T * w) @ a @ narrow) @ narrow
    covariance[:8, :8] = known
    prior = np.diag([0.25, 0.25, *np.ones(9)])
    half = 1 - (slope @ covariance @ slope) / (slope @ prior @ slope)
    assert half < goal.removed - 0.02
    assert goal.removed_half_width == pytest.approx(half, abs=0.04)


def test_a_scope_factor_is_a_coordinate_of_its_own(project: Callable[..., Path]) -> None:
    path = _edited(
        project(), ("measure: {at_end: Capital}, reason", "measure: {at_end: Capital}, scope: 8%, reason")
    )
    likelihood = likelihood_of(read_spec(path), "numpy")
    assert likelihood.names[-1] == "scope of capital"
    z = np.random.default_rng(1).standard_normal((50, 10))
    expected = by_hand(z[:, :9])
    expected[:4] *= np.exp(0.08 * z[:, 9])
    assert likelihood.predict(z) == pytest.approx(expected, rel=1e-9)


def test_figures_of_a_larger_whole_are_seen_through_a_ratio_of_their_own(
    project: Callable[..., Path],
) -> None:
    ratio = "ratio: {value: 40%, low: 30%, high: 53.333333333%}"
    path = _edited(
        project(), ("measure: {at_end: Capital}, reason", f"measure: {{at_end: Capital}}, {ratio}, reason")
    )
    spec = read_spec(path)
    likelihood = likelihood_of(spec, "numpy")
    assert likelihood.names[-1] == "ratio of capital"
    assert likelihood.listed[-1].kind == "ratio"
    z = np.random.default_rng(1).standard_normal((50, 10))
    expected = by_hand(z[:, :9])
    share = 0.4 * np.exp(np.log(0.4 / 0.3) / Z95 * z[:, 9])
    expected[:4] /= share
    assert likelihood.predict(z) == pytest.approx(expected, rel=1e-6)
    assert likelihood.values(z)["ratio of capital"] == pytest.approx(share, rel=1e-6)
    assert spec.hashes != read_spec(_edited(path, ("value: 40%", "value: 41%"))).hashes


def test_a_record_of_other_inputs_names_what_changed(project: Callable[..., Path], tmp_path: Path) -> None:
    spec = read_spec(project())
    folder = tmp_path / "posterior"
    write_posterior(fit_spec(spec, backend="numpy", goals=False), folder)
    other = read_spec(project(priors=("low: 90", "low: 80"), shocks=("low: -2.5", "low: -3")))
    with pytest.raises(InputError) as caught:
        read_record(folder, expected=other.hashes)
    assert [p.message.rsplit(": ", 1)[1] for p in caught.value.problems] == [
        "priors changed since the posterior was made",
        "shocks changed since the posterior was made",
    ]
    comment = read_spec(
        project(priors=("- {variable: initial capital", "# a remark\n- {variable: initial capital"))
    )
    assert comment.hashes == spec.hashes
    info = json.loads((folder / "info.json").read_text("utf-8"))
    assert info["seed"] == 11
    draws = folder / "draws.npz"
    with np.load(draws) as file:
        changed = dict(file) | {"centre": file["centre"] + np.float32(1)}
    np.savez(draws, allow_pickle=False, **changed)
    with pytest.raises(InputError, match="not what info"):
        read_record(folder)
    with pytest.raises(InputError, match="there is no posterior"):
        read_record(tmp_path / "nowhere")


WRONG = [
    (("variable: capital,", "variable: capitol,"), 6, "no history row of 'capitol'"),
    (("measure: {at_end: Capital}", "measure: {at_end: Kapital}"), 6, "no variable 'Kapital'"),
    (("measure: {at_end: Capital}", "measure: {total: Capital}"), 6, "measure: it gives"),
    (("{total: output}, sd: 0.5", "{total: output}, sd: -1"), 7, "sd: -1 is not above 0"),
    (("measure: {at_end: Capital},", "years: [2020], measure: {at_end: Capital},"), 6, "is context"),
    (("measure: {at_end: Capital},", "years: [1999], measure: {at_end: Capital},"), 6, "reads 2000"),
    (("measure: {at_end: Capital},", "years: [2024], measure: {at_end: Capital},"), 6, "reads 2025"),
    (("{at_end: Capital}, reason", "{at_end: Capital}, ratio: {value: 4 Yi, low: 1, high: 2}, reason"), 6, "Yi"),
    (("{at_end: Capital}, reason", "{at_end: Capital}, ratio: {value: 4, low: 5, high: 6}, reason"), 6, "ratio: "),
    (("{at_end: Capital}, reason", "{at_end: Capital}, scope: 1%, ratio: {value: 4, low: 3, high: 6}, reason"), 6, "both"),
    (("id: output", "id: capital"), 7, "a second time"),
    (("sampler: {particles", "sampler: {particle"), 4, "unknown key 'particle'"),
    (("scenarios/base.yaml", "scenarios/bas.yaml"), 1, "there is no scenario"),
    (
        ("history: [{variable: output, entity: county}], measure: {total: output}, sd: 0.5",
         "history: [{variable: growth, entity: county}], measure: {growth: {total: output}}"),
        7,
        "the error of 4 % in 2022 is not known",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("edit", "line", "text"), WRONG, ids=[w[2] for w in WRONG])
def test_mistakes_are_shown_where_they_stand(
    project: Callable[..., Path], edit: tuple[str, str], line: int, text: str
) -> None:
    path = _edited(project(), edit)
    with pytest.raises(InputError) as caught:
        read_spec(path)
    first = caught.value.problems[0]
    assert text in first.message, str(caught.value)
    assert first.address is not None
    assert first.address.line == line


def _edited(path: Path, edit: tuple[str, str]) -> Path:
    body = path.read_text("utf-8")
    assert edit[0] in body
    path.write_text(body.replace(*edit), "utf-8")
    return path


def test_a_model_that_draws_numbers_itself_is_refused(project: Callable[..., Path]) -> None:
    path = project()
    model = path.parents[1] / "models" / "capital.mdl"
    body = model.read_text("utf-8")
    body = body.replace("productivity= 0.4", "productivity= RANDOM UNIFORM(0.3, 0.5, 1)")
    model.write_text(body, "utf-8")
    with pytest.raises(InputError, match="draws random numbers itself"):
        likelihood_of(read_spec(path), "numpy")


def test_the_end_of_a_day_in_years() -> None:
    from datetime import date

    assert end_of(date(2024, 12, 31)) == 2025.0
    assert end_of(date(2024, 6, 30)) == pytest.approx(2024 + 182 / 366)


def test_an_experiment_publishes_figures_with_their_error_and_fits_those(
    project: Callable[..., Path],
) -> None:
    likelihood = likelihood_of(read_spec(project()), "numpy")
    truth = np.random.default_rng(3).standard_normal(9)
    modelled = by_hand(truth[None])[:, 0]
    published = likelihood.replicate(np.repeat(truth[None], 20_000, axis=0), np.random.default_rng(0))
    assert published.mean(axis=1) == pytest.approx(modelled, abs=0.05)
    assert published.std(axis=1) == pytest.approx(SDS, rel=0.03)
    simulated = likelihood.given(published[:, 0]).log_likelihood
    z = np.random.default_rng(1).standard_normal((20, 9))
    expected = norm.logpdf(published[:, :1], by_hand(z), SDS[:, None])[FIT].sum(axis=0)
    assert simulated(z) == pytest.approx(expected, rel=1e-9)
    again = likelihood.simulated(truth, np.random.default_rng(5)).log_likelihood
    assert again(truth[None])[0] > norm.logpdf(0, 0, SDS[FIT]).sum() - 25
