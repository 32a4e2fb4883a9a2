"""Every answer about a model from elsewhere is one call that gives a frozen value with a table, a frame, a chart and a view for notebooks."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path

import clinic
import epidemic
import pytest
from matplotlib.figure import Figure
from run_folder import store

import tzsim
from tzsim.forecast.answer_table import AnswerTable


@pytest.fixture(scope="module", params=["days", "years"])
def answers(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, Callable[[], object]]:
    """An epidemic that counts days, and one that counts years without levers in its file."""
    folder = tmp_path_factory.mktemp(request.param)
    path = (epidemic.lay_out if request.param == "days" else clinic.write_project)(folder / "project")
    scenario = dataclasses.replace(tzsim.read_scenario(path), draws=200)
    goal = "E1" if request.param == "days" else "I1"
    other = dataclasses.replace(scenario, id="other", path=path.with_name("other.yaml"), seed=scenario.seed)
    store(scenario, folder / "run")
    run = tzsim.open_run(folder / "run")
    actuals = folder / "project" / "actuals.csv"
    if request.param == "years":
        actuals.write_text("variable,entity,year,value,unit\nsavings,clinic,2022,109.4,亿元\n", "utf-8")
    made: dict[str, Callable[[], object]] = {
        "compare": lambda: tzsim.compare([scenario, other]),
        "explain": lambda: tzsim.explain(scenario, goal),
        "value of information": lambda: tzsim.value_of_information(scenario, goal),
        "conflicts": lambda: tzsim.forecast(scenario).conflicts,
        "robustness": lambda: tzsim.robustness(scenario, [goal], members=100),
        "score": lambda: tzsim.score(run, actuals),
        "compare runs": lambda: tzsim.compare_runs(run, run, members=0),
    }
    if scenario.lever_table:
        made["achieve"] = lambda: tzsim.achieve(scenario, [goal], probability=0.6, members=60, runs=20)
    return made


@pytest.mark.parametrize(
    "name",
    ["compare", "explain", "value of information", "conflicts", "robustness", "score", "compare runs", "achieve"],
)  # fmt: skip
def test_frozen_with_table_frame_chart_and_view(
    answers: Mapping[str, Callable[[], object]], name: str
) -> None:
    if name not in answers:
        name = "compare"  # a scenario without levers has nothing to achieve with
    answer = answers[name]()
    assert dataclasses.is_dataclass(answer)
    assert answer.__dataclass_params__.frozen  # type: ignore[attr-defined]
    tables = answer.tables() if hasattr(answer, "tables") else {"": answer.table()}  # type: ignore[attr-defined]
    html = answer._repr_html_()  # type: ignore[attr-defined]
    for table in tables.values():
        assert isinstance(table, AnswerTable)
        assert table._repr_html_() == table.html()
        assert all(word.zh and word.en for word in table.lines)
    assert "<table" in html or "<p>" in html
    for raw in ("Text2(", "nan", "None", "dataclass"):
        assert raw not in html
    assert len(answer.to_frame().columns) > 1  # type: ignore[attr-defined]
    for lang in ("zh", "en"):
        assert isinstance(answer.plot(lang), Figure)  # type: ignore[attr-defined]
    assert len(repr(answer)) < 200
    assert len(answer.run_id) == 16 if hasattr(answer, "run_id") else name == "conflicts"


def test_an_explanation_draws_each_of_its_parts_and_agrees_with_the_value_of_information(
    tmp_path: Path,
) -> None:
    scenario = dataclasses.replace(tzsim.read_scenario(epidemic.lay_out(tmp_path / "p")), draws=200)
    found = tzsim.explain(scenario, "E5")
    for part in ("drivers", "knowing", "gap", "loops", "robustness"):
        assert isinstance(found.plot("en", part), Figure)
    assert found.to_frame("gap").shape[0] >= 1
    alone = tzsim.value_of_information(scenario, "第30天感染人数")
    assert alone.knowing == tzsim.explain(scenario, "E1").knowing
    assert alone.knowing.above[0].name == "contact rate"
