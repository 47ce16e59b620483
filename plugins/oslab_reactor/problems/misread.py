"""Servers and engines with a misunderstanding, each the right one with a rule changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from heapq import heappush

from oslab_reactor.engine import Crew, Engine, Entry
from oslab_reactor.requests import Failure, Instant, Request, Stage
from oslab_reactor.script import ScriptConfig
from oslab_reactor.shape import Shape, Task


class WorkerWrites(Engine):
    """The worker writes the answer that it has computed."""

    def _stages(self, task: Task, request: Request) -> tuple[tuple[Stage, Instant], ...]:
        if task == "compute":
            return (("compute", request.compute_ns), ("write", request.write_ns))
        return super()._stages(task, request)

    def _after(self, task: Task, number: int, request: Request) -> None:
        super()._after("write" if task == "compute" else task, number, request)


class HandedOver(Engine):
    """What a failed thread had in hand is begun anew by another of its crew, if there is one."""

    def _drop(self, crew: Crew, entry: Entry) -> None:
        self._ready(entry[4], entry[3], entry[5])


class GoesOn(Engine):
    """A thread that fails loses what it has in hand, and goes on with the next at once."""

    def _fail(self, failure: Failure) -> None:
        super()._fail(replace(failure, how="dies", restart_ns=None))
        crew, number = self._thread(failure.thread)
        heappush(crew.idle, number)
        self._offer(crew)


class Interleaved(Shape):
    """A thread that serves whole requests takes their stages one by one, others in between."""

    __slots__ = ()

    @property
    def whole(self) -> bool:
        return False

    def runner(self, task: Task, connection: int) -> tuple[str, Sequence[int]]:
        return super().runner("read" if task == "compute" else task, connection)


class NobodyWaits(Shape):
    """A thread does any number of things at once."""

    __slots__ = ()

    def runner(self, task: Task, connection: int) -> tuple[str, Sequence[int]]:
        return super().runner(task, connection)[0], ()


class AnySub(Shape):
    """Any idle sub-reactor takes a request, whatever its connection."""

    __slots__ = ()

    def runner(self, task: Task, connection: int) -> tuple[str, Sequence[int]]:
        kind, numbers = super().runner(task, connection)
        return kind, range(self.subreactors) if kind == "sub" else numbers

    def crew(self, kind: str, number: int) -> Sequence[int]:
        return range(self.subreactors) if kind == "sub" else super().crew(kind, number)


class WorkersInTurn(Shape):
    """Worker i mod W computes the requests of connection i, idle or not."""

    __slots__ = ()

    def runner(self, task: Task, connection: int) -> tuple[str, Sequence[int]]:
        kind, numbers = super().runner(task, connection)
        return kind, (connection % self.workers,) if kind == "worker" else numbers


def misread(p: ScriptConfig, kind: type[Shape]) -> ScriptConfig:
    """The same with another understanding of the server."""
    shape = kind(**{field.name: getattr(p.shape, field.name) for field in fields(Shape)})
    return replace(p, shape=shape)
