"""Measures of chosen members under chosen constants: the same members for every choice (common random numbers)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from tzsim.ensemble.blocks import block_of, in_blocks
from tzsim.ensemble.draws import Block, Draws, draw
from tzsim.ensemble.posterior import read_posterior, source_of
from tzsim.ensemble.simulate import run_block
from tzsim.forecast.readings import Kept
from tzsim.forecast.result import POSTERIOR, Forecast
from tzsim.measures import Measure, Needs, evaluate, needs
from tzsim.names import key
from tzsim.scenario import Scenario

if TYPE_CHECKING:
    from tzsim.ensemble.designs import Design
    from tzsim.kernel.compile import Kernel

FloatArray = NDArray[np.float64]

KEPT = 5_120
"""Members whose draws are kept between runs: some 35 MB with a thousand inputs."""


@dataclass(frozen=True, eq=False)
class Sampler:
    """A compiled scenario that keeps only some measures. Made by `sampler`."""

    measures: tuple[Measure, ...]
    needs: Needs
    kernel: Kernel
    drawn: Draws
    threads: int | None
    kept: dict[tuple[int, int], Block] = field(default_factory=dict[tuple[int, int], Block], repr=False)

    def run(self, constants: Mapping[str, float], first: int, count: int) -> FloatArray:
        """(measure, member) of members first .. first + count - 1; nan in members that fail.

        constants: element -> value, in place of what the scenario says; elements named as movable only (KeyError).
        """
        rows, values = _places(self.drawn, constants)

        def work(start: int, size: int) -> FloatArray:
            usual = self._usual(first + start, size)
            moved = usual.values.copy()
            moved[rows] = values
            block = replace(usual, values=moved)
            run = run_block(self.kernel, self.drawn, first + start, size, block)
            kept = Kept(self.kernel.outputs, self.needs.times, run.values)
            found = np.stack([np.broadcast_to(evaluate(m, kept), (size,)) for m in self.measures])
            return np.where(run.status == 0, found, np.nan)

        block = min(max(128, -(-count // 2)), block_of(len(self.kernel.outputs) * len(self.kernel.times)))
        return np.concatenate(list(in_blocks(work, count, threads=self.threads, block=block)), axis=1)

    def _usual(self, first: int, count: int) -> Block:
        """Members as they are drawn; the first few thousand are kept, since what is compared runs on the same ones."""
        found = self.kept.get((first, count))
        if found is None:
            found = self.drawn.block(first, count)
            if count + sum(size for _, size in self.kept) <= KEPT:
                self.kept[first, count] = found
        return found


def _places(drawn: Draws, constants: Mapping[str, float]) -> tuple[list[int], FloatArray]:
    """Rows of `Block.values` that `constants` replace, and their values (row, 1)."""
    at = {key(row.name): i for i, row in enumerate(drawn.inputs)}
    unknown = {key(name) for name in constants} - set(at)
    if unknown:
        raise KeyError(f"not movable: {', '.join(sorted(unknown))}")
    return [at[key(name)] for name in constants], np.array(list(constants.values()), float).reshape(-1, 1)


def sampler(
    scenario: Scenario,
    measures: Sequence[Measure],
    *,
    members: int,
    movable: Mapping[str, float] | None = None,
    threads: int | None = None,
    of: Draws | None = None,
) -> Sampler:
    """Compile a scenario for dated, resolved measures. movable: elements that `run` may change, with their usual value.

    of: the draws to take members from, in place of the scenario's own; they must hold what is movable.
    """
    from tzsim.kernel.compile import SeriesSpec, compile_model

    drawn = members_of(scenario, members, movable) if of is None else of
    wanted = needs(*measures)
    kernel = compile_model(
        scenario.model,
        outputs=wanted.levels,
        inputs=drawn.names,
        series=[SeriesSpec(s.name, s.start, s.period, s.count) for s in drawn.series],
        accumulate=wanted.integrals,
        times=wanted.times,
    )
    return Sampler(tuple(measures), wanted, kernel, drawn, threads)


def members_of(scenario: Scenario, members: int, movable: Mapping[str, float] | None = None) -> Draws:
    """The members that `forecast` runs: of the recorded posterior where the scenario names one, else of the priors."""
    drawn = draw(
        scenario.priors,
        scenario.shocks,
        members=members,
        seed=scenario.seed,
        fixed=dict(scenario.fixed) | dict(movable or {}),
    )
    if scenario.posterior is None:
        return drawn
    return replace(drawn, posterior=source_of(read_posterior(scenario, allow_undiagnosed=False)))


def members_behind(forecast: Forecast, movable: Mapping[str, float] | None = None) -> Draws:
    """The draws that a forecast was made from. movable: further constants, at the value that the forecast had.

    Raises InputError where its posterior cannot be read any more.
    """
    scenario = forecast.scenario
    drawn = draw(
        scenario.priors,
        scenario.shocks,
        members=forecast.members,
        seed=forecast.seed,
        design=cast("Design", forecast.design),
        fixed=dict(scenario.fixed) | dict(movable or {}),
    )
    if forecast.evidence != POSTERIOR or scenario.posterior is None:
        return drawn
    return replace(drawn, posterior=source_of(read_posterior(scenario, allow_undiagnosed=True)))
