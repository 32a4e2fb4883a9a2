"""Words about a project: list, data, init, completion."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import click

from tzsim.cli.group import commands
from tzsim.cli.language import said
from tzsim.cli.options import FAILED, LANGUAGE
from tzsim.errors import both


@commands.command("list")
@click.argument("scenario", type=click.Path(path_type=Path))
@click.option(
    "--only",
    multiple=True,
    type=click.Choice(["goals", "levers", "shocks", "constants", "figures"]),
    help="Only this part; may be repeated.",
)
@click.option("--find", default="", metavar="TEXT", help="Only rows whose id or names hold this text.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@LANGUAGE
def list_(scenario: Path, only: tuple[str, ...], find: str, as_json: bool, lang: str) -> None:
    """List what a SCENARIO may name: goals, levers, shocks, constants, figures; ids, names, units, ranges, costs.

    Each may be written by its id, or by its Chinese or English name.
    """
    from tzsim.cli.list_command import list_names

    list_names(scenario, only=only, find=find, as_json=as_json, lang=lang)


@commands.group()
def data() -> None:
    """Figures of the past: is a file fit to be used."""


@data.command("check")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--against",
    type=click.Path(path_type=Path),
    help="History file or folder of the project.  [default: calibration/data, where there is one]",
)
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@LANGUAGE
def data_check(file: Path, against: Path | None, as_json: bool, lang: str) -> None:
    """Check a FILE of figures (CSV in UTF-8 or GB18030, or Excel): units, duplicates, breaks, provenance.

    Rows that cannot be used end in exit code 2. Contradictions with the project's own figures end in exit code 1; everything else that
    a person should look at is listed, and the exit code is 0.
    """
    from tzsim.cli.data_command import check_file

    if not check_file(file, against=against, as_json=as_json, lang=lang):
        sys.exit(FAILED)


@commands.command()
@click.argument("folder", type=click.Path(path_type=Path))
@LANGUAGE
def init(folder: Path, lang: str) -> None:
    """Lay the Tengzhou project out in a new FOLDER: models, scenarios, calibration, ready to run and to edit."""
    from tzsim.scenario.project import init_project

    files = init_project(folder)
    here = folder.resolve() == Path.cwd().resolve()
    step = "tzsim run scenarios/baseline.yaml" if here else f"cd {shlex.quote(str(folder))}"
    more = "" if here else "tzsim run scenarios/baseline.yaml"
    lines = [f"    {x}" for x in (step, more) if x]
    head = both(f"{folder} 中已放好 {len(files)} 个文件。接下来：", f"{len(files)} files in {folder}. Next:")
    print("\n".join([said(head), *lines]))


@commands.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print what makes a SHELL complete the words and options of tzsim.

    \b
    bash: echo 'eval "$(tzsim completion bash)"' >> ~/.bashrc
    zsh:  echo 'eval "$(tzsim completion zsh)"' >> ~/.zshrc
    fish: tzsim completion fish > ~/.config/fish/completions/tzsim.fish
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None, shell
    print(kind(commands, {}, "tzsim", "_TZSIM_COMPLETE").source())
