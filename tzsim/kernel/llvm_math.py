"""Elementary functions on eight doubles, written out: the same bits on every processor, a few ulp at most.

Argument reduction after Cody and Waite with fused multiply-add; series from their definitions. Edge cases are those
of IEEE 754-2019 section 9.2 (pow: 0^0 = 1, a negative base needs a whole exponent).
"""

from __future__ import annotations

import math
from collections.abc import Callable

from tzsim.kernel import llvm_far
from tzsim.kernel.llvm_code import MAGIC, Code, V, bits, real, whole
from tzsim.kernel.llvm_far import FAR

LN2_HIGH, LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
"""ln 2 in two parts, the first with 32 bits, so that its products with small whole numbers are exact."""
PIO2 = (1.5707963267948966, 6.123233995736766e-17, -1.4973849048591833e-33)
"""pi/2 in three parts of 53 bits."""
_INF, _NAN = math.inf, math.nan
_TINY = 2.0**-1022


def _exp(c: Code, x: str) -> str:
    """e^x = 2^n * e^r, |r| <= ln(2)/2; Taylor to r^13."""
    high = c.select(c.compare("ogt", x, real(709.9)), real(709.9), x)
    x1 = c.select(c.compare("olt", high, real(-746.0)), real(-746.0), high)
    return _scaled_exp(c, x1)


def _scaled_exp(c: Code, x: str) -> str:
    t = c.fma(x, real(1.0 / math.log(2.0)), real(MAGIC))
    n = c.sub(t, real(MAGIC))
    minus = c.neg(n)
    r = c.fma(minus, real(LN2_LOW), c.fma(minus, real(LN2_HIGH), x))
    y = c.polynomial(r, [1.0 / math.factorial(k) for k in range(13, -1, -1)])
    exponent = c.integer("sub", c.as_bits(t), whole(bits(MAGIC)))
    half = c.integer("ashr", exponent, whole(1))
    rest = c.integer("sub", exponent, half)
    for part in (half, rest):
        biased = c.integer("add", part, whole(1023))
        y = c.mul(y, c.as_real(c.integer("shl", biased, whole(52))))
    return y


def _split(c: Code, x: str) -> tuple[str, str]:
    """x = 2^k * m with m in [sqrt(1/2), sqrt(2)): (m, k as a number); x positive and finite, subnormal allowed."""
    small = c.compare("olt", x, real(_TINY))
    i = c.as_bits(c.select(small, c.mul(x, real(2.0**54)), x))
    k = c.integer("ashr", c.integer("sub", i, whole(bits(math.sqrt(0.5)))), whole(52))
    m = c.as_real(c.integer("sub", i, c.integer("shl", k, whole(52))))
    number = c.sub(c.as_real(c.integer("add", k, whole(bits(MAGIC)))), real(MAGIC))
    return m, c.select(small, c.sub(number, real(54.0)), number)


_THIRD_LOW = 3.700743415417188e-17
"""2/3 minus the double nearest to it."""
_ATANH = [2.0 / (2 * k + 1) for k in range(10, 0, -1)]


def _ln(c: Code, x: str) -> str:
    """ln x = k ln 2 + ln m, ln m = 2 artanh(f / (2 + f)), f = m - 1, in the order of operations of fdlibm."""
    m, k = _split(c, x)
    f = c.sub(m, real(1.0))
    s = c.div(f, c.add(f, real(2.0)))
    z = c.mul(s, s)
    rest = c.mul(z, c.polynomial(z, _ATANH))
    half = c.mul(c.mul(f, real(0.5)), f)
    inner = c.fma(s, c.add(half, rest), c.mul(k, real(LN2_LOW)))
    y = c.fma(k, real(LN2_HIGH), c.neg(c.sub(c.sub(half, inner), f)))
    y = c.select(c.compare("oeq", x, real(_INF)), x, y)
    y = c.select(c.compare("oeq", x, real(0.0)), real(-_INF), y)
    return c.select(c.compare("ult", x, real(0.0)), real(_NAN), y)


def _ln_parts(c: Code, x: str) -> tuple[str, str]:
    """ln x as a sum of two numbers, about 2^-65 relative; x positive and finite."""
    m, k = _split(c, x)
    f, top = c.sub(m, real(1.0)), c.add(m, real(1.0))
    inverse = c.div(real(1.0), top)
    s = c.mul(f, inverse)
    lost = c.sub(m, c.sub(top, real(1.0)))
    minus = c.neg(s)
    tail = c.mul(c.fma(minus, lost, c.fma(minus, top, f)), inverse)
    z = c.mul(s, s)
    tail = c.fma(tail, c.fma(z, z, z), tail)  # artanh' = 1 / (1 - z)
    # 2 s^3/3 needs more than a double where s is large: its product is taken in two parts
    square_low = c.fma(s, s, c.neg(z))
    series = c.polynomial(z, _ATANH[:-1])  # from 2/5 on
    third = real(2.0 / 3.0)
    p = c.fma(z, series, third)
    p_low = c.add(c.fma(z, series, c.sub(third, p)), real(_THIRD_LOW))
    cube = c.mul(z, s)
    cube_low = c.fma(square_low, s, c.fma(z, s, c.neg(cube)))
    curve = c.mul(cube, p)
    curve_low = c.fma(cube, p_low, c.fma(cube_low, p, c.fma(cube, p, c.neg(curve))))
    double = c.add(s, s)
    a = c.mul(k, real(LN2_HIGH))
    high, low = _two_sum(c, a, double)
    high2, low2 = _two_sum(c, high, curve)
    small = c.add(c.fma(k, real(LN2_LOW), c.add(tail, tail)), curve_low)
    small = c.add(c.add(low, low2), small)
    return _quick_sum(c, high2, small)


def _two_sum(c: Code, a: str, b: str) -> tuple[str, str]:
    s = c.add(a, b)
    bb = c.sub(s, a)
    return s, c.add(c.sub(a, c.sub(s, bb)), c.sub(b, bb))


def _quick_sum(c: Code, a: str, b: str) -> tuple[str, str]:
    s = c.add(a, b)
    return s, c.sub(b, c.sub(s, a))


def _pow(c: Code, x: str, y: str) -> str:
    """x^y = e^(y ln|x|) with ln in two parts; sign and special cases after."""
    size = c.intrinsic("fabs", x)
    high, low = _ln_parts(c, size)
    zero, infinite = c.compare("oeq", size, real(0.0)), c.compare("oeq", size, real(_INF))
    edge = c.either(zero, infinite)
    high = c.select(infinite, real(_INF), c.select(zero, real(-_INF), high))
    low = c.select(edge, real(0.0), low)
    a = c.mul(y, high)
    b = c.fma(y, low, c.fma(y, high, c.neg(a)))
    plain = c.compare("olt", c.intrinsic("fabs", a), real(1e4))
    b = c.select(plain, b, real(0.0))
    e = c.call("v_exp", a)
    correction = c.fma(e, b, e)
    finite = c.compare("olt", e, real(_INF))
    r = c.select(finite, correction, e)
    r = c.select(c.compare("oeq", size, real(1.0)), c.select(c.compare("uno", y, y), y, real(1.0)), r)
    is_whole = c.compare("oeq", c.intrinsic("floor", y), y)
    half = c.mul(y, real(0.5))
    is_odd = c.both(is_whole, c.compare("une", c.intrinsic("floor", half), half))
    negative = c.let(f"icmp slt {_IT} {c.as_bits(x)}, zeroinitializer")
    r = c.select(c.both(negative, is_odd), c.neg(r), r)
    bad = c.both(c.compare("olt", x, real(0.0)), c.negated(is_whole))
    bad = c.both(bad, c.negated(edge))
    r = c.select(bad, real(_NAN), r)
    r = c.select(c.compare("uno", x, x), x, r)
    r = c.select(c.compare("oeq", y, real(0.0)), real(1.0), r)
    return c.select(c.compare("oeq", x, real(1.0)), real(1.0), r)


_IT = "<8 x i64>"
_SIN = [(-1.0) ** k / math.factorial(2 * k + 1) for k in range(8, 0, -1)]
_COS = [(-1.0) ** k / math.factorial(2 * k) for k in range(9, 0, -1)]


def _reduced(c: Code, x: str) -> tuple[str, str]:
    """x - n pi/2 and the integer n modulo 4 (in low bits); nan at inf. Arguments from 2^50 on take a longer way."""
    t = c.fma(x, real(2.0 / math.pi), real(MAGIC))
    minus = c.neg(c.sub(t, real(MAGIC)))
    r = x
    for part in PIO2:
        r = c.fma(minus, real(part), r)
    pair = c.let(f"call {{{V}, {_IT}}} @v_far({V} {x})")
    far = c.compare("oge", c.intrinsic("fabs", x), real(FAR))
    r = c.select(far, c.let(f"extractvalue {{{V}, {_IT}}} {pair}, 0"), r)
    n = c.choose(far, c.let(f"extractvalue {{{V}, {_IT}}} {pair}, 1"), c.as_bits(t))
    return r, n


def _sin_cos(c: Code, r: str) -> tuple[str, str]:
    z = c.mul(r, r)
    sine = c.fma(c.mul(z, r), c.polynomial(z, _SIN), r)
    cosine = c.fma(z, c.polynomial(z, _COS), real(1.0))
    return sine, cosine


def _sine_like(shift: int) -> Callable[[Code, str], str]:
    def write(c: Code, x: str) -> str:
        r, n = _reduced(c, x)
        if shift:
            n = c.integer("add", n, whole(shift))
        sine, cosine = _sin_cos(c, r)
        odd = c.let(f"icmp ne {_IT} {c.integer('and', n, whole(1))}, zeroinitializer")
        value = c.select(odd, cosine, sine)
        flipped = c.integer("shl", c.integer("and", n, whole(2)), whole(62))
        return c.as_real(c.integer("xor", c.as_bits(value), flipped))

    return write


def _tan(c: Code, x: str) -> str:
    r, n = _reduced(c, x)
    sine, cosine = _sin_cos(c, r)
    odd = c.let(f"icmp ne {_IT} {c.integer('and', n, whole(1))}, zeroinitializer")
    return c.div(c.select(odd, c.neg(cosine), sine), c.select(odd, sine, cosine))


_ATAN = [(-1.0) ** k / (2 * k + 1) for k in range(21, 0, -1)]


def _arctan(c: Code, x: str) -> str:
    """arctan x = base + arctan t with base 0, pi/4 or pi/2 and |t| <= tan(pi/8)."""
    size = c.intrinsic("fabs", x)
    large = c.compare("ogt", size, real(1.0 + math.sqrt(2.0)))
    middle = c.compare("ogt", size, real(math.sqrt(2.0) - 1.0))
    top = c.select(large, real(-1.0), c.select(middle, c.sub(size, real(1.0)), size))
    bottom = c.select(large, size, c.select(middle, c.add(size, real(1.0)), real(1.0)))
    t = c.div(top, bottom)
    z = c.mul(t, t)
    curve = c.mul(c.mul(z, t), c.polynomial(z, _ATAN))
    zero = real(0.0)
    base = c.select(large, real(PIO2[0]), c.select(middle, real(0.5 * PIO2[0]), zero))
    low = c.select(large, real(PIO2[1]), c.select(middle, real(0.5 * PIO2[1]), zero))
    value = c.add(base, c.add(t, c.add(curve, low)))
    return _signed(c, value, x)


def _signed(c: Code, value: str, sign: str) -> str:
    """`value` (not negative) with the sign of another number."""
    mask = whole(-(1 << 63))
    return c.as_real(c.integer("or", c.as_bits(value), c.integer("and", c.as_bits(sign), mask)))


def _arcsin(c: Code, x: str) -> str:
    side = c.intrinsic("sqrt", c.mul(c.sub(real(1.0), x), c.add(real(1.0), x)))
    return c.call("v_arctan", c.div(x, side))


def _arccos(c: Code, x: str) -> str:
    ratio = c.div(c.sub(real(1.0), x), c.add(real(1.0), x))
    y = c.call("v_arctan", c.intrinsic("sqrt", ratio))
    return c.add(y, y)


_SINH = [1.0 / math.factorial(2 * k + 1) for k in range(10, 0, -1)]


def _sinh(c: Code, x: str) -> str:
    z = c.mul(x, x)
    small = c.fma(c.mul(z, x), c.polynomial(z, _SINH), x)
    size = c.intrinsic("fabs", x)
    e = c.call("v_exp", c.mul(size, real(0.5)))
    up = c.mul(c.mul(e, real(0.5)), e)
    large = _signed(c, c.sub(up, c.div(c.div(real(0.5), e), e)), x)
    large = c.select(c.compare("oeq", size, real(_INF)), x, large)
    return c.select(c.compare("olt", size, real(1.0)), small, large)


def _cosh(c: Code, x: str) -> str:
    e = c.call("v_exp", c.mul(c.intrinsic("fabs", x), real(0.5)))
    return c.add(c.mul(c.mul(e, real(0.5)), e), c.div(c.div(real(0.5), e), e))


def _tanh(c: Code, x: str) -> str:
    z = c.mul(x, x)
    sine = c.fma(c.mul(z, x), c.polynomial(z, _SINH), x)
    size = c.intrinsic("fabs", x)
    capped = c.select(c.compare("ogt", size, real(30.0)), real(30.0), size)
    e = c.call("v_exp", capped)
    cosine = c.mul(c.add(e, c.div(real(1.0), e)), real(0.5))
    small = c.div(sine, cosine)
    large = c.sub(real(1.0), c.div(real(2.0), c.fma(e, e, real(1.0))))
    return c.select(c.compare("olt", size, real(1.0)), small, _signed(c, large, x))


_ERFC = [
    -0.6513268598908547, 0.6419697923564902, 0.019476473204185836, -0.009561514786808632, -0.0009465953444820369,
    0.00036683949785276145, 4.252332480690777e-05, -2.0278578112534242e-05, -1.6242900046470256e-06,
    1.3036558355805232e-06, 1.5626441722066142e-08, -8.523809591492654e-08, 6.5290544390988515e-09,
    5.059343495551469e-09, -9.91364156493033e-10, -2.2736512229318357e-10, 9.646791102015528e-11,
    2.394038083038881e-12, -6.886027526496772e-12, 8.94487927308485e-13, 3.130921399286456e-13,
    -1.1270822358703124e-13, 3.8109048679522714e-16, 7.10609747757342e-15, -1.5230273230386738e-15,
    -9.45765842577544e-17, 1.210203292897775e-16, -2.813870759529978e-17,
]  # fmt: skip
"""Chebyshev coefficients of ln(e^(z^2) erfc(z) / t) in 2t - 1 with t = 2/(2 + z), computed with 60 digits."""


def _erfc(c: Code, x: str) -> str:
    """erfc z = t e^(P(t) - z^2) for z >= 0, 2 - erfc(-z) below; z^2 is taken in two parts."""
    size = c.intrinsic("fabs", x)
    z = c.select(c.compare("ogt", size, real(30.0)), real(30.0), size)
    t = c.div(real(2.0), c.add(real(2.0), z))
    twice = c.fma(real(4.0), t, real(-2.0))
    ahead, value = real(0.0), real(0.0)
    for coefficient in reversed(_ERFC[1:]):
        ahead, value = value, c.add(c.fma(twice, value, c.neg(ahead)), real(coefficient))
    p = c.sub(c.fma(c.mul(real(0.5), twice), value, real(_ERFC[0])), ahead)
    square = c.mul(z, z)
    low = c.fma(z, z, c.neg(square))
    s = c.sub(p, square)
    lost = c.sub(c.sub(p, c.add(s, square)), low)
    e = c.mul(t, c.call("v_exp", s))
    tail = c.fma(e, lost, e)
    return c.select(c.compare("olt", x, real(0.0)), c.sub(real(2.0), tail), tail)


_STIRLING = [-3617.0 / 122400.0, 1.0 / 156.0, -691.0 / 360360.0, 1.0 / 1188.0, -1.0 / 1680.0, 1.0 / 1260.0, -1.0 / 360.0,
             1.0 / 12.0]  # fmt: skip


def _gammaln(c: Code, x: str) -> str:
    """Stirling's series above 10; below, ln gamma(x + 10) - ln(x (x + 1) ... (x + 9)). nan at 0 and below."""
    small = c.compare("olt", x, real(10.0))
    product = x
    for k in range(1, 10):
        product = c.mul(product, c.add(x, real(float(k))))
    y = c.select(small, c.add(x, real(10.0)), x)
    inverse = c.div(real(1.0), y)
    series = c.mul(inverse, c.polynomial(c.mul(inverse, inverse), _STIRLING))
    whole_part = c.fma(
        c.sub(y, real(0.5)), c.sub(c.call("v_ln", y), real(1.0)), real(0.5 * math.log(2.0 * math.pi) - 0.5)
    )
    value = c.add(whole_part, series)
    shift = c.call("v_ln", c.select(small, product, real(1.0)))
    value = c.sub(value, shift)
    value = c.select(c.compare("oeq", x, real(_INF)), x, value)
    return c.select(c.compare("ule", x, real(0.0)), real(_NAN), value)


_ONE: dict[str, Callable[[Code, str], str]] = {
    "exp": _exp,
    "ln": _ln,
    "sin": _sine_like(0),
    "cos": _sine_like(1),
    "tan": _tan,
    "arctan": _arctan,
    "arcsin": _arcsin,
    "arccos": _arccos,
    "sinh": _sinh,
    "cosh": _cosh,
    "tanh": _tanh,
    "erfc": _erfc,
    "gammaln": _gammaln,
}
_NEEDS: dict[str, tuple[str, ...]] = {
    "pow": ("exp",),
    "sin": ("far",),
    "cos": ("far",),
    "tan": ("far",),
    "arcsin": ("arctan",),
    "arccos": ("arctan",),
    "sinh": ("exp",),
    "cosh": ("exp",),
    "tanh": ("exp",),
    "erfc": ("exp",),
    "gammaln": ("ln",),
}
FUNCTIONS = frozenset({*_ONE, "pow"})


def define(name: str, inline: bool) -> str:
    """IR text of `v_<name>`."""
    if name == "far":
        return llvm_far.define()
    c = Code()
    result = _pow(c, "%x", "%y") if name == "pow" else _ONE[name](c, "%x")
    parameters = f"{V} %x, {V} %y" if name == "pow" else f"{V} %x"
    how = "alwaysinline" if inline else "noinline"
    body = "\n".join(c.lines)
    return f"define internal {V} @v_{name}({parameters}) {how} {{\n{body}\n  ret {V} {result}\n}}\n"


def with_needs(names: set[str]) -> list[str]:
    """These functions and those they call, in alphabetical order."""
    found = set(names)
    for name in names:
        found.update(_NEEDS.get(name, ()))
    return sorted(found)
