"""A small project in a temporary folder: one capital stock, linear in everything uncertain, so its posterior is exact."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
from capital_project import FILES


@pytest.fixture
def project(tmp_path: Path) -> Callable[..., Path]:
    """Writes the project, one text of a file (by stem) replaced by another; gives the path of the spec."""

    def write(**edits: tuple[str, str]) -> Path:
        for name, text in FILES.items():
            target = tmp_path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            body = textwrap.dedent(text)
            stem = target.stem
            if stem in edits and target.suffix == ".yaml":
                old, new = edits[stem]
                assert old in body, f"{old!r} is not in {name}"
                body = body.replace(old, new)
            target.write_text(body, "utf-8")
        return tmp_path / "calibration" / "capital.yaml"

    return write
