"""Marking on this machine: as many children as there are cores, results in the order of the tasks."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from queue import SimpleQueue
from typing import Any, TypeVar

from oslab_grader.marking.child import MEGABYTES, SECONDS, Child
from oslab_grader.marking.result import Result, Task

T = TypeVar("T")
# For each child so many tasks are under way or done and waiting for one before them.
WINDOW = 16


class Crew:
    """Children that mark; each starts with its first task, all end when the crew is closed.

    workers    how many children; None: one for each core
    seconds    how long one task may take before it is stopped
    megabytes  the memory a child may have
    """

    def __init__(
        self, workers: int | None = None, seconds: float = SECONDS, megabytes: int = MEGABYTES
    ) -> None:
        count = workers or os.cpu_count() or 1
        self.window = count * WINDOW
        self._children = [Child(seconds, megabytes) for _ in range(count)]
        self._free: SimpleQueue[Child] = SimpleQueue()
        for child in self._children:
            self._free.put(child)
        # The threads only wait for their children, which do the work.
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="marking")

    def close(self) -> None:
        """End the children, whatever they are doing."""
        for child in self._children:
            child.close()
        self._pool.shutdown(cancel_futures=True)

    def mark(self, task: Task) -> Future[Result]:
        """The result of a task, once there is one."""
        return self._pool.submit(self._with_child, Child.mark, task)

    def mark_all(self, tasks: Iterable[Task]) -> Iterator[Result]:
        """The result of each task, in their order. Tasks are taken as they are needed: memory stays
        flat."""
        return self.ask_all(Child.mark, tasks)

    def ask_all(self, ask: Callable[[Child, Task], T], tasks: Iterable[Task]) -> Iterator[T]:
        """What a child answers to each task, in their order."""
        waiting: deque[Future[T]] = deque()
        for task in tasks:
            waiting.append(self._pool.submit(self._with_child, ask, task))
            if len(waiting) >= self.window:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    def _with_child(self, ask: Callable[[Child, Task], T], task: Task) -> T:
        child = self._free.get()
        try:
            return ask(child, task)
        finally:
            self._free.put(child)


def mark_all(
    tasks: Iterable[Task],
    workers: int | None = None,
    seconds: float = SECONDS,
    megabytes: int = MEGABYTES,
) -> Iterator[Result]:
    """The result of each task, in their order, by a crew of their own.

    The children end with the iterator, also when it is closed early or interrupted.
    """
    with closing(Crew(workers, seconds, megabytes)) as crew:
        yield from crew.mark_all(tasks)


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

    with closing(Crew(workers, seconds, megabytes)) as crew:
        yield from crew.ask_all(ask, tasks)
