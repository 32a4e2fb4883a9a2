"""Files written whole."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tzsim.files import write_whole


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o002, 0o664), (0o077, 0o600)])
def test_permissions_are_those_of_the_umask(tmp_path: Path, mask: int, mode: int) -> None:
    old = os.umask(mask)
    try:
        write_whole(tmp_path / "a.json", b"one ", memoryview(b"two"))
    finally:
        os.umask(old)
    assert (tmp_path / "a.json").read_bytes() == b"one two"
    assert stat.S_IMODE((tmp_path / "a.json").stat().st_mode) == mode


def test_an_error_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    write_whole(tmp_path / "a.json", b"old")
    with pytest.raises(TypeError):
        write_whole(tmp_path / "a.json", b"new", 3)  # type: ignore[arg-type]
    with pytest.raises(FileNotFoundError):
        write_whole(tmp_path / "none" / "a.json", b"new")
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("a.json", b"old")]


def test_a_long_name_in_any_script_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / ("滕" * 83 + ".csv")
    write_whole(path, b"x")
    assert path.read_bytes() == b"x"
