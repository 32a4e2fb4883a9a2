"""The command line: each word is one library call. Everything heavy is imported inside the word that needs it."""

from __future__ import annotations

import sys
import warnings
from typing import Any

import click

from tzsim.cli import calibration_words, forecast_words, model_words, project_words
from tzsim.cli.group import commands
from tzsim.cli.language import chosen, said, speak, spoken
from tzsim.cli.options import BAD_INPUT, FAILED, INTERRUPTED, OK
from tzsim.errors import InputError, TzsimError, TzsimWarning, both

__all__ = ["calibration_words", "commands", "forecast_words", "main", "model_words", "project_words"]
"""Importing a file of words adds them to `commands`."""


def main(arguments: list[str] | None = None) -> None:
    """Entry point of `tzsim`: runs a word and leaves with 0, 1 (failed), 2 (bad input) or 130 (interrupted)."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")
    arguments = sys.argv[1:] if arguments is None else arguments
    speak(chosen(arguments))
    with warnings.catch_warnings():
        _say_warnings()
        sys.exit(_run(arguments))


def _say_warnings() -> None:
    """Print tzsim's own warnings as one line each, without the line of code that Python shows."""
    usual = warnings.showwarning

    def show(message: Warning | str, category: type[Warning], *rest: Any, **more: Any) -> None:
        if issubclass(category, TzsimWarning):
            print(f"tzsim: {said(message)}", file=sys.stderr)
        else:
            usual(message, category, *rest, **more)

    warnings.simplefilter("always", TzsimWarning)
    warnings.showwarning = show


def _run(arguments: list[str]) -> int:
    try:
        code = commands.main(arguments, prog_name="tzsim", standalone_mode=False)
        return code if isinstance(code, int) else OK
    except InputError as error:
        _complain(error)
        return BAD_INPUT
    except TzsimError as error:
        print(f"tzsim: {said(error)}", file=sys.stderr)
        return FAILED
    except (KeyboardInterrupt, click.Abort):
        print(said(both("已中断，没有写出任何文件", "interrupted; nothing was written")), file=sys.stderr)
        return INTERRUPTED
    except click.ClickException as error:
        error.show()
        return BAD_INPUT
    except BrokenPipeError:
        sys.stderr.close()
        return FAILED
    except OSError as error:
        print(
            said(both(f"tzsim: {error}；没有写出任何文件", f"tzsim: {error}; nothing was written")),
            file=sys.stderr,
        )
        return FAILED


def _complain(error: InputError) -> None:
    """All problems, one below the other, and how many there are."""
    count = len(error.problems)
    for problem in error.problems:
        print(problem.of(spoken()), file=sys.stderr)
    closing = both(f"共 {count} 处问题；没有运行", f"{count} problems; nothing was run")
    if count > 1:
        print(said(closing), file=sys.stderr)
