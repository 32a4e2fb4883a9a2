"""Broken inputs through the command line: each ends in one clear message at its place, exit code 2, and no output.

The project is the clinic of tests/clinic.py. A case names a file, what to change in it, where the message must point (a piece
of the changed text, whose line and column are found here by counting) and what it must say.
"""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import clinic
import pytest

from tzsim.cli import main
from tzsim.cli.language import VARIABLE
from tzsim.errors import InputError, in_chinese
from tzsim.scenario import read_scenario


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "en")


LEVERS = """- id: more nurses
  variable: "nurses[hill]"
  name: {zh: 护士, en: Nurses}
  neutral: 6
  low: 6
  high: 30
  unit: 人
  mechanism: {zh: 招聘, en: hiring}
  source: none
  quality: assumption
"""

PRIOR_AGAIN = """- variable: "interest rate"
  distribution: constant
  value: 0.03
  unit: 1/Year
  source: none
  quality: assumption
  reason: test
"""

S, G, P, K, L, V, H, M = (
    "scenarios/clinic.yaml",
    "scenarios/goals.yaml",
    "scenarios/priors.yaml",
    "scenarios/shocks.yaml",
    "scenarios/levers.yaml",
    "scenarios/view.yaml",
    "scenarios/history.csv",
    "models/clinic.mdl",
)


@dataclass(frozen=True)
class Case:
    """name; file; old -> new (old "" appends, old "*" replaces all); at: text the message points to ("" no place)."""

    name: str
    file: str
    old: str
    new: str
    at: str
    says: tuple[str, ...]


CASES = [
    # --- the scenario file
    Case("misspelt key", S, "seed: 11", "sede: 11", "sede", ("unknown key 'sede'", "did you mean 'seed'?")),
    Case("misspelt needed key", S, "model:", "modle:", "modle:", ("unknown key 'modle'", "'model'")),
    Case("missing key", S, "as_of: 2021-12-31\n", "", "name:", ("'as_of' is missing",)),
    Case("text for a number", S, "draws: 400", "draws: many", "many", ("expected a whole number", "'many'")),
    Case("thousands separators", S, "draws: 400", "draws: 10_000", "10_000", ("write 10000",)),
    Case("no draws", S, "draws: 400", "draws: 0", "0\nseed", ("draws", "out of range", "at least 1")),
    Case("absurd draws", S, "draws: 400", "draws: 10000001", "10000001", ("out of range", "at most 10,000,000")),
    Case("fractional draws", S, "draws: 400", "draws: 400.5", "400.5", ("expected a whole number",)),
    Case("negative seed", S, "seed: 11", "seed: -1", "-1", ("seed: '-1' is out of range", "at least 0")),
    Case("not a number", S, "seed: 11", "seed: .nan", ".nan", ("'.nan' is not a finite number",)),
    Case("a date that is none", S, "2021-12-31", "2021-13-31", "2021-13-31", ("expected a date", "2024-12-31")),
    Case("horizon beyond the model", S, "draws: 400", "horizon: 2050", "2050", ("2020 to 2026", "at most 2026")),
    Case("duplicate key", S, "seed: 11", "seed: 11\nseed: 12", "seed: 12", ("stands here a second time", "line 5")),
    Case("model not there", S, "clinic.mdl", "klinik.mdl", "../models/klinik", ("models/klinik.mdl",)),
    Case("goals not there", S, "goals: goals", "goals: gaols", "gaols.yaml", ("did you mean 'goals.yaml'?",)),
    Case("path leaves the project", S, "history.csv", "../../../etc/passwd", "../../../etc", ("outside the project",)),
    Case("absolute path", S, "history.csv", "/etc/passwd", "/etc/passwd", ("is an absolute path",)),
    Case("extends itself", S, "seed: 11", "extends: clinic", "clinic\n", ("circle", "clinic -> clinic")),
    Case("extends nothing", S, "seed: 11", "extends: baseline", "baseline", ("no scenario 'baseline'",)),
    Case("alias", S, "question: {", "question: &q {", "&q", ("anchor '&q' is not allowed",)),
    Case("tag that would run code", S, "seed: 11", "seed: !!python/object/apply:os.system [ls]", "!!python", ("tag",)),
    Case("two documents", S, "", "---\nseed: 1\n", "---", ("a second document",)),
    Case("open bracket", S, "en: Clinic}", "en: Clinic", "{zh: 诊所", ("not closed before line 2",)),
    Case("tab", S, "draws: 400", "levers:\n\tx: 1", "\tx: 1", ("tabs",)),
    Case("empty", S, "*", "", "", ("the file is empty",)),
    Case("one language only", S, ", en: Clinic}", "}", "{zh: 诊所}", ("'en' is missing",)),
    Case("unknown lever", S, "seed: 11", "levers: {more nurse: 8}", "more nurse", ("did you mean 'more nurses'",)),
    Case("lever out of range", S, "seed: 11", "levers: {more nurses: 80}", "80", ("from 6 to 30 person",)),
    Case("lever in money", S, "seed: 11", "levers: {more nurses: 3亿元}", "3亿元", ("money", "people", "'person'")),
    Case("number without its unit", S, "seed: 11", "levers: {more nurses: 3亿}", "3亿", ("'亿' is a plain number",)),
    Case("unknown shock", S, "seed: 11", "shocks: {contact: off}", "contact: off", ("did you mean 'contacts'",)),
    Case("shock in a year without", S, "seed: 11", "shocks: {contacts: {2031: 1}}", "2031", ("2031 has no draw",)),
    Case("shock neither off nor years", S, "seed: 11", "shocks: {contacts: on}", "on}", ("expected off, or values by year",)),
    Case("set what is calculated", S, "seed: 11", 'set: {"care wanted[hill]": 3}', '"care wanted', ("is calculated",)),
    Case("set what is not there", S, "seed: 11", "set: {bed: 3}", "bed: 3", ("no variable 'bed'", "did you mean 'beds'?")),
    Case("set an element that is not there", S, "seed: 11", 'set: {"beds[hull]": 3}', '"beds[hull]"', ("'hill'",)),
    Case("set in a wrong unit", S, "seed: 11", 'set: {"beds[hill]": 3 MW}', "3 MW", ("'MW' is power", "people")),
    Case("unit unknown", S, "seed: 11", 'set: {"beds[hill]": 3 persona}', "3 persona", ("did you mean 'person'?",)),
    # --- goals
    Case("goal without id", G, "- id: S1\n ", "-", "area: money", ("'id' is missing",)),
    Case("goal twice", G, "id: C1", "id: S1", "S1\n  area: health", ("'S1' is used a second time", "line 2")),
    Case("goal of nothing", G, '"Savings", year: 2025}\n  comparison', '"Svings", year: 2025}\n  comparison', '"Svings"', ("'Savings'",)),
    Case("sum without star", G, '"infection[*]"', '"infection"', '"infection"', ("infection[*]",)),
    Case("comparison", G, '"<="', '"=<"', '"=<"', ("not one of the choices", "did you mean '<='?")),
    Case("goal in a wrong unit", G, 'unit: "亿元"', 'unit: "万人"', "{at_end", ("it gives money", "'万人'", "people")),
    Case("a level where a flow is meant", G, "{at_end: \"Savings\", year: 2025}\n  comp", "{total: \"Savings\", year: 2025}\n  comp", "{total: \"Sav", ("at_end",)),
    Case("kind of measure", G, "{mean:", "{average:", "{average", ("no kind of measure",)),
    Case("measure without a year", G, ', year: 2020}', "}", '{mean: "care', ("does not say its year", "year:")),
    Case("year after the run", G, "year: 2025}\n  comparison", "year: 2030}\n  comparison", "{at_end", ("2020 to 2026",)),
    Case("about without tolerance", G, "  tolerance: 1.87\n", "", '"≈ within"', ("needs a tolerance",)),
    Case("documented without figure", G, "  documented: {value: 1, year: 2021, source: \"the annual report\", quality: official}\n", "", "documented as met", ("needs 'documented'",)),
    Case("figure recalled", G, "quality: official", "quality: recalled", "recalled", ("not one of the choices",)),
    Case("modelled but not", G, "status: not modelled yet", "status: judged", "judged", ("needs a measure",)),
    Case("reading of no row", G, "id: S1b", "id: S9b", "S9b", ("'S9'",)),
    Case("area without label", V, "  money: {zh: 资金, en: Money}\n", "", "", ("no label for area 'money'",)),
    Case("limit of no element", G, "limits_of: [harbour]", "limits_of: [harbor]", "harbor]\n- id: D1", ("did you mean 'harbour'?",)),
    Case("infinite goal", G, "value: 118", "value: .inf", ".inf", ("not a finite number",)),
    # --- priors, shocks, levers
    Case("distribution", P, "triangular", "trianglar", "trianglar", ("did you mean 'triangular'?",)),
    Case("low above high", P, "low: 0.02", "low: 0.05", "0.05", ("'low' 0.05 is not below 'high' 0.04", "swap them")),
    Case("mode outside", P, "value: 0.03", "value: 0.01", "0.01", ("does not lie between",)),
    Case("prior in a wrong unit", P, "unit: 1/Year", "unit: 亿元", "亿元", ("'亿元' is money", "'interest rate'")),
    Case("prior of a stock", P, '"interest rate"', '"Savings"', '"Savings"', ("is a stock", "line 53", "not a constant")),
    Case("prior of nothing", P, '"interest rate"', '"interst rate"', '"interst rate"', ("did you mean 'interest rate'?",)),
    Case("an element forgotten", P, "low: {harbour: 5, hill: 4}", "low: {harbour: 5}", "{harbour: 5}", ("transmission rate[hill]",)),
    Case("an element misspelt", P, "low: {harbour: 5, hill: 4}", "low: {harbour: 5, hull: 4}", "hull", ("did you mean 'hill'?",)),
    Case("prior twice", P, "", PRIOR_AGAIN, '"interest rate"\n  distribution: constant', ("has a second row", "line 2")),
    Case("text for a number in a prior", P, "high: 0.04", "high: 三十五", "三十五", ("expected a number, got '三十五'",)),
    Case("shock period", K, "period: 1 Year", "period: 1 亿元", "1 亿元", ("money", "time")),
    Case("shock in no time", K, "start: 2020", "start: 2040", "2040", ("not before the horizon",)),
    Case("share above one", K, "common: 0.5", "common: 1.5", "1.5", ("out of range",)),
    Case("lever not neutral", L, "neutral: 6", "neutral: 7", "7", ("not what the model has", "nurses[hill] = 6")),
    Case("lever range upside down", L, "high: 30", "high: 3", "6\n  high", ("is not below high",)),
    # --- view and history
    Case("series of no goal", V, "goal: I1", "goal: I9", "I9", ("no goal 'I9'",)),
    Case("limit that costs nothing known", V, '"lost to beds[Town]"', '"lost to bed[Town]"', '"lost to bed[', ("'lost to beds'",)),
    Case("label of no element", V, "  hill:", "  hull:", "hull", ("did you mean 'hill'?",)),
    Case("history of nobody", V, "entity: clinic", "entity: clinc", "{variable: savings, entity: clinc}", ("entities with it: clinic",)),
    Case("history unit", H, "万元", "万园", "万园", ("unknown unit '万园'",)),
    Case("history number", H, "1030000", "1.03e", "1.03e,", ("expected a number, got '1.03e'",)),
    Case("history nan", H, "1030000", "nan", "nan", ("not a finite number",)),
    Case("history twice", H, "savings,clinic,2021", "savings,clinic,2020", "savings,clinic,2020,106", ("second time", "line 2")),
    Case("history recalled as data", H, "estimated,context", "estimated,fit", "fit,books", ("cannot be 'fit'",)),
    Case("history column", H, "quality,role", "qualty,role", "qualty", ("did you mean 'quality'?",)),
    Case("history field lost", H, "万元,official,", "万元,", "savings,clinic,2020", ("10 fields where the header has 11",)),
    # --- the model
    Case("model bracket", M, "MIN(beds[Town], nurses[Town]))", "MIN(beds[Town], nurses[Town])", "", ("clinic.mdl", "care")),
    Case("model function", M, "MAX(0, care wanted[Town]-beds", "MAKS(0, care wanted[Town]-beds", "", ("MAKS",)),
    Case("model circle", M, "care per case= 0.5", "care per case= 0.5*care[hill]/beds[hill]", "", ("care per case", "care wanted")),
    Case("model name", M, "Savings*interest rate", "Savings*interest rat", "", ("interest rat",)),
    Case("model subscript", M, "care wanted[Town]= Infected[Town]", "care wanted[Town]= Infected[Twon]", "", ("Twon",)),
]  # fmt: skip


CONTROL = clinic.MODEL[clinic.MODEL.index("*****") :]
FEES = (
    """{UTF-8}
Town: harbour, hill
\t~\t~\t|
fees= Savings*fee rate
\t~\tYi/Year
\t~\t\t|
fee rate= 0.01
\t~\t1/Year
\t~\t\t|
********************************************************
\t.Inputs
********************************************************~
\t\tStand-ins
\t|
Savings= 50
\t~\tYi
\t~\t\t|
"""
    + CONTROL
)

SECTOR_CASES = [
    ("two owners", "fee rate= 0.01", "interest rate= 0.01\n\t~\t1/Year\n\t~\t\t|\nfee rate= 0.01", "interest rate= 0.01", ("exactly one owner", "clinic.mdl")),
    ("another unit", "Savings= 50\n\t~\tYi", "Savings= 50\n\t~\tWan", "Savings= 50", ("'Wan'", "'Yi'", "clinic.mdl")),
    ("another range", "harbour, hill", "harbour, hull", "Town:", ("'Town'", "hull", "clinic.mdl")),
    ("another final time", "FINAL TIME= 2026", "FINAL TIME= 2027", "FINAL TIME", ("differs", "clinic.mdl")),
    ("an unknown name", "*fee rate", "*fees rate", "fees rate", ("did you mean 'fee rate'?",)),
    ("a function of Vensim that is refused", "fee rate= 0.01", "fee rate= GAME(0.01) + RANDOM WEIBULL(1)", "", ("RANDOM WEIBULL",)),
    ("no equation in the file", FEES, "nothing", "", ("fees.mdl",)),
    ("no sign of equality", "fee rate= 0.01", "fee rate 0.01", "", ("fees.mdl:7",)),
    ("a number cut short", "0.01", "0.01e", "", ("fees.mdl:7",)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "at", "says"), SECTOR_CASES, ids=[c[0] for c in SECTOR_CASES])
def test_sector_files(
    name: str,
    old: str,
    new: str,
    at: str,
    says: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A folder of two sector files, the second broken."""
    lay(tmp_path, Case(name, S, "../models/clinic.mdl", "../models", "", ()))
    assert old in FEES
    text = FEES.replace(old, new, 1)
    (tmp_path / "models" / "fees.mdl").write_text(text, "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TZSIM_CACHE", str(tmp_path / "cache"))
    with pytest.raises(SystemExit) as end:
        main(["run", S, "--out", "result", "--draws", "8"])
    said = capsys.readouterr().err
    assert end.value.code == 2, said
    for fragment in says:
        assert fragment in said, said
    if at:
        assert f"models/fees.mdl:{place(text, at)}: " in said, said
    assert "Traceback" not in said
    assert not (tmp_path / "result").exists()
    assert not [p for p in tmp_path.iterdir() if p.name not in ("cache", "models", "scenarios")]


def lay(folder: Path, case: Case) -> str:
    """The clinic with a lever table and the case's change; gives the changed text."""
    scenario = clinic.write_project(folder)
    (folder / L).write_text(LEVERS, "utf-8")
    scenario.write_text(scenario.read_text("utf-8") + "lever_table: levers.yaml\n", "utf-8")
    file = folder / case.file
    text = file.read_text("utf-8")
    if case.old == "*":
        text = case.new
    elif case.old:
        assert case.old in text, f"the case '{case.name}' changes nothing"
        text = text.replace(case.old, case.new, 1)
    else:
        text += case.new
    file.write_text(text, "utf-8")
    return text


def place(text: str, at: str) -> str:
    """line:column of a piece of text."""
    index = text.index(at)
    before = text[:index]
    return f"{before.count(chr(10)) + 1}:{index - (before.rfind(chr(10)) + 1) + 1}"


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_one_clear_message(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = lay(tmp_path, case)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TZSIM_CACHE", str(tmp_path / "cache"))
    with pytest.raises(SystemExit) as end:
        main(["run", S, "--out", "result"])
    said = capsys.readouterr()
    assert end.value.code == 2, said.err
    for fragment in case.says:
        assert fragment in said.err, said.err
    if case.at:
        where = f"{case.file}:{place(text, case.at)}: "
        assert where in said.err, f"no message at {where}\n{said.err}"
    else:
        assert Path(case.file).name in said.err
    assert "Traceback" not in said.err
    assert sorted(p.name for p in tmp_path.iterdir()) in (
        ["cache", "models", "scenarios"],
        ["models", "scenarios"],
    ), "something was written"


ENGLISH = re.compile(r"\b(is|not|the|of|write|has|have|no|did|here|with|expected|got|to)\b")


@pytest.mark.parametrize("case", [c for c in CASES if c.file != M], ids=lambda c: c.name)
def test_the_same_in_chinese(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of a message is left in English but names, numbers and words of the files."""
    lay(tmp_path, case)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TZSIM_CACHE", str(tmp_path / "cache"))
    with pytest.raises(InputError) as error:
        read_scenario(S)
    for problem in error.value.problems:
        assert re.search(r"[\u4e00-\u9fff]", in_chinese(problem.message)), problem
        for text in (problem.message, problem.hint):
            prose = re.sub(
                r"“[^”]*”|\[[^\]]*\]|not modelled yet|documented as met|≈ at least", "", in_chinese(text)
            )
            assert not ENGLISH.search(prose), prose
            assert str(text) != in_chinese(text) or not ENGLISH.search(str(text)), text


def test_the_command_line_speaks_the_language_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Chinese by default, English by --lang or the environment, also where the options themselves are wrong."""
    monkeypatch.chdir(tmp_path)

    def said(*arguments: str) -> str:
        with pytest.raises(SystemExit) as end:
            main(list(arguments))
        assert end.value.code == 2
        return capsys.readouterr().err

    cases = [
        (("foo",), "没有命令 'foo'", "No such command 'foo'"),
        (("run",), "缺少参数 'SCENARIO'", "Missing argument 'SCENARIO'"),
        (("run", "x.yaml", "--draws", "0"), "0 超出范围", "0 is not in the range"),
        (("run", "x.yaml", "--design", "z"), "'z' 不在可选项中", "'z' is not one of"),
        (("run", "x.yaml", "--drws", "1"), "没有选项 '--drws'", "No such option"),
        (("run", "x.yaml"), "没有这个文件", "no such file"),
        (("show", "m.mdl", "--group", "b"), "请同时给出 --diagram", "name its file too"),
    ]
    for arguments, zh, en in cases:
        monkeypatch.delenv(VARIABLE, raising=False)
        assert zh in said(*arguments)
        monkeypatch.setenv(VARIABLE, "en")
        assert en in said(*arguments)
    assert "没有这个文件" in said("run", "x.yaml", "--lang", "zh")
    monkeypatch.delenv(VARIABLE)
    assert "is not in the range" in said("run", "x.yaml", "--draws", "0", "--lang=en")
    assert "用法" in said("run", "x.yaml", "--lang", "fr")


def test_at_least_forty_cases() -> None:
    assert len({c.name for c in CASES}) == len(CASES) >= 40


def test_the_unbroken_project_is_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: without a change nothing is said."""
    lay(tmp_path, Case("none", S, "", "", "", ()))
    monkeypatch.setenv("TZSIM_CACHE", str(tmp_path / "cache"))
    scenario = read_scenario(tmp_path / S)
    assert [x.id for x in scenario.lever_table] == ["more nurses"]


def test_all_problems_of_all_files_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lay(tmp_path, Case("first", S, "draws: 400", "levers: {more nurse: 8}", "", ()))
    for file, old, new in (
        (G, '"<="', '"=<"'),
        (P, "triangular", "trianglar"),
        (H, "万元", "万园"),
        (L, "high: 30", "high: 3"),
    ):
        path = tmp_path / file
        path.write_text(path.read_text("utf-8").replace(old, new, 1), "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TZSIM_CACHE", str(tmp_path / "cache"))
    with pytest.raises(SystemExit):
        main(["run", S, "--out", "result"])
    said = capsys.readouterr().err
    for fragment in ("'<='", "'triangular'", "万园", "is not below high"):
        assert fragment in said
    assert re.search(r"^\d+ problems; nothing was run", said, re.M)


def test_a_missing_scenario_in_its_own_process(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tzsim", "run", "scenarios/basline.yaml"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 2
    assert "no such file" in done.stderr
    assert "did you mean 'baseline.yaml'?" in done.stderr
    assert "Traceback" not in done.stderr
