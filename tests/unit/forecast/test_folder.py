"""Result folders: whole or not at all, and nothing of anybody else's is touched."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tzsim.errors import InputError
from tzsim.forecast.folder import RECORD, check_target, new_folder


def result(folder: Path, text: str) -> None:
    with new_folder(folder) as place:
        (place / "goals.csv").write_text(text)
        (place / RECORD).write_text(json.dumps({"run_id": "abc", "files": ["goals.csv"]}))


def interrupted(folder: Path, by: BaseException) -> None:
    with new_folder(folder) as place:
        (place / "goals.csv").write_text("half")
        raise by


def listing(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*"))


def test_a_result_appears_and_is_replaced_whole(tmp_path: Path) -> None:
    out = tmp_path / "out" / "baseline"
    result(out, "first")
    result(out, "second")
    assert (out / "goals.csv").read_text() == "second"
    assert listing(tmp_path) == ["out", "out/baseline", "out/baseline/goals.csv", "out/baseline/run.json"]


def test_an_error_leaves_nothing_or_the_old_result(tmp_path: Path) -> None:
    out = tmp_path / "out" / "baseline"
    with pytest.raises(RuntimeError):
        interrupted(out, RuntimeError())
    assert listing(tmp_path) == []
    result(out, "first")
    with pytest.raises(KeyboardInterrupt):
        interrupted(out, KeyboardInterrupt())
    assert (out / "goals.csv").read_text() == "first"
    assert listing(tmp_path) == ["out", "out/baseline", "out/baseline/goals.csv", "out/baseline/run.json"]


@pytest.mark.parametrize(
    "record", [None, "not json", "[]", '{"files": ["notes.txt"]}', '{"run_id": 3, "files": []}']
)
def test_a_folder_of_somebody_else_is_refused(tmp_path: Path, record: str | None) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    if record is not None:
        (tmp_path / RECORD).write_text(record)
    with pytest.raises(InputError, match=r"notes\.txt"):
        check_target(tmp_path)
    with pytest.raises(InputError), new_folder(tmp_path):
        raise AssertionError("must not get here")
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_a_file_added_to_a_result_is_not_thrown_away(tmp_path: Path) -> None:
    result(tmp_path / "r", "first")
    (tmp_path / "r" / "comment.docx").write_text("written by the planner")
    with pytest.raises(InputError, match=r"comment\.docx"):
        result(tmp_path / "r", "second")
    assert (tmp_path / "r" / "goals.csv").read_text() == "first"


def test_a_file_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    for target in (tmp_path / "out", tmp_path / "out" / "baseline"):
        with pytest.raises(InputError):
            check_target(target)


def test_an_empty_folder_is_used(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    result(tmp_path / "empty", "first")
    assert (tmp_path / "empty" / "goals.csv").read_text() == "first"
