"""The project printed in docs/own-clock.md is laid out from the page, and every command prints what the page says it prints."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tzsim.cli import main

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "own-clock.md").read_text("utf-8")
FILE = re.compile(r'```(?:text|yaml) title="(?P<file>[^"]+)"\n(?P<text>.*?)```', re.S)
COMMAND = re.compile(r"^    tzsim (?P<command>[^\n]*)\n\n```text\n(?P<printed>.*?)```", re.M | re.S)


def plain(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines()]


@pytest.mark.slow
def test_every_command_prints_what_the_page_shows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for block in FILE.finditer(PAGE):
        path = tmp_path / block["file"]
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(block["text"], "utf-8")
    (tmp_path / "models").mkdir()
    shutil.copy(ROOT / "models" / "sir.mdl", tmp_path / "models")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "300")
    commands = list(COMMAND.finditer(PAGE))
    assert len(commands) == PAGE.count("\n    tzsim ")
    for found in commands:
        with pytest.raises(SystemExit) as stopped:
            main(found["command"].split())
        printed = capsys.readouterr()
        assert not stopped.value.code, printed.err
        lines = plain(printed.out)
        for line in plain(found["printed"]):
            assert any(shown.startswith(line) for shown in lines), (
                f"{found['command']} does not print: {line}"
            )
