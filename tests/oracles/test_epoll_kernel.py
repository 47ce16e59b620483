"""The simulator against the kernel: the same scripts, compared call for call and event for event.

500 random scripts of 200 operations, scripts by hand for each rule, and select and poll on the same kind of
scripts. A rule dropped from the simulator is noticed by these scripts; so where there is no kernel to ask,
the mutants are compared with the simulator itself.
"""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from epoll_lab import scenario

from oslab import InputError
from oslab_multiplex import epoll as epolls
from oslab_multiplex.epoll import Epoll, Item
from oslab_multiplex.machine import Machine
from oslab_multiplex.openfiles import (
    ANY,
    ERR,
    HUP,
    IN,
    OUT,
    RDHUP,
    EventFd,
    Refused,
    WaitQueue,
)
from oslab_multiplex.pipe import PAGE, Pipe, PipeEnd
from oslab_multiplex.script import Op, parse, parse_op
from oslab_multiplex.sockets import UnixSocket

LAB = Path(__file__).with_name("epoll_lab.py")
SCENARIOS = 500
EXCUSE = (
    ""
    if sys.platform.startswith("linux") and hasattr(os, "eventfd")
    else "a Linux kernel is needed"
)

Outcome = list[Any]


def as_we_know_it() -> bool:
    """Whether this kernel is as new as the one whose errnos and depths were looked at; older ones order
    some checks differently."""
    major, _, rest = platform.release().partition(".")
    minor = re.match(r"\d+", rest)
    return not EXCUSE and (int(major), int(minor[0]) if minor else 0) >= (6, 18)


@cache
def scripts() -> list[dict[str, Any]]:
    """Everything that is played on the kernel at random."""
    every = [scenario(seed) for seed in range(SCENARIOS)]
    every += [scenario(seed, mechanism="epoll", listeners=True) for seed in range(40)]
    every += [
        scenario(seed, mechanism=mechanism, listeners=seed % 4 == 0)
        for mechanism in ("select", "poll")
        for seed in range(50)
    ]
    by_version = (ERRNOS, CHAIN) if as_we_know_it() or EXCUSE else ()
    every += [
        {"mechanism": "epoll", "ops": [explicit(op) for op in parse(text)]}
        for text in (*(text for text, _ in BY_HAND.values()), PATHS, *by_version)
    ]
    return every


@cache
def parsed(number: int) -> list[Op]:
    return [parse_op(text) for text in scripts()[number]["ops"]]


def play(each: list[dict[str, Any]]) -> dict[str, Any]:
    """What the kernel does with the scripts."""
    done = subprocess.run(
        [sys.executable, str(LAB)],
        input=json.dumps(each),
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


@cache
def recorded() -> dict[str, Any]:
    """What the kernel did with `scripts`; without one, what the simulator does."""
    if not EXCUSE:
        return play(scripts())
    observed = [
        list(simulated(parsed(n), script["mechanism"])) for n, script in enumerate(scripts())
    ]
    return {"first_fd": 3, "kernel": [6, 14], "observed": observed}


def simulated(
    ops: list[Op], mechanism: Any, seen: dict[str, Any] | None = None
) -> Iterator[Outcome]:
    """What the simulator makes of a script, in the form of the laboratory."""
    old = seen is not None and seen["kernel"] < [6, 14]
    process = Machine(mechanism, "was-full" if old else "slot", seen["first_fd"] if seen else 3)
    for op in ops:
        outcome = process.do(op)
        found: Outcome = [outcome.value, outcome.errno]
        if op.verb == "wait":
            found.append([[event.tag, event.events] for event in outcome.events])
        yield found


def difference(number: int) -> str:
    """Where the simulator and what was recorded part; nothing if they agree."""
    seen, mechanism = recorded(), scripts()[number]["mechanism"]
    ops, observed = parsed(number), seen["observed"][number]
    n = 0
    try:
        for n, mine in enumerate(simulated(ops, mechanism, seen)):
            if mine != observed[n]:
                return (
                    f"script {number}, operation {n + 1} ({ops[n]}): {mine}, kernel {observed[n]}"
                )
    except (InputError, KeyError, ValueError, AttributeError) as error:
        return f"script {number}, after operation {n + 1}: {error!r}"
    return ""


@pytest.mark.skipif(bool(EXCUSE), reason=EXCUSE)
def test_random_scripts_agree_with_the_kernel_event_for_event() -> None:
    differences = [found for found in map(difference, range(SCENARIOS)) if found]
    assert not differences
    events = sum(len(o[2]) for each in recorded()["observed"] for o in each if len(o) == 3)
    assert events > 20 * SCENARIOS  # or the scripts do not do much


@pytest.mark.skipif(bool(EXCUSE), reason=EXCUSE)
def test_listening_sockets_select_poll_and_scripts_by_hand_agree_with_the_kernel() -> None:
    assert not [found for found in map(difference, range(SCENARIOS, len(scripts()))) if found]


BY_HAND = {
    "an edge is a wake-up, not a change": (
        "pipe a; epoll e; ctl e add a.r in,et; write a 4; wait e; wait e; read a 2; wait e; write a 1; wait e",
        [[("a.r", IN)], [], [], [("a.r", IN)]],
    ),
    "two wake-ups are one report, and what is drained is none": (
        "pipe a; epoll e; ctl e add a.r in,et; write a 4; write a 4; wait e; wait e; write a 1; read a 9; wait e",
        [[("a.r", IN)], [], []],
    ),
    "a write that fails wakes too": (
        "pipe a; epoll e; ctl e add a.r in,et; write a 65536; wait e; write a 1; wait e",
        [[("a.r", IN)], [("a.r", IN)]],
    ),
    "all that holds is reported, whatever woke": (
        "unix s; epoll e; ctl e add s.a in,out,et; wait e; write s.b 3; wait e",
        [[("s.a", OUT)], [("s.a", IN | OUT)]],
    ),
    "level-triggered is round robin": (
        "eventfd v 1; eventfd w 1; eventfd x 1; epoll e; ctl e add v in; ctl e add w in; ctl e add x in; "
        "wait e max=2; wait e max=2; wait e max=2",
        [[("v", IN), ("w", IN)], [("x", IN), ("v", IN)], [("w", IN), ("x", IN)]],
    ),
    "what is edge-triggered and not reached is kept": (
        "eventfd v 1; eventfd w 1; epoll e; ctl e add v in,et; ctl e add w in,et; wait e max=1; wait e max=1; wait e",
        [[("v", IN)], [("w", IN)], []],
    ),
    "ONESHOT is mute until MOD, also for HUP": (
        "pipe a; epoll e; ctl e add a.r in,oneshot; write a 1; wait e; close a.w; wait e; ctl e mod a.r in; wait e",
        [[("a.r", IN)], [], [("a.r", IN | HUP)]],
    ),
    "the newest watcher is woken first, an exclusive one last": (
        "eventfd v; epoll e; epoll f; epoll g; epoll o; ctl e add v in; ctl f add v in; ctl g add v in,exclusive; "
        "ctl o add e in; ctl o add f in; ctl o add g in; write v 1; wait o",
        [[("f", IN), ("e", IN), ("g", IN)]],
    ),
    "MOD re-arms an edge": (
        "eventfd v 1; epoll e; ctl e add v in,et; wait e; wait e; ctl e mod v in,et tag=again; wait e",
        [[("v", IN)], [], [("again", IN)]],
    ),
    "a closed number with a living duplicate goes on reporting": (
        "pipe a; epoll e; ctl e add a.r in; dup a.r b; close a.r; write a 1; wait e; ctl e del a.r; close b; wait e",
        [[("a.r", IN)], []],
    ),
    "the writer of a full pipe hears of a whole slot": (
        "pipe a; epoll e; ctl e add a.w out,et; wait e; write a 65536; read a 4096; wait e; read a 4096; wait e",
        [[("a.w", OUT)], [("a.w", OUT)], []],
    ),
    "a sender hears of every send read to its end": (
        "unix s; epoll e; ctl e add s.a out,et; wait e; write s.a 5; read s.b 2; wait e; read s.b 3; wait e",
        [[("s.a", OUT)], [], [("s.a", OUT)]],
    ),
    "closing with unread data resets the other side": (
        "unix s; epoll e; ctl e add s.a in,rdhup,et; write s.a 2; wait e; close s.b; wait e",
        [[], [("s.a", IN | RDHUP | HUP | ERR)]],
    ),
    "nothing asked for is HUP and ERR asked for": (
        "pipe a; epoll e; ctl e add a.r none; write a 1; wait e; close a.w; wait e",
        [[], [("a.r", HUP)]],
    ),
    "a nested instance is woken again while its item is on the list": (
        "pipe a; epoll i; epoll o; ctl i add a.r in; ctl o add i in,et; write a 1; wait o; write a 1; wait o",
        [[("i", IN)], [("i", IN)]],
    ),
}  # fmt: skip

ERRNOS = (
    "pipe a; file f; epoll e; epoll e2; ctl e add f in; ctl e add e in; ctl a.r add a.w in; ctl e add a.r in; "
    "ctl e add a.r in; ctl e mod a.w in; ctl e del a.w; ctl e add a.w out,exclusive; ctl e mod a.w out; "
    "ctl e mod a.r in,exclusive; ctl e add e2 in,exclusive; ctl e2 add a.r in,oneshot,exclusive; ctl e add e2 in; "
    "ctl e2 add e in; wait e max=0; wait a.r; close a.r; ctl e del a.r; wait a.r; epoll x size=0; epoll y size=-1; "
    "ctl x add a.w in; write e 1; read e 8; shutdown a.w both; read a.w 1; write a.w 1; epoll z size=1; ctl z add f in"
)
CHAIN = "; ".join(
    [f"epoll n{i}" for i in range(8)]
    + [f"ctl n{i} add n{i + 1} in" for i in (3, 2, 1, 0)]
    + [
        "ctl n4 add n5 in",
        "ctl n5 add n0 in",
        "ctl n6 add n0 in",
        "ctl n6 add n7 in",
        "ctl n7 add n4 in",
    ]
    + ["pipe a", "ctl n4 add a.r in", "write a.w 1", "wait n0 max=4 timeout=0"]
)
PATHS = "; ".join(
    ["pipe a", "epoll b0", "epoll b1", "epoll b2", "epoll b3"]
    + ["ctl b0 add b1 in", "ctl b1 add b2 in", "ctl b2 add b3 in", "ctl b3 add a.r in"]
    + [f"epoll t{i}; ctl t{i} add b0 in" for i in range(12)]
)


def waits(text: str) -> list[list[tuple[str, int]]]:
    outcomes = zip(parse(text), simulated(list(parse(text)), "epoll"), strict=True)
    return [[(t, e) for t, e in outcome[2]] for op, outcome in outcomes if op.verb == "wait"]


@pytest.mark.parametrize("rule", BY_HAND)
def test_a_rule_by_hand(rule: str) -> None:
    text, expected = BY_HAND[rule]
    assert waits(text) == expected


def explicit(op: Op) -> str:
    """As the laboratory wants it: with every number said."""
    match op.verb:
        case "read":
            return f"read {op.name} {op.number}"
        case "wait":
            return f"wait {op.name} max={op.number} timeout=0"
    return str(op)


def test_errnos_by_hand() -> None:
    found = [outcome[1] for outcome in simulated(list(parse(ERRNOS)), "epoll")]
    assert found[4:] == [
        "EPERM", "EINVAL", "EINVAL", "", "EEXIST", "ENOENT", "ENOENT", "", "EINVAL", "EINVAL", "EINVAL", "EINVAL",
        "", "ELOOP", "EINVAL", "EINVAL", "", "EBADF", "EBADF", "EINVAL", "EINVAL", "EBADF", "EINVAL", "EINVAL",
        "ENOTSOCK", "EBADF", "EPIPE", "", "EPERM",
    ]  # fmt: skip


# Mutants: the simulator with one rule lost.

Mutant = Callable[[pytest.MonkeyPatch], None]
MUTANTS: dict[str, Mutant] = {}


def mutant(name: str) -> Callable[[Mutant], Mutant]:
    def enter(change: Mutant) -> Mutant:
        MUTANTS[name] = change
        return change

    return enter


def replacing(name: str, kind: type, method: str, other: Callable[..., Any]) -> None:
    MUTANTS[name] = lambda patch: patch.setattr(kind, method, other)


def _look_never(self: Epoll, item: Item) -> None:
    pass


def _add_looks_not(patch: pytest.MonkeyPatch) -> None:
    add = Epoll.add

    def blind(self: Epoll, *args: Any) -> None:
        look = Epoll.look
        Epoll.look = _look_never  # type: ignore[method-assign]
        try:
            add(self, *args)
        finally:
            Epoll.look = look  # type: ignore[method-assign]

    patch.setattr(Epoll, "add", blind)


MUTANTS["ADD does not ask the file"] = _add_looks_not


@mutant("MOD does not ask the file")
def _mod_looks_not(patch: pytest.MonkeyPatch) -> None:
    def mod(self: Epoll, file: Any, fd: int, interest: Any) -> None:
        if interest.exclusive or self.find(file, fd).exclusive:
            raise Refused("EINVAL")
        self.find(file, fd).set(interest)

    patch.setattr(Epoll, "mod", mod)


@mutant("MOD moves a listed item to the end")
def _mod_moves(patch: pytest.MonkeyPatch) -> None:
    mod = Epoll.mod

    def moving(self: Epoll, file: Any, fd: int, interest: Any) -> None:
        mod(self, file, fd, interest)
        item = self.find(file, fd)
        if item in self.list:
            self.unlist(item)
            self.enlist(item)

    patch.setattr(Epoll, "mod", moving)


@mutant("MOD takes what is not ready off the list")
def _mod_removes(patch: pytest.MonkeyPatch) -> None:
    mod = Epoll.mod

    def removing(self: Epoll, file: Any, fd: int, interest: Any) -> None:
        mod(self, file, fd, interest)
        item = self.find(file, fd)
        if not item.ready():
            self.unlist(item)

    patch.setattr(Epoll, "mod", removing)


@mutant("MOD of an exclusive item is allowed")
def _mod_exclusive(patch: pytest.MonkeyPatch) -> None:
    def mod(self: Epoll, file: Any, fd: int, interest: Any) -> None:
        item = self.find(file, fd)
        item.set(interest)
        self.look(item)

    patch.setattr(Epoll, "mod", mod)


@mutant("MOD keeps the tag")
def _mod_keeps_tag(patch: pytest.MonkeyPatch) -> None:
    mod = Epoll.mod

    def keeping(self: Epoll, file: Any, fd: int, interest: Any) -> None:
        tag = self.find(file, fd).tag
        mod(self, file, fd, interest)
        self.find(file, fd).tag = tag

    patch.setattr(Epoll, "mod", keeping)


@mutant("ADD twice is a MOD")
def _add_twice(patch: pytest.MonkeyPatch) -> None:
    add = Epoll.add

    def again(self: Epoll, file: Any, fd: int, interest: Any) -> None:
        if (file, fd) in self.items:
            self.items[file, fd].set(interest)
        else:
            add(self, file, fd, interest)

    patch.setattr(Epoll, "add", again)


@mutant("the key is the number alone")
def _key_is_number(patch: pytest.MonkeyPatch) -> None:
    add = Epoll.add

    def by_number(self: Epoll, file: Any, fd: int, interest: Any) -> None:
        if any(number == fd for _, number in self.items):
            raise Refused("EEXIST")
        add(self, file, fd, interest)

    patch.setattr(Epoll, "add", by_number)


@mutant("the key is the open file alone")
def _key_is_file(patch: pytest.MonkeyPatch) -> None:
    add = Epoll.add

    def by_file(self: Epoll, file: Any, fd: int, interest: Any) -> None:
        if any(other is file for other, _ in self.items):
            raise Refused("EEXIST")
        add(self, file, fd, interest)

    patch.setattr(Epoll, "add", by_file)


@mutant("a deleted item stays on the list")
def _del_stays(patch: pytest.MonkeyPatch) -> None:
    def delete(self: Epoll, file: Any, fd: int) -> None:
        item = self.find(file, fd)
        listed = self.list.copy()
        self.forget(item)
        self.list = listed

    patch.setattr(Epoll, "delete", delete)


def _queue_all_back(self: WaitQueue, item: Item) -> None:
    self.items.append(item)


def _queue_all_front(self: WaitQueue, item: Item) -> None:
    self.items.appendleft(item)


def _listed_moves(self: Epoll, item: Item, key: int) -> None:
    if self.concerns(item, key):
        self.unlist(item)
        self.enlist(item)
        self.queue.wake(IN)


def _listed_wakes_not(self: Epoll, item: Item, key: int) -> None:
    if self.concerns(item, key) and item not in self.list:
        self.enlist(item)
        self.queue.wake(IN)


def _woken_in_front(self: Epoll, item: Item, key: int) -> None:
    if self.concerns(item, key):
        if item not in self.list:
            self.enlist(item)
            self.list.move_to_end(item, last=False)
        self.queue.wake(IN)


def _woken_alone(self: Epoll, item: Item, key: int) -> None:
    if self.concerns(item, key) and item not in self.list:
        self.enlist(item)


def _rises_only(self: Epoll, item: Item, key: int) -> None:
    """The textbook: an edge is a change from not ready to ready. The file was ready before if it was
    reported and has not been found idle since."""
    if not self.concerns(item, key):
        return
    risen = not getattr(self, "was_ready", {}).get(item)
    if item not in self.list and (risen or not item.edge):
        self.enlist(item)
    self.queue.wake(IN)


@mutant("an edge is a change to ready")
def _textbook(patch: pytest.MonkeyPatch) -> None:
    do = Machine.do

    def remembering(self: Machine, op: Op) -> Any:
        for each in self.epolls:
            each.was_ready = {item: bool(item.ready()) for item in each.items.values()}  # type: ignore[attr-defined]
        return do(self, op)

    patch.setattr(Machine, "do", remembering)
    patch.setattr(Epoll, "woken", _rises_only)


def _reports_unasked(self: Epoll, item: Item) -> int:
    return item.file.state() & (item.mask | RDHUP) if item.mask else 0


def _reports_stale(self: Epoll, item: Item) -> int:
    return item.ready() or item.mask & IN


@mutant("only the waking events are reported")
def _waking_only(patch: pytest.MonkeyPatch) -> None:
    woken, wait = Epoll.woken, Epoll.wait

    def noting(self: Epoll, item: Item, key: int) -> None:
        noted = self.__dict__.setdefault("keys", {})
        noted[item] = noted.get(item, 0) | key
        woken(self, item, key)

    def report(self: Epoll, item: Item) -> int:
        key = self.__dict__.setdefault("keys", {}).pop(item, 0)
        return item.ready() & key if key and item.edge else item.ready()

    patch.setattr(Epoll, "woken", noting)
    patch.setattr(Epoll, "report", report)
    assert wait is Epoll.wait


@mutant("what is dropped counts for max")
def _dropped_count(patch: pytest.MonkeyPatch) -> None:
    wait = Epoll.wait

    def fewer(self: Epoll, most: int) -> list[epolls.Event]:
        rest = list(self.list)[most:]
        for item in rest:
            self.unlist(item)
        found = wait(self, most)
        for item in reversed(rest):
            self.enlist(item)
            self.list.move_to_end(item, last=False)
        return found

    patch.setattr(Epoll, "wait", fewer)


def _fires_events_only(self: Epoll, item: Item) -> None:
    item.mask = ERR | HUP


def _fires_not(self: Epoll, item: Item) -> None:
    pass


def _fires_for_good(self: Epoll, item: Item) -> None:
    self.forget(item)


def _put_in_front(self: Epoll, reported: list[Item]) -> None:
    for item in reversed(reported):
        self.enlist(item)
        self.list.move_to_end(item, last=False)


def _put_alone(self: Epoll, reported: list[Item]) -> None:
    self.list.clear()
    for item in reported:
        self.enlist(item)


def _put_nothing(self: Epoll, reported: list[Item]) -> None:
    pass


@mutant("edge-triggered goes back on the list")
def _edge_is_level(patch: pytest.MonkeyPatch) -> None:
    set_to = Item.set

    def level(self: Item, interest: Any) -> None:
        set_to(self, interest)
        self.edge = False

    patch.setattr(Item, "set", level)


def _nested_if_listed(self: Epoll) -> int:
    return IN if self.list else 0


def _nested_drops_not(self: Epoll) -> int:
    return IN if any(item.ready() for item in self.list) else 0


@mutant("close of a duplicate takes the items of its number along")
def _close_number(patch: pytest.MonkeyPatch) -> None:
    close = Machine.close

    def closing(self: Machine, name: str) -> None:
        number = self.number(name)
        file = self.fds.get(number)
        if file:
            for item in [item for item in file.watchers if item.fd == number]:
                item.epoll.forget(item)
        close(self, name)

    patch.setattr(Machine, "close", closing)


@mutant("items outlive their file")
def _items_stay(patch: pytest.MonkeyPatch) -> None:
    def close(self: Machine, name: str) -> None:
        number = self.number(name)
        file = self.fds.pop(number, None)
        if file is None:
            raise Refused("EBADF")
        self.lowest = min(self.lowest, number)
        file.refs -= 1
        if not file.refs:
            file.released()
            if isinstance(file, Epoll):
                self.epolls.remove(file)

    patch.setattr(Machine, "close", close)


def _wakes_if_put(self: Pipe, was_empty: bool, put: int) -> None:
    if put:
        self.reader.queue.wake(IN)


def _wakes_if_empty(self: Pipe, was_empty: bool, put: int) -> None:
    if was_empty:
        self.reader.queue.wake(IN)


def _close_readers_only(self: Pipe) -> None:
    if bool(self.reader.refs) != bool(self.writer.refs):
        self.reader.queue.wake(ANY)


def _close_always(self: Pipe) -> None:
    self.reader.queue.wake(OUT)
    self.writer.queue.wake(IN)


def _merge_all(self: Pipe, size: int) -> int:
    if not self.slots:
        return 0
    room = PAGE - sum(self.slots[-1])
    part = min(room, size)
    self.slots[-1][1] += part
    return part


def _space_once(self: UnixSocket, finished: int) -> None:
    self.peer.queue.wake(OUT)


def _shutdown_quiet(self: UnixSocket, receive: bool, send: bool) -> None:
    self.no_more_in |= receive
    self.no_more_out |= send
    self.peer.no_more_in |= send
    self.peer.no_more_out |= receive
    self.peer.queue.wake(ANY)


def _release_clean(self: UnixSocket) -> None:
    self.peer.no_more_in = self.peer.no_more_out = True
    self.peer.queue.wake(ANY)
    self.space(len(self.sends))
    self.sends.clear()


def _eventfd_reads_quietly(self: EventFd, size: int) -> int:
    if size < 8:
        raise Refused("EINVAL")
    if not self.value:
        raise Refused("EAGAIN")
    self.value = 0
    return 8


def _out_dies_with_reader(self: PipeEnd) -> int:
    pipe = self.pipe
    if self.side == "read":
        return (IN if pipe.slots else 0) | (0 if pipe.writer.refs else HUP)
    return (0 if pipe.full else OUT) if pipe.reader.refs else ERR


@mutant("no events are of interest unless asked for")
def _no_err_hup(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Epoll, "mask_of", lambda self, interest: interest.events)


@mutant("instances may be nested to any depth")
def _any_depth(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(epolls, "depth_above", lambda epoll, known: 0)


@mutant("any number of chains may lead up")
def _any_paths(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(epolls, "count_paths", lambda file, depth, paths: True)


@mutant("the lowest number is not taken")
def _highest(patch: pytest.MonkeyPatch) -> None:
    opened = Machine.open

    def highest(self: Machine, name: str, file: Any) -> int:
        self.lowest = max(self.fds, default=self.lowest - 1) + 1
        return opened(self, name, file)

    patch.setattr(Machine, "open", highest)


replacing("newcomers go to the back of the wait queue", WaitQueue, "hook", _queue_all_back)
replacing("exclusive items go to the front too", WaitQueue, "hook", _queue_all_front)
replacing(
    "a key is not compared with the interest",
    Epoll,
    "concerns",
    lambda self, item, key: bool(item.mask),
)
replacing("key 0 matches nothing", Epoll, "concerns", lambda self, item, key: bool(key & item.mask))
replacing("a listed item moves to the end when woken", Epoll, "woken", _listed_moves)
replacing("watchers above are woken by new items only", Epoll, "woken", _listed_wakes_not)
replacing("watchers above are not woken", Epoll, "woken", _woken_alone)
replacing("a woken item goes to the front", Epoll, "woken", _woken_in_front)
replacing("RDHUP is reported unasked", Epoll, "report", _reports_unasked)
replacing("the file is not asked again", Epoll, "report", _reports_stale)
replacing("ONESHOT leaves ERR and HUP", Epoll, "fire", _fires_events_only)
replacing("ONESHOT does not fire", Epoll, "fire", _fires_not)
replacing("ONESHOT deletes", Epoll, "fire", _fires_for_good)
replacing("level-triggered goes to the front", Epoll, "put_back", _put_in_front)
replacing("what was not reached is lost", Epoll, "put_back", _put_alone)
replacing("level-triggered is reported once", Epoll, "put_back", _put_nothing)
replacing("a nested instance is ready if its list is not empty", Epoll, "state", _nested_if_listed)
replacing("asking a nested instance drops nothing", Epoll, "state", _nested_drops_not)
replacing("no loops are looked for", Epoll, "check_loops", lambda self, other: None)
replacing("a write that fails wakes nobody", Pipe, "wake_reader", _wakes_if_put)
replacing("only the first byte wakes", Pipe, "wake_reader", _wakes_if_empty)
replacing("closing wakes the reader only", Pipe, "closed", _close_readers_only)
replacing("closing wakes with a key", Pipe, "closed", _close_always)
replacing("writes do not merge", Pipe, "merge", lambda self, size: 0)
replacing("whole pages merge too", Pipe, "merge", _merge_all)
replacing("every read wakes the writer", Pipe, "wakes_writer", lambda self, was_full, freed: True)
replacing("no read wakes the writer", Pipe, "wakes_writer", lambda self, was_full, freed: False)
replacing("a pipe without reader is not writable", PipeEnd, "state", _out_dies_with_reader)
replacing("a sender hears nothing of its reader", UnixSocket, "space", lambda self, finished: None)
replacing("a sender hears of every read", UnixSocket, "space", _space_once)
replacing("shutdown wakes the peer only", UnixSocket, "shutdown", _shutdown_quiet)
replacing("closing with unread data does not reset", UnixSocket, "released", _release_clean)
replacing("reading an eventfd wakes nobody", EventFd, "read", _eventfd_reads_quietly)


@mutant("the other rule for a pipe's writers")
def _other_pipe_rule(patch: pytest.MonkeyPatch) -> None:
    old = recorded()["kernel"] < [6, 14]
    patch.setattr(Pipe, "wakes_writer", lambda self, was_full, freed: freed if old else was_full)


@pytest.mark.parametrize("name", MUTANTS)
def test_a_lost_rule_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    recorded()
    MUTANTS[name](monkeypatch)
    assert any(difference(number) for number in range(len(scripts()))), (
        "no script tells this mutant"
    )


def test_a_muted_item_on_the_list_is_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one rule that cannot be seen: an item that ONESHOT made mute and a key 0 would put on the list
    is dropped when it is asked again."""
    recorded()
    monkeypatch.setattr(Epoll, "concerns", lambda self, item, key: not key or key & item.mask)
    assert not [found for found in map(difference, range(100)) if found]
