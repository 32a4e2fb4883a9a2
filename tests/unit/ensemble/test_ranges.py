"""Inputs and outputs by element, range and array; the smallest that holds an element wins."""

from __future__ import annotations

from pathlib import Path

import pytest

import tzsim

TEXT = """{UTF-8}
A: a1, a2, a3, a4~~|
North: a1, a2~~|
rate[A]= 1~~|
s[A]= INTEG(rate[A], 0)~~|
INITIAL TIME= 0~~|
FINAL TIME= 1~~|
TIME STEP= 1~~|
SAVEPER= 1~~|
"""


@pytest.mark.parametrize("backend", ["llvm", "numpy"])
def test_a_range_addresses_its_elements(tmp_path: Path, backend: str) -> None:
    (tmp_path / "m.mdl").write_text(TEXT, "utf-8")
    model = tzsim.read_model(tmp_path / "m.mdl")
    for given, expected in (
        ({"rate[North]": 5.0}, [5, 5, 1, 1]),
        ({"rate[north]": 5.0, "rate": 3.0}, [5, 5, 3, 3]),
        ({"rate": 3.0, "rate[a2]": 7.0, "rate[North]": 5.0}, [5, 7, 3, 3]),
        ({"rate[*]": 2.0, "rate[a4]": 9.0}, [2, 2, 2, 9]),
    ):
        run = tzsim.simulate(model, given, keep=["s"], backend=backend)  # type: ignore[arg-type]
        assert run["s"].sel(member=0, time=1).values.tolist() == expected
    part = tzsim.simulate(model, keep=["s[North]"])
    assert part["s"].shape == (1, 2, 2)
    with pytest.raises(tzsim.InputError, match=r"no element 'rate\[South\]'"):
        tzsim.simulate(model, {"rate[South]": 1.0})
