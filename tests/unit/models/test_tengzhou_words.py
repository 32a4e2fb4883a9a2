"""The Chinese brief of the baseline speaks Chinese: whatever it says moves a goal has a label in both languages."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from tengzhou_runs import ROOT

import tzsim
from tzsim.forecast.labels import unit_label
from tzsim.forecast.movers import MEMBERS, movers
from tzsim.names import key
from tzsim.unit_names import unit_of

CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.mark.slow
def test_every_mover_has_a_label() -> None:
    scenario = tzsim.read_scenario(ROOT / "scenarios" / "baseline.yaml")
    labels = {key(name): text for name, text in scenario.view.inputs.items()}
    shocks = {key(e.variable.split("[")[0]) for s in scenario.shocks for e in s.elements}
    found = movers(tzsim.forecast(replace(scenario, draws=MEMBERS)))
    named = {m.element.split("[")[0] for rows in found.values() for m in rows}
    assert len(named) > 50
    bare = sorted(
        n
        for n in named
        if key(n) not in shocks and not CHINESE.search(labels[key(n)].zh if key(n) in labels else "")
    )
    assert not bare, f"no label under 'inputs' of the view: {', '.join(bare)}"


def test_every_unit_that_readers_meet_has_an_english_name() -> None:
    s = tzsim.read_scenario(ROOT / "scenarios" / "baseline.yaml")
    units = {g.unit for g in s.goals} | {x.unit for x in s.view.series} | {o.unit for o in s.history}
    units |= {u for v in s.lever_table for u in (v.unit, v.cost_unit)}
    assert len(units) > 20
    unnamed = {u for u in units if CHINESE.search(unit_of(u).en + unit_label(u).en)}
    assert not unnamed, f"no English name in tzsim/unit_names.py: {', '.join(sorted(unnamed))}"
