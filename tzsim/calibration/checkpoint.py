"""State of a long computation on disk: one npz written atomically, plain arrays and JSON text, never pickle."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tzsim.errors import InputError
from tzsim.files import write_whole


def save_state(
    path: Path, fingerprint: str, arrays: Mapping[str, NDArray[Any]], info: Mapping[str, Any]
) -> None:
    """Write arrays and JSON-able `info` to `path`; a kill at any moment leaves the old or the new state, whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"fingerprint": fingerprint, **info}, sort_keys=True)
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, info=np.array(text), **arrays)
    write_whole(path, buffer.getbuffer())


def load_state(path: Path, fingerprint: str) -> tuple[dict[str, NDArray[Any]], dict[str, Any]] | None:
    """(arrays, info) stored at `path`, or None where there is no file.

    Raises InputError when the file is not readable or belongs to another problem (its fingerprint differs).
    """
    if not path.exists():
        return None
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files if name != "info"}
            info: dict[str, Any] = json.loads(str(file["info"]))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise InputError.one(
            f"{path}: the stored state cannot be read ({error})", hint="delete it to start again"
        ) from error
    if info.pop("fingerprint", None) != fingerprint:
        raise InputError.one(
            f"{path}: the stored state belongs to another model, data, priors, settings or seed",
            hint="delete it to start again, or give the settings it was made with",
        )
    return arrays, info
