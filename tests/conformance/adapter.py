"""The interpreter as an engine of the conformance harness: `--engine tests/conformance/adapter.py:run`."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pandas as pd

from tzsim.kernel.interpreter import interpret
from tzsim.translate import read_model


def run(
    model_path: str, columns: Sequence[str] | None = None, data_files: Sequence[str] = ()
) -> pd.DataFrame:
    """Every element of the model at every saved time, by the interpreter."""
    start = time.perf_counter()
    model = read_model(model_path, data_files)
    loaded = time.perf_counter()
    result = interpret(model)
    frame = pd.DataFrame(result.values, index=pd.Index(result.times, name="Time"))
    frame.attrs.update(load_s=loaded - start, run_s=time.perf_counter() - loaded, n_vars=frame.shape[1])
    return frame
