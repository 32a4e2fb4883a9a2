"""LLVM IR text for eight members at once: a writer of instructions on `<8 x double>`, one method an instruction.

Nothing here is allowed to be fast and loose: no fast-math flags, fused multiply-add only where it is written, so that
every machine gives the same bits.
"""

from __future__ import annotations

import struct

LANES = 8
BLOCK = 32
ROW = BLOCK * 8
"""Bytes of one quantity for the members of a block."""

V, I, B = f"<{LANES} x double>", f"<{LANES} x i64>", f"<{LANES} x i1>"  # noqa: E741
SUFFIX = f"v{LANES}f64"
MAGIC = 6755399441055744.0
"""1.5 * 2^52: adding it to a number below 2^51 rounds it to a whole number, which stands in the low bits."""


def literal(x: float) -> str:
    """A double, to the bit."""
    return f"0x{struct.unpack('<Q', struct.pack('<d', float(x)))[0]:016X}"


def bits(x: float) -> int:
    """The bits of a double as a signed integer."""
    return struct.unpack("<q", struct.pack("<d", float(x)))[0]


def splat(value: str, kind: str) -> str:
    """A vector of the same scalar constant in every lane."""
    return "<" + ", ".join([f"{kind} {value}"] * LANES) + ">"


_CONSTANTS: dict[tuple[str, int], str] = {}


def real(x: float) -> str:
    """Eight times the constant x."""
    spelled = ("r", bits(x))
    if spelled not in _CONSTANTS:
        _CONSTANTS[spelled] = splat(literal(x), "double")
    return _CONSTANTS[spelled]


def whole(n: int) -> str:
    """Eight times the 64-bit integer n."""
    n &= 0xFFFFFFFFFFFFFFFF
    return splat(str(n - (1 << 64) if n >> 63 else n), "i64")


class Code:
    """Instructions of one function. Every method returns the name of its result."""

    def __init__(self, prefix: str = "v") -> None:
        self.lines: list[str] = []
        self._prefix = prefix
        self._count = 0

    def let(self, text: str) -> str:
        """A new name for the value of an instruction."""
        self._count += 1
        name = f"%{self._prefix}{self._count}"
        self.lines.append(f"  {name} = {text}")
        return name

    def do(self, text: str) -> None:
        self.lines.append("  " + text)

    # numbers
    def add(self, a: str, b: str) -> str:
        return self.let(f"fadd {V} {a}, {b}")

    def sub(self, a: str, b: str) -> str:
        return self.let(f"fsub {V} {a}, {b}")

    def mul(self, a: str, b: str) -> str:
        return self.let(f"fmul {V} {a}, {b}")

    def div(self, a: str, b: str) -> str:
        return self.let(f"fdiv {V} {a}, {b}")

    def neg(self, a: str) -> str:
        return self.let(f"fneg {V} {a}")

    def fma(self, a: str, b: str, c: str) -> str:
        """a * b + c, rounded once."""
        return self.let(f"call {V} @llvm.fma.{SUFFIX}({V} {a}, {V} {b}, {V} {c})")

    def intrinsic(self, name: str, a: str) -> str:
        return self.let(f"call {V} @llvm.{name}.{SUFFIX}({V} {a})")

    def call(self, function: str, *args: str) -> str:
        """A function of numbers defined in this module."""
        return self.let(f"call {V} @{function}({', '.join(f'{V} {a}' for a in args)})")

    def polynomial(self, x: str, coefficients: list[float]) -> str:
        """Horner's rule with fused multiply-add, highest power first."""
        value = real(coefficients[0])
        for c in coefficients[1:]:
            value = self.fma(value, x, real(c))
        return value

    def short_polynomial(self, x: str, coefficients: list[float]) -> str:
        """The same by Estrin's scheme: a few products more, and far fewer that wait for each other."""
        terms = [real(a) for a in reversed(coefficients)]
        power = x
        while len(terms) > 1:
            pairs = zip(terms[1::2], terms[::2], strict=False)
            odd = terms[-1:] if len(terms) % 2 else []
            terms = [self.fma(high, power, low) for high, low in pairs] + odd
            power = self.mul(power, power) if len(terms) > 1 else power
        return terms[0]

    # truths
    def compare(self, how: str, a: str, b: str) -> str:
        return self.let(f"fcmp {how} {V} {a}, {b}")

    def select(self, truth: str, a: str, b: str) -> str:
        return self.let(f"select {B} {truth}, {V} {a}, {V} {b}")

    def both(self, a: str, b: str) -> str:
        return self.let(f"and {B} {a}, {b}")

    def either(self, a: str, b: str) -> str:
        return self.let(f"or {B} {a}, {b}")

    def negated(self, a: str) -> str:
        return self.let(f"xor {B} {a}, {splat('true', 'i1')}")

    # integers
    def integer(self, op: str, a: str, b: str) -> str:
        return self.let(f"{op} {I} {a}, {b}")

    def as_bits(self, a: str) -> str:
        return self.let(f"bitcast {V} {a} to {I}")

    def as_real(self, a: str) -> str:
        return self.let(f"bitcast {I} {a} to {V}")

    def choose(self, truth: str, a: str, b: str) -> str:
        """`select` of integers."""
        return self.let(f"select {B} {truth}, {I} {a}, {I} {b}")

    # memory and scalars
    def row(self, base: str, row: int) -> str:
        """Address of a row of a block; `base` already points at the lanes in hand."""
        return base if row == 0 else self.let(f"getelementptr i8, ptr {base}, i64 {row * ROW}")

    def load(self, base: str, row: int) -> str:
        return self.let(f"load {V}, ptr {self.row(base, row)}, align 64")

    def store(self, value: str, base: str, row: int) -> None:
        self.do(f"store {V} {value}, ptr {self.row(base, row)}, align 64")

    def spread(self, scalar: str, kind: str = "double") -> str:
        """A scalar in every lane."""
        vector = f"<{LANES} x {kind}>"
        one = self.let(f"insertelement {vector} poison, {kind} {scalar}, i32 0")
        return self.let(f"shufflevector {vector} {one}, {vector} poison, <{LANES} x i32> zeroinitializer")
