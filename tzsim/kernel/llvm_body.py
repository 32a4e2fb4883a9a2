"""One function of the module under construction: nodes become instructions when they are first needed, each once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from tzsim.kernel import llvm_allocation, llvm_delays, llvm_math
from tzsim.kernel.graph import COMPARISONS, TRUTHS, Node
from tzsim.kernel.llvm_code import BLOCK, LANES, Code, I, V, real, whole
from tzsim.kernel.llvm_layout import Layout
from tzsim.kernel.llvm_operations import COMPARE, PLAIN, beyond_constant
from tzsim.kernel.llvm_phases import Phase, Phases
from tzsim.kernel.llvm_tables import Tables, gather
from tzsim.kernel.program import Program
from tzsim.kernel.random_counter import site_key

PIECE = 150
"""Lines of IR in a piece of a long function."""
LEAVES = frozenset({"const", "input", "stock", "memory", "time", "moment", "series", "first series"})
"""Operations that every phase does again."""


@dataclass(frozen=True, slots=True)
class Job:
    """Nodes and what is done with their values. late: after everything else."""

    nodes: tuple[int, ...]
    write: Callable[..., None]
    late: bool = False


@dataclass(slots=True)
class Shared:
    """What the functions of a module have in common, and which helpers they turned out to need."""

    program: Program
    layout: Layout
    held_row: dict[int, int]
    """Row of each static node that is held from the start of the draw."""
    tables: Tables
    math: set[str] = field(default_factory=set[str])
    searches: dict[tuple[str, tuple[float, ...], int], str] = field(
        default_factory=dict[tuple[str, tuple[float, ...], int], str]
    )
    random: bool = False
    counting: bool = False


class Body:
    """One function: nodes are written when first needed, each once."""

    def __init__(self, shared: Shared, stage: bool, plan: tuple[Phases, int] | None) -> None:
        self.shared, self.program = shared, shared.program
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

    def work(self, jobs: Iterable[Job]) -> None:
        """Does jobs, each as soon as its node is known."""
        for job in jobs:
            for n in job.nodes:
                self.need(n)
            job.write(self, *(self._as_number(n, self.number(n)) for n in job.nodes))

    def phase(self, phase: Phase, jobs: Sequence[Job]) -> None:
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
        layout, plan = self.shared.layout, self._plan
        if plan is not None and self._waits(n):
            value = self._read(n, layout.rows + plan.row_of[n])
        elif self._is_held(n):
            value = self._read(n, layout.held + self.shared.held_row[n])
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
            return beyond_constant("olt" if op == "min" else "ogt")(c, args)
        if op in PLAIN:
            return PLAIN[op](c, args)
        if op in COMPARISONS:
            return c.compare(COMPARE[op], args[0], args[1])
        if op in llvm_math.FUNCTIONS:
            self.shared.math.add(op)
            return c.call(f"v_{op}", *args)
        if op == "count":
            self.shared.counting = True
            return c.call("v_count", *args)
        if op == "lookup":
            return self.shared.tables.read(c, node.index, args[0])
        if op == "share":
            kind = self._curve(node.args[1])
            self.shared.math |= llvm_allocation.needs([kind])
            return llvm_allocation.share(c, kind, args[0], args[2], args[3], args[1])
        if op in ("halve low", "halve high", "price"):
            return self._halving(node, args)
        return getattr(self, f"_leaf_{op.replace(' ', '_')}")(node, args)

    def _halving(self, node: Node, args: list[str]) -> str:
        """A search by halving in a function of its own, shared by searches of the same shape."""
        first = 2 if node.op == "price" else 3
        kinds = tuple(self._curve(a) for a in node.args[first + 1 :: 4])
        shape = (node.op, kinds, node.index)
        names = self.shared.searches
        if shape not in names:
            names[shape] = f"v_search{len(names)}"
            self.shared.math |= llvm_allocation.needs(kinds)
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
        return self.code.load("%s", self.shared.layout.stocks + node.index)

    def _leaf_latch(self, node: Node, args: list[str]) -> str:
        if self.stage:
            return self.code.load("%s", self.shared.layout.stocks + node.index)
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
        self.shared.random = True
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
