"""Charts of scenarios compared and of what history taught; and the brief of a comparison."""

from __future__ import annotations

import importlib.util
import itertools
import re
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import tzsim
from tzsim.ensemble.posterior_record import StoredPosterior
from tzsim.forecast.compare import Comparison, differences
from tzsim.forecast.result import POSTERIOR, Calibration, Forecast
from tzsim.report.brief import Brief, brief_docx, brief_html, brief_pdf, comparison_brief
from tzsim.report.brief.document import Paragraph, Table
from tzsim.report.brief.pictures import draw
from tzsim.report.charts import comparison_chart, evidence_chart, parameters_chart
from tzsim.report.style import PAGES
from tzsim.report.wording import LANGS
from tzsim.scenario import Lever, Text2

pytestmark = pytest.mark.filterwarnings("error")
LOOKS = list(itertools.product(LANGS, PAGES))


def charts_module() -> ModuleType:
    path = Path(__file__).with_name("test_charts.py")
    spec = importlib.util.spec_from_file_location("report_test_charts", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


CHARTS = charts_module()


@pytest.fixture(scope="module")
def comparison(forecast: Forecast) -> Comparison:
    """The base, one scenario that helps some goals and hurts others, and one that changes nothing."""
    rng = np.random.default_rng(2)
    met = forecast.met.copy()
    values = forecast.measures.copy()
    for row in range(len(met)):
        flipped = rng.random(met.shape[1]) < 0.1 * (row % 3)
        met[row] = np.where(flipped, row % 2 == 0, met[row])
        values[row] = np.where(flipped, values[row] * 1.1, values[row])
    name = Text2("连续两年干旱，其余与基准情景相同", "Two dry years in a row, all else as in the base")
    lever = Lever("subsidy", "subsidy", ("subsidy",), Text2("科研补助", "Research subsidy"), 0, 0, 3, "Yi/Year", 1.0, Text2(), None, Text2(), "",
                  "assumption")  # fmt: skip
    dry = replace(forecast.scenario, id="dry", name=name, lever_table=(lever,), levers={"subsidy": 2.0})
    other = replace(forecast, met=met, measures=values, scenario=dry)
    same = replace(forecast, scenario=replace(forecast.scenario, id="same", name=Text2("不变", "Same")))
    runs = (forecast, other, same)
    return Comparison(
        runs, tuple(c for run in runs[1:] for c in differences(forecast, run)), (Text2("一条说明", "a note"),)
    )


@pytest.fixture(scope="module")
def calibrated(forecast: Forecast, recorded: None) -> Forecast:
    rows = tuple(
        r if r.probability is None else replace(r, probability_prior=min(1.0, 0.5 * r.probability + 0.2))
        for r in forecast.goals
    )
    known = Calibration("posterior", True, 4, 400, 1.001, 390.0, 3, 3, ())
    return replace(forecast, goals=rows, evidence=POSTERIOR, calibration=known)


@pytest.fixture(scope="module")
def recorded() -> Any:
    """A recorded posterior of three coordinates: one learned, one not, one moved."""
    rng = np.random.default_rng(4)
    z = rng.normal(size=(4, 500, 3)) * [0.3, 1.0, 0.8] + [0.0, 0.0, -1.5]
    coordinates = [
        {"name": f"c{k}", "kind": "constant", "element": f"growth of a very long named thing {k}[chemicals]"}
        for k in range(3)
    ]
    stored = StoredPosterior(z.astype(np.float32), {"coordinates": coordinates})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tzsim.report.charts.prior_chart.read_posterior", lambda *a, **k: stored)
        yield


@pytest.mark.parametrize(("lang", "size"), LOOKS)
def test_nothing_overlaps(comparison: Comparison, calibrated: Forecast, lang: Any, size: Any) -> None:
    CHARTS.assert_no_overlap(comparison_chart(comparison, lang, size))
    CHARTS.assert_no_overlap(evidence_chart(calibrated, lang, size))
    CHARTS.assert_no_overlap(parameters_chart(calibrated, lang, size))


def test_dots_of_a_comparison_stand_at_its_differences(comparison: Comparison) -> None:
    figure = comparison_chart(comparison, "zh")
    drawn = sorted(float(x[0]) for x in (line.get_xdata() for line in figure.axes[0].lines) if len(x) == 1)
    moved = {c.goal.id for c in comparison.changes if c.verdict != "same"}
    wanted = sorted(100 * c.probability_difference.value for c in comparison.changes if c.goal.id in moved)
    assert drawn == pytest.approx(wanted)
    labels = [t.get_text() for t in figure.axes[0].get_yticklabels()]
    assert len(labels) == len(moved)


def test_evidence_runs_from_the_prior_to_the_posterior(calibrated: Forecast) -> None:
    figure = evidence_chart(calibrated, "en")
    texts = [t.get_text() for t in figure.axes[0].texts]
    first = max(
        (r for r in calibrated.goals if r.probability is not None),
        key=lambda r: abs((r.probability_prior or 0) - (r.probability or 0)),
    )
    assert texts[0] == f"{written(first.probability_prior)} → {written(first.probability)}"


def test_parameters_are_ranked_by_what_was_learned(calibrated: Forecast) -> None:
    figure = parameters_chart(calibrated, "zh")
    labels = [t.get_text() for t in figure.axes[0].get_yticklabels()]
    assert [re.findall(r"thing (\d)", t)[0] for t in labels][:2] == ["0", "2"]
    notes = [float(t.get_text().rstrip("%")) for t in figure.axes[0].texts]
    assert notes[0] == pytest.approx(91, abs=2)
    assert notes[1] == pytest.approx(36, abs=6)


def test_a_forecast_from_the_priors_alone_has_no_posterior_to_show(forecast: Forecast) -> None:
    with pytest.raises(ValueError, match="priors alone"):
        parameters_chart(forecast)


def rows_by_id(made: Brief) -> dict[str, Any]:
    tables = [b for b in made.front if isinstance(b, Table)]
    return {row.id: row for table in tables for row in table.rows}


@pytest.mark.parametrize("lang", LANGS)
def test_the_brief_of_a_comparison(comparison: Comparison, lang: Any) -> None:
    made = comparison_brief(comparison, lang)
    rows = rows_by_id(made)
    assert rows
    changes = {(c.scenario, c.goal.id): c for c in comparison.changes}
    for id, row in rows.items():
        base = comparison.forecasts[0].result(id)
        assert row.cells[2].text == written(base.probability)
        change = changes["dry", id]
        assert row.cells[3].text == written(change.probability)
        assert float(row.cells[4].text.replace("−", "-")) == pytest.approx(
            100 * change.probability_difference.value, abs=0.051
        )
        assert row.cells[6].text == "0.0"
    ups, downs = len(comparison.gains("dry")), len(comparison.loses("dry"))
    text = made.front[0].text
    assert (
        (f"使{ups}项" in text and f"、{downs}项" in text)
        if lang == "zh"
        else f"of {ups} goals and lowers that of {downs};" in text
    )
    assert made.run_id == comparison.run_id
    told = next(
        b.text for b in made.blocks() if isinstance(b, Paragraph) and b.text.startswith(("手段", "levers"))
    )
    assert (
        told
        == ("手段：科研补助=2亿元/年", "levers: Research subsidy = 0.2 bn yuan a year")[LANGS.index(lang)]
    )
    drawn = {p.name: draw(p) for p in made.pictures()}
    assert brief_docx(made, drawn)[:2] == b"PK"
    assert brief_pdf(made, drawn)[:5] == b"%PDF-"
    assert ("一条说明" if lang == "zh" else "a note") in brief_html(made, drawn)


def written(p: float | None) -> str:
    assert p is not None
    return "<1%" if p < 0.01 else ">99%" if p > 0.99 else f"{100 * p:.0f}%"


def test_public_functions() -> None:
    assert tzsim.comparison_chart is comparison_chart
    assert tzsim.evidence_chart is evidence_chart
    assert tzsim.parameters_chart is parameters_chart
