"""A function over many things, in several processes where that pays."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import TypeVar

from oslab.errors import InputError

T = TypeVar("T")
R = TypeVar("R")


def spread(function: Callable[[T], R], things: Sequence[T], processes: int) -> Iterator[R]:
    """What the function gives for each, in their order. With more than one process it must be one that
    a fresh interpreter can import.

    Raises InputError when a process dies: a plugin's code ended it, or the memory did not suffice.
    """
    if processes <= 1:
        yield from map(function, things)
        return
    # Spawned on every system: a fork would copy whatever other threads hold.
    pool = ProcessPoolExecutor(processes, get_context("spawn"), initializer=_end_with_parent)
    try:
        yield from pool.map(
            function, things, chunksize=max(1, min(32, len(things) // (4 * processes)))
        )
    except BrokenProcessPool:
        raise InputError(
            "a process drawing variants died: a plugin's code ended it, or memory ran out"
        ) from None
    finally:
        pool.shutdown(cancel_futures=True)


def _end_with_parent() -> None:
    """A worker whose parent was killed would wait for work for ever."""
    parent = parent_process()
    assert parent is not None

    def end() -> None:
        parent.join()
        os._exit(1)

    Thread(target=end, daemon=True).start()


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
