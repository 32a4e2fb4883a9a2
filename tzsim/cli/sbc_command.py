"""`tzsim sbc`: simulation-based calibration of a spec, with its controls, recorded."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tzsim.calibration.self_check import SelfCheck


def check_by_simulation(
    spec: Path, *, replicates: int, seed: int | None, out: Path | None, quiet: bool
) -> bool:
    """Check one spec and write the record; whether it passed. Raises InputError, SimulationError."""
    from tzsim.calibration.self_check import self_check, write_self_check
    from tzsim.errors import Address, InputError, both

    target = out or spec.with_suffix(".json")
    if target.is_dir():
        said = both("记录的名称是一个文件夹", "the record is a folder")
        raise InputError.one(
            said, Address(str(target)), both("用 --out 换一个名称", "give another name with --out")
        )
    state = target.parent / f".{target.stem}.sbc"
    with _progress(shown=not quiet) as progress:
        found = self_check(spec, replicates=replicates, seed=seed, progress=progress, state=state)
    write_self_check(found, target)
    shutil.rmtree(state, ignore_errors=True)
    if quiet:
        print(target)
    else:
        _print(found, target)
    return found.passed


@contextmanager
def _progress(shown: bool) -> Generator[Callable[[str, int, int], None] | None]:
    if not shown or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def tell(part: str, done: int, of: int) -> None:
            if part not in tasks:
                tasks[part] = bar.add_task(part, total=of)
            bar.update(tasks[part], completed=done)

        yield tell


def _print(found: SelfCheck, target: Path) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    from tzsim.cli.grid import console

    out = console()
    result = found.result
    grid = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for i, name in enumerate(("quantity", "p", "p after Holm", "uniform at 1 %")):
        grid.add_column(name, justify="left" if i == 0 else "right")
    for name, p, adjusted in zip(result.names, result.p_value, result.adjusted, strict=True):
        grid.add_row(name, f"{p:.3f}", f"{adjusted:.3f}", "NO" if name in result.rejected else "yes")
    out.print(f"{found.id}: {len(result.ranks)} replicates, {result.draws} draws each, seed {result.seed}")
    out.print(grid)
    for name, control in found.controls.items():
        said = f"found at fault by {', '.join(control.rejected)}" if control.rejected else "NOT FOUND"
        out.print(f"control '{name}': {said}")
    verdict = "the machinery passes" if found.passed else "the machinery does not pass"
    out.print(Text(f"{verdict}; recorded in {target}", style="green" if found.passed else "red"))
