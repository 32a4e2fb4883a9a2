"""Held links: the same numbers while the switch is off, the value of then when it is on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import tzsim
from tzsim.ir.expr import Number
from tzsim.passes.hold import Held, hold_links

MODELS = Path(__file__).parents[3] / "models"


def test_off_is_bit_for_bit_and_on_holds() -> None:
    sir = tzsim.read_model(MODELS / "sir.mdl")
    cut = hold_links(
        sir, [Held("Infectious", "infection", "cut", 20.0), Held("Infectious", "infection", "other", 30.0)]
    )
    keep = ["Susceptible", "Infectious", "infection"]
    plain = tzsim.simulate(sir, keep=keep)
    off = tzsim.simulate(cut, keep=keep)
    for name in keep:
        assert np.array_equal(plain[name].values, off[name].values)
    on = tzsim.simulate(cut, {"cut": np.array([1.0, 0.0]), "other": np.array([0.0, 1.0])}, keep=keep)
    times = on["infection"]["time"].values
    for member, at in enumerate((20.0, 30.0)):
        before = times <= at
        for name in keep:
            assert np.array_equal(on[name].values[member, before], plain[name].values[0, before])
        seen = float(plain["Infectious"].sel(time=at).item())
        later = on.data.isel(member=member).where(on.data["time"] > at, drop=True)
        expected = 5 * 0.125 * seen * later["Susceptible"].values / 10_000
        assert later["infection"].values == pytest.approx(expected, rel=1e-12)


def test_the_interpreter_agrees() -> None:
    cut = hold_links(
        tzsim.read_model(MODELS / "lotka_volterra.mdl"), [Held("Predators", "predation", "cut", 10.0)]
    )
    switch = cut.variables["cut"]
    on = replace(switch, equations=(replace(switch.equations[0], expression=Number(1.0)),))
    cut = replace(cut, variables={**cut.variables, "cut": on})
    slow = tzsim.interpret(cut)
    fast = tzsim.simulate(cut, keep=["Prey"])
    assert np.ravel(fast["Prey"].values) == pytest.approx(np.asarray(slow.values["Prey"]), rel=1e-12)


def test_a_link_that_is_not_there() -> None:
    with pytest.raises(KeyError, match="does not stand in"):
        hold_links(tzsim.read_model(MODELS / "sir.mdl"), [Held("Recovered", "infection", "cut", 1.0)])
