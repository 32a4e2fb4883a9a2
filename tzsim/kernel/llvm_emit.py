"""The program as one LLVM module: straight-line steps on eight members, looped over the members of a block.

Stocks, memories and held statics stand in the workspace of a block (see `llvm_layout`), auxiliaries in registers, or in
temporary rows where a phase ends (see `llvm_phases`). A step reads the state %S and writes the state %N. Long phases are
cut into pieces by branches that are never taken, which keeps the time of the code generator in proportion to their
length. `@run` goes through blocks, steps and saves; the functions it calls each do one thing for all lanes:

    initial   inputs -> statics, initial stocks and memories
    observe   outputs at a time                 fused     outputs and one Euler step
    advance   one Euler step                    first     slopes and memories at the start of a step
    rates     slopes at a later stage
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from tzsim.kernel import llvm_allocation, llvm_delays, llvm_math, llvm_random
from tzsim.kernel.graph import TRUTHS
from tzsim.kernel.llvm_body import LEAVES, Body, Job, Shared
from tzsim.kernel.llvm_code import LANES, ROW, Code, V, real
from tzsim.kernel.llvm_layout import Layout, layout
from tzsim.kernel.llvm_operations import DECLARATIONS, PERMUTATIONS
from tzsim.kernel.llvm_phases import Phases, in_phases
from tzsim.kernel.llvm_run import run_function
from tzsim.kernel.llvm_tables import Tables
from tzsim.kernel.program import Program

PARAMETERS = "ptr noalias %W, ptr noalias %S, ptr noalias %N, ptr noalias %H, ptr noalias %O, ptr noalias %Q, double %time, double %moment, i64 %k, ptr %rows, ptr %sys, i64 %member, i64 %vectors"


@dataclass(frozen=True, slots=True)
class Module:
    """IR text, and the sizes that the caller must provide."""

    text: str
    layout: Layout


def emit(program: Program, method: str, stages: int, dense: bool, permute: bool) -> Module:
    """The module of a program. `dense`: outputs are saved at most steps, so Euler steps and outputs are fused."""
    return _Emitter(program, method, stages, dense, permute).module()


class _Emitter:
    def __init__(self, program: Program, method: str, stages: int, dense: bool, permute: bool) -> None:
        self.program, self.method, self.stages = program, method, stages
        self.fused = dense and method == "euler"
        roots = [*program.rate_roots, *program.update_roots, *program.output_roots]
        self.held = program.held(roots)
        for n in (n for d in program.delays for n in d.statics):
            if n not in self.held and not self._is_const(n):
                self.held.append(n)
        self.layout = layout(program, self.held, method)
        held_row = {n: i for i, n in enumerate(self.held)}
        self.shared = Shared(program, self.layout, held_row, Tables(program.tables, permute))
        self.rows: set[str] = set()
        self.temporaries = 0

    def _is_const(self, n: int) -> bool:
        return self.program.nodes[n].op == "const"

    def module(self) -> Module:
        program = self.program
        parts = [self._whole("initial", self._initial)]
        outputs = self._stores(program.output_roots, "%o", 0)
        slopes = self._stores(program.rate_roots, "%w", self.layout.slopes)
        if self.fused:
            parts.append(self._phased("fused", [*self._euler(), *outputs]))
        else:
            parts.append(self._phased("observe", outputs))
            if self.method == "euler":
                parts.append(self._phased("advance", self._euler()))
            else:
                parts.append(self._phased("first", [*slopes, *self._remember(latch=True)]))
                parts.append(self._phased("rates", slopes, stage=True))
        text = DECLARATIONS
        if self.shared.tables.permute:
            text += PERMUTATIONS
        text += self.shared.tables.data()
        for name in llvm_math.with_needs(self.shared.math | self.rows):
            text += llvm_math.define(name, self.shared.tables.permute)
        for name in sorted(self.rows):
            text += llvm_math.define_rows(name, self.shared.tables.permute)
        for (op, kinds, buyers), name in self.shared.searches.items():
            text += llvm_allocation.define(name, op, kinds, buyers)
        if self.shared.random:
            text += llvm_random.define()
        if self.shared.counting:
            text += llvm_random.define_count()
        text += "".join(parts)
        text += run_function(
            self.layout,
            self.method,
            self.fused,
            outputs=len(program.outputs),
            stocks=len(program.stocks),
            memories=0 if self.method == "euler" else len(program.memories),
            series=len(program.series),
            stages=self.stages,
            step=program.step,
        )
        return Module(text, replace(self.layout, rows=self.layout.rows + self.temporaries))

    # ------------------------------------------------------------------ what a function does

    def _stores(self, roots: Sequence[int], base: str, row: int) -> list[Job]:
        """Nodes into rows of their own from `row` on."""
        return [Job((n,), lambda b, v, at=row + i: b.code.store(v, base, at)) for i, n in enumerate(roots)]

    def _euler(self) -> list[Job]:
        """Stocks and memories one step on."""
        dt = real(self.program.step)

        def step(b: Body, rate: str, i: int) -> None:
            b.code.store(b.code.add(b.stock(i), b.code.mul(dt, rate)), "%n", i)

        jobs = [Job((s.rate,), lambda b, v, i=i: step(b, v, i)) for i, s in enumerate(self.program.stocks)]
        return [*jobs, *self._remember(latch=False)]

    def _remember(self, latch: bool) -> list[Job]:
        """Memories and histories of delays; with `latch`, latched memories change at once, the others when the step ends."""
        program, first = self.program, self.layout.stocks

        def record(b: Body, *values: str, i: int) -> None:
            if program.delays[i].kind != "fixed":
                llvm_delays.send(b, i, program.delays[i], *values)
                return
            place = b.code.let(f"urem i64 %k, {b.ring(i, 1)}")
            b.code.do(f"store {V} {values[0]}, ptr {b.history(i, place)}, align 64")

        jobs = self._stores([m.update for m in program.memories], "%n", first)
        jobs += [Job(tuple(d.updates), partial(record, i=i)) for i, d in enumerate(program.delays)]
        return jobs + [
            Job((m.update,), lambda b, v, at=first + i: b.code.store(v, "%s", at), late=True)
            for i, m in enumerate(program.memories)
            if latch and m.latched
        ]

    def _initial(self, b: Body) -> None:
        program = self.program
        b.starting = True
        jobs = self._stores([s.initial for s in program.stocks], "%s", 0)
        jobs += self._stores([m.initial for m in program.memories], "%s", self.layout.stocks)
        b.work([*jobs, *self._stores(self.held, "%w", self.layout.held)])

    # ------------------------------------------------------------------ functions

    def _phased(self, name: str, jobs: Sequence[Job], stage: bool = False) -> str:
        """A function in phases: one function for each, loops over rows between them, and one that calls them all."""

        def leaf(n: int) -> bool:
            op = self.program.nodes[n].op
            return op in LEAVES or n in self.shared.held_row or (stage and op == "latch")

        def stored(n: int) -> bool:
            return leaf(n) and self._row(n, stage) is not None

        plan = in_phases(self.program, [j.nodes for j in jobs], [j.late for j in jobs], leaf, stored)
        self.temporaries = max(self.temporaries, plan.rows)
        c = Code()
        texts: list[str] = []
        for p, phase in enumerate(plan.phases):
            part = f"{name}.{p}"
            texts.append(self._whole(part, lambda b, phase=phase: b.phase(phase, jobs), stage, (plan, p)))
            c.do(f"call void @{part}({PARAMETERS.replace(' noalias', '')})")
            for op in sorted({self.program.nodes[n].op for n in phase.calls}):
                calls = [n for n in phase.calls if self.program.nodes[n].op == op]
                places = [
                    self._place(a, plan, stage) for n in calls for a in (n, *self.program.nodes[n].args)
                ]
                items = ", ".join(f"i64 {place}" for place in places)
                texts.append(f"@{part}.{op} = internal constant [{len(places)} x i64] [{items}]\n")
                c.do(f"call void @r_{op}(ptr @{part}.{op}, i64 {len(calls)}, ptr %W, ptr %S, i64 %vectors)")
                self.rows.add(op)
        lines = "\n".join(c.lines)
        return f"{''.join(texts)}define internal void @{name}({PARAMETERS}) noinline {{\n{lines}\n  ret void\n}}\n"

    def _place(self, n: int, plan: Phases, stage: bool) -> int:
        """Where an elementary function finds an argument or leaves its value, as `llvm_math.define_rows` takes it."""
        stored = self._row(n, stage)
        return (self.layout.rows + plan.row_of[n]) * ROW if stored is None else stored

    def _row(self, n: int, stage: bool) -> int | None:
        """The same for a leaf that stands in a row of its own."""
        node = self.program.nodes[n]
        if n in self.shared.held_row and node.op not in TRUTHS:
            return (self.layout.held + self.shared.held_row[n]) * ROW
        if node.op == "stock":
            return node.index * ROW + 1
        if node.op == "memory" or (stage and node.op == "latch"):
            return (self.layout.stocks + node.index) * ROW + 1
        return None

    def _whole(
        self,
        name: str,
        build: Callable[[Body], object],
        stage: bool = False,
        plan: tuple[Phases, int] | None = None,
    ) -> str:
        """A function of straight-line code, looped over the vectors of a block."""
        body = Body(self.shared, stage, plan)
        build(body)
        lines = "\n".join(body.code.lines)
        return f"""define internal void @{name}({PARAMETERS}) noinline {{
entry:
  br label %lanes
lanes:
  %l = phi i64 [0, %entry], [%next, %{body.piece}]
  %never = icmp slt i64 %vectors, 0
  %offset = mul i64 %l, {LANES * 8}
  %w = getelementptr i8, ptr %W, i64 %offset
  %s = getelementptr i8, ptr %S, i64 %offset
  %n = getelementptr i8, ptr %N, i64 %offset
  %h = getelementptr i8, ptr %H, i64 %offset
  %o = getelementptr i8, ptr %O, i64 %offset
  %q = getelementptr i8, ptr %Q, i64 %offset
{lines}
  %next = add i64 %l, 1
  %more = icmp slt i64 %next, %vectors
  br i1 %more, label %lanes, label %done
done:
  ret void
}}
"""
