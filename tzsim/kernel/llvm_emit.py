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

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from tzsim.kernel import llvm_allocation, llvm_delays, llvm_math, llvm_random
from tzsim.kernel.graph import COMPARISONS, TRUTHS, Node
from tzsim.kernel.llvm_code import BLOCK, LANES, ROW, SUFFIX, B, Code, I, V, real, whole
from tzsim.kernel.llvm_layout import Layout, layout
from tzsim.kernel.llvm_phases import Phase, Phases, in_phases
from tzsim.kernel.llvm_run import run_function
from tzsim.kernel.llvm_tables import Tables, gather
from tzsim.kernel.program import Program
from tzsim.kernel.random_counter import site_key

PIECE = 150
"""Lines of IR in a piece of a long function."""
LEAVES = frozenset({"const", "input", "stock", "memory", "time", "moment", "series", "first series"})
"""Operations that every phase does again."""
PARAMETERS = "ptr noalias %W, ptr noalias %S, ptr noalias %N, ptr noalias %H, ptr noalias %O, ptr noalias %Q, double %time, double %moment, i64 %k, ptr %rows, ptr %sys, i64 %member, i64 %vectors"


@dataclass(frozen=True, slots=True)
class Module:
    """IR text, and the sizes that the caller must provide."""

    text: str
    layout: Layout


@dataclass(frozen=True, slots=True)
class _Job:
    """Nodes and what is done with their values. late: after everything else."""

    nodes: tuple[int, ...]
    write: Callable[..., None]
    late: bool = False


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
        self.held_row = {n: i for i, n in enumerate(self.held)}
        self.layout = layout(program, self.held, method)
        self.tables = Tables(program.tables, permute)
        self.math: set[str] = set()
        self.searches: dict[tuple[str, tuple[float, ...], int], str] = {}
        self.rows: set[str] = set()
        self.temporaries = 0
        self.random = self.counting = False

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
        text = _DECLARATIONS
        if self.tables.permute:
            text += _PERMUTATIONS
        text += self.tables.data()
        for name in llvm_math.with_needs(self.math | self.rows):
            text += llvm_math.define(name, self.tables.permute)
        for name in sorted(self.rows):
            text += llvm_math.define_rows(name, self.tables.permute)
        for (op, kinds, buyers), name in self.searches.items():
            text += llvm_allocation.define(name, op, kinds, buyers)
        if self.random:
            text += llvm_random.define()
        if self.counting:
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

    def _stores(self, roots: Sequence[int], base: str, row: int) -> list[_Job]:
        """Nodes into rows of their own from `row` on."""
        return [_Job((n,), lambda b, v, at=row + i: b.code.store(v, base, at)) for i, n in enumerate(roots)]

    def _euler(self) -> list[_Job]:
        """Stocks and memories one step on."""
        dt = real(self.program.step)

        def step(b: _Body, rate: str, i: int) -> None:
            b.code.store(b.code.add(b.stock(i), b.code.mul(dt, rate)), "%n", i)

        jobs = [_Job((s.rate,), lambda b, v, i=i: step(b, v, i)) for i, s in enumerate(self.program.stocks)]
        return [*jobs, *self._remember(latch=False)]

    def _remember(self, latch: bool) -> list[_Job]:
        """Memories and histories of delays; with `latch`, latched memories change at once, the others when the step ends."""
        program, first = self.program, self.layout.stocks

        def record(b: _Body, *values: str, i: int) -> None:
            if program.delays[i].kind != "fixed":
                llvm_delays.send(b, i, program.delays[i], *values)
                return
            place = b.code.let(f"urem i64 %k, {b.ring(i, 1)}")
            b.code.do(f"store {V} {values[0]}, ptr {b.history(i, place)}, align 64")

        jobs = self._stores([m.update for m in program.memories], "%n", first)
        jobs += [_Job(tuple(d.updates), partial(record, i=i)) for i, d in enumerate(program.delays)]
        return jobs + [
            _Job((m.update,), lambda b, v, at=first + i: b.code.store(v, "%s", at), late=True)
            for i, m in enumerate(program.memories)
            if latch and m.latched
        ]

    def _initial(self, b: _Body) -> None:
        program = self.program
        b.starting = True
        jobs = self._stores([s.initial for s in program.stocks], "%s", 0)
        jobs += self._stores([m.initial for m in program.memories], "%s", self.layout.stocks)
        b.work([*jobs, *self._stores(self.held, "%w", self.layout.held)])

    # ------------------------------------------------------------------ functions

    def _phased(self, name: str, jobs: Sequence[_Job], stage: bool = False) -> str:
        """A function in phases: one function for each, loops over rows between them, and one that calls them all."""

        def leaf(n: int) -> bool:
            op = self.program.nodes[n].op
            return op in LEAVES or n in self.held_row or (stage and op == "latch")

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
        if n in self.held_row and node.op not in TRUTHS:
            return (self.layout.held + self.held_row[n]) * ROW
        if node.op == "stock":
            return node.index * ROW + 1
        if node.op == "memory" or (stage and node.op == "latch"):
            return (self.layout.stocks + node.index) * ROW + 1
        return None

    def _whole(
        self,
        name: str,
        build: Callable[[_Body], object],
        stage: bool = False,
        plan: tuple[Phases, int] | None = None,
    ) -> str:
        """A function of straight-line code, looped over the vectors of a block."""
        body = _Body(self, stage, plan)
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


class _Body:
    """One function: nodes are written when first needed, each once."""

    def __init__(self, emitter: _Emitter, stage: bool, plan: tuple[Phases, int] | None) -> None:
        self.emitter, self.program = emitter, emitter.program
        self.code = Code()
        self.stage = stage
        self.starting = False
        self.values: dict[int, str] = {}
        self._plan, self._phase = plan or (None, 0)
        self._time = ""
        self._moment = ""
        self._stocks: dict[int, str] = {}
        self.piece = "lanes"
        self._pieces = self._piece_start = 0

    def work(self, jobs: Iterable[_Job]) -> None:
        """Does jobs, each as soon as its node is known."""
        for job in jobs:
            for n in job.nodes:
                self.need(n)
            job.write(self, *(self._as_number(n, self.number(n)) for n in job.nodes))

    def phase(self, phase: Phase, jobs: Sequence[_Job]) -> None:
        """Does the jobs of a phase and makes arguments ready."""
        here = [jobs[i] for i in phase.roots]
        self.work(j for j in here if not j.late)
        for n in phase.given:
            self.need(n)
        self.work(j for j in here if j.late)

    def _as_number(self, n: int, value: str) -> str:
        return self.code.select(value, real(1.0), real(0.0)) if self.program.nodes[n].op in TRUTHS else value

    # ------------------------------------------------------------------ nodes

    def need(self, root: int) -> None:
        """Writes a node and what it needs, arguments first, without recursion."""
        stack = [root]
        while stack:
            n = stack[-1]
            if n in self.values:
                stack.pop()
                continue
            node = self.program.nodes[n]
            leaf = self._waits(n) or self._is_held(n) or (self.stage and node.op == "latch")
            pending = [] if leaf else [a for a in node.args if a not in self.values]
            if pending:
                stack += reversed(pending)
                continue
            stack.pop()
            self.number(n)
            self._cut()

    def _waits(self, n: int) -> bool:
        """Whether a node stands in a temporary row by now."""
        plan = self._plan
        known = plan is not None and n in plan.row_of and plan.phase_of[n] < self._phase
        return known and self.program.nodes[n].op not in LEAVES

    def _is_held(self, n: int) -> bool:
        return not self.starting and self.program.static[n] and self.program.nodes[n].op != "const"

    def _cut(self) -> None:
        """Begins a new piece of the function when the present one is long."""
        if len(self.code.lines) - self._piece_start > PIECE:
            self._pieces += 1
            self.piece = f"piece{self._pieces}"
            self.code.do(f"br i1 %never, label %done, label %{self.piece}")
            self.code.lines.append(f"{self.piece}:")
            self._piece_start = len(self.code.lines)

    def number(self, n: int) -> str:
        """Name of a node's value. Truths are vectors of i1."""
        found = self.values.get(n)
        if found is not None:
            return found
        layout, plan = self.emitter.layout, self._plan
        if plan is not None and self._waits(n):
            value = self._read(n, layout.rows + plan.row_of[n])
        elif self._is_held(n):
            value = self._read(n, layout.held + self.emitter.held_row[n])
        else:
            value = self._write(n)
        if plan is not None and n in plan.phases[self._phase].kept:
            self.code.store(self._as_number(n, value), "%w", layout.rows + plan.row_of[n])
        self.values[n] = value
        return value

    def _read(self, n: int, row: int) -> str:
        value = self.code.load("%w", row)
        return self.code.compare("une", value, real(0.0)) if self.program.nodes[n].op in TRUTHS else value

    def stock(self, i: int) -> str:
        if i not in self._stocks:
            self._stocks[i] = self.code.load("%s", i)
        return self._stocks[i]

    def _write(self, n: int) -> str:
        node, c = self.program.nodes[n], self.code
        op = node.op
        if op == "const":
            return real(node.value)
        args = [self.number(a) for a in node.args] if op not in ("latch", "delayed") else []
        if op in ("min", "max") and self.program.nodes[node.args[1]].op == "const":
            return _beyond_constant("olt" if op == "min" else "ogt")(c, args)
        if op in _PLAIN:
            return _PLAIN[op](c, args)
        if op in COMPARISONS:
            return c.compare(_COMPARE[op], args[0], args[1])
        if op in llvm_math.FUNCTIONS:
            self.emitter.math.add(op)
            return c.call(f"v_{op}", *args)
        if op == "count":
            self.emitter.counting = True
            return c.call("v_count", *args)
        if op == "lookup":
            return self.emitter.tables.read(c, node.index, args[0])
        if op == "share":
            kind = self._curve(node.args[1])
            self.emitter.math |= llvm_allocation.needs([kind])
            return llvm_allocation.share(c, kind, args[0], args[2], args[3], args[1])
        if op in ("halve low", "halve high", "price"):
            return self._halving(node, args)
        return getattr(self, f"_leaf_{op.replace(' ', '_')}")(node, args)

    def _halving(self, node: Node, args: list[str]) -> str:
        """A search by halving in a function of its own, shared by searches of the same shape."""
        first = 2 if node.op == "price" else 3
        kinds = tuple(self._curve(a) for a in node.args[first + 1 :: 4])
        shape = (node.op, kinds, node.index)
        names = self.emitter.searches
        if shape not in names:
            names[shape] = f"v_search{len(names)}"
            self.emitter.math |= llvm_allocation.needs(kinds)
        return self.code.call(names[shape], *args)

    def _curve(self, n: int) -> float:
        """Type of a curve, ANY where it is no constant."""
        return self.program.nodes[n].value if self._is_const(n) else llvm_allocation.ANY

    def _is_const(self, n: int) -> bool:
        return self.program.nodes[n].op == "const"

    # leaves and memories
    def _leaf_input(self, node: Node, args: list[str]) -> str:
        return self.code.load("%q", node.index)

    def _leaf_stock(self, node: Node, args: list[str]) -> str:
        return self.stock(node.index)

    def _leaf_memory(self, node: Node, args: list[str]) -> str:
        return self.code.load("%s", self.emitter.layout.stocks + node.index)

    def _leaf_latch(self, node: Node, args: list[str]) -> str:
        if self.stage:
            return self.code.load("%s", self.emitter.layout.stocks + node.index)
        return self.number(node.args[0])

    def _leaf_time(self, node: Node, args: list[str]) -> str:
        self._time = self._time or self.code.spread("%time")
        return self._time

    def _leaf_moment(self, node: Node, args: list[str]) -> str:
        self._moment = self._moment or self.code.spread("%moment")
        return self._moment

    def _leaf_series(self, node: Node, args: list[str]) -> str:
        c = self.code
        entry = c.let(f"getelementptr i64, ptr %rows, i64 {node.index}")
        row = c.let(f"load i64, ptr {entry}")
        full = c.let(f"add i64 {row}, {len(self.program.inputs)}")
        address = c.let(f"getelementptr [{BLOCK} x double], ptr %q, i64 {full}")
        return c.let(f"load {V}, ptr {address}, align 64")

    _leaf_first_series = _leaf_series

    def _leaf_uniform(self, node: Node, args: list[str]) -> str:
        self.emitter.random = True
        c = self.code
        first = c.let("mul i64 %l, 8")
        base = c.let(f"add i64 %member, {first}")
        lanes = ", ".join(f"i64 {i}" for i in range(LANES))
        members = c.integer("add", c.spread(base, "i64"), f"<{lanes}>")
        seed = c.let("load i64, ptr %sys")
        key = site_key(self.program.sites[node.index])
        mixed = c.let(f"xor i64 {seed}, {key - (1 << 64) if key >> 63 else key}")
        step = "0" if node.op == "first uniform" else "%k"
        return c.let(f"call {V} @v_uniform(i64 {mixed}, {I} {members}, i64 {step}, {V} {args[0]})")

    _leaf_first_uniform = _leaf_uniform

    def ring(self, i: int, which: int) -> str:
        """Geometry of the history of delay i: 0 its first row, 1 how many rows it has."""
        address = self.code.let(f"getelementptr i64, ptr %sys, i64 {8 + 2 * i + which}")
        return self.code.let(f"load i64, ptr {address}")

    def history(self, i: int, place: str) -> str:
        """Address of a row of the history of delay i."""
        row = self.code.let(f"add i64 {self.ring(i, 0)}, {place}")
        return self.code.let(f"getelementptr [{BLOCK} x double], ptr %h, i64 {row}")

    def _leaf_delayed(self, node: Node, args: list[str]) -> str:
        c, delay = self.code, self.program.delays[node.index]
        if delay.kind != "fixed":
            missing = self.number(delay.missing) if delay.kind == "material" else ""
            initial, waits = self.number(delay.initial), self.number(delay.steps)
            return llvm_delays.arriving(self, node.index, delay, initial, waits, missing)
        initial, steps = self.number(delay.initial), self.program.nodes[delay.steps]
        if steps.op == "const":
            wait = int(min(steps.value, 2.0**40))
            back = c.let(f"sub i64 %k, {wait}")
            early = c.let(f"icmp slt i64 {back}, 0")
            safe = c.let(f"select i1 {early}, i64 0, i64 {back}")
            place = c.let(f"urem i64 {safe}, {self.ring(node.index, 1)}")
            past = c.let(f"load {V}, ptr {self.history(node.index, place)}, align 64")
            return c.let(f"select i1 {early}, {V} {initial}, {V} {past}")
        number = llvm_delays.as_whole(c, self.number(delay.steps))
        back = c.integer("sub", c.spread("%k", "i64"), number)
        early = c.let(f"icmp slt {I} {back}, zeroinitializer")
        safe = c.choose(early, whole(0), back)
        first = c.spread(self.ring(node.index, 0), "i64")
        lanes = ", ".join(f"i64 {i}" for i in range(LANES))
        place = c.integer("add", c.integer("mul", c.integer("add", safe, first), whole(BLOCK)), f"<{lanes}>")
        pointers = c.let(f"getelementptr double, ptr %h, {I} {place}")
        return c.select(early, initial, gather(c, pointers))


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


def _beyond_constant(how: str) -> Callable[[Code, list[str]], str]:
    def write(c: Code, a: list[str]) -> str:
        """The constant a[1] where it is beyond a[0], else a[0]: one instruction."""
        return c.select(c.compare(how, a[1], a[0]), a[1], a[0])

    return write


_COMPARE = {"lt": "olt", "le": "ole", "gt": "ogt", "ge": "oge", "eq": "oeq", "ne": "une"}
_PLAIN: dict[str, Callable[[Code, list[str]], str]] = {
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

_DECLARATIONS = (
    "".join(
        f"declare {V} @llvm.{name}.{SUFFIX}({', '.join([V] * count)})\n"
        for name, count in (
            ("fma", 3), ("fabs", 1), ("sqrt", 1), ("trunc", 1), ("floor", 1), ("ceil", 1), ("copysign", 2),
        )
    )
    + f"declare {V} @llvm.masked.gather.v8f64.v8p0(<8 x ptr>, i32, {B}, {V})\n"
    + "declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)\n"
)  # fmt: skip
_PERMUTATIONS = (
    f"declare {V} @llvm.x86.avx512.permvar.df.512({V}, {I})\n"
    f"declare {V} @llvm.x86.avx512.vpermi2var.pd.512({V}, {I}, {V})\n"
)
