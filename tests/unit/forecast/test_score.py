"""Scores of a stored run against what they are by definition."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import clinic
import numpy as np
import pytest
from run_folder import store

import tzsim
from tzsim.errors import InputError
from tzsim.forecast.actuals import Actual, read_actuals

FILE = """variable,entity,year,value,low,high,unit,quality,source,note
savings,clinic,2021,1061000,,,万元,official,known at the time,
savings,clinic,2022,109.4,,,亿元(100m CNY),official,later,
savings,clinic,2025,1190000,,,万元,official,later,"a, b"
savings,clinic,2030,130,,,亿元,official,later,
infections,towns,2022,12,,,人,official,later,
hotels,towns,2022,4,,,stars (of five),official,later,
savings,clinic,2023,5,,,人,official,later,
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tzsim.StoredRun:
    folder = tmp_path_factory.mktemp("score")
    path = clinic.write_project(folder / "project")
    store(replace(tzsim.read_scenario(path), draws=400), folder / "run")
    return tzsim.open_run(folder / "run")


ROW = "savings,clinic,2025,119,亿元\n"
HEAD = "variable,entity,year,value,unit\n"


@pytest.mark.parametrize(
    ("name", "content", "zh", "en"),
    [
        ("a.csv", HEAD, "只有表头，没有一行数据", "there are headings and no row of figures"),
        ("a.csv", "", "文件是空的", "the file is empty"),
        ("a.csv", (HEAD + ROW).replace(",", ";"), "各列之间是分号：另存为逗号分隔的 CSV", "columns are separated by semicolons"),
        ("a.csv", "年度,数,量纲\n" + ROW, "（或 指标,地区,年份,数值,单位）", "(or 指标,地区,年份,数值,单位)"),
        ("a.csv", HEAD + ROW + ROW, "2025年的 savings 重复", "savings of clinic in 2025 stands here a second time"),
        ("a.csv", HEAD + ROW.replace("2025", ""), "year：是空的", "year: is empty"),
        ("a.xlsx", HEAD + ROW, "内容是文本：把扩展名改为 .csv", "it holds text: give it the ending .csv"),
    ],
)  # fmt: skip
def test_files_of_figures_that_cannot_be_read_say_what_to_do(
    tmp_path: Path, name: str, content: str, zh: str, en: str
) -> None:
    file = tmp_path / name
    file.write_text(content, "utf-8")
    with pytest.raises(InputError) as caught:
        read_actuals(file)
    for lang, words in (("zh", zh), ("en", en)):
        assert words in "\n".join(p.of(lang) for p in caught.value.problems)


def test_an_excel_file_under_another_name_is_read(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    for row in (HEAD.strip().split(","), ["savings", "clinic", 2025, 119, "亿元"]):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    (tmp_path / "a.xlsx").rename(tmp_path / "a.csv")
    (found,) = read_actuals(tmp_path / "a.csv")
    assert (found.variable, found.year, found.value, found.unit) == ("savings", 2025, 119, "亿元")


def test_why_a_row_is_not_scored_is_said_with_what_was_read(run: tzsim.StoredRun) -> None:
    rows = (
        Actual("savings", "clinic", 2025, 119, "furlong"),
        Actual("savings", "the clinic", 2025, 119, "亿元"),
        Actual("saving", "clinic", 2025, 119, "亿元"),
        Actual("moon dust", "clinic", 2025, 1, "亿元"),
    )
    found = {(r.variable, r.entity): r for r in tzsim.score(run, rows).not_scored}
    wrong = found["savings", "clinic"]
    assert (wrong.reason, wrong.detail.en) == ("unit", "'furlong' is written, 亿元 is wanted")
    assert wrong.detail.zh == "写的是“furlong”，应能换算为 亿元"
    assert found["savings", "the clinic"].detail.en == "closest: savings (clinic)"
    assert found["saving", "clinic"].detail.zh == "相近的有 savings"
    assert found["moon dust", "clinic"].detail.zh == ""


def members(run: tzsim.StoredRun, year: int) -> np.ndarray:
    """Savings at the end of a year in closed form."""
    drawn = tzsim.draw(run.scenario.priors, run.scenario.shocks, members=400, seed=run.scenario.seed)
    rate = drawn.block().values[drawn.names.index("interest rate")]
    return 100 * (1 + rate / 16) ** (16 * (year + 1 - 2020))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_figures_goals_and_the_rest(run: tzsim.StoredRun, tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "actuals.csv"
    file.write_bytes(FILE.encode(encoding))
    found = tzsim.score(run, file)
    assert [(f.year, f.unit) for f in found.figures] == [(2022, "亿元"), (2025, "亿元")]
    assert found.figures[1].actual == pytest.approx(119.0)
    for f in found.figures:
        x = members(run, f.year)
        crps = np.abs(x - f.actual).mean() - np.abs(x[:, None] - x[None, :]).sum() / (2 * 400 * 399)
        assert f.crps == pytest.approx(crps, rel=1e-6)
        assert f.pit == pytest.approx((x < f.actual).mean())
        assert f.quantiles == pytest.approx(np.quantile(x, (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)))
        for level in (0.5, 0.8, 0.95):
            low, high = np.quantile(x, ((1 - level) / 2, (1 + level) / 2))
            assert f.inside(level) == (low <= f.actual <= high)
    outcomes = {o.goal.id: o for o in found.outcomes}
    assert set(outcomes) == {"S1", "S1b"}
    p = run.results.probability["S1"][0]
    assert outcomes["S1"].met
    assert outcomes["S1"].brier == pytest.approx((1 - p) ** 2)
    # from 103 (the row of 2020 in the run's own history) to 119 in five years
    assert outcomes["S1b"].value == pytest.approx(100 * ((119 / 103) ** 0.2 - 1))
    assert not outcomes["S1b"].met
    reasons = {(r.variable, r.years): r.reason for r in found.not_scored}
    assert reasons == {
        ("infections", (2022,)): "not modelled",
        ("hotels", (2022,)): "not modelled",
        ("savings", (2021,)): "known when the forecast was made",
        ("savings", (2023,)): "unit",
        ("savings", (2030,)): "after the run",
    }
    assert found.notes == ()
    assert found.brier == pytest.approx(np.mean([o.brier for o in found.outcomes]))
    assert "CRPS" in found._repr_html_()


def test_sums_need_all_their_rows(run: tzsim.StoredRun) -> None:
    from tzsim.scenario import HistoryKey
    from tzsim.scenario.figures import Figure

    whole = run.figures[0]
    parts = Figure(
        (HistoryKey("part one", "clinic"), HistoryKey("part two", "clinic")), whole.measure, "亿元"
    )
    joined = replace(run, figures=(parts,))
    one = Actual("part one", "clinic", 2022, 60.0, "亿元")
    two = Actual("part two", "clinic", 2022, 500000.0, "万元")
    assert tzsim.score(joined, [one]).not_scored[0].reason == "incomplete"
    found = tzsim.score(joined, [one, two])
    assert found.figures[0].actual == pytest.approx(110.0)
    assert found.not_scored == ()


def test_comparisons_with_the_past_join_rows_too(tmp_path: Path) -> None:
    """Rows that neither the calibration nor the view knows, from the files that hold the model against its past."""
    from tzsim.scenario.figures import figures_of

    path = clinic.write_project(tmp_path)
    history = path.parent / "history.csv"
    history.write_text(
        history.read_text("utf-8") + "patients,clinic,2020,9,,,人,official,context,books,\n", "utf-8"
    )
    past = tmp_path / "calibration" / "history" / "clinic.yaml"
    past.parent.mkdir(parents=True)
    rows = ("measure: {total: 'infection[*]'}", "measure: {total: 'infektion[*]'}")
    said = []
    for row in rows:
        past.write_text(
            f"series:\n  - {{id: p, history: [{{variable: patients, entity: clinic}}], {row}}}\n", "utf-8"
        )
        said.append([k.variable for f in figures_of(tzsim.read_scenario(path)) for k in f.rows])
    assert said == [["savings", "patients"], ["savings"]]


def test_nothing_to_score_is_said(run: tzsim.StoredRun) -> None:
    found = tzsim.score(run, [Actual("rain", "county", 2022, 5.0, "毫米")])
    assert (found.figures, found.outcomes, found.brier, found.coverage(0.5)) == ((), (), None, None)
    assert "no figure can be scored" in found.tables()["figures"].html("en")
    assert "decide no goal" in found.tables()["outcomes"].html("en")


def test_members_that_do_not_come_back_are_said(run: tzsim.StoredRun) -> None:
    other = replace(run, scenario=replace(run.scenario, seed=99))
    assert (
        "does not give the members"
        in tzsim.score(other, [Actual("savings", "clinic", 2022, 110.0, "亿元")]).notes[0].en
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the file is empty"),
        ("variable,entity,year,valu,unit\n", "unknown column 'valu'"),
        ("variable,entity,year,valu,unit\n", "missing columns: value"),
        ("variable,entity,year,value,unit\na,b,2022,x,亿元\n", "expected a number, got 'x'"),
        ("variable,entity,year,value,unit\na,b,20.5,1,亿元\n", "is not a year"),
        ("variable,entity,year,value,unit\na,b,2022,1,亿元\na,b,2022,2,亿元\n", "a second time"),
        ("variable,entity,year,value,unit\na,b,2022\n", "3 fields where the header has 5"),
    ],
)
def test_bad_files_of_figures(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "a.csv"
    file.write_text(text, "utf-8")
    with pytest.raises(InputError, match=said):
        read_actuals(file)
