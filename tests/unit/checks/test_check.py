"""The battery on models whose answers are known, and what it says of files that are wrong."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import tzsim
from tests.unit.checks.test_faults import project
from tzsim.checks import CheckReport, check
from tzsim.checks.bench import Bench, Runs
from tzsim.checks.read import checks_file, read_checks
from tzsim.checks.signs import swinging
from tzsim.checks.terms import terms
from tzsim.cli import main
from tzsim.errors import InputError
from tzsim.report.check_page import check_page, write_check_page
from tzsim.translate.expression import read_expression

ROOT = Path(__file__).parents[3]
CONTROL = """
INITIAL TIME = 0 ~ Year ~ Start. |
FINAL TIME = 10 ~ Year ~ End. |
TIME STEP = 0.125 ~ Year ~ Step. |
SAVEPER = 1 ~ Year ~ Saved. |
"""
TANK = (
    """{UTF-8}
Tank = INTEG(filling - leaking, start) ~ MCM [0,?] ~ Water in the tank. |
filling = tap*opening ~ MCM/Year ~ In. |
leaking = Tank/leak time ~ MCM/Year ~ Out. |
tap = 3 ~ MCM/Year ~ Flow of the open tap. |
opening = 1 ~ Dmnl ~ Of the tap. |
leak time = 4 ~ Year ~ Mean stay. |
start = 12 ~ MCM ~ At the start. |
"""
    + CONTROL
)
CHECKS = """name: {zh: 水箱, en: A tank}
balances:
  - {id: water, name: {zh: 水, en: Water}, stocks: [Tank], inflows: [filling], outflows: [leaking]}
situations:
  - id: as-it-stands
    name: {zh: 现值, en: As it stands}
    expect:
      - {steady: Tank, within: 0.0001 %}
  - id: shut
    name: {zh: 关龙头, en: Tap shut at 2}
    set: {opening: {to: 0, since: 2}}
    expect:
      - {falls: Tank, by: 6, at_least: 60 %, at_most: 65 %}
      - {always: "Tank >= 0.3*start", until: 6}
loops:
  - {id: B1, name: {zh: 渗漏, en: leak}, kind: balancing, through: [leaking, Tank]}
"""


def tank(folder: Path, checks: str = CHECKS, text: str = TANK) -> Path:
    file = folder / "tank.mdl"
    file.write_text(text, "utf-8")
    (folder / "tank.checks.yaml").write_text(checks, "utf-8")
    return file


def outcome(report: CheckReport) -> dict[str, str]:
    return {r.id: r.status for r in report.results}


def test_a_tank_in_equilibrium_passes_and_its_decay_is_the_closed_form(tmp_path: Path) -> None:
    report = check(tank(tmp_path))
    assert report.failures == ()
    bench = Bench(
        tzsim.read_model(tank(tmp_path)),
        read_checks(tmp_path / "tank.checks.yaml", tzsim.read_model(tank(tmp_path))),
    )
    shut = bench.run(next(s for s in bench.battery.situations if s.id == "shut"))
    steps = np.maximum(0, np.round((shut.times - 2) / 0.125))
    assert shut.at("Tank")[:, 0] == pytest.approx(12 * (1 - 0.125 / 4) ** steps, rel=1e-12)
    # held one per cent higher from the start, the outflow leaves 1 % * t * 3 less in the tank
    gain = next(r for r in report.results if r.id == "B1 sign")
    t = shut.times[1:]
    expected = (-0.01 * 3 * t / 4).mean() / 3 / 0.01
    assert float(re.findall(r"loop (-[\d.]+)", gain.text.en)[0]) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize(
    ("old", "new", "failing"),
    [
        ("at_most: 65 %", "at_most: 60 %", "shut.1"),
        ("0.3*start", "0.4*start", "shut.2"),
        ("kind: balancing", "kind: reinforcing", "B1 sign"),
        ("outflows: [leaking]", "outflows: []", "water"),
    ],
)
def test_a_wrong_claim_fails_with_its_evidence(tmp_path: Path, old: str, new: str, failing: str) -> None:
    report = check(tank(tmp_path, CHECKS.replace(old, new)))
    assert failing in {r.id for r in report.failures}
    found = next(r for r in report.failures if r.id == failing)
    assert found.evidence
    assert found.evidence[0].variable


def test_a_stock_below_its_bound_is_found_without_a_file(tmp_path: Path) -> None:
    text = TANK.replace("leaking = Tank/leak time ~", "leaking = start/leak time + tap ~")
    file = tank(tmp_path, text=text)
    (tmp_path / "tank.checks.yaml").unlink()
    report = check(file)
    assert outcome(report)["negative"] == "fail"
    evidence = next(r for r in report.failures if r.id == "negative").evidence[0]
    assert evidence.variable == "Tank"
    assert (evidence.time, evidence.value) == (pytest.approx(4.125), pytest.approx(-0.375))
    assert outcome(report)["used"] == "pass"


def test_a_constant_without_use_and_a_loop_that_is_not_closed_are_named(tmp_path: Path) -> None:
    spare = TANK.replace("start = 12", "spare = 1 ~ Dmnl ~ Idle. |\nstart = 12")
    unused = check(tank(tmp_path, text=spare), areas=("documentation",))
    assert [e.variable for r in unused.failures if r.id == "used" for e in r.evidence] == ["spare"]
    fed = TANK.replace("filling = tap*opening", "filling = tap*opening*(start/MAX(Tank, start))")
    checks = CHECKS.replace("through: [leaking, Tank]", "through: [leaking, Tank, filling]")
    broken = check(tank(tmp_path, checks, fed), areas=("loops",))
    found = next(r for r in broken.failures if r.id == "B1 links")
    assert [(e.variable, e.text.en) for e in found.evidence] == [
        ("leaking", "its equation does not read 'filling'")
    ]


def test_what_is_calculated_and_read_by_nobody_is_named_unless_it_is_a_result(tmp_path: Path) -> None:
    level = "depth = Tank/area ~ MCM ~ Read by people. |\narea = 2 ~ Dmnl ~ Of the tank. |\n"
    text = TANK.replace("tap = 3", level + "tap = 3")

    def use(checks: str) -> tuple[str, list[str]]:
        (found,) = (r for r in check(tank(tmp_path, checks, text)).results if r.id == "use")
        return found.status, [e.variable for e in found.evidence]

    assert use(CHECKS) == ("not applicable", [])
    assert use(CHECKS + "results: []\n") == ("fail", ["depth"])
    assert use(CHECKS + "results: [depth]\n") == ("pass", [])
    # a stock that only counts has a use where it stands in a balance
    text = text.replace("tap = 3", "Leaked = INTEG(leaking, 0) ~ MCM ~ So far. |\ntap = 3")
    counted = (
        "  - {id: leaked, name: {zh: 已漏, en: Leaked}, stocks: [Leaked], inflows: [leaking]}\nsituations:"
    )
    assert use(CHECKS + "results: [depth]\n") == ("fail", ["Leaked"])
    assert use(CHECKS.replace("situations:", counted) + "results: [depth]\n") == ("pass", [])


def test_goals_give_what_they_read_a_use(tmp_path: Path) -> None:
    folder = project(tmp_path) / "tengzhou"
    file = folder / "checks.yaml"
    model = tzsim.read_model(folder)
    battery = read_checks(file, model)
    assert battery.results is not None
    assert {"reported_revenue", "green_ratio"} <= battery.results
    text = file.read_text("utf-8")
    file.write_text(text.replace("  - green ratio\n", "  - green rato\n"), "utf-8")
    with pytest.raises(InputError, match="green rato"):
        read_checks(file, model)
    file.write_text(text.replace("goals/tengzhou-2026", "goals/none"), "utf-8")
    with pytest.raises(InputError, match="no such file"):
        read_checks(file, model)


def test_runs_are_made_when_asked_for_and_only_the_last_is_kept(tmp_path: Path) -> None:
    file = tank(tmp_path)
    model = tzsim.read_model(file)
    bench = Bench(model, read_checks(tmp_path / "tank.checks.yaml", model))
    base = bench.run()
    runs = Runs(bench, ("baseline", base))
    assert list(runs) == ["baseline", "as-it-stands", "shut"]
    assert runs["as-it-stands"] is base
    shut = runs["shut"]
    assert runs["shut"] is shut
    assert np.array_equal(shut.values, bench.run(bench.battery.situations[1]).values)


def test_a_delay_shorter_than_the_step_swings_and_one_that_explodes_is_named(tmp_path: Path) -> None:
    swings = check(
        tank(tmp_path, text=TANK.replace("leak time = 4", "leak time = 0.0649").replace("[0,?]", ""))
    )
    assert outcome(swings)["swings"] == "fail"
    bursts = check(
        tank(
            tmp_path,
            text=TANK.replace("leaking = Tank/leak time", "leaking = -Tank^3/(leak time*start*start)"),
        )
    )
    failed = next(r for r in bursts.failures if r.id == "finite")
    assert failed.evidence[0].variable in ("Tank", "leaking")
    assert np.isfinite(failed.evidence[0].time)


def test_swinging_needs_eight_turns_in_a_row() -> None:
    time = np.arange(60)[:, None]
    assert swinging(np.where(time % 2 == 0, 1.0, -1.0)) == (9, 0)
    assert swinging(np.sin(time / 2.0)) is None
    assert swinging(1.0 + 1e-9 * np.where(time % 2 == 0, 1.0, -1.0)) is None
    assert swinging(np.where(time < 7, (-1.0) ** time, 1.0)) is None


def test_terms_are_multiplied_out_and_cancel() -> None:
    model = tzsim.read_model(ROOT / "models" / "sir.mdl")

    def of(text: str) -> dict[str, int]:
        return dict(terms(read_expression(text, model)))

    assert of("Infectious*(infectivity - contact rate)") == of(
        "infectivity*Infectious - Infectious*contact rate"
    )
    assert of("-(Infectious - Recovered)") == {"infectious": -1, "recovered": 1}
    assert of("Recovered - Recovered + 0") == {}
    assert of("infection/contact rate") != of("infection*contact rate")


def test_order_of_situations_and_backends_change_nothing(tmp_path: Path) -> None:
    models = project(tmp_path)
    file = models / "inventory.checks.yaml"
    first = check(models / "inventory.mdl")
    text = file.read_text("utf-8")
    head, rest = text.split("situations:\n")
    body, loops = rest.split("loops:\n")
    parts = [p for p in re.split(r"(?m)^(?=  - id: )", body) if p]
    file.write_text(f"{head}situations:\n{''.join(reversed(parts))}loops:\n{loops}", "utf-8")
    again = check(models / "inventory.mdl")
    assert {(r.id, r.status, r.text) for r in again.results} == {
        (r.id, r.status, r.text) for r in first.results
    }


def test_draws_are_the_same_whatever_else_is_in_the_file(tmp_path: Path) -> None:
    model = tzsim.read_model(ROOT / "models" / "tengzhou")
    place = checks_file(ROOT / "models" / "tengzhou")
    assert place is not None
    battery = read_checks(place, model)
    less = Bench(model, replace(battery, situations=battery.situations[:1], loops=(), balances=()))
    whole = Bench(model, battery)
    one, other = less.run(), whole.run()
    assert np.array_equal(one.at("Reservoir"), other.at("Reservoir"))
    assert np.array_equal(one.at("Capital[lithium]"), other.at("Capital[lithium]"))
    plain = tzsim.simulate(model, keep=["Reservoir"], times=list(one.times))
    # Another program (its constants are folded), so equal as programs of one model are: within 1e-12 of the largest value.
    alone = plain["Reservoir"].values[0]
    assert np.abs(one.at("Reservoir")[:, 0] - alone).max() <= 1e-12 * alone.max()


BAD = {
    "opening: {to: 0": ("openin: {to: 0", "no variable 'openin'", "did you mean 'opening'?"),
    "falls: Tank": ("fals: Tank", "unknown key 'fals'", "did you mean 'falls'?"),
    "{to: 0, since: 2}": ("{to: 0, times: 2}", "needs one of to, times, add", ""),
    "by: 6, at_least": ("by: 60, at_least", "60 lies outside the run, 0 to 10", ""),
    "Tank >= 0.3*start": ("Tank >= 0.3*tap", "is in MCM and", ""),
    'Tank >= 0.3*start"': ('Tank"', "is not a comparison", "write left <= right"),
    "stocks: [Tank]": ("stocks: [filling]", "'filling' is not a stock", ""),
    "through: [leaking, Tank]": ("through: [tap, Tank]", "'tap' is a constant: no loop runs through it", ""),
    "set: {opening:": ("set: {Tank:", "'Tank' is a stock", "set its flows"),
    "at_most: 65 %}": ("within: 65 %}", "'within' says nothing to 'falls'", ""),
    "{steady: Tank, within: 0.0001 %}": ("{falls: Tank}", "compares with the run without the situation", ""),
    "inflows: [filling]": ("inflows: [filing]", "'filing' is not defined", "did you mean 'filling'?"),
    "kind: balancing": ("kind: balanced", "is not one of the choices", "did you mean 'balancing'?"),
}


@pytest.mark.parametrize("old", BAD)
def test_a_mistake_in_the_file_is_told_with_its_line_and_the_remedy(tmp_path: Path, old: str) -> None:
    new, message, hint = BAD[old]
    assert old in CHECKS
    text = CHECKS.replace(old, new)
    with pytest.raises(InputError) as refused:
        check(tank(tmp_path, text))
    said = str(refused.value)
    assert message in said
    assert hint in said
    where = refused.value.problems[0].address
    assert where is not None
    assert where.file.endswith("tank.checks.yaml")
    line = text[: text.index(new)].count("\n") + 1
    assert where.line == line


def test_all_mistakes_come_at_once(tmp_path: Path) -> None:
    text = CHECKS.replace("[filling]", "[filing]").replace("opening:", "openin:").replace("by: 6", "by: 60")
    with pytest.raises(InputError) as refused:
        check(tank(tmp_path, text))
    assert len(refused.value.problems) == 3
    assert [p.address.line for p in refused.value.problems if p.address] == [3, 11, 13]


def test_the_command_prints_writes_and_leaves_with_the_right_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, page = tank(tmp_path), tmp_path / "check.html"

    def code(*arguments: str) -> int:
        with pytest.raises(SystemExit) as stopped:
            main(["check", str(file), *arguments])
        assert isinstance(stopped.value.code, int)
        return stopped.value.code

    assert code("--page", str(page), "--lang", "en") == 0
    assert "Tap shut at 2" in capsys.readouterr().out
    assert code("--json", "--lang", "en") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["failed"] == 0
    assert found["passed"] == sum(r["status"] == "pass" for r in found["results"])
    assert code("--part", "units") == 0
    assert "关龙头" not in capsys.readouterr().out
    tank(tmp_path, CHECKS.replace("at_most: 65 %", "at_most: 60 %"))
    assert code() == 1
    assert "关龙头" in capsys.readouterr().out
    tank(tmp_path, CHECKS.replace("Tank, by", "Tnk, by"))
    assert code("--page", str(tmp_path / "other.html")) == 2
    assert not (tmp_path / "other.html").exists()
    assert code("--page", str(tmp_path / "other.txt")) == 2
    capsys.readouterr()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_holds_every_check_alone_and_escaped(tmp_path: Path, lang: str) -> None:
    report = check(
        tank(tmp_path, CHECKS.replace("Tap shut at 2", "<b>Tap</b>").replace("关龙头", "<b>关</b>"))
    )
    page = check_page(report, "zh" if lang == "zh" else "en")
    assert "<b>" not in page
    assert "http" not in page.replace("http-equiv", "")
    assert page.count('<tr class="') == len(report.results)
    assert page == check_page(report, "zh" if lang == "zh" else "en")
    path = write_check_page(report, tmp_path / "x.html")
    assert path.read_text("utf-8").startswith("<!doctype html>")
    assert [p.name for p in tmp_path.glob("*.part")] == []
