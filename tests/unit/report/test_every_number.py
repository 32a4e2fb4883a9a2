"""Every number of the brief, the page and the workbook is the forecast's: forecasts are drawn, each document is read back in both
languages, and what it says is compared with what follows from the plain values by rules that are not the report's own code."""

from __future__ import annotations

import base64
import json
import re
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
from drawn_forecasts import GRADES, INPUTS, KEPT, Case, cases
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from what_is_said import (
    CHANCE,
    EVIDENCE,
    UNITS,
    amount,
    chance,
    chance_range,
    check_binding,
    check_chance,
    check_front,
    check_movers,
    check_place,
    check_raises,
    fine,
    helps,
    input_words,
    limit_words,
    near,
    place_words,
    verdict,
    year_of,
)

from tzsim.forecast.paired import Difference
from tzsim.forecast.result import Forecast
from tzsim.forecast.sweep import Effect
from tzsim.report.brief import Brief, brief
from tzsim.report.brief.document import Heading, Paragraph, Row, Table
from tzsim.report.page_data import as_json, page_data
from tzsim.report.spreadsheet import write_xlsx
from tzsim.report.wording import LANGS, Lang
from tzsim.scenario import Goal

COMPARED = {
    ">=": ("≥", "≥"),
    "<=": ("≤", "≤"),
    "≈ at least": ("约（不低于）", "about, or more"),
    "≈ within": ("约（上下）", "about, either side"),
}

# --- the brief -------------------------------------------------------------------------------------------------------


def leads(blocks: Any, k: int) -> dict[str, str]:
    return {b.lead: b.text for b in blocks if isinstance(b, Paragraph)}


def under(made: Brief, heading: str) -> list[Any]:
    """The blocks under a heading of the second level."""
    blocks = list(made.blocks())
    start = next(i for i, b in enumerate(blocks) if isinstance(b, Heading) and b.text == heading)
    end = next((i for i in range(start + 1, len(blocks)) if isinstance(blocks[i], Heading)), len(blocks))
    return blocks[start + 1 : end]


def check_goal_row(row: Row, case: Case, k: int) -> None:
    result = case.forecast.result(row.id)
    goal = result.goal
    assert result.p10 is not None
    assert result.median is not None
    assert result.p90 is not None
    assert result.probability is not None
    name, target, median, p, word, evidence, binds, *moves = row.cells
    assert name.text == f"{goal.id} {(goal.name.zh, goal.name.en)[k]}"
    bare = re.sub(r"^(≥|≤|about) ?|左右$", "", target.text)
    amount(bare, goal.value, goal.unit, k)
    dates = [int(y) for y in re.findall(r"\d{4}", target.second)]
    assert dates == ([min(goal.each_year), max(goal.each_year)] if goal.each_year else [goal.date])
    size = UNITS[goal.unit][2] if k else 1
    ends = median.second.split(("—", " to ")[k])
    for text, value in ((median.text, result.median), (ends[0], result.p10), (ends[1], result.p90)):
        near(text, value * size)
        fine(text, value * size, (result.p90 - result.p10) * size)
    chance(p.text, result.probability)
    chance_range(p.second, result.probability_low or 0.0, result.probability_high or 0.0, k)
    assert word.text == verdict(p.text, k)
    assert evidence.text == EVIDENCE[result.evidence][k]
    assert bool(evidence.second) == (result.evidence in GRADES[2:])
    assert binds.text == (limit_words(case, result.binds, k) or ("—", "–")[k])
    found = case.moved[goal.id]
    for cell in moves:
        if not found:
            assert cell.text == ("—", "–")[k]
            continue
        bare_mover = replace(found[0], element=found[0].element.partition("[")[0])
        assert cell.text == input_words(case, bare_mover, None, k)


def check_brief(case: Case, lang: Lang) -> None:
    k = LANGS.index(lang)
    f = case.forecast
    made = brief(f, lang, sweep=case.swept, moved=case.moved)
    check_front(leads(made.front, k), case, k)
    tables = [
        b
        for b in made.blocks()
        if isinstance(b, Table) and len(b.columns) in (7, 8) and any(r.id for r in b.rows)
    ]
    for table in tables:
        for row in table.rows:
            if row.id:
                check_goal_row(row, case, k)
    drawn = {fan.goal.id for fan in f.fans if fan.goal}
    assert [r.id for r in tables[0].rows] == [
        i for i in f.judged if i in drawn and not f.result(i).goal.reading_of
    ]
    assert sorted(r.id for r in tables[-1].rows if r.id) == sorted(f.judged)
    words = {
        "place": ("现状与差距。", "Where it stands."), "chance": ("达成概率。", "Probability."), "binds": ("什么在制约。", "What binds."),
        "moves": ("什么左右结果。", "What moves it."), "raises": ("什么能提高。", "What would raise it."),
    }  # fmt: skip
    for fan in f.fans:
        told = leads(under(made, (fan.name.zh, fan.name.en)[k]), k)
        if fan.goal is None or fan.result is None:
            check_place(told[""], case, fan, k)
            continue
        check_place(told[words["place"][k]], case, fan, k)
        check_chance(told[words["chance"][k]], case, fan.result, k)
        check_movers(told[words["moves"][k]], case, fan.goal, k)
        for element in fan.goal.limits_of:
            check_binding(told[words["binds"][k]], case, element, year_of(fan.goal), k)
        if words["raises"][k] in told:
            check_raises(told[words["raises"][k]], case, fan.result, k)
    b = f.binding
    told = leads(under(made, ("2026年各集群的主要约束", "The clusters in 2026")[k]), k)
    for element in b.elements:
        check_binding(told[place_words(case, element, k) + ("。", ".")[k]], case, element, 2026, k)
    limits = next(
        t for t in made.blocks() if isinstance(t, Table) and t.columns[0].head == ("集群", "Cluster")[k]
    )
    assert "2026" in limits.caption
    heads = [c.head.lower() for c in limits.columns[1:]]
    assert heads == [limit_words(case, x, k).lower() for x in b.limits]
    j = b.years.index(2026)
    for i, row in enumerate(limits.rows):
        assert row.cells[0].text == place_words(case, b.elements[i], k)
        for n, cell in enumerate(row.cells[1:]):
            near(cell.text.removesuffix("%"), 100 * b.share[i, j, n])
            near(cell.second.removesuffix("%"), 100 * b.cost[i, j, n])
    area = next(t for t in made.blocks() if isinstance(t, Table) and t.columns[0].head == ("领域", "Area")[k])
    (row,) = area.rows
    p = f.joint["5"].probability
    assert [c.text for c in row.cells[:2]] == [("改造提升传统产业", "Established industries")[k], "2"]
    shown = re.fullmatch((rf"({CHANCE})(?:（(.+)）)?", rf"({CHANCE})(?: \((.+)\))?")[k], row.cells[2].text)
    assert shown, row.cells[2].text
    chance(shown[1], p.value)
    chance_range(shown[2] or shown[1], p.low, p.high, k)


# --- the page ---------------------------------------------------------------------------------------------------------


def check_page(case: Case) -> None:
    f = case.forecast
    data = json.loads(as_json(page_data([f], [case.moved], [case.swept])))
    (scene,) = data["scenarios"]
    for k in range(len(LANGS)):
        check_front(dict(scene["answer"][k]), case, k)
        for value in (f.run_id, str(f.seed), str(f.members), "2024-12-31"):
            assert value in scene["run"][k]
    assert [data["goals"][r["goal"]]["id"] for r in scene["rows"]] == list(KEPT)
    for shown, result in zip(scene["rows"], f.goals, strict=True):
        goal, said = result.goal, data["goals"][shown["goal"]]
        zh, en, size = UNITS[goal.unit]
        assert (said["value"], said["tolerance"], said["comparison"]) == (
            goal.value,
            goal.tolerance,
            goal.comparison,
        )
        assert said["scale"] == [1, size]
        assert said["unit"] == [zh, "" if en == "number" else en]
        assert shown["judged"] == (result.probability is not None)
        if result.probability is None:
            assert "p" not in shown
            continue
        low, high = result.probability_low or 0.0, result.probability_high or 0.0
        assert [shown[x] for x in ("p", "low", "high")] == [result.probability, low, high]
        assert shown["band"] == [result.p10, result.median, result.p90]
        assert shown["weak"] == (result.evidence in GRADES[2:])
        chance(shown["probability"], result.probability)
        chance(shown["prior"], result.probability_prior or 0.0)
        rows = result.yearly if len(result.yearly) > 1 else ()
        assert [y for y, _ in shown["yearly"]] == [y for y, _ in rows]
        for (_, text), (_, p) in zip(shown["yearly"], rows, strict=True):
            chance(text, p)
        for k in range(len(LANGS)):
            assert shown["verdict"][k] == verdict(shown["probability"], k)
            assert shown["evidence"][k].startswith(EVIDENCE[result.evidence][k])
            assert shown["binds"][k] == limit_words(case, result.binds, k)
            chance_range(shown["error"][k], low, high, k)
            ends = shown["interval"][k].split(("—", " to ")[k])
            for text, value in (
                (shown["median"][k], result.median),
                (ends[0], result.p10),
                (ends[1], result.p90),
            ):
                near(text, (value or 0.0) * (size if k else 1))
            check_movers(shown["moves"][k], case, goal, k)
            (raises,) = [
                text for lead, text in shown["more"][k] if lead == ("什么能提高", "What would raise it")[k]
            ]
            check_raises(raises, case, result, k)
        kept = f.hardest.get(goal.id, f.measures[f.judged.index(goal.id)])
        ordered, steps = np.sort(kept), data["steps"]
        below = np.searchsorted(ordered, ordered, "right")  # members at or below each
        wanted = np.array([ordered[np.argmax(below * steps >= k * len(ordered))] for k in range(steps + 1)])
        assert np.array_equal(
            np.frombuffer(base64.b64decode(shown["quantiles"]), "<f4"), wanted.astype("<f4")
        )
        assert (shown["share"], shown["members"]) == (1.0, f.members)
    for shown, fan in zip(scene["fans"], f.fans, strict=True):
        zh, en, size = UNITS[fan.unit]
        assert (shown["id"], shown["name"]) == (fan.id, [fan.name.zh, fan.name.en])
        assert (shown["unit"], shown["scale"]) == ([zh, en], [1, size])
        assert (shown["years"], shown["levels"]) == (list(fan.years), list(fan.quantile_levels))
        assert np.array_equal(np.array(shown["quantiles"], float), fan.quantiles, equal_nan=True)
        assert shown["row"] == (None if fan.goal is None else KEPT.index(fan.goal.id))
        assert shown["goal_years"] == (
            [] if fan.goal is None else list(fan.goal.each_year) or [fan.goal.date]
        )
        past = sorted(fan.history, key=lambda o: o.year)
        assert [(p["year"], p["value"], p["source"]) for p in shown["history"]] == [
            (o.year, o.value, o.source) for o in past
        ]
        for p, o in zip(shown["history"], past, strict=True):
            for k in range(len(LANGS)):
                amount(p["text"][k], o.value, o.unit, k)


# --- the workbook -----------------------------------------------------------------------------------------------------


def same(found: Any, wanted: float | None) -> None:
    """An empty cell for no number, else the number to the last bits."""
    if wanted is None or not np.isfinite(wanted):
        assert found is None
    else:
        assert found == pytest.approx(wanted, rel=1e-12, abs=1e-300)


def check_workbook(case: Case, lang: Lang, path: Path) -> None:
    k = LANGS.index(lang)
    f = case.forecast
    whole = openpyxl.load_workbook(
        write_xlsx(f, path, lang, sweep=case.swept, moved=case.moved), read_only=True
    )
    sheets = {s.title: list(s.iter_rows(min_row=2, values_only=True)) for s in whole.worksheets}
    heads = {s.title: next(iter(s.iter_rows(max_row=1, values_only=True))) for s in whole.worksheets}
    names = (
        ("目标", "Goals"), ("概率图", "Chart"), ("逐年概率", "Each year"), ("指标分位数", "Series"), ("约束", "What binds"),
        ("影响因素", "What moves it"), ("影响因素图", "Inputs chart"), ("手段效果", "What would raise it"), ("手段效果图", "Levers chart"),
        ("读法", "How to read"), ("来源", "Provenance"),
    )  # fmt: skip
    maybe = {"影响因素", "What moves it", "影响因素图", "Inputs chart", "手段效果图", "Levers chart"}
    assert [n[k] for n in names if n[k] in sheets or n[k] not in maybe] == whole.sheetnames
    goals, chart, years, series, binding = (sheets[n[k]] for n in names[:5])
    assert [row[0] for row in goals] == list(KEPT)
    for row, result in zip(goals, f.goals, strict=True):
        goal = result.goal
        zh, en, size = UNITS[goal.unit]
        by = size if k else 1
        described = result.status == "descriptive"
        assert (row[2], row[5]) == ((goal.name.zh, goal.name.en)[k], (zh, en)[k])
        assert (row[3] or "") == ("" if described else COMPARED[goal.comparison][k])
        for at, value in (
            (4, None if described else goal.value),
            (7, result.median),
            (8, result.p10),
            (9, result.p90),
        ):
            same(row[at], None if value is None else value * by)
        for at, value in (
            (10, result.probability),
            (11, result.probability_low),
            (12, result.probability_high),
            (13, result.probability_prior),
        ):
            same(row[at], value)
        dates = [int(y) for y in re.findall(r"\d{4}", row[6])]
        assert dates == (
            [min(goal.each_year), max(goal.each_year)] if goal.each_year else [goal.date] if goal.date else []
        )
        if result.probability is not None:
            whole_per_cent = f"{100 * result.probability:.0f}%"
            assert row[14] == verdict(whole_per_cent, k)
            assert row[15].startswith(EVIDENCE[result.evidence][k])
            assert (row[16] or "") == limit_words(case, result.binds, k)
    judged = [r for r in f.goals if r.probability is not None]
    assert [row[0] for row in chart] == [f"{r.goal.id} {(r.goal.name.zh, r.goal.name.en)[k]}" for r in judged]
    for row, r in zip(chart, judged, strict=True):
        same(row[1], r.probability)
    annual = [r for r in judged if r.yearly]
    columns = [int(h) for h in heads[names[2][k]][2:]]
    for row, r in zip(years, annual, strict=True):
        assert row[0] == r.goal.id
        assert {y: v for y, v in zip(columns, row[2:], strict=True) if v is not None} == pytest.approx(
            dict(r.yearly)
        )
    wanted = [(fan, j) for fan in f.fans for j in range(len(fan.years))]
    for row, (fan, j) in zip(series, wanted, strict=True):
        zh, en, size = UNITS[fan.unit]
        by = size if k else 1
        assert row[:3] == ((fan.name.zh, fan.name.en)[k], (zh, en)[k], fan.years[j])
        for found, value in zip(row[3:10], fan.quantiles[:, j], strict=True):
            same(found, float(value) * by)
        known = next((o for o in fan.history if o.year == fan.years[j]), None)
        sure = known is not None and known.quality in ("official", "reported", "secondary")
        same(row[10], known.value * by if known and sure else None)
        same(row[11], known.value * by if known and not sure else None)
        assert row[12] == (known.source if known else None)
    b = f.binding
    assert heads[names[4][k]][2] == ("占模拟的比例：需求", "share of draws: demand")[k]
    for n, row in enumerate(binding):
        i, j = divmod(n, len(b.years))
        assert row[:2] == (place_words(case, b.elements[i], k), b.years[j])
        for found, value in zip(row[2:], (*b.share[i, j], *b.cost[i, j]), strict=True):
            same(found, float(value))
    assert len(binding) == len(b.elements) * len(b.years)
    listed = [(r.goal, m) for r in judged for m in case.moved[r.goal.id]]
    for row, (goal, m) in zip(sheets.get(names[5][k], []), listed, strict=True):
        constant = replace(m, time=None)
        assert (row[0], row[2], row[3], row[6]) == (
            goal.id,
            input_words(case, constant, None, k),
            m.time,
            m.element,
        )
        assert row[5] == (("正向", "higher raises it") if m.rises else ("反向", "higher lowers it"))[k]
        same(row[4], m.share)
    first = [r.goal for r in judged if not r.goal.reading_of]
    shares: dict[str, list[float]] = {}
    for goal in first:
        for m in case.moved[goal.id]:
            base = INPUTS[m.element.partition("[")[0]]
            shares.setdefault((base.zh, base.en)[k], []).append(m.share)
    weighed = {row[0]: row[1:3] for row in sheets.get(names[6][k], [])}
    assert weighed == {n: (pytest.approx(sum(v) / len(first)), len(v)) for n, v in shares.items()}
    check_lever_sheets(case, k, sheets[names[7][k]], sheets.get(names[8][k], []))
    with zipfile.ZipFile(path) as archive:
        charts = [n for n in archive.namelist() if n.startswith("xl/charts/chart")]
    assert len(charts) == 1 + sum(names[n][k] in sheets and bool(sheets[names[n][k]]) for n in (6, 8))
    facts = dict(row[:2] for row in sheets[names[10][k]])
    for head, value in (
        (("随机种子", "seed"), f.seed),
        (("模拟次数", "draws"), f.members),
        (("运行编号", "run id"), f.run_id),
    ):
        assert facts[head[k]] == str(value)
    assert {n: v for n, v in facts.items() if n in f.hashes} == dict(f.hashes)


def check_lever_sheets(case: Case, k: int, effects: list[Any], best: list[Any]) -> None:
    judged = [r.goal for r in case.forecast.goals if r.probability is not None]

    def sure(d: Difference) -> bool:
        return d.low > 0 or d.high < 0

    def seen(goal: Goal, e: Effect) -> bool:
        assert e.measure is not None
        return sure(e.chance) or (sure(e.measure) and abs(e.measure.value) >= goal.value / 1000)

    wanted = [(g, e) for g in judged for e in case.swept.effects[g.id] if seen(g, e)]
    for row, (goal, e) in zip(effects, wanted, strict=True):
        assert e.measure is not None
        lever, own = UNITS[e.lever.unit], UNITS[goal.unit]
        assert (row[0], row[2]) == (goal.id, (e.lever.name.zh, e.lever.name.en)[k])
        assert (row[3], row[12]) == (lever[k], own[k])
        by, of = (lever[2], own[2]) if k else (1, 1)
        chance, mean = e.chance, e.measure
        numbers = (
            e.before * by, e.after * by, 100 * chance.value, 100 * chance.low, 100 * chance.high, mean.value * of, mean.low * of, mean.high * of,
        )  # fmt: skip
        for found, value in zip(row[4:12], numbers, strict=True):
            same(found, value)
        cost = e.lever.cost
        same(row[13], None if cost is None else cost * abs(e.after - e.before) * (0.1 if k else 1))
        assert row[14] == (("是", "yes") if helps(goal, e) else ("否", "no"))[k]
    groups: dict[tuple[str, float], list[tuple[float, Goal]]] = {}
    for goal, e in wanted:
        if helps(goal, e) and not goal.reading_of:
            groups.setdefault((e.lever.id, e.after), []).append((e.chance.value, goal))
    assert len(best) == len(groups)
    gains = sorted((100 * max(p for p, _ in found) for found in groups.values()), reverse=True)
    assert [row[1] for row in best] == pytest.approx(gains)
    for row in best:
        found = next(v for v in groups.values() if 100 * max(p for p, _ in v) == pytest.approx(row[1]))
        goal = max(found, key=lambda x: x[0])[1]
        named = f"{goal.id} {(goal.name.zh, goal.name.en)[k]}" if row[1] > 0 else ("—", "–")[k]
        assert row[2] == named
        assert row[3] == len(found)


def few(examples: int) -> settings:
    return settings(
        max_examples=examples,
        deadline=None,
        report_multiple_bugs=False,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )


@few(30)
@given(st.data())
def test_the_brief(forecast: Forecast, data: st.DataObject) -> None:
    case = data.draw(cases(forecast))
    for lang in LANGS:
        check_brief(case, lang)


@few(30)
@given(st.data())
def test_the_page(forecast: Forecast, data: st.DataObject) -> None:
    check_page(data.draw(cases(forecast)))


@few(5)
@given(st.data())
def test_the_workbook(forecast: Forecast, tmp_path: Path, data: st.DataObject) -> None:
    case = data.draw(cases(forecast))
    for lang in LANGS:
        check_workbook(case, lang, tmp_path / f"{lang}.xlsx")
