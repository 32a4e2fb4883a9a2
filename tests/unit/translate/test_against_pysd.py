"""PySD, an independent reader, finds the same variables, units and ranges; it also opens what our printer writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tzsim.ir.model import Model
from tzsim.ir.one_namespace import subscripts_apart
from tzsim.ir.printer import print_model
from tzsim.names import key
from tzsim.translate import read_model

MODELS = Path(__file__).resolve().parents[3] / "models"
pytestmark = pytest.mark.filterwarnings("ignore")


def compare(path: Path, model: Model) -> None:
    from pysd.translators.vensim.vensim_file import VensimFile

    file = VensimFile(path)
    file.parse()
    section = file.get_abstract_model().sections[0]
    theirs = {key(e.name): e.units for e in section.elements}
    ours = {name: v.unit for name, v in model.variables.items()}
    assert set(theirs) == set(ours)
    assert {n: u for n, u in theirs.items() if "".join(u.split()) != "".join(ours[n].split())} == {}
    ranges = {key(r.name): list(r.subscripts) for r in section.subscripts if isinstance(r.subscripts, list)}
    for name, elements in ranges.items():
        assert [key(e) for e in model.subscripts[name].elements] == [key(e) for e in elements]


@pytest.mark.parametrize("path", sorted(MODELS.glob("*/*.mdl")), ids=lambda p: p.stem)
def test_the_project_s_models(path: Path) -> None:
    compare(path, read_model(path))


def test_the_coupled_model_can_be_written_as_one_file(tmp_path: Path) -> None:
    model = read_model(MODELS / "tengzhou")
    path = tmp_path / "coupled.mdl"
    path.write_text(print_model(model), encoding="utf-8")
    compare(path, subscripts_apart(model))
