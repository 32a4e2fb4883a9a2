"""How long does compiling take? `python benchmarks/compile_time.py [--sizes 350 1000 5000]`

Synthetic models of linked blocks of ten equations: two stocks, a lookup, an exponential, a power, MAX, IF and
arithmetic. Times are CPU seconds without the disk cache, passes and code generator together; the run is one thread.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time

import numpy as np

from tzsim.ir.expr import Binary, Call, Lookup, Number, Ref, Table
from tzsim.ir.model import Equation, Model, Variable
from tzsim.kernel.compile import compile_model

BARS = {350: 1.0, 1000: 2.0, 5000: 8.0}


def synthetic(equations: int) -> Model:
    """A model with about this many equations, each block fed by the one before it."""
    variables: list[Variable] = []

    def define(name: str, e: object) -> Ref:
        variables.append(Variable(name, (Equation((), e),)))  # type: ignore[arg-type]
        return Ref(name)

    for name, value in (("INITIAL TIME", 0.0), ("FINAL TIME", 50.0), ("TIME STEP", 0.25), ("SAVEPER", 1.0)):
        define(name, Number(value))
    before = define("drive", Binary("+", Number(1.0), Binary("*", Number(0.01), Ref("Time"))))
    for b in range(equations // 10):
        rate = define(f"rate {b}", Number(0.05 + 0.001 * (b % 50)))
        stock, level = Ref(f"stock {b}"), Ref(f"level {b}")
        ratio = define(f"ratio {b}", Binary("/", stock, Binary("+", level, Number(1.0))))
        table = Table((0.0, 0.5, 1.0, 2.0, 4.0), (0.2, 0.6, 1.0, 1.2, 1.25 + 0.001 * (b % 7)))
        effect = define(f"effect {b}", Lookup(table, ratio))
        decay = define(f"decay {b}", Call("EXP", (Binary("*", Number(-1.0), Binary("*", rate, ratio)),)))
        power = define(f"power {b}", Binary("^", Call("MAX", (ratio, Number(0.01))), rate))
        inflow = define(f"inflow {b}", Binary("*", Binary("*", before, effect), power))
        outflow = define(f"outflow {b}", Binary("*", Binary("*", rate, stock), decay))
        choice = Call("IF THEN ELSE", (Binary(">", inflow, outflow), inflow, Binary("+", inflow, rate)))
        define(f"stock {b}", Call("INTEG", (Binary("-", choice, outflow), Number(1.0))))
        define(
            f"level {b}", Call("INTEG", (Binary("/", Binary("-", stock, level), Number(4.0)), Number(1.0)))
        )
        before = ratio
    return Model(f"{equations} equations", {v.id: v for v in variables}, time_unit="Year")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[350, 1000, 5000])
    parser.add_argument("--members", type=int, default=256)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["TZSIM_CACHE"] = folder
        compile_model(synthetic(10), outputs=["stock 0"])  # loads LLVM
        print(
            f"{'equations':>9} {'operations':>10} {'passes':>8} {'all, cold':>10} {'all, cached':>11} {'bar':>5} {'ns/op/member':>13}"
        )
        for size in arguments.sizes:
            model = synthetic(size)
            outputs = [f"stock {b}" for b in range(0, size // 10, max(1, size // 200))]
            start = time.process_time()
            plain = compile_model(model, outputs=outputs, inputs=["rate 0"], backend="numpy")
            passes = time.process_time() - start
            start = time.process_time()
            kernel = compile_model(model, outputs=outputs, inputs=["rate 0"])
            cold = time.process_time() - start
            start = time.process_time()
            compile_model(model, outputs=outputs, inputs=["rate 0"])
            cached = time.process_time() - start
            values = np.repeat(kernel.defaults[:, None], arguments.members, axis=1)
            start = time.process_time()
            kernel.run(values, threads=1)
            run = time.process_time() - start
            each = 1e9 * run / (plain.program.size() * arguments.members * (kernel.plan.steps + 1))
            bar = BARS.get(size)
            shown = f"{bar:.0f} s" if bar else "-"
            print(
                f"{size:9} {plain.program.size():10} {passes:8.2f} {cold:10.2f} {cached:11.2f} {shown:>5} {each:13.3f}"
            )


if __name__ == "__main__":
    main()
