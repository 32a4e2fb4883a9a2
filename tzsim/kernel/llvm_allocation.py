"""Allocation by priority on eight members: the curves and halvings of `builtins_vector`."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tzsim.kernel.builtins_vector import EXPONENTIAL, FIXED, NORMAL, RECTANGULAR, TRIANGULAR
from tzsim.kernel.llvm_code import Code, V, real
from tzsim.kernel.numpy_allocation import HALVINGS

ANY = -1.0
"""The type of a curve that is known only in the run."""


def needs(kinds: Sequence[float]) -> set[str]:
    """Elementary functions that curves of these types call."""
    if ANY in kinds:
        return {"erfc", "exp"}
    return {"erfc" if k == NORMAL else "exp" for k in kinds if k >= NORMAL}


def share(c: Code, kind: float, x: str, middle: str, width: str, which: str = "") -> str:
    """Share of a request met at priority x; `which` holds the types where `kind` is ANY."""
    if kind == ANY:
        found = real(math.nan)
        for known in (FIXED, RECTANGULAR, TRIANGULAR, NORMAL, EXPONENTIAL):
            is_known = c.compare("oeq", which, real(float(known)))
            found = c.select(is_known, share(c, known, x, middle, width), found)
        return found
    if kind == FIXED:
        return real(1.0)
    z = c.div(c.sub(x, middle), width)
    size = c.intrinsic("fabs", z)
    if kind == RECTANGULAR:
        found = c.sub(real(0.5), z)
        found = c.select(c.compare("olt", found, real(0.0)), real(0.0), found)
        found = c.select(c.compare("ogt", found, real(1.0)), real(1.0), found)
    elif kind == NORMAL:
        found = c.mul(real(0.5), c.call("v_erfc", c.mul(z, real(0.7071067811865476))))
    else:
        if kind == TRIANGULAR:
            below = c.sub(real(0.5), size)
            below = c.select(c.compare("olt", below, real(0.0)), real(0.0), below)
            tail = c.mul(c.mul(real(2.0), below), below)
        else:
            tail = c.mul(real(0.5), c.call("v_exp", c.neg(size)))
        found = c.select(c.compare("ogt", z, real(0.0)), tail, c.sub(real(1.0), tail))
    jump = c.select(c.compare("olt", x, middle), real(1.0), real(0.0))
    return c.select(c.compare("ogt", width, real(0.0)), found, jump)


def define(name: str, op: str, kinds: Sequence[float], buyers: int) -> str:
    """IR text of a search by halving: `halve low`, `halve high` (with the supply first) or `price`."""
    c = Code()
    names = [f"%a{i}" for i in range(4 * len(kinds))]
    middle = c.mul(real(0.5), c.add("%low", "%high"))
    totals = [real(0.0), real(0.0)]
    for i, kind in enumerate(kinds):
        quantity, which, centre, width = names[4 * i : 4 * i + 4]
        part = share(c, kind, middle, centre, width, which)
        selling = op == "price" and i >= buyers
        if selling and kind != FIXED:
            other = c.sub(real(1.0), part)
            fixed = c.compare("oeq", which, real(float(FIXED)))
            part = other if kind != ANY else c.select(fixed, part, other)
        totals[selling] = c.add(totals[selling], c.mul(quantity, part))
    over = c.compare("oge", *totals) if op == "price" else c.compare("ogt", totals[0], "%supply")
    c.do(f"%low_next = select <8 x i1> {over}, {V} {middle}, {V} %low")
    c.do(f"%high_next = select <8 x i1> {over}, {V} %high, {V} {middle}")
    body = "\n".join(c.lines)
    first = [f"{V} %supply"] if op != "price" else []
    parameters = ", ".join([*first, f"{V} %low_first", f"{V} %high_first", *(f"{V} {n}" for n in names)])
    end = Code()
    if op == "price":
        result = end.mul(real(0.5), end.add("%low_next", "%high_next"))
    else:
        result = "%low_next" if op == "halve low" else "%high_next"
    tail = "\n".join(end.lines).replace("%v", "%e")
    return f"""define internal {V} @{name}({parameters}) noinline {{
entry:
  br label %halve
halve:
  %low = phi {V} [%low_first, %entry], [%low_next, %halve]
  %high = phi {V} [%high_first, %entry], [%high_next, %halve]
  %count = phi i64 [0, %entry], [%count_next, %halve]
{body}
  %count_next = add i64 %count, 1
  %more = icmp slt i64 %count_next, {HALVINGS}
  br i1 %more, label %halve, label %end
end:
{tail}
  ret {V} {result.replace("%v", "%e")}
}}
"""
