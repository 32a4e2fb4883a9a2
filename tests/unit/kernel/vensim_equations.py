"""Models for tests, written as equations of Vensim and read by the project's own reader."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from tzsim.ir.model import Model
from tzsim.kernel.interpreter import InterpretedRun, interpret
from tzsim.translate.reading import read_file

CONTROL = "INITIAL TIME = 0 ~~| FINAL TIME = {final} ~~| TIME STEP = {step} ~~| SAVEPER = TIME STEP ~~|"


def model_of(equations: str, *, final: float = 4, step: float = 1, control: bool = True) -> Model:
    """Equations separated by lines, without '~~|'; lines that go on start with a blank."""
    lines: list[str] = []
    for line in equations.strip().splitlines():
        if line.startswith(" ") and lines:
            lines[-1] += " " + line.strip()
        elif line.strip():
            lines.append(line.strip())
    text = "{UTF-8}\n" + "\n".join(f"{line} ~~|" for line in lines) + "\n"
    if control:
        text += CONTROL.format(final=final, step=step)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.mdl"
        path.write_text(text, encoding="utf-8")
        return read_file(path)


def run(equations: str, *, final: float = 4, step: float = 1, **settings: object) -> InterpretedRun:
    return interpret(model_of(equations, final=final, step=step), **settings)  # type: ignore[arg-type]


def values(
    equations: str, name: str = "x", *, final: float = 4, step: float = 1, **settings: object
) -> list[float]:
    return run(equations, final=final, step=step, **settings).values[name]
