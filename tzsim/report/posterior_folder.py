"""The folder of a calibration's diagnostics: what was sampled, fitted and learnt as CSV, and its charts."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import astuple, fields
from pathlib import Path
from typing import Any

from tzsim.calibration.influence_table import Influence
from tzsim.calibration.posterior import Posterior
from tzsim.ensemble.posterior_record import StoredPosterior
from tzsim.forecast.folder import RECORD, new_folder
from tzsim.record import VERSION, canonical_json, sha256
from tzsim.report.charts.prior_chart import parameters_chart
from tzsim.report.charts.sampling_chart import fit_chart, informed_chart, pairs_chart, trace_chart
from tzsim.report.style import save_figure
from tzsim.report.wording import Lang


def write_diagnostics(posterior: Posterior, folder: str | Path, lang: Lang = "zh") -> tuple[str, ...]:
    """Write parameters.csv, figures.csv, goals.csv and charts/ (PNG, SVG, PDF); the names written.

    parameters.csv has R-hat, bulk and tail ESS of every coordinate, its prior and posterior, and the figure that informed it;
    figures.csv each figure against its predictive band. The folder appears whole or not at all; the same posterior gives the same bytes.
    Raises InputError where something stands there that no run wrote.
    """
    with new_folder(Path(folder)) as place:
        for name, rows in (
            ("parameters", posterior.parameters),
            ("figures", posterior.figures),
            ("goals", posterior.goals),
        ):
            if rows:
                (place / f"{name}.csv").write_bytes(_table(rows))
        (place / "charts").mkdir()
        charts = {
            "trace": trace_chart(posterior, lang=lang),
            "informed": informed_chart(posterior, lang),
            "prior-and-posterior": parameters_chart(posterior, lang),
            "pairs": pairs_chart(posterior, lang),
            "fit": fit_chart(posterior, lang),
        }
        for name, figure in charts.items():
            save_figure(figure, place / "charts" / name)
        run_id = sha256(canonical_json([posterior.id, posterior.seed, dict(posterior.hashes)]).encode())[:16]
        names = sorted(p.relative_to(place).as_posix() for p in place.rglob("*") if p.is_file())
        record = {
            "tzsim": VERSION, "run_id": run_id, "answer": "Posterior", "id": posterior.id, "seed": posterior.seed,
            "hashes": dict(posterior.hashes), "files": names,
        }  # fmt: skip
        (place / RECORD).write_text(canonical_json(record) + "\n", "utf-8")
    return (*names, RECORD)


def write_influence(rows: Sequence[Influence], folder: str | Path, stored: StoredPosterior) -> None:
    """Write influence.csv: every goal with and without every fitted figure of a recorded posterior, and how that is known.

    The folder appears whole or not at all. Raises InputError where something stands there that no run wrote.
    """
    with new_folder(Path(folder)) as place:
        (place / "influence.csv").write_bytes(_table(rows))
        draws: str = stored.info["draws_sha256"]
        run_id = sha256(
            canonical_json(
                [draws, [astuple(r) for r in rows if r.without == r.without and r.error == r.error]]
            ).encode()
        )
        record = {
            "tzsim": VERSION, "run_id": run_id[:16], "answer": "Influence", "id": stored.info["id"], "draws_sha256": draws,
            "files": ["influence.csv"],
        }  # fmt: skip
        (place / RECORD).write_text(canonical_json(record) + "\n", "utf-8")


def _table(rows: Sequence[Any]) -> bytes:
    """Rows of one kind as CSV in UTF-8 with a mark, so that Excel reads it."""
    names = [f.name for f in fields(rows[0])]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_cell(getattr(row, name)) for name in names] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "" if value != value else f"{value:.6g}"
    if isinstance(value, dict):
        return "; ".join(f"{k}: {_cell(v)}" for k, v in value.items())  # pyright: ignore[reportUnknownArgumentType]
    return "" if value is None else str(value)
