"""How a script of instructions and calls is written: ``load 0x1000; hlt; syscall read 100ns; irq timer``.

The grammar stands in docs/modes.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from oslab import Hex, InputError
from oslab.quantities import QuantityError, format_time, parse_int, parse_time, shown

PLAIN: Final = ("nop", "add", "cpuid", "pushf", "rdtsc", "ud2")
PRIVILEGED: Final = ("hlt", "lgdt", "lidt", "lmsw", "clts", "invlpg", "rdmsr", "wrmsr")
FLAGGED: Final = ("cli", "sti")
CONTROL: Final = ("cr0", "cr2", "cr3", "cr4")
WIDTHS: Final = (1, 2, 4)
MOST_DEEP: Final = 8

_OPERATIONS = re.compile(r"[;\n\r]")
_COMMENT = re.compile(r"#[^\n\r]*")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class Op:
    """One operation of a script; what a verb does not take is empty, 0 or None.

    verb      what it is
    name      a call, an interrupt, a signal or a control register
    number    an address, a port, a vector, a divisor, the IF that POPF pops, how often to repeat
    width     bytes that IN or OUT moves
    time_ns   how long its work takes; None: as configured
    flag      ``blocks``, ``preempts``, ``major``
    """

    verb: str
    name: str
    number: int
    width: int
    time_ns: Fraction | None
    flag: str

    def __str__(self) -> str:
        words = [self.verb, self.name]
        if self.verb in ("load", "store", "jump", "in", "out", "int"):
            words.append(str(Hex(self.number)))
        elif self.verb in ("popf", "div", "repeat"):
            words.append(str(self.number))
        if self.width > 1:
            words.append(str(self.width))
        if self.time_ns is not None:
            words.append(format_time(self.time_ns).replace(" ", ""))
        return " ".join(word for word in (*words, self.flag) if word)


def op(
    verb: str,
    name: str = "",
    number: int = 0,
    *,
    width: int = 0,
    time_ns: Fraction | None = None,
    flag: str = "",
) -> Op:
    """An operation with what its verb takes."""
    return Op(verb, name, number, width, time_ns, flag)


def parse_operations(text: str) -> tuple[Op, ...]:
    """The operations of a script, its ``repeat`` and ``end`` in pairs.

    Raises InputError naming the line of a script of several lines, or else the number of the operation.
    """
    lines = len(text.strip().splitlines()) > 1
    found: list[Op] = []
    open_at: list[str] = []
    for line, part in _parts(text):
        where = f"line {line}" if lines else f"operation {len(found) + 1}"
        try:
            found.append(parse_operation(part))
        except InputError as error:
            raise InputError(f"{where}: {error}") from None
        if found[-1].verb == "repeat":
            open_at.append(where)
            if len(open_at) > MOST_DEEP:
                raise InputError(f"{where}: repeats nest at most {MOST_DEEP} deep")
        elif found[-1].verb == "end":
            if not open_at:
                raise InputError(f"{where}: this end has no repeat before it")
            open_at.pop()
    if open_at:
        raise InputError(f"{open_at[-1]}: this repeat has no end")
    return tuple(found)


def _parts(text: str) -> Iterator[tuple[int, str]]:
    for line, content in enumerate(re.split(r"\r\n|\n|\r", text), start=1):
        for part in _OPERATIONS.split(_COMMENT.sub("", content)):
            if part.strip():
                yield line, part.strip()


def parse_operation(text: str) -> Op:
    """One operation, without a comment. Raises InputError."""
    verb, *words = text.split()
    if verb not in USAGE:
        near = f"; write it {verb.lower()}" if verb.lower() in USAGE else ""
        raise InputError(f"{shown(verb)} is no operation; there are {', '.join(USAGE)}{near}")
    try:
        return _READ[verb](verb, words)
    except _UsageError:
        raise InputError(f"{shown(text)}: {USAGE[verb]} is expected") from None


class _UsageError(Exception):
    """Too few words, or too many."""


def _count(words: Sequence[str], least: int, most: int) -> None:
    if not least <= len(words) <= most:
        raise _UsageError


def _bare(verb: str, words: Sequence[str]) -> Op:
    _count(words, 0, 0)
    return op(verb)


def _mov(verb: str, words: Sequence[str]) -> Op:
    _count(words, 1, 1)
    if words[0] not in CONTROL:
        raise InputError(f"{shown(words[0])}: mov is for {', '.join(CONTROL)}")
    return op(verb, words[0])


def _number(least: int, most: int, what: str) -> Callable[[str, Sequence[str]], Op]:
    def read(verb: str, words: Sequence[str]) -> Op:
        _count(words, 1, 1)
        return op(verb, number=_between(words[0], least, most, what))

    return read


def _port(verb: str, words: Sequence[str]) -> Op:
    _count(words, 1, 2)
    port = _between(words[0], 0, 0xFFFF, "a port")
    width = _between(words[1], 1, 4, "a width in bytes") if words[1:] else 1
    if width not in WIDTHS:
        raise InputError(f"{shown(words[1])}: a port is 1, 2 or 4 bytes wide")
    return op(verb, number=port, width=width)


def _named(*flags: str) -> Callable[[str, Sequence[str]], Op]:
    """``VERB NAME [TIME] [FLAG]``."""

    def read(verb: str, words: Sequence[str]) -> Op:
        _count(words, 1, 3)
        if not _NAME.fullmatch(words[0]):
            raise InputError(
                f"{shown(words[0])} is no name: a letter is expected, then letters, digits, _ and -"
            )
        time_ns, flag = _time_and_flag(words[1:], flags)
        return op(verb, words[0], time_ns=time_ns, flag=flag)

    return read


def _unnamed(*flags: str) -> Callable[[str, Sequence[str]], Op]:
    """``VERB [TIME] [FLAG]``."""

    def read(verb: str, words: Sequence[str]) -> Op:
        time_ns, flag = _time_and_flag(words, flags)
        return op(verb, time_ns=time_ns, flag=flag)

    return read


def _compute(verb: str, words: Sequence[str]) -> Op:
    _count(words, 1, 1)
    return op(verb, time_ns=_time(words[0]))


def _time_and_flag(words: Sequence[str], flags: Sequence[str]) -> tuple[Fraction | None, str]:
    rest = list(words)
    flag = rest.pop() if rest and rest[-1] in flags else ""
    _count(rest, 0, 1)
    return (_time(rest[0]) if rest else None), flag


def _time(word: str) -> Fraction:
    time_ns = parse_time(word)
    if time_ns < 0:
        raise InputError(f"{shown(word)}: nothing takes less than no time")
    return time_ns


def _between(word: str, least: int, most: int, what: str) -> int:
    try:
        value = parse_int(word)
    except QuantityError:
        raise InputError(f"{shown(word)} is not {what}: a whole number is expected") from None
    if not least <= value <= most:
        high = str(Hex(most)) if most > 10_000_000 else str(most)
        raise InputError(f"{shown(word)} is not {what}: {least} to {high} is expected")
    return value


_ADDRESS = _number(0, 2**64 - 1, "an address")
_READ: Final[dict[str, Callable[[str, Sequence[str]], Op]]] = {
    **dict.fromkeys((*PLAIN, *PRIVILEGED, *FLAGGED, "return", "end"), _bare),
    "mov": _mov,
    "popf": _number(0, 1, "the IF that is popped"),
    "div": _number(0, 2**32 - 1, "a divisor"),
    "int": _number(0, 255, "a vector"),
    "in": _port,
    "out": _port,
    **dict.fromkeys(("load", "store", "jump"), _ADDRESS),
    "syscall": _named("blocks"),
    "enter": _named(),
    "vdso": _named(),
    "call": _named(),
    "compute": _compute,
    "irq": _named("preempts"),
    "pagefault": _unnamed("major"),
    "signal": _named(),
    "repeat": _number(1, 200_000, "how often to repeat"),
}
_TAKES: Final = {
    "mov": "CR", "popf": "IF", "div": "DIVISOR", "int": "VECTOR", "in": "PORT [WIDTH]",
    "out": "PORT [WIDTH]", "load": "ADDRESS", "store": "ADDRESS", "jump": "ADDRESS",
    "syscall": "NAME [TIME] [blocks]", "enter": "NAME [TIME]", "vdso": "NAME [TIME]",
    "call": "NAME [TIME]", "compute": "TIME", "irq": "NAME [TIME] [preempts]",
    "pagefault": "[TIME] [major]", "signal": "NAME [TIME]", "repeat": "TIMES",
}  # fmt: skip
USAGE: Final = {verb: f"{verb} {_TAKES[verb]}" if verb in _TAKES else verb for verb in _READ}


def unrolled(ops: Sequence[Op]) -> Iterator[tuple[int, Op]]:
    """The operations in the order in which they are carried out, each with its number in the script.

    What repeats nothing is gone through once: how often it stands there may be an astronomic number.
    """
    loops: list[tuple[int, int, int]] = []
    place = done = 0
    while place < len(ops):
        here = ops[place]
        if here.verb == "repeat":
            loops.append((place, here.number - 1, done))
        elif here.verb == "end":
            start, left, before = loops.pop()
            if left and done > before:
                loops.append((start, left - 1, done))
                place = start
        else:
            done += 1
            yield place + 1, here
        place += 1


def length(ops: Sequence[Op]) -> int:
    """How many operations are carried out, repeats included."""
    total, factor, factors = 0, 1, []
    for each in ops:
        if each.verb == "repeat":
            factors.append(factor)
            factor *= each.number
        elif each.verb == "end":
            factor = factors.pop()
        else:
            total += factor
    return total


def listing(ops: Iterable[Op]) -> str:
    """The operations numbered, a line each; what is repeated is indented."""
    numbered = list(enumerate(ops, start=1))
    wide, deep, lines = len(str(len(numbered))), 0, []
    for n, each in numbered:
        deep -= each.verb == "end"
        lines.append(f"{n:>{wide}}  {'  ' * deep}{each}")
        deep += each.verb == "repeat"
    return "\n".join(lines)
