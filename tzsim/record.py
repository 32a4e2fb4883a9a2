"""What a run was made from: the hashes of its inputs and the run id that follows from them.

The run id is the first 16 hex digits of the SHA-256 of the canonical JSON of all that decides the numbers. Paths,
clocks, threads and machines are no part of it: the same inputs give the same id anywhere.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

VERSION = "0.1.0"
"""The version of tzsim; `pyproject.toml` says the same (held by a test)."""

FORMAT = 1
"""Version of the record itself; part of the hash."""


def sha256(data: bytes) -> str:
    """Hex digest of some bytes."""
    return hashlib.sha256(data).hexdigest()


def sha256_of_file(path: Path) -> str:
    """Hex digest of a file's bytes. Raises OSError where it cannot be read."""
    return sha256(path.read_bytes())


def canonical_json(value: object) -> str:
    """JSON with sorted keys, no blanks and exact floats; raises ValueError on nan and infinity."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


@cache
def software() -> Mapping[str, str]:
    """What must be the same on two machines, or before and after a stop, for the same bits: name -> version or hash.

    tzsim by its files; the libraries that compute by their versions; and, as a hash of values at fixed points, the elementary
    functions of NumPy and SciPy, which differ in the last bit between processors.
    """
    import numpy as np
    from scipy import special

    code = hashlib.sha256()
    home = Path(__file__).parent
    for path in sorted(home.rglob("*.py")):
        code.update(path.relative_to(home).as_posix().encode() + b"\0" + path.read_bytes())
    u = (np.arange(4096) + 0.5) / 4096
    x = 40.0 * u - 20.0
    values = [f(x) for f in (np.exp, np.sin, np.cos, np.arctan, np.tanh, special.ndtr)]
    values += [f(u) for f in (np.log, np.sqrt, np.log1p, special.ndtri, special.gammaln)]
    values += [np.power(u, 2.7), special.betaincinv(2.3, 3.1, u[::16]), special.gammaincinv(2.3, u[::16])]
    bits = hashlib.sha256(b"".join(np.asarray(v, dtype=np.float64).tobytes() for v in values))
    return {
        "tzsim": f"{VERSION} {code.hexdigest()[:12]}",
        **{name: _version(name) for name in ("numpy", "scipy", "llvmlite")},
        "elementary functions": bits.hexdigest()[:12],
    }


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"


@dataclass(frozen=True, slots=True)
class RunInfo:
    """Everything that decides the numbers of a run."""

    version: str
    """Version of tzsim."""
    seed: int
    members: int
    design: str
    hashes: Mapping[str, str]
    """Name of each input (file relative to its project, or part of the settings) -> SHA-256."""

    @property
    def run_id(self) -> str:
        """16 hex digits."""
        return sha256(canonical_json(self.as_json()).encode())[:16]

    def as_json(self) -> dict[str, object]:
        """The record as plain JSON values, keys sorted."""
        return {
            "design": self.design,
            "format": FORMAT,
            "hashes": dict(sorted(self.hashes.items())),
            "members": self.members,
            "seed": self.seed,
            "version": self.version,
        }
