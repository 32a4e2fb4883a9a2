"""Whatever is changed in the files of a project, reading it ends in a scenario or in an InputError with a place."""

from __future__ import annotations

from pathlib import Path

import clinic
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tzsim.errors import InputError
from tzsim.scenario import read_scenario
from tzsim.translate import read_model

FILES = ("clinic.yaml", "goals.yaml", "priors.yaml", "shocks.yaml", "view.yaml", "history.csv")
PIECES = st.sampled_from(
    [
        "null", "true", "[]", "{}", "-1", "1e308", "0", '""', "[1, 2]", "{a: 1}", "亿元", "3.25亿立方米", "2024-12-31", "~", "9" * 25,
        "'", '"', "[*]", "x[*]", "Savings", "nan", "{total: Savings}", "{growth: {total: x}, year: 2025}", "off", ": ", "- ", "\n",
        "%", "1/0", "\x00", "{2022: {hill: {a: 1}}}", "1e-320", "*a", "&a", "infection[Town]", "2022", ",", "#", "^9999",
    ]
)  # fmt: skip


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clinic")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZSIM_CACHE", str(folder / "cache"))
        return clinic.write_project(folder)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_nothing_but_an_input_error(
    project: Path, data: st.DataObject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZSIM_CACHE", str(project.parent / "cache"))
    model = read_model(project.parents[1] / "models" / "clinic.mdl")
    file = project.parent / data.draw(st.sampled_from(FILES))
    before = file.read_text("utf-8")
    lines = before.split("\n")
    for _ in range(data.draw(st.integers(1, 3))):
        row = data.draw(st.integers(0, len(lines) - 1))
        way = data.draw(st.sampled_from(["value", "insert", "cut", "drop", "double"]))
        piece, at = data.draw(PIECES), data.draw(st.integers(0, len(lines[row])))
        if way == "value":
            lines[row] = lines[row].partition(":")[0] + ": " + piece
        elif way == "insert":
            lines[row] = lines[row][:at] + piece + lines[row][at:]
        elif way == "cut":
            lines[row] = lines[row][:at]
        elif way == "drop":
            lines[row] = ""
        else:
            lines.insert(row, lines[row])
    file.write_text("\n".join(lines), "utf-8")
    found: InputError | None = None
    try:
        read_scenario(project, model=model)
    except InputError as error:
        found = error
    finally:
        file.write_text(before, "utf-8")
    if found is not None:
        assert found.problems
        assert all(p.message and p.address is not None and p.address.file for p in found.problems)
