"""Working sets: the different pages of the last tau references, this one included.

A window over the first references is cut at the start. Several processes make their n-th reference at
the same time n; one that has ended holds nothing. When their working sets together exceed memory they
take each other's pages: thrashing. Source: Denning, The working set model for program behavior, 1968.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import zip_longest
from typing import Any

from oslab import Cells, InputError, Int, Run, Step
from oslab_paging.replacement.conventions import parse_references


@dataclass(frozen=True)
class WorkingSetConfig:
    """processes: the references of each; tau in references; memory in frames, None if it is no matter."""

    processes: tuple[tuple[str, ...], ...]
    tau: int
    memory: int | None


def run(config: WorkingSetConfig) -> Run:
    """One step, action `window`, for each reference of each process, by time.

    given   n, page; process (from 1) where there are several
    result  pages (the working set, ascending), size
    metrics: sizes (of all processes together, by time), mean_size (exact), peak_size; with memory
    also thrashing (does any of the sizes exceed it?). Raises InputError.
    """
    strings = _strings(config)
    several = len(strings) > 1
    steps = []
    for n in range(1, max(map(len, strings)) + 1):
        for process, pages in enumerate(strings, start=1):
            if n > len(pages):
                continue
            window = pages[max(0, n - config.tau) : n]
            given: dict[str, Any] = {"n": n, "page": pages[n - 1]}
            if several:
                given["process"] = process
            held = tuple(sorted(set(window)))
            steps.append(
                Step(
                    action="window",
                    given=given,
                    result={"pages": held, "size": len(held)},
                    state={"window": Cells(tuple(window))},
                    group=n,
                )
            )
    conventions: dict[str, Any] = {"window": config.tau}
    if several:
        conventions["processes_together"] = True
    return Run(
        command="paging.workingset",
        config=config,
        conventions=conventions,
        asks={"window": {"size": Int()}},
        steps=tuple(steps),
        metrics=_metrics(config, strings),
    )


def count(config: WorkingSetConfig) -> Mapping[str, Any]:
    """The metrics of `run` without its steps, in one pass. Raises InputError."""
    return _metrics(config, _strings(config))


def _strings(config: WorkingSetConfig) -> list[list[int]]:
    _check(config.tau, config.memory)
    if not config.processes:
        raise InputError("there are no references; page numbers such as 7,0,1,2 are needed")
    return [parse_references(references)[0] for references in config.processes]


def _check(tau: int, memory: int | None) -> None:
    if tau < 1:
        raise InputError(f"tau is {tau}: a window holds at least 1 reference")
    if memory is not None and memory < 1:
        raise InputError(f"memory is {memory}: at least 1 frame is needed")


def _metrics(config: WorkingSetConfig, strings: Sequence[Sequence[int]]) -> Mapping[str, Any]:
    together = total_sizes(strings, config.tau)
    figures = _figures(len(together), sum(together), max(together), config.memory)
    return {"sizes": tuple(together), **figures}


def count_pages(pages: Iterable[int], tau: int, memory: int | None) -> Mapping[str, Any]:
    """The metrics but `sizes`, for the page numbers of one process that come one after the other.
    Memory grows with tau, not with the references. Raises InputError."""
    _check(tau, memory)
    count = total = peak = 0
    for size in each_size(pages, tau):
        count += 1
        total += size
        if size > peak:
            peak = size
    return _figures(count, total, peak, memory)


def _figures(count: int, total: int, peak: int, memory: int | None) -> dict[str, Any]:
    found: dict[str, Any] = {"mean_size": Fraction(total, count), "peak_size": peak}
    if memory is not None:
        found["thrashing"] = peak > memory
    return found


def total_sizes(strings: Sequence[Sequence[int]], tau: int) -> list[int]:
    """The sizes of all processes' working sets together, by time."""
    each = (each_size(pages, tau) for pages in strings)
    return [sum(at_once) for at_once in zip_longest(*each, fillvalue=0)]


def sizes(pages: Iterable[int], tau: int) -> list[int]:
    """The size of one process's working set after each reference."""
    return list(each_size(pages, tau))


def each_size(pages: Iterable[int], tau: int) -> Iterator[int]:
    """The same, one by one; only the window is kept."""
    window: deque[int] = deque()
    inside: dict[int, int] = {}
    for page in pages:
        window.append(page)
        inside[page] = inside.get(page, 0) + 1
        if len(window) > tau:
            left = window.popleft()
            inside[left] -= 1
            if not inside[left]:
                del inside[left]
        yield len(inside)
