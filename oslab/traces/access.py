"""One access to memory, as every trace reader yields it and every memory simulator takes it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice
from typing import Literal, NamedTuple, TypeAlias, TypeVar

from oslab.errors import InputError
from oslab.quantities import parse_address, parse_int, shown, tidy

Kind: TypeAlias = Literal["fetch", "load", "store", "modify"]

MOST_STEPS = 10_000
"""So many accesses of a trace are shown as steps, where steps are asked for."""

T = TypeVar("T")

_REFERENCE = re.compile(r"(.*?)\s*([rwmx]?)(?:/\s*([0-9]+))?", re.IGNORECASE)
KINDS: dict[str, Kind] = {"": "load", "r": "load", "w": "store", "m": "modify", "x": "fetch"}
"""What the letter behind an address means."""
ADDRESS_BITS = 64
LARGEST = 99_999
"""Bytes of the largest access. Processors make none of a thousand: more is a slip in a file."""


class Access(NamedTuple):
    """One access.

    kind      fetch (of an instruction), load, store, or modify: a load and then a store
    address   of the first byte
    size      in bytes, at least 1
    """

    kind: Kind
    address: int
    size: int = 1

    @property
    def writes(self) -> bool:
        """Whether memory is changed."""
        return self.kind in ("store", "modify")


def parse_reference(text: str) -> Access:
    """An access as it is typed: ``0x10`` or ``0x10r`` (load), ``0x10w`` (store), ``0x10m`` (modify),
    ``0x10x`` (fetch), each with its bytes if they are not 1: ``0x10w/8``.

    Raises InputError.
    """
    parts = _REFERENCE.fullmatch(tidy(text))
    if parts is None or not parts[1]:
        raise InputError(f"{shown(text)} is not an access; 0x10, 0x10w or 0x10w/8 would be")
    try:
        address, size = parse_address(parts[1]), parse_int(parts[3] or "1")
    except InputError:
        raise InputError(
            f"{shown(text)} is not an access; 0x10, 0x10w or 0x10w/8 would be"
        ) from None
    if address >> ADDRESS_BITS:
        raise InputError(f"{shown(text)}: an address has {ADDRESS_BITS} bits at most")
    if not 1 <= size <= LARGEST:
        raise InputError(f"{shown(text)}: an access has 1 to {LARGEST} bytes")
    return Access(KINDS[parts[2].lower()], address, size)


def written(access: Access) -> str:
    """The access as `parse_reference` reads it."""
    letter = {"load": "", "store": "w", "modify": "m", "fetch": "x"}[access.kind]
    size = "" if access.size == 1 else f"/{access.size}"
    return f"{access.address:#x}{letter}{size}"


def at_most(accesses: Iterable[T], most: int, refusal: str) -> list[T]:
    """The accesses of a trace whose steps are to be shown. Raises InputError, which says `refusal`, when
    there are more than `most`; of an endless trace no more are read."""
    first = list(islice(accesses, most + 1))
    if len(first) > most:
        raise InputError(refusal)
    return first
