"""Charts of a posterior: nothing overlaps, and what they draw are the posterior's numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from matplotlib.figure import Figure
from test_charts import assert_no_overlap, texts

from tzsim.calibrate.posterior import Posterior, calibrate
from tzsim.calibrate.smc import Settings
from tzsim.report.charts.sampling_chart import fit_chart, informed_chart, pairs_chart, trace_chart
from tzsim.report.wording import LANGS

SPEC = Path(__file__).parents[3] / "calibration" / "sbc" / "cluster.yaml"


@pytest.fixture(scope="module")
def posterior() -> Posterior:
    return calibrate(SPEC, settings=Settings(runs=4, particles=250, final_moves=30), goals=False)


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
