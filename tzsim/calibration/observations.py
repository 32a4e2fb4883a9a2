"""What was observed, with which error: one documented figure against the model's measure of the same thing.

The error of a figure, when no sd is written for it: its stated interval, sd = (high - low)/3.3 (about the 90 %
interval of a normal distribution), else a share of the value by quality.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np
from scipy.special import gammaln, log_ndtr
from scipy.stats import norm
from scipy.stats import t as student

from tzsim.calibration.coordinates import at_score
from tzsim.calibration.moves import FloatArray
from tzsim.errors import InputError, Problem, nearest
from tzsim.measures import Measure
from tzsim.scenario.distributions import Z95, Distribution

Noise: TypeAlias = Literal["normal", "student t"]
Bound: TypeAlias = Literal["", "at least", "at most"]
Role: TypeAlias = Literal["fit", "hold-out"]

RELATIVE_SD = {"official": 0.01, "reported": 0.02, "secondary": 0.03}
"""Relative standard error of a figure without a stated interval, by quality."""

FARTHEST = 1e150
"""Standard deviations beyond which squares would overflow; the density is 0 long before."""

INTERVAL_WIDTH = 3.3
"""Standard deviations between `low` and `high`."""


@dataclass(frozen=True, slots=True)
class Datum:
    """One figure that the model must explain.

    measure: dated, bound to elements, giving `unit`. value, sd: in `unit`. degrees: of Student's t. bound: the figure
    is only a bound ('at least': the truth is above it, up to the error). scale: id of the series whose unknown factor
    (see `Scale`) stands between the model's quantity and the figure; '' for none.
    """

    id: str
    series: str
    time: float
    """On the model's own clock; for a figure of a calendar year, the year."""
    value: float
    sd: float
    unit: str
    measure: Measure
    noise: Noise = "normal"
    degrees: float = 5.0
    bound: Bound = ""
    role: Role = "fit"
    scale: str = ""
    quality: str = ""
    source: str = ""
    published: str = ""
    """When the last of its parts became known, '' where that is not recorded."""

    def __post_init__(self) -> None:
        problems = noise_problems(self.noise, self.degrees)
        problems += _unknown("bound", self.bound, get_args(Bound)) + _unknown(
            "role", self.role, get_args(Role)
        )
        if problems:
            raise InputError(problems)

    def log_density(self, modelled: FloatArray) -> FloatArray:
        """Log density (log probability of a bound) of the figure, for the model's values of any shape; same shape."""
        with np.errstate(over="ignore"):
            distance = np.clip((self.value - modelled) / self.sd, -FARTHEST, FARTHEST)
        if self.bound:
            away = -distance if self.bound == "at least" else distance
            return _log_cdf(away, self.noise, self.degrees)
        if self.noise == "normal":
            return -0.5 * distance**2 - np.log(self.sd) - 0.5 * np.log(2 * np.pi)
        half = 0.5 * (self.degrees + 1)
        constant = gammaln(half) - gammaln(0.5 * self.degrees) - 0.5 * np.log(self.degrees * np.pi)
        return constant - np.log(self.sd) - half * np.log1p(distance**2 / self.degrees)

    def probability_below(self, modelled: FloatArray) -> FloatArray:
        """P(a new figure <= the documented one) for the model's values of any shape: the integrand of its PIT."""
        distance = (self.value - modelled) / self.sd
        return np.asarray(
            norm.cdf(distance) if self.noise == "normal" else student.cdf(distance, self.degrees)
        )

    def replicate(self, modelled: FloatArray, rng: np.random.Generator) -> FloatArray:
        """New figures for the model's values of any shape: the values plus observation error."""
        if self.noise == "normal":
            return modelled + self.sd * rng.standard_normal(modelled.shape)
        return modelled + self.sd * rng.standard_t(self.degrees, modelled.shape)


@dataclass(frozen=True, slots=True)
class Scale:
    """An unknown factor between the model's quantity and the figures of one series, common to its years.

    scope: the figures have another definition; figure = quantity * factor. ratio: they are of a larger whole (a prefecture,
    a province); quantity = factor * figure. Either factor has a prior of its own and is a coordinate of the fit.
    """

    kind: Literal["scope", "ratio"]
    series: str
    distribution: Distribution

    @property
    def name(self) -> str:
        return f"{self.kind} of {self.series}"

    def applied(self, modelled: FloatArray, z: FloatArray) -> FloatArray:
        """The figures that quantities (draw,) would be, at standard normal scores z (draw,) of the factor."""
        factor = at_score(self.distribution, z)
        return modelled * factor if self.kind == "scope" else modelled / factor


def scope(series: str, width: float) -> Scale:
    """The scope of a series as a lognormal factor about 1 whose log sd is `width`."""
    far = math.exp(width * Z95)
    return Scale("scope", series, Distribution("lognormal", 1.0, 1.0 / far, far))


def noise_problems(noise: str, degrees: float) -> list[Problem]:
    """What is wrong with a distribution of errors."""
    found = _unknown("noise", noise, get_args(Noise))
    if noise == "student t" and not 0 < degrees < math.inf:
        found.append(Problem(None, f"degrees: Student's t has degrees of freedom above 0, not {degrees!r}"))
    return found


def _unknown(field: str, value: str, known: tuple[str, ...]) -> list[Problem]:
    if value in known:
        return []
    names = ", ".join(f"'{k}'" for k in known)
    return [Problem(None, f"unknown {field} {value!r}", nearest(str(value), known) or f"known: {names}")]


def standard_error(value: float, low: float | None, high: float | None, quality: str) -> float | None:
    """sd from the interval where both ends are stated and apart, else by quality; None where neither says it."""
    if low is not None and high is not None and high > low:
        return (high - low) / INTERVAL_WIDTH
    share = RELATIVE_SD.get(quality)
    return None if share is None or value == 0 else share * abs(value)


def _log_cdf(x: FloatArray, noise: Noise, degrees: float) -> FloatArray:
    if noise == "normal":
        return np.asarray(log_ndtr(x))
    return np.asarray(student.logcdf(x, degrees))
