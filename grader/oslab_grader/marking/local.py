"""Marking on this machine: as many children as there are cores, results in the order of the tasks."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import Any, TypeVar

from oslab_grader.marking.child import MEGABYTES, SECONDS, Child
from oslab_grader.marking.result import Result, Task

T = TypeVar("T")
# For each child so many tasks are under way or done and waiting for one before them.
WINDOW = 16


def mark_all(
    tasks: Iterable[Task],
    workers: int | None = None,
    seconds: float = SECONDS,
    megabytes: int = MEGABYTES,
) -> Iterator[Result]:
    """The result of each task, in their order. Tasks are taken as they are needed: memory stays flat.

    workers    how many children; None: one for each core
    seconds    how long one task may take before it is stopped
    megabytes  the memory a child may have

    The children end with the iterator, also when it is closed early or interrupted.
    """
    return _through(Child.mark, tasks, workers, seconds, megabytes)


def feedback_all(
    tasks: Iterable[Task],
    language: str,
    mode: str,
    workers: int | None = None,
    seconds: float = SECONDS,
    megabytes: int = MEGABYTES,
) -> Iterator[dict[str, list[str]]]:
    """`feedback_of` of each task, in their order and with the same guards; empty for one that was
    stopped."""

    def ask(child: Child, task: Task) -> dict[str, list[str]]:
        answer: Any = child.ask({"feedback": [task, language, mode]})
        return {} if isinstance(answer, str) else answer["feedback"]

    return _through(ask, tasks, workers, seconds, megabytes)


def _through(
    ask: Callable[[Child, Task], T],
    tasks: Iterable[Task],
    workers: int | None,
    seconds: float,
    megabytes: int,
) -> Iterator[T]:
    count = workers or os.cpu_count() or 1
    children = [Child(seconds, megabytes) for _ in range(count)]
    free: SimpleQueue[Child] = SimpleQueue()
    for child in children:
        free.put(child)

    def one(task: Task) -> T:
        child = free.get()
        try:
            return ask(child, task)
        finally:
            free.put(child)

    waiting: deque[Future[T]] = deque()
    # The threads only wait for their children, which do the work.
    pool = ThreadPoolExecutor(count, thread_name_prefix="marking")
    try:
        for task in tasks:
            waiting.append(pool.submit(one, task))
            if len(waiting) >= count * WINDOW:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for child in children:
            child.close()
        pool.shutdown(cancel_futures=True)
