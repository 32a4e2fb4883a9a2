"""How fast are members simulated? `python benchmarks/ensemble_speed.py [--model PATH] [--members 1 1000 10000]`

One table in one run: the compiled kernel on one and two threads, gcc -O3 -march=native -ffast-math of the same
program (where gcc is there), the NumPy backend, and pysimlin and PySD where they are installed. Twenty constants are
varied by 5 %; stocks are saved at about 50 times. Times are medians; repeats of the kernel and of gcc alternate.
"""

from __future__ import annotations

import argparse
import importlib.util
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from gcc_reference import Reference

from tzsim.ir.expr import Call, Number
from tzsim.ir.model import Model
from tzsim.kernel.compile import Kernel, compile_model
from tzsim.translate import read_model

CONTROLS = {"initial time", "final time", "time step", "saveper"}


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


def timed(function: Callable[[], object], clock: Callable[[], float], repeats: int) -> float:
    """Median seconds of a call."""
    found: list[float] = []
    for _ in range(repeats):
        start = clock()
        function()
        found.append(clock() - start)
    return statistics.median(found)


def peers(path: Path, count: int) -> list[tuple[str, float]]:
    """CPU seconds a run of other engines, from `count` runs; those that are not installed are named."""
    found: list[tuple[str, float]] = []
    if importlib.util.find_spec("pysd") is None or path.is_dir():
        print("PySD: not installed, or it cannot read a folder of sector files")
    elif count:
        import pysd

        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / path.name
            copy.write_bytes(path.read_bytes())
            subject = pysd.read_vensim(str(copy)) if path.suffix == ".mdl" else pysd.read_xmile(str(copy))
            found.append(("PySD", timed(lambda: subject.run(progress=False), time.process_time, count)))
    if importlib.util.find_spec("simlin") is None:
        print("pysimlin: not installed")
    elif not path.is_dir():
        import simlin  # type: ignore[import-not-found]

        subject = simlin.load(str(path))
        found.append(("pysimlin", timed(lambda: subject.run(), time.process_time, 20)))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=Path(__file__).parents[1] / "models" / "tengzhou")
    parser.add_argument("--members", type=int, nargs="+", default=[1, 1000, 10000])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument(
        "--pysd-runs", type=int, default=0, help="full runs of PySD (half a minute each on World3)"
    )
    arguments = parser.parse_args()
    model = read_model(arguments.model)
    fast, slow, seconds = kernels(model)
    size = fast.program.size()
    print(
        f"{model.name}: {size} operations a step, {fast.plan.steps} steps, {len(fast.program.stocks)} stocks"
    )
    print(
        f"{len(fast.inputs)} inputs, {len(fast.outputs)} outputs at {len(fast.times)} times; compiled in {seconds:.2f} s CPU"
    )
    reference: Reference | None = None
    with tempfile.TemporaryDirectory() as folder:
        if shutil.which("gcc") is None:
            print("gcc: not on this machine")
        else:
            try:
                start = time.perf_counter()
                reference = Reference(fast, Path(folder))
                print(f"gcc compiled in {time.perf_counter() - start:.1f} s")
            except NotImplementedError as error:
                print(f"gcc: {error}")
        print(
            f"{'members':>8} {'kernel':>10} {'gcc':>10} {'ratio':>6} {'2 threads':>10} {'speedup':>8} {'NumPy':>10}   (ms)"
        )
        random = np.random.default_rng(0)
        single = 0.0
        for members in arguments.members:
            spread = 1.0 + 0.05 * random.uniform(-1.0, 1.0, (len(fast.inputs), members))
            values = fast.defaults[:, None] * spread
            ours: list[float] = []
            theirs: list[float] = []
            repeats = arguments.repeats * (20 if members == 1 else 1)
            for _ in range(repeats):
                ours.append(timed(lambda v=values: fast.run(v, threads=1), time.process_time, 1))
                if reference is not None:
                    theirs.append(timed(lambda v=values: reference.run(v), time.process_time, 1))
            if reference is not None:
                found, wanted = fast.run(values).values, reference.run(values)
                scale = np.abs(found).max(axis=(1, 2), keepdims=True)
                assert np.nanmax(np.abs(found - wanted) / np.where(scale > 0.0, scale, 1.0)) < 1e-6
            wall = [
                timed(lambda v=values, n=n: fast.run(v, threads=n), time.perf_counter, repeats)
                for n in (1, 2)
            ]
            plain = timed(lambda v=values: slow.run(v), time.process_time, 1)
            single = statistics.median(ours) / members
            gcc = (
                f"{1e3 * statistics.median(theirs):10.2f} {statistics.median(ours) / statistics.median(theirs):6.2f}"
                if theirs
                else f"{'-':>10} {'-':>6}"
            )
            print(
                f"{members:8} {1e3 * statistics.median(ours):10.2f} {gcc} {1e3 * wall[1]:10.2f} {wall[0] / wall[1]:8.2f} {1e3 * plain:10.1f}"
            )
    for name, each in peers(arguments.model, arguments.pysd_runs):
        print(
            f"{name}: {1e3 * each:.1f} ms a run, {each / single:,.0f} times a member of the largest ensemble"
        )


if __name__ == "__main__":
    main()
