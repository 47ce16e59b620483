"""What goes into a schedule and what comes out of it: requests, a thread that fails, who ran what when."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias

Instant: TypeAlias = int | Fraction
Stage: TypeAlias = Literal["accept", "read", "compute", "write", "loop"]


def whole(time: Fraction) -> Instant:
    """The same time, as a whole number where it is one: those are far faster than fractions."""
    return int(time) if time.denominator == 1 else time


@dataclass(frozen=True, slots=True)
class Request:
    """A request: on which connection (numbered from 0), when it arrives, and how long its stages take."""

    connection: int
    arrival_ns: Instant
    read_ns: Instant
    compute_ns: Instant
    write_ns: Instant


@dataclass(frozen=True, slots=True)
class Failure:
    """A thread that fails.

    thread      its name, as `Shape.names` has it
    how         dies: what it does is cut off, and its core is free; loops: it goes on for ever with what
                it does, or with nothing, and keeps its core
    at_ns       when
    restart_ns  a thread that died is replaced so much later; None: never
    """

    thread: str
    how: Literal["dies", "loops"]
    at_ns: Instant
    restart_ns: Instant | None


@dataclass(frozen=True, slots=True)
class Span:
    """A thread runs one stage of a request (numbered from 1) from start to end.

    ready   since when the stage could have been run
    cut     the thread failed at `end`, and the stage is not complete
    """

    thread: str
    stage: Stage
    request: int
    connection: int
    ready: Instant
    start: Instant
    end: Instant
    cut: bool


@dataclass(frozen=True, slots=True)
class Schedule:
    """What came of the requests.

    spans       the stages that were run, in the order in which they were started
    ends        of each request, in order: when its answer was written; None: never
    busy_ns     time that threads worked, the kernel not counted; a thread that loops works to the last end
    last_end    when the last stage ended or was cut off (0 if nothing was run)
    queue_peak  most requests at once that had arrived and were waiting: not answered, nor lost in the hands
                of a thread that failed, and nobody working on them
    """

    spans: tuple[Span, ...]
    ends: tuple[Instant | None, ...]
    busy_ns: Instant
    last_end: Instant
    queue_peak: int
