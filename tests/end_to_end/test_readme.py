"""The Python of README and docs is run, and prints what they say it prints; its links and its picture exist."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
READMES = ("README.md", "README.zh-CN.md")
PAGES = (*READMES, "docs/researchers.md")
BLOCK = re.compile(r"```python\n(?P<code>.*?)```\s*```text\n(?P<output>.*?)```", re.S)


@pytest.mark.parametrize("name", PAGES)
def test_printed_output_is_what_the_code_prints(name: str, tmp_path: Path) -> None:
    blocks = list(BLOCK.finditer((ROOT / name).read_text("utf-8")))
    assert blocks, f"{name} shows no Python with its output"
    for block in blocks:
        ran = subprocess.run(
            [sys.executable, "-c", block["code"]],
            cwd=ROOT,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        assert ran.stdout.rstrip() == block["output"].rstrip()


@pytest.mark.parametrize("name", READMES)
def test_local_links_and_pictures_exist(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text)
    assert targets
    missing = [t for t in targets if not (ROOT / t).exists()]
    assert not missing
