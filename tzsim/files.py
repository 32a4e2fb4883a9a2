"""Files written whole: at any moment the old or the new one is there, with the permissions that the umask gives."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

PART = ".part"
"""Ending of a file that is still being written."""


def write_whole(path: Path, *parts: bytes | memoryview) -> None:
    """Write a file under another name and rename it; on any error nothing of it stays. Raises OSError."""
    draft = path.with_name(f"{path.name[:50]}.{secrets.token_hex(8)}{PART}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        with os.fdopen(handle, "wb") as file:
            for part in parts:
                file.write(part)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
