"""What each figure does to each goal: its probability with and without the figure, and how the latter is known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from tzsim.calibration.left_out import LeftOut
from tzsim.ensemble.posterior_record import StoredPosterior

Method = Literal["weights", "fit without it"]


@dataclass(frozen=True, slots=True)
class Influence:
    """One figure and one goal. without: probability without the figure, nan where it is not known. error: Monte Carlo standard error
    of `change`, nan for weights. pareto_k: of the weights; r_hat, ess: of the fit without the figure, nan for weights.
    """

    figure: str
    goal: str
    probability: float
    without: float
    change: float
    error: float
    method: Method
    reliable: bool
    pareto_k: float
    r_hat: float
    ess: float


def influences(stored: StoredPosterior, left_out: Iterable[LeftOut]) -> tuple[Influence, ...]:
    """Every fitted figure and goal of a record, figures in its order; fits without a figure go before weights."""
    nan = float("nan")
    drawn = {row.figure: row for row in left_out}
    size = stored.info["checks"]["goals_ess"] or float("inf")
    rows: list[Influence] = []
    for figure in stored.info["figures"]:
        if figure["role"] != "fit":
            continue
        name, k = figure["id"], figure["pareto_k"]
        own = drawn.get(name)
        for goal in stored.info["goals"]:
            base = goal["probability_posterior"]
            if own is not None:
                known = own.probability.get(goal["goal"], nan) if own.reliable else nan
                error = float(np.hypot(own.error.get(goal["goal"], nan), (base * (1 - base) / size) ** 0.5))
            else:
                found = goal["without"].get(name)
                known, error = nan if found is None else found, nan
            rows.append(
                Influence(
                    name,
                    goal["goal"],
                    base,
                    known,
                    known - base,
                    error,
                    "weights" if own is None else "fit without it",
                    figure["reliable"] if own is None else own.reliable,
                    nan if k is None else k,
                    nan if own is None else own.r_hat,
                    nan if own is None else own.ess,
                )
            )
    return tuple(rows)
