"""epoll instances as misunderstood: EPOLLONESHOT, the ready list, and errors of epoll_ctl."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace

from oslab_multiplex.epoll import Epoll, Event, Interest, Item
from oslab_multiplex.machine import Machine
from oslab_multiplex.openfiles import File, Refused


def having(kind: type[Epoll]) -> type[Machine]:
    """A machine whose epoll instances are of this kind."""

    class Mistaken(Machine):
        epoll_type = kind

    return Mistaken


class KeepsFiring(Epoll):
    """EPOLLONESHOT means nothing."""

    def add(self, file: File, fd: int, interest: Interest) -> None:
        super().add(file, fd, replace(interest, oneshot=False))

    def mod(self, file: File, fd: int, interest: Interest) -> None:
        super().mod(file, fd, replace(interest, oneshot=False))


class FiredIsDeleted(Epoll):
    """EPOLLONESHOT takes the item out of the interest set."""

    def fire(self, item: Item) -> None:
        self.forget(item)


class ModNeedsNewData(Epoll):
    """MOD arms the item, but for what comes later only."""

    def mod(self, file: File, fd: int, interest: Interest) -> None:
        self.find(file, fd).set(interest)


class FirstStayFirst(Epoll):
    """What was reported and is still ready keeps its place at the front."""

    def put_back(self, reported: list[Item]) -> None:
        self.list = OrderedDict.fromkeys([*reported, *self.list])


class ByNumber(Epoll):
    """A wait goes through the descriptors in the order of their numbers."""

    def wait(self, most: int) -> list[Event]:
        self.list = OrderedDict.fromkeys(sorted(self.list, key=lambda item: item.fd))
        return super().wait(most)


class RestLost(Epoll):
    """What did not fit into the array is gone until something new happens."""

    def put_back(self, reported: list[Item]) -> None:
        self.list.clear()
        super().put_back(reported)


class NewestFirst(Epoll):
    """Whatever becomes ready goes to the front of the list."""

    def enlist(self, item: Item) -> None:
        super().enlist(item)
        self.list.move_to_end(item, last=False)

    def put_back(self, reported: list[Item]) -> None:
        self.list = OrderedDict.fromkeys([*self.list, *reported])


class FileIsKey(Epoll):
    """A file can be watched once, under whatever number."""

    def add(self, file: File, fd: int, interest: Interest) -> None:
        if any(known is file for known, _ in self.items):
            raise Refused("EEXIST")
        super().add(file, fd, interest)


class UnknownIsBad(Epoll):
    """A descriptor that is not registered is a bad one."""

    def find(self, file: File, fd: int) -> Item:
        try:
            return super().find(file, fd)
        except Refused:
            raise Refused("EBADF") from None


class BlockingRefused(Epoll):
    """EPOLLET is refused on a descriptor that is not O_NONBLOCK."""

    def add(self, file: File, fd: int, interest: Interest) -> None:
        self.check(interest)
        super().add(file, fd, interest)

    def mod(self, file: File, fd: int, interest: Interest) -> None:
        self.check(interest)
        super().mod(file, fd, interest)

    def check(self, interest: Interest) -> None:
        if interest.edge:
            raise Refused("EINVAL")


def holding(most: int) -> type[Epoll]:
    """An instance for so many descriptors, as the size given to epoll_create is thought to say."""

    class Sized(Epoll):
        def add(self, file: File, fd: int, interest: Interest) -> None:
            if len(self.items) >= most and (file, fd) not in self.items:
                raise Refused("ENOSPC")
            super().add(file, fd, interest)

    return Sized
