"""The sketch section: every variable once in its view, arrows between things that are there, equations untouched."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tzsim.cli import main
from tzsim.ir.describe import CONTROLS, causes
from tzsim.ir.printer import print_model, same_content
from tzsim.ir.sketch import BEGIN, END, print_sketch, with_sketch
from tzsim.names import key
from tzsim.translate import read_model

MODELS = Path(__file__).parents[3] / "models"
FILES = sorted(MODELS.glob("*.mdl")) + sorted(MODELS.glob("tengzhou/*.mdl"))
GREY = "128-128-128"


def views(text: str) -> list[list[list[str]]]:
    """Objects of each view as their fields."""
    return [
        [line.split(",") for line in view.split("\n")[4:] if line.strip()] for view in text.split(BEGIN)[1:]
    ]


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
def test_every_variable_stands_once_in_its_view_and_arrows_have_ends(file: Path) -> None:
    model = read_model(file)
    own: Counter[str] = Counter()
    for objects in views(print_sketch(model)):
        numbers = [o[1] for o in objects]
        assert numbers == [str(i + 1) for i in range(len(numbers))]
        words = [o for o in objects if o[0] == "10"]
        own.update(key(o[2]) for o in words if GREY not in ",".join(o))
        places = Counter((o[3], o[4]) for o in objects if o[0] in ("10", "12"))
        assert max(places.values()) == 1  # no word upon another
        ends = {o[1] for o in objects if o[0] != "1"}
        assert all({o[2], o[3]} <= ends for o in objects if o[0] == "1")
    controls = {key(c) for c in CONTROLS}
    assert own == Counter(set(model.variables) - controls)


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
def test_causes_within_a_group_are_joined(file: Path) -> None:
    model = read_model(file)
    reads = causes(model)
    for objects in views(print_sketch(model)):
        names = {o[1]: key(o[2]) for o in objects if o[0] == "10"}
        valves = {o[1]: names[str(int(o[1]) + 1)] for o in objects if o[0] == "11"}
        every = names | valves
        arrows = {(every.get(o[2], ""), every.get(o[3], "")) for o in objects if o[0] == "1"}
        here = {key(o[2]) for o in objects if o[0] == "10" and GREY not in ",".join(o)}
        for effect in here:
            for cause in reads[effect]:
                assert cause not in here or cause == effect or (cause, effect) in arrows


def test_a_new_sketch_leaves_equations_and_settings_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for file in FILES:
        text = file.read_text("utf-8")
        new = with_sketch(text, read_model(file))
        assert new.split(BEGIN)[0].rstrip() == text.split("\\\\\\---///")[0].rstrip()
        assert new.split(END)[1].strip() == (text.split(END)[1].strip() if END in text else "")
        copy = tmp_path / file.name
        copy.write_text(text, "utf-8")
        with pytest.raises(SystemExit) as stopped:
            main(["show", str(copy), "--sketch", "--json"])
        assert stopped.value.code == 0
        assert copy.read_text("utf-8") == new
        assert same_content(read_model(copy), read_model(file))
        assert with_sketch(new, read_model(copy)) == new
    capsys.readouterr()


def test_the_merged_model_has_a_view_for_each_group_of_each_sector() -> None:
    text = print_model(read_model(MODELS / "tengzhou"))
    titles = [view.split("\n")[2] for view in text.split(BEGIN)[1:]]
    assert len(set(titles)) == len(titles)
    assert "*water - Allocation" in titles
    assert "*clusters - Capital" in titles
