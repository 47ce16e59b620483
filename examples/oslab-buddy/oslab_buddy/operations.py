"""Operations on an allocator, and how they are written: ``P=alloc 9K; free P``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from oslab import InputError
from oslab.quantities import QuantityError, format_size, parse_size, shown

_ALLOC = re.compile(r"([A-Za-z][A-Za-z0-9_]*)\s*=\s*alloc\s+(.+)")
_FREE = re.compile(r"free\s+([A-Za-z][A-Za-z0-9_]*)")


@dataclass(frozen=True, slots=True)
class Alloc:
    """Ask for `request` bytes and call the block `name`."""

    name: str
    request: int

    def __str__(self) -> str:
        return f"{self.name}=alloc {format_size(self.request).replace(' KiB', 'K')}"


@dataclass(frozen=True, slots=True)
class Free:
    """Give the block called `name` back."""

    name: str

    def __str__(self) -> str:
        return f"free {self.name}"


def parse_operations(text: str) -> tuple[Alloc | Free, ...]:
    """Operations separated by ``;`` or line breaks. Raises InputError naming the first bad one."""
    found: list[Alloc | Free] = []
    for part in filter(None, (p.strip() for p in re.split(r"[;\n]", text))):
        alloc, free = _ALLOC.fullmatch(part), _FREE.fullmatch(part)
        if alloc:
            try:
                found.append(Alloc(alloc[1], parse_size(alloc[2])))
            except QuantityError as error:
                raise InputError(f"operation {len(found) + 1}: {error}") from None
        elif free:
            found.append(Free(free[1]))
        else:
            raise InputError(
                f"operation {len(found) + 1}: {shown(part)} is none; P=alloc 9K or free P would be"
            )
    return tuple(found)


def check_names(operations: Sequence[Alloc | Free]) -> None:
    """Raises InputError where a name is used twice at once, or freed without having been asked for."""
    live: set[str] = set()
    for n, operation in enumerate(operations, start=1):
        if isinstance(operation, Free):
            if operation.name not in live:
                raise InputError(f"operation {n}: {operation.name} is not allocated at that time")
            live.remove(operation.name)
        elif operation.name in live:
            raise InputError(f"operation {n}: {operation.name} is still allocated; free it first")
        elif operation.request < 1:
            raise InputError(f"operation {n}: a request is for at least 1 byte")
        else:
            live.add(operation.name)
