"""Who may import whom inside tzsim: the table of docs/architecture.md, held."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "tzsim"

BASE = {"arguments", "errors", "files", "names", "unit_names", "units"}
IR = {"ir"} | BASE
KERNEL = {"kernel", "passes"} | IR
ENSEMBLE = {"ensemble", "measures", "record"} | KERNEL
SCENARIO = {"scenario", "translate", "measures", "clock"} | IR
FORECAST = {"forecast"} | ENSEMBLE | SCENARIO
ALLOWED = {
    "arguments": BASE,
    "errors": BASE,
    "files": {"files"},
    "names": BASE,
    "unit_names": BASE,
    "units": IR,
    "ir": IR,
    "clock": {"clock"} | IR,
    "measures": {"measures", "clock"} | IR,
    "record": {"record"} | IR,
    "translate": {"translate"} | IR,
    "passes": {"passes"} | IR,
    "kernel": KERNEL,
    "ensemble": ENSEMBLE | SCENARIO,
    "scenario": SCENARIO,
    "checks": {"checks"} | ENSEMBLE | SCENARIO,
    "calibration": {"calibration"} | ENSEMBLE | SCENARIO,
    "forecast": FORECAST,
    "report": {"report", "calibration", "checks"} | FORECAST,
}
FREE = {"cli", "__init__", "__main__"}


def imports(file: Path) -> list[tuple[int, str]]:
    """(line, top package inside tzsim) of every tzsim import in the file, lazy ones included."""
    found: list[tuple[int, str]] = []
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [a.name for a in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}:{node.lineno}: relative import"
            names = (
                [f"{node.module}.{a.name}" for a in node.names]
                if node.module == "tzsim"
                else [node.module or ""]
            )
        for name in names:
            parts = name.split(".")
            if parts[0] == "tzsim" and len(parts) > 1:
                found.append((node.lineno, parts[1]))
    return found


def owner(file: Path) -> str:
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


@pytest.mark.parametrize("file", sorted(PACKAGE.rglob("*.py")), ids=lambda f: str(f.relative_to(PACKAGE)))
def test_imports_follow_the_table(file: Path) -> None:
    package = owner(file)
    if package in FREE:
        return
    assert package in ALLOWED, f"{package} is not in the table of who may import whom"
    wrong = [
        f"{file}:{line}: {package} may not import {name}"
        for line, name in imports(file)
        if name not in ALLOWED[package]
    ]
    assert not wrong, "\n".join(wrong)


def test_nothing_imports_the_command_line() -> None:
    wrong = [
        str(f)
        for f in PACKAGE.rglob("*.py")
        if owner(f) not in FREE and any(n == "cli" for _, n in imports(f))
    ]
    assert not wrong


def test_matplotlib_stays_in_report_and_pysd_out() -> None:
    for file in PACKAGE.rglob("*.py"):
        # What is imported for types alone is never loaded.
        text = re.sub(r"^if TYPE_CHECKING:\n(?:    .*\n|\n)+", "", file.read_text("utf-8"), flags=re.M)
        if owner(file) != "report":
            assert "import matplotlib" not in text
            assert "from matplotlib" not in text
        assert "import pysd" not in text
        assert "from pysd" not in text
