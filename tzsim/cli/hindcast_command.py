"""`tzsim hindcast`: would the model have forecast the past? Scores against simple extrapolation, recorded and printed."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

if TYPE_CHECKING:
    from tzsim.calibration.hindcast import Hindcast, OnOrigin

Lang = Literal["zh", "en"]


def hindcast_spec(
    path: Path, *, out: Path | None, record: Path | None, seed: int | None, lang: str, quiet: bool
) -> None:
    """Hindcast one spec: `hindcast.json` beside its posterior, pages into `out`. Raises InputError, SimulationError.

    The state of an unfinished hindcast lies beside the record and is removed once the record is written.
    """
    from tzsim.calibration.hindcast import hindcast
    from tzsim.calibration.hindcast_record import write_hindcast
    from tzsim.calibration.spec import read_spec
    from tzsim.errors import Address, InputError, both
    from tzsim.report.hindcast_page import write_pages

    spec = read_spec(path)
    folder = record or path.parent / "posteriors" / path.stem
    pages = out or Path("out") / f"hindcast-{path.stem}"
    for target in (folder, pages):
        if target.exists() and not target.is_dir():
            said = both("要写入的文件夹是一个文件", "the folder to write to is a file")
            raise InputError.one(said, Address(str(target)), both("换一个", "give another"))
    state = folder.parent / f".{folder.name}.hindcast"
    with _progress(shown=not quiet) as progress:
        found = hindcast(spec, seed=seed, progress=progress, state=state)
    recorded = write_hindcast(found, folder)
    language = cast("Lang", lang)
    written = write_pages(found, pages, language)
    shutil.rmtree(state, ignore_errors=True)
    if quiet:
        print(recorded)
    else:
        _print(found, language, [recorded, *written])


@contextmanager
def _progress(shown: bool) -> Generator[OnOrigin | None]:
    """A bar over the origins on a terminal's error stream, with what the sampler is at; nothing elsewhere."""
    if not shown or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    from tzsim.calibration.smc import Progress as Sampler
    from tzsim.cli.calibrate_command import progress_line, share_done

    columns = (BarColumn(bar_width=24), TaskProgressColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("prior draws", total=1.0)

        def told(spec: str, origin: float, done: int, count: int, p: Sampler) -> None:
            text = f"{spec}, origin {origin} ({done + 1} of {count}): {progress_line(p)}"
            bar.update(task, completed=(done + share_done(p, 2)) / count, description=text)

        yield told


def _print(found: Hindcast, lang: Lang, files: list[Path]) -> None:
    from rich.text import Text

    from tzsim.cli.calibrate_command import print_table
    from tzsim.cli.grid import console
    from tzsim.report.hindcast_page import gains, scores, verdicts

    out = console()
    out.print(Text(found.skill.sentence(lang), style="bold"))
    series = found.skill.series
    for table in (verdicts(series, lang), scores(series, lang), gains(series, lang)):
        print_table(out, table.title, table.columns, list(table.rows))
    if found.skill.caveat:
        out.print(Text(found.skill.caveat.of(lang)))
    out.print(Text(", ".join(str(f) for f in files)), soft_wrap=True)
