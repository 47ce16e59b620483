"""Marking on a Dask cluster: the same pure function, the same guards, the same results in the same order.

A batch takes along all that it needs, for the workers may have other disks. What it is marked with is
compared first: a worker with another version of a plugin could name other mistakes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from itertools import islice
from queue import Empty, SimpleQueue
from typing import Any

from oslab.errors import InputError
from oslab_grader.marking.child import MEGABYTES, SECONDS, Child
from oslab_grader.marking.handed import sent
from oslab_grader.marking.mark import stopped, versions_of
from oslab_grader.marking.result import Result, Task

# So many uploads travel together: a scheduler takes about a millisecond for each batch.
BATCH = 16
# Batches under way for each thread of a worker: one being marked, one waiting there, one on its way.
AHEAD = 3
# How long to wait for the cluster itself, in seconds.
PATIENCE = 30.0

# In a worker: children that are not marking just now.
_idle: SimpleQueue[Child] = SimpleQueue()


def mark_all_on_dask(
    tasks: Iterable[Task],
    scheduler: str,
    seconds: float = SECONDS,
    megabytes: int = MEGABYTES,
) -> Iterator[Result]:
    """The result of each task, in their order, marked by the workers of the Dask scheduler at an address
    such as ``tcp://10.0.0.1:8786``. What a worker was doing when it died is done again by another.

    Raises InputError when Dask is not installed, the scheduler cannot be reached or has no workers, a
    worker has other versions than this machine, or the cluster is lost.
    """
    try:
        distributed: Any = import_module("distributed")
    except ImportError:
        raise InputError(
            '--engine dask needs Dask, which is not installed: pip install "oslab[dask]"'
        ) from None
    try:
        client = distributed.Client(scheduler, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        raise InputError(f"no Dask scheduler answers at {scheduler}: {_said(error)}") from None
    with client:
        try:
            client.wait_for_workers(1, timeout=PATIENCE)
            most = AHEAD * sum(client.nthreads().values())
            waiting: deque[Any] = deque()
            left = iter(tasks)
            while True:
                while len(waiting) < most and (batch := list(islice(left, BATCH))):
                    made = _ready(batch)
                    # Every batch is a new one to Dask, however alike: nothing is kept on the cluster.
                    waiting.append(
                        client.submit(_mark, made, seconds, megabytes, pure=False, retries=2)
                    )
                if not waiting:
                    return
                # Sleeping computers and full queues are nothing unusual; a hanging plugin is stopped there.
                yield from waiting.popleft().result(timeout=PATIENCE + 2 * BATCH * (seconds + 5))
        except InputError:
            raise
        except distributed.KilledWorker as error:
            raise InputError(
                f"the workers at {scheduler} die again and again: {_said(error)}"
            ) from None
        except (OSError, ImportError) as error:
            raise InputError(f"the Dask cluster at {scheduler} was lost: {_said(error)}") from None


def _said(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _ready(tasks: Sequence[Task]) -> list[tuple[Task, str, tuple[str, ...]]]:
    """Tasks with the content of their files, why one cannot be sent, and the versions it is marked with."""
    found: list[tuple[Task, str, tuple[str, ...]]] = []
    for task in tasks:
        try:
            made = sent(task)
            found.append((made, "", versions_of(made["sent"]["head"].encode())))
        except InputError as error:
            found.append((task, str(error), ()))
    return found


def _mark(
    tasks: Sequence[tuple[Task, str, tuple[str, ...]]], seconds: float, megabytes: int
) -> list[Result]:
    """What a worker does with a batch."""
    try:
        child = _idle.get_nowait()
    except Empty:
        child = Child(seconds, megabytes)
    if (child.seconds, child.megabytes) != (seconds, megabytes):
        child.close()
        child = Child(seconds, megabytes)
    try:
        return [_one(child, *entry) for entry in tasks]
    finally:
        _idle.put(child)


def _one(child: Child, task: Task, fault: str, versions: tuple[str, ...]) -> Result:
    if fault:
        return stopped(task, fault)
    here = versions_of(task["sent"]["head"].encode())
    if here != versions:
        raise InputError(
            f"a worker has {', '.join(here)}, this machine {', '.join(versions)}: install the same on both"
        )
    return child.mark(task)
