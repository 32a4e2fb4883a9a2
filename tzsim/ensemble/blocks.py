"""Work on an ensemble block by block: in several threads, with the results in member order."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

BLOCK = 1280
"""Members handled together: small enough for the caches and for an even share of 10,000 over two or four threads.

Fixed, so that sums over blocks do not depend on the number of threads."""


ROOM = 2**24
"""Numbers that a block may keep."""


def block_of(numbers: int) -> int:
    """Members handled together where each keeps so many numbers: fewer for long runs read at every step, so that memory stays bounded."""
    return max(32, min(BLOCK, ROOM // max(numbers, 1)))


def processors() -> int:
    """Processors that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def in_blocks(
    work: Callable[[int, int], T], members: int, *, threads: int | None = None, block: int = BLOCK
) -> Iterator[T]:
    """Yield `work(first member, count)` of each block in member order.

    threads: blocks worked on at once (default: all processors); at most two a thread are under way or waiting, so that
    memory does not grow with the members.
    """
    starts = ((first, min(block, members - first)) for first in range(0, members, block))
    threads = threads or processors()
    if threads == 1 or members <= block:
        for first, count in starts:
            yield work(first, count)
        return
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[Future[T]] = deque()
        try:
            for first, count in starts:
                waiting.append(pool.submit(work, first, count))
                if len(waiting) >= 2 * threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
