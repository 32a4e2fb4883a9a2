"""Draws: the constants and the shocks over time of each member, made on demand for any block of members.

Every uncertain number has its own stream, named after it: adding, removing or reordering others leaves it as it is
(but see `designs` for Sobol'). Elements of one shock share a normal factor: z = sqrt(c)*z_common + sqrt(1 - c)*z_own
(Gaussian copula with correlation c between any two elements, independent between knots; the model turns
innovations into autocorrelated paths).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tzsim.arguments import choice, those, whole_number
from tzsim.ensemble.designs import (
    DESIGNS,
    Design,
    Replicate,
    check_design,
    replicates,
    seed_problems,
    unit_cube,
)
from tzsim.ensemble.given import Given, Members, Quantiles, as_quantiles, items_of
from tzsim.ensemble.posterior import PosteriorSource
from tzsim.ensemble.posterior import stream as _stream
from tzsim.errors import InputError, Problem
from tzsim.kernel.path_forms import Path
from tzsim.names import key
from tzsim.scenario.distributions import Distribution

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from tzsim.scenario import Priors, Shock

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Input:
    """One constant of the model, by element name, and how it is distributed over the members."""

    name: str
    distribution: Quantiles


@dataclass(frozen=True, slots=True)
class Series:
    """One constant driven over time: held from knot to knot, `count` knots from `start` every `period`."""

    name: str
    distribution: Quantiles
    start: float
    period: float
    count: int
    shock: str = ""
    common: float = 0.0
    fixed: Mapping[int, float] = field(default_factory=dict[int, float])
    """Knot -> value that every member has there."""


@dataclass(frozen=True, slots=True)
class Block:
    """Draws of consecutive members."""

    first: int
    values: FloatArray
    """(input, member)."""
    knots: FloatArray
    """(knot of each series in turn, member)."""


@dataclass(frozen=True, eq=False)
class Draws:
    """An ensemble before it is run. Nothing is stored: `block` makes any members from the seed."""

    inputs: tuple[Input, ...]
    series: tuple[Series, ...]
    members: int
    seed: int
    design: Design
    posterior: PosteriorSource | None = None
    """Where the draws of what is known by now come from, in place of the priors."""
    effective: float | None = None
    """How many independent members the given ones are worth, where that is known to be fewer (draws of a posterior)."""
    paths: Mapping[str, Path] = field(default_factory=dict[str, Path])
    """Element -> its path over time in each member, as the model was made ready for by `kernel.paths.drive`."""

    @property
    def names(self) -> tuple[str, ...]:
        """Element names of the inputs, in the order of `Block.values`."""
        return tuple(i.name for i in self.inputs)

    @property
    def replicates(self) -> tuple[Replicate, ...]:
        """Independent parts of the design, for the error of estimates."""
        return replicates(self.design, self.members)

    @property
    def given(self) -> tuple[FloatArray, ...]:
        """Arrays (member,) of the inputs whose numbers were given one by one."""
        return tuple(i.distribution.values for i in self.inputs if isinstance(i.distribution, Given))

    def worth(self, *, random: bool) -> float | None:
        """How many independent members these are worth, where that is fewer than there are; else None.

        Where nothing but given numbers differs between members, members with the same numbers are one:
        n effective = (sum of repeats)^2 / sum of repeats^2 (Kish 1965). random: whether the model itself draws numbers.
        """
        found = self.effective
        alone = not random and not self.series and not any(_uncertain(i.distribution) for i in self.inputs)
        if alone:
            paths = [row for p in self.paths.values() for row in p.values]
            rows = np.stack((*self.given, *paths, np.zeros(self.members)), axis=1)
            _, repeats = np.unique(rows, axis=0, return_counts=True)
            distinct = self.members**2 / float((repeats.astype(np.float64) ** 2).sum())
            found = distinct if found is None else min(found, distinct)
        return None if found is None or found >= self.members else found

    def block(self, first: int = 0, count: int | None = None) -> Block:
        """Members first .. first + count - 1 (default: to the end); the same numbers whatever the block.

        Raises ValueError outside the ensemble.
        """
        count = self.members - first if count is None else count
        uncertain = [i for i, row in enumerate(self.inputs) if _uncertain(row.distribution)]
        common = _common_streams(self.series)
        knots = [_stream(s.shock, s.name, k) for s in self.series for k in range(s.count)]
        streams = [key(self.inputs[i].name) for i in uncertain] + list(common) + knots
        cube = unit_cube(self.design, streams, self.members, self.seed, first, count)
        if self.posterior is not None:
            self.posterior.place(cube, streams, self.seed, first)

        values = np.empty((len(self.inputs), count))
        rows = iter(cube)
        for i, row in enumerate(self.inputs):
            if isinstance(row.distribution, Given):
                values[i] = row.distribution.values[first : first + count]
            else:
                values[i] = row.distribution.quantile(next(rows) if _uncertain(row.distribution) else 0.5)
        shared = dict(zip(common, _normal(cube[len(uncertain) : len(uncertain) + len(common)]), strict=True))
        driven = cube[len(uncertain) + len(common) :]
        at = 0
        for s in self.series:
            own = driven[at : at + s.count]
            _fill(own, s, shared)
            at += s.count
        return Block(first, values, driven)

    def streams_before(self, until: float) -> tuple[str, ...]:
        """Names of the random streams that decide what happens before time `until` (years)."""
        constants = [key(i.name) for i in self.inputs if _uncertain(i.distribution)]
        driven = [
            _stream(s.shock, name, k)
            for s in self.series
            if _uncertain(s.distribution)
            for k in range(s.count)
            if k not in s.fixed and s.start + k * s.period < until - 1e-9
            for name in ((s.name, "") if s.common else (s.name,))
        ]
        return tuple(dict.fromkeys(constants + driven))

    def to_xarray(self, first: int = 0, count: int | None = None) -> xr.DataArray:
        """Draws of the constants, dims (member, input); the shocks are in `block`."""
        import xarray as xr

        block = self.block(first, count)
        members = np.arange(first, first + block.values.shape[1])
        return xr.DataArray(
            block.values.T,
            dims=("member", "input"),
            coords={"member": members, "input": list(self.names)},
            name="draws",
            attrs={"seed": self.seed, "design": self.design},
        )

    def __repr__(self) -> str:
        parts = f"{len(self.inputs)} constants, {len(self.series)} series, {self.members} members"
        return f"Draws({parts}, seed={self.seed}, design={self.design!r})"


def draw(
    priors: Priors | Mapping[str, object] | pd.DataFrame | None = None,
    shocks: Iterable[Shock] = (),
    *,
    members: int,
    seed: int = 0,
    design: Design = "monte carlo",
    fixed: Mapping[str, float] | None = None,
) -> Draws:
    """Plan an ensemble.

    priors: the prior table, or element name -> number, distribution (anything with `ppf(u)`, such as a frozen distribution of
        scipy.stats, or `quantile(u)`), or `members` numbers (array, list, pandas Series, xarray DataArray; posterior draws
        (chain, draw) count chain after chain). A DataFrame is joint draws: a column an input, a row a member.
    shocks: rows of the shock table.
    members, seed, design: member i of a seed is the same in every ensemble of the same design and size; with
        'monte carlo' the size does not matter either.
    fixed: element name -> value, in place of any prior or shock of that element.

    Raises InputError for an unknown design, a seed below 0, fewer members than one, or an input that is no distribution.
    """
    wrong_size = whole_number("members", members, 1)
    problems = [*those(wrong_size, choice("design", design, DESIGNS)), *seed_problems(seed)]
    if wrong_size is not None:
        raise InputError(problems)
    members = int(members)
    inputs: dict[str, Input] = {}
    for name, value in items_of(priors):
        try:
            inputs[key(name)] = Input(name, as_quantiles(value, members))
        except (TypeError, ValueError) as error:
            problems.append(Problem(None, f"{name}: {error}"))
    if problems:
        raise InputError(problems)
    check_design(design, members)
    held = {key(name): value for name, value in (fixed or {}).items()}
    for name, value in (fixed or {}).items():
        inputs[key(name)] = Input(name, Distribution("constant", value, value, value))
    series = [s for shock in shocks if not shock.off for s in _series(shock) if key(s.name) not in held]
    worth = priors.effective if isinstance(priors, Members) else None
    return Draws(tuple(inputs.values()), tuple(series), members, int(seed), design, effective=worth)


def _series(shock: Shock) -> Iterable[Series]:
    for row in shock.elements:
        fixed = {k: v for name, k, v in shock.fixed if key(name) == key(row.variable)}
        yield Series(
            row.variable,
            row.distribution,
            shock.start,
            shock.period,
            shock.count,
            shock.id,
            shock.common if len(shock.elements) > 1 else 0.0,
            fixed,
        )


def _uncertain(distribution: Quantiles) -> bool:
    if isinstance(distribution, Given):
        return False
    return not (isinstance(distribution, Distribution) and distribution.kind == "constant")


def _common_streams(series: Sequence[Series]) -> tuple[str, ...]:
    """One stream for each knot of each shock whose elements share a factor."""
    return tuple(dict.fromkeys(_stream(s.shock, "", k) for s in series if s.common for k in range(s.count)))


def _normal(u: FloatArray) -> FloatArray:
    from scipy.special import ndtri

    return np.asarray(ndtri(u))


def _fill(own: FloatArray, series: Series, shared: Mapping[str, FloatArray]) -> None:
    """Uniforms (knot, member) of one series become its values, in place."""
    if series.common:
        from scipy.special import ndtr

        common = np.stack([shared[_stream(series.shock, "", k)] for k in range(series.count)])
        score = series.common**0.5 * common + (1 - series.common) ** 0.5 * _normal(own)
        distribution = series.distribution
        if isinstance(distribution, Distribution) and distribution.gaussian:
            own[:] = distribution.at_score(score)
        else:
            own[:] = distribution.quantile(ndtr(score))
    else:
        own[:] = series.distribution.quantile(own)
    for knot, value in series.fixed.items():
        own[knot] = value
