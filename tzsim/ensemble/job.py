"""What a block of an ensemble needs, as data: so that it runs here, or in a process that has nothing but tzsim."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from tzsim.ensemble.draws import Draws
from tzsim.ir.model import Method, Model
from tzsim.kernel.plan import PathSpec, SeriesSpec

if TYPE_CHECKING:
    from tzsim.ensemble.cluster import Cluster
    from tzsim.kernel.compile import Backend, Kernel

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Build:
    """How a model is compiled for an ensemble: the arguments of `compile_model`."""

    outputs: tuple[str, ...]
    inputs: tuple[str, ...]
    series: tuple[SeriesSpec | PathSpec, ...]
    times: tuple[float, ...] | None
    backend: Backend
    accumulate: tuple[str, ...] = ()
    method: Method | None = None
    step: float | None = None

    def compile(self, model: Model) -> Kernel:
        """Raises InputError as `compile_model` does."""
        from tzsim.kernel.compile import compile_model

        return compile_model(
            model,
            outputs=self.outputs,
            inputs=self.inputs,
            series=self.series,
            accumulate=self.accumulate,
            times=self.times,
            backend=self.backend,
            method=self.method,
            step=self.step,
        )


@dataclass(frozen=True, eq=False)
class Job(Generic[T]):
    """A block's work: `task(kernel, first, count)`, a function of a module with its data bound by `partial`."""

    model: Model
    build: Build
    task: Callable[[Kernel, int, int], T]

    def here(self, kernel: Kernel) -> Callable[[int, int], T]:
        """`work(first, count)` on this machine with the kernel that `build` gave."""
        return lambda first, count: self.task(kernel, first, count)


def series_of(drawn: Draws) -> tuple[SeriesSpec | PathSpec, ...]:
    """The series of an ensemble's draws as the compiler takes them."""
    held = [SeriesSpec(s.name, s.start, s.period, s.count) for s in drawn.series]
    return (*held, *(PathSpec(name) for name in drawn.paths))


@contextmanager
def connected(workers: str | None) -> Generator[Cluster | None]:
    """The cluster at an address, closed at the end; None without one. Raises InputError."""
    if workers is None:
        yield None
        return
    from tzsim.ensemble.cluster import connect

    cluster = connect(workers)
    try:
        yield cluster
    finally:
        cluster.close()
