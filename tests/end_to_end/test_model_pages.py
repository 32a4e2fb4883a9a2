"""The pages of the Tengzhou model say what its files say today."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.unit.report.test_charts import assert_no_overlap
from tzsim.ir.flows import flows
from tzsim.names import key

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("model_pages", DOCS / "model_pages.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["model_pages"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def book(script: ModuleType) -> Any:
    return script.read_book()


@pytest.mark.slow
def test_pages_are_current(script: ModuleType, book: Any) -> None:
    made = script.pages(book)
    assert sorted(made) == sorted(p.name for p in (DOCS / "model").glob("*.md"))
    for name, text in made.items():
        there = (DOCS / "model" / name).read_text("utf-8")
        assert there == text, f"docs/model/{name} is not current: make model-docs"


@pytest.mark.slow
def test_every_diagram_of_the_model_is_there_and_readable(script: ModuleType, book: Any) -> None:
    drawn = dict(script.pictures(book))
    assert sorted(drawn) == sorted(p.name for p in script.PICTURES.glob("*.png")), "make model-docs"
    for name, figure in drawn.items():
        width, height = figure.get_size_inches()
        assert width <= 7.5, name  # an A4 page between its margins, at nine tenths of the size or more
        assert height <= 10.7, name
        assert_no_overlap(figure)
    name = "people-work.png"
    same = (script.PICTURES / name).read_bytes() == script.picture_bytes(drawn[name])
    assert same, f"{name} is not current: make model-docs"


def test_every_variable_drawn_has_a_chinese_name(book: Any) -> None:
    shown = {key(n) for n in book.chinese}
    moving = {n for n, kind in book.kinds.items() if kind in ("stock", "auxiliary")}
    piped = {
        f.name for n in moving if book.kinds[n] == "stock" for f in flows(book.model, n, book.kinds) if f.name
    }
    assert sorted((moving | piped) - shown) == []


def test_the_overview_names_the_sectors_that_exist(book: Any) -> None:
    text = (DOCS / "model.md").read_text("utf-8")
    table = text.split("## Sectors")[1].split("## ")[0]
    assert sorted(re.findall(r"^\| `(\w+)`", table, re.M)) == sorted(book.sectors)
