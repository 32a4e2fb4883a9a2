"""`tzsim calibrate SPEC --without FIGURE`: what the goals would be without single figures, by fits without them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tzsim.cli.calibrate_command import print_table, progress_line, sampling_bar, share_done

if TYPE_CHECKING:
    from tzsim.calibration.influence_table import Influence
    from tzsim.calibration.smc import Progress

MOST_GOALS = 4
"""Goals that the table names for each figure: those that change most."""
CLEAR, LEAST = 3.0, 0.005
"""A change is named where it is so many errors, and half a point."""


def take_figures_out(
    path: Path, without: Sequence[str], *, record: Path | None, tables: Path | None, quiet: bool
) -> bool:
    """Fit without each figure of a recorded posterior in turn; whether every fit met the bar. Raises InputError, SimulationError.

    record: the posterior's folder; `influence.json` there grows by each figure as it is done, so that a killed command goes on with
    the next. tables: folder of influence.csv.
    """
    from tzsim.calibration.fit_spec import likelihood_of
    from tzsim.calibration.influence_table import influences
    from tzsim.calibration.left_out import REFIT, figures_meant, leave_out, read_left_out, write_left_out
    from tzsim.calibration.spec import read_spec
    from tzsim.ensemble.posterior_record import read_record
    from tzsim.forecast.folder import check_target
    from tzsim.report.posterior_folder import write_influence

    target = tables or Path("out") / f"influence-{path.stem}"
    check_target(target)
    spec = read_spec(path)
    folder = record or path.parent / "posteriors" / path.stem
    stored = read_record(folder, expected=spec.hashes)
    wanted = figures_meant(stored, without)
    rows = list(read_left_out(folder, stored))
    missing = [f for f in wanted if f not in {r.figure for r in rows}]
    if missing:
        likelihood = likelihood_of(spec)
        runs = REFIT.runs

        def left() -> list[str]:
            return [f for f in missing if f not in {r.figure for r in rows}]

        def share(p: Progress) -> float:
            return (len(missing) - len(left()) + share_done(p, runs)) / len(missing)

        def line(p: Progress) -> str:
            return f"without {left()[0]} ({len(missing) - len(left()) + 1} of {len(missing)}), {progress_line(p)}"

        with sampling_bar(shown=not quiet, share=share, line=line) as progress:
            seed: int = stored.info["seed"]
            for found in leave_out(spec, missing, likelihood, seed=seed, progress=progress):
                rows.append(found)
                write_left_out(folder, stored, rows)
    shown = influences(stored, rows)
    write_influence(shown, target, stored)
    if quiet:
        print(target)
    else:
        _print(wanted, shown)
        print(f"all figures and goals in {target / 'influence.csv'}; recorded in {folder}")
    return all(r.reliable for r in rows if r.figure in wanted)


def _print(wanted: Sequence[str], rows: Sequence[Influence]) -> None:
    from tzsim.cli.grid import console

    lines: list[tuple[str, ...]] = []
    for figure in wanted:
        own = [r for r in rows if r.figure == figure]
        if not own:
            continue
        known = sorted((r for r in own if r.change == r.change), key=lambda r: -abs(r.change))[:MOST_GOALS]
        moved = ", ".join(
            f"{r.goal} {r.probability:.1%} -> {r.without:.1%}"
            for r in known
            if abs(r.change) >= LEAST and not abs(r.change) < CLEAR * r.error
        )
        said = moved or ("no goal moves clearly" if known else "not reliable: the fit is below the bar")
        first = own[0]
        lines.append(
            (
                figure,
                f"{first.pareto_k:.2f}",
                f"{first.r_hat:.4f}",
                f"{first.ess:.0f}",
                said,
            )
        )
    print_table(
        console(),
        "without one figure",
        (
            "figure",
            "Pareto k",
            "R-hat",
            "ESS",
            f"goals that change most (of {len({r.goal for r in rows})})",
        ),
        lines,
    )
