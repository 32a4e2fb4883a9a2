"""What `simulate` is asked to run: draws made of what the caller gave, and the model with its series in place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from tzsim.arguments import check
from tzsim.ensemble.designs import Design
from tzsim.ensemble.draws import Draws, draw
from tzsim.ensemble.given import items_of, length_of
from tzsim.errors import InputError, Problem
from tzsim.ir.model import Model
from tzsim.kernel.path_forms import Path
from tzsim.kernel.paths import drive

if TYPE_CHECKING:
    import pandas as pd


class Case:
    """What is run: the model with its series in place, and the draws with those that differ between members.

    given: the model as it was given, paths: the series. Raises InputError for series that the model cannot take.
    """

    def __init__(self, model: Model, drawn: Draws, paths: Sequence[Path]) -> None:
        driven = drive(model, paths, (*drawn.names, *(s.name for s in drawn.series)))
        self.given, self.paths = model, paths
        self.model = driven.model
        self.drawn = replace(drawn, paths=driven.members)


def as_draws(
    draws: Draws | Mapping[str, object] | pd.DataFrame | None,
    members: int | None,
    seed: int | None,
    design: Design | None = None,
    paths: Sequence[Path] = (),
) -> Draws:
    """Draws made from what `simulate` takes; paths: its `series`. Raises InputError."""
    lengths = {p.name: p.members for p in paths if p.members is not None}
    if isinstance(draws, Draws):
        check(
            *_lengths(lengths, draws.members),
            Problem(None, f"the draws have {draws.members} members, not {members}")
            if members not in (None, draws.members)
            else None,
            Problem(None, f"the draws have seed {draws.seed}, not {seed}", "give the seed to `draw`")
            if seed not in (None, draws.seed)
            else None,
            Problem(
                None, f"the draws have design {draws.design!r}, not {design!r}", "give the design to `draw`"
            )
            if design not in (None, draws.design)
            else None,
        )
        return draws
    given = items_of(draws)
    sizes = {name: n for name, value in given if (n := length_of(value)) is not None}
    if members is None:
        members = max((sizes or lengths).values(), default=1)
        uncertain = [name for name, v in given if name not in sizes and hasattr(v, "ppf")]
        if uncertain and not sizes and not lengths:
            raise InputError.one(
                f"{uncertain[0]!r} has a distribution: how many members are to be drawn from it?",
                hint="give `members`, e.g. members=1000",
            )
    check(*_lengths(lengths, members))
    return draw(draws, members=members, seed=0 if seed is None else seed, design=design or "monte carlo")


def _lengths(lengths: Mapping[str, int], members: int) -> list[Problem]:
    return [
        Problem(
            None,
            f"series {name!r} has paths of {n} members; the ensemble has {members}",
            f"give {members} columns, or one path for all",
        )
        for name, n in lengths.items()
        if n != members
    ]
