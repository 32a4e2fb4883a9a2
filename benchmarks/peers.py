"""One run of other engines, timed fairly: pysimlin with the model loaded and compiled, PySD in short runs, scaled."""

from __future__ import annotations

import importlib.util
import statistics
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

from tzsim.cli.show_command import write_merged
from tzsim.ir.model import Model


def one_file(path: Path, model: Model, folder: Path) -> Path:
    """The model as a single file: a folder of sector files is written out coupled, as `tzsim show --merge` does."""
    if path.is_dir():
        merged = folder / "merged.mdl"
        write_merged(model, merged)
        return merged
    copy = folder / path.name
    copy.write_bytes(path.read_bytes())
    return copy


def pysimlin(path: Path, repeats: int = 30) -> tuple[float | None, str]:
    """CPU seconds of a run (reset and run to the end, nothing analysed) and how they were found."""
    if importlib.util.find_spec("simlin") is None:
        return None, "not installed"
    import simlin  # type: ignore[import-not-found]

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            simulation: Any = simlin.load(str(path)).simulate()
            simulation.run_to_end()
    except Exception as error:
        return None, f"cannot run the model: {_first_line(error)}"
    found: list[float] = []
    for _ in range(repeats):
        start = time.process_time()
        simulation.reset()
        simulation.run_to_end()
        found.append(time.process_time() - start)
    return statistics.median(found), f"median of {repeats} runs"


def pysd(path: Path, steps: int, short: int = 4, long: int = 20) -> tuple[float | None, str]:
    """CPU seconds of a run of so many steps, from the difference between a longer and a shorter run of a few steps."""
    if importlib.util.find_spec("pysd") is None:
        return None, "not installed"
    import pysd as package

    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        copy = Path(folder) / path.name
        copy.write_bytes(path.read_bytes())
        read: Any = package.read_vensim if path.suffix == ".mdl" else package.read_xmile
        try:
            subject = read(str(copy))
            begin, step = subject.components.initial_time(), subject.components.time_step()

            def cpu(count: int) -> float:
                start = time.process_time()
                subject.run(final_time=begin + count * step, progress=False)
                return time.process_time() - start

            cpu(1)
            each = (cpu(long) - cpu(short)) / (long - short)
        except Exception as error:
            return None, f"cannot run the model: {_first_line(error)}"
    return each * steps, f"scaled to {steps} steps from runs of {short} and {long}"


def _first_line(error: Exception) -> str:
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0][:160]
