"""The uncertain numbers of a forecast as independent standard normal coordinates, and back to the model's units.

One coordinate for each uncertain constant, for each knot of each shock series up to the end of the data, and for the
normal factor that the elements of a shock share at a knot (see `ensemble.draws`). This is the non-centred form: the
prior of every coordinate is the same, whatever its distribution, and shocks enter before the model autocorrelates them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from scipy.special import ndtr

from tzsim.calibration.moves import FloatArray
from tzsim.ensemble.draws import Input, Quantiles, Series, draw
from tzsim.errors import InputError
from tzsim.names import key
from tzsim.scenario.distributions import Distribution
from tzsim.scenario.records import Priors, Shock

LEAST, MOST = 2.0**-54, 1.0 - 2.0**-53
"""Probabilities at which a quantile is taken at the farthest; MOST is the largest number below 1."""


Kind: TypeAlias = Literal["constant", "knot", "common", "scope", "ratio"]


@dataclass(frozen=True, slots=True)
class Coordinate:
    """One standard normal coordinate, and what it drives.

    name: as shown. kind: a constant, the own factor of an element's shock at a knot, the factor that the elements of a
    shock share at a knot, or the scope or ratio of an observed series. element: of the model ('' for the last three).
    shock: id of the shock row. knot: its number, from 0 (-1 where there is none), acting from `time` (years).
    """

    name: str
    kind: Kind
    element: str = ""
    shock: str = ""
    knot: int = -1
    time: float = -1.0


@dataclass(frozen=True, slots=True)
class _Knot:
    series: int
    own: int
    common: int
    """Column of the shared factor, -1 without one."""
    row: int


@dataclass(frozen=True)
class Coordinates:
    """The coordinates in order: constants, shared factors, own factors of the shocks."""

    listed: tuple[Coordinate, ...]
    inputs: tuple[Input, ...]
    series: tuple[Series, ...]
    _constants: tuple[tuple[int, int], ...]
    """(row of the input, column of its coordinate)."""
    _knots: tuple[_Knot, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.listed)

    def __len__(self) -> int:
        return len(self.listed)

    def values(self, z: FloatArray) -> tuple[FloatArray, FloatArray]:
        """From z (draw, coordinate) to inputs (input, draw) and knots (knot of each series in turn, draw).

        Knots that have no coordinate (after the end of the data) stand at their median.
        """
        count = len(z)
        inputs = np.empty((len(self.inputs), count))
        for row, item in enumerate(self.inputs):
            inputs[row] = item.distribution.quantile(0.5)
        for row, column in self._constants:
            inputs[row] = at_score(self.inputs[row].distribution, z[:, column])
        knots = np.empty((sum(s.count for s in self.series), count))
        row = 0
        for series in self.series:
            knots[row : row + series.count] = series.distribution.quantile(0.5)
            for knot, value in series.fixed.items():
                knots[row + knot] = value
            row += series.count
        for knot in self._knots:
            series = self.series[knot.series]
            score = z[:, knot.own]
            if knot.common >= 0:
                score = series.common**0.5 * z[:, knot.common] + (1 - series.common) ** 0.5 * score
            knots[knot.row] = at_score(series.distribution, score)
        return inputs, knots

    def constants(self, z: FloatArray) -> dict[str, FloatArray]:
        """Element name -> (draw,) in the model's unit, of every uncertain constant, from z (draw, coordinate)."""
        return {
            self.inputs[row].name: at_score(self.inputs[row].distribution, z[:, column])
            for row, column in self._constants
        }


def coordinates(
    priors: Priors | Mapping[str, object],
    shocks: Iterable[Shock] = (),
    *,
    until: float,
    fixed: Mapping[str, float] | None = None,
) -> Coordinates:
    """The coordinates of everything that varies before time `until` (years).

    priors, shocks, fixed: as for `ensemble.draw`. Raises InputError as it does, and for arrays of numbers given as a
    prior, which have no distribution.
    """
    plan = draw(priors, shocks, members=1, fixed=fixed)
    listed: list[Coordinate] = []
    constants: list[tuple[int, int]] = []
    for row, item in enumerate(plan.inputs):
        if _varies(item.distribution):
            constants.append((row, len(listed)))
            listed.append(Coordinate(item.name, "constant", item.name))
    common: dict[tuple[str, int], int] = {}
    for series in plan.series:
        for knot in _varying(series, until):
            if series.common and (series.shock, knot) not in common:
                time = series.start + knot * series.period
                common[series.shock, knot] = len(listed)
                name = f"{series.shock} @ {time:g}, common"
                listed.append(Coordinate(name, "common", "", series.shock, knot, time))
    knots: list[_Knot] = []
    first = 0
    for index, series in enumerate(plan.series):
        for knot in _varying(series, until):
            time = series.start + knot * series.period
            shared = common[series.shock, knot] if series.common else -1
            knots.append(_Knot(index, len(listed), shared, first + knot))
            name = f"{series.name} @ {time:g}"
            listed.append(Coordinate(name, "knot", series.name, series.shock, knot, time))
        first += series.count
    return Coordinates(tuple(listed), plan.inputs, plan.series, tuple(constants), tuple(knots))


def shared_columns(of: Coordinates, among: Coordinates) -> np.ndarray:
    """(coordinate of `of`,) its column in `among`, by name. Raises KeyError for one that is not there."""
    column = {key(c.name): i for i, c in enumerate(among.listed)}
    return np.array([column[key(c.name)] for c in of.listed], dtype=np.intp)


def at_score(distribution: Quantiles, z: FloatArray) -> FloatArray:
    """The value whose probability is that of standard normal scores `z` (any shape)."""
    if isinstance(distribution, Distribution) and distribution.gaussian:
        return distribution.at_score(z)
    return distribution.quantile(np.clip(ndtr(z), LEAST, MOST))


def _varies(distribution: Quantiles) -> bool:
    if isinstance(distribution, Distribution):
        return distribution.kind != "constant"
    try:
        distribution.quantile(0.5)
    except TypeError as error:
        raise InputError.one(f"a calibration needs distributions: {error}") from None
    return True


def _varying(series: Series, until: float) -> Sequence[int]:
    if not _varies(series.distribution):
        return ()
    return [
        k
        for k in range(series.count)
        if k not in series.fixed and series.start + k * series.period < until - 1e-9
    ]
