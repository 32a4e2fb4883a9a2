"""PySD and Simlin, independent readers and engines, open the merged file and run it to the same numbers.

PySD's test takes three and a half years around the plan, every variable at every saved time; Simlin runs the whole time. `python -m
tests.unit.models.test_merged_against_pysd` runs the whole time of the model in both (minutes) and prints what differs most.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tzsim
from tests.unit.models.tengzhou_runs import model
from tzsim.ensemble.shapes import wanted_names
from tzsim.ir.describe import causes
from tzsim.ir.expr import Number
from tzsim.ir.model import Model
from tzsim.ir.printer import print_model
from tzsim.kernel.compile import compile_model
from tzsim.names import key, split_element

WITHIN = 1e-6
CANCELLED = 1e-9
"""A variable this many times smaller than what it is computed from is a difference of nearly equal numbers: its last digits are rounding."""


def spanning(whole: Model, start: float, end: float) -> Model:
    """The model over another time."""
    variables = dict(whole.variables)
    for name, value in (("INITIAL TIME", start), ("FINAL TIME", end)):
        old = variables[key(name)]
        variables[key(name)] = replace(old, equations=(replace(old.equations[0], expression=Number(value)),))
    return replace(whole, variables=variables)


def by_pysd(file: Path, names: list[str]) -> Mapping[str, Any]:
    """Element -> path, by PySD."""
    import pysd

    theirs: Any = pysd.read_vensim(str(file)).run(return_columns=names)
    return {key(c): np.asarray(theirs[c], dtype=float) for c in theirs.columns}


def by_simlin(file: Path, names: list[str]) -> Mapping[str, Any]:
    """Element -> path, by Simlin, which finds nothing wrong with the file either."""
    simlin: Any = pytest.importorskip("simlin")
    opened = simlin.load(file)
    assert list(opened.check()) == []
    theirs = opened.base_case.results
    return {key(c): theirs[c].to_numpy() for c in theirs.columns}


def differences(
    over: Model, folder: Path, engine: Callable[[Path, list[str]], Mapping[str, Any]] = by_pysd
) -> Mapping[str, float]:
    """Element -> largest difference between an engine on the merged file and our kernel, as a share of its largest value."""
    file = folder / "merged.mdl"
    file.write_text(print_model(over), encoding="utf-8")
    names = wanted_names(over, None)
    columns = engine(file, list(names))
    kernel = compile_model(tzsim.read_model(file), outputs=names)
    ours = dict(zip(kernel.outputs, kernel.run(kernel.defaults[:, None]).values[:, :, 0], strict=True))
    largest: dict[str, float] = {}
    for name, path in ours.items():
        base = key(split_element(name)[0])
        largest[base] = max(largest.get(base, 0.0), float(np.abs(path).max()))
    reads = causes(over)
    found: dict[str, float] = {}
    for name, path in ours.items():
        other = columns[key(name)]
        assert other.shape == path.shape, name
        parts = max((largest.get(c, 0.0) for c in reads[key(split_element(name)[0])]), default=0.0)
        size = max(float(np.abs(path).max()), CANCELLED * parts)
        found[name] = float(np.abs(other - path).max()) / size if size else float(np.abs(other).max())
    return found


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_pysd_runs_the_merged_file_to_the_same_numbers(tmp_path: Path) -> None:
    found = differences(spanning(model(), 2023.0, 2026.5), tmp_path)
    assert len(found) > 1400
    wrong = {name: gap for name, gap in found.items() if not gap <= WITHIN}
    assert wrong == {}


FIXED_DELAY = {"earlier_sum", "concentration_of_the_year", "section_meets", "sections_meeting_class_iii"}
"""Simlin takes DELAY FIXED for a smooth delay; what follows it differs."""


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_simlin_runs_the_merged_file_to_the_same_numbers(tmp_path: Path) -> None:
    found = differences(model(), tmp_path, by_simlin)
    assert len(found) > 2000
    wrong = {n: gap for n, gap in found.items() if not gap <= WITHIN}
    assert {key(split_element(n)[0]) for n in wrong} <= FIXED_DELAY


def main() -> None:
    import warnings

    warnings.filterwarnings("ignore")
    with tempfile.TemporaryDirectory() as folder:
        for engine, name in ((by_simlin, "Simlin"), (by_pysd, "PySD")):
            found = differences(model(), Path(folder), engine)
            within = sum(gap <= WITHIN for gap in found.values())
            print(f"{name}: {len(found)} elements; {within} within {WITHIN:g} of their largest value; worst:")
            for element, gap in sorted(found.items(), key=lambda item: -item[1])[:10]:
                print(f"  {gap:.2g}  {element}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
