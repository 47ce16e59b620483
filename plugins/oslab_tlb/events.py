"""What happens to a TLB, as it is typed: accesses such as ``0x2004w``, and events such as ``switch=2``.

An access is written as everywhere in oslab, with ``:user`` or ``:kernel`` behind it where the mode is
not the one given for all. Where pages are typed in place of addresses, ``7w`` writes to page 7.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple, TypeAlias, get_args

from oslab import InputError
from oslab.exercise.fields import did_you_mean
from oslab.quantities import parse_address, shown, tidy
from oslab.traces.access import Access, parse_reference
from oslab_paging.rights import Access as Use
from oslab_paging.rights import Mode

Unit: TypeAlias = Literal["address", "page"]
EventKind: TypeAlias = Literal["switch", "flush", "flushall", "invlpg"]
EVENTS: tuple[EventKind, ...] = get_args(EventKind)
# Wider accesses are a slip of the finger, or a trace that is none.
MOST_PAGES_TOUCHED = 1024


class Reference(NamedTuple):
    """One access as it is made, by user or kernel code."""

    access: Access
    mode: Mode


class Event(NamedTuple):
    """What happens between two accesses.

    number   of the process for ``switch`` and ``flush=2``, of the page for ``invlpg``; else None
    """

    kind: EventKind
    number: int | None


class Touch(NamedTuple):
    """One access to one page: r(ead), w(rite) or (e)x(ecute); `address` is the first byte in it."""

    vpn: int
    use: Use
    mode: Mode
    address: int


Item: TypeAlias = Reference | Event


def parse_items(
    references: Sequence[str], page_size: int, unit: Unit, mode: Mode
) -> Iterator[Item]:
    """Accesses and events in order; `mode` is that of accesses which name none.

    Raises InputError naming the one that is neither.
    """
    if not references:
        raise InputError("there are no accesses; addresses such as 0x2004 0x3000w are needed")
    for n, text in enumerate(references, 1):
        try:
            yield _event(text, page_size, unit) or _reference(text, page_size, unit, mode)
        except InputError as error:
            raise InputError(f"access {n}: {error}") from None


def of_trace(accesses: Iterable[Access], mode: Mode) -> Iterator[Item]:
    """The accesses of a trace file, all in one mode."""
    return (Reference(access, mode) for access in accesses)


def touches(reference: Reference, page_size: int) -> Iterator[Touch]:
    """The pages that an access touches, each for itself; ``modify`` is a load and then a store.

    Raises InputError for an access that no instruction makes.
    """
    access, mode = reference
    first, last = access.address // page_size, (access.address + access.size - 1) // page_size
    if first == last and access.kind != "modify":
        yield Touch(first, _USES[access.kind][0], mode, access.address)
        return
    if last - first >= MOST_PAGES_TOUCHED:
        raise InputError(
            f"{access.address:#x} with {access.size} bytes touches {last - first + 1} pages; one "
            f"access touches at most {MOST_PAGES_TOUCHED}"
        )
    for use in _USES[access.kind]:
        for vpn in range(first, last + 1):
            yield Touch(vpn, use, mode, max(access.address, vpn * page_size))


_USES: dict[str, tuple[Use, ...]] = {
    "load": ("r",), "store": ("w",), "modify": ("r", "w"), "fetch": ("x",),
}  # fmt: skip


# By what is typed.
_MODES: dict[str, Mode] = {mode: mode for mode in get_args(Mode)}
_EVENTS: dict[str, EventKind] = {kind: kind for kind in EVENTS}


def _reference(text: str, page_size: int, unit: Unit, mode: Mode) -> Reference:
    word, colon, own_mode = tidy(text).partition(":")
    named = _MODES.get(own_mode) if colon else mode
    if named is None:
        raise InputError(f"{shown(text)}: the mode is user or kernel, as in 0x2004w:kernel")
    try:
        access = parse_reference(word)
    except InputError:
        if word[:1].isdigit():
            raise
        name, equals, _ = word.partition("=")
        example = "0x2004" if unit == "address" else "7"
        near = did_you_mean(name, EVENTS) if equals or name.isalpha() else ""
        raise InputError(
            f"{shown(text)} is not an access, {example} or {example}w, nor one of the events "
            f"switch=2, flush, flush=2, flushall, invlpg={example}{near}"
        ) from None
    if unit == "page":
        if access.size > 1:
            raise InputError(f"{shown(text)}: a page number has no bytes behind it; 7w would do")
        access = access._replace(address=access.address * page_size)
    return Reference(access, named)


def _event(text: str, page_size: int, unit: Unit) -> Event | None:
    name, equals, number = tidy(text).partition("=")
    kind = _EVENTS.get(name)
    if kind is None:
        return None
    if (kind == "flushall" and equals) or (kind in ("switch", "invlpg") and not number):
        example = {"switch": "switch=2", "flushall": "flushall", "invlpg": "invlpg=0x2000"}[kind]
        raise InputError(f"{shown(text)}: {example} would be right")
    if not equals:
        return Event(kind, None)
    try:
        value = parse_address(number)
    except InputError:
        what = "a page" if kind == "invlpg" else "a process, 1 or more,"
        raise InputError(f"{shown(text)}: {what} is expected behind the =") from None
    if kind == "invlpg":
        return Event(kind, value if unit == "page" else value // page_size)
    if value < 1:
        raise InputError(f"{shown(text)}: processes are counted from 1")
    return Event(kind, value)
