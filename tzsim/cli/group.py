"""The command line as a whole: `tzsim` and its help."""

from __future__ import annotations

import click

from tzsim.cli.bilingual import Words
from tzsim.record import VERSION


@click.group(cls=Words, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(VERSION, prog_name="tzsim")
def commands() -> None:
    """From a stock-flow model and a plan's goals to the probability that each goal is met.

    \b
    tzsim run scenarios/baseline.yaml     simulate, judge every goal, write tables, charts and the brief
    tzsim compare A.yaml B.yaml           what changes between scenarios, draw by draw
    tzsim calibrate calibration/NAME.yaml fit the model to documented figures, record the posterior
    tzsim hindcast calibration/NAME.yaml  would it have forecast the past, against simple extrapolation
    tzsim fit calibration/history/NAME.yaml the priors against the documented past, before any fit
    tzsim explain SCENARIO GOAL           what binds a goal, what moves it, which futures miss it
    tzsim achieve SCENARIO GOAL           the cheapest levers that reach a wanted probability
    tzsim score FORECAST ACTUALS          a stored forecast against what happened
    tzsim list scenarios/baseline.yaml    goals, levers, shocks, constants by id and name
    tzsim show models/tengzhou            what a Vensim or XMILE model contains
    tzsim check models/tengzhou           the model's test battery: units, conservation, extremes, loops
    tzsim data check yearbook.xlsx        is a file of figures fit to be used
    tzsim init my-project                 a copy of the Tengzhou project, to run and to edit

    Exit codes: 0 done, 1 a run failed, 2 bad input (nothing was written), 130 interrupted.
    """
