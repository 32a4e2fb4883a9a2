"""How much memory does an ensemble take? `python benchmarks/memory.py [--scenario PATH] [--draws 10000 1000000]`

`tzsim run` in a process of its own for each size, tables, charts and brief included: the largest resident memory and the
seconds, as the operating system counts them. A million members may take at most 300 MB more than ten thousand.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BAR = 300.0


def run(scenario: Path, draws: int, folder: Path) -> tuple[float, float, float]:
    """Largest resident MB, CPU seconds and seconds of one run. Raises SystemExit where it fails."""
    command = [
        sys.executable,
        "-m",
        "tzsim",
        "run",
        str(scenario),
        "--draws",
        str(draws),
        "--out",
        str(folder),
        "--quiet",
    ]
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"tzsim run --draws {draws} ended with {os.waitstatus_to_exitcode(status)}")
    unit = 2.0**20 if sys.platform == "darwin" else 2.0**10
    return usage.ru_maxrss / unit, usage.ru_utime + usage.ru_stime, time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--scenario", type=Path, default=Path(__file__).parents[1] / "scenarios" / "baseline.yaml"
    )
    parser.add_argument("--draws", type=int, nargs="+", default=[10_000, 200_000, 1_000_000])
    arguments = parser.parse_args()
    print(
        f"{'members':>10} {'peak (MB)':>10} {'more (MB)':>10} {'CPU (s)':>9} {'clock (s)':>10}   bar: {BAR:.0f} MB more",
        flush=True,
    )
    first = None
    for draws in arguments.draws:
        with tempfile.TemporaryDirectory() as folder:
            peak, cpu, seconds = run(arguments.scenario, draws, Path(folder) / "out")
        first = peak if first is None else first
        print(f"{draws:>10,} {peak:>10.0f} {peak - first:>10.0f} {cpu:>9.1f} {seconds:>10.1f}", flush=True)


if __name__ == "__main__":
    main()
