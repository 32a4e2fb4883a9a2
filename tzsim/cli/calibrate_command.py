"""`tzsim calibrate`: from documented figures to a recorded posterior, with its diagnostics on the terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tzsim.forecast.labels import unit_label

if TYPE_CHECKING:
    from rich.console import Console

    from tzsim.calibration.posterior import Posterior
    from tzsim.calibration.smc import Progress

Lang = Literal["zh", "en"]


def calibrate_spec(
    path: Path,
    *,
    out: Path | None,
    seed: int | None,
    particles: int | None,
    quiet: bool,
    diagnostics: Path | None = None,
    lang: Lang = "zh",
) -> bool:
    """Calibrate one spec and record its posterior; whether it met the bar. Raises InputError, SimulationError.

    diagnostics: folder of tables and charts (default: out/calibrate-<name>).
    The state of an unfinished calibration lies beside the record and is removed once the record is written.
    """
    from tzsim.calibration.calibrate import calibrate
    from tzsim.calibration.posterior import write_posterior
    from tzsim.calibration.spec import read_spec
    from tzsim.errors import Address, InputError, both
    from tzsim.forecast.folder import check_target
    from tzsim.report.posterior_folder import write_diagnostics

    shown = diagnostics or Path("out") / f"calibrate-{path.stem}"
    check_target(shown)
    spec = read_spec(path)
    target = out or path.parent / "posteriors" / path.stem
    if target.exists() and not target.is_dir():
        said = both("记录的文件夹是一个文件", "the record's folder is a file")
        raise InputError.one(said, Address(str(target)), both("用 --out 换一个", "give another with --out"))
    if target.is_dir() and any(target.iterdir()) and not (target / "info.json").is_file():
        text = both("文件夹里的内容不是后验", "the folder holds something that is no posterior")
        raise InputError.one(text, Address(str(target)), both("用 --out 换一个", "give another with --out"))
    settings = spec.settings if particles is None else replace(spec.settings, particles=particles)
    state = target.parent / f".{target.name}.state.npz"
    bar = sampling_bar(shown=not quiet, share=lambda p: share_done(p, settings.runs), line=progress_line)
    with bar as progress:
        posterior = calibrate(spec, seed=seed, settings=settings, progress=progress, state=state)
    write_posterior(posterior, target)
    for file in state.parent.glob(
        f"{state.name}*"
    ):  # that of the half-width fit, and what a kill left half-written
        file.unlink()
    write_diagnostics(posterior, shown, lang)
    if quiet:
        print(target)
    else:
        _print(posterior, target)
        print(f"diagnostics in {shown}")
    return posterior.converged


@contextmanager
def sampling_bar(
    shown: bool, share: Callable[[Progress], float], line: Callable[[Progress], str]
) -> Generator[Callable[[Progress], None] | None]:
    """A bar with R-hat and ESS beside it on a terminal's error stream; nothing where that is not a terminal."""
    if not shown or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (
        BarColumn(bar_width=24),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("prior draws", total=1.0)
        yield lambda p: bar.update(task, completed=share(p), description=line(p))


TEMPERING, WHOLE = 0.45, 0.65
"""About the share of a calibration's time before all runs stand at the posterior, and before the fit of half width."""


def share_done(p: Progress, runs: int) -> float:
    """How far a calibration is, 0 to 1: by run and share of the likelihood, then by how far the draws have forgotten their start."""
    if p.phase == "tempering":
        return TEMPERING * (p.run + p.temperature**0.3) / runs
    if p.phase == "half width":
        return WHOLE + (0.99 - WHOLE) * (p.run + p.temperature**0.3) / (runs + 1)
    return min(WHOLE, TEMPERING + (WHOLE - TEMPERING) * (1.0 - p.correlation))


def progress_line(p: Progress) -> str:
    """One look at a calibration: where it is, and R-hat and ESS once all runs stand at the posterior."""
    if p.phase == "tempering":
        return f"run {p.run + 1}: {p.temperature:.0%} of the likelihood, {p.evaluations:,} model runs, {p.accepted:.0%} accepted"
    if p.phase == "half width":
        return f"priors of half the width, for the evidence grades: {p.evaluations:,} model runs"
    return (
        f"all runs mixing: R-hat {p.r_hat:.4f}, ESS {p.ess:.0f}, correlation with the start {p.correlation:.2f}, "
        f"{p.evaluations:,} model runs"
    )


def _print(posterior: Posterior, folder: Path) -> None:
    from rich.text import Text

    from tzsim.cli.grid import console

    out = console()
    checks, own = posterior.convergence, posterior.goal_convergence
    verdict = "meets" if posterior.converged else "is below"
    out.print(
        Text(
            f"{posterior.id}: {verdict} the bar (R-hat <= 1.01, bulk and tail ESS >= 400, four runs)",
            style="bold",
        )
    )
    out.print(
        f"{len(checks.names)} quantities: worst R-hat {checks.worst_r_hat:.4f}, least ESS {checks.least_ess:.0f}"
    )
    if own is not None:
        out.print(
            f"{len(own.names)} goal measures: worst R-hat {own.worst_r_hat:.4f}, least ESS {own.least_ess:.0f}"
        )
    failing = [*checks.failing, *(own.failing if own else ())]
    if failing:
        out.print(Text(f"below the bar: {', '.join(failing)}", style="red"))
    _parameters(out, posterior)
    _figures(out, posterior)
    _goals(out, posterior)
    out.print(f"{posterior.evaluations:,} model runs; recorded in {folder}", soft_wrap=True)


def _parameters(out: Console, posterior: Posterior) -> None:
    rows = [p for p in posterior.parameters if p.informed_by]
    print_table(
        out,
        f"parameters that the figures informed ({len(rows)} of {len(posterior.parameters)})",
        ("name", "prior mean", "sd", "mean", "sd", "removed", "informed by", "R-hat", "ESS bulk", "ESS tail"),
        [
            (p.name, *(f"{v:.4g}" for v in (p.prior_mean if abs(p.prior_mean) > 1e-9 * p.prior_sd else 0.0, p.prior_sd, p.mean, p.sd)), f"{p.removed:.0%}", p.informed_by,
             f"{p.r_hat:.4f}", f"{p.ess_bulk:.0f}", f"{p.ess_tail:.0f}")
            for p in rows
        ],
    )  # fmt: skip


def _figures(out: Console, posterior: Posterior) -> None:
    rows = posterior.figures
    fitted = [f for f in rows if f.role == "fit"]
    print_table(
        out,
        f"figures: {sum(f.inside for f in fitted)} of {len(fitted)} fitted ones lie in their 95 % band, "
        f"{sum(f.covered for f in fitted)} where one wider than that of a random walk with drift counts as a miss",
        ("figure", "role", "value", "low", "high", "unit", "width", "random walk", "inside", "Pareto k", "published"),
        [
            (f.id, f.role, *(f"{v:.4g}" for v in (f.value, f.low, f.high)), unit_label(f.unit).en, f"{f.high - f.low:.3g}",
             f"{f.walk:.3g}" if f.walk == f.walk else "", "NO" if not f.inside else "yes" if f.covered else "too wide",
             "" if f.role != "fit" else f"{f.pareto_k:.2f}" + ("" if f.reliable else " unreliable"), f.published)
            for f in rows
        ],
    )  # fmt: skip


def _goals(out: Console, posterior: Posterior) -> None:
    print_table(
        out,
        "goals",
        ("goal", "prior", "posterior", "variance removed", "evidence", "half width", "evidence"),
        [
            (g.goal, f"{g.probability_prior:.3f}", f"{g.probability_posterior:.3f}", _share(g.removed, g.removed_error), g.grade,
             _share(g.removed_half_width, g.removed_half_width_error), g.grade_half_width)
            for g in posterior.goals
        ],
    )  # fmt: skip


def _share(value: float, error: float) -> str:
    return f"{value:.0%} ± {error:.0%}" if value == value else ""


def print_table(out: Console, title: str, columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    """A table with its title, the first column to the left and the others to the right; nothing without rows."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    if not rows:
        return
    grid = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for i, name in enumerate(columns):
        grid.add_column(name, justify="left" if i == 0 else "right", overflow="fold")
    for row in rows:
        grid.add_row(*row)
    out.print(grid)
