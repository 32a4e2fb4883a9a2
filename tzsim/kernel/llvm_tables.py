"""Lookup tables without branches: find the segment, fetch its start and slope, one multiply-add.

Segment i of n + 1 holds x with exactly i points below it, so that the first of two points with the same x answers
there. Segments 0 and n lie outside. Up to 16 segments are fetched by a permutation of registers where the processor
has AVX-512, else from memory; the numbers, and so the bits, are the same.
"""

from __future__ import annotations

from tzsim.ir.expr import Table
from tzsim.kernel.llvm_code import B, Code, I, V, bits, literal, real, whole

_FAR = 1e300
"""Arguments are brought inside +-1e300, so that inf times a slope of 0 is 0."""
_WHOLE = 4503599627370496.0
"""2^52: added to a small whole number, the number stands in the low bits."""


def segments(table: Table) -> list[tuple[float, float, float]]:
    """(x0, y0, slope) for each segment: y = y0 + slope * (x - x0)."""
    xs, ys = table.xs, table.ys
    n = len(xs)
    slopes = [(ys[i + 1] - ys[i]) / (xs[i + 1] - xs[i]) if xs[i + 1] > xs[i] else 0.0 for i in range(n - 1)]
    if table.mode in ("step", "backward", "forward"):
        ahead = table.mode == "forward"
        held = [ys[min(i, n - 1)] if ahead else ys[max(i - 1, 0)] for i in range(n + 1)]
        return [(0.0, y, 0.0) for y in held]
    first = last = 0.0
    if table.mode == "extrapolate" and n > 1:
        first = slopes[0]
        last = slopes[-1]
    inner = [(xs[i], ys[i], slopes[i]) for i in range(n - 1)]
    return [(xs[0], ys[0], first), *inner, (xs[-1], ys[-1], last)]


def uniform_spacing(table: Table) -> float | None:
    """The distance between points where all are the same to a few ulp, else None."""
    xs = table.xs
    if len(xs) < 4 or table.mode in ("step", "backward", "forward"):
        return None
    h = (xs[-1] - xs[0]) / (len(xs) - 1)
    if not h > 0.0:
        return None
    even = all(abs(x - (xs[0] + i * h)) <= 4e-16 * max(abs(xs[0]), abs(xs[-1]), h) for i, x in enumerate(xs))
    return h if even else None


class Tables:
    """The tables of a module: their data, and the code that reads them."""

    def __init__(self, tables: tuple[Table, ...], permute: bool) -> None:
        self.tables, self.permute = tables, permute
        self._data: dict[str, str] = {}

    def data(self) -> str:
        """Global constants used so far."""
        return "".join(self._data.values())

    def _array(self, name: str, values: list[float]) -> str:
        if name not in self._data:
            items = ", ".join(f"double {literal(v)}" for v in values)
            self._data[name] = f"@{name} = internal constant [{len(values)} x double] [{items}], align 64\n"
        return name

    def read(self, c: Code, number: int, x: str) -> str:
        """The value of table `number` at x."""
        table = self.tables[number]
        parts = segments(table)
        if len(parts) <= 2 and all(p[2] == 0.0 for p in parts):  # one point
            return c.select(c.compare("uno", x, x), x, real(parts[0][1]))
        index, at = self._index(c, table, number, x)
        stepped = table.mode in ("step", "backward", "forward")
        y0 = self._fetch(c, f"t{number}y", [p[1] for p in parts], index)
        if stepped:
            return c.select(c.compare("uno", x, x), x, y0)
        x0 = self._fetch(c, f"t{number}x", [p[0] for p in parts], index)
        slope = self._fetch(c, f"t{number}s", [p[2] for p in parts], index)
        return c.fma(slope, c.sub(at, x0), y0)

    def _index(self, c: Code, table: Table, number: int, x: str) -> tuple[str, str]:
        """Segment number (integer, in the low bits) and the argument inside +-1e300."""
        n = len(table.xs)
        h = uniform_spacing(table)
        at = c.select(c.compare("ogt", x, real(_FAR)), real(_FAR), x)
        at = c.select(c.compare("olt", at, real(-_FAR)), real(-_FAR), at)
        if h is not None:
            place = c.mul(c.sub(at, real(table.xs[0])), real(1.0 / h))
            place = c.intrinsic("ceil", place)
            place = c.select(c.compare("ogt", place, real(0.0)), place, real(0.0))
            place = c.select(c.compare("olt", place, real(float(n))), place, real(float(n)))
            return c.integer("and", c.as_bits(c.add(place, real(_WHOLE))), whole(0xFFFFFFFF)), at
        how = "oge" if table.mode in ("step", "backward") else "ogt"
        if n <= 64:
            count = real(0.0)
            for point in table.xs:
                above = c.compare(how, at, real(point))
                count = c.select(above, c.add(count, real(1.0)), count)
            return c.integer("and", c.as_bits(c.add(count, real(_WHOLE))), whole(0xFFFFFFFF)), at
        return self._search(c, table, number, at, how), at

    def _search(self, c: Code, table: Table, number: int, at: str, how: str) -> str:
        """Number of points below (or at) the argument, by halving."""
        n = len(table.xs)
        width = 1 << (n.bit_length())
        name = self._array(f"t{number}p", [*table.xs, *[float("inf")] * (width - n)])
        low = whole(0)
        while width > 1:
            width //= 2
            probe = c.integer("add", low, whole(width - 1))
            point = self._gather(c, name, probe)
            above = c.compare(how, at, point)
            low = c.choose(above, c.integer("add", low, whole(width)), low)
        return low

    def _fetch(self, c: Code, name: str, values: list[float], index: str) -> str:
        if all(bits(v) == bits(values[0]) for v in values):
            return real(values[0])
        if self.permute and len(values) <= 16:
            padded = values + [values[-1]] * (16 - len(values))
            first = self._vector(padded[:8])
            if len(values) <= 8:
                return c.let(f"call {V} @llvm.x86.avx512.permvar.df.512({V} {first}, {I} {index})")
            second = self._vector(padded[8:])
            return c.let(
                f"call {V} @llvm.x86.avx512.vpermi2var.pd.512({V} {first}, {I} {index}, {V} {second})"
            )
        return self._gather(c, self._array(name, values), index)

    @staticmethod
    def _vector(values: list[float]) -> str:
        return "<" + ", ".join(f"double {literal(v)}" for v in values) + ">"

    @staticmethod
    def _gather(c: Code, name: str, index: str) -> str:
        pointers = c.let(f"getelementptr double, ptr @{name}, {I} {index}")
        return gather(c, pointers)


def gather(c: Code, pointers: str) -> str:
    """Loads through eight addresses."""
    mask = f"{B} <{', '.join(['i1 true'] * 8)}>"
    return c.let(
        f"call {V} @llvm.masked.gather.v8f64.v8p0({GATHER_ARGUMENTS.format(pointers)}, {mask}, {V} zeroinitializer)"
    )


GATHER_ARGUMENTS = "<8 x ptr> {}, i32 8"
