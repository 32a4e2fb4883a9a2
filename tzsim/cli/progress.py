"""The bar of what takes over two seconds."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager

from tzsim.cli.goal_table import Lang


@contextmanager
def progress_bar(
    total: int, lang: Lang, shown: bool = True, words: tuple[str, str] = ("模拟", "simulating")
) -> Generator[Callable[[int, int], None] | None]:
    """A bar with the time left on the terminal's error stream; nothing where that is not a terminal. words: Chinese, English."""
    if not shown or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(words[lang == "en"], total=total)
        yield lambda done, total: bar.update(task, completed=done, total=total)
