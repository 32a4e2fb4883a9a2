"""How long reading a model takes: from its text, and from the cache.

    python benchmarks/parse_time.py [--model PATH] [--repeat 5]

Each time is the best of several readings in one process, in seconds, after the readers are imported.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

from tzsim.translate import read_model


def best(path: Path, repeat: int, *, cold: bool) -> float:
    times: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        for i in range(repeat + 1):
            os.environ["TZSIM_CACHE"] = f"{folder}/{i}" if cold else folder
            start = time.perf_counter()
            read_model(path)
            times.append(time.perf_counter() - start)
    return min(times[1:])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, action="append", help="a model file or folder; may be repeated")
    parser.add_argument("--repeat", type=int, default=5)
    args = parser.parse_args()
    models = args.model or [Path(__file__).resolve().parent.parent / "models" / "tengzhou"]
    print(f"{'model':<24}{'variables':>10}{'from text':>12}{'from cache':>12}")
    for path in models:
        count = len(read_model(path).variables)
        cold, warm = best(path, args.repeat, cold=True), best(path, args.repeat, cold=False)
        print(f"{path.stem:<24}{count:>10}{cold:>12.4f}{warm:>12.4f}")


if __name__ == "__main__":
    main()
