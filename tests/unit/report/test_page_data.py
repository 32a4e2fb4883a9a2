"""What the page carries, without a browser: words, quantiles, policy, bytes, size, refusals."""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from html import unescape
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st

import tzsim
from tzsim.errors import InputError
from tzsim.forecast.goals_csv import write_goals_csv
from tzsim.forecast.result import Forecast, GoalResult
from tzsim.report.brief import brief_html
from tzsim.report.goal_rows import goal_row
from tzsim.report.numerals import likelihood
from tzsim.report.page import SCRIPTS, page_html, write_page
from tzsim.report.page_data import MANY, as_json, member_quantiles, page_data
from tzsim.report.page_wording import PAGE_WORDS
from tzsim.report.sentences import method
from tzsim.report.wording import LANGS, say

LARGEST = 1_500_000
FIELD = re.compile(r"\{(\w+)\}")


def data_of(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)
    assert found is not None
    return json.loads(found.group(1))


@pytest.mark.parametrize("key", list(PAGE_WORDS))
def test_both_languages_take_the_same_values_and_hold_no_figure(key: str) -> None:
    zh, en = PAGE_WORDS[key]
    assert zh.strip()
    assert en.strip()
    assert set(FIELD.findall(zh)) == set(FIELD.findall(en))
    assert not re.search(r"\d", zh + en)
    assert not re.search(r"[\u4e00-\u9fff]", en)


def test_the_script_asks_only_for_words_that_there_are(forecast: Forecast) -> None:
    words = page_data([forecast], [{}])["words"]
    folder = files("tzsim.report") / "templates" / "page"
    text = "".join((folder / name).read_text("utf-8") for name in SCRIPTS)
    html = (folder / "page.html.j2").read_text("utf-8")
    asked = set(re.findall(r'say\("([^"]+)"', text)) | set(re.findall(r'data-w="([^"]+)"', html))
    asked |= {"show " + k for k in ("all", "judged", "weak", "unjudged")}
    asked |= {"order " + k for k in ("plan", "up", "down")}
    assert asked - {"show ", "order "} <= set(words)
    assert not re.search(r"[\u4e00-\u9fff]", text.replace("中文", ""))
    for forbidden in ("innerHTML", "insertAdjacentHTML", "document.write", "eval(", "fetch(", "XMLHttp"):
        assert forbidden not in text


@given(
    values=st.lists(st.floats(-1e6, 1e6, width=32) | st.integers(-3, 3).map(float), min_size=1, max_size=700),
    steps=st.sampled_from([100, 200]),
)
def test_a_quantile_brackets_the_share_of_members(values: list[float], steps: int) -> None:
    """At each kept quantile q of level k: fewer than k/steps lie below it, at least k/steps at or below."""
    x = np.array(values)
    q = member_quantiles(x, steps)
    assert (q[0], q[-1]) == (x.min(), x.max())
    assert np.all(np.diff(q) >= 0)
    for k, at in enumerate(q.astype(float)):
        level = k / steps
        assert (x < at).mean() <= max(0.0, level - 1e-12) or level == 0
        assert (x <= at).mean() >= level - 1e-12


def test_infinite_members_are_kept_as_the_largest_number() -> None:
    q = member_quantiles(np.array([-np.inf, 0.0, np.inf]), 200)
    assert np.isfinite(q).all()
    assert (q[0] < 0, q[-1] > 0) == (True, True)


@pytest.mark.parametrize("lang", LANGS)
def test_every_number_is_the_forecasts(forecast: Forecast, tmp_path: Path, lang: Any) -> None:
    """The stored texts against goals.csv and against the rows and sentences that the brief prints."""
    k = LANGS.index(lang)
    data = data_of(page_html([forecast], "zh"))
    write_goals_csv(forecast, tmp_path / "goals.csv")
    table = list(csv.DictReader((tmp_path / "goals.csv").read_text("utf-8-sig").splitlines()))
    rows = data["scenarios"][0]["rows"]
    assert [data["goals"][r["goal"]]["id"] for r in rows] == [line["id"] for line in table]
    for shown, line, result in zip(rows, table, forecast.goals, strict=True):
        goal, words = data["goals"][shown["goal"]], goal_row(forecast, result, lang)
        assert goal["value"] == float(line["target"])
        assert (goal["target"][k], goal["date"][k], goal["name"][k]) == (words.target, words.date, words.name)
        assert (goal["quote"], goal["reading"][k]) == (line["quote"], line[f"reading_{lang}"])
        if line["documented_value"]:
            assert line["documented_year"] in goal["documented"][k]
            assert line["documented_source"] in goal["documented"][k]
        assert shown["verdict"][k] == words.verdict
        if not line["probability"]:
            assert "p" not in shown
            assert shown["reason"][k] == line[f"reason_{lang}"]
            continue
        assert shown["p"] == result.probability == pytest.approx(float(line["probability"]), rel=1e-5)
        assert shown["verdict"][k] == say(likelihood(shown["p"]).key, lang)
        assert shown["prior"].strip("<>%") in (
            f"{100 * float(line['probability_prior']):.0f}",
            "1",
            "99",
        )
        for name in ("median", "interval", "error", "evidence", "binds"):
            assert shown[name][k] == getattr(words, name)
        assert shown["probability"] == words.probability
        assert [year for year, _ in shown["yearly"]] == (
            [year for year, _ in result.yearly] if len(result.yearly) > 1 else []
        )
    brief = unescape(re.sub(r"<[^>]*>", "", brief_html(tzsim.brief(forecast, lang))))
    assert len(data["scenarios"][0]["answer"][k]) >= 4
    for lead, text in data["scenarios"][0]["answer"][k]:
        assert lead in brief
        assert text in brief
    for shown in rows:
        assert "p" not in shown or shown["moves"][k] == say("no mover", lang)  # the fixture has no priors
    assert data["scenarios"][0]["method"][k] == method(forecast, lang)
    for fan, series in zip(data["scenarios"][0]["fans"], forecast.fans, strict=True):
        stored = np.array(fan["quantiles"], dtype=float)
        assert np.array_equal(stored, series.quantiles, equal_nan=True)
        assert [p["source"] for p in fan["history"]] == [o.source for o in series.history]


def test_hostile_names_cannot_leave_their_place(hostile: Forecast) -> None:
    page = page_html([hostile])
    assert page.count("<script") == 2
    assert page.count("</script>") == 2
    assert "<img" not in page
    assert "alert('x')" in data_of(page)["goals"][0]["name"][0]
    for sign in "<>&\u2028\u2029":
        assert sign not in as_json({"a": sign})
        assert json.loads(as_json({"a": sign})) == {"a": sign}


def test_the_policy_names_exactly_what_stands_in_the_page(forecast: Forecast) -> None:
    page = page_html([forecast])
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None
    parts = dict(part.strip().split(" ", 1) for part in policy.group(1).replace("&#39;", "'").split(";"))
    assert parts.pop("default-src") == "'none'"
    assert (parts.pop("base-uri"), parts.pop("form-action")) == ("'none'", "'none'")
    assert parts.pop("font-src") == "data:"
    for tag, name in (("style", "style-src"), ("script", "script-src")):
        text = re.search(rf"<{tag}>(.*?)</{tag}>", page, re.S)
        assert text is not None
        digest = base64.b64encode(hashlib.sha256(text.group(1).encode()).digest()).decode()
        assert parts.pop(name) == f"'sha256-{digest}'"
    assert not parts
    plain = re.sub(r"base64,[A-Za-z0-9+/=]+", "", page).replace("http://www.w3.org/2000/svg", "")
    assert "http:" not in plain
    assert "https:" not in plain
    assert set(re.findall(r"url\(([a-z:/]+)", plain)) == {"data:font/woff"}


def test_every_character_is_in_the_fonts_that_the_page_carries(forecast: Forecast) -> None:
    page = page_html([forecast])
    known = set(TTFont(str(files("tzsim.report") / "fonts" / "NotoSansSC-Regular-gb.ttf")).getBestCmap())
    text = json.dumps(data_of(page), ensure_ascii=False)
    assert {c for c in text if not c.isspace() and ord(c) not in known} == set()


def all_judged(made: Forecast) -> Forecast:
    """The same with every row judged, the worst case for size."""
    model = made.result("T003")
    place = made.judged.index("T003")
    more = [r.goal.id for r in made.goals if r.probability is None]
    rows: list[GoalResult] = [
        r if r.probability is not None else replace(model, goal=r.goal) for r in made.goals
    ]
    measures = np.concatenate([made.measures, np.repeat(made.measures[[place]], len(more), axis=0)])
    met = np.concatenate([made.met, np.repeat(made.met[[place]], len(more), axis=0)])
    return replace(made, goals=tuple(rows), judged=(*made.judged, *more), measures=measures, met=met)


@pytest.mark.parametrize("count", [1, MANY, MANY + 2])
def test_the_file_stays_small(forecast: Forecast, tmp_path: Path, count: int) -> None:
    whole = all_judged(forecast)
    several = [replace(whole, scenario=replace(whole.scenario, id=f"s{k}"), seed=k) for k in range(count)]
    path = write_page(several, tmp_path / "page.html")
    assert path.stat().st_size <= LARGEST


def test_unpaired_runs_show_no_difference(forecast: Forecast) -> None:
    other = replace(forecast, scenario=replace(forecast.scenario, id="other"))
    paired = page_data([forecast, other], [{}, {}])
    assert paired["scenarios"][0]["changes"] == {}
    assert set(paired["scenarios"][1]["changes"]) == set(forecast.judged)
    assert len(paired["goals"]) == len(forecast.goals)
    assert page_data([forecast, replace(other, seed=1)], [{}, {}])["scenarios"][1]["changes"] == {}


SCRIPT = """
import hashlib, sys
sys.path.insert(0, sys.argv[1])
import synthetic
from tzsim.report.page import page_html
print(hashlib.sha256(page_html([synthetic.forecast()]).encode()).hexdigest())
"""


def test_the_same_bytes_in_another_process(forecast: Forecast, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(Path(__file__).parent)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "1", "TZ": "Asia/Shanghai"},
    )
    here = write_page(forecast, tmp_path / "page.html").read_bytes()
    assert done.stdout.strip() == hashlib.sha256(here).hexdigest()


def test_what_cannot_be_written_is_refused(forecast: Forecast, tmp_path: Path) -> None:
    for wrong in (tmp_path / "page.txt", tmp_path / "nowhere" / "page.html"):
        with pytest.raises(InputError):
            write_page(forecast, wrong)
    with pytest.raises(InputError, match="needs a forecast"):
        write_page([], tmp_path / "page.html")
    with pytest.raises(InputError, match="share an id: baseline, baseline"):
        write_page([forecast, forecast], tmp_path / "page.html")
    assert list(tmp_path.iterdir()) == []
