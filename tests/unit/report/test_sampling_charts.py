"""Charts of a posterior: nothing overlaps, and what they draw are the posterior's numbers."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from matplotlib.figure import Figure
from test_charts import assert_no_overlap, texts

from tzsim.calibration.fit_spec import fit_spec
from tzsim.calibration.posterior import Posterior
from tzsim.calibration.smc import Settings
from tzsim.errors import InputError
from tzsim.report.charts.sampling_chart import fit_chart, informed_chart, pairs_chart, trace_chart
from tzsim.report.posterior_folder import write_diagnostics
from tzsim.report.wording import LANGS

SPEC = Path(__file__).parents[3] / "calibration" / "sbc" / "cluster.yaml"


@pytest.fixture(scope="module")
def posterior() -> Posterior:
    return fit_spec(SPEC, settings=Settings(runs=4, particles=250, final_moves=30), goals=False)


@pytest.mark.parametrize("chart", [trace_chart, informed_chart, pairs_chart, fit_chart])
@pytest.mark.parametrize("lang", LANGS)
def test_nothing_overlaps(posterior: Posterior, chart: Any, lang: Any) -> None:
    figure = chart(posterior, lang=lang)
    assert isinstance(figure, Figure)
    assert_no_overlap(figure)


def test_bars_are_the_shares_removed(posterior: Posterior) -> None:
    figure = informed_chart(posterior, "en")
    rows = sorted((p for p in posterior.parameters if p.informed_by), key=lambda p: -p.removed)
    widths = [patch.get_width() for patch in figure.axes[0].patches]  # type: ignore[attr-defined]
    assert widths == pytest.approx([100 * p.removed for p in rows])
    words = {t for t, _ in texts(figure)}
    assert {p.informed_by for p in rows} <= words


def test_a_coordinate_that_is_none_is_named(posterior: Posterior) -> None:
    with pytest.raises(KeyError, match="trand"):
        trace_chart(posterior, ["trand"])


def test_the_folder_holds_tables_and_charts_and_the_same_bytes_again(
    posterior: Posterior, tmp_path: Path
) -> None:
    names = write_diagnostics(posterior, tmp_path / "a", "en")
    write_diagnostics(posterior, tmp_path / "b", "en")
    assert {"parameters.csv", "figures.csv", "charts/trace.png", "charts/pairs.svg", "run.json"} <= set(names)
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name
    rows = list(csv.DictReader((tmp_path / "a" / "parameters.csv").read_text("utf-8-sig").splitlines()))
    assert [r["name"] for r in rows] == [p.name for p in posterior.parameters]
    assert [float(r["r_hat"]) for r in rows] == pytest.approx(
        [p.r_hat for p in posterior.parameters], rel=1e-5
    )
    write_diagnostics(posterior, tmp_path / "a", "en")  # its own folder is written over
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("keep", "utf-8")
    with pytest.raises(InputError):
        write_diagnostics(posterior, tmp_path / "mine")
