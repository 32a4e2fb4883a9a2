"""Can the model give the figures at all? Asked of a few draws from the priors, before any sampling."""

from __future__ import annotations

import numpy as np

from tzsim.calibration.likelihood import Likelihood
from tzsim.calibration.observations import FARTHEST
from tzsim.errors import InputError, Problem

DRAWS = 256


def refuse_impossible(likelihood: Likelihood, seed: int) -> None:
    """Raise InputError where none of `DRAWS` draws from the priors has a likelihood above 0, naming the figures that say so."""
    z = np.random.default_rng([seed, 7]).standard_normal((DRAWS, len(likelihood)))
    predicted = likelihood.predict(z)[likelihood.fitted]
    data = [d for d in likelihood.data if d.role == "fit"]
    problems: list[Problem] = []
    for datum, row in zip(data, predicted, strict=True):
        modelled = row[np.isfinite(row)]
        if not modelled.size:
            text = f"{datum.id}: the model gives no finite number there with any of {DRAWS} draws from the priors"
            problems.append(Problem(None, text, "look at tzsim.simulate with these priors"))
            continue
        with np.errstate(over="ignore"):
            distance = np.abs(datum.value - modelled) / datum.sd
        if not np.isfinite(datum.log_density(modelled)).any() or float(distance.min()) >= FARTHEST:
            text = f"{datum.id}: {datum.value:g} is impossible: with {DRAWS} draws from the priors the model gives "
            text += f"{modelled.min():g} to {modelled.max():g}, and the standard error is {datum.sd:g}"
            problems.append(
                Problem(None, text, "check the figure, its unit and its standard error, or widen the priors")
            )
    if not problems and not np.isfinite(likelihood.log_likelihood(z)).any():
        problems.append(
            Problem(
                None,
                f"no draw of {DRAWS} from the priors has a likelihood above 0: most fail, or no one agrees with all figures",
                "look at tzsim.simulate with these priors",
            )
        )
    if problems:
        raise InputError(problems)
