"""The charts of answers: words in both languages, and every figure drawn without a missing glyph."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import clinic
import pytest
from matplotlib.figure import Figure
from run_folder import store

import tzsim
from tzsim.forecast.actuals import Actual
from tzsim.report.charts.answer_words import WORDS
from tzsim.report.style import figure_bytes


def test_both_languages_take_the_same_placeholders() -> None:
    for key, (zh, en) in WORDS.items():
        assert zh, key
        assert en, key
        assert set(re.findall(r"\{(\w+)\}", zh)) == set(re.findall(r"\{(\w+)\}", en)), key


@pytest.fixture(scope="module")
def draw(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Callable[[str], Figure]]:
    folder = tmp_path_factory.mktemp("charts")
    scenario = tzsim.read_scenario(clinic.write_project(folder / "project"))
    goal = replace(scenario.goal("C1"), comparison=">=", value=40.0)
    scenario = replace(scenario, draws=60, goals=(goal, *scenario.goals[:2]))
    explained = tzsim.explain(scenario, "C1", threads=1)
    store(scenario, folder / "run")
    scored = tzsim.score(folder / "run", [Actual("savings", "clinic", 2023, 115.0, "亿元")], threads=1)
    empty = tzsim.score(folder / "run", [], threads=1)
    runs = tzsim.compare_runs(folder / "run", folder / "run")
    scores = tzsim.loop_scores(scenario.model, {"interest rate": 0.03})
    return {
        "gap": lambda lang: tzsim.gap_chart(explained, lang),
        "loops": lambda lang: tzsim.loops_chart(explained, lang),
        "robustness": lambda lang: tzsim.robustness_chart(explained.robustness, "C1", lang),
        "scores": lambda lang: tzsim.loop_chart(scores, lang),
        "score": lambda lang: tzsim.score_chart(scored, lang),
        "nothing scored": lambda lang: tzsim.score_chart(empty, lang),
        "fan": lambda lang: tzsim.actuals_fan(scored, "savings", lang),
        "runs": lambda lang: tzsim.run_changes_chart(runs, lang),
    }


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(
    "name", ["gap", "loops", "robustness", "scores", "score", "nothing scored", "fan", "runs"]
)
def test_figures_are_drawn(draw: dict[str, Callable[[str], Figure]], name: str, lang: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(figure_bytes(draw[name](lang), "png", dpi=60)) > 1000
    texts = [t.get_text() for t in draw[name](lang).findobj(lambda a: hasattr(a, "get_text"))]
    assert not any("{" in t for t in texts)


def test_the_axis_holds_what_happened(tmp_path: Path) -> None:
    scenario = replace(tzsim.read_scenario(clinic.write_project(tmp_path / "project")), draws=30)
    store(scenario, tmp_path / "run")
    scored = tzsim.score(tmp_path / "run", [Actual("savings", "clinic", 2024, 150.0, "亿元")], threads=1)
    low, high = tzsim.actuals_fan(scored, "savings", "zh").axes[0].get_ylim()
    assert low < 150.0 < high
