"""Parsed models kept by the hash of what they were read from, as JSON in the user's cache folder.

`TZSIM_CACHE` names another folder. A stored model is used only when the model file, every
data file that it names and the reader itself are unchanged; anything unreadable there is ignored and written anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from tzsim.errors import InputError
from tzsim.files import write_whole
from tzsim.ir.codec import decode_model, encode_model
from tzsim.ir.model import Model
from tzsim.translate.text import read_bytes


def cache_folder() -> Path:
    """Where parsed models are kept."""
    chosen = os.environ.get("TZSIM_CACHE")
    if chosen:
        return Path(chosen) / "models"
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "tzsim" / "models"


@lru_cache(maxsize=1)
def _reader_stamp() -> str:
    """Changes whenever a file of the readers or of the representation changes."""
    here = Path(__file__).resolve().parent
    parts: list[str] = []
    for folder in (here, here.parent / "ir"):
        for path in sorted(folder.rglob("*.py")):
            state = path.stat()
            parts.append(f"{path.name}:{state.st_size}:{state.st_mtime_ns}")
    return hashlib.sha256("|".join(parts).encode()).hexdigest()


def cache_key(path: Path, data_files: Sequence[Path]) -> str:
    """Hash of the reader, the name and bytes of the model file, and its data sets."""
    digest = hashlib.sha256(_reader_stamp().encode())
    for one in (path, *data_files):
        digest.update(
            one.name.encode("utf-8", "surrogateescape") + b"\0" + hashlib.sha256(read_bytes(one)).digest()
        )
    return digest.hexdigest()


def load(key: str, folder: Path, shown: str) -> Model | None:
    """The stored model, its addresses naming `shown`; None when there is none or a file it was made of changed."""
    try:
        stored = json.loads((cache_folder() / f"{key}.json").read_text(encoding="utf-8"))
        for name, sha256 in stored["beside"]:
            if hashlib.sha256(read_bytes(folder / name)).hexdigest() != sha256:
                return None
        return decode_model(stored["model"], files={stored["shown"]: shown})
    except (OSError, ValueError, KeyError, TypeError, AttributeError, InputError, RecursionError):
        return None


def store(key: str, model: Model, shown: str, data_files: Sequence[Path]) -> None:
    """Keeps a model; does nothing where the folder cannot be written."""
    home = cache_folder()
    given = {p.name for p in data_files}
    beside = [[s.path, s.sha256] for s in model.sources[1:] if s.path not in given]
    text = json.dumps({"shown": shown, "beside": beside, "model": encode_model(model)}, ensure_ascii=False)
    with contextlib.suppress(OSError):
        home.mkdir(parents=True, exist_ok=True)
        write_whole(home / f"{key}.json", text.encode())
