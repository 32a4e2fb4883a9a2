"""The notebooks of examples/ run from top to bottom, and each keeps at least one picture."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

EXAMPLES = Path(__file__).parents[2] / "examples"
NOTEBOOKS = sorted(EXAMPLES.glob("*.ipynb"))


def test_there_are_notebooks() -> None:
    assert len(NOTEBOOKS) >= 2


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_notebook_runs(path: Path) -> None:
    stored = nbformat.read(path, as_version=4)
    assert any(
        "image/png" in output.get("data", {}) for cell in stored.cells for output in cell.get("outputs", [])
    ), "no picture is stored in the notebook: execute it before committing"
    fresh = nbformat.read(path, as_version=4)
    NotebookClient(
        fresh, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(EXAMPLES)}}
    ).execute()
    for before, after in zip(stored.cells, fresh.cells, strict=True):
        assert printed(before) == printed(after), f"the stored output of this cell is old:\n{before.source}"


def printed(cell: nbformat.NotebookNode) -> str:
    """What the cell printed, without pictures, tables and progress bars."""
    return "".join(
        o.text for o in cell.get("outputs", []) if o.output_type == "stream" and o.name == "stdout"
    )
