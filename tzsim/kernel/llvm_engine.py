"""The LLVM backend: IR text to machine code, kept on disk, run by threads without Python's lock."""

from __future__ import annotations

import ctypes
import hashlib
import itertools
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import llvmlite
import llvmlite.binding as llvm
import numpy as np
from numpy.typing import NDArray

from tzsim.files import write_whole
from tzsim.kernel import llvm_delays
from tzsim.kernel.llvm_code import BLOCK, ROW
from tzsim.kernel.llvm_emit import Module, emit
from tzsim.kernel.plan import Plan
from tzsim.kernel.program import Program
from tzsim.kernel.random_counter import seed_key

Vector = NDArray[np.float64]

CHUNK = 8
"""Blocks that a thread takes at once."""
EFFORTS = ((20_000, 2), (60_000, 1))
"""Up to so many lines of IR the code generator works with this effort on each, beyond with none: compile time stays
in proportion to the model. The numbers are the same."""


@dataclass(frozen=True, slots=True)
class Machine:
    """The processor that code is made for; `features` as LLVM writes them."""

    cpu: str
    features: str

    @property
    def permutes(self) -> bool:
        """Whether eight doubles can be permuted in a register (AVX-512)."""
        return "+avx512f" in self.features and "+avx512vl" in self.features


def this_machine() -> Machine:
    """The processor in use."""
    return Machine(llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten())


_ready = threading.Lock()
_initialized: list[bool] = []


def _initialize() -> None:
    with _ready:
        if not _initialized:
            llvm.initialize_native_target()
            llvm.initialize_native_asmprinter()
            _initialized.append(True)


def object_code(text: str, machine: Machine, effort: int) -> bytes:
    """Machine code of IR text, from the disk cache or compiled.

    A file of the cache is named after all that decides the code, and begins with the SHA-256 of the rest: one that is
    damaged is made again.
    """
    version = ".".join(str(n) for n in llvm.llvm_version_info)
    made_by = (llvmlite.__version__, version, llvm.get_default_triple())
    spelled = "\0".join((text, *made_by, machine.cpu, machine.features, str(effort)))
    path = cache_folder() / "kernels" / f"{hashlib.sha256(spelled.encode()).hexdigest()}.o"
    try:
        kept = path.read_bytes()
    except OSError:
        kept = b""
    digest, code = kept[:32], kept[32:]
    if code and hashlib.sha256(code).digest() == digest:
        return code
    code = _compiled(text, machine, effort)
    _keep(path, hashlib.sha256(code).digest() + code)
    return code


def cache_folder() -> Path:
    """Where compiled kernels are kept: $TZSIM_CACHE, else tzsim in the user's cache folder."""
    given = os.environ.get("TZSIM_CACHE")
    if given:
        return Path(given)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tzsim"


def _keep(path: Path, code: bytes) -> None:
    """Write a file whole or not at all; a folder that cannot be written means no cache."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, code)
    except OSError:
        return


def _target(machine: Machine, effort: int) -> Any:
    _initialize()
    target = llvm.Target.from_default_triple()
    return target.create_target_machine(cpu=machine.cpu, features=machine.features, opt=effort, jit=True)


def _compiled(text: str, machine: Machine, effort: int) -> bytes:
    target = _target(machine, effort)
    module = llvm.parse_assembly(text)
    module.triple = llvm.get_default_triple()
    module.data_layout = str(target.target_data)
    options = llvm.create_pipeline_tuning_options(speed_level=0)
    builder = llvm.create_pass_builder(target, options)
    builder.getModulePassManager().run(module, builder)
    return target.emit_object(module)


class LlvmEngine:
    """Compiled code of one program and plan. Safe to run from several threads."""

    def __init__(self, program: Program, plan: Plan, machine: Machine | None = None) -> None:
        self.program, self.plan = program, plan
        machine = machine or this_machine()
        dense = 3 * len(plan.saves) > plan.steps + 1
        self.module: Module = emit(program, plan.method, plan.times.shape[1], dense, machine.permutes)
        lines = self.module.text.count("\n")
        self.effort = next((effort for most, effort in EFFORTS if lines <= most), 0)
        code = object_code(self.module.text, machine, self.effort)
        target = _target(machine, self.effort)
        empty = llvm.parse_assembly("")
        self._execution = llvm.create_mcjit_compiler(empty, target)
        self._execution.add_object_file(llvm.ObjectFileRef.from_data(code))
        self._execution.finalize_object()
        address = self._execution.get_function_address("run")
        self._run: Any = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 10, ctypes.c_int64)(address)
        self._saves = np.full(plan.steps + 1, -1, dtype=np.int64)
        self._saves[list(plan.saves)] = np.arange(len(plan.saves))
        self._times = np.ascontiguousarray(plan.times)
        self._rows = np.ascontiguousarray(plan.rows)
        self._empty: list[tuple[int, int, float]] = []
        self._rings, self._history = self._geometry()

    def _geometry(self) -> tuple[NDArray[np.int64], int]:
        """(2 * delay,): first row and number of steps of the history of each delay; and the rows of all.

        `_empty` holds the rows that must hold a value before a run: first, end, value. Raises InputError where the
        histories of a block would not fit into memory.
        """
        found: list[int] = []
        first = 0
        for delay in self.program.delays:
            node = self.program.nodes[delay.steps]
            whole = self.plan.steps + 1
            if delay.kind != "fixed":
                found += [first, whole]
                for count, value in llvm_delays.rows(delay, self.plan.steps):
                    self._empty.append((first, first + count, value))
                    first += count
                continue
            rows = min(int(min(node.value, 2.0**40)) + 1, whole) if node.op == "const" else whole
            found += [first, rows]
            first += rows
        self.program.bound_history(first)
        return np.array(found, dtype=np.int64), first

    def run(
        self, inputs: Vector, knots: Vector, out: Vector, seed: int, first_member: int, threads: int
    ) -> NDArray[np.bool_]:
        """As `Engine.run`."""
        members = out.shape[2]
        count = -(-members // BLOCK)
        if not count:
            return np.ones(0, dtype=np.bool_)
        arranged = _arranged(inputs, knots, members, count)
        bad = np.zeros(count * BLOCK)
        chunk = max(1, min(CHUNK, -(-count // threads)))
        starts = itertools.count(0, chunk)
        lock = threading.Lock()

        def parts() -> Iterator[tuple[int, int]]:
            while True:
                with lock:
                    start = next(starts)
                if start >= count:
                    return
                yield start, min(start + chunk, count)

        system = np.array(
            [0, first_member, 0, 0, members, self.plan.steps, len(self.plan.saves), 0, *self._rings],
            dtype=np.int64,
        )
        system.view(np.uint64)[0] = seed_key(seed)
        outer = [_address(a) for a in (arranged, out, bad, self._times, self._rows, self._saves)]

        def work() -> None:
            layout = self.module.layout
            space = _aligned((layout.rows + len(self.program.outputs) + self._history) * BLOCK)
            first = _address(space)
            start = (layout.rows + len(self.program.outputs)) * BLOCK
            for begin, end, value in self._empty:
                space[start + begin * BLOCK : start + end * BLOCK] = value
            seen, history = first + layout.rows * ROW, first + (layout.rows + len(self.program.outputs)) * ROW
            mine = system.copy()
            for mine[2], mine[3] in parts():
                self._run(first, history, seen, *outer, _address(mine), arranged.shape[1])

        workers = min(threads, -(-count // chunk))
        if workers == 1:
            work()
        else:
            _together(work, workers)
        return bad[:members] == 0.0


def _together(work: Any, workers: int) -> None:
    """Runs `work` in several threads; the first error is raised here."""
    errors: list[BaseException] = []

    def guarded() -> None:
        try:
            work()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=guarded) for _ in range(workers)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    if errors:
        raise errors[0]


def _address(array: NDArray[Any]) -> int:
    return int(array.__array_interface__["data"][0])


def _aligned(size: int) -> Vector:
    """Room for `size` doubles at a multiple of 64 bytes."""
    raw = np.zeros(size * 8 + 64, dtype=np.uint8)
    start = -_address(raw) % 64
    return raw[start : start + size * 8].view(np.float64)


def _arranged(inputs: Vector, knots: Vector, members: int, count: int) -> Vector:
    """(block, row, BLOCK): inputs and knots of each block; the last block is filled up with its last member."""
    rows = len(inputs) + len(knots)
    arranged = _aligned(count * max(rows, 1) * BLOCK).reshape(count, max(rows, 1), BLOCK)
    full = members // BLOCK
    for first, part in ((0, inputs), (len(inputs), knots)):
        if not len(part):
            continue
        place = slice(first, first + len(part))
        whole = part[:, : full * BLOCK].reshape(len(part), full, BLOCK)
        arranged[:full, place] = whole.transpose(1, 0, 2)
        if full < count:
            rest = members - full * BLOCK
            arranged[full, place, :rest] = part[:, full * BLOCK :]
            arranged[full, place, rest:] = part[:, -1:]
    return arranged
