"""An epoll instance: the interest set, the ready list, and the four things that can happen to them.

- `add`, `mod`, `delete` change the interest set. An item is a watched (open file, descriptor number): the
  same file may be watched once more under another number.
- `woken` is the callback on a file's wait queue. It puts the item at the end of the ready list, unless it
  is there already.
- `wait` takes items from the front of the ready list and asks each file again. One that is not ready any
  more is dropped silently. What is reported is *all* that holds and is of interest, not only what woke it.
  An item in level mode goes back to the end of the list; one in edge mode stays off it until the next
  wake-up; after EPOLLONESHOT the item is mute until a MOD.

So an edge is a wake-up, not a change from "not ready" to "ready": new data on top of unread data is one.

Each rule is a method, so that a misunderstanding is a subclass.

Source: Linux 6.18 fs/eventpoll.c (do_epoll_ctl, ep_insert, ep_modify, ep_remove, ep_poll_callback,
ep_send_events, __ep_eventpoll_poll, ep_loop_check, reverse_path_check), epoll(7), epoll_ctl(2).
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, TypeAlias

from oslab_multiplex.openfiles import ERR, HUP, IN, OUT, File, Refused, bits_of

Action: TypeAlias = Literal["add", "mod", "del"]
MOST_NESTED: Final = 4
# How many chains of epoll instances of each length may lead up from one file; any number of length 1.
MOST_PATHS: Final = (0, 500, 100, 50, 10)
MOST_EVENTS: Final = (2**31 - 1) // 12


@dataclass(frozen=True, slots=True)
class Interest:
    """What `ctl` says of a descriptor: event bits, the three flags, and the data a wait gives back."""

    events: int
    edge: bool
    oneshot: bool
    exclusive: bool
    tag: str

    @classmethod
    def of(cls, names: tuple[str, ...], tag: str) -> Interest:
        edge, oneshot, exclusive = (name in names for name in ("et", "oneshot", "exclusive"))
        return cls(bits_of(names), edge, oneshot, exclusive, tag)


class Event(NamedTuple):
    """One entry of what a wait returns."""

    tag: str
    fd: int
    events: int


class Item:
    """A watched (open file, descriptor number). `mask` is what is reported: 0 after EPOLLONESHOT fired."""

    __slots__ = ("edge", "epoll", "exclusive", "fd", "file", "mask", "oneshot", "tag")

    def __init__(self, epoll: Epoll, file: File, fd: int, interest: Interest) -> None:
        self.epoll, self.file, self.fd = epoll, file, fd
        self.set(interest)

    def set(self, interest: Interest) -> None:
        self.mask = self.epoll.mask_of(interest)
        self.edge, self.oneshot = interest.edge, interest.oneshot
        self.exclusive, self.tag = interest.exclusive, interest.tag

    def ready(self) -> int:
        """The events that hold now and are of interest."""
        return self.file.state() & self.mask


class Epoll(File):
    """An epoll instance; `dropped` are the items that the last wait met and found not ready any more."""

    kind = "epoll"

    def __init__(self) -> None:
        super().__init__()
        self.items: dict[tuple[File, int], Item] = {}
        # The ready list; a dictionary, since anything may leave its middle.
        self.list: OrderedDict[Item, None] = OrderedDict()
        self.dropped: list[Item] = []

    # epoll_ctl.

    def add(self, file: File, fd: int, interest: Interest) -> None:
        if interest.exclusive and (
            isinstance(file, Epoll) or interest.oneshot or interest.events & ~(IN | OUT | ERR | HUP)
        ):
            raise Refused("EINVAL")
        if isinstance(file, Epoll):
            self.check_loops(file)
        if (file, fd) in self.items:
            raise Refused("EEXIST")
        item = Item(self, file, fd, interest)
        self.items[file, fd] = item
        file.watchers[item] = None
        if isinstance(file, Epoll) or self.watchers:
            self.check_paths(item)
        file.queue.hook(item)
        self.look(item)

    def mod(self, file: File, fd: int, interest: Interest) -> None:
        if interest.exclusive:
            raise Refused("EINVAL")
        item = self.find(file, fd)
        if item.exclusive:
            raise Refused("EINVAL")
        item.set(interest)
        self.look(item)

    def delete(self, file: File, fd: int) -> None:
        self.forget(self.find(file, fd))

    def find(self, file: File, fd: int) -> Item:
        item = self.items.get((file, fd))
        if item is None:
            raise Refused("ENOENT")
        return item

    def mask_of(self, interest: Interest) -> int:
        """ERR and HUP are reported whether asked for or not."""
        return interest.events | ERR | HUP

    def look(self, item: Item) -> None:
        """ADD and MOD ask the file at once: what is ready already goes on the list."""
        if item.ready() and item not in self.list:
            self.enlist(item)
            self.queue.wake(IN)

    def forget(self, item: Item) -> None:
        """The item leaves interest set, wait queue and ready list."""
        del self.items[item.file, item.fd]
        del item.file.watchers[item]
        if item in item.file.queue.items:
            item.file.queue.unhook(item)
        self.unlist(item)

    def enlist(self, item: Item) -> None:
        self.list[item] = None

    def unlist(self, item: Item) -> None:
        self.list.pop(item, None)

    # The callback.

    def woken(self, item: Item, key: int) -> None:
        """The item's file says that something happened. Whoever watches this instance learns of it, also
        when the item is on the list already."""
        if not self.concerns(item, key):
            return
        if item not in self.list:
            self.enlist(item)
        self.queue.wake(IN)

    def concerns(self, item: Item, key: int) -> bool:
        """Whether a wake-up is of interest. What EPOLLONESHOT made mute sleeps through it."""
        return bool(item.mask) and (not key or bool(key & item.mask))

    # epoll_wait.

    def wait(self, most: int) -> list[Event]:
        """Up to `most` events. Those not reached stay in front, those in level mode go to the back."""
        found: list[Event] = []
        back: list[Item] = []
        self.dropped = []
        for _ in range(len(self.list)):
            if len(found) >= most:
                break
            item, _ = self.list.popitem(last=False)
            events = self.report(item)
            if not events:
                self.dropped.append(item)
                continue
            found.append(Event(item.tag, item.fd, events))
            if item.oneshot:
                self.fire(item)
            elif not item.edge:
                back.append(item)
        self.put_back(back)
        return found

    def report(self, item: Item) -> int:
        """What is reported of an item on the list: all that holds now."""
        return item.ready()

    def fire(self, item: Item) -> None:
        """EPOLLONESHOT: no event is of interest any more, not even ERR and HUP, until a MOD."""
        item.mask = 0

    def put_back(self, reported: list[Item]) -> None:
        """What is in level mode goes to the end, behind those not reached."""
        for item in reported:
            self.enlist(item)

    def unread_below(self) -> int:
        """What is there to be read in all that is watched."""
        return sum(file.unread for file in {item.file for item in self.items.values()})

    # The instance as a file: watched by others, closed.

    def state(self) -> int:
        """Readable if an item on the list is ready; items in front that are not are dropped."""
        while self.list:
            item = next(iter(self.list))
            if item.ready():
                return IN
            self.unlist(item)
        return 0

    def released(self) -> None:
        for item in list(self.items.values()):
            self.forget(item)

    def check_loops(self, other: Epoll) -> None:
        """No instance may watch itself through others, and at most five may stand above each other."""
        below = depth_below(other, self, {})
        if below is None or below + 1 + depth_above(self, {}) > MOST_NESTED:
            raise Refused("ELOOP")

    def check_paths(self, item: Item) -> None:
        """Not too many chains of instances may lead up from any file that the item makes reachable."""
        for file in files_below(item.file):
            paths = [0] * (MOST_NESTED + 1)
            if not count_paths(file, 0, paths):
                self.forget(item)
                raise Refused("EINVAL")


def depth_below(epoll: Epoll, top: Epoll, known: dict[Epoll, int | None]) -> int | None:
    """How many instances stand below one another under this one; None: `top` is among them."""
    if epoll not in known:
        inner = [item.file for item in epoll.items.values() if isinstance(item.file, Epoll)]
        depths = [None if each is top else depth_below(each, top, known) for each in inner]
        known[epoll] = (
            None if None in depths else max((d + 1 for d in depths if d is not None), default=0)
        )
    return known[epoll]


def depth_above(epoll: Epoll, known: dict[Epoll, int]) -> int:
    """How many instances stand above one another over this one."""
    if epoll not in known:
        outer = (item.epoll for item in epoll.watchers)
        known[epoll] = max((depth_above(each, known) + 1 for each in outer), default=0)
    return known[epoll]


def files_below(file: File) -> set[File]:
    """The file itself, or for an epoll instance all that is watched below it and is none."""
    found, seen, left = set(), {file}, [file]
    while left:
        each = left.pop()
        if not isinstance(each, Epoll):
            found.add(each)
            continue
        new = {item.file for item in each.items.values()} - seen
        seen |= new
        left += new
    return found


def count_paths(file: File, depth: int, paths: list[int]) -> bool:
    """Count the chains up from the file by length; False: there are too many."""
    if depth > MOST_NESTED:
        return False
    for item in file.watchers:
        if item.epoll.watchers:
            if not count_paths(item.epoll, depth + 1, paths):
                return False
        elif depth:
            paths[depth] += 1
            if paths[depth] > MOST_PATHS[depth]:
                return False
    return True
