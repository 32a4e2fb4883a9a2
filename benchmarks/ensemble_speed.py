"""How fast are members simulated? `python benchmarks/ensemble_speed.py [--model PATH] [--members 1 1000 10000]`

One table in one run: the compiled kernel on one and two threads, gcc -O3 -march=native -ffast-math of the same equations
(where gcc is there), the NumPy backend, and pysimlin and PySD where they are installed. Up to twenty constants are varied
by 5 %; up to twenty stocks are saved at about 50 times. Times are medians of CPU time, of two threads of the clock; repeats
of the kernel, of gcc and of two threads alternate.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import peers
from gcc_reference import Reference

from tzsim.ir.expr import Call, Number
from tzsim.ir.model import Model
from tzsim.kernel.compile import Kernel, compile_model
from tzsim.translate import read_model

CONTROLS = {"initial time", "final time", "time step", "saveper"}
Row = tuple[str, list[float | None], str]
"""Engine, seconds for each number of members, remark."""


def choose(model: Model) -> tuple[list[str], list[str]]:
    """Up to 20 stocks to save and 20 constants to vary."""
    stocks: list[str] = []
    constants: list[str] = []
    for variable in model.variables.values():
        e = variable.equations[0].expression
        if variable.equations[0].subscripts:
            continue
        if isinstance(e, Call) and e.function == "INTEG":
            stocks.append(variable.name)
        elif isinstance(e, Number) and variable.name.lower() not in CONTROLS and e.value != 0.0:
            constants.append(variable.name)
    return stocks[:20], constants[:20]


def kernels(model: Model) -> tuple[Kernel, Kernel, float]:
    """The compiled and the NumPy kernel, and the CPU seconds of compiling."""
    outputs, inputs = choose(model)
    every = compile_model(model, outputs=outputs, inputs=inputs, backend="numpy")
    plan = every.plan
    stride = max(1, plan.steps // 50)
    times = [plan.initial + k * plan.step for k in range(0, plan.steps + 1, stride)]
    start = time.process_time()
    fast = compile_model(model, outputs=outputs, inputs=inputs, times=times)
    seconds = time.process_time() - start
    slow = compile_model(model, outputs=outputs, inputs=inputs, times=times, backend="numpy")
    return fast, slow, seconds


def timed(function: Callable[[], object], clock: Callable[[], float]) -> float:
    """Seconds of a call."""
    start = clock()
    function()
    return clock() - start


def reference(kernel: Kernel, folder: Path) -> tuple[Reference | None, str]:
    """The program by gcc, or why there is none."""
    if shutil.which("gcc") is None:
        return None, "gcc is not on this machine"
    try:
        start = time.perf_counter()
        found = Reference(kernel, folder)
    except NotImplementedError as error:
        return None, str(error)
    return found, f"-O3 -march=native -ffast-math, compiled in {time.perf_counter() - start:.0f} s"


def measure(
    fast: Kernel, slow: Kernel, gcc: Reference | None, members: int, repeats: int
) -> tuple[list[float | None], float]:
    """Median seconds of kernel, two threads, gcc and NumPy; and the median speed-up of two threads over pairs."""
    random = np.random.default_rng(0)
    spread = 1.0 + 0.05 * random.uniform(-1.0, 1.0, (len(fast.inputs), members))
    values = fast.defaults[:, None] * spread
    found = fast.run(values, threads=1).values
    if gcc is not None:
        wanted = gcc.run(values)
        scale = np.abs(found).max(axis=(1, 2), keepdims=True)
        assert np.nanmax(np.abs(found - wanted) / np.where(scale > 0.0, scale, 1.0)) < 1e-6
    ours: list[float] = []
    theirs: list[float] = []
    single: list[float] = []
    double: list[float] = []
    for _ in range(repeats * (20 if members == 1 else 1)):
        ours.append(timed(lambda: fast.run(values, threads=1), time.process_time))
        if gcc is not None:
            theirs.append(timed(lambda: gcc.run(values), time.process_time))
        single.append(timed(lambda: fast.run(values, threads=1), time.perf_counter))
        double.append(timed(lambda: fast.run(values, threads=2), time.perf_counter))
    plain = timed(lambda: slow.run(values, threads=1), time.process_time)
    middle = statistics.median
    speedup = middle(a / b for a, b in zip(single, double, strict=True))
    return [middle(ours), middle(double), middle(theirs) if theirs else None, plain], speedup


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=Path(__file__).parents[1] / "models" / "tengzhou")
    parser.add_argument("--members", type=int, nargs="+", default=[1, 1000, 10000])
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    members: list[int] = sorted(arguments.members)
    model = read_model(arguments.model)
    fast, slow, seconds = kernels(model)
    print(
        f"{model.name}: {fast.program.size()} operations a step, {fast.plan.steps} steps, {len(fast.program.stocks)} stocks;"
        f" {len(fast.inputs)} constants varied, {len(fast.outputs)} stocks saved at {len(fast.times)} times;"
        f" compiled in {seconds:.2f} s CPU"
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        gcc, remark = reference(fast, folder)
        found = [measure(fast, slow, gcc, n, arguments.repeats) for n in members]
        times = [list(row) for row in zip(*(row for row, _ in found), strict=True)]
        rows: list[Row] = [
            ("kernel, 1 thread", times[0], ""),
            (
                "kernel, 2 threads",
                times[1],
                "speed-up " + ", ".join(f"{s:.2f}" for _, s in found) + " (clock)",
            ),
            ("gcc, 1 thread", times[2], remark),
            ("NumPy backend", times[3], ""),
        ]
        single = peers.one_file(arguments.model, model, folder)
        for name, (each, how) in (
            ("pysimlin", peers.pysimlin(single)),
            ("PySD", peers.pysd(single, fast.plan.steps)),
        ):
            rows.append((name, [None if each is None else n * each for n in members], how))
    show(rows, members)


def show(rows: list[Row], members: list[int]) -> None:
    """Prints the table; the last columns are those of the largest ensemble, without a ratio of clock to CPU time."""
    own = rows[0][1][-1]
    assert own is not None
    head = "".join(f"{f'{n:,} (ms)':>16}" for n in members)
    print(f"{'members':<18}{head}{'a member (ms)':>16}{'times kernel':>14}  remark")
    for name, seconds, remark in rows:
        cells = "".join(f"{'-' if s is None else f'{1e3 * s:,.2f}':>16}" for s in seconds)
        last = seconds[-1]
        each = "-" if last is None else f"{1e3 * last / members[-1]:,.4f}"
        ratio = "-" if last is None or "(clock)" in remark else f"{last / own:,.2f}"
        print(f"{name:<18}{cells}{each:>16}{ratio:>14}  {remark}")


if __name__ == "__main__":
    main()
