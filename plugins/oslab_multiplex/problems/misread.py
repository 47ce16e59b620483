"""Machines whose epoll works as people often think it does."""

from __future__ import annotations

from dataclasses import replace

from oslab_multiplex.epoll import Epoll, Interest, Item
from oslab_multiplex.machine import Machine, Outcome
from oslab_multiplex.openfiles import IN, File
from oslab_multiplex.script import Op


class _Risen(Epoll):
    before: dict[Item, int]

    def woken(self, item: Item, key: int) -> None:
        if not item.edge or item.ready() & ~self.before.get(item, 0):
            super().woken(item, key)


class EdgeOnRise(Machine):
    """An edge is a change from "not ready" to "ready": new data on top of unread data is none."""

    epoll_type = _Risen

    def do(self, op: Op) -> Outcome:
        for epoll in self.epolls:
            assert isinstance(epoll, _Risen)
            epoll.before = {item: item.ready() for item in epoll.items.values()}
        return super().do(op)


class _Once(Epoll):
    def put_back(self, reported: list[Item]) -> None:
        pass


class LevelOnce(Machine):
    """Level-triggered, too, is reported once and not again until something new happens."""

    epoll_type = _Once


class _Keyed(Epoll):
    def __init__(self) -> None:
        super().__init__()
        self.keys: dict[Item, int] = {}

    def woken(self, item: Item, key: int) -> None:
        before = self.keys.get(item, 0) if item in self.list and item.edge else 0
        self.keys[item] = before | (key or item.mask)
        super().woken(item, key)


class _WakingBit(_Keyed):
    def report(self, item: Item) -> int:
        return item.ready() & self.keys.get(item, item.mask)


class WakingBitOnly(Machine):
    """Only the event that woke is reported, not everything that holds."""

    epoll_type = _WakingBit


class _Repeating(Epoll):
    def add(self, file: File, fd: int, interest: Interest) -> None:
        super().add(file, fd, replace(interest, edge=False))

    def mod(self, file: File, fd: int, interest: Interest) -> None:
        super().mod(file, fd, replace(interest, edge=False))


class EdgeRepeats(Machine):
    """Edge-triggered is reported again and again as long as data is there."""

    epoll_type = _Repeating


class _Stale(_Keyed):
    def report(self, item: Item) -> int:
        return item.ready() or item.mask & self.keys.get(item, 0) & IN

    def put_back(self, reported: list[Item]) -> None:
        super().put_back([item for item in reported if item.ready()])


class StaleReported(Machine):
    """What was put on the ready list is reported, though it was drained meanwhile."""

    epoll_type = _Stale
