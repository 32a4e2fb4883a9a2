"""Elementary functions on eight doubles, written out: the same bits on every processor, a few ulp at most.

Argument reduction after Cody and Waite with fused multiply-add; series from their definitions. Edge cases are those
of IEEE 754-2019 section 9.2 (pow: 0^0 = 1, a negative base needs a whole exponent).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from tzsim.kernel import llvm_far
from tzsim.kernel.llvm_code import LANES, MAGIC, B, Code, I, V, bits, literal, real, whole
from tzsim.kernel.llvm_far import FAR
from tzsim.kernel.llvm_tables import gather

LN2_HIGH, LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
"""ln 2 in two parts, the first with 32 bits, so that its products with small whole numbers are exact."""
PIO2 = (1.5707963267948966, 6.123233995736766e-17, -1.4973849048591833e-33)
"""pi/2 in three parts of 53 bits."""
_INF, _NAN = math.inf, math.nan
_TINY = 2.0**-1022


def _exp(c: Code, x: str) -> str:
    """e^x = 2^n * e^r, |r| <= ln(2)/2."""
    high = c.select(c.compare("ogt", x, real(709.9)), real(709.9), x)
    x1 = c.select(c.compare("olt", high, real(-746.0)), real(-746.0), high)
    return _scaled(c, *_exp_parts(c, x1))


_EXP = [
    2.091468013569995e-09, 2.5105207436985358e-08, 2.755727365952505e-07, 2.755725542319278e-06, 2.48015873255348e-05, 0.00019841269874802504, 0.0013888888888883752, 0.008333333333326141, 0.04166666666666667, 0.1666666666666667, 0.5,
]  # fmt: skip
"""(e^r - 1 - r) / r^2 on |r| <= ln(2)/2, interpolated at Chebyshev's points with 60 digits: e^r within 2^-61."""


def _exp_parts(c: Code, x: str, low: str | None = None) -> tuple[str, str]:
    """e^(x + low) = y * 2^n: y and n, as 1.5 * 2^52 + n; |x + low| below 2^51 ln 2, |low| at most 1."""
    t = c.fma(x if low is None else c.add(x, low), real(1.0 / math.log(2.0)), real(MAGIC))
    minus = c.neg(c.sub(t, real(MAGIC)))
    r = c.fma(minus, real(LN2_HIGH), x)
    r = c.fma(minus, real(LN2_LOW), r) if low is None else c.add(r, c.fma(minus, real(LN2_LOW), low))
    y = c.add(c.fma(c.mul(r, r), c.short_polynomial(r, _EXP), r), real(1.0))
    return y, t


def _scaled(c: Code, y: str, t: str) -> str:
    """y * 2^n, rounded once where the result is subnormal."""
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


_CELLS = 4
"""The logarithm of a power starts from a table of 2^4 numbers over [0.734375, 1.46875), with 1 amid a cell."""
_CELLS_FROM = bits(1.0) - (8 << 52 - _CELLS) - (1 << 51 - _CELLS)
_INVERSE = [1.3125, 1.25, 1.25, 1.1875, 1.125, 1.125, 1.0625, 1.0625, 1.0, 0.9375, 0.875, 0.84375, 0.8125, 0.75, 0.71875, 0.6875]  # fmt: skip
"""Near 1/m in each cell, with so few bits that m / inverse - 1, at most 0.046, is a double."""
_LN_HIGH = [math.ldexp(round(math.ldexp(-math.log(v), 41)), -41) for v in _INVERSE]
"""-ln of these, to a multiple of 2^-41: plus a whole multiple of `LN2_HIGH` it is exact."""
_LN_LOW = [
    -8.604306772808733e-14, -1.856757095979601e-13, -1.856757095979601e-13, -1.4088127937111135e-13,
    4.654729747598445e-14, 4.654729747598445e-14, -1.7523746905186702e-13, -1.7523746905186702e-13, 0.0,
    2.0614806739842207e-13, -1.9551393909415374e-13, -1.6376276414097503e-14, 1.839482528479895e-13,
    -6.292357389008195e-14, 5.4612144489920215e-14, -1.5476901394397567e-13,
]  # fmt: skip
"""What is missing there."""
_LN = [
    0.165853256540754, -0.1825908954225182, 0.20000492058209823, -0.2222208638527207, 0.24999999271008927,
    -0.28571428669036225, 0.33333333333705023, -0.3999999999997541, 0.4999999999999995, -0.6666666666666666,
]  # fmt: skip
"""-2 (ln(1 + r) - r + r^2 / 2) / r^3 on |r| <= 0.046, likewise: ln x within 2^-62."""
_LN_TABLES = {"ln_inverse": _INVERSE, "ln_high": _LN_HIGH, "ln_low": _LN_LOW}


def _of_cell(c: Code, name: str, cell: str, permute: bool) -> str:
    """Entry of a table of 16, by the low four bits of `cell`."""
    if not permute:
        return gather(c, c.let(f"getelementptr double, ptr @{name}, {I} {c.integer('and', cell, whole(15))}"))
    first, second = (
        "<" + ", ".join(f"double {literal(v)}" for v in _LN_TABLES[name][part : part + 8]) + ">"
        for part in (0, 8)
    )
    return c.let(f"call {V} @llvm.x86.avx512.vpermi2var.pd.512({V} {first}, {I} {cell}, {V} {second})")


def _ln_parts(c: Code, i: str, permute: bool) -> tuple[str, str]:
    """ln x as a sum of two numbers, about 2^-62 relative, from the bits of x, positive, normal and finite.

    After Tang (ACM TOMS 16, 1990): x = 2^k m, ln x = k ln 2 - ln v + ln(1 + r) with r = m v - 1 exact.
    """
    above = c.integer("sub", i, whole(_CELLS_FROM))
    k = c.integer("ashr", above, whole(52))
    m = c.as_real(c.integer("sub", i, c.integer("shl", k, whole(52))))
    cell = c.integer("lshr", above, whole(52 - _CELLS))
    inverse, ln_high, ln_low = (_of_cell(c, name, cell, permute) for name in _LN_TABLES)
    number = c.sub(c.as_real(c.integer("add", k, whole(bits(MAGIC)))), real(MAGIC))
    r = c.fma(m, inverse, real(-1.0))
    start = c.fma(number, real(LN2_HIGH), ln_high)
    high, low = _quick_sum(c, start, r)
    half = c.mul(r, real(-0.5))
    square = c.mul(half, r)
    square_low = c.fma(half, r, c.neg(square))
    high, low2 = _quick_sum(c, high, square)
    low = c.add(c.add(low, low2), c.add(square_low, c.fma(number, real(LN2_LOW), ln_low)))
    return high, c.fma(c.mul(square, r), c.short_polynomial(r, _LN), low)


def _quick_sum(c: Code, a: str, b: str) -> tuple[str, str]:
    """a + b and what was lost, |a| >= |b| or a = 0."""
    s = c.add(a, b)
    return s, c.add(c.sub(a, s), b)


def _plain_pow(c: Code, x: str, y: str, permute: bool) -> tuple[str, str]:
    """x^y and where it is right: x positive, normal and finite, the result far from the ends of the numbers."""
    i = c.as_bits(x)
    normal = c.let(
        f"icmp ult {I} {c.integer('sub', i, whole(bits(_TINY)))}, {whole(bits(_INF) - bits(_TINY))}"
    )
    high, low = _ln_parts(c, i, permute)
    a = c.mul(y, high)
    b = c.fma(y, low, c.fma(y, high, c.neg(a)))
    inside = c.both(normal, c.compare("olt", c.intrinsic("fabs", a), real(700.0)))
    e, t = _exp_parts(c, a, b)
    return c.as_real(c.integer("add", c.as_bits(e), c.integer("shl", c.as_bits(t), whole(52)))), inside


def _pow(c: Code, x: str, y: str, permute: bool) -> str:
    """x^y = e^(y ln|x|) with ln in two parts; sign and special cases after. The bits of `_plain_pow` where that is right."""
    size = c.intrinsic("fabs", x)
    small = c.compare("olt", size, real(_TINY))
    high, low = _ln_parts(c, c.as_bits(c.select(small, c.mul(size, real(2.0**54)), size)), permute)
    moved = c.select(small, real(-54.0), real(0.0))
    high, lost = _quick_sum(c, high, c.mul(moved, real(LN2_HIGH)))
    low = c.add(low, c.fma(moved, real(LN2_LOW), lost))
    zero, infinite = c.compare("oeq", size, real(0.0)), c.compare("oeq", size, real(_INF))
    edge = c.either(zero, infinite)
    high = c.select(infinite, real(_INF), c.select(zero, real(-_INF), high))
    low = c.select(edge, real(0.0), low)
    a = c.mul(y, high)
    b = c.fma(y, low, c.fma(y, high, c.neg(a)))
    plain = c.compare("olt", c.intrinsic("fabs", a), real(1e4))
    b = c.select(plain, b, real(0.0))
    a = c.select(c.compare("ogt", a, real(720.0)), real(720.0), a)
    a = c.select(c.compare("olt", a, real(-760.0)), real(-760.0), a)
    r = _scaled(c, *_exp_parts(c, a, b))
    r = c.select(c.compare("oeq", size, real(1.0)), c.select(c.compare("uno", y, y), y, real(1.0)), r)
    is_whole = c.compare("oeq", c.intrinsic("floor", y), y)
    half = c.mul(y, real(0.5))
    is_odd = c.both(is_whole, c.compare("une", c.intrinsic("floor", half), half))
    negative = c.let(f"icmp slt {I} {c.as_bits(x)}, zeroinitializer")
    r = c.select(c.both(negative, is_odd), c.neg(r), r)
    bad = c.both(c.compare("olt", x, real(0.0)), c.negated(is_whole))
    bad = c.both(bad, c.negated(edge))
    r = c.select(bad, real(_NAN), r)
    r = c.select(c.compare("uno", x, x), x, r)
    r = c.select(c.compare("oeq", y, real(0.0)), real(1.0), r)
    return c.select(c.compare("oeq", x, real(1.0)), real(1.0), r)


_SIN = [(-1.0) ** k / math.factorial(2 * k + 1) for k in range(8, 0, -1)]
_COS = [(-1.0) ** k / math.factorial(2 * k) for k in range(9, 0, -1)]


def _reduced(c: Code, x: str) -> tuple[str, str]:
    """x - n pi/2 and the integer n modulo 4 (in low bits); nan at inf. Arguments from 2^50 on take a longer way."""
    t = c.fma(x, real(2.0 / math.pi), real(MAGIC))
    minus = c.neg(c.sub(t, real(MAGIC)))
    r = x
    for part in PIO2:
        r = c.fma(minus, real(part), r)
    pair = c.let(f"call {{{V}, {I}}} @v_far({V} {x})")
    far = c.compare("oge", c.intrinsic("fabs", x), real(FAR))
    r = c.select(far, c.let(f"extractvalue {{{V}, {I}}} {pair}, 0"), r)
    n = c.choose(far, c.let(f"extractvalue {{{V}, {I}}} {pair}, 1"), c.as_bits(t))
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
        odd = c.let(f"icmp ne {I} {c.integer('and', n, whole(1))}, zeroinitializer")
        value = c.select(odd, cosine, sine)
        flipped = c.integer("shl", c.integer("and", n, whole(2)), whole(62))
        return c.as_real(c.integer("xor", c.as_bits(value), flipped))

    return write


def _tan(c: Code, x: str) -> str:
    r, n = _reduced(c, x)
    sine, cosine = _sin_cos(c, r)
    odd = c.let(f"icmp ne {I} {c.integer('and', n, whole(1))}, zeroinitializer")
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
FUNCTIONS = frozenset({*_ONE, "pow"})


def define(name: str, permute: bool) -> str:
    """IR text of `v_<name>`."""
    if name == "far":
        return llvm_far.define()
    c = Code()
    result = _pow(c, "%x", "%y", permute) if name == "pow" else _ONE[name](c, "%x")
    parameters = f"{V} %x, {V} %y" if name == "pow" else f"{V} %x"
    return _data(permute) * (name == "pow") + _function(f"{V} @v_{name}({parameters})", c, f"{V} {result}")


def _function(head: str, c: Code, result: str) -> str:
    body = "\n".join(c.lines)
    return f"define internal {head} noinline {{\n{body}\n  ret {result}\n}}\n"


def _data(permute: bool) -> str:
    """The tables of `v_pow` where they are read from memory."""
    if permute:
        return ""
    arrays = {n: ", ".join(f"double {literal(v)}" for v in values) for n, values in _LN_TABLES.items()}
    return "".join(f"@{n} = internal constant [16 x double] [{a}], align 64\n" for n, a in arrays.items())


def define_rows(name: str, permute: bool) -> str:
    """IR text of `r_<name>(list, n, W, S, vectors)`: d = name(x[, y]) for n times rows of members d, x[, y].

    The list has the place of each row in bytes from %W, or one more than that from %S; d is neither x nor y. A power is
    taken by the plain way for all; that leaves nan where it does not reach, and those are done again.
    """
    if name != "pow":
        c, (x,) = _rows(("d", "x"))
        return _end_rows(c, f"r_{name}", _ONE[name](c, x))
    names = ("d", "x", "y")
    c, (x, y) = _rows(names, f"%sum = phi {V} [%sum_each, %each], [%sum_next, %row]")
    c.lines.insert(
        c.lines.index("each:") + 1, f"  %sum_each = phi {V} [{real(0.0)}, %entry], [%sum_next, %row_end]"
    )
    found, inside = _plain_pow(c, x, y, permute)
    result = c.select(inside, found, real(_NAN))
    c.do(f"%sum_next = fadd {V} %sum, {result}")
    check = Code("check")
    missed = check.let(f"bitcast {B} {check.compare('uno', '%sum_next', '%sum_next')} to i{LANES}")
    check.do(f"br i1 {check.let(f'icmp ne i{LANES} {missed}, 0')}, label %again, label %end")
    check.lines.append("again:")
    check.do("call void @r_pow_again(ptr %list, i64 %n, ptr %W, ptr %S, i64 %vectors)")
    check.do("br label %end")
    check.lines.append("end:")
    again, (x, y) = _rows(names)
    old = again.let(f"load {V}, ptr %d_at, align 64")
    full = again.select(again.compare("uno", old, old), again.call("v_pow", x, y), old)
    return _end_rows(again, "r_pow_again", full) + _end_rows(c, "r_pow", result, check.lines)


def _rows(names: Sequence[str], phi: str = "") -> tuple[Code, list[str]]:
    """The loops over a list of rows and their vectors, up to the values of all rows but the first."""
    c = Code()
    c.lines += ["entry:", "  br label %each", "each:"]
    c.do("%e = phi i64 [0, %entry], [%e_next, %row_end]")
    first = c.let(f"mul i64 %e, {len(names)}")
    for i, n in enumerate(names):
        entry = c.let(f"getelementptr i64, ptr %list, i64 {c.let(f'add i64 {first}, {i}')}")
        place = c.let(f"load i64, ptr {entry}")
        base = c.let(f"select i1 {c.let(f'trunc i64 {place} to i1')}, ptr %S, ptr %W")
        c.do(f"%{n} = getelementptr i8, ptr {base}, i64 {c.let(f'and i64 {place}, -2')}")
    c.do("br label %row")
    c.lines.append("row:")
    c.do("%i = phi i64 [0, %each], [%i_next, %row]")
    if phi:
        c.do(phi)
    for n in names:
        c.do(f"%{n}_at = getelementptr {V}, ptr %{n}, i64 %i")
    return c, [c.let(f"load {V}, ptr %{n}_at, align 64") for n in names[1:]]


def _end_rows(c: Code, name: str, value: str, after: Sequence[str] = ()) -> str:
    """The rest of that function; `after`: what follows the loops."""
    c.do(f"store {V} {value}, ptr %d_at, align 64")
    c.do("%i_next = add i64 %i, 1")
    c.do(f"br i1 {c.let('icmp slt i64 %i_next, %vectors')}, label %row, label %row_end")
    c.lines.append("row_end:")
    c.do("%e_next = add i64 %e, 1")
    c.do(f"br i1 {c.let('icmp slt i64 %e_next, %n')}, label %each, label %done")
    c.lines += ["done:", *after]
    return _function(f"void @{name}(ptr %list, i64 %n, ptr %W, ptr %S, i64 %vectors)", c, "void")


_NEEDS: dict[str, tuple[str, ...]] = {
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


def with_needs(names: set[str]) -> list[str]:
    """These functions and those they call, in alphabetical order."""
    found = set(names)
    for name in names:
        found.update(_NEEDS.get(name, ()))
    return sorted(found)
