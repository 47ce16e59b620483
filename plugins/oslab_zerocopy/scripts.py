"""The form of scripts of operations: one a line or with ``;`` between them, ``#`` begins a comment."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from oslab import InputError

Read = TypeVar("Read")


def parse_script(text: str, read: Callable[[list[str]], Read]) -> tuple[Read, ...]:
    """The operations of a script, each read from its words. Raises InputError naming the first bad one."""
    found: list[Read] = []
    lines = text.replace(";", "\n").split("\n")
    for part in filter(None, (line.partition("#")[0].strip() for line in lines)):
        try:
            found.append(read(part.split()))
        except InputError as error:
            raise InputError(f"operation {len(found) + 1}: {error}") from None
    return tuple(found)
