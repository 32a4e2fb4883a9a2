"""Words about the past: calibrate, sbc, hindcast, fit."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal, cast

import click

from tzsim.cli.group import commands
from tzsim.cli.options import FAILED, LANGUAGE


@commands.command()
@click.argument("spec", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Record's folder.  [default: posteriors/<name> beside SPEC]",
)
@click.option("--seed", type=click.IntRange(0), help="Seed, in place of the spec's; 0 is a seed.")
@click.option(
    "--particles", type=click.IntRange(8, 1_000_000), help="Draws of a run, in place of the spec's."
)
@click.option(
    "--diagnostics",
    type=click.Path(path_type=Path),
    help="Folder of tables and charts.  [default: out/calibrate-<name>]",
)
@click.option(
    "--without",
    multiple=True,
    metavar="FIGURE",
    help="Beside the recorded posterior: smaller fits, each without one figure ('chemicals 2022'), for every goal's probability without it; may "
    "be repeated; 'unreliable' is every figure whose importance weights are not reliable.",
)
@LANGUAGE
@click.option("--quiet", is_flag=True, help="No progress, no tables: the record's folder only.")
def calibrate(
    spec: Path,
    out: Path | None,
    seed: int | None,
    particles: int | None,
    diagnostics: Path | None,
    without: tuple[str, ...],
    lang: str,
    quiet: bool,
) -> None:
    """Fit a model to documented figures, record the posterior, and draw its diagnostics.

    SPEC is a calibration file such as calibration/tengzhou.yaml. Killed, it goes on where it stopped when started again. A
    posterior below the bar (R-hat <= 1.01, ESS >= 400 for every parameter and goal measure) is recorded as such, and refused by
    `tzsim run`; the exit code is then 1.
    """
    if without:
        if seed is not None or particles is not None:
            raise click.UsageError(
                "--without goes with the recorded posterior: --seed and --particles have no place"
            )
        from tzsim.cli.influence_command import take_figures_out

        if not take_figures_out(spec, without, record=out, tables=diagnostics, quiet=quiet):
            sys.exit(FAILED)
        return
    from tzsim.cli.calibrate_command import calibrate_spec

    language = cast("Literal['zh', 'en']", lang)
    if not calibrate_spec(
        spec, out=out, seed=seed, particles=particles, quiet=quiet, diagnostics=diagnostics, lang=language
    ):
        sys.exit(FAILED)


@commands.command()
@click.argument("spec", type=click.Path(path_type=Path))
@click.option(
    "--replicates",
    type=click.IntRange(20, 100_000),
    default=200,
    show_default=True,
    help="Simulated data sets.",
)
@click.option("--seed", type=click.IntRange(0), help="Seed, in place of the spec's; 0 is a seed.")
@click.option("--out", type=click.Path(path_type=Path), help="Record.  [default: SPEC with .json for .yaml]")
@click.option("--quiet", is_flag=True, help="No progress, no table: the record's name only.")
def sbc(spec: Path, replicates: int, seed: int | None, out: Path | None, quiet: bool) -> None:
    """Check the machinery of a calibration by simulation: are its posteriors as wide as they say.

    Draws truths from the prior of SPEC, simulates its figures, fits them and ranks the truth among the draws; then does the same with
    two faults that must be found. Killed, it goes on where it stopped. Exit code 1 where a rank is not uniform at 1 % or a fault goes
    unseen.
    """
    from tzsim.cli.sbc_command import check_by_simulation

    if not check_by_simulation(spec, replicates=replicates, seed=seed, out=out, quiet=quiet):
        sys.exit(FAILED)


@commands.command()
@click.argument("spec", type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path), help="Folder of the pages.  [default: out/hindcast-<spec>]"
)
@click.option(
    "--record",
    type=click.Path(path_type=Path),
    help="Folder of the posterior that it belongs to.  [default: posteriors/<spec> beside the spec]",
)
@click.option("--seed", type=click.IntRange(0), help="Seed, in place of the spec's.")
@LANGUAGE
@click.option("--quiet", is_flag=True, help="No progress, no tables: the record's name only.")
def hindcast(
    spec: Path, out: Path | None, record: Path | None, seed: int | None, lang: str, quiet: bool
) -> None:
    """Score a model over past years: would it have forecast them better than simple extrapolation?

    SPEC is a calibration file with a part `hindcast`. The result is recorded beside the posterior, from where `tzsim run` prints
    it. Killed, it goes on where it stopped when started again.
    """
    from tzsim.cli.hindcast_command import hindcast_spec

    hindcast_spec(spec, out=out, record=record, seed=seed, lang=lang, quiet=quiet)


@commands.command()
@click.argument("spec", type=click.Path(path_type=Path))
@click.option("--draws", type=click.IntRange(100, 1_000_000), help="Members.  [default: 4000]")
@click.option("--seed", type=click.IntRange(0), help="Seed, in place of the scenario's; 0 is a seed.")
@click.option("--threads", type=click.IntRange(1, 1024), help="Threads.  [default: all processors]")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the table to this .csv file too."
)
@LANGUAGE
def fit(
    spec: Path, draws: int | None, seed: int | None, threads: int | None, out: Path | None, lang: str
) -> None:
    """Compare a model's priors with the documented past, before any fit.

    SPEC is a history file such as calibration/history/tengzhou.yaml. Prints every figure with its band, the width of the bands
    against a random walk with drift, Theil's parts of the error, and the rows left out with their reasons.
    """
    from tzsim.cli.fit_command import fit_spec

    fit_spec(spec, draws=draws, seed=seed, threads=threads, out=out, lang=lang)
