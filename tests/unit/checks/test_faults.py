"""The battery against seeded faults: at least nine in ten are caught, and the clean models raise no alarm.

`python -m tests.unit.checks.test_faults` prints each fault with the check that caught it, and the count.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

import tzsim
from tests.unit.checks.faults import CLASSICS, TENGZHOU, Fault
from tzsim.checks.battery import run_battery
from tzsim.checks.read import checks_file, read_checks
from tzsim.errors import InputError

ROOT = Path(__file__).parents[3]
NEEDED = ("models", "calibration/priors", "scenarios/shocks", "scenarios/levers", "scenarios/goals")
FEW = 3
"""Draws of the test: a quarter of the battery's own, which the command uses. It finds no fault that the command does not."""


def project(folder: Path) -> Path:
    """A copy of the models and the tables that their checks name; gives its models folder."""
    for part in NEEDED:
        shutil.copytree(ROOT / part, folder / part)
    return folder / "models"


def caught_by(model: Path, draws: int | None = None) -> str:
    """Name of the first check that fails on a model; '' where none does. draws: in place of the battery's."""
    read = tzsim.read_model(model)
    place = checks_file(model)
    assert place is not None
    try:
        battery = read_checks(place, read)
    except InputError as error:
        return f"checks file: {error.problems[0].message}"
    if draws is not None:
        battery = replace(battery, draws=min(draws, battery.draws))
    return next((r.name.en for r in run_battery(read, battery) if r.status == "fail"), "")


def tried(
    models: Path, faults: Sequence[Fault], folder: str, draws: int | None = None
) -> Iterator[tuple[Fault, str]]:
    """Each fault alone in an otherwise clean model, and what caught it."""
    for name in sorted({f.file for f in faults}) if not folder else [folder]:
        place = checks_file(models / name)
        assert place is not None
        read_checks(
            place, tzsim.read_model(models / name)
        )  # the file itself is sound: what fails below is the fault
    for fault in faults:
        file = models / folder / fault.file
        clean = file.read_text("utf-8")
        assert clean.count(fault.old) == 1, f"{fault.id}: {fault.file} no longer holds {fault.old!r} once"
        file.write_text(clean.replace(fault.old, fault.new), "utf-8")
        try:
            yield fault, caught_by(models / folder if folder else file, draws)
        finally:
            file.write_text(clean, "utf-8")


@pytest.mark.parametrize(
    "model", ["teacup.mdl", "sir.mdl", "lotka_volterra.mdl", "inventory.mdl", "tengzhou"]
)
def test_no_alarm_on_a_clean_model(model: str) -> None:
    report = tzsim.check(ROOT / "models" / model)
    assert [(r.id, r.text.en) for r in report.failures] == []
    assert report.count("pass") > 20


def test_there_are_faults_of_every_kind() -> None:
    assert len(TENGZHOU) >= 30
    per_sector = Counter(f.file for f in TENGZHOU)
    assert set(per_sector) == {p.name for p in (ROOT / "models" / "tengzhou").glob("*.mdl")}
    assert min(per_sector.values()) >= 5
    assert len({f.id for f in TENGZHOU + CLASSICS}) == len(TENGZHOU + CLASSICS)
    assert len({f.kind for f in TENGZHOU}) >= 12


def test_faults_of_the_classics_are_caught(tmp_path: Path) -> None:
    found = list(tried(project(tmp_path), CLASSICS, ""))
    missed = [f.id for f, by in found if not by]
    assert len(missed) <= 0.1 * len(found), missed


@pytest.mark.slow
def test_faults_of_the_tengzhou_model_are_caught(tmp_path: Path) -> None:
    found = list(tried(project(tmp_path), TENGZHOU, "tengzhou", FEW))
    missed = [f.id for f, by in found if not by]
    assert len(missed) <= 0.1 * len(found), missed


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        models = project(Path(folder))
        caught = count = 0
        for faults, inside in ((TENGZHOU, "tengzhou"), (CLASSICS, "")):
            for fault, by in tried(models, faults, inside):
                count += 1
                caught += bool(by)
                print(f"{fault.kind:>15}  {fault.id:<48}  {by or 'MISSED'}", flush=True)
        print(f"{caught} of {count} seeded faults caught ({100 * caught / count:.0f} %)")


if __name__ == "__main__":
    sys.exit(main())
