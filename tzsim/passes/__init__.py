"""Model -> Model: from what a person wrote to scalar equations in order. `PASSES` is the whole pipeline."""

from __future__ import annotations

from collections.abc import Callable

from tzsim.ir.model import Model
from tzsim.passes.accumulate import accumulate
from tzsim.passes.expand import expand
from tzsim.passes.fold import fold
from tzsim.passes.order import order
from tzsim.passes.prune import prune
from tzsim.passes.request import Request
from tzsim.passes.resolve import resolve
from tzsim.passes.unroll import unroll

Pass = Callable[[Model, Request], Model]

SCALAR: tuple[Pass, ...] = (resolve, unroll, expand)
"""Up to here every variable has become scalars, none of them left out."""
PASSES: tuple[Pass, ...] = (*SCALAR, accumulate, fold, prune, order)


def run_passes(model: Model, request: Request, passes: tuple[Pass, ...] = PASSES) -> Model:
    """The model after all passes: scalar variables, in the order of a step, only what the request needs."""
    for one in passes:
        model = one(model, request)
    return model


__all__ = ["PASSES", "SCALAR", "Pass", "Request", "run_passes"]
