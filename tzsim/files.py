"""Files written whole (at any moment the old or the new one is there, with the permissions that the umask gives) and read within bounds."""

from __future__ import annotations

import os
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

PART = ".part"
"""Ending of a file that is still being written."""


def read_bounded(path: Path, largest: int) -> bytes:
    """The bytes of a file. Raises OSError, and ValueError for one above `largest` bytes, which is not read."""
    size = path.stat().st_size
    if size > largest:
        raise ValueError(f"{path.name} has {size:,} bytes; at most {largest:,} are read")
    return path.read_bytes()


@contextmanager
def whole(path: Path) -> Generator[Path]:
    """A name to write a file under; when the block ends well it is renamed to `path`, on any error nothing of it stays.

    Raises OSError.
    """
    draft = path.with_name(f"{path.name[:50]}.{secrets.token_hex(8)}{PART}")
    try:
        yield draft
        with draft.open("r+b") as file:
            os.fsync(file.fileno())
        os.replace(draft, path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def write_whole(path: Path, *parts: bytes | memoryview) -> None:
    """Write a file under another name and rename it; on any error nothing of it stays. Raises OSError."""
    with whole(path) as draft:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
        with os.fdopen(handle, "wb") as file:
            for part in parts:
                file.write(part)
