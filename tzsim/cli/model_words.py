"""Words about models: check, show."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from tzsim.cli.group import commands
from tzsim.cli.language import said
from tzsim.cli.options import FAILED, LANGUAGE
from tzsim.errors import both


@commands.command()
@click.argument("model", type=click.Path(path_type=Path))
@click.option(
    "--checks",
    type=click.Path(path_type=Path),
    help="Checks file.  [default: checks.yaml in the folder, NAME.checks.yaml beside a file]",
)
@click.option(
    "--part",
    "parts",
    multiple=True,
    type=click.Choice(
        ["units", "documentation", "balances", "signs", "situations", "steps", "loops", "constants"]
    ),
    help="Only this part of the battery; may be repeated.",
)
@click.option("--json", "as_json", is_flag=True, help="Print as JSON, with all evidence.")
@click.option("--page", type=click.Path(path_type=Path), help="Also write a page (.html) with all evidence.")
@LANGUAGE
def check(
    model: Path, checks: Path | None, parts: tuple[str, ...], as_json: bool, page: Path | None, lang: str
) -> None:
    """Run the test battery of a MODEL: what must hold in it, tried one by one.

    What is claimed stands in a checks file (docs/checks.md); without one the checks that need none run. Exit code 1 where one fails.
    """
    from tzsim.cli.check_command import check_model

    if not check_model(model, checks=checks, parts=parts, as_json=as_json, page=page, lang=lang):
        sys.exit(FAILED)


@commands.command()
@click.argument("model", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.option("--merge", type=click.Path(path_type=Path), help="Write the coupled model to this .mdl file.")
@click.option("--sketch", is_flag=True, help="Draw the diagram in the .mdl file (or each of a folder) anew.")
@click.option(
    "--diagram",
    type=click.Path(path_type=Path),
    help="Draw stocks and flows: .svg, .png or .pdf; a large model gets one file a group.",
)
@click.option("--group", help="Draw this group only ('sector: group' where the model is a folder).")
@click.option("--constants", is_flag=True, help="Draw constants too.")
@LANGUAGE
def show(
    model: Path,
    as_json: bool,
    merge: Path | None,
    sketch: bool,
    diagram: Path | None,
    group: str | None,
    constants: bool,
    lang: str,
) -> None:
    """Show what a MODEL (.mdl, XMILE, or a folder of sector files) contains, before anything runs."""
    from tzsim.cli.show_command import Diagram, show_model

    if diagram is None and (group or constants):
        text = both(
            "--group 和 --constants 说明 --diagram 画什么：请同时给出 --diagram 的文件名",
            "--group and --constants say what --diagram draws: name its file too",
        )
        raise click.UsageError(said(text))
    asked = None if diagram is None else Diagram(diagram, group, constants, "en" if lang == "en" else "zh")
    show_model(model, as_json=as_json, merge=merge, sketch=sketch, diagram=asked)
