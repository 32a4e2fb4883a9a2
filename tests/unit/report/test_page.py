"""The page in headless Chromium: no script error, no request, numbers of goals.csv, and every way of asking."""

from __future__ import annotations

import csv
import re
import socket
from collections.abc import Callable, Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pypdf import PdfReader

from tzsim.forecast.goals_csv import write_goals_csv
from tzsim.forecast.result import Forecast
from tzsim.report import page as page_module
from tzsim.report.numerals import likelihood, number, probability
from tzsim.report.page import page_html, write_page
from tzsim.report.page_data import STEPS
from tzsim.report.wording import LANGS, say

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = pytest.mark.skipif(
    not CHROMIUM.exists(), reason="Chromium is not installed (apt install chromium)"
)

ENGLISH = {"亿元": 0.1, "亿立方米": 100, "万千瓦": 10, "万亩": 10}
Opened = tuple[Any, list[str]]


@pytest.fixture(scope="module")
def browser() -> Generator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield chromium
        chromium.close()


def opened(browser: Any, file: Path, width: int = 1366, height: int = 900) -> Opened:
    """The page, and everything that went wrong on it so far: errors, messages of the console, requests that leave the file."""
    wrong: list[str] = []
    tab = browser.new_page(viewport={"width": width, "height": height})
    tab.set_default_timeout(8000)
    tab.on("pageerror", lambda error: wrong.append(f"error: {error}"))
    tab.on("console", lambda message: wrong.append(f"console: {message.text}"))
    tab.on(
        "request", lambda r: None if r.url.split("#")[0] == file.as_uri() or r.url.startswith("data:font") else wrong.append(f"request: {r.url}")
    )  # fmt: skip
    tab.goto(file.as_uri())
    return tab, wrong


@pytest.fixture(scope="module")
def folder(forecast: Forecast, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("page")
    write_page(forecast, place / "page.html")
    write_goals_csv(forecast, place / "goals.csv")
    row = forecast.judged.index("T026")
    measures, met = forecast.measures.copy(), forecast.met.copy()
    measures[row] *= 1.2
    met[row] = measures[row] >= 700
    share = float(met[row].mean())
    goals = tuple(replace(r, probability=share) if r.goal.id == "T026" else r for r in forecast.goals)
    other = replace(
        forecast, scenario=replace(forecast.scenario, id="more"), measures=measures, met=met, goals=goals
    )
    write_page([forecast, other], place / "two.html", "en")
    return place


@pytest.fixture
def visit(browser: Any, folder: Path) -> Generator[Callable[..., Any]]:
    """Open a page; when the test ends nothing may have gone wrong on it."""
    seen: list[Opened] = []

    def open_(name: str = "page.html", **size: int) -> Any:
        seen.append(opened(browser, folder / name, **size))
        return seen[-1][0]

    yield open_
    for tab, wrong in seen:
        shown = tab.locator("#broken").is_visible()
        tab.close()
        assert wrong == []
        assert not shown


ROWS = """() => [...document.querySelectorAll('#rows tr[data-id]')].map(
    r => [r.dataset.id, ...[...r.children].map(c => c.innerText)])"""


def figures(text: str) -> list[float]:
    return [float(t.replace(",", "").replace("−", "-")) for t in re.findall(r"[−]?\d[\d,]*\.?\d*", text)]


@pytest.mark.parametrize("lang", LANGS)
def test_the_table_equals_goals_csv(forecast: Forecast, folder: Path, visit: Any, lang: Any) -> None:
    tab = visit(width=1800)
    tab.click(f"#languages button:nth-child({LANGS.index(lang) + 1})")
    shown = tab.evaluate(ROWS)
    table = list(csv.DictReader((folder / "goals.csv").read_text("utf-8-sig").splitlines()))
    assert [cells[0] for cells in shown] == [line["id"] for line in table]
    for (_, name, target, *cells), line in zip(shown, table, strict=True):
        factor = ENGLISH.get(line["unit"], 1.0) if lang == "en" else 1.0
        assert line[f"name_{lang}"] in name
        if line["status"] == "descriptive":
            assert target.startswith(say("dash", lang))
            continue
        assert figures(target)[0] == pytest.approx(float(line["target"]) * factor)
        if not line["probability"]:
            assert cells[0].startswith(say(line["status"], lang))
            assert line[f"reason_{lang}"] in cells[0]
            continue
        numbers = figures(cells[0].replace("—", " "))
        width = (float(line["p90"]) - float(line["p10"])) * factor
        for seen, column in zip(numbers, ("median", "p10", "p90"), strict=True):
            assert abs(seen - float(line[column]) * factor) <= max(0.06 * width, 5e-5), (line["id"], column)
        p, low, high = (float(line[c]) for c in ("probability", "probability_low", "probability_high"))
        parts = cells[1].split()
        assert parts[0] == probability(p)
        assert "".join(parts[1:]).startswith(probability(low))
        assert "".join(parts[1:]).endswith(probability(high))
        assert cells[2].strip() == say(likelihood(p).key, lang)
        assert cells[3].startswith(say(line["evidence"], lang))


def truth(forecast: Forecast, id: str, value: float) -> float:
    """Share of the members that would meet the goal at `value`, from the members themselves."""
    goal = replace(forecast.result(id).goal, value=value)
    return float(goal.met(forecast.measures[forecast.judged.index(id)]).mean())


def test_a_moved_goal_has_the_share_of_members(forecast: Forecast, visit: Any) -> None:
    """Every judged goal at 60 values, far outside the members too; and at its own value the forecast's number."""
    tab = visit()
    rng = np.random.default_rng(1)
    asked: list[tuple[str, float]] = []
    for id, x in zip(forecast.judged, forecast.measures, strict=True):
        spread = float(x.max() - x.min())
        values = np.concatenate(
            [rng.uniform(x.min() - 0.3 * spread, x.max() + 0.3 * spread, 50), rng.choice(x, 10)]
        )
        asked += [(id, float(v)) for v in values]
    found = tab.evaluate(
        "asked => asked.map(([id, v]) => chance(scenario().rows.find(r => goalOf(r).id === id), v))", asked
    )
    for (id, value), p in zip(asked, found, strict=True):
        steps = 2 if forecast.result(id).goal.comparison == "≈ within" else 1
        assert abs(p - truth(forecast, id, value)) <= steps / STEPS + 1e-9, (id, value)
    own = tab.evaluate("scenario().rows.filter(r => r.judged).map(r => [goalOf(r).id, r.p])")
    assert own == [[r.goal.id, r.probability] for r in forecast.goals if r.probability is not None]


def test_goals_of_every_year_count_each_draw_by_its_hardest_year(
    forecast: Forecast, browser: Any, tmp_path: Path
) -> None:
    rng = np.random.default_rng(5)
    last = forecast.measures[forecast.judged.index("T034")]
    hardest = np.minimum(last, last * rng.normal(1.0, 0.05, len(last)))
    path = write_page(replace(forecast, hardest={"T034": hardest}), tmp_path / "page.html")
    tab, wrong = opened(browser, path)
    tab.click('tr[data-id="T034"]')
    tab.fill("#field", "150")
    assert float(tab.get_attribute("#moved", "data-p")) == pytest.approx(
        (hardest >= 150).mean(), abs=1 / STEPS
    )
    assert "须逐年达到" in tab.inner_text("#what-if")
    tab.click('tr[data-id="T037"]')
    assert "改动后只看2026年" in tab.inner_text("#what-if")
    assert wrong == []
    tab.close()


def test_the_slider_and_the_field(forecast: Forecast, visit: Any) -> None:
    tab = visit()
    tab.click('tr[data-id="T026"]')
    assert "规划目标700亿元" in tab.inner_text("#moved")
    assert tab.is_disabled("#reset")
    tab.fill("#field", "560")
    p = float(tab.get_attribute("#moved", "data-p"))
    assert p == pytest.approx(truth(forecast, "T026", 560), abs=1 / STEPS)
    assert probability(p) in tab.inner_text("#moved")
    assert say(likelihood(p).key, "zh") in tab.inner_text("#moved")
    before = float(tab.input_value("#slider"))
    assert before == pytest.approx(560)
    tab.focus("#slider")
    tab.keyboard.press("ArrowLeft")
    moved = float(tab.input_value("#field"))
    assert 550 <= moved < 560
    assert float(tab.get_attribute("#moved", "data-p")) == pytest.approx(
        truth(forecast, "T026", moved), abs=1 / STEPS
    )
    tab.keyboard.press("PageUp")
    assert float(tab.input_value("#field")) > 560
    tab.locator("#curve-chart").scroll_into_view_if_needed()
    box = tab.locator("#curve-chart").bounding_box()
    tab.mouse.click(box["x"] + 0.3 * box["width"], box["y"] + 0.5 * box["height"])
    assert float(tab.input_value("#field")) < 560
    tab.click("#languages button:nth-child(2)")
    assert float(tab.input_value("#field")) < 56
    tab.click("#reset")
    assert "70 bn yuan" in tab.inner_text("#moved")
    assert probability(forecast.result("T026").probability or 0) in tab.inner_text("#moved")
    sure = tab.evaluate(
        "[...document.querySelectorAll('#what-if li[data-sure]')].map(e => [+e.dataset.sure, e.querySelector('b').innerText])"
    )
    x = forecast.measures[forecast.judged.index("T026")]
    for p, text in sure:
        assert figures(text)[0] == pytest.approx(0.1 * np.quantile(x, 1 - p), rel=0.02)


def test_sort_filter_and_search(forecast: Forecast, visit: Any) -> None:
    tab = visit()
    for order, sign in (("up", 1), ("down", -1)):
        tab.select_option("#order", order)
        ids = [cells[0] for cells in tab.evaluate(ROWS)]
        chances = [forecast.result(i).probability for i in ids]
        known = [p for p in chances if p is not None]
        assert chances[len(known) :] == [None] * (len(ids) - len(known))
        assert known == sorted(known, reverse=sign < 0)
    tab.select_option("#order", "plan")
    tab.click("#sort")
    assert tab.get_attribute("th.probability", "aria-sort") == "ascending"
    tab.click("#sort")
    assert tab.get_attribute("th.probability", "aria-sort") == "descending"
    tab.select_option("#order", "plan")
    tab.select_option("#area", "6")
    inside = [r.goal.id for r in forecast.goals if r.goal.area == "6"]
    assert [cells[0] for cells in tab.evaluate(ROWS)] == inside
    assert str(len(inside)) in tab.inner_text("#count")
    assert inside[0] in tab.inner_text("#card .kicker")
    tab.select_option("#area", "")
    tab.fill("#search", "LITHIUM")
    assert [cells[0] for cells in tab.evaluate(ROWS)] == ["T028"]
    tab.fill("#search", "no such goal")
    assert tab.evaluate(ROWS) == []
    assert "没有符合条件的目标" in tab.inner_text("#rows")
    tab.fill("#search", "")
    for kind in ("judged", "weak", "unjudged"):
        tab.select_option("#show", kind)
        wanted = [r.goal.id for r in forecast.goals if (r.probability is None) == (kind == "unjudged")]
        assert [cells[0] for cells in tab.evaluate(ROWS)] == wanted


def test_the_language_changes_without_loading(visit: Any) -> None:
    tab = visit()
    tab.evaluate("window.kept = 1")
    tab.click('tr[data-id="T027"]')
    tab.click("text=English")
    assert tab.evaluate("[window.kept, document.documentElement.lang, document.title]") == [
        1, "en", "How likely are the goals of the plan?: Baseline",
    ]  # fmt: skip
    assert "Machine tools cluster revenue" in tab.inner_text("#goal-name")
    text = tab.evaluate(
        "[...document.querySelectorAll('main, footer, header')].map(e => e.innerText).join(' ')"
    )
    chinese = re.sub(r"中文|In the plan: .*", "", text)
    assert not re.search(r"[\u4e00-\u9fff]", chinese), re.findall(r".{20}[\u4e00-\u9fff].{20}", chinese)
    tab.click("text=中文")
    assert "机床和高端装备" in tab.inner_text("#goal-name")


def test_the_keyboard_alone_reaches_everything(visit: Any) -> None:
    tab = visit()
    stops: list[str] = []
    for _ in range(14):
        tab.keyboard.press("Tab")
        stops.append(
            tab.evaluate(
                "document.activeElement.id || document.activeElement.dataset.id || document.activeElement.tagName"
            )
        )
    assert {"print", "search", "area", "show", "order", "sort", "T001"} <= set(stops)
    tab.focus('tr[data-id="T001"]')
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("ArrowDown")
    assert tab.evaluate("document.activeElement.dataset.id") == "T002b"
    assert tab.get_attribute('tr[data-id="T002b"]', "aria-selected") == "true"
    assert tab.locator('#rows tr[tabindex="0"]').count() == 1
    assert "T002b" in tab.inner_text("#card .kicker")
    tab.keyboard.press("End")
    last = tab.evaluate("document.activeElement.dataset.id")
    assert last == tab.evaluate(ROWS)[-1][0]
    tab.keyboard.press("Home")
    assert tab.evaluate("document.activeElement.dataset.id") == "T001"
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.id") == "card"
    tab.focus("#fan-chart")
    year = tab.inner_text("#readout b")
    tab.keyboard.press("ArrowRight")
    assert int(tab.inner_text("#readout b").removesuffix("年")) == int(year.removesuffix("年")) + 1
    unnamed = tab.evaluate(
        """[...document.querySelectorAll('button, input, select, [role=img]:not([aria-hidden])')].filter(e =>
        !(e.getAttribute('aria-label') || e.innerText || (e.closest('label') && e.closest('label').innerText))).map(e => e.id)"""
    )
    assert unnamed == []


@pytest.mark.parametrize("lang", LANGS)
def test_pointing_at_a_year_shows_its_quantiles_and_history(
    forecast: Forecast, visit: Any, lang: Any
) -> None:
    tab = visit()
    tab.click(f"#languages button:nth-child({LANGS.index(lang) + 1})")
    for fan in forecast.fans:
        if fan.goal is None:
            continue
        tab.click(f'tr[data-id="{fan.goal.id}"]')
        tab.locator("#fan-chart").scroll_into_view_if_needed()
        tab.focus("#fan-chart")
        tab.keyboard.press("Home")
        factor = ENGLISH.get(fan.unit, 1.0) if lang == "en" else 1.0
        for k, year in enumerate(fan.years):
            head, cells = tab.evaluate(
                "[document.querySelector('#readout p').innerText, [...document.querySelectorAll('#readout td')].map(c => c.innerText)]"
            )
            assert head.startswith(str(year))
            digits = len(cells[3].partition(".")[2])
            assert cells == [number(float(v) * factor, digits) for v in fan.quantiles[:, k]]
            points = [o for o in fan.history if o.year == year]
            assert all(o.source in head for o in points)
            tab.keyboard.press("ArrowRight")
        solid = sum(o.quality not in ("estimated", "recalled") for o in fan.history)
        assert tab.locator("#fan-chart .known").count() == solid
        assert tab.locator("#fan-chart .guess").count() == len(fan.history) - solid
    box = tab.locator("#fan-chart").bounding_box()
    tab.mouse.move(box["x"] + 0.97 * box["width"], box["y"] + 0.5 * box["height"])
    assert tab.inner_text("#readout b").removesuffix("年") == str(forecast.fans[0].years[-1])


def test_scenarios_side_by_side(forecast: Forecast, visit: Any) -> None:
    tab = visit("two.html")
    tab.click('tr[data-id="T026"]')
    base, other = tab.evaluate("[...document.querySelectorAll('.beside tbody tr')].map(r => r.innerText)")
    x = forecast.measures[forecast.judged.index("T026")]
    before, after = float((x >= 700).mean()), float((1.2 * x >= 700).mean())
    assert probability(before) in base
    assert f"{100 * (after - before):.1f} points" in other
    tab.fill("#field", "60")
    lines = tab.evaluate("[...document.querySelectorAll('.beside tbody .chance')].map(r => r.innerText)")
    for text, scaled in zip(lines, (x, 1.2 * x), strict=True):
        assert abs(figures(text)[0] - 100 * (scaled >= 600).mean()) <= 1
    tab.check('#scenarios input[value="more"]')
    assert float(tab.input_value("#field")) == 60
    assert float(tab.get_attribute("#moved", "data-p")) == pytest.approx(
        (1.2 * x >= 600).mean(), abs=1 / STEPS
    )
    tab.click("#reset")
    assert probability(after) in tab.inner_text("#verdict")


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_nothing_scrolls_sideways(visit: Any, lang: Any, width: int) -> None:
    tab = visit("two.html", width=width, height=740)
    tab.click(f"#languages button:nth-child({LANGS.index(lang) + 1})")
    for id in ("T026", "T048", "T063b", "T011", "T072"):
        tab.click(f'tr[data-id="{id}"]')
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        outside = tab.evaluate(
            """() => [...document.querySelectorAll('main *, header *')].filter(e => {
            const b = e.getBoundingClientRect(), style = getComputedStyle(e);
            return b.width && style.position !== 'absolute' && (b.right > innerWidth + 1 || b.left < -1); }).map(e => e.outerHTML.slice(0, 80))"""
        )
        assert outside == []
    small = tab.evaluate(
        """() => [...document.querySelectorAll('main p, main td, main dd, main small, main text')].filter(e => e.innerText !== ''
        && e.getBoundingClientRect().width && parseFloat(getComputedStyle(e).fontSize) < 10.5).length"""
    )
    assert small == 0


@pytest.mark.parametrize("lang", LANGS)
def test_print_is_a4_with_every_row_and_no_controls(
    forecast: Forecast, visit: Any, tmp_path: Path, lang: Any
) -> None:
    tab = visit()
    tab.click(f"#languages button:nth-child({LANGS.index(lang) + 1})")
    tab.click('tr[data-id="T026"]')
    tab.pdf(path=str(tmp_path / "page.pdf"), prefer_css_page_size=True)
    pages = PdfReader(tmp_path / "page.pdf").pages
    assert {tuple(round(float(v)) for v in p.mediabox[2:]) for p in pages} == {(595, 842)}
    text = re.sub(r"\s+", "", "".join(p.extract_text() for p in pages))
    assert [r.goal.id for r in forecast.goals if r.goal.id not in text] == []
    assert len(pages) <= 8
    for words in ("搜索", "打印", "恢复规划目标") if lang == "zh" else ("Search", "Print", "Backtotheplan"):
        assert words not in text
    head = "中位数（80%区间）" if lang == "zh" else "Median(80%interval)"
    rows = [re.sub(r"\s+", "", p.extract_text()) for p in pages]
    table = [t for t in rows if len(re.findall(r"T\d\d\d", t)) > 5]
    assert len(table) > 1
    assert all(head in t for t in table)
    tab.emulate_media(media="print")
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not tab.is_visible("#controls")


def test_hostile_names_are_shown_as_text(hostile: Forecast, browser: Any, tmp_path: Path) -> None:
    tab, wrong = opened(browser, write_page(hostile, tmp_path / "page.html"))
    tab.on("dialog", lambda dialog: wrong.append("dialog"))
    tab.click('tr[data-id="T026"]')
    assert "<script>alert('x')</script><img src=x" in tab.inner_text("#goal-name")
    assert tab.locator("img").count() == 0
    assert tab.locator("main script").count() == 0
    assert wrong == []
    tab.close()


def test_a_forecast_without_goals_still_opens(forecast: Forecast, browser: Any, tmp_path: Path) -> None:
    unjudged = tuple(r for r in forecast.goals if r.probability is None)
    none = np.zeros((0, forecast.members))
    bare = replace(
        forecast, goals=unjudged, fans=(), joint={}, judged=(), met=none.astype(bool), measures=none
    )
    for made in (bare, replace(bare, goals=())):
        tab, wrong = opened(browser, write_page(made, tmp_path / "page.html"))
        assert len(tab.evaluate(ROWS)) == len(made.goals)
        tab.pdf(path=str(tmp_path / "page.pdf"))
        assert wrong == []
        tab.close()


@pytest.mark.parametrize("fault", ["null.x;", "notDefined();", "throw new Error('no');"])
def test_an_injected_error_is_seen_and_shown(
    forecast: Forecast, browser: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    """The negative control of every test above: a faulty script, its hash in order, must be noticed by test and by reader."""
    asset = page_module._asset  # pyright: ignore[reportPrivateUsage]
    monkeypatch.setattr(
        page_module, "_asset", lambda name: asset(name).replace("listen();", fault) if name == "page.js" else asset(name)
    )  # fmt: skip
    (tmp_path / "page.html").write_text(page_html([forecast]), "utf-8")
    tab, wrong = opened(browser, tmp_path / "page.html")
    assert wrong
    assert tab.locator("#broken").is_visible()
    tab.close()


def test_a_script_that_was_not_there_does_not_run(forecast: Forecast, browser: Any, tmp_path: Path) -> None:
    """The policy: text put into the file afterwards is not run, and what it asks for is not fetched."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.5)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/x.png"
        added = f"<script>window.got = 1</script><img src='{address}'></body>"
        (tmp_path / "page.html").write_text(page_html([forecast]).replace("</body>", added), "utf-8")
        tab, wrong = opened(browser, tmp_path / "page.html")
        assert tab.evaluate("window.got") is None
        assert sum("Content Security Policy" in line for line in wrong) == 2
        with pytest.raises(TimeoutError):
            server.accept()
    tab.close()
