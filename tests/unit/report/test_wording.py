"""Words: two languages alike, no figure among them; numbers written as readers expect."""

from __future__ import annotations

import ast
import re
import string
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tzsim.report.brief_words import BRIEF_WORDS
from tzsim.report.charts.answer_words import WORDS as CHART_WORDS
from tzsim.report.numerals import (
    LIKELIHOOD,
    decimals,
    digits_for,
    likelihood,
    number,
    probability,
    probability_interval,
    quantity,
)
from tzsim.report.wording import WORDS, joined, say
from tzsim.unit_names import UNITS

REPORT = Path(__file__).parents[3] / "tzsim" / "report"


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("key", list(WORDS))
def test_both_languages_take_the_same_values_and_hold_no_figure(key: str) -> None:
    zh, en = WORDS[key]
    assert zh.strip()
    assert en.strip()
    assert fields(zh) == fields(en)
    assert not re.search(r"\d", zh + en)
    assert not re.search(r"[\u4e00-\u9fff]", en)


def test_every_key_that_the_code_names_has_words() -> None:
    """Keys written out in a call of `say` or `word`; those put together from parts are met by the tests of their page."""
    seen: dict[str, int] = {"say": 0, "word": 0}
    for path in sorted(REPORT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            key = node.args[0]
            if name in seen and isinstance(key, ast.Constant):
                seen[name] += 1
                assert key.value in (WORDS if name == "say" else CHART_WORDS), f"{path.name}:{node.lineno}"
    assert seen["say"] > 200
    assert seen["word"] > 20


def test_no_number_stands_in_a_template() -> None:
    for name in ("brief.html.j2", "forecast.html.j2"):
        text = (files("tzsim.report") / "templates" / name).read_text("utf-8")
        visible = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|<[^>]*>", " ", text, flags=re.S)
        assert not re.search(r"\d", visible), re.findall(r".{20}\d.{20}", visible)


def test_words_of_likelihood_follow_the_table() -> None:
    table = {
        1.0: "几乎肯定",
        0.95: "几乎肯定",
        0.944: "很可能",
        0.9451: "几乎肯定",  # printed as 95%
        0.8: "很可能",
        0.6: "较可能",
        0.594: "难以断定",
        0.4: "难以断定",
        0.3: "较不可能",
        0.2: "较不可能",
        0.194: "很不可能",
        0.05: "很不可能",
        0.044: "几乎不可能",
        0.0: "几乎不可能",
        0.0499: "很不可能",  # printed as 5%
    }
    assert {p: say(likelihood(p).key, "zh") for p in table} == table
    assert [w.low for w in LIKELIHOOD] == sorted((w.low for w in LIKELIHOOD), reverse=True)
    for wrong in (-0.01, 1.01):
        with pytest.raises(ValueError, match="between 0 and 1"):
            likelihood(wrong)


@pytest.mark.parametrize(
    ("p", "written"),
    [
        (0, "<1%"),
        (0.0099, "<1%"),
        (0.01, "1%"),
        (0.034, "3%"),
        (0.985, "98%"),
        (0.99, "99%"),
        (0.9901, ">99%"),
        (1, ">99%"),
    ],
)
def test_probability(p: float, written: str) -> None:
    assert probability(p) == written


def test_interval_is_written_once_where_its_ends_look_alike() -> None:
    assert probability_interval(0.0, 0.004, "zh") == "<1%"
    assert probability_interval(0.021, 0.034, "zh") == "2%—3%"
    assert probability_interval(0.021, 0.034, "en") == "2% to 3%"


def test_numbers() -> None:
    assert number(-0.04, 1) == "0.0"
    assert number(-3.14159, 2) == "−3.14"
    assert number(12345.6, 1) == "12,345.6"
    assert number(1305, 0) == "1305"
    assert [decimals(v) for v in (700, 26.5, 3.25, 0.1 + 0.2)] == [0, 1, 2, 1]


def test_results_carry_the_decimals_of_the_goal_and_two_figures_of_their_interval() -> None:
    assert digits_for(700, 471.2, 608.9) == 0
    assert digits_for(3.25, 2.27, 2.65) == 2
    assert digits_for(5.5, 4.61, 6.32) == 1
    assert digits_for(1, 0.951, 0.963) == 3
    assert digits_for(5, 5, 5) >= 0
    assert digits_for(None, None, None) == 0


def test_english_counts_in_its_own_units() -> None:
    assert quantity(700, "亿元", "zh") == "700亿元"
    assert quantity(700, "亿元", "en") == "70 bn yuan"
    assert quantity(3.25, "亿立方米", "en") == "325 million m³"
    assert quantity(5.5, "%", "en") == "5.5%"
    assert quantity(165, "万千瓦", "en") == "1650 MW"
    assert quantity(12, "furlong", "en") == "12 furlong"


def test_unit_scales_agree_with_the_units_of_the_project() -> None:
    """亿元 to bn yuan and so on: checked against the unit definitions, where both units are known there."""
    from tzsim.units import UnitError, conversion, parse_unit

    english = {"million m³": ("100万立方米", 1.0), "MW": ("万千瓦", 0.1), "MWh": ("万千瓦时", 0.1)}
    powers = {"亿元": ("亿元", 10.0), "万人": ("万人", 0.1), "万亩": ("万亩", 0.1), "万吨": ("万吨", 0.1)}
    for unit, (known, size) in powers.items():
        assert UNITS[unit].english_scale == pytest.approx(1 / size)
        assert parse_unit(known)
    for unit in ("亿立方米", "万千瓦", "万千瓦时"):
        other, size = english[UNITS[unit].en]
        try:
            factor = conversion(parse_unit(unit), parse_unit(other)) / size
        except UnitError:
            continue
        assert UNITS[unit].english_scale == pytest.approx(factor)


@given(st.floats(0, 1))
def test_a_written_probability_never_claims_certainty(p: float) -> None:
    text = probability(p)
    assert text not in ("0%", "100%")
    if text[0] not in "<>":
        assert abs(float(text[:-1]) / 100 - p) <= 0.005 + 1e-12


def test_lists() -> None:
    assert joined(["a", "b", "c"], "en") == "a, b and c"
    assert joined(["a", "b"], "zh") == "a、b"
    assert joined([], "en") == ""


def test_a_key_stands_in_one_table_only() -> None:
    """The table of the brief is merged into the whole one: a key in both would change the words of the other's sentences."""
    assert all(WORDS[key] is words for key, words in BRIEF_WORDS.items())
