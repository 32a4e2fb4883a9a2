"""Philox4x32-10 on eight members, and the search for a count: as `random_counter`, bit for bit."""

from __future__ import annotations

from tzsim.kernel.llvm_code import B, Code, I, V, real, whole

_M0, _M1 = 0xD2511F53, 0xCD9E8D57
_W0, _W1 = 0x9E3779B9, 0xBB67AE85
_LOW = 0xFFFFFFFF


def define() -> str:
    """IR text of `v_uniform(key, members, step, seed argument)`."""
    c = Code()
    low = whole(_LOW)
    x = "%stream"
    finite = c.compare("olt", c.intrinsic("fabs", x), real(2.0**50))
    number = c.intrinsic("trunc", c.select(finite, x, real(0.0)))
    shifted = c.as_bits(c.add(number, real(6755399441055744.0)))
    c0, c1 = c.integer("and", "%members", low), c.integer("lshr", "%members", whole(32))
    c2 = c.spread(c.let(f"and i64 %step, {_LOW}"), "i64")
    c3 = c.integer("shl", c.integer("and", shifted, whole(0xFFFFFF)), whole(8))
    k0 = c.let(f"and i64 %key, {_LOW}")
    k1 = c.let("lshr i64 %key, 32")
    for _ in range(10):
        p0, p1 = c.integer("mul", c0, whole(_M0)), c.integer("mul", c2, whole(_M1))
        first, second = c.spread(k0, "i64"), c.spread(k1, "i64")
        c0 = c.integer("xor", c.integer("xor", c.integer("lshr", p1, whole(32)), c1), first)
        c2 = c.integer("xor", c.integer("xor", c.integer("lshr", p0, whole(32)), c3), second)
        c1, c3 = c.integer("and", p1, low), c.integer("and", p0, low)
        k0 = c.let(f"and i64 {c.let(f'add i64 {k0}, {_W0}')}, {_LOW}")
        k1 = c.let(f"and i64 {c.let(f'add i64 {k1}, {_W1}')}, {_LOW}")
    word = c.integer("lshr", c.integer("or", c0, c.integer("shl", c1, whole(32))), whole(12))
    # 52 bits stand in the fraction of a number in [1, 2); minus 1 they are exact, and half a unit is added
    one = c.as_real(c.integer("or", word, whole(0x3FF0000000000000)))
    u = c.add(c.sub(one, real(1.0)), real(2.0**-53))
    body = "\n".join(c.lines)
    return f"define internal {V} @v_uniform(i64 %key, {I} %members, i64 %step, {V} %stream) noinline {{\n{body}\n  ret {V} {u}\n}}\n"


def define_count() -> str:
    """IR text of `v_count(u, first, last, term, a, b)`, the search of `random_counter.count_quantile`."""
    c = Code()
    zero, one = real(0.0), real(1.0)
    c.lines.append("go:")
    term, k, total = "%term", "%k", "%total"
    ended = c.both(c.compare("oeq", term, zero), c.compare("ogt", k, "%first"))
    open_ = c.both(c.compare("olt", total, "%u"), c.compare("olt", k, "%last"))
    active = c.both(open_, c.negated(ended))
    after = c.add(k, one)
    next_term = c.mul(term, c.div(c.add("%a", c.mul("%b", k)), after))
    c.do(f"%term_next = select {B} {active}, {V} {next_term}, {V} {term}")
    c.do(f"%k_next = select {B} {active}, {V} {after}, {V} {k}")
    c.do(f"%total_next = select {B} {active}, {V} {c.add(total, next_term)}, {V} {total}")
    mask = c.let(f"bitcast {B} {active} to i8")
    more = c.let(f"icmp ne i8 {mask}, 0")
    phis = "\n".join(
        f"  {name} = phi {V} [{start}, %entry], [{name}_next, %go]"
        for name, start in ((term, "%term_first"), (k, "%first"), (total, "%term_first"))
    )
    body = "\n".join(["go:", phis, *c.lines[1:]])
    names = ", ".join(f"{V} %{n}" for n in ("u", "first", "last", "term_first", "a", "b"))
    return (
        f"define internal {V} @v_count({names}) noinline {{\nentry:\n  br label %go\n{body}\n"
        f"  br i1 {more}, label %go, label %end\nend:\n  ret {V} %k_next\n}}\n"
    )
