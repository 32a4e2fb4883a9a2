"""The record of a posterior: a folder with `draws.npz` (thinned draws) and `info.json` (what they were made from).

Draws are kept as standard normal scores; with the priors whose hash the record names they give back every constant
and shock. Only coordinates that some figure can depend on are kept: the others have their prior exactly, and a forecast
draws them afresh. A score is rounded to 1/256 of its posterior standard deviation, which moves no variance by more than
two millionths, and stored in two bytes, the high ones apart from the low ones so that they compress.
Nothing in the folder depends on a clock, a path or the number of threads.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tzsim.ensemble.skill import FILE as SKILL
from tzsim.errors import InputError, Problem, both
from tzsim.files import read_bounded
from tzsim.record import sha256

INFLUENCE = "influence.json"
"""Beside a record: what goals would be without single figures."""
FORMAT = 2
LARGEST = 4_000_000
"""Numbers kept in a record: about 5 MB."""
LARGEST_INFO, LARGEST_ARRAY = 32_000_000, 2 * LARGEST + 1_000_000
"""Bytes of info.json, and of one array of draws.npz unpacked, that are read."""
PARTS = 256
"""Steps of rounding in a standard deviation."""

_AGAIN = both("重新校准", "calibrate again")


@dataclass(frozen=True, eq=False)
class StoredPosterior:
    """A record as read. z: (chain, draw, coordinate) scores of the kept coordinates; info: the JSON beside them."""

    z: NDArray[np.float32]
    info: Mapping[str, Any]

    @property
    def names(self) -> tuple[str, ...]:
        """Name of each kept coordinate, in the order of `z`."""
        return tuple(c["name"] for c in self.info["coordinates"])

    @property
    def converged(self) -> bool:
        """Whether every parameter and every goal measure met the bar of R-hat and ESS over four runs or more."""
        return bool(self.info["checks"]["converged"])

    def changed(self, hashes: Mapping[str, str]) -> tuple[str, ...]:
        """Parts (model, priors, data, ...) that are not what the posterior was made from."""
        own: Mapping[str, str] = self.info["hashes"]
        return tuple(sorted(n for n in {*own, *hashes} if own.get(n) != hashes.get(n)))


def write_record(folder: Path, z: NDArray[np.float64], info: Mapping[str, Any]) -> None:
    """Write a record in place of any older one; the folder appears whole or not at all. A hindcast and influences beside it stay.

    z: (chain, draw, coordinate) of the kept coordinates, thinned evenly until it has at most four million numbers.
    """
    chains, draws, size = z.shape
    keep = max(1, min(draws, LARGEST // (chains * size)))
    chosen = np.linspace(0, draws - 1, keep).round().astype(int)
    rounded, centre, step = _rounded(z[:, chosen])
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    try:
        with (temporary / "draws.npz").open("wb") as file:
            high, low = (rounded >> 8).astype(np.int8), (rounded & 255).astype(np.uint8)
            np.savez_compressed(file, allow_pickle=False, high=high, low=low, centre=centre, step=step)
        whole = {
            "format": FORMAT,
            "draws_sha256": _digest(rounded, centre, step),
            "kept": [chains, keep, size],
            **info,
        }
        text = json.dumps(whole, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False)
        (temporary / "info.json").write_text(text + "\n", "utf-8")
        os.chmod(temporary, 0o755)
        for beside in (SKILL, INFLUENCE):
            if (folder / beside).is_file():
                shutil.copy(folder / beside, temporary / beside)
        if folder.exists():
            old = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
            os.replace(folder, old / "old")
            os.replace(temporary, folder)
            shutil.rmtree(old)
        else:
            os.replace(temporary, folder)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def read_record(
    folder: Path, *, expected: Mapping[str, str] | None = None, shown: str = ""
) -> StoredPosterior:
    """A record. expected: hashes of the parts in use now. shown: how messages name the folder.

    Raises InputError: no record, not readable, draws that are not those of the info, or parts that changed since.
    """
    at = shown or folder
    try:
        info: dict[str, Any] = json.loads(read_bounded(folder / "info.json", LARGEST_INFO))
        if info.get("format") != FORMAT:
            raise ValueError(f"format {info.get('format')!r}, this version reads {FORMAT}")
        _check_size(folder / "draws.npz")
        with np.load(folder / "draws.npz", allow_pickle=False) as file:
            high, low = file["high"].astype(np.int16), file["low"].astype(np.int16)
            rounded: NDArray[np.int16] = high * np.int16(256) + low
            centre: NDArray[np.float32] = file["centre"]
            step: NDArray[np.float32] = file["step"]
    except FileNotFoundError:
        raise InputError.one(
            both(f"{at}：没有后验", f"{at}: there is no posterior"),
            hint=both(
                "用 tzsim calibrate 做一个；或在情景中写 posterior: none；或加 --prior-only 运行",
                "make one with tzsim calibrate; or write `posterior: none`; or run with --prior-only",
            ),
        ) from None
    except Exception as error:
        raise InputError.one(
            both(f"{at}：后验无法读取（{error}）", f"{at}: the posterior cannot be read ({error})"),
            hint=_AGAIN,
        ) from None
    if _digest(rounded, centre, step) != info.get("draws_sha256"):
        said = both(
            f"{at}：draws.npz 与 info.json 不配", f"{at}: draws.npz is not what info.json was written for"
        )
        raise InputError.one(said, hint=_AGAIN)
    stored = StoredPosterior((centre + step * rounded).astype(np.float32), info)
    changed = stored.changed(expected) if expected is not None else ()
    if changed:
        raise InputError(
            Problem(None, f"{at}: {part} changed since the posterior was made", "calibrate again")
            for part in changed
        )
    return stored


def _check_size(path: Path) -> None:
    """Refuse an archive that would unpack to more than a record can hold. Raises ValueError."""
    with zipfile.ZipFile(path) as archive:
        for part in archive.infolist():
            if part.file_size > LARGEST_ARRAY:
                raise ValueError(
                    f"{part.filename} of {path.name} unpacks to {part.file_size:,} bytes; at most {LARGEST_ARRAY:,} are read"
                )


def _rounded(z: NDArray[np.float64]) -> tuple[NDArray[np.int16], NDArray[np.float32], NDArray[np.float32]]:
    """Scores as centre + step * integer, a centre and a step for each coordinate (the last axis)."""
    pooled = z.reshape(-1, z.shape[2])
    centre = pooled.mean(axis=0).astype(np.float32)
    spread = pooled.std(axis=0)
    step = (np.where(spread > 0, spread, 1.0) / PARTS).astype(np.float32)
    whole = np.rint((z - centre) / step)
    return np.clip(whole, -(2**15), 2**15 - 1).astype(np.int16), centre, step


def _digest(*parts: NDArray[Any]) -> str:
    return sha256(b"".join(np.ascontiguousarray(part).tobytes() for part in parts))


def plain_numbers(values: NDArray[np.float64]) -> list[float | None]:
    """Numbers for JSON: six significant digits, null where there is none."""
    return [round_number(v) for v in values.tolist()]


def round_number(value: float) -> float | None:
    """A number for JSON: six significant digits, None where it is not finite."""
    return float(f"{value:.6g}") if np.isfinite(value) else None


__all__ = ["StoredPosterior", "plain_numbers", "read_record", "round_number", "write_record"]
