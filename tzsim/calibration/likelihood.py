"""The log likelihood of documented figures: coordinates -> model inputs -> kernel -> measures -> densities, in batches.

Figures are independent given the model's path; what they have in common (shocks of a year, a scope that differs, the
county's share of a prefecture) is a coordinate. A member that fails, or whose measure is not a number, has likelihood zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tzsim.calibration.coordinates import Coordinate, Coordinates, at_score, coordinates
from tzsim.calibration.dependence import active_coordinates, random_problems
from tzsim.calibration.moves import FloatArray
from tzsim.calibration.observations import Datum, Scale
from tzsim.errors import InputError, Problem
from tzsim.ir.model import Model
from tzsim.kernel.compile import Backend, Kernel, SeriesSpec, compile_model
from tzsim.measures import Measure, evaluate, needs, quantities
from tzsim.names import key
from tzsim.scenario.records import Priors, Shock

INTEGRAL = "∫"
BLOCK = 4096
"""Members simulated together; bounds the memory."""


@dataclass(frozen=True)
class Likelihood:
    """A compiled likelihood. Coordinates of scopes and ratios, if any, come after those of the model.

    data: fitted and held-out figures; only those of role 'fit' enter `log_likelihood`.
    """

    coordinates: Coordinates
    data: tuple[Datum, ...]
    scales: tuple[Scale, ...]
    kernel: Kernel
    until: float

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all coordinates, scopes and ratios included."""
        return tuple(c.name for c in self.listed)

    @property
    def listed(self) -> tuple[Coordinate, ...]:
        return (*self.coordinates.listed, *(Coordinate(s.name, s.kind) for s in self.scales))

    def __len__(self) -> int:
        return len(self.coordinates) + len(self.scales)

    def values(self, z: FloatArray) -> dict[str, FloatArray]:
        """Coordinate name -> (draw,) in its own unit, of constants, scopes and ratios, from z (draw, coordinate)."""
        first = len(self.coordinates)
        own = {s.name: at_score(s.distribution, z[:, first + i]) for i, s in enumerate(self.scales)}
        return self.coordinates.constants(z) | own

    @cached_property
    def active(self) -> NDArray[np.bool_]:
        """(coordinate,): whether any figure can depend on it; the others keep their prior."""
        last = max(needs(d.measure).times[-1] for d in self.data)
        own = active_coordinates(self.coordinates, self.kernel.program, last)
        return np.concatenate([own, np.ones(len(self.scales), dtype=np.bool_)])

    @property
    def fitted(self) -> NDArray[np.bool_]:
        """(datum,): whether it enters the likelihood."""
        return np.array([d.role == "fit" for d in self.data], dtype=np.bool_)

    def predict(self, z: FloatArray) -> FloatArray:
        """(datum, draw): the model's value of each figure, in its unit, without observation error; nan where it fails."""
        return np.concatenate(
            [self._predict(z[i : i + BLOCK]) for i in range(0, max(len(z), 1), BLOCK)], axis=1
        )

    def pointwise(self, z: FloatArray) -> FloatArray:
        """(datum, draw): log density of each figure; -inf where the member fails."""
        return self.densities(self.predict(z))

    def densities(self, predicted: FloatArray) -> FloatArray:
        """As `pointwise`, from predictions (datum, draw)."""
        found = np.stack([d.log_density(row) for d, row in zip(self.data, predicted, strict=True)])
        return np.where(np.isnan(found), -np.inf, found)

    def log_likelihood(self, z: FloatArray) -> FloatArray:
        """(draw,): log likelihood of the fitted figures at z (draw, coordinate)."""
        return self.pointwise(z)[self.fitted].sum(axis=0)

    def replicate(self, z: FloatArray, rng: np.random.Generator) -> FloatArray:
        """(datum, draw): new figures as they might have been published, with observation error."""
        predicted = self.predict(z)
        return np.stack([d.replicate(row, rng) for d, row in zip(self.data, predicted, strict=True)])

    def given(self, values: FloatArray) -> Likelihood:
        """The same likelihood with other figures (datum,), for simulated data."""
        data = tuple(replace(d, value=float(v)) for d, v in zip(self.data, values, strict=True))
        return replace(self, data=data)

    def simulated(self, truth: FloatArray, rng: np.random.Generator) -> Likelihood:
        """The experiment of simulation-based calibration: the likelihood of figures simulated from `truth` (coordinate,).

        Raises InputError for figures that are only bounds: they have no distribution to draw from.
        """
        bounds = [d.id for d in self.data if d.bound]
        if bounds:
            raise InputError.one(f"figures that are bounds cannot be simulated: {', '.join(bounds)}")
        return self.given(self.replicate(truth[None], rng)[:, 0])

    def _predict(self, z: FloatArray) -> FloatArray:
        split = len(self.coordinates)
        inputs, knots = self.coordinates.values(z[:, :split])
        run = self.kernel.run(inputs, knots if self.coordinates.series else None)
        readings = Readings(self.kernel, run.values)
        scales = {s.series: (s, split + i) for i, s in enumerate(self.scales)}
        rows: list[FloatArray] = []
        for datum in self.data:
            modelled = evaluate(datum.measure, readings)
            if datum.scale:
                scale, column = scales[datum.scale]
                modelled = scale.applied(np.broadcast_to(modelled, (len(z),)), z[:, column])
            rows.append(np.where(np.isfinite(modelled) & (run.status == 0), modelled, np.nan))
        return np.array(rows)


class Readings:
    """What measures read of a run: (member,) by element name and time."""

    def __init__(self, kernel: Kernel, values: FloatArray) -> None:
        """values: (output, time, member)."""
        self._row = {_output_key(name): i for i, name in enumerate(kernel.outputs)}
        self._column = {float(t): i for i, t in enumerate(kernel.times)}
        self._values = values

    def level(self, name: str, time: float, /) -> FloatArray:
        """Value of an element at a saved time."""
        return self._values[self._row[key(name)], self._column[float(time)]]

    def integral(self, name: str, time: float, /) -> FloatArray:
        """Integral of an element since the start, at a saved time."""
        return self._values[self._row[INTEGRAL + key(name)], self._column[float(time)]]


def build_likelihood(
    model: Model,
    priors: Priors | Mapping[str, object],
    data: Iterable[Datum],
    *,
    shocks: Iterable[Shock] = (),
    until: float,
    fixed: Mapping[str, float] | None = None,
    scales: Iterable[Scale] = (),
    backend: Backend = "llvm",
) -> Likelihood:
    """The likelihood of `data` under a model and its priors.

    until: end of what is known (years); shocks before it are coordinates, and no figure may read a later time. scales:
    of the series whose figures differ from the model's quantity by an unknown factor.
    Raises InputError: nothing to fit, a figure later than `until`, figures that depend on random
    functions of the model (their draws are not coordinates; drive a constant by a shock instead), and whatever the kernel refuses.
    """
    data = tuple(data)
    problems = _late(data, until)
    if not any(d.role == "fit" for d in data):
        problems.append(Problem(None, "there is no figure to fit", "give at least one of role 'fit'"))
    scales = tuple(scales)
    for datum in data:
        if datum.scale and datum.scale not in {s.series for s in scales}:
            problems.append(Problem(None, f"{datum.id}: no scope or ratio is given for '{datum.scale}'"))
    if problems:
        raise InputError(problems)
    space = coordinates(priors, shocks, until=until, fixed=fixed)
    kernel = compile_for(model, space, [d.measure for d in data], backend)
    observed = [name for d in data for q in quantities(d.measure) for name in q.elements]
    if problems := random_problems(model, kernel.program, observed):
        raise InputError(problems)
    return Likelihood(space, data, scales, kernel, until)


def compile_for(model: Model, space: Coordinates, measures: Sequence[Measure], backend: Backend) -> Kernel:
    """The kernel that turns the inputs and series of `space` into what `measures` read."""
    wanted = needs(*measures)
    return compile_model(
        model,
        outputs=wanted.levels,
        inputs=[i.name for i in space.inputs],
        series=[SeriesSpec(s.name, s.start, s.period, s.count) for s in space.series],
        accumulate=wanted.integrals,
        times=wanted.times,
        backend=backend,
    )


def _late(data: Sequence[Datum], until: float) -> list[Problem]:
    found: list[Problem] = []
    for datum in data:
        last = needs(datum.measure).times[-1]
        if last > until + 1e-9:
            text = f"{datum.id}: it reads time {last:g}, and nothing after {until:g} is known"
            found.append(Problem(None, text, "leave it out, or move as_of"))
    return found


def _output_key(name: str) -> str:
    return INTEGRAL + key(name[1:]) if name.startswith(INTEGRAL) else key(name)
