"""Distributions of the prior and shock tables: inverse distribution functions, so that any design can drive them.

How `value`, `low` and `high` are read:

constant     always `value`
uniform      between `low` and `high`
triangular   between `low` and `high`, most likely `value`
normal       median `value`, 5 % point `low`, 95 % point `high`; where these lie unevenly about the median each side has its own
             standard deviation, so that all three are met
lognormal    the same on the logarithm; all three positive
beta         on 0 to 1 with mean `value`, concentrated so that the 5 % and 95 % points lie `high - low` apart

`truncate: [a, b]` keeps the part between a and b (either may be null) and rescales the probability.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tzsim.errors import both

Kind: TypeAlias = Literal["constant", "uniform", "triangular", "normal", "lognormal", "beta"]
KINDS: tuple[Kind, ...] = ("constant", "uniform", "triangular", "normal", "lognormal", "beta")

Z95 = 1.6448536269514722
"""The 95 % point of the standard normal distribution."""


class DistributionError(ValueError):
    """The numbers do not describe the distribution named. `field` is the one to mend."""

    def __init__(self, field: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.field = field
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Distribution:
    """One distribution, all numbers in one unit. Make it with `distribution`, which checks them.

    a, b: the two shape numbers of a beta distribution, else 0. truncate: bounds kept, infinite where open.
    """

    kind: Kind
    value: float
    low: float
    high: float
    truncate: tuple[float, float] = (-math.inf, math.inf)
    a: float = 0.0
    b: float = 0.0

    def quantile(self, u: ArrayLike) -> NDArray[np.float64]:
        """The value below which a share `u` (in 0..1, any shape) of the distribution lies; same shape."""
        p = np.asarray(u, dtype=np.float64)
        lower, upper = self.truncate
        if lower > -math.inf or upper < math.inf:
            start = float(self._whole_cdf(np.asarray(lower))) if lower > -math.inf else 0.0
            end = float(self._whole_cdf(np.asarray(upper))) if upper < math.inf else 1.0
            return np.clip(self._whole_quantile(start + p * (end - start)), lower, upper)
        return self._whole_quantile(p)

    @property
    def gaussian(self) -> bool:
        """Whether the value is a plain function of a standard normal score (normal or lognormal, not truncated)."""
        return self.kind in ("normal", "lognormal") and self.truncate == (-math.inf, math.inf)

    def at_score(self, z: NDArray[np.float64]) -> NDArray[np.float64]:
        """`quantile(ndtr(z))` of a `gaussian` distribution without the detour over the uniform; same shape."""
        if self.kind == "normal":
            return _two_sided(z, self.value, self.low, self.high)
        return np.exp(_two_sided(z, math.log(self.value), math.log(self.low), math.log(self.high)))

    def cdf(self, x: ArrayLike) -> NDArray[np.float64]:
        """The share of the distribution at or below `x` (any shape); same shape."""
        y = np.asarray(x, dtype=np.float64)
        lower, upper = self.truncate
        start = float(self._whole_cdf(np.asarray(lower))) if lower > -math.inf else 0.0
        end = float(self._whole_cdf(np.asarray(upper))) if upper < math.inf else 1.0
        inside = (self._whole_cdf(y) - start) / (end - start)
        return np.clip(inside, 0.0, 1.0)

    def _whole_quantile(self, p: NDArray[np.float64]) -> NDArray[np.float64]:
        if self.kind == "constant":
            return np.full(p.shape, self.value)
        if self.kind == "uniform":
            return self.low + p * (self.high - self.low)
        if self.kind == "triangular":
            width, left, right = self.high - self.low, self.value - self.low, self.high - self.value
            rising = self.low + np.sqrt(p * width * left)
            falling = self.high - np.sqrt((1.0 - p) * width * right)
            return np.where(p < left / width, rising, falling)
        from scipy import special

        if self.kind == "beta":
            return np.asarray(special.betaincinv(self.a, self.b, p), dtype=np.float64)
        return self.at_score(np.asarray(special.ndtri(p), dtype=np.float64))

    def _whole_cdf(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        if self.kind == "constant":
            return np.where(x >= self.value, 1.0, 0.0)
        if self.kind == "uniform":
            return np.clip((x - self.low) / (self.high - self.low), 0.0, 1.0)
        if self.kind == "triangular":
            width, left, right = self.high - self.low, self.value - self.low, self.high - self.value
            rising = (
                np.square(np.clip(x - self.low, 0.0, None)) / (width * left) if left else np.zeros_like(x)
            )
            falling = (
                1 - np.square(np.clip(self.high - x, 0.0, None)) / (width * right)
                if right
                else np.ones_like(x)
            )
            return np.where(x < self.value, rising, falling)
        from scipy import special

        if self.kind == "beta":
            return np.asarray(special.betainc(self.a, self.b, np.clip(x, 0.0, 1.0)), dtype=np.float64)
        if self.kind == "normal":
            z = _two_sided_z(x, self.value, self.low, self.high)
        else:
            with np.errstate(divide="ignore"):
                y = np.log(np.clip(x, 0.0, None))
            z = _two_sided_z(y, math.log(self.value), math.log(self.low), math.log(self.high))
        return np.asarray(special.ndtr(z), dtype=np.float64)


def _two_sided(z: NDArray[np.float64], median: float, low: float, high: float) -> NDArray[np.float64]:
    return median + z * np.where(z < 0, median - low, high - median) / Z95


def _two_sided_z(x: NDArray[np.float64], median: float, low: float, high: float) -> NDArray[np.float64]:
    return (x - median) * Z95 / np.where(x < median, median - low, high - median)


def distribution(
    kind: Kind,
    value: float | None = None,
    low: float | None = None,
    high: float | None = None,
    truncate: tuple[float | None, float | None] = (None, None),
) -> Distribution:
    """The checked distribution. Raises DistributionError naming the number that is missing or out of place."""
    for name, number in (("value", value), ("low", low), ("high", high)):
        if number is not None and not math.isfinite(number):
            raise DistributionError(
                name, both(f"“{name}”不是有限的数：{number}", f"'{name}' is not a finite number: {number}")
            )
    if kind == "constant":
        if value is None:
            raise DistributionError("value", both("constant 分布要写 value", "a constant needs 'value'"))
        return Distribution(kind, value, value, value)
    if low is None or high is None:
        missing = "low" if low is None else "high"
        raise DistributionError(
            missing, both(f"{kind} 分布要写 {missing}", f"a {kind} distribution needs '{missing}'")
        )
    if low >= high:
        remedy = (
            both("两者对调", "swap them")
            if low > high
            else both(
                "确定的值写 distribution: constant",
                "write 'distribution: constant' for a value that is certain",
            )
        )
        text = both(f"low {low:g} 不小于 high {high:g}", f"'low' {low:g} is not below 'high' {high:g}")
        raise DistributionError("low", text, remedy)
    if value is None:
        if kind != "uniform":
            raise DistributionError(
                "value", both(f"{kind} 分布要写 value", f"a {kind} distribution needs 'value'")
            )
        value = (low + high) / 2
    if not low <= value <= high or (kind not in ("triangular", "uniform") and not low < value < high):
        raise DistributionError(
            "value",
            both(
                f"value {value:g} 不在 low {low:g} 与 high {high:g} 之间",
                f"'value' {value:g} does not lie between 'low' {low:g} and 'high' {high:g}",
            ),
        )
    if kind == "lognormal" and low <= 0:
        raise DistributionError(
            "low",
            both(
                f"lognormal 分布只取正值，而 low 为 {low:g}",
                f"a lognormal distribution is positive; 'low' is {low:g}",
            ),
        )
    a = b = 0.0
    if kind == "beta":
        if low < 0 or high > 1:
            at = "low" if low < 0 else "high"
            raise DistributionError(
                at,
                both(
                    f"beta 分布在 0 与 1 之间，写的是 {low:g} 到 {high:g}",
                    f"a beta distribution lies between 0 and 1; got {low:g} to {high:g}",
                ),
            )
        a, b = _beta_shape(value, high - low)
    bounds = _bounds(truncate)
    whole = Distribution(kind, value, low, high, bounds, a, b)
    if bounds != (-math.inf, math.inf):
        untruncated = Distribution(kind, value, low, high, (-math.inf, math.inf), a, b)
        share = float(untruncated.cdf(bounds[1])) - float(untruncated.cdf(bounds[0]))
        if not share > 1e-3:
            raise DistributionError(
                "truncate",
                both(
                    f"truncate {bounds[0]:g} 到 {bounds[1]:g} 只留下分布的 {100 * share:.2g}%",
                    f"'truncate' {bounds[0]:g} to {bounds[1]:g} keeps {100 * share:.2g} % of the distribution",
                ),
            )
    return whole


def _bounds(truncate: tuple[float | None, float | None]) -> tuple[float, float]:
    lower = -math.inf if truncate[0] is None else truncate[0]
    upper = math.inf if truncate[1] is None else truncate[1]
    if math.isnan(lower) or math.isnan(upper) or lower >= upper:
        raise DistributionError(
            "truncate",
            both(
                f"truncate 的下界须小于上界，写的是 {list(truncate)}",
                f"'truncate' needs a lower bound below the upper one, got {list(truncate)}",
            ),
        )
    return lower, upper


def _beta_shape(mean: float, spread: float) -> tuple[float, float]:
    """a and b of the beta distribution with this mean whose 5 % and 95 % points lie `spread` apart (by bisection).

    The distance falls as the concentration a + b grows; below a + b = 1.2/min(mean, 1 - mean) the density is U-shaped or
    nearly so, and a spread that wide is refused.
    """
    from scipy import special

    def apart(concentration: float) -> float:
        a, b = mean * concentration, (1 - mean) * concentration
        return float(special.betaincinv(a, b, 0.95)) - float(special.betaincinv(a, b, 0.05))

    least, most = math.log(1.2 / min(mean, 1 - mean)), math.log(1e8)
    if spread > apart(math.exp(least)):
        raise DistributionError(
            "high",
            both(f"没有单峰的 beta 分布，均值为 {mean:g} 而 90% 的概率落在宽 {spread:g} 的区间内",
                 f"no one-peaked beta distribution has mean {mean:g} and 90 % of its mass over {spread:g}"),
            both("把 low 与 high 写得近些，或改用 uniform、triangular",
                 "narrow 'low' and 'high', or use 'uniform' or 'triangular'"),
        )  # fmt: skip
    for _ in range(80):
        middle = (least + most) / 2
        if apart(math.exp(middle)) > spread:
            least = middle
        else:
            most = middle
    concentration = math.exp((least + most) / 2)
    return mean * concentration, (1 - mean) * concentration
