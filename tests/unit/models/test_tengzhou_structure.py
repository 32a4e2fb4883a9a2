"""The sector files as text and structure: documented, coupled, each alone, every constant in a table, units."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import tzsim
from tests.unit.models.tengzhou_runs import MODEL, ROOT, SECTORS, model, stocks
from tzsim.ir.expr import Array, Number
from tzsim.kernel.compile import compile_model
from tzsim.names import key, split_element
from tzsim.passes.unit_check import check_units

NAMES = [p.stem for p in SECTORS]


def test_the_sectors_are_there() -> None:
    assert {
        "clusters", "investment", "energy", "water", "people", "economy", "countryside", "environment", "innovation", "delivery",
    } <= set(NAMES)  # fmt: skip


@pytest.mark.parametrize("path", SECTORS, ids=NAMES)
def test_each_sector_runs_alone_and_stays_finite(path: Path) -> None:
    sector = tzsim.read_model(str(path))
    kernel = compile_model(sector, outputs=list(stocks(sector)), backend="numpy", step=1 / 24)
    run = kernel.run(np.zeros((0, 1)), None)
    assert run.status.tolist() == [0]
    assert np.isfinite(run.values).all()


@pytest.mark.parametrize("path", SECTORS, ids=NAMES)
def test_every_variable_has_unit_and_comment(path: Path) -> None:
    sector = tzsim.read_model(str(path))
    bare = [v.name for v in sector.variables.values() if not v.unit.strip() or not v.comment.strip()]
    assert bare == []


@pytest.mark.parametrize("path", SECTORS, ids=NAMES)
def test_a_stand_in_has_an_owner_elsewhere(path: Path) -> None:
    """Coupling refuses differing units and subscripts; here: no stand-in is left over in the coupled model."""
    left = [v.name for v in model().variables.values() if v.group.strip(".") == "Inputs" and v.name != "Time"]
    assert left == []
    assert any(v.group.strip(".") == "Inputs" for v in tzsim.read_model(str(path)).variables.values())


def test_units_of_every_equation() -> None:
    assert [p.message for p in check_units(model())] == []


def test_the_unit_check_would_see_a_wrong_unit() -> None:
    broken = dict(model().variables)
    broken[key("GDP")] = replace(broken[key("GDP")], unit="Yi22/Year")
    assert check_units(replace(model(), variables=broken))


def test_no_number_hides_in_an_equation() -> None:
    """Literals other than 0, 1, 2 (squares, halves of a variance) stand in constants or tables only."""
    hidden: list[str] = []
    for v in model().variables.values():
        if v.group.strip(".") == "Control":
            continue
        for e in v.equations:
            if isinstance(e.expression, Number | Array) or "LOOKUP" in e.text or "([(" in e.text:
                continue
            right = e.text.split("=", 1)[1] if "=" in e.text else e.text
            for name in sorted((w.name for w in model().variables.values()), key=len, reverse=True):
                right = re.sub(re.escape(name), "x", right, flags=re.IGNORECASE)
            right = re.sub(r"\[[^\]]*\]|DELAY3I|SMOOTH3I?", "", right)
            if set(re.findall(r"\d+\.?\d*(?:e-?\d+)?", right)) - {"0", "1", "2"}:
                hidden.append(f"{v.name}: {right}")
    assert hidden == []


def test_every_constant_stands_in_one_table_with_the_model_s_value() -> None:
    scenario = tzsim.read_scenario(str(ROOT / "scenarios" / "baseline.yaml"))
    priors = {key(p.variable): p for p in scenario.priors}
    levers = {key(e) for lever in scenario.lever_table for e in _elements(lever.variable)}
    shocks = {key(e.variable) for s in scenario.shocks for e in s.elements}
    kernel = compile_model(model(), outputs=["residents"], inputs=_constants(), backend="numpy")
    defaults = dict(zip((key(n) for n in kernel.inputs), kernel.defaults, strict=True))
    homeless = [n for n in defaults if n not in priors and n not in levers and n not in shocks]
    assert homeless == []
    for name, prior in priors.items():
        assert prior.value == pytest.approx(defaults[name], rel=1e-9), name
    for name in shocks:
        assert defaults[name] == 0.0


def test_the_plants_reservoirs_and_levers_of_the_plan_are_there() -> None:
    scenario = tzsim.read_scenario(str(ROOT / "scenarios" / "baseline.yaml"))
    assert len(scenario.lever_table) >= 15
    assert {key(e) for e in model().subscripts["plant"].elements} >= {
        key("Lianhong Gerun"),
        key("Lunan methanol"),
    }
    assert len(model().subscripts["dam"].elements) == 3


def _elements(reference: str) -> list[str]:
    base, subscripts = split_element(reference)
    if not subscripts:
        return [reference]
    ranges = {key(r.name): r.elements for r in model().subscripts.values()}
    found = [base + "["]
    for i, s in enumerate(subscripts):
        found = [f + ("," if i else "") + e for f in found for e in ranges.get(key(s), (s,))]
    return [f + "]" for f in found]


def _constants() -> list[str]:
    found: list[str] = []
    for v in model().variables.values():
        if v.group.strip(".") == "Control":
            continue
        if all(isinstance(e.expression, Number | Array) for e in v.equations):
            subs = v.equations[0].subscripts
            found += _elements(v.name + (f"[{','.join(subs)}]" if subs else ""))
    return found


def test_model_folder_holds_only_sector_files() -> None:
    assert {p.suffix for p in MODEL.iterdir()} <= {".mdl", ".md", ".yaml"}
