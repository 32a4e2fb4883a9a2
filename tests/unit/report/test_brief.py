"""The brief: every number is the forecast's, page one holds what it must, hostile names stay text, bytes repeat."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fontTools.ttLib import TTFont

from tzsim.forecast.result import Forecast
from tzsim.report.brief import brief, brief_docx, brief_html, brief_pdf, write_brief
from tzsim.report.brief.document import Paragraph
from tzsim.report.brief.matter import matter
from tzsim.report.brief.pictures import draw
from tzsim.report.brief.plan import together
from tzsim.report.notebook import forecast_html
from tzsim.report.sentences import series_sentences
from tzsim.report.spreadsheet import write_xlsx
from tzsim.report.tensions import tensions
from tzsim.report.wording import LANGS, Lang

pytestmark = pytest.mark.filterwarnings("error")

VOID = {"meta", "br", "img", "link", "input", "hr"}


class Reader(HTMLParser):
    """Collects tags, attributes, visible text, and the cells of each table row that carries a data-id."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.stack: list[str] = []
        self.text: list[str] = []
        self.rows: list[tuple[str, list[str]]] = []
        self.in_row = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        values = {name: value or "" for name, value in attrs}
        self.attributes += [(tag, name, value) for name, value in values.items()]
        if tag not in VOID and not (self.stack and self.stack[-1] == "svg" and tag == "path"):
            self.stack.append(tag)
        if tag == "tr":
            self.in_row = "data-id" in values
            if self.in_row:
                self.rows.append((values["data-id"], []))
        if tag == "td" and self.in_row:
            self.rows[-1][1].append("")
        if tag in ("small", "span") and self.in_row and self.rows[-1][1]:
            self.rows[-1][1][-1] += "|"

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        if tag in self.stack:
            while self.stack.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if "style" in self.stack:
            return
        self.text.append(data)
        if self.in_row and "td" in self.stack:
            self.rows[-1][1][-1] += data


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    return reader


def chance(p: float) -> str:
    return "<1%" if p < 0.01 else ">99%" if p > 0.99 else f"{100 * p:.0f}%"


def numbers(text: str) -> list[float]:
    return [float(t.replace(",", "").replace("−", "-")) for t in re.findall(r"[−]?\d[\d,]*\.?\d*", text)]


ENGLISH = {"亿元": 0.1, "亿立方米": 100, "万千瓦": 10, "万亩": 10, "万吨标准煤": 10}


@pytest.fixture(scope="module")
def pages(forecast: Forecast) -> dict[str, str]:
    return {lang: brief_html(brief(forecast, lang)) for lang in LANGS}


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("kind", ["brief", "notebook"])
def test_the_goal_table_equals_the_forecast(
    forecast: Forecast, pages: dict[str, str], lang: Any, kind: str
) -> None:
    page = pages[lang] if kind == "brief" else forecast_html(forecast, lang)
    rows = read(page).rows
    assert {i for i, _ in rows} == {r.goal.id for r in forecast.goals}
    for id, cells in rows:
        result = forecast.result(id)
        factor = ENGLISH.get(result.goal.unit, 1.0) if lang == "en" else 1.0
        if result.probability is None:
            assert not any(chance(p) in "".join(cells[2:]) for p in (0.0, 1.0))
            continue
        assert numbers(cells[1])[0] == pytest.approx(result.goal.value * factor)
        shown = numbers(cells[2].split("|")[0] + " " + cells[2].split("|", 1)[1].replace("—", " "))
        wanted = [result.median, result.p10, result.p90]
        assert len(shown) == 3
        for value, true in zip(shown, wanted, strict=True):
            assert true is not None
            width = abs((result.p90 or 0) - (result.p10 or 0)) * factor
            assert abs(value - true * factor) <= max(0.06 * width, 0.5 * 10**-4), (id, value, true)
        probability, error = cells[3].split("|", 1)
        assert probability.strip() == chance(result.probability)
        assert result.probability_low is not None
        assert result.probability_high is not None
        assert error.strip().startswith(chance(result.probability_low))
        assert error.strip().endswith(chance(result.probability_high))


@pytest.mark.parametrize("lang", LANGS)
def test_every_number_in_a_sentence_comes_from_the_forecast(forecast: Forecast, lang: Any) -> None:
    """Recomputed here from the raw quantiles, goal and history of each series."""
    for fan in forecast.fans:
        factor = ENGLISH[fan.unit] if lang == "en" else 1.0
        text = " ".join(series_sentences(forecast, fan, lang))
        allowed: list[float] = [*fan.years, 80, 95, 99, 1]
        allowed += [float(v) * factor for v in fan.quantiles[[1, 3, 5]].ravel() if np.isfinite(v)]
        if fan.goal is not None and fan.result is not None:
            goal, result = fan.goal, fan.result
            assert result.median is not None
            assert result.probability is not None
            gap = abs(result.median - goal.value)
            allowed += [goal.value * factor, gap * factor, 100 * gap / goal.value]
            allowed += [
                100 * p
                for p in (result.probability, result.probability_low, result.probability_high)
                if p is not None
            ]
            allowed += [100 * p for _, p in result.yearly]
            for o in fan.history:
                span = (goal.date or 0) - o.year
                allowed += [o.value * factor]
                if span > 0:
                    middle = float(fan.quantiles[3, fan.years.index(goal.date or 0)])
                    allowed += [100 * ((end / o.value) ** (1 / span) - 1) for end in (goal.value, middle)]
            for element in goal.limits_of:
                i, j = forecast.binding.elements.index(element), forecast.binding.years.index(goal.date or 0)
                allowed += [
                    100 * float(v) for v in (*forecast.binding.share[i, j], *forecast.binding.cost[i, j])
                ]
        for value in numbers(re.sub(r"CO2|PM2\.5", "", text)):
            assert any(abs(value - a) <= max(0.5, 0.02 * abs(a)) for a in allowed), (fan.id, value, text)


def test_chemicals_in_words(forecast: Forecast) -> None:
    """One series checked by hand from the fixture's own formulas."""
    fan = forecast.fan("chemicals revenue")
    text = "".join(series_sentences(forecast, fan, "zh"))
    middle = 330 * np.exp(0.06 * 8)
    known = fan.history[-1]
    assert (known.year, known.quality) == (2024, "reported")
    needed = (700 / known.value) ** 0.5 - 1
    expected = (middle / known.value) ** 0.5 - 1
    assert f"中位数为{middle:.0f}亿元" in text
    assert f"年均增长{100 * needed:.1f}%" in text
    assert f"年均{100 * expected:.1f}%" in text
    assert f"在{55}%的模拟中主要受能耗指标制约" in text
    assert "平均使产出减少4.4%" in text
    assert "在2030年之前，中位数路径一直没有达到目标值" in text


def test_counts_of_the_answer(forecast: Forecast, pages: dict[str, str]) -> None:
    first = [r for r in forecast.goals if not r.goal.reading_of]
    chances = [round(100 * r.probability) / 100 for r in first if r.probability is not None]
    text = "".join(read(pages["zh"]).text)
    assert f"规划的{len(first)}项量化表述中评判{len(chances)}项" in text
    likely, even = sum(p >= 0.6 for p in chances), sum(0.4 <= p < 0.6 for p in chances)
    assert f"概率不低于60%的{likely}项" in text
    assert f"难以断定的{even}项" in text
    assert f"低于40%的{len(chances) - likely - even}项" in text
    assert f"以下{sum(r.probability is None for r in forecast.goals)}项没有给出概率" in text


def test_contradictions_carry_the_numbers_of_every_goal_they_name(forecast: Forecast) -> None:
    found = {t.row.id: t for t in tensions(forecast, "zh")[0]}
    assert set(found) == {"T001", "T002", "T003", "T031", "T063"}
    assert "T003" in found["T031"].model  # named by its value and unit, 850亿元
    assert "T031" in found["T003"].model
    assert chance(forecast.result("T031").probability or 0) in found["T003"].model
    assert [row.id for _, row in found["T063"].readings] == ["T063", "T063b"]


def test_the_brief_speaks_of_the_pairs_of_the_forecast(forecast: Forecast) -> None:
    members = 1000
    half = np.arange(members) % 2 == 0
    quarter = np.arange(members) % 4 < 2
    judged = ("T001", "T003", "T026")

    def sentences(*met: np.ndarray) -> list[str]:
        rows = np.array(met)
        made = replace(forecast, judged=judged, met=rows, measures=rows.astype(float), members=members)
        return [b.text for b in together(matter(made, "en")) if isinstance(b, Paragraph)]

    (fight,) = sentences(half, ~half, quarter)
    assert all(f"{i} {forecast.result(i).goal.name.en}" in fight for i in ("T001", "T003"))
    assert "50% and 50% alone, 25% together if unrelated, but only <1%" in fight
    none, intro, friends = sentences(half, half, quarter)
    assert none.startswith("No pair")
    assert intro.startswith("The following")
    assert "50% and 50% alone, 25% together if unrelated, and 50% in the draws" in friends


@pytest.mark.parametrize("lang", LANGS)
def test_what_the_brief_must_say(forecast: Forecast, pages: dict[str, str], lang: Any) -> None:
    text = " ".join(read(pages[lang]).text)
    assert forecast.run_id in text
    assert str(forecast.seed) in text
    for digest in forecast.hashes.values():
        assert digest in text
    assert ("仅先验" if lang == "zh" else "prior only") in text
    for r in forecast.goals:
        assert r.goal.name.of(lang) in text
        if r.status != "judged":
            assert r.goal.reason.of(lang) in text
    for o in forecast.fan("gdp").history:
        assert o.source in text
    assert forecast.failures[0] in text


@pytest.mark.parametrize("lang", LANGS)
def test_nothing_leaves_the_page(pages: dict[str, str], lang: Any) -> None:
    reader = read(pages[lang])
    assert "script" not in reader.tags
    assert "link" not in reader.tags
    for tag, name, value in reader.attributes:
        assert name != "src", tag
        if name.endswith("href"):
            assert value.startswith("#"), (tag, value)
    urls = re.findall(r"url\(([^)]{0,30})", pages[lang])
    assert urls
    assert all(u.startswith(("data:font/woff;base64,", "#")) for u in urls)


def test_hostile_names_stay_text(hostile: Forecast) -> None:
    for page in (brief_html(brief(hostile, "zh")), forecast_html(hostile, "en")):
        reader = read(page)
        assert "script" not in reader.tags
        assert "img" not in reader.tags
        assert not [a for a in reader.attributes if a[1].startswith("on")]
        assert "<script>alert('x')</script>" in "".join(reader.text)


def test_every_character_of_the_page_is_in_the_fonts_it_carries(pages: dict[str, str]) -> None:
    known = set(TTFont(str(files("tzsim.report") / "fonts" / "NotoSansSC-Regular-gb.ttf")).getBestCmap())
    for page in pages.values():
        missing = {c for c in "".join(read(page).text) if not c.isspace() and ord(c) not in known}
        assert not missing


SCRIPT = """
import hashlib, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import synthetic
from tzsim.report.brief import brief, brief_docx, brief_html, brief_pdf
from tzsim.report.spreadsheet import write_xlsx
made = synthetic.forecast()
text = brief(made, 'zh')
for data in (brief_html(text).encode(), brief_docx(text), brief_pdf(text)):
    print(hashlib.sha256(data).hexdigest())
print(hashlib.sha256(write_xlsx(made, Path(sys.argv[2]) / 'goals.xlsx', 'zh').read_bytes()).hexdigest())
"""


def test_every_format_is_the_same_bytes_in_another_process(forecast: Forecast, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(Path(__file__).parent), str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "1", "TZ": "Asia/Shanghai"},
    )
    book = write_xlsx(forecast, tmp_path / "here.xlsx", "zh").read_bytes()
    text = brief(forecast, "zh")
    drawn = {p.name: draw(p) for p in text.pictures()}
    found = (brief_html(text, drawn).encode(), brief_docx(text, drawn), brief_pdf(text, drawn), book)
    assert done.stdout.split() == [hashlib.sha256(data).hexdigest() for data in found]


def test_a_forecast_without_goals_limits_or_series_still_makes_a_page(
    forecast: Forecast, tmp_path: Path
) -> None:
    from tzsim.forecast.result import Binding

    bare = replace(
        forecast,
        goals=tuple(r for r in forecast.goals if r.probability is None),
        fans=(),
        binding=Binding((), (), (), np.zeros((0, 0, 1)), np.zeros((0, 0, 0))),
        joint={},
        judged=(),
        met=np.zeros((0, forecast.members), bool),
        measures=np.zeros((0, forecast.members)),
        hashes={},
        notes=(),
    )
    for lang in LANGS:
        made = brief(bare, lang)
        for ending in ("html", "docx", "pdf"):
            write_brief(made, tmp_path / f"brief.{ending}")
        text = "".join(read((tmp_path / "brief.html").read_text("utf-8")).text)
        assert ("没有可评判的目标" if lang == "zh" else "No goal could be judged") in text


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_bands_of_the_words_stand_wherever_the_words_do(
    forecast: Forecast, pages: dict[str, str], lang: Lang, capsys: pytest.CaptureFixture[str]
) -> None:
    from tzsim.cli.goal_table import print_result
    from tzsim.report.page import page_html
    from tzsim.report.sentences import likelihood_table

    scale = likelihood_table(lang)
    assert ("很可能（80%—95%）" if lang == "zh" else "very likely (80% to 95%)") in scale
    print_result(forecast, lang, Path("out"), ())
    for text in (
        pages[lang],
        forecast_html(forecast, lang),
        page_html([forecast], lang),
        capsys.readouterr().out,
    ):
        assert "".join(scale.split()) in "".join(text.split())
