"""explain, achieve, score and the ledger on a project whose members come from a recorded posterior."""

from __future__ import annotations

import json
import textwrap
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from capital_project import FILES
from run_folder import store

import tzsim
from tzsim.cli import main
from tzsim.forecast.actuals import Actual
from tzsim.forecast.sample import sampler

LEVERS = """\
- id: grant
  variable: "idle"
  name: {zh: 补助, en: Grant}
  neutral: 3
  low: 0
  high: 6
  unit: Yi
  cost: 1
  cost_basis: once
  mechanism: {zh: 无, en: none}
  source: none
  quality: assumption
- id: push
  variable: "push"
  name: {zh: 追加投资, en: Push}
  neutral: 0
  low: 0
  high: 10
  unit: Yi/Year
  cost: 2
  cost_basis: a year
  delay: 0 Year
  mechanism: {zh: 增加投资, en: adds to investment}
  source: none
  quality: assumption
"""


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> tzsim.Scenario:
    root = tmp_path_factory.mktemp("capital")
    for name, text in FILES.items():
        target = root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(textwrap.dedent(text), "utf-8")
    model = root / "models" / "capital.mdl"
    body = model.read_text("utf-8").replace(
        "investment= base investment + investment shock",
        "push= 0\n    ~ Yi/Year\n    ~ |\ninvestment= base investment + investment shock + STEP(push, 2024)",
    )
    model.write_text(body, "utf-8")
    (root / "scenarios" / "levers.yaml").write_text(LEVERS, "utf-8")
    base = root / "scenarios" / "base.yaml"
    more = "posterior: ../calibration/posteriors/capital\nlever_table: levers.yaml\n"
    base.write_text(base.read_text("utf-8") + more, "utf-8")
    with pytest.raises(SystemExit) as end:
        main(["calibrate", str(root / "calibration" / "capital.yaml"), "--quiet"])
    assert end.value.code == 0
    return tzsim.read_scenario(base)


def test_explain_speaks_of_the_posterior_members(scenario: tzsim.Scenario) -> None:
    scenario = replace(scenario, goals=(replace(scenario.goal("T001"), value=130.0),))
    found = tzsim.explain(scenario, "T001", threads=1)
    made = tzsim.forecast(scenario)
    assert found.forecast.evidence == "posterior"
    assert 0.1 < (found.forecast.goals[0].probability or 0) < 0.9
    assert found.forecast.result("T001").probability == made.result("T001").probability
    known = {r.name: r for r in found.knowing.rows}
    assert not known["idle"].above_floor
    assert known["investment shock @ 2025"].above_floor
    assert not known["investment shock @ 2025"].collectable
    (loop,) = (e for e in found.loops.effects if "Capital" in e.name.en)
    assert loop.polarity == "B"
    assert loop.measure is not None
    # with scrapping held at that of 2024, capital of 2027 is higher or lower as it grew or fell
    assert abs(loop.measure.value) > 0
    assert len(found.robustness.cases) == 1


def test_achieve_moves_the_lever_that_works(scenario: tzsim.Scenario) -> None:
    found = tzsim.achieve(scenario, ["T001"], probability=0.9, members=300, runs=80, threads=1)
    after = {m.lever.id: m.after for m in found.moves}
    assert found.reachable
    assert after["grant"] == pytest.approx(3.0)
    # Capital is linear in everything: the push that lifts the 10 % point of the posterior members to 140
    measure = scenario.goal("T001").yearly_measures[0][1]
    engine = sampler(scenario, [measure], members=300, movable={"push": 0.0}, threads=1)
    low, high = (np.sort(engine.run({"push": v}, 0, 300)[0])[30] for v in (0.0, 10.0))
    assert after["push"] == pytest.approx(10 * (140 - low) / (high - low), rel=5e-3)
    assert found.confirmed.low <= 0.9 <= found.confirmed.high + 0.03


def test_a_stored_run_keeps_its_posterior(scenario: tzsim.Scenario, tmp_path: Path) -> None:
    made = store(scenario, tmp_path / "run")
    for path in (scenario.posterior, scenario.root / "calibration" / "capital.yaml"):
        assert path is not None
        path.rename(path.with_name(f"{path.name}.away"))
    try:
        run = tzsim.open_run(tmp_path / "run")
        again = run.forecast()
        assert np.array_equal(again.measures, made.measures)
        assert again.evidence == "posterior"
        rows = [Actual("capital", "county", 2025, 128.0, "亿元")]
        found = tzsim.score(run, rows)
        assert (len(found.figures), found.notes) == (1, ())
        assert {k.variable for f in run.figures for k in f.rows} == {
            "capital",
            "output",
            "part one",
            "part two",
        }
        assert tzsim.explain(run.scenario, "T001", threads=1).forecast.evidence == "posterior"
    finally:
        for path in (scenario.posterior, scenario.root / "calibration" / "capital.yaml"):
            assert path is not None
            path.with_name(f"{path.name}.away").rename(path)


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as end:
        main(["run", *arguments])
    assert isinstance(end.value.code, int)
    return end.value.code


def words_of(document: Path) -> str:
    import docx

    return "\n".join(p.text for p in docx.Document(str(document)).paragraphs)


@pytest.mark.slow
def test_run_puts_answers_into_brief_page_and_folder(
    scenario: tzsim.Scenario, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`tzsim run --explain --achieve` tells what explain and achieve themselves find: words, numbers and tables."""
    out, alone = tmp_path / "out", tmp_path / "alone"
    goals = (
        (scenario.root / "scenarios" / "goals.yaml").read_text("utf-8").replace("value: 140", "value: 130")
    )
    (scenario.root / "scenarios" / "nearer goals.yaml").write_text(goals, "utf-8")
    nearer = scenario.root / "scenarios" / "nearer.yaml"
    nearer.write_text("extends: base\ngoals: nearer goals.yaml\n", "utf-8")
    path, draws = str(nearer), ("--draws", "400", "--threads", "1")
    asked = ("--explain", "T001", "--achieve", "T001", "--probability", "0.7")
    assert run(path, "--out", str(out), *draws, *asked, "--json") == 0
    printed = json.loads(capsys.readouterr().out)
    some = replace(tzsim.read_scenario(nearer), draws=400)
    why, how = (
        tzsim.explain(some, "T001", threads=1),
        tzsim.achieve(some, ["T001"], probability=0.7, threads=1),
    )
    explained, achieved = printed["answers"]
    assert explained == {"explain": "T001", "folder": "explain-T001"}
    assert (achieved["achieve"], achieved["reachable"]) == (["T001"], True)
    assert achieved["cost"] == pytest.approx(how.cost)
    assert achieved["probability"] == how.confirmed.value
    assert achieved["moves"] == {m.lever.id: m.after for m in how.moves if m.before != m.after}
    told = words_of(out / "brief.docx")
    push = next(m for m in how.moves if m.lever.id == "push")
    for words in (
        f"以最低成本{round(how.cost, 2):g}亿元可使概率达到70%（新抽样检验为{100 * how.confirmed.value:.0f}%",
        f"不采取措施为{100 * how.before.value:.0f}%；试算{how.runs}种组合",
        f"追加投资（0→{round(push.after, 4):g}亿元/年，成本{round(push.cost, 2):g}亿元）",
        f"要使“资本”目标有70%的把握，最低成本为{round(how.cost, 2):g}亿元",
    ):
        assert words in told
    known = next(k for k in why.knowing.above if k.collectable)
    assert f"（知道后概率平均变动{100 * known.moves:.0f}个百分点）" in told
    page = (out / "page.html").read_text("utf-8")
    rows = json.loads(page.split('id="data">')[1].split("</script>")[0])["scenarios"][0]["rows"]
    more = dict(rows[0]["more"][0])
    assert more["多项手段并用"] in told
    assert more["先核实什么"] in told
    assert dict(rows[0]["more"][1])["Levers together"].startswith("70% is reached at a least cost of")
    assert not list(tmp_path.glob(".*"))  # what the search tried has gone
    assert run(path, "--out", str(alone), *draws) == 0
    assert "多项手段并用" not in words_of(alone / "brief.docx")
    with pytest.raises(SystemExit):
        main(["explain", path, "T001", "--out", str(tmp_path / "why"), *draws])
    for file in ("drivers.csv", "knowing.csv", "charts/loops.svg"):
        assert (out / "explain-T001" / file).read_bytes() == (tmp_path / "why" / file).read_bytes()
    assert (
        run(path, "--out", str(out), *draws) == 0
    )  # a later run without questions takes the place of the whole folder
    assert not (out / "explain-T001").exists()


def test_questions_that_cannot_be_asked_are_refused_before_anything_runs(
    scenario: tzsim.Scenario, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    asked = ("--explain", "T002", "--achieve", "T001,T003")
    assert run(str(scenario.path), "--out", str(out), *asked, "--probability", "1.5") == 2
    assert "1.5" in capsys.readouterr().err
    assert run(str(scenario.path), "--out", str(out), *asked, "--lang", "en") == 2
    said = capsys.readouterr().err
    for words in (
        "no goal 'T002'",
        "no goal 'T003'",
        "2 problems; nothing was run",
    ):
        assert words in said
    assert (
        run(str(scenario.path), "--out", str(out), "--explain", "T001", "--design", "sobol", "--lang", "en")
        == 2
    )
    assert "leave --design" in capsys.readouterr().err
    assert not out.exists()
