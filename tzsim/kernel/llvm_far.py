"""Reduction of large arguments of trigonometric functions modulo pi/2, after Payne and Hanek (SIGNUM 18, 1983).

x = m 2^e with a whole m: the bits of 2/pi that make multiples of 4 in m 2^e 2/pi are left out, 192 others are taken.
"""

from __future__ import annotations

from tzsim.kernel.llvm_code import B, I, V, literal, real, splat

FAR = 2.0**50
"""Arguments of this size and above are reduced here."""
_BITS = 64 * 21


def _two_over_pi() -> int:
    """floor(2/pi * 2^_BITS), pi after Machin: 16 arctan(1/5) - 4 arctan(1/239)."""
    unit = 1 << (_BITS + 64)

    def arctan_of_inverse(n: int) -> int:
        term = total = unit // n
        k, sign = 3, -1
        while term:
            term //= n * n
            total += sign * (term // k)
            k, sign = k + 2, -sign
        return total

    pi = 16 * arctan_of_inverse(5) - 4 * arctan_of_inverse(239)
    return (2 * unit << _BITS) // pi


def define() -> str:
    """IR text of `v_far(x)`: {x - n pi/2, n} for the lanes with |x| >= 2^50; the other lanes are of no meaning."""
    number = _two_over_pi()
    words = [0] + [(number >> (_BITS - 64 * (i + 1))) & 0xFFFFFFFFFFFFFFFF for i in range(_BITS // 64)]
    items = ", ".join(f"i64 {w - (1 << 64) if w >> 63 else w}" for w in words)
    far = f"fcmp oge {V} %size, {real(FAR)}"
    return f"""@two_over_pi = internal constant [{len(words)} x i64] [{items}]
declare i192 @llvm.ctlz.i192(i192, i1)
define internal {{double, i64}} @s_far(double %x) noinline {{
entry:
  %bits = bitcast double %x to i64
  %size = and i64 %bits, 9223372036854775807
  %exponent = lshr i64 %size, 52
  %low = icmp ult i64 %exponent, 1073
  %high = icmp ugt i64 %exponent, 2046
  %none = or i1 %low, %high
  br i1 %none, label %no, label %yes
no:
  %nothing = fsub double %x, %x
  %r0 = insertvalue {{double, i64}} undef, double %nothing, 0
  %r1 = insertvalue {{double, i64}} %r0, i64 0, 1
  ret {{double, i64}} %r1
yes:
  %fraction = and i64 %size, 4503599627370495
  %m = or i64 %fraction, 4503599627370496
  %place = sub i64 %exponent, 1013
  %word = lshr i64 %place, 6
  %shift = and i64 %place, 63
  %p0 = getelementptr i64, ptr @two_over_pi, i64 %word
  %p1 = getelementptr i64, ptr %p0, i64 1
  %p2 = getelementptr i64, ptr %p0, i64 2
  %p3 = getelementptr i64, ptr %p0, i64 3
  %w0 = load i64, ptr %p0
  %w1 = load i64, ptr %p1
  %w2 = load i64, ptr %p2
  %w3 = load i64, ptr %p3
  %a0 = call i64 @llvm.fshl.i64(i64 %w0, i64 %w1, i64 %shift)
  %a1 = call i64 @llvm.fshl.i64(i64 %w1, i64 %w2, i64 %shift)
  %a2 = call i64 @llvm.fshl.i64(i64 %w2, i64 %w3, i64 %shift)
  %z0 = zext i64 %a0 to i192
  %z1 = zext i64 %a1 to i192
  %z2 = zext i64 %a2 to i192
  %s0 = shl i192 %z0, 128
  %s1 = shl i192 %z1, 64
  %t0 = or i192 %s0, %s1
  %window = or i192 %t0, %z2
  %mw = zext i64 %m to i192
  %product = mul i192 %window, %mw
  %rounded = add i192 %product, {1 << 189}
  %quarter = lshr i192 %rounded, 190
  %n = trunc i192 %quarter to i64
  %whole = shl i192 %quarter, 190
  %rest = sub i192 %product, %whole
  %below = icmp slt i192 %rest, 0
  %minus = sub i192 0, %rest
  %size_of = select i1 %below, i192 %minus, i192 %rest
  %zeros = call i192 @llvm.ctlz.i192(i192 %size_of, i1 false)
  %capped = icmp ugt i192 %zeros, 191
  %by = select i1 %capped, i192 191, i192 %zeros
  %normal = shl i192 %size_of, %by
  %top = lshr i192 %normal, 128
  %top64 = trunc i192 %top to i64
  %number = uitofp i64 %top64 to double
  %zeros64 = trunc i192 %by to i64
  %power = sub i64 961, %zeros64
  %scale_bits = shl i64 %power, 52
  %scale = bitcast i64 %scale_bits to double
  %scaled = fmul double %number, %scale
  %angle = fmul double %scaled, {literal(1.5707963267948966)}
  %negative = icmp slt i64 %bits, 0
  %flip = xor i1 %negative, %below
  %opposite = fneg double %angle
  %r = select i1 %flip, double %opposite, double %angle
  %n_minus = sub i64 0, %n
  %n_signed = select i1 %negative, i64 %n_minus, i64 %n
  %o0 = insertvalue {{double, i64}} undef, double %r, 0
  %o1 = insertvalue {{double, i64}} %o0, i64 %n_signed, 1
  ret {{double, i64}} %o1
}}
declare i64 @llvm.fshl.i64(i64, i64, i64)
define internal {{{V}, {I}}} @v_far({V} %x) noinline {{
entry:
  %size = call {V} @llvm.fabs.v8f64({V} %x)
  %far = {far}
  %mask = bitcast {B} %far to i8
  %any = icmp ne i8 %mask, 0
  br i1 %any, label %lane, label %done
lane:
  %i = phi i64 [0, %entry], [%next, %lane]
  %r = phi {V} [{splat("0.0", "double")}, %entry], [%r_next, %lane]
  %n = phi {I} [{splat("0", "i64")}, %entry], [%n_next, %lane]
  %one = extractelement {V} %x, i64 %i
  %pair = call {{double, i64}} @s_far(double %one)
  %angle = extractvalue {{double, i64}} %pair, 0
  %turns = extractvalue {{double, i64}} %pair, 1
  %r_next = insertelement {V} %r, double %angle, i64 %i
  %n_next = insertelement {I} %n, i64 %turns, i64 %i
  %next = add i64 %i, 1
  %more = icmp slt i64 %next, 8
  br i1 %more, label %lane, label %done
done:
  %r_end = phi {V} [{splat("0.0", "double")}, %entry], [%r_next, %lane]
  %n_end = phi {I} [{splat("0", "i64")}, %entry], [%n_next, %lane]
  %o0 = insertvalue {{{V}, {I}}} undef, {V} %r_end, 0
  %o1 = insertvalue {{{V}, {I}}} %o0, {I} %n_end, 1
  ret {{{V}, {I}}} %o1
}}
"""
