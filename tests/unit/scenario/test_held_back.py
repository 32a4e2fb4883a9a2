"""Limits of a view without elements hold back the goals that ask for what follows from its output."""

from __future__ import annotations

from pathlib import Path

import pytest

import tzsim
from tzsim.ir.model import Model
from tzsim.scenario.held_back import WHOLE, follows

PAGE = Path(__file__).parents[3] / "docs" / "another-county.md"

MODEL = """{UTF-8}
wanted= 10 ~ Yi/Year ~ |
plant= INTEG(output/life, 8) ~ Yi/Year ~ |
life= 9 ~ Year ~ |
output= MIN(wanted, plant) ~ Yi/Year ~ |
tax= output*0.1 ~ Yi/Year ~ |
budget= tax+SMOOTH(output, life)*0 ~ Yi/Year ~ |
pay= tax*0.5 ~ Yi/Year ~ |
rain= 3 ~ MCM/Year ~ |
INITIAL TIME= 2020 ~ Year ~ |
FINAL TIME= 2025 ~ Year ~ |
TIME STEP= 0.25 ~ Year ~ |
"""


@pytest.fixture
def model(tmp_path: Path) -> Model:
    file = tmp_path / "m.mdl"
    file.write_text(MODEL, "utf-8")
    return tzsim.read_model(file)


def test_what_follows_at_once_passes_no_stock_and_no_delay(model: Model) -> None:
    assert follows(model, "output") == {"output", "tax", "pay"}


def _county(folder: Path, **changed: str) -> Path:
    import re

    for block in re.finditer(r'```(?:text|yaml) title="([^"]+)"\n(.*?)```', PAGE.read_text("utf-8"), re.S):
        path = folder / block[1]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block[2], "utf-8")
    goals = folder / "scenarios" / "goals.yaml"
    for old, new in changed.items():
        text = goals.read_text("utf-8")
        assert old in text
        goals.write_text(text.replace(old, new, 1), "utf-8")
    return folder / "scenarios" / "base.yaml"


def test_a_goal_of_more_output_is_held_back_and_one_of_at_most_is_not(tmp_path: Path) -> None:
    goals = {g.id: g for g in tzsim.read_scenario(_county(tmp_path)).goals}
    assert goals["G1"].limits_of == (WHOLE,)
    assert goals["G2"].limits_of == ()


def test_an_empty_list_says_none(tmp_path: Path) -> None:
    scenario = tzsim.read_scenario(_county(tmp_path, **{"  date: 2027": "  date: 2027\n  limits_of: []"}))
    assert all(g.limits_of == () for g in scenario.goals)


def test_a_goal_that_reads_nothing_of_the_output_is_not_held_back(tmp_path: Path) -> None:
    changed = {"measure: {total: output, year: 2027}": "measure: {total: orders, year: 2027}"}
    assert all(g.limits_of == () for g in tzsim.read_scenario(_county(tmp_path, **changed)).goals)
