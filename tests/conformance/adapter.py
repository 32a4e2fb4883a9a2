"""The engine that the conformance harness runs: any model file through `read_model` and the interpreter.

TZSIM_CONFORMANCE_ENGINE chooses `interpreter`, `llvm` or `numpy`; by default long runs of many elements are compiled
where they can be, and all others interpreted.

Every case runs whole in the interpreter and in LLVM. In NumPy, whose cost is by the operation and not by the member, a model without a
printed run to compare with is cut to its first steps above LARGE element evaluations; what it gives there must be what the
interpreter gives, or the case ends as a crash.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from tzsim.errors import Unsupported
from tzsim.ir.expr import NA, Number, Table
from tzsim.ir.model import Model
from tzsim.kernel import llvm_engine  # noqa: F401
from tzsim.kernel.compile import compile_model
from tzsim.kernel.interpreter import interpret
from tzsim.kernel.layout import Layout
from tzsim.names import key
from tzsim.translate import read_model
from tzsim.translate.vensim import reader as _vensim  # noqa: F401
from tzsim.translate.xmile import reader as _xmile  # noqa: F401

# each case is a fork of the process that imports this: what is imported here is imported once


def run(
    model_path: str, columns: Sequence[str] | None = None, data_files: Sequence[str] = ()
) -> pd.DataFrame:
    """Every saved time of every variable, columns spelled `name[element,element]`; `:NA:` is an empty cell."""
    started = time.perf_counter()
    model = read_model(model_path, data_files)
    loaded = time.perf_counter()
    long = _evaluations(model) > LONG
    engine = os.environ.get("TZSIM_CONFORMANCE_ENGINE", "") or ("llvm" if long else "interpreter")
    frame = None
    if engine == "numpy" and not columns and _evaluations(model) > LARGE:
        frame = _first_steps(model, engine)
    elif engine != "interpreter":
        try:
            frame = _compiled(model, engine)
        except Unsupported:
            if os.environ.get("TZSIM_CONFORMANCE_ENGINE"):
                raise
    if frame is None:
        result = interpret(model)
        frame = pd.DataFrame(result.values, index=pd.Index(result.times, name="Time"))
    if columns:
        frame = frame.mask(frame == NA)
    frame.attrs.update(load_s=loaded - started, run_s=time.perf_counter() - loaded, n_vars=frame.shape[1])
    return frame


LONG = 3_000_000
"""Element evaluations above which a model is compiled by default."""
LARGE = 1_000_000
"""Element evaluations above which NumPy runs the first steps only."""
STEPS = 4


def _evaluations(model: Model) -> float:
    """Steps x elements; 0 where the time settings are no plain numbers."""
    control = [model.variables.get(n) for n in ("initial_time", "final_time", "time_step")]
    values = [
        v.equations[0].expression.value
        for v in control
        if v and isinstance(v.equations[0].expression, Number)
    ]
    if len(values) != 3 or not values[2] > 0:
        return 0.0
    return (values[1] - values[0]) / values[2] * len(Layout(model).slots)


def _first_steps(model: Model, backend: Any) -> pd.DataFrame:
    """STEPS steps in a backend, saved at each. AssertionError where the interpreter gives something else."""
    start, step = (model.variables[n].equations[0].expression.value for n in ("initial_time", "time_step"))  # type: ignore[union-attr]
    settings = {"final_time": Number(start + STEPS * step), "saveper": Number(step)}
    changed = {
        name: replace(v, equations=(replace(v.equations[0], expression=settings[name]),))
        for name, v in model.variables.items()
        if name in settings
    }
    short = replace(model, variables={**model.variables, **changed})
    frame = _compiled(short, backend)
    defined = {key(name): values for name, values in interpret(short).values.items()}
    for name in frame.columns:
        expected = np.asarray(defined[key(name)])
        largest = np.abs(expected[np.isfinite(expected)]).max(initial=1e-300)
        same = np.isclose(frame[name], expected, rtol=0, atol=1e-9 * largest, equal_nan=True)
        assert same.all(), f"{name}: {frame[name].to_numpy()} in {backend}, {expected} interpreted"
    return frame


def _compiled(model: Model, backend: Any) -> pd.DataFrame:
    lookups = {name for name, v in model.variables.items() if isinstance(v.equations[0].expression, Table)}
    outputs = [v.name for name, v in model.variables.items() if name not in lookups]
    kernel = compile_model(model, outputs=outputs, backend=backend)
    ran = kernel.run(kernel.defaults[:, None], None)
    values = {name: ran.values[i, :, 0] for i, name in enumerate(kernel.outputs)}
    return pd.DataFrame(values, index=pd.Index(kernel.times, name="Time"))
