"""The unit check finds wrong dimensions, missing units and wrong scales, and leaves sound equations alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tzsim.passes.unit_check import check_units
from tzsim.translate import read_model

HEAD = """{UTF-8}
Place: a, b
\t~\t~\t|
Money= INTEG(earning-Money*leak rate, start money)
\t~\tYi\t~\t\t|
earning= 5
\t~\tYi/Year\t~\t\t|
leak rate= 0.1
\t~\t1/Year\t~\t\t|
start money= 20
\t~\tYi\t~\t\t|
People= INTEG(-People/lifetime, 150)
\t~\tWan\t~\t\t|
lifetime= 70
\t~\tYear\t~\t\t|
price= 1.1
\t~\tYi/Yi22\t~\t\t|
Real= 10
\t~\tYi22\t~\t\t|
water[Place]= 100, 20
\t~\tMCM/Year\t~\t\t|
effect( (0,0),(1,1) )
\t~\tDmnl\t~\t\t|
"""
TAIL = """
INITIAL TIME= 2020
\t~\tYear\t~\t\t|
FINAL TIME= 2022
\t~\tYear\t~\t\t|
TIME STEP= 0.25
\t~\tYear\t~\t\t|
SAVEPER= 0.25
\t~\tYear\t~\t\t|
"""


def findings(tmp_path: Path, equation: str, unit: str) -> list[str]:
    file = tmp_path / "m.mdl"
    file.write_text(f"{HEAD}x= {equation}\n\t~\t{unit}\t~\t\t|\n{TAIL}", "utf-8")
    problems = check_units(read_model(file))
    for p in problems:
        assert p.address is not None
        assert p.address.line == HEAD.count("\n") + 1
    return [str(p) for p in problems]


SOUND = [
    ("Money/People", "Yi/Wan"),
    ("Money*leak rate + earning", "Yi/Year"),
    ("MAX(0, earning - Money*leak rate)", "Yi/Year"),
    ("IF THEN ELSE(Money > 0, earning, 0)", "Yi/Year"),
    ("price*Real + Money", "Yi"),
    ("Money/price", "Yi22"),
    ("SMOOTH(earning, lifetime)", "Yi/Year"),
    ("SMOOTHI(earning, lifetime, 3)", "Yi/Year"),
    ("DELAY3(earning, lifetime)", "Yi/Year"),
    ("1 - EXP(-Time/lifetime)", "Dmnl"),
    ("(Money/start money)^0.3", "Dmnl"),
    ("Real^2/Real", "Yi22"),
    ("SQRT(Real*Real)", "Yi22"),
    ("effect(Money/start money)*earning", "Yi/Year"),
    ("WITH LOOKUP(Time, ((2020,1),(2030,2)))", "MCM"),
    ("SUM(water[Place!])*lifetime", "MCM"),
    ("XIDZ(Money, People, 1)", "Yi/Wan"),
    ("ZIDZ(Money, start money)", "Dmnl"),
    ("TREND(Money, lifetime, 0)", "1/Year"),
    ("Money*(1 + STEP(0.1, INITIAL TIME + lifetime))", "Yi"),
    ("IF THEN ELSE(Time > INITIAL TIME :AND: :NOT: 0, 1, 2)", "Dmnl"),
    ("0.001*Money*1/lifetime", "Yi/Year"),
    ("MODULO(Money, start money)", "Yi"),
    ("INITIAL(Money)", "Yi"),
    ("-3", "Yi"),
]

WRONG = [
    ("Money + People", "Yi", ("'Money' is in Yi and 'People' in Wan", "money and people")),
    ("Money/People", "元/人", ("same dimension, scale differs by 10000",)),
    ("Money/People", "Yi", ("declared in Yi", "money/person")),
    ("Real + Money", "Yi", ("money of 2022 and money",)),
    ("Money - 1", "Yi", ("'Money' is in Yi and '1' in 1", "give the number a name and a unit")),
    ("earning", "Yi", ("money and money per time",)),
    ("IF THEN ELSE(Time > 2024, 1, 2)", "Dmnl", ("'Time' is in Year and '2024' in 1",)),
    ("EXP(Money)", "Dmnl", ("EXP takes a plain number",)),
    ("SMOOTH(earning, leak rate)", "Yi/Year", ("'leak rate' stands for a time",)),
    ("2^Money", "Dmnl", ("the exponent in '2^Money' is in Yi",)),
    ("Money^(Time/lifetime)", "Yi", ("variable power",)),
    ("MIN(Money, People)", "Yi", ("in MIN",)),
    ("SUM(water[Place!])", "万立方米/Year", ("scale differs by 100",)),
    ("Money*leak rate", "", ("'x' has no unit", "Dmnl")),
    ("INTEG(Money, 3)", "Yi", ("its flows add up to", "per time")),
    ("INTEG(earning, People)", "Yi", ("starts from Wan",)),
    ("SMOOTHI(earning, lifetime, Money)", "Yi/Year", ("in SMOOTHI",)),
    ("Money", "Yi/", ("breaks off",)),
]  # fmt: skip


@pytest.mark.parametrize(("equation", "unit"), SOUND)
def test_sound_equations_pass(tmp_path: Path, equation: str, unit: str) -> None:
    assert findings(tmp_path, equation, unit) == []


@pytest.mark.parametrize(("equation", "unit", "says"), WRONG)
def test_each_mistake_is_found(tmp_path: Path, equation: str, unit: str, says: tuple[str, ...]) -> None:
    found = findings(tmp_path, equation, unit)
    assert found
    for fragment in says:
        assert any(fragment in f for f in found), found


def test_the_tengzhou_model_is_sound() -> None:
    model = read_model(Path(__file__).parents[3] / "models" / "tengzhou")
    assert [str(p) for p in check_units(model)] == []
