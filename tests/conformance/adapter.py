"""The engine that the conformance harness runs: any model file through `read_model` and the interpreter.

TZSIM_CONFORMANCE_ENGINE chooses `interpreter`, `llvm` or `numpy`; by default long runs of many elements are compiled
where they can be, and all others interpreted.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from typing import Any

import pandas as pd

from tzsim.errors import Unsupported
from tzsim.ir.expr import NA, Number, Table
from tzsim.ir.model import Model
from tzsim.translate import read_model


def run(
    model_path: str, columns: Sequence[str] | None = None, data_files: Sequence[str] = ()
) -> pd.DataFrame:
    """Every saved time of every variable, columns spelled `name[element,element]`; `:NA:` is an empty cell."""
    started = time.perf_counter()
    model = read_model(model_path, data_files)
    loaded = time.perf_counter()
    engine = os.environ.get("TZSIM_CONFORMANCE_ENGINE", "") or ("llvm" if _long(model) else "interpreter")
    frame = None
    if engine != "interpreter":
        try:
            frame = _compiled(model, engine)
        except Unsupported:
            if os.environ.get("TZSIM_CONFORMANCE_ENGINE"):
                raise
    if frame is None:
        from tzsim.kernel.interpreter import interpret

        result = interpret(model)
        frame = pd.DataFrame(result.values, index=pd.Index(result.times, name="Time"))
    if columns:
        frame = frame.mask(frame == NA)
    frame.attrs.update(load_s=loaded - started, run_s=time.perf_counter() - loaded, n_vars=frame.shape[1])
    return frame


LONG = 3_000_000
"""Element evaluations above which a model is compiled by default."""


def _long(model: Model) -> bool:
    control = [model.variables.get(n) for n in ("initial_time", "final_time", "time_step")]
    values = [
        v.equations[0].expression.value
        for v in control
        if v and isinstance(v.equations[0].expression, Number)
    ]
    if len(values) != 3 or not values[2] > 0:
        return False
    from tzsim.kernel.layout import Layout

    return (values[1] - values[0]) / values[2] * len(Layout(model).slots) > LONG


def _compiled(model: Model, backend: Any) -> pd.DataFrame:
    from tzsim.kernel.compile import compile_model

    lookups = {name for name, v in model.variables.items() if isinstance(v.equations[0].expression, Table)}
    outputs = [v.name for name, v in model.variables.items() if name not in lookups]
    kernel = compile_model(model, outputs=outputs, backend=backend)
    ran = kernel.run(kernel.defaults[:, None], None)
    values = {name: ran.values[i, :, 0] for i, name in enumerate(kernel.outputs)}
    return pd.DataFrame(values, index=pd.Index(kernel.times, name="Time"))
