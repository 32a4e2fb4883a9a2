"""A result folder appears whole or not at all: written beside its place under another name, then renamed.

A folder that an earlier run wrote is replaced; anything else that stands in the way is refused by name. What a run
wrote is known from its `run.json`.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tzsim.errors import Address, InputError, both

RECORD = "run.json"


def check_target(target: Path) -> None:
    """Raise InputError where `target` holds something that this program did not write."""
    if not target.exists() and not target.is_symlink():
        return _check_parent(target)
    if not target.is_dir():
        raise _refusal(target, "不是文件夹", "is not a folder")
    present = _files(target)
    if not present:
        return None
    strangers = sorted(present - _written(target))
    if strangers:
        shown = ", ".join(strangers[:5]) + (" ..." if len(strangers) > 5 else "")
        raise _refusal(
            target, f"里有不是 tzsim 写的文件：{shown}", f"holds files that no run of tzsim wrote: {shown}"
        )
    return None


def _check_parent(target: Path) -> None:
    parent = next(p for p in target.absolute().parents if p.exists())
    if not parent.is_dir():
        raise _refusal(
            target, f"无法建立：{parent.name} 是一个文件", f"cannot be made: {parent.name} is a file"
        )
    if not os.access(parent, os.W_OK | os.X_OK):
        raise _refusal(target, "无法建立：没有写入的权限", "cannot be made: no right to write there")


def _refusal(target: Path, zh: str, en: str) -> InputError:
    hint = both(
        "用 --out 换一个文件夹，或移走原有的内容", "give another folder with --out, or move what stands there"
    )
    return InputError.one(both(f"输出文件夹{zh}", f"the output folder {en}"), Address(str(target)), hint)


def _files(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_symlink() or not p.is_dir()}


def _written(folder: Path) -> set[str]:
    """Files that the run recorded in this folder says it wrote; empty where there is no record of ours."""
    try:
        record: Any = json.loads((folder / RECORD).read_text("utf-8"))
        if not isinstance(record["run_id"], str):
            return set()
        return {str(name) for name in record["files"]} | {RECORD}
    except (OSError, ValueError, KeyError, TypeError):
        return set()


@contextmanager
def new_folder(target: Path) -> Generator[Path]:
    """Give a temporary folder beside `target`; on leaving without error it takes the place of `target`.

    On any error, Ctrl-C included, nothing of it stays and an older result stands as it was.
    """
    target = Path(os.path.realpath(target))
    check_target(target)
    made = [p for p in (target.parent, *target.parent.parents) if not p.exists()]
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        temporary.chmod(0o777 & ~_umask())
        yield temporary
        check_target(target)
        _swap(temporary, target)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        for parent in made:
            if not any(parent.iterdir()):
                parent.rmdir()
        raise


def _swap(temporary: Path, target: Path) -> None:
    if not target.exists():
        temporary.rename(target)
        return
    aside = Path(tempfile.mkdtemp(prefix=f".{target.name}-old-", dir=target.parent)) / target.name
    target.rename(aside)
    try:
        temporary.rename(target)
    except OSError:
        aside.rename(target)
        raise
    finally:
        shutil.rmtree(aside.parent, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
