"""Read a trace, whatever its format."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple, TypeVar

from oslab.errors import InputError
from oslab.exercise.fields import did_you_mean
from oslab.loading import reason_of
from oslab.plugins import PluginError
from oslab.quantities import shown
from oslab.traces.access import ADDRESS_BITS, KINDS, LARGEST, Access
from oslab.traces.formats import BUILT_IN, Format, formats
from oslab.traces.lines import first_lines
from oslab.traces.opening import Opened, opened

T = TypeVar("T")
_END = object()


class TraceFile(NamedTuple):
    """An open trace: what it is called, its format, its compression (empty: none), its accesses."""

    name: str
    format: str
    compression: str
    accesses: Iterator[Access]


def read_trace(path: str, format: str = "") -> Iterator[Access]:
    """The accesses of a trace, one after the other, in bounded memory however many there are.

    path     of a file, also compressed with gzip, xz or bzip2; ``-`` is standard input
    format   its name, one of `oslab.traces.formats.formats()`; empty to tell it by the content

    Raises InputError naming the file: at once when it cannot be opened, when it is reached for a line
    that is wrong.
    """
    return open_trace(path, format).accesses


def open_trace(path: str, format: str = "") -> TraceFile:
    """Open a trace and tell its format; as `read_trace` otherwise."""
    known = formats()
    if format and format not in known:
        raise InputError(
            f"there is no trace format {shown(format)}{did_you_mean(format, list(known))}; "
            f"there are {', '.join(known)}"
        )
    trace = opened(path)
    try:
        found, unasked = (known[format], "") if format else _recognised(trace)
        reader = found.reader()
    except BaseException:
        trace.stream.close()
        raise
    accesses = reader.read if found in BUILT_IN else _contained(found, reader.read)
    return TraceFile(trace.name, found.name, trace.compression, _all(accesses, trace, unasked))


def _recognised(trace: Opened) -> tuple[Format, str]:
    """The first format that says the trace is its own, and which before it failed to answer: nobody need
    hear of those unless the trace cannot be read."""
    unasked = ""
    for found in formats().values():
        try:
            if _guarded(found, partial(_recognises, found, trace.head)):
                return found, unasked
        except PluginError as error:
            unasked += f"; {error}"
    lines = first_lines(trace.head)
    begins = (
        shown(lines[0].decode("utf-8", "backslashreplace")) if lines else "bytes that are no text"
    )
    raise InputError(
        f"{trace.name} begins with {begins}: no trace format that is known "
        f"({', '.join(formats())}); --trace-format says which one it is{unasked}"
    )


def _recognises(found: Format, head: bytes) -> bool:
    return bool(found.reader().recognises(head))


def _all(read: Callable[..., Iterator[Access]], trace: Opened, unasked: str) -> Iterator[Access]:
    """The accesses; afterwards the file is closed."""
    with trace.stream as stream:
        accesses = iter(read(stream, trace.name))
        try:
            first = next(accesses, None)
            if first is None:
                raise InputError(f"{trace.name}: there is no access in it")
            yield first
            yield from accesses
        except InputError as error:
            raise InputError(f"{error}{unasked}") from None


def _contained(found: Format, read: Callable[..., Any]) -> Callable[..., Iterator[Access]]:
    """The reader of a plugin, its errors put down to it."""

    def accesses(stream: object, name: str) -> Iterator[Access]:
        each = _guarded(found, lambda: iter(read(stream, name)))
        while True:
            access: Any = _guarded(found, lambda: next(each, _END))
            if access is _END:
                return
            if not _valid(access):
                raise PluginError(
                    f"{found.owner}: {found.target} yields {shown(repr(access))}, no Access"
                )
            yield access

    return accesses


def _guarded(found: Format, call: Callable[[], T]) -> T:
    """What a plugin's function returns. Raises PluginError for what it raises, but for InputError."""
    try:
        return call()
    except (InputError, PluginError, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise PluginError(f"{found.owner}: {found.target}: {reason_of(error)}") from error


def _valid(access: object) -> bool:
    return (
        isinstance(access, Access)
        and access.kind in KINDS.values()
        and isinstance(access.address, int)
        and 0 <= access.address < 2**ADDRESS_BITS
        and isinstance(access.size, int)
        and 1 <= access.size <= LARGEST
    )
