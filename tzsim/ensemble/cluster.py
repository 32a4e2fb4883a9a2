"""Blocks on the workers of a dask cluster, with the bits of one machine.

The model goes as the JSON text of `ir.codec` and is compiled once in each worker process; draws and questions are frozen dataclasses
and arrays, carried by dask's own transport. A block depends on nothing but its first member, so whatever a worker was doing when
it died is run again by another. A worker whose tzsim, NumPy, SciPy or elementary functions differ from those here is
refused, for its bits could differ too.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import re
import threading
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from tzsim.ensemble.job import Build, Job
from tzsim.errors import InputError, SimulationError
from tzsim.ir.codec import decode_model, encode_model
from tzsim.record import software

if TYPE_CHECKING:
    from tzsim.kernel.compile import Kernel

T = TypeVar("T")

CONNECT, WAIT = 10.0, 30.0
"""Seconds until a scheduler must answer, and until it must have a worker."""
INSTALL = 'pip install "tzsim[cluster]"'
_ADDRESS = re.compile(r"(dask|tcp|tls)://(\[[0-9A-Fa-f:]+\]|[^\s:/\[\]]+):(\d{1,5})")


class Cluster:
    """A connection to a dask scheduler. Made by `connect`; close it."""

    def __init__(self, address: str, client: Any) -> None:
        self.address = address
        self._client = client

    @property
    def slots(self) -> int:
        """Blocks to have under way at once: enough for every thread of every worker there is now, and for some that may come."""
        return max(8, 2 * sum(self._client.nthreads().values()))

    def there(self, job: Job[T]) -> Callable[[int, int], T]:
        """`work(first, count)` that runs on a worker and waits for it. Safe to call from many threads.

        The function raises what the task raises, and SimulationError where the cluster fails.
        """
        parcel = _Parcel(encode_model(job.model), job.build, job.task, software())
        with warnings.catch_warnings():
            warnings.filterwarnings(
                "ignore", "Sending large graph"
            )  # once a run, and it must survive any worker
            held = self._client.submit(_same, parcel, pure=False)

        def work(first: int, count: int) -> T:
            from distributed import KilledWorker

            try:
                return self._client.submit(_run, held, first, count, pure=False).result()
            except KilledWorker as error:
                raise SimulationError(
                    f"{self.address}: the workers that ran members {first} to {first + count - 1} died one after the other;"
                    " are they short of memory?"
                ) from error
            except (concurrent.futures.CancelledError, asyncio.CancelledError, OSError) as error:
                raise SimulationError(f"{self.address}: the connection to the scheduler was lost") from error

        return work

    def close(self) -> None:
        """Leave the cluster as it is and close the connection."""
        self._client.close(timeout=5)


def connect(address: str) -> Cluster:
    """The cluster of the scheduler at `dask://HOST:PORT` (or dask's own spellings `tcp://` and `tls://`).

    Raises InputError for another spelling, without dask.distributed, and where no scheduler or no worker answers.
    """
    found = _ADDRESS.fullmatch(address)
    if found is None or not 0 < int(found[3]) < 65536:
        raise InputError.one(
            f"workers {address!r} is no address of a dask scheduler",
            hint="write dask://HOST:PORT, e.g. dask://10.0.0.5:8786",
        )
    try:
        from distributed import Client
    except ImportError:
        raise InputError.one("blocks on a cluster need dask.distributed", hint=INSTALL) from None
    target = ("tcp" if found[1] == "dask" else found[1]) + address[len(found[1]) :]
    try:
        client: Any = Client(target, timeout=CONNECT, set_as_default=False)
    except (OSError, ValueError) as error:
        raise InputError.one(
            f"no dask scheduler answers at {address}",
            hint="start one with: dask scheduler; and workers with: dask worker HOST:PORT",
        ) from error
    try:
        client.wait_for_workers(1, timeout=WAIT)
    except OSError as error:
        client.close(timeout=5)
        raise InputError.one(
            f"the dask scheduler at {address} has no worker",
            hint=f"start some with: dask worker {found[2]}:{found[3]}",
        ) from error
    return Cluster(address, client)


@dataclass(frozen=True, eq=False)
class _Parcel:
    """A job on its way to a worker."""

    model: str
    build: Build
    task: Callable[[Kernel, int, int], Any]
    software: Mapping[str, str]


def _same(parcel: _Parcel) -> _Parcel:
    return parcel


def _run(parcel: _Parcel, first: int, count: int) -> Any:
    own = software()
    different = [f"{n} ({own[n]} there, {v} here)" for n, v in parcel.software.items() if own[n] != v]
    if different:
        from distributed import get_worker

        raise InputError.one(
            f"worker {get_worker().address} would give other bits; different: {', '.join(different)}",
            hint="install the same versions there, on processors of the same kind",
        )
    return parcel.task(_compiled(parcel.model, parcel.build), first, count)


_compiling = threading.Lock()


def _compiled(model: str, build: Build) -> Kernel:
    with _compiling:
        return _kernel(model, build)


@lru_cache(maxsize=2)
def _kernel(model: str, build: Build) -> Kernel:
    return build.compile(decode_model(model))
