"""Paired differences: exactly zero against itself, the right number otherwise, and narrower than unpaired ones."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import clinic
import matplotlib.text
import numpy as np
import pytest

import tzsim
from tzsim.cli import main
from tzsim.errors import InputError
from tzsim.forecast.paired import paired_means, paired_shares
from tzsim.forecast.sample import members_behind
from tzsim.measures import AtEnd, Mean, Quantity, Times
from tzsim.report.brief import brief_html, comparison_brief
from tzsim.report.brief.document import Paragraph
from tzsim.report.page import page_html
from tzsim.report.wording import LANGS, Lang


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("compare")
    base = clinic.write_project(folder)
    other = base.with_name("saving.yaml")
    head = "extends: clinic\nname: {zh: 更多床位, en: More beds}\nquestion: {zh: 问, en: What}\n"
    other.write_text(head + 'set: {"beds[harbour]": 13人}\n', "utf-8")
    return base, other


def test_with_itself_is_exactly_zero(files: tuple[Path, Path]) -> None:
    scenario = tzsim.read_scenario(files[0])
    result = tzsim.compare([scenario, scenario])
    assert [c.goal.id for c in result.changes] == ["S1", "S1b", "I1", "C1"]
    for change in result.changes:
        assert change.measure_difference is not None
        for found in (change.probability_difference, change.measure_difference):
            assert (found.value, found.low, found.high) == (0, 0, 0)
        assert (change.won, change.lost, change.verdict) == (0, 0, "same")


def test_only_the_goal_of_the_change_moves(files: tuple[Path, Path]) -> None:
    base, other = (tzsim.read_scenario(f) for f in files)
    result = tzsim.compare([base, other])
    by_id = {c.goal.id: c for c in result.changes}
    for id in ("S1", "S1b", "I1"):
        assert by_id[id].probability_difference.value == 0
        assert by_id[id].measure_difference.value == 0  # type: ignore[union-attr]
    change = by_id["C1"]
    # by hand from the two forecasts
    a, b = tzsim.forecast(base), tzsim.forecast(other)
    row = a.judged.index("C1")
    step = b.measures[row] - a.measures[row]
    assert change.measure_difference is not None
    assert change.measure_difference.value == pytest.approx(step.mean(), rel=1e-12)
    assert change.probability_difference.value == pytest.approx(
        (b.met[row].mean() - a.met[row].mean()), abs=1e-12
    )
    assert change.measure_difference.low < step.mean() < change.measure_difference.high
    unpaired = np.sqrt(a.measures[row].var(ddof=1) + b.measures[row].var(ddof=1))
    assert change.measure_difference.narrower == pytest.approx(unpaired / step.std(ddof=1), rel=1e-9)
    assert "C1" in result._repr_html_()


def test_pairing_narrows_the_interval_at_least_threefold(files: tuple[Path, Path]) -> None:
    base = tzsim.read_scenario(files[0])
    more = replace(base, id="more", path=base.path.with_name("z.yaml"), fixed={"initial share": 0.021})
    change = next(c for c in tzsim.compare([base, more]).changes if c.goal.id == "I1")
    assert change.measure_difference is not None
    assert change.measure_difference.value != 0
    assert change.measure_difference.narrower is not None
    assert change.measure_difference.narrower >= 3
    assert change.probability_difference.narrower is not None
    assert change.probability_difference.narrower >= 3


def test_a_lever_in_one_scenario_leaves_the_draws_of_the_other(files: tuple[Path, Path]) -> None:
    base = tzsim.read_scenario(files[0])
    fixed = replace(base, id="fixed", path=base.path.with_name("x.yaml"), fixed={"interest rate": 0.03})
    result = tzsim.compare([base, fixed])
    assert {c.goal.id: c.verdict for c in result.changes}["I1"] == "same"
    savings = {c.goal.id: c for c in result.changes}["S1"]
    assert savings.mean == pytest.approx(100 * (1 + 0.03 / 16) ** 96, rel=1e-12)


def test_intervals_cover() -> None:
    """95 % intervals hold the true difference in 95 % of repeats: 0.1 of shares, 0.2 of means (normal, correlated)."""
    rng = np.random.default_rng(5)
    n, repeats = 400, 2000
    covered = np.zeros(2)
    for _ in range(repeats):
        u = rng.random(n)
        share = paired_shares(u < 0.3, (u < 0.35) | (u > 0.95))
        covered[0] += share.low <= 0.1 <= share.high
        x = rng.normal(size=n)
        mean = paired_means(x, x + 0.2 + 0.3 * rng.normal(size=n))
        covered[1] += mean.low <= 0.2 <= mean.high
    assert (abs(covered / repeats - 0.95) < 0.02).all()


def test_refusals(files: tuple[Path, Path]) -> None:
    base = tzsim.read_scenario(files[0])
    with pytest.raises(InputError, match="at least two"):
        tzsim.compare([base])
    with pytest.raises(InputError, match="two scenarios are called"):
        tzsim.compare([base, replace(base, path=base.path.with_name("y.yaml"))])


def test_command_line_and_folder(
    files: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "o"
    for _ in range(2):
        with pytest.raises(SystemExit) as end:
            main(["compare", *map(str, files), "--draws", "64", "--out", str(out), "--lang", "en"])
        assert end.value.code == 0
    said = capsys.readouterr().out
    assert "More beds: gains" in said
    rows = list(csv.DictReader((out / "compare.csv").read_text("utf-8-sig").splitlines()))
    by_goal = {r["goal"]: r for r in rows}
    assert list(by_goal) == ["C1", "S1", "S1b", "I1"]  # what changes comes first
    assert float(by_goal["S1"]["probability_difference"]) == 0
    assert float(by_goal["C1"]["measure_difference"]) > 0
    assert (out / "charts" / "compare.svg").stat().st_size > 1000
    page = (out / "page.html").read_text("utf-8")
    found = page.split('<script type="application/json" id="data">')[1].split("</script>")[0]
    base, beds = json.loads(found)["scenarios"]
    assert [beds["name"][1], base["changes"]] == ["More beds", {}]
    assert set(beds["changes"]) == {r["goal"] for r in rows}
    assert beds["changes"]["S1"][1] == "0.0 points (0.0 to 0.0)"


@pytest.fixture(scope="module")
def retargeted(files: tuple[Path, Path]) -> tzsim.Comparison:
    """The base against a scenario with other targets for S1 (119) and C1 (11, met down to 1 less), and more beds."""
    base = files[0]
    other = base.with_name("targets.yaml")
    head = "extends: clinic\nname: {zh: 更高目标, en: Higher targets}\nquestion: {zh: 问, en: What}\n"
    targets = 'targets: {S1: 119亿元, C1: {value: 11, comparison: "≈ at least", tolerance: 1}}\n'
    other.write_text(f'{head}{targets}set: {{"beds[harbour]": 13人}}\n', "utf-8")
    return tzsim.compare([tzsim.read_scenario(base), tzsim.read_scenario(other)])


def test_goals_with_another_target_are_paired_each_by_its_own(retargeted: tzsim.Comparison) -> None:
    by_id = {c.goal.id: c for c in retargeted.changes}
    drawn = members_behind(retargeted.forecasts[0])
    rate = drawn.block(0, 400).values[drawn.names.index("interest rate")]
    saved = 100 * (1 + rate / 16) ** 96  # 96 steps of a sixteenth of a year
    change = by_id["S1"]
    assert change.base_probability == (saved >= 118).mean()
    assert change.probability == (saved >= 119).mean()
    assert change.probability_difference.value == pytest.approx(-((saved >= 118) & (saved < 119)).mean())
    assert (change.won, change.lost) == (0, int(((saved >= 118) & (saved < 119)).sum()))
    assert change.lost > 0
    assert change.measure_difference is not None
    assert change.measure_difference.value == 0  # the measure is the same, only the target is not
    assert change.restated is not None
    assert (change.goal.value, change.restated.value) == (118, 119)
    care = by_id["C1"]
    base, other = retargeted.forecasts
    row = base.judged.index("C1")
    assert care.base_probability == (abs(base.measures[row] - 10) <= 1.87).mean()
    assert care.probability == (other.measures[row] >= 11 - 1).mean()
    assert by_id["I1"].restated is None


def test_changed_targets_are_marked_wherever_a_comparison_is_shown(retargeted: tzsim.Comparison) -> None:
    table = retargeted.table()
    assert "target_change" in [c.id for c in table.for_reading.columns]
    rows = {r["goal"]: r for r in table.to_frame().to_dict("records")}
    assert rows["S1"]["target_change"] == "11.8 → 11.9 bn yuan"
    assert rows["C1"]["target_change"] == "≈10±1.87 → ≈11 (≥10) people"
    assert (rows["S1"]["base_target"], rows["S1"]["target"]) == (118, 119)
    assert rows["I1"]["target"] == rows["I1"]["base_target"] == 800
    said = "\n".join(line.en for line in table.lines)
    assert "loses S1*" in said
    assert (
        "* Higher targets: the target differs, each probability is of its own: S1 11.8 → 11.9 bn yuan" in said
    )
    assert "C1 ≈10±1.87 → ≈11 (≥10) 人" in "\n".join(line.zh for line in table.lines)
    for lang, mark in (("zh", "S1* 储蓄"), ("en", "S1* Savings")):
        figure = retargeted.plot(lang)
        assert mark in [t.get_text() for t in figure.axes[0].get_yticklabels()]
        new = "119" if lang == "zh" else "11.9"
        assert any(new in t.get_text() for t in figure.findobj(matplotlib.text.Text))
    words = {"zh": "目标值≥118→≥119亿元", "en": "target ≥ 11.8 → ≥ 11.9 bn yuan"}
    for place, lang in enumerate(LANGS):
        found = tzsim.comparison_brief(retargeted, lang)
        assert words[lang] in brief_html(found)
        page = page_html(retargeted.forecasts, lang)
        data = json.loads(page.split('<script type="application/json" id="data">')[1].split("</script>")[0])
        assert words[lang] in data["scenarios"][1]["changes"]["S1"][place]
    # without other targets there is no such column
    plain = tzsim.compare([retargeted.forecasts[0].scenario] * 2).table()
    assert "target_change" not in [c.id for c in plain.for_reading.columns]


def test_a_goal_that_measures_something_else_is_left_out_with_the_reason(files: tuple[Path, Path]) -> None:
    base = tzsim.read_scenario(files[0])

    def with_goal(id: str, **changes: object) -> tzsim.Scenario:
        goals = tuple(replace(g, **changes) if g.id == id else g for g in base.goals)
        return replace(base, id="other", path=base.path.with_name("o.yaml"), goals=goals)

    savings = base.goal("S1").measure
    assert isinstance(savings, AtEnd)
    for other, id, why in (
        (with_goal("S1", measure=replace(savings, year=2024), date=2024), "S1", "due 2025 → 2024"),
        (with_goal("S1", measure=replace(savings, of=Quantity("beds[hill]", ("beds[hill]",)))), "S1", "variable Savings → beds[hill]"),
        (with_goal("S1", measure=Mean(savings.of, 2025)), "S1", "form at end(Savings, 2025) → mean(Savings, 2025)"),
        (with_goal("S1", unit="万元", measure=Times(savings, 1e4), value=118e4), "S1", "unit 亿元 → 万元"),
        (with_goal("I1", each_year=(2020, 2021)), "I1", "due 2020, 2021, 2022 → 2020, 2021"),
    ):  # fmt: skip
        result = tzsim.compare([base, other], draws=32)
        assert id not in {c.goal.id for c in result.changes}
        assert f"not compared, the measure itself differs: {id} ({why})" in result.notes[-1].en
        assert id in result.notes[-1].zh


def test_the_table_shows_what_changes_and_counts_the_rest(files: tuple[Path, Path]) -> None:
    base, other = (tzsim.read_scenario(f) for f in files)
    table = tzsim.compare([base, other]).table()
    goal = [c.id for c in table.columns].index("goal")
    assert [row[goal] for row in table.rows] == ["C1"]
    assert {row[goal] for row in table.rest} == {"S1", "S1b", "I1"}
    said = [line.en for line in table.lines]
    assert said[1].startswith(
        "the probability of other goals (3) is the same, and the measure of 3 of them too"
    )
    assert "narrower" in said[2]
    assert len(table.to_frame()) == 4
    assert "S1b" not in table.html("en")
    alone = tzsim.compare([base, base]).table()
    assert alone.rows == ()
    assert alone.lines[1].zh.startswith("全部 4 项的概率不变，其中 4 项的指标也丝毫不变")


@pytest.mark.parametrize(
    ("lang", "said"), [("zh", "2021年接触（港镇）=1"), ("en", "Contacts (Harbour) in 2021 = 1")]
)
def test_the_brief_says_which_shock_is_held(files: tuple[Path, Path], lang: Lang, said: str) -> None:
    wave = files[0].with_name("wave.yaml")
    head = "extends: clinic\nname: {zh: 一波, en: A wave}\nquestion: {zh: 问, en: What}\n"
    wave.write_text(head + "shocks: {contacts: {2021: {harbour: 1}}}\n", "utf-8")
    result = tzsim.compare([tzsim.read_scenario(f) for f in (files[0], wave)], draws=60)
    brief = comparison_brief(result, lang)
    assert said in " ".join(b.text for s in brief.sections for b in s.blocks if isinstance(b, Paragraph))
