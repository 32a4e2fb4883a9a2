"""`tzsim fit`: the priors of a model against documented figures, as a table."""

from __future__ import annotations

from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from tzsim.calibrate.history_fit import HistoryFit


def fit_spec(
    spec: Path, *, draws: int | None, seed: int | None, threads: int | None, out: Path | None
) -> None:
    """Compare and print; write the CSV to `out` where it is given. Raises InputError, SimulationError."""
    from tzsim.calibrate.history_fit import MEMBERS, fit_history, write_history_csv
    from tzsim.calibrate.history_spec import read_history_spec
    from tzsim.cli.goal_table import console

    fit = fit_history(read_history_spec(spec), members=draws or MEMBERS, seed=seed, threads=threads)
    if out is not None:
        write_history_csv(fit, out)
    _print(console(), fit)


def _print(out: Console, fit: HistoryFit) -> None:
    rows = sum(len(f.figure.rows) for f in fit.figures)
    _table(
        out,
        "documented figures and the 95 % band of the priors",
        ("series", "year", "documented", "low", "median", "high", "unit", "inside", "quality"),
        [
            (f.figure.series, str(f.figure.year), *(f"{v:.4g}" for v in (f.figure.value, f.low, f.median, f.high)),
             f"{f.figure.unit} {f.figure.bound}".strip(), "yes" if f.inside else "NO", f.figure.quality)
            for f in fit.figures
        ],
    )  # fmt: skip
    _table(
        out,
        "series: width of the band, and Theil's parts of the median's error",
        ("series", "figures", "width", "naive width", "unit", "narrower", "error", "bias", "variance", "covariance"),
        [
            (s.id, str(len(s.figures)), f"{s.width:.4g}", "" if isnan(s.naive_width) else f"{s.naive_width:.4g}", s.unit,
             "" if isnan(s.naive_width) else "NO" if s.wider_than_naive else "yes",
             *(("", "", "", "") if s.theil is None else
               (f"{s.theil.root:.1%}", f"{s.theil.bias:.2f}", f"{s.theil.variance:.2f}", f"{s.theil.covariance:.2f}")))
            for s in fit.series
        ],
    )  # fmt: skip
    _table(
        out,
        "documented rows left out",
        ("row", "of", "year", "value", "unit", "reason"),
        [
            (left.row.variable, left.row.entity, str(left.row.year), f"{left.row.value:g}", left.row.unit, left.reason)
            for left in fit.left_out
        ],
    )  # fmt: skip
    _table(
        out,
        "priors beyond their researched range",
        ("constant", "low", "high", "range low", "range high", "unit", "width", "source of the prior"),
        [
            (w.prior.variable, *(f"{v:.4g}" for v in (w.prior.distribution.low, w.prior.distribution.high, w.low, w.high)),
             w.prior.unit, f"{w.width:.2f} x", w.prior.source)
            for w in fit.wider
        ],
    )  # fmt: skip
    failed = f"; {fit.failed} members failed" if fit.failed else ""
    out.print(
        f"{fit.inside} of {len(fit.figures)} figures inside their band ({fit.coverage:.0%}); they rest on {rows} documented "
        f"rows, {len(fit.left_out)} rows are left out; {fit.members:,} members{failed}",
        soft_wrap=True,
    )
    if fit.misses:
        out.print(f"misses: {', '.join(fit.misses)}", soft_wrap=True)


def _table(out: Console, title: str, columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.markup import escape
    from rich.table import Table

    if not rows:
        return
    words = {"constant", "source of the prior", "series", "row", "of", "reason", "unit", "quality"}
    grid = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for name in columns:
        grid.add_column(name, justify="left" if name in words else "right", overflow="fold")
    for row in rows:
        grid.add_row(*map(escape, row))
    out.print(grid)
