"""`tzsim calibrate SPEC --without FIGURE`: what the goals would be without single figures, from the recorded draws."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tzsim.cli.calibrate_command import print_table, sampling_bar

if TYPE_CHECKING:
    from tzsim.calibrate.influence_table import Influence
    from tzsim.calibrate.smc import Progress

MOST_GOALS = 4
"""Goals that the table names for each figure: those that change most."""


def take_figures_out(
    path: Path, without: Sequence[str], *, record: Path | None, tables: Path | None, quiet: bool
) -> bool:
    """Take figures out of a recorded posterior, each alone; whether every one could be. Raises InputError, SimulationError.

    record: the posterior's folder; `influence.json` there grows by each figure as it is done, so that a killed command goes on with
    the next. tables: folder of influence.csv.
    """
    from tzsim.calibrate.influence_table import influences
    from tzsim.calibrate.left_out import figures_meant, leave_out, read_left_out, write_left_out
    from tzsim.calibrate.posterior import likelihood_of
    from tzsim.calibrate.spec import read_spec
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
        chains = stored.z.shape[0]

        def share(p: Progress) -> float:
            done = (
                wanted.index(missing[0]) if not rows else sum(f in {r.figure for r in rows} for f in wanted)
            )
            return min(
                0.99, (done + 0.8 * (p.temperature if p.phase == "leaving out" else 1.0)) / len(wanted)
            )

        def line(p: Progress) -> str:
            left = [f for f in missing if f not in {r.figure for r in rows}]
            if p.phase == "leaving out":
                return f"without {left[0]}: {p.temperature:.0%} of it taken out, run {p.run + 1} of {chains}, {p.evaluations:,} model runs"
            return f"without {left[0]}: R-hat {p.r_hat:.4f}, ESS {p.ess:.0f}, {p.evaluations:,} model runs"

        with sampling_bar(shown=not quiet, share=share, line=line) as progress:
            for found in leave_out(spec, stored, missing, likelihood, progress=progress):
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
    from tzsim.cli.goal_table import console

    lines: list[tuple[str, ...]] = []
    for figure in wanted:
        own = [r for r in rows if r.figure == figure]
        if not own:
            continue
        known = sorted((r for r in own if r.change == r.change), key=lambda r: -abs(r.change))[:MOST_GOALS]
        moved = ", ".join(
            f"{r.goal} {r.probability:.1%} -> {r.without:.1%}" for r in known if abs(r.change) >= 0.005
        )
        said = moved or ("no goal moves by half a point" if known else "not reliable: fit without it")
        first = own[0]
        lines.append(
            (
                figure,
                f"{first.pareto_k:.2f}",
                f"{first.r_hat:.4f}",
                f"{first.ess:.0f}",
                f"{first.drift:.3f}",
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
            "drift",
            f"goals that change most (of {len({r.goal for r in rows})})",
        ),
        lines,
    )
