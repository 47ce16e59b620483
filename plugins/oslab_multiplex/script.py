"""How a script of descriptors and waits is written: ``pipe a; epoll e; ctl e add a.r in,et; write a 5; wait e``.

The grammar stands in docs/multiplex.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from oslab import InputError
from oslab.quantities import QuantityError, parse_int, shown

Verb: TypeAlias = Literal[
    "pipe", "unix", "eventfd", "listen", "file", "epoll", "ctl", "wait",
    "write", "read", "dup", "close", "shutdown", "connect", "accept",
]  # fmt: skip

USAGE: Final = {
    "pipe": "pipe NAME",
    "unix": "unix NAME",
    "eventfd": "eventfd NAME [VALUE]",
    "listen": "listen NAME",
    "file": "file NAME",
    "epoll": "epoll NAME [size=N]",
    "ctl": "ctl EPOLL add|mod FD EVENTS [tag=WORD], or ctl EPOLL del FD",
    "wait": "wait EPOLL [max=N] [timeout=MS]",
    "write": "write FD BYTES",
    "read": "read FD [BYTES]",
    "dup": "dup FD NAME",
    "close": "close FD",
    "shutdown": "shutdown FD read|write|both",
    "connect": "connect LISTENER [TIMES]",
    "accept": "accept LISTENER [NAME]",
}
EVENTS: Final = ("in", "pri", "out", "rdhup", "err", "hup", "et", "oneshot", "exclusive")
"""What may stand in the events of `ctl`, in the order they are written back; `none` is no event at all."""
CTL: Final = ("add", "mod", "del")
SIDES: Final = ("read", "write", "both")
MOST_OPS: Final = 20_000
MOST_BYTES: Final = 1 << 20
MOST_TIMES: Final = 4096
READ: Final = 4096
"""Bytes a `read` asks for where nothing is said."""
MAX: Final = 16
"""`max` of a `wait` where nothing is said."""

_NEW = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z0-9_]+)?")
_TAG = re.compile(r"[A-Za-z0-9_.]+")
_WORDS = {
    "pipe": (1, 1), "unix": (1, 1), "eventfd": (1, 2), "listen": (1, 1), "file": (1, 1), "epoll": (1, 1),
    "ctl": (3, 4), "wait": (1, 1), "write": (2, 2), "read": (1, 2), "dup": (2, 2), "close": (1, 1),
    "shutdown": (2, 2), "connect": (1, 2), "accept": (1, 2),
}  # fmt: skip
_SETTINGS = {"epoll": ("size",), "ctl": ("tag",), "wait": ("max", "timeout")}


@dataclass(frozen=True, slots=True)
class Op:
    """One operation of a script.

    name     what is made (pipe, unix, eventfd, listen, file, epoll), or the descriptor it is done to
    action   of ctl: add, mod, del; of shutdown: read, write, both; else ""
    target   of ctl: the descriptor watched; of dup and accept: the name of the new one; else ""
    events   of ctl add and mod, in the order of `EVENTS`
    tag      of ctl add and mod: what a wait gives back; "": the target's name
    number   bytes of read and write, value of eventfd, size of epoll (None: epoll_create1), max of wait,
             times of connect
    timeout  of wait, in ms; 0 for all others
    """

    verb: Verb
    name: str
    action: str
    target: str
    events: tuple[str, ...]
    tag: str
    number: int | None
    timeout: int

    def __str__(self) -> str:
        words = [self.verb, self.name]
        match self.verb:
            case "ctl":
                words += [self.action, self.target]
                if self.action != "del":
                    words.append(",".join(self.events) or "none")
                if self.tag:
                    words.append(f"tag={self.tag}")
            case "wait":
                words += [f"max={self.number}"] if self.number != MAX else []
                words += [f"timeout={self.timeout}"] if self.timeout else []
            case "epoll":
                words += [] if self.number is None else [f"size={self.number}"]
            case "eventfd" | "connect":
                usual = 0 if self.verb == "eventfd" else 1
                words += [] if self.number == usual else [str(self.number)]
            case "read":
                words += [] if self.number == READ else [str(self.number)]
            case "write":
                words.append(str(self.number))
            case "shutdown":
                words.append(self.action)
            case "dup" | "accept":
                words += [self.target] if self.target else []
        return " ".join(words)


def make(verb: Verb, name: str, number: int | None = None) -> Op:
    """pipe, unix, eventfd, listen, file, epoll; also close."""
    if verb == "eventfd" and number is None:
        number = 0
    return Op(verb, name, "", "", (), "", number, 0)


def ctl(epoll: str, action: str, target: str, events: str = "", tag: str = "") -> Op:
    """`events` as they are written: ``"in,et"``; of del they are left out."""
    found = () if action == "del" else _events(events)
    return Op("ctl", epoll, action, target, found, tag, None, 0)


def wait(epoll: str, most: int = MAX, timeout: int = 0) -> Op:
    return Op("wait", epoll, "", "", (), "", most, timeout)


def write(name: str, size: int) -> Op:
    return Op("write", name, "", "", (), "", size, 0)


def read(name: str, size: int = READ) -> Op:
    return Op("read", name, "", "", (), "", size, 0)


def close(name: str) -> Op:
    return make("close", name)


def dup(name: str, new: str) -> Op:
    return Op("dup", name, "", new, (), "", None, 0)


def shutdown(name: str, side: str) -> Op:
    return Op("shutdown", name, side, "", (), "", None, 0)


def connect(name: str, times: int = 1) -> Op:
    return Op("connect", name, "", "", (), "", times, 0)


def accept(name: str, new: str = "") -> Op:
    return Op("accept", name, "", new, (), "", None, 0)


def parse(text: str) -> tuple[Op, ...]:
    """The operations of a script. Raises InputError naming the line of the first bad one."""
    found: list[Op] = []
    for number, part in _parts(text):
        if len(found) == MOST_OPS:
            raise InputError(f"line {number}: a script has at most {MOST_OPS} operations")
        try:
            found.append(parse_op(part))
        except InputError as error:
            raise InputError(f"line {number}: {error}") from None
    return tuple(found)


def lines_of(text: str) -> tuple[int, ...]:
    """The line on which each operation of a script stands."""
    return tuple(number for number, _ in _parts(text))


def _parts(text: str) -> Iterator[tuple[int, str]]:
    """The operations as they are written, each with its line."""
    for number, line in enumerate(text.splitlines(), start=1):
        for part in line.partition("#")[0].split(";"):
            if part.strip():
                yield number, part.strip()


def parse_op(text: str) -> Op:
    """One operation, without a comment. Raises InputError."""
    verb, *words = text.split()
    if verb not in USAGE:
        near = f"; write it {verb.lower()}" if verb.lower() in USAGE else ""
        raise InputError(f"{shown(verb)} is no operation; there are {', '.join(USAGE)}{near}")
    settings: dict[str, str] = {}
    plain: list[str] = []
    for word in words:
        key, equals, value = word.partition("=")
        if not equals:
            plain.append(word)
            continue
        if key not in _SETTINGS.get(verb, ()) or key in settings or not value:
            raise InputError(f"{shown(word)} does not belong there; {USAGE[verb]} is expected")
        settings[key] = value
    least, most = _WORDS[verb]
    if not least <= len(plain) <= most:
        raise InputError(f"{shown(text)}: {USAGE[verb]} is expected")
    match verb:
        case "pipe" | "unix" | "listen" | "file":
            return make(verb, _new(plain[0]))
        case "eventfd":
            return make(verb, _new(plain[0]), _number(plain[1], 0, 2**32 - 1) if plain[1:] else 0)
        case "epoll":
            size = settings.get("size")
            return make(verb, _new(plain[0]), None if size is None else _number(size, -(2**31)))
        case "ctl":
            return _ctl(text, plain, settings.get("tag", ""))
        case "wait":
            most_events = _number(settings.get("max", str(MAX)), -(2**31))
            return wait(_name(plain[0]), most_events, _number(settings.get("timeout", "0"), -1))
        case "write":
            return write(_name(plain[0]), _number(plain[1], 0, 2**64 - 1))
        case "read":
            size = plain[1] if plain[1:] else str(READ)
            return read(_name(plain[0]), _number(size, 1, MOST_BYTES))
        case "dup":
            return dup(_name(plain[0]), _new(plain[1]))
        case "shutdown":
            return shutdown(_name(plain[0]), _of(plain[1], SIDES, verb))
        case "connect":
            times = _number(plain[1], 1, MOST_TIMES) if plain[1:] else 1
            return connect(_name(plain[0]), times)
        case "accept":
            return accept(_name(plain[0]), _new(plain[1]) if plain[1:] else "")
        case _:
            return close(_name(plain[0]))


def _ctl(text: str, words: list[str], tag: str) -> Op:
    epoll, target = _name(words[0]), _name(words[2])
    action = _of(words[1], CTL, "ctl")
    if (action == "del") != (len(words) == 3) or (action == "del" and tag):
        raise InputError(f"{shown(text)}: {USAGE['ctl']} is expected")
    if tag and not _TAG.fullmatch(tag):
        raise InputError(f"tag={shown(tag)}: letters, digits, _ and . are expected")
    return ctl(epoll, action, target, words[3] if words[3:] else "", tag)


def _events(text: str) -> tuple[str, ...]:
    names = [] if text in ("", "none") else text.split(",")
    for name in names:
        _of(name, EVENTS, "the events of ctl")
    return tuple(name for name in EVENTS if name in names)


def _of(word: str, options: tuple[str, ...], what: str) -> str:
    if word not in options:
        raise InputError(f"{what}: {shown(word)} is not one of {', '.join(options)}")
    return word


def _name(word: str) -> str:
    if not _NAME.fullmatch(word):
        raise InputError(
            f"{shown(word)} cannot name a descriptor: a letter is expected, then letters, digits and _, "
            "and an end such as .r"
        )
    return word


def _new(word: str) -> str:
    if not _NEW.fullmatch(word):
        raise InputError(
            f"{shown(word)} cannot be a new name: a letter is expected, then letters, digits and _"
        )
    return word


def _number(word: str, least: int, most: int = 2**31 - 1) -> int:
    try:
        value = parse_int(word)
    except QuantityError:
        raise InputError(f"{shown(word)} is not a whole number") from None
    if not least <= value <= most:
        raise InputError(f"{shown(word)}: a whole number from {least} to {most} is expected")
    return value


def listing(ops: Iterable[Op]) -> str:
    """The operations numbered, a line each."""
    numbered = list(enumerate(ops, start=1))
    wide = len(str(len(numbered)))
    return "\n".join(f"{n:>{wide}}  {op}" for n, op in numbered)
