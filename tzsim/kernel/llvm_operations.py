"""Operations that are a few instructions, on eight members, and the declarations of what LLVM brings."""

from __future__ import annotations

from collections.abc import Callable

from tzsim.kernel.llvm_code import SUFFIX, B, Code, I, V, real


def _round(c: Code, x: str) -> str:
    """Nearest whole number, halves away from zero."""
    cut = c.intrinsic("trunc", x)
    one = c.let(f"call {V} @llvm.copysign.{SUFFIX}({V} {real(1.0)}, {V} {x})")
    far = c.compare("oge", c.intrinsic("fabs", c.sub(x, cut)), real(0.5))
    rounded = c.select(far, c.add(cut, one), cut)
    return c.select(c.compare("olt", c.intrinsic("fabs", x), real(2.0**52)), rounded, x)


def _extreme(how: str) -> Callable[[Code, list[str]], str]:
    def write(c: Code, a: list[str]) -> str:
        """a where it is beyond b or nan, else b, so that nan comes through from either side."""
        chosen = c.select(c.compare(how, a[0], a[1]), a[0], a[1])
        return c.select(c.compare("uno", a[0], a[0]), a[0], chosen)

    return write


def beyond_constant(how: str) -> Callable[[Code, list[str]], str]:
    def write(c: Code, a: list[str]) -> str:
        """The constant a[1] where it is beyond a[0], else a[0]: one instruction."""
        return c.select(c.compare(how, a[1], a[0]), a[1], a[0])

    return write


COMPARE = {"lt": "olt", "le": "ole", "gt": "ogt", "ge": "oge", "eq": "oeq", "ne": "une"}
PLAIN: dict[str, Callable[[Code, list[str]], str]] = {
    "add": lambda c, a: c.add(a[0], a[1]),
    "sub": lambda c, a: c.sub(a[0], a[1]),
    "mul": lambda c, a: c.mul(a[0], a[1]),
    "div": lambda c, a: c.div(a[0], a[1]),
    "neg": lambda c, a: c.neg(a[0]),
    "min": _extreme("olt"),
    "max": _extreme("ogt"),
    "and": lambda c, a: c.both(a[0], a[1]),
    "or": lambda c, a: c.either(a[0], a[1]),
    "not": lambda c, a: c.negated(a[0]),
    "select": lambda c, a: c.select(a[0], a[1], a[2]),
    "abs": lambda c, a: c.intrinsic("fabs", a[0]),
    "sqrt": lambda c, a: c.intrinsic("sqrt", a[0]),
    "trunc": lambda c, a: c.intrinsic("trunc", a[0]),
    "floor": lambda c, a: c.intrinsic("floor", a[0]),
    "ceil": lambda c, a: c.intrinsic("ceil", a[0]),
    "round": lambda c, a: _round(c, a[0]),
}

DECLARATIONS = (
    "".join(
        f"declare {V} @llvm.{name}.{SUFFIX}({', '.join([V] * count)})\n"
        for name, count in (
            ("fma", 3), ("fabs", 1), ("sqrt", 1), ("trunc", 1), ("floor", 1), ("ceil", 1), ("copysign", 2),
        )
    )
    + f"declare {V} @llvm.masked.gather.v8f64.v8p0(<8 x ptr>, i32, {B}, {V})\n"
    + "declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)\n"
)  # fmt: skip
PERMUTATIONS = (
    f"declare {V} @llvm.x86.avx512.permvar.df.512({V}, {I})\n"
    f"declare {V} @llvm.x86.avx512.vpermi2var.pd.512({V}, {I}, {V})\n"
)
