"""`tzsim init` in the working folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from tzsim.errors import InputError
from tzsim.scenario.project import init_project


def test_the_working_folder_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    files = init_project(".")
    assert (here / "scenarios" / "baseline.yaml").is_file()
    assert sorted(p.relative_to(here) for p in here.rglob("*") if p.is_file()) == sorted(files)
    assert [p.name for p in tmp_path.iterdir()] == ["here"]
    with pytest.raises(InputError, match="not empty"):
        init_project(".")
