"""A process that runs a listing, and the rules it runs by."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from oslab_cow.pages import Globals, Locals

Order: TypeAlias = Literal["child-first", "parent-first", "in-turn"]
Buffer: TypeAlias = Literal["none", "line", "full"]
Status: TypeAlias = Literal["ready", "waiting", "paused", "ended"]


@dataclass(frozen=True, slots=True)
class Rules:
    """What C and POSIX leave open.

    order      which process goes on: the youngest that can, the oldest that can, or all in turn, a
               statement each in order of creation
    globals_on each global has a page of its own, or all share one
    locals_on  local variables are held in registers and take no page, or lie on one page, the stack;
               pointers take no page in either case
    buffer     printed text appears at once, with each line, or when the process ends
    page_size  bytes
    """

    order: Order
    globals_on: Globals
    locals_on: Locals
    buffer: Buffer
    page_size: int


@dataclass
class Task:
    """A process.

    line       the line of the fork that made it, 0 for the first
    at         the instruction that comes next
    stack      numbers on their way
    held       variables that lie on no page, by their number
    children   in order of their forks; `ended` those that have ended and were not waited for
    awaited    the one child it waits for, None: any
    buffered   text that has not appeared yet
    """

    name: str
    pid: int
    parent: Task | None
    line: int = 0
    at: int = 0
    stack: list[int] = field(default_factory=list)
    held: dict[int, int] = field(default_factory=dict)
    status: Status = "ready"
    children: list[Task] = field(default_factory=list)
    ended: list[Task] = field(default_factory=list)
    awaited: int | None = None
    buffered: str = ""
