"""The view's named loops and limits of starts: bound to the model, every problem at its place."""

from __future__ import annotations

from pathlib import Path

import clinic
import pytest

import tzsim
from tzsim.errors import InputError

VIEW = (
    clinic.VIEW
    + """starts:
  - {id: beds, name: {zh: 床位, en: Beds}, held_back: "lost to beds[Town]", wanted: "care wanted[Town]"}
  - {id: nurses, name: {zh: 护士, en: Nurses}, held_back: "lost to nurses[harbour]", wanted: "care wanted[*]"}
loops:
  - id: R
    name: {zh: 传染, en: Contagion}
    through: [Infected, infection]
    cut: {hold: Infected, into: [infection]}
  - id: G
    name: {zh: 利息, en: Interest}
    through: [Savings]
    cut: {set: {interest rate: 0}}
"""
)


def project(tmp_path: Path, view: str) -> Path:
    path = clinic.write_project(tmp_path)
    (tmp_path / "scenarios" / "view.yaml").write_text(view, "utf-8")
    return path


def test_loops_and_starts_are_bound(tmp_path: Path) -> None:
    view = tzsim.read_scenario(project(tmp_path, VIEW)).view
    contagion, interest = view.loops
    assert contagion.hold == (("Infected", "infection"),)
    assert contagion.through == ("Infected", "infection")
    assert interest.set == (("interest rate", 0.0),)
    assert view.starts[0].held_back == ("lost to beds[harbour]", "lost to beds[hill]")
    assert view.starts[1].wanted == ("care wanted[harbour]", "care wanted[hill]")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("through: [Infected, infection]", "through: [Infected, infecton]", "no variable 'infecton'"),
        ("into: [infection]", "into: [recovery rate]", "'Infected' does not stand in 'recovery rate'"),
        ("into: [infection]", "into: []", "`into` is missing"),
        ("cut: {hold: Infected, into: [infection]}", "cut: {}", "nothing cuts 'R'"),
        ("hold: Infected, into", "hold: 'Infected[hill]', into", "has subscripts"),
        ("interest rate: 0", "Savings: 0", "is a stock"),
        ("id: G", "id: R", "a second time"),
        (
            "id: nurses, name: {zh: 护士, en: Nurses}, held",
            "id: beds, name: {zh: 护士, en: Nurses}, held",
            "a second time",
        ),
        ("lost to nurses[harbour]", "lost to nurse[harbour]", "no variable 'lost to nurse'"),
    ],
)
def test_problems_have_a_place(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in VIEW
    path = project(tmp_path, VIEW.replace(old, new))
    with pytest.raises(InputError) as found:
        tzsim.read_scenario(path)
    problems = [p for p in found.value.problems if said in p.message]
    assert problems, str(found.value)
    assert problems[0].address
    assert problems[0].address.file.endswith("view.yaml")
    assert problems[0].address.line


def test_loops_may_stand_in_another_file(tmp_path: Path) -> None:
    """The first variable is held for all that see it, unless the file names another."""
    named = clinic.VIEW + "loops: ../models/checks.yaml\n"
    path = project(tmp_path, named)
    checks = tmp_path / "models" / "checks.yaml"
    checks.write_text(
        "kind: something else\nloops:\n"
        "  - {id: R, name: {zh: 传染, en: Contagion}, kind: reinforcing, through: [Infected, infection], since: 2021}\n"
        "  - {id: B, name: {zh: 耗竭, en: Depletion}, through: [Susceptible, infection], cut: infection}\n",
        "utf-8",
    )
    scenario = tzsim.read_scenario(path)
    contagion, depletion = scenario.view.loops
    assert set(contagion.hold) == {("Infected", n) for n in ("infection", "recovery", "care wanted")}
    assert set(depletion.hold) == {("infection", n) for n in ("Infected", "Susceptible")}
    assert "models/checks.yaml" in scenario.files


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "there is no 'models/checks.yaml'"),
        ("loops: 3\n", "has no list of loops"),
        ("loops: [{id: R}]\n", "a loop has an id"),
        ("loops: [{id: R, name: {zh: 甲, en: A}, through: [Infectd]}]\n", "no variable 'Infectd'"),
    ],
)
def test_problems_of_the_other_file(tmp_path: Path, text: str | None, said: str) -> None:
    path = project(tmp_path, clinic.VIEW + "loops: ../models/checks.yaml\n")
    if text is not None:
        (tmp_path / "models" / "checks.yaml").write_text(text, "utf-8")
    with pytest.raises(InputError, match=said):
        tzsim.read_scenario(path, root=tmp_path)
