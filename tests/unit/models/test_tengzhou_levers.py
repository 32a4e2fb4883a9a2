"""Every lever moves what its mechanism says, in its direction; where its limit is slack in the baseline, under stress."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

import tzsim
from tests.unit.models.tengzhou_runs import CLUSTERS, ROOT, Runs, model
from tzsim.kernel.compile import compile_model
from tzsim.names import key

DRY = {"rainfall scale": 0.5}
NO_LAND = {"land supply": 0.08, "initial land bank": 0.02}
NO_MONEY = {f"new money share[{c}]": 0.0 for c in CLUSTERS} | {"retained share": 0.02, "leverage": 0.3}
SLOW_FIELDS = {"new part after reform": 0.3}
POOR_WORKS = {"works part of budget": 0.002, "works grants": 0.0}
SHORT_OF_MONEY = {"share of budget[services]": 0.01, "share of budget[works]": 0.01}
SHORT_OF_STAFF = {"programme staff[services]": 40.0, "programme staff[works]": 20.0}
FULL_GRID = {"grid acceptance at start": 500.0, "grid extension": 10.0}

EFFECTS: dict[str, tuple[dict[str, float], str, int]] = {
    "research subsidy": ({}, "∫reported revenue[machine tools]", 1),
    "equipment renewal": ({}, "∫equipment investment", 1),
    "efficiency retrofits": ({}, "Below Baseline", -1),
    "energy quota": ({}, "∫output[chemicals]", 1),
    "gerun delay": ({}, "∫output[chemicals]", -1),
    "methanol delay": ({}, "∫output[chemicals]", -1),
    "park delay": ({}, "∫output[lithium]", -1),
    "investment promotion": ({}, "∫project starts over one", 1),
    "approval time": ({}, "∫project starts over one", 1),
    "land supply": (NO_LAND, "∫project starts over one", 1),
    "credit guarantee": (NO_MONEY, "∫starts[chemicals]", 1),
    "talent housing": ({}, "Talent", 1),
    "skills training": ({}, "Highly Skilled", 1),
    "newcomers": ({}, "Urban Residents", 1),
    "water price": ({}, "∫total water use", -1),
    "water cap": ({}, "∫total water use", -1),
    "reclaimed water": (DRY, "∫allocation[agriculture]", 1),
    "transferred water": (DRY, "∫allocation[agriculture]", 1),
    "pipe renewal": ({}, "∫total water use", -1),
    "reservoirs": ({}, "reservoirs enlarged", 1),
    "renewables": ({}, "renewable capacity", 1),
    "grid": (FULL_GRID, "renewable capacity", 1),
    "trade in": ({}, "∫new energy car sales", 1),
    "standard farmland": (SLOW_FIELDS, "Farmland Built", 1),
    "farm machines": ({}, "mechanisation rate", 1),
    "parks": ({}, "green ratio", 1),
    "sewage works": (POOR_WORKS, "works upgraded", 1),
    "firm cultivation": ({}, "high tech enterprises", 1),
    "delivery money": (SHORT_OF_MONEY, "Delivered[Mozi site]", 1),
    "delivery staff": (SHORT_OF_STAFF, "Delivered[finance meetings]", 1),
}
"""Lever id: (stress, what it moves from 2025 to the end of 2026, direction when the lever goes from neutral to its far end)."""


@cache
def pairs() -> Runs:
    table = {
        lever.id: lever
        for lever in tzsim.read_scenario(str(ROOT / "scenarios" / "baseline.yaml")).lever_table
    }
    assert set(table) == set(EFFECTS)
    cases: list[dict[str, float]] = []
    for name, (stress, _, _) in EFFECTS.items():
        lever = table[name]
        far = lever.high if lever.neutral < lever.high else lever.low
        cases += [stress, stress | {lever.variable: far}]
    names = sorted({n for case in cases for n in case})
    watched = [w for _, w, _ in EFFECTS.values()]
    kernel = compile_model(
        model(),
        outputs=sorted({w for w in watched if not w.startswith("∫")}),
        accumulate=sorted({w[1:] for w in watched if w.startswith("∫")}),
        inputs=names,
        times=[2018.0, 2025.0, 2027.0],
        backend="numpy",
    )
    neutral = dict(zip((key(n) for n in kernel.inputs), kernel.defaults, strict=True))
    written = [{key(n): v for n, v in case.items()} for case in cases]
    values = np.array([[case.get(key(n), neutral[key(n)]) for case in written] for n in kernel.inputs])
    return Runs(kernel, kernel.run(values, None))


@pytest.mark.parametrize("lever", EFFECTS)
def test_lever(lever: str) -> None:
    _, watched, direction = EFFECTS[lever]
    i = 2 * list(EFFECTS).index(lever)
    end = pairs().at(watched, 2027.0)
    start = pairs().at(watched, 2025.0) if watched.startswith("∫") and lever != "water cap" else 0 * end
    plain, pulled = (end - start)[i], (end - start)[i + 1]
    assert direction * (pulled - plain) > 1e-6 * abs(plain), (plain, pulled)
