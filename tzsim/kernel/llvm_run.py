"""`@run`: the loops over blocks, steps and saves around the functions that do the work."""

from __future__ import annotations

from tzsim.kernel.llvm_code import BLOCK, LANES, ROW, V, literal, real
from tzsim.kernel.llvm_layout import Layout

_SYSTEM = ("seed", "first", "first_block", "last_block", "members", "steps", "saves", "reserved")
"""The eight integers before the geometry of the delay histories in `%sys`."""


def run_function(
    at: Layout,
    method: str,
    fused: bool,
    *,
    outputs: int,
    stocks: int,
    memories: int,
    series: int,
    stages: int,
    step: float,
) -> str:
    """IR text of `@run` and of the small loops it uses.

    run(W, H, O, Q, out, bad, times, rows, saves, sys): Q holds the inputs and knots of each block, `rows_of_q` rows a
    block; out is (output, save, member); bad (member) becomes 0, or nan for a member with a value that is not finite.
    """
    row = f"[{BLOCK} x double]"
    arguments = "ptr %W, ptr %S, ptr %N, ptr %H, ptr %O, ptr %Qb, double {time}, double %moment, i64 %k, ptr {rows}, ptr %sys, i64 %member, i64 %vectors"

    def call(name: str, stage: int = 0) -> str:
        time, rows = f"%time{stage}", f"%rows{stage}"
        return f"  call void @{name}({arguments.format(time=time, rows=rows)})\n"

    def stage_names(stage: int) -> str:
        return (
            f"  %ti{stage} = add i64 %ks, {stage}\n"
            f"  %tp{stage} = getelementptr double, ptr %times, i64 %ti{stage}\n"
            f"  %time{stage} = load double, ptr %tp{stage}\n"
            f"  %ri{stage} = mul i64 %ti{stage}, {series}\n"
            f"  %rows{stage} = getelementptr i64, ptr %rows, i64 %ri{stage}\n"
        )

    def part(name: str, first_row: int) -> str:
        return f"  %{name} = getelementptr {row}, ptr %W, i64 {first_row}\n"

    def combine(to: str, a: str, b: str, factor: float) -> str:
        return f"  call void @combine(ptr {to}, ptr {a}, ptr {b}, double {literal(factor)}, i64 {stocks}, i64 %vectors)\n"

    def copy(to: str, of: str) -> str:
        return f"  call void @copy(ptr {to}, ptr {of}, i64 {stocks}, i64 %vectors)\n"

    def advanced() -> str:
        """The stocks one step on, from slopes at the stages of the method."""
        if method == "euler":
            return "" if fused else call("advance")
        start = part("S0", at.before) + part("G", at.gathered) + part("K", at.slopes)
        start += call("first") + copy("%S0", "%S") + copy("%G", "%K")
        if method == "heun":
            stages = (
                combine("%S", "%S0", "%K", step)
                + call("rates", 1)
                + combine("%G", "%G", "%K", 1.0)
                + combine("%S", "%S0", "%G", step * 0.5)
            )
        else:
            stages = "".join(
                combine("%S", "%S0", "%K", share * step)
                + call("rates", stage)
                + combine("%G", "%G", "%K", weight)
                for share, stage, weight in ((0.5, 1, 2.0), (0.5, 1, 2.0), (1.0, 2, 1.0))
            ) + combine("%S", "%S0", "%G", step / 6.0)
        if not memories:
            return start + stages
        return (
            start
            + stages
            + part("M", at.state + stocks)
            + part("P", at.other + stocks)
            + f"  call void @llvm.memcpy.p0.p0.i64(ptr %M, ptr %P, i64 {memories * ROW}, i1 false)\n"
        )

    system = "".join(
        f"  %{name}_p = getelementptr i64, ptr %sys, i64 {i}\n  %{name} = load i64, ptr %{name}_p\n"
        for i, name in enumerate(_SYSTEM)
    )
    next_state, next_other = ("%N", "%S") if method == "euler" else ("%S", "%N")
    last_check = f"  call void @check(ptr %S, ptr %bad_block, i64 {stocks}, i64 %vectors)\n"
    return (
        _LOOPS
        + f"""
define void @run(ptr %W, ptr %H, ptr %O, ptr %Q, ptr %out, ptr %bad, ptr %times, ptr %rows, ptr %saves_at, ptr %sys, i64 %rows_of_q) {{
entry:
{system}  br label %block
block:
  %b = phi i64 [%first_block, %entry], [%b_next, %block_end]
  %start = mul i64 %b, {BLOCK}
  %left = sub i64 %members, %start
  %whole_block = icmp sgt i64 %left, {BLOCK}
  %here = select i1 %whole_block, i64 {BLOCK}, i64 %left
  %rounded = add i64 %here, {LANES - 1}
  %vectors = sdiv i64 %rounded, {LANES}
  %bytes = mul i64 %here, 8
  %member = add i64 %first, %start
  %q_row = mul i64 %b, %rows_of_q
  %Qb = getelementptr {row}, ptr %Q, i64 %q_row
  %bad_block = getelementptr double, ptr %bad, i64 %start
  %time_first = load double, ptr %times
{part("A", at.state)}{part("B", at.other)}  call void @initial(ptr %W, ptr %A, ptr %B, ptr %H, ptr %O, ptr %Qb, double %time_first, double %time_first, i64 0, ptr %rows, ptr %sys, i64 %member, i64 %vectors)
  br label %step
step:
  %k = phi i64 [0, %block], [%k_next, %step_end]
  %S = phi ptr [%A, %block], [{next_state}, %step_end]
  %N = phi ptr [%B, %block], [{next_other}, %step_end]
  %ks = mul i64 %k, {stages}
{"".join(stage_names(s) for s in range(stages))}  %moment = fadd double %time0, 0.0
  %save_p = getelementptr i64, ptr %saves_at, i64 %k
  %save = load i64, ptr %save_p
  %is_save = icmp sge i64 %save, 0
  %is_last = icmp eq i64 %k, %steps
  br i1 %is_last, label %judge, label %compute
judge:
{last_check}  br label %compute
compute:
{call("fused") if fused else ""}  br i1 %is_save, label %observe, label %after_save
observe:
{"" if fused else call("observe")}  call void @check(ptr %O, ptr %bad_block, i64 {outputs}, i64 %vectors)
  br i1 {"true" if outputs else "false"}, label %copy, label %after_save
copy:
  %o = phi i64 [0, %observe], [%o_next, %copy]
  %o_saves = mul i64 %o, %saves
  %o_row = add i64 %o_saves, %save
  %o_first = mul i64 %o_row, %members
  %o_at = add i64 %o_first, %start
  %to = getelementptr double, ptr %out, i64 %o_at
  %from = getelementptr {row}, ptr %O, i64 %o
  call void @llvm.memcpy.p0.p0.i64(ptr %to, ptr %from, i64 %bytes, i1 false)
  %o_next = add i64 %o, 1
  %o_more = icmp slt i64 %o_next, {outputs}
  br i1 %o_more, label %copy, label %after_save
after_save:
  br i1 %is_last, label %block_end, label %advance
advance:
{advanced()}  br label %step_end
step_end:
  %k_next = add i64 %k, 1
  br label %step
block_end:
  %b_next = add i64 %b, 1
  %b_more = icmp slt i64 %b_next, %last_block
  br i1 %b_more, label %block, label %end
end:
  ret void
}}
"""
    )


def _loop(name: str, parameters: str, body: str) -> str:
    """A loop over `%n` rows and `%vectors` vectors of each; `%at` is the byte of the vector in hand."""
    return f"""define internal void @{name}({parameters}, i64 %n, i64 %vectors) noinline {{
entry:
  %some = icmp sgt i64 %n, 0
  br i1 %some, label %rows, label %end
rows:
  %r = phi i64 [0, %entry], [%r_next, %row_end]
  %r_at = mul i64 %r, {ROW}
  br label %lanes
lanes:
  %l = phi i64 [0, %rows], [%l_next, %lanes]
  %l_at = mul i64 %l, {LANES * 8}
  %at = add i64 %r_at, %l_at
{body}
  %l_next = add i64 %l, 1
  %l_more = icmp slt i64 %l_next, %vectors
  br i1 %l_more, label %lanes, label %row_end
row_end:
  %r_next = add i64 %r, 1
  %r_more = icmp slt i64 %r_next, %n
  br i1 %r_more, label %rows, label %end
end:
  ret void
}}
"""


_LOAD_B = f"  %b_p = getelementptr i8, ptr %b, i64 %at\n  %bv = load {V}, ptr %b_p, align 64\n"
_LOAD_A = f"  %a_p = getelementptr i8, ptr %a, i64 %at\n  %av = load {V}, ptr %a_p, align 64\n"
_TO = "  %to_p = getelementptr i8, ptr %to, i64 %at\n"
_FACTOR = (
    f"  %one = insertelement {V} poison, double %c, i32 0\n"
    f"  %cv = shufflevector {V} %one, {V} poison, <{LANES} x i32> zeroinitializer\n"
)
_LOOPS = (
    _loop(
        "combine",
        "ptr %to, ptr %a, ptr %b, double %c",
        _LOAD_A
        + _LOAD_B
        + _FACTOR
        + f"  %m = fmul {V} %cv, %bv\n  %s = fadd {V} %av, %m\n"
        + _TO
        + f"  store {V} %s, ptr %to_p, align 64",
    )
    + _loop("copy", "ptr %to, ptr %b", _LOAD_B + _TO + f"  store {V} %bv, ptr %to_p, align 64")
    + _loop(
        "check",
        "ptr %b, ptr %bad",
        _LOAD_B
        + f"  %z = fmul {V} %bv, {real(0.0)}\n"
        + "  %bad_p = getelementptr i8, ptr %bad, i64 %l_at\n"
        + f"  %old = load {V}, ptr %bad_p, align 8\n"
        + f"  %new = fadd {V} %old, %z\n  store {V} %new, ptr %bad_p, align 8",
    )
)
