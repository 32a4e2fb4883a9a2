"""Finished blocks of a long run on disk: a run that is killed goes on where it stopped and gives the same bits.

A state is a folder. `state.json` says what decides the numbers; each block is one file, written under another name and
renamed, with a hash in front of its arrays that also covers what the state was made with. A block whose hash does not fit is run
again; a state made with something else is refused.
"""

from __future__ import annotations

import io
import json
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from tzsim.ensemble.blocks import BLOCK
from tzsim.errors import Address, InputError, TzsimWarning
from tzsim.files import PART, write_whole
from tzsim.ir.codec import content_of
from tzsim.record import software

if TYPE_CHECKING:
    from tzsim.ensemble.draws import Draws
    from tzsim.ir.model import Model

T = TypeVar("T")
Arrays = Mapping[str, NDArray[Any]]

RECORD = "state.json"
DRAWN = "priors, shocks, settings or posterior"
_BLOCK = ".block"
_DIGEST = 32


class DamagedBlock(TzsimWarning):
    """A stored block is not what was written; its members are run again."""


@dataclass(frozen=True, slots=True)
class State:
    """An open state: its folder and the hash of what it is made with."""

    folder: Path
    made_with: bytes

    def keeping(
        self,
        work: Callable[[int, int], T],
        name: str,
        pack: Callable[[T], Arrays],
        unpack: Callable[[Arrays], T],
    ) -> Callable[[int, int], T]:
        """`work(first, count)` that takes a block from the folder where it is stored, and stores it where it is not."""

        def kept(first: int, count: int) -> T:
            path = self.folder / f"{name}-{first:09d}{_BLOCK}"
            stored = self._read(path)
            if stored is not None:
                return unpack(stored)
            done = work(first, count)
            self._write(path, pack(done))
            return done

        return kept

    def _digest(self, path: Path, payload: bytes | memoryview) -> bytes:
        found = sha256(self.made_with + path.name.encode())
        found.update(payload)
        return found.digest()

    def _read(self, path: Path) -> Arrays | None:
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return None
        payload = memoryview(data)[_DIGEST:]
        if data[:_DIGEST] != self._digest(path, payload):
            warnings.warn(f"{path} is damaged; its members are run again", DamagedBlock, stacklevel=3)
            return None
        with np.load(io.BytesIO(payload), allow_pickle=False) as file:
            return {name: file[name] for name in file.files}

    def _write(self, path: Path, arrays: Arrays) -> None:
        buffer = io.BytesIO()
        np.savez(buffer, allow_pickle=False, **arrays)
        payload = buffer.getbuffer()
        write_whole(path, self._digest(path, payload), payload)


def open_state(folder: str | Path, made_with: Mapping[str, str | int]) -> State:
    """The state in `folder`, made where there is none.

    made_with: what decides the numbers, by the words that a refusal names it with. Raises InputError for a state made with
    something else, and for a folder that is no state.
    """
    folder = Path(folder)
    place = Address(str(folder))
    _check_is_state(folder)
    record = folder / RECORD
    wanted = {name: str(value) for name, value in made_with.items()}
    if record.exists():
        try:
            found: dict[str, str] = json.loads(record.read_bytes())["made with"]
            changed = [n for n in {**found, **wanted} if found.get(n) != wanted.get(n)]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError.one(
                f"{RECORD} of the kept blocks cannot be read", place, hint="delete the folder to start again"
            ) from error
        if {"seed", "design"} & {*changed}:
            changed = [n for n in changed if n != DRAWN]
        if changed:
            raise InputError.one(
                "blocks of another run are kept here; changed since: "
                + ", ".join(_change(name, found.get(name), wanted.get(name)) for name in changed),
                place,
                hint="run it with what it was made with, or delete the folder to start again",
            )
    else:
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"made with": wanted}, indent=2, ensure_ascii=False, sort_keys=True)
        write_whole(record, text.encode())
    return State(folder, sha256(json.dumps(wanted, sort_keys=True).encode()).digest())


def made_with(model: Model, drawn: Draws, **more: str | int) -> dict[str, str | int]:
    """What decides the numbers of an ensemble: the model by its content, the draws by the first block of them."""
    block = drawn.block(0, min(drawn.members, BLOCK))
    numbers = sha256(
        repr(drawn.names).encode() + repr([(s.name, s.start, s.period) for s in drawn.series]).encode()
    )
    for array in (block.values, block.knots, *drawn.given):
        numbers.update(np.ascontiguousarray(array).tobytes())
    parts: dict[str, str | int] = {
        "members": drawn.members,
        "seed": drawn.seed,
        "design": drawn.design,
        "the model": sha256(content_of(model).encode()).hexdigest(),
        DRAWN: numbers.hexdigest(),
    }
    return parts | more | {f"version of {name}": version for name, version in software().items()}


def kept_members(folder: str | Path) -> int:
    """About how many members the blocks in a folder hold; 0 where there is none."""
    return BLOCK * sum(1 for _ in Path(folder).glob(f"*{_BLOCK}"))


def remove_state(folder: str | Path) -> None:
    """Delete a state; nothing happens where there is none. Raises InputError for a folder that is no state."""
    folder = Path(folder)
    _check_is_state(folder)
    if folder.exists():
        for path in sorted(folder.iterdir(), key=lambda p: p.name == RECORD):
            path.unlink()
        folder.rmdir()


def _check_is_state(folder: Path) -> None:
    if not folder.exists() and not folder.is_symlink():
        return
    strangers = (
        sorted(p.name for p in folder.iterdir() if p.name != RECORD and p.suffix not in (_BLOCK, PART))
        if folder.is_dir()
        else ["no folder"]
    )
    if strangers:
        raise InputError.one(
            f"not a folder of kept blocks: {', '.join(strangers[:5])}",
            Address(str(folder)),
            hint="move it away, or give another folder",
        )


def _change(name: str, before: str | None, now: str | None) -> str:
    if before is None or now is None or max(len(before), len(now)) > 30:
        return name
    return f"{name} ({before} then, {now} now)"
