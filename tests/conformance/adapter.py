"""The engine that the conformance harness runs: any model file through `read_model` and the interpreter.

TZSIM_CONFORMANCE_ENGINE chooses `interpreter` (default), `llvm` or `numpy`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

import pandas as pd

from tzsim.ir.expr import NA, Table
from tzsim.translate import read_model


def run(
    model_path: str, columns: Sequence[str] | None = None, data_files: Sequence[str] = ()
) -> pd.DataFrame:
    """Every saved time of every variable, columns spelled `name[element,element]`; `:NA:` is an empty cell."""
    started = time.perf_counter()
    model = read_model(model_path, data_files)
    loaded = time.perf_counter()
    engine = os.environ.get("TZSIM_CONFORMANCE_ENGINE", "interpreter")
    if engine == "interpreter":
        from tzsim.kernel.interpreter import interpret

        result = interpret(model)
        frame = pd.DataFrame(result.values, index=pd.Index(result.times, name="Time"))
    else:
        from tzsim.kernel.compile import compile_model

        lookups = {
            name for name, v in model.variables.items() if isinstance(v.equations[0].expression, Table)
        }
        outputs = [v.name for name, v in model.variables.items() if name not in lookups]
        kernel = compile_model(model, outputs=outputs, backend=engine)
        ran = kernel.run(kernel.defaults[:, None], None)
        values = {name: ran.values[i, :, 0] for i, name in enumerate(kernel.outputs)}
        frame = pd.DataFrame(values, index=pd.Index(kernel.times, name="Time"))
    if columns:
        frame = frame.mask(frame == NA)
    frame.attrs.update(load_s=loaded - started, run_s=time.perf_counter() - loaded, n_vars=frame.shape[1])
    return frame
