"""The same program in C for gcc: blocks of 64 members, loops over lanes of eight equations at a time.

The best of the layouts that were tried for gcc, in functions of a few loops each, since gcc takes very long for one large
function. gcc calls the vector functions of libmvec. Euler only, and only the operations of the models measured.
"""

from __future__ import annotations

import ctypes
import subprocess
from pathlib import Path

import numpy as np

from tzsim.kernel.compile import Kernel
from tzsim.kernel.graph import TRUTHS, Node
from tzsim.kernel.program import Program

LANES = 64
LOOPS = 12
"""Loops over lanes in a function."""
FLAGS = ("-O3", "-march=native", "-ffast-math", "-shared", "-fPIC")
_INFIX = {"add": "+", "sub": "-", "mul": "*", "div": "/", "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==",
          "ne": "!=", "and": "&&", "or": "||"}  # fmt: skip
_CALLS = {"pow": "pow", "min": "fmin", "max": "fmax", "abs": "fabs", "exp": "exp", "ln": "log", "sqrt": "sqrt",
          "sin": "sin", "cos": "cos", "tan": "tan", "trunc": "trunc", "floor": "floor", "ceil": "ceil",
          "round": "round", "arctan": "atan", "tanh": "tanh"}  # fmt: skip


class Reference:
    """Shared object made by gcc. `run(inputs)` gives (output, save, member) like a kernel on one thread."""

    def __init__(self, kernel: Kernel, folder: Path, each: int = 8) -> None:
        if kernel.plan.method != "euler" or kernel.program.delays or kernel.program.series:
            raise NotImplementedError("the C reference has Euler, no series and no DELAY FIXED")
        self.kernel = kernel
        source, library = folder / "reference.c", folder / "reference.so"
        source.write_text(_source(kernel, each))
        subprocess.run(["gcc", *FLAGS, str(source), "-o", str(library), "-lm"], check=True)
        self._run = ctypes.CDLL(str(library)).run

    def run(self, inputs: np.ndarray) -> np.ndarray:
        """inputs: (input, member)."""
        members = inputs.shape[1]
        count = -(-members // LANES)
        padded = np.concatenate([inputs, np.repeat(inputs[:, -1:], count * LANES - members, axis=1)], axis=1)
        arranged = np.ascontiguousarray(padded.reshape(len(inputs), count, LANES).transpose(1, 0, 2))
        out = np.empty((len(self.kernel.outputs), len(self.kernel.times), count * LANES))
        plan = self.kernel.plan
        saves = np.full(plan.steps + 1, -1, dtype=np.int64)
        saves[list(plan.saves)] = np.arange(len(plan.saves))
        self._run(
            ctypes.c_void_p(arranged.ctypes.data), ctypes.c_void_p(out.ctypes.data), ctypes.c_void_p(saves.ctypes.data),
            ctypes.c_long(count), ctypes.c_long(plan.steps), ctypes.c_long(len(plan.saves)),
        )  # fmt: skip
        return out[:, :, :members]


def _source(kernel: Kernel, each: int) -> str:
    program = kernel.program
    roots = [*program.rate_roots, *program.update_roots, *program.output_roots]
    held = program.held(roots)
    steps = program.closure(roots, static=False)
    tables = "".join(_table(program, i) for i in sorted({n.index for n in program.nodes if n.op == "lookup"}))
    n, m = len(program.stocks), len(program.memories)
    arrays = f"S[{max(n, 1)}][64], M[{max(m, 1)}][64], H[{max(len(held), 1)}][64]"
    initial_nodes = program.closure([*program.initial_roots, *held])
    start = _loops(program, initial_nodes, {}, each, "x")
    start += _each_lane(
        [f"S[{i}][l] = {_name(program, s.initial, {}, 'x')};" for i, s in enumerate(program.stocks)]
        + [f"M[{i}][l] = {_name(program, s.initial, {}, 'x')};" for i, s in enumerate(program.memories)]
        + [f"H[{i}][l] = {_name(program, k, {}, 'x')};" for i, k in enumerate(held)],
        each,
    )
    at = {k: f"H[{i}][l]" for i, k in enumerate(held)}
    body = _loops(program, steps, at, each, "y")
    saves = "".join(
        f"for (int l = 0; l < 64; l++) out[({i} * nsave + save[k]) * stride + b * 64 + l] = {_name(program, k, at, 'y')};\n"
        for i, (_, k) in enumerate(program.outputs)
    )
    move = _each_lane(
        [
            f"S[{i}][l] += {program.step!r} * {_name(program, s.rate, at, 'y')};"
            for i, s in enumerate(program.stocks)
        ]
        + [f"M[{i}][l] = {_name(program, s.update, at, 'y')};" for i, s in enumerate(program.memories)],
        each,
    )
    first = [f"static double x_{k}[64] __attribute__((aligned(64)));" for k in initial_nodes]
    second = [f"static double y_{k}[64] __attribute__((aligned(64)));" for k in steps]
    functions, calls = zip(
        *(_functions(n, loops) for n, loops in (("start", start), ("body", body), ("move", move))),
        strict=True,
    )
    return f"""#include <math.h>
static double {arrays} __attribute__((aligned(64)));
{tables}
{chr(10).join(first + second)}
{"".join(functions)}
void run(const double *restrict q_all, double *restrict out, const long *restrict save, long blocks, long steps, long nsave) {{
  long stride = blocks * 64;
  for (long b = 0; b < blocks; b++) {{
    const double *q = q_all + b * {len(program.inputs)} * 64;
    double t = {kernel.plan.initial!r};
    {calls[0]}
    for (long k = 0; k <= steps; k++) {{
      t = {kernel.plan.initial!r} + k * {program.step!r};
      {calls[1]}
      if (save[k] >= 0) {{ {saves} }}
      {calls[2]}
    }}
  }}
}}
"""


def _functions(name: str, loops: list[str]) -> tuple[str, str]:
    """Definitions of functions of a few loops each, and the calls."""
    parts = [loops[i : i + LOOPS] for i in range(0, len(loops), LOOPS)]
    head = "static __attribute__((noinline)) void"
    texts = [
        f"{head} {name}{i}(const double *restrict q, double t) {{\n{''.join(p)}}}\n"
        for i, p in enumerate(parts)
    ]
    return "".join(texts), "".join(f"{name}{i}(q, t);\n" for i in range(len(parts)))


def _each_lane(lines: list[str], each: int) -> list[str]:
    """Loops over the lanes with so many lines each."""
    return [
        "for (int l = 0; l < 64; l++) {\n" + "\n".join(lines[i : i + each]) + "\n}\n"
        for i in range(0, len(lines), each)
    ]


def _loops(program: Program, nodes: list[int], at: dict[int, str], each: int, letter: str) -> list[str]:
    lines = [
        f"{letter}_{k}[l] = {_expression(program, program.nodes[k], at, letter)};"
        for k in nodes
        if program.nodes[k].op != "const" and k not in at
    ]
    return _each_lane(lines, each)


def _name(program: Program, k: int, at: dict[int, str], letter: str) -> str:
    node = program.nodes[k]
    if node.op == "const":
        return repr(node.value)
    return at.get(k, f"{letter}_{k}[l]")


def _expression(program: Program, node: Node, at: dict[int, str], letter: str) -> str:
    a = [_name(program, k, at, letter) for k in node.args]
    a = [
        f"({x} != 0.0)" if node.op in ("and", "or", "not") or (node.op == "select" and i == 0) else x
        for i, x in enumerate(a)
    ]
    if node.op in TRUTHS:
        return f"({'!' + a[0] if node.op == 'not' else f'({a[0]} {_INFIX[node.op]} {a[1]})'}) ? 1.0 : 0.0"
    if node.op in _INFIX:
        return f"{a[0]} {_INFIX[node.op]} {a[1]}"
    if node.op in _CALLS:
        return f"{_CALLS[node.op]}({', '.join(a)})"
    return {
        "neg": lambda: f"-{a[0]}",
        "latch": lambda: a[0],
        "select": lambda: f"{a[0]} ? {a[1]} : {a[2]}",
        "lookup": lambda: f"table{node.index}({a[0]})",
        "input": lambda: f"q[{node.index} * 64 + l]",
        "stock": lambda: f"S[{node.index}][l]",
        "memory": lambda: f"M[{node.index}][l]",
        "time": lambda: "t",
        "moment": lambda: "t",
    }[node.op]()


def _table(program: Program, i: int) -> str:
    """A table as a chain of selects, which gcc vectorises."""
    t = program.tables[i]
    if t.mode != "interpolate":
        raise NotImplementedError(f"table mode {t.mode}")
    xs, ys = t.xs, t.ys
    text = f"static inline double table{i}(double x) {{\n  double a = {xs[0]!r}, y = {ys[0]!r}, s = 0.0;\n"
    for j in range(len(xs) - 1):
        if xs[j + 1] > xs[j]:
            slope = (ys[j + 1] - ys[j]) / (xs[j + 1] - xs[j])
            text += f"  {{ int c = x > {xs[j]!r}; a = c ? {xs[j]!r} : a; y = c ? {ys[j]!r} : y; s = c ? {slope!r} : s; }}\n"
    text += f"  {{ int c = x > {xs[-1]!r}; y = c ? {ys[-1]!r} : y; s = c ? 0.0 : s; }}\n"
    return text + "  return y + s * (x - a);\n}\n"
