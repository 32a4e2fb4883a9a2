"""A posterior as one looks at it in a notebook: a line, a table, a data frame."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from tzsim.calibration.posterior import Posterior

COLUMNS = {
    "name": "parameter",
    "prior_mean": "prior mean",
    "prior_sd": "prior sd",
    "mean": "mean",
    "sd": "sd",
    "low": "5 %",
    "high": "95 %",
    "removed": "removed",
    "r_hat": "R-hat",
    "ess_bulk": "ESS bulk",
    "ess_tail": "ESS tail",
    "informed_by": "informed by",
}
"""Field of `ParameterSummary` -> heading."""

MOST_ROWS = 40


def frame(posterior: Posterior) -> pd.DataFrame:
    """One row a parameter, by name; columns as the fields of `ParameterSummary`."""
    import pandas as pd

    rows = [{field: getattr(p, field) for field in COLUMNS} for p in posterior.parameters]
    return pd.DataFrame(rows, columns=[*COLUMNS]).set_index("name")


def line(posterior: Posterior) -> str:
    """What it is and whether it can be trusted, in one line."""
    checks = posterior.convergence
    fitted = [f for f in posterior.figures if f.role == "fit"]
    verdict = "converged" if posterior.converged else "NOT converged"
    return (
        f"Posterior({posterior.id!r}, {len(posterior.parameters)} parameters, {len(fitted)} figures, {checks.chains} runs of "
        f"{checks.draws} draws, {verdict}: R-hat {checks.worst_r_hat:.4f}, ESS {checks.least_ess:.0f})"
    )


def html(posterior: Posterior) -> str:
    """The line, and a table of the parameters, those that the figures informed most first."""
    rows = sorted(posterior.parameters, key=lambda p: -p.removed)
    shown = rows[:MOST_ROWS]
    body = "".join("<tr>" + "".join(_cell(f, getattr(p, f)) for f in COLUMNS) + "</tr>" for p in shown)
    head = "".join(f"<th>{escape(text)}</th>" for text in COLUMNS.values())
    more = f"<p>and {len(rows) - len(shown)} more: to_dataframe()</p>" if len(rows) > len(shown) else ""
    return f"<p>{escape(line(posterior))}</p><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"


def _cell(field: str, value: str | float) -> str:
    if isinstance(value, str):
        return f"<td style='text-align:left'>{escape(value)}</td>"
    text = (
        f"{value:.0%}"
        if field == "removed"
        else f"{value:.0f}"
        if field.startswith("ess")
        else f"{value:.4g}"
    )
    return f"<td>{text if value == value else ''}</td>"
