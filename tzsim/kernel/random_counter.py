"""Random numbers by counter: the value depends on what is drawn, never on when or where it is computed.

Generator: Philox4x32-10 of Salmon, Moraes, Dror and Shaw, 'Parallel random numbers: as easy as 1, 2, 3' (SC'11),
tested with the known answers published with Random123. One block is four 32-bit words from a key of two words
and a counter of four.

    key      = site_key(site) XOR seed_key(seed), low word first
    counter  = (member mod 2**32, member // 2**32, step, stream)
    stream   = (trunc(seed argument of the call) mod 2**24) * 256 + block

`site` is the text `site_text(element, occurrence, running)`:

    element     `key(name)` of the variable, with `[key(sub),...]` of the element when it is subscripted
    occurrence  index of the call among the random calls of the equation as the file has it, counted from 0 in the
                order in which the names of the functions are written (a call before the calls in its arguments)
    running     (range, element) for each `Every` range that is running around the call, so that a draw inside SUM
                differs from element to element

`step` is the index k of the step that starts at `INITIAL TIME + k * TIME STEP`; every stage of a Runge-Kutta step
and the initial values (k = 0) use the draw of their step. `block` is 0: every function below needs one uniform.

A uniform takes the first two words: `u = ((w0 + 2**32 * w1) // 2**12 + 0.5) * 2**-52`, exact, inside (0, 1).
All other distributions are functions of that one `u` (inverse of the distribution function, restricted to
[low, high] where the call gives bounds), so that vector code can do the same without a loop of rejections.
Vensim's own sequences are not reproduced: its generator is not published.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable

from tzsim.ir.arithmetic import divide, exponential, floor, logarithm, power, truncate

_M0, _M1 = 0xD2511F53, 0xCD9E8D57
_W0, _W1 = 0x9E3779B9, 0xBB67AE85
_MASK = 0xFFFFFFFF

Words = tuple[int, int, int, int]


def philox4x32(counter: Words, key: tuple[int, int], rounds: int = 10) -> Words:
    """One block of Philox4x32: four 32-bit words."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(rounds):
        p0, p1 = _M0 * c0, _M1 * c2
        c0, c1, c2, c3 = (p1 >> 32) ^ c1 ^ k0, p1 & _MASK, (p0 >> 32) ^ c3 ^ k1, p0 & _MASK
        k0, k1 = (k0 + _W0) & _MASK, (k1 + _W1) & _MASK
    return c0, c1, c2, c3


def _hash64(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode("utf-8")).digest()[:8], "little")


def site_text(element: str, occurrence: int, running: Iterable[tuple[str, str]] = ()) -> str:
    """Identity of a call of a random function; see the top of the file. `running` is put in order of its ranges."""
    return f"{element}#{occurrence}" + "".join(f"|{r}={e}" for r, e in sorted(running))


def site_key(site: str) -> int:
    """64-bit key of a call site: the first 8 bytes, little-endian, of sha256('site:' + site)."""
    return _hash64("site:" + site)


def seed_key(seed: int) -> int:
    """64-bit key of the run's seed: the first 8 bytes, little-endian, of sha256('seed:' + decimal seed)."""
    return _hash64(f"seed:{seed}")


def stream(seed_argument: float, block: int = 0) -> int:
    """Fourth counter word, from the seed that the model itself writes in the call (0 where it is not finite)."""
    number = int(seed_argument) if math.isfinite(seed_argument) else 0
    return ((number & 0xFFFFFF) << 8) | block


def uniform(key: int, member: int, step: int, stream_word: int = 0) -> float:
    """A number inside (0, 1) with 52 random bits. `key` is `site_key(...) ^ seed_key(seed)`."""
    counter = (member & _MASK, (member >> 32) & _MASK, step & _MASK, stream_word & _MASK)
    w0, w1, _, _ = philox4x32(counter, (key & _MASK, key >> 32))
    return (((w0 | (w1 << 32)) >> 12) + 0.5) * 2.0**-52


# ---------------------------------------------------------------- the normal distribution

_A = (
    2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4, 4.5921953931549871457e4,
    1.3731693765509461125e4, 1.9715909503065514427e3, 1.3314166789178437745e2, 3.3871328727963666080e0,
)  # fmt: skip
_B = (
    5.2264952788528545610e3, 2.8729085735721942674e4, 3.9307895800092710610e4, 2.1213794301586595867e4,
    5.3941960214247511077e3, 6.8718700749205790830e2, 4.2313330701600911252e1, 1.0,
)  # fmt: skip
_C = (
    7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1, 1.27045825245236838258e0,
    3.64784832476320460504e0, 5.76949722146069140550e0, 4.63033784615654529590e0, 1.42343711074968357734e0,
)  # fmt: skip
_D = (
    1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2, 1.48103976427480074590e-1,
    6.89767334985100004550e-1, 1.67638483018380384940e0, 2.05319162663775882187e0, 1.0,
)  # fmt: skip
_E = (
    2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3, 2.65321895265761230930e-2,
    2.96560571828504891230e-1, 1.78482653991729133580e0, 5.46378491116411436990e0, 6.65790464350110377720e0,
)  # fmt: skip
_F = (
    2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5, 7.86869131145613259100e-4,
    1.48753612908506148525e-2, 1.36929880922735805310e-1, 5.99832206555887937690e-1, 1.0,
)  # fmt: skip
NORMAL_QUANTILE_COEFFICIENTS = (_A, _B, _C, _D, _E, _F)
"""Numerators and denominators of the three regions, highest power first, for vector code."""


def _horner(coefficients: tuple[float, ...], x: float) -> float:
    value = 0.0
    for c in coefficients:
        value = value * x + c
    return value


def normal_quantile(p: float) -> float:
    """Inverse of the standard normal distribution function; -inf at 0, inf at 1, nan outside.

    Wichura, algorithm AS 241 (PPND16), Applied Statistics 37 (1988): rational functions in three regions, about
    1e-16 relative. Vector code computes all three and selects.
    """
    q = p - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        return q * _horner(_A, r) / _horner(_B, r)
    tail = p if q < 0.0 else 1.0 - p
    if not tail > 0.0:
        return math.copysign(math.inf, q) if tail == 0.0 else math.nan
    r = math.sqrt(-math.log(tail))
    if r <= 5.0:
        value = _horner(_C, r - 1.6) / _horner(_D, r - 1.6)
    else:
        value = _horner(_E, r - 5.0) / _horner(_F, r - 5.0)
    return -value if q < 0.0 else value


def normal_probability(x: float) -> float:
    """Standard normal distribution function, `erfc(-x / sqrt 2) / 2`, accurate in both tails relative to 1."""
    return 0.5 * math.erfc(-x * 0.7071067811865476)


# ---------------------------------------------------------------- distributions: functions of one uniform


def _clamp(x: float, low: float, high: float) -> float:
    return low if x < low else high if x > high else x


def draw_uniform(u: float, low: float, high: float) -> float:
    """RANDOM UNIFORM(low, high, seed)."""
    return low + u * (high - low)


def draw_normal(u: float, low: float, high: float, mean: float, sd: float) -> float:
    """RANDOM NORMAL(low, high, mean, sd, seed): normal restricted to [low, high]; sd <= 0 gives the mean, clamped.

    Where the middle of the bounds is above the mean the tails are exchanged, which keeps the accuracy there.
    """
    if not sd > 0.0:
        return _clamp(mean, low, high)
    a, b = (low - mean) / sd, (high - mean) / sd
    mirrored = a + b > 0.0
    if mirrored:
        a, b = -b, -a
    below, above = normal_probability(a), normal_probability(b)
    share = above - below
    z = normal_quantile(above - u * share if mirrored else below + u * share)
    return _clamp(mean + sd * (-z if mirrored else z), low, high)


def draw_exponential(u: float, low: float, high: float, shift: float, stretch: float) -> float:
    """RANDOM EXPONENTIAL: mean 1, times `stretch`, plus `shift`, restricted to [low, high]."""
    if stretch == 0.0:
        return _clamp(shift, low, high)
    a, b = (low - shift) / stretch, (high - shift) / stretch
    a, b = max(min(a, b), 0.0), max(max(a, b), 0.0)
    first, last = exponential(-a), exponential(-b)
    return _clamp(shift - stretch * logarithm(first + u * (last - first)), low, high)


def draw_triangular(u: float, low: float, high: float, start: float, peak: float, stop: float) -> float:
    """RANDOM TRIANGULAR: rises from `start` to `peak`, falls to `stop`, restricted to [low, high]."""
    if not stop > start:
        return _clamp(peak, low, high)

    def probability(x: float) -> float:
        if x <= start:
            return 0.0
        if x >= stop:
            return 1.0
        if x <= peak:
            return (x - start) ** 2 / ((stop - start) * (peak - start))
        return 1.0 - (stop - x) ** 2 / ((stop - start) * (stop - peak))

    first, last = probability(low), probability(high)
    p = first + u * (last - first)
    if p * (stop - start) <= peak - start:
        x = start + math.sqrt(p * (stop - start) * (peak - start))
    else:
        x = stop - math.sqrt((1.0 - p) * (stop - start) * (stop - peak))
    return _clamp(x, low, high)


def draw_lognormal(u: float, mean: float, sd: float) -> float:
    """XMILE LOGNORMAL(mean, sd): `mean` and `sd` are those of the lognormal variable itself."""
    variance = logarithm(1.0 + power(divide(sd, mean), 2.0))
    return mean * exponential(math.sqrt(variance) * normal_quantile(u) - 0.5 * variance)


MOST_COUNTS = 1 << 20
"""Longest search for a quantile of a discrete distribution."""


def count_quantile(u: float, first: float, last: float, term: float, a: float, b: float) -> float:
    """Smallest k >= first with P(first) + ... + P(k) >= u, where P(first) = term and P(k + 1) = P(k) (a + b k)/(k + 1).

    The recursion of Panjer (ASTIN Bulletin 12, 1981): Poisson, binomial and negative binomial counts.
    """
    total, k = term, first
    while total < u and k < last and not (term == 0.0 and k > first):
        term *= (a + b * k) / (k + 1.0)
        k += 1.0
        total += term
    return k


def draw_poisson(u: float, low: float, high: float, mean: float, shift: float, stretch: float) -> float:
    """RANDOM POISSON: a count of mean `mean`, times `stretch`, plus `shift`, then clamped to [low, high].

    The search starts 30 standard deviations below a large mean, where nothing is left, so that P(first) does not
    underflow. nan where the mean is negative or not finite or above 1e9.
    """
    if not 0.0 <= mean <= 1e9:
        return math.nan
    if mean == 0.0:
        return _clamp(shift, low, high)
    first = max(0.0, floor(mean - 30.0 * math.sqrt(mean))) if mean > 500.0 else 0.0
    term = exponential(first * math.log(mean) - mean - math.lgamma(first + 1.0))
    k = count_quantile(u, first, first + MOST_COUNTS, term, mean, 0.0)
    return _clamp(shift + stretch * k, low, high)


def draw_binomial(
    u: float, low: float, high: float, p: float, trials: float, shift: float, stretch: float
) -> float:
    """RANDOM BINOMIAL: successes in trunc(trials) tries, times `stretch`, plus `shift`, clamped to [low, high]."""
    if not (0.0 <= p <= 1.0 and 0.0 <= trials <= MOST_COUNTS):
        return math.nan
    n = truncate(trials)
    if p in (0.0, 1.0):
        return _clamp(shift + stretch * (n * p), low, high)
    odds = p / (1.0 - p)
    first = max(0.0, floor(n * p - 30.0 * math.sqrt(n * p * (1.0 - p)))) if n > 500.0 else 0.0
    log_term = math.lgamma(n + 1.0) - math.lgamma(first + 1.0) - math.lgamma(n - first + 1.0)
    term = exponential(log_term + first * math.log(p) + (n - first) * math.log(1.0 - p))
    k = count_quantile(u, first, n, term, n * odds, -odds)
    return _clamp(shift + stretch * k, low, high)


def draw_negative_binomial(
    u: float, low: float, high: float, p: float, successes: float, shift: float, stretch: float
) -> float:
    """RANDOM NEGATIVE BINOMIAL: failures before the wanted number of successes, scaled and clamped as the others.

    nan where p is not in (0, 1] or no success is wanted; the search ends after a million counts.
    """
    if not (0.0 < p <= 1.0 and successes > 0.0):
        return math.nan
    fail = 1.0 - p
    term = exponential(successes * math.log(p))
    k = count_quantile(u, 0.0, float(MOST_COUNTS), term, successes * fail, fail)
    return _clamp(shift + stretch * k, low, high)


def pink_noise_gain(step: float, correlation_time: float) -> float:
    """Standard deviation of the white noise that, smoothed once a step, gives pink noise of standard deviation 1.

    Sterman, Business Dynamics (2000), appendix B: sqrt((2 - dt/c) / (dt/c)). 0 where the correlation time is not
    above half a step.
    """
    share = divide(step, correlation_time)
    return math.sqrt((2.0 - share) / share) if 0.0 < share < 2.0 else 0.0
